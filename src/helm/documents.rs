//! What templates print, cut into documents and read.

use std::ops::Range;
use std::sync::Arc;

use super::charts::Scope;
use super::coalesce::Chart;
use super::outcome::{Broken, Outcome, Rendered};
use super::text::{Origin, Str};
use super::tree;
use crate::files::{SourceFile, Span};
use crate::yaml::{self, Node};

/// Splits what a template printed and parses each document.
pub(super) fn documents(
    text: &Str,
    file: &SourceFile,
    path: &str,
    files: &[Arc<SourceFile>],
    outcome: &mut Outcome,
) {
    let place = file.span(0..0);
    for range in split(text.as_str()) {
        // Helm takes the white space around a document away and ends it with a line break.
        let document = format!("{}\n", &text.as_str()[range.clone()]);
        let source = Arc::new(SourceFile::new(file.id, path, document));
        let whole = yaml::Piece::yaml(0..source.text.len());
        match yaml::parse(&source, &whole) {
            Ok(tree) if tree.is_empty() || tree.root().is_null() => {}
            // Helm reads the kind of each document before anything else.
            Ok(tree) if !tree.root().is_mapping() => {
                let what = if tree.root().is_sequence() { "a list" } else { "a text" };
                let message = format!("prints {what} instead of an object");
                let broken = broken(message, 0, &source, text, &range, place);
                outcome.broken.push(Broken { is_yaml: true, ..broken });
            }
            Ok(tree) => {
                for node in objects(tree.root()).into_iter().filter(|node| !is_unknown_hook(*node)) {
                    let mapped = tree::map(node, text, range.start, files, place);
                    outcome.objects.push(Rendered { mapped, template: path.to_owned(), crd: false });
                }
            }
            Err(fault) => {
                let line = source.line_index(fault.range.start as u32);
                let message = format!("prints text that is not YAML: {}", fault.message);
                outcome.broken.push(broken(message, line, &source, text, &range, place));
            }
        }
    }
}

/// What is wrong on a line of a document, which is this range of a rendered text.
fn broken(
    message: String,
    line: usize,
    document: &SourceFile,
    text: &Str,
    range: &Range<usize>,
    place: Span,
) -> Broken {
    let own = document.line_range(line);
    let own = own.start + range.start..own.end + range.start;
    let at = text.locate(own).map_or(place, |origin| origin.via.unwrap_or(origin.span));
    let shown = line.saturating_sub(2)..(line + 2).min(document.line_starts().len());
    let shown: Vec<&str> = shown.map(|line| &document.text[document.line_range(line)]).collect();
    Broken { message, is_yaml: false, at, lines: shown.join("\n") }
}

/// Helm passes over objects for events that it does not know, as `crd-install` of Helm 2.
fn is_unknown_hook(node: Node<'_>) -> bool {
    const EVENTS: [&str; 10] = [
        "pre-install",
        "post-install",
        "pre-delete",
        "post-delete",
        "pre-upgrade",
        "post-upgrade",
        "pre-rollback",
        "post-rollback",
        "test",
        "test-success",
    ];
    let annotations = node.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let hook = annotations.and_then(|annotations| annotations.get("helm.sh/hook"));
    hook.is_some_and(|hook| {
        hook.text().split(',').any(|event| !EVENTS.contains(&event.trim().to_ascii_lowercase().as_str()))
    })
}

/// The items of a list, or the object itself.
fn objects(root: Node<'_>) -> Vec<Node<'_>> {
    let is_list = root.get("kind").is_some_and(|kind| kind.text().ends_with("List"));
    match root.get("items").filter(|items| is_list && items.is_sequence()) {
        Some(items) => items.items().collect(),
        None => vec![root],
    }
}

/// Helm splits at lines that begin with `---`, and what follows on such a line is content.
pub(super) fn split(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            ranges.push(from..at);
            from = at + 3;
        }
        at += line.len();
    }
    ranges.push(from..text.len());
    let trimmed = |range: Range<usize>| {
        let start = range.end - text[range.clone()].trim_start().len();
        start..start + text[start..range.end].trim_end().len()
    };
    ranges.into_iter().map(trimmed).filter(|range| !range.is_empty()).collect()
}

/// What lies below `crds/` is deployed as it is.
pub(super) fn crds(chart: &Chart<Scope>, outcome: &mut Outcome, files: &[Arc<SourceFile>]) {
    for file in &chart.package.package.crds {
        let origin = Origin::literal(file.span(0..file.text.len()));
        let text = Str::new(&file.text, Some(origin));
        for piece in yaml::split(&file.text) {
            let Ok(tree) = yaml::parse(file, &piece) else { continue };
            if !tree.is_empty() && tree.root().is_mapping() {
                let mapped = tree::map(tree.root(), &text, 0, files, file.span(0..0));
                outcome.objects.push(Rendered { mapped, template: file.path.clone(), crd: true });
            }
        }
    }
    chart.children.iter().for_each(|child| crds(child, outcome, files));
}

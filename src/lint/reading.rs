//! What is found while a document is read and decoded, once for each, whatever unit it is part of.

use rayon::prelude::*;

use super::CRASHED;
use super::shape::{self, View};
use super::units::Crash;
use crate::document::{Class, Content, Document};
use crate::finding::{Finding, Out, RuleId};
use crate::guard::guarded;
use crate::rules::Rule;
use crate::yaml::{Fault, FaultKind, Tree, deceptive};

/// Findings of the reading rules for all documents.
pub fn check<'a>(
    documents: &[Document],
    classes: &[Class<'a>],
    view: &View<'_, '_, 'a>,
    enabled: &[&'static Rule],
) -> Vec<Finding> {
    let on = |name: &str| enabled.iter().any(|rule| rule.name == name);
    let switches = Switches {
        syntax: on("syntax-error"),
        duplicates: on("duplicate-key"),
        ignored: on("ignored-content"),
        deceptive: on("deceptive-character"),
        shapes: shape::RULES.iter().any(|rule| on(rule)),
    };
    let pairs: Vec<(&Document, &Class<'a>)> = documents.iter().zip(classes).collect();
    let found = pairs.into_par_iter().flat_map_iter(|(document, class)| {
        let read = guarded(|| {
            let mut found = Vec::new();
            one(document, class, view, &switches, &mut found);
            found
        });
        let start = document.piece.start;
        read.unwrap_or_else(|| {
            let at = document.source.span(start..start);
            vec![Crash { rule: "reading", at }.finding()]
        })
    });
    found.filter(|finding| on(finding.rule.name()) || finding.rule == CRASHED).collect()
}

struct Switches {
    syntax: bool,
    duplicates: bool,
    ignored: bool,
    deceptive: bool,
    shapes: bool,
}

fn one<'a>(
    document: &Document,
    class: &Class<'a>,
    view: &View<'_, '_, 'a>,
    switches: &Switches,
    found: &mut Vec<Finding>,
) {
    if let Class::Failed(fault) = class
        && fault.kind == FaultKind::Internal
    {
        found.push(
            Crash { rule: "parse", at: document.source.span(document.piece.start..document.piece.start) }
                .finding(),
        );
    } else if let Class::Failed(fault) = class
        && switches.syntax
    {
        found.extend(syntax(document, fault));
    }
    if switches.shapes {
        shape::partials(class, document, view, found);
    }
    let objects = class.objects();
    if objects.is_empty() {
        return;
    }
    let Content::Parsed(tree) = &document.content else {
        return;
    };
    if switches.deceptive && tree.is_deceptive() {
        found.extend(characters(document));
    }
    if switches.duplicates {
        found.extend(duplicates(tree));
    }
    if switches.ignored {
        found.extend(ignored(document, tree));
    }
    if switches.shapes {
        objects.iter().for_each(|object| shape::check(object, document, view, found));
    }
}

fn syntax(document: &Document, fault: &Fault) -> Vec<Finding> {
    let mut out = Out::new(RuleId::new("syntax-error"));
    let message = match fault.kind {
        FaultKind::Syntax | FaultKind::Template => format!("not YAML: {}", fault.message),
        FaultKind::Limit | FaultKind::Internal => format!("not read: {}", fault.message),
    };
    out.report(document.source.span(fault.range.clone()), message)
        .label("the document cannot be read from here")
        .help(
            "the other documents of the file were checked; references to this one may seem to lead nowhere",
        );
    out.into_findings()
}

fn characters(document: &Document) -> Vec<Finding> {
    let mut out = Out::new(RuleId::new("deceptive-character"));
    let text = &document.source.text[document.piece.clone()];
    for (offset, character) in deceptive(text) {
        let start = document.piece.start + offset;
        let code = character as u32;
        out.report(
            document.source.span(start..start + character.len_utf8()),
            format!("U+{code:04X} makes this text read differently than it looks"),
        )
        .label("an invisible character")
        .help("remove it; in a quoted string write it as an escape");
    }
    out.into_findings()
}

fn duplicates(tree: &Tree) -> Vec<Finding> {
    let mut out = Out::new(RuleId::new("duplicate-key"));
    for duplicate in tree.duplicates() {
        let (first, second) = (tree.node(duplicate.first), tree.node(duplicate.second));
        out.report(second, format!("key `{}` occurs twice", second.key_text()))
            .label("this value wins")
            .also(first, "this one is dropped without a word")
            .help("keep one of them; lists under both must be merged by hand");
    }
    out.into_findings()
}

fn ignored(document: &Document, tree: &Tree) -> Vec<Finding> {
    let mut out = Out::new(RuleId::new("ignored-content"));
    if let Some(span) = tree.ignored() {
        let text = &document.source.text[span.range()];
        let first_line = text.lines().next().unwrap_or("").len() as u32;
        let span = crate::files::Span { end: span.start + first_line, ..span };
        out.report(span, "kubectl never reads what follows the end of a document")
            .label("ignored from here to the next `---`")
            .help("separate documents with a line `---`");
    }
    out.into_findings()
}

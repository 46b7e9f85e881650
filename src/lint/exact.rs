//! Edits of what charts print: only where a scalar stands in a file as the template prints it.

use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};

use crate::files::{FileId, SourceFile, Span};
use crate::finding::{Finding, Fix};
use crate::yaml::{Node, Tree};

/// Takes away all fixes but those that write another scalar in the place of one that stands in a template or a values file as
/// it is, and reads the same wherever these trees have it.
pub fn keep<'t>(found: &mut [Finding], trees: impl Iterator<Item = &'t Tree>, files: &[Arc<SourceFile>]) {
    let mut wanted: HashSet<Span> = HashSet::new();
    for finding in found.iter_mut() {
        let one_line = |fix: &Fix| fix.edits.iter().all(|edit| !edit.text.contains('\n'));
        finding.fix = finding.fix.take().filter(one_line);
        wanted.extend(finding.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span));
    }
    if wanted.is_empty() {
        return;
    }
    let (mut exact, mut other) = (HashSet::new(), HashSet::new());
    // Objects of a chart are many, and each is asked by itself: most have nothing of the files that are edited.
    let edited: HashSet<FileId> = wanted.iter().map(|span| span.file).collect();
    for tree in trees.filter(|tree| tree.files().any(|file| edited.contains(&file))) {
        for node in (0..tree.len()).map(|at| tree.node(at as u32)) {
            let span = node.span();
            if wanted.contains(&span) {
                if is_exact(node, files) { &mut exact } else { &mut other }.insert(span);
            }
        }
    }
    for finding in found {
        let stands = |span: Span| exact.contains(&span) && !other.contains(&span);
        finding.fix = finding.fix.take().filter(|fix| fix.edits.iter().all(|edit| stands(edit.span)));
    }
}

/// Whether a scalar stands in a file that somebody edits as it is.
fn is_exact(node: Node<'_>, files: &[Arc<SourceFile>]) -> bool {
    let span = node.span();
    let edited = |path: &str| (path.ends_with(".yaml") || path.ends_with(".yml")) && !path.contains(".tgz/");
    let written = node.source_text();
    let inner = written.trim_matches(['"', '\'']);
    let scalar = !node.is_mapping() && !node.is_sequence();
    scalar
        && !inner.is_empty()
        && inner == node.text()
        && !written.contains("{{")
        && files.get(span.file.0 as usize).is_some_and(|file| edited(&file.path))
}

//! What would change, as a unified diff that shows no secrets.

use std::ops::Range;
use std::sync::Arc;

use similar::udiff::UnifiedDiffHunk;
use similar::{DiffOp, TextDiff};

use super::Changed;
use crate::files::{FileId, SourceFile};
use crate::lint::secrets_of;

/// Lines around a change.
const CONTEXT: usize = 3;

/// The unified diff of all files, in the order of their paths.
///
/// Lines with secrets are left out of what surrounds a change, which still leaves a patch that applies. In a line that
/// changes itself they are withheld.
pub fn unified(files: &[Changed]) -> String {
    files.iter().map(one).collect()
}

fn one(file: &Changed) -> String {
    let diff = TextDiff::from_lines(&file.old, &file.new);
    let old = Lines::new(&file.path, &file.old, diff.old_slices());
    let new = Lines::new(&file.path, &file.new, diff.new_slices());
    let mut text = format!("--- a/{0}\n+++ b/{0}\n", file.path);
    for operations in hunks(diff.ops(), &old) {
        let hunk = UnifiedDiffHunk::new(operations, &diff, true);
        text.push_str(&format!("{}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let line = match (change.old_index(), change.new_index()) {
                (Some(at), _) => old.shown(at),
                (None, at) => new.shown(at.unwrap_or_default()),
            };
            text.push_str(&format!("{}{line}", change.tag()));
            if change.missing_newline() {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

/// Changes with the lines around them, up to the first one with a secret.
fn hunks(operations: &[DiffOp], old: &Lines<'_>) -> Vec<Vec<DiffOp>> {
    let mut hunks: Vec<Vec<DiffOp>> = Vec::new();
    let mut hunk: Option<Vec<DiffOp>> = None;
    let mut before: Option<DiffOp> = None;
    for (at, operation) in operations.iter().enumerate() {
        let &DiffOp::Equal { old_index, new_index, len } = operation else {
            hunk.get_or_insert_with(|| before.take().into_iter().collect()).push(*operation);
            continue;
        };
        let mut lines = old_index..old_index + len;
        let part = |from: usize, len: usize| DiffOp::Equal {
            old_index: old_index + from,
            new_index: new_index + from,
            len,
        };
        let front = lines.clone().rev().take(CONTEXT).take_while(|line| old.is_open(*line)).count();
        before = Some(part(len - front, front));
        if let Some(mut own) = hunk.take() {
            let joins = at + 1 < operations.len() && len <= 2 * CONTEXT;
            if joins && lines.clone().all(|line| old.is_open(line)) {
                own.push(*operation);
                hunk = Some(own);
            } else {
                let behind = lines.by_ref().take(CONTEXT).take_while(|line| old.is_open(*line)).count();
                own.push(part(0, behind));
                hunks.push(own);
            }
        }
    }
    hunks.extend(hunk);
    hunks
}

/// The lines of a text, with the secrets in them.
struct Lines<'t> {
    text: &'t str,
    ranges: Vec<Range<usize>>,
    /// What is secret, by line, as parts of the text.
    secrets: Vec<Vec<Range<usize>>>,
}

impl<'t> Lines<'t> {
    fn new(path: &str, text: &'t str, lines: &[&str]) -> Self {
        let mut end = 0;
        let range = |line: &&str| {
            let start = end;
            end += line.len();
            start..end
        };
        let ranges: Vec<Range<usize>> = lines.iter().map(range).collect();
        let mut secrets = vec![Vec::new(); ranges.len()];
        for span in secrets_of(&Arc::new(SourceFile::new(FileId(0), path, text))) {
            let secret = span.range();
            let first = ranges.partition_point(|line| line.end <= secret.start);
            for (at, line) in ranges.iter().enumerate().skip(first).take_while(|one| one.1.start < secret.end)
            {
                secrets[at].push(secret.start.max(line.start)..secret.end.min(line.end));
            }
        }
        Lines { text, ranges, secrets }
    }

    /// Whether there is nothing secret in a line.
    fn is_open(&self, line: usize) -> bool {
        self.secrets.get(line).is_none_or(Vec::is_empty)
    }

    /// A line without its secrets.
    fn shown(&self, line: usize) -> String {
        let Some(range) = self.ranges.get(line) else { return String::new() };
        let mut shown = String::new();
        let mut from = range.start;
        for secret in &self.secrets[line] {
            let text = self.text.get(secret.clone()).unwrap_or_default();
            let text = text.trim_end_matches(['\n', '\r']);
            if secret.start < from || text.trim().is_empty() {
                continue;
            }
            shown.push_str(self.text.get(from..secret.start).unwrap_or_default());
            shown.push_str("***");
            from = secret.start + text.len();
        }
        shown.push_str(self.text.get(from..range.end).unwrap_or_default());
        shown
    }
}

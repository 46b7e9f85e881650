//! Whether edits of one text change what they are meant to change, and nothing beside it.
//!
//! Both texts are parsed. Every key and value that no edit touches must stand in the new one as it stood in the old
//! one, as deep as before; what is new must be what the edits wrote.

use std::ops::Range;
use std::sync::Arc;

use crate::files::{FileId, SourceFile};
use crate::finding::Edit;
use crate::yaml::{self, Node, Style};

/// Whether a file can still be read after these edits and says what it said, their own places left aside. Nothing is
/// known of templates, which become YAML only when they are evaluated.
pub fn is_intact(old: &SourceFile, new: &str, edits: &[&Edit]) -> bool {
    if old.chart.as_ref().is_some_and(|chart| chart.template) {
        return true;
    }
    let Some(before) = leaves(&old.path, &old.text) else {
        // What could not be read before cannot be compared; it must not become worse silently.
        return leaves(&old.path, new).is_some() || edits.iter().all(|edit| edit.text.is_empty());
    };
    let Some(after) = leaves(&old.path, new) else {
        return false;
    };
    let shift = Shift::new(edits);
    let kept = before.into_iter().filter(|leaf| !shift.touches(&leaf.range));
    let kept = kept.map(|leaf| Leaf { range: shift.moved(&leaf.range), ..leaf });
    kept.eq(after.into_iter().filter(|leaf| !shift.wrote(&leaf.range)))
}

/// A key or a scalar value.
#[derive(Debug, PartialEq, Eq)]
struct Leaf {
    range: Range<usize>,
    depth: usize,
    /// What it stands in, and whether it is a key there.
    place: (Style, bool),
    style: Style,
    text: String,
}

/// Everything that a text says, in its order; `None` if a part of it cannot be read.
fn leaves(path: &str, text: &str) -> Option<Vec<Leaf>> {
    let source = Arc::new(SourceFile::new(FileId(0), path, text));
    let mut found = Vec::new();
    for piece in yaml::split(&source.text) {
        let tree = yaml::parse(&source, &piece).ok()?;
        let root = tree.root();
        let mut open: Vec<(Node<'_>, usize, (Style, bool))> = vec![(root, 0, (Style::Sequence, false))];
        while let Some((node, depth, place)) = open.pop() {
            let style = node.style();
            if !matches!(style, Style::Mapping | Style::Sequence) {
                // Nothing at all stands nowhere.
                let range = node.span().range();
                if !range.is_empty() {
                    let text = node.text().to_owned();
                    found.push(Leaf { range, depth, place, style, text });
                }
                continue;
            }
            let is_key = |at: usize| style == Style::Mapping && at.is_multiple_of(2);
            let children = node.children().enumerate();
            let children: Vec<_> =
                children.map(|(at, child)| (child, depth + 1, (style, is_key(at)))).collect();
            open.extend(children.into_iter().rev());
        }
    }
    Some(found)
}

/// What edits do to the places in a text.
struct Shift {
    /// What each edit replaces, and what takes its place in the new text, in ascending order.
    edits: Vec<(Range<usize>, Range<usize>)>,
}

impl Shift {
    fn new(edits: &[&Edit]) -> Self {
        let mut sorted: Vec<&&Edit> = edits.iter().collect();
        sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let mut by = 0_isize;
        let place = |edit: &&Edit| {
            let old = edit.span.range();
            let start = old.start.saturating_add_signed(by);
            by += edit.text.len() as isize - old.len() as isize;
            (old, start..start + edit.text.len())
        };
        Shift { edits: sorted.into_iter().map(place).collect() }
    }

    /// Whether an edit replaces a part of this range of the old text, or adds something in the middle of it.
    fn touches(&self, range: &Range<usize>) -> bool {
        let at = self.edits.partition_point(|(old, _)| old.end <= range.start);
        self.edits.get(at).is_some_and(|(old, _)| old.start < range.end)
    }

    /// Whether a part of this range of the new text was written by an edit, or one took something from its middle.
    fn wrote(&self, range: &Range<usize>) -> bool {
        let at = self.edits.partition_point(|(_, new)| new.end <= range.start);
        self.edits.get(at).is_some_and(|(_, new)| new.start < range.end)
    }

    /// Where a range of the old text that no edit touches is in the new one.
    fn moved(&self, range: &Range<usize>) -> Range<usize> {
        let before = self.edits.partition_point(|(old, _)| old.end <= range.start);
        let last = before.checked_sub(1).map(|at| &self.edits[at]);
        let by = last.map_or(0, |(old, new)| new.end as isize - old.end as isize);
        range.start.saturating_add_signed(by)..range.end.saturating_add_signed(by)
    }
}

#[cfg(test)]
mod tests {
    use super::super::apply::apply;
    use super::*;
    use crate::files::Span;

    fn intact(text: &str, edits: &[(&str, &str)]) -> bool {
        let file = SourceFile::new(FileId(0), "a.yaml", text);
        let edit = |(old, new): &(&str, &str)| {
            let start = text.find(old).expect("it is there") as u32;
            let span = Span { file: FileId(0), start, end: start + old.len() as u32 };
            Edit { span, text: (*new).to_owned() }
        };
        let edits: Vec<Edit> = edits.iter().map(edit).collect();
        let edits: Vec<&Edit> = edits.iter().collect();
        is_intact(&file, &apply(text, edits.clone()), &edits)
    }

    #[test]
    fn only_the_targets_change() {
        let text = "a: 1 # one\nb:\n  c: [x, y]\n  d: |\n    text\ne: 2\n---\nf: 3\n";
        assert!(intact(text, &[("1", "2"), ("c", "renamed"), ("3", "\"three\"")]));
        assert!(intact(text, &[("  c: [x, y]\n", "")]));
        assert!(intact(text, &[("e: 2", "e: 2\nnew: {g: 1}")]));
        assert!(intact(text, &[("x, y", "x, y, z")]));
        // Something else becomes part of another value, goes to another depth, or is lost.
        assert!(!intact(text, &[("b:\n", "")]));
        assert!(!intact(text, &[("e: ", "e: {")]));
        assert!(!intact(text, &[(" # one\n", " ")]));
        assert!(!intact(text, &[("---\n", "--- #")]));
    }
}

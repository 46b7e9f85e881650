//! Which marks cover a place, without asking every mark.

use std::collections::HashMap;

use super::marks::{Cover, Mark};
use crate::files::{FileId, Span};

struct Covered {
    start: u32,
    end: u32,
    mark: usize,
    /// The furthest end of this and all earlier ranges: going back can stop where it is not reached.
    furthest: u32,
}

/// The ranges that marks cover, by file.
pub(super) struct Places {
    files: HashMap<FileId, Vec<Covered>>,
}

impl Places {
    pub(super) fn new(marks: &[Mark]) -> Self {
        let mut files: HashMap<FileId, Vec<Covered>> = HashMap::new();
        for (mark, one) in marks.iter().enumerate() {
            if let Cover::Range(Span { file, start, end }) = one.cover {
                files.entry(file).or_default().push(Covered { start, end, mark, furthest: 0 });
            }
        }
        for ranges in files.values_mut() {
            ranges.sort_by_key(|range| (range.start, range.mark));
            let mut furthest = 0;
            for range in ranges {
                furthest = range.end.max(furthest);
                range.furthest = furthest;
            }
        }
        Places { files }
    }

    /// The marks that cover the beginning of a span, innermost first.
    pub(super) fn covering(&self, span: Span) -> impl Iterator<Item = usize> + '_ {
        let ranges = self.files.get(&span.file).map_or(&[][..], Vec::as_slice);
        let before = ranges.partition_point(|range| range.start <= span.start);
        ranges[..before]
            .iter()
            .rev()
            .take_while(move |range| range.furthest >= span.start)
            // A point at the very end is the place of a value that is not there.
            .filter(move |range| {
                span.start < range.end || (span.start == range.end && span.end == span.start)
            })
            .map(|range| range.mark)
    }
}

//! Which marks cover a place, without asking every mark.

use foldhash::{HashMap, HashMapExt};

use super::marks::{Cover, Mark};
use crate::files::{FileId, Span};

struct Covered {
    start: u32,
    end: u32,
    mark: usize,
    /// The last of the earlier ranges that ends later. Those between the two end no later than this one, so whoever is
    /// not covered by this one is not covered by them.
    outer: Option<usize>,
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
                files.entry(file).or_default().push(Covered { start, end, mark, outer: None });
            }
        }
        for ranges in files.values_mut() {
            ranges.sort_by_key(|range| (range.start, range.mark));
            for at in 1..ranges.len() {
                let mut outer = Some(at - 1);
                while let Some(earlier) = outer.filter(|&earlier| ranges[earlier].end <= ranges[at].end) {
                    outer = ranges[earlier].outer;
                }
                ranges[at].outer = outer;
            }
        }
        Places { files }
    }

    /// The marks that cover the beginning of a span, innermost first.
    pub(super) fn covering(&self, span: Span) -> impl Iterator<Item = usize> + '_ {
        let ranges = self.files.get(&span.file).map_or(&[][..], Vec::as_slice);
        let before = ranges.partition_point(|range| range.start <= span.start);
        let reaches = move |range: &Covered| range.end >= span.start;
        let next = move |at: usize| if reaches(&ranges[at]) { at.checked_sub(1) } else { ranges[at].outer };
        std::iter::successors(before.checked_sub(1), move |&at| next(at))
            .map(|at| &ranges[at])
            // A point at the very end is the place of a value that is not there.
            .filter(move |range| {
                span.start < range.end || (span.start == range.end && span.end == span.start)
            })
            .map(|range| range.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ranges_around_a_place_are_found() {
        let span = |start: u32, end: u32| Span { file: FileId(0), start, end };
        // An object with lines, a part of it, ranges that overlap, equal ones, and points.
        let mut spans =
            vec![span(0, 100), span(10, 60), span(40, 80), span(40, 80), span(70, 70), span(90, 120)];
        spans.extend((0..20).map(|at| span(at * 5, at * 5 + 4)));
        let mark = |&span: &Span| Mark {
            by: "comment",
            span,
            names: Vec::new(),
            reason: None,
            cover: Cover::Range(span),
            malformed: None,
            uncertain: false,
        };
        let places = Places::new(&spans.iter().map(mark).collect::<Vec<_>>());
        for (start, length) in (0..130).flat_map(|at| [(at, 0), (at, 1)]) {
            let covers =
                |one: &Span| start >= one.start && (start < one.end || start == one.end && length == 0);
            let mut wanted: Vec<usize> = (0..spans.len()).filter(|&at| covers(&spans[at])).collect();
            wanted.sort_by_key(|&at| std::cmp::Reverse((spans[at].start, at)));
            assert_eq!(places.covering(span(start, start + length)).collect::<Vec<_>>(), wanted, "{start}");
        }
    }
}

//! The lines of a file that a finding is about, as a small text of their own for miette.
//!
//! miette would scan the whole file from its start for every label. Here the file's line index finds the
//! lines; secrets are masked, control characters made visible and endless lines cut before anything is drawn.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::text::{columns, harmless, picture};
use crate::files::{FileId, Place, SourceFile, Span};
use crate::run::Run;
use crate::text::{ceil, floor};

/// A place to underline.
pub(super) struct Mark {
    pub span: Span,
    pub label: Option<String>,
    pub primary: bool,
}

/// Lines of one file, drawn as if nothing lay between them.
pub(super) struct Excerpt {
    path: String,
    text: String,
    lines: Vec<Line>,
    /// Where each mark begins and ends in `text`, and the place in the file where it begins.
    pub marks: Vec<(Range<usize>, Place)>,
}

struct Line {
    start: usize,
    /// Counted from 0.
    number: usize,
}

/// Lines around a mark.
const CONTEXT: usize = 1;
/// A mark over more lines than this underlines only its first one.
const MOST_LINES: usize = 6;
/// Longer lines are cut around the marks.
const LONG_LINE: usize = 200;
const BEFORE: usize = 40;
const AFTER: usize = 60;

impl Excerpt {
    pub(super) fn new(run: &Run, file: FileId, marks: &[Mark]) -> Option<Excerpt> {
        let source = run.files.get(file.0 as usize)?;
        let ranges: Vec<Range<usize>> = marks.iter().map(|mark| clip(source, mark.span)).collect();
        let mut excerpt = Excerpt {
            path: harmless(&source.path).into_owned(),
            text: String::new(),
            lines: Vec::new(),
            marks: Vec::new(),
        };
        let mut starts = vec![0; ranges.len()];
        let mut ends = vec![0; ranges.len()];
        for number in numbers(source, &ranges) {
            let start = excerpt.text.len();
            excerpt.lines.push(Line { start, number });
            let line = source.line_range(number);
            let of_line: Vec<(usize, &Range<usize>)> = ranges
                .iter()
                .enumerate()
                .filter(|(_, range)| range.start <= line.end && range.end >= line.start)
                .collect();
            let masks = run.masks_in(source.span(line.clone()));
            let mut next = line.start;
            for kept in kept(source, &line, &of_line) {
                if kept.start > next {
                    excerpt.text.push('\u{2026}');
                }
                next = kept.end;
                excerpt.copy(source, kept, &line, masks, |offset, at| {
                    for &(mark, range) in &of_line {
                        if range.start == offset {
                            starts[mark] = at;
                        }
                        if range.end == offset {
                            ends[mark] = at;
                        }
                    }
                });
            }
            if next < line.end {
                excerpt.text.push('\u{2026}');
            }
            excerpt.text.push('\n');
        }
        for (at, range) in ranges.iter().enumerate() {
            let place = source.place(range.start as u32);
            excerpt.marks.push((starts[at]..ends[at].max(starts[at]), place));
        }
        Some(excerpt)
    }

    fn copy(
        &mut self,
        source: &SourceFile,
        part: Range<usize>,
        line: &Range<usize>,
        masks: &[Span],
        mut boundary: impl FnMut(usize, usize),
    ) {
        let mut masks = masks.iter().peekable();
        let mut indented = part.start == line.start;
        for (at, c) in source.text[part.clone()].char_indices() {
            let offset = part.start + at;
            boundary(offset, self.text.len());
            while masks.next_if(|mask| mask.end as usize <= offset).is_some() {}
            let secret = masks.peek().is_some_and(|mask| mask.start as usize <= offset);
            indented = indented && c.is_whitespace();
            if secret && !indented {
                self.text.extend(std::iter::repeat_n('*', c.len_utf8()));
            } else if c == '\u{feff}' && offset == 0 {
            } else if c == '\t' {
                self.text.push(c);
            } else {
                match picture(c) {
                    Some(picture) => self.text.push_str(&picture),
                    None => self.text.push(c),
                }
            }
        }
        boundary(part.end, self.text.len());
    }

    /// The path of the file.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Each line: its number, counted from 1, where it stands in `text`, and its text without the line break.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (usize, Range<usize>, &str)> {
        let ends = self.lines.iter().skip(1).map(|line| line.start).chain([self.text.len()]);
        self.lines.iter().zip(ends).map(|(line, end)| {
            let text = self.text[line.start..end].trim_end_matches('\n');
            (line.number + 1, line.start..line.start + text.len(), text)
        })
    }

    /// Columns before the text of a line: its number, and the line that is drawn beside it.
    pub(super) fn gutter(&self) -> usize {
        let last = self.lines.last().map_or(0, |line| line.number + 1);
        last.to_string().len() + 4
    }

    /// The column, counted from 0, at which a place of the text is drawn.
    pub(super) fn column(&self, at: usize) -> usize {
        let start = self.lines.get(self.line_at(at)).map_or(0, |line| line.start);
        columns(&self.text[start..floor(&self.text, at.max(start))])
    }

    fn line_at(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.start <= offset).saturating_sub(1)
    }
}

/// The range to underline: inside the file, at character boundaries, and not over too many lines.
fn clip(source: &SourceFile, span: Span) -> Range<usize> {
    let mut start = floor(&source.text, span.start as usize);
    let first = source.line_range(source.line_index(start as u32));
    // A point in a line break is drawn at the end of its line.
    start = start.min(first.end);
    let mut end = floor(&source.text, span.end as usize).max(start);
    let last = source.line_range(source.line_index(end as u32));
    if end == last.start && end > first.end {
        end = source.text[..end].trim_end_matches(['\r', '\n']).len().max(start);
    }
    end = end.min(source.line_range(source.line_index(end as u32)).end).max(start);
    if source.line_index(end as u32) - source.line_index(start as u32) >= MOST_LINES {
        end = first.end;
    }
    start..end
}

/// The numbers of the lines to draw, in order.
fn numbers(source: &SourceFile, ranges: &[Range<usize>]) -> Vec<usize> {
    let mut numbers = Vec::new();
    let mut last = source.line_starts().len() - 1;
    // What follows the final line break is no line.
    if last > 0 && source.line_range(last).is_empty() {
        last -= 1;
    }
    for range in ranges {
        let (from, to) = (source.line_index(range.start as u32), source.line_index(range.end as u32));
        let end = (to + CONTEXT).min(last).max(to);
        numbers.extend(from.saturating_sub(CONTEXT)..=end);
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The parts of a line that are drawn: all of it, or what lies around the marks.
fn kept(source: &SourceFile, line: &Range<usize>, marks: &[(usize, &Range<usize>)]) -> Vec<Range<usize>> {
    if line.len() <= LONG_LINE {
        return vec![line.clone()];
    }
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut around = |at: usize, before: usize, after: usize| {
        if at < line.start || at > line.end {
            return;
        }
        let start = floor(&source.text, at.saturating_sub(before).max(line.start));
        parts.push(start..ceil(&source.text, (at + after).min(line.end)));
    };
    for (_, range) in marks {
        around(range.start, BEFORE, AFTER);
        around(range.end, 20, 40);
    }
    if marks.iter().all(|(_, range)| range.start < line.start && range.end > line.end) {
        around(line.start, 0, AFTER);
    }
    parts.sort_by_key(|part| part.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for part in parts {
        match merged.last_mut() {
            Some(last) if part.start <= last.end + 8 => last.end = last.end.max(part.end),
            _ => merged.push(part),
        }
    }
    merged
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let first = self.line_at(span.offset());
        let last = self.line_at(span.offset() + span.len().saturating_sub(1)).max(first);
        let number = |line: usize| self.lines.get(line).map(|line| line.number);
        let contiguous = |from: usize, to: usize| {
            number(from).zip(number(to)).is_some_and(|(one, other)| other - one == to - from)
        };
        if !contiguous(first, last) {
            return Err(MietteError::OutOfBounds);
        }
        let from = (first.saturating_sub(before)..=first).find(|&line| contiguous(line, first));
        let to = (last..=last + after).rev().find(|&line| contiguous(last, line));
        let (from, to) = (from.unwrap_or(first), to.unwrap_or(last));
        let start = self.lines[from].start;
        let end = self.lines.get(to + 1).map_or(self.text.len(), |line| line.start);
        // Without context miette asks where the span begins, for the header.
        let place = self.marks.iter().find(|(range, _)| range.start == span.offset());
        let (line, column) = match place {
            Some((_, place)) if before + after == 0 => (place.line as usize - 1, place.column as usize - 1),
            _ => (self.lines[from].number, 0),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            &self.text.as_bytes()[start..end],
            (start, end - start).into(),
            line,
            column,
            to - from + 1,
        )))
    }
}

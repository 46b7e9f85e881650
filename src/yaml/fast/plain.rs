//! Scalars without quotes.

use super::super::strict;
use super::super::tree::Style;
use super::{Reader, is_break, is_space};

impl Reader<'_> {
    /// An unquoted scalar, with the lines that continue it: those indented more than `column`.
    pub(super) fn plain(&mut self, column: usize) -> Option<()> {
        let start = self.at;
        let first = self.byte(start);
        let marks = matches!(first, b'-' | b'?' | b':') && is_space(self.byte(start + 1));
        if marks || b",[]{}#&*!|>%@`\"'".contains(&first) {
            return None;
        }
        let (mut after, mut commented) = self.plain_line(start)?;
        let mut text = String::new();
        let mut end = self.line_end(after);
        while !commented && let Some((line, breaks)) = self.continuation(end, column)? {
            if text.is_empty() {
                text.push_str(&self.text[start..after]);
            }
            match breaks {
                1 => text.push(' '),
                _ => (1..breaks).for_each(|_| text.push('\n')),
            }
            (after, commented) = self.plain_line(line)?;
            text.push_str(&self.text[line..after]);
            end = self.line_end(after);
        }
        if strict::plain(&self.text[start..after], false, false).is_some() {
            return None;
        }
        if text.is_empty() {
            self.push(start, after, Style::Plain);
        } else {
            self.push_cooked(start, after, Style::Plain, &text);
        }
        self.cursor = after;
        Some(())
    }

    /// Where the text of a scalar ends on its line, and whether a comment follows.
    fn plain_line(&self, start: usize) -> Option<(usize, bool)> {
        let end = self.line_end(start);
        let mut stop = end;
        let mut from = start;
        while let Some(more) = memchr::memchr3(b':', b'#', b'\t', &self.bytes[from..stop]) {
            let at = from + more;
            match self.bytes[at] {
                b'#' if self.bytes[at - 1] == b' ' => stop = at,
                b':' if is_space(self.byte(at + 1)) => return None,
                b'\t' => return None,
                _ => {}
            }
            from = at + 1;
            if from >= stop {
                break;
            }
        }
        Some((start + self.text[start..stop].trim_end_matches(' ').len(), stop < end))
    }

    /// Where a scalar goes on after a line's end, and how many lines end on the way.
    fn continuation(&self, end: usize, column: usize) -> Option<Option<(usize, usize)>> {
        let mut line = self.past_break(end);
        let mut breaks = 1;
        while line < self.bytes.len() {
            let at = self.skip_spaces(line);
            match self.byte(at) {
                byte if is_break(byte) => line = self.past_break(at),
                b'\t' => return None,
                b'#' => return Some(None),
                _ => return Some((at - line > column).then_some((at, breaks))),
            }
            breaks += 1;
        }
        Some(None)
    }
}

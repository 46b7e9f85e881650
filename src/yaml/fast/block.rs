//! Block scalars: literal and folded, with indicators for indentation and chomping.

use super::super::tree::Style;
use super::{Reader, is_break};

/// What stands after the `|` or `>`.
struct Header {
    folded: bool,
    /// Whether line breaks at the end are all kept (`+`) or all dropped (`-`).
    keep: Option<bool>,
    /// How much deeper than its parent the text is.
    indent: Option<usize>,
    /// One past the indicators.
    after: usize,
}

impl Reader<'_> {
    fn header(&self) -> Header {
        let mut header =
            Header { folded: self.byte(self.at) == b'>', keep: None, indent: None, after: self.at + 1 };
        loop {
            match self.byte(header.after) {
                byte @ (b'+' | b'-') if header.keep.is_none() => header.keep = Some(byte == b'+'),
                digit @ b'1'..=b'9' if header.indent.is_none() => {
                    header.indent = Some(usize::from(digit - b'0'));
                }
                _ => return header,
            }
            header.after += 1;
        }
    }

    /// A block scalar below `column`; the first line after it.
    pub(super) fn block_scalar(&mut self, column: usize) -> Option<usize> {
        let start = self.at;
        let header = self.header();
        let mut line = self.rest_of_line(header.after)?;
        let mut indent = header.indent.map_or(0, |more| column + more);
        // `breaks` are the ends of lines since the last text, that of its own line included.
        let (mut breaks, mut widest, mut last) = (0usize, 0, None);
        let mut after_blank = false;
        let mut text = String::new();
        while line < self.bytes.len() {
            let at = self.skip_spaces(line);
            let at_end = is_break(self.byte(at));
            if at_end && (indent == 0 || at - line <= indent) {
                // Without a line feed at the end of the file, it is not sure what this is.
                if at == self.bytes.len() {
                    return None;
                }
                widest = widest.max(at - line);
                breaks += 1;
                line = self.past_break(at);
                continue;
            }
            if indent == 0 {
                indent = at - line;
                if indent <= column || widest > indent || self.bytes[at] == b'\t' {
                    return None;
                }
            }
            if at - line < indent {
                if at - line > column || self.bytes[at] == b'\t' {
                    return None;
                }
                break;
            }
            let from = line + indent;
            let end = self.line_end(at);
            if end == self.bytes.len() {
                return None;
            }
            let blank = matches!(self.bytes[from], b' ' | b'\t');
            match breaks {
                1 if last.is_some() && header.folded && !after_blank && !blank => text.push(' '),
                _ => {
                    // Where neither side is indented further, the first of several breaks is folded away.
                    let folded = last.is_some() && header.folded && !after_blank && !blank;
                    (usize::from(folded)..breaks).for_each(|_| text.push('\n'));
                }
            }
            after_blank = blank;
            text.push_str(&self.text[from..end]);
            let written = self.text[from..end].trim_end().len();
            if written > 0 {
                last = Some(from + written);
            } else if last.is_none() {
                return None;
            }
            breaks = 1;
            line = self.past_break(end);
        }
        let last = last?;
        let kept = match header.keep {
            Some(false) => 0,
            Some(true) => breaks,
            None => 1,
        };
        (0..kept).for_each(|_| text.push('\n'));
        self.push_cooked(start, last, Style::Block, &text);
        self.cursor = last;
        Some(line)
    }
}

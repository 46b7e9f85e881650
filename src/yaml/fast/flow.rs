//! Flow collections, on one line or several.

use super::super::strict;
use super::super::tree::{FLOW, Style};
use super::{MAX_KEY, Reader, is_break};

impl Reader<'_> {
    /// A flow collection; one past its closing bracket.
    pub(super) fn flow(&mut self, start: usize) -> Option<usize> {
        self.descend()?;
        let mapping = self.bytes[start] == b'{';
        let (style, close) = if mapping { (Style::Mapping, b'}') } else { (Style::Sequence, b']') };
        let index = self.push(start, start, style);
        self.nodes[index].flags |= FLOW;
        let mut at = self.flow_gap(start + 1)?;
        while self.byte(at) != close {
            if mapping {
                let from = at;
                at = self.flow_scalar(at, true)?;
                let quoted = matches!(self.bytes[from], b'"' | b'\'');
                let next = self.byte(at + 1);
                if self.byte(at) != b':' || !(quoted || next == b' ' || is_break(next)) || at - from > MAX_KEY
                {
                    return None;
                }
                at = self.flow_gap(at + 1)?;
            }
            at = match self.byte(at) {
                b'[' | b'{' => self.flow(at)?,
                b'*' => self.alias(at, true)?,
                _ => self.flow_scalar(at, false)?,
            };
            at = self.flow_gap(at)?;
            match self.byte(at) {
                b',' => at = self.flow_gap(at + 1)?,
                byte if byte == close => break,
                _ => return None,
            }
        }
        self.close(index, at + 1);
        self.depth -= 1;
        Some(at + 1)
    }

    /// Passes over blanks, comments and ends of lines between two tokens.
    fn flow_gap(&mut self, from: usize) -> Option<usize> {
        let mut at = self.skip_spaces(from);
        loop {
            match self.bytes.get(at)? {
                b'\n' | b'\r' => at = self.past_break(at),
                b'#' if at > from && matches!(self.bytes[at - 1], b' ' | b'\n') => at = self.past_comment(at),
                b'#' | b'\t' => return None,
                _ => return Some(at),
            }
            if self.is_mark(at) {
                return None;
            }
            at = self.skip_spaces(at.min(self.bytes.len()));
        }
    }

    fn flow_scalar(&mut self, at: usize, key: bool) -> Option<usize> {
        if matches!(self.byte(at), b'"' | b'\'') {
            let after = self.quote_end(at)?;
            // A key stands on one line.
            if key && memchr::memchr(b'\n', &self.bytes[at..after]).is_some() {
                return None;
            }
            self.quoted(at, after)?;
            return Some(after);
        }
        let dash = self.byte(at) == b'-' && !self.byte(at + 1).is_ascii_alphanumeric();
        let mut stop = at;
        // The end of the line is not looked up first: many scalars may stand on a long one.
        while let Some(&byte) = self.bytes.get(stop) {
            match byte {
                b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}' => break,
                b':' if key => break,
                b':' if !(self.byte(stop + 1).is_ascii_alphanumeric() || self.byte(stop + 1) == b'/') => {
                    return None;
                }
                b'#' if stop > at && self.bytes[stop - 1] == b' ' => break,
                b'#' | b'?' | b'\t' => return None,
                // In the middle they are text.
                b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' if stop == at => {
                    return None;
                }
                _ => stop += 1,
            }
        }
        let text = self.text[at..stop].trim_end_matches(' ');
        let odd = text.is_empty() || text.starts_with(':') || dash || (text == "<<" && !key);
        if odd || strict::plain(text, true, key).is_some() || (key && text.len() != stop - at) {
            return None;
        }
        self.push(at, at + text.len(), Style::Plain);
        Some(at + text.len())
    }
}

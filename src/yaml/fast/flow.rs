//! Flow collections on one line.

use super::super::strict;
use super::super::tree::{FLOW, Style};
use super::{MAX_DEPTH, Reader};

impl Reader<'_> {
    /// A flow collection that ends on its line; one past its closing bracket.
    pub(super) fn flow(&mut self, start: usize, end: usize) -> Option<usize> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mapping = self.bytes[start] == b'{';
        let (style, close) = if mapping { (Style::Mapping, b'}') } else { (Style::Sequence, b']') };
        let index = self.push(start, start, style);
        self.nodes[index].flags |= FLOW;
        let mut at = self.skip_spaces(start + 1);
        if self.byte(at) != close {
            loop {
                if mapping {
                    at = self.flow_scalar(at, end, true)?;
                    let quoted = matches!(self.bytes[at - 1], b'"' | b'\'');
                    if self.byte(at) != b':' || !(quoted || self.byte(at + 1) == b' ') {
                        return None;
                    }
                    at = self.skip_spaces(at + 1);
                }
                at = match self.byte(at) {
                    b'[' | b'{' => self.flow(at, end)?,
                    _ => self.flow_scalar(at, end, false)?,
                };
                at = self.skip_spaces(at);
                match self.byte(at) {
                    b',' => at = self.skip_spaces(at + 1),
                    byte if byte == close => break,
                    _ => return None,
                }
            }
        }
        self.close(index, at + 1);
        self.depth -= 1;
        Some(at + 1)
    }

    fn flow_scalar(&mut self, at: usize, end: usize, key: bool) -> Option<usize> {
        if matches!(self.byte(at), b'"' | b'\'') {
            let after = self.quote_end(at, end)?;
            if memchr::memchr(b'\t', &self.bytes[at..after]).is_some() {
                return None;
            }
            let double = self.bytes[at] == b'"';
            self.push(at, after, if double { Style::DoubleQuoted } else { Style::SingleQuoted });
            return Some(after);
        }
        let dash = self.byte(at) == b'-' && !self.byte(at + 1).is_ascii_alphanumeric();
        let mut stop = at;
        while stop < end {
            match self.bytes[stop] {
                b',' | b'[' | b']' | b'{' | b'}' => break,
                b':' if key => break,
                b':' if !(self.byte(stop + 1).is_ascii_alphanumeric() || self.byte(stop + 1) == b'/') => {
                    return None;
                }
                b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' | b'?'
                | b'\t' => {
                    return None;
                }
                _ => stop += 1,
            }
        }
        let text = self.text[at..stop].trim_end_matches(' ');
        let odd = text.is_empty() || text == "<<" || text.starts_with(':') || dash;
        if odd || stop == end || strict::plain(text, true, key).is_some() || (key && text.len() != stop - at)
        {
            return None;
        }
        self.push(at, at + text.len(), Style::Plain);
        Some(at + text.len())
    }
}

//! JSON, read as such: what is not exactly JSON is left to the full parser.

use super::super::tree::{FLOW, Style};
use super::{MAX_KEY, Reader};

impl Reader<'_> {
    /// The one value that the text is.
    pub(super) fn json(&mut self) -> Option<()> {
        let start = self.skip_white(0);
        let end = self.json_value(start)?;
        self.at = self.skip_white(end);
        (self.at == self.bytes.len()).then_some(())
    }

    fn skip_white(&self, from: usize) -> usize {
        from + self.bytes[from..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
            .count()
    }

    /// Reads a value; one past it.
    fn json_value(&mut self, at: usize) -> Option<usize> {
        match self.bytes.get(at)? {
            b'{' => self.json_collection(at, Style::Mapping, b'}'),
            b'[' => self.json_collection(at, Style::Sequence, b']'),
            b'"' => self.json_text(at),
            _ => {
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
                let end = at + self.bytes[at..].iter().take_while(|byte| is_word(byte)).count();
                let word = &self.text[at..end];
                let known = matches!(word, "true" | "false" | "null") || is_number(word.as_bytes());
                known.then(|| self.push(at, end, Style::Plain)).map(|_| end)
            }
        }
    }

    fn json_collection(&mut self, start: usize, style: Style, close: u8) -> Option<usize> {
        self.descend()?;
        let index = self.push(start, start, style);
        self.nodes[index].flags |= FLOW;
        let mut at = self.skip_white(start + 1);
        if self.byte(at) != close {
            loop {
                if style == Style::Mapping {
                    if self.byte(at) != b'"' {
                        return None;
                    }
                    let end = self.json_text(at)?;
                    let end = self.skip_spaces(end);
                    if self.byte(end) != b':' || end - at > MAX_KEY {
                        return None;
                    }
                    at = self.skip_white(end + 1);
                }
                let end = self.json_value(at)?;
                at = self.skip_white(end);
                match self.byte(at) {
                    b',' => at = self.skip_white(at + 1),
                    byte if byte == close => break,
                    _ => return None,
                }
            }
        }
        self.close(index, at + 1);
        self.depth -= 1;
        Some(at + 1)
    }

    fn json_text(&mut self, at: usize) -> Option<usize> {
        let after = self.quote_end(at)?;
        let mut escapes = &self.bytes[at + 1..after - 1];
        if memchr::memchr2(b'\n', b'\t', escapes).is_some() {
            return None;
        }
        while let Some(found) = memchr::memchr(b'\\', escapes) {
            if !matches!(escapes[found + 1], b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' | b'u') {
                return None;
            }
            escapes = &escapes[found + 2..];
        }
        self.quoted(at, after)?;
        Some(after)
    }
}

/// Whether a word is a number as JSON writes it.
fn is_number(word: &[u8]) -> bool {
    let digits = |part: &[u8]| part.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = word.strip_prefix(b"-").unwrap_or(word);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let [b'.', after @ ..] = rest {
        let fraction = digits(after);
        if fraction == 0 {
            return false;
        }
        rest = &after[fraction..];
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let after = match after {
            [b'+' | b'-', after @ ..] => after,
            _ => after,
        };
        return !after.is_empty() && digits(after) == after.len();
    }
    rest.is_empty()
}

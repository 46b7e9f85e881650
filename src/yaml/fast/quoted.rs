//! Scalars in quotes, on one line or several, with their escapes.

use super::super::tree::Style;
use super::Reader;

impl Reader<'_> {
    /// One past the closing quote of the scalar that begins at `at`, wherever that is.
    pub(super) fn quote_end(&self, at: usize) -> Option<usize> {
        let mut from = at + 1;
        if self.bytes[at] == b'"' {
            loop {
                let found = from + memchr::memchr2(b'"', b'\\', self.bytes.get(from..)?)?;
                if self.bytes[found] == b'"' {
                    return Some(found + 1);
                }
                from = found + 2;
            }
        }
        loop {
            let found = from + memchr::memchr(b'\'', self.bytes.get(from..)?)?;
            if self.bytes.get(found + 1) != Some(&b'\'') {
                return Some(found + 1);
            }
            from = found + 2;
        }
    }

    /// Pushes the scalar between two offsets, its quotes included.
    pub(super) fn quoted(&mut self, start: usize, after: usize) -> Option<()> {
        let inner = &self.text[start + 1..after - 1];
        let double = self.bytes[start] == b'"';
        let (style, mark) = if double { (Style::DoubleQuoted, b'\\') } else { (Style::SingleQuoted, b'\'') };
        match memchr::memchr3(mark, b'\n', b'\t', inner.as_bytes()) {
            None => drop(self.push(start, after, style)),
            Some(_) => {
                let text = cook(inner, mark)?;
                self.push_cooked(start, after, style, &text);
            }
        }
        Some(())
    }
}

/// The text of a quoted scalar: quotes and escapes undone, lines folded. `mark` is what an escape begins with.
fn cook(inner: &str, mark: u8) -> Option<String> {
    let bytes = inner.as_bytes();
    // Tabs fold like spaces, but not everywhere in the same way.
    if memchr::memchr(b'\t', bytes).is_some() {
        return None;
    }
    let mut text = String::with_capacity(inner.len());
    let mut at = 0;
    while let Some(more) = memchr::memchr2(mark, b'\n', &bytes[at..]) {
        let found = at + more;
        let before = &inner[at..found];
        if bytes[found] == b'\n' {
            text.push_str(before.strip_suffix('\r').unwrap_or(before).trim_end_matches(' '));
            let breaks;
            (breaks, at) = fold(bytes, found)?;
            match breaks {
                1 => text.push(' '),
                _ => (1..breaks).for_each(|_| text.push('\n')),
            }
            continue;
        }
        text.push_str(before);
        at = found + 2;
        if mark == b'\'' {
            text.push('\'');
            continue;
        }
        let digits = match bytes.get(found + 1)? {
            b'\n' | b'\r' => {
                let line_feed = if bytes[found + 1] == b'\r' { found + 2 } else { found + 1 };
                let breaks;
                (breaks, at) = fold(bytes, line_feed)?;
                (1..breaks).for_each(|_| text.push('\n'));
                continue;
            }
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            &letter => {
                text.push(escaped(letter)?);
                continue;
            }
        };
        let number = u32::from_str_radix(inner.get(at..at + digits)?, 16).ok()?;
        // A sign is no digit, though Rust reads it.
        if bytes[at] == b'+' {
            return None;
        }
        text.push(char::from_u32(number)?);
        at += digits;
    }
    text.push_str(&inner[at..]);
    Some(text)
}

/// How many lines end from a line feed on before there is text again, and where that is.
fn fold(bytes: &[u8], line_feed: usize) -> Option<(usize, usize)> {
    let (mut breaks, mut at) = (1, line_feed + 1);
    loop {
        // A mark would end the document in the middle of the text.
        if bytes[at..].starts_with(b"...") {
            return None;
        }
        at += bytes[at..].iter().take_while(|byte| **byte == b' ').count();
        match bytes.get(at) {
            Some(b'\n') => at += 1,
            Some(b'\r') => at += 2,
            _ => return Some((breaks, at)),
        }
        breaks += 1;
    }
}

/// What a letter after a backslash stands for.
fn escaped(letter: u8) -> Option<char> {
    Some(match letter {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' => '\t',
        b'n' => '\n',
        b'v' => '\u{b}',
        b'f' => '\u{c}',
        b'r' => '\r',
        b'e' => '\u{1b}',
        b' ' => ' ',
        b'"' => '"',
        b'\'' => '\'',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{a0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}

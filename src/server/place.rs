//! Positions of the protocol and offsets of ours.

use lsp_types::{Position, Range, TextDocumentContentChangeEvent};

use crate::files::{SourceFile, Span};

/// How an editor counts columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// In bytes.
    Utf8,
    /// In UTF-16 units.
    Utf16,
}

impl Encoding {
    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
        }
    }

    fn units(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
        }
    }

    /// The offset of a position.
    pub fn offset(self, file: &SourceFile, position: Position) -> u32 {
        file.offset(position.line, position.character, |character| self.units(character))
    }

    /// The position of an offset.
    pub fn position(self, file: &SourceFile, offset: u32) -> Position {
        let place = file.place(offset);
        let character = match self {
            Encoding::Utf16 => place.utf16_column - 1,
            Encoding::Utf8 => {
                let start = file.line_starts().get(place.line as usize - 1).copied().unwrap_or(0);
                let mark = if start == 0 && file.text.starts_with('\u{feff}') { 3 } else { 0 };
                place.offset.saturating_sub(start + mark)
            }
        };
        Position { line: place.line - 1, character }
    }

    /// The range of a span.
    pub fn range(self, file: &SourceFile, span: Span) -> Range {
        Range { start: self.position(file, span.start), end: self.position(file, span.end) }
    }

    /// Makes one change of a document.
    pub fn change(self, text: &mut String, change: TextDocumentContentChangeEvent) {
        let Some(range) = change.range else {
            *text = change.text;
            return;
        };
        let (start, end) = (self.place_in(text, range.start), self.place_in(text, range.end));
        text.replace_range(start..end.max(start), &change.text);
    }

    /// The offset of a position in a text that is just being edited.
    fn place_in(self, text: &str, position: Position) -> usize {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let Some(start) = std::iter::once(0).chain(breaks).nth(position.line as usize) else {
            return text.len();
        };
        let mut left = position.character as usize;
        for (at, character) in text[start..].char_indices() {
            if left == 0 || character == '\n' || left < self.units(character) {
                return start + at;
            }
            left -= self.units(character);
        }
        text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(encoding: Encoding, text: &str, range: (u32, u32, u32, u32), new: &str) -> String {
        let (start, end) = (Position::new(range.0, range.1), Position::new(range.2, range.3));
        let mut text = text.to_owned();
        let range = Some(Range { start, end });
        let change = TextDocumentContentChangeEvent { range, range_length: None, text: new.to_owned() };
        encoding.change(&mut text, change);
        text
    }

    #[test]
    fn changes_are_counted_as_agreed() {
        let text = "a: 1\nb: \u{1f600}x\nc: 3\n";
        assert_eq!(changed(Encoding::Utf16, text, (1, 5, 1, 6), "y"), "a: 1\nb: \u{1f600}y\nc: 3\n");
        assert_eq!(changed(Encoding::Utf8, text, (1, 7, 1, 8), "y"), "a: 1\nb: \u{1f600}y\nc: 3\n");
        assert_eq!(changed(Encoding::Utf16, text, (0, 4, 1, 0), " "), "a: 1 b: \u{1f600}x\nc: 3\n");
        assert_eq!(changed(Encoding::Utf16, text, (9, 0, 9, 9), "d"), format!("{text}d"));
        assert_eq!(changed(Encoding::Utf16, "a\r\nb", (0, 1, 1, 0), ""), "ab");
    }
}

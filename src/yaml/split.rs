//! Documents are split by lines before any YAML is parsed, exactly as kubectl does it (fact 12.11).

use std::ops::Range;

use super::json;

/// A part of a file that is parsed on its own. It is small, since there may be millions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    start: u32,
    end: u32,
    /// The separator line before the piece, when kubectl refuses it (`---foo`).
    bad_separator: Option<(u32, u32)>,
    /// The piece is JSON: tabs are white space in it.
    pub json: bool,
}

impl Piece {
    /// A part of a file, by its bytes, that is read as YAML.
    pub fn yaml(range: Range<usize>) -> Self {
        Piece { start: range.start as u32, end: range.end as u32, bad_separator: None, json: false }
    }

    /// Byte range in the file, without separator lines.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The separator line before the piece, when kubectl refuses it (`---foo`).
    pub fn bad_separator(&self) -> Option<Range<usize>> {
        self.bad_separator.map(|(start, end)| start as usize..end as usize)
    }
}

/// Splits a file's text. A file that begins with `{` and holds whole JSON values is split between them;
/// everything else at lines that begin with `---`. Pieces may be empty or hold only comments.
pub fn split(text: &str) -> Vec<Piece> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    if let Some(values) = json::values(text, start) {
        return values.into_iter().map(|range| Piece { json: true, ..Piece::yaml(range) }).collect();
    }
    let mut pieces = Vec::new();
    let mut from = start;
    let mut bad = None;
    for at in separators(text, start) {
        let line_end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |n| at + n + 1);
        let mut piece = Piece::yaml(from..at);
        piece.bad_separator = bad.take();
        pieces.push(piece);
        let rest = text[at + 3..line_end].trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            bad = Some((at as u32, (at + text[at..line_end].trim_end().len()) as u32));
        }
        from = line_end;
    }
    let mut piece = Piece::yaml(from..text.len());
    piece.bad_separator = bad;
    pieces.push(piece);
    pieces
}

/// Offsets of the lines that begin with `---`.
fn separators(text: &str, start: usize) -> impl Iterator<Item = usize> + '_ {
    let first = text[start..].starts_with("---").then_some(start);
    let later = memchr::memmem::find_iter(text.as_bytes(), b"\n---").map(|at| at + 1);
    first.into_iter().chain(later)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|piece| &text[piece.range()]).collect()
    }

    #[test]
    fn separators_are_lines_that_begin_with_three_dashes() {
        assert_eq!(texts("a: 1\n---\nb: 2\n"), ["a: 1\n", "b: 2\n"]);
        assert_eq!(texts("---\na: 1"), ["", "a: 1"]);
        assert_eq!(texts("a: 1\r\n--- # next\r\nb: 2"), ["a: 1\r\n", "b: 2"]);
        assert_eq!(texts("a: |\n  x\n---\nb: 2"), ["a: |\n  x\n", "b: 2"]);
        assert_eq!(texts("\u{feff}---\na: 1"), ["", "a: 1"]);
        assert_eq!(texts(""), [""]);
    }

    #[test]
    fn text_after_the_dashes_is_refused() {
        let pieces = split("a: 1\n---foo\nb: 2");
        assert_eq!(pieces[1].bad_separator(), Some(5..11));
        assert!(split("--- {a: 1}").iter().any(|piece| piece.bad_separator().is_some()));
    }

    #[test]
    fn concatenated_json_values_are_documents() {
        assert_eq!(texts("{\"a\": \"}\"}\n{\"b\": 1}"), ["{\"a\": \"}\"}", "{\"b\": 1}"]);
        assert_eq!(texts("{a: 1}\n---\nb: 2").len(), 2);
    }
}

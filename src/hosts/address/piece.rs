//! A part of a value that remembers where it stands.

use std::ops::Range;

/// Stands for every byte of a placeholder while a value is being read, so that punctuation inside it cannot
/// be mistaken for structure.
pub(super) const HIDDEN: char = '\u{1}';

/// A slice of the value together with its byte offset in it.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub text: &'a str,
    pub at: usize,
}

impl<'a> Piece<'a> {
    pub fn new(text: &'a str) -> Self {
        Piece { text, at: 0 }
    }

    pub fn range(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    pub fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    pub fn is_hidden(self) -> bool {
        self.text.contains(HIDDEN)
    }

    /// Cuts in two at a byte offset that came from a search in `text`.
    pub fn split_at(self, offset: usize) -> (Piece<'a>, Piece<'a>) {
        match self.text.split_at_checked(offset) {
            Some((left, right)) => {
                (Piece { text: left, at: self.at }, Piece { text: right, at: self.at + left.len() })
            }
            None => (self, Piece { text: "", at: self.at + self.text.len() }),
        }
    }

    pub fn after(self, offset: usize) -> Piece<'a> {
        self.split_at(offset).1
    }

    pub fn until(self, offset: usize) -> Piece<'a> {
        self.split_at(offset).0
    }

    /// Everything before the first of the given characters, or all of it.
    pub fn until_any(self, stops: &[char]) -> Piece<'a> {
        self.until(self.text.find(stops).unwrap_or(self.text.len()))
    }

    pub fn split_once(self, separator: char) -> Option<(Piece<'a>, Piece<'a>)> {
        let at = self.text.find(separator)?;
        Some((self.until(at), self.after(at + separator.len_utf8())))
    }

    pub fn rsplit_once(self, separator: char) -> Option<(Piece<'a>, Piece<'a>)> {
        let at = self.text.rfind(separator)?;
        Some((self.until(at), self.after(at + separator.len_utf8())))
    }

    pub fn split(self, is_separator: impl Fn(char) -> bool) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let mut start = 0;
        for (at, c) in self.text.char_indices() {
            if is_separator(c) {
                pieces.push(self.until(at).after(start));
                start = at + c.len_utf8();
            }
        }
        pieces.push(self.after(start));
        pieces
    }

    pub fn trim(self) -> Piece<'a> {
        let start = self.text.len() - self.text.trim_start().len();
        let trimmed = self.after(start);
        trimmed.until(trimmed.text.trim_end().len())
    }

    /// Without one pair of equal quotes around it.
    pub fn unquote(self) -> Piece<'a> {
        for quote in ['"', '\''] {
            if self.text.len() >= 2 && self.text.starts_with(quote) && self.text.ends_with(quote) {
                return self.until(self.text.len() - 1).after(1);
            }
        }
        self
    }

    pub fn strip_prefix_ignore_case(self, prefix: &str) -> Option<Piece<'a>> {
        let head = self.text.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| self.after(prefix.len()))
    }
}

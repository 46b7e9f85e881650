//! Places in the text of a template, and what is wrong at one.

use std::ops::Range;

/// A place in the text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it begins.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
}

impl Place {
    /// The same as a range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// From the beginning of this one to the end of another one.
    pub fn to(self, last: Place) -> Place {
        Place { start: self.start, end: last.end }
    }
}

impl From<Range<usize>> for Place {
    fn from(range: Range<usize>) -> Self {
        Place { start: range.start as u32, end: range.end as u32 }
    }
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub range: Range<usize>,
    /// What is wrong, in Go's words where there are some.
    pub message: String,
}

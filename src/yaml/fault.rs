//! What is wrong with a text that is no document, and where.

use std::ops::Range;

use crate::text::{ceil, floor};

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte range in the file; empty where only a point is known.
    pub range: Range<usize>,
    /// What kind of trouble it is.
    pub kind: FaultKind,
    /// One clause, lower case, for the finding's text.
    pub message: String,
}

/// The kinds of trouble that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Not YAML as kubectl reads it.
    Syntax,
    /// A mapping as a key, which is how `{{ … }}` parses: a template that was not rendered.
    Template,
    /// Too deep or too many aliases to be read at all.
    Limit,
    /// A bug of ours: reading panicked.
    Internal,
}

impl Fault {
    /// The fault of a document on which reading panicked.
    pub const INTERNAL: Fault = Fault { range: 0..0, kind: FaultKind::Internal, message: String::new() };

    /// The same with a range of whole characters: the parser counts in a text that was mended, where one may be shorter.
    pub(super) fn on_characters(self, text: &str) -> Fault {
        let Range { start, end } = self.range;
        Fault { range: floor(text, start)..ceil(text, end), ..self }
    }
}

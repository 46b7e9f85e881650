//! Texts of templates with what they say, and where each part of them was written.

use std::sync::Arc;

use super::place::Place;
use super::readings::Reading;
use super::syntax::Syntax;
use super::text::{Builder, Origin, Str};
use crate::files::{SourceFile, Span};

/// A text of templates with what it says.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) reading: Arc<Reading>,
    pub(super) text: Written,
}

/// Where a text of templates stands.
#[derive(Debug)]
pub(super) enum Written {
    /// In a file, which it is.
    File(Arc<SourceFile>),
    /// In values, or wherever else it was put together; the place stands for what has none in it.
    Made(Str, Span),
}

impl Code {
    /// What it consists of.
    pub(super) fn syntax(&self) -> &Syntax {
        static NOTHING: Syntax = Syntax::none();
        self.reading.as_ref().as_ref().map_or(&NOTHING, |parsed| &parsed.syntax)
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        match &self.text {
            Written::File(file) => &file.text,
            Written::Made(text, _) => text.as_str(),
        }
    }

    /// The place of a part of the text.
    pub(super) fn span(&self, place: Place) -> Span {
        let (text, otherwise) = match &self.text {
            Written::File(file) if place.start == place.end => return file.span(0..file.text.len()),
            Written::File(file) => return file.span(place.range()),
            Written::Made(text, otherwise) => (text, *otherwise),
        };
        let mut known = text.pieces(place.range()).filter_map(|piece| piece.1);
        let Some(first) = known.next() else {
            return otherwise;
        };
        let last = known.last();
        match last {
            Some(last) if last.span.file == first.span.file && last.span.start >= first.span.start => {
                Span { end: last.span.end, ..first.span }
            }
            _ => first.span,
        }
    }

    /// Prints a part of the text as it is.
    pub(super) fn print(&self, place: Place, out: &mut Builder) {
        match &self.text {
            Written::File(file) => {
                out.push(&file.text[place.range()], Some(Origin::literal(file.span(place.range()))));
            }
            Written::Made(text, _) => out.push_part(text, place.range()),
        }
    }
}

/// A text of templates that is being executed.
#[derive(Clone, Copy)]
pub(super) struct Running<'c> {
    pub(super) code: &'c Code,
    pub(super) syntax: &'c Syntax,
}

impl Running<'_> {
    /// The place of a part of the text.
    pub(super) fn span(self, place: Place) -> Span {
        self.code.span(place)
    }
}

//! Where pieces of text came from.

use std::ops::Range;

use crate::files::Span;

/// What kind of place a piece of text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It stands in a template as it is.
    Literal,
    /// It is a value, or part of one, of a values file.
    Value,
    /// It was computed by an action of a template.
    Computed,
    /// It was computed from something that differs from run to run; the text is a placeholder.
    Random,
}

/// Where a piece of text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What kind of place that is.
    pub source: Source,
    /// The place itself.
    pub span: Span,
    /// The piece is the whole text of that place, as it is.
    pub exact: bool,
    /// The action of a template that printed a value.
    pub via: Option<Span>,
}

impl Origin {
    /// Text of a template.
    pub fn literal(span: Span) -> Self {
        Origin { source: Source::Literal, span, exact: true, via: None }
    }

    /// A value that was written at a place.
    pub fn value(span: Span, exact: bool) -> Self {
        Origin { source: Source::Value, span, exact, via: None }
    }

    /// What the action at a place computed.
    pub fn computed(span: Span) -> Self {
        Origin { source: Source::Computed, span, exact: false, via: None }
    }

    /// The same place for something that was made from the text.
    pub fn changed(self) -> Self {
        Origin { exact: false, ..self }
    }

    /// What is left of it in a line that a template returns to the action that included it.
    pub(super) fn returned(self) -> Option<Self> {
        match self.source {
            Source::Computed => None,
            Source::Value => Some(Origin { via: None, ..self }),
            Source::Literal | Source::Random => Some(self),
        }
    }

    /// The place of a part of the piece, which is `length` bytes long.
    pub(super) fn part(self, part: Range<usize>, length: usize) -> Self {
        if part.start == 0 && part.end == length {
            return self;
        }
        match self.source {
            Source::Literal if self.exact => {
                let start = self.span.start + part.start as u32;
                let end = self.span.start + part.end as u32;
                Origin { span: Span { start, end, ..self.span }, ..self }
            }
            _ => self.changed(),
        }
    }

    /// The place of this piece and the next one together, if that is one place.
    pub(super) fn joined(self, next: Origin) -> Option<Origin> {
        let same = self.source == next.source && self.span.file == next.span.file && self.via == next.via;
        if !same {
            return None;
        }
        match self.source {
            Source::Literal => {
                let touches = self.exact && next.exact && self.span.end == next.span.start;
                let longer =
                    touches.then_some(Origin { span: Span { end: next.span.end, ..self.span }, ..self });
                longer.or_else(|| (self.span == next.span).then_some(self.changed()))
            }
            _ => (self.span == next.span).then_some(self.changed()),
        }
    }
}

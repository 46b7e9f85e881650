//! Text that knows where each of its bytes came from.

use std::ops::Range;
use std::rc::Rc;

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
    fn returned(self) -> Option<Self> {
        match self.source {
            Source::Computed => None,
            Source::Value => Some(Origin { via: None, ..self }),
            Source::Literal | Source::Random => Some(self),
        }
    }

    /// The place of a part of the piece, which is `length` bytes long.
    fn part(self, part: Range<usize>, length: usize) -> Self {
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
    fn joined(self, next: Origin) -> Option<Origin> {
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

/// What stands around a value and is none.
const BARE: [char; 4] = ['"', '\'', ' ', '\n'];

/// A piece of a text, up to a byte offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// One past its last byte.
    pub end: u32,
    /// Where it came from; `None` until an action prints it.
    pub origin: Option<Origin>,
}

/// A text with the places of its pieces. Copies share both.
#[derive(Clone, Debug)]
pub struct Str {
    text: Rc<str>,
    /// Without any, nobody knows.
    pieces: Rc<[Piece]>,
}

impl Str {
    /// A text from one place.
    pub fn new(text: &str, origin: Option<Origin>) -> Self {
        let pieces: Rc<[Piece]> = match origin {
            Some(_) if !text.is_empty() => Rc::new([Piece { end: text.len() as u32, origin }]),
            _ => Rc::new([]),
        };
        Str { text: text.into(), pieces }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many bytes it takes, with what is known of its pieces.
    pub fn cost(&self) -> usize {
        self.text.len() + self.pieces.len() * size_of::<Piece>()
    }

    /// The pieces in a range, each with its range and its origin.
    pub fn pieces(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Option<Origin>)> + '_ {
        let first = self.pieces.partition_point(|piece| piece.end as usize <= range.start);
        let before = if first == 0 { 0 } else { self.pieces[first - 1].end as usize };
        let whole = self.pieces.is_empty().then(|| (range.clone(), None)).filter(|_| !range.is_empty());
        let mut start = before;
        let known = self.pieces[first..].iter().map_while(move |piece| {
            let end = piece.end as usize;
            let own = start.max(range.start)..end.min(range.end);
            let length = end - start;
            let from = start;
            start = end;
            if own.is_empty() {
                return None;
            }
            let inner = own.start - from..own.end - from;
            Some((own, piece.origin.map(|origin| origin.part(inner, length))))
        });
        whole.into_iter().chain(known)
    }

    /// The only place the text came from, if it is one.
    pub fn origin(&self) -> Option<Origin> {
        match &*self.pieces {
            [one] => one.origin,
            _ => None,
        }
    }

    /// A place that speaks for the text: the first value in it, else the first piece that has one.
    pub fn leading(&self) -> Option<Origin> {
        let known = || self.pieces.iter().filter_map(|piece| piece.origin);
        known()
            .find(|origin| origin.source == Source::Random)
            .or_else(|| known().find(|origin| origin.source == Source::Value))
            .or_else(|| known().next())
    }

    /// The place that somebody would look at for a range: the value it consists of, quotes aside, else the part of the
    /// template that put it together.
    pub fn locate(&self, range: Range<usize>) -> Option<Origin> {
        let mut first: Option<Origin> = None;
        let mut value: Option<Origin> = None;
        let mut mixed = false;
        let mut span: Option<Span> = None;
        let mut count = 0;
        for (own, origin) in self.pieces(range.clone()) {
            let bare = self.text[own].trim_matches(BARE).is_empty();
            let Some(origin) = origin else { continue };
            if origin.source == Source::Random {
                return Some(origin);
            }
            count += 1;
            first = first.or(Some(origin));
            if !bare {
                mixed |=
                    value.is_some_and(|known| known.source != Source::Value || known.span != origin.span);
                value = value.or(Some(origin));
            }
            let place = origin.via.unwrap_or(origin.span);
            span = match span {
                None => Some(place),
                Some(known) if known.file == place.file && place.end >= known.start => {
                    Some(Span { start: known.start.min(place.start), end: known.end.max(place.end), ..known })
                }
                known => known,
            };
        }
        match (count, value) {
            (1, _) => first,
            (_, Some(_)) if mixed && let Some(value) = self.executed(range.clone()) => Some(value),
            (_, Some(value)) if !mixed => Some(value),
            (0, _) => None,
            _ => span.map(|span| Origin { via: None, ..Origin::computed(span) }),
        }
    }

    /// The value that a range consists of where the value is a template itself: what its actions compute or print lies in
    /// it, too.
    fn executed(&self, range: Range<usize>) -> Option<Origin> {
        let is_bare = |own: Range<usize>| self.text[own].trim_matches(BARE).is_empty();
        let known =
            || self.pieces(range.clone()).filter_map(|(own, origin)| origin.filter(|_| !is_bare(own)));
        let value = known().find(|one| one.source == Source::Value)?;
        // The first value may be one that another one prints.
        let inside = |outer: Span| known().all(|one| one.span == outer || one.via == Some(outer));
        let outer = [Some(value.span), value.via].into_iter().flatten().find(|outer| inside(*outer))?;
        known().find(|one| one.source == Source::Value && one.span == outer).map(Origin::changed)
    }

    /// A part of it.
    pub fn slice(&self, range: Range<usize>) -> Str {
        if range == (0..self.text.len()) {
            return self.clone();
        }
        let mut builder = Builder::default();
        builder.push_part(self, range);
        builder.finish()
    }

    /// The text that something made of this one, byte for byte of the same length.
    pub fn mapped(&self, text: &str) -> Str {
        if text == &*self.text {
            return self.clone();
        }
        if text.len() != self.text.len() {
            return Str::new(text, self.leading().map(Origin::changed));
        }
        let changed = |piece: &Piece| Piece { origin: piece.origin.map(changed_text), ..*piece };
        Str { text: text.into(), pieces: self.pieces.iter().map(changed).collect() }
    }

    /// The text that was computed from this one.
    pub fn computed(&self, text: &str) -> Str {
        Str::new(text, self.leading().map(Origin::changed))
    }

    /// The text as a template that was included returns it. A line that was put together there is what the action
    /// computes that asked for it, and a value in it is printed by that action: nobody looks for a name in the helper
    /// that shortens all names.
    pub fn returned(self) -> Str {
        if self.text.trim().contains('\n') {
            return self;
        }
        let returned = |piece: &Piece| Piece { origin: piece.origin.and_then(Origin::returned), ..*piece };
        Str { pieces: self.pieces.iter().map(returned).collect(), text: self.text }
    }

    /// Whether a placeholder for something random is in it.
    pub fn is_random(&self) -> bool {
        self.pieces.iter().any(|piece| piece.origin.is_some_and(|one| one.source == Source::Random))
    }
}

fn changed_text(origin: Origin) -> Origin {
    origin.changed()
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Str::new(text, None)
    }
}

/// Puts a text together.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    text: String,
    pieces: Vec<Piece>,
}

impl Builder {
    /// How long it is.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// The text so far.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Adds text from one place.
    pub fn push(&mut self, text: &str, origin: Option<Origin>) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let end = self.text.len() as u32;
        if let Some(last) = self.pieces.last_mut() {
            let joined = match (last.origin, origin) {
                (None, None) => Some(None),
                (Some(one), Some(next)) => one.joined(next).map(Some),
                _ => None,
            };
            if let Some(origin) = joined {
                *last = Piece { end, origin };
                return;
            }
        }
        self.pieces.push(Piece { end, origin });
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Adds another text with its places.
    pub fn push_str(&mut self, text: &Str) {
        self.push_part(text, 0..text.text.len());
    }

    /// Adds a part of another text with its places.
    pub fn push_part(&mut self, text: &Str, range: Range<usize>) {
        for (own, origin) in text.pieces(range) {
            self.push(&text.text[own], origin);
        }
    }

    /// Adds what an action printed: what has no place comes from the action, and values remember it.
    pub fn print(&mut self, text: &Str, action: Span) {
        for (own, origin) in text.pieces(0..text.text.len()) {
            let origin = match origin {
                None => Origin::computed(action),
                Some(origin) if origin.via.is_none() && origin.source != Source::Computed => {
                    let inside = origin.source == Source::Literal && !action.contains(origin.span);
                    if inside { origin } else { Origin { via: Some(action), ..origin } }
                }
                Some(origin) => origin,
            };
            self.push(&text.text[own], Some(origin));
        }
    }

    /// The text.
    pub fn finish(self) -> Str {
        let known = self.pieces.iter().any(|piece| piece.origin.is_some());
        Str { text: self.text.into(), pieces: if known { self.pieces.into() } else { Rc::new([]) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::FileId;

    fn span(start: u32, end: u32) -> Span {
        Span { file: FileId(0), start, end }
    }

    #[test]
    fn parts_keep_their_places() {
        let mut builder = Builder::default();
        builder.push("name: ", Some(Origin::literal(span(10, 16))));
        builder.push("web", Some(Origin::value(span(40, 43), true)));
        let text = builder.finish();
        let part = text.slice(3..8);
        let found: Vec<_> = part.pieces(0..5).collect();
        assert_eq!(found[0], (0..3, Some(Origin::literal(span(13, 16)))));
        assert_eq!(found[1], (3..5, Some(Origin::value(span(40, 43), false))));
    }

    #[test]
    fn neighbours_in_a_template_are_one_piece() {
        let mut builder = Builder::default();
        builder.push("a", Some(Origin::literal(span(1, 2))));
        builder.push("b", Some(Origin::literal(span(2, 3))));
        assert_eq!(builder.finish().origin(), Some(Origin::literal(span(1, 3))));
    }
}

//! Text that knows where each of its bytes came from.

use std::ops::Range;
use std::rc::Rc;

pub use super::origin::{Origin, Source};
use crate::files::Span;
use crate::yaml::Text;

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
pub struct Str(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    text: Chars,
    pieces: Pieces,
}

/// The letters of a text.
#[derive(Debug)]
enum Chars {
    /// Few of them, or those of somebody else.
    Shared(Text),
    /// As they were put together.
    Own(String),
}

/// Where the parts of a text came from.
#[derive(Clone, Debug)]
enum Pieces {
    /// Nobody knows.
    Unknown,
    /// All of it from one place.
    One(Origin),
    /// Each from its own.
    Several(Box<[Piece]>),
}

impl Pieces {
    fn changed(&self, change: impl Fn(Origin) -> Option<Origin>) -> Self {
        match self {
            Pieces::Unknown => Pieces::Unknown,
            Pieces::One(origin) => change(*origin).map_or(Pieces::Unknown, Pieces::One),
            Pieces::Several(pieces) => {
                let one = |piece: &Piece| Piece { origin: piece.origin.and_then(&change), ..*piece };
                Pieces::Several(pieces.iter().map(one).collect())
            }
        }
    }
}

impl Str {
    /// A text from one place.
    pub fn new(text: &str, origin: Option<Origin>) -> Self {
        Str::shared(text.into(), origin)
    }

    /// The same of a text that somebody else has, too.
    pub fn shared(text: Text, origin: Option<Origin>) -> Self {
        let pieces = match origin {
            Some(origin) if !text.is_empty() => Pieces::One(origin),
            _ => Pieces::Unknown,
        };
        Str(Rc::new(Inner { text: Chars::Shared(text), pieces }))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0.text {
            Chars::Shared(text) => text,
            Chars::Own(text) => text,
        }
    }

    /// How many bytes it takes, with what is known of its pieces.
    pub fn cost(&self) -> usize {
        let pieces = match &self.0.pieces {
            Pieces::Unknown => 0,
            Pieces::One(_) => 1,
            Pieces::Several(pieces) => pieces.len(),
        };
        self.as_str().len() + pieces * size_of::<Piece>()
    }

    /// The pieces in a range, each with its range and its origin.
    pub fn pieces(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Option<Origin>)> + '_ {
        let (whole, several) = match &self.0.pieces {
            _ if range.is_empty() => (None, &[][..]),
            Pieces::Unknown => (Some(None), &[][..]),
            Pieces::One(origin) => (Some(Some(origin.part(range.clone(), self.as_str().len()))), &[][..]),
            Pieces::Several(pieces) => (None, &**pieces),
        };
        let first = several.partition_point(|piece| piece.end as usize <= range.start);
        let mut start = if first == 0 { 0 } else { several[first - 1].end as usize };
        let whole = whole.map(|origin| (range.clone(), origin));
        let known = several[first..].iter().map_while(move |piece| {
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
        match &self.0.pieces {
            Pieces::One(origin) => Some(*origin),
            _ => None,
        }
    }

    /// A place that speaks for the text: the first value in it, else the first piece that has one.
    pub fn leading(&self) -> Option<Origin> {
        let pieces = match &self.0.pieces {
            Pieces::Unknown => return None,
            Pieces::One(origin) => return Some(*origin),
            Pieces::Several(pieces) => pieces,
        };
        let known = || pieces.iter().filter_map(|piece| piece.origin);
        known()
            .find(|origin| origin.source == Source::Random)
            .or_else(|| known().find(|origin| origin.source == Source::Value))
            .or_else(|| known().next())
    }

    /// The place that somebody would look at for a range: the value it consists of, quotes aside, else the part of the
    /// template that put it together.
    pub fn locate(&self, range: Range<usize>) -> Option<Origin> {
        let mut pieces = self.pieces(range.clone());
        // Most ranges lie in one piece.
        if let Some((own, origin)) = pieces.next()
            && own == range
        {
            return origin;
        }
        let mut first: Option<Origin> = None;
        let mut value: Option<Origin> = None;
        let mut mixed = false;
        let mut span: Option<Span> = None;
        let mut count = 0;
        for (own, origin) in self.pieces(range.clone()) {
            let bare = self.as_str()[own].trim_matches(BARE).is_empty();
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
        let is_bare = |own: Range<usize>| self.as_str()[own].trim_matches(BARE).is_empty();
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
        if range == (0..self.as_str().len()) {
            return self.clone();
        }
        let mut builder = Builder::default();
        builder.push_part(self, range);
        builder.finish()
    }

    /// The text that something made of this one, byte for byte of the same length.
    pub fn mapped(&self, text: &str) -> Str {
        if text == self.as_str() {
            return self.clone();
        }
        if text.len() != self.as_str().len() {
            return self.computed(text);
        }
        let pieces = self.0.pieces.changed(|origin| Some(origin.changed()));
        Str(Rc::new(Inner { text: Chars::Shared(text.into()), pieces }))
    }

    /// The text that was computed from this one.
    pub fn computed(&self, text: &str) -> Str {
        Str::new(text, self.leading().map(Origin::changed))
    }

    /// The text as a template that was included returns it. A line that was put together there is what the action
    /// computes that asked for it, and a value in it is printed by that action: nobody looks for a name in the helper
    /// that shortens all names.
    pub fn returned(self) -> Str {
        if self.as_str().trim().contains('\n') {
            return self;
        }
        let pieces = self.0.pieces.changed(Origin::returned);
        let text = match Rc::try_unwrap(self.0) {
            Ok(inner) => inner.text,
            Err(shared) => Chars::Shared(Str(shared).as_str().into()),
        };
        Str(Rc::new(Inner { text, pieces }))
    }

    /// Whether a placeholder for something random is in it.
    pub fn is_random(&self) -> bool {
        let is_random = |origin: &Origin| origin.source == Source::Random;
        match &self.0.pieces {
            Pieces::Unknown => false,
            Pieces::One(origin) => is_random(origin),
            Pieces::Several(pieces) => {
                pieces.iter().any(|piece| piece.origin.as_ref().is_some_and(is_random))
            }
        }
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Str::new(text, None)
    }
}

/// Texts up to this length need no memory of their own.
const SHORT: usize = 23;

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

    /// With room for a text of this length.
    pub fn with_room(bytes: usize) -> Self {
        Builder { text: String::with_capacity(bytes), pieces: Vec::new() }
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
        self.push_part(text, 0..text.as_str().len());
    }

    /// Adds a part of another text with its places.
    pub fn push_part(&mut self, text: &Str, range: Range<usize>) {
        for (own, origin) in text.pieces(range) {
            self.push(&text.as_str()[own], origin);
        }
    }

    /// Adds what an action printed: what has no place comes from the action, and values remember it.
    pub fn print(&mut self, text: &Str, action: Span) {
        for (own, origin) in text.pieces(0..text.as_str().len()) {
            let origin = match origin {
                None => Origin::computed(action),
                Some(origin) if origin.via.is_none() && origin.source != Source::Computed => {
                    let inside = origin.source == Source::Literal && !action.contains(origin.span);
                    if inside { origin } else { Origin { via: Some(action), ..origin } }
                }
                Some(origin) => origin,
            };
            self.push(&text.as_str()[own], Some(origin));
        }
    }

    /// The text.
    pub fn finish(mut self) -> Str {
        let text = match self.text.len() {
            0..=SHORT => Chars::Shared(self.text.as_str().into()),
            _ => Chars::Own(std::mem::take(&mut self.text)),
        };
        Str(Rc::new(Inner { text, pieces: self.known() }))
    }

    /// The text so far, after which the next one begins.
    pub fn flush(&mut self) -> Str {
        let text = match self.text.len() {
            0..=SHORT => Chars::Shared(self.text.as_str().into()),
            _ => Chars::Own(self.text.as_str().into()),
        };
        let text = Str(Rc::new(Inner { text, pieces: self.known() }));
        self.clear();
        text
    }

    /// Forgets the text, not the room that it took.
    pub fn clear(&mut self) {
        self.text.clear();
        self.pieces.clear();
    }

    /// What is known of the pieces.
    fn known(&self) -> Pieces {
        match &*self.pieces {
            [] => Pieces::Unknown,
            [piece] => piece.origin.map_or(Pieces::Unknown, Pieces::One),
            pieces if pieces.iter().all(|piece| piece.origin.is_none()) => Pieces::Unknown,
            pieces => Pieces::Several(pieces.into()),
        }
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

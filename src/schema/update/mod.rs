//! What an object may not become: fields that the API server refuses to change on update (facts 20.1, 20.4 to 20.12, 20.18),
//! and what it refuses to apply (`applied`).
//!
//! Both states are read as the server stores them (`read`), so that a default that is written out, `1000m` for `1` and an
//! empty list for none are no changes; then the fields of the kind's row are compared.

mod applied;
mod canon;
mod defaults;
mod difference;
mod filled;
mod pod;
mod read;
mod rules;

pub use canon::Canon;
pub(super) use canon::Value as Stored;
pub(super) use read::read_whole;

use applied::Applied;

use super::kinds;
use super::shape::Struct;
use crate::document::Object;
use crate::files::Span;

/// An object as the server would store it, as far as its updates are judged.
#[derive(Clone, Debug)]
pub struct State {
    kind: Option<&'static rules::Kind>,
    /// All of an object whose kind has fields that may not change, and the metadata of any other.
    canon: Canon,
    applied: Applied,
}

/// What the server fills in where a field is not written, as far as that is one value: texts as they are, else JSON.
pub(super) fn default_of(shape: &Struct, field: &str) -> Option<String> {
    defaults::of(shape.name, field).or_else(|| filled::of(shape, field))
}

/// A change that the server refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The field that is spoken of, such as `spec.selector`.
    pub field: String,
    /// What refuses it.
    pub by: Refused,
    /// Where it is written now, or the nearest thing around where it was taken away.
    pub now: Span,
    /// Where it was, in a file of the earlier state.
    pub then: Option<Span>,
    /// Where the first of two is that are one too many, beside `now`.
    pub first: Option<Span>,
    /// How to get there all the same.
    pub way_out: &'static str,
}

/// Which updates are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Every one; this changed in the field, such as `spec.selector.matchLabels.app`.
    Update(String),
    /// Server-side apply.
    Apply {
        /// What the field does, as the middle of a sentence.
        says: String,
        /// What there is to say of the place.
        label: String,
    },
}

impl State {
    /// Reads an object.
    pub fn of(object: &Object<'_>) -> State {
        let want = kinds::find(object.api_version, object.kind).map(|kind| kind.want());
        let kind = rules::find(object.group(), object.kind);
        let whole = kind.zip(want).and_then(|(kind, want)| read::read(object.node, want, kind.leaves_out));
        let applied = want.map(|want| Applied::of(object, want)).unwrap_or_default();
        State {
            kind: kind.filter(|_| whole.is_some()),
            canon: whole.unwrap_or_else(|| read::read_metadata(object.node)),
            applied,
        }
    }

    /// What the server says of an update from this state to another one of the same object.
    pub fn refuses(&self, next: &State) -> Vec<Refusal> {
        let mut found = rules::of_metadata(&self.canon, &next.canon);
        if let (Some(kind), Some(other)) = (self.kind, next.kind)
            && kind.name == other.name
        {
            found.extend(rules::compare(kind, &self.canon, &next.canon));
        }
        found.extend(self.applied.refuses(&next.applied));
        found
    }
}

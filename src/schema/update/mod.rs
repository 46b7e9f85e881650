//! What an object may not become: fields that the API server refuses to change on update (facts 20.1, 20.4 to 20.12).
//!
//! Both states are read as the server stores them (`canon`), so that a default that is written out, `1000m` for `1` and an
//! empty list for none are no changes; then the fields of the kind's row are compared.

mod canon;
mod defaults;
mod difference;
mod filled;
mod pod;
mod rules;

pub use canon::Canon;
pub(super) use canon::{Value as Stored, read_whole};

use super::kinds;
use crate::document::Object;
use crate::files::Span;

/// An object as the server would store it, as far as its updates are judged.
#[derive(Clone, Debug)]
pub struct State {
    kind: &'static rules::Kind,
    canon: Canon,
}

/// A change that the server refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The field that may not change, such as `spec.selector`.
    pub field: String,
    /// What changed in it, such as `spec.selector.matchLabels.app`.
    pub changed: String,
    /// Where it is written now, or the nearest thing around where it was taken away.
    pub now: Span,
    /// Where it was.
    pub then: Span,
    /// How to get there all the same.
    pub way_out: &'static str,
}

impl State {
    /// Reads an object; `None` for kinds of which every field may change, or about which nothing is known.
    pub fn of(object: &Object<'_>) -> Option<State> {
        let kind = rules::find(object.group(), object.kind)?;
        let want = kinds::find(object.api_version, object.kind)?.want();
        let canon = canon::read(object.node, want, kind.leaves_out)?;
        Some(State { kind, canon })
    }

    /// What the server says of an update from this state to another one of the same object.
    pub fn refuses(&self, next: &State) -> Vec<Refusal> {
        if self.kind.name != next.kind.name {
            return Vec::new();
        }
        rules::compare(self.kind, &self.canon, &next.canon)
    }
}

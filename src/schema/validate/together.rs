//! What is asked of fields and items together: that only one of several is there, or one at least, and that no two are
//! alike.

use std::collections::HashMap;

use super::{Notes, Place, REJECTED, given, known};
use crate::schema::{Cause, Trouble, TroubleKind};
use crate::yaml::{Entry, Node};

/// Two of several exclusive things, null counting as absent. Tells whether there is none at all.
pub(super) fn exclusive<'a>(what: &str, node: Node<'a>, fields: &[&str], notes: &mut Notes<'_, 'a>) -> bool {
    let is_one = |entry: &Entry<'_>| fields.contains(&entry.key.key_text()) && !entry.value.is_null();
    let mut found = node.entries().filter(is_one);
    let Some(first) = found.next() else { return true };
    // A key that is there twice is another matter.
    if let Some(last) = found.filter(|entry| entry.key.key_text() != first.key.key_text()).last() {
        let (one, other) = (first.key.key_text(), last.key.key_text());
        let message = format!("{what} has both `{one}` and `{other}`");
        notes.push(
            Trouble::new(TroubleKind::InvalidValue, last.key, message)
                .label(REJECTED)
                .also(first.key, "the other")
                .help("keep one of them"),
        );
    }
    false
}

/// Something that must have one of several things has none: a missing field without a name of its own.
pub(super) fn lacking<'a>(place: &Place<'_, 'a>, message: String, help: &str, notes: &mut Notes<'_, 'a>) {
    let at = place.node.get("name").or(place.key).unwrap_or(place.node);
    let trouble = Trouble::new(TroubleKind::MissingField, at, message).cause(Cause::Needs);
    notes.push(trouble.label(REJECTED).help(help));
}

/// Lists up to this length are looked through for each of their items.
const SHORT: usize = 16;

/// An item that repeats what must be unique in its list.
pub(super) fn unique<'a>(what: &str, list: impl Iterator<Item = Node<'a>>, notes: &mut Notes<'_, 'a>) {
    let mut twice = |name: Node<'a>, first: Node<'a>| {
        notes.push(
            Trouble::new(TroubleKind::InvalidValue, name, format!("{what} `{}` occurs twice", name.text()))
                .label(REJECTED)
                .also(first, "the first of them")
                .help("give each its own"),
        );
    };
    let mut few: [Option<Node<'a>>; SHORT] = [None; SHORT];
    let mut many: HashMap<&str, Node<'a>> = HashMap::new();
    for (at, name) in list.enumerate() {
        let text = name.text();
        let before = few.iter().take(at).rev().flatten().find(|other| other.text() == text).copied();
        let before = many.get(text).copied().or(before);
        if before.is_some() && known::is_placeholder(text) {
            continue;
        }
        if let Some(first) = before {
            twice(name, first);
        }
        match few.get_mut(at) {
            Some(place) => *place = Some(name),
            None => {
                many.insert(text, name);
            }
        }
    }
}

/// An item that repeats a field of another one, where a field that is left out is an empty text.
pub(super) fn unique_field<'a>(
    what: &str,
    (place, list): (&Place<'_, 'a>, &str),
    field: &str,
    notes: &mut Notes<'_, 'a>,
) {
    let mut without = place.items(list).filter(|one| given(*one, field).is_none());
    if let (Some(first), Some(second)) = (without.next(), without.next()) {
        let message = format!("two items have no `{field}`");
        notes.clash(second, first, message, format!("give each its own `{field}`"));
    }
    unique(what, place.items(list).filter_map(|one| given(one, field)), notes);
}

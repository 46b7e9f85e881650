//! Priority and fairness of requests (`pkg/apis/flowcontrol/validation`).

use super::scalars::of_kind;
use super::texts::LABEL;
use super::webhooks::alone;
use super::{Notes, Place, given};

/// Only one schema comes before all others.
pub(super) fn schema<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let name = place.root().get("metadata").and_then(|meta| meta.get("name"));
    if let Some(at) = place.node.get("matchingPrecedence").filter(|at| at.int() == Some(1))
        && name.is_some_and(|name| name.text() != "exempt")
    {
        let help = "write 2 or more";
        notes.refuse(at, "only the schema `exempt` has `matchingPrecedence` 1", help);
    }
}

/// Who it is about: one of three, with the details of that one.
pub(super) fn subject<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(kind) = place.given("kind").and_then(|at| at.str()) else { return };
    for (word, field) in [("User", "user"), ("Group", "group"), ("ServiceAccount", "serviceAccount")] {
        let there = place.node.get(field);
        if kind == word && there.is_none() {
            notes.wants(
                place,
                field,
                format!("a subject of kind `{word}` needs `{field}`"),
                format!("add `{field}`"),
            );
        } else if let (true, Some(there)) = (kind != word, there) {
            let message = format!("`{field}` in a subject of kind `{kind}`");
            notes.refuse(there, message, "remove it, or change the kind");
        }
    }
}

/// Requests for URLs.
pub(super) fn urls<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    each(place, &["verbs", "nonResourceURLs"], notes);
}

/// Requests for resources.
pub(super) fn resources<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    each(place, &["verbs", "apiGroups", "resources"], notes);
    let cluster = place.node.get("clusterScope").is_some_and(|at| at.bool() == Some(true));
    if !cluster && given(place.node, "namespaces").is_none() {
        let help = "add `namespaces`, or `clusterScope: true`";
        notes.wants(place, "namespaces", "the rule is for no namespace and not for the cluster", help);
    }
    alone(place.items("namespaces"), "namespaces", "*", notes);
    for at in place.items("namespaces").filter(|at| at.text() != "*") {
        if let Some(text) = at.str() {
            of_kind(&LABEL, "namespaces", text, at, notes);
        }
    }
}

fn each<'a>(place: &Place<'_, 'a>, fields: &[&str], notes: &mut Notes<'_, 'a>) {
    for field in fields {
        if place.given(field).is_none() {
            notes.wants(place, field, format!("the rule has no `{field}`"), format!("add `{field}`"));
        } else {
            alone(place.items(field), field, "*", notes);
        }
    }
}

/// A level of priority has the details of its type.
pub(super) fn level<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let name = place.root().get("metadata").and_then(|meta| meta.get("name"));
    let exempt = name.is_some_and(|name| name.text() == "exempt");
    match place.text("type") {
        Some("Limited") => {
            if let Some(at) = place.node.get("exempt") {
                notes.refuse(at, "`exempt` in a level of type `Limited`", "remove it, or change the type");
            }
            if place.node.get("limited").is_none() {
                notes.wants(place, "limited", "a level of type `Limited` needs `limited`", "add `limited`");
            }
        }
        Some("Exempt") => {
            if let Some(at) = place.node.get("limited") {
                notes.refuse(at, "`limited` in a level of type `Exempt`", "remove it, or change the type");
            }
        }
        _ => return,
    }
    if let Some(at) = place.node.get("type").filter(|at| (at.text() == "Exempt") != exempt && name.is_some())
    {
        let help = if exempt { "write `Exempt`" } else { "write `Limited`" };
        notes.refuse(at, "`Exempt` is the type of the level `exempt` and of no other", help);
    }
}

/// What happens with requests above the limit.
pub(super) fn response<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    match (place.text("type"), place.node.get("queuing")) {
        (Some("Queue"), None) => {
            notes.wants(place, "queuing", "`type: Queue` needs `queuing`", "add `queuing: {}`");
        }
        (Some("Reject"), Some(at)) => {
            notes.refuse(at, "`queuing` beside `type: Reject`", "remove it, or write `type: Queue`");
        }
        _ => {}
    }
}

/// What shuffling takes at most, in bits.
const MOST_BITS: f64 = 60.0;

/// A hand is dealt of the queues.
pub(super) fn queuing<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let number = |field: &str, default: i64| place.node.get(field).map_or(Some(default), |at| at.int());
    let (Some(queues), Some(hand)) = (number("queues", 64), number("handSize", 8)) else { return };
    let (queues, hand) = (if queues == 0 { 64 } else { queues }, if hand == 0 { 8 } else { hand });
    if queues < 1 || hand < 1 || queues > 10_000_000 {
        return;
    }
    let at = place.node.get("handSize").or_else(|| place.node.get("queues"));
    let Some(at) = at else { return };
    if hand > queues {
        let message = format!("`handSize` {hand} is above `queues` {queues}");
        notes.refuse(at, message, format!("it must be at most {queues}"));
    } else if (0..hand).map(|dealt| ((queues - dealt) as f64).log2()).sum::<f64>().ceil() > MOST_BITS {
        let message = format!("`handSize` {hand} of {queues} queues are too many ways to deal");
        notes.refuse(at, message, "lower one of them");
    }
}

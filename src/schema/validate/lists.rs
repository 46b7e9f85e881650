//! Lists in the schemas of definitions: sets, maps and their keys.

use super::together::unique;
use super::{Notes, Place};

/// Lists that are sets or maps.
pub(super) fn lists<'a>(place: &Place<'_, 'a>, ty: Option<&str>, notes: &mut Notes<'_, 'a>) {
    let node = place.node;
    let list = node.get("x-kubernetes-list-type").and_then(|at| Some((at, at.str()?)));
    let keys = node.entry("x-kubernetes-list-map-keys").filter(|entry| entry.value.items().next().is_some());
    if let Some((at, word)) = list.filter(|list| !matches!(list.1, "atomic" | "set" | "map")) {
        super::scalars::word(&["atomic", "set", "map"], "x-kubernetes-list-type", word, at, notes);
        return;
    }
    let word = list.map(|list| list.1);
    if let (Some((at, _)), true) = (list, ty != Some("array")) {
        return notes.refuse(at, "`x-kubernetes-list-type` needs `type: array`", "add it, or remove this");
    }
    match (word, keys) {
        (Some("map"), None) => {
            let help = "add `x-kubernetes-list-map-keys` with the fields that tell items apart";
            notes.wants(place, "x-kubernetes-list-map-keys", "a list of type `map` needs its keys", help);
        }
        (word, Some(keys)) if word != Some("map") => {
            notes.refuse(
                keys.key,
                "`x-kubernetes-list-map-keys` needs `x-kubernetes-list-type: map`",
                "add it",
            );
        }
        (Some("map"), Some(keys)) => {
            unique("the key", keys.value.items(), notes);
            let fields = node.get("items").and_then(|items| items.get("properties"));
            let lost = keys.value.items().find(|key| {
                key.str().is_some_and(|key| fields.is_none_or(|fields| fields.get(key).is_none()))
            });
            if let Some(key) = lost {
                let message = format!("items of the list have no field `{}`", key.text());
                notes.refuse(key, message, "name a field of `items.properties`");
            }
            for key in keys.value.items().filter_map(|key| fields?.get(key.str()?)) {
                if let Some(at) = key.get("type").filter(|ty| matches!(ty.text(), "array" | "object")) {
                    notes.refuse(at, "a list key must be a scalar", "name another field as the key");
                }
            }
        }
        (Some("set"), None) => {
            let items = node.get("items");
            let nullable = items.and_then(|items| items.get("nullable"));
            if let Some(at) = nullable.filter(|at| at.bool() == Some(true)) {
                notes.refuse(at, "items of a set cannot be null", "remove `nullable`");
            }
            if let Some(at) = items.and_then(|items| items.get("type")) {
                let whole = items.and_then(|items| match at.text() {
                    "object" => items.get("x-kubernetes-map-type"),
                    _ => items.get("x-kubernetes-list-type"),
                });
                let atomic = whole.is_some_and(|word| word.text() == "atomic")
                    || (at.text() == "array" && whole.is_none());
                if matches!(at.text(), "object" | "array") && !atomic {
                    notes.refuse(
                        at,
                        "items of a set are plain values",
                        "add `x-kubernetes-map-type: atomic` to the items",
                    );
                }
            }
        }
        _ => {}
    }
}

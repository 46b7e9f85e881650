//! The same object twice (fact 0.3). Units never hold both, so this looks at all objects at once.

use std::collections::HashMap;

use super::{Check, Rule, rule};
use crate::finding::{Out, Severity};
use crate::inventory::{same_directory, same_file};
use crate::kube::object::{Identity, Object};
use crate::kube::placeholder::{is_placeholder, is_shouted};

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("duplicate-object", Check::All(duplicates))];

/// How many earlier definitions of one object are compared with a new one.
const MOST: usize = 20;

fn duplicates(objects: &[Object<'_>], out: &mut Out) {
    let mut known: HashMap<Identity<'_>, Vec<&Object<'_>>> = HashMap::new();
    for object in objects {
        let unknown = object.name.is_empty() || is_placeholder(object.name) || is_shouted(object.name);
        // Two objects without a separator are `duplicate-key`'s matter; who they are cannot be told.
        let glued = object.node.tree().duplicates().iter().any(|one| {
            let key = object.node.tree().node(one.second).key_text();
            matches!(key, "kind" | "metadata")
        });
        if unknown || glued || object.namespace.is_some_and(is_placeholder) {
            continue;
        }
        let earlier = known.entry(object.identity()).or_default();
        let recent = || earlier.iter().rev().take(MOST);
        let differs = |other: &&&Object<'_>| other.node.source_text() != object.node.source_text();
        let title = object.title();
        if let Some(other) = recent().find(|other| same_file(other, object)) {
            let message = format!("{title} is defined twice in this file: the last one applied wins");
            // Equal copies lose nothing.
            let severity = if differs(&other) { Severity::Error } else { Severity::Warning };
            out.report(object.anchor(), message)
                .severity(severity)
                .label("defined again")
                .also(other.anchor(), "first defined here")
                .help("keep one of them, or give one another name");
        } else if let Some(other) = recent().filter(differs).find(|other| same_directory(other, object)) {
            let message =
                format!("{title} is defined differently in two files of this directory: apply one of them");
            out.report(object.anchor(), message)
                .severity(Severity::Info)
                .label("defined again")
                .also(other.anchor(), "also defined here")
                .help("variants are judged one by one; directories of their own would say so");
        }
        earlier.push(object);
    }
}

//! Whether the schema of a definition is structural (`apiextensions-apiserver/pkg/apiserver/schema/validation.go`).

use super::Notes;
use crate::yaml::{Kind, Node};

/// The types of JSON.
pub(super) const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];

/// How many schemas of one version are looked at.
const MOST: usize = 50_000;

/// Where a schema stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Root,
    /// The values of a field, of a map or of a list.
    Value,
    /// Beside another, below `allOf` and so on.
    Beside,
    /// Beside one that is an integer or a string.
    Choice,
}

/// A schema is structural if it declares every value outside of `allOf`, `anyOf`, `oneOf` and `not` (fact 14.9).
pub(super) fn structure<'a>(root: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let mut open = vec![(root, Position::Root, None)];
    for _ in 0..MOST {
        let Some((node, position, key)) = open.pop() else { return };
        if node.is_mapping() || node.is_null() && position == Position::Value && key.is_some() {
            one(node, position, key, notes);
            below(node, position, &mut open);
        }
    }
}

fn one<'a>(node: Node<'a>, position: Position, key: Option<Node<'a>>, notes: &mut Notes<'_, 'a>) {
    let ty = node.get("type").filter(|ty| !ty.text().is_empty());
    let truth = |field: &str| node.get(field).is_some_and(|at| at.bool() == Some(true));
    match position {
        Position::Root if ty.is_none() => {
            let at = node.entries().next().map_or(node, |entry| entry.key);
            notes.refuse(at, "the schema of a kind says no `type`", "add `type: object`");
        }
        Position::Root => {
            if let Some(ty) = ty.filter(|ty| TYPES.contains(&ty.text()) && ty.text() != "object") {
                notes.refuse(
                    ty,
                    "the schema of a kind is of another type than `object`",
                    "write `type: object`",
                );
            }
        }
        Position::Value
            if ty.is_none()
                && !truth("x-kubernetes-int-or-string")
                && !truth("x-kubernetes-preserve-unknown-fields") =>
        {
            let at = key.unwrap_or(node);
            let name = key.map_or("the items".to_owned(), |key| format!("`{}`", key.key_text()));
            notes.refuse(
                at,
                format!("the schema of {name} says no `type`"),
                "add `type`, or `x-kubernetes-preserve-unknown-fields: true`",
            );
        }
        Position::Beside | Position::Choice => {
            let fields = ["additionalProperties", "default", "description", "nullable", "title", "type"];
            let found = node.entries().find(|entry| {
                let name = entry.key.key_text();
                let choice = position == Position::Choice && name == "type";
                let written = !entry.value.is_null()
                    && !super::is_empty(entry.value)
                    && entry.value.bool() != Some(false);
                written
                    && !choice
                    && (fields.contains(&name)
                        || (name.starts_with("x-kubernetes-") && name != "x-kubernetes-validations"))
            });
            if let Some(entry) = found {
                let message =
                    format!("`{}` stands below `allOf`, `anyOf`, `oneOf` or `not`", entry.key.key_text());
                notes.refuse(
                    entry.key,
                    message,
                    "declare it outside of them: there, schemas only limit values",
                );
            }
        }
        Position::Value => {}
    }
}

fn below<'a>(node: Node<'a>, position: Position, open: &mut Vec<(Node<'a>, Position, Option<Node<'a>>)>) {
    // Most schemas hold no others.
    if node.entries().all(|entry| entry.value.kind() == Kind::Scalar) {
        return;
    }
    let inner = match position {
        Position::Root | Position::Value => Position::Value,
        other => other,
    };
    for entry in node.get("properties").into_iter().flat_map(Node::entries) {
        open.push((entry.value, inner, Some(entry.key)));
    }
    for field in ["items", "additionalProperties"] {
        let written = node.entry(field).filter(|entry| !entry.value.is_null());
        open.extend(written.map(|entry| (entry.value, inner, Some(entry.key))));
    }
    let choice = node.get("x-kubernetes-int-or-string").is_some_and(|at| at.bool() == Some(true));
    let choice = choice || position == Position::Choice;
    for field in ["allOf", "anyOf", "oneOf"] {
        let list = || node.get(field).into_iter().flat_map(Node::items);
        let types = list().map(|one| one.get("type").map_or("", Node::text));
        // Who may be either says so, and nothing else; it may do so one level further down.
        let both = field == "anyOf" && types.eq(["integer", "string"]);
        let deeper = field == "allOf" && list().next().is_some_and(|one| one.get("anyOf").is_some());
        let beside = if choice && (both || deeper) { Position::Choice } else { Position::Beside };
        open.extend(list().map(|one| (one, beside, None)));
    }
    open.extend(node.get("not").map(|one| (one, Position::Beside, None)));
}

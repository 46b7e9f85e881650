//! What was meant by a field that a custom kind does not have.

use super::schema::{Others, Schema};
use crate::schema::hint::spelling;
use crate::schema::slot::Slot;
use crate::yaml::Node;

/// How many levels up a field may belong.
const UP: usize = 3;

/// A longer name was not meant to be that of a field.
const LONGEST: usize = 64;

/// A mapping on the way.
#[derive(Clone, Copy)]
pub(super) struct Stop<'w, 'a> {
    pub slot: Slot<'a>,
    pub schema: &'w Schema<'a>,
}

/// Help for an unknown field of the last mapping on the way, and the fields it speaks of.
pub(super) fn hint(name: &str, way: &[Stop<'_, '_>]) -> Option<(String, Vec<String>)> {
    let spelt = |field: &str| (format!("did you mean `{field}`?"), vec![field.to_owned()]);
    let (own, around) = way.split_last()?;
    if name.len() > LONGEST {
        return None;
    }
    let fields: Vec<&str> = own.schema.fields.iter().map(|field| field.0).collect();
    let free = |field: &str| own.slot.node.get(field).is_none();
    let close = spelling(name, &fields);
    if let Some((field, true)) = close
        && free(field)
    {
        return Some(spelt(field));
    }
    let mut places: Vec<String> = below(own.schema, own.slot.node, name, &path(way), 2);
    if places.is_empty() {
        for (up, stop) in around.iter().enumerate().rev().take(UP) {
            let here = path(&way[..=up]);
            if stop.schema.field(name).is_some() && stop.slot.node.get(name).is_none() {
                places.push(here);
                break;
            }
            let back = way.get(up + 1).and_then(|next| next.slot.key).map(|key| key.key_text());
            let beside = beside(stop, name, &here, back);
            if !beside.is_empty() {
                places = beside;
                break;
            }
        }
    }
    match places.as_slice() {
        [] => close.map(|(field, _)| spelt(field)),
        [one] if one.is_empty() => Some(("this belongs at the top level".to_owned(), Vec::new())),
        [_] | [_, _] => {
            let under: Vec<String> = places.iter().map(|place| format!("under `{place}`")).collect();
            Some((format!("this belongs {}", under.join(" or ")), places))
        }
        _ => None,
    }
}

/// Brothers of the way that are in the document and have the field.
fn beside(stop: &Stop<'_, '_>, name: &str, here: &str, back: Option<&str>) -> Vec<String> {
    let brother = |(field, schema): &(&str, Schema<'_>)| {
        let node = stop.slot.node.get(field)?;
        let fits = Some(*field) != back && *field != "status" && node.is_mapping();
        (fits && schema.field(name).is_some() && node.get(name).is_none()).then(|| join(here, field))
    };
    // Names that stand in a good many structs say nothing.
    if matches!(name, "name" | "namespace" | "labels" | "annotations" | "enabled" | "type") {
        return Vec::new();
    }
    stop.schema.fields.iter().filter_map(brother).collect()
}

/// Fields below that have it; those in the document win.
fn below(schema: &Schema<'_>, node: Node<'_>, name: &str, here: &str, depth: usize) -> Vec<String> {
    if depth == 0 || matches!(name, "name" | "namespace" | "labels" | "annotations" | "enabled" | "type") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut present = Vec::new();
    for (field, inner) in &schema.fields {
        let (inner, brackets) = match (&inner.items, &inner.others) {
            (Some(items), _) => (items.as_ref(), "[]"),
            (None, Others::Of(_)) => continue,
            _ => (inner, ""),
        };
        if inner.field(name).is_none() || *field == "status" {
            continue;
        }
        let path = format!("{}{brackets}", join(here, field));
        match node.get(field) {
            Some(_) => present.push(path),
            None => found.push(path),
        }
    }
    if !present.is_empty() {
        return present;
    }
    if !found.is_empty() {
        return found;
    }
    let deeper = |(field, inner): &(&str, Schema<'_>)| {
        let value = node.get(field).filter(|value| value.is_mapping() && *field != "status")?;
        Some(below(inner, value, name, &join(here, field), depth - 1))
    };
    schema.fields.iter().filter_map(deeper).flatten().collect()
}

fn join(here: &str, field: &str) -> String {
    if here.is_empty() { field.to_owned() } else { format!("{here}.{field}") }
}

/// The way to the last mapping, as people write it.
fn path(way: &[Stop<'_, '_>]) -> String {
    let mut path = String::new();
    for stop in way {
        let Some(key) = stop.slot.key else { continue };
        path = join(&path, key.key_text());
        if let Some(item) = stop.slot.item {
            path.push_str(&format!("[{item}]"));
        }
    }
    path
}

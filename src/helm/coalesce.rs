//! Values on their way to templates: merged from parents, charts and whoever deploys, as Helm merges them.

use std::rc::Rc;

use super::value::{Data, Entries, Map, Slot, Value};
use crate::yaml::Text;

/// The key that all charts share.
const GLOBAL: &str = "global";

/// A chart with its own values and the charts it brings.
#[derive(Debug)]
pub struct Chart<P> {
    /// Whatever else belongs to it.
    pub package: P,
    /// The name that it has for its parent.
    pub name: String,
    /// Its values.
    pub values: Map,
    /// The charts in it that are switched on.
    pub children: Vec<Chart<P>>,
}

/// An empty mapping.
pub fn empty() -> Map {
    Rc::new(Entries::default())
}

fn table(value: &Value) -> Option<Map> {
    value.as_map().cloned()
}

/// A copy of a mapping that shares nothing with it.
pub fn copy(map: &Map) -> Map {
    match Value::from(Data::Map(Rc::clone(map))).deep_copy(0).data {
        Data::Map(map) => map,
        _ => empty(),
    }
}

fn insert(map: &Map, key: Text, slot: Slot) {
    map.entries.borrow_mut().insert(key, slot);
}

/// Values files over each other: mappings are merged, everything else is replaced, nulls are kept for later.
pub fn overlay(below: &Map, above: &Map) {
    for (key, slot) in above.sorted() {
        match (below.map(&key), table(&slot.value)) {
            (Some(inner), Some(outer)) => {
                overlay(&inner, &outer);
            }
            _ => insert(below, key, slot),
        }
    }
}

/// Fills what `target` lacks from `source`. Null takes away, unless `merge`.
pub fn tables(target: &Map, source: &Map, merge: bool) {
    for (key, slot) in source.sorted() {
        match target.get(&key) {
            Some(own) if !merge && own.is_nil() => drop(target.entries.borrow_mut().remove(&key)),
            None => insert(target, key, slot),
            Some(own) => {
                if let (Some(own), Some(other)) = (table(&own), table(&slot.value)) {
                    tables(&own, &other, merge);
                }
            }
        }
    }
}

/// `CoalesceValues` and `MergeValues`.
pub fn values<P>(chart: &Chart<P>, given: &Map, merge: bool) -> Map {
    let target = copy(given);
    coalesce(chart, &target, merge);
    target
}

fn coalesce<P>(chart: &Chart<P>, target: &Map, merge: bool) {
    own_values(chart, target, merge);
    for child in &chart.children {
        let inner = match target.get(&child.name) {
            None => {
                let inner = empty();
                target.set(&child.name, Data::Map(Rc::clone(&inner)).into());
                inner
            }
            Some(value) => match table(&value) {
                Some(inner) => inner,
                // Helm gives up here; the rest is evaluated all the same.
                None => continue,
            },
        };
        globals(&inner, target);
        coalesce(child, &inner, merge);
    }
}

fn globals(target: &Map, source: &Map) {
    let own = match target.get(GLOBAL) {
        None => empty(),
        Some(value) => match table(&value) {
            Some(own) => own,
            None => return,
        },
    };
    let shared = match source.get(GLOBAL) {
        None => empty(),
        Some(value) => match table(&value) {
            Some(shared) => shared,
            None => return,
        },
    };
    for (key, slot) in shared.sorted() {
        let known = own.get(&key);
        match (table(&slot.value), &known) {
            (Some(outer), None) => {
                // Only its first level is copied.
                let copy = empty();
                outer.sorted().into_iter().for_each(|(key, slot)| insert(&copy, key, slot));
                insert(&own, key, Slot { value: Value { data: Data::Map(copy), at: slot.value.at }, ..slot });
            }
            (Some(outer), Some(known)) => {
                if let Some(inner) = table(known) {
                    let copy = empty();
                    outer.sorted().into_iter().for_each(|(key, slot)| insert(&copy, key, slot));
                    tables(&copy, &inner, true);
                    insert(
                        &own,
                        key,
                        Slot { value: Value { data: Data::Map(copy), at: slot.value.at }, ..slot },
                    );
                }
            }
            (None, Some(known)) if table(known).is_some() => {}
            (None, _) => insert(&own, key, slot),
        }
    }
    target.set(GLOBAL, Data::Map(own).into());
}

fn own_values<P>(chart: &Chart<P>, target: &Map, merge: bool) {
    for (key, slot) in copy(&chart.values).sorted() {
        match target.get(&key) {
            None => insert(target, key, slot),
            Some(own) if own.is_nil() && !merge => drop(target.entries.borrow_mut().remove(&key)),
            Some(own) => {
                if let (Some(own), Some(other)) = (table(&own), table(&slot.value)) {
                    let is_child = chart.children.iter().any(|child| child.name == *key);
                    tables(&own, &other, merge || is_child);
                }
            }
        }
    }
}

/// The value at a path of keys.
pub fn path(values: &Map, path: &str) -> Option<Value> {
    let mut map = Rc::clone(values);
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let value = map.get(part)?;
        if parts.peek().is_none() {
            return Some(value);
        }
        map = table(&value)?;
    }
    None
}

/// A mapping under a path of keys: `a.b` becomes `{a: {b: …}}`.
pub fn nested(path: &str, value: &Map) -> Map {
    if path == "." || path.is_empty() {
        return Rc::clone(value);
    }
    let mut inner = Rc::clone(value);
    for part in path.split('.').rev() {
        let outer = empty();
        outer.set(part, Data::Map(inner).into());
        inner = outer;
    }
    inner
}

//! Values on their way to templates: merged from parents, charts and whoever deploys, as Helm merges them.

use std::cell::Cell;
use std::rc::Rc;

use super::map::{Entries, Map, Slot, Table};
use super::value::{Data, Value};
use crate::yaml::Text;

/// The key that all charts share.
pub const GLOBAL: &str = "global";

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

/// Values files over each other: mappings are merged, everything else is replaced, nulls are kept for later.
pub fn overlay(below: &Map, above: &Map) {
    for (key, slot) in above.sorted() {
        match (below.map(&key), table(&slot.value)) {
            (Some(inner), Some(outer)) => {
                overlay(&inner, &outer);
            }
            _ => below.insert(key, slot),
        }
    }
}

/// What becomes of nulls that stand in the values of a chart itself.
#[derive(Clone, Copy)]
enum Nulls<'n> {
    /// They are values like others.
    Kept,
    /// They are left out, which is noted here.
    Dropped(&'n Cell<bool>),
}

impl Nulls<'_> {
    fn put(self, target: &Map, key: Text, slot: Slot) {
        if let Nulls::Dropped(noted) = self {
            if slot.value.is_nil() {
                return noted.set(true);
            }
            if let Some(inner) = slot.value.as_map() {
                drop_nulls(inner, noted);
            }
        }
        target.insert(key, slot);
    }
}

fn drop_nulls(map: &Map, noted: &Cell<bool>) {
    let is_plain = map.table().iter().all(|(_, slot)| !slot.value.is_nil() && slot.value.as_map().is_none());
    if !is_plain {
        for (key, slot) in map.take().into_entries() {
            Nulls::Dropped(noted).put(map, key, slot);
        }
    }
}

/// Fills what `target` lacks from `source`. Null takes away, unless `merge`.
pub fn tables(target: &Map, source: &Map, merge: bool) {
    filled(target, source, merge, Nulls::Kept);
}

fn filled(target: &Map, source: &Map, merge: bool, nulls: Nulls<'_>) {
    for (key, slot) in source.sorted() {
        match target.get(&key) {
            Some(own) if !merge && own.is_nil() => target.remove(&key),
            None => nulls.put(target, key, slot),
            Some(own) => {
                if let (Some(own), Some(other)) = (table(&own), table(&slot.value)) {
                    filled(&own, &other, merge, nulls);
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
    own_values(chart, copy(&chart.values).take(), target, merge, Nulls::Kept);
    below(chart, target, &mut |child, inner| coalesce(child, inner, merge));
}

/// `CoalesceValues` into the values that somebody gives, for the last time: all charts lose their own. Helm merges the
/// charts of one with dependencies twice, and the second time takes the nulls away that they have by default: says whether
/// there were any.
pub fn all<P>(chart: &Chart<P>, given: &Map, depends: &dyn Fn(&Chart<P>) -> bool) -> bool {
    let noted = Cell::new(false);
    last(chart, given, Nulls::Kept, depends, &noted);
    noted.get()
}

fn last<'n, P>(
    chart: &Chart<P>,
    target: &Map,
    nulls: Nulls<'n>,
    depends: &dyn Fn(&Chart<P>) -> bool,
    noted: &'n Cell<bool>,
) {
    own_values(chart, chart.values.take(), target, false, nulls);
    let nulls = if depends(chart) { Nulls::Dropped(noted) } else { nulls };
    below(chart, target, &mut |child, inner| last(child, inner, nulls, depends, noted));
}

/// Goes through the charts in a chart, each with its part of the values.
fn below<P>(chart: &Chart<P>, target: &Map, each: &mut dyn FnMut(&Chart<P>, &Map)) {
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
        each(child, &inner);
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
                outer.sorted().into_iter().for_each(|(key, slot)| copy.insert(key, slot));
                own.insert(key, Slot { value: Value { data: Data::Map(copy), at: slot.value.at }, ..slot });
            }
            (Some(outer), Some(known)) => {
                if let Some(inner) = table(known) {
                    let copy = empty();
                    outer.sorted().into_iter().for_each(|(key, slot)| copy.insert(key, slot));
                    tables(&copy, &inner, true);
                    own.insert(
                        key,
                        Slot { value: Value { data: Data::Map(copy), at: slot.value.at }, ..slot },
                    );
                }
            }
            (None, Some(known)) if table(known).is_some() => {}
            (None, _) => own.insert(key, slot),
        }
    }
    target.set(GLOBAL, Data::Map(own).into());
}

fn own_values<P>(chart: &Chart<P>, own: Table, target: &Map, merge: bool, nulls: Nulls<'_>) {
    for (key, slot) in own.into_entries() {
        match target.get(&key) {
            None => nulls.put(target, key, slot),
            Some(own) if own.is_nil() && !merge => target.remove(&key),
            Some(own) => {
                if let (Some(own), Some(other)) = (table(&own), table(&slot.value)) {
                    let is_child = chart.children.iter().any(|child| child.name == *key);
                    filled(&own, &other, merge || is_child, nulls);
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

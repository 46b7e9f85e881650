//! Lists that are merged by key, step by step as kustomize's `walk` does it: its answers for lists in which some
//! items lack a key, or two items share one, come from the order of these steps and from nothing else.

use std::sync::Arc;

use foldhash::{HashMap, HashSet, HashSetExt};

use super::merge::{Directive, Refusal, directive, is_settled_item, walk};
use super::value::{Data, Text, Value};

/// The items of both lists, each with one place, so that merging into an item changes it wherever it is listed.
struct Pool {
    items: Vec<Value>,
}

type Values = Vec<Text>;

/// Merges lists whose items are known by keys; without keys the items are plain values.
pub(super) fn associative(
    dest: Option<Value>,
    patch: Option<Value>,
    keys: &[&'static str],
    inner: Option<&'static str>,
) -> Result<Option<Value>, Refusal> {
    if patch.as_ref().is_some_and(Value::is_null) {
        return Ok(None);
    }
    let mut dest = dest.filter(|dest| !dest.is_null());
    let (span, was) = match (&dest, &patch) {
        (Some(dest), _) => (dest.span, dest.was),
        (None, Some(patch)) => (patch.span, None),
        (None, None) => return Ok(None),
    };
    let mut fresh = items(patch);
    let alone = |item: &Value| item.entries().len() == 1 && item.get("$patch").is_some();
    if let Some(at) = fresh.iter().position(alone) {
        match directive(fresh[at].text_at(&["$patch"]))? {
            Directive::Delete => return Ok(None),
            Directive::Replace => dest = None,
            Directive::Merge => {}
        }
        fresh.retain(|item| !alone(item));
    }
    let old = items(dest);
    let items = if keys.is_empty() { primitives(old, fresh) } else { keyed(old, fresh, keys, inner)? };
    Ok(Some(Value { span, was, exact: false, data: Data::Seq(Arc::new(items)) }))
}

fn items(list: Option<Value>) -> Vec<Value> {
    list.map_or_else(Vec::new, Value::into_items)
}

/// What is new in front, nothing twice.
fn primitives(old: Vec<Value>, fresh: Vec<Value>) -> Vec<Value> {
    let mut seen: HashSet<Text> = HashSet::new();
    fresh.into_iter().chain(old).filter(|item| seen.insert(item.text().into())).collect()
}

/// The values by which an item is known; an empty text where it does not have the key.
fn values_of(item: &Value, keys: &[&'static str]) -> Values {
    keys.iter().map(|key| item.text_at(&[key]).into()).collect()
}

fn keyed(
    old: Vec<Value>,
    fresh: Vec<Value>,
    keys: &[&'static str],
    inner: Option<&'static str>,
) -> Result<Vec<Value>, Refusal> {
    if fresh.is_empty() && is_plain(&old, keys, inner) {
        return Ok(old);
    }
    if is_distinct(&old, keys) && is_distinct(&fresh, keys) && !fresh.iter().any(is_directed) {
        return distinct(old, fresh, keys, inner);
    }
    // kustomize then drops items of the object that the patch does not name; what it would keep is not known here.
    let nameless = fresh.iter().filter(|item| keys.iter().all(|key| item.text_at(&[key]).is_empty())).count();
    if nameless > 0 && nameless < fresh.len() && !old.is_empty() {
        return Err(format!("a patch of a list names some of its items by `{}` and others not", keys[0]));
    }
    let mut known: Vec<Values> = Vec::new();
    for item in fresh.iter().chain(&old) {
        let values = values_of(item, keys);
        if !known.contains(&values) {
            known.push(values);
        }
    }
    if keys.len() > 1 {
        fill(&mut known);
    }
    // Where there is nothing to merge into, kustomize merges the patch with itself.
    let alone = old.is_empty();
    let listed = if alone { fresh.len() } else { old.len() };
    let mut pool = Pool { items: if alone { fresh.clone() } else { old } };
    let mut dest: Vec<usize> = (0..listed).collect();
    let valid: Vec<&'static str> = {
        let has = |at: usize| known.iter().any(|values| !values[at].is_empty());
        let some: Vec<_> = (0..keys.len()).filter(|&at| has(at)).map(|at| keys[at]).collect();
        if some.is_empty() { keys.to_vec() } else { some }
    };
    let mut added: Vec<usize> = Vec::new();
    for values in &known {
        let values: Values = keys
            .iter()
            .zip(values)
            .filter(|(key, _)| valid.contains(key))
            .map(|(_, value)| value.clone())
            .collect();
        let wanted: Vec<(&str, &str)> = valid
            .iter()
            .zip(&values)
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        let fits = |item: &Value| wanted.iter().all(|(key, value)| item.text_at(&[key]) == *value);
        let own = dest.iter().copied().find(|&at| fits(&pool.items[at]));
        let patch = fresh.iter().find(|item| fits(item)).cloned();
        let replaced = patch.as_ref().is_some_and(|patch| patch.text_at(&["$patch"]) == "replace");
        let before = own.filter(|_| !alone).map(|at| pool.items[at].clone());
        match walk(before, patch, inner, None)?.filter(|value| !value.is_nil_or_empty()) {
            None => pool.put(&mut dest, None, &valid, &values),
            Some(value) => {
                let place = match own.filter(|_| !replaced) {
                    Some(at) => at,
                    None => {
                        pool.items.push(value.clone());
                        pool.items.len() - 1
                    }
                };
                pool.items[place] = value;
                pool.put(&mut added, Some(place), &valid, &values);
            }
        }
    }
    for at in dest {
        let mut values: Values = Vec::new();
        for key in &valid {
            match pool.items[at].get(key) {
                Some(value) => values.push(value.text().into()),
                None => added.push(at),
            }
        }
        if valid.len() > 1 {
            pool.put(&mut added, None, &valid, &values);
        }
        pool.put(&mut added, Some(at), &valid, &values);
    }
    // An item may be listed twice; take it out only the last time.
    let mut uses = vec![0usize; pool.items.len()];
    added.iter().for_each(|&at| uses[at] += 1);
    let mut pool: Vec<Option<Value>> = pool.items.into_iter().map(Some).collect();
    let take = |at: usize| {
        uses[at] -= 1;
        if uses[at] == 0 { pool[at].take() } else { pool[at].clone() }
    };
    Ok(added.into_iter().filter_map(take).collect())
}

/// Merges lists in which every item has all keys and no two have the same, in one go: what the steps come to then.
fn distinct(
    old: Vec<Value>,
    fresh: Vec<Value>,
    keys: &[&'static str],
    inner: Option<&'static str>,
) -> Result<Vec<Value>, Refusal> {
    let mut left: HashMap<Values, (usize, Value)> =
        old.into_iter().enumerate().map(|(at, item)| (values_of(&item, keys), (at, item))).collect();
    let mut pairs: Vec<(Option<usize>, Option<Value>, Option<Value>)> = Vec::new();
    for patch in fresh {
        let (at, before) = left.remove(&values_of(&patch, keys)).unzip();
        pairs.push((at, before, Some(patch)));
    }
    let mut rest: Vec<(usize, Value)> = left.into_values().collect();
    rest.sort_unstable_by_key(|one| one.0);
    pairs.extend(rest.into_iter().map(|(at, before)| (Some(at), Some(before), None)));
    // By several keys the items of the object are taken out and put back behind what is new.
    if keys.len() > 1 {
        pairs.sort_by_key(|one| one.0);
    }
    let merged = pairs.into_iter().map(|(_, before, patch)| walk(before, patch, inner, None));
    let merged = merged.collect::<Result<Vec<_>, _>>()?;
    Ok(merged.into_iter().flatten().filter(|value| !value.is_nil_or_empty()).collect())
}

/// Whether every item has all keys, and no two have the same.
fn is_distinct(items: &[Value], keys: &[&'static str]) -> bool {
    let has =
        |item: &Value, key: &str| item.get(key).is_some_and(|own| !own.is_null() && !own.text().is_empty());
    let mut seen: HashSet<Values> = HashSet::with_capacity(items.len());
    items.iter().all(|item| keys.iter().all(|key| has(item, key)) && seen.insert(values_of(item, keys)))
}

/// Whether an item of a patch says how it is merged.
fn is_directed(item: &Value) -> bool {
    item.get("$patch").is_some()
}

/// Whether a list stays as it is when nothing is merged into it: every item has all keys, no two have the same, and
/// nothing in them changes.
pub(super) fn is_plain(items: &[Value], keys: &[&'static str], inner: Option<&'static str>) -> bool {
    is_distinct(items, keys) && items.iter().all(|item| is_settled_item(item, inner))
}

/// Fills the gaps in the values of items that are otherwise alike.
fn fill(known: &mut [Values]) {
    for one in 0..known.len() {
        let own = known[one].clone();
        for other in 0..known.len() {
            if let Some(filled) = alike(&own, &known[other]) {
                known[one] = filled.clone();
                known[other] = filled;
            }
        }
    }
}

fn alike(one: &[Text], other: &[Text]) -> Option<Values> {
    let mut common = false;
    let mut filled = Vec::with_capacity(one.len());
    for (one, other) in one.iter().zip(other) {
        if one == other {
            common = true;
        } else if !one.is_empty() && !other.is_empty() {
            return None;
        }
        filled.push(if one.is_empty() { other.clone() } else { one.clone() });
    }
    common.then_some(filled)
}

impl Pool {
    /// kustomize's `ElementSetter`: replaces what matches, removes it when there is nothing to put, appends what
    /// matches nothing. Values that are not given match as the one before them did.
    fn put(&self, list: &mut Vec<usize>, element: Option<usize>, keys: &[&'static str], values: &[Text]) {
        let mut content = Vec::with_capacity(list.len() + 1);
        let mut matched = false;
        for &at in list.iter() {
            let item = &self.items[at];
            if item.is_nil_or_empty() {
                continue;
            }
            let one = |(key, value): (&&'static str, &Text)| {
                let own = item.get(key).filter(|own| !own.is_null());
                own.is_some_and(|own| value.is_empty() || own.text() == value)
            };
            if values.is_empty() {
                continue;
            }
            if !keys.iter().zip(values).all(one) {
                content.push(at);
                continue;
            }
            matched = true;
            content.extend(element);
        }
        if !matched {
            content.extend(element);
        }
        *list = content;
    }
}

//! JSON patches (RFC 6902) with the strictness of the library that kustomize uses: a missing parent, a missing
//! key to remove, and a failed test end the build; a missing key to replace does not.

use std::sync::Arc;

use super::budget::Budget;
use super::value::{Data, Key, Value};

/// Why a patch does not apply.
pub type Refusal = String;

/// Applies a list of operations.
pub fn apply(root: &mut Value, operations: &[Value], budget: &mut Budget) -> Result<(), Refusal> {
    budget.check()?;
    root.normalise();
    operations.iter().try_for_each(|operation| one(root, operation, budget))
}

fn one(root: &mut Value, operation: &Value, budget: &mut Budget) -> Result<(), Refusal> {
    let way = way(operation.text_at(&["path"]))?;
    let from = || self::way(operation.text_at(&["from"]));
    match operation.text_at(&["op"]) {
        "add" => add(root, &way, value(operation, way.len(), budget)?),
        "replace" => replace(root, &way, value(operation, way.len(), budget)?),
        "remove" => remove(root, &way).map(drop),
        "move" => {
            let value = remove(root, &from()?)?;
            budget.spend(&value, way.len())?;
            add(root, &way, value)
        }
        "copy" => {
            let value = find(root, &from()?).cloned().ok_or("there is nothing to copy")?;
            budget.spend(&value, way.len())?;
            add(root, &way, value)
        }
        "test" => {
            let wanted = operation.get("value").map_or(serde_json::Value::Null, Value::to_json);
            let found = find(root, &way);
            found.map_or(Ok(()), |found| budget.spend(found, way.len()))?;
            let found = found.map_or(serde_json::Value::Null, Value::to_json);
            if found == wanted { Ok(()) } else { Err("the test of a JSON patch fails".to_owned()) }
        }
        other => Err(format!("there is no operation `{other}` in JSON patches")),
    }
}

fn value(operation: &Value, depth: usize, budget: &mut Budget) -> Result<Value, Refusal> {
    let mut value = operation.get("value").cloned().ok_or("an operation without `value`")?;
    budget.spend(&value, depth)?;
    value.normalise();
    Ok(value)
}

fn way(path: &str) -> Result<Vec<String>, Refusal> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    // The library splits at slashes and drops the first part without a look at it.
    let rest = path.split_once('/').map_or("", |(_, rest)| rest);
    Ok(rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
}

fn find<'v>(root: &'v Value, way: &[String]) -> Option<&'v Value> {
    way.iter().try_fold(root, |value, part| match &value.data {
        Data::Map(_) => value.get(part),
        Data::Seq(items) => items.get(index(part, items.len())?),
        Data::Scalar(_) => None,
    })
}

fn index(part: &str, length: usize) -> Option<usize> {
    let at: i64 = part.parse().ok()?;
    if at < 0 { length.checked_sub(at.unsigned_abs() as usize) } else { usize::try_from(at).ok() }
}

fn parent<'v>(root: &'v mut Value, way: &[String]) -> Result<&'v mut Value, Refusal> {
    let mut value = root;
    for part in way {
        let next = match &mut value.data {
            Data::Map(entries) => {
                let at = entries.position(part);
                at.map(|at| Arc::make_mut(entries).value_mut(at))
            }
            Data::Seq(items) => index(part, items.len()).and_then(|at| Arc::make_mut(items).get_mut(at)),
            Data::Scalar(_) => None,
        };
        value = next.ok_or_else(|| format!("a JSON patch leads through `{part}`, which is not there"))?;
    }
    Ok(value)
}

fn ends(way: &[String]) -> Result<(&String, &[String]), Refusal> {
    way.split_last().ok_or_else(|| "a JSON patch of the whole object".to_owned())
}

/// Marks that a value took the place of another.
fn succeed(mut value: Value, old: &Value) -> Value {
    if value.span != old.span && value.was.is_none() {
        value.was = Some(old.was.unwrap_or(old.span));
    }
    value
}

fn add(root: &mut Value, way: &[String], value: Value) -> Result<(), Refusal> {
    let (last, before) = ends(way)?;
    let parent = parent(root, before)?;
    let span = value.span;
    match &mut parent.data {
        Data::Map(entries) => {
            let entries = Arc::make_mut(entries);
            match entries.position(last) {
                Some(at) => {
                    let old = entries.value_mut(at);
                    *old = succeed(value, old);
                }
                None => entries.push(Key::new(last, span), value),
            }
        }
        Data::Seq(items) => {
            let at = if last == "-" { Some(items.len()) } else { place_to_insert(last, items.len()) };
            let at = at.ok_or_else(|| format!("a JSON patch inserts at `{last}`, outside of the list"))?;
            Arc::make_mut(items).insert(at, value);
        }
        Data::Scalar(_) => {
            return Err(format!("a JSON patch adds `{last}` to something that is not a mapping"));
        }
    }
    Ok(())
}

fn place_to_insert(part: &str, length: usize) -> Option<usize> {
    let at: i64 = part.parse().ok()?;
    let at = if at < 0 { (length + 1).checked_sub(at.unsigned_abs() as usize)? } else { at as usize };
    (at <= length).then_some(at)
}

fn replace(root: &mut Value, way: &[String], value: Value) -> Result<(), Refusal> {
    if way.is_empty() {
        *root = value;
        return Ok(());
    }
    let (last, before) = ends(way)?;
    let missing = || format!("a JSON patch replaces `{last}`, which is not there");
    let parent = parent(root, before)?;
    match &mut parent.data {
        // The library does not ask whether a key is there.
        Data::Map(_) => return add(root, way, value),
        Data::Seq(items) => {
            let at = index(last, items.len());
            let old = at.and_then(|at| Arc::make_mut(items).get_mut(at)).ok_or_else(missing)?;
            *old = succeed(value, old);
        }
        Data::Scalar(_) => return Err(missing()),
    }
    Ok(())
}

fn remove(root: &mut Value, way: &[String]) -> Result<Value, Refusal> {
    let (last, before) = ends(way)?;
    let missing = || format!("a JSON patch removes `{last}`, which is not there");
    let parent = parent(root, before)?;
    match &mut parent.data {
        Data::Map(_) => parent.remove(last).ok_or_else(missing),
        Data::Seq(items) => {
            let at = index(last, items.len()).filter(|&at| at < items.len()).ok_or_else(missing)?;
            Ok(Arc::make_mut(items).remove(at))
        }
        Data::Scalar(_) => Err(missing()),
    }
}

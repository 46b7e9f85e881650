//! Functions on mappings. Some of them change what they are given, and everybody who holds it sees that.

use crate::helm::call::{Call, Function};
use crate::helm::failure::{Failure, Result};
use crate::helm::map::{Map, Slot, Table};
use crate::helm::text::Str;
use crate::helm::value::{DEEPEST, Data, Value};
use crate::yaml::Text;

pub const TABLE: &[(&str, Function)] = &[
    ("dict", |c| {
        let slot = |pair: &[Value]| {
            let key = pair[0].printed();
            let value = pair.get(1).cloned().unwrap_or_else(|| Value::from(""));
            (Text::from(key.as_str()), Slot { key: key.origin(), value: kept(value) })
        };
        let table: Table = c.args.chunks(2).map(slot).collect();
        c.pay(table.len() * 64)?;
        Ok(table.into())
    }),
    ("get", |c| {
        c.count(2, 2)?;
        let (map, key) = (c.map(0)?, c.text(1)?);
        Ok(map.get(key.as_str()).unwrap_or_else(|| Value::from("")))
    }),
    ("set", |c| {
        c.count(3, 3)?;
        let (map, key, value) = (c.map(0)?, c.text(1)?, c.any(2));
        c.pay(ENTRY)?;
        map.set(key.as_str(), kept(value));
        Ok(Data::Map(map).into())
    }),
    ("unset", |c| {
        c.count(2, 2)?;
        let (map, key) = (c.map(0)?, c.text(1)?);
        map.remove(key.as_str());
        Ok(Data::Map(map).into())
    }),
    ("hasKey", |c| {
        c.count(2, 2)?;
        let (map, key) = (c.map(0)?, c.text(1)?);
        Ok(map.has(key.as_str()).into())
    }),
    ("pluck", |c| {
        c.count(1, usize::MAX)?;
        let key = c.text(0)?;
        let maps = (1..c.args.len()).map(|at| c.map(at)).collect::<Result<Vec<Map>>>()?;
        Ok(Value::from(maps.iter().filter_map(|map| map.get(key.as_str())).collect::<Vec<_>>()))
    }),
    ("keys", |c| {
        let maps = (0..c.args.len()).map(|at| c.map(at)).collect::<Result<Vec<Map>>>()?;
        c.pay(maps.iter().map(|map| map.len() * 32).sum())?;
        let keys = maps.iter().flat_map(|map| map.sorted());
        Ok(Value::from(keys.map(|(key, slot)| Value::from(Str::new(&key, slot.key))).collect::<Vec<_>>()))
    }),
    ("values", |c| {
        let maps = (0..c.args.len()).map(|at| c.map(at)).collect::<Result<Vec<Map>>>()?;
        c.pay(maps.iter().map(|map| map.len() * 32).sum())?;
        Ok(Value::from(
            maps.iter().flat_map(|map| map.sorted()).map(|(_, slot)| slot.value).collect::<Vec<_>>(),
        ))
    }),
    ("pick", |c| chosen(c, true)),
    ("omit", |c| chosen(c, false)),
    ("merge", |c| merged(c, false)),
    ("mustMerge", |c| merged(c, false)),
    ("mergeOverwrite", |c| merged(c, true)),
    ("mustMergeOverwrite", |c| merged(c, true)),
    ("dig", |c| {
        c.count(3, usize::MAX)?;
        let keys = (0..c.args.len() - 2).map(|at| c.text(at)).collect::<Result<Vec<Str>>>()?;
        let otherwise = c.any(c.args.len() - 2);
        let mut map = match c.any(c.args.len() - 1).data {
            Data::Map(map) => map,
            _ => return Err(Failure::error("interface conversion: not a map[string]interface {}")),
        };
        for (at, key) in keys.iter().enumerate() {
            let Some(value) = map.get(key.as_str()) else {
                return Ok(otherwise);
            };
            if at + 1 == keys.len() {
                return Ok(value);
            }
            map = match value.data {
                Data::Map(map) => map,
                _ => return Err(Failure::error("interface conversion: not a map[string]interface {}")),
            };
        }
        Ok(otherwise)
    }),
    ("deepCopy", copied),
    ("mustDeepCopy", copied),
];

/// About what an entry takes that is added to a mapping, in bytes.
const ENTRY: usize = 192;

/// In a mapping nothing is nil.
fn kept(mut value: Value) -> Value {
    if matches!(value.data, Data::Nothing) {
        value.data = Data::Nil;
    }
    value
}

fn chosen(c: &mut Call<'_, '_>, inside: bool) -> Result<Value> {
    c.count(1, usize::MAX)?;
    let map = c.map(0)?;
    let keys = (1..c.args.len()).map(|at| c.text(at)).collect::<Result<Vec<Str>>>()?;
    let named = |key: &str| keys.iter().any(|one| one.as_str() == key);
    c.pay(map.len() * 64)?;
    Ok(map.sorted().into_iter().filter(|(key, _)| named(key) == inside).collect::<Table>().into())
}

fn copied(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    let value = c.any(0);
    pay_for(c, &value, 0)?;
    Ok(value.deep_copy(0))
}

/// Pays for a copy of everything in a value.
fn pay_for(c: &mut Call<'_, '_>, value: &Value, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Failure::error("a value that nests too deep"));
    }
    c.engine.spend(1, 32)?;
    match &value.data {
        Data::List(list) => list.0.iter().try_for_each(|item| pay_for(c, item, depth + 1)),
        Data::Map(map) => map.sorted().iter().try_for_each(|(_, slot)| pay_for(c, &slot.value, depth + 1)),
        _ => Ok(()),
    }
}

/// mergo fills empty values from the sources, or overwrites with what is not empty in them.
fn merged(c: &mut Call<'_, '_>, overwrite: bool) -> Result<Value> {
    c.count(1, usize::MAX)?;
    let target = c.map(0)?;
    for at in 1..c.args.len() {
        let source = c.map(at)?;
        merge(c, &target, &source, overwrite, 0)?;
    }
    Ok(Data::Map(target).into())
}

fn merge(c: &mut Call<'_, '_>, target: &Map, source: &Map, overwrite: bool, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Failure::error("a value that nests too deep"));
    }
    for (key, slot) in source.sorted() {
        c.engine.spend(1, 32)?;
        let known = target.get(&key);
        match (&known, &slot.value.data) {
            (Some(Value { data: Data::Map(inner), .. }), Data::Map(other)) => {
                if !std::rc::Rc::ptr_eq(inner, other) {
                    merge(c, inner, other, overwrite, depth + 1)?;
                }
            }
            // Where the source wins it wins with what is empty, too, even with nil (fact 16.13).
            (Some(known), _) if !overwrite && (known.is_true() || slot.value.is_nil()) => {}
            (None, _) if !overwrite && slot.value.is_nil() => {}
            _ => target.insert(key, slot),
        }
    }
    Ok(())
}

//! Functions on lists.

use crate::helm::call::{Call, Function};
use crate::helm::failure::{Failure, Result};
use crate::helm::text::Str;
use crate::helm::value::{Data, Object, Value};

pub const TABLE: &[(&str, Function)] = &[
    ("list", |c| made(c, c.args.clone())),
    ("tuple", |c| made(c, c.args.clone())),
    ("first", first),
    ("mustFirst", first),
    ("last", last),
    ("mustLast", last),
    ("rest", rest),
    ("mustRest", rest),
    ("initial", initial),
    ("mustInitial", initial),
    ("append", append),
    ("push", append),
    ("mustAppend", append),
    ("mustPush", append),
    ("prepend", prepend),
    ("mustPrepend", prepend),
    ("concat", |c| {
        let mut all = Vec::new();
        for value in &c.args {
            match &value.data {
                Data::List(list) => all.extend(list.0.iter().cloned()),
                _ => return Err(Failure::error(format!("Cannot concat type {} as list", value.kind_name()))),
            }
        }
        made(c, all)
    }),
    ("reverse", reverse),
    ("mustReverse", reverse),
    ("uniq", uniq),
    ("mustUniq", uniq),
    ("without", without),
    ("mustWithout", without),
    ("has", has),
    ("mustHas", has),
    ("compact", compact),
    ("mustCompact", compact),
    ("slice", slice),
    ("mustSlice", slice),
    ("chunk", chunk),
    ("mustChunk", chunk),
    ("sortAlpha", |c| {
        c.count(1, 1)?;
        let value = c.any(0);
        let mut all = match &value.data {
            Data::List(_) => strings(&value),
            _ => vec![value.printed()],
        };
        all.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        made(c, all.into_iter().map(Value::from).collect())
    }),
    ("toStrings", |c| {
        c.count(1, 1)?;
        let all = strings(&c.any(0));
        made(c, all.into_iter().map(Value::from).collect())
    }),
    ("until", |c| {
        c.count(1, 1)?;
        let count = c.int(0)?;
        steps(c, 0, count, if count < 0 { -1 } else { 1 })
    }),
    ("untilStep", |c| {
        c.count(3, 3)?;
        let (start, stop, step) = (c.int(0)?, c.int(1)?, c.int(2)?);
        steps(c, start, stop, step)
    }),
    ("seq", |c| {
        let numbers: Vec<i64> = (0..c.args.len()).map(|at| c.int(at)).collect::<Result<_>>()?;
        let (start, step, end) = match *numbers {
            [end] => (1, if end < 1 { -1 } else { 1 }, end),
            [start, end] => (start, if end < start { -1 } else { 1 }, end),
            [start, step, end] => (start, step, end),
            _ => return Ok("".into()),
        };
        let stop = if step < 0 { end - 1 } else { end + 1 };
        let numbers = steps(c, start, stop, step)?;
        let joined: Vec<String> = strings(&numbers).iter().map(|one| one.as_str().to_owned()).collect();
        c.made(&joined.join(" "))
    }),
];

/// A list costs its items.
fn made(c: &mut Call<'_, '_>, items: Vec<Value>) -> Result<Value> {
    c.engine.spend(1 + items.len() as u64 / 16, (items.len() + 1) * size_of::<Value>())?;
    Ok(Value::from(items))
}

/// The items of a list as texts, nil left out; anything else is a list of itself.
pub fn strings(value: &Value) -> Vec<Str> {
    match &value.data {
        Data::List(list) => list.0.iter().filter(|item| !item.is_nil()).map(Value::printed).collect(),
        Data::Nothing | Data::Nil => Vec::new(),
        _ => vec![value.printed()],
    }
}

fn first(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    Ok(c.list(0)?.0.first().cloned().unwrap_or_default())
}

fn last(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    Ok(c.list(0)?.0.last().cloned().unwrap_or_default())
}

fn rest(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    let own = c.list(0)?;
    made(c, own.0.iter().skip(1).cloned().collect())
}

fn initial(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    let own = c.list(0)?;
    let count = own.0.len().saturating_sub(1);
    made(c, own.0.iter().take(count).cloned().collect())
}

fn append(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(2, 2)?;
    let own = c.list(0)?;
    let mut all = own.0.clone();
    all.push(c.any(1));
    made(c, all)
}

fn prepend(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(2, 2)?;
    let own = c.list(0)?;
    let mut all = vec![c.any(1)];
    all.extend(own.0.iter().cloned());
    made(c, all)
}

fn reverse(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    let own = c.list(0)?;
    made(c, own.0.iter().rev().cloned().collect())
}

fn uniq(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    let own = c.list(0)?;
    let mut all: Vec<Value> = Vec::new();
    for item in &own.0 {
        c.engine.spend(1 + all.len() as u64 / 8, 0)?;
        if !all.iter().any(|known| known.deep_equal(item, 0)) {
            all.push(item.clone());
        }
    }
    made(c, all)
}

fn without(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, usize::MAX)?;
    let own = c.list(0)?;
    let kept = own.0.iter().filter(|item| !c.args[1..].iter().any(|other| other.deep_equal(item, 0)));
    let kept = kept.cloned().collect();
    made(c, kept)
}

fn has(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(2, 2)?;
    if c.any(1).is_nil() {
        return Ok(false.into());
    }
    let needle = c.any(0);
    if let Data::Object(Object::ApiVersions) = c.any(1).data {
        let known = needle.as_str().is_some_and(|text| c.engine.world.serves(text));
        return Ok(known.into());
    }
    let own = c.list(1)?;
    c.engine.spend(own.0.len() as u64 / 8, 0)?;
    Ok(c.value(Data::Bool(own.0.iter().any(|item| item.deep_equal(&needle, 0)))))
}

fn compact(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    let own = c.list(0)?;
    made(c, own.0.iter().filter(|item| item.is_true()).cloned().collect())
}

fn slice(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 3)?;
    if let Data::Str(text) = &c.any(0).data {
        let bound = |at: usize, or: usize| match c.args.get(at) {
            Some(_) => c.int(at).map(|bound| bound.max(0) as usize),
            None => Ok(or),
        };
        let (start, end) = (bound(1, 0)?, bound(2, text.as_str().len())?);
        return match text.as_str().get(start..end) {
            Some(_) => Ok(text.slice(start..end).into()),
            None => Err(Failure::error("slice bounds out of range")),
        };
    }
    let own = c.list(0)?;
    let bound = |at: usize, or: usize| match c.args.get(at) {
        Some(value) => usize::try_from(super::convert::to_int(value)).unwrap_or(0),
        None => or,
    };
    let (start, end) = (bound(1, 0), bound(2, own.0.len()));
    match own.0.get(start..end) {
        Some(part) => made(c, part.to_vec()),
        None => Err(Failure::error("slice bounds out of range")),
    }
}

fn chunk(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(2, 2)?;
    let size = c.int(0)?.max(1) as usize;
    let own = c.list(1)?;
    let chunks = own.0.chunks(size).map(|chunk| Value::from(chunk.to_vec())).collect();
    made(c, chunks)
}

fn steps(c: &mut Call<'_, '_>, start: i64, stop: i64, step: i64) -> Result<Value> {
    if step == 0 || (stop < start) != (step < 0) {
        return made(c, Vec::new());
    }
    let count =
        (i128::from(stop) - i128::from(start)).unsigned_abs().div_ceil(u128::from(step.unsigned_abs()));
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    c.engine.spend(count, 0)?;
    made(c, (0..count as i64).map(|at| Data::Int(start + at * step).into()).collect())
}

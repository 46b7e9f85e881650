//! Functions of texts. Places and lengths count code points.

use super::{Outcome, int, lists, text, truth, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Value};

fn two<'v>(name: &str, args: &'v [Value]) -> Result<(&'v str, &'v str), Box<Fault>> {
    match (text(args.first()), text(args.get(1))) {
        (Some(one), Some(two)) => Ok((one, two)),
        _ => Err(wrong(name, args)),
    }
}

fn one<'v>(name: &str, args: &'v [Value]) -> Result<&'v str, Box<Fault>> {
    text(args.first()).map(|text| text.as_str()).ok_or_else(|| wrong(name, args))
}

/// `contains`.
pub fn contains(args: &[Value]) -> Outcome {
    let (one, two) = two("contains", args)?;
    truth(one.contains(two))
}

/// `startsWith`.
pub fn starts_with(args: &[Value]) -> Outcome {
    let (one, two) = two("startsWith", args)?;
    truth(one.starts_with(two))
}

/// `endsWith`.
pub fn ends_with(args: &[Value]) -> Outcome {
    let (one, two) = two("endsWith", args)?;
    truth(one.ends_with(two))
}

/// `lowerAscii`.
pub fn lower(args: &[Value]) -> Outcome {
    Ok(Value::text(one("lowerAscii", args)?.to_ascii_lowercase()))
}

/// `upperAscii`.
pub fn upper(args: &[Value]) -> Outcome {
    Ok(Value::text(one("upperAscii", args)?.to_ascii_uppercase()))
}

/// `jsonpatch.escapeKey`: a key as a JSON pointer has it.
pub fn escape_key(args: &[Value]) -> Outcome {
    Ok(Value::text(one("jsonpatch.escapeKey", args)?.replace('~', "~0").replace('/', "~1")))
}

/// `trim`.
pub fn trim(args: &[Value]) -> Outcome {
    Ok(Value::text(one("trim", args)?.trim()))
}

/// `charAt`.
pub fn char_at(args: &[Value]) -> Outcome {
    let (whole, at) = (one("charAt", args)?, int(args.get(1)).ok_or_else(|| wrong("charAt", args))?);
    let length = whole.chars().count() as i64;
    match usize::try_from(at) {
        Ok(place) if at <= length => {
            Ok(Value::text(whole.chars().nth(place).map(String::from).unwrap_or_default()))
        }
        _ => Err(Fault::error(format!("index out of range: {at}"))),
    }
}

/// Where a text begins in another one, in code points.
fn place(whole: &str, part: &str, from: usize, last: bool) -> i64 {
    let starts: Vec<usize> = whole.char_indices().map(|(at, _)| at).chain([whole.len()]).collect();
    let fits = |at: &usize| starts.get(*at).is_some_and(|start| whole[*start..].starts_with(part));
    let found = match last {
        true => (0..=from.min(starts.len() - 1)).rev().find(fits),
        false => (from..starts.len()).find(fits),
    };
    found.map_or(-1, |at| at as i64)
}

/// `indexOf` of texts and of lists.
pub fn index_of(args: &[Value]) -> Outcome {
    if let Data::List(_) = args[0].data {
        return lists::index_of(args);
    }
    let (whole, part) = two("indexOf", args)?;
    let from = args.get(2).map_or(Some(0), |at| int(Some(at))).ok_or_else(|| wrong("indexOf", args))?;
    match usize::try_from(from) {
        Ok(from) if from <= whole.chars().count() => Ok(Value::int(place(whole, part, from, false))),
        _ => Err(Fault::error(format!("index out of range: {from}"))),
    }
}

/// `lastIndexOf` of texts and of lists.
pub fn last_index_of(args: &[Value]) -> Outcome {
    if let Data::List(_) = args[0].data {
        return lists::last_index_of(args);
    }
    let (whole, part) = two("lastIndexOf", args)?;
    let length = whole.chars().count();
    let from = match args.get(2) {
        Some(at) => int(Some(at)).ok_or_else(|| wrong("lastIndexOf", args))?,
        None => length as i64,
    };
    match usize::try_from(from) {
        Ok(from) if from <= length => Ok(Value::int(place(whole, part, from, true))),
        _ => Err(Fault::error(format!("index out of range: {from}"))),
    }
}

/// `replace`.
pub fn replace(args: &[Value]) -> Outcome {
    let (whole, old) = two("replace", args)?;
    let new = text(args.get(2)).ok_or_else(|| wrong("replace", args))?;
    let made =
        match args.get(3).map(|most| int(Some(most)).ok_or_else(|| wrong("replace", args))).transpose()? {
            Some(most) if most >= 0 => whole.replacen(old, new, most as usize),
            _ => whole.replace(old, new),
        };
    Ok(Value::text(made))
}

/// `split`.
pub fn split(args: &[Value]) -> Outcome {
    let (whole, by) = two("split", args)?;
    let most = args.get(2).map(|most| int(Some(most)).ok_or_else(|| wrong("split", args))).transpose()?;
    let letters = || whole.chars().map(String::from);
    let parts: Vec<String> = match (most.unwrap_or(-1), by) {
        (0, _) => Vec::new(),
        (1, _) => vec![whole.to_owned()],
        (most, "") if most > 0 => {
            let mut parts: Vec<String> = letters().take(most as usize - 1).collect();
            let rest: String = whole.chars().skip(parts.len()).collect();
            if !rest.is_empty() {
                parts.push(rest);
            }
            parts
        }
        (_, "") => letters().collect(),
        (most, by) if most > 0 => whole.splitn(most as usize, by).map(str::to_owned).collect(),
        (_, by) => whole.split(by).map(str::to_owned).collect(),
    };
    let at = args[0].place;
    Ok(Value::list(parts.into_iter().map(|part| Value::text(part).or_at(at)).collect()))
}

/// `substring`.
pub fn substring(args: &[Value]) -> Outcome {
    let whole = one("substring", args)?;
    let length = whole.chars().count() as i64;
    let start = int(args.get(1)).ok_or_else(|| wrong("substring", args))?;
    let end = match args.get(2) {
        Some(end) => int(Some(end)).ok_or_else(|| wrong("substring", args))?,
        None => length,
    };
    if !(0..=length).contains(&start) {
        return Err(Fault::error(format!("index out of range: {start}")));
    }
    if !(0..=length).contains(&end) {
        return Err(Fault::error(format!("index out of range: {end}")));
    }
    if start > end {
        return Err(Fault::error(format!("invalid substring range. start: {start}, end: {end}")));
    }
    Ok(Value::text(whole.chars().skip(start as usize).take((end - start) as usize).collect::<String>()))
}

/// `join`.
pub fn join(args: &[Value]) -> Outcome {
    let Data::List(list) = &args[0].data else { return Err(wrong("join", args)) };
    let by = args.get(1).map(|by| text(Some(by)).ok_or_else(|| wrong("join", args))).transpose()?;
    let parts = list.items.iter().map(|item| text(Some(item)).map(|text| text.as_str()));
    let parts: Vec<&str> = parts.collect::<Option<_>>().ok_or_else(|| wrong("join", args))?;
    Ok(Value::text(parts.join(by.map_or("", |by| by.as_str()))))
}

/// `strings.quote`.
pub fn quote(args: &[Value]) -> Outcome {
    Ok(Value::text(super::print::quoted(one("strings.quote", args)?)))
}

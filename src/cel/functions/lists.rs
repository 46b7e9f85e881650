//! Functions of lists, and of lists as sets.

use std::cmp::Ordering;

use super::{Outcome, int, numbers, truth, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Value};

fn list<'v>(name: &str, args: &'v [Value]) -> Result<&'v [Value], Box<Fault>> {
    match &args[0].data {
        Data::List(list) => Ok(&list.items),
        _ => Err(wrong(name, args)),
    }
}

/// `isSorted`.
pub fn is_sorted(args: &[Value]) -> Outcome {
    for pair in list("isSorted", args)?.windows(2) {
        match pair[0].compare(&pair[1]) {
            Some(Ordering::Greater) => return truth(false),
            Some(_) => {}
            None => return Err(Fault::overload()),
        }
    }
    truth(true)
}

/// `sum`.
pub fn sum(args: &[Value]) -> Outcome {
    let items = list("sum", args)?;
    let Some((first, rest)) = items.split_first() else { return Ok(Value::int(0)) };
    if !first.is_number() && !matches!(first.data, Data::Duration(_)) {
        return Err(Fault::overload());
    }
    rest.iter().try_fold(first.clone(), |sum, item| numbers::add(&[sum, item.clone()]))
}

fn extreme(name: &str, args: &[Value], wanted: Ordering) -> Outcome {
    let items = list(name, args)?;
    let Some(first) = items.first() else { return Err(Fault::error(format!("{name} called on empty list"))) };
    let mut best = first;
    for item in &items[1..] {
        if item.compare(best).ok_or_else(Fault::overload)? == wanted {
            best = item;
        }
    }
    Ok(best.clone())
}

/// `min`.
pub fn min(args: &[Value]) -> Outcome {
    extreme("min", args, Ordering::Less)
}

/// `max`.
pub fn max(args: &[Value]) -> Outcome {
    extreme("max", args, Ordering::Greater)
}

/// `indexOf`.
pub fn index_of(args: &[Value]) -> Outcome {
    let items = list("indexOf", args)?;
    Ok(Value::int(items.iter().position(|item| item.equals(&args[1])).map_or(-1, |at| at as i64)))
}

/// `lastIndexOf`.
pub fn last_index_of(args: &[Value]) -> Outcome {
    let items = list("lastIndexOf", args)?;
    Ok(Value::int(items.iter().rposition(|item| item.equals(&args[1])).map_or(-1, |at| at as i64)))
}

/// `distinct`.
pub fn distinct(args: &[Value]) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in list("distinct", args)? {
        if !kept.iter().any(|own| own.equals(item)) {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

/// `flatten`.
pub fn flatten(args: &[Value]) -> Outcome {
    let depth = match args.get(1) {
        Some(depth) => int(Some(depth)).ok_or_else(|| wrong("flatten", args))?,
        None => 1,
    };
    if depth < 0 {
        return Err(Fault::error("level must be non-negative"));
    }
    let mut flat = list("flatten", args)?.to_vec();
    for _ in 0..depth.min(64) {
        let mut next = Vec::with_capacity(flat.len());
        let mut changed = false;
        for item in flat {
            match &item.data {
                Data::List(list) => {
                    changed = true;
                    next.extend(list.items.iter().cloned());
                }
                _ => next.push(item),
            }
        }
        flat = next;
        if !changed {
            break;
        }
    }
    Ok(Value::list(flat))
}

/// `slice`.
pub fn slice(args: &[Value]) -> Outcome {
    let items = list("slice", args)?;
    let (Some(start), Some(end)) = (int(args.get(1)), int(args.get(2))) else {
        return Err(wrong("slice", args));
    };
    if start < 0 || end < 0 {
        return Err(Fault::error(format!("cannot slice({start}, {end}), negative indexes not supported")));
    }
    if start > end {
        let why = "start index must be less than or equal to end index";
        return Err(Fault::error(format!("cannot slice({start}, {end}), {why}")));
    }
    match items.get(start as usize..end as usize) {
        Some(part) => Ok(Value::list(part.to_vec())),
        None => Err(Fault::error(format!("cannot slice({start}, {end}), list is length {}", items.len()))),
    }
}

/// `reverse`.
pub fn reverse(args: &[Value]) -> Outcome {
    Ok(Value::list(list("reverse", args)?.iter().rev().cloned().collect()))
}

fn sorted(items: Vec<(Value, Value)>) -> Outcome {
    let alike = |pair: &[(Value, Value)]| pair[0].0.compare(&pair[1].0).is_some();
    if !items.windows(2).all(alike) {
        return Err(Fault::error("list elements must have the same type"));
    }
    let mut items = items;
    items.sort_by(|one, two| one.0.compare(&two.0).unwrap_or(Ordering::Equal));
    Ok(Value::list(items.into_iter().map(|pair| pair.1).collect()))
}

/// `sort`.
pub fn sort(args: &[Value]) -> Outcome {
    sorted(list("sort", args)?.iter().map(|item| (item.clone(), item.clone())).collect())
}

/// `sortBy`: the items, and the keys that were made of them.
pub fn sort_by(args: &[Value]) -> Outcome {
    let items = list("sortBy", args)?;
    sorted(args[1].items().iter().cloned().zip(items.iter().cloned()).collect())
}

/// `first`.
pub fn first(args: &[Value]) -> Outcome {
    Ok(Value::optional(list("first", args)?.first().cloned()))
}

/// `last`.
pub fn last(args: &[Value]) -> Outcome {
    Ok(Value::optional(list("last", args)?.last().cloned()))
}

/// `lists.range`.
pub fn range(args: &[Value]) -> Outcome {
    match int(args.first()) {
        // Longer ones cost more than any expression may.
        Some(count) if count <= 1_000_000 => Ok(Value::list((0..count).map(Value::int).collect())),
        Some(_) => Err(Fault::error("operation cancelled: actual cost limit exceeded")),
        None => Err(wrong("lists.range", args)),
    }
}

fn sets<'v>(name: &str, args: &'v [Value]) -> Result<(&'v [Value], &'v [Value]), Box<Fault>> {
    match (&args[0].data, &args[1].data) {
        (Data::List(one), Data::List(two)) => Ok((&one.items, &two.items)),
        _ => Err(wrong(name, args)),
    }
}

fn covers(one: &[Value], two: &[Value]) -> bool {
    two.iter().all(|item| one.iter().any(|own| own.equals(item)))
}

/// `sets.contains`.
pub fn set_contains(args: &[Value]) -> Outcome {
    let (one, two) = sets("sets.contains", args)?;
    truth(covers(one, two))
}

/// `sets.equivalent`.
pub fn set_equivalent(args: &[Value]) -> Outcome {
    let (one, two) = sets("sets.equivalent", args)?;
    truth(covers(one, two) && covers(two, one))
}

/// `sets.intersects`.
pub fn set_intersects(args: &[Value]) -> Outcome {
    let (one, two) = sets("sets.intersects", args)?;
    truth(one.iter().any(|item| two.iter().any(|own| own.equals(item))))
}

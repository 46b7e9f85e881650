//! Comparison, membership, indexing, sizes.

use std::cmp::Ordering;

use super::{Outcome, truth, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Value};

/// `!`.
pub fn not(args: &[Value]) -> Outcome {
    match args[0].data {
        Data::Bool(value) => truth(!value),
        _ => Err(Fault::overload()),
    }
}

/// `==`.
pub fn equal(args: &[Value]) -> Outcome {
    truth(args[0].equals(&args[1]))
}

/// `!=`.
pub fn unequal(args: &[Value]) -> Outcome {
    truth(!args[0].equals(&args[1]))
}

fn ordered(args: &[Value], fits: fn(Ordering) -> bool) -> Outcome {
    match args[0].compare(&args[1]) {
        Some(order) => truth(fits(order)),
        None if args.iter().all(Value::is_number) => Err(Fault::error("NaN values cannot be ordered")),
        None => Err(Fault::overload()),
    }
}

/// `<`.
pub fn less(args: &[Value]) -> Outcome {
    ordered(args, Ordering::is_lt)
}

/// `<=`.
pub fn at_most(args: &[Value]) -> Outcome {
    ordered(args, Ordering::is_le)
}

/// `>`.
pub fn greater(args: &[Value]) -> Outcome {
    ordered(args, Ordering::is_gt)
}

/// `>=`.
pub fn at_least(args: &[Value]) -> Outcome {
    ordered(args, Ordering::is_ge)
}

/// `in`.
pub fn is_in(args: &[Value]) -> Outcome {
    match &args[1].data {
        Data::List(list) => truth(list.items.iter().any(|item| item.equals(&args[0]))),
        Data::Map(map) => truth(map.find(&args[0]).is_some()),
        _ => Err(Fault::overload()),
    }
}

/// What is at an index or a key: an error that says why not.
fn at(value: &Value, index: &Value) -> Outcome {
    match &value.data {
        Data::List(list) => {
            let place = match index.data {
                Data::Int(at) => Some(i128::from(at)),
                Data::Uint(at) => Some(i128::from(at)),
                Data::Double(at) if at.fract() == 0.0 => Some(at as i128),
                _ => None,
            };
            let Some(place) = place else {
                let ty = index.type_name();
                return Err(Fault::error(format!("unsupported index type '{ty}' in list")));
            };
            usize::try_from(place)
                .ok()
                .and_then(|at| list.items.get(at).cloned())
                .ok_or_else(|| Fault::error(format!("index out of bounds: {place}")))
        }
        Data::Map(map) => map.find(index).cloned().ok_or_else(|| {
            let key = super::print::plain(index);
            Fault::error(format!("no such key: {key}"))
        }),
        _ => Err(Fault::overload()),
    }
}

/// `[ ]`.
pub fn index(args: &[Value]) -> Outcome {
    match &args[0].data {
        Data::Optional(_) => optional_index(args),
        _ => at(&args[0], &args[1]),
    }
}

/// `[? ]`.
pub fn optional_index(args: &[Value]) -> Outcome {
    let place = args[0].place;
    match &args[0].data {
        Data::Optional(None) => Ok(args[0].clone()),
        Data::Optional(Some(inner)) => Ok(Value::optional(at(inner, &args[1]).ok()).or_at(place)),
        Data::List(_) | Data::Map(_) => Ok(Value::optional(at(&args[0], &args[1]).ok()).or_at(place)),
        _ => Err(Fault::overload()),
    }
}

/// `size`.
pub fn size(args: &[Value]) -> Outcome {
    let count = match &args[0].data {
        Data::Text(text) => text.chars().count(),
        Data::Bytes(bytes) => bytes.len(),
        Data::List(list) => list.items.len(),
        Data::Map(map) => map.entries.len(),
        _ => return Err(Fault::error("no such overload: size")),
    };
    Ok(Value::int(count as i64))
}

/// `type`.
pub fn type_of(args: &[Value]) -> Outcome {
    Ok(Value::new(Data::Type(args[0].type_name().into())))
}

/// `dyn`.
pub fn same(args: &[Value]) -> Outcome {
    args.first().cloned().ok_or_else(|| wrong("dyn", args))
}

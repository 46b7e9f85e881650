//! Values that may be absent.

use super::{Outcome, truth, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Value};

/// `optional.of`.
pub fn of(args: &[Value]) -> Outcome {
    Ok(Value::optional(args.first().cloned()))
}

/// `optional.ofNonZeroValue`.
pub fn of_non_zero(args: &[Value]) -> Outcome {
    let zero = |value: &Value| match &value.data {
        Data::Null => true,
        Data::Bool(value) => !value,
        Data::Int(value) => *value == 0,
        Data::Uint(value) => *value == 0,
        Data::Double(value) => *value == 0.0,
        Data::Text(text) => text.is_empty(),
        Data::Bytes(bytes) => bytes.is_empty(),
        Data::List(list) => list.items.is_empty(),
        Data::Map(map) => map.entries.is_empty(),
        Data::Duration(value) => *value == 0,
        Data::Optional(value) => value.is_none(),
        _ => false,
    };
    Ok(Value::optional(args.first().filter(|value| !zero(value)).cloned()))
}

/// `optional.none`.
pub fn none(_: &[Value]) -> Outcome {
    Ok(Value::optional(None))
}

/// `hasValue`.
pub fn has_value(args: &[Value]) -> Outcome {
    match args {
        [Value { data: Data::Optional(value), .. }] => truth(value.is_some()),
        _ => Err(wrong("hasValue", args)),
    }
}

/// `value`.
pub fn value(args: &[Value]) -> Outcome {
    match args {
        [Value { data: Data::Optional(value), .. }] => match value {
            Some(value) => Ok((**value).clone()),
            None => Err(Fault::error("optional.none() dereference")),
        },
        _ => Err(wrong("value", args)),
    }
}

/// `or`.
pub fn or(args: &[Value]) -> Outcome {
    match args {
        [first @ Value { data: Data::Optional(value), .. }, other] => {
            Ok(if value.is_some() { first.clone() } else { other.clone().or_at(first.place) })
        }
        _ => Err(wrong("or", args)),
    }
}

/// `orValue`.
pub fn or_value(args: &[Value]) -> Outcome {
    match args {
        [Value { data: Data::Optional(value), place }, other] => match value {
            Some(value) => Ok((**value).clone()),
            None => Ok(other.clone().or_at(*place)),
        },
        _ => Err(wrong("orValue", args)),
    }
}

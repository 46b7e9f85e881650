//! Arithmetic. Integers do not wrap around: what does not fit is an error.

use std::sync::Arc;

use super::Outcome;
use crate::cel::fault::Fault;
use crate::cel::value::{Data, SECOND, Value, concatenated};

fn whole(value: Option<i64>) -> Outcome {
    value.map(Value::int).ok_or_else(|| Fault::error("integer overflow"))
}

fn unsigned(value: Option<u64>) -> Outcome {
    value.map(|value| Value::new(Data::Uint(value))).ok_or_else(|| Fault::error("unsigned integer overflow"))
}

fn float(value: f64) -> Outcome {
    Ok(Value::new(Data::Double(value)))
}

fn span(value: Option<i64>) -> Outcome {
    value.map(|value| Value::new(Data::Duration(value))).ok_or_else(|| Fault::error("duration overflow"))
}

/// A point in time and so many nanoseconds more.
fn later(seconds: i64, nanos: u32, by: i128) -> Outcome {
    let total = i128::from(seconds) * i128::from(SECOND) + i128::from(nanos) + by;
    let second = i128::from(SECOND);
    match i64::try_from(total.div_euclid(second)) {
        Ok(seconds) => Ok(Value::new(Data::Timestamp(seconds, total.rem_euclid(second) as u32))),
        Err(_) => Err(Fault::error("timestamp overflow")),
    }
}

/// `-a`.
pub fn negate(args: &[Value]) -> Outcome {
    match args[0].data {
        Data::Int(value) => whole(value.checked_neg()),
        Data::Double(value) => float(-value),
        _ => Err(Fault::overload()),
    }
}

/// `+`.
pub fn add(args: &[Value]) -> Outcome {
    Ok(match (&args[0].data, &args[1].data) {
        (Data::Int(one), Data::Int(two)) => return whole(one.checked_add(*two)),
        (Data::Uint(one), Data::Uint(two)) => return unsigned(one.checked_add(*two)),
        (Data::Double(one), Data::Double(two)) => return float(one + two),
        (Data::Text(one), Data::Text(two)) => Value::text(format!("{one}{two}")),
        (Data::Bytes(one), Data::Bytes(two)) => {
            Value::new(Data::Bytes(one.iter().chain(two.iter()).copied().collect()))
        }
        (Data::List(one), Data::List(two)) => Value::new(Data::List(Arc::new(concatenated(one, two)))),
        (Data::Duration(one), Data::Duration(two)) => return span(one.checked_add(*two)),
        (Data::Timestamp(seconds, nanos), Data::Duration(by))
        | (Data::Duration(by), Data::Timestamp(seconds, nanos)) => {
            return later(*seconds, *nanos, i128::from(*by));
        }
        _ => return Err(Fault::overload()),
    })
}

/// `-`.
pub fn subtract(args: &[Value]) -> Outcome {
    match (&args[0].data, &args[1].data) {
        (Data::Int(one), Data::Int(two)) => whole(one.checked_sub(*two)),
        (Data::Uint(one), Data::Uint(two)) => unsigned(one.checked_sub(*two)),
        (Data::Double(one), Data::Double(two)) => float(one - two),
        (Data::Duration(one), Data::Duration(two)) => span(one.checked_sub(*two)),
        (Data::Timestamp(seconds, nanos), Data::Duration(by)) => later(*seconds, *nanos, -i128::from(*by)),
        (Data::Timestamp(one, part), Data::Timestamp(two, other)) => {
            let seconds = i128::from(*one) - i128::from(*two);
            let total = seconds * i128::from(SECOND) + i128::from(*part) - i128::from(*other);
            span(i64::try_from(total).ok())
        }
        _ => Err(Fault::overload()),
    }
}

/// `*`.
pub fn multiply(args: &[Value]) -> Outcome {
    match (&args[0].data, &args[1].data) {
        (Data::Int(one), Data::Int(two)) => whole(one.checked_mul(*two)),
        (Data::Uint(one), Data::Uint(two)) => unsigned(one.checked_mul(*two)),
        (Data::Double(one), Data::Double(two)) => float(one * two),
        _ => Err(Fault::overload()),
    }
}

/// `/`.
pub fn divide(args: &[Value]) -> Outcome {
    match (&args[0].data, &args[1].data) {
        (Data::Int(_), Data::Int(0)) | (Data::Uint(_), Data::Uint(0)) => {
            Err(Fault::error("division by zero"))
        }
        (Data::Int(one), Data::Int(two)) => whole(one.checked_div(*two)),
        (Data::Uint(one), Data::Uint(two)) => unsigned(one.checked_div(*two)),
        (Data::Double(one), Data::Double(two)) => float(one / two),
        _ => Err(Fault::overload()),
    }
}

/// `%`.
pub fn modulo(args: &[Value]) -> Outcome {
    match (&args[0].data, &args[1].data) {
        (Data::Int(_), Data::Int(0)) | (Data::Uint(_), Data::Uint(0)) => Err(Fault::error("modulus by zero")),
        (Data::Int(one), Data::Int(two)) => whole(one.checked_rem(*two)),
        (Data::Uint(one), Data::Uint(two)) => unsigned(one.checked_rem(*two)),
        _ => Err(Fault::overload()),
    }
}

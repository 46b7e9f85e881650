//! The functions of Go's templates themselves.

use std::cmp::Ordering;

use super::format;
use crate::helm::call::{Call, Function};
use crate::helm::failure::{Failure, FailureKind, Result};
use crate::helm::text::{Builder, Source};
use crate::helm::value::{Data, Object, Value};

pub const TABLE: &[(&str, Function)] = &[
    ("and", lazy),
    ("or", lazy),
    ("not", |c| {
        c.count(1, 1)?;
        Ok(c.value(Data::Bool(!c.any(0).is_true())))
    }),
    ("eq", |c| {
        c.count(1, usize::MAX)?;
        if c.args.len() == 1 {
            return Err(Failure::error("missing argument for comparison"));
        }
        let first = c.any(0);
        for other in &c.args[1..] {
            if equal(&first, other)? {
                return Ok(c.value(Data::Bool(true)));
            }
        }
        Ok(c.value(Data::Bool(false)))
    }),
    ("ne", |c| {
        c.count(2, 2)?;
        let equal = equal(&c.args[0], &c.args[1])?;
        Ok(c.value(Data::Bool(!equal)))
    }),
    ("lt", |c| ordered(c, |order| order == Ordering::Less)),
    ("le", |c| ordered(c, |order| order != Ordering::Greater)),
    ("gt", |c| ordered(c, |order| order == Ordering::Greater)),
    ("ge", |c| ordered(c, |order| order != Ordering::Less)),
    ("len", |c| {
        c.count(1, 1)?;
        let length = match &c.args[0].data {
            Data::Str(text) => text.as_str().len(),
            Data::List(list) => list.0.len(),
            Data::Map(map) => map.len(),
            Data::Object(Object::Files(chart, None)) => c.engine.world.paths(*chart).len(),
            Data::Object(Object::Files(_, Some(found))) => found.len(),
            Data::Nothing | Data::Nil => return Err(Failure::error("len of nil pointer")),
            _ => return Err(Failure::error(format!("len of type {}", c.args[0].type_name()))),
        };
        Ok(c.value(Data::Int(length as i64)))
    }),
    ("index", index),
    ("print", |c| print(c, false)),
    ("println", |c| print(c, true)),
    ("printf", |c| {
        c.count(1, usize::MAX)?;
        let pattern = c.text(0)?;
        c.pay(c.args.iter().filter_map(Value::as_str).map(str::len).sum())?;
        let text = format::sprintf(&pattern, &c.args[1..]);
        Ok(text.into())
    }),
    ("html", |c| {
        let text = c.any(0).printed();
        let escaped = text.as_str().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        c.made(&escaped.replace('"', "&#34;").replace('\'', "&#39;"))
    }),
    ("js", |c| {
        let text = c.any(0).printed();
        let escaped = text.as_str().replace('\\', "\\\\").replace('\'', "\\'").replace('"', "\\\"");
        c.made(&escaped.replace('\n', "\\n"))
    }),
    ("urlquery", |c| {
        let text = c.any(0).printed();
        c.made(&super::urls::query_escape(text.as_str()))
    }),
    ("call", |_| Err(Failure::error("non-function of type"))),
];

/// The engine evaluates these itself, for they do not look at all of their arguments.
fn lazy(c: &mut Call<'_, '_>) -> Result<Value> {
    Ok(c.any(c.args.len().saturating_sub(1)))
}

#[derive(Clone, Copy, PartialEq)]
enum Basic {
    Bool,
    Int,
    Float,
    Str,
    Other,
}

fn basic(value: &Value) -> Basic {
    match value.data {
        Data::Bool(_) => Basic::Bool,
        Data::Int(_) | Data::Long(_) => Basic::Int,
        Data::Float(_) => Basic::Float,
        Data::Str(_) => Basic::Str,
        _ => Basic::Other,
    }
}

fn whole(value: &Value) -> i64 {
    match value.data {
        Data::Int(number) | Data::Long(number) => number,
        _ => 0,
    }
}

fn equal(one: &Value, other: &Value) -> Result<bool> {
    let (first, second) = (basic(one), basic(other));
    if first != second {
        if one.is_nil() || other.is_nil() {
            return Ok(false);
        }
        return Err(incompatible(one, other));
    }
    Ok(match (&one.data, &other.data) {
        (Data::Bool(one), Data::Bool(other)) => one == other,
        (Data::Float(one), Data::Float(other)) => one == other,
        (Data::Str(one), Data::Str(other)) => one.as_str() == other.as_str(),
        _ if first == Basic::Int => whole(one) == whole(other),
        _ if one.is_nil() || other.is_nil() => one.is_nil() == other.is_nil(),
        _ => {
            let message = format!("non-comparable type {}: {}", one.type_name(), one.printed().as_str());
            return Err(Failure::error(message));
        }
    })
}

/// Values of two types that are compared. Where one of them was written in a values file it is the one to change.
fn incompatible(one: &Value, other: &Value) -> Failure {
    let written = |value: &Value| value.origin().filter(|at| at.source == Source::Value).map(|at| at.span);
    Failure {
        value: written(one).or_else(|| written(other)),
        ..Failure::error(format!(
            "incompatible types for comparison: {} and {}",
            one.type_name(),
            other.type_name()
        ))
    }
}

fn ordered(c: &mut Call<'_, '_>, holds: fn(Ordering) -> bool) -> Result<Value> {
    c.count(2, 2)?;
    let (one, other) = (&c.args[0], &c.args[1]);
    let (first, second) = (basic(one), basic(other));
    if first == Basic::Other || second == Basic::Other {
        return Err(Failure::error("invalid type for comparison"));
    }
    if first != second {
        return Err(incompatible(one, other));
    }
    let order = match (&one.data, &other.data) {
        (Data::Float(one), Data::Float(other)) => one.partial_cmp(other),
        (Data::Str(one), Data::Str(other)) => Some(one.as_str().cmp(other.as_str())),
        (Data::Bool(_), _) => return Err(Failure::error("invalid type for comparison")),
        _ => Some(whole(one).cmp(&whole(other))),
    };
    Ok(c.value(Data::Bool(order.is_some_and(holds))))
}

fn index(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, usize::MAX)?;
    let mut value = c.any(0);
    if value.is_nil() {
        return Err(Failure::error("index of untyped nil"));
    }
    for key in &c.args[1..] {
        value = match (&value.data, &key.data) {
            (Data::Map(map), Data::Str(key)) => map.get(key.as_str()).unwrap_or_else(|| Data::Nil.into()),
            (Data::Map(_), Data::Nothing | Data::Nil) => {
                return Err(Failure::error("value is nil; should be of type string"));
            }
            (Data::Map(_), _) => {
                let message = format!("value has type {}; should be string", key.type_name());
                return Err(Failure::error(message));
            }
            (Data::List(list), Data::Int(at) | Data::Long(at)) => {
                let found = usize::try_from(*at).ok().and_then(|at| list.0.get(at).cloned());
                // An empty list is one that nobody filled.
                let kind = if list.0.is_empty() { FailureKind::Unset } else { FailureKind::Error };
                found.ok_or_else(|| Failure::of(kind, format!("index out of range: {at}")))?
            }
            (Data::Str(text), Data::Int(at) | Data::Long(at)) => {
                let byte = usize::try_from(*at).ok().and_then(|at| text.as_str().as_bytes().get(at).copied());
                let byte = byte.ok_or_else(|| Failure::error(format!("index out of range: {at}")))?;
                Data::Int(i64::from(byte)).into()
            }
            (Data::List(_) | Data::Str(_), _) => {
                return Err(Failure::error(format!(
                    "cannot index slice/array with type {}",
                    key.type_name()
                )));
            }
            (Data::Nothing | Data::Nil, _) => return Err(Failure::unset("index of nil pointer")),
            _ => return Err(Failure::error(format!("can't index item of type {}", value.type_name()))),
        };
    }
    Ok(value)
}

/// Puts spaces between operands of which none is a text.
fn print(c: &mut Call<'_, '_>, line: bool) -> Result<Value> {
    // Before it is made: texts that are put together grow fourfold with each step.
    let length: usize = c.args.iter().filter_map(Value::as_str).map(str::len).sum();
    c.pay(length)?;
    let mut out = Builder::default();
    let is_text = |value: &Value| matches!(value.data, Data::Str(_));
    for (at, value) in c.args.iter().enumerate() {
        if at > 0 && (line || !(is_text(value) || is_text(&c.args[at - 1]))) {
            out.push(" ", None);
        }
        out.push_str(&value.printed());
    }
    if line {
        out.push("\n", None);
    }
    let text = out.finish();
    c.pay(text.as_str().len().saturating_sub(length))?;
    Ok(text.into())
}

//! What the functions do. Each takes the values it was called with, the first before its name where it is a method.

pub(super) mod cluster;
pub(super) mod convert;
pub(super) mod format;
pub(super) mod lists;
pub(super) mod net;
pub(super) mod numbers;
pub(super) mod optional;
pub(super) mod patterns;
pub(super) mod plain;
pub(super) mod print;
pub(super) mod quantity;
pub(super) mod semver;
pub(super) mod texts;
pub(super) mod times;
pub(super) mod url;

use super::fault::Fault;
use super::value::{Data, Outcome, Value};
use crate::yaml::Text;

/// The error of a function that takes no such values.
fn wrong(name: &str, args: &[Value]) -> Box<Fault> {
    // Methods that texts themselves have.
    if matches!(name, "contains" | "startsWith" | "endsWith" | "matches") {
        return Fault::overload();
    }
    let types: Vec<&str> = args.iter().map(Value::type_name).collect();
    Fault::error(format!("no such overload: {name}({})", types.join(", ")))
}

fn text(value: Option<&Value>) -> Option<&Text> {
    match &value?.data {
        Data::Text(text) => Some(text),
        _ => None,
    }
}

fn int(value: Option<&Value>) -> Option<i64> {
    match value?.data {
        Data::Int(value) => Some(value),
        _ => None,
    }
}

fn truth(value: bool) -> Outcome {
    Ok(Value::bool(value))
}

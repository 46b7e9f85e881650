//! What a call costs when it runs (cel-go `interpreter/runtimecost.go`).

use super::value::{Data, Value};

/// How large a value is to the functions whose cost grows with it.
fn size(value: &Value) -> u64 {
    match &value.data {
        Data::Text(text) => text.chars().count() as u64,
        Data::Bytes(bytes) => bytes.len() as u64,
        Data::List(list) => list.items.len() as u64,
        Data::Map(map) => map.entries.len() as u64,
        _ => 1,
    }
}

/// What a call costs besides its arguments.
pub(super) fn cost(name: &str, args: &[Value]) -> u64 {
    let tenth = |size: u64| size.div_ceil(10);
    let of = |at: usize| args.get(at).map_or(1, size);
    let is_text =
        |at: usize| matches!(args.get(at).map(|arg| &arg.data), Some(Data::Text(_) | Data::Bytes(_)));
    match name {
        "_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_" if is_text(0) && is_text(1) => {
            tenth(of(0).min(of(1)))
        }
        "_+_" if is_text(0) || matches!(args[0].data, Data::List(_)) => tenth(of(0) + of(1)),
        "contains" | "find" | "findAll" => tenth(of(0)).saturating_mul(tenth(of(1))).max(1),
        "matches" => tenth(of(0) + 1).saturating_mul(of(1).div_ceil(4)).max(1),
        "startsWith" | "endsWith" => tenth(of(1)).max(1),
        "@in" if matches!(args[1].data, Data::List(_)) => of(1),
        "split" | "join" | "replace" | "lowerAscii" | "upperAscii" | "trim" | "format" | "substring"
        | "indexOf" | "lastIndexOf" => tenth(of(0)).max(1),
        "sum" | "min" | "max" | "isSorted" | "distinct" | "sort" | "reverse" | "flatten" => of(0),
        "sets.contains" | "sets.intersects" | "sets.equivalent" => of(0).saturating_mul(of(1)),
        "check" => 350_000,
        _ => 1,
    }
}

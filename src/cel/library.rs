//! The functions that the API server knows, read from their table: how each is called, and what does it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::signatures::{Row, Run, TABLES};
use super::types::Type;

/// A function.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    pub(super) run: Run,
    pub(super) overloads: Vec<Overload>,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A way to call a function.
#[derive(Debug)]
pub(super) struct Overload {
    /// The first argument is written before the name.
    pub method: bool,
    pub args: Vec<Type>,
    pub result: Type,
}

/// The function of a name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    static KNOWN: LazyLock<HashMap<&'static str, Function>> = LazyLock::new(|| {
        let rows = TABLES.iter().copied().flatten();
        let read = |row: &Row| {
            let overloads = row.2.iter().filter_map(|text| overload(text)).collect();
            (row.0, Function { name: row.0, run: row.1, overloads })
        };
        rows.map(read).collect()
    });
    KNOWN.get(name)
}

/// Reads a signature.
fn overload(text: &'static str) -> Option<Overload> {
    let (call, result) = text.split_once(" -> ")?;
    let (target, args) = call.split_once('(').map(|(target, rest)| (target, rest.trim_end_matches(')')))?;
    let target = target.strip_suffix('.').filter(|target| !target.is_empty());
    let args = args.split(", ").filter(|arg| !arg.is_empty());
    let args = target.into_iter().chain(args).map(named).collect::<Option<Vec<_>>>()?;
    Some(Overload { method: target.is_some(), args, result: named(result)? })
}

/// The type of a name as signatures write it.
fn named(name: &'static str) -> Option<Type> {
    if let Some((outer, inner)) = name.strip_suffix('>').and_then(|name| name.split_once('<')) {
        return Some(match outer {
            "list" => Type::list(named(inner)?),
            "optional" => Type::Optional(Arc::new(named(inner)?)),
            "type" => Type::Type(Arc::new(named(inner)?)),
            _ => {
                let (key, value) = inner.split_once(',')?;
                Type::map(named(key)?, named(value)?)
            }
        });
    }
    Some(match name {
        "A" => Type::Param(0),
        "B" => Type::Param(1),
        "dyn" => Type::Dyn,
        "duration" => Type::Duration,
        "timestamp" => Type::Timestamp,
        name => plain(name).unwrap_or(Type::Opaque(name)),
    })
}

/// The types of plain values.
fn plain(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        _ => return None,
    })
}

/// The type that a word in an expression names.
pub(super) fn type_of(name: &str) -> Option<Type> {
    Some(match name {
        "list" => Type::list(Type::Dyn),
        "map" => Type::map(Type::Dyn, Type::Dyn),
        "null_type" => Type::Null,
        "type" => Type::Type(Arc::new(Type::Dyn)),
        "optional_type" => Type::Optional(Arc::new(Type::Dyn)),
        "google.protobuf.Duration" => Type::Duration,
        "google.protobuf.Timestamp" => Type::Timestamp,
        "net.IP" => Type::Opaque("net.IP"),
        "net.CIDR" => Type::Opaque("net.CIDR"),
        "kubernetes.Quantity" => Type::Opaque("kubernetes.Quantity"),
        "kubernetes.URL" => Type::Opaque("kubernetes.URL"),
        "kubernetes.Semver" => Type::Opaque("kubernetes.Semver"),
        name => return plain(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_is_read() {
        for (name, _, signatures) in TABLES.iter().copied().flatten() {
            let known = find(name).map(|function| function.overloads.len());
            assert_eq!(known, Some(signatures.len()), "{name}");
        }
    }
}

//! The types of the API, read from the table that ships with the program.
//!
//! `types.txt` is made of `k8s-openapi` and of what API servers of many versions publish; `tests/types` makes it
//! anew and compares. A line of two words and a type is a kind; a line without a blank begins a type; the lines
//! below it are its fields: name, what its values are, and notes.
//!
//! Values: `s` text, `b` boolean, `i` and `l` integers of 32 and 64 bits, `f` number, `x` integer or text, `q`
//! quantity, `t` time, `y` base64, `*` anything, `$` a JSON schema (`$b`, `$l`, `$n`: or a boolean, a list of them,
//! names), `[` a list of, `{` a map to, and else the name of a type. Notes: `@29` came in 1.29, `@-31` was gone in
//! 1.31 (fact 14.11), `%name,protocol` keys of a list (`%`: a set), `=A|B` the words that a value may be.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::shape::{Line, Struct, Want};
use super::{Expected, required};

static TEXT: &str = include_str!("types.txt");

/// A kind of the table.
pub(super) struct Row {
    /// As manifests write it.
    pub api_version: &'static str,
    /// Its name.
    pub kind: &'static str,
    /// The name of its type.
    pub ty: &'static str,
    /// The first minor version that serves it by default, if the oldest known one does not.
    pub since: Option<u8>,
}

struct Table {
    kinds: Vec<Row>,
    /// The lines of each type's fields.
    types: HashMap<&'static str, &'static str, foldhash::fast::FixedState>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { kinds: Vec::new(), types: HashMap::default() };
    let (mut rest, mut open) = (TEXT, None);
    while let Some((line, after)) = rest.split_once('\n') {
        if !line.starts_with(' ') {
            let mut words = line.split(' ');
            match (words.next(), words.next(), words.next()) {
                (Some(api_version), Some(kind), Some(ty)) => {
                    let since = words.next().and_then(|note| note.strip_prefix('@')?.parse().ok());
                    table.kinds.push(Row { api_version, kind, ty, since });
                }
                _ => open = Some((line, after)),
            }
        }
        // A type's fields end where another line begins.
        if let (Some((ty, body)), false) = (open, after.starts_with(' ')) {
            table.types.insert(ty, &body[..body.len() - after.len()]);
            open = None;
        }
        rest = after;
    }
    table
});

/// Every kind that has a shape of its own.
pub(super) fn rows() -> &'static [Row] {
    &TABLE.kinds
}

/// The names of all types.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    TABLE.types.keys().copied()
}

/// A JSON schema: the one type that holds itself.
pub(super) fn schema() -> &'static Struct {
    static SCHEMA: LazyLock<&'static Struct> = LazyLock::new(|| find("apiextensions/v1/JSONSchemaProps"));
    &SCHEMA
}

impl Want {
    /// The struct in it, if there is one, and whether in a list.
    pub(super) fn structure(self) -> Option<(&'static Struct, bool)> {
        match self {
            Want::Struct(shape) => Some((shape, false)),
            Want::Schema => Some((schema(), false)),
            Want::Map(inner) => inner.structure(),
            Want::List(inner) => inner.structure().map(|(shape, _)| (shape, true)),
            Want::Anything | Want::Scalar(_) | Want::Bytes | Want::Quantity | Want::SchemaOr(_) => None,
        }
    }
}

type Known = HashMap<&'static str, &'static Struct, foldhash::fast::FixedState>;

/// The type with this name, made when it is first asked for. Without fields if the table has none.
pub(super) fn find(ty: &'static str) -> &'static Struct {
    static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    make(ty, known.get_or_insert_default())
}

/// Types hold others, but none holds itself: schemas, which do, are found by [`schema`].
fn make(ty: &'static str, known: &mut Known) -> &'static Struct {
    if let Some(made) = known.get(ty) {
        return made;
    }
    let body = TABLE.types.get(ty).copied().unwrap_or_default();
    let lines = body.lines().filter_map(|line| read(line.strip_prefix(' ')?, known)).collect();
    let made = Struct::new(ty, lines, required::is_needed);
    known.insert(ty, made);
    made
}

fn read(line: &'static str, known: &mut Known) -> Option<Line> {
    let (name, rest) = line.split_once(' ')?;
    let (of, mut notes) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut field = Line { name, want: want(of, known), since: 0, until: 0, words: &[], keys: None };
    while !notes.is_empty() {
        if let Some(words) = notes.strip_prefix('=') {
            field.words = words.split('|').collect::<Vec<_>>().leak();
            break;
        }
        let (note, after) = notes.split_once(' ').unwrap_or((notes, ""));
        if let Some(keys) = note.strip_prefix('%') {
            let names = keys.split(',').filter(|key| !key.is_empty());
            field.keys = Some(names.collect::<Vec<_>>().leak());
        } else if let Some(gone) = note.strip_prefix("@-") {
            field.until = gone.parse().unwrap_or_default();
        } else if let Some(came) = note.strip_prefix('@') {
            field.since = came.parse().unwrap_or_default();
        }
        notes = after;
    }
    Some(field)
}

fn want(of: &'static str, known: &mut Known) -> Want {
    let boxed = |inner, known: &mut Known| -> &'static Want { Box::leak(Box::new(want(inner, known))) };
    match of {
        "s" => Want::Scalar(Expected::String),
        "b" => Want::Scalar(Expected::Boolean),
        "i" => Want::Scalar(Expected::Integer32),
        "l" => Want::Scalar(Expected::Integer64),
        "f" => Want::Scalar(Expected::Number),
        "x" => Want::Scalar(Expected::IntegerOrString),
        "t" => Want::Scalar(Expected::Time),
        "q" => Want::Quantity,
        "y" => Want::Bytes,
        "*" => Want::Anything,
        "$" => Want::Schema,
        "$b" => Want::SchemaOr(Expected::SchemaOrBoolean),
        "$l" => Want::SchemaOr(Expected::SchemaOrList),
        "$n" => Want::SchemaOr(Expected::SchemaOrNames),
        _ => match of.as_bytes().first() {
            Some(b'[') => Want::List(boxed(&of[1..], known)),
            Some(b'{') => Want::Map(boxed(&of[1..], known)),
            _ => Want::Struct(make(of, known)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::validate;

    #[test]
    fn every_type_of_the_table_is_whole() {
        let shapes: Vec<&Struct> = all().map(find).collect();
        assert!(shapes.len() > 500, "{}", shapes.len());
        for shape in &shapes {
            assert_eq!(shape.fields.len(), shape.names.len(), "{}", shape.ty);
            let is_text = |name: &&&str| matches!(crate::yaml::resolve(name), crate::yaml::Scalar::Str(_));
            assert_eq!(shape.names.iter().find(|name| !is_text(name)), None, "{}", shape.ty);
            for field in shape.fields {
                if let Want::Struct(inner) = field.want {
                    assert!(TABLE.types.contains_key(inner.ty), "{} {}", shape.ty, inner.ty);
                }
            }
        }
        let meta = find("meta/v1/ObjectMeta");
        let want = |name| meta.fields.iter().find(|field| field.name == name).map(|field| field.want);
        assert!(matches!(want("creationTimestamp"), Some(Want::Scalar(Expected::Time))));
        assert!(matches!(want("labels"), Some(Want::Map(Want::Scalar(Expected::String)))));
        assert!(matches!(want("ownerReferences"), Some(Want::List(Want::Struct(_)))));
        assert!(rows().iter().all(|row| TABLE.types.contains_key(row.ty)));
    }

    /// What a table says of a type that has no such field would never be looked at.
    #[test]
    fn what_tables_say_of_fields_is_about_fields_that_are() {
        let shapes: Vec<&Struct> = all().map(find).collect();
        for (ty, field) in validate::places().chain(super::super::required::places()) {
            let known =
                shapes.iter().any(|shape| (shape.name == ty || shape.is(ty)) && shape.names.contains(&field));
            assert!(known, "no {field} in {ty}");
        }
    }
}

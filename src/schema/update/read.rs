//! An object as the server stores it: read along the types, defaults filled in, what is empty left out.

use super::super::expected::Expected;
use super::super::shape::{Struct, Want};
use super::super::types;
use super::canon::{Canon, Value};
use super::{defaults, filled};
use crate::kube::quantity::Quantity;
use crate::yaml::{Node, Scalar};

/// Deeper than this nothing is compared.
const DEEPEST: u32 = 64;

/// Reads an object of a type; fields of its `spec` in `leaves_out` are not read.
pub fn read(node: Node<'_>, want: Want, leaves_out: &[&str]) -> Option<Canon> {
    Reader { leaves_out, whole: false }.value(node, want, 0)
}

/// Reads the metadata of an object of any kind, and nothing else.
pub fn read_metadata(node: Node<'_>) -> Canon {
    let want = Want::Struct(types::find("meta/v1/ObjectMeta"));
    let metadata = node.get("metadata").and_then(|meta| read(meta, want, &[]));
    let fields = metadata.into_iter().map(|meta| ("metadata".to_owned(), meta)).collect();
    Canon { span: node.span(), value: Value::Map(fields) }
}

/// Reads an object of a type with every default.
pub fn read_whole(node: Node<'_>, want: Want) -> Option<Canon> {
    Reader { leaves_out: &[], whole: true }.value(node, want, 0)
}

struct Reader<'r> {
    leaves_out: &'r [&'r str],
    /// Whether fields that may change get their defaults, too.
    whole: bool,
}

impl Reader<'_> {
    fn value(&self, node: Node<'_>, want: Want, depth: u32) -> Option<Canon> {
        if node.is_null() || depth > DEEPEST {
            return None;
        }
        let value = match want {
            Want::Struct(shape) if node.is_mapping() => self.structure(node, shape, depth),
            Want::List(inner) if node.is_sequence() => {
                let empty = || Canon { span: node.span(), value: Value::Map(Vec::new()) };
                let item = |item: Node<'_>| self.value(item, *inner, depth + 1).unwrap_or_else(empty);
                Value::List(node.items().map(item).collect())
            }
            Want::Map(inner) if node.is_mapping() => {
                let entries = node.entries().filter_map(|entry| {
                    let value = match entry.value.is_null() {
                        true => Canon { span: entry.value.span(), value: zero(*inner)? },
                        false => self.value(entry.value, *inner, depth + 1)?,
                    };
                    Some((entry.key.key_text().to_owned(), value))
                });
                map(entries.collect())
            }
            Want::Quantity => match Quantity::read(node) {
                Some(amount) => Value::Quantity(amount),
                None => plain(node, depth)?,
            },
            _ => plain(node, depth)?,
        };
        Some(Canon { span: node.span(), value })
    }

    fn structure(&self, node: Node<'_>, shape: &'static Struct, depth: u32) -> Value {
        let mut fields: Vec<(String, Canon)> = Vec::new();
        for entry in node.entries() {
            // What is no field of this version is dropped or refused; neither is a change.
            let Some(field) = shape.find(entry.key).and_then(|at| shape.fields.get(at)) else { continue };
            // The status is not written on creation.
            let left_out = match self.whole {
                true => depth == 0 && field.name == "status",
                false => depth == 1 && self.leaves_out.contains(&field.name),
            };
            if left_out || defaults::is_dropped(shape.name, field.name) {
                continue;
            }
            if let Some(value) = self.value(entry.value, field.want, depth + 1)
                && !is_nothing(shape, field.name, field.want, &value.value)
            {
                fields.push((field.name.to_owned(), value));
            }
        }
        if self.whole {
            self.fill(shape, node, depth, &mut fields);
        } else {
            defaults::fill(shape.name, node.span(), &mut fields);
        }
        map(fields)
    }
}

impl Reader<'_> {
    /// Every default. Some are those of pods alone and not of templates of pods, and templates of Jobs have none.
    fn fill(&self, shape: &Struct, node: Node<'_>, depth: u32, fields: &mut Vec<(String, Canon)>) {
        let has = |fields: &[(String, Canon)], name: &str| fields.iter().any(|field| field.0 == name);
        match shape.name {
            "JobSpec" if depth > 1 => return,
            "ResourceRequirements" if depth != OF_POD => return,
            "PodSpec" if depth > 1 && !has(fields, "enableServiceLinks") => {
                defaults::fill(shape.name, node.span(), fields);
                fields.retain(|field| field.0 != "enableServiceLinks");
            }
            _ => defaults::fill(shape.name, node.span(), fields),
        }
        filled::fill(shape, node.span(), fields);
    }
}

/// How deep the resources of a container stand in a Pod.
const OF_POD: u32 = 4;

/// What a name of a map has whose value is null: decoding gives it the type's zero.
fn zero(want: Want) -> Option<Value> {
    match want {
        Want::Scalar(Expected::String) => Some(Value::Text(String::new())),
        Want::Quantity => Quantity::parse("0").map(Value::Quantity),
        _ => None,
    }
}

/// Names in order, the last of several with one name.
fn map(mut fields: Vec<(String, Canon)>) -> Value {
    fields.sort_by(|one, other| one.0.cmp(&other.0));
    fields.reverse();
    fields.dedup_by(|one, other| one.0 == other.0);
    fields.reverse();
    Value::Map(fields)
}

/// A value of which the type says nothing more.
fn plain(node: Node<'_>, depth: u32) -> Option<Value> {
    let own = |node: Node<'_>| {
        if depth > DEEPEST || node.is_null() {
            None
        } else {
            Some(Canon { span: node.span(), value: plain(node, depth + 1)? })
        }
    };
    if node.is_mapping() {
        let entries =
            node.entries().filter_map(|entry| Some((entry.key.key_text().to_owned(), own(entry.value)?)));
        return Some(map(entries.collect()));
    }
    if node.is_sequence() {
        return Some(Value::List(node.items().filter_map(own).collect()));
    }
    Some(match node.scalar()? {
        Scalar::Null => return None,
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Int(value) => Value::Number(value as f64),
        Scalar::Float(value) => Value::Number(value),
        Scalar::Str(text) => Value::Text(text.to_owned()),
    })
}

/// Whether a value is the same to the server as none: what its own type has no pointer for.
fn is_nothing(shape: &Struct, field: &str, want: Want, value: &Value) -> bool {
    match (want, value) {
        (Want::Struct(of), Value::Map(fields)) => fields.is_empty() && defaults::is_value(of.name, field),
        (Want::Map(_), Value::Map(fields)) => fields.is_empty(),
        (_, Value::List(items)) => items.is_empty(),
        (Want::Scalar(Expected::String), Value::Text(text)) => {
            text.is_empty() && !defaults::is_pointer(shape.name, field)
        }
        (Want::Scalar(Expected::IntegerOrString), _) => false,
        (_, Value::Bool(false)) => defaults::is_plain_bool(shape.name, field),
        (_, Value::Number(0.0)) => defaults::is_plain_number(shape.name, field),
        _ => false,
    }
}

//! An object as the rules of its definition see it: defaults filled in, null dropped, texts of some formats as times,
//! durations and bytes (`apiserver/pkg/cel/common/values.go`).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::declare::escaped;
use super::schema::{List as ListType, Others, Schema};
use crate::cel::{self, Data, List, ListKind, Map, Value, is_word};
use crate::files::Span;
use crate::schema::Expected;
use crate::yaml::{Node, Scalar};

/// The whole object, whose status the server drops where `drops_status`.
pub(super) fn object(schema: &Schema<'_>, node: Node<'_>, drops_status: bool) -> Option<Value> {
    let Value { data: Data::Map(map), place } = of(schema, node, true)? else { return None };
    let mut entries = map.entries.clone();
    if drops_status {
        entries.retain(|entry| entry.0.as_text() != Some("status"));
    }
    Some(Value { data: Data::Map(Arc::new(Map { entries })), place })
}

/// A value as it is stored: with its defaults, and with everything else that is written.
pub(super) fn stored(schema: &Schema<'_>, node: Node<'_>) -> Value {
    let place = node.span();
    if node.is_sequence() {
        let Some(items) = schema.items.as_deref() else { return Value::of(node) };
        let items = node.items().map(|item| stored(items, item)).collect();
        return Value::placed(Data::List(Arc::new(List { items, kind: ListKind::Atomic })), place);
    }
    if !node.is_mapping() {
        let own = Value::of(node);
        return match (schema.ty, &own.data) {
            (Some(Expected::Number), Data::Int(value)) => Value::placed(Data::Double(*value as f64), place),
            _ => own,
        };
    }
    let inner = |name: &str| match (schema.field(name), &schema.others) {
        (Some(field), _) => Some(field),
        (None, Others::Of(others)) => Some(&**others),
        _ => None,
    };
    let mut entries = Vec::new();
    for entry in node.entries().filter(|entry| !entry.value.is_null()) {
        let name = entry.key.key_text();
        let value = inner(name).map_or_else(|| Value::of(entry.value), |schema| stored(schema, entry.value));
        entries.push((Value::placed(Data::Text(name.into()), entry.key.span()), value));
    }
    for (name, field) in &schema.fields {
        if node.get(name).is_none()
            && let Some(default) = field.at.get("default")
        {
            entries.push((Value::text(*name).or_at(Some(place)), stored(field, default).moved(place)));
        }
    }
    Value::placed(Data::Map(Arc::new(Map { entries })), place)
}

/// A value that is not null. `None` where rules do not see it, or its type is wrong.
pub(super) fn of(schema: &Schema<'_>, node: Node<'_>, whole: bool) -> Option<Value> {
    let place = node.span();
    let data = match schema.ty? {
        Expected::Boolean => Data::Bool(node.bool()?),
        Expected::Number => Data::Double(match node.scalar()? {
            Scalar::Int(value) => value as f64,
            Scalar::Float(value) => value,
            _ => return None,
        }),
        Expected::Integer32 | Expected::Integer64 => Data::Int(node.int()?),
        Expected::IntegerOrString => match node.scalar()? {
            Scalar::Str(text) => Data::Text(text.into()),
            _ => Data::Int(node.int()?),
        },
        Expected::String => text(schema, node.str()?),
        Expected::List => {
            let items = schema.items.as_deref()?;
            let item = |item: Node<'_>| match item.is_null() {
                true => Some(Value::placed(Data::Null, item.span())),
                false => of(items, item, items.embedded),
            };
            let items = node.is_sequence().then(|| node.items().map(item).collect::<Option<Vec<_>>>())??;
            let kind = match &schema.list {
                ListType::Atomic => ListKind::Atomic,
                ListType::Set => ListKind::Set,
                ListType::Map(keys) => ListKind::Map(keys.iter().map(|key| (*key).into()).collect()),
            };
            Data::List(Arc::new(List { items, kind }))
        }
        Expected::Mapping => {
            if !node.is_mapping() {
                return None;
            }
            Data::Map(Arc::new(Map { entries: entries(schema, node, whole) }))
        }
        _ => return None,
    };
    Some(Value::placed(data, place))
}

fn entries(schema: &Schema<'_>, node: Node<'_>, whole: bool) -> Vec<(Value, Value)> {
    let mut entries: Vec<(Value, Value)> = Vec::new();
    if let Others::Of(others) = &schema.others {
        for entry in node.entries() {
            let value = match entry.value.is_null() {
                true if others.nullable => Some(Value::placed(Data::Null, entry.value.span())),
                true => others.at.get("default").and_then(|default| filled(others, default, node.span())),
                false => of(others, entry.value, others.embedded),
            };
            let key = Value::placed(Data::Text(entry.key.key_text().into()), entry.key.span());
            entries.extend(value.map(|value| (key, value)));
        }
        return entries;
    }
    for (name, field) in &schema.fields {
        if whole && matches!(*name, "metadata" | "kind" | "apiVersion") {
            continue;
        }
        let Some(escaped) = escaped(name) else { continue };
        let entry = node.entry(name);
        let written = entry.filter(|entry| !entry.value.is_null());
        let value = match written {
            Some(entry) => of(field, entry.value, field.embedded),
            None if entry.is_some() && field.nullable => None,
            None => field.at.get("default").and_then(|default| filled(field, default, node.span())),
        };
        let place = written.map_or(node.span(), |entry| entry.key.span());
        if let (Some(value), true) = (&value, is_word(name)) {
            entries.push((Value::placed(Data::Text((*name).into()), place), value.clone()));
        }
        entries.extend(value.map(|value| (Value::placed(Data::Text(escaped), place), value)));
    }
    if whole {
        for name in ["apiVersion", "kind"] {
            let value = node.get(name).map(Value::of);
            entries.extend(value.map(|value| (Value::text(name), value)));
        }
        if let Some(metadata) = node.get("metadata") {
            let names =
                ["name", "generateName"].into_iter().filter_map(|name| Some((name, metadata.get(name)?)));
            let names = names.map(|(name, value)| (Value::text(name), Value::of(value))).collect();
            let value = Value::map(names).or_at(Some(metadata.span()));
            entries.push((Value::text("metadata"), value));
        }
    }
    entries
}

/// A default, at the place that lacks the value.
fn filled(schema: &Schema<'_>, default: Node<'_>, place: Span) -> Option<Value> {
    of(schema, default, schema.embedded).map(|value| value.moved(place))
}

fn text(schema: &Schema<'_>, text: &str) -> Data {
    let format = schema.limits.as_ref().and_then(|limits| limits.format).and_then(Node::str);
    let made = match format {
        Some("date") => {
            cel::timestamp(&format!("{text}T00:00:00Z")).map(|time| Data::Timestamp(time.0, time.1))
        }
        Some("date-time") => cel::timestamp(text).map(|time| Data::Timestamp(time.0, time.1)),
        Some("duration") => duration(text).map(Data::Duration),
        Some("byte") => STANDARD.decode(text).ok().map(|bytes| Data::Bytes(bytes.into())),
        _ => None,
    };
    made.unwrap_or_else(|| Data::Text(text.into()))
}

/// A duration of a custom resource, which may count days and weeks as well (`go-openapi/strfmt`).
fn duration(text: &str) -> Option<i64> {
    cel::duration(text).or_else(|| {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let hours = match unit.trim() {
            "d" | "day" | "days" => 24,
            "w" | "week" | "weeks" => 168,
            _ => return None,
        };
        number.parse::<i64>().ok()?.checked_mul(hours)?.checked_mul(3_600_000_000_000)
    })
}

//! YAML, JSON and TOML to values: of values files, and of texts that templates put together.

use std::rc::Rc;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::map::{Slot, Table};
use super::text::{Origin, Str};
use super::value::{Data, List, Value};
use crate::files::{FileId, SourceFile};
use crate::yaml::{self, Entry, Kind, Node, Scalar, Text};

/// A document of a file, every value with its place.
pub fn document(node: Node<'_>) -> Value {
    document_of(node, &|_| true)
}

/// The same of the keys that somebody wants, at any depth.
pub fn document_of(node: Node<'_>, wanted: &dyn Fn(&str) -> bool) -> Value {
    value(node, &|node| Some(Origin::value(node.span(), node.stands_as_written())), wanted)
}

/// The first document of a text, every value with the place of the text it consists of.
pub fn text(text: &Str) -> Result<Value, String> {
    let source = Arc::new(SourceFile::new(FileId(0), "", text.as_str()));
    for piece in yaml::split(&source.text) {
        let tree = yaml::parse(&source, &piece).map_err(|fault| {
            let line = source.place(fault.range.start as u32).line;
            format!("error converting YAML to JSON: yaml: line {line}: {}", fault.message)
        })?;
        if !tree.is_empty() {
            return Ok(value(tree.root(), &|node| text.locate(node.span().range()), &|_| true));
        }
    }
    Ok(Value::default())
}

/// A text of TOML, with Go's types: integers stay integers. Dates are texts.
pub fn toml(text: &Str) -> Result<Value, String> {
    let read = DeTable::parse(text.as_str()).map_err(|error| {
        let before = text.as_str().get(..error.span().map_or(0, |span| span.start)).unwrap_or("");
        format!("toml: line {}: {}", before.matches('\n').count() + 1, error.message())
    })?;
    toml_table(read.get_ref(), text)
}

fn toml_table(table: &DeTable<'_>, text: &Str) -> Result<Value, String> {
    let slot = |(key, value): (&Spanned<DeString<'_>>, _)| {
        let slot = Slot { key: text.locate(key.span()), value: toml_value(value, text)? };
        Ok((Text::from(key.get_ref().as_ref()), slot))
    };
    let table: Result<Table, String> = table.iter().map(slot).collect();
    Ok(table?.into())
}

fn toml_value(value: &Spanned<DeValue<'_>>, text: &Str) -> Result<Value, String> {
    let at = text.locate(value.span());
    let data = match value.get_ref() {
        DeValue::String(own) => Data::Str(Str::new(own, at.map(Origin::changed))),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            Data::Long(number.map_err(|_| "toml: a number that is out of range for int64".to_owned())?)
        }
        DeValue::Float(number) => Data::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Data::Bool(*flag),
        DeValue::Datetime(time) => Data::Str(Str::new(&time.to_string(), at)),
        DeValue::Array(items) => {
            let items: Result<Vec<Value>, String> = items.iter().map(|item| toml_value(item, text)).collect();
            Data::List(Rc::new(List(items?)))
        }
        DeValue::Table(table) => return Ok(toml_table(table, text)?.placed(at)),
    };
    Ok(Value { data, at })
}

fn value(
    node: Node<'_>,
    origin: &dyn Fn(Node<'_>) -> Option<Origin>,
    wanted: &dyn Fn(&str) -> bool,
) -> Value {
    let at = origin(node);
    let data = match node.kind() {
        Kind::Mapping => {
            let slot = |entry: Entry<'_>| {
                let slot = Slot { key: origin(entry.key), value: value(entry.value, origin, wanted) };
                (Text::from(entry.key.key_text()), slot)
            };
            let table: Table =
                node.entries().filter(|entry| wanted(entry.key.key_text())).map(slot).collect();
            return Value::from(table).placed(at);
        }
        Kind::Sequence => {
            Data::List(Rc::new(List(node.items().map(|item| value(item, origin, wanted)).collect())))
        }
        Kind::Scalar => match node.scalar() {
            None | Some(Scalar::Null) => Data::Nil,
            Some(Scalar::Bool(flag)) => Data::Bool(flag),
            Some(Scalar::Int(number)) => Data::Float(number as f64),
            Some(Scalar::Float(number)) => Data::Float(number),
            Some(Scalar::Str(text)) => Data::Str(Str::new(text, at)),
        },
    };
    Value { data, at }
}

//! YAML and JSON to values: of values files, and of texts that templates put together.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::text::{Origin, Str};
use super::value::{Data, List, Slot, Value};
use crate::files::{FileId, SourceFile};
use crate::yaml::{self, Kind, Node, Scalar, Text};

/// A document of a file, every value with its place.
pub fn document(node: Node<'_>) -> Value {
    value(node, &|node| Some(Origin::value(node.span(), node.stands_as_written())))
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
            return Ok(value(tree.root(), &|node| text.locate(node.span().range())));
        }
    }
    Ok(Value::default())
}

fn value(node: Node<'_>, origin: &dyn Fn(Node<'_>) -> Option<Origin>) -> Value {
    let at = origin(node);
    let data = match node.kind() {
        Kind::Mapping => {
            let mut entries: BTreeMap<Text, Slot> = BTreeMap::new();
            for entry in node.entries() {
                let slot = Slot { key: origin(entry.key), value: value(entry.value, origin) };
                entries.insert(entry.key.key_text().into(), slot);
            }
            return Value::from(entries).placed(at);
        }
        Kind::Sequence => Data::List(Rc::new(List(node.items().map(|item| value(item, origin)).collect()))),
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

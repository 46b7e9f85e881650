//! The values that kustomize works on: each of them knows where it was written, and copies share what is in them
//! until one of them changes it. So an overlay costs what it changes, not what its base holds.

use std::sync::Arc;

use foldhash::HashSet;

use super::mapping::Mapping;
pub use super::scalar::{Scalar, Tag};
use crate::files::Span;
pub use crate::yaml::Text;
use crate::yaml::{self, Node, Style};

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Where it was written: in the base, the patch or the kustomization.
    pub span: Span,
    /// Where the value stands that it replaced, in another file or another place of this one.
    pub was: Option<Span>,
    /// The text of a scalar stands in the file as it is.
    pub exact: bool,
    /// What it is.
    pub data: Data,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Text, number, truth value or null.
    Scalar(Scalar),
    /// Keys and values in their order.
    Map(Arc<Mapping>),
    /// Items.
    Seq(Arc<Vec<Value>>),
}

/// A key with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its text; kustomize compares nothing else.
    pub text: Text,
    /// Where it was written.
    pub span: Span,
}

impl Key {
    /// A key written at a place.
    pub fn new(text: &str, span: Span) -> Self {
        Key { text: text.into(), span }
    }
}

impl Value {
    /// A scalar written at a place, its text not necessarily in the file.
    pub fn scalar(scalar: Scalar, span: Span) -> Self {
        Value { span, was: None, exact: false, data: Data::Scalar(scalar) }
    }

    /// A string written at a place.
    pub fn string(text: &str, span: Span) -> Self {
        Value::scalar(Scalar::string(text), span)
    }

    /// An empty mapping.
    pub fn map(span: Span) -> Self {
        Value { span, was: None, exact: false, data: Data::Map(Arc::default()) }
    }

    /// Reads a node: aliases and merge keys resolved, explicit keys winning over merged ones (fact 12.6).
    pub fn read(node: Node<'_>) -> Value {
        let span = node.span();
        let node = node.resolved();
        let data = match node.style() {
            Style::Mapping => Data::Map(Arc::new(entries(node).into())),
            Style::Sequence => Data::Seq(Arc::new(node.items().map(Value::read).collect())),
            style => Data::Scalar(Scalar::read(node, style)),
        };
        let exact = matches!(data, Data::Scalar(_)) && node.span() == span && node.stands_as_written();
        Value { span, was: None, exact, data }
    }

    /// Reads a node as kubectl does, which is how the operations of JSON patches are read.
    pub fn read_as_json(node: Node<'_>) -> Value {
        let span = node.span();
        let data = match node.kind() {
            yaml::Kind::Mapping => {
                let entry = |entry: yaml::Entry<'_>| {
                    (Key::new(entry.key.key_text(), entry.key.span()), Value::read_as_json(entry.value))
                };
                Data::Map(Arc::new(node.entries().map(entry).collect::<Vec<_>>().into()))
            }
            yaml::Kind::Sequence => Data::Seq(Arc::new(node.items().map(Value::read_as_json).collect())),
            yaml::Kind::Scalar => Data::Scalar(match node.scalar() {
                Some(yaml::Scalar::Bool(value)) => Scalar::plain(if value { "true" } else { "false" }),
                Some(yaml::Scalar::Str(text)) => Scalar { quoted: true, ..Scalar::string(text) },
                _ => Scalar::plain(node.text()),
            }),
        };
        let exact = matches!(&data, Data::Scalar(scalar) if *scalar.text == *node.text())
            && node.resolved() == node
            && node.stands_as_written();
        Value { span, was: None, exact, data }
    }

    /// How many nodes it has: itself, its keys and what is in it.
    pub fn count(&self) -> usize {
        let inner: usize = match &self.data {
            Data::Scalar(_) => 0,
            Data::Map(entries) => entries.iter().map(|entry| 1 + entry.1.count()).sum(),
            Data::Seq(items) => items.iter().map(Value::count).sum(),
        };
        1 + inner
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(&self.data, Data::Scalar(scalar) if scalar.is_null())
    }

    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.data {
            Data::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar; empty for others.
    pub fn text(&self) -> &str {
        self.as_scalar().map_or("", |scalar| &scalar.text)
    }

    /// The entries of a mapping; none for others.
    pub fn entries(&self) -> &[(Key, Value)] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entries of a mapping, to be changed; they are no longer shared then.
    pub fn entries_mut(&mut self) -> Option<&mut Vec<(Key, Value)>> {
        match &mut self.data {
            Data::Map(entries) => Some(Arc::make_mut(entries).list_mut()),
            _ => None,
        }
    }

    /// The entries of a mapping, taken out of it; none for others.
    pub fn into_entries(self) -> Vec<(Key, Value)> {
        match self.data {
            Data::Map(entries) => Arc::unwrap_or_clone(entries).into_entries(),
            _ => Vec::new(),
        }
    }

    /// The items of a sequence, taken out of it; none for others.
    pub fn into_items(self) -> Vec<Value> {
        match self.data {
            Data::Seq(items) => Arc::unwrap_or_clone(items),
            _ => Vec::new(),
        }
    }

    /// The items of a sequence; none for others.
    pub fn items(&self) -> &[Value] {
        match &self.data {
            Data::Seq(items) => items,
            _ => &[],
        }
    }

    /// The value of a key, null included.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).map(|at| &self.entries()[at].1)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let at = self.position(key)?;
        Some(self.mapping_mut()?.value_mut(at))
    }

    /// Which entry of a mapping has this key.
    pub fn position(&self, key: &str) -> Option<usize> {
        match &self.data {
            Data::Map(map) => map.position(key),
            _ => None,
        }
    }

    fn mapping_mut(&mut self) -> Option<&mut Mapping> {
        match &mut self.data {
            Data::Map(map) => Some(Arc::make_mut(map)),
            _ => None,
        }
    }

    /// The value at the end of a way through mappings.
    pub fn at(&self, way: &[&str]) -> Option<&Value> {
        way.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text at the end of a way; empty when there is none.
    pub fn text_at(&self, way: &[&str]) -> &str {
        self.at(way).map_or("", Value::text)
    }

    /// Sets a key as kustomize's `FieldSetter` does: null clears, a successor takes over the style.
    pub fn set(&mut self, key: Key, value: Value) {
        if value.is_null() {
            self.remove(&key.text);
            return;
        }
        let at = self.position(&key.text);
        let Some(map) = self.mapping_mut() else {
            return;
        };
        match at {
            Some(at) => map.value_mut(at).replace(value),
            None => map.push(key, value),
        }
    }

    /// Puts another value in the place of this one; it keeps the old one's quotes.
    pub fn replace(&mut self, mut value: Value) {
        if let (Data::Scalar(old), Data::Scalar(new)) = (&self.data, &mut value.data) {
            new.quoted = old.quoted;
        }
        if value.span != self.span && value.was.is_none() {
            value.was = Some(self.was.unwrap_or(self.span));
        }
        *self = value;
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.position(key)?;
        Some(self.mapping_mut()?.remove(at))
    }

    /// The mapping under a key, made where there is none.
    pub fn map_at(&mut self, key: &str, span: Span) -> Option<&mut Value> {
        if self.get(key).is_none_or(Value::is_null) {
            self.remove(key);
            self.mapping_mut()?.push(Key::new(key, span), Value::map(span));
        }
        self.get_mut(key)
    }

    /// Whether there is nothing in it: null, an empty collection.
    pub fn is_nil_or_empty(&self) -> bool {
        match &self.data {
            Data::Scalar(scalar) => scalar.is_null(),
            Data::Map(entries) => entries.is_empty(),
            Data::Seq(items) => items.is_empty(),
        }
    }

    /// The form after a round through JSON: every string quoted, every number canonical.
    pub fn normalise(&mut self) {
        match &mut self.data {
            Data::Scalar(scalar) => match scalar.final_tag() {
                Tag::Str => (scalar.tag, scalar.quoted) = (Tag::Str, true),
                tag => {
                    let text = scalar.canonical();
                    self.exact &= text == scalar.text;
                    let tag = if tag == Tag::Time { Tag::Str } else { tag };
                    *scalar = Scalar { text, tag, quoted: tag == Tag::Str };
                }
            },
            Data::Map(map) => Arc::make_mut(map).values_mut().for_each(|(_, value)| value.normalise()),
            Data::Seq(items) => Arc::make_mut(items).iter_mut().for_each(Value::normalise),
        }
    }

    /// The value as JSON, for hashes and comparisons.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.data {
            Data::Map(entries) => Json::Object(
                entries.iter().map(|(key, value)| (key.text.to_string(), value.to_json())).collect(),
            ),
            Data::Seq(items) => Json::Array(items.iter().map(Value::to_json).collect()),
            Data::Scalar(scalar) => match scalar.final_tag() {
                Tag::Str | Tag::Time | Tag::Unset => Json::String(scalar.canonical().to_string()),
                Tag::Null => Json::Null,
                Tag::Bool => Json::Bool(scalar.text.eq_ignore_ascii_case("true")),
                Tag::Int | Tag::Float => {
                    serde_json::from_str(&scalar.canonical()).unwrap_or(Json::String(scalar.text.to_string()))
                }
            },
        }
    }
}

fn entries(node: Node<'_>) -> Vec<(Key, Value)> {
    let mut own = Vec::with_capacity(node.children().count() / 2);
    let mut merged: Vec<Node<'_>> = Vec::new();
    let mut children = node.children();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        if key.style() == Style::Plain && key.text() == "<<" {
            let value = value.resolved();
            match value.style() {
                Style::Sequence => merged.extend(value.items()),
                _ => merged.push(value),
            }
        } else {
            own.push((Key::new(key.text(), key.span()), Value::read(value)));
        }
    }
    if merged.is_empty() {
        return own;
    }
    let mut known: HashSet<Text> = own.iter().map(|entry| entry.0.text.clone()).collect();
    for source in merged {
        let more = entries(source.resolved());
        own.extend(more.into_iter().filter(|entry| known.insert(entry.0.text.clone())));
    }
    own
}

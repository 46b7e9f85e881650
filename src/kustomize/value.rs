//! The values that kustomize works on: each of them knows where it was written, and copies share what is in them
//! until one of them changes it. So an overlay costs what it changes, not what its base holds.
//!
//! Scalars follow go-yaml v3 as kustomize uses it (fact 12.4): a tag that was decided when the text was read, a
//! style that a replaced value hands on to its successor, and the two together decide the type in the end.

use std::sync::Arc;

use crate::source::Span;
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
    Map(Arc<Vec<(Key, Value)>>),
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

/// A scalar as go-yaml v3 keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text with quotes and escapes undone.
    pub text: Text,
    /// The type as it was read.
    pub tag: Tag,
    /// Quoted or a block: the text is a string unless the tag says otherwise.
    pub quoted: bool,
}

/// The type of a scalar as it was read; [`Tag::Unset`] is decided by the text at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A string.
    Str,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// Another number.
    Float,
    /// Null.
    Null,
    /// A date, which becomes a string in another form.
    Time,
    /// To be decided.
    Unset,
}

impl Scalar {
    /// A string.
    pub fn string(text: impl Into<Text>) -> Self {
        Scalar { text: text.into(), tag: Tag::Str, quoted: false }
    }

    /// An unquoted scalar whose text decides.
    pub fn plain(text: impl Into<Text>) -> Self {
        let text = text.into();
        Scalar { tag: tag_of(&text), text, quoted: false }
    }

    /// The type it has when everything is written and read again.
    pub fn final_tag(&self) -> Tag {
        match (self.tag, self.quoted) {
            (Tag::Str, _) | (_, true) => Tag::Str,
            _ => tag_of(&self.text),
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        self.tag == Tag::Null
    }

    /// The text in JSON: canonical for numbers and dates, the text itself for strings.
    pub fn canonical(&self) -> Text {
        match self.final_tag() {
            Tag::Str | Tag::Unset => self.text.clone(),
            Tag::Null => Text::new_static("null"),
            Tag::Bool => self.text.to_ascii_lowercase().into(),
            Tag::Time if self.text.len() <= 10 => date(&self.text).into(),
            Tag::Time => self.text.clone(),
            // Most numbers are in that form already.
            Tag::Int if is_canonical(&self.text) => self.text.clone(),
            Tag::Int | Tag::Float => match yaml::resolve(&self.text) {
                yaml::Scalar::Int(value) => value.to_string().into(),
                yaml::Scalar::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                    format!("{value:.0}").into()
                }
                yaml::Scalar::Float(value) => value.to_string().into(),
                _ => self.text.clone(),
            },
        }
    }
}

/// A whole number without sign, leading zeros or anything else that could be written otherwise, and that fits.
fn is_canonical(text: &str) -> bool {
    let digits = text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0'))
}

/// `2001-1-2` as `2001-01-02T00:00:00Z`.
fn date(text: &str) -> String {
    let mut parts = text.split('-');
    let mut next = |width: usize| format!("{:0>width$}", parts.next().unwrap_or(""));
    format!("{}-{}-{}T00:00:00Z", next(4), next(2), next(2))
}

/// The type that go-yaml v3 gives an unquoted text (fact 12.4).
fn tag_of(text: &str) -> Tag {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "n" | "N" | "no" | "No" | "NO" | "off"
        | "Off" | "OFF" => return Tag::Str,
        _ => {}
    }
    match yaml::resolve(text) {
        yaml::Scalar::Null => Tag::Null,
        yaml::Scalar::Bool(_) => Tag::Bool,
        yaml::Scalar::Int(_) => Tag::Int,
        yaml::Scalar::Float(_) => Tag::Float,
        yaml::Scalar::Str(_) if is_time(text) => Tag::Time,
        yaml::Scalar::Str(_) => Tag::Str,
    }
}

fn is_time(text: &str) -> bool {
    // The year has four digits; nearly everything else is told by that.
    if text.as_bytes().get(4) != Some(&b'-') {
        return false;
    }
    let (day, clock) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let numbers: Vec<&str> = day.split('-').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let [year, month, day] = numbers[..] else {
        return false;
    };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 || !numbers.iter().all(digits) {
        return false;
    }
    let within = |text: &str, most: u32| text.parse().is_ok_and(|value: u32| value >= 1 && value <= most);
    let time = |clock: &str| {
        clock.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
            && clock.contains(':')
            && clock.bytes().all(|byte| byte.is_ascii_digit() || b":.+-Zz ".contains(&byte))
    };
    within(month, 12) && within(day, 31) && clock.is_none_or(time)
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
            Style::Mapping => Data::Map(Arc::new(entries(node))),
            Style::Sequence => Data::Seq(Arc::new(node.items().map(Value::read).collect())),
            style => Data::Scalar(read_scalar(node, style)),
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
                Data::Map(Arc::new(node.entries().map(entry).collect()))
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
            Data::Map(entries) => Some(Arc::make_mut(entries)),
            _ => None,
        }
    }

    /// The entries of a mapping, taken out of it; none for others.
    pub fn into_entries(self) -> Vec<(Key, Value)> {
        match self.data {
            Data::Map(entries) => Arc::unwrap_or_clone(entries),
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
        Some(&mut self.entries_mut()?[at].1)
    }

    /// Which entry of a mapping has this key.
    pub fn position(&self, key: &str) -> Option<usize> {
        self.entries().iter().position(|entry| &*entry.0.text == key)
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
        let Some(entries) = self.entries_mut() else {
            return;
        };
        match entries.iter_mut().find(|entry| entry.0.text == key.text) {
            Some((_, old)) => old.replace(value),
            None => entries.push((key, value)),
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
        Some(self.entries_mut()?.remove(at).1)
    }

    /// The mapping under a key, made where there is none.
    pub fn map_at(&mut self, key: &str, span: Span) -> Option<&mut Value> {
        if self.get(key).is_none_or(Value::is_null) {
            self.remove(key);
            self.entries_mut()?.push((Key::new(key, span), Value::map(span)));
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
            Data::Map(entries) => Arc::make_mut(entries).iter_mut().for_each(|entry| entry.1.normalise()),
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

fn read_scalar(node: Node<'_>, style: Style) -> Scalar {
    let text = Text::new(node.text());
    if style != Style::Plain {
        return Scalar { text, tag: Tag::Str, quoted: true };
    }
    // An explicit `!!str` makes a string of what looks like something else.
    let tag = match node.scalar() {
        Some(yaml::Scalar::Str(_)) if !is_time(&text) => Tag::Str,
        _ => tag_of(&text),
    };
    Scalar { text, tag, quoted: false }
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
    for source in merged {
        for (key, value) in entries(source.resolved()) {
            if !own.iter().any(|entry| entry.0.text == key.text) {
                own.push((key, value));
            }
        }
    }
    own
}

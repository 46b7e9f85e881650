//! The nodes of a configuration file as serde reads them: every value knows its place, and a mistake does not end the
//! reading. It is noted where it stands, and what follows is read as if something harmless stood there.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::{SeqDeserializer, U32Deserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::Problem;
use crate::files::Span;
use crate::text::suggest::meant;
use crate::yaml::{Entries, Items, Node, Scalar};

/// A newtype of this name is read from four values: file, start and end of its place, then what it holds.
pub(super) const PLACED: &str = "$placed";
/// A newtype of this name is read from a list of one value, or of none if that is wrong, which is noted.
pub(super) const KEPT: &str = "$kept";
/// A newtype of this name is read from a list; a single value stands for a list of it.
pub(super) const ONE_OR_MORE: &str = "$one-or-more";

/// Everything that is wrong with a file.
pub(super) type Problems = RefCell<Vec<Problem>>;

/// Why a value cannot be read: a line that says what is wrong and, on the next one, what was probably meant.
#[derive(Debug)]
pub(super) struct Mistake {
    text: String,
    /// Where, if not at the value itself.
    at: Option<Span>,
    /// It is among the problems already.
    noted: bool,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Mistake {}

impl Error for Mistake {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Mistake { text: text.to_string(), at: None, noted: false }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format_args!("`{field}` is missing"))
    }
}

/// What a value is called in messages.
#[derive(Clone, Copy)]
enum Called {
    /// By nothing.
    Nothing,
    /// By its key.
    Key(&'static str),
    /// By the name that somebody chose, which stands here.
    Name(Span),
}

/// A node to be read.
#[derive(Clone, Copy)]
pub(super) struct Value<'n, 'p> {
    node: Node<'n>,
    called: Called,
    problems: &'p Problems,
}

impl<'n, 'p> Value<'n, 'p> {
    /// The root of a document.
    pub(super) fn new(node: Node<'n>, problems: &'p Problems) -> Self {
        Value { node, called: Called::Nothing, problems }
    }

    /// Reads it; what is wrong is so here, unless it is known better.
    fn read<'de, T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mistake> {
        let here = |mistake: Mistake| Mistake { at: mistake.at.or(Some(self.node.span())), ..mistake };
        seed.deserialize(self).map_err(here)
    }

    fn part(self, node: Node<'n>) -> Self {
        Value { node, called: Called::Nothing, ..self }
    }

    /// Notes what is wrong here.
    fn note(self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.problems.borrow_mut().push(Problem { span, message: message.into(), help });
    }

    /// Notes a mistake that was made in reading this.
    pub(super) fn take(self, mistake: Mistake) {
        if mistake.noted {
            return;
        }
        let (message, help) = match mistake.text.split_once('\n') {
            Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
            None => (mistake.text, None),
        };
        self.note(mistake.at.unwrap_or_else(|| self.node.span()), message, help);
    }

    fn wants(self, what: &str) {
        let message = match self.called {
            Called::Key(key) => format!("`{key}` {what}"),
            _ => format!("this {what}"),
        };
        self.note(self.node.span(), message, None);
    }

    /// The text of a scalar.
    fn text(self) -> &'n str {
        if self.node.is_mapping() || self.node.is_sequence() || self.node.is_null() {
            self.note(self.node.span(), "a text is expected here", None);
            return "";
        }
        self.node.text()
    }

    /// The items of a list.
    fn items(self) -> Items<'n> {
        if !self.node.is_sequence() {
            match self.called {
                Called::Key(_) => self.wants("is a list"),
                _ => self.note(self.node.span(), "a list is expected here", None),
            }
        }
        self.node.items()
    }
}

impl<'de> Deserializer<'de> for Value<'_, '_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if self.node.is_mapping() {
            return self.deserialize_map(visitor);
        }
        if self.node.is_sequence() {
            return self.deserialize_seq(visitor);
        }
        match self.node.scalar() {
            None | Some(Scalar::Null) => visitor.visit_unit(),
            Some(Scalar::Bool(flag)) => visitor.visit_bool(flag),
            Some(Scalar::Int(number)) => match i64::try_from(number) {
                Ok(number) => visitor.visit_i64(number),
                Err(_) => visitor.visit_u64(number as u64),
            },
            Some(Scalar::Float(number)) => visitor.visit_f64(number),
            Some(Scalar::Str(text)) => visitor.visit_str(text),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_str(self.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_str(self.text())
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let truth = self.node.bool();
        if truth.is_none() {
            self.wants("is `true` or `false`");
        }
        visitor.visit_bool(truth.unwrap_or_default())
    }

    /// All numbers of a configuration are counts.
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let count = self.node.int().and_then(|number| u32::try_from(number).ok()).filter(|count| *count > 0);
        if count.is_none() {
            self.wants("is a number of at least 1");
        }
        visitor.visit_u32(count.unwrap_or(1))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_seq(List { parent: self, items: self.items() })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if !self.node.is_mapping() {
            self.wants("is a mapping");
        }
        visitor.visit_map(Pairs { parent: self, entries: self.node.entries(), value: None })
    }

    /// A mapping with known keys. A struct is called by its name if that is several words, else by its key.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let what = match self.called {
            Called::Key(key) if !name.contains(' ') => format!("`{key}`"),
            _ => name.to_owned(),
        };
        let is_mapping = self.node.is_mapping();
        if !is_mapping {
            self.note(self.node.span(), format!("{what} is a mapping"), None);
        }
        let (entries, seen) = (self.node.entries(), Vec::new());
        let read = visitor.visit_map(Fields {
            parent: self,
            entries,
            what: &what,
            known: fields,
            seen,
            value: None,
        });
        read.map_err(|mistake| match (is_mapping, mistake.text.strip_suffix(" is missing")) {
            (false, _) => Mistake { noted: true, ..mistake },
            (true, Some(field)) if mistake.at.is_none() => {
                let at = match self.called {
                    Called::Name(name) => name,
                    _ => self.node.span(),
                };
                Mistake { text: format!("{what} needs {field}"), at: Some(at), noted: false }
            }
            (true, _) => mistake,
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match name {
            PLACED => visitor.visit_seq(Place { value: self, at: 0 }),
            KEPT => visitor.visit_seq(Attempt(Some(self))),
            ONE_OR_MORE if !self.node.is_sequence() => {
                visitor.visit_seq(SeqDeserializer::new(std::iter::once(self.part(self.node))))
            }
            ONE_OR_MORE => self.deserialize_seq(visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct enum
        identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Mistake> for Value<'_, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Writes down the keys of a struct instead of reading one.
pub(super) struct Names<'k>(pub(super) &'k mut Vec<&'static str>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Mistake> {
        Err(Mistake::custom("only keys are asked for"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.0.extend(fields);
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The items of a list.
struct List<'n, 'p> {
    parent: Value<'n, 'p>,
    items: Items<'n>,
}

impl<'de> SeqAccess<'de> for List<'_, '_> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        self.items.next().map(|item| self.parent.part(item).read(seed)).transpose()
    }
}

/// The entries of a mapping whose keys somebody chose.
struct Pairs<'n, 'p> {
    parent: Value<'n, 'p>,
    entries: Entries<'n>,
    value: Option<Value<'n, 'p>>,
}

impl<'de> MapAccess<'de> for Pairs<'_, '_> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mistake> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        let called = Called::Name(inner(entry.key));
        self.value = Some(Value { node: entry.value, called, ..self.parent });
        self.parent.part(entry.key).read(seed).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        self.value.take().unwrap_or(self.parent).read(seed)
    }
}

/// The entries of a mapping whose keys are known: others are mistakes, and null is as good as nothing.
struct Fields<'w, 'n, 'p> {
    parent: Value<'n, 'p>,
    entries: Entries<'n>,
    what: &'w str,
    known: &'static [&'static str],
    seen: Vec<&'static str>,
    value: Option<Value<'n, 'p>>,
}

impl Fields<'_, '_, '_> {
    /// The known key of an entry, the first time it comes.
    fn known(&mut self, key: Node<'_>) -> Option<&'static str> {
        let text = key.text();
        if let Some(name) = self.known.iter().find(|name| **name == text) {
            let new = !self.seen.contains(name);
            self.seen.push(name);
            return Some(*name).filter(|_| new);
        }
        let help = match meant(text, self.known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known keys: {}", self.known.join(", ")),
        };
        self.parent.note(key.span(), format!("unknown key `{text}` in {}", self.what), Some(help));
        None
    }
}

impl<'de> MapAccess<'de> for Fields<'_, '_, '_> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mistake> {
        while let Some(entry) = self.entries.next() {
            let Some(name) = self.known(entry.key) else { continue };
            if entry.value.is_null() {
                continue;
            }
            self.value = Some(Value { node: entry.value, called: Called::Key(name), ..self.parent });
            return seed.deserialize(name.into_deserializer()).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        self.value.take().unwrap_or(self.parent).read(seed)
    }
}

/// A value behind the three numbers of its place.
struct Place<'n, 'p> {
    value: Value<'n, 'p>,
    at: usize,
}

impl<'de> SeqAccess<'de> for Place<'_, '_> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        let span = inner(self.value.node);
        let numbers = [span.file.0, span.start, span.end];
        self.at += 1;
        match numbers.get(self.at - 1) {
            Some(&number) => seed.deserialize(U32Deserializer::new(number)).map(Some),
            None => seed.deserialize(self.value).map(Some),
        }
    }
}

/// A value that may be wrong.
struct Attempt<'n, 'p>(Option<Value<'n, 'p>>);

impl<'de> SeqAccess<'de> for Attempt<'_, '_> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        let Some(value) = self.0.take() else { return Ok(None) };
        let read = seed.deserialize(value);
        Ok(read.map_err(|mistake| value.take(mistake)).ok())
    }
}

/// The place of a node; of a scalar's text without quotes where that is possible.
fn inner(node: Node<'_>) -> Span {
    let text = node.text();
    let is_scalar = !node.is_mapping() && !node.is_sequence();
    if is_scalar && node.source_text().contains(text) { node.part(0..text.len()) } else { node.span() }
}

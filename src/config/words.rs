//! Single values of a configuration: texts with their places, words of a list, versions, sizes, ways through an object.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::de::{KEPT, ONE_OR_MORE, PLACED};
use super::parse_versions;
use crate::files::scan::LARGEST;
use crate::files::{FileId, Span};
use crate::finding::Severity;
use crate::kube::pod_security::Level;
use crate::kube::quantity::Quantity;
use crate::survival::judge::Event;
use crate::text::suggest::meant;

/// A text of the file and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text.
    pub text: String,
    /// Its place in the configuration file.
    pub span: Span,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Its place in the configuration file.
    pub span: Span,
}

impl<T> Deref for Placed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// What one visitor of a list makes of it.
struct Of<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Of<Placed<T>> {
    type Value = Placed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its place")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Placed<T>, A::Error> {
        let mut number = || values.next_element::<u32>().map(Option::unwrap_or_default);
        let span = Span { file: FileId(number()?), start: number()?, end: number()? };
        let value = values.next_element()?.ok_or_else(|| A::Error::custom("a value is expected here"))?;
        Ok(Placed { value, span })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Placed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_newtype_struct(PLACED, Of::<Self>(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Placed::<String>::deserialize(from).map(|placed| Name { text: placed.value, span: placed.span })
    }
}

/// A value that is noted and left out if it is wrong.
pub(super) struct Kept<T>(pub(super) Option<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Of<Kept<T>> {
    type Value = Kept<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Kept<T>, A::Error> {
        values.next_element().map(Kept)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Kept<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_newtype_struct(KEPT, Of::<Self>(PhantomData))
    }
}

/// Reads a value that may be wrong.
pub(super) fn kept<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Kept::deserialize(from).map(|kept| kept.0)
}

/// Reads a list whose items may be wrong.
pub(super) fn kept_list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let list = Vec::<Kept<T>>::deserialize(from)?;
    Ok(list.into_iter().filter_map(|kept| kept.0).collect())
}

/// Texts, or one of them without a list.
#[derive(Clone, Debug, Default)]
pub struct Texts(pub Vec<Name>);

impl<'de> Visitor<'de> for Of<Texts> {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = values.next_element()? {
            texts.push(text);
        }
        Ok(Texts(texts))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_newtype_struct(ONE_OR_MORE, Of::<Self>(PhantomData))
    }
}

/// Entries in the order of the file.
#[derive(Clone, Debug)]
pub struct Pairs<T>(pub Vec<(Name, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Of<Pairs<T>> {
    type Value = Pairs<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Pairs<T>, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, value)) = entries.next_entry::<Name, Kept<T>>()? {
            pairs.extend(value.0.map(|value| (name, value)));
        }
        Ok(Pairs(pairs))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Of::<Self>(PhantomData))
    }
}

/// Something that is one of a few words.
pub trait Word: Copy + 'static {
    /// All of them.
    fn all() -> Vec<Self>;
    /// The word.
    fn name(self) -> &'static str;
    /// What is said of another one, and what may help if it is not a slip.
    fn refused(text: &str) -> (String, Option<String>);
}

/// One of a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<T>(pub T);

impl<'de, T: Word> Deserialize<'de> for Said<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if let Some(word) = T::all().into_iter().find(|word| word.name() == text) {
            return Ok(Said(word));
        }
        let (message, otherwise) = T::refused(&text);
        let near = meant(&text, T::all().into_iter().map(T::name));
        let help = near.map(|near| format!("did you mean `{near}`?")).or(otherwise);
        Err(D::Error::custom(help.map_or(message.clone(), |help| format!("{message}\n{help}"))))
    }
}

impl<T: Word> JsonSchema for Said<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "word".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": T::all().into_iter().map(T::name).collect::<Vec<_>>()})
    }
}

impl Word for Severity {
    fn all() -> Vec<Self> {
        vec![Severity::Error, Severity::Warning, Severity::Info]
    }

    fn name(self) -> &'static str {
        self.name()
    }

    fn refused(_: &str) -> (String, Option<String>) {
        let help = "to turn a rule off, list it under `ignore`".to_owned();
        ("a severity is `error`, `warning` or `info`".to_owned(), Some(help))
    }
}

impl Word for Level {
    fn all() -> Vec<Self> {
        vec![Level::Baseline, Level::Restricted]
    }

    fn name(self) -> &'static str {
        self.name()
    }

    fn refused(_: &str) -> (String, Option<String>) {
        ("a level is `baseline` or `restricted`".to_owned(), None)
    }
}

impl Word for Event {
    fn all() -> Vec<Self> {
        Event::ALL.to_vec()
    }

    fn name(self) -> &'static str {
        self.name()
    }

    fn refused(text: &str) -> (String, Option<String>) {
        let names = Event::ALL.map(Event::name).join(", ");
        (format!("`{text}` is not an event that can be survived"), Some(format!("the events are {names}")))
    }
}

/// Lowest and highest minor version of Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions(pub u32, pub u32);

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (low, high) = parse_versions(&String::deserialize(from)?).map_err(D::Error::custom)?;
        Ok(Versions(low, high))
    }
}

/// A number of bytes, as Kubernetes writes quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let bytes = Quantity::parse(&String::deserialize(from)?).filter(|one| one.is_whole());
        let bytes = bytes.and_then(Quantity::milli).and_then(|milli| u64::try_from(milli / 1000).ok());
        let bytes = bytes.filter(|bytes| (1..=LARGEST).contains(bytes));
        let wrong = || D::Error::custom("`maxFileSize` is a size of up to 2 GiB, such as `64Mi`");
        bytes.map(Size).ok_or_else(wrong)
    }
}

/// The way from the root of an object to one of its fields, written as `.spec.replicas`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way(pub Vec<String>);

impl<'de> Deserialize<'de> for Way {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let keys: Vec<String> = text.split('.').skip(1).map(str::to_owned).collect();
        if text.starts_with('.') && keys.iter().all(|key| !key.is_empty()) {
            return Ok(Way(keys));
        }
        let help = "write the way from the object's root, such as `.spec.template`";
        Err(D::Error::custom(format_args!("`{text}` is not a path\n{help}")))
    }
}

impl<T: JsonSchema> JsonSchema for Placed<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Schemas of what is read from single values.
macro_rules! schema {
    ($($name:ty: $schema:tt,)*) => {$(
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

schema! {
    Name: {"type": "string"},
    Texts: {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    Versions: {"type": ["string", "number"]},
    Size: {"type": ["string", "integer"]},
    Way: {"type": "string", "pattern": r"^(\.[^.]+)+$"},
}

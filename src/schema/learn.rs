//! A `serde::Deserializer` that has nothing to give and listens.
//!
//! serde tells a deserializer what every field wants and which fields a struct has. So decoding nothing as a kind,
//! one value for every field, list and map, tells all that is to be known of its types: `k8s-openapi` stays
//! the only authority, and is asked once.
//!
//! The generic methods below are as small as they can be, because the compiler repeats them for every one of
//! the thousand types of `k8s-openapi`.

use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::shape::{Struct, UNKNOWN, Want, short};
use super::{Expected, kinds};

/// Learns what values of one type may be. Not generic, so that the thousand types behind it are compiled in
/// [`kinds`] and nowhere else.
pub(super) type Run = fn(&Learner) -> Want;

type Known = HashMap<&'static str, &'static Struct>;

/// What values of a type may be. Types that were met before are not learnt again.
pub(super) fn learn(run: Run) -> Want {
    static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let learner = Learner { known: RefCell::new(known.take().unwrap_or_default()), ..Learner::default() };
    let want = run(&learner);
    debug_assert!(!learner.failed.get(), "a type refused to be decoded from nothing");
    *known = Some(learner.known.into_inner());
    want
}

/// A JSON schema: the one type that holds itself.
pub(super) fn schema() -> &'static Struct {
    static SCHEMA: OnceLock<&'static Struct> = OnceLock::new();
    SCHEMA.get_or_init(|| match learn(kinds::schema) {
        Want::Struct(shape) => shape,
        _ => &UNKNOWN,
    })
}

/// [`Run`] for a type.
pub(super) fn run<T: DeserializeOwned>(learner: &Learner) -> Want {
    learner.of(|de| T::deserialize(de).is_ok())
}

/// What was learnt, and the structs that are being learnt, from the kind inwards.
#[derive(Default)]
pub(super) struct Learner {
    known: RefCell<Known>,
    open: RefCell<Vec<(&'static str, Fields)>>,
    /// Whether a type refused what it was fed, so that not all of it was seen.
    failed: Cell<bool>,
}

type Fields = Vec<(&'static str, Want)>;

impl Learner {
    /// What a deserialization asks for. The deserializer itself never fails, so an error could only come from a
    /// type that validates more than shapes; those (times, base64) are fed constants.
    fn of(&self, decode: impl FnOnce(De<'_>) -> bool) -> Want {
        let want = Cell::new(Want::Anything);
        let whole = decode(De { learner: self, want: &want });
        self.failed.set(self.failed.get() || !whole);
        want.get()
    }

    /// Begins a struct; tells what it is if its fields need no look.
    fn begin(&self, ty: &'static str) -> Option<Want> {
        let mut open = self.open.borrow_mut();
        // Only a type that is asked for by itself is looked at: it holds itself, and nests without end.
        if !open.is_empty() && ty.ends_with("::JSONSchemaProps") {
            return Some(Want::Schema);
        }
        if let Some(shape) = self.known.borrow().get(ty) {
            return Some(Want::Struct(shape));
        }
        if open.iter().any(|(other, _)| *other == ty) {
            return Some(Want::Anything);
        }
        open.push((ty, Vec::new()));
        None
    }

    /// What a field of the innermost struct wants.
    fn field(&self, name: &'static str, want: Want) {
        if let Some((_, fields)) = self.open.borrow_mut().last_mut() {
            fields.push((name, want));
        }
    }

    /// Ends the struct that was begun last.
    fn end(&self, names: &'static [&'static str]) -> Want {
        let Some((ty, fields)) = self.open.borrow_mut().pop() else { return Want::Anything };
        let found = |name| fields.iter().find(|field| field.0 == name).map(|field| field.1);
        // The apiVersion and kind of a kind, which are not asked for.
        let text = Want::Scalar(Expected::String);
        let shape = Struct::new(ty, names, |name| found(name).unwrap_or(text));
        self.known.borrow_mut().insert(ty, shape);
        Want::Struct(shape)
    }
}

/// A value to decode, and where to say what it may be.
struct De<'l> {
    learner: &'l Learner,
    want: &'l Cell<Want>,
}

macro_rules! scalars {
    ($($method:ident: $want:expr => $visit:ident($default:expr);)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
            self.want.set(Want::Scalar($want));
            visitor.$visit($default)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for De<'_> {
    type Error = Halt;

    scalars! {
        deserialize_bool: Expected::Boolean => visit_bool(false);
        deserialize_i8: Expected::Integer32 => visit_i64(0);
        deserialize_i16: Expected::Integer32 => visit_i64(0);
        deserialize_i32: Expected::Integer32 => visit_i64(0);
        deserialize_i64: Expected::Integer64 => visit_i64(0);
        deserialize_u8: Expected::Integer32 => visit_i64(0);
        deserialize_u16: Expected::Integer32 => visit_i64(0);
        deserialize_u32: Expected::Integer32 => visit_i64(0);
        deserialize_u64: Expected::Integer64 => visit_i64(0);
        deserialize_f32: Expected::Number => visit_f64(0.0);
        deserialize_f64: Expected::Number => visit_f64(0.0);
        deserialize_char: Expected::String => visit_str("");
        deserialize_str: Expected::String => visit_str("");
        deserialize_string: Expected::String => visit_str("");
        deserialize_bytes: Expected::String => visit_str("");
        deserialize_byte_buf: Expected::String => visit_str("");
        deserialize_identifier: Expected::String => visit_str("");
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        match short(type_name::<V::Value>()) {
            "IntOrString" => {
                self.want.set(Want::Scalar(Expected::IntegerOrString));
                visitor.visit_i64(0)
            }
            "JSONSchemaPropsOrBool" => {
                self.want.set(Want::SchemaOr(Expected::SchemaOrBoolean));
                visitor.visit_bool(true)
            }
            "JSONSchemaPropsOrArray" => {
                self.want.set(Want::SchemaOr(Expected::SchemaOrList));
                visitor.visit_seq(Seq { learner: self.learner, inner: None })
            }
            "JSONSchemaPropsOrStringArray" => {
                self.want.set(Want::SchemaOr(Expected::SchemaOrNames));
                visitor.visit_seq(Seq { learner: self.learner, inner: None })
            }
            // Any JSON is fine.
            _ => visitor.visit_str(""),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        // ByteString asks for an option and then for a string.
        if short(type_name::<V::Value>()) == "ByteString" {
            self.want.set(Want::Bytes);
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Halt> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Halt> {
        match name {
            "Quantity" => self.want.set(Want::Quantity),
            "Time" | "MicroTime" => self.want.set(Want::Scalar(Expected::Time)),
            // The others hold any JSON.
            _ => {}
        }
        visitor.visit_newtype_struct(Feed)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        let inner = Cell::new(Want::Anything);
        let value = visitor.visit_seq(Seq { learner: self.learner, inner: Some(&inner) });
        self.want.set(Want::List(Box::leak(Box::new(inner.get()))));
        value
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Halt> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Halt> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        let inner = Cell::new(Want::Anything);
        let value = visitor.visit_map(Map { learner: self.learner, inner: Some(&inner) });
        self.want.set(Want::Map(Box::leak(Box::new(inner.get()))));
        value
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Halt> {
        let known = self.learner.begin(type_name::<V::Value>());
        // A kind would compare these two with its own.
        let ask = if let ["apiVersion", "kind", others @ ..] = names { others } else { names };
        let value = visitor.visit_map(Ask { learner: self.learner, names: ask, known, field: None });
        self.want.set(known.unwrap_or_else(|| self.learner.end(names)));
        value
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Halt> {
        // No type of the API is a Rust enum to serde.
        Err(Halt)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        visitor.visit_unit()
    }
}

/// Every field of a struct. Of one that is known, only the times, which have no default, so that a struct may insist
/// on them.
struct Ask<'l> {
    learner: &'l Learner,
    names: &'static [&'static str],
    known: Option<Want>,
    field: Option<&'static str>,
}

impl Ask<'_> {
    fn next(&mut self) -> Option<&'static str> {
        while let Some((name, others)) = self.names.split_first() {
            self.names = others;
            match self.known {
                None => return Some(name),
                Some(Want::Struct(shape)) if shape.wants_time(name) => return Some(name),
                Some(_) => {}
            }
        }
        None
    }
}

impl<'de> MapAccess<'de> for Ask<'_> {
    type Error = Halt;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Halt> {
        self.field = self.next();
        self.field.map(|name| seed.deserialize(Key(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Halt> {
        let (name, want) = (self.field.take().ok_or(Halt)?, Cell::new(Want::Anything));
        let value = seed.deserialize(De { learner: self.learner, want: &want });
        if self.known.is_none() {
            self.learner.field(name, want.get());
        }
        value
    }
}

/// One entry of a map, under an empty name.
struct Map<'l> {
    learner: &'l Learner,
    inner: Option<&'l Cell<Want>>,
}

impl<'de> MapAccess<'de> for Map<'_> {
    type Error = Halt;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Halt> {
        self.inner.map(|_| seed.deserialize(Key(""))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Halt> {
        let want = self.inner.take().ok_or(Halt)?;
        seed.deserialize(De { learner: self.learner, want })
    }
}

/// One item of a list, or none.
struct Seq<'l> {
    learner: &'l Learner,
    inner: Option<&'l Cell<Want>>,
}

impl<'de> SeqAccess<'de> for Seq<'_> {
    type Error = Halt;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Halt> {
        let want = self.inner.take();
        want.map(|want| seed.deserialize(De { learner: self.learner, want })).transpose()
    }
}

/// The name of a field, or an empty string to a map.
struct Key(&'static str);

impl<'de> de::Deserializer<'de> for Key {
    type Error = Halt;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        visitor.visit_str(self.0)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A value that suits the inside of every newtype: text, and a point in time to those who ask for `str`.
struct Feed;

impl<'de> de::Deserializer<'de> for Feed {
    type Error = Halt;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        visitor.visit_str("")
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        visitor.visit_str("1970-01-01T00:00:00Z")
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The error that does not happen.
#[derive(Debug)]
struct Halt;

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("decoding stopped")
    }
}

impl std::error::Error for Halt {}

impl de::Error for Halt {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Halt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_tells_all_fields_of_all_its_types() {
        let learner = Learner::default();
        for run in kinds::runs() {
            assert!(matches!(run(&learner), Want::Struct(_)));
            assert!(!learner.failed.get());
        }
        let known = learner.known.borrow();
        assert!(known.len() > 500, "{}", known.len());
        for shape in known.values() {
            assert_eq!(shape.fields.len(), shape.names.len(), "{}", shape.ty);
            let is_text = |name: &&&str| matches!(crate::yaml::resolve(name), crate::yaml::Scalar::Str(_));
            assert_eq!(shape.names.iter().find(|name| !is_text(name)), None, "{}", shape.ty);
            // What a table says of a type that has no such field would never be looked at.
            let (checks, _) = super::super::validate::of(shape.name);
            let stray = checks.iter().find(|(field, _)| !shape.names.contains(field));
            assert!(stray.is_none() || shape.ty.contains("legacy"), "{} {stray:?}", shape.ty);
        }
        let meta = known.values().find(|shape| shape.name == "ObjectMeta").expect("every kind has metadata");
        let want = |name| meta.fields.iter().find(|field| field.name == name).map(|field| field.want);
        assert!(matches!(want("creationTimestamp"), Some(Want::Scalar(Expected::Time))));
        assert!(matches!(want("labels"), Some(Want::Map(Want::Scalar(Expected::String)))));
        assert!(matches!(want("ownerReferences"), Some(Want::List(Want::Struct(_)))));
    }
}

//! A `serde::Deserializer` over nodes that goes on where others stop.
//!
//! serde tells a deserializer what every field wants and which fields a struct has. So a mismatch is written
//! down with its node, the visitor is fed a default, and the rest of the object is still looked at. Nobody keeps
//! the decoded value (rules read the nodes), so strings are fed empty and nothing is parsed twice.
//!
//! Only [`Cx`] knows anything; the generic methods below are as small as they can be, because the compiler
//! repeats them for every one of the thousand types of `k8s-openapi`.

use std::any::type_name;
use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::Trouble;
use super::context::{Cx, Expected, Fields, Slot, Source};
use crate::yaml::Node;

/// Something in an object that its type does not allow.
#[derive(Clone, Debug)]
pub enum Problem<'a> {
    /// The value's type is not the field's (facts 6.11, 12.8).
    WrongType {
        /// The value.
        at: Node<'a>,
        /// The key it belongs to; for an item, the key of its list.
        key: Option<Node<'a>>,
        /// Whether `at` is an item of the list under `key`.
        item: bool,
        /// What the field wants.
        expected: Expected,
        /// What is there, with its article.
        found: &'static str,
    },
    /// The struct has no such field (fact 12.9).
    UnknownField {
        /// The key.
        key: Node<'a>,
        /// Its value.
        value: Node<'a>,
        /// The mapping it stands in.
        parent: Node<'a>,
        /// The fields the struct has.
        fields: &'static [&'static str],
        /// The structs around it, from the object down to the parent.
        chain: Vec<Frame<'a>>,
    },
    /// A value that must be base64 is not; the API server cannot decode the object.
    InvalidBase64 {
        /// The value.
        at: Node<'a>,
        /// The key it belongs to.
        key: Option<Node<'a>>,
    },
    /// A required field is not there (fact 12.15).
    Missing {
        /// The mapping that lacks it.
        parent: Node<'a>,
        /// The key the mapping stands under; for an item, the key of its list.
        key: Option<Node<'a>>,
        /// Which item of the list it is.
        item: Option<u32>,
        /// Its name.
        field: &'static str,
    },
    /// What validation or a second look at a value says.
    Noted(Trouble<'a>),
}

impl<'a> Problem<'a> {
    /// The node it is about.
    pub fn at(&self) -> Node<'a> {
        match self {
            Problem::WrongType { at, .. } | Problem::InvalidBase64 { at, .. } => *at,
            Problem::UnknownField { key, .. } => *key,
            Problem::Missing { parent, .. } => *parent,
            Problem::Noted(trouble) => trouble.at,
        }
    }
}

/// A struct on the way from the object to a problem.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The mapping.
    pub node: Node<'a>,
    /// The key it stands under; for an item, the key of its list. `None` for the object itself.
    pub key: Option<Node<'a>>,
    /// Which item of the list it is.
    pub item: Option<u32>,
    /// The full Rust path of its type, the only unique name there is.
    pub ty: &'static str,
    /// The fields it has.
    pub fields: &'static [&'static str],
}

impl Frame<'_> {
    /// The type's name without its path: `Container`.
    pub fn name(&self) -> &'static str {
        short(self.ty)
    }
}

/// The last segment of a Rust path.
pub(super) fn short(ty: &'static str) -> &'static str {
    ty.rsplit("::").next().unwrap_or(ty)
}

/// Decodes a value of a type and throws it away; what is wrong with it is in the context.
pub(super) fn run<'a, T: de::DeserializeOwned>(cx: &Cx<'a>, slot: Slot<'a>) {
    // The deserializer itself never fails, so an error could only come from a type that validates more than
    // shapes. Those (times, base64) are fed constants.
    let _ = T::deserialize(De { cx, slot });
}

/// A value to decode.
struct De<'c, 'a> {
    cx: &'c Cx<'a>,
    slot: Slot<'a>,
}

macro_rules! scalars {
    ($($method:ident: $check:expr => $visit:ident($default:expr);)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
            self.cx.scalar(&self.slot, $check);
            visitor.$visit($default)
        }
    )*};
}

impl<'de, 'c, 'a> de::Deserializer<'de> for De<'c, 'a> {
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
                self.cx.scalar(&self.slot, Expected::IntegerOrString);
                visitor.visit_i64(0)
            }
            "JSONSchemaPropsOrBool" => {
                self.cx.schema_or(&self.slot, Expected::SchemaOrBoolean);
                visitor.visit_bool(true)
            }
            "JSONSchemaPropsOrArray" => {
                self.cx.schema_or(&self.slot, Expected::SchemaOrList);
                visitor.visit_seq(Empty)
            }
            "JSONSchemaPropsOrStringArray" => {
                self.cx.schema_or(&self.slot, Expected::SchemaOrNames);
                visitor.visit_seq(Empty)
            }
            // Any JSON is fine.
            _ => visitor.visit_str(""),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        // ByteString asks for an option and then for a string.
        let bytes = short(type_name::<V::Value>()) == "ByteString";
        if bytes {
            self.cx.base64(&self.slot);
        }
        // Null is absent, everywhere (fact 12.8).
        if bytes || self.slot.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
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
            "Quantity" => self.cx.quantity(&self.slot),
            "Time" | "MicroTime" => self.cx.scalar(&self.slot, Expected::Time),
            // The others hold any JSON.
            _ => {}
        }
        visitor.visit_newtype_struct(Feed)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        visitor.visit_seq(Seq { cx: self.cx, items: self.cx.items(&self.slot) })
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
        let fields = self.cx.names(&self.slot);
        visitor.visit_map(Map { cx: self.cx, fields, value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Halt> {
        let (entries, entered) = self.cx.enter(&self.slot, type_name::<V::Value>(), fields);
        let value = visitor.visit_map(Map { cx: self.cx, fields: entries, value: None });
        if entered {
            self.cx.leave();
        }
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
        self.cx.unknown(&self.slot);
        visitor.visit_unit()
    }
}

/// The entries of a struct or a map.
struct Map<'c, 'a> {
    cx: &'c Cx<'a>,
    fields: Fields<'a>,
    value: Option<Slot<'a>>,
}

impl<'de, 'c, 'a> MapAccess<'de> for Map<'c, 'a> {
    type Error = Halt;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Halt> {
        match self.fields.advance(self.cx) {
            Some((name, slot)) => {
                self.value = Some(slot);
                seed.deserialize(Key(name)).map(Some)
            }
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Halt> {
        let slot = self.value.take().ok_or(Halt)?;
        seed.deserialize(De { cx: self.cx, slot })
    }
}

/// The items of a list.
struct Seq<'c, 'a> {
    cx: &'c Cx<'a>,
    items: Source<'a>,
}

impl<'de, 'c, 'a> SeqAccess<'de> for Seq<'c, 'a> {
    type Error = Halt;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Halt> {
        match self.items.advance() {
            Some(slot) => seed.deserialize(De { cx: self.cx, slot }).map(Some),
            None => Ok(None),
        }
    }
}

/// A key: the name of a field to a struct, and an empty string to a map, whose keys are of no interest.
struct Key<'k>(&'k str);

impl<'de> de::Deserializer<'de> for Key<'_> {
    type Error = Halt;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        visitor.visit_str("")
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        visitor.visit_str(self.0)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum ignored_any
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

/// A list without items.
struct Empty;

impl<'de> SeqAccess<'de> for Empty {
    type Error = Halt;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, _: T) -> Result<Option<T::Value>, Halt> {
        Ok(None)
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

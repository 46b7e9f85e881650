//! A `serde::Deserializer` that has nothing to give and listens.
//!
//! serde tells a deserializer what every field wants and which fields a struct has. So decoding nothing as a kind,
//! one value for every field, list and map, tells all that is to be known of its types.
//!
//! The generic methods below are as small as they can be, because the compiler repeats them for every one of
//! the thousand types of `k8s-openapi`.

use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};

/// What a value may be, in the words of the table: `s`, `[s`, `core/v1/Container`.
pub type Want = &'static str;

/// Learns what values of one type may be.
pub type Run = fn(&Learner) -> Want;

/// Fields and what they want.
pub type Fields = Vec<(&'static str, Want)>;

/// [`Run`] for a type.
pub fn run<T: DeserializeOwned>(learner: &Learner) -> Want {
    learner.of(|de| T::deserialize(de).is_ok())
}

/// The name of a type in the table: group, version and name. Each type stands in a file of its own.
fn table_name(ty: &str) -> &'static str {
    let parts: Vec<&str> = ty.rsplit("::").take(4).collect();
    let name = match parts.as_slice() {
        [name, "legacy", ..] => format!("legacy/{name}"),
        [name, _, version, group] => format!("{group}/{version}/{name}"),
        _ => ty.to_owned(),
    };
    name.leak()
}

/// What was learnt, and the structs that are being learnt, from the kind inwards.
#[derive(Default)]
pub struct Learner {
    /// Types and their fields, by name.
    pub known: RefCell<BTreeMap<&'static str, Fields>>,
    open: RefCell<Vec<(&'static str, Fields)>>,
    /// Whether a type refused what it was fed, so that not all of it was seen.
    pub failed: Cell<bool>,
}

impl Learner {
    /// What a deserialization asks for. The deserializer itself never fails, so an error could only come from a
    /// type that validates more than shapes; those (times, base64) are fed constants.
    fn of(&self, decode: impl FnOnce(De<'_>) -> bool) -> Want {
        let want = Cell::new("*");
        let whole = decode(De { learner: self, want: &want });
        self.failed.set(self.failed.get() || !whole);
        want.get()
    }

    /// Begins a struct; tells what it is if its fields need no look.
    fn begin(&self, ty: &str) -> Option<Want> {
        let mut open = self.open.borrow_mut();
        // Only a type that is asked for by itself is looked at: it holds itself, and nests without end.
        if !open.is_empty() && ty.ends_with("::JSONSchemaProps") {
            return Some("$");
        }
        let name = table_name(ty);
        if self.known.borrow().contains_key(name) {
            return Some(name);
        }
        if open.iter().any(|(other, _)| *other == name) {
            return Some("*");
        }
        open.push((name, Vec::new()));
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
        let Some((ty, fields)) = self.open.borrow_mut().pop() else { return "*" };
        let found = |name| fields.iter().find(|field| field.0 == name).map(|field| field.1);
        // The apiVersion and kind of a kind are not asked for, and text.
        let fields = names.iter().map(|name| (*name, found(*name).unwrap_or("s"))).collect();
        self.known.borrow_mut().insert(ty, fields);
        ty
    }

    /// Whether a field of a type is a point in time.
    fn wants_time(&self, ty: &str, name: &str) -> bool {
        self.known.borrow().get(ty).is_some_and(|fields| fields.contains(&(name, "t")))
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
            self.want.set($want);
            visitor.$visit($default)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for De<'_> {
    type Error = Halt;

    scalars! {
        deserialize_bool: "b" => visit_bool(false);
        deserialize_i8: "i" => visit_i64(0);
        deserialize_i16: "i" => visit_i64(0);
        deserialize_i32: "i" => visit_i64(0);
        deserialize_i64: "l" => visit_i64(0);
        deserialize_u8: "i" => visit_i64(0);
        deserialize_u16: "i" => visit_i64(0);
        deserialize_u32: "i" => visit_i64(0);
        deserialize_u64: "l" => visit_i64(0);
        deserialize_f32: "f" => visit_f64(0.0);
        deserialize_f64: "f" => visit_f64(0.0);
        deserialize_char: "s" => visit_str("");
        deserialize_str: "s" => visit_str("");
        deserialize_string: "s" => visit_str("");
        deserialize_bytes: "s" => visit_str("");
        deserialize_byte_buf: "s" => visit_str("");
        deserialize_identifier: "s" => visit_str("");
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        match short(type_name::<V::Value>()) {
            "IntOrString" => {
                self.want.set("x");
                visitor.visit_i64(0)
            }
            "JSONSchemaPropsOrBool" => {
                self.want.set("$b");
                visitor.visit_bool(true)
            }
            "JSONSchemaPropsOrArray" => {
                self.want.set("$l");
                visitor.visit_seq(Seq { learner: self.learner, inner: None })
            }
            "JSONSchemaPropsOrStringArray" => {
                self.want.set("$n");
                visitor.visit_seq(Seq { learner: self.learner, inner: None })
            }
            // Any JSON is fine.
            _ => visitor.visit_str(""),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        // ByteString asks for an option and then for a string.
        if short(type_name::<V::Value>()) == "ByteString" {
            self.want.set("y");
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
            "Quantity" => self.want.set("q"),
            "Time" | "MicroTime" => self.want.set("t"),
            // The others hold any JSON.
            _ => {}
        }
        visitor.visit_newtype_struct(Feed)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Halt> {
        let inner = Cell::new("*");
        let value = visitor.visit_seq(Seq { learner: self.learner, inner: Some(&inner) });
        self.want.set(format!("[{}", inner.get()).leak());
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
        let inner = Cell::new("*");
        let value = visitor.visit_map(Map { learner: self.learner, inner: Some(&inner) });
        self.want.set(format!("{{{}", inner.get()).leak());
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
                Some(ty) if self.learner.wants_time(ty, name) => return Some(name),
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
        let (name, want) = (self.field.take().ok_or(Halt)?, Cell::new("*"));
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

/// The last segment of a Rust path.
fn short(ty: &str) -> &str {
    ty.rsplit("::").next().unwrap_or(ty)
}

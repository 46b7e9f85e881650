//! Types of expressions, and when a value of one may stand where another is wanted.

use std::fmt;
use std::sync::Arc;

use crate::yaml::Text;

/// A type.
#[derive(Clone, Debug)]
pub enum Type {
    /// Known when it runs.
    Dyn,
    /// That of an expression that does not compile: nothing more is said about it.
    Error,
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool,
    /// 64 bits with a sign.
    Int,
    /// 64 bits without a sign.
    Uint,
    /// A float.
    Double,
    /// Text.
    String,
    /// Bytes.
    Bytes,
    /// A length of time.
    Duration,
    /// A point in time.
    Timestamp,
    /// A list.
    List(Arc<Type>),
    /// A map.
    Map(Arc<(Type, Type)>),
    /// A type as a value.
    Type(Arc<Type>),
    /// A value that may be absent.
    Optional(Arc<Type>),
    /// A type of a library, by its name.
    Opaque(&'static str),
    /// A struct.
    Object(Arc<dyn Fields>),
    /// A type variable of a signature.
    Param(u8),
}

/// A struct whose fields are known.
pub trait Fields: fmt::Debug + Send + Sync {
    /// Its name; structs of one name are the same type.
    fn name(&self) -> &str;
    /// The type of a field.
    fn field(&self, name: &str) -> Option<Type>;
}

/// A struct with a fixed list of fields.
#[derive(Debug)]
pub struct Struct {
    /// Its name.
    pub name: Text,
    /// Its fields.
    pub fields: Vec<(Text, Type)>,
}

impl Fields for Struct {
    fn name(&self) -> &str {
        &self.name
    }

    fn field(&self, name: &str) -> Option<Type> {
        self.fields.iter().find(|field| field.0 == name).map(|field| field.1.clone())
    }
}

/// A struct whose fields nobody knows: any name goes, and its value is known when it runs.
#[derive(Debug)]
pub struct Open(pub Text);

impl Fields for Open {
    fn name(&self) -> &str {
        &self.0
    }

    fn field(&self, _name: &str) -> Option<Type> {
        Some(Type::Dyn)
    }
}

impl Type {
    /// A list of these.
    pub fn list(of: Type) -> Type {
        Type::List(Arc::new(of))
    }

    /// A map from these to those.
    pub fn map(key: Type, value: Type) -> Type {
        Type::Map(Arc::new((key, value)))
    }

    /// Whether it fits everything.
    pub fn is_open(&self) -> bool {
        matches!(self, Type::Dyn | Type::Error)
    }

    /// Whether its values are texts, numbers or truth values.
    pub(super) fn is_scalar(&self) -> bool {
        matches!(self, Type::Bool | Type::Int | Type::Uint | Type::Double | Type::String)
    }

    /// Whether two types are the same.
    pub fn is(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::List(one), Type::List(two))
            | (Type::Type(one), Type::Type(two))
            | (Type::Optional(one), Type::Optional(two)) => one.is(two),
            (Type::Map(one), Type::Map(two)) => one.0.is(&two.0) && one.1.is(&two.1),
            (Type::Opaque(one), Type::Opaque(two)) => one == two,
            (Type::Object(one), Type::Object(two)) => one.name() == two.name(),
            (Type::Param(one), Type::Param(two)) => one == two,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other) && !self.is_compound(),
        }
    }

    fn is_compound(&self) -> bool {
        matches!(
            self,
            Type::List(_)
                | Type::Map(_)
                | Type::Type(_)
                | Type::Optional(_)
                | Type::Opaque(_)
                | Type::Object(_)
        )
    }

    /// Whether null may stand for it.
    fn takes_null(&self) -> bool {
        matches!(
            self,
            Type::Null
                | Type::Object(_)
                | Type::Duration
                | Type::Timestamp
                | Type::Opaque(_)
                | Type::Optional(_)
        )
    }

    /// With type variables replaced by what they stand for, and by `dyn` where that is not known.
    pub(super) fn filled(&self, known: &Bindings) -> Type {
        match self {
            Type::Param(at) => known.get(*at).map_or(Type::Dyn, |ty| ty.filled(known)),
            Type::List(of) => Type::list(of.filled(known)),
            Type::Optional(of) => Type::Optional(Arc::new(of.filled(known))),
            Type::Type(of) => Type::Type(Arc::new(of.filled(known))),
            Type::Map(pair) => Type::map(pair.0.filled(known), pair.1.filled(known)),
            other => other.clone(),
        }
    }
}

/// What the type variables of a signature stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Bindings([Option<Type>; 3]);

impl Bindings {
    fn get(&self, at: u8) -> Option<&Type> {
        self.0.get(usize::from(at))?.as_ref()
    }

    /// Whether a value of a type may stand where another is wanted.
    pub fn takes(&mut self, wanted: &Type, given: &Type) -> bool {
        match (wanted, given) {
            (Type::Param(at), _) => match self.get(*at).cloned() {
                Some(Type::Dyn) if !given.is_open() => true,
                Some(bound) => {
                    let mut before = self.clone();
                    if before.takes(&bound, given) {
                        *self = before;
                        // The wider one counts.
                        if given.is_open() && !bound.is_open() {
                            self.0[usize::from(*at)] = Some(Type::Dyn);
                        }
                        return true;
                    }
                    self.takes(given, &bound) && {
                        self.0[usize::from(*at)] = Some(given.clone());
                        true
                    }
                }
                None => {
                    if let Some(slot) = self.0.get_mut(usize::from(*at)) {
                        *slot = Some(given.clone());
                    }
                    true
                }
            },
            (Type::Dyn | Type::Error, _) | (_, Type::Dyn | Type::Error) => true,
            (Type::List(one), Type::List(two))
            | (Type::Optional(one), Type::Optional(two))
            | (Type::Type(one), Type::Type(two)) => self.takes(one, two),
            (Type::Map(one), Type::Map(two)) => self.takes(&one.0, &two.0) && self.takes(&one.1, &two.1),
            (wanted, Type::Null) => wanted.takes_null(),
            (Type::Null, given) => given.takes_null(),
            (one, two) => one.is(two),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dyn | Type::Param(_) => f.write_str("dyn"),
            Type::Error => f.write_str("!error!"),
            Type::Null => f.write_str("null"),
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Uint => f.write_str("uint"),
            Type::Double => f.write_str("double"),
            Type::String => f.write_str("string"),
            Type::Bytes => f.write_str("bytes"),
            Type::Duration => f.write_str("duration"),
            Type::Timestamp => f.write_str("timestamp"),
            Type::List(of) => write!(f, "list({of})"),
            Type::Map(pair) => write!(f, "map({}, {})", pair.0, pair.1),
            Type::Type(of) => write!(f, "type({of})"),
            Type::Optional(of) => write!(f, "optional_type({of})"),
            Type::Opaque(name) => f.write_str(name),
            Type::Object(of) => f.write_str(of.name()),
        }
    }
}

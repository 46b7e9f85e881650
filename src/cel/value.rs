//! Values, each with the place in the input that it comes from.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use super::fault::Fault;
use super::named::Named;
use super::semver::Semver;
use super::url::Url;
use crate::files::Span;
use crate::kube::quantity::Quantity;
use crate::yaml::{Node, Scalar, Text};

/// Nanoseconds in a second.
pub(super) const SECOND: i64 = 1_000_000_000;

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// The nearest place in the input; `None` for what an expression says itself.
    pub place: Option<Span>,
}

/// A value, or why there is none.
pub type Outcome = Result<Value, Box<Fault>>;

/// What a value is.
#[derive(Clone, Debug)]
pub enum Data {
    /// `null`.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer without a sign.
    Uint(u64),
    /// A float.
    Double(f64),
    /// A text.
    Text(Text),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Arc<List>),
    /// A map, or a struct, which is looked at in the same way.
    Map(Arc<Map>),
    /// A type, by its name.
    Type(Text),
    /// Nanoseconds.
    Duration(i64),
    /// Seconds since 1970 and nanoseconds of the next one.
    Timestamp(i64, u32),
    /// A value that may be absent.
    Optional(Option<Arc<Value>>),
    /// A value of a library.
    Foreign(Arc<Foreign>),
}

/// A list.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Its items.
    pub items: Vec<Value>,
    /// What tells its items apart.
    pub kind: ListKind,
}

/// What tells the items of a list apart (`x-kubernetes-list-type`).
#[derive(Clone, Debug, Default)]
pub enum ListKind {
    /// Their places.
    #[default]
    Atomic,
    /// Their values.
    Set,
    /// The values of these fields.
    Map(Arc<[Text]>),
}

/// A map.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// Keys and values, no key twice.
    pub entries: Vec<(Value, Value)>,
}

/// A value of a library.
#[derive(Clone, Debug)]
pub enum Foreign {
    /// `quantity()`.
    Quantity(Quantity),
    /// `url()`.
    Url(Url),
    /// `ip()`.
    Ip(IpAddr),
    /// `cidr()`: the address and the length of its prefix.
    Cidr(IpAddr, u8),
    /// `semver()`.
    Semver(Semver),
    /// `format.dns1123Label()` and its kin.
    Format(&'static Named),
    /// What only a cluster knows, such as the authorizer.
    Cluster(&'static str),
    /// An authorizer that allows everything, what it is asked about, and what it decides.
    Allowing,
}

impl Map {
    /// The value of a text key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries
            .iter()
            .find(|entry| matches!(&entry.0.data, Data::Text(own) if own == key))
            .map(|entry| &entry.1)
    }

    /// The value of a key of any type; integers and floats that are equal are one key.
    pub fn find(&self, key: &Value) -> Option<&Value> {
        match &key.data {
            Data::Text(text) => self.get(text),
            _ => self.entries.iter().find(|entry| entry.0.equals(key)).map(|entry| &entry.1),
        }
    }
}

impl Value {
    /// A value that comes from nowhere in the input.
    pub fn new(data: Data) -> Self {
        Value { data, place: None }
    }

    /// The same from a place.
    pub fn placed(data: Data, place: Span) -> Self {
        Value { data, place: Some(place) }
    }

    /// An authorizer that allows everything.
    pub fn allowing() -> Self {
        Value::new(Data::Foreign(Foreign::Allowing.into()))
    }

    /// A text.
    pub fn text(text: impl Into<Text>) -> Self {
        Value::new(Data::Text(text.into()))
    }

    /// A truth value.
    pub fn bool(value: bool) -> Self {
        Value::new(Data::Bool(value))
    }

    /// An integer.
    pub fn int(value: i64) -> Self {
        Value::new(Data::Int(value))
    }

    /// A list.
    pub fn list(items: Vec<Value>) -> Self {
        Value::new(Data::List(Arc::new(List { items, kind: ListKind::Atomic })))
    }

    /// A map.
    pub fn map(entries: Vec<(Value, Value)>) -> Self {
        Value::new(Data::Map(Arc::new(Map { entries })))
    }

    /// A struct.
    pub fn object(fields: Vec<(&str, Value)>) -> Self {
        Value::map(fields.into_iter().map(|(name, value)| (Value::text(name), value)).collect())
    }

    /// An optional.
    pub fn optional(value: Option<Value>) -> Self {
        let place = value.as_ref().and_then(|value| value.place);
        Value { data: Data::Optional(value.map(Arc::new)), place }
    }

    /// The same value from a place, unless it has one.
    pub fn or_at(mut self, place: Option<Span>) -> Self {
        self.place = self.place.or(place);
        self
    }

    /// The same value with everything in it from another place.
    pub fn moved(self, place: Span) -> Self {
        let data = match self.data {
            Data::List(list) => {
                let items = list.items.iter().map(|item| item.clone().moved(place)).collect();
                Data::List(Arc::new(List { items, kind: list.kind.clone() }))
            }
            Data::Map(map) => {
                let entry =
                    |(key, value): &(Value, Value)| (key.clone().moved(place), value.clone().moved(place));
                Data::Map(Arc::new(Map { entries: map.entries.iter().map(entry).collect() }))
            }
            other => other,
        };
        Value::placed(data, place)
    }

    /// A node without a schema: what JSON says.
    pub fn of(node: Node<'_>) -> Self {
        let place = node.span();
        let data = match node.scalar() {
            Some(Scalar::Null) => Data::Null,
            Some(Scalar::Bool(value)) => Data::Bool(value),
            Some(Scalar::Int(value)) => match i64::try_from(value) {
                Ok(value) => Data::Int(value),
                Err(_) => Data::Double(value as f64),
            },
            Some(Scalar::Float(value)) => Data::Double(value),
            Some(Scalar::Str(text)) => Data::Text(text.into()),
            None if node.is_sequence() => {
                let items = node.items().map(Value::of).collect();
                Data::List(Arc::new(List { items, kind: ListKind::Atomic }))
            }
            None => {
                let entry = |entry: crate::yaml::Entry<'_>| {
                    let key = Data::Text(entry.key.key_text().into());
                    (Value::placed(key, entry.key.span()), Value::of(entry.value))
                };
                let mut entries: Vec<(Value, Value)> = Vec::new();
                for (key, value) in node.entries().map(entry) {
                    match entries.iter_mut().find(|own| own.0.equals(&key)) {
                        Some(own) => *own = (key, value),
                        None => entries.push((key, value)),
                    }
                }
                Data::Map(Arc::new(Map { entries }))
            }
        };
        Value::placed(data, place)
    }

    /// A field of a struct or a map.
    pub fn get(&self, field: &str) -> Option<&Value> {
        match &self.data {
            Data::Map(map) => map.get(field),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn items(&self) -> &[Value] {
        match &self.data {
            Data::List(list) => &list.items,
            _ => &[],
        }
    }

    /// What only a cluster knows.
    pub fn of_cluster(what: &'static str) -> Self {
        Value::new(Data::Foreign(Foreign::Cluster(what).into()))
    }

    /// The name of its type.
    pub fn type_name(&self) -> &'static str {
        match &self.data {
            Data::Null => "null_type",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Uint(_) => "uint",
            Data::Double(_) => "double",
            Data::Text(_) => "string",
            Data::Bytes(_) => "bytes",
            Data::List(_) => "list",
            Data::Map(_) => "map",
            Data::Type(_) => "type",
            Data::Duration(_) => "google.protobuf.Duration",
            Data::Timestamp(..) => "google.protobuf.Timestamp",
            Data::Optional(_) => "optional_type",
            Data::Foreign(foreign) => match **foreign {
                Foreign::Quantity(_) => "kubernetes.Quantity",
                Foreign::Url(_) => "kubernetes.URL",
                Foreign::Ip(_) => "net.IP",
                Foreign::Cidr(..) => "net.CIDR",
                Foreign::Semver(_) => "kubernetes.Semver",
                Foreign::Format(_) => "kubernetes.NamedFormat",
                Foreign::Cluster(_) | Foreign::Allowing => "kubernetes.authorization.Authorizer",
            },
        }
    }

    /// Whether two values are equal; values of different types are not.
    pub fn equals(&self, other: &Value) -> bool {
        match (&self.data, &other.data) {
            (Data::Null, Data::Null) => true,
            (Data::Bool(one), Data::Bool(two)) => one == two,
            (Data::Text(one), Data::Text(two)) => one == two,
            (Data::Bytes(one), Data::Bytes(two)) => one == two,
            (Data::Type(one), Data::Type(two)) => one == two,
            (Data::Duration(one), Data::Duration(two)) => one == two,
            (Data::Timestamp(one, part), Data::Timestamp(two, other)) => (one, part) == (two, other),
            (Data::List(one), Data::List(two)) => equal_lists(one, two),
            (Data::Map(one), Data::Map(two)) => {
                one.entries.len() == two.entries.len()
                    && one
                        .entries
                        .iter()
                        .all(|(key, value)| two.find(key).is_some_and(|other| other.equals(value)))
            }
            (Data::Optional(one), Data::Optional(two)) => match (one, two) {
                (Some(one), Some(two)) => one.equals(two),
                (None, None) => true,
                _ => false,
            },
            (Data::Foreign(one), Data::Foreign(two)) => match (&**one, &**two) {
                (Foreign::Quantity(one), Foreign::Quantity(two)) => one == two,
                (Foreign::Url(one), Foreign::Url(two)) => one == two,
                (Foreign::Ip(one), Foreign::Ip(two)) => one == two,
                (Foreign::Cidr(one, length), Foreign::Cidr(two, other)) => (one, length) == (two, other),
                (Foreign::Semver(one), Foreign::Semver(two)) => one.cmp(two) == Ordering::Equal,
                (Foreign::Format(one), Foreign::Format(two)) => one.name == two.name,
                _ => false,
            },
            _ => self.is_number() && other.is_number() && self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// Whether it is an integer or a float.
    pub fn is_number(&self) -> bool {
        matches!(self.data, Data::Int(_) | Data::Uint(_) | Data::Double(_))
    }

    /// Which of two values is smaller; `None` if they have no order.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (&self.data, &other.data) {
            (Data::Bool(one), Data::Bool(two)) => Some(one.cmp(two)),
            (Data::Int(one), Data::Int(two)) => Some(one.cmp(two)),
            (Data::Uint(one), Data::Uint(two)) => Some(one.cmp(two)),
            (Data::Double(one), Data::Double(two)) => one.partial_cmp(two),
            (Data::Int(one), Data::Uint(two)) => Some(i128::from(*one).cmp(&i128::from(*two))),
            (Data::Uint(one), Data::Int(two)) => Some(i128::from(*one).cmp(&i128::from(*two))),
            (Data::Int(one), Data::Double(two)) => whole_and_float(i128::from(*one), *two),
            (Data::Uint(one), Data::Double(two)) => whole_and_float(i128::from(*one), *two),
            (Data::Double(one), Data::Int(two)) => {
                whole_and_float(i128::from(*two), *one).map(Ordering::reverse)
            }
            (Data::Double(one), Data::Uint(two)) => {
                whole_and_float(i128::from(*two), *one).map(Ordering::reverse)
            }
            (Data::Text(one), Data::Text(two)) => Some(one.as_str().cmp(two.as_str())),
            (Data::Bytes(one), Data::Bytes(two)) => Some(one.cmp(two)),
            (Data::Duration(one), Data::Duration(two)) => Some(one.cmp(two)),
            (Data::Timestamp(one, part), Data::Timestamp(two, other)) => Some((one, part).cmp(&(two, other))),
            _ => None,
        }
    }
}

fn whole_and_float(whole: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    let floor = float.floor();
    match whole.cmp(&(floor as i128)) {
        Ordering::Equal if floor < float => Some(Ordering::Less),
        order => Some(order),
    }
}

/// Lists of Kubernetes are equal as sets or maps where their schema says so.
fn equal_lists(one: &List, two: &List) -> bool {
    if one.items.len() != two.items.len() {
        return false;
    }
    match &one.kind {
        ListKind::Atomic => one.items.iter().zip(&two.items).all(|(one, two)| one.equals(two)),
        ListKind::Set | ListKind::Map(_) => one
            .items
            .iter()
            .all(|item| two.items.iter().any(|other| one.kind.is_twin(item, other) && item.equals(other))),
    }
}

impl ListKind {
    /// Whether two items are one to the list.
    pub(super) fn is_twin(&self, one: &Value, two: &Value) -> bool {
        match self {
            ListKind::Atomic => false,
            ListKind::Set => one.equals(two),
            ListKind::Map(keys) => keys.iter().all(|key| match (one.get(key), two.get(key)) {
                (Some(one), Some(two)) => one.equals(two),
                (None, None) => true,
                _ => false,
            }),
        }
    }
}

/// Two lists as one, by what tells their items apart.
pub(super) fn concatenated(one: &List, two: &List) -> List {
    let mut items = one.items.clone();
    match &one.kind {
        ListKind::Atomic => items.extend(two.items.iter().cloned()),
        kind => {
            for item in &two.items {
                match items.iter_mut().find(|own| kind.is_twin(own, item)) {
                    Some(own) => *own = item.clone(),
                    None => items.push(item.clone()),
                }
            }
        }
    }
    List { items, kind: one.kind.clone() }
}

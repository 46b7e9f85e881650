//! The values that templates work on: Go's, with the place each of them was written at.

use std::cell::Cell;
use std::rc::Rc;

use super::map::{Entries, Map, Slot, Table};
use super::text::{Builder, Origin, Str};
use crate::yaml::Text;

/// A value with its place.
#[derive(Clone, Debug, Default)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it was written, or what it was computed from. Texts have places of their own.
    pub at: Option<Origin>,
}

/// What a value is.
#[derive(Clone, Debug, Default)]
pub enum Data {
    /// Nothing at all: what a pipeline makes of nil. Fields of it are nothing, too.
    #[default]
    Nothing,
    /// A nil that was found in a mapping or a list. Fields of it are an error.
    Nil,
    /// A truth value.
    Bool(bool),
    /// Go's `int`.
    Int(i64),
    /// Go's `int64`.
    Long(i64),
    /// Go's `float64`: every number of a values file.
    Float(f64),
    /// Text.
    Str(Str),
    /// A list.
    List(Rc<List>),
    /// A mapping, shared by all who hold it.
    Map(Map),
    /// Something of Helm's with methods.
    Object(Object),
}

/// Things of Helm's that have methods.
#[derive(Clone, Debug)]
pub enum Object {
    /// `.Files` of the chart with this number: all of them, or those that `Glob` found.
    Files(u32, Option<Rc<Vec<String>>>),
    /// `.Capabilities.APIVersions`.
    ApiVersions,
    /// `.Capabilities.KubeVersion`.
    KubeVersion,
}

/// The items of a list.
#[derive(Debug, Default)]
pub struct List(pub Vec<Value>);

/// Drops what is in a collection. They may nest to any depth, which would end on the stack: below some depth they are
/// taken apart one by one.
pub(super) fn take_apart<T>(inside: T, values: fn(T) -> Vec<Value>) {
    thread_local!(static DEPTH: Cell<usize> = const { Cell::new(0) });
    let depth = DEPTH.get();
    if depth < DEEPEST {
        DEPTH.set(depth + 1);
        drop(inside);
        return DEPTH.set(depth);
    }
    let mut open = values(inside);
    while let Some(value) = open.pop() {
        match value.data {
            Data::List(list) => {
                if let Some(mut list) = Rc::into_inner(list) {
                    open.append(&mut list.0);
                }
            }
            Data::Map(map) => {
                if let Some(map) = Rc::into_inner(map) {
                    open.append(&mut map.take().into_values());
                }
            }
            _ => {}
        }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if self.0.iter().any(Value::is_collection) {
            take_apart(std::mem::take(&mut self.0), |items| items);
        }
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Value { data, at: None }
    }
}

impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Value { at: text.origin(), data: Data::Str(text) }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Data::Str(text.into()).into()
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Data::Bool(value).into()
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Data::List(Rc::new(List(items))).into()
    }
}

impl From<Table> for Value {
    fn from(table: Table) -> Self {
        Data::Map(Entries::new(table)).into()
    }
}

impl Value {
    /// The same; of a mapping one that has these fields and no others, as structs of Go.
    pub(super) fn fixed(self) -> Value {
        if let Some(map) = self.as_map() {
            map.fixed.set(true);
        }
        self
    }

    /// A mapping of these entries.
    pub fn map_of(entries: Vec<(&str, Value)>) -> Value {
        let slot = |(key, value): (&str, Value)| (Text::from(key), value.into());
        entries.into_iter().map(slot).collect::<Table>().into()
    }

    /// The same with a place, where it has none.
    pub fn placed(mut self, at: Option<Origin>) -> Value {
        if self.at.is_none() {
            self.at = at;
        }
        self
    }

    /// A text, an item or a number from what stands at the place of another value.
    pub fn origin(&self) -> Option<Origin> {
        match &self.data {
            Data::Str(text) => text.leading().or(self.at),
            _ => self.at,
        }
    }

    /// Whether it holds others.
    pub fn is_collection(&self) -> bool {
        matches!(self.data, Data::List(_) | Data::Map(_))
    }

    /// Whether it is nil to a function.
    pub fn is_nil(&self) -> bool {
        matches!(self.data, Data::Nothing | Data::Nil)
    }

    /// Whether something in it, however deep, is nil.
    pub fn holds_nil(&self) -> bool {
        let mut open = vec![self.clone()];
        if self.is_vast() {
            return false;
        }
        while let Some(value) = open.pop() {
            match &value.data {
                Data::Nothing | Data::Nil => return true,
                Data::List(list) => open.extend(list.0.iter().cloned()),
                Data::Map(map) => open.extend(map.table().iter().map(|(_, slot)| slot.value.clone())),
                _ => {}
            }
        }
        false
    }

    /// Whether it is too large or too deep to be walked: what is shared again and again costs nothing until somebody writes it.
    /// After some that were, a chart has no others.
    pub fn is_vast(&self) -> bool {
        const MOST: usize = 1 << 19;
        const TRIES: u32 = 4;
        if !self.is_collection() {
            return false;
        }
        if MET.get() >= TRIES {
            return true;
        }
        let (mut open, mut count) = (vec![(self.clone(), 0)], 0);
        while let Some((value, depth)) = open.pop() {
            let inner = |one: &Value| one.is_collection().then(|| (one.clone(), depth + 1));
            match &value.data {
                Data::List(list) => {
                    count += list.0.len();
                    open.extend(list.0.iter().filter_map(inner));
                }
                Data::Map(map) => {
                    let table = map.table();
                    count += table.len();
                    open.extend(table.iter().filter_map(|(_, slot)| inner(&slot.value)));
                }
                _ => {}
            }
            if count > MOST || depth > DEEPEST {
                MET.set(MET.get() + 1);
                return true;
            }
        }
        false
    }

    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::Str(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// What `if` makes of it, which is also what `empty` and `default` ask.
    pub fn is_true(&self) -> bool {
        match &self.data {
            Data::Nothing | Data::Nil => false,
            Data::Bool(value) => *value,
            Data::Int(value) | Data::Long(value) => *value != 0,
            Data::Float(value) => *value != 0.0,
            Data::Str(text) => !text.as_str().is_empty(),
            Data::List(list) => !list.0.is_empty(),
            Data::Map(map) => map.fixed.get() || map.len() > 0,
            Data::Object(Object::Files(_, Some(found))) => !found.is_empty(),
            Data::Object(_) => true,
        }
    }

    /// The name of its type in Go.
    pub fn type_name(&self) -> &'static str {
        match &self.data {
            Data::Nothing | Data::Nil => "<nil>",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Long(_) => "int64",
            Data::Float(_) => "float64",
            Data::Str(_) => "string",
            Data::List(_) => "[]interface {}",
            Data::Map(_) => "map[string]interface {}",
            Data::Object(Object::Files(..)) => "engine.files",
            Data::Object(Object::ApiVersions) => "chartutil.VersionSet",
            Data::Object(Object::KubeVersion) => "chartutil.KubeVersion",
        }
    }

    /// The name of its kind in Go.
    pub fn kind_name(&self) -> &'static str {
        match &self.data {
            Data::Nothing | Data::Nil => "invalid",
            Data::List(_) => "slice",
            Data::Map(map) if map.fixed.get() => "struct",
            Data::Map(_) | Data::Object(Object::Files(..)) => "map",
            Data::Object(Object::ApiVersions) => "slice",
            Data::Object(Object::KubeVersion) => "struct",
            _ => self.type_name(),
        }
    }

    /// The text that `printf "%v"` makes of it.
    pub fn printed(&self) -> Str {
        if let Data::Str(text) = &self.data {
            return text.clone();
        }
        let mut builder = Builder::default();
        self.print_into(&mut builder, 0);
        builder.finish()
    }

    fn print_into(&self, out: &mut Builder, depth: usize) {
        let at = self.at;
        match &self.data {
            Data::Nothing | Data::Nil => out.push("<nil>", at.map(Origin::changed)),
            Data::Bool(value) => out.push(if *value { "true" } else { "false" }, at),
            Data::Int(value) | Data::Long(value) => out.push(&value.to_string(), at),
            Data::Float(value) => out.push(&float(*value), at),
            Data::Str(text) => out.push_str(text),
            Data::Object(_) => out.push("{}", at),
            Data::List(_) | Data::Map(_) if depth > DEEPEST || depth == 0 && self.is_vast() => {
                out.push("...", at);
            }
            Data::List(list) => {
                out.push("[", at.map(Origin::changed));
                for (index, item) in list.0.iter().enumerate() {
                    if index > 0 {
                        out.push(" ", at.map(Origin::changed));
                    }
                    item.print_into(out, depth + 1);
                }
                out.push("]", at.map(Origin::changed));
            }
            Data::Map(map) => {
                out.push("map[", at.map(Origin::changed));
                for (index, (key, slot)) in map.table().iter().enumerate() {
                    let space = if index > 0 { " " } else { "" };
                    out.push(&format!("{space}{key}:"), slot.key.map(Origin::changed));
                    slot.value.print_into(out, depth + 1);
                }
                out.push("]", at.map(Origin::changed));
            }
        }
    }

    /// Go's `reflect.DeepEqual`.
    pub fn deep_equal(&self, other: &Value, depth: usize) -> bool {
        if depth > DEEPEST || depth == 0 && self.is_vast() {
            return false;
        }
        match (&self.data, &other.data) {
            (Data::Nothing | Data::Nil, Data::Nothing | Data::Nil) => true,
            (Data::Bool(one), Data::Bool(two)) => one == two,
            (Data::Int(one), Data::Int(two)) | (Data::Long(one), Data::Long(two)) => one == two,
            (Data::Float(one), Data::Float(two)) => one == two,
            (Data::Str(one), Data::Str(two)) => one.as_str() == two.as_str(),
            (Data::List(one), Data::List(two)) => {
                let equal = |pair: (&Value, &Value)| pair.0.deep_equal(pair.1, depth + 1);
                one.0.len() == two.0.len() && one.0.iter().zip(&two.0).all(equal)
            }
            (Data::Map(one), Data::Map(two)) => {
                let (one, two) = (one.table(), two.table());
                let equal = |(a, b): ((&Text, &Slot), (&Text, &Slot))| {
                    a.0 == b.0 && a.1.value.deep_equal(&b.1.value, depth + 1)
                };
                one.len() == two.len() && one.iter().zip(two.iter()).all(equal)
            }
            _ => false,
        }
    }

    /// A copy that shares no mapping with this one.
    pub fn deep_copy(&self, depth: usize) -> Value {
        let data = match &self.data {
            Data::List(list) if depth < DEEPEST => {
                Data::List(Rc::new(List(list.0.iter().map(|item| item.deep_copy(depth + 1)).collect())))
            }
            Data::Map(map) if depth < DEEPEST => {
                let copied = |(key, slot): (&Text, &Slot)| {
                    (key.clone(), Slot { key: slot.key, value: slot.value.deep_copy(depth + 1) })
                };
                let copy = Entries::new(map.table().iter().map(copied).collect());
                copy.fixed.set(map.fixed.get());
                Data::Map(copy)
            }
            other => other.clone(),
        };
        Value { data, at: self.at }
    }
}

thread_local! {
    /// How many values of the chart that is evaluated on this thread were vast.
    static MET: Cell<u32> = const { Cell::new(0) };
}

/// Begins with the values of another chart.
pub fn begin() {
    MET.set(0);
}

/// Collections are walked down to here.
pub const DEEPEST: usize = 200;

/// A number as Go's `%v` prints it: with an exponent from a million upwards.
pub fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    with_exponent(value, -4, 6)
}

/// The fewest digits that say the number, with an exponent where it is below `low` or not below `high`.
pub fn with_exponent(value: f64, low: i32, high: i32) -> String {
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < low || exponent >= high {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
    } else {
        format!("{value}")
    }
}

//! What a decoding remembers, and every check it makes. Nothing here is generic.

use std::cell::{Cell, RefCell};

use super::decode::{Frame, Problem};
use super::graph::Graph;
use super::{required, validate};
use crate::yaml::{Entries, Entry, Items, Kind, Node, Scalar, Tree};

/// What a field wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Integer32,
    /// A whole number of 64 bits.
    Integer64,
    /// Any number.
    Number,
    /// Text.
    String,
    /// A whole number, or text such as `25%` or the name of a port.
    IntegerOrString,
    /// `500m`, `1Gi`, or a bare number.
    Quantity,
    /// An RFC 3339 time, as text.
    Time,
    /// A list.
    List,
    /// A mapping with the fields of a struct, or of names to values.
    Mapping,
    /// A JSON schema or a boolean.
    SchemaOrBoolean,
    /// A JSON schema or a list of them.
    SchemaOrList,
    /// A JSON schema or a list of names.
    SchemaOrNames,
}

impl Expected {
    /// With its article, for a message.
    pub fn name(self) -> &'static str {
        match self {
            Expected::Boolean => "a boolean",
            Expected::Integer32 | Expected::Integer64 => "an integer",
            Expected::Number => "a number",
            Expected::String => "a string",
            Expected::IntegerOrString => "an integer or a string",
            Expected::Quantity => "a quantity",
            Expected::Time => "a time",
            Expected::List => "a list",
            Expected::Mapping => "a mapping",
            Expected::SchemaOrBoolean => "a schema or a boolean",
            Expected::SchemaOrList => "a schema or a list of schemas",
            Expected::SchemaOrNames => "a schema or a list of names",
        }
    }

    fn takes(self, scalar: Scalar<'_>) -> Result<(), &'static str> {
        const WIDE: &str = "one that does not fit 32 bits";
        let fits = match (self, scalar) {
            // Null is absent (fact 12.8).
            (_, Scalar::Null) => true,
            (Expected::Boolean | Expected::SchemaOrBoolean, Scalar::Bool(_)) => true,
            (Expected::Integer32 | Expected::IntegerOrString, Scalar::Int(value)) => {
                return if i32::try_from(value).is_ok() { Ok(()) } else { Err(WIDE) };
            }
            (Expected::Integer64, Scalar::Int(value)) => {
                let fits = i64::try_from(value).is_ok();
                return if fits { Ok(()) } else { Err("one that does not fit 64 bits") };
            }
            // `3.0` is written as `3` in the JSON that the server gets.
            (Expected::Integer32 | Expected::IntegerOrString, Scalar::Float(value))
                if value.fract() == 0.0 =>
            {
                let fits = value >= f64::from(i32::MIN) && value <= f64::from(i32::MAX);
                return if fits { Ok(()) } else { Err(WIDE) };
            }
            (Expected::Integer64, Scalar::Float(value)) => value.fract() == 0.0 && value.abs() < 9e18,
            (Expected::Number | Expected::Quantity, Scalar::Int(_) | Scalar::Float(_)) => true,
            (
                Expected::String | Expected::IntegerOrString | Expected::Quantity | Expected::Time,
                Scalar::Str(_),
            ) => true,
            _ => false,
        };
        if fits { Ok(()) } else { Err(scalar_name(scalar)) }
    }
}

fn scalar_name(scalar: Scalar<'_>) -> &'static str {
    match scalar {
        Scalar::Null => "null",
        Scalar::Bool(_) => "a boolean",
        Scalar::Int(_) => "an integer",
        Scalar::Float(_) => "a number",
        Scalar::Str(_) => "a string",
    }
}

fn kind_name(node: Node<'_>) -> &'static str {
    match (node.kind(), node.scalar()) {
        (Kind::Mapping, _) => "a mapping",
        (Kind::Sequence, _) => "a list",
        (Kind::Scalar, Some(scalar)) => scalar_name(scalar),
        (Kind::Scalar, None) => "nothing",
    }
}

/// The state of one decoding.
#[derive(Debug, Default)]
pub(super) struct Cx<'a> {
    pub problems: RefCell<Vec<Problem<'a>>>,
    frames: RefCell<Vec<Frame<'a>>>,
    /// JSON schemas found inside JSON schemas: decoded one after the other, since they nest without end.
    schemas: RefCell<Vec<Slot<'a>>>,
    /// Whether the struct that begins next is such a schema, taken up again.
    resumed: Cell<bool>,
    pub graph: RefCell<Graph>,
    /// Whether missing fields and values that validation rejects are wanted too.
    pub thorough: bool,
    /// Keys that a later duplicate overrides, sorted by node.
    overridden: Vec<u32>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot<'a> {
    /// A node, with the key it stands under and which item of that key's list it is.
    Node { node: Node<'a>, key: Option<Node<'a>>, item: Option<u32> },
    /// Nowhere: the types themselves are walked. The field it is, and whether in a list.
    Probe { field: &'static str, list: bool },
}

impl<'a> Slot<'a> {
    pub(super) fn root(node: Node<'a>) -> Self {
        Slot::Node { node, key: None, item: None }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Slot::Node { node, .. } if node.is_null())
    }
}

impl<'a> Cx<'a> {
    /// For an object of this tree.
    pub(super) fn new(tree: &Tree, thorough: bool) -> Self {
        let mut overridden: Vec<u32> = tree.duplicates().iter().map(|twice| twice.first).collect();
        overridden.sort_unstable();
        Cx { thorough, overridden, ..Cx::default() }
    }

    /// Takes up the next of the schemas that were put off. In the chain they stand right under the spec.
    pub(super) fn resume(&self, object: Node<'a>) -> Option<Slot<'a>> {
        let slot = self.schemas.borrow_mut().pop()?;
        let mut frames = self.frames.borrow_mut();
        if frames.is_empty() {
            frames.push(Frame { node: object, key: None, item: None, ty: "", fields: &[] });
            if let Some(Entry { key, value }) = object.entry("spec") {
                frames.push(Frame { node: value, key: Some(key), item: None, ty: "", fields: &[] });
            }
        }
        self.resumed.set(true);
        Some(slot)
    }

    fn wrong(&self, slot: &Slot<'a>, expected: Expected, found: &'static str) {
        if let Slot::Node { node, key, item } = *slot {
            let problem = Problem::WrongType { at: node, key, item: item.is_some(), expected, found };
            self.problems.borrow_mut().push(problem);
        }
    }

    /// Checks that the value is a scalar of a type.
    pub(super) fn scalar(&self, slot: &Slot<'a>, expected: Expected) {
        let Slot::Node { node, .. } = slot else { return };
        let outcome = match node.scalar() {
            Some(scalar) => expected.takes(scalar),
            None => Err(kind_name(*node)),
        };
        if let Err(found) = outcome {
            self.wrong(slot, expected, found);
        }
    }

    /// Checks that the value is base64 text, as `encoding/json` reads it into bytes.
    pub(super) fn base64(&self, slot: &Slot<'a>) {
        self.scalar(slot, Expected::String);
        let Slot::Node { node, key, .. } = *slot else { return };
        if node.str().is_some_and(|text| !is_base64(text)) {
            self.problems.borrow_mut().push(Problem::InvalidBase64 { at: node, key });
        }
    }

    /// A JSON schema, or something else that the same field allows.
    pub(super) fn schema_or(&self, slot: &Slot<'a>, expected: Expected) {
        let Slot::Node { node, key, .. } = *slot else { return };
        match (node.kind(), expected) {
            (Kind::Mapping, _) => self.schemas.borrow_mut().push(*slot),
            (Kind::Sequence, Expected::SchemaOrList) => {
                self.schemas.borrow_mut().extend(slots(node, key));
            }
            (Kind::Sequence, Expected::SchemaOrNames) => {
                slots(node, key).for_each(|slot| self.scalar(&slot, Expected::String));
            }
            _ => self.scalar(slot, expected),
        }
    }

    /// The items of a list; none if it is something else.
    pub(super) fn items(&self, slot: &Slot<'a>) -> Source<'a> {
        match *slot {
            Slot::Probe { field, .. } => Source::Probe(Some(field)),
            Slot::Node { node, key, .. } => {
                if !node.is_sequence() && !node.is_null() {
                    self.wrong(slot, Expected::List, kind_name(node));
                }
                Source::Items { items: node.items(), key, at: 0 }
            }
        }
    }

    /// The entries of a map; none if it is something else.
    pub(super) fn entries(&self, slot: &Slot<'a>) -> Fields<'a> {
        match *slot {
            Slot::Probe { field, list } => Fields::Any(Some((field, list))),
            Slot::Node { node, .. } => {
                if !node.is_mapping() && !node.is_null() {
                    self.wrong(slot, Expected::Mapping, kind_name(node));
                }
                Fields::Entries { entries: node.entries(), resource: false }
            }
        }
    }

    /// The entries of a map whose keys are the author's.
    pub(super) fn names(&self, slot: &Slot<'a>) -> Fields<'a> {
        let fields = self.entries(slot);
        if let (true, Slot::Node { node, .. }) = (self.thorough, slot) {
            validate::names(*node, &mut self.problems.borrow_mut());
        }
        fields
    }

    /// Checks that the value is a quantity.
    pub(super) fn quantity(&self, slot: &Slot<'a>) {
        self.scalar(slot, Expected::Quantity);
        if let (true, Slot::Node { node, key, .. }) = (self.thorough, slot) {
            validate::quantity(*node, *key, &mut self.problems.borrow_mut());
        }
    }

    /// Begins a struct. Tells its entries and whether [`Cx::leave`] must follow.
    pub(super) fn enter(
        &self,
        slot: &Slot<'a>,
        ty: &'static str,
        fields: &'static [&'static str],
    ) -> (Fields<'a>, bool) {
        let (node, key, item) = match *slot {
            Slot::Node { node, key, item } => (node, key, item),
            Slot::Probe { field, list } => {
                let fresh = self.graph.borrow_mut().enter(field, list, ty, fields);
                let fields = if fresh { fields } else { &[] };
                return (Fields::Probe(fields.iter()), fresh);
            }
        };
        if !self.resumed.take() && ty.ends_with("::JSONSchemaProps") {
            self.entries(slot);
            if node.is_mapping() {
                self.schemas.borrow_mut().push(*slot);
            }
            return (Fields::Any(None), false);
        }
        let mut entries = self.entries(slot);
        if let Fields::Entries { resource, .. } = &mut entries {
            *resource = matches!(fields, ["apiVersion", "kind", ..]);
        }
        if self.thorough && node.is_mapping() {
            let frames = self.frames.borrow();
            let place = Frame { node, key, item, ty, fields };
            let mut problems = self.problems.borrow_mut();
            required::check(&place, &frames, &mut problems);
            validate::check(&place, &frames, &mut problems);
        }
        self.frames.borrow_mut().push(Frame { node, key, item, ty, fields });
        (entries, true)
    }

    /// Ends a struct.
    pub(super) fn leave(&self) {
        if self.frames.borrow_mut().pop().is_none() {
            self.graph.borrow_mut().leave();
        }
    }

    /// The struct has no such field.
    pub(super) fn unknown(&self, slot: &Slot<'a>) {
        let Slot::Node { node, key: Some(key), .. } = *slot else { return };
        let chain = self.frames.borrow();
        if let Some(parent) = chain.last() {
            let (fields, parent) = (parent.fields, parent.node);
            let problem = Problem::UnknownField { key, value: node, parent, fields, chain: chain.clone() };
            self.problems.borrow_mut().push(problem);
        }
    }

    fn is_overridden(&self, key: Node<'a>) -> bool {
        !self.overridden.is_empty() && self.overridden.binary_search(&key.index()).is_ok()
    }
}

/// Where the entries of a struct or a map come from.
pub(super) enum Fields<'a> {
    /// A mapping. `resource`: it has an apiVersion and a kind that its type would compare with its own.
    Entries { entries: Entries<'a>, resource: bool },
    /// The fields of a struct type.
    Probe(std::slice::Iter<'static, &'static str>),
    /// One value of a map type, or none.
    Any(Option<(&'static str, bool)>),
}

impl<'a> Fields<'a> {
    pub(super) fn advance(&mut self, cx: &Cx<'a>) -> Option<(&'a str, Slot<'a>)> {
        match self {
            Fields::Entries { entries, resource } => loop {
                let Entry { key, value } = entries.next()?;
                // A key that is a mapping is a template: `{{ … }}:`. The last of duplicate keys wins (12.5).
                if key.kind() != Kind::Scalar || cx.is_overridden(key) {
                    continue;
                }
                let slot = Slot::Node { node: value, key: Some(key), item: None };
                let name = key.key_text();
                if *resource && matches!(name, "apiVersion" | "kind") {
                    cx.scalar(&slot, Expected::String);
                    continue;
                }
                return Some((name, slot));
            },
            Fields::Probe(fields) => {
                let field = fields.find(|field| !matches!(**field, "apiVersion" | "kind"))?;
                Some((field, Slot::Probe { field, list: false }))
            }
            Fields::Any(value) => value.take().map(|(field, list)| ("", Slot::Probe { field, list })),
        }
    }
}

/// Where the items of a list come from.
pub(super) enum Source<'a> {
    Items { items: Items<'a>, key: Option<Node<'a>>, at: u32 },
    Probe(Option<&'static str>),
}

impl<'a> Source<'a> {
    pub(super) fn advance(&mut self) -> Option<Slot<'a>> {
        match self {
            Source::Items { items, key, at } => {
                let slot = Slot::Node { node: items.next()?, key: *key, item: Some(*at) };
                *at += 1;
                Some(slot)
            }
            Source::Probe(field) => field.take().map(|field| Slot::Probe { field, list: true }),
        }
    }
}

fn slots<'a>(list: Node<'a>, key: Option<Node<'a>>) -> impl Iterator<Item = Slot<'a>> {
    let mut source = Source::Items { items: list.items(), key, at: 0 };
    std::iter::from_fn(move || source.advance())
}

/// Whether Go's `base64.StdEncoding` decodes it: padded, line breaks ignored.
fn is_base64(text: &str) -> bool {
    let mut count = 0usize;
    let mut padding = 0usize;
    for byte in text.bytes() {
        match byte {
            b'\r' | b'\n' => continue,
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => {}
            _ => return false,
        }
        count += 1;
    }
    padding <= 2 && count.is_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_go_reads_it() {
        for text in ["", "YQ==", "YWI=", "YWJj", "YWJj\nYWJj\n", "+/+/"] {
            assert!(is_base64(text), "{text}");
        }
        for text in ["a", "hunter2!", "YQ", "YQ=", "Y===", "YQ==YQ==", "-_-_", "YWJj YWJj"] {
            assert!(!is_base64(text), "{text}");
        }
    }

    #[test]
    fn whole_floats_are_integers_and_wide_ones_are_not() {
        assert_eq!(Expected::Integer32.takes(Scalar::Float(3.0)), Ok(()));
        assert!(Expected::Integer32.takes(Scalar::Float(3.5)).is_err());
        assert!(Expected::Integer32.takes(Scalar::Int(2_147_483_648)).is_err());
        assert_eq!(Expected::Integer64.takes(Scalar::Int(2_147_483_648)), Ok(()));
        assert!(Expected::Integer64.takes(Scalar::Int(i128::from(u64::MAX))).is_err());
        assert_eq!(Expected::Quantity.takes(Scalar::Float(0.5)), Ok(()));
        assert!(Expected::Quantity.takes(Scalar::Bool(true)).is_err());
    }
}

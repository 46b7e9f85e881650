//! The walk over an object along the types it should have, and every check on the way.

use super::expected::kind_name;
use super::problem::{Frame, Problem};
use super::shape::{Struct, UNKNOWN, Want, bit};
use super::slot::Slot;
use super::{Expected, explain, required, types, validate};
use crate::yaml::{Entry, Kind, Node, Overridden, Tree};

/// Every problem of an object of this shape, in the order of the file. `thorough`: missing fields and values that
/// validation rejects are wanted too.
pub(super) fn walk<'a>(object: Node<'a>, want: Want, thorough: bool, target: (u32, u32)) -> Vec<Problem<'a>> {
    let mut walk = Walk::new(object.tree(), thorough, target);
    walk.value(want, &Slot { node: object, key: None, item: None });
    walk.schemas(object);
    let mut problems = walk.problems;
    problems.sort_by_key(|problem| problem.at().span().start);
    problems
}

struct Walk<'a> {
    problems: Vec<Problem<'a>>,
    /// The structs around the value.
    frames: Vec<Frame<'a>>,
    /// Whether one of them is what the server writes.
    in_status: bool,
    /// JSON schemas found on the way: walked one after the other, since they nest without end.
    schemas: Vec<Nested<'a>>,
    /// Whether fields that are not known are let through.
    lenient: bool,
    thorough: bool,
    /// The lowest and the highest minor version of the target.
    target: (u32, u32),
    overridden: Overridden,
}

/// A JSON schema inside of another one.
#[derive(Clone, Copy)]
struct Nested<'a> {
    slot: Slot<'a>,
    /// The field takes a schema or something else. Such fields decode themselves, and strictness ends there
    /// (fact 12.18).
    lenient: bool,
}

/// How many entries of a mapping are remembered from the first look to the second.
const REMEMBERED: usize = 48;

/// The field of an entry that has none.
const NO_FIELD: u8 = u8::MAX;

impl<'a> Walk<'a> {
    fn new(tree: &Tree, thorough: bool, target: (u32, u32)) -> Self {
        let frames = Vec::with_capacity(16);
        let overridden = tree.overridden();
        Walk {
            problems: Vec::new(),
            frames,
            in_status: false,
            schemas: Vec::new(),
            lenient: false,
            thorough,
            target,
            overridden,
        }
    }

    /// Walks the JSON schemas that were put off. In the chain they stand right under the spec.
    fn schemas(&mut self, object: Node<'a>) {
        let Some(mut next) = self.schemas.pop() else { return };
        let frame = |node, key| Frame { node, key, item: None, shape: &UNKNOWN };
        self.frames.push(frame(object, None));
        self.frames.extend(object.entry("spec").map(|entry| frame(entry.value, Some(entry.key))));
        let shape = types::schema();
        loop {
            self.lenient = next.lenient;
            self.structure(shape, &next.slot);
            match self.schemas.pop() {
                Some(more) => next = more,
                None => return,
            }
        }
    }

    fn value(&mut self, want: Want, slot: &Slot<'a>) {
        let Slot { node, key, item } = *slot;
        match want {
            Want::Anything => {}
            Want::Scalar(expected) => {
                self.scalar(slot, expected);
                if self.thorough && expected == Expected::Time && !self.in_status {
                    validate::time(node, key, &mut self.problems);
                }
            }
            Want::Bytes => self.base64(slot),
            Want::Quantity => {
                self.scalar(slot, Expected::Quantity);
                if self.thorough {
                    validate::quantity(node, key, &mut self.problems);
                }
            }
            Want::Schema => {
                if self.is(Kind::Mapping, slot) {
                    self.schemas.push(Nested { slot: *slot, lenient: self.lenient });
                }
            }
            Want::SchemaOr(expected) => self.schema_or(slot, expected),
            Want::List(inner) => {
                if self.is(Kind::Sequence, slot) {
                    items(node, key).for_each(|slot| self.item(*inner, &slot));
                }
            }
            Want::Map(inner) => {
                if self.is(Kind::Mapping, slot) {
                    self.map(node, *inner);
                }
            }
            Want::Struct(shape) => {
                if self.is(Kind::Mapping, slot) {
                    self.structure(shape, &Slot { node, key, item });
                }
            }
        }
    }

    /// An item of a list. Null is a struct with nothing in it there.
    fn item(&mut self, want: Want, slot: &Slot<'a>) {
        match want {
            Want::Struct(shape) if slot.node.is_null() && self.thorough => self.structure(shape, slot),
            _ => self.value(want, slot),
        }
    }

    fn wrong(&mut self, slot: &Slot<'a>, expected: Expected, found: &'static str) {
        let Slot { node, key, item } = *slot;
        let problem = Problem::WrongType { at: node, key, item: item.is_some(), expected, found };
        self.problems.push(problem);
    }

    /// Checks that the value is a collection of a kind; null is absent, everywhere (fact 12.8).
    fn is(&mut self, kind: Kind, slot: &Slot<'a>) -> bool {
        let fits = slot.node.kind() == kind;
        if !fits && !slot.node.is_null() {
            let expected = if kind == Kind::Mapping { Expected::Mapping } else { Expected::List };
            self.wrong(slot, expected, kind_name(slot.node));
        }
        fits
    }

    /// Checks that the value is a scalar of a type.
    fn scalar(&mut self, slot: &Slot<'a>, expected: Expected) {
        let text = matches!(expected, Expected::String | Expected::IntegerOrString | Expected::Time);
        if text && slot.node.is_quoted() {
            return;
        }
        let outcome = match slot.node.scalar() {
            Some(scalar) => expected.takes(scalar),
            None => Err(kind_name(slot.node)),
        };
        if let Err(found) = outcome {
            self.wrong(slot, expected, found);
        }
    }

    /// Checks that the value is base64 text, as `encoding/json` reads it into bytes.
    fn base64(&mut self, slot: &Slot<'a>) {
        self.scalar(slot, Expected::String);
        if slot.node.str().is_some_and(|text| !is_base64(text)) {
            self.problems.push(Problem::InvalidBase64 { at: slot.node, key: slot.key });
        }
    }

    /// A JSON schema, or something else that the same field allows.
    fn schema_or(&mut self, slot: &Slot<'a>, expected: Expected) {
        let Slot { node, key, .. } = *slot;
        match (node.kind(), expected) {
            (Kind::Mapping, _) => self.schemas.push(Nested { slot: *slot, lenient: true }),
            (Kind::Sequence, Expected::SchemaOrList) => {
                self.schemas.extend(items(node, key).map(|slot| Nested { slot, lenient: true }));
            }
            (Kind::Sequence, Expected::SchemaOrNames) => {
                items(node, key).for_each(|slot| self.scalar(&slot, Expected::String));
            }
            // The server reads anything else as nothing (`JSONSchemaPropsOrArray.UnmarshalJSON`).
            (Kind::Scalar, Expected::SchemaOrList | Expected::SchemaOrNames) => {}
            _ => self.scalar(slot, expected),
        }
    }

    /// A map whose keys are the author's.
    fn map(&mut self, node: Node<'a>, inner: Want) {
        if self.thorough {
            validate::names(node, &mut self.problems);
        }
        for Entry { key, value } in node.entries() {
            if !self.is_dropped(key) {
                self.value(inner, &Slot { node: value, key: Some(key), item: None });
            }
        }
    }

    /// A mapping with the fields of a struct.
    fn structure(&mut self, shape: &'static Struct, slot: &Slot<'a>) {
        let Slot { node, key, item } = *slot;
        let mut fields = [NO_FIELD; REMEMBERED];
        let find = |key| shape.find(key).map_or(NO_FIELD, |field| field as u8);
        let place = Frame { node, key, item, shape };
        let outer = self.in_status;
        // The server writes it itself and takes none from outside (fact 14.13).
        self.in_status |= self.frames.len() == 1 && key.is_some_and(|key| key.key_text() == "status");
        if self.thorough {
            self.judge(&place, &mut fields);
        } else {
            fields.iter_mut().zip(node.entries()).for_each(|(field, entry)| *field = find(entry.key));
        }
        self.frames.push(place);
        for (at, Entry { key, value }) in node.entries().enumerate() {
            let field = fields.get(at).copied().unwrap_or_else(|| find(key));
            match shape.fields.get(usize::from(field)) {
                Some(field) if matches!(field.want, Want::Anything) => {}
                _ if self.is_dropped(key) => {}
                Some(field) => {
                    if u32::from(field.since) > self.target.0 && self.thorough && !self.in_status {
                        self.problems.push(Problem::Noted(explain::not_yet(key, field.since, self.target)));
                    }
                    self.value(field.want, &Slot { node: value, key: Some(key), item: None });
                }
                None if shape.until(key.key_text()).is_some_and(|until| self.target.1 < until) => {}
                None if self.lenient => {}
                None => {
                    let (fields, chain) = (shape.names, self.frames.clone());
                    self.problems.push(Problem::UnknownField { key, value, parent: node, fields, chain });
                }
            }
        }
        self.in_status = outer;
        self.frames.pop();
    }

    /// What a struct lacks, and what validation says of it; remembers which fields its first entries are.
    fn judge(&mut self, place: &Frame<'a>, fields: &mut [u8; REMEMBERED]) {
        let shape = place.shape;
        let start = self.problems.len();
        let mut present = 0;
        for (at, Entry { key, value }) in place.node.entries().enumerate() {
            let Some(index) = shape.find(key) else { continue };
            if let Some(field) = fields.get_mut(at) {
                *field = index as u8;
            }
            if shape.required & bit(index) != 0 && !validate::is_empty(value) && !self.is_dropped(key) {
                present |= bit(index);
            }
            if let (Some(check), false) = (shape.fields[index].check, self.in_status) {
                validate::field(check, shape.names[index], value, self.target, &mut self.problems);
            }
        }
        if self.frames.is_empty() || shape.required & !present != 0 {
            // What is missing comes first.
            let checked = self.problems.len();
            required::check(place, &self.frames, self.in_status, &mut self.problems);
            let missing = self.problems.len() - checked;
            self.problems[start..].rotate_right(missing);
        }
        if let (Some(whole), false) = (shape.whole, self.in_status) {
            validate::whole(whole, place, &self.frames, self.target, &mut self.problems);
        }
    }

    /// Whether an entry never gets to the server. A key that is a mapping is a template: `{{ … }}:`. The last of
    /// duplicate keys wins (fact 12.5).
    fn is_dropped(&self, key: Node<'a>) -> bool {
        key.kind() != Kind::Scalar || self.overridden.contains(key)
    }
}

/// The items of a list, each under the key of the list.
fn items<'a>(list: Node<'a>, key: Option<Node<'a>>) -> impl Iterator<Item = Slot<'a>> {
    list.items().zip(0..).map(move |(node, item)| Slot { node, key, item: Some(item) })
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
}

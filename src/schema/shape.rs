//! What the types of the API look like, as the walk over an object needs it.
//!
//! A type is made of the table (`types`) when it is first met and stays for the life of the process, so that a
//! field is found by the few bits that its key carries, and nothing is made or compared that the manifest does not
//! hold.

use super::validate::{Check, Whole};
use super::{Expected, validate};
use crate::yaml::{Node, key_hash};

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Want {
    /// Any JSON.
    Anything,
    /// A scalar.
    Scalar(Expected),
    /// Base64 text.
    Bytes,
    /// A quantity.
    Quantity,
    /// A JSON schema.
    Schema,
    /// A JSON schema, or what else the same field allows.
    SchemaOr(Expected),
    /// A list of these.
    List(&'static Want),
    /// A map from the author's names to these.
    Map(&'static Want),
    /// The fields of a struct.
    Struct(&'static Struct),
}

/// A field of a struct.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// What its value may be.
    pub want: Want,
    /// What validation asks of the value.
    pub check: Option<Check>,
    /// The first minor version that has it; 0 if all that are known have it.
    pub since: u8,
    /// What tells the items of its list apart when it is applied (fact 20.15): fields of each, or nothing for a set;
    /// `None` where a list is one value.
    pub keys: Option<&'static [&'static str]>,
}

/// A field as the table has it.
pub(super) struct Line {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub want: Want,
    /// In which minor version it came; 0 if it was there in the oldest one that is known.
    pub since: u8,
    /// In which minor version it was gone; 0 if it is there.
    pub until: u8,
    /// The words that it may be.
    pub words: &'static [&'static str],
    /// What tells the items of a list apart: fields of each, or nothing for a set; `None` where a list is one value.
    pub keys: Option<&'static [&'static str]>,
}

/// A struct type of the API.
pub(super) struct Struct {
    /// Group, version and name, such as `core/v1/Container`: the only unique name there is.
    pub ty: &'static str,
    /// The type's name without its group: `Container`.
    pub name: &'static str,
    /// The names of its fields.
    pub names: &'static [&'static str],
    /// The fields themselves, in the same order.
    pub fields: &'static [Field],
    /// Fields that older versions had, each with the minor version that has it no longer.
    pub gone: &'static [(&'static str, u8)],
    /// What validation says of the whole.
    pub whole: Option<Whole>,
    /// The fields without which `required::check` has something to say, as [`bit`]s.
    pub required: u64,
    /// Places of fields, found by the hash of their names; [`FREE`] where there is none. As many as a power of
    /// two, and at least one is free.
    slots: &'static [Slot],
}

/// The hash of a field's name and the field's place.
#[derive(Clone, Copy)]
struct Slot {
    hash: u16,
    field: u8,
}

const FREE: Slot = Slot { hash: 0, field: u8::MAX };

/// More fields than these are not looked up. The largest struct has about 40.
const MOST_FIELDS: usize = 64;

/// The struct of a frame that stands for a way which is not known.
pub(super) static UNKNOWN: Struct =
    Struct { ty: "", name: "", names: &[], fields: &[], gone: &[], whole: None, required: 0, slots: &[FREE] };

impl Struct {
    /// A struct with these fields, and with everything that tables say of it. It is never given back.
    pub(super) fn new(
        ty: &'static str,
        lines: Vec<Line>,
        is_needed: fn(&str, &str) -> bool,
    ) -> &'static Struct {
        let name = ty.rsplit('/').next().unwrap_or(ty);
        let (checks, whole) = validate::of(ty);
        let field = |line: &Line| {
            let of_table = checks.iter().find(|row| row.0 == line.name).map(|row| row.1);
            let words = (!line.words.is_empty()).then_some(Check::OneOf(line.words));
            Field {
                name: line.name,
                want: line.want,
                check: of_table.or(words),
                since: line.since,
                keys: line.keys,
            }
        };
        let there = || lines.iter().filter(|line| line.until == 0).take(MOST_FIELDS);
        let fields: Vec<Field> = there().map(field).collect();
        let gone: Vec<(&str, u8)> =
            lines.iter().filter(|line| line.until > 0).map(|line| (line.name, line.until)).collect();
        let needs = |(at, field): (usize, &Field)| if is_needed(ty, field.name) { bit(at) } else { 0 };
        Box::leak(Box::new(Struct {
            ty,
            name,
            names: there().map(|line| line.name).collect::<Vec<_>>().leak(),
            whole,
            required: fields.iter().enumerate().map(needs).fold(0, |all, bit| all | bit),
            slots: slots(&fields),
            gone: gone.leak(),
            fields: Vec::leak(fields),
        }))
    }

    /// The first minor version that has a field no longer, if older ones had it.
    pub(super) fn until(&self, field: &str) -> Option<u32> {
        self.gone.iter().find(|gone| gone.0 == field).map(|gone| u32::from(gone.1))
    }

    /// Whether it is the type with this name, with its group (`discovery/EndpointPort`) or without.
    pub(super) fn is(&self, name: &str) -> bool {
        match name.split_once('/') {
            Some((group, short)) => {
                self.name == short && self.ty.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'))
            }
            None => self.name == name,
        }
    }

    /// The place of the field with the name of a key.
    pub(super) fn find(&self, key: Node<'_>) -> Option<usize> {
        let hash = key.key_hash();
        let mut at = usize::from(spread(hash));
        loop {
            let slot = self.slots[at & (self.slots.len() - 1)];
            let place = usize::from(slot.field);
            match self.fields.get(place) {
                None => return None,
                // No field is called what kubectl reads as something else, so the text decides.
                Some(field) if slot.hash == hash && field.name == key.text() => return Some(place),
                Some(_) => at += 1,
            }
        }
    }
}

impl std::fmt::Debug for Struct {
    /// The name is enough: a type in full is as long as all that it holds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.ty)
    }
}

/// The bit of a field in a set of fields.
pub(super) fn bit(field: usize) -> u64 {
    1 << field
}

fn slots(fields: &[Field]) -> &'static [Slot] {
    let mut slots = vec![FREE; (2 * fields.len() + 1).next_power_of_two()];
    let mask = slots.len() - 1;
    for (field, hash) in fields.iter().map(|field| key_hash(field.name)).enumerate() {
        let mut at = usize::from(spread(hash));
        while slots[at & mask].field != FREE.field {
            at += 1;
        }
        slots[at & mask] = Slot { hash, field: field as u8 };
    }
    Vec::leak(slots)
}

/// Brings the bits that tell names apart to where the place is taken from.
fn spread(hash: u16) -> u16 {
    hash.wrapping_mul(0x9E5B) >> 7
}

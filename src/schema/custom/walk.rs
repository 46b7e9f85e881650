//! An object and a schema, walked together.

use foldhash::{HashSet, HashSetExt};

use super::hint::{self, Stop};
use super::schema::{List, Others, Schema};
use crate::schema::expected::kind_name;
use crate::schema::slot::Slot;
use crate::schema::{Cause, Expected, Trouble, TroubleKind, explain, known};
use crate::yaml::{Entry, Node, Overridden, Scalar};

/// How many pairs of a value and a schema are looked at for one object. Real objects need thousands; only
/// schemas that choose among hundreds of others inside of each other come this far.
const PATIENCE: u32 = 500_000;

/// So many troubles of one object are enough.
const MOST_TROUBLES: usize = 1000;

/// What an object has that its schema does not allow, in no special order.
///
/// `drops_status`: whether the server drops the status of a new object once it has been decoded.
pub(super) fn walk<'a>(
    schema: &Schema<'a>,
    object: Node<'a>,
    prunes: bool,
    drops_status: bool,
) -> Vec<Trouble<'a>> {
    let mut walk = Walk { drops_status, ..Walk::new(object, prunes, PATIENCE) };
    walk.root(schema, object);
    // Whoever could not look at everything knows nothing.
    if walk.patience == 0 { Vec::new() } else { walk.troubles }
}

/// What a value has that its schema does not allow.
pub(super) fn value<'a>(schema: &Schema<'a>, value: Node<'a>) -> Vec<Trouble<'a>> {
    let mut walk = Walk::new(value, true, PATIENCE);
    walk.value(schema, Some(schema), Slot { node: value, key: None, item: None });
    walk.troubles
}

/// The state of a walk.
pub(super) struct Walk<'w, 'a> {
    pub(super) troubles: Vec<Trouble<'a>>,
    /// Something was passed over that the server would have judged.
    pub(super) unsure: bool,
    /// So many troubles are enough: one, where only the verdict counts.
    pub(super) most: usize,
    /// Whether fields that are not declared are refused here.
    pub(super) prunes: bool,
    /// Whether the status of the object is dropped before the schema is asked.
    pub(super) drops_status: bool,
    pub(super) patience: u32,
    pub(super) overridden: Overridden,
    /// The way from the object to where the walk is.
    pub(super) way: Vec<Stop<'w, 'a>>,
}

impl<'w, 'a> Walk<'w, 'a> {
    fn new(object: Node<'a>, prunes: bool, patience: u32) -> Self {
        Walk {
            troubles: Vec::new(),
            unsure: false,
            most: MOST_TROUBLES,
            prunes,
            drops_status: false,
            patience,
            overridden: object.tree().overridden(),
            way: Vec::new(),
        }
    }

    /// The object itself: its type and metadata are the server's.
    fn root(&mut self, schema: &'w Schema<'a>, object: Node<'a>) {
        let slot = Slot { node: object, key: None, item: None };
        self.mapping(schema, Some(schema), slot, true);
        self.beside(schema, Some(schema), slot);
    }

    /// A value and its schema. `spine` is the structural schema of the same value, where `schema` is one of those
    /// that are compared with it as well: only the structural one has defaults.
    pub(super) fn value(&mut self, schema: &'w Schema<'a>, spine: Option<&'w Schema<'a>>, slot: Slot<'a>) {
        if self.patience == 0 || self.troubles.len() >= self.most {
            return;
        }
        self.patience -= 1;
        // Null is dropped, or allowed, or replaced by the default.
        if slot.node.is_null() {
            return;
        }
        if let Some(expected) = schema.ty
            && !fits(expected, slot.node)
        {
            self.wrong_type(schema, expected, slot);
            return;
        }
        if let Some(limits) = &schema.limits {
            self.limits(schema, limits, slot);
        }
        if slot.node.is_mapping() {
            self.mapping(schema, spine, slot, schema.embedded);
        } else if slot.node.is_sequence() {
            self.sequence(schema, spine, slot);
        }
        self.beside(schema, spine, slot);
    }

    fn wrong_type(&mut self, schema: &Schema<'a>, expected: Expected, slot: Slot<'a>) {
        let Slot { node, key, item } = slot;
        let found = match (expected, node.scalar()) {
            (Expected::Integer32, Some(Scalar::Int(_))) => "one that does not fit 32 bits",
            (Expected::Integer64, Some(Scalar::Int(_))) => "one that does not fit 64 bits",
            _ => kind_name(node),
        };
        let says = format!("declared as {}", expected.name());
        match explain::wrong_type(node, key, item.is_some(), expected, found) {
            Some(trouble) => self.troubles.push(trouble.also(schema.key("type"), says)),
            None => self.unsure = true,
        }
    }

    fn mapping(
        &mut self,
        schema: &'w Schema<'a>,
        spine: Option<&'w Schema<'a>>,
        slot: Slot<'a>,
        embedded: bool,
    ) {
        let node = slot.node;
        // A field of a structural schema is known if the structural one knows it.
        let prunes =
            self.prunes && !schema.preserves && spine.is_some_and(|spine| std::ptr::eq(spine, schema));
        self.way.push(Stop { slot, schema });
        let mut unknown = Vec::new();
        for Entry { key, value } in node.entries() {
            if key.scalar().is_none() || self.overridden.contains(key) {
                continue;
            }
            let name = key.key_text();
            let is_root = slot.key.is_none();
            if is_root && matches!(name, "apiVersion" | "kind" | "sops") {
                continue;
            }
            // Go writes it wherever there is a template with metadata (fact 12.17).
            if name == "creationTimestamp" && value.is_null() {
                continue;
            }
            let inner = Slot { node: value, key: Some(key), item: None };
            let below = spine.and_then(|spine| below(spine, name));
            let server = embedded && matches!(name, "apiVersion" | "kind" | "metadata");
            let kept = self.prunes;
            // Metadata is decoded apart from the schema, which may only limit the name.
            self.prunes &= !server;
            let before = self.troubles.len();
            match (schema.field(name), &schema.others) {
                (Some(field), _) => self.value(field, below, inner),
                (None, Others::Of(others)) => self.value(others, below, inner),
                (None, Others::None) if prunes && !server => unknown.push(key),
                _ => {}
            }
            self.prunes = kept;
            // Decoding is strict, and comes first (fact 12.21).
            if is_root && self.drops_status && name == "status" {
                let mut inside = self.troubles.split_off(before);
                inside.retain(|trouble| trouble.kind == TroubleKind::UnknownField);
                self.troubles.append(&mut inside);
            }
        }
        let before = self.troubles.len();
        self.unknown(schema, slot, &unknown);
        self.required(schema, spine, slot, before);
        self.way.pop();
    }

    fn unknown(&mut self, schema: &'w Schema<'a>, slot: Slot<'a>, keys: &[Node<'a>]) {
        // Where nothing at all is declared, the definition forgot something, and one word says so.
        let nothing = schema.fields.is_empty();
        let place =
            slot.key.map_or(" at the top level".to_owned(), |key| format!(" in `{}`", key.key_text()));
        for key in keys.iter().take(if nothing { 1 } else { usize::MAX }) {
            let name = key.key_text();
            if known::is_placeholder(key.text()) || self.troubles.len() >= self.most {
                self.unsure = true;
                continue;
            }
            let message = format!("unknown field `{name}`{place}");
            let trouble = Trouble::new(TroubleKind::UnknownField, *key, message)
                .label("the definition does not have this field");
            let trouble = match nothing {
                true => trouble.also(schema.at, "declares no field, and does not keep unknown ones"),
                false => trouble.also(schema.key("properties"), "the fields it has"),
            };
            let hint = if nothing { None } else { hint::hint(name, &self.way) };
            self.troubles.push(match hint {
                Some((help, meant)) => trouble.help(help).cause(Cause::Meant(meant)),
                None => trouble,
            });
        }
    }

    /// What is missing. `before`: how many troubles there were before the unknown fields of the same mapping.
    fn required(
        &mut self,
        schema: &'w Schema<'a>,
        spine: Option<&'w Schema<'a>>,
        slot: Slot<'a>,
        before: usize,
    ) {
        for required in &schema.required {
            let name = required.text();
            let is_root = slot.key.is_none();
            // `apiVersion` and `kind` are there, or this would be no object.
            if is_root && matches!(name, "apiVersion" | "kind" | "metadata") {
                continue;
            }
            let field = schema.field(name);
            let own = spine.and_then(|spine| spine.field(name));
            let keeps_null =
                [field, own].into_iter().flatten().any(|field| field.nullable) || field.or(own).is_none();
            let is_dropped = is_root && self.drops_status && name == "status";
            let is_there = !is_dropped
                && slot.node.entry(name).is_some_and(|entry| keeps_null || !entry.value.is_null());
            let filled = [field, own].into_iter().flatten().any(|field| field.default);
            // The unknown field beside it says that it is only misspelt.
            let misspelt = || self.troubles[before..].iter().any(|trouble| trouble.is_meant_as(name));
            if is_there || filled || misspelt() {
                continue;
            }
            // A key that is a template may bring anything.
            if slot.node.entries().any(|entry| entry.key.scalar().is_none()) {
                self.unsure = true;
                continue;
            }
            let trouble = explain::missing(slot.node, slot.key, slot.item, name);
            if is_dropped {
                let message = "`status` is required, but the API server drops it on creation";
                let trouble = Trouble::new(TroubleKind::MissingField, trouble.at, message);
                let trouble = trouble.label("refused like every new object of this kind");
                let help = "remove `status` from `required` in the definition";
                self.troubles.push(trouble.also(*required, "required here").help(help));
                continue;
            }
            self.troubles.push(Trouble {
                help: Some(match slot.node.entry(name) {
                    Some(_) => format!("set `{name}`"),
                    None => format!("add `{name}`"),
                }),
                ..trouble.also(*required, "required here")
            });
        }
    }

    fn sequence(&mut self, schema: &'w Schema<'a>, spine: Option<&'w Schema<'a>>, slot: Slot<'a>) {
        if let Some(items) = &schema.items {
            let below = spine.and_then(|spine| spine.items.as_deref());
            // What a list keeps is kept in its items, too.
            let kept = self.prunes;
            self.prunes &= !schema.preserves;
            let fixed = items.ty.is_some() && !items.nullable && !items.default;
            for (at, node) in slot.node.items().enumerate() {
                if fixed && node.is_null() {
                    self.null_item(items, node, slot);
                }
                self.value(items, below, Slot { node, key: slot.key, item: Some(at as u32) });
            }
            self.prunes = kept;
            self.twins(schema, items, slot);
        }
    }

    /// Only the values of fields are dropped when they are null.
    fn null_item(&mut self, items: &Schema<'a>, node: Node<'a>, slot: Slot<'a>) {
        // Where nothing is written there is nothing to underline.
        let at = slot.key.filter(|_| node.source_text().is_empty()).unwrap_or(node);
        let name = Slot { item: Some(0), ..slot }.name();
        let trouble = Trouble::new(TroubleKind::WrongType, at, format!("{name} is null"))
            .label("the API server refuses null in this list")
            .also(items.key("type"), "its items are declared here")
            .help("write its value, or remove it");
        self.troubles.push(trouble);
    }

    /// Items that a set or a map of items has twice (`pkg/apiserver/schema/listtype/validation.go`).
    fn twins(&mut self, schema: &'w Schema<'a>, items: &Schema<'a>, slot: Slot<'a>) {
        let mut seen: HashSet<Vec<String>> = HashSet::new();
        for node in slot.node.items() {
            let (identity, at) = match &schema.list {
                List::Atomic => return,
                List::Set => (scalar_of(node).map(|text| vec![text]), node),
                List::Map(keys) => {
                    let part = |key: &&str| match node.get(key) {
                        Some(value) => scalar_of(value),
                        None => items.field(key)?.at.get("default").and_then(scalar_of),
                    };
                    let at = keys.first().and_then(|key| node.get(key)).unwrap_or(node);
                    (keys.iter().map(part).collect(), at)
                }
            };
            let Some(identity) = identity else { continue };
            let text =
                identity.iter().map(|part| part.split_once(':').map_or("", |one| one.1)).collect::<Vec<_>>();
            let text = text.join("`, `");
            if seen.insert(identity) || known::is_placeholder(&text) {
                continue;
            }
            let message = format!("`{text}` occurs twice in `{}`", slot.key.map_or("", |key| key.key_text()));
            let trouble =
                Trouble::new(TroubleKind::InvalidValue, at, message).label("the second of its kind");
            let also = trouble.also(schema.key("x-kubernetes-list-type"), "no two items may be alike");
            self.troubles.push(also.help("keep one of them"));
        }
    }
}

/// The schema of a key.
fn below<'w, 'a>(schema: &'w Schema<'a>, name: &str) -> Option<&'w Schema<'a>> {
    schema.field(name).or(match &schema.others {
        Others::Of(others) => Some(others),
        _ => None,
    })
}

fn scalar_of(node: Node<'_>) -> Option<String> {
    match node.scalar()? {
        Scalar::Null => None,
        Scalar::Str(text) => Some(format!("s:{text}")),
        Scalar::Int(value) => Some(format!("n:{value}")),
        Scalar::Float(value) => Some(format!("n:{value}")),
        Scalar::Bool(value) => Some(format!("b:{value}")),
    }
}

fn fits(expected: Expected, node: Node<'_>) -> bool {
    let Some(scalar) = node.scalar() else {
        return match expected {
            Expected::Mapping => node.is_mapping(),
            Expected::List => node.is_sequence(),
            _ => false,
        };
    };
    match expected {
        Expected::Boolean => matches!(scalar, Scalar::Bool(_)),
        Expected::String => matches!(scalar, Scalar::Str(_)),
        Expected::Number => matches!(scalar, Scalar::Int(_) | Scalar::Float(_)),
        Expected::Integer32 => match scalar {
            Scalar::Int(value) => i32::try_from(value).is_ok(),
            Scalar::Float(value) => value.fract() == 0.0,
            _ => false,
        },
        Expected::Integer64 => match scalar {
            Scalar::Int(value) => i64::try_from(value).is_ok(),
            Scalar::Float(value) => value.fract() == 0.0,
            _ => false,
        },
        Expected::IntegerOrString => match scalar {
            Scalar::Int(_) | Scalar::Str(_) => true,
            Scalar::Float(value) => value.fract() == 0.0,
            _ => false,
        },
        _ => false,
    }
}

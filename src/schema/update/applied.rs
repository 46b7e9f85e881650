//! What server-side apply refuses beside what no update may change (facts 20.15 to 20.17): items that a list must not
//! hold twice, and structs that null empties without taking them away.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::super::shape::{Field, Struct, Want, bit};
use super::super::{required, types};
use super::{Refusal, Refused, defaults};
use crate::document::Object;
use crate::files::Span;
use crate::yaml::{Entry, Node};

/// What of an object decides how it is applied over an earlier state of its own.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    slips: Vec<Slip>,
    /// Fields with a struct in them that does not go away as a whole: the way to each, sorted, and the fields written.
    structs: Vec<(u64, u64)>,
    emptied: Vec<Emptied>,
}

/// What is refused whatever the object was before.
#[derive(Clone, Debug)]
struct Slip {
    way: u64,
    field: String,
    says: String,
    label: &'static str,
    at: Span,
    first: Option<Span>,
    help: &'static str,
}

/// A field that is written and has nothing in it.
#[derive(Clone, Debug)]
struct Emptied {
    way: u64,
    field: &'static str,
    at: Span,
    shape: &'static Struct,
    is_null: bool,
    /// The struct around it is refused without it.
    is_needed: bool,
}

/// Deeper than this nothing is looked at.
const DEEPEST: u32 = 128;

/// Structs that are applied as one value (`x-kubernetes-map-type: atomic`).
const ATOMIC: &[&str] = &[
    "ConfigMapKeySelector",
    "CrossVersionObjectReference",
    "EndpointAddress",
    "EndpointPort",
    "FileKeySelector",
    "LabelSelector",
    "LocalObjectReference",
    "MatchResources",
    "NamedRuleWithOperations",
    "NodeSelector",
    "NodeSelectorTerm",
    "ObjectFieldSelector",
    "ObjectReference",
    "OwnerReference",
    "ParamKind",
    "ParamRef",
    "ResourceFieldSelector",
    "RoleRef",
    "ScopeSelector",
    "SecretKeySelector",
    "SecretReference",
    "ServiceBackendPort",
    "Subject",
    "TopologySelectorTerm",
    "TypedLocalObjectReference",
    "Variable",
];

/// Lists whose repeated items every update and creation refuses, which other rules say.
const TOLD: &[&str] = &[
    "claims",
    "containers",
    "drivers",
    "ephemeralContainers",
    "initContainers",
    "matchConditions",
    "resourceClaims",
    "schedulingGates",
    "topologySpreadConstraints",
    "validationActions",
    "volumeDevices",
    "volumeMounts",
    "volumes",
    "webhooks",
];

/// Fields that may be empty and, for some values of their neighbours, may not be absent.
const NEEDED: &[(&str, &str)] = &[("LimitResponse", "queuing")];

impl Applied {
    /// Reads an object of a type.
    pub fn of(object: &Object<'_>, want: Want) -> Applied {
        let mut found = Applied::default();
        found.value(object.node, want, Way::default(), 0);
        found.structs.sort_unstable();
        // Apply takes no managed fields from a manifest, not even none at all.
        let managed = object.node.get("metadata").and_then(|meta| meta.entry("managedFields"));
        if let Some(entry) = managed.filter(|entry| !entry.value.is_null()) {
            found.slips.push(Slip {
                way: 0,
                field: "metadata.managedFields".to_owned(),
                says: "is written".to_owned(),
                label: "the server's own",
                at: entry.key.span(),
                first: None,
                help: "remove it; the server writes it",
            });
        }
        found
    }

    /// What is refused when `next` is applied over this.
    pub fn refuses(&self, next: &Applied) -> Vec<Refusal> {
        // Whoever had it before does not apply on the server.
        let is_new =
            |slip: &&Slip| !self.slips.iter().any(|one| one.way == slip.way && one.says == slip.says);
        let slips = next.slips.iter().filter(is_new).map(|slip| Refusal {
            field: slip.field.clone(),
            by: Refused::Apply { says: slip.says.clone(), label: slip.label.to_owned() },
            now: slip.at,
            then: None,
            first: slip.first,
            way_out: slip.help,
        });
        slips.chain(next.emptied.iter().filter_map(|one| self.is_left_with(one))).collect()
    }

    /// What stays of a struct whose fields are all taken back: what the server filled in, or not even the struct.
    fn is_left_with(&self, now: &Emptied) -> Option<Refusal> {
        let at = self.structs.binary_search_by_key(&now.way, |one| one.0).ok()?;
        let written = self.structs[at].1;
        let is_written = |name: &str| {
            now.shape.names.iter().position(|own| *own == name).is_some_and(|at| written & bit(at) != 0)
        };
        let left: Vec<&str> = defaults::names(now.shape.name).filter(|name| !is_written(name)).collect();
        let is_whole = || {
            let mut names = now.shape.names.iter();
            now.shape.name != "Probe"
                && names.all(|name| !required::is_needed(now.shape.ty, name) || left.contains(name))
        };
        let (says, label, way_out) = match (left.as_slice(), now.is_null) {
            // A field that must be there and is null is another rule's.
            ([first, ..], true) if !now.is_needed && !is_whole() => (
                "is null",
                format!("`{first}`, which the server filled in, stays without the rest"),
                "remove the field; null takes away only what was applied",
            ),
            ([], false) if now.is_needed => (
                "is empty",
                "the last of what was applied goes, and the field with it".to_owned(),
                "write one of its fields, with the default if that is meant",
            ),
            _ => return None,
        };
        Some(Refusal {
            field: now.field.to_owned(),
            by: Refused::Apply { says: says.to_owned(), label },
            now: now.at,
            then: None,
            first: None,
            way_out,
        })
    }

    fn value(&mut self, node: Node<'_>, want: Want, way: Way, depth: u32) {
        if depth > DEEPEST || !node.is_mapping() {
            return;
        }
        match want {
            Want::Struct(shape) => self.structure(node, shape, way, depth),
            Want::Schema | Want::SchemaOr(_) => self.structure(node, types::schema(), way, depth),
            Want::Map(inner) => {
                for entry in node.entries() {
                    self.value(entry.value, *inner, way.step(entry.key.key_text()), depth + 1);
                }
            }
            _ => {}
        }
    }

    fn structure(&mut self, node: Node<'_>, shape: &'static Struct, way: Way, depth: u32) {
        let way = Way { is_one_value: way.is_one_value || ATOMIC.contains(&shape.name), ..way };
        for entry in node.entries() {
            let Some(field) = shape.find(entry.key).and_then(|at| shape.fields.get(at)) else { continue };
            let way = way.step(field.name);
            match field.want {
                // The status is not applied with the rest.
                _ if depth == 0 && field.name == "status" => {}
                Want::List(inner) => self.list(entry.value, *inner, (shape, field), way, depth + 1),
                Want::Struct(inner) if is_empty(entry.value) => {
                    self.empty(&entry, (shape, field), inner, way)
                }
                want => {
                    if let Want::Struct(inner) = want
                        && !way.is_one_value
                        && stays(inner, shape, field.name)
                    {
                        self.structs.push((way.hash, written(entry.value, inner)));
                    }
                    self.value(entry.value, want, way, depth + 1);
                }
            }
        }
    }

    fn empty(&mut self, entry: &Entry<'_>, of: (&Struct, &Field), shape: &'static Struct, way: Way) {
        let (parent, field) = of;
        let is_one_value = way.is_one_value || ATOMIC.contains(&shape.name);
        if !is_one_value && stays(shape, parent, field.name) {
            self.emptied.push(Emptied {
                way: way.hash,
                field: field.name,
                at: entry.key.span(),
                shape,
                is_null: entry.value.is_null(),
                is_needed: is_needed(parent, field.name),
            });
        }
    }

    /// A set, a list of structs with keys, or a list that is one value.
    fn list(&mut self, list: Node<'_>, inner: Want, of: (&Struct, &Field), way: Way, depth: u32) {
        let (shape, field) = of;
        let Some(keys) = field.keys else {
            for (at, item) in list.items().enumerate() {
                let way = Way { is_one_value: true, ..way.step(&at.to_string()) };
                self.value(item, inner, way, depth);
            }
            return;
        };
        let slip = |says: String, label, at: Node<'_>, first: Option<Node<'_>>, help| Slip {
            way: way.hash,
            field: field.name.to_owned(),
            says,
            label,
            at: at.span(),
            first: first.map(Node::span),
            help,
        };
        let mut seen: HashMap<String, Node<'_>> = HashMap::new();
        for item in list.items() {
            if item.is_null() {
                self.slips.push(slip("lists null".to_owned(), "no item", item, None, "remove the item"));
                continue;
            }
            let Some(key) = key_of(item, keys) else { continue };
            self.value(item, inner, way.step(&key), depth);
            match seen.entry(key) {
                Slot::Vacant(free) => drop(free.insert(item)),
                Slot::Occupied(first) if !is_told(shape, field, *first.get(), item) => {
                    let says = match first.key() {
                        key if key.len() <= 30 && !key.is_empty() => format!("lists `{key}` twice"),
                        _ => "lists an item twice".to_owned(),
                    };
                    // One of many copies is enough.
                    if !self.slips.iter().any(|one| one.way == way.hash && one.says == says) {
                        let first = Some(*first.get());
                        self.slips.push(slip(says, "again", item, first, "remove one of the two"));
                    }
                }
                Slot::Occupied(_) => {}
            }
        }
    }
}

/// The way to a value.
#[derive(Clone, Copy, Default)]
struct Way {
    /// What tells it from other ways: of names, and of the keys of items.
    hash: u64,
    /// Whether it lies in something that is applied as one value.
    is_one_value: bool,
}

impl Way {
    /// The way that goes one step further.
    fn step(self, name: &str) -> Way {
        let mut hasher = DefaultHasher::new();
        (self.hash, name).hash(&mut hasher);
        Way { hash: hasher.finish(), ..self }
    }
}

/// What tells an item from the others, if it has all of that.
fn key_of(item: Node<'_>, keys: &[&str]) -> Option<String> {
    if keys.is_empty() {
        return (!item.is_mapping() && !item.is_sequence()).then(|| item.text().to_owned());
    }
    let part = |key: &&str| match item.get(key).filter(|value| !value.is_null()) {
        Some(value) => Some(value.text()),
        None if *key == "protocol" => Some("TCP"),
        None => None,
    };
    let parts: Option<Vec<&str>> = keys.iter().map(part).collect();
    Some(parts?.join("/"))
}

/// Whether other rules say that an item repeats one: creation refuses it, too, for all of a list or for its name.
fn is_told(shape: &Struct, field: &Field, one: Node<'_>, other: Node<'_>) -> bool {
    let name = |item: Node<'_>| item.get("name").map(|name| name.text().to_owned());
    TOLD.contains(&field.name)
        || (shape.name, field.name) == ("ServiceSpec", "ports")
        || (field.name == "ports" && name(one).is_some() && name(one) == name(other))
}

/// Whether a struct in a field may stay, or take the field with it, when what was applied to it goes.
fn stays(shape: &Struct, parent: &Struct, field: &str) -> bool {
    defaults::names(shape.name).next().is_some() || is_needed(parent, field)
}

fn is_needed(parent: &Struct, field: &str) -> bool {
    NEEDED.contains(&(parent.name, field)) || required::is_needed(parent.ty, field)
}

fn is_empty(node: Node<'_>) -> bool {
    node.is_null() || (node.is_mapping() && node.entries().next().is_none())
}

/// The fields that a struct has values for.
fn written(node: Node<'_>, shape: &Struct) -> u64 {
    let fields = node.entries().filter(|entry| !entry.value.is_null());
    fields.filter_map(|entry| shape.find(entry.key)).fold(0, |all, at| all | bit(at))
}

//! The kinds of the objects that are judged: what the server calls them, and which policies may be for them.

use std::collections::HashMap;

use super::matching::{Bound, Request};
use super::read::{Binding, Policy};
use crate::document::Object;
use crate::inventory::Inventory;
use crate::kustomize::is_cluster_scoped;

/// A kind.
pub struct Kind {
    /// Its plural, in lower case.
    pub resource: String,
    /// Whether its objects belong to no namespace.
    pub is_cluster_scoped: bool,
    /// Positions of the policies that may be for it.
    pub candidates: Vec<(usize, Bound)>,
}

impl Kind {
    /// The request for the creation of an object of the kind.
    pub fn request<'r, 'a>(&'r self, object: &'r Object<'a>) -> Request<'r, 'a> {
        let (resource, is_cluster_scoped) = (&self.resource, self.is_cluster_scoped);
        Request { object, resource, is_cluster_scoped, version: object.version() }
    }
}

/// The kinds of a unit.
pub struct Kinds<'a> {
    known: HashMap<(&'a str, &'a str), Kind>,
    customs: Vec<Custom<'a>>,
}

/// A kind that the input defines.
struct Custom<'a> {
    group: &'a str,
    kind: &'a str,
    plural: &'a str,
    is_cluster_scoped: bool,
}

impl<'a> Kinds<'a> {
    /// The kinds of all objects of a unit, with the pairs of a binding and its policy that may be for each.
    pub fn new<'o>(
        inventory: &Inventory<'a>,
        definitions: impl Iterator<Item = &'o Object<'a>>,
        pairs: &[(&Binding<'a>, &Policy<'a>)],
    ) -> Self
    where
        'a: 'o,
    {
        let customs = definitions.filter_map(custom).collect();
        let mut kinds = Kinds { known: HashMap::new(), customs };
        for object in &inventory.objects {
            let key = (object.api_version, object.kind);
            if kinds.known.contains_key(&key) {
                continue;
            }
            let custom = kinds.custom(object.group(), object.kind);
            let resource = custom.map_or_else(|| plural(object.kind), |custom| custom.plural.to_owned());
            let is_cluster_scoped = kinds.is_cluster_scoped(object.api_version, object.kind);
            let request =
                Request { object, resource: &resource, is_cluster_scoped, version: object.version() };
            let bound = |(at, (binding, policy)): (usize, &(&Binding<'a>, &Policy<'a>))| {
                Some((at, Bound::of(inventory, policy, binding.resources, &request)?))
            };
            let candidates = pairs.iter().enumerate().filter_map(bound).collect();
            kinds.known.insert(key, Kind { resource, is_cluster_scoped, candidates });
        }
        kinds
    }

    /// The kind of an object.
    pub fn of(&self, object: &Object<'a>) -> Option<&Kind> {
        self.known.get(&(object.api_version, object.kind))
    }

    /// Whether objects of a kind belong to no namespace.
    pub fn is_cluster_scoped(&self, api_version: &str, kind: &str) -> bool {
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let custom = self.custom(group, kind);
        custom.map_or_else(|| is_cluster_scoped(api_version, kind), |custom| custom.is_cluster_scoped)
    }

    fn custom(&self, group: &str, kind: &str) -> Option<&Custom<'a>> {
        self.customs.iter().find(|one| (one.group, one.kind) == (group, kind))
    }
}

/// What a definition says of its kind.
fn custom<'a>(object: &Object<'a>) -> Option<Custom<'a>> {
    let spec = object.spec()?;
    let names = spec.get("names")?;
    Some(Custom {
        group: spec.get("group")?.text(),
        kind: names.get("kind")?.text(),
        plural: names.get("plural")?.text(),
        is_cluster_scoped: spec.get("scope")?.text() == "Cluster",
    })
}

/// The plural of a kind of the API in lower case, as the server makes it.
pub fn plural(kind: &str) -> String {
    let lower = kind.to_ascii_lowercase();
    let vowel = |letter: u8| b"aeiou".contains(&letter);
    match lower.as_bytes() {
        _ if lower == "endpoints" => lower,
        [.., before, b'y'] if !vowel(*before) => format!("{}ies", &lower[..lower.len() - 1]),
        [.., b's' | b'x' | b'z'] | [.., b'c' | b's', b'h'] => format!("{lower}es"),
        _ => format!("{lower}s"),
    }
}

//! Whether a name leads to an object, and who else may answer to it (facts 0.1, 13.6, 13.16).

use std::sync::OnceLock;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::hints::{Hints, Made};
use super::near::{directory, same_directory, same_file};
use super::{Inventory, View, scope};
use crate::document::Object;
use crate::kube::selector::Match;
use crate::project::{kind_and_name, placed};
use crate::text::suggest;

/// Objects by kind and folder, and the names that something of the input makes at run time.
#[derive(Debug, Default)]
pub(super) struct Directory<'a> {
    kinds: HashMap<&'a str, Vec<usize>>,
    /// By a hash of kind and folder, found when first asked for.
    folders: OnceLock<HashMap<u64, Vec<usize>>>,
    /// Names that custom resources, annotations and generators give to objects.
    made: HashMap<&'a str, Vec<Made<'a>>>,
    /// Names of PersistentVolumeClaims of StatefulSets, without the ordinal.
    claims: HashSet<String>,
    /// What kustomize generates, by kind and name.
    generated: HashSet<(&'a str, &'a str)>,
    /// Services that an EndpointSlice says it belongs to.
    slices: HashSet<&'a str>,
}

/// What a name leads to.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// An object in reach. `true`: surely the one that is used.
    Object(Object<'a>, bool),
    /// Something makes it at run time, or the configuration says that it is there.
    Made,
    /// The name is there, but in another namespace.
    Elsewhere(Object<'a>),
    /// Something beside it has nearly the name.
    Near(Object<'a>),
    /// Nothing.
    Nothing,
}

/// How many neighbours are looked at for a name that is nearly right.
const MOST: usize = 200;

impl<'a> Directory<'a> {
    pub(super) fn read(objects: &[Object<'a>], hints: &[&Hints<'a>], view: &'a View) -> Self {
        let generated = view.generated.iter().map(|(kind, name)| (kind.as_str(), name.as_str()));
        let mut this = Directory { generated: generated.collect(), ..Directory::default() };
        for (at, (object, hints)) in objects.iter().zip(hints).enumerate() {
            this.kinds.entry(object.kind).or_default().push(at);
            for one in &hints.made {
                this.made.entry(one.name).or_default().push(*one);
            }
            this.claims.extend(hints.claims.iter().cloned());
            this.slices.extend(hints.slice);
        }
        this
    }
}

fn by_folder(objects: &[Object<'_>]) -> HashMap<u64, Vec<usize>> {
    let mut found: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, object) in objects.iter().enumerate() {
        found.entry(kind_and_name(object.kind, directory(object))).or_default().push(at);
    }
    found
}

/// The Secret that older clusters made for every ServiceAccount: `default-token-x7k2p`.
fn is_token(kind: &str, name: &str) -> bool {
    let end = name.rsplit_once("-token-").map_or("", |(_, end)| end);
    kind == "Secret"
        && end.len() == 5
        && end.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

impl<'a> Inventory<'a> {
    /// Objects of a kind, in the order of the input.
    pub fn of_kind<'s>(&'s self, kind: &str) -> impl Iterator<Item = &'s Object<'a>> + use<'s, 'a> {
        let found = self.directory.kinds.get(kind).map_or(&[][..], Vec::as_slice);
        found.iter().map(|&at| &self.objects[at])
    }

    /// Whether an EndpointSlice of the input belongs to a Service of this name.
    pub fn has_slice(&self, service: &str) -> bool {
        self.directory.slices.contains(service)
    }

    /// The Endpoints that are written for a Service by hand, if its namespace may be theirs (fact 4.15).
    pub fn endpoints(&self, service: &Object<'a>) -> Option<&Object<'a>> {
        let namespace = self.namespace(service);
        self.named_within(namespace, "Endpoints", service.name).next()
    }

    /// Whether an object in view lies beside another one.
    pub fn beside<'s>(
        &'s self,
        kind: &'s str,
        object: &Object<'a>,
    ) -> impl Iterator<Item = &'s Object<'a>> + use<'s, 'a> {
        let folders = self.directory.folders.get_or_init(|| by_folder(&self.objects));
        let folder = directory(object);
        let found = folders.get(&kind_and_name(kind, folder)).map_or(&[][..], Vec::as_slice);
        let found = found.iter().map(|&at| &self.objects[at]);
        found.filter(move |other| other.kind == kind && directory(other) == folder)
    }

    /// Whether something at run time makes an object of this kind and name in a namespace: a generator, an operator, a
    /// certificate controller, a StatefulSet, or the cluster itself.
    pub fn is_made(&self, namespace: Option<&str>, kind: &str, name: &str) -> bool {
        let of_the_cluster = match kind {
            "ConfigMap" => [
                "kube-root-ca.crt",
                "openshift-service-ca.crt",
                "extension-apiserver-authentication",
                "cluster-info",
            ]
            .contains(&name),
            "ServiceAccount" => ["default", "builder", "deployer"].contains(&name),
            "Service" => name == "kubernetes",
            _ => false,
        };
        let makes = |one: &Made<'a>| {
            one.kind.is_none_or(|own| own == kind) && scope(namespace, one.namespace) != Match::No
        };
        let claimed = || {
            let bare = name.rsplit_once('-').filter(|one| one.1.bytes().all(|byte| byte.is_ascii_digit()));
            kind == "PersistentVolumeClaim" && bare.is_some_and(|one| self.directory.claims.contains(one.0))
        };
        of_the_cluster
            || self.spellings(name).any(|name| self.is_generated(kind, name))
            || self.directory.made.get(name).is_some_and(|all| all.iter().any(makes))
            || self.is_produced(name)
            || claimed()
    }

    /// Whether a generator of the unit makes or changes an object of this kind and name.
    pub fn is_generated(&self, kind: &str, name: &str) -> bool {
        self.directory.generated.contains(&(kind, name))
    }

    /// Whether a variant of the unit, of which this one is another choice of files, has such an object in the
    /// directory of `from`.
    pub fn is_in_variant(&self, from: &Object<'a>, kind: &str, name: &str) -> bool {
        self.variant(from, kind, name).is_some()
    }

    /// Whether the object's own directory defines it in several ways.
    pub fn is_contested(&self, object: &Object<'a>) -> bool {
        self.variant(object, object.kind, object.name) == Some(true)
    }

    /// Whether an object names a workload like this one in its own directory, and this one stands in another variant.
    pub(super) fn is_of_another_variant(&self, from: &Object<'a>, at: usize) -> bool {
        let target = &self.workloads[at].object;
        !same_directory(from, target) && self.variant(from, target.kind, target.name).is_some()
    }

    fn variant(&self, from: &Object<'a>, kind: &str, name: &str) -> Option<bool> {
        let variants = &self.view.variants;
        if variants.is_empty() {
            return None;
        }
        variants.get(&(directory(from).to_owned(), kind.to_owned(), name.to_owned())).copied()
    }

    /// A name, and what it is called in the files where a kustomization adds something to it.
    fn spellings<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n str> + 'n {
        let bare = self.view.affixes.iter().filter_map(move |(prefix, suffix)| {
            name.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_suffix(suffix.as_str()))
        });
        std::iter::once(name).chain(bare)
    }

    /// All objects of a kind and name that an object of some namespace may mean.
    pub fn reachable<'s>(
        &'s self,
        namespace: Option<&'s str>,
        kind: &'s str,
        name: &'s str,
    ) -> impl Iterator<Item = &'s Object<'a>> + 's {
        self.spellings(name).flat_map(move |name| self.named_within(namespace, kind, name))
    }

    /// The Service whose name differs only in a word such as `svc`, surely in this namespace or lying near.
    pub fn but_for_kind(&self, from: &Object<'a>, namespace: Option<&str>, name: &str) -> Option<Object<'a>> {
        let here = |object: &&Object<'a>| {
            (namespace.is_some() && self.namespace(object).is_some()) || same_directory(from, object)
        };
        let others = suggest::but_for_kind(name);
        let named = |name| self.named_within(namespace, "Service", name);
        let mut found = others.iter().filter_map(|other| named(other.as_str()).find(here));
        match (found.next(), found.next()) {
            (Some(only), None) => Some(*only),
            _ => None,
        }
    }

    /// Looks a name up for an object: in `namespace`, of a core kind. `list` is the configuration's word for
    /// what exists outside.
    pub fn look_up(
        &self,
        from: &Object<'a>,
        namespace: Option<&str>,
        kind: &str,
        list: &str,
        name: &str,
    ) -> Found<'a> {
        let best = self
            .reachable(namespace, kind, name)
            .max_by_key(|object| scope(namespace, self.namespace(object)));
        if let Some(object) = best {
            return Found::Object(*object, scope(namespace, self.namespace(object)).is_yes());
        }
        let external = self.surroundings.is_external(list, namespace, name) || is_token(kind, name);
        if external || self.is_made(namespace, kind, name) || self.is_in_variant(from, kind, name) {
            return Found::Made;
        }
        if let Some(object) = self.named(kind, name).next() {
            return match self.is_placed_in_other_unit(namespace, kind, name) {
                true => Found::Made,
                false => Found::Elsewhere(*object),
            };
        }
        if let Some(object) = (kind == "Service").then(|| self.but_for_kind(from, namespace, name)).flatten()
        {
            return Found::Near(object);
        }
        // Where the one who asks has the same name, the name was hardly misspelt twice.
        let fits = |object: &Object<'a>, distance: usize| {
            distance == 1 || name != from.name || same_file(from, object)
        };
        let near = self.beside(kind, from).take(MOST).filter_map(|object| {
            let distance = suggest::slip(name, object.name).filter(|distance| fits(object, *distance))?;
            (scope(namespace, self.namespace(object)) != Match::No).then_some((distance, object))
        });
        match near.min_by_key(|one| one.0) {
            Some(one) => Found::Near(*one.1),
            None if self.is_in_other_unit(kind, name) => Found::Made,
            None => Found::Nothing,
        }
    }

    /// Whether the directory of an object defines workloads in several ways, some of which are left out here.
    pub fn has_left_out_pods(&self, beside: &Object<'a>) -> bool {
        let own = directory(beside);
        let left_out = |((at, kind, name), differs): (&(String, String, String), &bool)| {
            *differs
                && at == own
                && matches!(kind.as_str(), "Deployment" | "StatefulSet" | "ReplicaSet" | "DaemonSet")
                && self.named(kind, name).next().is_none()
        };
        self.view.variants.iter().any(left_out)
    }

    /// Whether another unit has an object of this kind and name in this namespace, or in one that is left open.
    pub fn is_placed_in_other_unit(&self, namespace: Option<&str>, kind: &str, name: &str) -> bool {
        let others = &self.view.others;
        let mut spaces = namespace.into_iter().chain([""]);
        !others.is_empty() && spaces.any(|space| others.contains(&placed(kind, name, space)))
    }

    /// Whether another unit of the input has an object of this kind and name.
    pub fn is_in_other_unit(&self, kind: &str, name: &str) -> bool {
        !self.view.others.is_empty() && self.view.others.contains(&kind_and_name(kind, name))
    }
}

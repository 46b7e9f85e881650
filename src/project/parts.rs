//! Which files are only parts of something, and what kustomizations do to the others on their way.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::kustomization::{Asked, Replaced};
use super::{Kustomization, Patched};
use crate::document::Object;
use crate::schema;
use crate::yaml::{Node, Step};

/// What all kustomizations of the input say about single files.
#[derive(Debug, Default)]
pub struct Parts {
    all: Vec<Kustomization>,
    /// Patches, configurations and what feeds generators.
    parts: HashSet<String>,
    /// For every file that is deployed by a kustomization, the positions of those that deploy it.
    deployed: HashMap<String, Vec<usize>>,
    /// For every kustomization, the positions of the components that it builds with.
    components: Vec<Vec<usize>>,
    /// Kinds of custom resources of which a patch somewhere changes all objects, whoever deploys them.
    patched_everywhere: HashSet<String>,
}

impl Parts {
    /// Follows the kustomizations to their files.
    pub fn new(all: Vec<Kustomization>) -> Self {
        let by_directory: HashMap<&str, (usize, &Kustomization)> =
            all.iter().enumerate().map(|(at, one)| (one.directory.as_str(), (at, one))).collect();
        let mut components = vec![Vec::new(); all.len()];
        let mut parts = HashSet::new();
        let mut deployed: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, one) in all.iter().enumerate() {
            parts.extend(one.parts.iter().cloned());
            let (mut open, mut seen) = (vec![one], HashSet::new());
            while let Some(inner) = open.pop() {
                if !seen.insert(inner.directory.as_str()) {
                    continue;
                }
                for path in &inner.resources {
                    match by_directory.get(path.as_str()) {
                        Some((inner, next)) => {
                            if next.component {
                                components[at].push(*inner);
                            }
                            open.push(next);
                        }
                        None => deployed.entry(path.clone()).or_default().push(at),
                    }
                }
            }
        }
        drop(by_directory);
        let kinds = all.iter().flat_map(|one| &one.patched.kinds);
        let patched_everywhere = kinds.filter(|kind| !is_built_in(kind)).cloned().collect();
        Parts { all, parts, deployed, components, patched_everywhere }
    }

    /// The same with what Flux patches after the build: `spec.patches` of its Kustomizations.
    pub fn patching<'o, 'a: 'o>(mut self, objects: impl Iterator<Item = &'o Object<'a>>) -> Self {
        for flux in objects.filter(|object| object.is("kustomize.toolkit.fluxcd.io", "Kustomization")) {
            let patches = flux.spec().and_then(|spec| spec.get("patches"));
            let targets = patches.into_iter().flat_map(Node::items).filter_map(|patch| patch.get("target"));
            let kinds = targets.filter(|target| target.get("name").is_none()).filter_map(|it| it.get("kind"));
            let custom = kinds.map(Node::text).filter(|kind| !is_built_in(kind));
            self.patched_everywhere.extend(custom.map(str::to_owned));
        }
        self
    }

    /// The kustomizations.
    pub fn all(&self) -> &[Kustomization] {
        &self.all
    }

    /// Those that deploy a file.
    fn deploying(&self, path: &str) -> impl Iterator<Item = &Kustomization> {
        self.deployed.get(path).into_iter().flatten().map(|at| &self.all[*at])
    }

    /// Whether a file patches or configures something and holds no objects of its own.
    pub fn is_part(&self, path: &str) -> bool {
        self.parts.contains(path)
    }

    /// Whether kustomize reads the file, which keeps `yes` and `on` as text (fact 12.4).
    pub fn is_deployed(&self, path: &str) -> bool {
        self.deployed.contains_key(path)
    }

    /// Whether a kustomization gives objects of the kind in this file another name: `name: _` is one then.
    pub fn renames(&self, path: &str, kind: &str) -> bool {
        let gives = |one: &Kustomization| {
            one.affixes != Default::default() || (kind == "Namespace" && one.namespace.is_some())
        };
        self.deploying(path).any(gives)
    }

    /// Whether a kustomization that deploys a file patches its objects with another.
    pub fn patches_with(&self, path: &str, patch: &str) -> bool {
        self.deploying(path).any(|one| one.parts.iter().any(|part| part == patch))
    }

    /// The directories of kustomizations that deploy the object and themselves name its version to find it.
    pub fn asking<'s>(&'s self, path: &str, object: &'s Object<'_>) -> impl Iterator<Item = &'s str> {
        let is_of = |one: &Asked| {
            (one.version.as_str(), one.kind.as_str()) == (object.api_version, object.kind)
                && (one.name.is_empty() || one.name == object.name)
        };
        let own = self.deploying(path).filter(move |one| one.asked.iter().any(is_of));
        own.map(|one| one.directory.as_str())
    }

    /// Whether a kustomization that deploys the file writes over a field of the object.
    pub fn replaces(&self, path: &str, object: &Object<'_>, field: Node<'_>) -> bool {
        let is_of = |one: &Replaced| {
            (one.kind.is_empty() || one.kind == object.kind)
                && (one.name.is_empty() || one.name == object.name)
        };
        let mut all = self.deploying(path).flat_map(|one| &one.replaced).filter(|one| is_of(one)).peekable();
        if all.peek().is_none() {
            return false;
        }
        let way = field.way();
        let steps = way.iter().skip(object.node.depth());
        all.any(|one| {
            let mut written = one.field.split('.');
            let mut steps = steps.clone();
            steps.all(|(step, _)| match (step, written.next()) {
                (Step::Key(key), Some(part)) => *key == part,
                (Step::Item(item), Some(part)) => part == "*" || part.parse() == Ok(*item),
                (_, None) => false,
            }) && written.next().is_none()
        })
    }

    /// Whether a kustomization may add fields to the object: with labels for its selector, or with a patch.
    pub fn completes(&self, path: &str, object: &Object<'_>) -> bool {
        let adds = |one: &Kustomization| !one.added.selectors.is_empty() || touches(&one.patched, object);
        let by_component =
            |at: &usize| self.components[*at].iter().any(|inner| touches(&self.all[*inner].patched, object));
        self.patched_everywhere.contains(object.kind)
            || self.deploying(path).any(adds)
            || self.deployed.get(path).into_iter().flatten().any(by_component)
    }
}

/// Whether a kind is one of the API's own. Of them each is sent by whoever deploys it, and a patch elsewhere says nothing.
fn is_built_in(kind: &str) -> bool {
    schema::kinds().any(|(_, own)| own == kind)
}

fn touches(patched: &Patched, object: &Object<'_>) -> bool {
    // Prefixes and suffixes change names, so that a patch may know the object by a longer one.
    let same =
        |name: &str| !object.name.is_empty() && (name.contains(object.name) || object.name.contains(name));
    patched.everything
        || patched.kinds.contains(object.kind)
        || patched.names.iter().any(|name| same(name))
        || patched.objects.iter().any(|(kind, name)| kind == object.kind && same(name))
}

//! How much of its world a unit shows: what could not be read, what a kustomization did to objects on their way.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::{Gap, Sought};
use crate::document::Object;
use crate::files::Span;
use crate::files::path::directory;
use crate::recall::{Once, unordered};

/// What is known about how much of the world is in view.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// What was not read or not followed, with what it could bring: an unrendered chart, a file that cannot be read,
    /// a part of an object, what a kustomization takes from elsewhere.
    pub gaps: Vec<Gap>,
    /// The same of other units, which may be deployed beside this one.
    pub beside: Arc<[Gap]>,
    /// The input has other units that may be deployed beside this one: pods that are simply not here may be there.
    pub elsewhere: bool,
    /// Hashes of kind and name of everything in the input, and of those with the namespace, if it has other units:
    /// what is in one of them is not called absent here.
    pub others: Arc<foldhash::HashSet<u64>>,
    /// Every directory of the input with a file in it or below; empty where nobody deploys by path.
    pub folders: Arc<BTreeSet<String>>,
    /// Only single files were named.
    pub single_files: bool,
    /// One kustomization brings everything that is here.
    pub built: bool,
    /// The place of the namespace that the kustomization gives to everything here.
    pub namespace: Option<Span>,
    /// The provisioners of the storage classes of the input, whatever brings them, by name; the default class has none.
    pub classes: Arc<BTreeMap<String, String>>,
    /// The values are those of a test of the chart.
    pub tested: bool,
    /// The namespace that a release was given here because nothing says which it has: as good as open.
    pub assumed: Option<&'static str>,
    /// Objects that a patch changes: what they lack, the patch may bring.
    pub patched: Patched,
    /// Name prefixes and suffixes that kustomizations add.
    pub affixes: Vec<(String, String)>,
    /// Objects that kustomize generates, as `(kind, name)`.
    pub generated: Vec<(String, String)>,
    /// Where files are variants of each other: every object by directory, kind and name, and whether its directory
    /// defines it in different ways.
    pub variants: Arc<HashMap<(String, String, String), bool>>,
    /// Services that a kustomization renames.
    pub renamed: Vec<Renamed>,
    /// Labels that kustomizations set.
    pub relabelled: Relabelled,
}

/// Whether an object of Flux or Argo CD deploys a path of a repository.
pub fn deploys_by_path(object: &Object<'_>) -> bool {
    match object.kind {
        "Kustomization" | "HelmRelease" => object.group().ends_with("toolkit.fluxcd.io"),
        "Application" => object.group() == "argoproj.io",
        _ => false,
    }
}

/// Every directory with one of these files in it or below.
pub fn folders<'p>(paths: impl Iterator<Item = &'p str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in paths {
        let mut folder = directory(path);
        while !folder.is_empty() && !found.contains(folder) {
            found.insert(folder.to_owned());
            folder = directory(folder);
        }
    }
    found
}

impl View {
    /// Writes all that it is; `once` knows what units share.
    pub fn identify(&self, once: &Once, state: &mut dyn Hasher) {
        let View { gaps, beside, elsewhere, others, folders, single_files, built, assumed, patched, .. } =
            self;
        let View { affixes, generated, variants, renamed, relabelled, namespace, tested, classes, .. } = self;
        let mut state = state;
        (gaps, elsewhere, single_files, built, assumed, namespace, tested, classes).hash(&mut state);
        (patched, affixes, generated, renamed, relabelled).hash(&mut state);
        once.of(beside, |gaps| unordered(gaps.iter())).hash(&mut state);
        once.of(others, |names| unordered(names.iter())).hash(&mut state);
        once.of(folders, |folders| unordered(folders.iter())).hash(&mut state);
        once.of(variants, |variants| unordered(variants.iter())).hash(&mut state);
    }

    /// Whether something out of sight could bring this to an object in `from`, a directory.
    pub fn could_supply(&self, from: &str, sought: &Sought<'_>) -> bool {
        self.gaps.iter().chain(&*self.beside).any(|gap| gap.could_supply(from, sought))
    }

    /// Whether a text that could not be read, wherever it lies, has all of these labels in it.
    pub fn is_spoken_of(&self, labels: &[(&str, &str)]) -> bool {
        self.gaps.iter().chain(&*self.beside).any(|gap| gap.speaks_of(labels))
    }

    /// Whether a file of this directory could not be read that may hold this.
    pub fn is_broken(&self, directory: &str, sought: &Sought<'_>) -> bool {
        let own = |gap: &&Gap| gap.broken && gap.directory.as_deref().is_none_or(|own| own == directory);
        self.gaps.iter().filter(own).any(|gap| gap.could_supply(directory, sought))
    }
}

/// A hash of the kind and the name of an object, as [`View::others`] has them.
pub fn kind_and_name(kind: &str, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, name).hash(&mut hasher);
    hasher.finish()
}

/// The same with the namespace, which is empty where it is left open.
pub fn placed(kind: &str, name: &str, namespace: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, name, namespace).hash(&mut hasher);
    hasher.finish()
}

/// A Service that a prefix or a suffix gave another name.
#[derive(Clone, Debug, Hash)]
pub struct Renamed {
    /// The name as written.
    pub from: String,
    /// The name it is deployed with.
    pub to: String,
    /// The prefix or suffix.
    pub at: Span,
}

/// Which objects of a unit are changed by patches.
#[derive(Clone, Debug, Default)]
pub struct Patched {
    /// Kind and name.
    pub objects: HashSet<(String, String)>,
    /// Every object of these kinds.
    pub kinds: HashSet<String>,
    /// Every object of these names.
    pub names: HashSet<String>,
    /// Cannot be told: take it that everything is.
    pub everything: bool,
}

impl Hash for Patched {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Patched { objects, kinds, names, everything } = self;
        (unordered(objects.iter()), unordered(kinds.iter()), unordered(names.iter()), everything).hash(state);
    }
}

impl Patched {
    /// Adds what another set says.
    pub fn extend(&mut self, other: &Patched) {
        self.objects.extend(other.objects.iter().cloned());
        self.kinds.extend(other.kinds.iter().cloned());
        self.names.extend(other.names.iter().cloned());
        self.everything |= other.everything;
    }

    /// Whether a patch changes this object.
    pub fn changes(&self, object: &Object<'_>) -> bool {
        !self.is_empty()
            && (self.everything
                || self.kinds.contains(object.kind)
                || self.names.contains(object.name)
                || self.objects.contains(&(object.kind.to_owned(), object.name.to_owned())))
    }

    /// Whether no object is.
    pub fn is_empty(&self) -> bool {
        !self.everything && self.objects.is_empty() && self.kinds.is_empty() && self.names.is_empty()
    }
}

/// Where kustomizations set labels in the objects of a unit.
#[derive(Clone, Debug, Default)]
pub struct Relabelled {
    /// The values of `labels` and `commonLabels`, as they are written.
    pub places: HashSet<Span>,
    /// What such a value replaced: the place of the object and that of the value, and the text before.
    pub replaced: HashMap<(Span, Span), String>,
}

impl Hash for Relabelled {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Relabelled { places, replaced } = self;
        (unordered(places.iter()), unordered(replaced.iter())).hash(state);
    }
}

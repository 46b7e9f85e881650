//! What a build comes to: objects, and what kustomize would refuse or is not evaluated here.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hash};

use foldhash::HashSet;
use foldhash::fast::FixedState;

use super::config::Config;
use super::resources::Resources;
use super::value::Text;
use crate::files::Span;

/// A variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Var {
    /// Its name.
    pub name: Text,
    /// The way to its value in the object.
    pub(super) path: String,
    /// The entry of `vars`.
    pub(super) at: Span,
}

/// A kustomization, built.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The objects, in their order.
    pub resources: Resources,
    /// The files that were read, as positions in the world.
    pub files: BTreeSet<usize>,
    /// What ends a build, or would with kustomize.
    pub troubles: Vec<Trouble>,
    /// What is not evaluated.
    pub unseen: Vec<Unseen>,
    /// Prefixes and suffixes that names were given.
    pub affixes: Vec<Affix>,
    /// Fields that `configurations` add.
    pub config: Config,
    /// There is nothing in the kustomization but its type.
    pub empty: bool,
    /// Places of the values that `labels` and `commonLabels` set.
    pub labels: BTreeSet<Span>,
    /// The entries of `helmCharts` whose charts are among the objects.
    pub charts: BTreeSet<Span>,
    /// Where the namespace stands that everything here was given.
    pub namespace: Option<Span>,
    /// Variables, not put in their places yet.
    pub vars: Vec<Var>,
    /// Kinds and names of what patches deleted.
    pub(super) deleted: BTreeSet<(String, String)>,
    /// What was taken over from bases, as hashes.
    said: HashSet<u64>,
}

/// A prefix and a suffix, and where they are set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Affix {
    /// `namePrefix`.
    pub prefix: String,
    /// `nameSuffix`.
    pub suffix: String,
    /// Their place.
    pub at: Span,
}

/// Something that kustomize would refuse.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Trouble {
    /// Where.
    pub at: Span,
    /// What kind of thing.
    pub kind: TroubleKind,
    /// One clause.
    pub message: String,
    /// What to do, where that is known.
    pub help: Option<String>,
}

/// What is named and not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lacking {
    /// A file, by the name that files of environment variables have.
    Variables,
    /// Any other file.
    File,
    /// A file or directory with resources.
    Resource,
    /// The kustomization of a directory that is there.
    Kustomization,
    /// A component.
    Component,
}

impl Lacking {
    /// The file of this path.
    pub fn file(path: &str) -> Self {
        if path.ends_with(".env") { Lacking::Variables } else { Lacking::File }
    }
}

/// What kind of trouble there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// What is named is not there.
    Missing(Lacking),
    /// A directory has two kustomizations.
    Twice,
    /// A kustomization includes itself.
    Cycle,
    /// Two objects have one identity; the place of the first.
    Duplicate(Span),
    /// A patch without a target, which ends a build.
    NoTarget,
    /// A patch whose target selects nothing, which kustomize passes over.
    IdleTarget,
    /// An entry of `images:` that names none of the build, which kustomize passes over.
    IdleImage,
    /// A file that cannot be read; said elsewhere.
    Unreadable,
    /// A field that is another one misspelt, or has a value of the wrong type.
    Field,
    /// Something else that ends every build, whatever else is in it.
    Build,
    /// A file outside of the directory of its kustomization, which kubectl does not read.
    Outside,
    /// A field that this version of kustomize does not have.
    OtherField,
    /// A kustomization with nothing in it is included.
    Empty,
    /// Anything else that was not understood.
    Other,
}

impl TroubleKind {
    /// Whether kustomize passes over it and builds all the same.
    pub fn is_idle(self) -> bool {
        matches!(self, TroubleKind::IdleTarget | TroubleKind::IdleImage | TroubleKind::Outside)
    }
}

/// Something that is not evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unseen {
    /// Where.
    pub at: Span,
    /// What, in a few words.
    pub what: String,
    /// It may change any object, not only add some.
    pub changes: bool,
}

impl Built {
    /// Adds a trouble.
    pub fn trouble(&mut self, at: Span, kind: TroubleKind, message: impl Into<String>) {
        self.troubles.push(Trouble { at, kind, message: message.into(), help: None });
    }

    /// Says that a file is not there.
    pub(super) fn no_file(&mut self, at: Span, path: &str) {
        let lacking = TroubleKind::Missing(Lacking::file(path));
        self.trouble(at, lacking, format!("there is no file `{path}`"));
    }

    pub(super) fn unseen(&mut self, at: Span, what: impl Into<String>, changes: bool) {
        self.unseen.push(Unseen { at, what: what.into(), changes });
    }

    /// Says what a base says, once for all the ways that lead to it: there may be very many.
    pub(super) fn take_over(&mut self, base: &Built) {
        let said = &mut self.said;
        self.troubles.extend(new(said, &base.troubles));
        self.unseen.extend(new(said, &base.unseen));
        self.affixes.extend(new(said, &base.affixes));
    }

    /// Says what kustomize would refuse in a build of something else than objects.
    pub(super) fn take_over_troubles(&mut self, other: &Built) {
        self.troubles.extend(new(&mut self.said, &other.troubles));
    }

    /// Whether objects may be missing in it.
    pub fn is_partial(&self) -> bool {
        let adds = |trouble: &Trouble| trouble.kind != TroubleKind::NoTarget && !trouble.kind.is_idle();
        !self.unseen.is_empty() || self.troubles.iter().any(adds)
    }

    /// Whether kustomize would print the same.
    pub fn is_faithful(&self) -> bool {
        !self.empty && self.unseen.is_empty() && self.troubles.iter().all(|trouble| trouble.kind.is_idle())
    }
}

/// What is not among what was said, which it is then.
fn new<T: Hash + Clone>(said: &mut HashSet<u64>, all: &[T]) -> Vec<T> {
    all.iter().filter(|one| said.insert(FixedState::default().hash_one(one))).cloned().collect()
}

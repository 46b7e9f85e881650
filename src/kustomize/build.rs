//! Builds: which files a kustomization reads, and in which order things happen to what they hold.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet};
use rayon::prelude::*;

use super::budget::{Budget, ENDLESS};
pub use super::built::{Affix, Built, Lacking, Trouble, TroubleKind, Unseen};
use super::resource::Resource;
use super::resources::Clue;
use super::value::Value;
use super::vars;
use super::world::{Found, World};
use super::{form, hash, is_remote, names};
use crate::document::{Content, Document};
use crate::files::path::join;
use crate::files::{FileId, Span};

/// Includes deeper than this are not followed.
const DEEPEST: usize = 64;
/// Builds with more objects than this are not finished.
const MOST: usize = 50_000;

/// Builds kustomizations; what several include is built once.
pub struct Builder<'w, 'a> {
    pub(super) world: &'w World<'a>,
    done: HashMap<String, Arc<Built>>,
    pub(super) open: Vec<String>,
    /// How many components are being run inside each other.
    pub(super) components: usize,
    /// What the build may still make.
    pub(super) budget: Budget,
}

/// A document of a resource file.
#[derive(Clone, Debug)]
pub(super) enum Loaded {
    Resource(Resource),
    Unreadable(Span),
    Nameless(Span),
}

/// Neighbours share their bases; so many of them are built with one memory of what was built. The number does not
/// depend on the threads, so that neither does the result.
const NEIGHBOURS: usize = 32;

/// Builds the kustomizations of these directories on all threads and makes something of each, in their order.
pub fn build_all<T: Send>(
    world: &World<'_>,
    directories: &[&str],
    make: impl Fn(&str, Built) -> T + Sync,
) -> Vec<T> {
    let some = |directories: &[&str]| {
        let mut builder = Builder::new(world);
        directories.iter().map(|directory| make(directory, builder.build(directory))).collect::<Vec<_>>()
    };
    directories.par_chunks(NEIGHBOURS).flat_map_iter(some).collect()
}

impl<'w, 'a> Builder<'w, 'a> {
    /// A builder over a world.
    pub fn new(world: &'w World<'a>) -> Self {
        Builder { world, done: HashMap::new(), open: Vec::new(), components: 0, budget: Budget::default() }
    }

    /// Builds a directory's kustomization to the end: names hashed, references brought up to date.
    pub fn build(&mut self, directory: &str) -> Built {
        self.budget = Budget::default();
        let mut built = match self.done.get(directory) {
            Some(done) => Built::clone(done),
            None => {
                let mut built = Built::default();
                self.run(directory, &mut built);
                built
            }
        };
        hash::apply(&mut built.resources, |resource| {
            resource.root.at(&["metadata", "name"]).map_or(resource.root.span, |name| name.span)
        });
        if let Err(message) = names::fix(&mut built.resources, &built.config.references) {
            let at = self.place(directory);
            built.trouble(at, TroubleKind::Other, message);
        }
        vars::resolve(&mut built, &mut self.budget);
        let local = |resource: &Resource| {
            let mark = resource.root.at(&["metadata", "annotations", "config.kubernetes.io/local-config"]);
            mark.is_some_and(|mark| mark.text() != "false")
        };
        built.resources.retain(|resource| !local(resource));
        built.resources.iter_mut().for_each(Resource::tidy_annotations);
        built
    }

    fn place(&self, directory: &str) -> Span {
        let file = self.world.kustomization(directory).first().copied().unwrap_or(0);
        Span { file: FileId(file as u32), start: 0, end: 0 }
    }

    pub(super) fn accumulate(&mut self, directory: &str) -> Arc<Built> {
        if let Some(done) = self.done.get(directory) {
            return Arc::clone(done);
        }
        let mut built = Built::default();
        let runs = std::mem::take(&mut self.budget.runs);
        self.run(directory, &mut built);
        self.budget.runs = runs;
        let built = Arc::new(built);
        self.done.insert(directory.to_owned(), Arc::clone(&built));
        built
    }

    /// Runs a kustomization on what was gathered so far: nothing, or for a component all that its user has.
    fn run(&mut self, directory: &str, built: &mut Built) {
        let at = self.place(directory);
        built.files.extend(self.world.kustomization(directory));
        if self.world.kustomization(directory).len() > 1 {
            built.trouble(at, TroubleKind::Twice, "this directory has more than one kustomization");
            return;
        }
        let world = self.world;
        let Some(root) = world.sheet(directory) else {
            built.trouble(at, TroubleKind::Unreadable, "a kustomization that cannot be read");
            return;
        };
        if self.open.len() >= DEEPEST {
            return built.unseen(at, "a kustomization (more than 64 include each other)", true);
        }
        self.open.push(directory.to_owned());
        built.empty = form::is_empty(root);
        form::check(root, built);
        self.configurations(root, directory, built);
        let mut known: Known = built.resources.iter().map(Resource::identity).collect();
        for field in ["resources", "bases"] {
            for entry in list(root, field) {
                self.resource(entry, directory, built, &mut known);
            }
        }
        self.generators(root, directory, built);
        for entry in list(root, "components") {
            self.component(entry, directory, built);
        }
        self.transform(root, directory, built);
        self.transformers_from_files(root, directory, built);
        vars::gather(list(root, "vars"), built);
        self.open.pop();
    }

    fn resource(&mut self, entry: &Value, directory: &str, built: &mut Built, known: &mut Known) {
        let (at, text) = (entry.span, entry.text());
        let path = join(directory, text);
        match self.world.file(&path) {
            Found::There(file) => {
                built.files.insert(file);
                self.restrict(at, text, directory, built);
                self.file(file, at, built, known);
                return;
            }
            _ if is_remote(text) && self.world.kustomization(&path).is_empty() => {
                built.unseen(at, "a remote resource", false);
                return;
            }
            Found::OutOfView if self.world.kustomization(&path).is_empty() => {
                built.unseen(at, "a resource that was not read", false);
                return;
            }
            Found::Missing if self.world.kustomization(&path).is_empty() && self.world.is_made(&path) => {
                built.unseen(at, "a resource that is made before the build", false);
                return;
            }
            Found::Missing if self.world.kustomization(&path).is_empty() => {
                let within = format!("{path}/");
                let is_folder = self.world.sources().iter().any(|file| file.path.starts_with(&within));
                let (lacking, message) = if is_folder {
                    (Lacking::Kustomization, format!("there is no kustomization in `{text}`"))
                } else {
                    (Lacking::Resource, format!("there is no file or directory `{text}`"))
                };
                let help = self.world.meant(directory, text).map(|meant| format!("did you mean `{meant}`?"));
                built.troubles.push(Trouble { at, kind: TroubleKind::Missing(lacking), message, help });
                return;
            }
            _ => {}
        }
        if self.open.contains(&path) {
            built.trouble(at, TroubleKind::Cycle, "this kustomization includes itself");
            return;
        }
        if self.world.sheet(&path).is_some() && self.is_component(&path) {
            let message = format!("`{text}` is a component, and not a resource");
            let help = Some("list it under `components`".to_owned());
            built.troubles.push(Trouble { at, kind: TroubleKind::Field, message, help });
            return;
        }
        let inner = self.accumulate(&path);
        if inner.empty {
            built.trouble(
                at,
                TroubleKind::Empty,
                format!("there is nothing in the kustomization of `{text}`"),
            );
        }
        built.files.extend(&inner.files);
        built.take_over(&inner);
        built.labels.extend(&inner.labels);
        inner.vars.iter().for_each(|var| vars::add(var.clone(), at, built));
        built.config.merge(&inner.config);
        for resource in inner.resources.iter() {
            append(resource.clone(), at, built, known);
        }
    }

    /// Says that kubectl does not read a file because it lies outside of its kustomization's directory (fact 13.31).
    pub(super) fn restrict(&self, at: Span, text: &str, directory: &str, built: &mut Built) {
        let path = join(directory, text);
        let inside = directory.is_empty() && !path.starts_with("..")
            || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
        if !inside && !self.world.is_built_by_flux() {
            let message = format!("`{text}` lies outside of the kustomization's directory");
            built.trouble(at, TroubleKind::Outside, message);
        }
    }

    fn file(&mut self, file: usize, at: Span, built: &mut Built, known: &mut Known) {
        for one in self.load(file) {
            match one {
                Loaded::Resource(resource) => append(resource, at, built, known),
                Loaded::Unreadable(span) => {
                    built.trouble(span, TroubleKind::Unreadable, "a resource that cannot be read");
                }
                Loaded::Nameless(span) => {
                    built.trouble(span, TroubleKind::Other, "a resource without kind or name");
                }
            }
        }
    }

    /// The resources of a file.
    pub(super) fn load(&mut self, file: usize) -> Vec<Loaded> {
        let mut loaded = Vec::new();
        self.world.documents(file).iter().for_each(|document| document_of(document, &mut loaded));
        loaded
    }

    /// Whether the kustomization of a directory is a component; one that cannot be read may be.
    fn is_component(&self, directory: &str) -> bool {
        self.world.sheet(directory).is_none_or(|root| root.text_at(&["kind"]) == "Component")
    }

    /// Whether a kustomization is being built that asks for this one.
    pub(super) fn is_open(&self, directory: &str) -> bool {
        self.open.iter().any(|one| one == directory)
    }

    fn component(&mut self, entry: &Value, directory: &str, built: &mut Built) {
        let (at, text) = (entry.span, entry.text());
        let path = join(directory, text);
        if self.world.kustomization(&path).is_empty() {
            if is_remote(text) {
                built.unseen(at, "a remote component", true);
            } else if self.world.is_on_disk(&path) {
                built.unseen(at, "a component that was not read", true);
            } else {
                let lacking = TroubleKind::Missing(Lacking::Component);
                built.trouble(at, lacking, format!("there is no component `{text}`"));
            }
        } else if self.open.contains(&path) {
            built.trouble(at, TroubleKind::Cycle, "this kustomization includes itself");
        } else if !self.is_component(&path) {
            let message = format!("`{text}` is a kustomization, and not a component");
            let help = Some("list it under `resources`, or make it `kind: Component`".to_owned());
            built.troubles.push(Trouble { at, kind: TroubleKind::Field, message, help });
        } else if !self.budget.may_run(&path) {
            built.unseen(at, format!("a component ({ENDLESS})"), true);
        } else {
            self.components += 1;
            self.run(&path, built);
            self.components -= 1;
        }
    }
}

/// Hashes of the identities of what was gathered, so that nothing is compared with everything.
type Known = HashSet<u64>;

fn append(resource: Resource, at: Span, built: &mut Built, known: &mut Known) {
    if built.resources.len() >= MOST {
        return built.trouble(at, TroubleKind::Other, "too many objects in one build");
    }
    let same = |other: &Resource| other.same_identity(&resource);
    if !known.insert(resource.identity())
        && let Some(&other) = built.resources.positions(Clue::Name(resource.name()), same).first()
    {
        let other = &built.resources[other];
        let message = format!("{} `{}` is there twice", other.kind(), other.name());
        return built.trouble(at, TroubleKind::Duplicate(other.root.span), message);
    }
    built.resources.push(resource);
}

/// The items of a list, if there is one.
pub(super) fn list<'v>(root: &'v Value, field: &str) -> &'v [Value] {
    root.get(field).map_or(&[], Value::items)
}

fn document_of(document: &Document, loaded: &mut Vec<Loaded>) {
    match &document.content {
        Content::Comments(_) => {}
        Content::Template(_) | Content::Failed(_) => loaded.push(Loaded::Unreadable(document.span())),
        Content::Parsed(_) => match document.tree().filter(|tree| tree.duplicates().is_empty()) {
            Some(tree) => object(Value::read(tree.root()), loaded),
            None => loaded.push(Loaded::Unreadable(document.span())),
        },
    }
}

/// An object, or the items of a list of some.
pub(super) fn object(root: Value, loaded: &mut Vec<Loaded>) {
    if root.is_nil_or_empty() {
        return;
    }
    let span = root.span;
    let kind = root.text_at(&["kind"]);
    if kind.ends_with("List") && root.get("items").is_some() {
        let items = root.get("items").cloned().map_or_else(Vec::new, Value::into_items);
        return items.into_iter().for_each(|item| object(item, loaded));
    }
    if kind.is_empty() || root.text_at(&["metadata", "name"]).is_empty() {
        loaded.push(Loaded::Nameless(span));
        return;
    }
    loaded.push(Loaded::Resource(Resource::new(root)));
}

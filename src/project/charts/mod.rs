//! Charts, evaluated for each set of values: what they deploy, as trees, and what is known of their values.

mod application_sets;
mod deployers;
mod texts;
mod values;
mod variant;
mod variants;

pub use texts::{ChartTexts, NamedTemplate, Pin, texts};
pub use values::{ChartSettings, ChartValues};
pub use variant::Purpose;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deployers::Deployers;
use foldhash::{HashMap, HashMapExt, HashSet};
use rayon::prelude::*;
use variant::{Inflated, Variant};

use super::whole::members;
use super::{Gap, Unit, View};
use crate::document::{Document, Object};
use crate::files::{FileId, SourceFile, Span, path};
use crate::helm::{self, Cluster, Failure, Outcome, Package, Readings, Rendered, Request, Shelf, Unreadable};
use crate::kustomize::Inflation;
use crate::schema;
use crate::yaml::{Node, Tree};

/// A chart with one set of values.
#[derive(Debug)]
pub struct Deployment {
    /// The chart.
    pub package: Arc<Package>,
    /// What its values are called; `None` for the chart's own defaults.
    pub variant: Option<String>,
    /// Files of the values that somebody gives.
    pub given: Vec<Arc<SourceFile>>,
    /// Who its values are for.
    pub purpose: Purpose,
    /// The name of the release, where nothing says it.
    pub assumed_release: Option<String>,
    /// The kustomization that deploys it, whose unit its objects are part of.
    pub inflated: Option<Inflated>,
    /// Nothing says the namespace of the release.
    pub assumed: bool,
    /// What came of it.
    pub outcome: Outcome,
    /// For values that were written elsewhere, the action of a template that prints them.
    pub printed: HashMap<Span, Span>,
    /// For keys that a template writes, where their values were written.
    pub keyed: HashMap<Span, Span>,
    /// For actions that print the name of an object or a container, where the name was written.
    pub names: HashMap<Span, Span>,
    /// Lines of templates that lack a value which nobody set, by their files and numbers.
    unset: HashSet<(FileId, usize)>,
}

/// Every chart of the input.
#[derive(Debug, Default)]
pub struct Charts {
    /// Each chart with each set of values, in the order of the files.
    pub deployments: Vec<Deployment>,
    /// Charts that could not be read, by their directories.
    pub unreadable: Vec<(String, Unreadable)>,
    /// Sets of Applications that give charts values which are not known, and why.
    pub unknown: Vec<(Span, String)>,
    /// What charts consist of besides the files of the run, which they follow.
    pub files: Vec<Arc<SourceFile>>,
    /// Directories of charts that were evaluated, also inside of others.
    evaluated: HashSet<String>,
}

/// Evaluates the charts whose `Chart.yaml` is among the files. `versions` are those of the cluster; `disk`: the
/// files are those of a disk, where more may be than was read, and their paths are shown from this directory.
pub fn evaluate(
    files: &[Arc<SourceFile>],
    documents: &[Document],
    settings: &ChartSettings,
    versions: Option<(u32, u32)>,
    disk: Option<&Path>,
) -> Charts {
    let Some(Loaded { shelf, unknown, unreadable, charts: loaded }) = load(files, documents, settings, disk)
    else {
        return Charts::default();
    };
    let mut charts = Charts { unreadable, unknown, ..Charts::default() };
    let mut work = Vec::new();
    for (package, variants) in loaded {
        charts.mark(&package);
        work.extend(variants.into_iter().map(|variant| (Arc::clone(&package), variant)));
    }
    charts.files = shelf.files()[files.len()..].to_vec();
    let files = shelf.files();
    let (_, high) = versions.unwrap_or((schema::NEWEST, schema::NEWEST));
    let version = format!("v1.{high}.0");
    let cluster = Cluster { version: &version, serves: &serves };
    let readings = Readings::expecting(work.iter().map(|(package, _)| &**package));
    let one = |(package, variant)| deployment(package, variant, cluster, files, &readings);
    charts.deployments = match helm::pool(work.len()) {
        Some(pool) => pool.install(|| work.into_par_iter().map(one).collect()),
        None => work.into_par_iter().map(one).collect(),
    };
    charts
}

/// Evaluates a chart with one set of values; `readings` are the templates that several of them have.
fn deployment(
    package: Arc<Package>,
    variant: Variant<'_>,
    cluster: Cluster<'_>,
    files: &[Arc<SourceFile>],
    readings: &Readings,
) -> Deployment {
    let assumed = variant.namespace.is_none();
    let assumed_release = variant.release.is_none().then(|| release(&package));
    let request = Request {
        values: variant.given,
        release: variant.release.or_else(|| assumed_release.clone()).unwrap_or_default(),
        namespace: variant.namespace.unwrap_or_else(|| ASSUMED.to_owned()),
        crds: variant.inflated.is_some_and(|inflated| inflated.crds),
    };
    let mut outcome = helm::evaluate_with(&package, &request, cluster, files, readings);
    readings.done(&package);
    let first = package.metadata.span(package.metadata.line_range(0));
    outcome.unread.extend(variant.unread.into_iter().map(|what| (first, what)));
    let mapped = || outcome.objects.iter().map(|object| &object.mapped);
    let mut printed = HashMap::new();
    for (value, action) in mapped().flat_map(|mapped| &mapped.printed) {
        printed.entry(*value).or_insert(*action);
    }
    let keyed = mapped().flat_map(|mapped| &mapped.keyed).copied().collect();
    let names = mapped().flat_map(|mapped| &mapped.names).copied().collect();
    let line = |at: &Span| Some((at.file, files.get(at.file.0 as usize)?.line_index(at.start)));
    let mut unset: HashSet<_> = outcome.unset.iter().filter_map(line).collect();
    // The key may stand on the line above: `resources:` with `{{ toYaml .Values.resources | indent 2 }}`.
    let empty = mapped().flat_map(|mapped| &mapped.empty);
    let empty = empty.filter(|(_, value)| line(value).is_some_and(|line| unset.contains(&line)));
    let keys: Vec<_> = empty.filter_map(|(key, _)| line(key)).collect();
    unset.extend(keys);
    Deployment {
        package,
        variant: variant.label,
        given: variant.files,
        purpose: variant.purpose,
        inflated: variant.inflated,
        assumed_release,
        assumed,
        printed,
        keyed,
        names,
        unset,
        outcome,
    }
}

/// Charts as they were read, before anything is evaluated.
struct Loaded<'d> {
    shelf: Shelf,
    unknown: Vec<(Span, String)>,
    unreadable: Vec<(String, Unreadable)>,
    /// Each chart with the values that it is deployed with; none for a chart that only defines templates.
    charts: Vec<(Arc<Package>, Vec<Variant<'d>>)>,
}

/// Reads the charts whose `Chart.yaml` is among the files; `None` if there are none.
fn load<'d>(
    files: &[Arc<SourceFile>],
    documents: &'d [Document],
    settings: &ChartSettings,
    disk: Option<&Path>,
) -> Option<Loaded<'d>> {
    let roots = roots(files);
    if roots.is_empty() {
        return None;
    }
    let shelf = Shelf::new(files.to_vec(), None).shown_from(disk.unwrap_or(Path::new("")));
    let deployers = Deployers::find(documents, &shelf);
    let unknown = deployers.unknown(&roots);
    let mut loaded = Loaded { shelf, unknown, unreadable: Vec::new(), charts: Vec::new() };
    for root in roots {
        let shelf = &mut loaded.shelf;
        let repository = repository(shelf.folder(), &root);
        shelf.enter(disk.map(|_| repository.clone()));
        match helm::load(&root, shelf) {
            Err(unreadable) => loaded.unreadable.push((root, unreadable)),
            Ok(package) if package.library => loaded.charts.push((Arc::new(package), Vec::new())),
            Ok(package) => {
                let variants = variants::all(&root, &repository, settings, &deployers, shelf);
                loaded.charts.push((Arc::new(package), variants));
            }
        }
    }
    Some(loaded)
}

/// The namespace of a release whose namespace nobody says.
const ASSUMED: &str = "default";

/// A release is called like its chart here, which most charts make the shortest names of.
fn release(package: &Package) -> String {
    let name = package.name.to_ascii_lowercase();
    if name.is_empty() { "release".to_owned() } else { name }
}

/// Directories of charts that are no part of another one.
fn roots(files: &[Arc<SourceFile>]) -> Vec<String> {
    let all: BTreeSet<&str> = files
        .iter()
        .filter(|file| file.file_name() == "Chart.yaml" && !file.piped)
        .map(|file| path::directory(&file.path))
        .collect();
    let is_inside = |root: &str| {
        let starts = root.match_indices("charts/").map(|(at, _)| at);
        starts.filter(|at| *at == 0 || root.as_bytes()[at - 1] == b'/').any(|at| {
            let above = root[..at].trim_end_matches('/');
            above != root && all.contains(above)
        })
    };
    all.iter().filter(|root| !is_inside(root)).map(|root| (*root).to_owned()).collect()
}

/// The repository that a chart is part of, else its own directory.
fn repository(folder: &Path, root: &str) -> PathBuf {
    let own = folder.join(if root.is_empty() { "." } else { root });
    let absolute = std::fs::canonicalize(&own).unwrap_or(own);
    let top = absolute.ancestors().find(|folder| folder.join(".git").exists());
    top.map_or(absolute.clone(), Path::to_owned)
}

/// Whether a cluster serves `group/version` or `group/version/Kind`.
fn serves(name: &str) -> bool {
    schema::kinds().any(|(version, kind)| {
        let inside = name.strip_prefix(version).and_then(|rest| rest.strip_prefix('/'));
        name == version || inside == Some(kind)
    })
}

/// The name of a directory as charts have it: empty at the top.
fn plain(root: &str) -> &str {
    if root == "." { "" } else { root }
}

impl Charts {
    fn mark(&mut self, package: &Package) {
        package.each(&mut |package| self.evaluated.extend([package.root.clone()]));
    }

    /// Whether the chart in a directory was evaluated.
    pub fn is_evaluated(&self, root: &str) -> bool {
        self.evaluated.contains(plain(root))
    }

    /// Whether something of the chart in a directory was judged, or there is nothing to judge.
    pub fn is_judged(&self, root: &str) -> bool {
        let root = plain(root);
        let own = || self.deployments.iter().filter(|one| one.package.root == root);
        let nothing = |one: &Deployment| one.is_partial() && one.trees().next().is_none();
        self.evaluated.contains(root) && !(own().next().is_some() && own().all(nothing))
    }

    /// Why nothing of a chart was judged.
    pub fn reason(&self, root: &str) -> String {
        let deployment = self.deployments.iter().find(|one| one.package.root == plain(root));
        let missing = deployment.and_then(|one| one.outcome.missing.first());
        match missing {
            Some((name, _)) => {
                format!("a chart without `{name}`, which it depends on: run `helm dependency build`")
            }
            None => "a chart that cannot be evaluated: lint the output of `helm template`".to_owned(),
        }
    }

    /// The templates of all charts, and whether everything that they print was judged.
    pub fn templates(&self) -> Vec<(Arc<SourceFile>, bool)> {
        let mut found: BTreeMap<u32, (Arc<SourceFile>, bool)> = BTreeMap::new();
        for deployment in &self.deployments {
            let whole = !deployment.is_partial();
            deployment.package.each(&mut |package| {
                for (_, file) in &package.templates {
                    found.entry(file.id.0).or_insert_with(|| (Arc::clone(file), true)).1 &= whole;
                }
            });
        }
        found.into_values().collect()
    }

    /// The trees of all objects that are judged.
    pub fn trees(&self) -> impl Iterator<Item = &Tree> {
        self.deployments.iter().flat_map(Deployment::trees)
    }

    /// What kustomizations take from charts, by the entries of their `helmCharts`.
    pub fn inflated(&self) -> HashMap<Span, Inflation<'_>> {
        let own = self.deployments.iter().filter_map(|one| Some((one.inflated?, one)));
        own.map(|(inflated, one)| {
            let trees = one.outcome.objects.iter().map(|object: &Rendered| &object.mapped.tree);
            let trees = trees.filter(|tree| !is_test_hook(tree.root())).collect();
            (inflated.at, Inflation { trees, whole: !one.is_partial() })
        })
        .collect()
    }

    /// How many objects there are, each chart counted once.
    pub fn count(&self) -> usize {
        let first = |at: &usize| {
            *at == 0 || self.deployments[at - 1].package.root != self.deployments[*at].package.root
        };
        let own = (0..self.deployments.len()).filter(first);
        own.map(|at| self.deployments[at].trees().count()).sum()
    }
}

/// Whether an object only runs when somebody tests a release.
fn is_test_hook(object: Node<'_>) -> bool {
    let events = |hook: &str| hook.split(',').any(|event| event.trim().starts_with("test"));
    let annotations = object.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let hook = annotations.and_then(|annotations| annotations.get("helm.sh/hook"));
    hook.is_some_and(|hook| events(hook.text()))
}

impl Deployment {
    /// The trees of the objects that are judged. Definitions below `crds/` are read as they lie there.
    pub fn trees(&self) -> impl Iterator<Item = &Tree> {
        let judged = self.outcome.objects.iter().filter(|object| !object.crd);
        let has = |tree: &Tree, field: &str| tree.root().get(field).is_some_and(|node| node.str().is_some());
        judged
            .map(|object| &object.mapped.tree)
            .filter(move |tree| has(tree, "apiVersion") && has(tree, "kind"))
    }

    /// The name of the values in messages.
    pub fn label(&self) -> &str {
        self.variant.as_deref().unwrap_or("the defaults")
    }

    /// Whether a place of a template lies on a line that lacks a value which nobody set.
    pub fn is_unset(&self, at: Span, files: &[Arc<SourceFile>]) -> bool {
        let line = |file: &Arc<SourceFile>| (at.file, file.line_index(at.start));
        files.get(at.file.0 as usize).is_some_and(|file| self.unset.contains(&line(file)))
    }

    /// Whether something of it is out of sight.
    fn is_partial(&self) -> bool {
        let outcome = &self.outcome;
        !(self.is_printed() && outcome.missing.is_empty() && outcome.unread.is_empty())
    }

    /// Whether each template that was there printed what it prints.
    pub fn is_printed(&self) -> bool {
        self.outcome.failures.iter().all(Failure::is_of_schema) && self.outcome.broken.is_empty()
    }

    /// The unit that it is, with the objects at these places of the pool. `number` is its own place.
    pub(super) fn unit(&self, number: usize, own: &[usize], pool: &[Object<'_>]) -> Unit {
        // What a template failed to print is what another one means.
        let broken = !self.is_printed();
        let mut gaps = Vec::new();
        if self.is_partial() {
            gaps.push(Gap { broken, ..Gap::anywhere() });
        }
        let mut objects = members(own, pool, &mut gaps);
        objects.retain(|member| !is_test_hook(pool[member.object].node));
        Unit {
            objects,
            files: self.files().into_iter().collect(),
            view: View {
                gaps,
                built: true,
                assumed: self.assumed.then_some(ASSUMED),
                tested: self.purpose == Purpose::Test,
                ..View::default()
            },
            kustomization: None,
            changed: HashMap::new(),
            chart: Some(ChartUnit { number, values: self.label().to_owned() }),
            inflated: Vec::new(),
        }
    }

    /// Whether a text at a place of a template is computed there, at least in part.
    pub fn computes(&self, at: Span) -> bool {
        self.text(at).contains("{{")
    }

    /// Whether somebody deploys it with these values, as far as the input says.
    pub fn is_deployed(&self) -> bool {
        matches!(self.purpose, Purpose::Layer | Purpose::Deployment)
    }

    /// Whether a place is one of the chart's own.
    pub fn made(&self, at: Span) -> bool {
        let mut found = false;
        self.package.each(&mut |package| {
            found |= package.sources().any(|file| file.id == at.file);
        });
        found
    }

    /// The files that its objects are made from, by their positions.
    pub(super) fn files(&self) -> BTreeSet<usize> {
        let mut files = BTreeSet::new();
        self.package.each(&mut |package| {
            files.extend(package.sources().map(|file| file.id.0 as usize));
        });
        files.extend(self.given.iter().map(|file| file.id.0 as usize));
        files
    }

    /// The text of a template at a place.
    pub fn text(&self, at: Span) -> &str {
        let mut found = "";
        self.package.each(&mut |package| {
            let own = package.templates.iter().find(|one| one.1.id == at.file);
            found = own.and_then(|one| one.1.text.get(at.range())).unwrap_or(found);
        });
        found
    }
}

/// What is known of a unit that a chart makes.
#[derive(Clone, Debug)]
pub struct ChartUnit {
    /// Its place in [`Charts::deployments`].
    pub number: usize,
    /// The name of its values in messages.
    pub values: String,
}

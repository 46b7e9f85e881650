//! With which values a chart is evaluated: its own, those beside it, those that are configured, and those of Argo CD
//! Applications, Flux HelmReleases and kustomizations of the input that deploy it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{ChartSettings, ChartValues};
use crate::document::Document;
use crate::files::{SourceFile, Span, path};
use crate::helm::{Given, Shelf};
use crate::kustomize::is_kustomization_file;
use crate::yaml::{Node, Style};

/// One set of values of one chart.
#[derive(Debug, Default)]
pub struct Variant<'d> {
    /// What it is called in messages; `None` for the chart's own defaults.
    pub label: Option<String>,
    /// The values, the strongest last.
    pub given: Vec<Given<'d>>,
    /// The files among them, and the manifests that hold some.
    pub files: Vec<Arc<SourceFile>>,
    /// The name of the release, if it is said.
    pub release: Option<String>,
    /// The namespace of the release, if it is said.
    pub namespace: Option<String>,
    /// Values files that are not there.
    pub unread: Vec<String>,
    /// Who the values are for.
    pub purpose: Purpose,
    /// The kustomization that deploys it.
    pub inflated: Option<Inflated>,
}

/// An entry of `helmCharts` of a kustomization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inflated {
    /// The entry.
    pub at: Span,
    /// It brings what lies below `crds/`, too.
    pub crds: bool,
}

/// Who values are for, which decides how loudly something is said of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// The chart's own defaults, for whoever deploys it to change.
    #[default]
    Defaults,
    /// A test of the chart, whose values are complete and never deployed.
    Test,
    /// A file named after an environment, beside which others may be given.
    Layer,
    /// All that a deployment gives.
    Deployment,
}

/// A chart is evaluated for no more sets of values than this.
const MOST: usize = 24;

/// Every set of values of the chart in a directory. `repository` is what it lies in.
pub fn all<'d>(
    root: &str,
    repository: &Path,
    settings: &ChartSettings,
    deployers: &Deployers<'d>,
    shelf: &mut Shelf,
) -> Vec<Variant<'d>> {
    if let Some(command) = &settings.command {
        return vec![configured(command, "the given values", shelf)];
    }
    let mut variants = vec![Variant::default()];
    variants.extend(beside(root, shelf));
    let own = absolute(root, shelf);
    for entry in settings.entries.iter().filter(|entry| entry.path == own) {
        variants.push(configured(entry, "the configured values", shelf));
    }
    let own = std::fs::canonicalize(shelf.folder().join(if root.is_empty() { "." } else { root })).ok();
    let inside = own.map(|own| own.strip_prefix(repository).map(Path::to_owned));
    let deploys = |one: &&Deployer<'d>| match (&one.place, &inside) {
        (Place::Shown(path), _) => path == root,
        (Place::Repository(path), Some(inside)) => inside.as_ref().is_ok_and(|inside| inside == path),
        (Place::Repository(path), None) => !root.is_empty() && path.ends_with(root),
    };
    let own = deployers.0.iter().filter(deploys);
    variants.extend(own.filter_map(|one| one.variant(root, repository, shelf)));
    variants.truncate(MOST);
    variants
}

fn absolute(shown: &str, shelf: &Shelf) -> std::path::PathBuf {
    path::absolute(Path::new(if shown.is_empty() { "." } else { shown }), shelf.folder())
}

/// The values files beside a chart: those of its tests, and those that are named after an environment.
fn beside<'d>(root: &str, shelf: &mut Shelf) -> Vec<Variant<'d>> {
    let prefix = if root.is_empty() { String::new() } else { format!("{root}/") };
    let inside = shelf.read_below(&prefix);
    let is_values = |path: &&str| {
        let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
        let test =
            path.strip_prefix("ci/").is_some_and(|name| !name.contains('/') && name.contains("values."));
        let beside = !path.contains('/') && (path.starts_with("values-") || path.starts_with("values."));
        yaml && (test || (beside && *path != "values.yaml"))
    };
    let found: Vec<String> = inside.filter(is_values).map(str::to_owned).collect();
    let variant = |inside: String| {
        let file = shelf.file(&format!("{prefix}{inside}"))?;
        // What chart-testing takes one by one has this name.
        let is_test = inside.starts_with("ci/") && inside.ends_with("-values.yaml");
        let purpose = if is_test { Purpose::Test } else { Purpose::Layer };
        let mut variant = Variant { label: Some(inside), purpose, ..Variant::default() };
        variant.file(file);
        Some(variant)
    };
    found.into_iter().filter_map(variant).collect()
}

fn configured<'d>(entry: &ChartValues, label: &str, shelf: &mut Shelf) -> Variant<'d> {
    let current = shelf.folder().to_owned();
    let paths: Vec<String> = entry.values.iter().map(|file| path::shown(file, &current)).collect();
    let label = match paths.as_slice() {
        [] => label.to_owned(),
        paths => paths.join(", "),
    };
    let mut variant = Variant {
        label: Some(label),
        release: entry.release.clone(),
        namespace: entry.namespace.clone(),
        purpose: Purpose::Deployment,
        ..Variant::default()
    };
    for path in paths {
        // What somebody names may lie anywhere.
        let file = if entry.path.as_os_str().is_empty() { shelf.named(&path) } else { shelf.file(&path) };
        variant.found(file, &path);
    }
    variant.given.extend(entry.set.iter().cloned().map(Given::Set));
    variant
}

impl<'d> Variant<'d> {
    fn file(&mut self, file: Arc<SourceFile>) {
        self.files.push(Arc::clone(&file));
        self.given.push(Given::File(file));
    }

    /// A file of the repository.
    fn path(&mut self, path: &str, shelf: &mut Shelf) {
        let file = shelf.file(path);
        self.found(file, path);
    }

    fn found(&mut self, file: Option<Arc<SourceFile>>, path: &str) {
        match file {
            Some(file) => self.file(file),
            None => self.unread.push(format!("the values file `{path}` cannot be read")),
        }
    }

    /// Values inside of a manifest.
    fn node(&mut self, node: Node<'d>) {
        self.files.push(Arc::clone(node.tree().source()));
        self.given.push(match node.style() {
            Style::Mapping => Given::Node(node),
            _ => Given::Text(node.text().to_owned(), node.span()),
        });
    }
}

fn text(node: Node<'_>, field: &str) -> Option<String> {
    node.get(field).and_then(Node::str).map(str::to_owned)
}

fn name_of(object: Node<'_>) -> String {
    object.get("metadata").and_then(|metadata| text(metadata, "name")).unwrap_or_default()
}

/// What deploys charts of the input by their paths, found once for all charts.
#[derive(Default)]
pub struct Deployers<'d>(Vec<Deployer<'d>>);

/// A chart that an object of Argo CD or Flux deploys, or a kustomization.
struct Deployer<'d> {
    place: Place,
    object: Node<'d>,
    means: Means<'d>,
}

/// The directory of a chart.
enum Place {
    /// Seen from the top of its repository.
    Repository(PathBuf),
    /// As paths are shown.
    Shown(String),
}

enum Means<'d> {
    /// An Application, with the source that names the chart.
    Application(Node<'d>),
    /// A HelmRelease, with its `spec.chart.spec`.
    Release(Node<'d>),
    /// A kustomization, with its entry of `helmCharts`.
    Kustomization(Node<'d>),
}

impl<'d> Deployers<'d> {
    /// Those among the documents.
    pub fn find(documents: &'d [Document]) -> Self {
        let trees = documents.iter().filter_map(Document::tree).filter(|tree| !tree.is_empty());
        Deployers(trees.flat_map(|tree| charts_of(tree.root())).collect())
    }
}

/// The charts that an object deploys by their paths.
fn charts_of(object: Node<'_>) -> Vec<Deployer<'_>> {
    let read = |field: &str| object.get(field).map_or("", Node::text);
    let version = read("apiVersion");
    if is_kustomization_file(&object.tree().source().path) {
        return inflations(object);
    }
    let deployer = |written: &str, means| {
        let path = PathBuf::from(path::join("", written.trim_start_matches('/')));
        Deployer { place: Place::Repository(path), object, means }
    };
    let spec = || object.get("spec");
    if read("kind") == "Application" && version.starts_with("argoproj.io/") {
        let Some(spec) = spec() else { return Vec::new() };
        let many = spec.get("sources").into_iter().flat_map(|sources| sources.items());
        let sources = spec.get("source").into_iter().chain(many);
        let of_source = |source| Some(deployer(&text(source, "path")?, Means::Application(source)));
        sources.filter_map(of_source).collect()
    } else if read("kind") == "HelmRelease" && version.starts_with("helm.toolkit.fluxcd.io/") {
        let chart = spec().and_then(|spec| spec.get("chart")?.get("spec"));
        let path = chart.and_then(|chart| text(chart, "chart")).filter(|path| path.contains('/'));
        let release = chart.zip(path);
        release.map(|(chart, path)| deployer(&path, Means::Release(chart))).into_iter().collect()
    } else {
        Vec::new()
    }
}

/// The charts of a kustomization that lie in the directory it has them in (fact 16.12).
fn inflations(root: Node<'_>) -> Vec<Deployer<'_>> {
    let directory = path::directory(&root.tree().source().path);
    let home = root.get("helmGlobals").and_then(|globals| text(globals, "chartHome"));
    let home = path::join(directory, home.as_deref().unwrap_or("charts"));
    let inflation = |chart| {
        let name = text(chart, "name")?;
        // What was pulled lies in a directory of its version.
        let home = match (text(chart, "repo"), text(chart, "version")) {
            (Some(_), Some(version)) => path::join(&home, &format!("{name}-{version}")),
            _ => home.clone(),
        };
        let place = Place::Shown(path::join(&home, &name));
        Some(Deployer { place, object: root, means: Means::Kustomization(chart) })
    };
    let charts = root.get("helmCharts").into_iter().flat_map(|charts| charts.items());
    charts.filter_map(inflation).collect()
}

impl<'d> Deployer<'d> {
    /// The values that it gives.
    fn variant(&self, root: &str, repository: &Path, shelf: &mut Shelf) -> Option<Variant<'d>> {
        let spec = || self.object.get("spec");
        Some(match self.means {
            Means::Application(source) => application(self.object, spec()?, source, root, shelf),
            Means::Release(chart) => release(self.object, spec()?, chart, repository, shelf),
            Means::Kustomization(chart) => inflation(chart, shelf),
        })
    }
}

/// An Application of Argo CD whose source is the chart.
fn application<'d>(
    object: Node<'d>,
    spec: Node<'d>,
    source: Node<'d>,
    root: &str,
    shelf: &mut Shelf,
) -> Variant<'d> {
    let name = name_of(object);
    let mut variant = Variant {
        label: Some(format!("Application {name}")),
        release: Some(name),
        namespace: spec.get("destination").and_then(|destination| text(destination, "namespace")),
        purpose: Purpose::Deployment,
        ..Variant::default()
    };
    let Some(helm) = source.get("helm") else { return variant };
    for file in helm.get("valueFiles").into_iter().flat_map(|files| files.items()) {
        let written = file.text();
        // Other repositories are named with a dollar.
        match written.starts_with('$') || written.contains("://") {
            true => variant.unread.push(format!("the values file `{written}` lies elsewhere")),
            false => variant.path(&path::join(root, written), shelf),
        }
    }
    ["values", "valuesObject"].iter().filter_map(|field| helm.get(field)).for_each(|node| variant.node(node));
    for parameter in helm.get("parameters").into_iter().flat_map(|list| list.items()) {
        if let (Some(key), Some(value)) = (text(parameter, "name"), parameter.get("value")) {
            variant.given.push(Given::Set(format!("{key}={}", value.text())));
        }
    }
    variant.release = text(helm, "releaseName").or(variant.release);
    variant
}

/// A HelmRelease of Flux whose chart is this one.
fn release<'d>(
    object: Node<'d>,
    spec: Node<'d>,
    chart: Node<'d>,
    repository: &Path,
    shelf: &mut Shelf,
) -> Variant<'d> {
    let name = name_of(object);
    let mut variant = Variant {
        label: Some(format!("HelmRelease {name}")),
        release: text(spec, "releaseName").or(Some(name)),
        namespace: text(spec, "targetNamespace"),
        purpose: Purpose::Deployment,
        ..Variant::default()
    };
    for file in chart.get("valuesFiles").into_iter().flat_map(|files| files.items()) {
        let seen = path::absolute(Path::new(file.text()), repository);
        let current = shelf.folder().to_owned();
        variant.path(&path::shown(&seen, &current), shelf);
    }
    if spec.get("valuesFrom").is_some() {
        variant.unread.push("`valuesFrom` takes values from the cluster".to_owned());
    }
    if let Some(values) = spec.get("values") {
        variant.node(values);
    }
    variant
}

/// A kustomization with the chart in its `helmCharts`, whose values are put together by `valuesMerge`.
fn inflation<'d>(chart: Node<'d>, shelf: &mut Shelf) -> Variant<'d> {
    let source = &chart.tree().source().path;
    let directory = path::directory(source);
    let mut variant = Variant {
        label: Some(source.clone()),
        release: text(chart, "releaseName"),
        namespace: text(chart, "namespace"),
        purpose: Purpose::Deployment,
        inflated: Some(Inflated {
            at: chart.span(),
            crds: chart.get("includeCRDs").and_then(Node::bool) == Some(true),
        }),
        ..Variant::default()
    };
    let merge = text(chart, "valuesMerge").unwrap_or_default();
    let inline = chart.get("valuesInline").filter(|inline| inline.is_mapping());
    if let Some(inline) = inline.filter(|_| merge == "merge") {
        variant.node(inline);
    }
    let file = chart.get("valuesFile").filter(|_| inline.is_none() || merge != "replace");
    if let Some(file) = file {
        variant.path(&path::join(directory, file.text()), shelf);
    }
    if let Some(inline) = inline.filter(|_| merge != "merge") {
        variant.node(inline);
    }
    for file in chart.get("additionalValuesFiles").into_iter().flat_map(|files| files.items()) {
        variant.path(&path::join(directory, file.text()), shelf);
    }
    variant
}

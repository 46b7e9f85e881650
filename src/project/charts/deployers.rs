//! What deploys charts of the input by their paths: Argo CD Applications and the sets of them, Flux HelmReleases and
//! kustomizations, each with the values that it gives.

use std::path::{Path, PathBuf};

use super::application_sets::{self, Repositories};
use super::variant::{Inflated, Purpose, Variant};
use crate::document::Document;
use crate::files::inside::is_repository;
use crate::files::{Span, path};
use crate::helm::{Filled, Given, Shelf};
use crate::kustomize::is_kustomization_file;
use crate::yaml::Node;

/// What deploys charts of the input by their paths, found once for all charts.
#[derive(Default)]
pub struct Deployers<'d> {
    known: Vec<Deployer<'d>>,
    /// Sets of Applications that cannot be known from the files alone: the place, why, and the template of the set.
    unknown: Vec<Unknown<'d>>,
}

/// A set of Applications that cannot be known.
struct Unknown<'d> {
    at: Span,
    reason: String,
    sources: Vec<Node<'d>>,
}

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
    /// An Application.
    Application(Application<'d>),
    /// A HelmRelease, with its `spec.chart.spec`.
    Release(Node<'d>),
    /// A kustomization, with its entry of `helmCharts`.
    Kustomization(Node<'d>),
}

/// An Application whose source is a chart.
struct Application<'d> {
    name: String,
    spec: Node<'d>,
    /// The source that names the chart.
    source: Node<'d>,
    /// What stands in the place of its texts, where a set makes it.
    filled: Filled,
}

fn text(node: Node<'_>, field: &str) -> Option<String> {
    node.get(field).and_then(Node::str).map(str::to_owned)
}

fn name_of(object: Node<'_>) -> String {
    object.get("metadata").and_then(|metadata| text(metadata, "name")).unwrap_or_default()
}

/// The sources of the `spec` of an Application.
fn sources(spec: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let many = spec.get("sources").into_iter().flat_map(|sources| sources.items());
    spec.get("source").into_iter().chain(many)
}

impl<'d> Deployers<'d> {
    /// Those among the documents.
    pub fn find(documents: &'d [Document], shelf: &Shelf) -> Self {
        let trees = documents.iter().filter_map(Document::tree).filter(|tree| !tree.is_empty());
        let repositories = Repositories::new(documents, shelf);
        let mut found = Deployers::default();
        for object in trees.map(|tree| tree.root()) {
            let read = |field: &str| object.get(field).map_or("", Node::text);
            if read("kind") == "ApplicationSet" && read("apiVersion").starts_with("argoproj.io/") {
                found.set(object, &repositories);
            } else {
                found.known.extend(charts_of(object));
            }
        }
        found
    }

    /// The Applications of a set.
    fn set(&mut self, object: Node<'d>, repositories: &Repositories<'_>) {
        let Some(spec) = object.get("spec") else { return };
        let Some(template) = spec.get("template") else { return };
        let Some(inner) = template.get("spec") else { return };
        match application_sets::all(object, repositories) {
            Ok(all) => {
                for filled in all {
                    let name = filled.text(&name_of(template));
                    self.known.extend(sources(inner).filter_map(|source| {
                        let filled = filled.clone();
                        let place = in_repository(&filled.text(&text(source, "path")?));
                        let application = Application { name: name.clone(), spec: inner, source, filled };
                        Some(Deployer { place, object, means: Means::Application(application) })
                    }));
                }
            }
            Err((at, reason)) => {
                self.unknown.push(Unknown { at: at.span(), reason, sources: sources(inner).collect() });
            }
        }
    }

    /// The sets of Applications that may deploy one of the charts in these directories with values that are not known,
    /// and why.
    pub fn unknown(&self, charts: &[String]) -> Vec<(Span, String)> {
        let may_be = |source: &Node<'_>| {
            let path = source.get("path").map_or("", Node::text);
            let own = || charts.iter().any(|chart| !chart.is_empty() && Path::new(chart).ends_with(path));
            let templated = path.contains("{{") && source.get("helm").is_some();
            templated || !path.is_empty() && own()
        };
        let own = self.unknown.iter().filter(|one| !charts.is_empty() && one.sources.iter().any(may_be));
        own.map(|one| (one.at, one.reason.clone())).collect()
    }

    /// The values that are given to the chart in a directory. `repository` is what it lies in.
    pub fn variants(&self, root: &str, repository: &Path, shelf: &mut Shelf) -> Vec<Variant<'d>> {
        let own = std::fs::canonicalize(shelf.folder().join(if root.is_empty() { "." } else { root })).ok();
        let own = own.filter(|_| is_repository(repository));
        let inside = own.map(|own| own.strip_prefix(repository).map(Path::to_owned));
        let deploys = |one: &&Deployer<'d>| match (&one.place, &inside) {
            (Place::Shown(path), _) => path == root,
            (Place::Repository(path), Some(inside)) => inside.as_ref().is_ok_and(|inside| inside == path),
            // Without a repository the paths say as much as they have in common.
            (Place::Repository(path), None) => {
                !root.is_empty() && (path.ends_with(root) || Path::new(root).ends_with(path))
            }
        };
        let own = self.known.iter().filter(deploys);
        own.filter_map(|one| one.variant(root, repository, shelf)).collect()
    }
}

/// A path of a repository.
fn in_repository(written: &str) -> Place {
    Place::Repository(PathBuf::from(path::join("", written.trim_start_matches('/'))))
}

/// The path under which a file of a repository is shown; without one, of what is linted.
fn shown(written: &str, repository: &Path, shelf: &Shelf) -> String {
    let top = if is_repository(repository) { repository } else { shelf.folder() };
    let seen = path::absolute(Path::new(written.trim_start_matches('/')), top);
    path::shown(&seen, shelf.folder())
}

/// The charts that an object deploys by their paths.
fn charts_of(object: Node<'_>) -> Vec<Deployer<'_>> {
    let read = |field: &str| object.get(field).map_or("", Node::text);
    let version = read("apiVersion");
    if is_kustomization_file(&object.tree().source().path) {
        return inflations(object);
    }
    let spec = || object.get("spec");
    if read("kind") == "Application" && version.starts_with("argoproj.io/") {
        let Some(spec) = spec() else { return Vec::new() };
        let of_source = |source| {
            let place = in_repository(&text(source, "path")?);
            let application = Application { name: name_of(object), spec, source, filled: Filled::default() };
            Some(Deployer { place, object, means: Means::Application(application) })
        };
        sources(spec).filter_map(of_source).collect()
    } else if read("kind") == "HelmRelease" && version.starts_with("helm.toolkit.fluxcd.io/") {
        let chart = spec().and_then(|spec| spec.get("chart")?.get("spec"));
        let path = chart.and_then(|chart| text(chart, "chart")).filter(|path| path.contains('/'));
        let release = chart.zip(path).map(|(chart, path)| Deployer {
            place: in_repository(&path),
            object,
            means: Means::Release(chart),
        });
        release.into_iter().collect()
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
        Some(match &self.means {
            Means::Application(application) => application.variant(root, repository, shelf),
            Means::Release(chart) => {
                release(self.object, self.object.get("spec")?, *chart, repository, shelf)
            }
            Means::Kustomization(chart) => inflation(*chart, shelf),
        })
    }
}

impl<'d> Application<'d> {
    fn text(&self, node: Node<'_>, field: &str) -> Option<String> {
        text(node, field).map(|text| self.filled.text(&text))
    }

    fn variant(&self, root: &str, repository: &Path, shelf: &mut Shelf) -> Variant<'d> {
        let destination = self.spec.get("destination");
        let mut variant = Variant {
            label: Some(format!("Application {}", self.name)),
            release: Some(self.name.clone()),
            namespace: destination.and_then(|destination| self.text(destination, "namespace")),
            purpose: Purpose::Deployment,
            ..Variant::default()
        };
        let Some(helm) = self.source.get("helm") else { return variant };
        let optional = helm.get("ignoreMissingValueFiles").and_then(Node::bool) == Some(true);
        for file in helm.get("valueFiles").into_iter().flat_map(|files| files.items()) {
            let written = self.filled.text(file.text());
            let seen = match written.strip_prefix('$').map(|rest| rest.split_once('/').unwrap_or((rest, "")))
            {
                Some((name, inside)) if self.is_own(name) => Some(shown(inside, repository, shelf)),
                Some(_) => None,
                None if written.contains("://") => None,
                None if written.starts_with('/') => Some(shown(&written, repository, shelf)),
                None => Some(path::join(root, &written)),
            };
            match seen {
                Some(path) if optional && shelf.file(&path).is_none() => {}
                Some(path) => variant.path(&path, shelf),
                None => variant.unread.push(format!("the values file `{written}` lies elsewhere")),
            }
        }
        let inline = ["values", "valuesObject"].iter().filter_map(|field| helm.get(field));
        inline.for_each(|node| variant.node(node, &self.filled));
        for parameter in helm.get("parameters").into_iter().flat_map(|list| list.items()) {
            if let (Some(key), Some(value)) = (self.text(parameter, "name"), parameter.get("value")) {
                variant.given.push(Given::Set(format!("{key}={}", self.filled.text(value.text()))));
            }
        }
        variant.release = self.text(helm, "releaseName").or(variant.release);
        variant
    }

    /// Whether the source that files are named by is the repository of the chart.
    fn is_own(&self, name: &str) -> bool {
        let repository = |source: Node<'_>| self.text(source, "repoURL");
        let named = sources(self.spec).find(|source| text(*source, "ref").as_deref() == Some(name));
        named.is_some_and(|named| repository(named).is_some() && repository(named) == repository(self.source))
    }
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
        variant.path(&shown(file.text(), repository, shelf), shelf);
    }
    if spec.get("valuesFrom").is_some() {
        variant.unread.push("`valuesFrom` takes values from the cluster".to_owned());
    }
    if let Some(values) = spec.get("values") {
        variant.node(values, &Filled::default());
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
        variant.node(inline, &Filled::default());
    }
    let file = chart.get("valuesFile").filter(|_| inline.is_none() || merge != "replace");
    if let Some(file) = file {
        variant.path(&path::join(directory, file.text()), shelf);
    }
    if let Some(inline) = inline.filter(|_| merge != "merge") {
        variant.node(inline, &Filled::default());
    }
    for file in chart.get("additionalValuesFiles").into_iter().flat_map(|files| files.items()) {
        variant.path(&path::join(directory, file.text()), shelf);
    }
    variant
}

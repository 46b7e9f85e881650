//! With which values a chart is evaluated: its own, those beside it, those that are configured, and those of Argo CD
//! Applications and Flux HelmReleases of the input that deploy it.

use std::path::Path;
use std::sync::Arc;

use super::{ChartSettings, ChartValues};
use crate::document::Document;
use crate::files::{SourceFile, path};
use crate::helm::{Given, Shelf};
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
}

/// A chart is evaluated for no more sets of values than this.
const MOST: usize = 24;

/// Every set of values of the chart in a directory. `repository` is what it lies in.
pub fn all<'d>(
    root: &str,
    repository: &Path,
    settings: &ChartSettings,
    documents: &'d [Document],
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
    for document in documents {
        let Some(tree) = document.tree().filter(|tree| !tree.is_empty()) else { continue };
        let object = tree.root();
        let text = |field: &str| object.get(field).map_or("", Node::text);
        let version = text("apiVersion");
        if text("kind") == "Application" && version.starts_with("argoproj.io/") {
            variants.extend(application(object, root, repository, shelf));
        } else if text("kind") == "HelmRelease" && version.starts_with("helm.toolkit.fluxcd.io/") {
            variants.extend(release(object, root, repository, shelf));
        }
    }
    variants.truncate(MOST);
    variants
}

fn absolute(shown: &str, shelf: &Shelf) -> std::path::PathBuf {
    path::absolute(Path::new(if shown.is_empty() { "." } else { shown }), shelf.folder())
}

/// The values files beside a chart: those of its tests, and those that are named after an environment.
fn beside<'d>(root: &str, shelf: &mut Shelf) -> Vec<Variant<'d>> {
    let prefix = if root.is_empty() { String::new() } else { format!("{root}/") };
    let inside = shelf.files().iter().filter_map(|file| file.path.strip_prefix(&prefix));
    let is_values = |path: &&str| {
        let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
        let test =
            path.strip_prefix("ci/").is_some_and(|name| !name.contains('/') && name.contains("values."));
        let beside = !path.contains('/') && (path.starts_with("values-") || path.starts_with("values."));
        yaml && (test || (beside && *path != "values.yaml"))
    };
    let mut found: Vec<String> = inside.filter(is_values).map(str::to_owned).collect();
    found.sort();
    let variant = |inside: String| {
        let file = shelf.file(&format!("{prefix}{inside}"))?;
        let mut variant = Variant { label: Some(inside), ..Variant::default() };
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

/// Whether a path, seen from the top of the repository, is the chart's directory.
fn is_chart(written: &str, root: &str, repository: &Path) -> bool {
    let written = path::absolute(Path::new(written.trim_start_matches('/')), repository);
    let own = std::fs::canonicalize(if root.is_empty() { "." } else { root });
    own.map_or_else(|_| written.ends_with(root) && !root.is_empty(), |own| own == written)
}

fn text(node: Node<'_>, field: &str) -> Option<String> {
    node.get(field).and_then(Node::str).map(str::to_owned)
}

fn name_of(object: Node<'_>) -> String {
    object.get("metadata").and_then(|metadata| text(metadata, "name")).unwrap_or_default()
}

/// An Application of Argo CD whose source is the chart.
fn application<'d>(object: Node<'d>, root: &str, repository: &Path, shelf: &mut Shelf) -> Vec<Variant<'d>> {
    let Some(spec) = object.get("spec") else { return Vec::new() };
    let many = spec.get("sources").into_iter().flat_map(|sources| sources.items());
    let sources = spec.get("source").into_iter().chain(many);
    let mut variants = Vec::new();
    for source in
        sources.filter(|source| text(*source, "path").is_some_and(|path| is_chart(&path, root, repository)))
    {
        let name = name_of(object);
        let mut variant = Variant {
            label: Some(format!("Application {name}")),
            release: Some(name),
            namespace: spec.get("destination").and_then(|destination| text(destination, "namespace")),
            ..Variant::default()
        };
        if let Some(helm) = source.get("helm") {
            for file in helm.get("valueFiles").into_iter().flat_map(|files| files.items()) {
                let written = file.text();
                // Other repositories are named with a dollar.
                match written.starts_with('$') || written.contains("://") {
                    true => variant.unread.push(format!("the values file `{written}` lies elsewhere")),
                    false => variant.path(&path::join(root, written), shelf),
                }
            }
            ["values", "valuesObject"]
                .iter()
                .filter_map(|field| helm.get(field))
                .for_each(|node| variant.node(node));
            for parameter in helm.get("parameters").into_iter().flat_map(|list| list.items()) {
                if let (Some(key), Some(value)) = (text(parameter, "name"), parameter.get("value")) {
                    variant.given.push(Given::Set(format!("{key}={}", value.text())));
                }
            }
            variant.release = text(helm, "releaseName").or(variant.release);
        }
        variants.push(variant);
    }
    variants
}

/// A HelmRelease of Flux whose chart is this one.
fn release<'d>(object: Node<'d>, root: &str, repository: &Path, shelf: &mut Shelf) -> Option<Variant<'d>> {
    let spec = object.get("spec")?;
    let chart = spec.get("chart")?.get("spec")?;
    if !text(chart, "chart").is_some_and(|path| path.contains('/') && is_chart(&path, root, repository)) {
        return None;
    }
    let name = name_of(object);
    let mut variant = Variant {
        label: Some(format!("HelmRelease {name}")),
        release: text(spec, "releaseName").or(Some(name)),
        namespace: text(spec, "targetNamespace"),
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
    Some(variant)
}

//! With which values a chart is evaluated: its own, those beside it, those that are configured, and those of whatever
//! deploys it.

use std::path::Path;

use super::deployers::Deployers;
use super::variant::{Purpose, Variant};
use super::{ChartSettings, ChartValues};
use crate::files::path;
use crate::helm::{Given, Shelf};

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
    // What is deployed counts before the tests of a chart, of which some have dozens.
    let deployed = deployers.variants(root, repository, shelf);
    variants.truncate(MOST.saturating_sub(deployed.len()).max(1));
    variants.extend(deployed);
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
        yaml && (test || (beside && !matches!(*path, "values.yaml" | "values.schema.yaml")))
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

//! Kustomizations evaluated: what each entry point deploys, as trees, and what is known of their values.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::{Group, Input, Relabelled, Renamed};
use crate::files::{SourceFile, Span};
use crate::kustomize::{self, Affix, Built, Resource, Value, World};
use crate::yaml::Tree;

/// What one entry point deploys.
pub struct Build {
    /// The directory of its kustomization.
    pub directory: String,
    /// What the evaluation says, its objects taken out.
    pub built: Built,
    /// The trees of its objects.
    pub trees: Vec<Tree>,
    /// Services that it renames.
    pub renamed: Vec<Renamed>,
    /// Labels that it sets.
    pub relabelled: Relabelled,
    /// Where the values stood whose place others took.
    pub changed: HashMap<Span, Span>,
}

/// Evaluates the kustomizations of these groups.
pub fn evaluate<'a>(input: &'a Input<'_>, world: World<'a>, groups: &[Group]) -> Vec<Build> {
    let directories: Vec<&str> = groups.iter().filter_map(|group| group.kustomization.as_deref()).collect();
    if directories.is_empty() {
        return Vec::new();
    }
    let world = world.with_charts(input.charts.inflated());
    kustomize::build_all(&world, &directories, |directory, built| finish(directory, built, input.files))
}

/// Takes from a build what is judged. Its values are many times what they leave behind, so they go at once.
fn finish(directory: &str, mut built: Built, files: &[Arc<SourceFile>]) -> Build {
    let resources = std::mem::take(&mut built.resources);
    let mut build = Build {
        directory: directory.to_owned(),
        renamed: renamed(&resources, &built.affixes),
        trees: resources.iter().map(|one| kustomize::tree(&one.root, files)).collect(),
        relabelled: Relabelled::default(),
        changed: HashMap::new(),
        built,
    };
    for root in resources.iter().map(|resource| &resource.root) {
        changes(root, &mut build.changed);
        if !build.built.labels.is_empty() {
            relabelled(root.span, root, &build.built.labels, files, &mut build.relabelled);
        }
    }
    build.relabelled.places.extend(&build.built.labels);
    build
}

/// Which values of an object a kustomization's labels took the place of.
fn relabelled(
    object: Span,
    value: &Value,
    labels: &BTreeSet<Span>,
    files: &[Arc<SourceFile>],
    found: &mut Relabelled,
) {
    if let Some(was) = value.was.filter(|was| *was != value.span && labels.contains(&value.span)) {
        let text = files.get(was.file.0 as usize).and_then(|file| file.text.get(was.range()));
        // Labels are written plainly or in quotes.
        let text = text.unwrap_or("").trim_matches(['"', '\'']);
        found.replaced.insert((object, value.span), text.to_owned());
    }
    value.items().iter().for_each(|item| relabelled(object, item, labels, files, found));
    value.entries().iter().for_each(|entry| relabelled(object, &entry.1, labels, files, found));
}

/// Services that a prefix or a suffix renamed.
fn renamed(resources: &[Resource], affixes: &[Affix]) -> Vec<Renamed> {
    let mut found = Vec::new();
    for resource in resources.iter().filter(|one| one.kind() == "Service" && one.api_version() == "v1") {
        let former = resource.former.iter().find(|former| former.name != resource.name());
        let at = affixes.iter().find(|affix| {
            resource.prefixes.iter().any(|prefix| *prefix == affix.prefix)
                || resource.suffixes.iter().any(|suffix| *suffix == affix.suffix)
        });
        if let (Some(former), Some(at)) = (former, at) {
            let (from, to) = (former.name.to_string(), resource.name().to_owned());
            found.push(Renamed { from, to, at: at.at });
        }
    }
    found
}

/// Where the values stood that others took the place of.
fn changes(value: &Value, found: &mut HashMap<Span, Span>) {
    if let Some(was) = value.was {
        found.insert(value.span, was);
    }
    value.items().iter().for_each(|item| changes(item, found));
    value.entries().iter().for_each(|entry| changes(&entry.1, found));
}

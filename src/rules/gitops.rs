//! Sources and paths of GitOps tools that are not there (fact 15.64).

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::Out;
use crate::inventory::Inventory;
use crate::project::deploys_by_path;
use crate::text::article::with_article;
use crate::text::placeholder::is_placeholder;
use crate::text::suggest;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("gitops-source-missing", Check::Unit(missing))];

/// So many neighbours are compared with a name.
const MOST: usize = 200;

/// Kinds that Flux takes manifests and charts from.
const SOURCES: &[&str] = &["GitRepository", "OCIRepository", "Bucket", "HelmRepository", "HelmChart"];

fn missing(inventory: &Inventory<'_>, out: &mut Out) {
    let flux = |object: &&Object<'_>| object.group().ends_with("toolkit.fluxcd.io");
    let sources: Vec<&Object<'_>> =
        SOURCES.iter().flat_map(|kind| inventory.of_kind(kind)).filter(flux).collect();
    let mut deployed: BTreeMap<String, &Object<'_>> = BTreeMap::new();
    for kind in DEPLOYERS {
        for object in inventory.of_kind(kind).filter(|object| deploys_by_path(object)) {
            deployed.extend(path(object).map(|(_, path)| (path, object)));
        }
    }
    for kind in DEPLOYERS {
        for object in inventory.of_kind(kind).filter(|object| deploys_by_path(object)) {
            if inventory.is_patched(object) {
                continue;
            }
            if let Some((path, wanted)) = path(object) {
                folder(object, path, &wanted, &inventory.view.folders, &deployed, out);
            }
            for reference in references(object) {
                source(inventory, object, reference, &sources, out);
            }
        }
    }
}

/// Kinds that deploy a folder or take a chart from a source.
const DEPLOYERS: [&str; 3] = ["Kustomization", "HelmRelease", "Application"];

/// The path inside a repository that an object deploys, without slashes and dots around it.
fn path<'a>(object: &Object<'a>) -> Option<(Node<'a>, String)> {
    let spec = object.spec()?;
    let field = match object.kind {
        "Kustomization" => spec.get("path"),
        // A folder of Jsonnet has no file that is linted.
        "Application" => {
            let jsonnet =
                |one: Node<'_>| one.get("directory").is_some_and(|how| how.get("jsonnet").is_some());
            spec.get("source").filter(|one| one.get("chart").is_none() && !jsonnet(*one))?.get("path")
        }
        _ => None,
    }?;
    let text = field.text().trim_start_matches("./").trim_matches('/');
    let plain = !text.is_empty() && text != "." && !text.contains("..") && !is_placeholder(text);
    plain.then(|| (field, text.to_owned()))
}

/// A path whose parent is there while it is not, and has a neighbour of nearly its name: the author's repository is the
/// one that is linted, and the path is wrong.
fn folder<'a>(
    object: &Object<'a>,
    place: Node<'a>,
    wanted: &str,
    folders: &BTreeSet<String>,
    deployed: &BTreeMap<String, &Object<'a>>,
    out: &mut Out,
) {
    let (parent, last) = wanted.rsplit_once('/').unwrap_or(("", wanted));
    if folders.contains(wanted) || parent.is_empty() || !folders.contains(parent) {
        return;
    }
    let inside = format!("{parent}/");
    let below = folders.range(inside.clone()..).take_while(|folder| folder.starts_with(&inside));
    let names = below.map(|folder| &folder[inside.len()..]).filter(|name| !name.contains('/'));
    let beside: Vec<&str> = names.take(MOST).collect();
    let is_short = |one: &str, other: &str| one.len() >= 3 && other.starts_with(one);
    let near = |one: &&&str| suggest::is_slip(last, one) || is_short(one, last) || is_short(last, one);
    let owner = |one: &str| deployed.get(&format!("{inside}{one}"));
    let free: Vec<&&str> = beside.iter().filter(near).filter(|one| owner(one).is_none()).collect();
    // `-dev` and `-prod` are equally near, and only one of them is right.
    let several = free.len() > 1;
    let Some(near) = free.first().copied().or_else(|| beside.iter().find(near)) else { return };
    let draft = out
        .report(place, format!("{} deploys `{wanted}`, which is not there", object.title()))
        .label("no such folder in the linted files");
    match owner(near) {
        // Two that deploy one folder would take its objects from each other.
        Some(other) => draft
            .also(other.anchor(), format!("deploys `{inside}{near}` already"))
            .help(format!("add the folder, or remove {}", object.title())),
        None if several => draft.help("correct the path, or add the folder"),
        None => draft.help(format!("did you mean `{inside}{near}`?")),
    };
}

/// The references of an object to a source of Flux.
fn references<'a>(object: &Object<'a>) -> Vec<Node<'a>> {
    let spec = object.spec();
    let chart = spec.and_then(|spec| spec.get("chart")?.get("spec")?.get("sourceRef"));
    let own = spec.and_then(|spec| spec.get("sourceRef"));
    own.into_iter().chain(chart).collect()
}

fn source<'a>(
    inventory: &Inventory<'a>,
    object: &Object<'a>,
    reference: Node<'a>,
    sources: &[&Object<'a>],
    out: &mut Out,
) {
    let text = |key: &str| reference.get(key).map(|node| node.text());
    let (Some(kind), Some(place)) = (text("kind"), reference.get("name")) else { return };
    let name = place.text();
    let namespace = text("namespace").or(inventory.namespace(object));
    if is_placeholder(name)
        || inventory.is_in_other_unit(kind, name)
        || sources.iter().any(|source| source.kind == kind && source.name == name)
    {
        return;
    }
    let fits = |source: &&&Object<'a>| {
        let (one, other) = (source.namespace, namespace);
        (source.kind == kind && suggest::is_slip(name, source.name)
            || source.kind != kind && source.name == name)
            && (one.is_none() || other.is_none() || one == other)
    };
    let Some(near) = sources.iter().take(MOST).find(fits) else { return };
    let draft = out
        .report(place, format!("{} takes its files from {kind} `{name}`, which is not there", object.title()))
        .label(format!("no {kind} has this name"))
        .also(near.anchor(), with_article(near.kind));
    match near.kind == kind {
        true => draft.perhaps(place, near.name),
        false => draft.help(format!("set `kind: {}`", near.kind)),
    };
}

//! Where `scaleTargetRef` leads.

use std::collections::{BTreeSet, HashMap};

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::files::Span;
use crate::finding::{Out, Severity, amend};
use crate::inventory::external::list_of;
use crate::inventory::{Evidence, Inventory, Scaler, ScalerKind, directory, scope};
use crate::kube::selector::Match;
use crate::text::article::with_article;
use crate::text::placeholder::is_placeholder;
use crate::text::suggest;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("hpa-target-missing", Check::Unit(target_missing))];

/// Built-in kinds that can be scaled, with their groups.
const SCALABLE: &[(&str, &str, &str)] = &[
    ("apps", "Deployment", "apps/v1"),
    ("apps", "StatefulSet", "apps/v1"),
    ("apps", "ReplicaSet", "apps/v1"),
    ("", "ReplicationController", "v1"),
];

/// Built-in kinds that have pods and no scale (fact 8.2).
const FIXED: &[&str] = &["DaemonSet", "Job", "CronJob", "Pod"];

fn target_missing(inventory: &Inventory<'_>, out: &mut Out) {
    let mut beside: Option<HashMap<&str, Vec<usize>>> = None;
    for scaler in &inventory.scalers {
        let unknown = |text: &str| text.is_empty() || is_placeholder(text);
        let (name, kind) = (scaler.target_name(), scaler.target_kind());
        let namespace = inventory.namespace(&scaler.object);
        let elsewhere = inventory.surroundings.is_external(list_of(kind), namespace, name);
        if unknown(name) || unknown(kind) || elsewhere || inventory.is_patched(&scaler.object) {
            continue;
        }
        let Some(target) = scaler.target else {
            continue;
        };
        if wrong_in_itself(inventory, scaler, target, out) {
            continue;
        }
        if candidates(inventory, scaler, kind).any(|object| scaler.names(object)) {
            continue;
        }
        let place = target.get("name").unwrap_or(target);
        if contradicted(inventory, scaler, target, out) {
            continue;
        }
        let directories = beside.get_or_insert_with(|| by_directory(inventory));
        absent(inventory, scaler, place, directories, out);
    }
}

/// Objects of this kind and of the target's name in the autoscaler's namespace.
fn candidates<'i, 'a>(
    inventory: &'i Inventory<'a>,
    scaler: &Scaler<'a>,
    kind: &'i str,
) -> impl Iterator<Item = &'i Object<'a>> + use<'i, 'a>
where
    'a: 'i,
{
    let namespace = inventory.namespace(&scaler.object);
    let name: &'i str = scaler.target_name();
    inventory.named_within(namespace, kind, name)
}

/// What no object could satisfy: kinds without a scale, kinds in the wrong case, groups that do not have them.
fn wrong_in_itself(inventory: &Inventory<'_>, scaler: &Scaler<'_>, target: Node<'_>, out: &mut Out) -> bool {
    let (kind, group) = (scaler.target_kind(), scaler.target_group());
    let kind_node = target.get("kind").unwrap_or(target);
    let builtin = group.is_none_or(|group| matches!(group, "" | "apps" | "batch" | "extensions"));
    if FIXED.contains(&kind) && builtin {
        out.report(
            kind_node,
            format!("{} has no scale, so {} never works", with_article(kind), scaler.object.title()),
        )
        .severity(Severity::Error)
        .label("cannot be scaled")
        .help("scale a Deployment or StatefulSet, or remove the autoscaler");
        return true;
    }
    let exact = SCALABLE.iter().find(|row| row.1 == kind);
    if exact.is_none() && builtin {
        let cased = SCALABLE.iter().find(|row| row.1.eq_ignore_ascii_case(kind));
        let close = cased.or_else(|| SCALABLE.iter().find(|row| suggest::is_slip(row.1, kind)));
        if let Some((_, right, _)) = close {
            out.report(
                kind_node,
                format!("there is no kind `{kind}`, so {} never works", scaler.object.title()),
            )
            .severity(Severity::Error)
            .label("kinds are case-sensitive")
            .help(format!("write `kind: {right}`"))
            .repaired(format!("write `kind: {right}`"), amend::value(kind_node, right));
            return true;
        }
    }
    let Some((right_group, _, api_version)) = exact else {
        return false;
    };
    let Some(group) = group.filter(|group| group != right_group && builtin) else {
        return false;
    };
    // On clusters that old the object is there under the old group.
    let written_so = candidates(inventory, scaler, kind).any(|object| object.group() == group);
    if written_so {
        return false;
    }
    let Some(version) = target.get("apiVersion") else {
        return false;
    };
    let draft = out
        .report(
            version,
            format!(
                "`{}` has no {kind}, so {} never finds `{}`",
                version.text(),
                scaler.object.title(),
                scaler.target_name()
            ),
        )
        .severity(Severity::Error)
        .label(format!("{} is in `{api_version}`", with_article(kind)))
        .help(format!("write `apiVersion: {api_version}`"))
        .repaired(format!("write `apiVersion: {api_version}`"), amend::value(version, api_version));
    if let Some(object) = candidates(inventory, scaler, kind).next() {
        draft.also(object.anchor(), "probably this one");
    }
    true
}

/// Whether an object of this name is there, as something else.
fn contradicted(inventory: &Inventory<'_>, scaler: &Scaler<'_>, target: Node<'_>, out: &mut Out) -> bool {
    let (name, kind) = (scaler.target_name(), scaler.target_kind());
    let namespace = inventory.namespace(&scaler.object);
    // The kind is right, the group is not.
    if let Some(object) = candidates(inventory, scaler, kind).next() {
        let place = target.get("apiVersion").unwrap_or(target);
        out.report(
            place,
            format!(
                "{kind} `{name}` is in `{}`, so {} does not find it",
                object.api_version,
                scaler.object.title()
            ),
        )
        .severity(Severity::Error)
        .label("another group")
        .also(object.anchor(), "probably this one")
        .help(format!("write `apiVersion: {}`", object.api_version))
        .repaired(
            format!("write `apiVersion: {}`", object.api_version),
            amend::value(place, object.api_version),
        );
        return true;
    }
    // The name is right, the kind is not. An object of a custom kind may well stand beside its namesake.
    if !SCALABLE.iter().any(|row| row.1 == kind) {
        return false;
    }
    let here = |at: &usize| {
        let workload = &inventory.workloads[*at];
        workload.is_scalable()
            && workload.object.kind != kind
            && scope(namespace, inventory.namespace(&workload.object)) != Match::No
    };
    if let Some(&at) = inventory.workloads_named(name).iter().find(|at| here(at)) {
        let object = &inventory.workloads[at].object;
        let sure = scope(namespace, inventory.namespace(object)).is_yes() && !inventory.is_incomplete(object);
        let evidence = if sure { Evidence::Contradiction } else { Evidence::NearMiss };
        if let Some(severity) = inventory.absence(evidence, &scaler.object) {
            out.report(
                target.get("kind").unwrap_or(target),
                format!(
                    "`{name}` is {}, so {} does not find it",
                    with_article(object.kind),
                    scaler.object.title()
                ),
            )
            .severity(severity)
            .label(format!("there is no {kind} `{name}`"))
            .also(object.anchor(), with_article(object.kind))
            .help(format!("write `apiVersion: {}` and `kind: {}`", object.api_version, object.kind));
        }
        return true;
    }
    false
}

fn by_directory<'a>(inventory: &Inventory<'a>) -> HashMap<&'a str, Vec<usize>> {
    let mut found: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, workload) in inventory.workloads.iter().enumerate() {
        if workload.is_scalable() && inventory.scalers_of(at).is_empty() {
            found.entry(directory(&workload.object)).or_default().push(at);
        }
    }
    found
}

/// Other directories to which autoscalers of this one lead: what they scale lies there.
fn partners<'a>(inventory: &Inventory<'a>, own: &str) -> BTreeSet<&'a str> {
    let here = |&at: &usize| {
        let scalers = inventory.scalers_of(at).iter();
        scalers.into_iter().any(|&one| directory(&inventory.scalers[one].object) == own)
    };
    let scaled = (0..inventory.workloads.len()).filter(here);
    scaled.map(|at| directory(&inventory.workloads[at].object)).filter(|other| *other != own).collect()
}

fn absent(
    inventory: &Inventory<'_>,
    scaler: &Scaler<'_>,
    place: Node<'_>,
    directories: &HashMap<&str, Vec<usize>>,
    out: &mut Out,
) {
    let (name, kind) = (scaler.target_name(), scaler.target_kind());
    let namespace = inventory.namespace(&scaler.object);
    let own = directory(&scaler.object);
    let partners = partners(inventory, own);
    let folders = std::iter::once(&own).chain(&partners);
    let around: Vec<usize> = if inventory.view.built {
        directories.values().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect()
    } else {
        folders.filter_map(|folder| directories.get(folder)).flatten().copied().collect()
    };
    let object = |at: usize| &inventory.workloads[at].object;
    let reachable = |at: usize| scope(namespace, inventory.namespace(object(at))) != Match::No;
    // The autoscaler's own name says the same: both were hardly misspelt alike.
    let most = if name == scaler.object.name { 1 } else { usize::MAX };
    let slip = |other: &str| suggest::slip(name, other).is_some_and(|distance| distance <= most);
    let mut close = around
        .iter()
        .copied()
        .filter(|&at| reachable(at) && object(at).kind == kind && slip(object(at).name));
    let missing = format!("{} scales {kind} `{name}`", scaler.object.title());
    let mut say = |evidence: Evidence, message: String, also: Option<(Span, String)>, help: String| {
        let Some(severity) = inventory.absence(evidence, &scaler.object) else {
            return;
        };
        let draft =
            out.report(place, message).severity(severity).label(format!("no {kind} of this name")).help(help);
        if let Some((span, text)) = also {
            draft.also(span, text);
        }
    };
    if let (Some(at), None) = (close.next(), close.next()) {
        let right = object(at).name;
        let also = Some((object(at).anchor().span(), "probably this one".to_owned()));
        say(
            Evidence::NearMiss,
            format!("{missing}, but it is called `{right}`"),
            also,
            format!("write `name: {right}`"),
        );
        return;
    }
    let elsewhere = around.iter().copied().find(|&at| object(at).kind == kind && object(at).name == name);
    if let Some(at) = elsewhere {
        let other = inventory.namespace(object(at)).unwrap_or("");
        let also = Some((object(at).anchor().span(), format!("in namespace `{other}`")));
        say(
            Evidence::NearMiss,
            format!("{missing}, which is in namespace `{other}`"),
            also,
            format!("move the autoscaler to namespace `{other}`"),
        );
        return;
    }
    // An autoscaler that is called like a workload beside it, which nobody scales.
    let namesake = |&at: &usize| object(at).kind == kind && object(at).name == scaler.object.name;
    if let Some(at) = around.iter().copied().find(|at| namesake(at) && reachable(*at)) {
        let right = object(at).name;
        let also = Some((
            object(at).anchor().span(),
            "has the name of the autoscaler, and nothing scales it".to_owned(),
        ));
        say(
            Evidence::NearMiss,
            format!("{missing}, which was not found"),
            also,
            format!("write `name: {right}`"),
        );
        return;
    }
    // Operators and charts bring kinds and objects of their own.
    let custom = !SCALABLE.iter().any(|row| row.1 == kind);
    let made = inventory.is_produced(name) || inventory.is_produced(scaler.object.name);
    if (custom && !inventory.surroundings.complete) || made {
        return;
    }
    let field = if scaler.kind == ScalerKind::Hpa { "autoscaler" } else { "ScaledObject" };
    say(
        Evidence::Nothing,
        format!("{missing}, which was not found"),
        None,
        format!(
            "name a workload of the {field}'s namespace, or suppress this finding if it is applied from elsewhere"
        ),
    );
}

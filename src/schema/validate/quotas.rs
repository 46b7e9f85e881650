//! Quotas and ranges of limits (`ValidateResourceQuota`, `ValidateLimitRange`).

use super::scalars::word;
use super::{Notes, Place, amounts, known};
use crate::kube::quantity::Quantity;
use crate::schema::{Trouble, TroubleKind};
use crate::yaml::Node;

const REJECTED: &str = "rejected by the API server";

/// Bounds of a LimitRange that exclude each other.
fn bounds<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let pairs = [
        ("min", "max"),
        ("default", "max"),
        ("defaultRequest", "max"),
        ("min", "default"),
        ("min", "defaultRequest"),
        ("defaultRequest", "default"),
    ];
    for (low, high) in pairs {
        let (Some(lows), Some(highs)) = (place.node.get(low), place.node.get(high)) else { continue };
        for entry in lows.entries() {
            let name = entry.key.key_text();
            let Some(most) = highs.entry(name).map(|entry| entry.value) else { continue };
            if let (Some(one), Some(other)) = (amounts::read(entry.value), amounts::read(most))
                && one > other
            {
                notes.push(
                    Trouble::new(
                        TroubleKind::InvalidValue,
                        entry.value,
                        format!("`{low}` of {name} is above `{high}`"),
                    )
                    .label(REJECTED)
                    .also(most, format!("`{high}`"))
                    .help(format!("lower it to `{}` or less", most.text())),
                );
            }
        }
    }
}

/// A range of limits: known resources, and bounds that leave something between them.
pub(super) fn limits<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let ty = place.text("type").unwrap_or_default();
    let fields = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];
    let before = notes.problems.len();
    for field in fields {
        if let ("Pod", "default" | "defaultRequest", Some(entry)) = (ty, field, place.node.entry(field))
            && entry.value.entries().next().is_some()
        {
            let message = format!("`{field}` is for containers, not for whole pods");
            notes.refuse(entry.key, message, "remove it, or write `type: Container`");
        }
        for entry in place.node.get(field).into_iter().flat_map(Node::entries) {
            let name = entry.key.key_text();
            let of = match ty {
                "Container" => amounts::OF_CONTAINERS,
                "Pod" => amounts::OF_QUOTAS,
                "PersistentVolumeClaim" => &["storage"],
                // Anything else is somebody's own.
                _ => continue,
            };
            if let Some(help) = amounts::name_fault(name, of).filter(|_| !known::is_placeholder(name)) {
                notes.refuse(entry.key, format!("`{name}` is not a valid resource name"), help);
            }
        }
    }
    if ty == "PersistentVolumeClaim" {
        let storage = |field: &str| place.node.get(field).and_then(|list| list.get("storage"));
        if storage("min").is_none() && storage("max").is_none() {
            let help = "add `max: {storage: …}` or `min: {storage: …}`";
            notes.lacks(place, "a range for claims has neither a `min` nor a `max` of storage", help);
        }
    }
    if notes.problems.len() == before {
        bounds(place, notes);
        ratios(place, notes);
    }
}

/// The ratio of limit to request that the bounds leave room for.
fn ratios<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    for entry in place.node.get("maxLimitRequestRatio").into_iter().flat_map(Node::entries) {
        let name = entry.key.key_text();
        let Some(ratio) = Quantity::read(entry.value).map(Quantity::to_f64) else { continue };
        let bound = |field: &str| {
            place
                .node
                .get(field)
                .and_then(|list| list.get(name))
                .and_then(Quantity::read)
                .map(Quantity::to_f64)
        };
        if ratio < 1.0 {
            let message = format!("a ratio of {name} below 1");
            notes.refuse(entry.value, message, "a limit is never below the request: write 1 or more");
        } else if let (Some(most), Some(least)) = (bound("max"), bound("min"))
            && least != 0.0
            && ratio > most / least
        {
            let message = format!("the ratio of {name} is above what `max` and `min` allow");
            notes.refuse(entry.value, message, format!("it must be at most {}", most / least));
        }
    }
}

/// Scopes of quotas: those that exclude each other, and what each counts.
const SCOPES: &[&str] = &[
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
];
const CONFLICTS: &[(&str, &str)] = &[("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")];
/// What pods are counted by.
const OF_PODS: &[&str] =
    &["pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// A quota counts what it knows, in the scopes that have it.
pub(super) fn quota<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let hard = || place.node.get("hard").into_iter().flat_map(Node::entries);
    for entry in hard() {
        let name = entry.key.key_text();
        if known::is_placeholder(name) {
            continue;
        }
        if let Some(help) = amounts::name_fault(name, amounts::OF_QUOTAS) {
            notes.refuse(entry.key, format!("a quota cannot count `{name}`"), help);
            continue;
        }
        let Some(amount) = Quantity::read(entry.value) else { continue };
        let counted = name.starts_with("count/")
            || matches!(
                name,
                "pods"
                    | "services"
                    | "replicationcontrollers"
                    | "resourcequotas"
                    | "secrets"
                    | "configmaps"
                    | "persistentvolumeclaims"
                    | "services.nodeports"
                    | "services.loadbalancers"
            );
        if amount.is_negative() {
            notes.refuse(
                entry.value,
                format!("`{}` of {name} is negative", entry.value.text()),
                "it must be 0 or more",
            );
        } else if (counted || amounts::is_whole_only(name)) && !amount.is_whole() {
            let message = format!("`{}` of {name} is not an integer", entry.value.text());
            notes.refuse(entry.value, message, "it must be a whole number");
        }
    }
    let listed: Vec<(Node<'a>, &'a str)> =
        place.items("scopes").filter_map(|at| Some((at, at.str()?))).collect();
    scopes(&listed, place, notes);
    let expressions = place.node.get("scopeSelector").and_then(|selector| selector.get("matchExpressions"));
    let chosen: Vec<(Node<'a>, &'a str)> = expressions
        .into_iter()
        .flat_map(Node::items)
        .filter_map(|one| one.get("scopeName"))
        .filter_map(|at| Some((at, at.str()?)))
        .collect();
    scopes(&chosen, place, notes);
}

fn scopes<'a>(list: &[(Node<'a>, &'a str)], place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    for (at, scope) in list {
        if !SCOPES.contains(scope) {
            word(SCOPES, "scope", scope, *at, notes);
            return;
        }
        let counts = |name: &str| {
            name.contains('/')
                || match *scope {
                    "BestEffort" => name == "pods",
                    "VolumeAttributesClass" => matches!(name, "persistentvolumeclaims" | "requests.storage"),
                    "PriorityClass" | "CrossNamespacePodAffinity" => true,
                    _ => OF_PODS.contains(&name) || name.ends_with("ephemeral-storage"),
                }
        };
        let mut names = place.node.get("hard").into_iter().flat_map(Node::entries).map(|entry| entry.key);
        if let Some(other) = names.find(|key| !counts(key.key_text())) {
            let message = format!("the scope `{scope}` does not count `{}`", other.key_text());
            return notes.clash(*at, other, message, "put it into a quota of its own");
        }
    }
    for (one, other) in CONFLICTS {
        let find = |word: &str| list.iter().find(|scope| scope.1 == word).map(|scope| scope.0);
        if let (Some(first), Some(second)) = (find(one), find(other)) {
            let message = format!("`{one}` and `{other}` exclude each other");
            notes.clash(second, first, message, "keep one of them");
        }
    }
}

/// One scope of a selector and its values.
pub(super) fn requirement<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (Some(operator), Some(scope)) = (place.given("operator"), place.text("scopeName")) else { return };
    let count = place.node.get("values").map_or(0, |values| values.items().count());
    let only = matches!(
        scope,
        "BestEffort" | "NotBestEffort" | "Terminating" | "NotTerminating" | "CrossNamespacePodAffinity"
    );
    let at = place.node.get("values").unwrap_or(operator);
    match operator.text() {
        "In" | "NotIn" | "DoesNotExist" if only => {
            let message = format!("the scope `{scope}` takes `Exists` only");
            notes.refuse(operator, message, "write `operator: Exists`");
        }
        word @ ("In" | "NotIn") if count == 0 => {
            notes.refuse(at, format!("`{word}` needs at least one value"), "add `values`");
        }
        word @ ("Exists" | "DoesNotExist") if count > 0 => {
            notes.refuse(at, format!("`{word}` takes no values"), "remove them, or use `In`");
        }
        _ => {}
    }
}

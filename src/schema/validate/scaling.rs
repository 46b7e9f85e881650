//! Autoscalers (`pkg/apis/autoscaling/validation`).

use super::{Notes, Place, REJECTED, known};
use crate::finding::{Fix, amend};
use crate::schema::{Trouble, TroubleKind};
use crate::yaml::Node;

pub(super) fn autoscaler<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    from_zero(place, notes);
    let (floor, ceiling) = (place.node.get("minReplicas"), place.node.get("maxReplicas"));
    let (Some(floor), Some(ceiling)) = (floor, ceiling) else { return };
    if let (Some(low), Some(high)) = (floor.int(), ceiling.int())
        && low > high
    {
        notes.push(
            Trouble::new(
                TroubleKind::InvalidValue,
                floor,
                format!("`minReplicas` {low} is above `maxReplicas` {high}"),
            )
            .label(REJECTED)
            .also(ceiling, "the ceiling")
            .help("raise `maxReplicas` or lower `minReplicas`"),
        );
    }
}

/// Nothing is scaled to zero by what pods use: no pod, no use.
fn from_zero<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(at) = place.node.get("minReplicas").filter(|at| at.int() == Some(0)) else { return };
    let outside =
        |metric: Node<'_>| metric.get("type").is_some_and(|ty| matches!(ty.text(), "Object" | "External"));
    if !place.items("metrics").any(outside) {
        let help = "add a metric of type `Object` or `External`, or write 1 or more";
        notes.refuse(at, "no replicas with metrics of pods only would stay at zero indefinitely", help);
    }
}

/// Sources of metrics and the fields they are in.
const SOURCES: &[(&str, &str)] = &[
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

/// A metric has the source of its type and no other.
pub(super) fn metric<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(ty) = place.given("type") else { return };
    let Some((_, field)) = SOURCES.iter().find(|one| one.0 == ty.text()) else { return };
    let find = |field: &str| place.node.entry(field).filter(|entry| !entry.value.is_null());
    if find(field).is_none() {
        notes.wants(
            place,
            field,
            format!("a metric of type `{}` needs `{field}`", ty.text()),
            format!("add `{field}`"),
        );
    }
    if let Some(other) = SOURCES.iter().filter(|one| one.1 != *field).find_map(|one| find(one.1)) {
        let message = format!("`{}` in a metric of type `{}`", other.key.text(), ty.text());
        notes.clash(other.key, ty, message, "remove it, or change the type");
    }
}

/// What a metric is to reach: one value, of the kind that its source has.
pub(super) fn target<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(source) = place.chain.last().map(|frame| frame.name()) else { return };
    let find = |field: &str| place.node.get(field);
    let (share, each, whole) = (find("averageUtilization"), find("averageValue"), find("value"));
    match source {
        "ResourceMetricSource" | "ContainerResourceMetricSource" => match (share, each) {
            (None, None) => {
                let help = "add `averageUtilization` or `averageValue`";
                notes.lacks(place, "the target says no value", help);
            }
            (Some(share), Some(each)) => {
                notes.clash(share, each, "the target has both a share and a value", "keep one of them");
            }
            _ => {}
        },
        "PodsMetricSource" if each.is_none() => {
            notes.lacks(place, "a metric of pods needs `averageValue`", "add `averageValue`");
        }
        "ObjectMetricSource" | "ExternalMetricSource" => match (whole, each) {
            (None, None) => {
                notes.lacks(place, "the target says no value", "add `value` or `averageValue`");
            }
            (Some(whole), Some(each)) if source == "ExternalMetricSource" => {
                notes.clash(whole, each, "the target has both a value and an average", "keep one of them");
            }
            _ => {}
        },
        _ => {}
    }
}

/// A direction that is limited has a limit.
pub(super) fn rules<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if let Some(entry) = place.node.entry("policies").filter(|entry| entry.value.is_sequence())
        && entry.value.items().next().is_none()
    {
        let help = "add a policy, or remove the list for the defaults";
        notes.refuse(entry.key, "the list of `policies` is empty", help);
    }
}

/// Writes down the version of a workload that only one group has.
fn version_of_apps(place: &Place<'_, '_>) -> Option<Fix> {
    let is_of_apps = matches!(place.text("kind")?, "Deployment" | "ReplicaSet" | "StatefulSet");
    let edit = amend::add_first(place.node, "apiVersion", "apps/v1").filter(|_| is_of_apps)?;
    Some(Fix { edits: vec![edit], ..Fix::safe("write `apiVersion: apps/v1`") })
}

/// What is scaled or looked at has a group, unless it is of the core.
pub(super) fn reference<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let target = place.key_text() == "scaleTargetRef";
    let Some((at, text)) = place.given("apiVersion").and_then(|at| Some((at, at.str()?))) else {
        // Older servers take it for any group.
        if target
            && notes.is_from(37)
            && place.text("kind").is_some_and(|kind| kind != "ReplicationController")
        {
            let message = "`scaleTargetRef` has no `apiVersion`";
            let help = "add `apiVersion`, such as `apps/v1`";
            match place.node.entry("apiVersion") {
                Some(_) => notes.wants(place, "apiVersion", message, help),
                None => notes.lacks_what(place, message, help, version_of_apps(place)),
            }
        }
        return;
    };
    let help = "write `group/version`, such as `apps/v1`";
    if known::is_placeholder(text) {
        return;
    }
    if text.matches('/').count() > 1 {
        notes.refuse(at, format!("`{text}` is not a valid apiVersion"), help);
    } else if target && (text.starts_with('/') || !text.contains('/')) && text != "v1" {
        notes.refuse(at, format!("`{text}` has no group"), help);
    }
}

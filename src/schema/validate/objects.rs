//! Structs outside of pods, judged as a whole.

use super::grammar::{is_label, is_subdomain};
use super::pods::{exclusive, lacking, unique, values_of};
use super::{Notes, Place, is_note, known};
use crate::kube::quantity::Quantity;
use crate::kube::selector::Selector;
use crate::schema::{Cause, Trouble, TroubleKind};
use crate::yaml::Node;

const REJECTED: &str = "rejected by the API server";

/// Kinds whose names are DNS subdomains. Names of roles, for one, are nearly free.
const SUBDOMAINS: &[&str] = &[
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "LimitRange",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Pod",
    "PodDisruptionBudget",
    "ReplicaSet",
    "ReplicationController",
    "ResourceQuota",
    "Secret",
    "ServiceAccount",
    "StatefulSet",
    "StorageClass",
];

/// The name of an object.
pub(super) fn metadata<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let [root] = place.chain else { return };
    let kind = root.name();
    let Some((at, text)) = place.node.get("name").and_then(|at| Some((at, at.str()?))) else { return };
    let label = matches!(kind, "Service" | "Namespace");
    let long = kind == "CronJob" && text.len() > 52;
    let sound = match label {
        true => is_label(text),
        false => !SUBDOMAINS.contains(&kind) || (is_subdomain(text) && !long),
    };
    if sound || is_note(text) {
        return;
    }
    let lower = text.to_ascii_lowercase().replace(['_', ' '], "-");
    let help = if (if label { is_label(&lower) } else { is_subdomain(&lower) }) && lower != text {
        format!("write `{lower}`")
    } else if long {
        "the name of a CronJob has at most 52 characters".to_owned()
    } else if label {
        "lower case letters, digits and `-`, at most 63".to_owned()
    } else {
        "lower case letters, digits, `-` and `.`, at most 253".to_owned()
    };
    let trouble = Trouble::new(TroubleKind::InvalidValue, at, bad_name(text, kind)).cause(Cause::OwnName);
    notes.push(trouble.label(REJECTED).help(help));
}

/// What to say of a name that an object cannot have.
pub(in crate::schema) fn bad_name(text: &str, kind: &str) -> String {
    format!("`{text}` is not valid as the name of a {kind}")
}

/// A label selector that nothing can meet (facts 1.4, 1.5).
pub(super) fn label_selector<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.node.get("matchExpressions").is_none() {
        return;
    }
    let selector = Selector::label_selector(place.node);
    if selector.has_placeholder() || selector.is_invalid() {
        return;
    }
    if let Some((one, other)) = selector.contradiction()
        && one.values.len().min(1) == 1
    {
        let message = format!("no label `{}` can meet both requirements of this selector", one.key);
        notes.push(
            Trouble::new(TroubleKind::InvalidValue, other.node, message)
                .label("contradicts the other, so nothing is ever selected")
                .also(one.node, "the other")
                .help("remove one of them, or list all values in a single `In`"),
        );
    }
}

pub(super) fn label_requirement<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let count = place.node.get("values").map_or(0, |values| values.items().count());
    values_of(place, place.text("operator"), count, notes);
}

pub(super) fn strategy<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let only = match place.text("type") {
        Some("Recreate") => "Recreate",
        // A DaemonSet keeps it for later, a StatefulSet does not.
        Some("OnDelete") if place.inside("StatefulSetSpec") => "OnDelete",
        _ => return,
    };
    if let Some(entry) = place.node.entry("rollingUpdate").filter(|entry| !entry.value.is_null()) {
        let kind = place.node.get("type").unwrap_or(entry.key);
        notes.push(
            Trouble::new(
                TroubleKind::InvalidValue,
                entry.key,
                format!("`rollingUpdate` beside `type: {only}`"),
            )
            .label(REJECTED)
            .also(kind, "the type")
            .help("remove `rollingUpdate`, or write `type: RollingUpdate`"),
        );
    }
}

pub(super) fn autoscaler<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
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

pub(super) fn service<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let kind = place.text("type").unwrap_or("ClusterIP");
    let ports: Vec<Node<'a>> = place.node.get("ports").into_iter().flat_map(Node::items).collect();
    unique("the port name", ports.iter().filter_map(|port| port.get("name")), notes);
    if ports.len() > 1 {
        for port in ports.iter().filter(|port| port.is_mapping() && port.get("name").is_none()) {
            let at = port.get("port").unwrap_or(*port);
            let message = "a Service with several ports needs a name for each".to_owned();
            let trouble = Trouble::new(TroubleKind::MissingField, at, message);
            notes.push(trouble.label("no `name`").help("add `name`, such as `http`"));
        }
    }
    same_port(&ports, notes);
    let headless = place.text("clusterIP") == Some("None");
    if let (true, "NodePort" | "LoadBalancer", Some(at)) = (headless, kind, place.node.get("clusterIP")) {
        let message = format!("a Service of type `{kind}` cannot be headless");
        notes.invalid(at, message, REJECTED, "remove `clusterIP: None`, or use `type: ClusterIP`");
    }
    let open = |port: &Node<'a>| port.get("nodePort").filter(|at| at.int().is_some_and(|number| number != 0));
    if let ("ClusterIP", Some(at)) = (kind, ports.iter().find_map(open)) {
        let rule = match place.node.get("type") {
            Some(_) => TroubleKind::InvalidValue,
            None => TroubleKind::InvalidByDefault,
        };
        let message = "`nodePort` in a Service of type `ClusterIP`";
        let trouble = Trouble::new(rule, at, message).label(REJECTED);
        notes.push(trouble.help("write `type: NodePort`, or remove `nodePort`"));
    }
    if kind == "ExternalName" && place.node.get("externalName").is_none() {
        let message = "a Service of type `ExternalName` needs `externalName`".to_owned();
        lacking(place, message, "add the name it stands for", notes);
    }
}

/// Port and protocol must be unique together (fact 4.10).
fn same_port<'a>(ports: &[Node<'a>], notes: &mut Notes<'_, 'a>) {
    let identity = |port: &Node<'a>| {
        let protocol = port.get("protocol").and_then(Node::str).unwrap_or("TCP");
        port.get("port").and_then(|number| Some((number, number.int()?, protocol)))
    };
    for (at, port) in ports.iter().enumerate().take(100) {
        let Some((node, number, protocol)) = identity(port) else { continue };
        let before = ports[..at].iter().filter_map(identity).find(|one| (one.1, one.2) == (number, protocol));
        if let Some((first, ..)) = before {
            notes.push(
                Trouble::new(
                    TroubleKind::InvalidValue,
                    node,
                    format!("port {number} occurs twice with {protocol}"),
                )
                .label(REJECTED)
                .also(first, "the first of them")
                .help("give each its own number or protocol"),
            );
        }
    }
}

pub(super) fn ingress<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    // `backend` is what older versions called it, and an unknown field.
    let either = ["rules", "defaultBackend", "backend"].iter().any(|field| place.node.get(field).is_some());
    if !either && place.root().get("apiVersion").and_then(Node::str) == Some("networking.k8s.io/v1") {
        lacking(place, "an Ingress needs `rules` or `defaultBackend`".to_owned(), "add one of them", notes);
    }
}

pub(super) fn ingress_path<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let kind = place.text("pathType").unwrap_or_default();
    if !matches!(kind, "Exact" | "Prefix") {
        return;
    }
    match place.node.get("path").and_then(|at| Some((at, at.str()?))) {
        Some((at, text)) if !text.starts_with('/') && !known::is_placeholder(text) => {
            let message = format!("the path `{text}` does not start with `/`");
            notes.invalid(
                at,
                message,
                REJECTED,
                format!("write `/{text}`, or use `pathType: ImplementationSpecific`"),
            );
        }
        _ => {}
    }
}

pub(super) fn service_backend_port<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    exclusive("the port", place.node, &["name", "number"], notes);
}

/// Bounds of a LimitRange that exclude each other.
pub(super) fn limit_range<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let pairs = [
        ("min", "max"),
        ("default", "max"),
        ("defaultRequest", "max"),
        ("min", "default"),
        ("defaultRequest", "default"),
    ];
    for (low, high) in pairs {
        let (Some(lows), Some(highs)) = (place.node.get(low), place.node.get(high)) else { continue };
        for entry in lows.entries() {
            let name = entry.key.key_text();
            let Some(most) = highs.get(name) else { continue };
            if let (Some(one), Some(other)) = (Quantity::read(entry.value), Quantity::read(most))
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

/// A claim asks for some space (fact 10.10).
pub(super) fn claim<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(resources) = place.node.entry("resources").filter(|entry| !entry.value.is_null()) else {
        return;
    };
    let requests = resources.value.get("requests");
    if requests.and_then(|requests| requests.get("storage")).is_none() {
        let message = "the claim asks for no `storage`".to_owned();
        let trouble = Trouble::new(TroubleKind::MissingField, resources.key, message);
        notes.push(trouble.label("lacks `requests.storage`").help("add `requests: {storage: 1Gi}`"));
    }
}

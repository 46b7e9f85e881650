//! Structs of pods, judged as a whole.

use std::collections::HashMap;

use super::{Notes, Place, advice, known};
use crate::schema::{Trouble, TroubleKind};
use crate::yaml::{Entry, Node, Scalar};

const REJECTED: &str = "rejected by the API server";

/// Two of several exclusive things, null counting as absent. Tells whether there is none at all.
pub(super) fn exclusive<'a>(what: &str, node: Node<'a>, fields: &[&str], notes: &mut Notes<'_, 'a>) -> bool {
    let is_one = |entry: &Entry<'_>| fields.contains(&entry.key.key_text()) && !entry.value.is_null();
    let mut found = node.entries().filter(is_one);
    let Some(first) = found.next() else { return true };
    if let Some(last) = found.last() {
        let (one, other) = (first.key.key_text(), last.key.key_text());
        let message = format!("{what} has both `{one}` and `{other}`");
        notes.push(
            Trouble::new(TroubleKind::InvalidValue, last.key, message)
                .label(REJECTED)
                .also(first.key, "the other")
                .help("keep one of them"),
        );
    }
    false
}

/// Something that must have one of several things has none: a missing field without a name of its own.
pub(super) fn lacking<'a>(place: &Place<'_, 'a>, message: String, help: &str, notes: &mut Notes<'_, 'a>) {
    let at = place.node.get("name").or(place.key).unwrap_or(place.node);
    let trouble = Trouble::new(TroubleKind::MissingField, at, message);
    notes.push(trouble.label(REJECTED).help(help));
}

/// Lists up to this length are looked through for each of their items.
const SHORT: usize = 16;

/// An item that repeats what must be unique in its list.
pub(super) fn unique<'a>(what: &str, list: impl Iterator<Item = Node<'a>>, notes: &mut Notes<'_, 'a>) {
    let mut twice = |name: Node<'a>, first: Node<'a>| {
        notes.push(
            Trouble::new(TroubleKind::InvalidValue, name, format!("{what} `{}` occurs twice", name.text()))
                .label(REJECTED)
                .also(first, "the first of them")
                .help("give each its own"),
        );
    };
    let mut few: [Option<Node<'a>>; SHORT] = [None; SHORT];
    let mut many: HashMap<&str, Node<'a>> = HashMap::new();
    for (at, name) in list.enumerate() {
        let text = name.text();
        let before = few.iter().take(at).rev().flatten().find(|other| other.text() == text).copied();
        let before = many.get(text).copied().or(before);
        if before.is_some() && known::is_placeholder(text) {
            continue;
        }
        if let Some(first) = before {
            twice(name, first);
        }
        match few.get_mut(at) {
            Some(place) => *place = Some(name),
            None => {
                many.insert(text, name);
            }
        }
    }
}

const HANDLERS: &[&str] = &["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

pub(super) fn probe<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (node, key) = (place.node, place.key_text());
    if exclusive("the probe", node, HANDLERS, notes) && node.entries().next().is_some() {
        let message = format!("`{key}` says nothing of what to do");
        lacking(place, message, "add `httpGet`, `tcpSocket`, `grpc` or `exec`", notes);
    }
    let threshold = node.get("successThreshold");
    if let Some(at) = threshold.filter(|at| at.int().is_some_and(|value| value > 1))
        && key != "readinessProbe"
    {
        let message = format!("`successThreshold` of a `{key}` must be 1");
        notes.invalid(at, message, REJECTED, "remove it");
    }
    if key == "readinessProbe"
        && let Some(entry) =
            node.entry("terminationGracePeriodSeconds").filter(|entry| !entry.value.is_null())
    {
        let message = "a readiness probe has no `terminationGracePeriodSeconds`".to_owned();
        notes.invalid(entry.key, message, REJECTED, "remove it, or put it into the liveness probe");
    }
}

pub(super) fn lifecycle_handler<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if exclusive("the handler", place.node, HANDLERS, notes) {
        let message = format!("`{}` says nothing of what to do", place.key_text());
        lacking(place, message, "add `exec`, `httpGet` or `sleep`", notes);
    }
}

/// Everything but the name is a source.
pub(super) fn volume<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let sources = super::table::VOLUME_SOURCES;
    if exclusive("the volume", place.node, sources, notes) {
        advice::bare_volume(place, notes);
    }
}

pub(super) fn env_var<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let given = |field| place.node.get(field);
    if given("valueFrom").is_some() && given("value").is_some_and(|value| !value.text().is_empty()) {
        exclusive("the variable", place.node, &["value", "valueFrom"], notes);
    }
}

const ENV_SOURCES: &[&str] =
    &["configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"];

pub(super) fn env_source<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if exclusive("`valueFrom`", place.node, ENV_SOURCES, notes) && place.node.entries().next().is_none() {
        lacking(
            place,
            "`valueFrom` names no source".to_owned(),
            "name a key of a ConfigMap or Secret",
            notes,
        );
    }
}

pub(super) fn container<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let list = |field: &str| place.node.get(field).into_iter().flat_map(Node::items);
    unique("the port name", list("ports").filter_map(|port| port.get("name")), notes);
    unique("the mount path", list("volumeMounts").filter_map(|mount| mount.get("mountPath")), notes);
}

pub(super) fn pod_spec<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let list = |field: &str| place.node.get(field).into_iter().flat_map(Node::items);
    let names = list("initContainers").chain(list("containers")).filter_map(|one| one.get("name"));
    unique("the container name", names, notes);
    unique("the volume name", list("volumes").filter_map(|volume| volume.get("name")), notes);
    restart_policy(place, notes);
}

/// What runs for ever must restart its containers, and what ends must not (fact 9.5).
fn restart_policy<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let written = place.node.get("restartPolicy");
    let text = written.and_then(Node::str).unwrap_or("Always");
    if known::is_placeholder(text) {
        return;
    }
    let owner = place.chain.iter().map(|frame| frame.name()).find(|name| {
        matches!(
            *name,
            "JobSpec"
                | "DeploymentSpec"
                | "StatefulSetSpec"
                | "DaemonSetSpec"
                | "ReplicaSetSpec"
                | "ReplicationControllerSpec"
        )
    });
    let kind = owner.and_then(|owner| owner.strip_suffix("Spec")).unwrap_or_default();
    match (owner, written) {
        (Some("JobSpec"), None) => {
            let message = "a Job needs a `restartPolicy`, and the default `Always` is none".to_owned();
            lacking(place, message, "add `restartPolicy: OnFailure` or `Never`", notes);
        }
        (Some("JobSpec"), Some(at)) if text == "Always" => {
            let message = "a Job cannot have `restartPolicy: Always`".to_owned();
            notes.invalid(at, message, REJECTED, "write `OnFailure` or `Never`");
        }
        (Some(owner), Some(at)) if owner != "JobSpec" && matches!(text, "Never" | "OnFailure") => {
            let message = format!("a {kind} cannot have `restartPolicy: {text}`");
            notes.invalid(at, message, REJECTED, "remove it, or make it a Job if it is to end");
        }
        _ => {}
    }
}

pub(super) fn toleration<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (node, operator) = (place.node, place.text("operator"));
    let key = node.get("key").map_or("", |key| key.text());
    if key.is_empty() && operator != Some("Exists") && node.entries().next().is_some() {
        let at =
            node.get("operator").or_else(|| node.entries().next().map(|entry| entry.key)).unwrap_or(node);
        let message = "a toleration without `key` needs `operator: Exists`".to_owned();
        notes.invalid(at, message, REJECTED, "add a key, or `operator: Exists` to tolerate everything");
    }
    let value = node.get("value").filter(|value| !value.text().is_empty());
    if let (Some("Exists"), Some(value)) = (operator, value) {
        let message = "a toleration with `operator: Exists` has a value".to_owned();
        notes.invalid(value, message, REJECTED, "remove the value, or use `operator: Equal`");
    }
    if let Some(at) = node.get("tolerationSeconds")
        && place.text("effect").is_some_and(|effect| matches!(effect, "NoSchedule" | "PreferNoSchedule"))
    {
        let message = "`tolerationSeconds` is for the effect `NoExecute`".to_owned();
        notes.invalid(at, message, REJECTED, "remove it");
    }
}

pub(super) fn spread<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if let (Some(at), Some("ScheduleAnyway")) =
        (place.node.get("minDomains"), place.text("whenUnsatisfiable"))
    {
        let message = "`minDomains` needs `whenUnsatisfiable: DoNotSchedule`".to_owned();
        notes.invalid(at, message, REJECTED, "remove it, or make the constraint a hard one");
    }
}

/// An expression of node affinity (facts 1.3, 1.4), and the label it asks for.
pub(super) fn node_requirement<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let values = place.node.get("values");
    let count = values.map_or(0, |values| values.items().count());
    match place.text("operator") {
        Some("Gt" | "Lt") => {
            let number = |one: Node<'_>| match one.scalar() {
                Some(Scalar::Str(text)) => text.parse::<i64>().is_ok() || known::is_placeholder(text),
                _ => true,
            };
            if let Some(values) = values.filter(|list| count != 1 || !list.items().all(number)) {
                let message = "`Gt` and `Lt` compare with one whole number".to_owned();
                notes.invalid(values, message, REJECTED, "give one number, quoted");
            }
        }
        operator => values_of(place, operator, count, notes),
    }
    if let Some(key) = place.node.get("key") {
        let selector = place.chain.iter().rev().find(|frame| frame.name() == "NodeSelector");
        let terms = selector.and_then(|selector| selector.node.get("nodeSelectorTerms"));
        if !terms.is_some_and(|terms| advice::both_generations(key.text(), terms)) {
            advice::node_label(key, place.node, notes);
        }
    }
}

/// How many values an operator takes (fact 1.4).
pub(super) fn values_of<'a>(
    place: &Place<'_, 'a>,
    operator: Option<&str>,
    count: usize,
    notes: &mut Notes<'_, 'a>,
) {
    let at = place.node.get("values").or_else(|| place.node.get("operator"));
    let Some(at) = at else { return };
    let (message, help) = match operator {
        Some(operator @ ("In" | "NotIn")) if count == 0 => {
            (format!("`{operator}` needs at least one value"), "add `values`")
        }
        Some(operator @ ("Exists" | "DoesNotExist")) if count > 0 => {
            (format!("`{operator}` takes no values"), "remove them, or use `In`")
        }
        _ => return,
    };
    notes.invalid(at, message, REJECTED, help);
}

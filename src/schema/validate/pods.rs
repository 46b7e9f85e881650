//! Structs of pods, judged as a whole.

use foldhash::{HashMap, HashMapExt};

use super::scalars::{of_kind, word};
use super::texts::{LABEL_VALUE, SUBDOMAIN};
use super::together::{exclusive, lacking, unique};
use super::{Notes, Place, REJECTED, advice, amounts, known, mounts, security};
use crate::finding::Fix;
use crate::finding::amend::{self, Value};
use crate::schema::{Trouble, TroubleKind};
use crate::yaml::{Node, Scalar};

const HANDLERS: &[&str] = &["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

pub(super) fn probe<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (node, key) = (place.node, place.key_text());
    if exclusive("the probe", node, HANDLERS, notes) {
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

pub(super) fn env_var<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let given = |field| place.node.get(field);
    if given("valueFrom").is_some() && given("value").is_some_and(|value| !value.text().is_empty()) {
        exclusive("the variable", place.node, &["value", "valueFrom"], notes);
    }
}

const ENV_SOURCES: &[&str] =
    &["configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"];

pub(super) fn env_source<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if exclusive("`valueFrom`", place.node, ENV_SOURCES, notes)
        && place.node.entries().all(|entry| entry.value.is_null())
    {
        lacking(place, "`valueFrom` has no source".to_owned(), "name a key of a ConfigMap or Secret", notes);
    }
}

pub(super) fn pod_spec<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let list = |field: &str| place.node.get(field).into_iter().flat_map(Node::items);
    let names = list("initContainers").chain(list("containers")).filter_map(|one| one.get("name"));
    unique("the container name", names, notes);
    unique("the volume name", list("volumes").filter_map(|volume| volume.get("name")), notes);
    unique("the claim name", list("resourceClaims").filter_map(|claim| claim.get("name")), notes);
    restart_policy(place, notes);
    security::pod_system(place, notes);
    whole_pod(place, notes);
    host_ports(place, notes);
    spreads_twice(place, notes);
    mounts::volumes(place, notes);
    amounts::of_pod(place, notes);
}

/// Fields of a pod that exclude or need each other.
fn whole_pod<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let on = |field: &str| place.node.get(field).filter(|at| at.bool() == Some(true));
    if let (Some(at), Some(other)) = (on("shareProcessNamespace"), on("hostPID")) {
        let message = "`shareProcessNamespace` beside `hostPID`";
        notes.clash(at, other, message, "the node's processes are shared already: remove one of them");
    }
    let servers = place.node.get("dnsConfig").and_then(|config| config.get("nameservers"));
    if let Some(at) = place.given("dnsPolicy").filter(|at| at.text() == "None")
        && servers.is_none_or(|servers| servers.items().next().is_none())
    {
        let help = "add `dnsConfig` with `nameservers`";
        notes.refuse(at, "`dnsPolicy: None` leaves the pod without a nameserver", help);
    }
    let options = place.node.get("dnsConfig").and_then(|config| config.get("options"));
    for option in options.into_iter().flat_map(Node::items) {
        if option.is_null() || option.is_mapping() && super::given(option, "name").is_none() {
            let at = option.entries().next().map_or(option, |entry| entry.key);
            notes.refuse(at, "an option of the resolver has no name", "add `name`, such as `ndots`");
        }
    }
    let own_users = place.node.get("hostUsers").is_some_and(|at| at.bool() == Some(false));
    if own_users {
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            if let Some(at) = on(field) {
                let message = format!("`{field}` beside `hostUsers: false`");
                notes.refuse(at, message, "remove one of them");
            }
        }
    }
    if own_users {
        let containers = ["containers", "initContainers"].into_iter().flat_map(|field| place.items(field));
        let devices = containers.filter_map(|one| one.entry("volumeDevices"));
        if let Some(entry) = devices.into_iter().find(|entry| entry.value.items().next().is_some()) {
            let help = "mount a file system, or remove `hostUsers: false`";
            notes.refuse(entry.key, "`volumeDevices` beside `hostUsers: false`", help);
        }
    }
    if place.chain.len() == 1
        && place.kind() == "Pod"
        && let Some(entry) = place.node.entry("ephemeralContainers")
        && entry.value.items().next().is_some()
    {
        let help = "remove them: `kubectl debug` adds them to a pod that runs";
        notes.refuse(entry.key, "a new pod has no `ephemeralContainers`", help);
    }
    if let (Some(at), Some(gates)) = (place.given("nodeName"), place.given("schedulingGates")) {
        let message = "`nodeName` beside `schedulingGates`";
        notes.clash(at, gates, message, "remove one of them");
    }
}

/// A port of the node is taken once (`AccumulateUniqueHostPorts`).
fn host_ports<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let mut taken: HashMap<(i64, &str, &str), Node<'a>> = HashMap::new();
    for port in place.items("containers").filter_map(|one| one.get("ports")).flat_map(Node::items) {
        let Some((at, number)) = port.get("hostPort").and_then(|at| Some((at, at.int()?))) else { continue };
        let text = |field: &str, default| super::given(port, field).map_or(default, Node::text);
        if number == 0 {
            continue;
        }
        if let Some(first) = taken.insert((number, text("protocol", "TCP"), text("hostIP", "")), at) {
            let message = format!("port {number} of the node is taken twice");
            notes.clash(at, first, message, "give each its own");
        }
    }
}

/// Pods are spread over one topology once, or once strictly and once if possible.
fn spreads_twice<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let mut seen: HashMap<(&str, &str), Node<'a>> = HashMap::new();
    for one in place.items("topologySpreadConstraints") {
        let (Some(key), Some(action)) = (one.get("topologyKey"), one.get("whenUnsatisfiable")) else {
            continue;
        };
        if let Some(first) = seen.insert((key.text(), action.text()), key) {
            let message = format!("pods are spread over `{}` twice", key.text());
            notes.clash(key, first, message, "remove one of the constraints");
        }
    }
}

/// A claim of devices: one that is there, or one that is made.
pub(super) fn resource_claim<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let both = ["resourceClaimName", "resourceClaimTemplateName"];
    // `source` is what older versions wrapped around them.
    if exclusive("the claim", place.node, &both, notes)
        && place.node.get("source").is_none()
        && place.node.get("podGroupResourceClaim").is_none()
    {
        let help = "add `resourceClaimName` or `resourceClaimTemplateName`";
        notes.lacks(place, "the claim has no ResourceClaim", help);
    }
}

/// A term of affinity between pods.
pub(super) fn affinity_term<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let selects = place.node.get("labelSelector").is_some();
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        if let (Some(at), false) = (place.given(field), selects) {
            notes.refuse(
                at,
                format!("`{field}` without `labelSelector`"),
                "add `labelSelector`, or remove it",
            );
        }
    }
    let both = place
        .items("matchLabelKeys")
        .find(|key| place.items("mismatchLabelKeys").any(|other| other.text() == key.text()));
    if let Some(at) = both {
        let message = format!("`{}` is to match and to differ", at.text());
        notes.refuse(at, message, "remove it from one of the lists");
    }
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
        (Some("JobSpec"), _) if written.is_none() || text.is_empty() => {
            let message = "a Job needs a `restartPolicy`, and the default `Always` is none";
            let edit =
                written.is_none().then(|| amend::add(place.node, "restartPolicy", &Value::text("OnFailure")));
            let fix = edit.flatten().map(|edit| Fix {
                edits: vec![edit],
                ..Fix::needs_decision("restart containers that fail: write `restartPolicy: OnFailure`")
            });
            notes.lacks_what(place, message, "add `restartPolicy: OnFailure` or `Never`", fix);
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
    if key.is_empty() && operator != Some("Exists") {
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
    if let (Some("Lt" | "Gt"), Some(at)) = (operator, value)
        && at.str().is_some_and(|text| text.parse::<i64>().is_err())
    {
        notes.refuse(at, format!("`{}` is not an integer", at.text()), "write a number, quoted");
    } else if let (None | Some("" | "Equal"), Some((at, text))) =
        (operator, value.and_then(|at| Some((at, at.str()?))))
    {
        of_kind(&LABEL_VALUE, "value", text, at, notes);
    }
    if let Some(at) = node.get("tolerationSeconds")
        && place.text("effect").is_none_or(|effect| matches!(effect, "" | "NoSchedule" | "PreferNoSchedule"))
        && node.get("effect").is_none_or(|effect| effect.str().is_some())
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
    if let (Some(at), None) = (place.given("matchLabelKeys"), place.node.get("labelSelector")) {
        notes.refuse(at, "`matchLabelKeys` without `labelSelector`", "add `labelSelector`, or remove it");
    }
}

/// An expression of node affinity (facts 1.3, 1.4), and the label it asks for.
pub(super) fn node_requirement<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let values = place.node.get("values");
    let count = values.map_or(0, |values| values.items().count());
    if place.key_text() == "matchFields" {
        return match_field(place, count, notes);
    }
    match place.text("operator") {
        Some("Gt" | "Lt") => {
            let number = |one: Node<'_>| match one.scalar() {
                Some(Scalar::Str(text)) => text.parse::<i64>().is_ok() || known::is_placeholder(text),
                _ => true,
            };
            let message = "`Gt` and `Lt` compare with one whole number";
            if let (Some(at), true) = (values.or_else(|| place.node.get("operator")), count != 1) {
                notes.refuse(at, message, "give one number, quoted");
            } else if let Some(at) = values.filter(|list| !list.items().all(number)) {
                let trouble = Trouble::new(TroubleKind::InvalidValue, at, message);
                notes.push(trouble.label("no node meets this").help("give one number, quoted"));
            }
        }
        operator => values_of(place, operator, count, notes),
    }
    for at in place.items("values") {
        if let Some(text) = at.str() {
            of_kind(&LABEL_VALUE, "values", text, at, notes);
        }
    }
    if let Some(key) = place.node.get("key") {
        let selector = place.chain.iter().rev().find(|frame| frame.name() == "NodeSelector");
        let terms = selector.and_then(|selector| selector.node.get("nodeSelectorTerms"));
        let affinity = place.chain.iter().rev().find(|frame| frame.name() == "NodeAffinity");
        let preferred =
            affinity.and_then(|one| one.node.get("preferredDuringSchedulingIgnoredDuringExecution"));
        let terms = terms.or(preferred);
        if !terms.is_some_and(|terms| advice::both_generations(key.text(), terms)) {
            advice::node_label(key, place.node, notes);
        }
    }
}

/// A field of a node is its name, and compared with one other.
fn match_field<'a>(place: &Place<'_, 'a>, count: usize, notes: &mut Notes<'_, 'a>) {
    let text = |field: &str| place.given(field).and_then(|at| Some((at, at.str()?)));
    if let Some((at, key)) = text("key") {
        word(&["metadata.name"], "key", key, at, notes);
    }
    if let Some((at, operator)) = text("operator") {
        word(&["In", "NotIn"], "operator", operator, at, notes);
        if count != 1 && matches!(operator, "In" | "NotIn") {
            let at = place.node.get("values").unwrap_or(at);
            notes.refuse(at, "a field of a node is compared with one value", "give one name of a node");
        }
    }
    for at in place.items("values") {
        if let Some(text) = at.str() {
            of_kind(&SUBDOMAIN, "values", text, at, notes);
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

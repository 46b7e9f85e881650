//! Parts of containers, judged as a whole (`validateContainers` and below).

use super::grammar::is_qualified_name;
use super::scalars::word;
use super::together::{exclusive, unique};
use super::{Notes, Place, amounts, known};
use crate::kube::quantity::Quantity;
use crate::yaml::{Entry, Node};

/// A container of a pod.
pub(super) fn container<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    unique("the port name", place.items("ports").filter_map(|port| port.get("name")), notes);
    unique("the mount path", place.items("volumeMounts").filter_map(|mount| mount.get("mountPath")), notes);
    unique(
        "the device path",
        place.items("volumeDevices").filter_map(|device| device.get("devicePath")),
        notes,
    );
    unique("the volume", place.items("volumeDevices").filter_map(|device| device.get("name")), notes);
    unique(
        "the resource",
        place.items("resizePolicy").filter_map(|policy| policy.get("resourceName")),
        notes,
    );
    if place.key_text() == "initContainers" {
        init_container(place, notes);
    }
    if let (Some(at), None) = (place.given("restartPolicyRules"), place.given("restartPolicy")) {
        let help = "add `restartPolicy`, which says what happens to other exits";
        notes.refuse(at, "`restartPolicyRules` without `restartPolicy`", help);
    }
    claims(place, notes);
}

/// One that ends before the others begin is neither probed nor told of its end.
fn init_container<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.text("restartPolicy") == Some("Always") {
        return;
    }
    for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(entry) = place.node.entry(field).filter(|entry| !entry.value.is_null()) {
            let help = "remove it, or make it a sidecar with `restartPolicy: Always`";
            notes.refuse(entry.key, format!("an init container that ends has no `{field}`"), help);
        }
    }
}

/// Devices that a container uses are claimed by its pod.
fn claims<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let list = place.node.get("resources").and_then(|resources| resources.get("claims"));
    let Some(pod) = place.around("PodSpec") else { return };
    let claimed: Vec<&str> = pod
        .get("resourceClaims")
        .into_iter()
        .flat_map(Node::items)
        .filter_map(|claim| claim.get("name"))
        .map(Node::text)
        .collect();
    for at in list.into_iter().flat_map(Node::items).filter_map(|claim| claim.get("name")) {
        if !at.text().is_empty() && !claimed.contains(&at.text()) && !known::is_placeholder(at.text()) {
            let message = format!("the pod has no claim `{}`", at.text());
            notes.refuse(at, message, "add it to the pod's `resourceClaims`");
        }
    }
}

/// On the network of the node a port is the same inside and outside.
pub(super) fn host_port<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.chain.last().and_then(|frame| frame.key).is_none_or(|key| key.key_text() != "containers") {
        return;
    }
    let number = |field: &str| place.node.get(field).and_then(|at| Some((at, at.int()?)));
    let on_node = place.around("PodSpec").and_then(|pod| pod.get("hostNetwork")).and_then(Node::bool);
    if let (Some(true), Some((at, outside)), Some((other, inside))) =
        (on_node, number("hostPort"), number("containerPort"))
        && outside != inside
        && outside != 0
    {
        let message = format!(
            "`hostPort` {outside} differs from `containerPort` {inside} although `hostNetwork` is true"
        );
        notes.clash(at, other, message, "write the same number, or remove `hostPort`");
    }
}

/// Variables from one source.
pub(super) fn env_from<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if exclusive("the item of `envFrom`", place.node, &["configMapRef", "secretRef"], notes) {
        let help = "add `configMapRef` or `secretRef`";
        notes.lacks(place, "the item of `envFrom` has no source", help);
    }
}

/// What the downward API tells a variable, and what a file.
const OF_BOTH: &[&str] = &["metadata.name", "metadata.namespace", "metadata.uid"];
const OF_VARIABLES: &[&str] = &[
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const OF_FILES: &[&str] = &["metadata.annotations", "metadata.labels"];

/// A field of the pod.
pub(super) fn field_ref<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if let Some(at) = place.given("apiVersion").filter(|at| at.str().is_some_and(|text| text != "v1")) {
        notes.refuse(at, format!("`{}` is not a pod version", at.text()), "write `v1`, or remove it");
    }
    let Some((at, text)) = place.given("fieldPath").and_then(|at| Some((at, at.str()?))) else { return };
    // A key in brackets looks like a note to the reader.
    if known::is_placeholder(&text.replace(['[', ']'], "")) {
        return;
    }
    if let Some((field, key)) = text.strip_suffix("']").and_then(|rest| rest.split_once("['")) {
        let sound = match field {
            "metadata.annotations" => is_qualified_name(&key.to_ascii_lowercase()),
            "metadata.labels" => is_qualified_name(key),
            _ => {
                let help = "only `metadata.labels['…']` and `metadata.annotations['…']` take a key";
                return notes.refuse(at, format!("`{field}` takes no key"), help);
            }
        };
        if !sound {
            notes.refuse(at, format!("`{key}` is not a key of `{field}`"), "write a key such as `app`");
        }
        return;
    }
    if text.contains("['") {
        let help = "end it with `']`, as in `metadata.labels['app']`";
        return notes.refuse(at, format!("`{}` is no field of a pod", text.trim_end()), help);
    }
    let file = place.parent("DownwardAPIVolumeFile").is_some();
    if !file && matches!(text, "metadata.labels" | "metadata.annotations") {
        let help = format!("write `{text}['KEY']`; only a file of a volume can hold all of them");
        return notes.refuse(at, format!("`{text}` of a variable needs a key"), help);
    }
    let more = if file { OF_FILES } else { OF_VARIABLES };
    let words: Vec<&'static str> = OF_BOTH.iter().chain(more).copied().collect();
    word(&words, "fieldPath", text, at, notes);
}

/// A request or limit of a container.
pub(super) fn resource_ref<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let file = place.parent("DownwardAPIVolumeFile").is_some();
    if file && place.given("containerName").is_none() {
        let message = "a file with a resource needs `containerName`";
        notes.wants(place, "containerName", message, "add the name of a container of the pod");
    }
    let Some((at, text)) = place.given("resource").and_then(|at| Some((at, at.str()?))) else { return };
    let huge = text
        .split_once('.')
        .is_some_and(|(side, name)| matches!(side, "limits" | "requests") && name.starts_with("hugepages-"));
    if !huge {
        let words = &[
            "limits.cpu",
            "limits.memory",
            "limits.ephemeral-storage",
            "requests.cpu",
            "requests.memory",
            "requests.ephemeral-storage",
        ];
        word(words, "resource", text, at, notes);
    }
    let Some(divisor) = place.node.get("divisor") else { return };
    let Some(amount) = Quantity::read(divisor).filter(|amount| !amount.is_zero()) else { return };
    let of: &[&str] = if text.ends_with(".cpu") {
        &["1m", "1"]
    } else {
        &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"]
    };
    if !of.iter().any(|one| Quantity::parse(one).is_some_and(|one| one == amount)) {
        let help = format!("it must be one of {}", of.join(", "));
        notes.refuse(divisor, format!("`{}` is not valid for `divisor`", divisor.text()), help);
    }
}

/// The grace period of a pod that says nothing of it.
const GRACE: i64 = 30;

/// A container cannot sleep longer than it may take to end.
pub(super) fn sleep<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some((at, seconds)) = place.node.get("seconds").and_then(|at| Some((at, at.int()?))) else { return };
    let grace = place.around("PodSpec").and_then(|pod| pod.get("terminationGracePeriodSeconds"));
    let most = grace.and_then(Node::int).unwrap_or(GRACE);
    if !(0..=most).contains(&seconds) {
        let message = format!("{seconds} seconds of sleep do not fit the grace period of {most}");
        notes.refuse(at, message, format!("it must be from 0 to {most}"));
    }
}

/// A mount of a volume.
pub(super) fn mount<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.given("subPath").is_some() && place.given("subPathExpr").is_some() {
        exclusive("the mount", place.node, &["subPath", "subPathExpr"], notes);
    }
    let spreads = place.given("mountPropagation");
    let container = place.chain.last().map(|frame| frame.node);
    let privileged = container
        .and_then(|container| container.get("securityContext"))
        .and_then(|security| security.get("privileged"))
        .is_some_and(|at| at.bool() == Some(true));
    if let (Some(at), false) = (spreads.filter(|at| at.text() == "Bidirectional"), privileged) {
        let help = "write `HostToContainer`, or make the container privileged";
        notes.refuse(at, "`Bidirectional` is for privileged containers only", help);
    }
    let recursive =
        place.given("recursiveReadOnly").filter(|at| matches!(at.text(), "IfPossible" | "Enabled"));
    if let Some(at) = recursive {
        if place.node.get("readOnly").is_none_or(|read| read.bool() != Some(true)) {
            notes.refuse(at, "`recursiveReadOnly` needs `readOnly: true`", "add `readOnly: true`");
        } else if spreads.is_some_and(|at| at.text() != "None") {
            notes.refuse(
                at,
                "`recursiveReadOnly` needs `mountPropagation: None`",
                "remove `mountPropagation`",
            );
        }
    }
}

/// Requests and limits of a container, a pod or a claim.
pub(super) fn resources<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    amounts::resources(place, notes);
    let of_pod = place.parent("PodSpec").is_some();
    for field in ["requests", "limits"] {
        let entries = place.node.get(field).into_iter().flat_map(Node::entries);
        entries.for_each(|entry| one(field, entry, of_pod, notes));
    }
    let list = |field: &str| place.node.get(field);
    let huge_page =
        |list: Node<'a>| list.entries().find(|entry| entry.key.key_text().starts_with("hugepages-"));
    let huge = ["requests", "limits"].into_iter().filter_map(list).find_map(huge_page);
    let plain = |field: &str| {
        list(field).is_some_and(|list| list.get("cpu").is_some() || list.get("memory").is_some())
    };
    if let (Some(entry), false) = (huge, plain("requests") || plain("limits")) {
        let help = "add `cpu` or `memory` beside it";
        notes.refuse(entry.key, "huge pages need a request of cpu or memory as well", help);
    }
    let Some(requests) = list("requests") else { return };
    for entry in requests.entries() {
        let name = entry.key.key_text();
        let whole = amounts::is_whole_only(name);
        if whole && list("limits").is_none_or(|limits| limits.get(name).is_none()) {
            let message = format!("`{name}` is requested without a limit");
            notes.refuse(entry.key, message, "write the same amount under `limits`");
        }
    }
}

fn one<'a>(field: &str, entry: Entry<'a>, of_pod: bool, notes: &mut Notes<'_, 'a>) {
    let Entry { key, value } = entry;
    let name = key.key_text();
    if known::is_placeholder(name) {
        return;
    }
    if of_pod
        && !matches!(name, "cpu" | "memory")
        && !name.starts_with("hugepages-")
        && amounts::name_fault(name, amounts::OF_CONTAINERS).is_none()
    {
        let help = "it must be `cpu`, `memory` or `hugepages-…`; others are for containers";
        notes.refuse(key, format!("a pod as a whole has no `{name}` under `{field}`"), help);
    } else if let Some(help) = amounts::name_fault(name, amounts::OF_CONTAINERS) {
        notes.refuse(key, format!("`{name}` is not a valid resource name"), help);
    } else {
        amounts::value(name, value, notes);
    }
}

/// What a class of runtimes adds to each pod.
pub(super) fn overhead<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let entries = place.node.get("podFixed").into_iter().flat_map(Node::entries);
    entries.for_each(|entry| one("podFixed", entry, false, notes));
}

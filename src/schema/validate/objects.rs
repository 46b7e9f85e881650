//! Structs outside of pods, judged as a whole.

use super::pods::values_of;
use super::texts::{LABEL_KEY, LABEL_VALUE};
use super::together::{exclusive, lacking};
use super::{Check, Notes, Place, REJECTED, claims, known, scalars};
use crate::kube::selector::Selector;
use crate::schema::{Cause, Trouble, TroubleKind};
use crate::yaml::Node;

/// A label selector that nothing can meet (facts 1.4, 1.5).
pub(super) fn label_selector<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    // Labels of metrics are whatever the adapter of the metrics takes.
    if place.inside("MetricIdentifier") {
        return;
    }
    if let Some(labels) = place.node.get("matchLabels") {
        scalars::field(Check::Labels, "matchLabels", labels, notes);
    }
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

/// One expression of a label selector (`ValidateLabelSelectorRequirement`).
pub(super) fn label_requirement<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.inside("MetricIdentifier") {
        return;
    }
    for (field, check) in [
        ("key", Check::Is(&LABEL_KEY)),
        ("operator", Check::OneOf(OPERATORS)),
        ("values", Check::Is(&LABEL_VALUE)),
    ] {
        if let Some(value) = place.node.get(field) {
            scalars::field(check, field, value, notes);
        }
    }
    let count = place.node.get("values").map_or(0, |values| values.items().count());
    values_of(place, place.text("operator"), count, notes);
}

const OPERATORS: &[&str] = &["In", "NotIn", "Exists", "DoesNotExist"];

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

pub(super) fn ingress<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let annotations = place.root().get("metadata").and_then(|meta| meta.get("annotations"));
    if let (Some(old), Some(class)) =
        (annotations.and_then(|all| all.get("kubernetes.io/ingress.class")), place.given("ingressClassName"))
        && old.text() != class.text()
        && !old.text().is_empty()
        && ![old, class].iter().any(|at| known::is_placeholder(at.text()))
    {
        let message =
            "the annotation `kubernetes.io/ingress.class` names another class than `ingressClassName`";
        notes.clash(old, class, message, "remove the annotation");
    }
    // `backend` is what older versions called it, and an unknown field.
    let either = ["rules", "defaultBackend", "backend"].iter().any(|field| place.node.get(field).is_some());
    if !either && place.root().get("apiVersion").and_then(Node::str) == Some("networking.k8s.io/v1") {
        lacking(place, "an Ingress needs `rules` or `defaultBackend`".to_owned(), "add one of them", notes);
    }
}

pub(super) fn ingress_path<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let kind = place.text("pathType").unwrap_or_default();
    if !matches!(kind, "Exact" | "Prefix") {
        if let Some((at, text)) = place.given("path").and_then(|at| Some((at, at.str()?)))
            && kind == "ImplementationSpecific"
            && !text.starts_with('/')
            && !known::is_placeholder(text)
        {
            notes.refuse(
                at,
                format!("the path `{text}` does not start with `/`"),
                format!("write `/{text}`"),
            );
        }
        return;
    }
    if place.given("path").is_none() {
        let message = format!("a path of type `{kind}` needs `path`");
        return notes.wants(place, "path", message, "write `path: /` to match every path");
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
        Some((at, text)) if !known::is_placeholder(text) => {
            let lower = text.to_ascii_lowercase();
            let odd = ["//", "/./", "/../", "%2f"].into_iter().find(|odd| lower.contains(odd));
            let odd = odd.or_else(|| ["/..", "/."].into_iter().find(|odd| lower.ends_with(odd)));
            if let Some(odd) = odd {
                let message = format!("the path `{text}` has `{odd}` in it");
                notes.refuse(at, message, "write the intended path without it");
            }
        }
        _ => {}
    }
}

pub(super) fn service_backend_port<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    // An empty name and the number 0 are as good as absent.
    let number = place.node.get("number").filter(|at| at.int() != Some(0));
    if number.is_some() && place.given("name").is_some() {
        exclusive("the port", place.node, &["name", "number"], notes);
    }
}

/// A claim asks for some space (fact 10.10).
pub(super) fn claim<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    claims::modes(place, notes);
    claims::data_source(place, notes);
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

/// What a ConfigMap or Secret may hold at most, in bytes.
const MOST: usize = 1024 * 1024;

/// A key is text or bytes, not both.
pub(super) fn config_map<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (text, bytes) = (place.node.get("data"), place.node.get("binaryData"));
    for entry in bytes.into_iter().flat_map(Node::entries) {
        if let Some(other) = text.and_then(|text| text.entry(entry.key.key_text())) {
            let message = format!("`{}` is in `data` and in `binaryData`", entry.key.key_text());
            notes.clash(entry.key, other.key, message, "remove one of them");
        }
    }
    let size: usize = text.into_iter().flat_map(Node::entries).map(|entry| entry.value.text().len()).sum();
    if let (Some(entry), true) = (place.node.entry("data"), size > MOST) {
        notes.refuse(entry.key, "the ConfigMap holds more than 1 MiB", "split it, or mount a volume instead");
    }
}

/// Keys that a type of Secret needs: one of these (fact 14.7).
const SECRETS: &[(&str, &[&str])] = &[
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/basic-auth", &["username", "password"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
];

/// A Secret of a type has the keys of that type.
pub(super) fn secret<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(ty) = place.text("type") else { return };
    let value = |key: &str| {
        let plain = place.node.get("stringData").and_then(|data| data.get(key));
        // Null is there, and empty.
        plain.map(|at| (at, false)).or_else(|| Some((place.node.get("data")?.entry(key)?.value, true)))
    };
    let mut lacks = |keys: &[&str]| {
        let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let message = format!("a Secret of type `{ty}` needs {}", names.join(" or "));
        let at = place.node.get("type").unwrap_or(place.node);
        notes.push(
            Trouble::new(TroubleKind::MissingField, at, message)
                .label(REJECTED)
                .help("add it, or change the type"),
        );
    };
    if ty == "kubernetes.io/tls" {
        for key in ["tls.crt", "tls.key"] {
            if value(key).is_none() {
                return lacks(&[key]);
            }
        }
    }
    let Some((_, keys)) = SECRETS.iter().find(|one| one.0 == ty) else {
        if ty == "kubernetes.io/service-account-token" {
            let annotations = place.node.get("metadata").and_then(|meta| meta.get("annotations"));
            let account = annotations.and_then(|all| all.get("kubernetes.io/service-account.name"));
            if account.is_none_or(|account| account.text().is_empty()) {
                let message = "a token needs the annotation `kubernetes.io/service-account.name`";
                let at = place.node.get("type").unwrap_or(place.node);
                let trouble =
                    Trouble::new(TroubleKind::MissingField, at, message).cause(Cause::Needs).label(REJECTED);
                notes.push(trouble.help("add it with the name of the ServiceAccount"));
            }
        }
        return;
    };
    let Some((at, coded)) = keys.iter().find_map(|key| value(key)) else { return lacks(keys) };
    let json = ty.starts_with("kubernetes.io/docker");
    let text = if coded { decoded(at) } else { at.str().map(str::to_owned) };
    if let (true, Some(text)) = (json, text)
        && !known::is_placeholder(at.text())
        && !known::is_placeholder(&text)
        && !serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|value| value.is_object())
    {
        let message = format!("`{}` holds no JSON object", keys[0]);
        notes.refuse(at, message, "make it with `kubectl create secret docker-registry`");
    }
}

fn decoded(at: Node<'_>) -> Option<String> {
    use base64::Engine as _;
    let plain: String = at.str()?.split_whitespace().collect();
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(plain).ok()?).ok()
}

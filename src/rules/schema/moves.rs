//! The edits that bring an object to a newer version of its API in which it means the same (facts 11.1 and 11.6).

use foldhash::{HashMap, HashMapExt};

use crate::document::Object;
use crate::finding::amend::{self, Value};
use crate::finding::reshape::{Moved, before, instead, nest, own, put_before, rename};
use crate::finding::{Edit, Fix};
use crate::project::{Parts, Written};
use crate::schema::{self, Served};
use crate::yaml::{Entry, Node};

/// The versions of patches, each with where it is written, by kind and name of what they patch.
pub(super) type Patches<'a> = HashMap<(&'a str, &'a str), Vec<(&'a str, Node<'a>)>>;

/// The files that kustomizations patch with, as far as they name a version that is old.
pub(super) fn patches<'a>(objects: &[Written<'a>], parts: &Parts) -> Patches<'a> {
    let mut found = Patches::new();
    for one in objects.iter().filter(|one| schema::served(one.object.api_version, one.object.kind).is_some())
    {
        let at = one.object.node.get("apiVersion").filter(|_| parts.is_part(one.path()));
        let of = (one.object.kind, one.object.name);
        at.into_iter().for_each(|at| found.entry(of).or_default().push((one.object.api_version, at)));
    }
    found
}

/// The fix that moves an object, where all clusters from the minor version `low` on serve the newer version.
pub(super) fn fix(life: &Served, low: u32, object: &Object<'_>, at: Node<'_>) -> Option<Fix> {
    let (version, _) = life.instead.filter(|(_, since)| *since <= low)?;
    let title = format!("write `{version}`");
    let own = Edit { span: at.span(), text: at.quoted_like(version) };
    let with =
        |fix: Fix, edits: Vec<Edit>| Some(Fix { edits: [own].into_iter().chain(edits).collect(), ..fix });
    if life.keeps(object.spec()) {
        return with(Fix::safe(title), Vec::new());
    }
    match (version, object.kind) {
        ("networking.k8s.io/v1", "Ingress") => {
            with(Fix::safe(format!("{title}, with its backends and path types")), ingress(object.spec()?)?)
        }
        ("autoscaling/v2", "HorizontalPodAutoscaler") => {
            with(Fix::safe(format!("{title}, with its targets")), metrics(object.spec()?)?)
        }
        ("apps/v1", "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet") => {
            let spec = object.spec()?;
            let mut edits: Vec<Edit> = selector(spec)?.into_iter().collect();
            let mut written: Vec<&str> = edits.iter().map(|_| "selector").collect();
            let rollout = rollout(object, spec);
            if let Some(Some(edit)) = &rollout {
                edits.push(edit.clone());
                written.push("rollout");
            }
            let title = match written.as_slice() {
                [] => title,
                written => format!("{title}, with the {} that was the default", written.join(" and ")),
            };
            // How it is rolled out by default differs.
            with(if rollout.is_some() { Fix::safe(title) } else { Fix::needs_decision(title) }, edits)
        }
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition") => with(
            Fix::safe(format!("{title}, with schemas that take everything")),
            definition(object.spec()?)?,
        ),
        _ => None,
    }
}

/// Backends are restructured, and the path type that was the default is written down.
fn ingress(spec: Node<'_>) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    if spec.entry("backend").is_some() {
        let entry = own(spec, "backend").filter(|_| spec.entry("defaultBackend").is_none())?;
        edits.push(rename(entry, "defaultBackend"));
        edits.extend(backend(entry.value)?);
    }
    let rules = spec.get("rules").into_iter().flat_map(Node::items);
    let paths = rules.filter_map(|rule| rule.get("http")?.get("paths")).flat_map(Node::items);
    for path in paths {
        let entry = own(path, "backend")?;
        if path.get("pathType").is_none() {
            edits.push(before(path, entry, "pathType", "ImplementationSpecific")?);
        }
        edits.extend(backend(entry.value)?);
    }
    Some(edits)
}

fn backend(backend: Node<'_>) -> Option<Vec<Edit>> {
    if backend.get("serviceName").is_none() && backend.get("servicePort").is_none() {
        return backend.get("resource").is_some().then(Vec::new);
    }
    let (name, port) = (own(backend, "serviceName")?, own(backend, "servicePort")?);
    let number: &[&str] = match port.value.str() {
        // A number in quotes is the name of a port, which no port has.
        Some(text) if text.bytes().any(|byte| byte.is_ascii_alphabetic()) => &["port", "name"],
        Some(_) => return None,
        None => port.value.int().map(|_| &["port", "number"])?,
    };
    let moved = |entry, way| Moved { entry, way, beside: None };
    nest(backend, "service", &[moved(name, &["name"]), moved(port, number)])
}

/// Each metric gets a `target`, and is named by `metric`.
fn metrics(spec: Node<'_>) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for metric in spec.get("metrics").into_iter().flat_map(Node::items) {
        let source = match metric.get("type")?.text() {
            "Resource" => metric.get("resource")?,
            "Pods" => metric.get("pods")?,
            "External" => metric.get("external")?,
            "Object" => metric.get("object")?,
            _ => return None,
        };
        // Selectors of metrics would have to be moved with all that is below them.
        if ["selector", "metricSelector"].iter().any(|field| source.entry(field).is_some()) {
            return None;
        }
        let is_object = metric.get("object").is_some();
        if is_object {
            edits.push(rename(own(source, "target")?, "describedObject"));
        } else if source.get("target").is_some() {
            return None;
        }
        if source.entry("metricName").is_some() {
            let moved = Moved { entry: own(source, "metricName")?, way: &["name"], beside: None };
            edits.extend(nest(source, "metric", &[moved])?);
        }
        edits.extend(target(source, is_object)?);
    }
    Some(edits)
}

fn target(source: Node<'_>, is_object: bool) -> Option<Vec<Edit>> {
    let ways = [
        ("targetAverageUtilization", "Utilization", "averageUtilization"),
        ("targetAverageValue", "AverageValue", "averageValue"),
        ("targetValue", "Value", "value"),
    ];
    let mut there = ways.iter().filter(|way| source.entry(way.0).is_some());
    let (key, kind, field) = there.next().filter(|_| there.next().is_none())?;
    let average = is_object && source.entry("averageValue").is_some();
    let moved = Moved { entry: own(source, key)?, way: &[*field], beside: Some(("type", *kind)) };
    if average { None } else { nest(source, "target", &[moved]) }
}

/// The selector that was the default: the labels of the template. `Some(None)` where one is written, `None` where it
/// is not certain.
fn selector(spec: Node<'_>) -> Option<Option<Edit>> {
    match spec.get("selector") {
        Some(selector) => {
            // One that does not match is refused there.
            let pairs = selector.get("matchLabels")?;
            let labels = spec.get("template")?.get("metadata")?.get("labels")?;
            let matches = |entry: Entry<'_>| {
                let label = labels.get(entry.key.key_text());
                label.is_some_and(|label| label.text() == entry.value.text())
            };
            (pairs.entries().next().is_some() && pairs.entries().all(matches)).then_some(None)
        }
        None => Some(Some(schema::default_selector(spec)?)),
    }
}

/// The edit that writes down how the pods were replaced by default, where that differs (fact 11.6). `Some(None)` where
/// nothing is left to such a default, `None` where it is not certain.
fn rollout(object: &Object<'_>, spec: Node<'_>) -> Option<Option<Edit>> {
    let key = match (object.api_version, object.kind) {
        ("apps/v1beta2", _) | ("apps/v1beta1", "Deployment") | (_, "ReplicaSet") => return Some(None),
        (_, "Deployment") => "strategy",
        _ => "updateStrategy",
    };
    let limits = ["maxSurge", "maxUnavailable"];
    let one = Value::text("1");
    let Some(entry) = spec.entry(key) else {
        let usual = match key {
            "strategy" => {
                Value::map([("rollingUpdate", Value::map(limits.map(|limit| (limit, one.clone()))))])
            }
            _ => Value::map([("type", Value::text("OnDelete"))]),
        };
        return put_before(spec, own(spec, "template")?, key, &usual).map(Some);
    };
    let strategy = entry.value;
    match (key, strategy.get("type").map(Node::text)) {
        (_, Some("Recreate" | "OnDelete")) | ("updateStrategy", Some("RollingUpdate")) => Some(None),
        ("strategy", Some("RollingUpdate") | None) if strategy.is_mapping() => {
            let Some(rolling) = strategy.entry("rollingUpdate") else {
                let usual = Value::map(limits.map(|limit| (limit, one.clone())));
                return amend::add(strategy, "rollingUpdate", &usual).map(Some);
            };
            let lacks = limits.into_iter().filter(|limit| rolling.value.entry(limit).is_none());
            let lacks: Vec<(&str, Value)> = lacks.map(|limit| (limit, one.clone())).collect();
            amend::add_all(rolling.value, &lacks)
        }
        _ => None,
    }
}

/// A definition without schemas takes everything, which is written down in each of its versions.
fn definition(spec: Node<'_>) -> Option<Vec<Edit>> {
    let moves =
        ["validation", "additionalPrinterColumns", "preserveUnknownFields", "subresources", "conversion"];
    if moves.iter().any(|field| spec.entry(field).is_some()) {
        return None;
    }
    let open = Value::map([
        ("type", Value::text("object")),
        ("x-kubernetes-preserve-unknown-fields", Value::text("true")),
    ]);
    let schema = Value::map([("openAPIV3Schema", open)]);
    let mut edits = Vec::new();
    let single = own(spec, "version");
    match (spec.entry("versions"), single) {
        (Some(versions), single) => {
            for version in versions.value.items() {
                if version.entry("schema").is_some() {
                    return None;
                }
                edits.push(amend::add(version, "schema", &schema)?);
            }
            if let Some(single) = single {
                edits.push(amend::remove(spec, single)?);
            }
        }
        (None, Some(single)) => {
            let version = Value::Map(vec![
                ("name".to_owned(), Value::text(single.value.source_text())),
                ("served".to_owned(), Value::text("true")),
                ("storage".to_owned(), Value::text("true")),
                ("schema".to_owned(), schema),
            ]);
            edits.push(instead(spec, single, "versions", &Value::List(vec![version]))?);
        }
        (None, None) => return None,
    }
    if spec.get("scope").is_none() {
        edits.push(put_before(spec, own(spec, "names")?, "scope", &Value::text("Namespaced"))?);
    }
    Some(edits)
}

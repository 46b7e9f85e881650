//! An object as the API server stores it: read along its type, defaults filled in, amounts in their usual form, what is
//! empty left out. This is what admission policies see (fact 18.8).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::custom::Customs;
use super::kinds;
use super::update::{Canon, Stored, read_whole};
use crate::cel::{Data, Foreign, List, ListKind, Map, Value};
use crate::document::Object;
use crate::yaml::Node;

/// The object as it is stored; of kinds that neither are built in nor defined by the input, as it is written, without
/// null.
pub fn stored<'a>(object: &Object<'a>, customs: &Customs<'a>) -> Value {
    let kind = kinds::find(object.api_version, object.kind);
    let read = kind.and_then(|kind| read_whole(object.node, kind.want()));
    let path = object.node.tree().source().path.as_str();
    match read {
        Some(canon) => completed(object, value(&canon)),
        None => {
            let own = customs.stored(object, path);
            completed(object, own.unwrap_or_else(|| without_null(object.node)))
        }
    }
}

fn value(canon: &Canon) -> Value {
    let data = match &canon.value {
        Stored::Bool(value) => Data::Bool(*value),
        Stored::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => Data::Int(*number as i64),
        Stored::Number(number) => Data::Double(*number),
        Stored::Text(text) => Data::Text(text.as_str().into()),
        Stored::Quantity(amount) => Data::Text(amount.to_string().into()),
        Stored::List(items) => {
            let items = items.iter().map(value).collect();
            Data::List(Arc::new(List { items, kind: ListKind::Atomic }))
        }
        Stored::Map(fields) => {
            let entry = |(name, inner): &(String, Canon)| {
                (Value::placed(Data::Text(name.as_str().into()), inner.span), value(inner))
            };
            Data::Map(Arc::new(Map { entries: fields.iter().map(entry).collect() }))
        }
    };
    Value::placed(data, canon.span)
}

fn without_null(node: Node<'_>) -> Value {
    fn clean(value: &mut Value) {
        match &mut value.data {
            Data::Map(map) => {
                let map = Arc::make_mut(map);
                map.entries.retain(|entry| !matches!(entry.1.data, Data::Null));
                map.entries.iter_mut().for_each(|entry| clean(&mut entry.1));
            }
            Data::List(list) => Arc::make_mut(list).items.iter_mut().for_each(clean),
            _ => {}
        }
    }
    let mut value = Value::of(node);
    clean(&mut value);
    value
}

/// What the server writes itself: its type, its namespace, an identity.
fn completed(object: &Object<'_>, mut value: Value) -> Value {
    let place = object.anchor().span();
    let Data::Map(map) = &mut value.data else { return value };
    let map = Arc::make_mut(map);
    for (name, text) in [("apiVersion", object.api_version), ("kind", object.kind)] {
        if map.get(name).is_none() {
            map.entries.push((Value::text(name), Value::text(text).or_at(Some(place))));
        }
    }
    let at = map.entries.iter().position(|entry| entry.0.as_text() == Some("metadata"));
    let at = at.unwrap_or_else(|| {
        map.entries.push((Value::text("metadata"), Value::map(Vec::new()).or_at(Some(place))));
        map.entries.len() - 1
    });
    if let Data::Map(metadata) = &mut map.entries[at].1.data {
        let metadata = Arc::make_mut(metadata);
        let is_generated = metadata.get("generateName").is_some();
        let mut put = |name: &str, data: Data| {
            if metadata.get(name).is_none() {
                metadata.entries.push((Value::text(name), Value::new(data).or_at(Some(place))));
            }
        };
        let unknown = |what: &'static str| Data::Foreign(Foreign::Cluster(what).into());
        put("uid", unknown("the identity that an object is given"));
        put("creationTimestamp", Data::Text("2025-01-01T00:00:00Z".into()));
        if let Some(namespace) = object.namespace {
            put("namespace", Data::Text(namespace.into()));
        }
        if is_generated {
            put("name", unknown("the name that an object is given"));
        }
        if COUNTED.contains(&object.kind) {
            put("generation", Data::Int(1));
        }
    }
    match object.kind {
        "Secret" if object.group().is_empty() => encoded(map),
        "Service" if object.group().is_empty() => addressed(map),
        "HorizontalPodAutoscaler" => unmeasured(map),
        _ => {}
    }
    value
}

/// Kinds of which the server counts the changes.
const COUNTED: &[&str] = &[
    "CronJob",
    "DaemonSet",
    "Deployment",
    "EndpointSlice",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "NetworkPolicy",
    "Pod",
    "PodDisruptionBudget",
    "ReplicaSet",
    "StatefulSet",
];

/// The texts of a Secret stand among its data.
fn encoded(map: &mut Map) {
    let Some(at) = map.entries.iter().position(|entry| entry.0.as_text() == Some("stringData")) else {
        return;
    };
    let (_, texts) = map.entries.remove(at);
    let Data::Map(texts) = &texts.data else { return };
    let at = map.entries.iter().position(|entry| entry.0.as_text() == Some("data")).unwrap_or_else(|| {
        map.entries.push((Value::text("data"), Value::map(Vec::new())));
        map.entries.len() - 1
    });
    let Data::Map(data) = &mut map.entries[at].1.data else { return };
    let data = Arc::make_mut(data);
    for (key, text) in &texts.entries {
        let code = Value::text(STANDARD.encode(text.as_text().unwrap_or(""))).or_at(text.place);
        data.entries.retain(|entry| entry.0.as_text() != key.as_text());
        data.entries.push((key.clone(), code));
    }
}

/// An autoscaler that has measured nothing yet has null for it.
fn unmeasured(map: &mut Map) {
    let Some(status) = map.entries.iter_mut().find(|entry| entry.0.as_text() == Some("status")) else {
        return;
    };
    let Data::Map(status) = &mut status.1.data else { return };
    let metrics = |entry: &&mut (Value, Value)| entry.0.as_text() == Some("currentMetrics");
    if let Some((_, value)) = Arc::make_mut(status).entries.iter_mut().find(metrics)
        && matches!(&value.data, Data::Map(map) if map.entries.is_empty())
    {
        value.data = Data::Null;
    }
}

/// A Service is given an address before policies see it.
fn addressed(map: &mut Map) {
    let Some(spec) = map.entries.iter_mut().find(|entry| entry.0.as_text() == Some("spec")) else { return };
    let place = spec.1.place;
    let Data::Map(spec) = &mut spec.1.data else { return };
    let outside = spec.get("type").is_some_and(|ty| ty.as_text() == Some("ExternalName"));
    if outside || spec.get("clusterIP").is_some() {
        return;
    }
    let spec = Arc::make_mut(spec);
    let address = || Value::of_cluster("the address that a Service is given");
    spec.entries.push((Value::text("clusterIP"), address().or_at(place)));
    spec.entries.push((Value::text("clusterIPs"), Value::list(vec![address()]).or_at(place)));
}

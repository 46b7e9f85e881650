//! Objects in another version of their kind, as the server converts them before a policy that names that version sees
//! them (`pkg/apis/autoscaling/v1/conversion.go`; fact 18.9).

use crate::cel::{Data, Value};

/// What v1 keeps of v2 in annotations.
const KEPT: [(&str, &str); 2] = [
    ("metrics", "autoscaling.alpha.kubernetes.io/metrics"),
    ("behavior", "autoscaling.alpha.kubernetes.io/behavior"),
];

/// The share of CPU that is wanted where nothing is said.
const USUAL: i64 = 80;

type Fields = Vec<(Value, Value)>;

/// An autoscaler in another version.
pub fn autoscaler(value: &Value, version: &str) -> Value {
    let mut fields = fields(value);
    set(&mut fields, "apiVersion", Value::text(format!("autoscaling/{version}")));
    let mut spec = value.get("spec").map(self::fields).unwrap_or_default();
    match version {
        "v1" => {
            let kept = older(&mut spec);
            annotate(&mut fields, &kept);
        }
        _ => newer(&mut spec),
    }
    let place = value.get("spec").and_then(|spec| spec.place);
    set(&mut fields, "spec", Value::map(spec).or_at(place));
    Value::map(fields).or_at(value.place)
}

/// From v2 to v1: the share of CPU is a field, and everything else annotations, whose names these are.
fn older(spec: &mut Fields) -> Vec<&'static str> {
    let metrics = take(spec, "metrics");
    let behavior = take(spec, "behavior");
    let mut others = false;
    for metric in metrics.iter().flat_map(Value::items) {
        match share_of_cpu(metric) {
            Some(share) => set(spec, "targetCPUUtilizationPercentage", share.clone()),
            None => others = true,
        }
    }
    let has = [others, behavior.is_some()];
    KEPT.iter().zip(has).filter(|one| one.1).map(|one| one.0.1).collect()
}

fn share_of_cpu(metric: &Value) -> Option<&Value> {
    let resource = metric.get("resource")?;
    let is_cpu = resource.get("name")?.as_text() == Some("cpu");
    resource.get("target")?.get("averageUtilization").filter(|_| is_cpu)
}

/// From v1 to v2: the share of CPU is a metric, and a usual one where nothing is said.
fn newer(spec: &mut Fields) {
    let share = take(spec, "targetCPUUtilizationPercentage").unwrap_or_else(|| Value::int(USUAL));
    let place = share.place;
    let target = Value::object(vec![("type", Value::text("Utilization")), ("averageUtilization", share)]);
    let resource = Value::object(vec![("name", Value::text("cpu")), ("target", target)]);
    let metric = Value::object(vec![("type", Value::text("Resource")), ("resource", resource)]);
    set(spec, "metrics", Value::list(vec![metric]).or_at(place));
}

fn annotate(fields: &mut Fields, names: &[&'static str]) {
    if names.is_empty() {
        return;
    }
    let metadata = fields.iter().find(|field| field.0.as_text() == Some("metadata")).map(|field| &field.1);
    let place = metadata.and_then(|metadata| metadata.place);
    let own = metadata.and_then(|metadata| metadata.get("annotations"));
    let mut annotations = own.map(self::fields).unwrap_or_default();
    for name in names {
        // The text is that of Go's encoder.
        set(&mut annotations, name, Value::of_cluster("metrics in the form of an older version"));
    }
    let mut metadata = metadata.map(self::fields).unwrap_or_default();
    set(&mut metadata, "annotations", Value::map(annotations).or_at(place));
    set(fields, "metadata", Value::map(metadata).or_at(place));
}

fn fields(value: &Value) -> Fields {
    match &value.data {
        Data::Map(map) => map.entries.clone(),
        _ => Vec::new(),
    }
}

fn take(fields: &mut Fields, name: &str) -> Option<Value> {
    let at = fields.iter().position(|field| field.0.as_text() == Some(name))?;
    Some(fields.remove(at).1)
}

fn set(fields: &mut Fields, name: &str, value: Value) {
    match fields.iter_mut().find(|field| field.0.as_text() == Some(name)) {
        Some(field) => field.1 = value,
        None => fields.push((Value::text(name), value)),
    }
}

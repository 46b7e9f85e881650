//! Fixtures are often parts of objects: what a whole one has is filled in, and what a difference is said to hang on is
//! changed.

use serde_json::{Map, Value, json};

const IMAGE: &str = "registry.example/app:1.0";

fn kind(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or("")
}

fn version(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Pod" => "v1",
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => "apps/v1",
        "Job" | "CronJob" => "batch/v1",
        "PodDisruptionBudget" => "policy/v1",
        _ => return None,
    })
}

/// A mapping at a key, made where there is none.
fn inside<'v>(value: &'v mut Value, key: &str) -> &'v mut Value {
    if !value[key].is_object() {
        value[key] = json!({});
    }
    &mut value[key]
}

/// What holds the labels and the spec of an object's pods: itself or its template.
fn template(object: &mut Value) -> Option<&mut Value> {
    match kind(object) {
        "Pod" => Some(object),
        "CronJob" => {
            let job = object.get_mut("spec")?.get_mut("jobTemplate")?.get_mut("spec")?;
            Some(inside(job, "template"))
        }
        "Job" => Some(inside(object.get_mut("spec")?, "template")),
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "ReplicationController"
        | "DeploymentConfig" => Some(inside(object.get_mut("spec")?, "template")),
        _ => None,
    }
}

fn pod(object: &mut Value) -> Option<&mut Value> {
    Some(inside(template(object)?, "spec"))
}

fn containers(pod: &mut Value) -> Vec<&mut Value> {
    let Some(pod) = pod.as_object_mut() else { return Vec::new() };
    let lists = pod.iter_mut().filter(|(key, _)| matches!(key.as_str(), "containers" | "initContainers"));
    lists.filter_map(|(_, list)| list.as_array_mut()).flatten().collect()
}

/// Fills in what a whole object of its kind has.
pub(super) fn complete(object: &mut Value) {
    let own = kind(object).to_owned();
    if let Some(version) = version(&own) {
        if matches!(object["apiVersion"].as_str(), None | Some("v1")) {
            object["apiVersion"] = json!(version);
        }
        if own != "Pod" {
            inside(object, "spec");
        }
    }
    let metadata = inside(object, "metadata");
    if own != "List" && metadata.get("name").is_none() && metadata.get("generateName").is_none() {
        metadata["name"] = json!("fixture");
    }
    let Some(template) = template(object) else { return };
    let pod = inside(template, "spec");
    if pod["containers"].as_array().is_none_or(Vec::is_empty) {
        pod["containers"] = json!([{}]);
    }
    for (at, container) in containers(pod).into_iter().enumerate() {
        if container.is_object() && container.get("name").is_none() {
            container["name"] = json!(format!("c{at}"));
        }
        if container.is_object() && container.get("image").is_none() {
            container["image"] = json!(IMAGE);
        }
    }
    let metadata = inside(template, "metadata");
    if metadata["labels"].as_object().is_none_or(Map::is_empty) {
        metadata["labels"] = json!({"app": "fixture"});
    }
    let labels = metadata["labels"].clone();
    let selector = &object["spec"]["selector"];
    let selects = selector.get("matchLabels").or(selector.get("matchExpressions")).is_some();
    if matches!(own.as_str(), "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") && !selects {
        object["spec"]["selector"] = json!({"matchLabels": labels});
    }
}

fn named(object: &Value, name: String) -> Value {
    let mut metadata = json!({"name": name});
    if let Some(namespace) = object["metadata"].get("namespace") {
        metadata["namespace"] = namespace.clone();
    }
    metadata
}

fn deployment(metadata: &Value, labels: &Value, pod: &Value, replicas: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    })
}

/// Changes objects by one step:
///
/// - `@Kind.path=json`, `@pod.path=json`, `@container.path=json`: sets a field in all objects of a kind, all pods or all
///   containers; `null` takes it away
/// - `+{…}`: adds an object
/// - `-Kind`: takes the objects of a kind away
/// - `+deployment`: puts pods into Deployments of two
/// - `+service`: adds a Service for each workload
/// - `+pods`: adds a Deployment of three for each budget
/// - `+target`: adds what autoscalers scale
pub(super) fn change(objects: &mut Vec<Value>, step: &str) {
    if let Some(kind_) = step.strip_prefix('-') {
        return objects.retain(|object| kind(object) != kind_);
    }
    if let Some(setting) = step.strip_prefix('@') {
        return set(objects, setting);
    }
    if step.starts_with("+{") {
        return objects.push(serde_json::from_str(&step[1..]).expect("an object in JSON"));
    }
    let mut added = Vec::new();
    for (at, object) in objects.iter_mut().enumerate() {
        match (step, kind(object)) {
            ("+deployment", "Pod") => {
                let metadata = named(object, object["metadata"]["name"].as_str().unwrap_or("pod").to_owned());
                *object = deployment(&metadata, &object["metadata"]["labels"], &object["spec"], 2);
            }
            ("+pods", "PodDisruptionBudget") => {
                for field in ["minAvailable", "maxUnavailable"] {
                    if let Some(value) = object.as_object_mut().and_then(|map| map.remove(field)) {
                        inside(object, "spec")[field] = value;
                    }
                }
                let labels = &mut inside(inside(object, "spec"), "selector")["matchLabels"];
                if labels.is_null() {
                    *labels = json!({"app": format!("fixture{at}")});
                }
                let (labels, metadata) = (labels.clone(), named(object, format!("fixture{at}")));
                let pod = json!({"containers": [{"name": "app", "image": IMAGE}]});
                added.push(deployment(&metadata, &labels, &pod, 3));
            }
            ("+target", "HorizontalPodAutoscaler") => {
                let target = &object["spec"]["scaleTargetRef"];
                let labels = json!({"app": target["name"]});
                let requests = json!({"requests": {"cpu": "100m", "memory": "100Mi"}});
                let pod = json!({"containers": [{"name": "app", "image": IMAGE, "resources": requests,
                    "ports": [{"containerPort": 8080}]}]});
                let mut own = deployment(&json!({"name": target["name"]}), &labels, &pod, 2);
                own["spec"].as_object_mut().map(|spec| spec.remove("replicas"));
                if !added.contains(&own) {
                    added.push(own);
                }
            }
            ("+service", _) => {
                let metadata = named(object, format!("fixture{at}"));
                let Some(template) = template(object) else { continue };
                let labels = template["metadata"]["labels"].clone();
                let mut all = containers(&mut template["spec"]);
                for container in &mut all {
                    if container.get("ports").is_none() {
                        container["ports"] = json!([{"containerPort": 8080}]);
                    }
                }
                let port = all.first().map(|one| one["ports"][0]["containerPort"].clone());
                added.push(json!({
                    "apiVersion": "v1", "kind": "Service", "metadata": metadata,
                    "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": port}]},
                }));
            }
            ("+deployment" | "+pods" | "+target", _) => {}
            _ => panic!("`{step}` is no step"),
        }
    }
    objects.extend(added);
}

fn set(objects: &mut [Value], setting: &str) {
    let (place, value) = setting.split_once('=').expect("a value after `=`");
    let value: Value = serde_json::from_str(value).unwrap_or_else(|error| panic!("{setting}: {error}"));
    let (whose, path) = place.split_once('.').expect("a path behind whose it is");
    for object in objects {
        match whose {
            "pod" => pod(object).into_iter().for_each(|pod| put(pod, path, &value)),
            "container" => {
                let pod = pod(object).into_iter();
                pod.flat_map(containers).for_each(|container| put(container, path, &value));
            }
            _ if kind(object) == whose => put(object, path, &value),
            _ => {}
        }
    }
}

fn put(mapping: &mut Value, path: &str, value: &Value) {
    match path.split_once('.') {
        Some((key, rest)) => put(inside(mapping, key), rest, value),
        None if value.is_null() => drop(mapping.as_object_mut().map(|map| map.remove(path))),
        None => mapping[path] = value.clone(),
    }
}

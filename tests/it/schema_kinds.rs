//! Every kind: a minimal object is silent, and what is done to it is found where it was done.
//!
//! The object is grown from nothing: whatever is missing is added, and made of the type that is asked for.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use wplint::files::{FileId, SourceFile};
use wplint::schema::{self, Cause, Problem, TroubleKind};
use wplint::yaml::{self, Node, Step, Tree};

fn parse(text: &str) -> Tree {
    let source = Arc::new(SourceFile::new(FileId(0), "t.yaml", text));
    let pieces = yaml::split(text);
    yaml::parse(&source, &pieces[0]).expect("JSON is YAML")
}

fn at<'v>(object: &'v mut Value, path: &[Step<'_>]) -> &'v mut Value {
    path.iter().fold(object, |value, step| match step {
        Step::Key(key) => &mut value[*key],
        Step::Item(item) => &mut value[*item],
    })
}

/// What a field is filled with where any text of its type will not do.
fn sample(field: &str) -> Value {
    match field {
        "metadata" => json!({"name": "a"}),
        "containers" => json!([{"name": "a", "image": "a"}]),
        "accessModes" => json!(["ReadWriteOnce"]),
        "resources" => json!({"requests": {"storage": "1Gi"}}),
        "capacity" => json!({"storage": "1Gi"}),
        "ports" => json!([{"port": 80}]),
        "template" => {
            json!({"spec": {"restartPolicy": "Always", "containers": [{"name": "a", "image": "a"}]}})
        }
        "jobTemplate" => {
            json!({"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}}})
        }
        "rules" => json!([{"host": "a.b"}]),
        "schedule" => json!("@daily"),
        "validationActions" => json!(["Deny"]),
        "request" => json!("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K"),
        "usages" => json!(["client auth"]),
        "signerName" => json!("example.com/a"),
        "trustBundle" => json!("a"),
        "matchConstraints" | "parentRef" | "source" | "pool" => json!({}),
        "mutations" => json!([{"patchType": "JSONPatch", "jsonPatch": {"expression": "[]"}}]),
        "reinvocationPolicy" => json!("Never"),
        "cidrs" => json!(["10.0.0.0/8"]),
        "controller" => json!("example.com/a"),
        "taint" => json!({"key": "a", "effect": "NoSchedule"}),
        "resource" => json!("a"),
        "scope" => json!("Namespaced"),
        "versions" => {
            json!([{"name": "v1", "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}])
        }
        "kind" => json!("Role"),
        "selector" => json!({"matchLabels": {"app": "a"}}),
        "spec" | "names" | "roleRef" | "scaleTargetRef" | "port" => json!({}),
        "maxReplicas" | "groupPriorityMinimum" | "versionPriority" => json!(1),
        _ => json!("a"),
    }
}

/// A minimal object that has everything it needs.
fn minimal(api_version: &str, kind: &str) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind});
    if kind == "Ingress" {
        object["spec"] = json!({"rules": [{"host": "a.b"}]});
    }
    match kind {
        "ClusterRoleBinding" => object["roleRef"] = json!({"kind": "ClusterRole", "name": "a"}),
        "CustomResourceDefinition" => {
            object["metadata"] = json!({"name": "a.a.b"});
            object["spec"] = json!({"group": "a.b"});
        }
        "EndpointSlice" => object["addressType"] = json!("IPv4"),
        "FlowSchema" => object["spec"] = json!({"priorityLevelConfiguration": {"name": "a"}}),
        "IPAddress" => object["metadata"] = json!({"name": "10.0.0.1"}),
        "PriorityLevelConfiguration" => {
            object["spec"] = json!({"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}});
        }
        "StorageVersionMigration" => object["spec"] = json!({"resource": {"resource": "a"}}),
        _ => {}
    }
    if kind == "Job" {
        object["spec"] = json!({"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}});
    }
    for _ in 0..20 {
        let text = object.to_string();
        let tree = parse(&text);
        let missing = schema::missing(tree.root());
        if missing.is_empty() {
            return object;
        }
        for (parent, field) in missing {
            at(&mut object, &parent.path())[field] = sample(field);
        }
    }
    panic!("{api_version} {kind} is never complete");
}

fn all(object: &str) -> Vec<(TroubleKind, String, String)> {
    let tree = parse(object);
    let root = tree.root();
    let text = |key| root.get(key).and_then(Node::str).expect("a string");
    let troubles = schema::examine(root, text("apiVersion"), text("kind"), (37, 37)).expect("a known kind");
    // What fields ask of each other is not looked at here: the samples make no sense.
    let own = |one: &schema::Trouble<'_>| one.cause != Cause::Needs;
    troubles
        .into_iter()
        .filter(own)
        .map(|one| (one.kind, one.at.source_text().to_owned(), one.message))
        .collect()
}

#[test]
fn a_minimal_object_is_silent() {
    let mut wrong = Vec::new();
    for (api_version, kind) in schema::kinds() {
        let object = minimal(api_version, kind).to_string();
        let said = all(&object);
        if !said.is_empty() {
            wrong.push(format!("{object}\n    {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All mappings of a value with the way to them.
fn mappings(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.push(path.clone());
            map.iter().for_each(|(key, value)| mappings(value, format!("{path}/{key}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| mappings(item, format!("{path}/{at}"), found));
        }
        _ => {}
    }
}

fn change(object: &Value, pointer: &str, change: impl FnOnce(&mut Map<String, Value>)) -> String {
    let mut object = object.clone();
    let map = object.pointer_mut(pointer).and_then(Value::as_object_mut).expect("a mapping");
    change(map);
    object.to_string()
}

#[test]
fn a_misspelt_field_is_found_at_its_key() {
    for (api_version, kind) in schema::kinds() {
        let object = minimal(api_version, kind);
        let mut places = Vec::new();
        mappings(&object, String::new(), &mut places);
        for place in places {
            // Maps of the author's own keys and JSON schemas take anything, or nearly.
            let free = ["requests", "capacity", "openAPIV3Schema", "matchLabels"]
                .iter()
                .any(|name| place.ends_with(name));
            let map = object.pointer(&place).and_then(Value::as_object).expect("a mapping");
            for key in map.keys().filter(|key| !free && !matches!(key.as_str(), "apiVersion")) {
                if place.is_empty() && key == "kind" {
                    continue;
                }
                let wrong = format!("{key}Xy");
                let text = change(&object, &place, |map| {
                    let value = map.remove(key).expect("it is there");
                    map.insert(wrong.clone(), value);
                });
                let hit =
                    all(&text).iter().any(|one| one.0 == TroubleKind::UnknownField && one.1.contains(&wrong));
                assert!(hit, "{place}/{key} in {text}: {:?}", all(&text));
            }
        }
    }
}

#[test]
fn a_wrong_type_is_found_at_its_value() {
    for (api_version, kind) in schema::kinds() {
        let object = minimal(api_version, kind);
        let fields = ["metadata", "spec"].into_iter().filter(|field| object[*field].is_object());
        for field in fields {
            let mut wrong = object.clone();
            wrong[field] = json!("wrong");
            let tree = parse(&wrong.to_string());
            let problems = schema::check(tree.root(), api_version, kind).expect("a known kind");
            let found = |problem: &Problem<'_>| {
                matches!(problem, Problem::WrongType { .. }) && problem.at().text() == "wrong"
            };
            assert!(problems.iter().any(found), "{wrong}: {problems:?}");
        }
    }
}

#[test]
fn a_required_field_that_is_removed_is_missed() {
    for (api_version, kind) in schema::kinds() {
        let object = minimal(api_version, kind);
        // The server takes a range of limits without a name.
        if object.get("metadata").is_none() || kind == "LimitRange" {
            continue;
        }
        let text = change(&object, "/metadata", |map| drop(map.remove("name")));
        let found = all(&text);
        assert!(
            found.iter().any(|one| one.0 == TroubleKind::MissingField && one.2.contains("`name`")),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn a_duplicate_is_found_in_the_tree() {
    for (api_version, kind) in schema::kinds() {
        let text = format!(
            "{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: a}}, metadata: {{name: b}}}}"
        );
        let tree = parse(&text);
        let [twice] = tree.duplicates() else { panic!("{text}") };
        assert_eq!(tree.node(twice.second).key_text(), "metadata");
    }
}

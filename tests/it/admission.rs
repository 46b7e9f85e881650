//! Pod Security, limits, quotas and access control, compared with what a real API server said.
//!
//! Its verdicts are not part of this repository. With the files `podsecurity.jsonl`, `limits.jsonl` and `rbac.jsonl` in
//! one folder this compares all of them:
//!
//! ```text
//! WPLINT_ADMISSION=/folder cargo test --test it admission -- --nocapture
//! ```
//!
//! The cases of the project's own stand below.

use std::sync::Arc;

use serde_json::{Value, json};
use wplint::document::Object;
use wplint::files::{FileId, SourceFile};
use wplint::kube::limits::{self, PodResources};
use wplint::kube::pod::PodSpec;
use wplint::kube::pod_security::{Level, Pod, violations};
use wplint::kube::rbac::{Access, Request};
use wplint::yaml::{self, Tree};

/// The rows of a file; `None`, said aloud, where the files are not there.
fn rows(name: &str) -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("WPLINT_ADMISSION") else {
        eprintln!("skipped: WPLINT_ADMISSION names no folder with {name}");
        return None;
    };
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join(name)).expect("the file");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

fn tree(value: &Value) -> Tree {
    let source = Arc::new(SourceFile::new(FileId(0), "object.json", value.to_string()));
    let pieces = yaml::split(&source.text);
    yaml::parse(&source, &pieces[0]).expect("JSON is YAML")
}

fn trees(values: &Value) -> Vec<Tree> {
    values.as_array().expect("a list").iter().map(tree).collect()
}

fn objects(trees: &[Tree]) -> Vec<Object<'_>> {
    trees.iter().map(|tree| Object::read(tree.root()).expect("an object")).collect()
}

/// The controls that a pod violates at a level.
fn violated(pod: &Value, level: Level) -> Vec<&'static str> {
    let tree = tree(pod);
    let root = tree.root();
    let pod = Pod { metadata: root.get("metadata"), spec: root.get("spec").expect("a spec") };
    let mut found: Vec<&str> = violations(pod, level, 37).into_iter().map(|one| one.control).collect();
    found.dedup();
    found
}

#[test]
fn pod_security_says_what_the_api_server_says() {
    let Some(rows) = rows("podsecurity.jsonl") else { return };
    let mut wrong = Vec::new();
    for row in &rows {
        for (name, level) in [("baseline", Level::Baseline), ("restricted", Level::Restricted)] {
            let refused = row[name]["verdict"] == "refused";
            let found = violated(&row["object"], level);
            if refused == found.is_empty() {
                wrong.push(format!("{} {name}: {} {found:?} {}", row["id"], row["what"], row[name]));
            }
        }
    }
    eprintln!("{} of {} verdicts equal", 2 * rows.len() - wrong.len(), 2 * rows.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn is_refused(object: &Object<'_>, others: &[Object<'_>]) -> bool {
    let of = |kind: &str| others.iter().filter(|one| one.kind == kind).copied().collect::<Vec<_>>();
    let (ranges, quotas) = (of("LimitRange"), of("ResourceQuota"));
    if object.kind != "Pod" {
        return !limits::object_refusals(object, &ranges, &quotas).is_empty();
    }
    let spec = PodSpec(object.spec().expect("a spec"));
    let pod = PodResources::read(spec, &ranges).expect("amounts");
    !limits::pod_refusals(&pod, &ranges, &quotas).is_empty()
}

#[test]
fn limits_and_quotas_say_what_the_api_server_says() {
    let Some(rows) = rows("limits.jsonl") else { return };
    let (mut wrong, mut count) = (Vec::new(), 0);
    for row in &rows {
        let trees = trees(&row["objects"]);
        let others = objects(&trees);
        for case in row["cases"].as_array().expect("a list") {
            count += 1;
            let tree = tree(&case["object"]);
            let object = Object::read(tree.root()).expect("an object");
            let refused = case["server"]["verdict"] == "refused";
            if refused != is_refused(&object, &others) {
                wrong.push(format!("{}: {} {}", row["id"], case["object"], case["server"]));
            }
        }
    }
    eprintln!("{} of {count} verdicts equal", count - wrong.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn access_control_says_what_the_api_server_says() {
    let Some(rows) = rows("rbac.jsonl") else { return };
    let (mut wrong, mut count) = (Vec::new(), 0);
    for row in &rows {
        let trees = trees(&row["objects"]);
        let access = Access::new(objects(&trees).into_iter());
        for question in row["questions"].as_array().expect("a list") {
            count += 1;
            let attributes = &question["resourceAttributes"];
            let text = |key: &str| attributes[key].as_str().unwrap_or("");
            let path = &question["nonResourceAttributes"];
            let groups = question["groups"].as_array().into_iter().flatten();
            let request = Request {
                user: question["user"].as_str().expect("a user"),
                groups: groups.filter_map(Value::as_str).collect(),
                verb: attributes["verb"].as_str().or(path["verb"].as_str()).unwrap_or(""),
                group: text("group"),
                resource: text("resource"),
                subresource: text("subresource"),
                name: text("name"),
                namespace: text("namespace"),
                path: path["path"].as_str(),
            };
            if access.allowed_by(&request).is_some() != (question["allowed"] == true) {
                wrong.push(format!("{}: {question}", row["id"]));
            }
        }
    }
    eprintln!("{} of {count} answers equal", count - wrong.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn controls_look_at_pods_and_containers() {
    let pod = |pod: Value, container: Value| {
        let mut spec = json!({"containers": [{"name": "a", "image": "a"}]});
        for (key, value) in pod.as_object().expect("fields") {
            spec[key] = value.clone();
        }
        for (key, value) in container.as_object().expect("fields") {
            spec["containers"][0][key] = value.clone();
        }
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
    };
    let baseline = |one, two| violated(&pod(one, two), Level::Baseline);
    assert!(baseline(json!({}), json!({})).is_empty());
    assert_eq!(baseline(json!({"hostPID": true}), json!({})), ["hostNamespaces"]);
    assert_eq!(
        baseline(json!({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}), json!({})),
        ["hostPathVolumes"]
    );
    assert_eq!(baseline(json!({}), json!({"ports": [{"containerPort": 1, "hostPort": 1}]})), ["hostPorts"]);
    assert!(baseline(json!({}), json!({"ports": [{"containerPort": 1, "hostPort": 0}]})).is_empty());
    let added = json!({"securityContext": {"capabilities": {"add": ["KILL", "NET_ADMIN"]}}});
    assert_eq!(baseline(json!({}), added), ["capabilities_baseline"]);
    let hardened = json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
    let own = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    let restricted = |one: Value, two: Value| {
        violated(&pod(json!({"securityContext": one}), json!({"securityContext": two})), Level::Restricted)
    };
    assert!(restricted(hardened.clone(), own.clone()).is_empty());
    assert_eq!(
        restricted(json!({}), json!({})),
        ["allowPrivilegeEscalation", "runAsNonRoot", "seccompProfile_restricted", "capabilities_restricted"]
    );
    // What the container says counts before the pod, and a forbidden word of the pod counts all the same.
    let mut root = own.clone();
    root["runAsNonRoot"] = json!(false);
    assert_eq!(restricted(hardened, root), ["runAsNonRoot"]);
    let mut profile = own;
    profile["seccompProfile"] = json!({"type": "RuntimeDefault"});
    let unconfined = json!({"runAsNonRoot": true, "seccompProfile": {"type": "Unconfined"}});
    assert_eq!(restricted(unconfined, profile), ["seccompProfile_restricted"]);
}

#[test]
fn amounts_add_up_as_the_scheduler_reckons() {
    let quota = |hard: Value| json!([{"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}}]);
    let container = |name: &str, cpu: &str| json!({"name": name, "resources": {"requests": {"cpu": cpu}}});
    let refused = |pod: Value, others: Value| {
        let tree = tree(&json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": pod}));
        let trees = trees(&others);
        is_refused(&Object::read(tree.root()).expect("an object"), &objects(&trees))
    };
    let two = json!({"containers": [container("a", "600m"), container("b", "600m")]});
    assert!(refused(two.clone(), quota(json!({"requests.cpu": "1"}))));
    assert!(!refused(two.clone(), quota(json!({"requests.cpu": "1.2", "pods": "1"}))));
    assert!(refused(two, quota(json!({"limits.cpu": "9"}))));
    // One that runs before the others counts only as far as it is larger.
    let init = |extra: Value| {
        let mut first = container("i", "900m");
        if extra == json!("Always") {
            first["restartPolicy"] = extra;
        }
        json!({"initContainers": [first], "containers": [container("a", "600m")]})
    };
    assert!(!refused(init(Value::Null), quota(json!({"cpu": "1"}))));
    assert!(refused(init(json!("Always")), quota(json!({"cpu": "1"}))));
    let range = |item: Value| json!([{"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"}, "spec": {"limits": [item]}}]);
    let one = json!({"containers": [container("a", "500m")]});
    assert!(refused(one.clone(), range(json!({"type": "Pod", "max": {"cpu": "1"}}))));
    assert!(!refused(one.clone(), range(json!({"type": "Container", "max": {"cpu": "1"}}))));
    assert!(refused(
        one,
        range(json!({"type": "Container", "max": {"cpu": "1"}, "maxLimitRequestRatio": {"cpu": "1.5"}}))
    ));
}

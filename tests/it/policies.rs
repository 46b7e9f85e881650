//! Admission policies, against what a real API server said. The verdicts are not part of the project: `WPLINT_ORACLE`
//! names their folder.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use wplint::document::{classify, load};
use wplint::files::{FileId, SourceFile};
use wplint::inventory::{Inventory, Sender, Surroundings};
use wplint::policy::{Action, Law, Reason, judge};
use wplint::project::View;
use wplint::schema::{NEWEST, examine};

/// The lines of the file of verdicts, or nothing, which is said.
fn verdicts() -> Vec<Value> {
    let Some(folder) = std::env::var_os("WPLINT_ORACLE").map(PathBuf::from) else {
        eprintln!("skipped: WPLINT_ORACLE names no folder with policies.jsonl");
        return Vec::new();
    };
    let text = std::fs::read_to_string(folder.join("policies.jsonl")).expect("the verdicts are readable");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// Who asked the server.
fn surroundings() -> Surroundings {
    let mut surroundings = Surroundings::default();
    surroundings.sender = Some(Sender {
        username: Some("admin".to_owned()),
        uid: Some("admin".to_owned()),
        groups: vec!["system:masters".to_owned(), "system:authenticated".to_owned()],
        dry_run: true,
        field_manager: Some("oracle".to_owned()),
    });
    surroundings
}

/// What is said of an object beside others: whether it is refused, and the words.
fn said(others: &Value, object: &Value) -> (bool, Vec<String>) {
    let mut items = others.as_array().cloned().unwrap_or_default();
    items.push(object.clone());
    let text = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
    let documents = load(&[Arc::new(SourceFile::new(FileId(0), "a.json", text))]);
    let classes: Vec<_> = documents.iter().map(classify).collect();
    let objects: Vec<_> = classes.iter().flat_map(|class| class.objects()).collect();
    let Some(last) = objects.last().copied() else { return (true, Vec::new()) };
    let shape = examine(last.node, last.api_version, last.kind, (NEWEST, NEWEST)).unwrap_or_default();
    let (surroundings, view) = (surroundings(), View::default());
    let inventory = Inventory::new(objects, &surroundings, &view);
    let found = judge(&inventory, &Law::default());
    let mut refused = !shape.is_empty();
    let mut words = Vec::new();
    for denial in found.iter().filter(|denial| denial.object.node == last.node) {
        refused |= denial.action == Action::Deny && !matches!(denial.reason, Reason::Unknown(_));
        let expression = denial.at.text();
        words.push(match &denial.reason {
            Reason::Broken(Some(text)) => text.clone(),
            Reason::Broken(None) => format!("failed expression: {}", expression.trim()),
            Reason::Failed(why) => format!("expression '{expression}' resulted in error: {why}"),
            Reason::Params(why) => format!("failed to configure binding: {why}"),
            Reason::Unknown(what) => format!("not known: {what}"),
        });
    }
    (refused, words)
}

#[test]
fn policies_judge_as_the_server_does() {
    let (mut seen, mut equal, mut texts, mut same, mut different) = (0, 0, 0, 0, Vec::new());
    for line in verdicts() {
        for case in line["cases"].as_array().into_iter().flatten() {
            let (refused, words) = said(&line["objects"], &case["object"]);
            let server = &case["server"];
            seen += 1;
            equal += usize::from(refused == (server["verdict"] == "refused"));
            let told = server["message"].as_str().and_then(|text| text.split_once("denied request: "));
            let fits = told.is_none_or(|told| words.iter().any(|own| own == told.1));
            texts += usize::from(told.is_some());
            same += usize::from(told.is_some() && fits);
            if !fits || refused != (server["verdict"] == "refused") {
                different.push(format!("{} {}: {server} but {words:?}", line["id"], line["what"]));
            }
        }
    }
    println!("{equal} of {seen} verdicts, {same} of {texts} messages equal\n{}", different.join("\n"));
    assert!(equal * 100 >= seen * 99, "{equal} of {seen}");
    assert!(same * 100 >= texts * 97, "{same} of {texts}");
}

/// The messages about the shape of an object.
fn shape(object: &Value) -> Vec<String> {
    let documents = load(&[Arc::new(SourceFile::new(FileId(0), "a.json", object.to_string()))]);
    let classes: Vec<_> = documents.iter().map(classify).collect();
    let Some(object) = classes.iter().flat_map(|class| class.objects()).next() else { return Vec::new() };
    let found = examine(object.node, object.api_version, object.kind, (NEWEST, NEWEST));
    found.into_iter().flatten().map(|trouble| trouble.message).collect()
}

#[test]
fn broken_policies_and_bindings_are_refused_as_the_server_does() {
    let (mut seen, mut equal, mut different) = (0, 0, Vec::new());
    for line in verdicts().iter().filter(|line| line["kind"] == "broken") {
        let (found, server) = (shape(&line["objects"][0]), &line["server"]);
        seen += 1;
        if found.is_empty() == (server["verdict"] == "accepted") {
            equal += 1;
        } else {
            different.push(format!("{} {}: {server} but {found:?}", line["id"], line["what"]));
        }
    }
    println!("{equal} of {seen} broken policies equal\n{}", different.join("\n"));
    assert!(equal * 100 >= seen * 99, "{equal} of {seen}");
}

/// What a policy of one rule with these resources, and of one validation, is refused for.
fn refused(resources: Value, validation: Value) -> Vec<String> {
    let rule =
        json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": resources});
    shape(&json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "a"},
        "spec": {"matchConstraints": {"resourceRules": [rule]}, "validations": [validation]}
    }))
}

#[test]
fn resources_messages_and_reasons_of_policies() {
    let covered = |text: &str, wider: &str| vec![format!("`{text}` is in `{wider}` already")];
    for (resources, found) in [
        (json!(["pods", "pods/status"]), Vec::new()),
        (json!(["*", "pods/status"]), Vec::new()),
        // Neither does the server look back from a star.
        (json!(["pods", "*"]), Vec::new()),
        (json!(["pods/status", "pods/*"]), Vec::new()),
        (json!(["*", "pods"]), covered("pods", "*")),
        (json!(["*", "pods/log", "pods"]), covered("pods", "*")),
        (json!(["pods/*", "pods/status"]), covered("pods/status", "pods/*")),
        (json!(["*/status", "pods/status"]), covered("pods/status", "*/status")),
        (json!(["pods/*", "pods/*"]), covered("pods/*", "pods/*")),
        (json!(["*/*", "pods/status"]), vec!["`*/*` stands beside others in `resources`".to_owned()]),
    ] {
        assert_eq!(refused(resources.clone(), json!({"expression": "true"})), found, "{resources}");
    }
    for (field, text, found) in [
        ("message", "no\n", None),
        ("message", "   ", Some("`message` is blank")),
        ("message", "a\nb", Some("`a\nb` is not valid for `message`")),
        ("reason", "Forbidden", None),
        ("reason", "Unauthorized", Some("`Unauthorized` is not valid for `reason`")),
    ] {
        let found: Vec<String> = found.into_iter().map(str::to_owned).collect();
        assert_eq!(refused(json!(["pods"]), json!({"expression": "true", field: text})), found, "{text:?}");
    }
}

/// What is said of the creation of an object of which a policy names another version.
#[test]
fn autoscalers_are_converted_to_the_version_that_a_policy_names() {
    let policy = |version: &str, expression: &str| {
        json!([
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingAdmissionPolicy",
                "metadata": {"name": "a"},
                "spec": {
                    "matchConstraints": {"resourceRules": [{
                        "apiGroups": ["autoscaling"],
                        "apiVersions": [version],
                        "operations": ["CREATE"],
                        "resources": ["horizontalpodautoscalers"]
                    }]},
                    "validations": [{"expression": expression, "message": "no"}]
                }
            },
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingAdmissionPolicyBinding",
                "metadata": {"name": "a"},
                "spec": {"policyName": "a", "validationActions": ["Deny"]}
            }
        ])
    };
    let scaler = |version: &str, more: Value| {
        let mut spec = json!({
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "maxReplicas": 5
        });
        spec.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
        let metadata = json!({"name": "web", "namespace": "default"});
        let (api_version, kind) = (format!("autoscaling/{version}"), "HorizontalPodAutoscaler");
        json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})
    };
    let target = json!({"type": "Utilization", "averageUtilization": 60});
    let metrics = json!({"metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]});
    let share = json!({"targetCPUUtilizationPercentage": 90});
    for (named, expression, object, refused) in [
        ("v1", "object.spec.targetCPUUtilizationPercentage > 60", scaler("v2", metrics.clone()), true),
        ("v1", "object.spec.targetCPUUtilizationPercentage == 60", scaler("v2", metrics), false),
        ("v1", "object.spec.targetCPUUtilizationPercentage == 80", scaler("v2", json!({})), false),
        ("v2", "object.spec.metrics[0].resource.target.averageUtilization < 90", scaler("v1", share), true),
        (
            "v2",
            "request.kind.version == 'v2' && request.requestKind.version == 'v1'",
            scaler("v1", json!({})),
            false,
        ),
    ] {
        assert_eq!(said(&policy(named, expression), &object).0, refused, "{expression}");
    }
}

/// What the server fills in before policies see an object: the expression holds of the object.
#[test]
fn policies_see_what_the_server_fills_in() {
    let pod = |resources: Value, more: Value| {
        let mut spec = json!({"containers": [{"name": "c", "image": "a:1", "resources": resources}]});
        spec.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec})
    };
    let amounts = json!({"cpu": "1", "memory": "1Gi"});
    let range = json!({"limits": [{"type": "Container", "default": {"cpu": "1"}, "max": {"cpu": "2"}}]});
    let range = json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "web"}, "spec": range});
    for (resource, expression, object) in [
        ("pods", "object.status.qosClass == 'BestEffort'", pod(json!({}), json!({}))),
        ("pods", "object.status.qosClass == 'Burstable'", pod(json!({"requests": {"cpu": "1"}}), json!({}))),
        ("pods", "object.status.qosClass == 'Guaranteed'", pod(json!({"limits": amounts}), json!({}))),
        ("pods", "object.spec.tolerations.size() == 2", pod(json!({}), json!({}))),
        (
            "pods",
            "object.spec.tolerations.size() == 1",
            pod(json!({}), json!({"tolerations": [{"operator": "Exists"}]})),
        ),
        ("limitranges", "object.spec.limits[0].defaultRequest.cpu == '1'", range),
        ("pods", "object.metadata.uid != '' && '\u{fc}x'.matches('^\\\\p{L}*$')", pod(json!({}), json!({}))),
    ] {
        let rule = json!({
            "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]
        });
        let policies = json!([
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingAdmissionPolicy",
                "metadata": {"name": "a"},
                "spec": {
                    "matchConstraints": {"resourceRules": [rule]},
                    "validations": [{"expression": expression}]
                }
            },
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingAdmissionPolicyBinding",
                "metadata": {"name": "a"},
                "spec": {"policyName": "a", "validationActions": ["Deny"]}
            }
        ]);
        assert_eq!(said(&policies, &object), (false, Vec::new()), "{expression}");
    }
}

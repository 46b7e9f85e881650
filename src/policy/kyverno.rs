//! Policies of Kyverno in CEL (`ValidatingPolicy` of `policies.kyverno.io`), as far as they mean what those of the cluster
//! mean. What they ask for beside that (images, other resources, HTTP) is not known without a cluster.

use std::borrow::Cow;

use super::read::{Action, Binding, Policy, Refusal, Targets, action, compile};
use crate::document::Object;
use crate::yaml::Node;

/// The group of Kyverno's policies in CEL.
pub const GROUP: &str = "policies.kyverno.io";

/// The kind that is judged.
pub const KIND: &str = "ValidatingPolicy";

/// Controllers whose pods a policy for pods judges, too, and where their templates are (`pkg/cel/autogen/data.go`).
const CONTROLLERS: &[(Targets, &[&str], &str)] = &[
    (
        &[
            ("apps", "daemonsets"),
            ("apps", "deployments"),
            ("apps", "replicasets"),
            ("apps", "statefulsets"),
            ("batch", "jobs"),
        ],
        &["daemonsets", "deployments", "replicasets", "statefulsets", "jobs"],
        "spec.template",
    ),
    (&[("batch", "cronjobs")], &["cronjobs"], "spec.jobTemplate.spec.template"),
];

/// The policies that an object stands for: itself, and the same for the controllers of pods.
///
/// # Errors
/// The expression that is not judged here, and why.
pub fn policies<'a>(object: &Object<'a>) -> Result<Vec<Policy<'a>>, Refusal<'a>> {
    let own = compile(object, None, &|text| Cow::Borrowed(text))?;
    let spec = object.spec();
    let mode = spec.and_then(|spec| spec.get("evaluation")?.get("mode"));
    if let Some(mode) = mode.filter(|mode| mode.text() != "Kubernetes") {
        return Err((mode, "it judges other things than objects".to_owned()));
    }
    let mut all = vec![own];
    let Some(spec) = spec.filter(|spec| is_for_pods(*spec)) else { return Ok(all) };
    let written = spec.get("autogen").and_then(|own| own.get("podControllers")?.get("controllers"));
    for (targets, names, template) in CONTROLLERS {
        let asked = |name: &&&str| written.is_none_or(|list| list.items().any(|one| one.text() == **name));
        if names.iter().filter(asked).count() == names.len() {
            all.push(compile(object, Some(targets), &|text| Cow::Owned(inside(text, template)))?);
        } else {
            // Few name some of them.
            for one in targets.iter().zip(*names).filter(|one| asked(&one.1)) {
                let target = std::slice::from_ref(one.0);
                all.push(compile(object, Some(target), &|text| Cow::Owned(inside(text, template)))?);
            }
        }
    }
    Ok(all)
}

/// Who binds it: it does so itself.
pub fn binding<'a>(object: &Object<'a>) -> Binding<'a> {
    let action = object.spec().and_then(action).unwrap_or(Action::Deny);
    Binding::itself(object, action)
}

/// Whether a policy is for pods and nothing else, so that it is for their controllers, too
/// (`pkg/cel/autogen/support.go`).
fn is_for_pods(spec: Node<'_>) -> bool {
    let Some(constraints) = spec.get("matchConstraints") else { return false };
    let has = |key: &str| {
        constraints.get(key).is_some_and(|one| one.entries().next().is_some() || one.items().next().is_some())
    };
    let mut rules = constraints.get("resourceRules").into_iter().flat_map(|list| list.items());
    let (Some(rule), None) = (rules.next(), rules.next()) else { return false };
    let is = |key: &str, only: &str| {
        let mut items = rule.get(key).into_iter().flat_map(|list| list.items());
        items.next().is_some_and(|one| one.text() == only) && items.next().is_none()
    };
    !has("objectSelector")
        && !has("excludeResourceRules")
        && rule.get("resourceNames").is_none()
        && is("apiGroups", "")
        && is("apiVersions", "v1")
        && is("resources", "pods")
}

/// An expression about a pod as one about the template of a controller (`pkg/cel/autogen/replacement.go`): what it reads
/// of the pod's namespace stays.
fn inside(text: &str, template: &str) -> String {
    let mut text = text.to_owned();
    for part in ["spec", "metadata"] {
        for object in ["object", "oldObject"] {
            let (from, to) = (format!("{object}.{part}"), format!("{object}.{template}.{part}"));
            let mut made = String::new();
            let mut rest = text.as_str();
            while let Some(at) = rest.find(from.as_str()) {
                let behind = &rest[at + from.len()..];
                let is_namespace = behind.strip_prefix(".namespace").is_some_and(|more| {
                    !more.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
                });
                made.push_str(&rest[..at]);
                made.push_str(if is_namespace { &from } else { &to });
                rest = behind;
            }
            made.push_str(rest);
            text = made;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_move_into_templates() {
        for (text, wanted) in [
            ("object.spec.hostNetwork", "object.spec.template.spec.hostNetwork"),
            ("object.metadata.labels['a']", "object.spec.template.metadata.labels['a']"),
            ("object.metadata.namespace == 'a'", "object.metadata.namespace == 'a'"),
        ] {
            assert_eq!(inside(text, "spec.template"), wanted);
        }
    }
}

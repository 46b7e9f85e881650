//! The edits that make a pod meet a control. All change what is deployed, so somebody has to decide about each.

use super::insert::{Value, field};
use crate::finding::{Edit, Fix};
use crate::inventory::Inventory;
use crate::kube::pod_security::{Topic, Violation};
use crate::kube::workload::Workload;

/// What a control wants: the way from the pod spec or container, and the value at its end.
struct Wanted {
    keys: &'static [&'static str],
    value: Value,
    /// The pod may say it for all of its containers.
    by_pod: bool,
}

const fn wanted(keys: &'static [&'static str], value: Value, by_pod: bool) -> Option<Wanted> {
    Some(Wanted { keys, value, by_pod })
}

fn missing(topic: Topic) -> Option<Wanted> {
    match topic {
        Topic::Escalation => {
            wanted(&["securityContext", "allowPrivilegeEscalation"], Value::Bare("false"), false)
        }
        Topic::NonRoot => wanted(&["securityContext", "runAsNonRoot"], Value::Bare("true"), true),
        Topic::Seccomp => {
            wanted(&["securityContext", "seccompProfile", "type"], Value::Word("RuntimeDefault"), true)
        }
        Topic::CapabilitiesDropped => {
            wanted(&["securityContext", "capabilities", "drop"], Value::Only("ALL"), false)
        }
        _ => None,
    }
}

/// What a value that is there has to be.
fn instead(topic: Topic) -> Option<&'static str> {
    match topic {
        Topic::Privileged | Topic::HostNamespaces | Topic::HostProcess | Topic::Escalation => Some("false"),
        Topic::NonRoot => Some("true"),
        Topic::ProcMount => Some("Default"),
        Topic::Seccomp | Topic::AppArmor => Some("RuntimeDefault"),
        _ => None,
    }
}

/// The edits that make a finding go away, if all of them are known.
pub(super) fn fix(
    inventory: &Inventory<'_>,
    workload: &Workload<'_>,
    topic: Topic,
    found: &[Violation<'_>],
) -> Option<Fix> {
    // Annotations have words of their own.
    let in_spec = |one: &&Violation<'_>| {
        let (spec, at) = (workload.pod.spec.0.span(), one.at.span());
        inventory.view.built || spec.contains(at)
    };
    if found.iter().filter(in_spec).count() < found.len() {
        return None;
    }
    let (written, lacking): (Vec<_>, Vec<_>) =
        found.iter().partition(|one| one.is_written() && one.at.stands_as_written());
    let mut edits: Vec<Edit> = Vec::new();
    for one in &written {
        let text = instead(topic)?;
        edits.push(Edit { span: one.at.span(), text: text.to_owned() });
    }
    let pod_says = written.iter().any(|one| one.about.is_none());
    if !lacking.is_empty() && !pod_says {
        let wanted = missing(topic)?;
        // What a kustomization puts together has no one place to add something to.
        if inventory.view.built {
            return None;
        }
        if wanted.by_pod {
            edits.push(field(workload.pod.spec.0, wanted.keys, wanted.value)?);
        } else {
            for container in lacking.iter().filter_map(|one| one.about) {
                edits.push(field(container, wanted.keys, wanted.value)?);
            }
        }
    }
    let title = match (lacking.is_empty(), missing(topic), instead(topic)) {
        (false, Some(wanted), _) => format!("add `{}`", wanted.keys.join(".")),
        (_, _, text) => format!("write `{}`", text?),
    };
    let mut fix = Fix::needs_decision(title);
    fix.edits = edits;
    Some(fix)
}

//! Controllers and their own pods.

mod version;

use super::{Check, Eligible, Rule, rule};
use crate::finding::amend::{self, Value};
use crate::finding::{Edit, Fix, Out};
use crate::inventory::Inventory;
use crate::kube::selector::{Match, Requirement};
use crate::kube::workload::{Workload, WorkloadKind};
use crate::yaml::{Node, quoted};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("selector-mismatch", Check::Unit(mismatch)),
    rule!("selector-holds-version", Check::Workload(Eligible::OWN, version::holds_version)),
];

fn mismatch(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in &inventory.workloads {
        let Some(selector) = &workload.selector else {
            continue;
        };
        // A Job's selector is generated unless it says otherwise; that is for validation to judge (1.14).
        let skipped = workload.kind == WorkloadKind::Job
            || inventory.is_patched(&workload.object)
            || inventory.is_broken_by_label(selector.node);
        // Labels that are missing altogether are added by another tool more often than forgotten.
        let unlabelled = workload.pod.labels.is_empty() && inventory.is_incomplete(&workload.object);
        if skipped
            || unlabelled
            || selector.is_invalid()
            || selector.matches(&workload.pod.labels) != Match::No
        {
            continue;
        }
        if let Some(one) = selector.unmet(&workload.pod.labels).next() {
            report(workload, one, out);
        }
    }
}

fn report<'a>(workload: &Workload<'a>, one: &Requirement<'a>, out: &mut Out) {
    let title = workload.title();
    let message = format!("the selector of {title} does not select its own pods");
    let label = workload.pod.labels.get(one.key);
    let draft = match label {
        Some(label) if workload.template_is_odd(one) => out
            .report(label.node, message)
            .label(format!("the selector wants {}", wanted(one)))
            .also(one.node, "the selector")
            .help(format!("set `{}: {}` in the pod template", one.key, one.values.first().unwrap_or(&"")))
            .fix_if(relabel(workload, one, label.node)),
        Some(label) => out
            .report(one.node, message)
            .label(format!("the pod template has `{}`", label.value))
            .also(label.node, "the pod template")
            .help(format!(
                "let both say the same; the selector of a {} that already runs cannot change, its template can",
                workload.object.kind
            )),
        None => out
            .report(one.node, message)
            .label(format!("the pod template has no label `{}`", one.key))
            .also(workload.pod.node, "the pod template")
            .help(format!("add `{}: {}` to the labels of the pod template", one.key, one.values.first().unwrap_or(&"")))
            .repairable(
                format!("label the pods `{}: {}`", one.key, one.values.first().unwrap_or(&"")),
                add_label(workload, one),
            ),
    };
    draft.note(format!("the API server refuses the {}", workload.object.kind));
}

/// Gives the pods the label that a selector asks for. It is certain which of the two is meant where the name or the labels
/// of the workload side with the selector.
fn relabel(workload: &Workload<'_>, one: &Requirement<'_>, label: Node<'_>) -> Option<Fix> {
    let value = *one.values.first().filter(|_| one.pair)?;
    let object = &workload.object;
    let own = object.metadata().and_then(|metadata| metadata.get("labels")?.get(one.key));
    let is_certain = object.name == value || own.is_some_and(|own| own.text() == value);
    let title = format!("label the pods `{}: {value}`", one.key);
    let fix = if is_certain { Fix::safe(title) } else { Fix::needs_decision(title) };
    Some(Fix { edits: vec![amend::value(label, value)?], ..fix })
}

/// Adds the label that a selector asks for to the pod template.
fn add_label(workload: &Workload<'_>, one: &Requirement<'_>) -> Option<Edit> {
    let labels = workload.pod.node.get("metadata")?.get("labels").filter(|_| one.pair)?;
    amend::add(labels, one.key, &Value::text(quoted(one.values.first()?)))
}

fn wanted(one: &Requirement<'_>) -> String {
    let values: Vec<String> = one.values.iter().map(|value| format!("`{value}`")).collect();
    if one.pair { values.join("") } else { format!("another value ({})", values.join(", ")) }
}

//! Selectors with a label that changes with every release (fact 1.8).

use crate::finding::Out;
use crate::inventory::Inventory;
use crate::kube::selector::{Operator, Requirement};
use crate::kube::workload::{Workload, WorkloadKind};
use crate::kube::{image, labels};
use crate::rules::relabel::is_version;

pub fn holds_version(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    use WorkloadKind::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
    let workload = &inventory.workloads[at];
    let fixed = matches!(workload.kind, Deployment | StatefulSet | DaemonSet | ReplicaSet);
    let Some(selector) = workload.selector.as_ref().filter(|_| fixed) else {
        return;
    };
    // One that a kustomization sets is told at its place, once for all workloads.
    let told = |one: &&Requirement<'_>| {
        inventory.is_kustomized_label(one.node) && is_version(one.key, one.values.first().unwrap_or(&""))
    };
    let own = selector.requirements.iter().filter(|one| !told(one));
    let mut found = own.filter_map(|one| Some((one, why(workload, one)?)));
    let Some((first, why)) = found.next() else { return };
    let title = workload.title();
    let mut draft = out
        .report(first.node, format!("the selector of {title} holds a version, and cannot change later"))
        .label(why)
        .help(format!(
            "select by labels that stay, such as `app.kubernetes.io/name`; an existing {} must be deleted first",
            workload.object.kind
        ));
    for (other, why) in found {
        draft = draft.also(other.node, why);
    }
}

/// Why a requirement changes with a release.
fn why(workload: &Workload<'_>, one: &Requirement<'_>) -> Option<&'static str> {
    let value = match (one.operator, &one.values[..]) {
        (Operator::In, [value]) if !one.open => *value,
        _ => return None,
    };
    // A number with a point is a version; `v1`, `blue` and `stable` name a variant.
    let versioned = value.contains('.') && value.bytes().any(|byte| byte.is_ascii_digit());
    // An object that is called after its version has another name with the next one.
    if !versioned || workload.object.name.contains(value) {
        return None;
    }
    if labels::is_versioned(one.key) {
        return Some("changes with the next release");
    }
    let tag = |image: &str| image::parse(image).and_then(|image| image.tag) == Some(value);
    let is_tag = workload.pod.spec.containers().any(|container| tag(container.image_text()));
    is_tag.then_some("the tag of the image, which changes with the next release")
}

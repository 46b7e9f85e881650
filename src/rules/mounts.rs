//! Mounts that name no volume of their pod (fact 10.16).

use std::collections::HashSet;

use crate::document::Object;
use crate::finding::Out;
use crate::inventory::Inventory;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::text::placeholder::is_placeholder;
use crate::text::suggest;
use crate::yaml::Node;

/// The volume that Jenkins gives to every pod it makes of a pod template.
const OF_JENKINS: &str = "workspace-volume";

/// How many volumes are looked at for the one that was meant.
const MOST: usize = 200;

/// Reports every volume that containers of a workload mount and its pod does not have.
pub fn check(inventory: &Inventory<'_>, workload: &Workload<'_>, out: &mut Out) {
    if !is_whole(inventory, workload) {
        return;
    }
    let spec = workload.pod.spec;
    let volumes: Vec<Node<'_>> =
        spec.list("volumes").chain(workload.claim_templates()).filter_map(name_of).collect();
    if volumes.iter().any(|name| is_placeholder(name.text())) {
        return;
    }
    let mounts: Vec<(&str, Node<'_>)> = spec
        .containers()
        .chain(spec.init_containers())
        .flat_map(|container| {
            let lists = container.list("volumeMounts").chain(container.list("volumeDevices"));
            lists.filter_map(|mount| mount.get("name")).map(move |name| (container.name(), name))
        })
        .collect();
    let mut known: HashSet<&str> = volumes.iter().map(|volume| volume.text()).collect();
    let mut lost: Vec<(&str, Node<'_>)> = Vec::new();
    for &(container, name) in &mounts {
        let text = name.text();
        if text != OF_JENKINS && !is_placeholder(text) && known.insert(text) {
            lost.push((container, name));
        }
    }
    if lost.is_empty() {
        return;
    }
    let mounted: HashSet<&str> = mounts.iter().map(|mount| mount.1.text()).collect();
    let idle: Vec<Node<'_>> =
        volumes.iter().copied().filter(|volume| !mounted.contains(volume.text())).collect();
    for &(container, name) in &lost {
        let text = name.text();
        let meant = meant(text, &volumes, &idle, lost.len());
        // Who adds containers may add volumes.
        if meant.is_none() && workload.may_be_injected() {
            continue;
        }
        let draft = out
            .report(
                name,
                format!("container `{container}` mounts `{text}`, and {} has no such volume", pod(workload)),
            )
            .severity(crate::finding::Severity::Error)
            .label("no volume has this name, so the API server rejects the object");
        let draft = match workload.kind {
            WorkloadKind::StatefulSet => {
                draft.note("before Kubernetes 1.34, the StatefulSet is accepted and its pods are refused")
            }
            _ => draft,
        };
        match meant {
            Some(volume) if !mounted.contains(volume.text()) => {
                draft.also(volume, "nothing mounts this one").meant(name, volume.text())
            }
            Some(volume) => draft.also(volume, "the closest match").meant(name, volume.text()),
            None => draft.help(format!("declare `{text}` under `volumes`, or remove the mount")),
        };
    }
}

/// Whether the pod is all there: neither a patch nor a template that a program completes, and its volumes are not
/// written at another level, which `unknown-field` says.
fn is_whole(inventory: &Inventory<'_>, workload: &Workload<'_>) -> bool {
    let spec = workload.pod.spec;
    let unfinished = || spec.containers().any(|container| container.image_text().is_empty());
    let misplaced = || {
        let around = [Some(workload.pod.node), workload.object.spec(), Some(workload.object.node)];
        let mut around = around.into_iter().flatten().filter(|node| node.span() != spec.0.span());
        around.any(|node| node.get("volumes").is_some())
            || spec.containers().any(|container| container.node.get("volumes").is_some())
    };
    // A PodPreset may add volumes as well.
    let adds = |object: &Object<'_>| object.spec().is_some_and(|spec| spec.get("volumes").is_some());
    let preset = || inventory.of_kind("PodPreset").any(adds);
    !inventory.is_patched(&workload.object) && !unfinished() && !misplaced() && !preset()
}

fn name_of(volume: Node<'_>) -> Option<Node<'_>> {
    volume.get("name").or_else(|| volume.get("metadata")?.get("name"))
}

fn pod(workload: &Workload<'_>) -> String {
    match workload.kind {
        WorkloadKind::Pod => workload.title(),
        _ => format!("the pod of {}", workload.title()),
    }
}

/// The volume that was meant: one that nothing mounts and whose name is near or part of the other, the only idle
/// one for the only lost mount, or the nearest name of all.
fn meant<'a>(wanted: &str, volumes: &[Node<'a>], idle: &[Node<'a>], lost: usize) -> Option<Node<'a>> {
    let part = |volume: &&Node<'a>| {
        let text = volume.text();
        suggest::is_slip(wanted, text) || wanted.contains(text) || text.contains(wanted)
    };
    let alone = || match (idle, lost) {
        ([only], 1) => Some(only),
        _ => None,
    };
    let near = || volumes.iter().take(MOST).find(|volume| suggest::is_slip(wanted, volume.text()));
    idle.iter().take(MOST).find(part).or_else(alone).or_else(near).copied()
}

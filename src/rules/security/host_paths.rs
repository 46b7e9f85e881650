//! Paths of the node that give it away: sockets of the container runtime, and directories that pods may write to
//! (facts 19.5 and 19.6).

use super::agent::is_agent;
use super::node_paths::{HostPath, decides, is_socket, mounts, volumes};
use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::yaml::Node;

/// Sockets of the container runtime in a pod.
pub(super) fn sockets(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    if is_agent(inventory, workload) {
        return;
    }
    for HostPath { volume, path } in volumes(workload).filter(|one| is_socket(one.path.text())) {
        let mut draft = out
            .report(path, format!("{} may start any container on its node", workload.title()))
            .label("the socket of the container runtime")
            .help("build images with a program that needs no socket, or ask the Kubernetes API instead");
        if let Some(mount) = mounts(workload, volume).next() {
            draft = draft.also(mount.get("mountPath").unwrap_or(mount), "mounted here");
        }
        if let Some(way) = inventory.way_in(at) {
            draft
                .severity(Severity::Error)
                .also(way.at, "requests from outside come in here")
                .note(format!("{} leads requests from outside the cluster to these pods", way.title));
        }
    }
}

/// Directories of the node that a pod may write to and that decide what the node runs.
pub(super) fn writable(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    if is_agent(inventory, workload) {
        return;
    }
    for HostPath { volume, path } in volumes(workload) {
        let text = path.text();
        if !decides(text) || is_socket(text) {
            continue;
        }
        let read_only =
            |mount: &Node<'_>| mount.get("readOnly").is_some_and(|node| node.bool() == Some(true));
        let Some(mount) = mounts(workload, volume).find(|mount| !read_only(mount)) else { continue };
        out.report(
            mount.get("mountPath").unwrap_or(mount),
            format!("{} may write to `{text}` of its node", workload.title()),
        )
        .label("mounted without `readOnly: true`")
        .also(path, "a directory that decides what the node runs")
        .help("mount it with `readOnly: true`, or use a volume that is not a path of the node");
    }
}

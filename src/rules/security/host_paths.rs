//! Paths of the node that give it away: sockets of the container runtime, and directories that pods may write to
//! (facts 19.5 and 19.6).

use super::agent::is_agent;
use crate::files::path::is_below;
use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::kube::workload::Workload;
use crate::yaml::Node;

/// Sockets through which a pod starts containers of its choice on the node.
const SOCKETS: &[&str] =
    &["docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "podman.sock", "buildkitd.sock"];

/// Directories of a node from which whoever writes to them takes it over.
const SENSITIVE: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/opt/cni",
    "/proc",
    "/root",
    "/sbin",
    "/sys",
    "/usr",
    "/var/lib/kubelet",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/etcd",
    "/var/lib/rancher",
    "/var/log",
];

/// Directories below those that hold nothing of the node's own, or that a program only reads.
const HARMLESS: &[&str] = &[
    "/dev/log",
    "/dev/null",
    "/dev/shm",
    "/etc/localtime",
    "/etc/pki",
    "/etc/ssl/certs",
    "/etc/timezone",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
];

/// A volume that is a path of the node.
pub(super) struct HostPath<'a> {
    /// The volume.
    pub(super) volume: Node<'a>,
    /// Its path.
    pub(super) path: Node<'a>,
}

/// The volumes of a workload that are paths of the node.
pub(super) fn volumes<'a>(workload: &Workload<'a>) -> impl Iterator<Item = HostPath<'a>> + use<'a> {
    let read = |volume: Node<'a>| Some(HostPath { volume, path: volume.get("hostPath")?.get("path")? });
    workload.pod.spec.list("volumes").filter_map(read)
}

/// The mounts of a volume.
fn mounts<'a>(workload: &Workload<'a>, volume: Node<'a>) -> impl Iterator<Item = Node<'a>> + use<'a> {
    let spec = workload.pod.spec;
    let name = volume.get("name").map_or("", |name| name.text());
    let containers = spec.containers().chain(spec.init_containers());
    let mounts = containers.flat_map(|container| container.list("volumeMounts"));
    mounts.filter(move |mount| mount.get("name").is_some_and(|one| one.text() == name))
}

/// Whether a directory of the node decides what the node runs.
pub(super) fn decides(path: &str) -> bool {
    path.trim_end_matches('/').is_empty()
        || SENSITIVE.iter().any(|one| is_below(path, one)) && !HARMLESS.iter().any(|one| is_below(path, one))
}

pub(super) fn is_socket(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|file| SOCKETS.contains(&file))
}

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

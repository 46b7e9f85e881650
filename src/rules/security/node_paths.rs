//! Volumes that are paths of the node, and which of those decide what the node runs.

use crate::files::path::is_below;
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
pub(super) fn mounts<'a>(
    workload: &Workload<'a>,
    volume: Node<'a>,
) -> impl Iterator<Item = Node<'a>> + use<'a> {
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

/// Whether a path is the socket of a container runtime.
pub(super) fn is_socket(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|file| SOCKETS.contains(&file))
}

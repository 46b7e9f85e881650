//! Workloads that are there for their nodes: network plugins, storage drivers, collectors of logs and metrics. What they
//! take from the node is said once, as advice (fact 19.7).

use super::{node_paths, violations};
use crate::files::path::is_below;
use crate::finding::Out;
use crate::inventory::Inventory;
use crate::kube::image;
use crate::kube::pod_security::{Level, Topic};
use crate::kube::workload::{Workload, WorkloadKind};
use crate::rules::words::list;

/// Directories of a node that only those use that serve it, whatever makes the pods.
const DIRECTORIES: &[(&str, &str)] = &[
    ("/opt/cni", "a network plugin"),
    ("/etc/cni", "a network plugin"),
    ("/var/lib/cni", "a network plugin"),
    ("/var/lib/kubelet/device-plugins", "a device plugin"),
    ("/var/lib/kubelet/plugins", "a storage driver"),
    ("/var/lib/kubelet/plugins_registry", "a storage driver"),
    ("/var/lib/kubelet/pods", "a storage driver"),
    ("/var/lib/kubelet/volumeplugins", "a storage driver"),
    ("/usr/libexec/kubernetes/kubelet-plugins", "a storage driver"),
    ("/var/lib/calico", "a network plugin"),
    ("/etc/kubernetes", "a part of the control plane"),
];

/// The same for pods of a DaemonSet, which has one on each node.
const OF_EVERY_NODE: &[(&str, &str)] = &[
    ("/var/log", "a collector of logs"),
    ("/var/lib/docker/containers", "a collector of logs"),
    ("/lib/modules", "a network plugin"),
    ("/dev", "a storage driver or a device plugin"),
    ("/proc", "a monitoring agent"),
    ("/sys", "a monitoring agent"),
    ("/var/lib/kubelet", "a storage driver or a monitoring agent"),
    ("/etc/machine-id", "a collector of logs"),
    ("/run/systemd", "a monitoring agent"),
    ("/boot", "a monitoring agent"),
];

/// Programs that serve nodes, by the last part of their image.
const IMAGES: &[(&str, &str)] = &[
    ("agent-cilium", "a network plugin"),
    ("amazon-k8s-cni", "a network plugin"),
    ("antrea-agent", "a network plugin"),
    ("antrea-ubuntu", "a network plugin"),
    ("aws-node", "a network plugin"),
    ("cadvisor", "a monitoring agent"),
    ("cilium", "a network plugin"),
    ("csi-node-driver-registrar", "a storage driver"),
    ("datadog-agent", "a monitoring agent"),
    ("etcd", "a part of the control plane"),
    ("falco", "a monitoring agent"),
    ("flannel", "a network plugin"),
    ("frr", "a load balancer"),
    ("frr-k8s", "a load balancer"),
    ("fluent-bit", "a collector of logs"),
    ("install-cni", "a network plugin"),
    ("k8s-device-plugin", "a device plugin"),
    ("keepalived", "a load balancer"),
    ("keepalived-vip", "a load balancer"),
    ("kube-apiserver", "a part of the control plane"),
    ("kube-controller-manager", "a part of the control plane"),
    ("kube-proxy", "a network plugin"),
    ("kube-router", "a network plugin"),
    ("kube-scheduler", "a part of the control plane"),
    ("kube-vip", "a load balancer"),
    ("kured", "a maintainer of nodes"),
    ("longhorn-manager", "a storage driver"),
    ("multus", "a network plugin"),
    ("multus-cni", "a network plugin"),
    ("node", "a network plugin"),
    ("node-exporter", "a monitoring agent"),
    ("node-feature-discovery", "a monitoring agent"),
    ("node-local-dns", "a name server of each node"),
    ("node-problem-detector", "a monitoring agent"),
    ("k8s-dns-node-cache", "a name server of each node"),
    ("ovs-daemons", "a network plugin"),
    ("promtail", "a collector of logs"),
    ("speaker", "a load balancer"),
    ("startup-script", "a maintainer of nodes"),
    ("sysdig-agent", "a monitoring agent"),
    ("tetragon", "a monitoring agent"),
    ("weave-kube", "a network plugin"),
    ("weave-npc", "a network plugin"),
    ("windows-exporter", "a monitoring agent"),
    ("windows_exporter", "a monitoring agent"),
    ("ztunnel", "a network plugin"),
];

/// Whether a workload is there for its nodes and has access to them, so that one finding says all.
pub(super) fn is_agent<'a>(inventory: &Inventory<'a>, workload: &Workload<'a>) -> bool {
    purpose(workload).is_some()
        && !violations(inventory, workload, inventory.surroundings.level, of_baseline).is_empty()
}

fn of_baseline(topic: Topic) -> bool {
    topic.level() == Level::Baseline
}

/// What it does for them.
fn purpose(workload: &Workload<'_>) -> Option<&'static str> {
    let below = |directories: &'static [(&'static str, &'static str)]| {
        directories.iter().find(|(directory, _)| {
            node_paths::volumes(workload).any(|volume| is_below(volume.path.text(), directory))
        })
    };
    let of_every_node = workload.kind == WorkloadKind::DaemonSet;
    let images = || {
        let containers = workload.pod.spec.containers().chain(workload.pod.spec.init_containers());
        let mut names = containers.filter_map(|one| image::parse(one.image_text())).map(|one| one.name);
        names.find_map(|name| IMAGES.iter().find(|(known, _)| *known == name))
    };
    let found = below(DIRECTORIES)
        .or_else(|| of_every_node.then(images).flatten())
        .or_else(|| of_every_node.then(|| below(OF_EVERY_NODE)).flatten());
    found.map(|(_, purpose)| *purpose)
}

fn words(topic: Topic) -> Option<&'static str> {
    Some(match topic {
        Topic::Privileged => "privileged containers",
        Topic::HostNamespaces => "namespaces of the node",
        Topic::CapabilityAdded => "added capabilities",
        Topic::HostPath => "paths of the node",
        Topic::HostPort => "ports of the node",
        Topic::HostProcess => "processes of the node",
        Topic::ProcMount => "all of `/proc`",
        Topic::Seccomp => "no seccomp filter",
        Topic::AppArmor => "no AppArmor profile",
        Topic::SeLinux => "SELinux options",
        Topic::Sysctl => "kernel parameters",
        _ => return None,
    })
}

/// Says once what such a workload takes from its nodes.
pub(super) fn judge(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let Some(purpose) = purpose(workload) else { return };
    let level = inventory.surroundings.level;
    let found = violations(inventory, workload, level, of_baseline);
    let Some(first) = found.first() else { return };
    let mut taken: Vec<String> = Vec::new();
    for word in found.iter().filter_map(|one| words(one.topic)) {
        if !taken.iter().any(|known| known == word) {
            taken.push(word.to_owned());
        }
    }
    let title = workload.title();
    let (kind, name) = (workload.object.kind, workload.object.name);
    out.report(workload.object.anchor(), format!("{title} serves its nodes and has access to them"))
        .label(format!("looks like {purpose}; it uses {}", list(&taken, 3)))
        .also(first.at, first.what.clone())
        .note("no level of the Pod Security Standards but `privileged` admits it")
        .help(format!(
            "if this is intended, add to `overrides`: \
             {{object: {{kind: {kind}, name: {name}}}, ignore: [security], reason: {purpose}}}"
        ));
}

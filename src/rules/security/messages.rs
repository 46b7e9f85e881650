//! What is said of each topic: the headline, the words at the place, and what to do.

use crate::kube::pod_security::{Topic, Violation};
use crate::kube::workload::Workload;
use crate::rules::words::list;
use crate::yaml::Node;

/// The names of containers and volumes that violations are about, each once.
fn subjects(found: &[Violation<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for about in found.iter().filter_map(|one| one.about) {
        let name = format!("`{}`", about.get("name").map_or("", |name| name.text()));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// ``container `a` `` or ``containers `a` and `b` ``; the pods, where the pod itself is meant.
fn containers(found: &[Violation<'_>]) -> String {
    match subjects(found).as_slice() {
        [] => "its pods".to_owned(),
        [one] => format!("container {one}"),
        more => format!("containers {}", list(more, 2)),
    }
}

/// The texts at the places, each once.
fn values(found: &[Violation<'_>]) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in found.iter().map(|one| format!("`{}`", one.at.text())) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    list(&texts, 2)
}

/// The path of a volume.
pub(super) fn path<'a>(volume: Node<'a>) -> &'a str {
    volume.get("hostPath").and_then(|source| source.get("path")).map_or("", |path| path.text())
}

fn paths(found: &[Violation<'_>]) -> String {
    let paths = found.iter().filter_map(|one| one.about).map(|volume| format!("`{}`", path(volume)));
    list(&paths.collect::<Vec<_>>(), 2)
}

/// The namespaces that a pod shares with the node.
fn namespaces(workload: &Workload<'_>, found: &[Violation<'_>]) -> String {
    let words = [("hostNetwork", "the network"), ("hostPID", "the processes"), ("hostIPC", "the IPC")];
    let shared = words.iter().filter(|(field, _)| {
        let node = workload.pod.spec.0.get(field);
        found.iter().any(|one| node == Some(one.at))
    });
    list(&shared.map(|(_, word)| (*word).to_owned()).collect::<Vec<_>>(), 3)
}

/// The first line of a finding.
pub(super) fn headline(workload: &Workload<'_>, topic: Topic, found: &[Violation<'_>]) -> String {
    let title = workload.title();
    let containers = containers(found);
    match topic {
        Topic::Privileged => format!("{title} runs {containers} as privileged"),
        Topic::HostNamespaces => format!("{title} shares {} of its node", namespaces(workload, found)),
        Topic::CapabilityAdded => format!("{title} adds {} to {containers}", values(found)),
        Topic::HostPath => format!("{title} mounts {} of its node", paths(found)),
        Topic::HostPort if found.len() > 1 => format!("{title} takes ports {} of its node", values(found)),
        Topic::HostPort => format!("{title} takes port {} of its node", values(found)),
        Topic::HostProbe => format!("{title} makes the kubelet call {}", values(found)),
        Topic::AppArmor => format!("{title} runs {containers} without an AppArmor profile"),
        Topic::SeLinux => format!("{title} gives {containers} SELinux options of its own"),
        Topic::ProcMount => format!("{title} shows all of `/proc` to {containers}"),
        Topic::Seccomp => format!("{title} runs {containers} without a seccomp filter"),
        Topic::Sysctl => format!("{title} sets kernel parameters of its node: {}", values(found)),
        Topic::HostProcess => format!("{title} runs {containers} as processes of the Windows node"),
        Topic::VolumeType => format!("{title} uses volumes of other types: {}", values(found)),
        Topic::Escalation => format!("{title} lets {containers} gain privileges"),
        Topic::NonRoot => format!("{title} does not forbid {containers} to run as root"),
        Topic::Root => format!("{title} runs {containers} as root"),
        Topic::CapabilitiesDropped => format!("{title} leaves default capabilities to {containers}"),
    }
}

/// The words at a place.
pub(super) fn label(topic: Topic, violation: &Violation<'_>) -> String {
    match topic {
        Topic::Privileged => "every right on the node".to_owned(),
        Topic::HostPath => format!("`{}` of the node", violation.about.map_or("", path)),
        _ => violation.what.clone(),
    }
}

/// What to do.
pub(super) fn help(workload: &Workload<'_>, topic: Topic, found: &[Violation<'_>]) -> &'static str {
    match topic {
        Topic::Privileged => {
            "remove `privileged`, and add the single capabilities that the program needs; where it changes the node itself, configure the node instead"
        }
        Topic::HostNamespaces => {
            "remove the field unless the program needs the node itself; pods have Services, ports and shared volumes"
        }
        Topic::CapabilityAdded => {
            "remove the capability, or accept it with a reason where the program cannot do without"
        }
        Topic::HostPath => {
            "use a PersistentVolumeClaim, an `emptyDir` or a ConfigMap instead of a path of the node"
        }
        Topic::HostPort => {
            "let a Service lead to the pods, and remove `hostPort`, or `hostNetwork`, which makes every port one of the node"
        }
        Topic::HostProbe if workload.pod.spec.host_network().is_some() => {
            "remove `host`, or use an `exec` probe if the program is to listen on the node's loopback address only"
        }
        Topic::HostProbe => "remove `host`, and let the program listen on the address of the pod",
        // Annotations have other words than the field.
        Topic::AppArmor if found.iter().all(|one| one.at.text() != "Unconfined") => {
            "set the annotation to `runtime/default`, or remove it"
        }
        Topic::AppArmor => "set the profile to `RuntimeDefault`",
        Topic::SeLinux => "remove `user` and `role`, and keep one of the container types",
        Topic::ProcMount => "remove `procMount`, so that the usual paths are hidden",
        Topic::Seccomp => "set `securityContext.seccompProfile.type` to `RuntimeDefault`",
        Topic::Sysctl => "set the parameter on the node, or keep to those that belong to the pod",
        Topic::HostProcess => "remove `hostProcess` and run the program in a container",
        Topic::VolumeType => "put the storage behind a PersistentVolumeClaim",
        Topic::Escalation => "set `allowPrivilegeEscalation: false` for each container",
        Topic::NonRoot => "set `runAsNonRoot: true` for the pod, and a user in the image or in `runAsUser`",
        Topic::Root => "set `runAsUser` to a user other than 0, or remove it",
        Topic::CapabilitiesDropped => {
            "set `capabilities.drop: [ALL]`, and add only `NET_BIND_SERVICE` where it is needed"
        }
    }
}

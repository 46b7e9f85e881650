//! One control of the standards, compared with every pod of a unit.

use super::{agent, is_final, is_own, mend, messages, node_paths, violations};
use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::kube::pod_security::{Level, Topic, Violation};
use crate::rules::pods_refused::is_openshift;
use crate::yaml::Node;

/// Places beside the first one that are shown.
const SHOWN: usize = 4;

/// Topics that lead from a pod to its node: whoever takes over such a pod has more than the pod.
fn leads_to_node(topic: Topic, found: &[Violation<'_>]) -> bool {
    match topic {
        Topic::Privileged | Topic::HostNamespaces | Topic::HostProcess | Topic::ProcMount => true,
        Topic::HostPath => {
            let mut paths = found.iter().filter_map(|one| one.about).map(messages::path);
            paths.any(|path| node_paths::decides(path) || node_paths::is_socket(path))
        }
        Topic::CapabilityAdded => found.iter().any(|one| GRAVE.contains(&one.at.text())),
        _ => false,
    }
}

/// Capabilities with which a container gets hold of its node.
const GRAVE: &[&str] = &[
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "NET_ADMIN",
    "PERFMON",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
];

/// Reports what the pods of a unit violate of one topic, once for each workload.
pub(super) fn judge(inventory: &Inventory<'_>, topic: Topic, out: &mut Out) {
    let level = inventory.surroundings.level.max(topic.level());
    // OpenShift fills in what the level `restricted` asks for.
    let completed = topic.level() == Level::Restricted && is_openshift(inventory);
    for (at, workload) in inventory.workloads.iter().enumerate().filter(|_| !completed) {
        let whole = is_final(inventory, workload);
        if !whole && !is_own(inventory, workload) {
            continue;
        }
        let mut found = violations(inventory, workload, level, |one| one == topic);
        // A part of a workload may leave out what another part says.
        found.retain(|one| whole || one.is_written());
        if found.is_empty() || agent::is_agent(inventory, workload) {
            continue;
        }
        report(inventory, at, topic, &found, out);
    }
}

fn report<'a>(inventory: &Inventory<'a>, at: usize, topic: Topic, found: &[Violation<'a>], out: &mut Out) {
    let workload = &inventory.workloads[at];
    let first = &found[0];
    let mut draft = out
        .report(first.at, messages::headline(workload, topic, found))
        .label(messages::label(topic, first))
        .help(messages::help(workload, topic, found))
        .fix_if(mend::fix(inventory, workload, topic, found));
    let mut places: Vec<Node<'a>> = vec![first.at];
    for other in &found[1..] {
        if places.len() <= SHOWN && !places.contains(&other.at) {
            places.push(other.at);
            draft = draft.also(other.at, messages::label(topic, other));
        }
    }
    if let Some(way) = inventory.way_in(at).filter(|_| leads_to_node(topic, found)) {
        draft
            .severity(Severity::Error)
            .also(way.at, "requests from outside come in here")
            .note(format!("{} leads requests from outside the cluster to these pods", way.title));
    }
}

//! What holds replicas together besides affinity: volumes, ports of the node, a node's name, no controller.

use super::words::{all_replicas, label_bound, list, replicas};
use super::{Check, Rule, affinity, rule};
use crate::finding::{Out, Severity};
use crate::inventory::{Attach, Domain, Inventory, host_port, pin};
use crate::kube::workload::WorkloadKind;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("volume-pins-replicas", Check::Unit(volume_pins)),
    rule!("host-port-limits-replicas", Check::Unit(host_port_limits)),
    rule!("node-pinned", Check::Unit(node_pinned)),
    rule!("bare-pod", Check::Unit(bare_pod)),
];

fn volume_pins(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        let workload = &inventory.workloads[at];
        let Some(range) = inventory.replicas(at).filter(|range| range.ceiling.count >= 2) else {
            continue;
        };
        let claims = inventory.shared_claims(at);
        let by_pod = claims.iter().find(|claim| claim.attach == Attach::OnePod);
        let Some(claim) = by_pod.or(claims.first()).filter(|_| !workload.is_owned()) else {
            continue;
        };
        // Held on one node on purpose, or for a reason that is reported as such.
        let together = inventory.surroundings.nodes == Some(1)
            || pin(workload.pod.spec).is_some()
            || affinity::packing(inventory, at).is_some_and(|term| term.domain() == Some(Domain::Host));
        if claim.attach == Attach::OneNode && together {
            continue;
        }
        let (name, volume, all) = (workload.object.name, claim.at.text(), all_replicas(&range));
        let apart = inventory
            .spreaders(at)
            .into_iter()
            .find(|spreader| spreader.own.is_yes() && spreader.is_strict() && spreader.domain().is_some());
        let (severity, message) = match (claim.attach, &apart) {
            (Attach::OnePod, _) => {
                (Severity::Error, format!("{all} of `{name}` mount the ReadWriteOncePod claim `{volume}`"))
            }
            (Attach::OneNode, Some(spreader)) => (
                Severity::Warning,
                format!(
                    "{all} of `{name}` share the claim `{volume}`, but the {} keeps them apart",
                    spreader.noun()
                ),
            ),
            (Attach::OneNode, None) => {
                let severity = if claim.local { Severity::Info } else { Severity::Warning };
                (severity, format!("{all} of `{name}` share the ReadWriteOnce claim `{volume}`"))
            }
        };
        let mut draft =
            out.report(claim.at, message).severity(severity).label("one claim for every replica").also(
                claim.mode,
                if claim.attach == Attach::OnePod {
                    "for one pod at a time"
                } else {
                    "for one node at a time"
                },
            );
        if let Some(place) = apart.as_ref().and_then(|spreader| spreader.topology_key()) {
            draft = draft.also(place, "spreads the replicas over this key");
        }
        draft = label_bound(draft, inventory, &range.ceiling);
        draft = draft.note(match claim.local && apart.is_none() && claim.attach == Attach::OneNode {
            true => "the volume is a directory of one node, so all of them run there and are lost with it",
            false => "replicas on another node wait for the volume and never start",
        });
        draft.help(match workload.kind {
            WorkloadKind::StatefulSet => "give each replica its own claim with `volumeClaimTemplates`",
            _ => "use a ReadWriteMany volume, or a StatefulSet with `volumeClaimTemplates`, or one replica",
        });
    }
}

fn host_port_limits(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        let workload = &inventory.workloads[at];
        let range = inventory.replicas(at).filter(|range| range.ceiling.count >= 2);
        let (Some(range), Some(port), false) = (range, host_port(workload.pod.spec), workload.is_owned())
        else {
            continue;
        };
        let count = range.ceiling.count;
        let nodes = inventory.surroundings.nodes.map(i64::from);
        // Whoever asks for a node each knows that he needs as many.
        let asked_for = inventory.spreaders(at).iter().any(|spreader| {
            spreader.is_strict() && spreader.domain() == Some(Domain::Host) && spreader.own.is_yes()
        });
        if asked_for || pin(workload.pod.spec).is_some() || nodes.is_some_and(|nodes| nodes > count) {
            continue;
        }
        let (name, number) = (workload.object.name, port.port);
        let count = replicas(&range);
        let mut message =
            format!("port {number} of a node serves one pod of `{name}`, so {count} need as many nodes");
        let mut severity = Severity::Info;
        if let Some(nodes) = nodes.filter(|nodes| *nodes < range.ceiling.count) {
            message += &format!(" and the cluster has {nodes}");
            severity = Severity::Warning;
        }
        let label = if port.network {
            format!("makes port {number} a port of the node")
        } else {
            "taken from the node".to_owned()
        };
        let draft = out.report(port.at, message).severity(severity).label(label);
        label_bound(draft, inventory, &range.ceiling)
            .help("use a Service to reach the pods, or a DaemonSet if each node needs one");
    }
}

fn node_pinned(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        let workload = &inventory.workloads[at];
        let range = inventory.replicas(at).filter(|range| range.ceiling.count >= 2);
        let (Some(range), Some(pin), false) = (range, pin(workload.pod.spec), workload.is_owned()) else {
            continue;
        };
        if inventory.surroundings.nodes == Some(1) {
            continue;
        }
        let (name, node, all) = (workload.object.name, pin.at.text(), all_replicas(&range));
        let message = format!("{all} of `{name}` are tied to node `{node}` and are gone when it is");
        let draft = out.report(pin.at, message).label(format!("`{}` leaves no other node", pin.field));
        label_bound(draft, inventory, &range.ceiling)
            .help("select nodes by a label that several of them carry");
    }
}

fn bare_pod(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        let workload = &inventory.workloads[at];
        if workload.kind != WorkloadKind::Pod || !inventory.is_whole(at) || is_kept_otherwise(inventory, at) {
            continue;
        }
        let services = inventory.certain_services(at);
        // A controller whose pods stand behind the same Service would adopt the Pod or outlive it.
        let controlled = |service: &usize| {
            let mut pods = inventory.service_pods(*service).iter();
            pods.any(|one| inventory.workloads[one.workload].kind != WorkloadKind::Pod)
        };
        let left: Vec<usize> = services.iter().copied().filter(|service| !controlled(service)).collect();
        let Some(&first) = left.first() else {
            continue;
        };
        let titles: Vec<String> = left.iter().map(|at| inventory.services[*at].object.title()).collect();
        let message = format!("Pod `{}` has no controller", workload.object.name);
        out.report(workload.object.anchor(), message)
            .label("nothing replaces it when its node fails or is drained")
            .note(format!("{} has no such pod until somebody creates it again", list(&titles, 3)))
            .also(inventory.services[first].object.anchor(), "sends its traffic to this Pod")
            .help("make it a Deployment, or a StatefulSet if it keeps data");
    }
}

/// Pods that something else looks after, or that are meant to end.
fn is_kept_otherwise(inventory: &Inventory<'_>, at: usize) -> bool {
    let workload = &inventory.workloads[at];
    let metadata = workload.object.metadata();
    let policy = workload.pod.spec.0.get("restartPolicy").map_or("Always", |policy| policy.text());
    metadata.and_then(|metadata| metadata.get("ownerReferences")).is_some()
        || workload.object.annotation("kubernetes.io/config.mirror").is_some()
        || workload.is_hook()
        || policy != "Always"
}

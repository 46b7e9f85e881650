//! Policies that let pods out to their peers and not to DNS (fact 15.10).

use foldhash::{HashMap, HashMapExt};

use crate::finding::Out;
use crate::inventory::{Direction, HostUse, Inventory, Outcome, Policy};
use crate::text::placeholder::is_placeholder;
use crate::yaml::{Node, Scalar};

pub fn blocks_dns(inventory: &Inventory<'_>, out: &mut Out) {
    let policies = inventory.policies();
    let egress: Vec<&Policy<'_>> = policies.iter().filter(|one| one.restricts(Direction::Egress)).collect();
    if egress.is_empty() || inventory.has_other_policies() {
        return;
    }
    // Policies add up: one that may be about a workload and may let it out to DNS is enough.
    let mut open: HashMap<usize, bool> = HashMap::new();
    for policy in &egress {
        let lets_out = policy.rules(Direction::Egress).any(|rule| may_reach_dns(policy, rule));
        for pod in &policy.pods {
            *open.entry(pod.workload).or_insert(false) |= lets_out;
        }
    }
    let mut hosts: HashMap<usize, &HostUse<'_>> = HashMap::new();
    for host in inventory.hosts().iter().filter(|host| asks_dns(host)) {
        hosts.entry(host.workload).or_insert(host);
    }
    for policy in egress {
        // A policy without any rule closes a namespace, and others open it again.
        if policy.rules(Direction::Egress).next().is_none() || inventory.is_incomplete(&policy.object) {
            continue;
        }
        let shut =
            policy.pods.iter().filter(|pod| pod.certain.is_yes() && open.get(&pod.workload) == Some(&false));
        let found =
            shut.filter_map(|pod| Some((pod.workload, *hosts.get(&pod.workload)?))).find(|(at, _)| {
                let workload = &inventory.workloads[*at];
                workload.pod.spec.host_network().is_none() && !inventory.is_patched(&workload.object)
            });
        let (Some((at, host)), Some(field)) = (found, policy.field(Direction::Egress)) else { continue };
        let title = inventory.workloads[at].title();
        out.report(field.key, format!("{} does not let {title} ask DNS", policy.object.title()))
            .label("no rule allows port 53")
            .also(host.at, format!("`{}` holds a name that must be resolved", host.variable))
            .help("add an egress rule for port 53, UDP and TCP, to the pods of the cluster's DNS in `kube-system`");
    }
}

fn asks_dns(host: &HostUse<'_>) -> bool {
    matches!(host.outcome, Outcome::Services(_) | Outcome::Pod { .. } | Outcome::Missing { .. })
}

/// Whether a rule may let DNS through: not pods of the own namespace only, and not other ports only.
fn may_reach_dns(policy: &Policy<'_>, rule: Node<'_>) -> bool {
    let mut peers = rule.get("to").into_iter().flat_map(|list| list.items()).peekable();
    let own_only = |peer: Node<'_>| {
        peer.get("podSelector").is_some()
            && peer.get("namespaceSelector").is_none()
            && policy.object.namespace != Some("kube-system")
    };
    let anybody = peers.peek().is_none() || !peers.all(own_only);
    let mut ports = rule.get("ports").into_iter().flat_map(|list| list.items()).peekable();
    anybody && (ports.peek().is_none() || ports.any(is_dns))
}

/// Whether a port is one of DNS: 53, the 5353 of OpenShift, a range with it, a name, or no number at all.
fn is_dns(port: Node<'_>) -> bool {
    let Some(node) = port.get("port") else { return true };
    let Some(first) = node.int() else {
        return !matches!(node.scalar(), Some(Scalar::Str(name)) if !is_placeholder(name) && !name.contains("dns") && !name.contains("domain"));
    };
    let last = port.get("endPort").and_then(|node| node.int()).unwrap_or(first);
    [53, 5353, 8053, 1053].iter().any(|dns| (first..=last).contains(dns))
}

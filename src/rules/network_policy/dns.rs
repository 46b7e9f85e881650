//! Policies that let pods out to their peers and not to DNS (fact 15.10).

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

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
    let shut = Shut::read(inventory, &egress);
    for policy in egress {
        // A policy without any rule closes a namespace, and others open it again.
        if policy.rules(Direction::Egress).next().is_none() || inventory.is_incomplete(&policy.object) {
            continue;
        }
        let (Some(host), Some(field)) = (shut.first(inventory, policy), policy.field(Direction::Egress))
        else {
            continue;
        };
        let title = inventory.workloads[host.workload].title();
        out.report(field.key, format!("{} does not let {title} ask DNS", policy.object.title()))
            .label("no rule allows port 53")
            .also(host.at, format!("`{}` holds a name that must be resolved", host.variable))
            .help("add an egress rule for port 53, UDP and TCP, to the pods of the cluster's DNS in `kube-system`");
    }
}

/// The workloads that ask DNS and that no policy may let out to it, with a host that they use.
struct Shut<'i, 'a> {
    by_workload: HashMap<usize, &'i HostUse<'a>>,
    /// The first of each namespace.
    by_namespace: HashMap<Option<&'a str>, &'i HostUse<'a>>,
}

impl<'i, 'a> Shut<'i, 'a> {
    /// Policies add up: one that may be about a workload and may let it out to DNS is enough.
    fn read(inventory: &'i Inventory<'a>, egress: &[&Policy<'a>]) -> Self {
        let mut open: HashSet<usize> = HashSet::new();
        let mut open_namespaces: HashSet<Option<&str>> = HashSet::new();
        for policy in
            egress.iter().filter(|one| one.rules(Direction::Egress).any(|rule| may_reach_dns(one, rule)))
        {
            if policy.everything {
                open_namespaces.insert(inventory.namespace(&policy.object));
            }
            open.extend(policy.pods.iter().map(|pod| pod.workload));
        }
        let is_open = |at: usize, namespace: Option<&'a str>| match namespace {
            // One that is left open may be any.
            None => !open_namespaces.is_empty() || open.contains(&at),
            some => open_namespaces.contains(&some) || open_namespaces.contains(&None) || open.contains(&at),
        };
        let mut shut = Shut { by_workload: HashMap::new(), by_namespace: HashMap::new() };
        for host in inventory.hosts().iter().filter(|host| asks_dns(host)) {
            let workload = &inventory.workloads[host.workload];
            let namespace = inventory.namespace(&workload.object);
            let apart = workload.pod.spec.host_network().is_some() || inventory.is_patched(&workload.object);
            if !apart && !is_open(host.workload, namespace) {
                shut.by_workload.entry(host.workload).or_insert(host);
                shut.by_namespace.entry(namespace).or_insert(host);
            }
        }
        shut
    }

    /// The first of those that a policy is surely about.
    fn first(&self, inventory: &Inventory<'a>, policy: &Policy<'a>) -> Option<&'i HostUse<'a>> {
        if policy.everything {
            return self.by_namespace.get(&inventory.namespace(&policy.object)).copied();
        }
        let sure = policy.pods.iter().filter(|pod| pod.certain.is_yes());
        sure.filter_map(|pod| self.by_workload.get(&pod.workload)).copied().next()
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

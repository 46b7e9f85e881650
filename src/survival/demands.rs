//! What a workload asks of nodes, and the placement problem that it and its neighbours make.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use smol_str::SmolStr;

use super::cluster::{Cluster, MADE_UP, Node, Taint};
use super::problem::{Pods, Problem, Room, Spread, Term};
use crate::inventory::{self, Inventory};
use crate::kube::pod::{PodSpec, Role};
use crate::kube::quantity::Quantity;
use crate::kube::selector::Match;
use crate::kube::workload::WorkloadKind;
use crate::yaml::Node as Yaml;

/// Labels that controllers give to the pods of one revision.
const REVISION: &[&str] = &["pod-template-hash", "controller-revision-hash"];

/// Which workloads have a say in the placement of which others, by terms, constraints and ports.
#[derive(Clone, Debug, Default)]
pub struct Ties {
    of: Vec<Vec<usize>>,
}

/// Placements of more workloads than this are not enumerated together.
const TOGETHER: usize = 4;

impl Ties {
    /// Finds them by the inventory's indexes, so that workloads without terms cost nothing.
    pub fn new(inventory: &Inventory<'_>, cluster: &Cluster) -> Self {
        let mut of = vec![Vec::new(); inventory.workloads.len()];
        let mut by_port: HashMap<u32, Vec<usize>> = HashMap::new();
        let tie = |of: &mut Vec<Vec<usize>>, one: usize, other: usize| {
            if one != other && !of[one].contains(&other) {
                of[one].push(other);
                of[other].push(one);
            }
        };
        for at in 0..inventory.workloads.len() {
            let spec = inventory.workloads[at].pod.spec;
            let terms =
                ["podAntiAffinity", "podAffinity"].into_iter().flat_map(|key| inventory::terms(spec, key));
            for term in terms.filter(|term| term.required) {
                // Terms may reach into other namespaces.
                for other in term
                    .selector
                    .iter()
                    .flat_map(|selector| inventory.select_lazily(None, selector))
                    .take(MOST)
                {
                    if inventory.term_selects(&term, at, other.workload) == Match::Yes {
                        tie(&mut of, at, other.workload);
                    }
                }
            }
            for constraint in hard_constraints(spec) {
                let selector = constraint.selector.iter().filter(|selector| !selector.is_empty());
                for other in selector.flat_map(|selector| inventory.select_lazily(None, selector)).take(MOST)
                {
                    if counts(inventory, &constraint, at, other.workload) {
                        tie(&mut of, at, other.workload);
                    }
                }
            }
            for port in ports(spec) {
                let users = by_port.entry(port).or_default();
                users.iter().take(TOGETHER).for_each(|other| tie(&mut of, at, *other));
                users.push(at);
            }
        }
        // Whoever asks for room competes for it. Of many workloads each is judged as if the others left it enough.
        let limited = cluster.nodes.iter().any(|node| node.room != Room::default());
        if limited && inventory.workloads.len() <= TOGETHER {
            for one in 0..inventory.workloads.len() {
                for other in one + 1..inventory.workloads.len() {
                    tie(&mut of, one, other);
                }
            }
        }
        Ties { of }
    }

    /// The workload and those that its placement depends on, or nothing if they are too many.
    pub fn around(&self, at: usize) -> Option<Vec<usize>> {
        let mut found = vec![at];
        let mut next = 0;
        while let Some(&one) = found.get(next) {
            next += 1;
            for &other in &self.of[one] {
                if !found.contains(&other) {
                    found.push(other);
                }
                if found.len() > TOGETHER {
                    return None;
                }
            }
        }
        Some(found)
    }
}

/// Workloads that one selector is followed to.
const MOST: usize = 64;

fn hard_constraints<'a>(spec: PodSpec<'a>) -> impl Iterator<Item = inventory::Constraint<'a>> {
    let hard = |node: Yaml<'_>| node.get("whenUnsatisfiable").is_none_or(|it| it.text() == "DoNotSchedule");
    inventory::constraints(spec).into_iter().filter(move |one| hard(one.node))
}

/// Whether a constraint of one workload counts the pods of another. Only its own namespace is counted.
fn counts(
    inventory: &Inventory<'_>,
    constraint: &inventory::Constraint<'_>,
    own: usize,
    other: usize,
) -> bool {
    if own == other {
        return inventory.constraint_counts_self(constraint, own) == Match::Yes;
    }
    let same = inventory.deployed_together(own, other);
    let Some(selector) = constraint.selector.as_ref().filter(|selector| same && !selector.is_empty()) else {
        return false;
    };
    let mut keys = constraint.node.get("matchLabelKeys").into_iter().flat_map(|list| list.items());
    selector.matches(inventory.labels(other)) == Match::Yes
        && keys.all(|key| {
            let value = |at: usize| inventory.labels(at).get(key.text()).map(|pair| pair.value);
            !REVISION.contains(&key.text()) && value(own) == value(other)
        })
}

/// Terms that are not worth looking for their labels on all nodes.
const FEW: usize = 8;

/// What one workload asks of nodes, before it is known where their labels divide them. Equal ones make equal problems.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Demand {
    /// Nodes that affinity leaves and nodes whose taints are tolerated; `None` where all are both.
    nodes: Option<(Vec<bool>, Vec<bool>)>,
    asks: Room,
    ports: Vec<u32>,
    apart: Vec<Keyed>,
    together: Vec<Keyed>,
    spread: Vec<Evenly>,
}

/// A term of required pod affinity or anti-affinity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Keyed {
    key: SmolStr,
    selects: Vec<bool>,
    of_revision: bool,
}

/// A spread constraint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Evenly {
    key: SmolStr,
    counts: Vec<bool>,
    max_skew: i64,
    min_domains: usize,
    honours_affinity: bool,
    honours_taints: bool,
}

/// The problem of these workloads with this many pods each.
pub fn problem(inventory: &Inventory<'_>, cluster: &Cluster, workloads: &[(usize, usize)]) -> Problem {
    let all: Vec<usize> = workloads.iter().map(|one| one.0).collect();
    let demands: Vec<Demand> = all.iter().map(|at| Demand::read(inventory, cluster, &all, *at)).collect();
    let replicas: Vec<usize> = workloads.iter().map(|one| one.1).collect();
    pose(&demands, &replicas, cluster)
}

/// The problem that demands make on a cluster.
pub fn pose(demands: &[Demand], replicas: &[usize], cluster: &Cluster) -> Problem {
    let pods = demands.iter().zip(replicas).map(|(demand, replicas)| demand.pods(*replicas, cluster));
    Problem { rooms: cluster.rooms(), zones: cluster.domains(super::cluster::ZONE), pods: pods.collect() }
}

impl Demand {
    /// Reads what one of several workloads asks, of nodes that are those of a cluster or like them. What is said twice
    /// is one, and so are constraints that differ in `maxSkew` alone; anti-affinity over a label that no node has, or
    /// from nobody, keeps nobody out (fact 17.5).
    pub fn read(inventory: &Inventory<'_>, cluster: &Cluster, all: &[usize], at: usize) -> Self {
        let spec = inventory.workloads[at].pod.spec;
        let read = |term: &inventory::Term<'_>| {
            let selects = |other: &usize| inventory.term_selects(term, at, *other) == Match::Yes;
            let keys = term.node.get("matchLabelKeys").into_iter().flat_map(|list| list.items());
            Some(Keyed {
                key: term.topology_key?.text().into(),
                selects: all.iter().map(selects).collect(),
                of_revision: keys.into_iter().any(|key| REVISION.contains(&key.text())),
            })
        };
        let terms = |key: &str| -> Vec<Keyed> {
            let mut known = HashSet::new();
            let required = inventory::terms(spec, key).into_iter().filter(|one| one.required);
            required.filter_map(|one| read(&one)).filter(|one| known.insert(one.clone())).collect()
        };
        let mut apart = terms("podAntiAffinity");
        apart.retain(|term| term.selects.contains(&true));
        if apart.len() > FEW {
            let labels = cluster.keys();
            apart.retain(|term| labels.contains(cluster.label(&term.key)));
        }
        Demand {
            nodes: eligible(inventory, cluster, at),
            asks: asks(spec),
            ports: ports(spec),
            apart,
            together: terms("podAffinity"),
            spread: evenly(inventory, cluster, all, at),
        }
    }

    /// Whether anything but room counts.
    pub fn has_terms(&self) -> bool {
        !self.apart.is_empty() || !self.together.is_empty() || !self.spread.is_empty()
    }

    fn pods(&self, replicas: usize, cluster: &Cluster) -> Pods {
        let open = || vec![true; cluster.nodes.len()];
        let (by_affinity, by_taints) = self.nodes.clone().unwrap_or_else(|| (open(), open()));
        let term = |one: &Keyed| Term {
            domains: cluster.domains(&one.key),
            selects: one.selects.clone(),
            of_revision: one.of_revision,
        };
        let spread = |one: &Evenly| {
            let counted = by_affinity.iter().zip(&by_taints);
            let counted =
                counted.map(|it| (*it.0 || !one.honours_affinity) && (*it.1 || !one.honours_taints));
            Spread {
                domains: cluster.domains(&one.key),
                counts: one.counts.clone(),
                max_skew: one.max_skew,
                min_domains: one.min_domains,
                counted: counted.collect(),
            }
        };
        Pods {
            replicas,
            may_run: by_affinity.iter().zip(&by_taints).map(|one| *one.0 && *one.1).collect(),
            asks: self.asks,
            ports: self.ports.clone(),
            apart: self.apart.iter().map(term).collect(),
            together: self.together.iter().map(term).collect(),
            spread: self.spread.iter().map(spread).collect(),
        }
    }
}

/// Nodes that affinity leaves, and nodes whose taints are tolerated, if the nodes are real.
fn eligible(inventory: &Inventory<'_>, cluster: &Cluster, at: usize) -> Option<(Vec<bool>, Vec<bool>)> {
    let spec = inventory.workloads[at].pod.spec;
    let tolerant = inventory.workloads[at].kind == WorkloadKind::DaemonSet;
    cluster.real.then(|| {
        let nodes = || cluster.nodes.iter();
        let by_taints = nodes().map(|node| tolerant || tolerated(spec, node)).collect();
        (nodes().map(|node| chosen(spec, node)).collect(), by_taints)
    })
}

/// The hard spread constraints. Of those over one key that count the same, one that allows no more skew and asks for as
/// many domains stands for the other.
fn evenly(inventory: &Inventory<'_>, cluster: &Cluster, all: &[usize], at: usize) -> Vec<Evenly> {
    let policy = |node: Yaml<'_>, key: &str| node.get(key).map(|policy| policy.text() == "Honor");
    // More domains than that there never are.
    let most = cluster.nodes.len().max(MADE_UP) + 1;
    let read = |one: inventory::Constraint<'_>| {
        let number = |key: &str| one.node.get(key).and_then(|node| node.int());
        Some(Evenly {
            key: one.topology_key?.text().into(),
            counts: all.iter().map(|other| counts(inventory, &one, at, *other)).collect(),
            honours_affinity: policy(one.node, "nodeAffinityPolicy").unwrap_or(true),
            honours_taints: policy(one.node, "nodeTaintsPolicy").unwrap_or(false),
            max_skew: number("maxSkew").unwrap_or(1),
            min_domains: usize::try_from(number("minDomains").unwrap_or(1)).unwrap_or(0).clamp(1, most),
        })
    };
    let mut found: Vec<Evenly> =
        hard_constraints(inventory.workloads[at].pod.spec).filter_map(read).collect();
    found.sort_by_key(|one| (one.max_skew, Reverse(one.min_domains)));
    let mut asked: HashMap<_, usize> = HashMap::new();
    found.retain(|one| {
        let group = (one.key.clone(), one.counts.clone(), one.honours_affinity, one.honours_taints);
        let asked = asked.entry(group).or_insert(0);
        let stricter = one.min_domains > *asked;
        *asked = one.min_domains.max(*asked);
        stricter
    });
    found
}

/// What one pod asks for: the sum over what runs side by side, or the largest init container if that is more (fact
/// 17.3).
fn asks(spec: PodSpec<'_>) -> Room {
    let of = |resource: &str, scale: f64| -> Option<i64> {
        let amount = |container: crate::kube::pod::Container<'_>| {
            let written = |of: &str| container.node.get("resources")?.get(of)?.get(resource);
            let node = written("requests").or_else(|| written("limits"))?;
            Quantity::read(node).map(|quantity| (quantity.to_f64() * scale).ceil() as i64)
        };
        let running: i64 = spec.running_containers().filter_map(amount).sum();
        let (mut sidecars, mut start) = (0_i64, 0_i64);
        for container in spec.init_containers() {
            let own = amount(container).unwrap_or(0);
            start = start.max(sidecars.saturating_add(own));
            if container.role == Role::Sidecar {
                sidecars = sidecars.saturating_add(own);
            }
        }
        let overhead = spec.0.get("overhead").and_then(|overhead| Quantity::read(overhead.get(resource)?));
        let overhead = overhead.map_or(0, |quantity| (quantity.to_f64() * scale).ceil() as i64);
        Some(running.max(start).saturating_add(overhead)).filter(|sum| *sum > 0)
    };
    Room { cpu: of("cpu", 1000.0), memory: of("memory", 1.0), pods: None }
}

/// The ports of the node that a pod takes. Ports of different protocols do not conflict.
fn ports(spec: PodSpec<'_>) -> Vec<u32> {
    let network = spec.host_network().is_some();
    let number = |port: crate::kube::pod::ContainerPort<'_>| {
        let written = port.node.get("hostPort").and_then(|node| node.int()).filter(|port| *port > 0);
        let port_number = written.or(port.number.filter(|_| network))?;
        let protocol = match port.protocol {
            "UDP" => 1,
            "SCTP" => 2,
            _ => 0,
        };
        Some(u32::try_from(port_number).ok()? * 4 + protocol)
    };
    spec.ports().filter_map(number).collect()
}

/// Whether `nodeName`, `nodeSelector` and required node affinity let a pod onto a node (facts 17.1, 17.2).
fn chosen(spec: PodSpec<'_>, node: &Node) -> bool {
    if let Some(name) = spec.0.get("nodeName").filter(|name| !name.text().is_empty()) {
        return name.text() == node.name;
    }
    let has = |key: &str, value: &str| node.labels.get(key).is_some_and(|own| own == value);
    let pairs = spec.0.get("nodeSelector").into_iter().flat_map(|pairs| pairs.entries());
    let selected = pairs.into_iter().all(|pair| has(pair.key.text(), pair.value.text()));
    let required = spec.affinity("nodeAffinity");
    let required =
        required.and_then(|entry| entry.value.get("requiredDuringSchedulingIgnoredDuringExecution"));
    let terms = required.and_then(|required| required.get("nodeSelectorTerms"));
    selected && terms.is_none_or(|terms| terms.items().any(|term| meets(term, node)))
}

/// A term holds if all of its expressions do; one without any holds nowhere.
fn meets(term: Yaml<'_>, node: &Node) -> bool {
    let list = |key: &str| term.get(key).into_iter().flat_map(|list| list.items());
    if list("matchExpressions").chain(list("matchFields")).next().is_none() {
        return false;
    }
    let holds = |one: Yaml<'_>, value: Option<&str>| {
        let values: Vec<&str> = one
            .get("values")
            .into_iter()
            .flat_map(|values| values.items())
            .map(|value| value.text())
            .collect();
        let compared = |matches: fn(&i64, &i64) -> bool| {
            let numbers =
                value.and_then(|value| value.parse().ok()).zip(values.first().and_then(|it| it.parse().ok()));
            numbers.is_some_and(|(own, other)| matches(&own, &other))
        };
        match one.get("operator").map_or("", |operator| operator.text()) {
            "In" => value.is_some_and(|value| values.contains(&value)),
            "NotIn" => value.is_none_or(|value| !values.contains(&value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => compared(i64::gt),
            "Lt" => compared(i64::lt),
            _ => false,
        }
    };
    let key = |one: Yaml<'_>| one.get("key").map_or("", |key| key.text()).to_owned();
    list("matchExpressions").all(|one| holds(one, node.labels.get(&key(one)).map(String::as_str)))
        && list("matchFields")
            .all(|one| holds(one, (key(one) == "metadata.name").then_some(node.name.as_str())))
}

/// Whether a pod tolerates every hard taint of a node.
fn tolerated(spec: PodSpec<'_>, node: &Node) -> bool {
    let covers = |toleration: Yaml<'_>, taint: &Taint| {
        let text = |key: &str| toleration.get(key).map_or("", |node| node.text());
        let same_key =
            if text("key").is_empty() { text("operator") == "Exists" } else { text("key") == taint.key };
        let same_value = text("operator") == "Exists" || text("value") == taint.value;
        same_key && same_value && (text("effect").is_empty() || text("effect") == taint.effect)
    };
    node.taints.iter().all(|taint| spec.list("tolerations").any(|toleration| covers(toleration, taint)))
}

/// The number of nodes that a DaemonSet's pods run on.
pub fn daemon_nodes(inventory: &Inventory<'_>, cluster: &Cluster, at: usize) -> usize {
    eligible(inventory, cluster, at).map_or(cluster.nodes.len(), |(by_affinity, by_taints)| {
        by_affinity.iter().zip(&by_taints).filter(|one| *one.0 && *one.1).count()
    })
}

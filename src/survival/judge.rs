//! What stays of each workload after each event, and why.

use rayon::prelude::*;

use super::cluster::Cluster;
use super::demands::{self, Ties};
use super::evict::{self, Evictions, Refusal};
use super::place::{Past, Worst};
use super::quorum;
use super::rollout::rollout;
use super::why;
use crate::files::Span;
use crate::inventory::Inventory;
use crate::kube::workload::WorkloadKind;

/// What happens to the cluster or to the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The worst node is lost.
    Node,
    /// The worst zone is lost.
    Zone,
    /// A node is drained.
    Drain,
    /// The workload is rolled out.
    Rollout,
}

impl Event {
    /// All of them, in the order of the table.
    pub const ALL: [Event; 4] = [Event::Node, Event::Zone, Event::Drain, Event::Rollout];

    /// The word in requirements, options and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Event::Node => "node",
            Event::Zone => "zone",
            Event::Drain => "drain",
            Event::Rollout => "rollout",
        }
    }

    /// The event of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Event::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// A fact that decides, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Where it stands.
    pub span: Span,
    /// What it means, one clause.
    pub text: String,
}

/// How many pods stay in the worst case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The fewest pods that stay; `None` if that cannot be told.
    pub stay: Option<i64>,
    /// The drain or the rollout never ends.
    pub stuck: bool,
    /// Why, nearest first.
    pub because: Vec<Reason>,
    /// What does not come back by itself, one clause.
    pub returns: Option<String>,
}

/// One workload and what stays of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its position in the inventory.
    pub workload: usize,
    /// Kind and name.
    pub title: String,
    /// Its namespace, if one is set.
    pub namespace: Option<String>,
    /// Where it stands.
    pub span: Span,
    /// How many pods it has at least; `None` if that cannot be told. For a DaemonSet, one for each node.
    pub replicas: Option<i64>,
    /// How many pods it needs to work: one, or a majority of its members.
    pub needs: i64,
    /// The smallest number of nodes on which all pods run.
    pub nodes: Option<usize>,
    /// What stays, in the order of [`Event::ALL`].
    pub outcomes: [Outcome; 4],
    /// Numbers are bounds: the truth may be better.
    pub bounded: bool,
}

impl Row {
    /// What stays after an event.
    pub fn after(&self, event: Event) -> &Outcome {
        &self.outcomes[event as usize]
    }

    /// Whether it still works after an event; `None` if that cannot be told.
    pub fn survives(&self, event: Event) -> Option<bool> {
        let outcome = self.after(event);
        outcome.stay.map(|stay| stay >= self.needs && !outcome.stuck)
    }
}

/// What is known of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// These nodes.
    Nodes(Cluster),
    /// Nothing: the worst over clusters of every size on which all pods run.
    Nothing,
}

/// Judges every workload that keeps pods running.
pub fn judge(inventory: &Inventory<'_>, given: &Given) -> Vec<Row> {
    let empty = Cluster::default();
    let cluster = if let Given::Nodes(cluster) = given { cluster } else { &empty };
    let ties = Ties::new(inventory, cluster);
    let judged = |at: usize| {
        let workload = &inventory.workloads[at];
        let counts = !workload.is_temporary() && !workload.is_owned() && !workload.only_reserves();
        counts.then(|| row(inventory, given, &ties, at))
    };
    (0..inventory.workloads.len()).into_par_iter().filter_map(judged).collect()
}

fn row(inventory: &Inventory<'_>, given: &Given, ties: &Ties, at: usize) -> Row {
    let workload = &inventory.workloads[at];
    let daemon = workload.kind == WorkloadKind::DaemonSet;
    let replicas = replicas(inventory, given, at);
    let needs = replicas.map_or(1, |replicas| quorum::needs(workload, replicas));
    let placed = replicas.filter(|_| !daemon).map(|replicas| placed(inventory, given, ties, at, replicas));
    let (worst, nodes) = placed.unwrap_or((None, None));
    let [node, zone] = match (replicas, worst) {
        (Some(replicas), Some(worst)) => {
            let zone = worst.zone.map(|left| why::zone(inventory, at, replicas, left as i64));
            [why::node(inventory, at, replicas, worst.node as i64), zone.unwrap_or_else(unknown)]
        }
        // Every node has a pod of its own.
        (Some(replicas), None) if daemon && replicas > 0 => {
            let lost = Outcome { stay: Some((replicas - 1).max(1)), ..unknown() };
            [lost.clone(), lost]
        }
        _ => [unknown(), unknown()],
    };
    let drain = drain(inventory, at, replicas, worst, daemon);
    let rolled = rolled(inventory, given, ties, at, replicas);
    Row {
        workload: at,
        title: workload.title(),
        namespace: inventory.namespace(&workload.object).map(str::to_owned),
        span: workload.object.anchor().span(),
        replicas,
        needs,
        nodes,
        outcomes: [node, zone, drain, rolled],
        bounded: worst.is_some_and(|worst| worst.bounded),
    }
}

/// An outcome that cannot be told.
pub fn unknown() -> Outcome {
    Outcome { stay: None, stuck: false, because: Vec::new(), returns: None }
}

/// The fewest pods a workload has in normal operation.
fn replicas(inventory: &Inventory<'_>, given: &Given, at: usize) -> Option<i64> {
    match inventory.workloads[at].kind {
        WorkloadKind::Pod => Some(1),
        WorkloadKind::DaemonSet => match given {
            Given::Nodes(cluster) => i64::try_from(demands::daemon_nodes(inventory, cluster, at)).ok(),
            Given::Nothing => Some(2),
        },
        _ => inventory.replicas(at).map(|range| range.floor.count),
    }
}

/// Sizes of clusters that stand for all of them where none is given.
const SIZES: usize = 7;

/// The worst case over the given cluster, or over every cluster on which all pods run, and the size of the smallest
/// of those.
fn placed(
    inventory: &Inventory<'_>,
    given: &Given,
    ties: &Ties,
    at: usize,
    replicas: i64,
) -> (Option<Worst>, Option<usize>) {
    let count = |other: usize| {
        let count = if other == at { Some(replicas) } else { self::replicas(inventory, given, other) };
        count.and_then(|count| usize::try_from(count).ok())
    };
    let (around, alone) = match ties.around(at) {
        Some(around) => (around, false),
        None => (vec![at], true),
    };
    let Some(all) = around.into_iter().map(|at| Some((at, count(at)?))).collect::<Option<Vec<_>>>() else {
        return (None, None);
    };
    let worst = |cluster: &Cluster| {
        let mut worst = demands::problem(inventory, cluster, &all).worst(Past::Fresh).swap_remove(0);
        worst.bounded |= alone;
        worst
    };
    let Given::Nothing = given else {
        let Given::Nodes(cluster) = given else { return (None, None) };
        return (Some(worst(cluster)), None);
    };
    let wanted = all[0].1;
    let mut sizes: Vec<usize> = (1..=wanted.clamp(3, SIZES)).collect();
    sizes.extend((wanted > SIZES && wanted <= 64).then_some(wanted));
    let (mut found, mut smallest): (Option<Worst>, Option<usize>) = (None, None);
    for size in sizes {
        for zones in 1..=size.min(3) {
            let mut here = worst(&Cluster::even(size, zones));
            if here.scheduled < wanted {
                continue;
            }
            smallest = smallest.or(Some(size));
            // A cluster of one zone has none to lose.
            if zones == 1 {
                here.zone = None;
            }
            found = Some(match found {
                None => here,
                Some(one) => Worst {
                    zone: one.zone.into_iter().chain(here.zone).min(),
                    node: one.node.min(here.node),
                    two_nodes: one.two_nodes.min(here.two_nodes),
                    scheduled: one.scheduled.min(here.scheduled),
                    bounded: one.bounded || here.bounded,
                },
            });
        }
    }
    (found, smallest)
}

fn drain(
    inventory: &Inventory<'_>,
    at: usize,
    replicas: Option<i64>,
    worst: Option<Worst>,
    daemon: bool,
) -> Outcome {
    // `kubectl drain` leaves the pods of DaemonSets where they are (fact 17.14).
    if daemon {
        return Outcome { stay: replicas, ..unknown() };
    }
    let count = |other: usize| inventory.replicas(other).map(|range| range.floor.count);
    let Some(replicas) = replicas else {
        return unknown();
    };
    match evict::evictions(inventory, at, &count) {
        Evictions::Unknown => unknown(),
        Evictions::Free => match worst {
            Some(worst) => why::drained(inventory, at, replicas, worst.node as i64),
            None => unknown(),
        },
        Evictions::Limited(most, budget) => {
            let lost = worst.map_or(most, |worst| most.min(worst.scheduled as i64 - worst.node as i64));
            why::limited(inventory, at, replicas, (replicas - lost).max(0), budget)
        }
        Evictions::Refused(budget, refusal) => why::refused(inventory, replicas, budget, refusal),
    }
}

fn rolled(
    inventory: &Inventory<'_>,
    given: &Given,
    ties: &Ties,
    at: usize,
    replicas: Option<i64>,
) -> Outcome {
    let workload = &inventory.workloads[at];
    let Some((replicas, rollout)) =
        replicas.and_then(|replicas| Some((replicas, rollout(workload, replicas)?)))
    else {
        // A pod without a controller is never rolled out: whoever replaces it ends it first.
        return match workload.kind {
            WorkloadKind::Pod => why::bare(inventory, at),
            _ => unknown(),
        };
    };
    let mut outcome = why::rolled(inventory, at, replicas, &rollout);
    // With nothing to spare, the first new pod needs a place beside all old ones.
    if rollout.unavailable == 0 && rollout.surge > 0 && replicas > 0 {
        let more = (replicas + 1, replicas);
        if let Given::Nodes(_) = given {
            let (worst, _) = placed(inventory, given, ties, at, more.0);
            if worst.is_some_and(|worst| !worst.bounded && (worst.scheduled as i64) < more.0) {
                outcome.stuck = true;
                outcome.because.insert(0, why::no_place(inventory, at, more.1));
            }
        }
    }
    outcome
}

/// Why budgets refuse every eviction, for messages.
pub fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NoRoom => "the budget allows no eviction",
        Refusal::Two(_) => "two budgets select the pods, and the eviction API refuses that",
        Refusal::NoScale => "the budget cannot be computed for pods without a scalable controller",
    }
}

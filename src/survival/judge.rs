//! What stays of each workload after each event, and why.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::change::Change;
use super::cluster::Cluster;
pub use super::cluster::Given;
use super::demands::{self, Demand, Ties};
pub use super::event::Event;
use super::evict::{self, Evictions};
use super::outcome::unknown;
pub use super::outcome::{Outcome, Reason, Row};
use super::problem::{Past, Worst};
pub use super::question::Memory;
use super::question::{self, Answer, Question};
use super::quorum;
use super::rollout::{Rollout, rollout};
use super::why;
use crate::inventory::Inventory;
use crate::kube::workload::WorkloadKind;

/// Judges the workloads of one unit.
pub struct Judge<'i, 'a> {
    /// The unit.
    pub inventory: &'i Inventory<'a>,
    given: &'i Given,
    /// Nodes with the labels of those that are meant.
    like: Cow<'i, Cluster>,
    ties: Ties,
    around: Vec<OnceLock<Around>>,
    share: OnceLock<usize>,
    memory: Arc<Memory>,
}

/// The workloads whose placement one depends on, itself first.
struct Around {
    workloads: Vec<usize>,
    demands: Arc<[Demand]>,
    /// The others are too many and left out.
    alone: bool,
}

impl<'i, 'a> Judge<'i, 'a> {
    /// Gets ready to judge a unit on a cluster.
    pub fn new(inventory: &'i Inventory<'a>, given: &'i Given) -> Self {
        Judge::with(inventory, given, Arc::default())
    }

    /// The same, with what is remembered of other units on the same cluster.
    pub fn with(inventory: &'i Inventory<'a>, given: &'i Given, memory: Arc<Memory>) -> Self {
        let like = match given {
            Given::Nodes(cluster) => Cow::Borrowed(cluster),
            Given::Nothing => Cow::Owned(Cluster::even(1, 1)),
        };
        let ties = Ties::new(inventory, &like);
        let around = inventory.workloads.iter().map(|_| OnceLock::new()).collect();
        Judge { inventory, given, like, ties, around, share: OnceLock::new(), memory }
    }

    /// Every workload that keeps pods running, in the order of the inventory. Copies of one object are one.
    pub fn rows(&self) -> Vec<Row> {
        self.judged().into_par_iter().map(|at| self.row(at)).collect()
    }

    fn judged(&self) -> Vec<usize> {
        let mut known = HashSet::new();
        let judged = |at: &usize| {
            let workload = &self.inventory.workloads[*at];
            let counts = !workload.is_temporary() && !workload.is_owned() && !workload.serves_nobody();
            counts && (workload.object.name.is_empty() || known.insert(workload.object.identity()))
        };
        (0..self.inventory.workloads.len()).filter(judged).collect()
    }

    fn row(&self, at: usize) -> Row {
        let inventory = self.inventory;
        let workload = &inventory.workloads[at];
        let daemon = workload.kind == WorkloadKind::DaemonSet;
        let replicas = self.replicas(at);
        let needs = replicas.map_or(1, |replicas| quorum::needs(workload, replicas));
        let placed = replicas.filter(|_| !daemon).map(|replicas| self.placed(at, replicas, &[], Past::Fresh));
        let (worst, nodes) = placed.unwrap_or((None, None));
        let [node, two_nodes, zone] = match (replicas, worst) {
            (Some(replicas), Some(worst)) => {
                let zone = worst.zone.map(|left| why::zone(inventory, at, replicas, left as i64));
                [
                    why::nodes(inventory, at, replicas, worst.node as i64, 1),
                    why::nodes(inventory, at, replicas, worst.two_nodes as i64, 2),
                    zone.unwrap_or_else(unknown),
                ]
            }
            // Every node has a pod of its own.
            (Some(replicas), None) if daemon && replicas > 0 => {
                [1, 2, 1].map(|lost| Outcome { stay: Some((replicas - lost).max(1)), ..unknown() })
            }
            _ => [unknown(), unknown(), unknown()],
        };
        let evictions = replicas.map_or(Evictions::Unknown, |_| self.evictions(at));
        let drain = self.drain(at, replicas, worst, evictions);
        let rolled = self.rolled(at, replicas);
        let both = self.both(at, replicas, evictions, &drain, &rolled);
        Row {
            workload: at,
            title: workload.title(),
            namespace: inventory.namespace(&workload.object).map(str::to_owned),
            span: workload.object.anchor().span(),
            replicas,
            needs,
            nodes,
            on_each_node: daemon,
            outcomes: [node, two_nodes, zone, drain, rolled, both],
            bounded: worst.is_some_and(|worst| worst.bounded),
        }
    }

    /// The fewest pods a workload has in normal operation.
    fn replicas(&self, at: usize) -> Option<i64> {
        match self.inventory.workloads[at].kind {
            WorkloadKind::Pod => Some(1),
            WorkloadKind::DaemonSet => match self.given {
                Given::Nodes(cluster) => {
                    i64::try_from(demands::daemon_nodes(self.inventory, cluster, at)).ok()
                }
                Given::Nothing => Some(2),
            },
            _ => self.inventory.replicas(at).map(|range| range.floor.count),
        }
    }

    /// The worst case over the given cluster, or over every cluster on which all pods run, and the size of the
    /// smallest of those; with these changes made.
    fn placed(&self, at: usize, replicas: i64, changes: &[Change], past: Past) -> Answer {
        let Around { workloads, demands, alone } = self.around(at);
        let count = |other: &usize| {
            let count = if *other == at { Some(replicas) } else { self.replicas(*other) };
            count.and_then(|count| usize::try_from(count).ok())
        };
        let Some(replicas) = workloads.iter().map(count).collect() else {
            return (None, None);
        };
        let (demands, changes, alone) = (Arc::clone(demands), changes.to_vec(), *alone);
        let question = Question { demands, replicas, changes, past, alone, most: self.share() };
        self.memory.answer(question, self.given)
    }

    /// The workload with those that its placement depends on, or alone if they are too many.
    fn around(&self, at: usize) -> &Around {
        self.around[at].get_or_init(|| {
            let around = self.ties.around(at);
            let alone = around.is_none();
            let workloads = around.unwrap_or_else(|| vec![at]);
            let read = |other: &usize| Demand::read(self.inventory, &self.like, &workloads, *other);
            Around { demands: workloads.iter().map(read).collect(), workloads, alone }
        })
    }

    /// Placements that are looked at for one question: the fewer, the more workloads with terms there are.
    fn share(&self) -> usize {
        *self.share.get_or_init(|| {
            let all: Vec<_> = self
                .judged()
                .into_par_iter()
                .map(|at| (&self.around(at).demands, self.replicas(at)))
                .filter(|(demands, _)| demands.len() > 1 || demands.iter().any(Demand::has_terms))
                .collect();
            question::share(all.into_iter().collect::<HashSet<_>>().len())
        })
    }

    /// What budgets allow of a workload.
    fn evictions(&self, at: usize) -> Evictions {
        let inventory = self.inventory;
        evict::evictions(inventory, at, &|other| inventory.replicas(other).map(|range| range.floor.count))
    }

    fn drain(&self, at: usize, replicas: Option<i64>, worst: Option<Worst>, evictions: Evictions) -> Outcome {
        let inventory = self.inventory;
        // `kubectl drain` leaves the pods of DaemonSets where they are (fact 17.14).
        if inventory.workloads[at].kind == WorkloadKind::DaemonSet {
            return Outcome { stay: replicas, ..unknown() };
        }
        let Some(replicas) = replicas else {
            return unknown();
        };
        match evictions {
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

    /// A drain that begins while the rollout does without all pods that it may do without (fact 17.22).
    fn both(
        &self,
        at: usize,
        replicas: Option<i64>,
        evictions: Evictions,
        drain: &Outcome,
        rolled: &Outcome,
    ) -> Outcome {
        let workload = &self.inventory.workloads[at];
        if workload.kind == WorkloadKind::DaemonSet {
            return rolled.clone();
        }
        let because: Vec<Reason> = rolled.because.iter().chain(&drain.because).cloned().collect();
        let returns = drain.returns.clone();
        if drain.stuck || rolled.stuck {
            let stay = drain.stay.zip(rolled.stay).map(|(one, other)| one.min(other));
            let from = if drain.stuck { drain } else { rolled };
            return Outcome { stay, stuck: true, because: from.because.clone(), returns };
        }
        let stay = match (workload.kind, replicas) {
            (WorkloadKind::Pod, _) => Some(0),
            (_, Some(replicas)) => rollout(workload, replicas)
                .and_then(|rollout| self.left_of_both(at, replicas, &rollout, evictions, &[])),
            _ => None,
        };
        let lost = stay.zip(replicas).is_some_and(|(stay, replicas)| stay < replicas);
        Outcome { stay, stuck: false, because: if lost { because } else { Vec::new() }, returns }
    }

    /// The pods that stay then. Old and new pods may share a node as no term keeps them apart, and nothing evens out
    /// what a rollout leaves, so any past counts.
    fn left_of_both(
        &self,
        at: usize,
        replicas: i64,
        rollout: &Rollout<'_>,
        evictions: Evictions,
        changes: &[Change],
    ) -> Option<i64> {
        let left = (replicas - rollout.unavailable).max(0);
        if let Evictions::Refused(..) = evictions {
            return Some(left);
        }
        let (worst, _) = self.placed(at, replicas.saturating_add(rollout.surge), changes, Past::Any);
        let on_one_node = worst.map_or(replicas, |worst| (worst.scheduled - worst.node) as i64);
        match evictions {
            Evictions::Free => Some(left - on_one_node.min(left)),
            Evictions::Limited(most, _) => {
                Some((left - (most - rollout.unavailable).max(0).min(on_one_node)).max(0))
            }
            _ => None,
        }
    }

    fn rolled(&self, at: usize, replicas: Option<i64>) -> Outcome {
        let workload = &self.inventory.workloads[at];
        let known = replicas.and_then(|replicas| Some((replicas, rollout(workload, replicas)?)));
        let Some((replicas, rollout)) = known else {
            // A pod without a controller is never rolled out: whoever replaces it ends it first.
            return match workload.kind {
                WorkloadKind::Pod => why::bare(self.inventory, at),
                _ => unknown(),
            };
        };
        let mut outcome = why::rolled(self.inventory, at, replicas, &rollout);
        // With nothing to spare, the first new pod needs its volume and a place beside all old ones (fact 17.19).
        let tight = rollout.unavailable == 0 && rollout.surge > 0 && replicas > 0;
        if tight && let Some(reason) = why::held(self.inventory, at) {
            outcome.stuck = true;
            outcome.because.insert(0, reason);
        } else if tight && matches!(self.given, Given::Nodes(_)) {
            let (worst, _) = self.placed(at, replicas + 1, &[], Past::Fresh);
            if worst.is_some_and(|worst| !worst.bounded && (worst.scheduled as i64) <= replicas) {
                outcome.stuck = true;
                outcome.because.insert(0, why::no_place(self.inventory, at, replicas));
            }
        }
        outcome
    }

    /// Whether a workload would survive an event with these changes made; `None` if that cannot be told.
    pub fn survives_with(&self, row: &Row, event: Event, changes: &[Change]) -> Option<bool> {
        let at = row.workload;
        let workload = &self.inventory.workloads[at];
        let replicas = changes.iter().fold(row.replicas?, |count, change| match change {
            Change::Replicas(count) => *count as i64,
            _ => count,
        });
        let needs = quorum::needs(workload, replicas);
        let budgeted = changes.contains(&Change::Budget);
        // Beside a budget that is there already, another one stops every drain.
        if budgeted && !self.inventory.budgets_of(at).is_empty() {
            return Some(false);
        }
        let rollout = || match changes.contains(&Change::Rolling) {
            true => Some(Rollout { least: replicas, surge: 1, unavailable: 0, at: None }),
            false => rollout(workload, replicas),
        };
        let stay = match event {
            Event::Rollout => rollout()?.least,
            Event::Drain if budgeted => replicas - 1,
            Event::DrainDuringRollout => {
                let evictions = if budgeted { Evictions::Limited(1, usize::MAX) } else { self.evictions(at) };
                if let Evictions::Refused(..) = evictions {
                    return Some(false);
                }
                self.left_of_both(at, replicas, &rollout()?, evictions, changes)?
            }
            Event::Node | Event::TwoNodes | Event::Drain | Event::Zone => {
                let worst = self.placed(at, replicas, changes, Past::Fresh).0?;
                match event {
                    Event::Zone => worst.zone? as i64,
                    Event::TwoNodes => worst.two_nodes as i64,
                    _ => worst.node as i64,
                }
            }
        };
        Some(stay >= needs)
    }
}

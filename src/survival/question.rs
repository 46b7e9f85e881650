//! How bad it gets for a workload on the given nodes, or on every cluster on which all pods run. Many workloads ask the
//! same, so answers are remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::change::Change;
use super::cluster::{Cluster, Given, MADE_UP};
use super::demands::{Demand, pose};
use super::place::STATES;
use super::problem::{Past, Problem, Worst};

/// Everything that the worst case of a workload depends on beside the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    /// What the workload asks, and those whose placement it depends on.
    pub demands: Arc<[Demand]>,
    /// The pods of each.
    pub replicas: Vec<usize>,
    /// Changes of the first.
    pub changes: Vec<Change>,
    /// The past that the nodes may have.
    pub past: Past,
    /// Others that have a say are left out, so the numbers are bounds.
    pub alone: bool,
    /// Placements that are looked at.
    pub most: usize,
}

/// The worst case, if there is a cluster on which all pods run, and the size of the smallest one if none is given.
pub(super) type Answer = (Option<Worst>, Option<usize>);

/// Answers about one cluster or about every cluster, for the units of a run.
#[derive(Debug, Default)]
pub struct Memory {
    known: Mutex<HashMap<Question, Answer>>,
}

/// Answers that are kept.
const KEPT: usize = 20_000;
/// Placements that are looked at for all questions about one past together, and for each at least and at most.
const ALL: usize = 1_000_000;
const LEAST: usize = 500;
const MOST: usize = 2 * STATES;

/// The placements that may be looked at for each of so many questions.
pub(super) fn share(questions: usize) -> usize {
    (ALL / questions.max(1)).clamp(LEAST, MOST)
}

impl Memory {
    /// The answer, found or remembered.
    pub(super) fn answer(&self, question: Question, given: &Given) -> Answer {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known().get(&question) {
            return *answer;
        }
        let answer = question.answer(given);
        let mut known = known();
        if known.len() < KEPT {
            known.insert(question, answer);
        }
        answer
    }
}

/// Sizes of clusters that stand for all of them where none is given.
const SIZES: usize = 7;

impl Question {
    fn problem(&self, cluster: &Cluster) -> Problem {
        let mut problem = pose(&self.demands, &self.replicas, cluster);
        self.changes.iter().for_each(|change| change.apply(&mut problem));
        problem
    }

    fn answer(&self, given: &Given) -> Answer {
        let mut most = self.most;
        let Given::Nothing = given else {
            let Given::Nodes(cluster) = given else { return (None, None) };
            let problem = self.problem(cluster);
            let exact = problem.exact(self.past, &mut most).map(|all| all[0]);
            let mut worst = exact.unwrap_or_else(|| problem.bound(0, self.past));
            worst.bounded |= self.alone;
            return (Some(worst), None);
        };
        let replicas = self.changes.iter().fold(self.replicas[0], |replicas, change| match change {
            Change::Replicas(count) => *count,
            _ => replicas,
        });
        let mut sizes: Vec<usize> = (1..=replicas.clamp(3, SIZES)).collect();
        sizes.extend((replicas > SIZES && replicas <= MADE_UP).then_some(replicas));
        let (mut exact, mut bound): (Option<Worst>, Option<Worst>) = (None, None);
        let mut smallest: Option<usize> = None;
        for size in sizes {
            for zones in 1..=size.min(3) {
                let problem = self.problem(&Cluster::even(size, zones));
                if problem.most_scheduled(0) < replicas {
                    continue;
                }
                // A cluster of one zone has none to lose.
                let here = |mut worst: Worst| {
                    worst.zone = worst.zone.filter(|_| zones > 1);
                    worst
                };
                let floor = here(problem.if_all_run(0, self.past));
                if smallest.is_some() && exact.is_some_and(|exact| floor.is_no_worse_than(exact)) {
                    continue;
                }
                let found = problem.exact(self.past, &mut most).map(|all| here(all[0]));
                if found.is_some_and(|worst| worst.scheduled < replicas) {
                    continue;
                }
                smallest = smallest.or(Some(size));
                let (kind, worst) = match found {
                    Some(worst) => (&mut exact, worst),
                    None => (&mut bound, floor),
                };
                *kind = Some(kind.map_or(worst, |one| one.worse(worst)));
            }
        }
        let worst = match (exact, bound) {
            (Some(exact), Some(bound)) if bound.is_no_worse_than(exact) => Some(exact),
            (Some(exact), Some(bound)) => Some(exact.worse(bound)),
            (exact, bound) => exact.or(bound),
        };
        (worst.map(|worst| Worst { bounded: worst.bounded || self.alone, ..worst }), smallest)
    }
}

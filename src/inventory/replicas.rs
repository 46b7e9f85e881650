//! How many pods a workload has: the one place that knows (facts 8.1–8.9).

use super::Inventory;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::yaml::Node;

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// `spec.replicas` as written.
    Written(Node<'a>),
    /// The API server's default of 1.
    Defaulted,
    /// An autoscaler (its position in the inventory); the node is its field, if written.
    Scaler(usize, Option<Node<'a>>),
}

/// A number of pods and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound<'a> {
    /// How many pods.
    pub count: i64,
    /// Who says so.
    pub source: Source<'a>,
}

/// The range in which the number of pods moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replicas<'a> {
    /// The fewest pods in normal operation.
    pub floor: Bound<'a>,
    /// The most.
    pub ceiling: Bound<'a>,
}

impl<'a> Inventory<'a> {
    /// The effective replica range of a workload; `None` when its kind has none or a placeholder, a patch or
    /// an unreadable value leaves it open.
    pub fn replicas(&self, at: usize) -> Option<Replicas<'a>> {
        let workload = &self.workloads[at];
        if !workload.is_scalable() || self.is_patched(&workload.object) {
            return None;
        }
        // What a custom kind does without a number is its own affair.
        if workload.kind == WorkloadKind::Custom && workload.replicas.is_none() {
            return None;
        }
        let written = written(workload)?;
        let scaler = self.scalers_of(at).first().copied();
        // A target at zero switches its autoscaler off (fact 8.5).
        let Some(index) = scaler.filter(|_| written.count != 0) else {
            return Some(Replicas { floor: written, ceiling: written });
        };
        let scaler = &self.scalers[index];
        if self.is_patched(&scaler.object) {
            return None;
        }
        let floor = Bound { count: scaler.floor()?, source: Source::Scaler(index, scaler.min) };
        let ceiling = match scaler.ceiling() {
            Some(count) => Bound { count, source: Source::Scaler(index, scaler.max) },
            None if scaler.max.is_none() => floor,
            None => return None,
        };
        Some(Replicas { floor, ceiling })
    }

    /// Whether a workload is all there: nothing changes it later, and it looks like more than a patch. Only
    /// then may a rule say what it lacks.
    pub fn is_whole(&self, at: usize) -> bool {
        let workload = &self.workloads[at];
        !self.is_patched(&workload.object)
            && !workload.pod.labels.is_empty()
            && workload.pod.spec.containers().any(|container| container.image().is_some())
    }

    /// The replica range of a whole workload that nobody else's controller owns and that may have two pods
    /// with something to lose.
    pub fn replicated(&self, at: usize) -> Option<Replicas<'a>> {
        let workload = &self.workloads[at];
        if workload.is_owned() || workload.serves_nobody() || !self.is_whole(at) {
            return None;
        }
        self.replicas(at).filter(|replicas| replicas.ceiling.count >= 2)
    }
}

fn written<'a>(workload: &Workload<'a>) -> Option<Bound<'a>> {
    match workload.replicas {
        Some(node) => node.int().map(|count| Bound { count, source: Source::Written(node) }),
        None => Some(Bound { count: 1, source: Source::Defaulted }),
    }
}

impl<'a> Bound<'a> {
    /// The node that says so, if one is written.
    pub fn node(&self) -> Option<Node<'a>> {
        match self.source {
            Source::Written(node) => Some(node),
            Source::Scaler(_, node) => node,
            Source::Defaulted => None,
        }
    }
}

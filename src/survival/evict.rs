//! What a disruption budget allows, as the disruption controller and the eviction API compute it (facts 17.10–17.13).

use crate::inventory::{Budget, Inventory};
use crate::kube::int_or_percent::IntOrPercent;
use crate::kube::workload::WorkloadKind;

/// Who owns a pod, as far as budgets care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A controller that can be asked for its scale; pods of one controller carry one number. The second number is
    /// the scale.
    Scaled(usize, i64),
    /// A controller without a scale: a Job, a DaemonSet.
    Unscaled,
    /// Nobody.
    Nobody,
}

/// A pod that a budget selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its controller.
    pub owner: Owner,
    /// It is Ready.
    pub ready: bool,
}

/// The status of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// `expectedPods`.
    pub expected: i64,
    /// `desiredHealthy`.
    pub desired: i64,
    /// `currentHealthy`.
    pub healthy: i64,
    /// `disruptionsAllowed`.
    pub allowed: i64,
    /// The controller cannot compute it, and every eviction of a running pod is refused.
    pub failed: bool,
}

/// The status of a budget over these pods. `None` if its number cannot be read.
pub fn status(budget: &Budget<'_>, pods: &[Pod]) -> Option<Status> {
    let healthy = pods.iter().filter(|pod| pod.ready).count() as i64;
    let failed = Status { expected: 0, desired: 0, healthy: 0, allowed: 0, failed: true };
    let (expected, desired) = match budget.limit() {
        // Neither is set; both is refused by the API server.
        None if budget.min_available.is_none() && budget.max_unavailable.is_none() => (0, 0),
        None => return None,
        Some(("minAvailable", _, IntOrPercent::Int(count))) => (pods.len() as i64, count),
        Some((field, _, value)) => {
            if pods.iter().any(|pod| pod.owner == Owner::Unscaled) {
                return Some(failed);
            }
            let mut owners: Vec<(usize, i64)> = Vec::new();
            for pod in pods {
                match pod.owner {
                    Owner::Scaled(owner, scale) if owners.iter().all(|known| known.0 != owner) => {
                        owners.push((owner, scale));
                    }
                    _ => {}
                }
            }
            let expected = owners.iter().fold(0_i64, |sum, owner| sum.saturating_add(owner.1));
            let share = value.of_rounding_up(expected)?;
            (expected, if field == "minAvailable" { share } else { (expected - share).max(0) })
        }
    };
    let allowed = if expected <= 0 { 0 } else { (healthy - desired).max(0) };
    Some(Status { expected, desired, healthy, allowed, failed: false })
}

/// What happens to the pods of a workload when nodes are drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evictions {
    /// No budget: whatever is on the node goes at once.
    Free,
    /// At most this many at a time. The number is the budget's position in the inventory.
    Limited(i64, usize),
    /// None: the drain waits for ever. Which budget, and why.
    Refused(usize, Refusal),
    /// It cannot be told.
    Unknown,
}

/// Why no pod may be evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The budget leaves room for none.
    NoRoom,
    /// Another budget selects the same pods; the eviction API knows one only.
    Two(usize),
    /// The budget's status cannot be computed: pods of a Job or DaemonSet, or of nobody.
    NoScale,
}

impl Refusal {
    /// The same in words, for messages.
    pub fn text(self) -> &'static str {
        match self {
            Refusal::NoRoom => "the budget allows no eviction",
            Refusal::Two(_) => "two budgets select the pods, and the eviction API refuses that",
            Refusal::NoScale => "the budget cannot be computed for pods without a scalable controller",
        }
    }
}

/// What budgets allow of a workload with this many pods, everything ready.
pub fn evictions(inventory: &Inventory<'_>, at: usize, replicas: &dyn Fn(usize) -> Option<i64>) -> Evictions {
    let certain = |budget: &&usize| {
        inventory.budget_pods(**budget).iter().any(|one| one.workload == at && one.certain.is_yes())
    };
    let of = inventory.budgets_of(at);
    let budgets: Vec<usize> = of.iter().filter(certain).copied().collect();
    let budget = match budgets[..] {
        [] if of.is_empty() => return Evictions::Free,
        [] => return Evictions::Unknown,
        [budget] => budget,
        [first, second, ..] => return Evictions::Refused(first, Refusal::Two(second)),
    };
    let mut pods = Vec::new();
    for one in inventory.budget_pods(budget) {
        let workload = &inventory.workloads[one.workload];
        if !one.certain.is_yes() {
            return Evictions::Unknown;
        }
        let owner = match workload.kind {
            WorkloadKind::Pod => Owner::Nobody,
            WorkloadKind::Job | WorkloadKind::CronJob | WorkloadKind::DaemonSet => Owner::Unscaled,
            _ => match replicas(one.workload) {
                Some(count) => Owner::Scaled(one.workload, count),
                None => return Evictions::Unknown,
            },
        };
        let count = if let Owner::Scaled(_, count) = owner { count } else { 1 };
        let count = usize::try_from(count.min(10_000)).unwrap_or(0);
        pods.extend(std::iter::repeat_n(Pod { owner, ready: true }, count));
    }
    match status(&inventory.budgets[budget], &pods) {
        None => Evictions::Unknown,
        Some(status) if status.failed => Evictions::Refused(budget, Refusal::NoScale),
        Some(status) if status.allowed > 0 => Evictions::Limited(status.allowed, budget),
        Some(_)
            if inventory.workloads[at].kind == WorkloadKind::Pod
                && inventory.budgets[budget].needs_scale() =>
        {
            Evictions::Refused(budget, Refusal::NoScale)
        }
        Some(_) => Evictions::Refused(budget, Refusal::NoRoom),
    }
}

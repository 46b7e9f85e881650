//! From start to end of a container: when it gets traffic, when it is restarted, how long it may take to stop.

mod draining;
mod liveness;
mod other_host;
mod readiness;
mod shutdown;
mod startup;
mod timing;

use super::eligible::Eligible;
use super::{Check, Rule, rule};
use crate::inventory::Inventory;
use crate::kube::workload::Workload;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("readiness-missing", Check::Unit(readiness::missing)),
    rule!("liveness-equals-readiness", Check::Unit(liveness::equals_readiness)),
    rule!("startup-budget-short", Check::Unit(startup::budget_short)),
    rule!("probe-timing", Check::Unit(timing::overlong)),
    rule!("probe-host", Check::Unit(other_host::other_host)),
    rule!("liveness-asks-readiness", Check::Unit(other_host::asks_readiness)),
    rule!("drain-delay-missing", Check::Unit(draining::delay_missing)),
    rule!("grace-period-short", Check::Pod(Eligible::WHOLE, shutdown::grace_period_short)),
];

/// Workloads that are whole and whose pods are there to stay.
fn lasting<'s, 'a>(inventory: &'s Inventory<'a>) -> impl Iterator<Item = (usize, &'s Workload<'a>)> {
    inventory.workloads.iter().enumerate().filter(|(at, workload)| {
        let parked = inventory.replicas(*at).is_some_and(|replicas| replicas.ceiling.count == 0);
        let passing = workload.is_temporary() || workload.is_owned() || workload.serves_nobody();
        !passing && !parked && inventory.is_whole(*at) && !workload.is_partial()
    })
}

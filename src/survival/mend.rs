//! The smallest change that makes a workload survive: found by trying changes on the model.

use super::cluster::{HOSTNAME, ZONE};
use super::judge::{Event, Judge, Row};
use super::place::{Problem, Spread, Term};
use crate::kube::workload::WorkloadKind;

/// A change of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Another number of replicas.
    Replicas(usize),
    /// Take out the required affinity that holds the replicas together.
    Release,
    /// Required anti-affinity between the replicas, by node.
    ApartByNode,
    /// An even spread over the zones that the scheduler must keep.
    SpreadByZone,
    /// A budget that keeps enough pods and lets one go at a time.
    Budget,
    /// A rolling update that starts a new pod before it ends an old one.
    Rolling,
}

impl Change {
    /// An instruction, lower case, without full stop.
    pub fn text(self) -> String {
        match self {
            Change::Replicas(count) => format!("run {count} replicas"),
            Change::Release => "remove the required `podAffinity` between the replicas".to_owned(),
            Change::ApartByNode => format!("add required `podAntiAffinity` over `{HOSTNAME}`"),
            Change::SpreadByZone => {
                format!("add a `DoNotSchedule` spread constraint over `{ZONE}` with `minDomains: 2`")
            }
            Change::Budget => "add a PodDisruptionBudget with `maxUnavailable: 1`".to_owned(),
            Change::Rolling => "use `RollingUpdate` with `maxUnavailable: 0`".to_owned(),
        }
    }

    /// What it does to the placement of the first workload of a problem.
    pub fn apply(self, problem: &mut Problem) {
        let count = problem.pods.len();
        let nodes = problem.rooms.len();
        let only_first = || (0..count).map(|at| at == 0).collect::<Vec<bool>>();
        let zones = problem.zones.clone();
        let Some(pods) = problem.pods.first_mut() else {
            return;
        };
        match self {
            Change::Replicas(replicas) => pods.replicas = replicas,
            Change::Release => pods.together.retain(|term| !term.selects.first().copied().unwrap_or(false)),
            Change::ApartByNode => {
                let domains = (0..nodes).map(|node| u16::try_from(node).ok()).collect();
                pods.apart.push(Term { domains, selects: only_first(), of_revision: false });
            }
            Change::SpreadByZone => pods.spread.push(Spread {
                domains: zones,
                counts: only_first(),
                max_skew: 1,
                min_domains: 2,
                counted: vec![true; nodes],
            }),
            Change::Budget | Change::Rolling => {}
        }
    }
}

/// The fewest changes after which a workload survives an event, or `None` if none of those that are known helps.
pub fn smallest(judge: &Judge<'_, '_>, row: &Row, event: Event) -> Option<Vec<Change>> {
    let candidates = candidates(judge, row, event);
    for size in 1..=3 {
        for set in subsets(&candidates, size) {
            if judge.survives_with(row, event, &set) == Some(true) {
                return Some(set);
            }
        }
    }
    None
}

fn candidates(judge: &Judge<'_, '_>, row: &Row, event: Event) -> Vec<Change> {
    let workload = &judge.inventory.workloads[row.workload];
    if !workload.is_scalable() || workload.kind == WorkloadKind::DaemonSet {
        return Vec::new();
    }
    let now = row.replicas.and_then(|count| usize::try_from(count).ok()).unwrap_or(1);
    let more = [now + 1, now + 2].into_iter().filter(|count| *count <= 7).map(Change::Replicas);
    // A StatefulSet has no surge: whatever its strategy says, one pod goes before its successor comes.
    let surges = matches!(
        workload.kind,
        WorkloadKind::Deployment | WorkloadKind::DeploymentConfig | WorkloadKind::Rollout
    );
    let rolling = surges.then_some(Change::Rolling);
    match event {
        Event::Node | Event::TwoNodes | Event::Zone => {
            let mut all: Vec<Change> = vec![Change::Release, Change::ApartByNode];
            all.extend((event == Event::Zone).then_some(Change::SpreadByZone));
            all.extend(more);
            all
        }
        Event::Drain => {
            [Change::Budget, Change::Release, Change::ApartByNode].into_iter().chain(more).collect()
        }
        Event::Rollout => rolling.into_iter().chain(more).collect(),
        Event::DrainDuringRollout => {
            let one = [Change::Budget, Change::Release, Change::ApartByNode];
            rolling.into_iter().chain(one).chain(more).collect()
        }
    }
}

/// All sets of this size, at most one number of replicas in each, in order.
fn subsets(all: &[Change], size: usize) -> Vec<Vec<Change>> {
    let Some((first, rest)) = all.split_first() else {
        return if size == 0 { vec![Vec::new()] } else { Vec::new() };
    };
    if size == 0 {
        return vec![Vec::new()];
    }
    let is_count = |change: &Change| matches!(change, Change::Replicas(_));
    let with =
        subsets(rest, size - 1).into_iter().filter(|set| !(is_count(first) && set.iter().any(is_count)));
    let with = with.map(|set| [vec![*first], set].concat());
    with.chain(subsets(rest, size)).collect()
}

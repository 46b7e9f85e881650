//! The smallest change that makes a workload survive: found by trying changes on the model.

use super::change::Change;
use super::event::Event;
use super::judge::Judge;
use super::outcome::Row;
use crate::kube::workload::WorkloadKind;

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

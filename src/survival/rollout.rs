//! How many pods stay Ready while a workload is rolled out (facts 17.15–17.19).

use crate::inventory::Update;
use crate::kube::int_or_percent::IntOrPercent;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// What a rollout does to the number of Ready pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rollout<'a> {
    /// The fewest that stay Ready, if all were when it began.
    pub least: i64,
    /// Pods above the wanted number that it may start.
    pub surge: i64,
    /// Pods that it may do without.
    pub unavailable: i64,
    /// The field that decides, if one is written.
    pub at: Option<Node<'a>>,
}

/// What a rollout of a workload with this many pods leaves; `None` if its strategy cannot be read. For a DaemonSet
/// the number is that of its nodes.
pub fn rollout<'a>(workload: &Workload<'a>, replicas: i64) -> Option<Rollout<'a>> {
    let keep = |at| Rollout { least: replicas, surge: 0, unavailable: 0, at };
    let all_at_once = |at| Rollout { least: 0, surge: 0, unavailable: replicas, at };
    match workload.kind {
        WorkloadKind::StatefulSet => stateful(workload, replicas),
        WorkloadKind::DaemonSet => daemon(workload, replicas),
        // Neither replaces its pods when the template changes (fact 17.16).
        WorkloadKind::ReplicaSet | WorkloadKind::ReplicationController => Some(keep(None)),
        _ => match Update::read(workload)? {
            Update::Recreate(at) => Some(all_at_once(Some(at))),
            Update::BlueGreen(at) => Some(keep(Some(at))),
            Update::Rolling(rolling) => {
                let posts = rolling.at(replicas)?;
                let least = (replicas - posts.unavailable).max(0);
                let at = rolling.max_unavailable.or(rolling.max_surge).or(workload.strategy());
                Some(Rollout { least, surge: posts.surge, unavailable: posts.unavailable, at })
            }
        },
    }
}

fn limit(node: Option<Node<'_>>) -> Option<Option<IntOrPercent<'_>>> {
    match node {
        None => Some(None),
        Some(node) if is_placeholder(node.text()) => None,
        Some(node) => match IntOrPercent::read(node)? {
            IntOrPercent::Invalid(_) => None,
            value => Some(Some(value)),
        },
    }
}

/// One pod at a time from the highest ordinal down to the partition, or as many as `maxUnavailable` says, whose
/// percentage is rounded down to at least one (fact 17.17).
fn stateful<'a>(workload: &Workload<'a>, replicas: i64) -> Option<Rollout<'a>> {
    let strategy = workload.strategy();
    let kind = strategy.and_then(|strategy| strategy.get("type"));
    if kind.is_some_and(|kind| kind.text() == "OnDelete") {
        return Some(Rollout { least: replicas, surge: 0, unavailable: 0, at: kind });
    }
    let rolling = strategy.and_then(|strategy| strategy.get("rollingUpdate"));
    let get = |key: &str| rolling.and_then(|rolling| rolling.get(key));
    let partition = get("partition").map_or(Some(0), |node| node.int())?;
    let written = get("maxUnavailable");
    let unavailable = match limit(written)? {
        None => 1,
        Some(value) => value.of_rounding_down(replicas)?.max(1),
    };
    let replaced = (replicas - partition.max(0)).max(0);
    let unavailable = unavailable.min(replaced);
    Some(Rollout { least: replicas - unavailable, surge: 0, unavailable, at: written.or(strategy) })
}

/// By default one node at a time; with a surge the new pod is Ready before the old one ends. Percentages are rounded
/// up (fact 17.18).
fn daemon<'a>(workload: &Workload<'a>, nodes: i64) -> Option<Rollout<'a>> {
    let strategy = workload.strategy();
    let kind = strategy.and_then(|strategy| strategy.get("type"));
    if kind.is_some_and(|kind| kind.text() == "OnDelete") {
        return Some(Rollout { least: nodes, surge: 0, unavailable: 0, at: kind });
    }
    let rolling = strategy.and_then(|strategy| strategy.get("rollingUpdate"));
    let get = |key: &str| rolling.and_then(|rolling| rolling.get(key));
    let surge = limit(get("maxSurge"))?.map_or(Some(0), |value| value.of_rounding_up(nodes))?;
    let unavailable = limit(get("maxUnavailable"))?.map_or(Some(1), |value| value.of_rounding_up(nodes))?;
    let unavailable = if surge > 0 { 0 } else { unavailable.max(1).min(nodes) };
    Some(Rollout { least: nodes - unavailable, surge, unavailable, at: get("maxUnavailable").or(strategy) })
}

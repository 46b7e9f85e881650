//! Members that only work as a majority.

use crate::kube::workload::{Workload, WorkloadKind};

/// The annotation that says how many pods a workload needs: a number, or `majority`.
const NEEDS: &str = "wplint.dev/needs";

/// Images whose members elect a leader among themselves, by the last part of their name (fact 17.21).
const MAJORITY: &[&str] =
    &["etcd", "zookeeper", "consul", "nats-jetstream", "cockroach", "cockroachdb", "vault", "rqlite"];

/// How many of these replicas must be there for the workload to work.
pub fn needs(workload: &Workload<'_>, replicas: i64) -> i64 {
    let majority = replicas / 2 + 1;
    let of_pod =
        workload.pod.node.get("metadata").and_then(|it| it.get("annotations")).and_then(|it| it.get(NEEDS));
    if let Some(node) = workload.object.annotation(NEEDS).or(of_pod) {
        return match node.text() {
            "majority" => majority,
            text => text.parse().unwrap_or(1),
        };
    }
    let elects = workload.kind == WorkloadKind::StatefulSet
        && replicas >= 3
        && workload.pod.spec.containers().any(|container| {
            let image = container.image_text();
            let name = image.split(['@', ':']).next().unwrap_or("").rsplit('/').next().unwrap_or("");
            MAJORITY.contains(&name)
        });
    if elects { majority } else { 1 }
}

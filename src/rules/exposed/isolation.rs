//! Pods that no NetworkPolicy is about, where the others have one.

use std::sync::Arc;

use foldhash::HashSet;
use serde::Deserialize;

use crate::finding::{Out, Severity};
use crate::inventory::{AnyOptions, Direction, Inventory, scope};
use crate::kube::selector::Match;
use crate::rules::security::is_final;

/// Options of `pod-without-network-policy`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyOptions {
    /// Report pods where there are no policies at all, too.
    #[serde(default)]
    always: bool,
}

pub(super) fn read_options(value: yaml_serde::Value) -> Result<AnyOptions, String> {
    let options: PolicyOptions = yaml_serde::from_value(value).map_err(|error| error.to_string())?;
    Ok(Arc::new(options))
}

/// Reports workloads whose pods no policy restricts.
pub(super) fn judge(inventory: &Inventory<'_>, out: &mut Out) {
    let options: PolicyOptions = inventory.surroundings.options();
    if inventory.has_other_policies() {
        return;
    }
    let policies = inventory.policies();
    let restricting = || policies.iter().filter(|policy| policy.restricts(Direction::Ingress));
    let example = policies.first();
    if example.is_none() && !options.always {
        return;
    }
    let selected: HashSet<usize> =
        restricting().flat_map(|policy| &policy.pods).map(|one| one.workload).collect();
    let everything: Vec<Option<&str>> =
        restricting().filter(|one| one.everything).map(|one| inventory.namespace(&one.object)).collect();
    for (at, workload) in inventory.workloads.iter().enumerate() {
        let namespace = inventory.namespace(&workload.object);
        let covered =
            selected.contains(&at) || everything.iter().any(|one| scope(*one, namespace) != Match::No);
        // Pods in the network of the node have no address of their own that a policy could be about.
        let on_node = workload.pod.spec.host_network().is_some();
        if covered || on_node || !is_final(inventory, workload) || inventory.is_incomplete(&workload.object) {
            continue;
        }
        let way = inventory.way_in(at);
        // Where nobody isolates anything in its namespace, the policies in view are about something else.
        let near = policies.iter().find(|policy| {
            scope(inventory.namespace(&policy.object), namespace) != Match::No
                && !matches!(
                    (inventory.namespace(&policy.object), namespace),
                    (None, Some(_)) | (Some(_), None)
                )
        });
        if near.is_none() && !options.always {
            continue;
        }
        let severity = if way.is_some() { Severity::Warning } else { Severity::Info };
        let mut draft = out
            .report(
                workload.object.anchor(),
                format!("no NetworkPolicy restricts who reaches {}", workload.title()),
            )
            .severity(severity)
            .label("every pod of the cluster may connect to its pods")
            .help(
                "add a policy that selects these pods, or one with an empty `podSelector` for the namespace",
            );
        if let Some(policy) = near {
            draft = draft.also(policy.object.anchor(), "restricts other pods");
        }
        if let Some(way) = way {
            draft.also(way.at, "requests from outside come in here");
        }
    }
}

//! What nothing in a unit has is a decision about all of it, not an oversight in each place: it is a warning at its first
//! place and advice at the others.

use crate::finding::{Finding, Severity};
use crate::inventory::Inventory;

/// From so many places on it is a decision.
pub(super) const MANY: usize = 6;

/// Whether something in a unit has what a rule misses.
type Has = fn(&Inventory<'_>) -> bool;

/// Rules that speak of what is lacking.
const LACKS: [(&str, Has); 4] = [
    ("single-replica", has_replicas),
    ("readiness-missing", has_probes),
    ("requests-missing", has_requests),
    ("database-on-ephemeral-storage", has_claims),
];

/// Makes advice of all places but the first where nothing in the unit is different.
pub fn quieten(found: &mut [Finding], inventory: &Inventory<'_>) {
    for (rule, has) in LACKS {
        let is_loud = |one: &&mut Finding| one.rule.name() == rule && warns(one);
        let own: Vec<&mut Finding> = found.iter_mut().filter(is_loud).collect();
        if own.len() < MANY || has(inventory) {
            continue;
        }
        let others = own.len() - 1;
        keep_first(
            own,
            format!("so it is in {others} more places of this unit, which are infos"),
            "nothing in this unit is different; its first place is a warning",
        );
    }
}

/// Whether a finding is a warning so far.
pub(super) fn warns(one: &Finding) -> bool {
    super::severity(one) == Some(Severity::Warning)
}

/// Makes advice of a finding, and says why.
pub(super) fn advise(one: &mut Finding, why: impl Into<String>) {
    one.severity = Some(Severity::Info);
    one.notes.push(why.into());
}

/// Makes advice of all findings but the first, and says so at the first and at the others.
pub(super) fn keep_first(mut own: Vec<&mut Finding>, first: String, others: &str) {
    own.sort_by_key(|one| one.span);
    let mut own = own.into_iter();
    if let Some(finding) = own.next() {
        finding.notes.push(first);
    }
    for finding in own {
        advise(finding, others);
    }
}

fn has_replicas(inventory: &Inventory<'_>) -> bool {
    let many = |at| inventory.replicas(at).is_some_and(|range| range.ceiling.count > 1);
    (0..inventory.workloads.len()).any(many)
}

fn has_probes(inventory: &Inventory<'_>) -> bool {
    let mut containers = inventory.workloads.iter().flat_map(|one| one.pod.spec.running_containers());
    containers.any(|container| container.node.get("readinessProbe").is_some())
}

fn has_requests(inventory: &Inventory<'_>) -> bool {
    let mut containers = inventory.workloads.iter().flat_map(|one| one.pod.spec.containers());
    containers
        .any(|one| one.node.get("resources").is_some_and(|resources| resources.get("requests").is_some()))
}

fn has_claims(inventory: &Inventory<'_>) -> bool {
    inventory.workloads.iter().any(|one| {
        let volumes = one.pod.spec.0.get("volumes").into_iter().flat_map(|volumes| volumes.items());
        let templates = one.object.spec().and_then(|spec| spec.get("volumeClaimTemplates"));
        let mut claims = volumes.filter(|volume| volume.get("persistentVolumeClaim").is_some());
        claims.next().is_some() || templates.is_some_and(|list| list.items().next().is_some())
    })
}

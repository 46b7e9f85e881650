//! The lines that decide what stays, for each event.

use super::evict::Refusal;
use super::outcome::{Outcome, Reason, unknown};
use super::rollout::Rollout;
use crate::inventory::{Domain, Inventory, Source, pin, terms};
use crate::kube::selector::Match;
use crate::kube::workload::WorkloadKind;
use crate::yaml::Node;

fn reason(at: Node<'_>, text: impl Into<String>) -> Reason {
    Reason { span: at.span(), text: text.into() }
}

fn plural(count: i64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// After the loss of so many nodes.
pub fn nodes(inventory: &Inventory<'_>, at: usize, replicas: i64, stay: i64, lost: i64) -> Outcome {
    let because = if stay == 0 && (2..=lost).contains(&replicas) {
        vec![few(inventory, at, format!("{replicas} replicas: {lost} nodes may hold all of them"))]
    } else if stay < replicas - lost || replicas == 1 {
        together(inventory, at, replicas, Domain::Host)
    } else {
        Vec::new()
    };
    let returns = returns(inventory, at, Domain::Host);
    Outcome { stay: Some(stay), stuck: false, because, returns }
}

/// That there are too few replicas, where their number is written.
fn few(inventory: &Inventory<'_>, at: usize, text: String) -> Reason {
    let written = inventory.replicas(at).and_then(|range| range.floor.node());
    reason(written.unwrap_or(inventory.workloads[at].object.anchor()), text)
}

/// After the loss of a zone.
pub fn zone(inventory: &Inventory<'_>, at: usize, replicas: i64, stay: i64) -> Outcome {
    let because =
        if stay <= replicas / 2 { together(inventory, at, replicas, Domain::Zone) } else { Vec::new() };
    let returns = returns(inventory, at, Domain::Zone);
    Outcome { stay: Some(stay), stuck: false, because, returns }
}

/// While a node is drained and no budget holds anything back.
pub fn drained(inventory: &Inventory<'_>, at: usize, replicas: i64, stay: i64) -> Outcome {
    let mut because = Vec::new();
    if stay < replicas {
        // One pod has to go in any case, with a budget or without.
        if replicas > 1 {
            let anchor = inventory.workloads[at].object.anchor();
            because.push(reason(anchor, "no budget: a drain evicts all pods of the node at once"));
        }
        because.extend(together(inventory, at, replicas, Domain::Host));
    }
    Outcome { stay: Some(stay), stuck: false, because, returns: bare_returns(inventory, at) }
}

/// While a node is drained and a budget lets some pods go at a time.
pub fn limited(inventory: &Inventory<'_>, at: usize, replicas: i64, stay: i64, budget: usize) -> Outcome {
    let place =
        inventory.budgets[budget].limit().map_or(inventory.budgets[budget].object.anchor(), |limit| limit.1);
    let text = format!("the budget lets {} of {replicas} go at a time", plural(replicas - stay, "pod"));
    Outcome {
        stay: Some(stay),
        stuck: false,
        because: vec![reason(place, text)],
        returns: bare_returns(inventory, at),
    }
}

/// While a drain waits for a budget that allows nothing.
pub fn refused(inventory: &Inventory<'_>, replicas: i64, budget: usize, why: Refusal) -> Outcome {
    let of = |budget: usize| {
        let budget = &inventory.budgets[budget];
        budget.limit().map_or(budget.object.anchor(), |limit| limit.1)
    };
    let mut because = vec![reason(of(budget), why.text())];
    if let Refusal::Two(other) = why {
        because.push(reason(of(other), "the other budget"));
    }
    Outcome { stay: Some(replicas), stuck: true, because, returns: None }
}

/// While the workload is rolled out.
pub fn rolled(inventory: &Inventory<'_>, at: usize, replicas: i64, rollout: &Rollout<'_>) -> Outcome {
    let anchor = inventory.workloads[at].object.anchor();
    let place = rollout.at.unwrap_or(anchor);
    let text = match rollout.least {
        least if least >= replicas => return Outcome { stay: Some(replicas), ..unknown() },
        0 if rollout.surge == 0 && replicas > 1 => {
            "every pod ends before the first new one starts".to_owned()
        }
        0 if replicas == 1 => "the only pod ends before the new one starts".to_owned(),
        // How many nodes there are is the cluster's business.
        _ if inventory.workloads[at].kind == WorkloadKind::DaemonSet => {
            format!("a rollout may do without {} at a time", plural(rollout.unavailable, "pod"))
        }
        _ => format!("a rollout may do without {} of {replicas}", plural(rollout.unavailable, "pod")),
    };
    Outcome { stay: Some(rollout.least), stuck: false, because: vec![reason(place, text)], returns: None }
}

/// A pod that nobody replaces.
pub fn bare(inventory: &Inventory<'_>, at: usize) -> Outcome {
    let anchor = inventory.workloads[at].object.anchor();
    let because = vec![reason(anchor, "a Pod without a controller: replacing it ends it first")];
    Outcome { stay: Some(0), stuck: false, because, returns: None }
}

/// Why the first new pod of a rollout may find no node.
pub fn no_place(inventory: &Inventory<'_>, at: usize, replicas: i64) -> Reason {
    let workload = &inventory.workloads[at];
    let place = inventory
        .spreaders(at)
        .iter()
        .find(|one| one.is_strict() && one.own == Match::Yes)
        .map(|one| one.node());
    let place = place.unwrap_or(workload.object.anchor());
    reason(
        place,
        format!(
            "a new pod fits nowhere beside the {replicas} old ones, so the rollout may wait indefinitely"
        ),
    )
}

/// Why the first new pod of a rollout may wait for a volume that the old one holds (fact 10.2).
pub fn held(inventory: &Inventory<'_>, at: usize) -> Option<Reason> {
    let claim = inventory.shared_claims(at).into_iter().find(|claim| !claim.local)?;
    let mode = claim.attach.name();
    Some(reason(
        claim.at,
        format!("the old pod holds this {mode} volume, so a new pod elsewhere waits indefinitely"),
    ))
}

/// What lets all pods share a node or a zone.
fn together(inventory: &Inventory<'_>, at: usize, replicas: i64, domain: Domain) -> Vec<Reason> {
    let workload = &inventory.workloads[at];
    let spec = workload.pod.spec;
    let place = domain.noun();
    if replicas <= 1 {
        let range = inventory.replicas(at);
        let text = match range.map(|range| range.floor.source) {
            Some(Source::Defaulted) => "1 replica, the default",
            Some(Source::Scaler(..)) => "the autoscaler may go down to 1 replica",
            _ if workload.kind == WorkloadKind::Pod => "a single Pod",
            _ => "1 replica",
        };
        return vec![few(inventory, at, text.to_owned())];
    }
    let mut found = Vec::new();
    if let Some(pin) = pin(spec) {
        found.push(reason(pin.at, format!("`{}` ties every pod to one node", pin.field)));
    }
    for term in terms(spec, "podAffinity") {
        if inventory.term_selects_self(&term, at) == Match::Yes {
            let what = term.domain().map_or("domain", Domain::noun);
            let text = if term.required {
                format!("required podAffinity puts all replicas onto one {what}")
            } else {
                format!("podAffinity draws the replicas onto one {what}")
            };
            found.push(reason(term.under, text));
        }
    }
    for one in inventory.spreaders(at) {
        let hard = one.node().get("whenUnsatisfiable").is_some_and(|it| it.text() == "DoNotSchedule");
        let about = one.domain() == Some(domain);
        if one.own == Match::No {
            found.push(reason(one.node(), format!("this {} selects other pods than these", one.noun())));
        } else if about && !one.is_strict() && !hard {
            found.push(reason(one.node(), "only a preference: the scheduler may ignore it"));
        }
    }
    if found.is_empty() {
        let at = spec.0.entry("affinity").map_or(workload.pod.node, |entry| entry.key);
        found.push(reason(at, format!("nothing keeps the {replicas} replicas off one {place}")));
    }
    found
}

/// What does not come back by itself once a node or a zone is gone.
fn returns(inventory: &Inventory<'_>, at: usize, domain: Domain) -> Option<String> {
    let workload = &inventory.workloads[at];
    if let Some(text) = bare_returns(inventory, at) {
        return Some(text);
    }
    if pin(workload.pod.spec).is_some() {
        return Some("the pods are tied to one node and return with it".to_owned());
    }
    let claims = workload.claim_templates().next().is_some()
        || workload.pod.spec.list("volumes").any(|volume| volume.get("persistentVolumeClaim").is_some());
    match (claims, domain) {
        (true, Domain::Zone) => {
            Some("a volume usually lives in one zone; its pod returns with the zone".to_owned())
        }
        (true, _) => {
            Some("a pod with a volume starts elsewhere only after the volume is detached".to_owned())
        }
        (false, _) if workload.kind == WorkloadKind::StatefulSet => {
            Some("a StatefulSet replaces the pod only after the node is known to be gone".to_owned())
        }
        _ => None,
    }
}

fn bare_returns(inventory: &Inventory<'_>, at: usize) -> Option<String> {
    let bare = inventory.workloads[at].kind == WorkloadKind::Pod;
    bare.then(|| "a Pod without a controller is not replaced".to_owned())
}

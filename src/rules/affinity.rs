//! Affinity between replicas: drawn together, kept apart, or neither.

use super::{Check, Rule, rule};
use crate::finding::{Out, Severity};
use crate::inventory::{Domain, Inventory, Source, Term, terms};
use crate::kube::workload::WorkloadKind;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("affinity-packs-replicas", Check::Unit(packs_replicas))];

fn packs_replicas(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        packs(inventory, at, out);
    }
}

fn packs(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    // Replicas of a DaemonSet never share a node; Jobs and bare Pods are not replicas of each other.
    if !workload.is_scalable() || workload.kind == WorkloadKind::DaemonSet {
        return;
    }
    let Some(replicas) = inventory.replicas(at).filter(|replicas| replicas.ceiling.count >= 2) else {
        return;
    };
    let packing = |term: &Term<'_>| term.domain().is_some() && inventory.term_selects_self(term, at).is_yes();
    let Some(term) = terms(workload.pod.spec, "podAffinity").into_iter().find(packing) else {
        return;
    };
    let domain = term.domain().expect("packing terms have one");
    let kept_apart = terms(workload.pod.spec, "podAntiAffinity").iter().any(|other| {
        other.domain().is_some_and(|other| other < domain) && inventory.term_selects_self(other, at).is_yes()
    });
    if kept_apart {
        return;
    }
    let (count, name) = (replicas.ceiling.count, workload.object.name);
    let key = term.topology_key.map_or("", |key| key.text());
    let severity = if domain == Domain::Host { Severity::Error } else { Severity::Warning };
    let draft = out
        .report(
            term.under,
            format!("podAffinity draws all {count} replicas of `{name}` onto one {}", domain.noun()),
        )
        .severity(severity)
        .label(format!("attracts the {}'s own pods over `{key}`", workload.object.kind))
        .help("use `podAntiAffinity` to keep replicas apart");
    if let Source::Written(node) = replicas.ceiling.source {
        draft.also(node, format!("{count} replicas"));
    }
}

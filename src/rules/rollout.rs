//! Rollouts that cannot finish, and rollouts that take everything down.

use super::words::label_bound;
use super::{Check, Rule, reasons, rule};
use crate::finding::amend::{self, Value};
use crate::finding::reshape::put_before;
use crate::finding::{Edit, Out, Severity};
use crate::inventory::{Attach, Domain, Inventory, Replicas, SharedClaim, Source, Update, pin, scope, terms};
use crate::kube::selector::Match;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] =
    &[rule!("rollout-deadlock", Check::Unit(deadlock)), rule!("rollout-downtime", Check::Unit(downtime))];

fn deadlock(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        let workload = &inventory.workloads[at];
        if workload.is_owned() || !inventory.is_whole(at) {
            continue;
        }
        // With more replicas the claim itself is what is wrong.
        let single = |range: &Replicas<'_>| range.ceiling.count == 1 && range.floor.count == 1;
        let Some(range) = inventory.replicas(at).filter(single) else {
            continue;
        };
        let Some(surging) = surges(Update::read(workload), 1) else {
            continue;
        };
        let claims = inventory.shared_claims(at);
        let certain = claims.iter().find(|claim| claim.attach == Attach::OnePod);
        let likely = || {
            let hangs = |claim: &&SharedClaim<'_>| !claim.local && !is_shared(inventory, at, claim);
            claims.iter().find(hangs).filter(|_| !stays_on_its_node(inventory, at))
        };
        if let Some(claim) = certain.or_else(likely) {
            report_deadlock(inventory, at, &range, claim, &surging, out);
        }
    }
}

/// That a new pod starts while the old ones run, with the place that says so if it is written.
struct Surging<'a> {
    said: Option<Node<'a>>,
    how: &'static str,
}

fn surges(update: Option<Update<'_>>, replicas: i64) -> Option<Surging<'_>> {
    match update? {
        Update::Recreate(_) => None,
        Update::BlueGreen(node) => Some(Surging { said: Some(node), how: "old and new run side by side" }),
        Update::Rolling(rolling) => {
            let limits = rolling.at(replicas)?;
            let waits = limits.unavailable == 0 && limits.surge > 0;
            let said = rolling.max_unavailable.or(rolling.max_surge);
            waits.then_some(Surging { said, how: "the old pod stays until the new one is ready" })
        }
    }
}

/// Whether another workload of the same namespace holds the claim as well: then both run on its node already.
fn is_shared(inventory: &Inventory<'_>, at: usize, claim: &SharedClaim<'_>) -> bool {
    let own = inventory.workloads[at].object.name;
    inventory.workloads.iter().enumerate().any(|(other, workload)| {
        other != at
            && workload.object.name != own
            && !workload.is_temporary()
            && workload.pod.spec.list("volumes").any(|volume| {
                let name = volume.get("persistentVolumeClaim").and_then(|one| one.get("claimName"));
                name.is_some_and(|name| name.text() == claim.object.name)
            })
            && scope(inventory.namespace(&workload.object), inventory.namespace(&claim.object)).is_yes()
    })
}

/// Whether the next pod lands where the last one is: on the only node it may use, or drawn to its like.
fn stays_on_its_node(inventory: &Inventory<'_>, at: usize) -> bool {
    let spec = inventory.workloads[at].pod.spec;
    inventory.surroundings.nodes == Some(1)
        || pin(spec).is_some()
        || terms(spec, "podAffinity").iter().any(|term| {
            term.domain() == Some(Domain::Host) && inventory.term_selects_self(term, at) != Match::No
        })
}

fn report_deadlock(
    inventory: &Inventory<'_>,
    at: usize,
    range: &Replicas<'_>,
    claim: &SharedClaim<'_>,
    surging: &Surging<'_>,
    out: &mut Out,
) {
    let (name, volume) = (inventory.workloads[at].object.name, claim.at.text());
    let mode = claim.attach.name();
    let (severity, message) = match claim.attach {
        Attach::OnePod => (
            Severity::Error,
            format!(
                "a rollout of `{name}` never finishes: its pods cannot share the {mode} claim `{volume}`"
            ),
        ),
        Attach::OneNode => (
            Severity::Warning,
            format!("a rollout of `{name}` may never finish: its pods share the {mode} claim `{volume}`"),
        ),
    };
    let mut draft = out
        .report(claim.at, message)
        .severity(severity)
        .label("the new pod waits until the old one releases this")
        .also(
            claim.mode,
            if claim.attach == Attach::OnePod { "one pod at a time" } else { "one node at a time" },
        );
    let workload = &inventory.workloads[at];
    let kind = workload.strategy().and_then(|strategy| strategy.get("type"));
    draft = match (surging.said, kind) {
        (Some(node), _) => draft.remedied(node, surging.how),
        (None, Some(kind)) => {
            draft.remedied(kind, "surges by one pod, unless told otherwise, and waits until it is ready")
        }
        (None, None) => draft.also(
            workload.object.anchor(),
            "no strategy is set: by default a new pod must be ready before an old one is stopped",
        ),
    };
    label_bound(draft, inventory, &range.ceiling).help(
        "set `strategy.type: Recreate`, or `maxSurge: 0` with `maxUnavailable: 1`, so that the old pod releases it first",
    )
    .repairable("write `strategy: {type: Recreate}`", recreate(workload));
}

/// The strategy that ends the old pod first, where none is written.
fn recreate(workload: &Workload<'_>) -> Option<Edit> {
    let spec = workload.object.spec().filter(|_| workload.kind == WorkloadKind::Deployment)?;
    let strategy = Value::map([("type", Value::text("Recreate"))]);
    if spec.entry("strategy").is_some() {
        return None;
    }
    let template =
        spec.entry("template").and_then(|template| put_before(spec, template, "strategy", &strategy));
    template.or_else(|| amend::add(spec, "strategy", &strategy))
}

fn downtime(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        let Some(range) = inventory.replicated(at) else {
            continue;
        };
        if range.floor.node().is_some_and(reasons::for_one) {
            continue;
        }
        let services = inventory.sole_services(at);
        // With a volume for one node or pod at a time, the old pods have to go first.
        let (Some(&service), true) = (services.first(), inventory.shared_claims(at).is_empty()) else {
            continue;
        };
        let workload = &inventory.workloads[at];
        let name = workload.object.name;
        let count = range.floor.count.max(2);
        let (place, label, better) = match Update::read(workload) {
            Some(Update::Recreate(node)) => {
                (node, "ends every old pod before the first new one starts".to_owned(), "RollingUpdate")
            }
            Some(Update::Rolling(rolling)) => {
                let all = rolling.at(count).is_some_and(|limits| limits.unavailable >= count);
                let (Some(node), true) = (rolling.max_unavailable, all) else {
                    continue;
                };
                (node, format!("of {count} replicas, {count} may be missing"), "25%")
            }
            _ => continue,
        };
        let service = &inventory.services[service];
        let every = match range.floor.source {
            Source::Scaler(..) => "all replicas".to_owned(),
            _ => format!("all {count} replicas"),
        };
        let title = service.object.title();
        let message =
            format!("a rollout of `{name}` stops {every} at once, which leaves {title} without pods");
        let draft = out
            .report(place, message)
            .label(label)
            .also(service.object.anchor(), "sends its traffic to these pods");
        label_bound(draft, inventory, &range.floor)
            .help("use `RollingUpdate` with a `maxUnavailable` below the number of replicas, such as `25%`")
            .repairable(format!("write `{better}`"), amend::value(place, better));
    }
}

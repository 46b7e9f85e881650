//! Workloads that stand on one pod.

use schemars::JsonSchema;
use serde::Deserialize;

use super::words::{label_bound, list};
use super::{Check, Options, Rule, reasons, rule};
use crate::files::Span;
use crate::finding::{Edit, Need, Out, Severity, amend};
use crate::inventory::{Bound, Dependent, Inventory, Role, Source, Update, pin};
use crate::kube::workload::WorkloadKind;

/// The rules of this topic.
pub static RULES: &[Rule] =
    &[rule!("single-replica", Check::Unit(single_replica)).with_options::<ReplicaOptions>()];

/// Why a single replica is mostly only advice.
const ALONE: &str = "it is a warning where workloads of several replicas depend on it";

/// Options of `single-replica`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReplicaOptions {
    /// How many replicas are enough.
    #[serde(default = "two")]
    minimum: i64,
}

impl Default for ReplicaOptions {
    fn default() -> Self {
        ReplicaOptions { minimum: two() }
    }
}

fn two() -> i64 {
    2
}

impl Options for ReplicaOptions {
    fn check(&self) -> Result<(), String> {
        match self.minimum {
            ..1 => Err(format!("`minimum` must be at least 1, not {}", self.minimum)),
            _ => Ok(()),
        }
    }
}

fn single_replica(inventory: &Inventory<'_>, out: &mut Out) {
    let options: ReplicaOptions = inventory.surroundings.options();
    for at in 0..inventory.workloads.len() {
        let workload = &inventory.workloads[at];
        if workload.is_owned() || workload.serves_nobody() || !inventory.is_whole(at) {
            continue;
        }
        let Some(floor) = inventory.replicas(at).map(|range| range.floor) else {
            continue;
        };
        // Zero is switched off; an autoscaler's floor below two is `hpa-single-replica`.
        let least = if matches!(floor.source, Source::Scaler(..)) { 2 } else { 1 };
        let chosen = || floor.node().is_some_and(reasons::for_one);
        if floor.count >= least && floor.count < options.minimum && !has_twin(inventory, at) && !chosen() {
            report(inventory, at, &floor, options.minimum, out);
        }
    }
}

/// Whether another workload with the same image stands behind each Service of this one, such as the stable
/// half of a canary: then it is not the only pod.
fn has_twin(inventory: &Inventory<'_>, at: usize) -> bool {
    let workload = &inventory.workloads[at];
    let services = inventory.distinct_services(at);
    let twin = |service: &usize| {
        inventory.service_pods(*service).iter().any(|one| {
            let other = &inventory.workloads[one.workload];
            one.workload != at
                && one.certain.is_yes()
                && other.object.name != workload.object.name
                && !other.is_owned()
                && !other.runs_to_completion()
                && other.shares_image(workload)
                && inventory.replicas(one.workload).is_none_or(|range| range.floor.count > 0)
        })
    };
    !services.is_empty() && services.iter().all(twin)
}

fn report(inventory: &Inventory<'_>, at: usize, floor: &Bound<'_>, minimum: i64, out: &mut Out) {
    let workload = &inventory.workloads[at];
    // Others may stand behind a Service as well; then it goes on without this workload.
    let services = inventory.sole_services(at);
    let mut dependents = inventory.dependents(at);
    dependents.retain(|one| services.contains(&one.service));
    let role = inventory.role(at);
    let machines = !services.is_empty() && services.iter().all(|&one| inventory.serves_machines(one));
    let unserved = services.is_empty() || machines;
    let alone = unserved && dependents.is_empty() && workload.kind != WorkloadKind::StatefulSet
        || matches!(role, Some(Role::Elected | Role::Load));
    let bound = bound(inventory, at);
    // Whoever runs several pods of what depends on it wants it to stay.
    let needs = |one: &&Dependent<'_>| !is_told_of(&one.variable);
    let wanted = dependents.iter().filter(needs).any(|one| inventory.replicated(one.workload).is_some());
    let titles: Vec<String> = services.iter().map(|at| inventory.services[*at].object.title()).collect();
    let depending = depending(inventory, &dependents);
    let (name, count) = (workload.object.title(), floor.count);
    let message = match count {
        1 if floor.source == Source::Defaulted => format!("{name} runs a single replica by default"),
        1 => format!("{name} runs a single replica"),
        _ => format!("{name} runs {count} replicas, fewer than the minimum of {minimum}"),
    };
    let mut lost = match titles.is_empty() {
        true => "losing its pod or node stops it".to_owned(),
        false => format!("losing its pod or node stops {}", list(&titles, 3)),
    };
    if !depending.is_empty() {
        let verb = if depending.len() == 1 { "depends" } else { "depend" };
        lost += &format!(", on which {} {verb}", list(&depending, 3));
    }
    let place = place(inventory, at, floor);
    let label = match floor.source {
        Source::Written(_) => "set here".to_owned(),
        Source::Defaulted => "`replicas` is not set, which means 1".to_owned(),
        Source::Scaler(_, Some(_)) => "the autoscaler goes down to this".to_owned(),
        Source::Scaler(_, None) => "the autoscaler goes down to its default".to_owned(),
    };
    // Where a second pod is of no use, or the help is a plan, nobody forgot it.
    let useful = role.is_none() && bound.is_none() && workload.kind != WorkloadKind::StatefulSet;
    let mut draft = out
        .report(place, message)
        .about(workload.object.node)
        .label(label)
        .need(if wanted && useful { Need::Asked } else { Need::Small(ALONE) });
    if count == 1 {
        draft = draft.note(lost);
    }
    if alone || bound.is_some() && !wanted {
        draft = draft.severity(Severity::Info);
    }
    for &service in services.iter().take(3) {
        let object = &inventory.services[service].object;
        draft = draft.also(object.anchor(), format!("{} routes to these pods", object.title()));
    }
    for one in dependents.iter().take(3) {
        let title = inventory.workloads[one.workload].title();
        draft = draft.also(one.at, format!("{title} depends on it: `{}`", one.variable));
    }
    if matches!(floor.source, Source::Scaler(..)) {
        draft = label_bound(draft, inventory, floor);
    }
    let help = match role {
        Some(Role::Elected) => Some(
            "set `replicas: 2`: only one of them leads, and the other takes over when it is lost".to_owned(),
        ),
        Some(Role::Load) => Some("if it only generates load, suppress this finding with a reason".to_owned()),
        Some(Role::Data(name)) => Some(match inventory.shared_claims(at).is_empty() {
            true => format!(
                "set up replication of {name}, or plan for the outage: each replica has data of its own"
            ),
            false => format!(
                "set up replication of {name} with a volume for each replica, or plan for the outage: two must not share one"
            ),
        }),
        None => bound.map(str::to_owned),
    };
    let stateful = workload.kind == WorkloadKind::StatefulSet;
    if let Some(help) = help {
        draft.help(help);
    } else if stateful {
        draft
            .help("add replicas only if the application replicates its data; otherwise, plan for the outage");
    } else {
        let edit = match floor.source {
            Source::Written(node) => Some(Edit { span: node.span(), text: minimum.to_string() }),
            Source::Defaulted => workload
                .object
                .spec()
                .and_then(|spec| amend::add_first(spec, "replicas", &minimum.to_string())),
            Source::Scaler(..) => None,
        };
        draft
            .help(format!("run {minimum} or more replicas if the application allows it"))
            .repairable(format!("write `replicas: {minimum}`"), edit.filter(|_| workload.is_scalable()));
    }
}

/// Whether a variable leads to something that is told how things go, and without which they go on.
fn is_told_of(variable: &str) -> bool {
    ["OTEL_", "JAEGER_", "STATSD_", "DD_", "SENTRY_", "ZIPKIN_"]
        .iter()
        .any(|start| variable.starts_with(start))
}

/// What keeps a second pod from being of use, as an instruction: then the author hardly forgot it.
fn bound(inventory: &Inventory<'_>, at: usize) -> Option<&'static str> {
    let workload = &inventory.workloads[at];
    if pin(workload.pod.spec).is_some() {
        return Some("plan for the outage: these pods are tied to one node");
    }
    if workload.kind != WorkloadKind::StatefulSet && !inventory.shared_claims(at).is_empty() {
        return Some("add replicas only if they can share the volume; otherwise, plan for the outage");
    }
    if matches!(Update::read(workload), Some(Update::Recreate(_))) {
        return Some("plan for the outage: `Recreate` says that only one of them may run");
    }
    let on_node = workload.pod.spec.host_network().is_some();
    on_node.then_some("plan for the outage: in the network of the node each of them needs a node of its own")
}

/// Who depends on it, each once: ``Deployment `web` (`DB_HOST`)``.
fn depending(inventory: &Inventory<'_>, dependents: &[Dependent<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for one in dependents {
        let name = format!("{} (`{}`)", inventory.workloads[one.workload].title(), one.variable);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The whole entry `replicas: 1`, the autoscaler's field, or the key `spec` that has no such entry.
fn place(inventory: &Inventory<'_>, at: usize, floor: &Bound<'_>) -> Span {
    let object = &inventory.workloads[at].object;
    let spec = object.node.entry("spec");
    match floor.source {
        Source::Written(node) => {
            let entry =
                spec.and_then(|spec| spec.value.entry("replicas")).filter(|entry| entry.value == node);
            let (value, key) = (node.span(), entry.map(|entry| entry.key.span()));
            match key.filter(|key| key.file == value.file && key.start < value.start) {
                Some(key) => Span { start: key.start, ..value },
                None => value,
            }
        }
        Source::Scaler(_, Some(node)) => node.span(),
        Source::Scaler(index, None) => inventory.scalers[index].spec_key().span(),
        Source::Defaulted => spec.map_or(object.anchor(), |spec| spec.key).span(),
    }
}

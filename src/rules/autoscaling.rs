//! Autoscalers that leave one replica, cannot move, or fight over the replica count.

mod vertical;

use std::collections::{HashMap, HashSet};

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Need, Out, Severity, amend};
use crate::inventory::{Inventory, Role, Scaler, ScalerKind, Source, directory, scope};
use crate::kube::selector::Match;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("hpa-single-replica", Check::Scaler(single_replica)),
    rule!("hpa-fights-replicas", Check::Unit(fights_replicas)),
    rule!("hpa-cannot-scale", Check::Scaler(cannot_scale)),
    rule!("scalers-conflict", Check::Unit(conflict)),
];

/// Names of the fields for the lowest and the highest number.
fn fields(scaler: &Scaler<'_>) -> (&'static str, &'static str) {
    match scaler.kind {
        ScalerKind::Hpa => ("minReplicas", "maxReplicas"),
        ScalerKind::ScaledObject => ("minReplicaCount", "maxReplicaCount"),
    }
}

fn is_paused(scaler: &Scaler<'_>) -> bool {
    ["autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas"]
        .iter()
        .any(|key| scaler.object.annotation(key).is_some())
}

fn spec_field<'a>(scaler: &Scaler<'a>, key: &str) -> Option<Node<'a>> {
    scaler.object.spec()?.get(key)
}

fn single_replica(inventory: &Inventory<'_>, index: usize, out: &mut Out) {
    let scaler = &inventory.scalers[index];
    if is_paused(scaler) {
        return;
    }
    let Some(at) = inventory.scaled_by(index) else {
        return;
    };
    let (Some(service), Some(range)) = (inventory.served_by(at), inventory.replicas(at)) else {
        return;
    };
    // Other floors belong to another autoscaler, or the workload is parked at zero; one that cannot grow
    // is reported as that.
    let own = matches!(range.floor.source, Source::Scaler(source, _) if source == index);
    if !own || !(0..2).contains(&range.floor.count) || range.ceiling.count < 2 {
        return;
    }
    let workload = &inventory.workloads[at];
    let (field, _) = fields(scaler);
    let (count, name) = (range.floor.count, workload.object.name);
    let (place, how) = match scaler.min {
        Some(node) => (node, format!("`{field}: {count}`")),
        None => (scaler.spec_key(), format!("`{field}` is not set and defaults to {count}, which")),
    };
    let leaves = if count == 0 { "no pod" } else { "a single pod" };
    let several = workload.replicas.filter(|node| node.int().is_some_and(|count| count >= 2));
    let mut draft = out
        .report(place, format!("{how} lets the autoscaler scale `{name}` down to {leaves}"))
        .label(format!("at least {count}"))
        .asked(several.is_some() || !inventory.budgets_of(at).is_empty())
        .also(workload.object.anchor(), "the scaled workload")
        .also(inventory.services[service].object.anchor(), "sends traffic to it")
        .note(match count {
            0 => format!("{} has no pods then", inventory.services[service].object.title()),
            _ => format!("losing that pod or its node stops {}", inventory.services[service].object.title()),
        })
        .help(format!("set `{field}` to 2 or more"))
        .repairable(
            format!("write `{field}: 2`"),
            scaler.object.spec().and_then(|spec| match scaler.min {
                Some(_) => amend::set(spec, field, "2"),
                None => amend::add_first(spec, field, "2"),
            }),
        );
    if let Some(node) = several {
        draft = draft.also(node, "asks for more, and the autoscaler decides");
    }
    // Whoever writes a zero wants the workload to sleep; and whoever collects from a queue is asked by nobody.
    let asleep = count == 0 && scaler.min.is_some();
    let stores = matches!(inventory.role(at), Some(Role::Data(_)));
    let collects =
        || goes_by_queues(scaler) && inventory.dependents(at).is_empty() && inventory.way_in(at).is_none();
    if asleep || stores || inventory.is_asked_by_machines(at) || collects() {
        draft.severity(Severity::Info);
    }
}

/// KEDA's triggers that count what waits in a queue or a log.
#[rustfmt::skip]
const QUEUES: &[&str] = &[
    "activemq", "apache-kafka", "artemis-queue", "aws-kinesis-stream", "aws-sqs-queue", "azure-eventhub", "azure-queue",
    "azure-servicebus", "beanstalkd", "gcp-pubsub", "ibmmq", "kafka", "nats-jetstream", "pulsar", "rabbitmq", "redis",
    "redis-cluster", "redis-cluster-streams", "redis-sentinel", "redis-sentinel-streams", "redis-streams",
    "solace-event-queue", "stan", "temporal",
];

/// Whether an autoscaler counts messages and nothing that requests make, besides CPU and memory.
fn goes_by_queues(scaler: &Scaler<'_>) -> bool {
    let triggers = spec_field(scaler, "triggers").into_iter().flat_map(|list| list.items());
    let types: Vec<&str> = triggers.filter_map(|trigger| trigger.get("type")).map(|one| one.text()).collect();
    let queue = |one: &&str| QUEUES.contains(one);
    types.iter().any(queue) && types.iter().all(|one| queue(one) || matches!(*one, "cpu" | "memory"))
}

fn fights_replicas(inventory: &Inventory<'_>, out: &mut Out) {
    let tolerated = inventory.objects.iter().any(ignores_replicas);
    if tolerated {
        return;
    }
    for (index, scaler) in inventory.scalers.iter().enumerate() {
        let Some(at) = inventory.scaled_by(index) else {
            continue;
        };
        let workload = &inventory.workloads[at];
        let Some((node, count)) = workload.replicas.and_then(|node| Some((node, node.int()?))) else {
            continue;
        };
        // Zero parks the workload on purpose; a pinned autoscaler does not move away from the written number.
        let pinned = scaler.floor() == Some(count) && scaler.ceiling() == Some(count);
        let patched = inventory.is_patched(&workload.object) || inventory.is_patched(&scaler.object);
        let first = inventory.scalers_of(at).first() == Some(&index);
        if count == 0 || pinned || patched || is_paused(scaler) || !first {
            continue;
        }
        let target = scaler.target.and_then(|target| target.get("name")).unwrap_or(scaler.object.anchor());
        out.report(
            node,
            format!(
                "every apply resets `{}` to {count} {}",
                workload.object.name,
                if count == 1 { "replica" } else { "replicas" }
            ),
        )
        .label("overrides the autoscaler")
        .also(target, "scales the same workload")
        .note("removing the field lets `kubectl apply` scale to 1 once, unless `kubectl apply edit-last-applied` removes it first")
        .help("remove `replicas` and leave the number to the autoscaler")
        .repairable(
            "remove `replicas`",
            workload.object.spec().and_then(|spec| amend::remove(spec, spec.entry("replicas")?)),
        );
    }
}

/// Whether an Argo CD Application leaves replica counts alone.
fn ignores_replicas(object: &crate::document::Object<'_>) -> bool {
    if !(object.is("argoproj.io", "Application") || object.is("argoproj.io", "ApplicationSet")) {
        return false;
    }
    let spec = object.spec();
    let spec = if object.kind == "Application" {
        spec
    } else {
        spec.and_then(|spec| spec.get("template")).and_then(|template| template.get("spec"))
    };
    let list = spec.and_then(|spec| spec.get("ignoreDifferences"));
    let texts = |item: Node<'_>, key: &str, part: &str| {
        item.get(key).is_some_and(|list| list.items().any(|one| one.text().contains(part)))
    };
    list.is_some_and(|list| {
        list.items().any(|item| {
            texts(item, "jsonPointers", "/spec/replicas")
                || texts(item, "jqPathExpressions", ".spec.replicas")
                || texts(item, "managedFieldsManagers", "controller")
        })
    })
}

fn cannot_scale(inventory: &Inventory<'_>, index: usize, out: &mut Out) {
    let scaler = &inventory.scalers[index];
    if is_paused(scaler) {
        return;
    }
    if scaler.kind == ScalerKind::ScaledObject && needs_an_activator(scaler, out) {
        return;
    }
    let (Some(floor), Some(ceiling)) = (scaler.floor(), scaler.ceiling()) else {
        return;
    };
    // A floor above the ceiling is an invalid value; `idleReplicaCount` moves below an equal floor.
    if floor != ceiling || ceiling < 1 || spec_field(scaler, "idleReplicaCount").is_some() {
        return;
    }
    let Some(max) = scaler.max else {
        return;
    };
    // A workload without pods is switched off, and its autoscaler with it (fact 8.5).
    let off = |at: usize| inventory.workloads[at].replicas.and_then(|node| node.int()) == Some(0);
    if inventory.scaled_by(index).is_some_and(off) {
        return;
    }
    let (low, high) = fields(scaler);
    let name = scaler.target_name();
    let message = match scaler.min {
        Some(_) => format!("`{high}: {ceiling}` equals `{low}: {floor}`, so `{name}` is never scaled"),
        None => format!("`{high}: {ceiling}` equals the default of `{low}`, so `{name}` is never scaled"),
    };
    let draft = out
        .report(max, message)
        .label("no room above the floor")
        .need(if scaler.min.is_some() {
            Need::Small("both numbers are written, so it seems to be meant")
        } else {
            Need::Open
        })
        .help(format!("raise `{high}`, or remove the autoscaler and set `replicas: {floor}`"));
    if let Some(min) = scaler.min {
        draft.also(min, "the floor");
    }
}

/// CPU and memory cannot wake a workload without pods, so KEDA's webhook refuses them alone (fact 8.9).
fn needs_an_activator(scaler: &Scaler<'_>, out: &mut Out) -> bool {
    if scaler.floor() != Some(0) {
        return false;
    }
    let Some(triggers) = scaler.object.spec().and_then(|spec| spec.entry("triggers")) else {
        return false;
    };
    let types: Vec<&str> =
        triggers.value.items().map(|item| item.get("type").map_or("", |kind| kind.text())).collect();
    if types.is_empty() || !types.iter().all(|kind| matches!(*kind, "cpu" | "memory")) {
        return false;
    }
    let (place, how) = match scaler.min {
        Some(node) => (node, "`minReplicaCount: 0`"),
        None => (triggers.key, "the default `minReplicaCount: 0`"),
    };
    let mut draft = out
        .report(place, format!("KEDA rejects {how} with CPU or memory triggers only"))
        .severity(Severity::Error)
        .label("nothing can start the first pod")
        .help("set `minReplicaCount: 2`, or add a trigger that is not `cpu` or `memory`");
    if scaler.min.is_some() {
        draft = draft.also(triggers.key, "resource triggers only");
    }
    let _ = draft;
    true
}

/// Autoscalers of one target, in the order of the input: of those of one place only the first is ever shown.
#[derive(Default)]
struct Earlier<'a> {
    files: HashMap<&'a str, usize>,
    directories: Vec<usize>,
    seen: HashSet<&'a str>,
}

impl<'a> Earlier<'a> {
    fn add(&mut self, index: usize, object: &Object<'a>) {
        self.files.entry(path(object)).or_insert(index);
        if self.seen.insert(directory(object)) {
            self.directories.push(index);
        }
    }

    /// The one that stands nearest to an object.
    fn nearest(&self, inventory: &Inventory<'a>, object: &Object<'a>) -> Option<usize> {
        let distance = |&other: &usize| inventory.distance(&inventory.scalers[other].object, object);
        let elsewhere = || self.directories.iter().copied().min_by_key(distance);
        self.files.get(path(object)).copied().or_else(elsewhere)
    }
}

fn path<'a>(object: &Object<'a>) -> &'a str {
    &object.node.tree().source().path
}

fn conflict(inventory: &Inventory<'_>, out: &mut Out) {
    vertical::check(inventory, out);
    let mut known: HashMap<(&str, &str, &str, &str), Earlier<'_>> = HashMap::new();
    for (index, scaler) in inventory.scalers.iter().enumerate() {
        let name = scaler.target_name();
        let object = &scaler.object;
        let unknown = name.is_empty() || is_placeholder(name) || is_placeholder(object.name);
        if unknown || inventory.is_patched(object) || is_generated(scaler) {
            continue;
        }
        let Some(group) = scaler.target_group() else {
            continue;
        };
        // Where the namespace is left open, only the directory says that two objects go together.
        let place = inventory.namespace(object).unwrap_or_else(|| directory(object));
        let key = (place, group, scaler.target_kind(), name);
        let earlier = known.entry(key).or_default();
        let nearest = earlier.nearest(inventory, object);
        earlier.add(index, object);
        let Some(first) = nearest else {
            continue;
        };
        let other = &inventory.scalers[first];
        let same = other.object.name == object.name && other.kind == scaler.kind;
        if same || !inventory.surely_together(&other.object, object) || hands_over(other, scaler) {
            continue;
        }
        // Two files may hold alternatives, the more so when the target is not beside them.
        let one_file = other.object.node.span().file == object.node.span().file;
        let present = inventory.named(scaler.target_kind(), name).any(|target| scaler.names(target));
        if !one_file && !present {
            continue;
        }
        let sure = one_file || inventory.namespace(object).is_some() || inventory.view.built;
        // Two guides in one folder, each with its own autoscaler for what stands elsewhere.
        let mut targets = inventory.named(scaler.target_kind(), name).filter(|target| scaler.names(target));
        let beside = targets.any(|target| directory(target) == directory(object));
        // The one that is called like its target is the one that was meant.
        let (wrong, right) =
            if other.object.name != name && object.name == name { (other, scaler) } else { (scaler, other) };
        let place =
            |one: &Scaler<'_>| one.target.and_then(|target| target.get("name")).map(|node| node.span());
        let kind = wrong.target_kind();
        let own = unscaled(inventory, wrong).filter(|_| wrong.object.name != name);
        let help = match own {
            Some(own) => format!("let `{}` scale {} instead", wrong.object.name, own.title()),
            None => format!("keep one autoscaler for {kind} `{name}`"),
        };
        let mut draft = out
            .report(
                place(wrong).unwrap_or(wrong.object.anchor().span()),
                format!(
                    "{kind} `{name}` is scaled by both `{}` and `{}`",
                    right.object.name, wrong.object.name
                ),
            )
            .severity(match (sure, beside) {
                (true, _) => Severity::Error,
                (false, true) => Severity::Warning,
                (false, false) => Severity::Info,
            })
            .label("scaled a second time")
            .note("the autoscalers overwrite each other's number of replicas")
            .also(place(right).unwrap_or(right.object.anchor().span()), "scaled here already")
            .help(help);
        if let Some(own) = own {
            draft = draft.also(own.anchor(), "nothing scales this one");
        }
        let _ = draft;
    }
}

/// The workload that has an autoscaler's own name and no autoscaler.
fn unscaled<'a>(inventory: &Inventory<'a>, scaler: &Scaler<'a>) -> Option<Object<'a>> {
    let namespace = inventory.namespace(&scaler.object);
    let named = inventory.workloads_named(scaler.object.name).iter();
    let mut fits = named.filter(|&&at| {
        let object = &inventory.workloads[at].object;
        object.kind == scaler.target_kind()
            && scope(namespace, inventory.namespace(object)) != Match::No
            && inventory.scalers_of(at).is_empty()
    });
    fits.next().map(|&at| inventory.workloads[at].object)
}

/// An autoscaler that KEDA or another controller made, written out of a cluster.
fn is_generated(scaler: &Scaler<'_>) -> bool {
    scaler.object.metadata().is_some_and(|metadata| metadata.get("ownerReferences").is_some())
}

/// Whether one of two is KEDA's own HorizontalPodAutoscaler of the other (fact 8.9).
fn hands_over(one: &Scaler<'_>, other: &Scaler<'_>) -> bool {
    let (keda, hpa) = match (one.kind, other.kind) {
        (ScalerKind::ScaledObject, ScalerKind::Hpa) => (one, other),
        (ScalerKind::Hpa, ScalerKind::ScaledObject) => (other, one),
        _ => return false,
    };
    let written = spec_field(keda, "advanced")
        .and_then(|advanced| advanced.get("horizontalPodAutoscalerConfig"))
        .and_then(|config| config.get("name"));
    let takes_over = keda.object.annotation("scaledobject.keda.sh/transfer-hpa-ownership").is_some();
    takes_over
        || hpa.object.name.strip_prefix("keda-hpa-") == Some(keda.object.name)
        || written.is_some_and(|name| name.text() == hpa.object.name)
}

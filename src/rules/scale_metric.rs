//! Autoscalers that compare usage with a request which is not there.

use super::{Check, Rule, rule};
use crate::finding::{Draft, Out, Severity};
use crate::inventory::{Inventory, Others, Scaler, ScalerKind, gives};
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("hpa-metric-without-request", Check::Unit(without_request))];

/// A metric that is a share of requests.
struct Utilization<'a> {
    resource: &'a str,
    at: Node<'a>,
    /// The only container that counts, if the metric names one.
    container: Option<&'a str>,
    /// Nobody wrote it: the API server fills it in.
    defaulted: bool,
}

fn without_request(inventory: &Inventory<'_>, out: &mut Out) {
    let others = Others::read(inventory);
    for (index, scaler) in inventory.scalers.iter().enumerate() {
        let Some(at) = inventory.scaled_by(index) else {
            continue;
        };
        let workload = &inventory.workloads[at];
        let patched = inventory.is_patched(&workload.object) || inventory.is_patched(&scaler.object);
        if patched || others.scale(workload) {
            continue;
        }
        // Without a namespace only the directory says that two objects of one name belong together.
        let together = inventory.view.built || inventory.surely_together(&scaler.object, &workload.object);
        for metric in utilizations(scaler) {
            if others.request(inventory, workload, metric.resource) {
                continue;
            }
            if let Some(draft) = check(workload, &metric, scaler, out).filter(|_| !together) {
                draft.severity(Severity::Info);
            }
        }
    }
}

fn check<'a, 'o>(
    workload: &Workload<'a>,
    metric: &Utilization<'a>,
    scaler: &Scaler<'a>,
    out: &'o mut Out,
) -> Option<Draft<'o>> {
    let resource = metric.resource;
    let spec = workload.pod.spec;
    if gives(spec.0.get("resources"), resource) {
        return None;
    }
    let counted = |one: &Container<'a>| metric.container.is_none_or(|name| one.name() == name);
    let containers: Vec<Container<'a>> = spec.running_containers().collect();
    // A document without images is only a part of the workload.
    if containers.is_empty() || containers.iter().any(|one| one.image().is_none()) {
        return None;
    }
    if let Some(name) = metric.container
        && !containers.iter().any(counted)
    {
        if is_placeholder(name) {
            return None;
        }
        let draft = out
            .report(
                metric.at,
                format!("{} has no container `{name}`, so {resource} is never measured", workload.title()),
            )
            .label("metric of a container that is not there")
            .also(workload.object.anchor(), "the scaled workload")
            .help(format!("name one of its containers, such as `{}`", containers[0].name()));
        return Some(draft);
    }
    let lacking: Vec<&Container<'a>> =
        containers.iter().filter(|one| counted(one) && !gives(one.node.get("resources"), resource)).collect();
    let first = lacking.first()?;
    let who = match lacking.len() {
        1 => format!("container `{}` requests no {resource}", first.name()),
        count => format!("`{}` and {} more containers request no {resource}", first.name(), count - 1),
    };
    let what = if metric.defaulted { "the default CPU target" } else { "the target" };
    let mut draft = out
        .report(metric.at, who)
        .label(if metric.defaulted {
            "without metrics, 80 % of the CPU requests".to_owned()
        } else {
            format!("a share of the {resource} requests")
        })
        .note(format!("{what} cannot be computed, so `{}` is not scaled", workload.object.name))
        .help(format!(
            "add `resources.requests.{resource}` to every container{}",
            if scaler.kind == ScalerKind::ScaledObject { "; KEDA rejects this" } else { "" }
        ));
    for one in lacking.iter().take(3) {
        draft = draft.also(one.anchor(), format!("no {resource} request or limit"));
    }
    Some(draft)
}

/// Whether an autoscaler measures a container's use as a share of its request: that it has none is said
/// there.
pub(super) fn measures(inventory: &Inventory<'_>, at: usize, container: &str, resource: &str) -> bool {
    let scalers = inventory.scalers_of(at).iter();
    let counts = |metric: &Utilization<'_>| {
        metric.resource == resource && metric.container.is_none_or(|name| name == container)
    };
    scalers.flat_map(|&index| utilizations(&inventory.scalers[index])).any(|metric| counts(&metric))
}

fn utilizations<'a>(scaler: &Scaler<'a>) -> Vec<Utilization<'a>> {
    let Some(spec) = scaler.object.spec() else {
        return Vec::new();
    };
    if scaler.kind == ScalerKind::ScaledObject {
        let triggers = spec.get("triggers").into_iter().flat_map(|list| list.items());
        return triggers.filter_map(of_trigger).collect();
    }
    let cpu = |at: Node<'a>, defaulted: bool| Utilization { resource: "cpu", at, container: None, defaulted };
    if let Some(node) = spec.get("targetCPUUtilizationPercentage") {
        return vec![cpu(node, false)];
    }
    let metrics = spec.entry("metrics");
    let written = metrics.is_some_and(|list| {
        !list.value.is_null() && (!list.value.is_sequence() || list.value.items().next().is_some())
    });
    if !written {
        // Version 1 keeps the other metrics in an annotation.
        if scaler.object.annotation("autoscaling.alpha.kubernetes.io/metrics").is_some() {
            return Vec::new();
        }
        return vec![cpu(metrics.map_or(scaler.spec_key(), |list| list.key), true)];
    }
    spec.get("metrics").into_iter().flat_map(|list| list.items()).filter_map(of_metric).collect()
}

fn of_metric(item: Node<'_>) -> Option<Utilization<'_>> {
    let body = match item.get("type")?.text() {
        "Resource" => item.get("resource")?,
        "ContainerResource" => item.get("containerResource")?,
        _ => return None,
    };
    let target = body.get("target");
    let share = target.and_then(|target| target.get("averageUtilization"));
    let at = share.or_else(|| body.get("targetAverageUtilization"))?;
    let container = body.get("container").map(|name| name.text());
    Some(Utilization { resource: resource(body.get("name")?.text())?, at, container, defaulted: false })
}

/// Only these two have requests that a share is taken of.
fn resource(name: &str) -> Option<&str> {
    matches!(name, "cpu" | "memory").then_some(name)
}

fn of_trigger(item: Node<'_>) -> Option<Utilization<'_>> {
    let kind = item.get("type")?;
    let metadata = item.get("metadata");
    let field = |key: &str| metadata.and_then(|metadata| metadata.get(key));
    let how = item.get("metricType").or_else(|| field("type"))?;
    let container = field("containerName").map(|name| name.text());
    (how.text() == "Utilization").then_some(())?;
    let at = field("value").unwrap_or(kind);
    Some(Utilization { resource: resource(kind.text())?, at, container, defaulted: false })
}

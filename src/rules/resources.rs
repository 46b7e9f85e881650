//! Requests and limits: what the scheduler knows of a container, and what happens when memory runs short.

mod heap;

use super::scale_metric::measures;
use super::{Check, Rule, reasons, rule};
use crate::finding::amend::{self, Value};
use crate::finding::{Fix, Out};
use crate::inventory::{Inventory, Others, gives, has};
use crate::kube::pod::Container;
use crate::kube::sleep;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("requests-missing", Check::Unit(requests)),
    rule!("memory-limit-missing", Check::Unit(memory_limit)),
    rule!("heap-above-limit", Check::Unit(heap::above_limit)),
];

/// The workloads whose resources may be judged: whole, and there to stay.
fn judged<'s, 'a>(
    inventory: &'s Inventory<'a>,
    others: &'s Others<'s, 'a>,
) -> impl Iterator<Item = (usize, &'s Workload<'a>)> {
    inventory.workloads.iter().enumerate().filter(move |(at, workload)| {
        let on_its_own = workload.kind == WorkloadKind::Pod && inventory.served_by(*at).is_none();
        let parked = inventory.replicas(*at).is_some_and(|replicas| replicas.ceiling.count == 0);
        let temporary = workload.is_temporary() || workload.is_owned() || on_its_own || parked;
        !temporary && inventory.is_whole(*at) && !workload.is_partial() && !others.scale(workload)
    })
}

fn requests(inventory: &Inventory<'_>, out: &mut Out) {
    let others = Others::read(inventory);
    for (at, workload) in judged(inventory, &others) {
        let spec = workload.pod.spec.0;
        let lacks = |container: Container<'_>, resource: &str| {
            !gives(container.node.get("resources"), resource)
                && !gives(spec.get("resources"), resource)
                && !others.request(inventory, workload, resource)
        };
        let any = |resources: Option<Node<'_>>| gives(resources, "cpu") || gives(resources, "memory");
        let mut all = workload.pod.spec.containers().chain(workload.pod.spec.init_containers());
        let filled = ["cpu", "memory"].iter().any(|one| others.request(inventory, workload, one));
        let best_effort =
            !filled && !any(spec.get("resources")) && !all.any(|one| any(one.node.get("resources")));
        let ranked = spec.get("priorityClassName").is_some_and(|name| !name.text().is_empty());
        // What is injected may request something.
        let class = match best_effort {
            true if workload.may_be_injected() => Class::Unknown,
            true if ranked => Class::Ranked,
            true => Class::BestEffort,
            false => Class::Burstable,
        };
        let containers = workload.pod.spec.running_containers();
        for container in containers.filter(|one| !sleep::is_all_it_does(one.node)) {
            if reasons::requests_are_out(container.node) {
                continue;
            }
            let silent = |resource: &&str| !measures(inventory, at, container.name(), resource);
            let missing: Vec<&str> =
                ["cpu", "memory"].into_iter().filter(|one| lacks(container, one)).filter(silent).collect();
            if !missing.is_empty() {
                report(container, &missing, class, out);
            }
        }
    }
}

/// What the requests of a pod make of it, as far as that can be told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Nothing in the pod, and no LimitRange, requests anything.
    BestEffort,
    /// The same, with a priority that decides who is evicted before (fact 10.17).
    Ranked,
    /// The same, unless somebody adds a container.
    Unknown,
    /// Something in it is requested.
    Burstable,
}

fn report(container: Container<'_>, missing: &[&str], class: Class, out: &mut Out) {
    let best_effort = class == Class::BestEffort;
    let name = container.name();
    let what = missing.join(" and ");
    let message = match missing {
        _ if class != Class::Burstable && container.node.get("resources").is_none_or(is_empty) => {
            format!("container `{name}` has no resource requests")
        }
        ["cpu"] => format!("container `{name}` has no cpu request"),
        ["memory"] => format!("container `{name}` has no memory request"),
        _ => format!("container `{name}` has no {what} request"),
    };
    let resources = container.node.entry("resources");
    let requests = resources.and_then(|entry| entry.value.entry("requests"));
    let label = match class {
        Class::BestEffort | Class::Ranked => format!("QoS class BestEffort, no {what} request"),
        Class::Burstable => format!("QoS class Burstable, no {what} request"),
        Class::Unknown => format!("no {what} request"),
    };
    let place = requests.or(resources).map_or(container.anchor(), |entry| entry.key);
    let then = match missing {
        _ if best_effort => "its pods are the first to be evicted when a node runs out of memory",
        ["cpu"] => "on a busy node it gets only the cpu time that the others leave",
        ["memory"] => "it is evicted early when a node runs out of memory",
        _ => "the scheduler places it as if it needed nothing",
    };
    let draft = out.report(place, message).label(label).note(then);
    let limit = if missing.contains(&"memory") { ", limit memory" } else { "" };
    let title = format!("request {what}{limit}: a guess to be measured");
    let _ = draft.fix_if(stub(container, missing, title)).help(match missing {
        [one] => format!("add `resources.requests.{one}` with what `{name}` uses under normal load"),
        _ => format!("add `resources.requests` with what `{name}` uses under normal load"),
    });
}

/// Whether `resources` says nothing of requests and limits.
fn is_empty(resources: Node<'_>) -> bool {
    ["requests", "limits"]
        .iter()
        .all(|key| resources.get(key).is_none_or(|one| one.entries().next().is_none()))
}

/// Requests to begin with: little enough for any node, with a comment that says what they are. What requests memory is
/// limited, too.
fn stub(container: Container<'_>, missing: &[&str], title: String) -> Option<Fix> {
    let amount = |resource: &str| if resource == "cpu" { "100m" } else { "128Mi" };
    let resources = container.node.get("resources");
    let part = |key: &str| resources.and_then(|resources| resources.get(key));
    let (requests, limits) = (part("requests"), part("limits"));
    // Inside of brackets a comment would end the line for all that follows.
    let guess = |within: Node<'_>, amount: &str| {
        Value::Text(format!("{amount}{}", if within.is_flow() { "" } else { " # a guess: measure it" }))
    };
    let requested = |within| {
        let written = |one: &&str| ((*one).to_owned(), guess(within, amount(one)));
        Value::Map(missing.iter().map(written).collect())
    };
    let limited = |within| Value::map([("memory", guess(within, LIMIT))]);
    let limit = missing.contains(&"memory") && !has(resources, "limits", "memory");
    let mut edits = Vec::new();
    match resources {
        Some(resources) => {
            let mut new = Vec::new();
            match (requests, missing) {
                (Some(requests), [one]) => {
                    edits.push(amend::add(requests, one, &guess(requests, amount(one)))?)
                }
                (Some(_), _) => return None,
                (None, _) => new.push(("requests", requested(resources))),
            }
            match limits {
                _ if !limit => {}
                Some(limits) => edits.push(amend::add(limits, "memory", &guess(limits, LIMIT))?),
                None => new.push(("limits", limited(resources))),
            }
            edits.extend(amend::add_all(resources, &new)?);
        }
        None => {
            let mut all = vec![("requests".to_owned(), requested(container.node))];
            all.extend(limit.then(|| ("limits".to_owned(), limited(container.node))));
            edits.push(amend::add(container.node, "resources", &Value::Map(all))?);
        }
    }
    Some(Fix { edits, ..Fix::needs_decision(title) })
}

/// Enough for most to begin with.
const LIMIT: &str = "512Mi";

fn memory_limit(inventory: &Inventory<'_>, out: &mut Out) {
    let others = Others::read(inventory);
    for (_, workload) in judged(inventory, &others) {
        let of_pod = workload.pod.spec.0.get("resources");
        if has(of_pod, "limits", "memory") || others.limit(inventory, workload, "memory") {
            continue;
        }
        for container in workload.pod.spec.running_containers() {
            let resources = container.node.get("resources");
            // Without a request as well, `requests-missing` speaks.
            let request = resources.and_then(|one| one.get("requests")).and_then(|list| list.get("memory"));
            let (Some(request), false) = (request, has(resources, "limits", "memory")) else {
                continue;
            };
            let name = container.name();
            out.report(request, format!("container `{name}` has no memory limit"))
                .label("a request is not a limit")
                .note("a memory leak in it can take down other pods on its node")
                .help(format!("add `resources.limits.memory` to `{name}`, above what it uses at its peak"))
                .repairable(
                    format!("limit memory to the request, `{}`", request.text()),
                    resources.and_then(|resources| match resources.get("limits") {
                        Some(limits) => amend::add(limits, "memory", &Value::text(request.source_text())),
                        None => {
                            let limits = Value::map([("memory", Value::text(request.source_text()))]);
                            amend::add(resources, "limits", &limits)
                        }
                    }),
                );
        }
    }
}

//! ServiceMonitors and PodMonitors: what they watch, and through which port.

mod unselected;

use std::collections::BTreeSet;

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Evidence, Inventory, MonitorUse, Watched, same_directory, scope};
use crate::kube::labels::Labels;
use crate::kube::selector::{Match, Selector};
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::text::suggest;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("monitor-selects-nothing", Check::Unit(selects_nothing)),
    rule!("monitor-unselected", Check::Unit(unselected::unselected)),
];

fn selects_nothing(inventory: &Inventory<'_>, out: &mut Out) {
    for monitor in inventory.monitors() {
        if inventory.is_patched(&monitor.object)
            || monitor.selector.has_placeholder()
            || monitor.selector.is_invalid()
        {
            continue;
        }
        let empty = match &monitor.watched {
            Watched::Services(found) => found.is_empty(),
            Watched::Workloads(found) => found.is_empty(),
        };
        if empty { nothing(inventory, &monitor, out) } else { ports(inventory, &monitor, out) }
    }
}

/// A candidate: what to call it, where it is, and its labels.
struct Candidate<'a> {
    title: String,
    anchor: crate::yaml::Node<'a>,
    labels: Labels<'a>,
    named_alike: bool,
}

fn candidates<'a>(inventory: &Inventory<'a>, monitor: &MonitorUse<'a>) -> Vec<Candidate<'a>> {
    let object = &monitor.object;
    let alike = |name: &str| name == object.name || object.name.strip_suffix("-monitor") == Some(name);
    match monitor.watched {
        Watched::Services(_) => {
            let beside = inventory.beside("Service", object).take(100);
            let positions = beside.flat_map(|service| inventory.services_named(service.name)).copied();
            let ours = positions.filter(|&at| {
                let service = &inventory.services[at].object;
                same_directory(service, object) && inventory.watches(object, service)
            });
            ours.map(|at| Candidate {
                title: inventory.services[at].object.title(),
                anchor: inventory.services[at].object.anchor(),
                labels: inventory.labels_of_service(at),
                named_alike: alike(inventory.services[at].object.name),
            })
            .collect()
        }
        Watched::Workloads(_) => {
            let near = inventory.neighbours(object).into_iter().chain(inventory.sharing(&monitor.selector));
            let ours = near.filter(|&at| {
                let workload = &inventory.workloads[at].object;
                same_directory(workload, object)
                    && scope(inventory.namespace(object), inventory.namespace(workload)) != Match::No
            });
            ours.map(|at| Candidate {
                title: inventory.workloads[at].title(),
                anchor: inventory.workloads[at].object.anchor(),
                labels: inventory.labels(at).clone(),
                named_alike: alike(inventory.workloads[at].object.name),
            })
            .collect()
        }
    }
}

fn nothing(inventory: &Inventory<'_>, monitor: &MonitorUse<'_>, out: &mut Out) {
    let what = match monitor.watched {
        Watched::Services(_) => "Service",
        Watched::Workloads(_) => "pod",
    };
    let title = monitor.object.title();
    if let Some(service) = next_door(inventory, monitor) {
        let Some(severity) = inventory.absence(Evidence::NearMiss, &monitor.object) else { return };
        let there = inventory.namespace(&service).unwrap_or("default");
        let place = monitor.object.spec().and_then(|spec| spec.get("namespaceSelector"));
        out.report(
            place.unwrap_or(monitor.selector.node),
            format!("{title} watches nothing: {} is in namespace `{there}`", service.title()),
        )
        .severity(severity)
        .label(match place {
            Some(_) => "does not include this namespace",
            None => "without `namespaceSelector` only the monitor's own namespace is watched",
        })
        .also(service.anchor(), format!("has these labels, in namespace `{there}`"))
        .help(format!("add `{there}` to `namespaceSelector.matchNames`"));
        return;
    }
    let slip = |candidate: &Candidate<'_>| all_slips(&monitor.selector, &candidate.labels);
    let all = candidates(inventory, monitor);
    let near = all.iter().find(|one| slip(one)).or_else(|| all.iter().find(|one| one.named_alike));
    let evidence = if near.is_some() { Evidence::NearMiss } else { Evidence::Nothing };
    let Some(severity) = inventory.absence(evidence, &monitor.object) else {
        return;
    };
    let Some(near) = near else {
        out.report(monitor.selector.node, format!("{title} watches nothing: no {what} has these labels"))
            .severity(severity)
            .label(format!("no {what} in the linted files has these labels"))
            .help("if it comes from elsewhere, suppress this finding with a reason");
        return;
    };
    let Some(first) = monitor.selector.unmet(&near.labels).next() else {
        return;
    };
    let draft = out
        .report(
            first.node,
            format!("{title} watches nothing: no {what} has the label `{}` like this", first.key),
        )
        .severity(severity);
    match near.labels.get(first.key) {
        Some(label) => draft
            .label(format!("{} has `{}`", near.title, label.value))
            .also(label.node, format!("the closest match: {}", near.title))
            .help(format!("did you mean `{}: {}`?", label.key, label.value)),
        None => draft
            .label(format!("{} has no such label", near.title))
            .also(near.anchor, format!("the closest match: {}", near.title))
            .help(match monitor.watched {
                Watched::Services(_) => {
                    "labels of the Service itself count, not those it selects: add it there"
                }
                Watched::Workloads(_) => "add the label to the pod template",
            }),
    };
}

/// The Service of the monitor's directory with all labels, in a namespace that the monitor does not look into.
fn next_door<'a>(inventory: &Inventory<'a>, monitor: &MonitorUse<'a>) -> Option<Object<'a>> {
    let Watched::Services(_) = monitor.watched else { return None };
    let beside = inventory.beside("Service", &monitor.object).take(100);
    let mut positions = beside.flat_map(|service| inventory.services_named(service.name)).copied();
    let found = positions.find(|&at| {
        let service = &inventory.services[at].object;
        same_directory(service, &monitor.object)
            && !inventory.watches(&monitor.object, service)
            && monitor.selector.matches(&inventory.labels_of_service(at)).is_yes()
    });
    found.map(|at| inventory.services[at].object)
}

fn all_slips(selector: &Selector<'_>, labels: &Labels<'_>) -> bool {
    let mut unmet = selector.unmet(labels).peekable();
    unmet.peek().is_some()
        && unmet.all(|one| {
            labels
                .get(one.key)
                .is_some_and(|label| one.values.iter().any(|value| suggest::is_slip(value, label.value)))
        })
}

fn ports(inventory: &Inventory<'_>, monitor: &MonitorUse<'_>, out: &mut Out) {
    for node in &monitor.ports {
        let name = node.text();
        if name.is_empty() || is_placeholder(name) || is_shouted(name) {
            continue;
        }
        let (mut names, mut open, mut anchor, mut title) = (Vec::new(), false, None, String::new());
        let mut beside = false;
        match &monitor.watched {
            Watched::Services(found) => {
                for &at in found.iter().take(100) {
                    let service = &inventory.services[at];
                    open |= inventory.is_patched(&service.object) || service.ports().next().is_none();
                    names.extend(service.ports().filter_map(|port| port.name).map(|name| name.text()));
                    anchor = anchor.or(service.field("ports"));
                    if title.is_empty() {
                        title = service.object.title();
                    }
                    beside |= same_directory(&service.object, &monitor.object);
                }
                open |= found.len() > 100;
            }
            Watched::Workloads(found) => {
                for &at in found.iter().take(100) {
                    let workload = &inventory.workloads[at];
                    open |= inventory.is_patched(&workload.object);
                    let spec = workload.pod.spec;
                    names.extend(spec.ports().filter_map(|port| port.name).map(|name| name.text()));
                    anchor = anchor.or(Some(workload.object.anchor()));
                    if title.is_empty() {
                        title = workload.title();
                    }
                    beside |= same_directory(&workload.object, &monitor.object);
                }
                open |= found.len() > 100;
            }
        }
        if open || names.iter().any(|one| *one == name || is_placeholder(one)) {
            continue;
        }
        let near = suggest::nearest(name, names.iter().copied());
        // Another object that the selector would reach, an operator's or another repository's, may have the port.
        let surely = near.is_some() || beside;
        if !surely && inventory.is_produced(monitor.object.name) {
            continue;
        }
        let place = anchor.unwrap_or(*node);
        let draft = out
            .report(
                *node,
                format!("{} scrapes nothing: {title} has no port `{name}`", monitor.object.title()),
            )
            .severity(if surely { Severity::Warning } else { Severity::Info })
            .label("no port of this name")
            .also(place, "what is watched");
        match near {
            _ if pods_listen(inventory, monitor, name) => draft
                .help(format!("add a port `{name}` to {title}: its pods have a container port of this name")),
            Some(near) => draft.perhaps(*node, near),
            None if names.is_empty() => draft.help("give the port a name"),
            None => {
                // Ports that another endpoint already scrapes were hardly meant.
                let used = |one: &&str| monitor.ports.iter().any(|port| port.text() == *one);
                let free: BTreeSet<&str> = names.iter().copied().filter(|one| !used(one)).collect();
                let free: Vec<&str> = free.into_iter().collect();
                match free.is_empty() {
                    true => draft.help(format!("give a port the name `{name}`, or remove the endpoint")),
                    false => draft.help(format!("write `{}`", free.join("` or `"))),
                }
            }
        };
    }
}

/// Whether pods behind the watched Services have a container port of this name, which the Services leave out.
fn pods_listen(inventory: &Inventory<'_>, monitor: &MonitorUse<'_>, name: &str) -> bool {
    let Watched::Services(found) = &monitor.watched else { return false };
    let pods = found.iter().take(100).flat_map(|&at| inventory.service_pods(at));
    let mut specs = pods.map(|one| inventory.workloads[one.workload].pod.spec);
    specs.any(|spec| spec.ports().any(|port| port.name.is_some_and(|own| own.text() == name)))
}

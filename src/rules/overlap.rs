//! Selectors that reach further than they should.

use super::words::list;
use super::{Check, Rule, rule};
use crate::finding::{Out, Severity};
use crate::inventory::{Inventory, directory, resolve_port, same_directory, same_file};
use crate::kube::labels::{LabelPair, Labels};
use crate::kube::service::{ServicePort, TargetPort};
use crate::kube::workload::{Workload, WorkloadKind};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("selectors-overlap", Check::Unit(overlap)),
    rule!("service-spans-workloads", Check::Service(spans)),
    rule!("service-port-undeclared", Check::Service(undeclared)),
];

/// How many selected workloads are looked at for a partner; the rest would say the same.
const MOST: usize = 50;

fn overlap(inventory: &Inventory<'_>, out: &mut Out) {
    let mut said = std::collections::HashSet::new();
    for (at, workload) in inventory.workloads.iter().enumerate() {
        let Some(selector) = workload.selector.as_ref().filter(|_| is_controller(workload)) else {
            continue;
        };
        let unclear = selector.has_placeholder() || inventory.is_patched(&workload.object);
        if selector.is_empty() || unclear || inventory.is_broken_by_label(selector.node) {
            continue;
        }
        let namespace = inventory.namespace(&workload.object);
        let reached =
            inventory.select_lazily(namespace, selector).filter(|one| one.workload != at).take(MOST);
        let other = reached.filter(|one| one.certain.is_yes()).map(|one| one.workload).find(|&other| {
            let theirs = &inventory.workloads[other];
            is_controller(theirs)
                && !inventory.is_patched(&theirs.object)
                && !is_off(inventory, at)
                && !is_off(inventory, other)
                && !inventory.is_relabelled_into(&workload.object, selector, other)
                && !are_on_other_nodes(workload, theirs)
                && applied_together(inventory, workload, theirs)
        });
        let Some(other) = other else {
            continue;
        };
        // Two that select each other are one mistake.
        if said.contains(&(other, at)) {
            continue;
        }
        said.insert((at, other));
        let theirs = &inventory.workloads[other];
        let (one, two) = (workload.title(), theirs.title());
        // The label by which it matches.
        let labels = &theirs.pod.labels;
        let matching =
            selector.requirements.iter().find_map(|one| labels.get(one.key)).map(|label| label.node);
        let counted = [at, other]
            .iter()
            .any(|&one| !inventory.budgets_of(one).is_empty() || !inventory.scalers_of(one).is_empty());
        let mutual =
            theirs.selector.as_ref().is_some_and(|selector| selector.matches(&workload.pod.labels).is_yes());
        let mixed = inventory.services_of(at).iter().any(|one| {
            let shared = inventory.services_of(other).contains(one);
            let leads = |port: &ServicePort<'_>, to: &Workload<'_>| {
                resolve_port(port, to.pod.spec).is_some_and(|target| target.number().is_some())
            };
            shared
                && inventory.services[*one].ports().any(|port| leads(&port, workload) && leads(&port, theirs))
        });
        let draft = out.report(selector.node, format!("the selector of {one} also selects the pods of {two}"))
            .label(format!("matches the pods of {two}"))
            .also(matching.unwrap_or(theirs.pod.node), "their labels match")
            .note("autoscalers and tools count the pods of both, and pods that lose their owner change hands")
            .help("give each its own label, in the selector and in the pod template; to change the selector of a running one, delete and recreate it");
        // Nothing counts the pods, and nothing sends them each other's requests.
        if !(counted || mutual || mixed) {
            draft.severity(Severity::Info);
        }
    }
}

/// Whether one may stand in the place of the other: the same program, or one name for two kinds.
fn is_alternative(one: &Workload<'_>, other: &Workload<'_>) -> bool {
    one.shares_image(other) || one.object.name == other.object.name
}

/// Whether a workload has no pods for now.
fn is_off(inventory: &Inventory<'_>, at: usize) -> bool {
    inventory.replicas(at).is_some_and(|range| range.ceiling.count == 0)
}

/// Whether a workload keeps its pods by a selector, and nobody keeps the workload itself.
fn is_controller(workload: &Workload<'_>) -> bool {
    let kept = workload.is_scalable() || workload.kind == WorkloadKind::DaemonSet;
    kept && !workload.is_owned() && !workload.is_temporary()
}

/// Whether two DaemonSets are one program for two kinds of node, such as those of Linux and of Windows.
fn are_on_other_nodes(one: &Workload<'_>, other: &Workload<'_>) -> bool {
    let both = [one, other].iter().all(|workload| workload.kind == WorkloadKind::DaemonSet);
    let [own, theirs] = [one, other].map(|workload| Labels::read(workload.pod.spec.0.get("nodeSelector")));
    let differs = |pair: &LabelPair<'_>| {
        theirs.get(pair.key).is_some_and(|other| !pair.open && !other.open && other.value != pair.value)
    };
    both && own.pairs().iter().any(differs)
}

/// Lessons and alternatives share directories, namespaces and labels; what stands in one file, or what one
/// kustomization builds, is one application, and so are two programs of one directory. One name for two kinds is an
/// alternative, too.
fn applied_together(inventory: &Inventory<'_>, one: &Workload<'_>, other: &Workload<'_>) -> bool {
    let programs = || !one.shares_image(other);
    let beside = || same_directory(&one.object, &other.object) && !directory(&one.object).is_empty();
    one.object.name != other.object.name
        && (same_file(&one.object, &other.object) || inventory.view.built || (beside() && programs()))
}

fn spans(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let service = &inventory.services[at];
    let Some(selector) = &service.selector else {
        return;
    };
    let pods = inventory.service_pods(at);
    if pods.len() < 2 || service.is_headless() || inventory.is_broken_by_label(selector.node) {
        return;
    }
    let certain =
        pods.iter().filter(|one| one.certain.is_yes()).map(|one| &inventory.workloads[one.workload]);
    let steady: Vec<&Workload<'_>> = certain
        .filter(|workload| {
            !workload.is_temporary() && !workload.is_owned() && !inventory.is_patched(&workload.object)
        })
        .filter(|workload| inventory.surely_together(&service.object, &workload.object))
        .take(MOST)
        .collect();
    for port in service.ports() {
        let Some(TargetPort::Number(number)) = port.target() else {
            continue;
        };
        let declares =
            |workload: &&&Workload<'_>| workload.pod.spec.ports().any(|one| one.number == Some(number));
        let declared_some = |workload: &&&Workload<'_>| workload.pod.spec.ports().next().is_some();
        let good: Vec<&&Workload<'_>> = steady.iter().filter(declares).collect();
        let bad: Vec<&&Workload<'_>> = steady
            .iter()
            .filter(|workload| declared_some(workload) && !declares(workload))
            .filter(|workload| !good.iter().any(|other| is_alternative(other, workload)))
            .collect();
        if good.is_empty() || bad.is_empty() {
            continue;
        }
        let names = |all: &[&&Workload<'_>]| list(&all.iter().map(|one| one.title()).collect::<Vec<_>>(), 3);
        out.report(
            selector.node,
            format!(
                "{} also sends requests for port {} to {}, which does not serve {number}",
                service.object.title(),
                port.title(),
                names(&bad)
            ),
        )
        .label(format!("selects {} and {}", names(&good), names(&bad)))
        .also(bad[0].pod.node, format!("declares other ports than {number}"))
        .help(format!("add a label to the selector that only {} has", names(&good)));
        break;
    }
}

fn undeclared(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let service = &inventory.services[at];
    let pods = inventory.service_pods(at);
    if pods.is_empty() {
        return;
    }
    for port in service.ports() {
        let Some(TargetPort::Number(number)) = port.target() else {
            continue;
        };
        let specs = || pods.iter().map(|one| inventory.workloads[one.workload].pod.spec);
        let silent =
            specs().any(|spec| spec.ports().next().is_none() || spec.ports().any(|one| one.number.is_none()));
        let listed = specs().any(|spec| spec.ports().any(|one| one.number == Some(number)));
        let unsure = pods.iter().any(|one| {
            !one.certain.is_yes() || inventory.is_patched(&inventory.workloads[one.workload].object)
        });
        if silent || listed || unsure || specs().all(|spec| resolve_port(&port, spec).is_none()) {
            continue;
        }
        let workload = &inventory.workloads[pods[0].workload];
        let numbers: Vec<String> =
            workload.pod.spec.ports().filter_map(|one| one.number).map(|number| number.to_string()).collect();
        out.report(
            port.target_node().unwrap_or(port.node),
            format!(
                "{} declares no port {number}, to which {} sends its traffic",
                workload.title(),
                service.object.title()
            ),
        )
        .label("no container port has this number")
        .also(workload.object.anchor(), format!("declares {}", list(&numbers, 4)))
        .help("numbers need no declaration, so this may be right; declare the port, or correct the number");
    }
}

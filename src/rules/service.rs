//! Services: the pods they select and the ports they send traffic to.

use std::collections::BTreeSet;

use super::{Check, Rule, rule};
use crate::files::Distance;
use crate::finding::{Out, Severity, amend};
use crate::inventory::{Evidence, Inventory, Resolved, Selected, resolve_port, same_file};
use crate::kube::pod::{Container, ContainerPort};
use crate::kube::selector::{Requirement, Selector};
use crate::kube::service::{Service, ServicePort, TargetPort};
use crate::kube::workload::Workload;
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::text::suggest;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("service-selects-nothing", Check::Service(selects_nothing)),
    rule!("service-port-unresolved", Check::Service(port_unresolved)),
];

/// Label keys that applications set on their own pods while they run: who leads, who is active.
const RUN_TIME_KEYS: &[&str] =
    &["role", "master", "leader", "primary", "active", "cluster-name", "vault-active", "perf-standby"];

fn selects_nothing(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let service = &inventory.services[at];
    let Some(selector) = &service.selector else {
        return;
    };
    let unclear = selector.has_placeholder()
        || inventory.is_broken_by_label(selector.node)
        || is_of_the_cluster(inventory, service, selector);
    if unclear || has_endpoints(inventory, service) {
        return;
    }
    match inventory.service_pods(at) {
        [] => report_nothing(inventory, service, selector, out),
        // Hooks of Helm run and are gone.
        pods if service.object.annotation("helm.sh/hook").is_none()
            && pods.iter().all(|one| inventory.workloads[one.workload].is_hook()) =>
        {
            report_nothing(inventory, service, selector, out);
        }
        _ => others_only(inventory, at, selector, out),
    }
}

/// Labels of pods that a cluster brings along in its own namespace.
const OF_THE_CLUSTER: &[(&str, &[&str])] = &[
    ("component", &["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]),
    (
        "k8s-app",
        &["coredns", "kube-controller-manager", "kube-dns", "kube-proxy", "kube-scheduler", "metrics-server"],
    ),
    ("tier", &["control-plane"]),
];

/// Whether a selector means pods that the cluster itself runs (fact 4.32).
fn is_of_the_cluster(inventory: &Inventory<'_>, service: &Service<'_>, selector: &Selector<'_>) -> bool {
    let own = |one: &Requirement<'_>| {
        OF_THE_CLUSTER
            .iter()
            .any(|(key, values)| *key == one.key && one.values.iter().any(|value| values.contains(value)))
    };
    inventory.namespace(&service.object) == Some("kube-system") && selector.requirements.iter().any(own)
}

/// A Service that finds the pods of another chapter, which have Services of their own, and not the ones beside it.
fn others_only<'a>(inventory: &Inventory<'a>, at: usize, selector: &Selector<'a>, out: &mut Out) {
    let service = &inventory.services[at];
    let is_far = |one: &Selected| {
        let workload = &inventory.workloads[one.workload].object;
        let served = inventory.services_of(one.workload).iter().any(|&other| {
            inventory.distance(&inventory.services[other].object, workload) <= Distance::Directory
        });
        let open = inventory.namespace(&service.object).is_none() || inventory.namespace(workload).is_none();
        open && served && inventory.distance(&service.object, workload) > Distance::Near
    };
    let selected = inventory.service_pods(at);
    if !selected.iter().all(is_far) {
        return;
    }
    let Some(near) = inventory.nearest_workload(&service.object, selector) else { return };
    let workload = &inventory.workloads[near.workload];
    let alone =
        inventory.neighbours(&service.object).len() == 1 && same_file(&workload.object, &service.object);
    let only =
        inventory.services.iter().filter(|one| same_file(&one.object, &service.object)).nth(1).is_none();
    let first = selector.unmet(inventory.labels(near.workload)).next();
    let (Some(first), true) = (first, alone && only) else { return };
    let Some(label) = inventory.labels(near.workload).get(first.key) else { return };
    let Some(severity) = inventory.absence(Evidence::NearMiss, &service.object) else { return };
    let theirs = workload.title();
    let title = service.object.title();
    out.report(first.node, format!("{title} does not select the pods beside it, of {theirs}"))
        .severity(severity)
        .label(format!("only pods of other directories have {}", wanted(first)))
        .also(label.node, format!("{theirs} has `{}: {}`", label.key, label.value))
        .also(inventory.workloads[selected[0].workload].object.anchor(), "has other Services beside it")
        .help(format!("did you mean `{}: {}`?", label.key, label.value));
}

fn report_nothing<'a>(
    inventory: &Inventory<'a>,
    service: &Service<'a>,
    selector: &Selector<'a>,
    out: &mut Out,
) {
    let title = service.object.title();
    let Some(near) = inventory.nearest_workload(&service.object, selector) else {
        let Some(severity) = inventory.absence(Evidence::Nothing, &service.object) else {
            return;
        };
        out.report(selector.node, format!("{title} selects no pods"))
            .severity(severity)
            .label("no pod template in the linted files has these labels")
            .help(
                "if an operator or another repository creates its pods, suppress this finding with a reason",
            );
        return;
    };
    // Its pods may well be what could not be read.
    let pairs: Vec<(&str, &str)> = selector.required_pairs().collect();
    if inventory.view.is_spoken_of(&pairs) {
        return;
    }
    let workload = &inventory.workloads[near.workload];
    let Some(severity) = inventory.absence(Evidence::NearMiss, &service.object) else {
        return;
    };
    let theirs = workload.title();
    let unmet: Vec<&Requirement<'_>> = selector.unmet(inventory.labels(near.workload)).collect();
    let Some(first) = unmet.first() else {
        let (own, other) = (inventory.namespace(&service.object), inventory.namespace(&workload.object));
        let (own, other) = (own.unwrap_or("default"), other.unwrap_or("default"));
        let place = service.object.metadata().and_then(|metadata| metadata.get("namespace"));
        out.report(
            place.unwrap_or(selector.node),
            format!("{title} selects no pods: {theirs} is in namespace `{other}`, not `{own}`"),
        )
        .severity(severity)
        .label(format!("a Service only finds pods of its own namespace, `{own}`"))
        .also(workload.object.anchor(), format!("its labels match, but it is in `{other}`"))
        .help(format!("put both into one namespace, `{other}` or `{own}`"));
        return;
    };
    if unmet.iter().any(|one| is_set_at_run_time(one, inventory, near.workload)) {
        return;
    }
    let labels = inventory.labels(near.workload);
    let draft = match labels.get(first.key) {
        Some(label) => out
            .report(first.node, format!("{title} selects no pods; the closest match is {theirs}"))
            .label(match selector.required_pairs().count() {
                1 => format!("no pod has {}", wanted(first)),
                _ => format!("no pod has {} together with the other labels of the selector", wanted(first)),
            })
            .also(label.node, format!("{theirs} has `{}: {}`", label.key, label.value))
            .help(format!("did you mean `{}: {}`?", label.key, label.value))
            .repairable(
                format!("select `{}: {}`", label.key, label.value),
                amend::value(first.node, label.value).filter(|_| first.pair && unmet.len() == 1),
            ),
        None => out
            .report(first.node, format!("{title} selects no pods; the closest match is {theirs}"))
            .label("no pod has all of these labels")
            .also(workload.pod.node, format!("{theirs} has no label `{}`", first.key))
            .help(format!(
                "add `{}: {}` to its pod template, or select its other labels",
                first.key,
                first.values.first().unwrap_or(&"")
            )),
    };
    draft.severity(severity);
}

fn wanted(requirement: &Requirement<'_>) -> String {
    let values: Vec<String> = requirement.values.iter().map(|value| format!("`{value}`")).collect();
    values.join(" or ")
}

/// Values of labels that say who of several pods leads.
const LEADING: &[&str] = &["leader", "master", "primary"];

/// Whether the label may well be put on the pod by the application itself.
fn is_set_at_run_time(one: &Requirement<'_>, inventory: &Inventory<'_>, workload: usize) -> bool {
    let last = one.key.rsplit(['/', '.']).next().unwrap_or(one.key).to_ascii_lowercase();
    let known = RUN_TIME_KEYS.iter().any(|key| last == *key || last.ends_with(&format!("-{key}")));
    let leads = one.pair && one.values.iter().all(|value| LEADING.contains(value));
    (known || leads) && inventory.labels(workload).get(one.key).is_none()
}

/// Endpoints that somebody writes by hand make a selector that matches nothing harmless (fact 4.15).
fn has_endpoints(inventory: &Inventory<'_>, service: &Service<'_>) -> bool {
    inventory.has_slice(service.object.name) || inventory.endpoints(&service.object).is_some()
}

fn port_unresolved(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let service = &inventory.services[at];
    for port in service.ports() {
        match port.target() {
            Some(TargetPort::Name(name)) if !is_placeholder(name) && !is_shouted(name) => {
                check_port(inventory, at, &port, name, out);
            }
            Some(TargetPort::Number(number)) => host_port(inventory, at, &port, number, out),
            _ => {}
        }
    }
}

/// A number that no container declares, but one opens on its node: traffic of a Service never takes that way.
fn host_port(inventory: &Inventory<'_>, at: usize, port: &ServicePort<'_>, number: i64, out: &mut Out) {
    let Some(workload) = silent_about(inventory, at, number) else { return };
    let on_node = |one: &ContainerPort<'_>| {
        one.number.is_some() && one.node.get("hostPort").and_then(|port| port.int()) == Some(number)
    };
    let Some(opened) = workload.pod.spec.ports().find(on_node) else { return };
    let (title, pods, inside) =
        (inventory.services[at].object.title(), workload.title(), opened.number.unwrap_or(0));
    let message =
        format!("port {} of {title} routes to port {number}, which is open on the node only", port.title());
    out.report(port.target_node().unwrap_or(port.node), message)
        .severity(Severity::Warning)
        .label(format!("the container of {pods} listens on {inside}"))
        .also(opened.node, format!("`hostPort: {number}` leads from the node to port {inside}"))
        .help(format!("set `targetPort: {inside}`"));
}

/// The only workload behind a Service, if nothing of it speaks of a port of this number.
fn silent_about<'i, 'a>(inventory: &'i Inventory<'a>, at: usize, number: i64) -> Option<&'i Workload<'a>> {
    let [selected] = inventory.service_pods(at) else { return None };
    let workload = &inventory.workloads[selected.workload];
    let spec = workload.pod.spec;
    let shared = spec.host_network().is_some() || inventory.is_patched(&workload.object);
    if shared || !selected.certain.is_yes() || spec.ports().any(|one| one.number == Some(number)) {
        return None;
    }
    // A probe or an argument that names the number says that something listens there.
    let digits = number.to_string();
    let speaks = |container: Container<'_>| {
        let text = ["args", "command", "env", "livenessProbe", "readinessProbe", "startupProbe"];
        let mut fields = text.iter().filter_map(|field| container.node.get(field));
        fields.any(|field| field.source_text().contains(&digits))
    };
    (!spec.running_containers().any(speaks)).then_some(workload)
}

/// Whether a workload has no ports, or only those of metrics: whoever selects it hardly means it.
fn serves_nobody(inventory: &Inventory<'_>, workload: usize) -> bool {
    let of_metrics = |port: ContainerPort<'_>| port.name.is_some_and(|name| name.text().contains("metrics"));
    inventory.workloads[workload].pod.spec.ports().all(of_metrics)
}

fn check_port<'a>(inventory: &Inventory<'a>, at: usize, port: &ServicePort<'a>, name: &str, out: &mut Out) {
    let service = &inventory.services[at];
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let is_stray = |workload: usize| {
        let selector = service.selector.as_ref();
        selector.is_some_and(|one| inventory.is_relabelled_into(&service.object, one, workload))
    };
    for selected in inventory.service_pods(at) {
        let workload = &inventory.workloads[selected.workload];
        match resolve_port(port, workload.pod.spec) {
            Some(resolved) if resolved.is_resolved() => good.push(selected.workload),
            // Pods of Jobs and Helm hooks come and go; that they serve nothing is no news (fact 13.10). A container
            // that something adds may have the port.
            Some(_) if workload.is_temporary() || inventory.is_patched(&workload.object) => {}
            Some(_) if workload.may_be_injected() => {}
            Some(_) if is_stray(selected.workload) => {}
            Some(resolved) if selected.certain.is_yes() => bad.push((selected.workload, resolved)),
            _ => {}
        }
    }
    if good.iter().any(|one| same_file(&inventory.workloads[*one].object, &service.object)) {
        bad.retain(|(one, _)| !is_another_lesson(inventory, at, *one));
    }
    // Pods that only may be meant (a namespace left open) and have the port settle it.
    let all_good = good.iter().any(|&one| !is_certain(inventory, at, one));
    let Some((first, resolved)) = bad.first().filter(|_| !all_good) else {
        return;
    };
    let workload = &inventory.workloads[*first];
    let names: Vec<String> = bad.iter().map(|one| inventory.workloads[one.0].title()).collect();
    let names = names.join(", ");
    let title = service.object.title();
    let message = if good.is_empty() {
        format!("port {} of {title} has no target: {}", port.title(), why(name, port, resolved, &names))
    } else {
        let served = inventory.workloads[good[0]].title();
        format!("port {} of {title} never reaches {names}: only {served} has a port `{name}`", port.title())
    };
    let place = port.target_node().unwrap_or(port.node);
    let draft = out.report(place, message).label(format!("no container port of {names} has this name"));
    // DNS answers with pod addresses, so clients of a headless Service never see this port (fact 4.13).
    let draft = if service.is_headless() { draft.severity(Severity::Info) } else { draft };
    // Pods without the port are left out, and the others get all of its traffic.
    let elsewhere = || bad.iter().all(|(one, _)| serves_nobody(inventory, *one));
    let draft = if !good.is_empty() && elsewhere() {
        draft.severity(Severity::Info).note("traffic reaches only the pods that have the port")
    } else {
        draft
    };
    match resolved {
        Resolved::OtherProtocol(other) => {
            draft.also(other.node, format!("`{name}` speaks {}", other.protocol)).help(format!(
                "name and protocol must both match: set `protocol: {}` at one of the two",
                other.protocol
            ))
        }
        Resolved::InitOnly(other) => draft
            .also(other.node, "declared by an init container, which is gone before the pod serves")
            .help("declare the port on a container that keeps running"),
        // The other pods are right, so the port's name is; these pods were hardly meant.
        _ if !good.is_empty() => draft
            .also(workload.object.anchor(), "the Service selects its pods, too")
            .help("if these pods are not meant, narrow the selector to those that serve the port"),
        _ => {
            let declared: Vec<ContainerPort<'_>> =
                workload.pod.spec.ports().filter(|port| port.name.is_some()).collect();
            let taken = |name: &str| {
                let others = inventory.services[at].ports();
                others.filter_map(|other| other.target_node()).any(|target| target.text() == name)
            };
            match nearest_port(name, port, &declared).filter(|one| !one.name.is_some_and(|name| taken(name.text()))) {
                Some(other) => {
                    let meant = other.name.map_or("", |name| name.text());
                    draft
                        .also(
                            other.name.unwrap_or(other.node),
                            format!("{} calls it `{meant}`", workload.title()),
                        )
                        .help(format!("did you mean `{meant}`?"))
                        .repairable(
                            format!("write `targetPort: {meant}`"),
                            port.target_node().and_then(|node| amend::value(node, meant)),
                        )
                }
                None => draft
                    .also(workload.object.anchor(), "the pods this Service selects")
                    .help(match &declared[..] {
                        [only] if !only.name.is_some_and(|name| taken(name.text())) => format!(
                            "declare a port named `{name}` on a container, write its number, or use `{}`, the only port with a name",
                            only.name.map_or("", |name| name.text())
                        ),
                        _ => format!("declare a port named `{name}` on a container, or write its number"),
                    }),
            }
        }
    };
}

/// Whether a workload in another file has a Service of its own there that selects the same labels: one of several
/// files of a directory that are applied one at a time.
fn is_another_lesson(inventory: &Inventory<'_>, service: usize, workload: usize) -> bool {
    let (own, object) = (&inventory.services[service], &inventory.workloads[workload].object);
    let labels = |service: &Service<'_>| {
        let selector = service.selector.as_ref().map_or(&[][..], |selector| &selector.requirements);
        selector.iter().map(|one| format!("{}={:?}", one.key, one.values)).collect::<BTreeSet<_>>()
    };
    let twin = |&at: &usize| {
        let other = &inventory.services[at];
        same_file(&other.object, object) && labels(other) == labels(own)
    };
    inventory.namespace(object).is_none()
        && !same_file(&own.object, object)
        && inventory.services_of(workload).iter().any(twin)
}

fn is_certain(inventory: &Inventory<'_>, service: usize, workload: usize) -> bool {
    let selected = inventory.service_pods(service).iter();
    selected.clone().any(|one| one.workload == workload && one.certain.is_yes())
}

fn why(name: &str, port: &ServicePort<'_>, resolved: &Resolved<'_>, pods: &str) -> String {
    match resolved {
        Resolved::OtherProtocol(other) => {
            format!("`{name}` is a {} port of {pods}, not {}", other.protocol, port.protocol)
        }
        Resolved::InitOnly(_) => format!("only an init container of {pods} declares `{name}`"),
        _ => format!("{pods} has no port named `{name}`"),
    }
}

/// The port that was meant: one whose name is near, or the only named one.
fn nearest_port<'p, 'a>(
    name: &str,
    port: &ServicePort<'_>,
    declared: &'p [ContainerPort<'a>],
) -> Option<&'p ContainerPort<'a>> {
    let text = |port: &ContainerPort<'a>| port.name.map_or("", |name| name.text());
    let near = suggest::nearest(name, declared.iter().map(text));
    let by_name = near.and_then(|near| declared.iter().find(|one| text(one) == near));
    by_name.or_else(|| declared.iter().find(|one| one.number == port.port && one.number.is_some()))
}

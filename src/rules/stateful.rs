//! StatefulSets and the Service that gives their pods names.

use super::missing::Missing;
use super::{Check, Eligible, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Found, Inventory, same_directory};
use crate::kube::service::Service;
use crate::kube::workload::WorkloadKind;
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] =
    &[rule!("statefulset-service-missing", Check::Workload(Eligible::FINAL, service_missing))];

fn service_missing(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    if workload.kind != WorkloadKind::StatefulSet {
        return;
    }
    let Some(name) = workload.object.spec().and_then(|spec| spec.get("serviceName")) else {
        return;
    };
    let text = name.text();
    if text.is_empty() || name.is_null() || is_placeholder(text) || is_shouted(text) {
        return;
    }
    let namespace = inventory.namespace(&workload.object);
    let found = inventory.look_up(&workload.object, namespace, "Service", "services", text);
    match found {
        Found::Object(..) => {
            let all = inventory.reachable_services(text, namespace);
            if let &[service] = all.as_slice() {
                unfit(inventory, at, service, name, out);
            }
        }
        _ => absent(inventory, at, name, found, out),
    }
}

fn unfit(inventory: &Inventory<'_>, at: usize, position: usize, name: Node<'_>, out: &mut Out) {
    let service = &inventory.services[position];
    let title = inventory.workloads[at].title();
    if inventory.is_patched(&service.object) {
        return;
    }
    let then = format!("the pods of {title} have no names in DNS");
    if service.is_external_name() {
        out.report(name, format!("Service `{}` is only a name for something else: {then}", name.text()))
            .label("an ExternalName Service has no endpoints")
            .also(service.object.anchor(), "this one")
            .help("name a headless Service that selects the pods");
        return;
    }
    // Far away and without a namespace it may be another application's.
    if !inventory.surely_together(&service.object, &inventory.workloads[at].object) {
        return;
    }
    let pods = inventory.service_pods(position);
    // A Service without selector has endpoints by hand; one that selects nothing is reported as such.
    if service.selector.is_some() && !pods.is_empty() && pods.iter().all(|one| one.workload != at) {
        let others = inventory.workloads[pods[0].workload].title();
        out.report(
            name,
            format!(
                "Service `{}` does not select the pods of {title}, so they have no names in DNS",
                name.text()
            ),
        )
        .label(format!("it selects those of {others}"))
        .also(service.selector.as_ref().map_or(service.object.anchor(), |one| one.node), "its selector")
        .help("name the headless Service of these pods, or give it their labels");
        return;
    }
    let empty = service.selector.is_some() && pods.is_empty();
    if !service.is_headless() && !empty {
        out.report(name, format!("Service `{}` of {title} is not headless", name.text()))
            .severity(Severity::Info)
            .label("should be a headless Service (`clusterIP: None`)")
            .note("its pods may get no DNS names of their own")
            .also(service.object.anchor(), "this Service has a cluster IP")
            .help("add a headless Service (`clusterIP: None`) and put its name in `serviceName`; to change that field, delete and recreate the StatefulSet");
    }
}

fn absent<'a>(inventory: &Inventory<'a>, at: usize, name: Node<'a>, found: Found<'a>, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let found = match found {
        // A Service of another program may well have nearly the name.
        Found::Near(other) if selects(inventory, at, &other) => found,
        Found::Nothing | Found::Near(_) => partner(inventory, at).map_or(Found::Nothing, Found::Near),
        _ => found,
    };
    // A lone pod is reached by whatever Service selects it.
    let alone = inventory.replicas(at).is_some_and(|range| range.ceiling.count < 2);
    if alone && matches!(found, Found::Nothing) && inventory.served_by(at).is_some() {
        return;
    }
    let missing = Missing {
        from: &workload.object,
        place: name,
        kind: "Service",
        list: "services",
        consequence: format!("the pods of {} have no names in DNS", workload.title()),
    };
    missing.report(inventory, &found, out);
}

fn selects<'a>(inventory: &Inventory<'a>, at: usize, object: &Object<'a>) -> bool {
    let services = inventory.services_of(at).iter().map(|&one| &inventory.services[one]);
    services.into_iter().any(|service| service.object.node.span() == object.node.span())
}

/// The one headless Service beside the StatefulSet that selects its pods.
fn partner<'a>(inventory: &Inventory<'a>, at: usize) -> Option<Object<'a>> {
    let workload = &inventory.workloads[at].object;
    let fit = |service: &&Service<'a>| service.is_headless() && same_directory(&service.object, workload);
    let mut services = inventory.services_of(at).iter().map(|&one| &inventory.services[one]).filter(fit);
    match (services.next(), services.next()) {
        (Some(only), None) => Some(only.object),
        _ => None,
    }
}

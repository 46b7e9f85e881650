//! Pods that stop while requests still arrive (fact 9.16).

use super::lasting;
use crate::finding::Out;
use crate::inventory::{Inventory, scope};
use crate::kube::selector::Match;

pub fn delay_missing(inventory: &Inventory<'_>, out: &mut Out) {
    let backends = inventory.backends();
    let is_backend = |at: usize| {
        let service = &inventory.services[at].object;
        backends.iter().find(|one| {
            one.name.text() == service.name && scope(one.namespace, inventory.namespace(service)) != Match::No
        })
    };
    for (at, workload) in lasting(inventory) {
        let spec = workload.pod.spec;
        let waits = |container: crate::kube::pod::Container<'_>| {
            container.node.get("lifecycle").is_some_and(|lifecycle| lifecycle.get("preStop").is_some())
        };
        if !workload.is_scalable() || spec.running_containers().any(waits) {
            continue;
        }
        let found = inventory.certain_services(at).iter().find_map(|&service| {
            let outside = inventory.services[service].service_type() == "LoadBalancer";
            let place = is_backend(service).map(|one| one.name);
            place.or_else(|| outside.then(|| inventory.services[service].object.anchor()))
        });
        let Some(place) = found else { continue };
        out.report(
            workload.object.anchor(),
            format!("pods of {} stop at once while requests still reach them", workload.title()),
        )
        .label("no container has a preStop hook")
        .also(place, "leads requests to it")
        .help(
            "add a `preStop` hook that sleeps for 5 to 15 s, unless the program itself waits after SIGTERM",
        );
    }
}

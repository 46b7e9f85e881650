//! Liveness probes that ask what readiness asks, and as impatiently (fact 9.14).

use super::lasting;
use super::readiness::is_exporter;
use crate::finding::{Out, Severity, amend};
use crate::inventory::Inventory;
use crate::kube::probe::{Probe, Question};

pub fn equals_readiness(inventory: &Inventory<'_>, out: &mut Out) {
    for (at, workload) in lasting(inventory) {
        let served = inventory.served_by(at);
        let service = served.map(|service| &inventory.services[service].object);
        // Where only machines ask, or where no other pod can go on, a restart costs little more than not being ready.
        let machines = inventory.certain_services(at).iter().all(|&one| inventory.serves_machines(one));
        let alone = inventory.replicas(at).is_some_and(|range| range.ceiling.count < 2);
        for container in workload.pod.spec.running_containers() {
            let read = |field| Probe::read(container, field);
            let (Some(live), Some(ready)) = (read("livenessProbe"), read("readinessProbe")) else {
                continue;
            };
            let Some(question) = live.question(container) else {
                continue;
            };
            let patient = live.patience() > ready.patience() || live.timeout > ready.timeout;
            if patient || Some(&question) != ready.question(container).as_ref() {
                continue;
            }
            // That a port accepts connections, or a server about itself, says little about dependencies or load.
            let shallow = matches!(question, Question::Tcp { .. }) || question.asks_itself();
            let name = container.name();
            let after = live.patience();
            let message = format!("liveness and readiness probes of container `{name}` run the same check");
            let consequence = match service {
                Some(service) => format!(
                    "when the check fails for {after} s, the container is restarted; taking it out of Service `{}` would \
                     be enough",
                    service.name
                ),
                None => {
                    format!(
                        "when the check fails for {after} s, the container is restarted; marking it as not ready would \
                         be enough"
                    )
                }
            };
            let draft = out.report(live.key, message).note(consequence);
            let draft = match service {
                _ if is_exporter(container) => draft.severity(Severity::Info),
                // Killing what is still in service is never meant.
                Some(_) if !shallow && !machines && !alone && live.patience() < ready.patience() => {
                    draft.severity(Severity::Warning)
                }
                Some(_) if !shallow && !machines && !alone => draft,
                _ => draft.severity(Severity::Info),
            };
            draft
                .label(format!("restarts after {} × {} s", live.failures, live.period))
                .also(
                    ready.key,
                    format!("takes it out of service after {} × {} s", ready.failures, ready.period),
                )
                .help(help(&live, &ready, &question))
                .repairable(
                    format!("write `failureThreshold: {}` at the liveness probe", enough(&live, &ready)),
                    amend::set(live.node, "failureThreshold", &enough(&live, &ready).to_string()),
                );
        }
    }
}

/// How many failures of the liveness probe make it three times as patient as readiness.
fn enough(live: &Probe<'_>, ready: &Probe<'_>) -> i64 {
    (ready.patience().saturating_mul(3) / live.period).max(live.failures.saturating_add(1))
}

fn help(live: &Probe<'_>, ready: &Probe<'_>, question: &Question<'_>) -> String {
    let enough = enough(live, ready);
    let cheaper = match question {
        Question::Http { .. } => ", or use a path that does not check dependencies such as a database",
        _ => "",
    };
    let patience = enough.saturating_mul(live.period);
    format!(
        "set `failureThreshold: {enough}` on the liveness probe to restart only after {patience} s{cheaper}"
    )
}

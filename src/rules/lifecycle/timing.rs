//! Probes whose numbers contradict each other (fact 9.12).

use super::lasting;
use crate::finding::{Out, amend};
use crate::inventory::Inventory;
use crate::kube::probe::{FIELDS, Probe};

/// The timeout and the period of a probe, with what is a default.
fn times(probe: &Probe<'_>) -> String {
    let default = if probe.node.get("timeoutSeconds").is_some() { "" } else { " (the default)" };
    format!("timeout {} s{default}, period {} s", probe.timeout, probe.period)
}

pub fn overlong(inventory: &Inventory<'_>, out: &mut Out) {
    for (_, workload) in lasting(inventory) {
        for container in workload.pod.spec.running_containers() {
            let probes = FIELDS.iter().filter_map(|field| Probe::read(container, field));
            let long: Vec<Probe<'_>> = probes.filter(|probe| probe.timeout >= probe.period).collect();
            let Some((first, others)) = long.split_first() else {
                continue;
            };
            let (timeout, period) = (first.timeout, first.period);
            let name = container.name();
            let place = first.node.get("timeoutSeconds").or_else(|| first.node.get("periodSeconds"));
            let probe = first.field;
            let message = if timeout > period {
                format!("`timeoutSeconds` of the {probe} of container `{name}` exceeds its period")
            } else {
                format!("`timeoutSeconds` of the {probe} of container `{name}` equals its period")
            };
            let mut draft = out
                .report(place.unwrap_or(first.key), message)
                .label(times(first))
                .note(if timeout > period {
                    "a slow check delays the next one, so a failure is noticed later than the period says"
                } else {
                    "a check that hangs takes the whole period, and the next one begins at once"
                })
                .help(match timeout {
                    1 => "set `periodSeconds: 2` on this probe".to_owned(),
                    _ => format!(
                        "set a timeout below the period, or a longer period such as `periodSeconds: {}`",
                        timeout.saturating_mul(2)
                    ),
                })
                .repairable(
                    format!("write `periodSeconds: {}`", timeout.saturating_mul(2)),
                    amend::set(first.node, "periodSeconds", &timeout.saturating_mul(2).to_string()),
                );
            for other in others {
                let place = other.node.get("timeoutSeconds").unwrap_or(other.key);
                draft = draft.also(place, format!("the same for the {}: {}", other.field, times(other)));
            }
            let _ = draft;
        }
    }
}

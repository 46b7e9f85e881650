//! Hooks that use up the time a container has to stop (facts 9.16–9.18).

use crate::finding::{Out, Severity, amend};
use crate::kube::pod::Container;
use crate::kube::sleep;
use crate::kube::workload::Workload;
use crate::rules::Around;

pub fn grace_period_short(workload: &Workload<'_>, _: &Around<'_>, out: &mut Out) {
    for container in workload.pod.spec.running_containers() {
        check(workload, container, out);
    }
}

fn check<'a>(workload: &Workload<'a>, container: Container<'a>, out: &mut Out) {
    let written = workload.pod.spec.0.get("terminationGracePeriodSeconds");
    let grace = match written {
        None => 30,
        Some(node) => match node.int() {
            Some(seconds) => {
                if seconds < 0 {
                    1
                } else {
                    seconds
                }
            }
            None => return,
        },
    };
    let hook = container.node.get("lifecycle").and_then(|lifecycle| lifecycle.get("preStop"));
    let Some(sleep) = hook.and_then(sleep::of_handler) else {
        return;
    };
    if sleep.seconds < grace as f64 {
        return;
    }
    let name = container.name();
    let long = match sleep.seconds.is_finite() {
        true => format!("{} s", sleep.seconds),
        false => "indefinitely".to_owned(),
    };
    let rejected = sleep.action && sleep.seconds > grace as f64;
    let message = if rejected {
        format!("preStop hook of container `{name}` sleeps longer than the grace period of {grace} s")
    } else if grace == 0 {
        format!("preStop hook of container `{name}` never runs: the grace period is 0 s")
    } else {
        format!("preStop hook of container `{name}` uses up the grace period of {grace} s")
    };
    let label = match written {
        Some(_) => format!("sleeps {long}"),
        None => format!("sleeps {long}; the default grace period of 30 s includes the hook"),
    };
    let mut draft = out.report(sleep.at, message).label(label);
    if rejected {
        draft = draft.severity(Severity::Error).note("the API server rejects it");
    }
    if let Some(node) = written {
        draft = draft.also(node, "includes the time of the hook");
    }
    let _ = match sleep.seconds.is_finite() {
        true => draft
            .help(format!(
                "set `terminationGracePeriodSeconds: {}`, or sleep less",
                sleep.seconds.ceil() as i64 + 30
            ))
            .repairable(
                format!("write `terminationGracePeriodSeconds: {}`", sleep.seconds.ceil() as i64 + 30),
                amend::set(
                    workload.pod.spec.0,
                    "terminationGracePeriodSeconds",
                    &(sleep.seconds.ceil() as i64 + 30).to_string(),
                ),
            ),
        false => draft.help("sleep for a time that ends before the grace period"),
    };
}

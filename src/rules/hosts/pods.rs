//! Hosts that are pods of a StatefulSet: how they must be written, and which of them there are (facts 5.4, 5.6).

use super::{report, what};
use crate::finding::{Out, Severity};
use crate::inventory::{Evidence, HostUse, Inventory, Source, scope};
use crate::kube::selector::Match;
use crate::kube::workload::{Workload, WorkloadKind};

/// The set and the ordinal in `db-0`.
fn parts(pod: &str) -> Option<(&str, i64)> {
    let (set, ordinal) = pod.rsplit_once('-')?;
    let plain = ordinal == "0" || !ordinal.starts_with('0');
    let digits =
        !ordinal.is_empty() && ordinal.len() < 10 && ordinal.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || !digits || set.is_empty() {
        return None;
    }
    Some((set, ordinal.parse().ok()?))
}

/// The ordinals that a StatefulSet ever has, from the first to one past the last.
fn ordinals(inventory: &Inventory<'_>, at: usize) -> Option<(i64, i64)> {
    let most = inventory.replicas(at)?.ceiling.count;
    let ordinals = inventory.workloads[at].object.spec()?.get("ordinals");
    let first = match ordinals.and_then(|ordinals| ordinals.get("start")) {
        Some(start) => start.int()?,
        None => 0,
    };
    Some((first, first.checked_add(most)?))
}

fn service_name<'a>(workload: &Workload<'a>) -> Option<&'a str> {
    Some(workload.object.spec()?.get("serviceName")?.text())
}

/// Reports a pod that its StatefulSet never has: `db-3` of three replicas.
pub(super) fn beyond(
    inventory: &Inventory<'_>,
    host: &HostUse<'_>,
    service: usize,
    pod: &str,
    out: &mut Out,
) -> bool {
    let Some((set, ordinal)) = parts(pod) else { return false };
    let found = inventory.service_pods(service).iter().find(|selected| {
        let workload = &inventory.workloads[selected.workload];
        let same =
            workload.kind == WorkloadKind::StatefulSet && workload.object.name.eq_ignore_ascii_case(set);
        same && selected.certain.is_yes() && !inventory.is_patched(&workload.object)
    });
    let Some(at) = found.map(|selected| selected.workload) else { return false };
    let Some((first, end)) = ordinals(inventory, at).filter(|range| range.1 > range.0) else { return false };
    if (first..end).contains(&ordinal) {
        return false;
    }
    let workload = &inventory.workloads[at];
    let title = workload.title();
    let has = match end - first {
        1 => format!("only `{set}-{first}`"),
        _ => format!("`{set}-{first}` to `{set}-{}`", end - 1),
    };
    let severity = if host.verified { Severity::Error } else { Severity::Warning };
    let bound = inventory.replicas(at).map(|range| range.ceiling.source);
    let place = match bound {
        Some(Source::Written(node) | Source::Scaler(_, Some(node))) => node,
        _ => workload.object.anchor(),
    };
    report(host, format!("{} names a pod that {title} never has", what(host)), "no such pod", out)
        .severity(severity)
        .also(place, format!("{title} has {has}"))
        .help("name one of its pods, or run more replicas");
    true
}

/// Reports the bare name of a pod, which resolves in that pod only.
pub(super) fn bare(
    inventory: &Inventory<'_>,
    host: &HostUse<'_>,
    name: &str,
    namespace: Option<&str>,
    out: &mut Out,
) -> bool {
    let Some((set, ordinal)) = parts(name) else { return false };
    let found = inventory.workloads_named(set).iter().copied().find(|&at| {
        let workload = &inventory.workloads[at];
        workload.kind == WorkloadKind::StatefulSet
            && scope(namespace, inventory.namespace(&workload.object)) != Match::No
            && ordinals(inventory, at).is_some_and(|(first, end)| (first..end).contains(&ordinal))
    });
    // In the pod itself the name is in the hosts file; every pod of the set has the same variables.
    let Some(at) = found.filter(|at| *at != host.workload) else { return false };
    let workload = &inventory.workloads[at];
    let pod = &inventory.workloads[host.workload].object;
    let (Some(service), Some(severity)) =
        (service_name(workload), inventory.absence(Evidence::NearMiss, pod))
    else {
        return false;
    };
    let message =
        format!("{} is a pod of {}, whose bare name does not resolve", what(host), workload.title());
    report(host, message, "found by DNS only together with the name of its Service", out)
        .severity(severity)
        .also(workload.object.anchor(), format!("its pods are found below `{service}`"))
        .help(format!("write `{name}.{service}`"));
    true
}

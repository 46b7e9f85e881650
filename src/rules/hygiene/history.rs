//! What is kept of the past: finished Jobs, and revisions to go back to (facts 19.34 and 19.35).

use crate::finding::Out;
use crate::inventory::Inventory;
use crate::kube::workload::WorkloadKind;

/// Jobs that stay for ever after they ended.
pub(super) fn never_cleaned(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let object = &workload.object;
    let hook = |key: &str| object.annotation(key).is_some();
    if workload.kind != WorkloadKind::Job
        || object.node.get("status").is_some_and(|status| status.entries().next().is_some())
        || workload.pod.spec.containers().all(|one| one.image().is_none())
        || hook("helm.sh/hook")
        || hook("argocd.argoproj.io/hook")
        || object.spec().is_some_and(|spec| spec.get("ttlSecondsAfterFinished").is_some())
    {
        return;
    }
    out.report(object.anchor(), format!("{} and its pods stay after it ended", workload.title()))
        .label("no `ttlSecondsAfterFinished`")
        .help("set `ttlSecondsAfterFinished`, for example to 86400, which is a day");
}

/// Workloads that keep no revision to go back to.
pub(super) fn no_revision(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let limit = workload.object.spec().and_then(|spec| spec.get("revisionHistoryLimit"));
    let Some(limit) = limit.filter(|limit| limit.int() == Some(0)) else { return };
    out.report(limit, format!("{} keeps no revision to roll back to", workload.title()))
        .label("`kubectl rollout undo` finds no earlier revision")
        .help("keep a few, for example `revisionHistoryLimit: 3`");
}

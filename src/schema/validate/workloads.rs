//! What runs pods: selectors, templates and rollouts (`pkg/apis/apps/validation`).

use super::{Notes, Place, REJECTED};
use crate::kube::int_or_percent::IntOrPercent;
use crate::schema::{Trouble, TroubleKind};
use crate::yaml::Node;

/// The selector selects the template, and not everything.
pub(super) fn selector<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let version = place.root().get("apiVersion").and_then(Node::str).unwrap_or_default();
    let Some(entry) = place.node.entry("selector").filter(|entry| entry.value.is_mapping()) else { return };
    // What else is in it is an unknown field.
    if entry.value.entries().any(|entry| !matches!(entry.key.key_text(), "matchLabels" | "matchExpressions"))
    {
        return;
    }
    let written = |field: &str| {
        entry
            .value
            .get(field)
            .is_some_and(|value| value.entries().next().is_some() || value.items().next().is_some())
    };
    if !written("matchLabels") && !written("matchExpressions") && version.starts_with("apps/v1") {
        let help = "add `matchLabels`: the labels of the pod template";
        // A kustomization may add the labels.
        let message = "the selector is empty, and would select every pod";
        let trouble = Trouble::new(TroubleKind::InvalidByDefault, entry.key, message);
        notes.push(trouble.label(REJECTED).help(help));
    }
}

/// When a Deployment gives up, unless it says otherwise.
const DEADLINE: i64 = 600;

/// A Deployment gives up later than a pod counts as available.
pub(super) fn deployment<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    selector(place, notes);
    let (ready, deadline) = (place.node.get("minReadySeconds"), place.node.get("progressDeadlineSeconds"));
    let least = ready.and_then(Node::int).unwrap_or(0);
    if let (None, Some(at), true) = (deadline, ready, least >= DEADLINE) {
        let message =
            format!("`minReadySeconds` {least} is not below `progressDeadlineSeconds`, which is {DEADLINE}");
        notes.refuse(at, message, "lower it, or raise `progressDeadlineSeconds`");
    }
    if let Some((at, seconds)) = deadline.and_then(|at| Some((at, at.int()?)))
        && (0..=least).contains(&seconds)
    {
        let message = format!("`progressDeadlineSeconds` {seconds} is not above `minReadySeconds` {least}");
        notes.clash(at, ready.unwrap_or(at), message, format!("raise it above {least}"));
    }
}

/// A template of pods: what only a running pod has is refused.
pub(super) fn template<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(spec) = place.node.get("spec") else { return };
    if let Some(entry) =
        spec.entry("ephemeralContainers").filter(|entry| entry.value.items().next().is_some())
    {
        let help = "remove them: `kubectl debug` adds them to a pod that runs";
        notes.refuse(entry.key, "a template has no `ephemeralContainers`", help);
    }
    let owner = place.chain.last().map_or("", |frame| frame.name());
    let lasts = matches!(
        owner,
        "DeploymentSpec"
            | "ReplicaSetSpec"
            | "StatefulSetSpec"
            | "DaemonSetSpec"
            | "ReplicationControllerSpec"
    );
    if let (true, Some(at)) = (lasts, spec.get("activeDeadlineSeconds")) {
        let kind = owner.trim_end_matches("Spec");
        let help = "remove it, or make it a Job if it is to end";
        notes.refuse(at, format!("a {kind} has no `activeDeadlineSeconds`: its pods never end"), help);
    }
}

/// Zero of what a rolling update needs one of.
fn is_zero(at: Option<Node<'_>>) -> bool {
    matches!(at.and_then(IntOrPercent::read), Some(IntOrPercent::Int(0) | IntOrPercent::Percent(0)))
}

/// A Deployment that may neither lose nor add a pod never changes (`ValidateRollingUpdateDeployment`).
pub(super) fn rollout<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (unavailable, surge) = (place.node.get("maxUnavailable"), place.node.get("maxSurge"));
    if let (true, true, Some(at), Some(other)) = (is_zero(unavailable), is_zero(surge), unavailable, surge) {
        let message = "`maxUnavailable` and `maxSurge` are both 0, so nothing could ever change";
        notes.clash(at, other, message, "make one of them at least 1");
    }
}

/// A DaemonSet replaces pods before or after it starts new ones, not both.
pub(super) fn daemon_rollout<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (unavailable, surge) = (place.node.get("maxUnavailable"), place.node.get("maxSurge"));
    // Without a word the first is 1.
    let stays = is_zero(unavailable);
    match surge {
        Some(at) if !is_zero(surge) && !stays && IntOrPercent::read(at).is_some() => {
            let message = "`maxSurge` of a DaemonSet needs `maxUnavailable: 0`";
            notes.clash(
                at,
                unavailable.unwrap_or(at),
                message,
                "write `maxUnavailable: 0`, or remove `maxSurge`",
            );
        }
        _ if stays && (surge.is_none() || is_zero(surge)) => {
            let Some(at) = unavailable else { return };
            let message = "`maxUnavailable` and `maxSurge` are both 0, so nothing could ever change";
            notes.refuse(at, message, "make one of them at least 1");
        }
        _ => {}
    }
}

/// A StatefulSet that may lose no pod never changes.
pub(super) fn stateful_rollout<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let unavailable = place.node.get("maxUnavailable");
    if let (true, Some(at)) = (is_zero(unavailable), unavailable) {
        notes.refuse(at, "`maxUnavailable` is 0, so nothing could ever change", "write 1 or more");
    }
}

//! What runs pods: selectors, templates and rollouts (`pkg/apis/apps/validation`).

use super::scalars::of_kind;
use super::texts::LABEL;
use super::{Notes, Place, REJECTED, given, known};
use crate::kube::int_or_percent::IntOrPercent;
use crate::kube::labels::Labels;
use crate::kube::selector::{Match, Selector};
use crate::schema::{Cause, Told, Trouble, TroubleKind};
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
        return;
    }
    if version.starts_with("apps/") {
        selects(place, &Selector::label_selector(entry.value), notes);
    }
}

/// The template of a controller of pods has the labels that its selector asks for.
pub(super) fn selects<'a>(place: &Place<'_, 'a>, selector: &Selector<'a>, notes: &mut Notes<'_, 'a>) {
    let Some(template) = place.node.entry("template").filter(|entry| entry.value.is_mapping()) else {
        return;
    };
    let labels = template.value.get("metadata").and_then(|meta| meta.entry("labels"));
    let known = Labels::read(labels.map(|entry| entry.value).filter(|labels| labels.is_mapping()));
    if selector.is_invalid() || selector.matches(&known) != Match::No {
        return;
    }
    let at = labels.map_or(template.key, |entry| entry.key);
    let message = "the selector does not select the labels of the template";
    notes.told_by(Told::Selector, at, message, "give the template the labels that the selector asks for");
}

/// A ReplicationController selects its pods with plain labels, which are the template's where none are written.
pub(super) fn replication<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if let Some(map) = place.given("selector").filter(|map| map.entries().next().is_some()) {
        selects(place, &Selector::map(map), notes);
    }
}

/// A StatefulSet makes a claim of each of its templates, which pods know by its name.
pub(super) fn stateful<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    selector(place, notes);
    for template in place.items("volumeClaimTemplates").filter(|one| one.is_mapping()) {
        let name = template.get("metadata").and_then(|meta| given(meta, "name"));
        match name.and_then(|at| Some((at, at.str()?))) {
            Some((at, text)) => of_kind(&LABEL, "name", text, at, notes),
            None if name.is_none() => {
                let at = template.entries().next().map_or(template, |entry| entry.key);
                let trouble = Trouble::new(TroubleKind::MissingField, at, "the claim template has no name")
                    .cause(Cause::Needs);
                notes.push(trouble.label(REJECTED).help("add `metadata.name`, which volume mounts refer to"));
            }
            None => {}
        }
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
    profiles(place, notes);
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

/// A budget says how many pods must stay, or how many may go (fact 3.1).
pub(super) fn budget<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if let (Some(_), Some(at)) = (place.node.get("minAvailable"), place.node.get("maxUnavailable")) {
        notes.told_by(Told::Budget, at, "`maxUnavailable` beside `minAvailable`", "keep one of them");
    }
}

/// The old way to give a container a profile of AppArmor.
const PROFILE: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Annotations with profiles name containers of the pod (`validateAppArmorAnnotations`).
pub(super) fn profiles<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let annotations = place.node.get("metadata").and_then(|meta| meta.get("annotations"));
    for entry in annotations.into_iter().flat_map(Node::entries) {
        let Some(name) = entry.key.key_text().strip_prefix(PROFILE) else { continue };
        let spec = place.node.get("spec");
        let lists = ["containers", "initContainers", "ephemeralContainers"].into_iter();
        let mut containers = lists.filter_map(|field| spec?.get(field)).flat_map(Node::items);
        if !known::is_placeholder(name)
            && !containers.any(|one| one.get("name").is_some_and(|own| own.text() == name))
        {
            let message = format!("the pod has no container `{name}`");
            notes.refuse(entry.key, message, "name a container, or use `securityContext.appArmorProfile`");
        }
    }
}

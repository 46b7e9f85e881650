//! What may change in a Pod and in the template of a Job: next to nothing (facts 20.6, 20.11).

use super::canon::{Canon, Value};
use super::difference::{Difference, differ};

/// A Pod's `spec`: images, a deadline that comes nearer, more tolerations, and where it may go as long as it waits for
/// a gate.
pub fn spec(then: &Canon, now: &Canon) -> Option<Difference> {
    let path = ["spec"];
    if let Some(found) = containers(then, now) {
        return Some(found);
    }
    deadline(then, now)
        .or_else(|| tolerations(then, now))
        .or_else(|| gates(then, now))
        .or_else(|| if gated(then) { affinity(then, now) } else { None })
        .or_else(|| differ(&free(then, then), &free(now, then), &path))
}

/// The pod template of a Job. One that is suspended may still be told where to run, so nothing is said of it.
pub fn template(then: &Canon, now: &Canon) -> Option<Difference> {
    let suspended = then.at(&["spec", "suspend"]).is_some_and(|field| field.value == Value::Bool(true));
    if suspended { None } else { differ(then, now, &["spec", "template"]) }
}

fn gated(pod: &Canon) -> bool {
    pod.at(&["spec", "schedulingGates"]).is_some_and(|gates| !gates.items().is_empty())
}

/// The object without what may change; `then` says whether it waits for a gate.
fn free(pod: &Canon, then: &Canon) -> Canon {
    let gated = gated(then);
    let container =
        |one: &Canon| one.without(&["image"]).with("lifecycle", |cycle| cycle.without(&["stopSignal"]));
    let each = |list: &Canon| Canon {
        span: list.span,
        value: Value::List(list.items().iter().map(container).collect()),
    };
    let without = |container: Canon| {
        // A lifecycle that only names a signal is none.
        match container.get("lifecycle") {
            Some(cycle) if cycle.value == Value::Map(Vec::new()) => container.without(&["lifecycle"]),
            _ => container,
        }
    };
    let each = |list: &Canon| {
        let list = each(list);
        Canon { span: list.span, value: Value::List(list.items().iter().cloned().map(without).collect()) }
    };
    let mut names = vec!["activeDeadlineSeconds", "tolerations", "schedulingGates"];
    if gated {
        names.extend(["nodeSelector", "affinity"]);
    }
    pod.with("spec", |spec| {
        let spec = spec.without(&names).with("containers", each).with("initContainers", each);
        let grace = spec.get("terminationGracePeriodSeconds").and_then(Canon::number);
        let was = then.at(&["spec", "terminationGracePeriodSeconds"]).and_then(Canon::number);
        match (grace, was) {
            (Some(1.0), Some(was)) if was < 0.0 => spec.without(&["terminationGracePeriodSeconds"]),
            (Some(grace), _) if grace < 0.0 => spec.without(&["terminationGracePeriodSeconds"]),
            _ => spec,
        }
    })
}

/// Containers neither come nor go.
fn containers(then: &Canon, now: &Canon) -> Option<Difference> {
    ["containers", "initContainers"].iter().find_map(|list| {
        let path = ["spec", *list];
        let count = |pod: &Canon| pod.at(&path).map_or(0, |list| list.items().len());
        if count(then) == count(now) { None } else { differ(then, now, &path) }
    })
}

/// It may be set, and come nearer.
fn deadline(then: &Canon, now: &Canon) -> Option<Difference> {
    let path = ["spec", "activeDeadlineSeconds"];
    let number = |pod: &Canon| pod.at(&path).and_then(Canon::number);
    match (number(then), number(now)) {
        (Some(old), Some(new)) if new <= old => None,
        (None, _) => None,
        _ => differ(then, now, &path),
    }
}

/// Each stays, but for how long it tolerates; new ones may come.
fn tolerations(then: &Canon, now: &Canon) -> Option<Difference> {
    let path = ["spec", "tolerations"];
    let list = |pod: &Canon| -> Vec<Canon> {
        let items = pod.at(&path).map(Canon::items).unwrap_or_default();
        items.iter().map(|one| one.without(&["tolerationSeconds"])).collect()
    };
    let after = list(now);
    if list(then).iter().all(|old| after.contains(old)) { None } else { differ(then, now, &path) }
}

/// Gates only go away.
fn gates(then: &Canon, now: &Canon) -> Option<Difference> {
    let path = ["spec", "schedulingGates"];
    let list = |pod: &Canon| pod.at(&path).map(|list| list.items().to_vec()).unwrap_or_default();
    let before = list(then);
    if list(now).iter().all(|gate| before.contains(gate)) { None } else { differ(then, now, &path) }
}

/// While it waits for a gate, a Pod may be told more narrowly where to go.
fn affinity(then: &Canon, now: &Canon) -> Option<Difference> {
    let selector = ["spec", "nodeSelector"];
    if let Some(Value::Map(old)) = then.at(&selector).map(|map| &map.value) {
        let kept =
            |(name, value): &(String, Canon)| now.at(&selector).and_then(|map| map.get(name)) == Some(value);
        if !old.iter().all(kept) {
            return differ(then, now, &selector);
        }
    }
    let pod_affinity =
        |pod: &Canon| pod.at(&["spec", "affinity"]).map(|affinity| affinity.without(&["nodeAffinity"]));
    let others = |pod: &Canon| pod_affinity(pod).filter(|affinity| affinity.value != Value::Map(Vec::new()));
    if others(then) != others(now) {
        return differ(then, now, &["spec", "affinity"]);
    }
    let path = [
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ];
    let old = then.at(&path)?.items();
    let new = now.at(&path).map(Canon::items).unwrap_or_default();
    let narrows = |(old, new): (&Canon, &Canon)| {
        ["matchExpressions", "matchFields"].iter().all(|list| {
            let items = |term: &Canon| term.get(list).map(|list| list.items().to_vec()).unwrap_or_default();
            let (old, new) = (items(old), items(new));
            new.len() >= old.len() && old.iter().zip(&new).all(|(old, new)| old == new)
        })
    };
    if old.len() == new.len() && old.iter().zip(new).all(narrows) { None } else { differ(then, now, &path) }
}

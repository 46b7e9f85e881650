//! LimitRanges: what they fill in, and what they refuse (facts 10.15, 15.73).

use super::{Amounts, PodResources, Refusal, Resources, amounts};
use crate::document::Object;
use crate::kube::quantity::Quantity;
use crate::yaml::{Entry, Node};

fn items<'a>(range: &Object<'a>, kind: &'static str) -> impl Iterator<Item = Node<'a>> + use<'a> {
    let limits = range.spec().and_then(|spec| spec.get("limits"));
    let items = limits.into_iter().flat_map(|list| list.items());
    items.filter(move |item| item.get("type").is_some_and(|own| own.text() == kind))
}

/// Fills in what a container leaves out.
pub(super) fn fill<'a>(range: &Object<'a>, container: &mut Resources<'a>) {
    for item in items(range, "Container") {
        let read = |key: &str| amounts(item.get(key)).unwrap_or_default();
        let mut limits = read("default");
        complete(&mut limits, &read("max"));
        let mut requests = read("defaultRequest");
        complete(&mut requests, &limits);
        complete(&mut requests, &read("min"));
        complete(&mut container.limits, &limits);
        complete(&mut container.requests, &requests);
    }
}

/// Where a LimitRange gives a limit to containers that have none of their own.
pub fn default_limit<'a>(ranges: &[Object<'a>], resource: &str) -> Option<Node<'a>> {
    let mut items = ranges.iter().flat_map(|range| items(range, "Container"));
    items.find_map(|item| ["default", "max"].iter().find_map(|key| item.get(key)?.get(resource)))
}

fn complete<'a>(to: &mut Amounts<'a>, from: &Amounts<'a>) {
    for (resource, amount) in from {
        to.entry(resource).or_insert(*amount);
    }
}

/// Entries of a field with their amounts.
fn bounds<'a>(item: Node<'a>, key: &str) -> Vec<(Entry<'a>, i128)> {
    let entries = item.get(key).into_iter().flat_map(|list| list.entries());
    entries.filter_map(|entry| Some((entry, Quantity::read(entry.value)?.milli()?))).collect()
}

/// What a LimitRange refuses in a pod.
pub(super) fn check<'a>(range: &Object<'a>, pod: &PodResources<'a>, found: &mut Vec<Refusal<'a>>) {
    for container in &pod.containers {
        let name = container.node.get("name").map_or("", |name| name.text());
        let at = place(container.node);
        for (resource, limit) in &container.limits {
            if container.requests.get(resource).is_some_and(|request| request > limit) {
                let by = range.anchor();
                let what =
                    format!("the {resource} request of container `{name}` is above the limit it is given");
                found.push(Refusal { at, by, what });
            }
        }
        for item in items(range, "Container") {
            let whose = format!("container `{name}`");
            compare(item, &container.requests, &container.limits, at, &whose, found);
        }
    }
    let (requests, limits) = pod.total();
    for item in items(range, "Pod") {
        compare(item, &requests, &limits, pod.anchor, "the pod", found);
    }
}

/// Where a container says what it needs, or its name.
fn place(container: Node<'_>) -> Node<'_> {
    let entry = container.entry("resources").filter(|entry| entry.value.is_mapping());
    entry.map(|entry| entry.key).or_else(|| container.get("name")).unwrap_or(container)
}

fn compare<'a>(
    item: Node<'a>,
    requests: &Amounts<'a>,
    limits: &Amounts<'a>,
    at: Node<'a>,
    whose: &str,
    found: &mut Vec<Refusal<'a>>,
) {
    for (entry, least) in bounds(item, "min") {
        let resource = entry.key.key_text();
        let what = match (requests.get(resource), limits.get(resource)) {
            (None, _) => format!("{whose} must request at least {} of {resource}", entry.value.text()),
            (Some(request), _) if *request < least => {
                format!("{whose} requests less than {} of {resource}", entry.value.text())
            }
            (_, Some(limit)) if *limit < least => {
                format!("{whose} has a {resource} limit below {}", entry.value.text())
            }
            _ => continue,
        };
        found.push(Refusal { at, by: entry.value, what });
    }
    for (entry, most) in bounds(item, "max") {
        let resource = entry.key.key_text();
        let what = match (limits.get(resource), requests.get(resource)) {
            (None, _) => format!("{whose} must have a {resource} limit of at most {}", entry.value.text()),
            (Some(limit), _) if *limit > most => {
                format!("{whose} has a {resource} limit above {}", entry.value.text())
            }
            (_, Some(request)) if *request > most => {
                format!("{whose} requests more than {} of {resource}", entry.value.text())
            }
            _ => continue,
        };
        found.push(Refusal { at, by: entry.value, what });
    }
    for (entry, ratio) in bounds(item, "maxLimitRequestRatio") {
        let resource = entry.key.key_text();
        let amount = |list: &Amounts<'a>| list.get(resource).copied().filter(|amount| *amount != 0);
        let fits = match (amount(requests), amount(limits)) {
            (Some(request), Some(limit)) => limit.saturating_mul(1000) <= ratio.saturating_mul(request),
            _ => false,
        };
        if !fits {
            let what = format!(
                "the {resource} limit of {whose} is more than {} times its request",
                entry.value.text()
            );
            found.push(Refusal { at, by: entry.value, what });
        }
    }
}

/// What a LimitRange refuses in a claim.
pub(super) fn check_claim<'a>(range: &Object<'a>, claim: &Object<'a>, found: &mut Vec<Refusal<'a>>) {
    let resources = claim.spec().and_then(|spec| spec.get("resources"));
    let requests = resources.and_then(|resources| resources.get("requests"));
    let Some(asked) = amounts(requests) else { return };
    let at = requests.unwrap_or(claim.anchor());
    for item in items(range, "PersistentVolumeClaim") {
        for (entry, least) in bounds(item, "min") {
            if asked.get(entry.key.key_text()).is_none_or(|amount| *amount < least) {
                let what = format!("it must ask for at least {}", entry.value.text());
                found.push(Refusal { at, by: entry.value, what });
            }
        }
        for (entry, most) in bounds(item, "max") {
            if asked.get(entry.key.key_text()).is_none_or(|amount| *amount > most) {
                let what = format!("it must ask for at most {}", entry.value.text());
                found.push(Refusal { at, by: entry.value, what });
            }
        }
    }
}

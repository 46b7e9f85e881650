//! ResourceQuotas: what they are about, what they count, and what they demand of pods (facts 15.74 to 15.76).

use std::collections::BTreeMap;

use super::{PodResources, Refusal, amounts};
use crate::document::Object;
use crate::kube::quantity::Quantity;
use crate::kube::rbac::resources;
use crate::yaml::{Entry, Node};

/// Amounts by the name a quota has for them, in thousandths.
pub type Usage = BTreeMap<String, i128>;

const ONE: i128 = 1000;

/// Resources that every container must state if a quota limits them.
const STATED: &[&str] = &["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// The limits of a quota.
pub fn hard<'a>(quota: &Object<'a>) -> Vec<(Entry<'a>, i128)> {
    let entries = quota.spec().and_then(|spec| spec.get("hard")).into_iter().flat_map(|list| list.entries());
    entries.filter_map(|entry| Some((entry, Quantity::read(entry.value)?.milli()?))).collect()
}

/// Whether a quota is about a pod, or about an object that is none: those only match quotas without scopes.
pub fn matches<'a>(quota: &Object<'a>, pod: Option<&PodResources<'a>>) -> bool {
    let spec = quota.spec();
    let plain = spec.and_then(|spec| spec.get("scopes")).into_iter().flat_map(|list| list.items());
    let mut plain = plain.map(|scope| in_scope(scope.text(), "Exists", &[], pod));
    let selector =
        spec.and_then(|spec| spec.get("scopeSelector")).and_then(|one| one.get("matchExpressions"));
    let mut selected = selector.into_iter().flat_map(|list| list.items()).map(|one| {
        let text = |key: &str| one.get(key).map_or("", |node| node.text());
        let values = one.get("values").into_iter().flat_map(|list| list.items());
        let values: Vec<&str> = values.map(|value| value.text()).collect();
        in_scope(text("scopeName"), text("operator"), &values, pod)
    });
    plain.all(|matches| matches) && selected.all(|matches| matches)
}

fn in_scope(scope: &str, operator: &str, values: &[&str], pod: Option<&PodResources<'_>>) -> bool {
    let Some(pod) = pod else { return false };
    let deadline = pod.spec.get("activeDeadlineSeconds").is_some();
    match scope {
        "Terminating" => deadline,
        "NotTerminating" => !deadline,
        "BestEffort" => pod.is_best_effort(),
        "NotBestEffort" => !pod.is_best_effort(),
        "PriorityClass" => {
            let class = pod.spec.get("priorityClassName").map(|class| class.text());
            match (operator, class.filter(|class| !class.is_empty())) {
                ("In", class) => class.is_some_and(|class| values.contains(&class)),
                ("NotIn", class) => class.is_none_or(|class| !values.contains(&class)),
                ("DoesNotExist", class) => class.is_none(),
                (_, class) => class.is_some(),
            }
        }
        "CrossNamespacePodAffinity" => crosses_namespaces(pod.spec),
        _ => false,
    }
}

/// Whether a term of the pod's affinity looks into other namespaces.
fn crosses_namespaces(spec: Node<'_>) -> bool {
    let crosses = |term: Node<'_>| {
        term.get("namespaces").is_some_and(|list| list.items().next().is_some())
            || term.get("namespaceSelector").is_some()
    };
    ["podAffinity", "podAntiAffinity"].iter().any(|kind| {
        let rules = spec.get("affinity").and_then(|affinity| affinity.get(kind));
        let list =
            |key: &str| rules.and_then(|rules| rules.get(key)).into_iter().flat_map(|list| list.items());
        list("requiredDuringSchedulingIgnoredDuringExecution").any(crosses)
            || list("preferredDuringSchedulingIgnoredDuringExecution")
                .filter_map(|one| one.get("podAffinityTerm"))
                .any(crosses)
    })
}

/// What a pod counts for.
pub fn usage(pod: &PodResources<'_>) -> Usage {
    let (requests, limits) = pod.total();
    let mut usage = Usage::from([("pods".to_owned(), ONE), ("count/pods".to_owned(), ONE)]);
    for (resource, amount) in &requests {
        if matches!(*resource, "cpu" | "memory" | "ephemeral-storage") || resource.starts_with("hugepages-") {
            usage.insert((*resource).to_owned(), *amount);
        }
        // Resources of devices are counted under this name only.
        usage.insert(format!("requests.{resource}"), *amount);
    }
    for (resource, amount) in &limits {
        usage.insert(format!("limits.{resource}"), *amount);
    }
    usage
}

/// What another object counts for.
pub fn object_usage(object: &Object<'_>) -> Usage {
    let plural = match resources::plural_of(object.kind) {
        Some(plural) => plural.to_owned(),
        None => format!("{}s", object.kind.to_ascii_lowercase()),
    };
    let counted = match object.group() {
        "" => format!("count/{plural}"),
        group => format!("count/{plural}.{group}"),
    };
    let mut usage = Usage::from([(counted, ONE)]);
    if object.group().is_empty() {
        usage.insert(plural, ONE);
    }
    let spec = object.spec();
    let get = |key: &str| spec.and_then(|spec| spec.get(key));
    if object.is("", "Service") {
        let ports = || get("ports").into_iter().flat_map(|list| list.items());
        let kind = get("type").map_or("", |kind| kind.text());
        let allocates = get("allocateLoadBalancerNodePorts").is_none_or(|node| node.bool() != Some(false));
        let written =
            || ports().filter(|port| port.get("nodePort").is_some_and(|node| node.int() != Some(0)));
        let nodes = match kind {
            "NodePort" => ports().count(),
            "LoadBalancer" if allocates => ports().count(),
            "LoadBalancer" => written().count(),
            _ => 0,
        };
        usage.insert("services.nodeports".to_owned(), nodes as i128 * ONE);
        usage.insert("services.loadbalancers".to_owned(), if kind == "LoadBalancer" { ONE } else { 0 });
    }
    if object.is("", "PersistentVolumeClaim") {
        let requests = get("resources").and_then(|resources| resources.get("requests"));
        let storage = amounts(requests).and_then(|asked| asked.get("storage").copied());
        let class = get("storageClassName").map_or("", |class| class.text());
        let of_class = |resource: &str| format!("{class}.storageclass.storage.k8s.io/{resource}");
        // Counted in whole bytes.
        let whole = storage.map(|amount| (amount + ONE - 1).div_euclid(ONE) * ONE);
        usage.extend(whole.map(|amount| ("requests.storage".to_owned(), amount)));
        if !class.is_empty() {
            usage.insert(of_class("persistentvolumeclaims"), ONE);
            usage.extend(whole.map(|amount| (of_class("requests.storage"), amount)));
        }
    }
    usage
}

/// What a quota demands that every container states.
pub(super) fn required<'a>(quota: &Object<'a>, pod: &PodResources<'a>, found: &mut Vec<Refusal<'a>>) {
    // Amounts for the pod as a whole stand for those of its containers.
    if pod.whole.is_some() {
        return;
    }
    for (entry, _) in hard(quota) {
        let name = entry.key.key_text();
        if !STATED.contains(&name) {
            continue;
        }
        let (list, resource) = name.split_once('.').unwrap_or(("requests", name));
        for container in &pod.containers {
            let own = if list == "limits" { &container.limits } else { &container.requests };
            if !own.contains_key(resource) {
                let node = container.node;
                let named = node.get("name");
                let what = format!(
                    "container `{}` must set `resources.{list}.{resource}`",
                    named.map_or("", |name| name.text())
                );
                let resources = node.entry("resources").filter(|entry| entry.value.is_mapping());
                let at = resources.map(|entry| entry.key).or(named).unwrap_or(node);
                found.push(Refusal { at, by: entry.key, what });
            }
        }
    }
}

/// What exceeds a quota if nothing else is there.
pub(super) fn exceeded<'a>(quota: &Object<'a>, usage: &Usage, at: Node<'a>, found: &mut Vec<Refusal<'a>>) {
    for (entry, most) in hard(quota) {
        let name = entry.key.key_text();
        if usage.get(name).is_some_and(|amount| *amount > most) {
            let what =
                format!("it needs more than the {} of `{name}` that the quota allows", entry.value.text());
            found.push(Refusal { at, by: entry.value, what });
        }
    }
}

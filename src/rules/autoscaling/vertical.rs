//! A VerticalPodAutoscaler beside an autoscaler that counts in shares of the same requests (fact 15.68).

use foldhash::{HashMap, HashMapExt};

use super::super::scale_metric::measures;
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::yaml::Node;

/// Reports those that change what the other one reckons with.
pub fn check(inventory: &Inventory<'_>, out: &mut Out) {
    let mut verticals: HashMap<&str, Vec<&Object<'_>>> = HashMap::new();
    for object in inventory.of_kind("VerticalPodAutoscaler") {
        if object.group() == "autoscaling.k8s.io" && changes(object) && !inventory.is_patched(object) {
            let name = target(object).and_then(|target| target.get("name")).map_or("", |name| name.text());
            verticals.entry(name).or_default().push(object);
        }
    }
    if verticals.is_empty() {
        return;
    }
    for index in 0..inventory.scalers.len() {
        let Some(at) = inventory.scaled_by(index) else { continue };
        let workload = &inventory.workloads[at];
        let Some(found) = verticals.get(workload.object.name) else { continue };
        let ours = |object: &&&Object<'_>| {
            let kind = target(object).and_then(|target| target.get("kind"));
            kind.is_none_or(|kind| kind.text() == workload.object.kind)
                && inventory.surely_together(object, &workload.object)
        };
        let (Some(vertical), Some(container)) =
            (found.iter().find(ours), workload.pod.spec.containers().next())
        else {
            continue;
        };
        let scaler = &inventory.scalers[index].object;
        let both = |resource: &&&str| {
            measures(inventory, at, container.name(), resource) && controls(vertical, resource)
        };
        let Some(resource) = ["cpu", "memory"].iter().find(both) else { continue };
        let place = target(vertical).and_then(|target| target.get("name")).unwrap_or(vertical.anchor());
        out.report(place, format!("{} and {} both react to {resource}", vertical.title(), scaler.title()))
            .severity(Severity::Warning)
            .label(format!("changes the {resource} requests"))
            .also(workload.object.anchor(), "the workload of both")
            .also(scaler.anchor(), format!("counts {resource} in shares of these requests"))
            .help("set `updateMode: \"Off\"` to get recommendations only, or scale by another metric");
    }
}

fn target<'a>(object: &Object<'a>) -> Option<Node<'a>> {
    object.spec()?.get("targetRef")
}

/// Whether it changes the requests of running pods.
fn changes(object: &Object<'_>) -> bool {
    let policy = object.spec().and_then(|spec| spec.get("updatePolicy"));
    let mode = policy.and_then(|policy| policy.get("updateMode"));
    mode.is_none_or(|mode| !matches!(mode.text(), "Off" | "Initial" | "false") && mode.bool() != Some(false))
}

/// Whether it sets a resource; without a policy it sets both.
fn controls(object: &Object<'_>, resource: &str) -> bool {
    let policies = object.spec().and_then(|spec| spec.get("resourcePolicy")?.get("containerPolicies"));
    let mut policies = policies.into_iter().flat_map(|list| list.items()).peekable();
    policies.peek().is_none()
        || policies.any(|policy| {
            let off = policy.get("mode").is_some_and(|mode| mode.text() == "Off");
            let listed = policy.get("controlledResources");
            !off && listed.is_none_or(|list| list.items().any(|one| one.text() == resource))
        })
}

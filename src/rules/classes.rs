//! Names of classes that are nearly those of classes in view (fact 15.67).

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::Out;
use crate::inventory::external::list_of;
use crate::inventory::{Evidence, Inventory};
use crate::kube::workload::WorkloadKind;
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::text::suggest;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("class-missing", Check::Unit(missing))];

/// So many classes are compared with a name.
const MOST: usize = 100;

fn missing(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in &inventory.workloads {
        let spec = workload.pod.spec.0;
        let what = workload.title();
        let pods = format!("pods of {what} are refused");
        check(inventory, &workload.object, spec.get("priorityClassName"), "PriorityClass", &pods, out);
        check(inventory, &workload.object, spec.get("runtimeClassName"), "RuntimeClass", &pods, out);
        if workload.kind == WorkloadKind::StatefulSet {
            for template in workload.claim_templates() {
                let class = template.get("spec").and_then(|spec| spec.get("storageClassName"));
                let waits = format!("claims of {what} stay Pending");
                check(inventory, &workload.object, class, "StorageClass", &waits, out);
            }
        }
    }
    let rows = [
        ("PersistentVolumeClaim", "storageClassName", "StorageClass", "stays Pending"),
        ("Ingress", "ingressClassName", "IngressClass", "is not served by any controller"),
        ("Gateway", "gatewayClassName", "GatewayClass", "is not served by any controller"),
    ];
    for (kind, field, class, then) in rows {
        for object in inventory.of_kind(kind) {
            let node = object.spec().and_then(|spec| spec.get(field));
            // A claim may take a volume of its own class, which no object has to describe.
            let by_hand = kind == "PersistentVolumeClaim" && has_volume(inventory, node);
            if node.is_some() && !by_hand {
                check(inventory, object, node, class, &format!("{} {then}", object.title()), out);
            }
        }
    }
}

fn has_volume(inventory: &Inventory<'_>, class: Option<Node<'_>>) -> bool {
    let class = class.map_or("", |class| class.text());
    inventory.of_kind("PersistentVolume").any(|volume| {
        let own = volume.spec().and_then(|spec| spec.get("storageClassName"));
        own.is_some_and(|own| own.text() == class)
    })
}

fn check<'a>(
    inventory: &Inventory<'a>,
    from: &Object<'a>,
    name: Option<Node<'a>>,
    kind: &'static str,
    consequence: &str,
    out: &mut Out,
) {
    let Some(name) = name else { return };
    let text = name.text();
    let unknown = text.is_empty() || text.starts_with("system-") || is_placeholder(text) || is_shouted(text);
    if unknown || inventory.is_patched(from) || inventory.is_in_other_unit(kind, text) {
        return;
    }
    if inventory.surroundings.is_external(list_of(kind), None, text) {
        return;
    }
    let mut all = inventory.of_kind(kind).peekable();
    if all.peek().is_none() || inventory.named(kind, text).next().is_some() {
        return;
    }
    let Some(near) = all.take(MOST).find(|class| suggest::is_slip(text, class.name)) else { return };
    let Some(severity) = inventory.absence(Evidence::NearMiss, from) else { return };
    out.report(name, format!("there is no {kind} `{text}`: {consequence}"))
        .severity(severity)
        .label(format!("no {kind} has this name"))
        .also(near.anchor(), "the closest match")
        .perhaps(name, near.name);
}

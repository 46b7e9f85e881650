//! NetworkPolicies: the pods they are about and the peers they let in.

mod dns;
mod ports;

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::Out;
use crate::inventory::{Evidence, Inventory, same_directory};
use crate::kube::selector::{Requirement, Selector};
use crate::text::suggest;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("network-policy-selects-nothing", Check::Unit(selects_nothing)),
    rule!("network-policy-blocks-dns", Check::Unit(dns::blocks_dns)),
    rule!("network-policy-port-unresolved", Check::Unit(ports::unresolved)),
];

fn selects_nothing(inventory: &Inventory<'_>, out: &mut Out) {
    let policies = inventory.of_kind("NetworkPolicy");
    for object in policies.filter(|object| matches!(object.group(), "networking.k8s.io" | "extensions")) {
        let Some(spec) = object.spec().filter(|_| !inventory.is_patched(object)) else {
            continue;
        };
        let own = spec.get("podSelector");
        if let Some(node) = own {
            let selector = Selector::label_selector(node).with_added(&object.added.selectors);
            check(inventory, object, &selector, &format!("{} selects no pods", object.title()), out);
        }
        for (direction, list, verb) in [("ingress", "from", "in"), ("egress", "to", "out")] {
            let rules: Vec<Node<'_>> =
                spec.get(direction).into_iter().flat_map(|list| list.items()).collect();
            let peers: Vec<Node<'_>> =
                rules.iter().filter_map(|rule| rule.get(list)).flat_map(|list| list.items()).collect();
            let only = rules.len() == 1 && peers.len() == 1;
            for peer in peers.into_iter().filter(|peer| peer.get("namespaceSelector").is_none()) {
                if let Some(node) = peer.get("podSelector") {
                    let selector = Selector::label_selector(node).with_added(&object.added.selectors);
                    let message = match only {
                        true => format!("{} allows no traffic {verb}", object.title()),
                        false => format!("a peer of {} matches no pods", object.title()),
                    };
                    check(inventory, object, &selector, &message, out);
                }
            }
        }
    }
}

/// Reports a selector that finds no pod.
fn check<'a>(
    inventory: &Inventory<'a>,
    object: &Object<'a>,
    selector: &Selector<'a>,
    message: &str,
    out: &mut Out,
) {
    let unclear = selector.is_empty() || selector.has_placeholder() || selector.is_invalid();
    if unclear || inventory.is_broken_by_label(selector.node) {
        return;
    }
    let namespace = inventory.namespace(object);
    if inventory.select_lazily(namespace, selector).next().is_some() {
        return;
    }
    let near = inventory.nearest_workload(object, selector).map(|near| near.workload);
    let near = near.filter(|&at| is_meant(inventory, object, selector, at));
    let Some(at) = near else {
        if let Some(severity) = inventory.absence(Evidence::Nothing, object) {
            out.report(selector.node, message)
                .severity(severity)
                .label("no pod template in the linted files has these labels")
                .help("if an operator or another repository creates the pods, suppress this finding with a reason");
        }
        return;
    };
    let Some(severity) = inventory.absence(Evidence::NearMiss, object) else {
        return;
    };
    let workload = &inventory.workloads[at];
    let labels = inventory.labels(at);
    let title = workload.title();
    let unmet: Vec<&Requirement<'_>> = selector.unmet(labels).collect();
    match unmet.first() {
        None => {
            let (own, other) =
                (namespace.unwrap_or("default"), inventory.namespace(&workload.object).unwrap_or("default"));
            out.report(selector.node, format!("{message}: {title} is in namespace `{other}`, not `{own}`"))
                .severity(severity)
                .label(format!("looked for in namespace `{own}` only"))
                .also(workload.object.anchor(), format!("its labels match, but it is in `{other}`"))
                .help("put both into one namespace, or add a `namespaceSelector` to the peer");
        }
        Some(first) => {
            let draft = out.report(first.node, message).severity(severity);
            match labels.get(first.key) {
                Some(label) => draft
                    .label(format!("{title} has `{}`", label.value))
                    .also(label.node, format!("the closest match: {title}"))
                    .help(format!("did you mean `{}: {}`?", label.key, label.value)),
                None => draft
                    .label(format!("{title} has no such label"))
                    .also(workload.pod.node, format!("the closest match: {title}"))
                    .help("add the label to its pod template, or select its other labels"),
            };
        }
    }
}

/// Components of one application share labels, so only a slip of the pen, the policy's own name or the right
/// labels next door say who was meant.
fn is_meant<'a>(inventory: &Inventory<'a>, object: &Object<'a>, selector: &Selector<'a>, at: usize) -> bool {
    let workload = &inventory.workloads[at];
    let labels = inventory.labels(at);
    let mut unmet = selector.unmet(labels).peekable();
    if unmet.peek().is_none() {
        return same_directory(object, &workload.object);
    }
    unmet.all(|one| {
        labels
            .get(one.key)
            .is_some_and(|label| one.values.iter().any(|value| suggest::is_slip(value, label.value)))
    })
}

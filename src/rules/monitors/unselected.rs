//! Monitors that no Prometheus in view takes up (fact 15.65).

use super::super::words::list;
use crate::document::Object;
use crate::finding::Out;
use crate::inventory::{Inventory, scope};
use crate::kube::labels::Labels;
use crate::kube::selector::{Match, Selector};
use crate::yaml::Node;

/// Kinds of monitors with the fields of a Prometheus that select them by label and by namespace.
const KINDS: &[(&str, &str, &str)] = &[
    ("ServiceMonitor", "serviceMonitorSelector", "serviceMonitorNamespaceSelector"),
    ("PodMonitor", "podMonitorSelector", "podMonitorNamespaceSelector"),
    ("PrometheusRule", "ruleSelector", "ruleNamespaceSelector"),
];

pub fn unselected(inventory: &Inventory<'_>, out: &mut Out) {
    let ours = |object: &&Object<'_>| object.group() == "monitoring.coreos.com";
    let servers: Vec<&Object<'_>> = ["Prometheus", "PrometheusAgent"]
        .into_iter()
        .flat_map(|kind| inventory.of_kind(kind))
        .filter(ours)
        .take(20)
        .collect();
    if servers.is_empty() || servers.iter().any(|server| inventory.is_patched(server)) {
        return;
    }
    for (kind, by_label, by_namespace) in KINDS {
        for monitor in inventory.of_kind(kind).filter(ours) {
            if inventory.is_patched(monitor) || inventory.is_incomplete(monitor) {
                continue;
            }
            let labels = Labels::of(monitor);
            // The one that looks into its namespace and wants other labels.
            let mut refused: Option<(&Object<'_>, Node<'_>)> = None;
            let taken = servers.iter().any(|server| {
                let spec = server.spec();
                let get = |key: &str| spec.and_then(|spec| spec.entry(key)).map(|entry| entry.value);
                let Some(node) = get(by_label).filter(|node| !node.is_null()) else {
                    // Without a selector it takes none; another one is meant for these.
                    return false;
                };
                let looks = looks_into(inventory, server, get(by_namespace), monitor);
                let wanted = Selector::label_selector(node).matches(&labels);
                if looks.is_yes() && wanted == Match::No {
                    refused = refused.or(Some((server, node)));
                }
                looks.and(wanted) != Match::No
            });
            let Some((server, node)) = refused.filter(|_| !taken) else { continue };
            let selector = Selector::label_selector(node);
            let unmet: Vec<String> = selector
                .unmet(&labels)
                .map(|one| match &one.values[..] {
                    [value] => format!("`{}: {value}`", one.key),
                    _ => format!("`{}`", one.key),
                })
                .collect();
            let place = monitor.metadata().and_then(|it| it.get("labels")).unwrap_or(monitor.anchor());
            out.report(place, format!("{} does not take up {}", server.title(), monitor.title()))
                .label(format!("lacks {}", list(&unmet, 3)))
                .also(node, "selects by this")
                .help("add the label, unless another Prometheus selects it");
        }
    }
}

/// Whether a Prometheus looks into the namespace of a monitor: its own if no selector is written, all with an empty one.
fn looks_into<'a>(
    inventory: &Inventory<'a>,
    server: &Object<'a>,
    selector: Option<Node<'a>>,
    monitor: &Object<'a>,
) -> Match {
    let namespace = inventory.namespace(monitor);
    match selector.filter(|node| !node.is_null()) {
        None => scope(inventory.namespace(server), namespace),
        Some(node) => inventory.namespace_matches(&Selector::label_selector(node), namespace),
    }
}

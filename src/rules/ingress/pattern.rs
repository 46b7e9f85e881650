//! Paths that are patterns and are compared letter by letter (fact 15.79).

use crate::document::Object;
use crate::finding::Out;
use crate::inventory::Inventory;
use crate::text::placeholder::is_placeholder;

pub fn literal(inventory: &Inventory<'_>, out: &mut Out) {
    for object in inventory.of_kind("Ingress") {
        if object.group() != "networking.k8s.io" || inventory.is_patched(object) || reads_patterns(object) {
            continue;
        }
        let spec = object.spec();
        let rules = spec.and_then(|spec| spec.get("rules")).into_iter().flat_map(|list| list.items());
        let paths = rules.filter_map(|rule| rule.get("http")?.get("paths")).flat_map(|list| list.items());
        for path in paths {
            let (Some(kind), Some(node)) = (path.get("pathType"), path.get("path")) else { continue };
            let text = node.text();
            let pattern =
                text.contains(".*") || text.contains('(') && text.contains(')') || text.contains("[^");
            if !matches!(kind.text(), "Prefix" | "Exact") || !pattern || is_placeholder(text) {
                continue;
            }
            out.report(node, format!("{} uses the pattern `{text}` as a plain path", object.title()))
                .label("compared letter by letter, or refused by the controller")
                .also(kind, format!("`{}` does not support patterns", kind.text()))
                .help("use `pathType: ImplementationSpecific`, and the annotation of the controller for patterns, such as `nginx.ingress.kubernetes.io/use-regex`");
        }
    }
}

/// Whether the controller is told to read paths as patterns, whatever their type.
fn reads_patterns(object: &Object<'_>) -> bool {
    let told = object.annotation("nginx.ingress.kubernetes.io/use-regex");
    told.is_some_and(|node| node.text() == "true")
}

//! Paths that are patterns and are compared letter by letter (fact 15.79).

use std::collections::HashSet;

use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::text::placeholder::is_placeholder;

pub fn literal(inventory: &Inventory<'_>, out: &mut Out) {
    // A rewrite on any Ingress of a host makes patterns of all its paths (ingress-nginx, regular expressions).
    let rewrites = inventory.of_kind("Ingress").filter(|object| object.annotation(REWRITE).is_some());
    let rewritten: HashSet<&str> = rewrites.flat_map(|object| hosts(object)).collect();
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
            let draft = out
                .report(node, format!("{} uses the pattern `{text}` as a plain path", object.title()))
                .label("compared letter by letter, or refused by the controller")
                .also(kind, format!("`{}` does not support patterns", kind.text()))
                .help("use `pathType: ImplementationSpecific`, and the annotation of the controller for patterns, such as `nginx.ingress.kubernetes.io/use-regex`");
            if hosts(object).any(|host| rewritten.contains(host)) {
                draft
                    .severity(Severity::Info)
                    .label("a pattern for ingress-nginx up to 1.11; from 1.12 on it refuses the Ingress");
            }
        }
    }
}

const REWRITE: &str = "nginx.ingress.kubernetes.io/rewrite-target";

/// The hosts of an Ingress; nothing for all of them.
fn hosts<'a>(object: &Object<'a>) -> impl Iterator<Item = &'a str> {
    let rules = object.spec().and_then(|spec| spec.get("rules")).into_iter().flat_map(|list| list.items());
    rules.map(|rule| rule.get("host").map_or("", |host| host.text()))
}

/// Whether the controller is told to read paths as patterns, whatever their type.
fn reads_patterns(object: &Object<'_>) -> bool {
    let told = object.annotation("nginx.ingress.kubernetes.io/use-regex");
    told.is_some_and(|node| node.text() == "true")
}

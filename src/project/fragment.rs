//! Objects that are only parts: patches and templates that nothing refers to by name (facts 13.5, 13.11).

use crate::document::Object;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// Whether an object is evidently not whole, so that nothing it lacks may be held against it and nothing may
/// be matched with it.
pub fn is_fragment(object: &Object<'_>, path: &str) -> bool {
    if is_template(object.name) || (may_have_directive(object.node) && has_directive(object.node, 6)) {
        return true;
    }
    let Some(spec) = object.spec() else {
        return false;
    };
    let (is_workload, template) = match (object.group(), object.kind) {
        ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => {
            (true, spec.get("template"))
        }
        ("argoproj.io", "Rollout") => (spec.get("workloadRef").is_none(), spec.get("template")),
        _ => (false, None),
    };
    if !is_workload {
        return false;
    }
    let pod = template.and_then(|template| template.get("spec"));
    let containers = pod.and_then(|pod| pod.get("containers"));
    let Some(containers) = containers else {
        return true;
    };
    let imageless = containers.items().any(|container| container.get("image").is_none());
    let named_as_patch = || path.to_ascii_lowercase().contains("patch") || path.contains("overlays/");
    imageless || (spec.get("selector").is_none() && named_as_patch())
}

fn is_template(name: &str) -> bool {
    name.contains("{{") && is_placeholder(name)
}

/// The beginnings of directives behind their `$`.
const DIRECTIVES: [&str; 4] = ["patch", "retainKeys", "setElementOrder/", "deleteFromPrimitiveList/"];

/// A directive stands in the text as it is, unless it hides in an escape or stands where an alias leads.
fn may_have_directive(node: Node<'_>) -> bool {
    let text = node.source_text().as_bytes();
    let directive = |at: usize| DIRECTIVES.iter().any(|name| text[at + 1..].starts_with(name.as_bytes()));
    node.tree().has_aliases()
        || memchr::memchr2_iter(b'$', b'\\', text).any(|at| text[at] == b'\\' || directive(at))
}

/// A strategic-merge directive within a few levels of the root.
fn has_directive(node: Node<'_>, depth: u32) -> bool {
    let deeper = |node: Node<'_>| depth > 0 && has_directive(node, depth - 1);
    let directive = |key: &str| {
        key == "$patch"
            || key == "$retainKeys"
            || key.starts_with("$setElementOrder/")
            || key.starts_with("$deleteFromPrimitiveList/")
    };
    node.entries().any(|entry| directive(entry.key.text()) || deeper(entry.value)) || node.items().any(deeper)
}

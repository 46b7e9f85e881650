//! ServiceAccounts of pods, and the roles that bindings give.

use super::missing::Missing;
use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::external::list_of;
use crate::inventory::{Found, Inventory, same_directory, same_file, scope};
use crate::kube::selector::Match;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("service-account-missing", Check::Unit(account_missing)),
    rule!("role-missing", Check::Unit(role_missing)),
];

/// ClusterRoles that every cluster has, or every cluster of a distribution.
const KNOWN_ROLES: &[&str] = &[
    "cluster-admin",
    "extension-apiserver-authentication-reader",
    "admin",
    "edit",
    "view",
    "basic-user",
    "cluster-reader",
    "cluster-status",
    "self-provisioner",
    "registry-viewer",
    "registry-editor",
];

fn account_missing(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in &inventory.workloads {
        let spec = workload.pod.spec.0;
        let Some(name) = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount")) else {
            continue;
        };
        let text = name.text();
        let unknown = text.is_empty() || name.is_null() || is_placeholder(text) || is_shouted(text);
        if unknown || inventory.is_patched(&workload.object) {
            continue;
        }
        if spec.get("serviceAccountName").is_some() {
            other_account(workload, name, out);
        }
        let namespace = inventory.namespace(&workload.object);
        let found = inventory.look_up(&workload.object, namespace, "ServiceAccount", "serviceAccounts", text);
        let found = match found {
            Found::Nothing => only_account(inventory, &workload.object).map_or(found, Found::Near),
            _ => found,
        };
        let missing = Missing {
            from: &workload.object,
            place: name,
            kind: "ServiceAccount",
            list: "serviceAccounts",
            consequence: match workload.kind {
                WorkloadKind::Pod => format!("{} is not created", workload.title()),
                _ => format!("no pods of {} are created", workload.title()),
            },
        };
        missing.report(inventory, &found, out);
    }
}

/// The old field beside the new one, with another name: only the new one counts (fact 15.84).
fn other_account<'a>(workload: &Workload<'a>, name: Node<'a>, out: &mut Out) {
    let old = workload.pod.spec.0.get("serviceAccount").filter(|old| !old.text().is_empty());
    let Some(old) = old.filter(|old| old.text() != name.text() && !is_placeholder(old.text())) else {
        return;
    };
    out.report(old, format!("{} runs as `{}`, not as `{}`", workload.title(), name.text(), old.text()))
        .severity(Severity::Warning)
        .label("ignored, since `serviceAccountName` is set")
        .also(name, "this one is used")
        .help("remove `serviceAccount`, the old name of the field");
}

/// The only ServiceAccount of an object's file and directory, if no pod there uses it yet.
fn only_account<'a>(inventory: &Inventory<'a>, object: &Object<'a>) -> Option<Object<'a>> {
    let mut beside = inventory.beside("ServiceAccount", object).filter(|one| one.group().is_empty());
    let only = beside.next().filter(|one| beside.next().is_none() && same_file(one, object))?;
    let used = |workload: &Workload<'a>| {
        let name = workload.pod.spec.0.get("serviceAccountName");
        name.is_some_and(|name| name.text() == only.name) && same_directory(&workload.object, object)
    };
    let apart = scope(inventory.namespace(only), inventory.namespace(object)) == Match::No;
    (!apart && !inventory.workloads.iter().any(used)).then_some(*only)
}

fn role_missing(inventory: &Inventory<'_>, out: &mut Out) {
    for kind in ["RoleBinding", "ClusterRoleBinding"] {
        for binding in inventory.of_kind(kind).filter(|one| one.group() == "rbac.authorization.k8s.io") {
            check_binding(inventory, binding, out);
        }
    }
}

fn check_binding<'a>(inventory: &Inventory<'a>, binding: &Object<'a>, out: &mut Out) {
    let reference = binding.node.get("roleRef");
    let get = |key: &str| reference.and_then(|reference| reference.get(key));
    let (Some(name), Some(kind)) = (get("name"), get("kind")) else {
        return;
    };
    let (text, kind) = (name.text(), kind.text());
    let unknown = text.is_empty() || is_placeholder(text) || is_shouted(text);
    if unknown || inventory.is_patched(binding) || !matches!(kind, "Role" | "ClusterRole") {
        return;
    }
    if text.starts_with("system:") || KNOWN_ROLES.contains(&text) {
        return;
    }
    let namespace = if kind == "ClusterRole" { None } else { inventory.namespace(binding) };
    let mut found = inventory.look_up(binding, namespace, kind, list_of(kind), text);
    // A ClusterRole has no namespace, whatever is written.
    if kind == "ClusterRole" && inventory.named(kind, text).next().is_some() {
        found = Found::Made;
    }
    let subject = binding.title();
    let missing = Missing {
        from: binding,
        place: name,
        kind,
        list: list_of(kind),
        consequence: format!("{subject} grants nothing"),
    };
    if let Some(draft) = missing.report(inventory, &found, out) {
        draft.severity(Severity::Info);
    }
}

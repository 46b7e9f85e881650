//! Bindings that name too many or give too much.

use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::kube::rbac::{self, Subject};
use crate::yaml::Node;

/// Roles that every cluster grants to everyone, which tell nothing but its version and what it serves.
const PUBLIC: &[&str] = &[
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

/// A binding with the role that it names.
struct Binding<'a> {
    object: Object<'a>,
    role: Node<'a>,
    of_cluster: bool,
}

fn bindings<'a>(inventory: &Inventory<'a>) -> Vec<Binding<'a>> {
    let kinds = ["ClusterRoleBinding", "RoleBinding"];
    let objects = kinds.into_iter().flat_map(|kind| inventory.of_kind(kind));
    let read = |object: &Object<'a>| {
        let reference = object.node.get("roleRef")?;
        let of_cluster = reference.get("kind").is_some_and(|kind| kind.text() == "ClusterRole");
        Some(Binding { object: *object, role: reference.get("name")?, of_cluster })
    };
    let ours = |object: &&Object<'a>| object.group() == rbac::GROUP && !inventory.is_patched(object);
    objects.filter(ours).filter_map(read).collect()
}

/// Bindings to `cluster-admin`.
pub(super) fn cluster_admin(inventory: &Inventory<'_>, out: &mut Out) {
    for Binding { object, role, of_cluster } in bindings(inventory) {
        if !of_cluster || role.text() != "cluster-admin" {
            continue;
        }
        let subjects: Vec<Subject<'_>> = rbac::subjects(&object).collect();
        // Its own binding in a copy of what every cluster has.
        let is_own =
            object.name == "cluster-admin" && subjects.iter().all(|one| one.name.text() == "system:masters");
        if subjects.is_empty() || is_own {
            continue;
        }
        let everywhere = object.kind == "ClusterRoleBinding";
        let place = if everywhere { "in the cluster" } else { "in its namespace" };
        let mut draft = out
            .report(role, format!("{} lets its subjects do everything {place}", object.title()))
            .severity(if everywhere { Severity::Warning } else { Severity::Info })
            .label("grants every verb on every resource")
            .help("bind a role that lists what they need");
        for subject in subjects.iter().take(3) {
            draft = draft.also(subject.name, format!("{} `{}`", subject.kind, subject.name.text()));
        }
    }
}

/// Bindings of groups that everybody is in.
pub(super) fn everyone(inventory: &Inventory<'_>, out: &mut Out) {
    for Binding { object, role, .. } in bindings(inventory) {
        if PUBLIC.contains(&role.text()) {
            continue;
        }
        for subject in rbac::subjects(&object) {
            let (who, severity) = match (subject.kind, subject.name.text()) {
                ("User", "system:anonymous") | ("Group", "system:unauthenticated") => {
                    ("anyone who can reach the API server, without a login", Severity::Error)
                }
                ("Group", "system:authenticated") => {
                    ("every user with a login, and every pod", Severity::Warning)
                }
                ("Group", "system:serviceaccounts") => ("every pod of the cluster", Severity::Warning),
                _ => continue,
            };
            out.report(subject.name, format!("{} grants `{}` to everyone", object.title(), role.text()))
                .severity(severity)
                .label(who)
                .also(role, "the role that it grants")
                .help("name the users, groups or ServiceAccounts that need it");
        }
    }
}

/// Bindings of the account that pods have who name none.
pub(super) fn default_account(inventory: &Inventory<'_>, out: &mut Out) {
    for Binding { object, role, .. } in bindings(inventory) {
        let is_default = |one: &Subject<'_>| one.kind == "ServiceAccount" && one.name.text() == "default";
        if let Some(subject) = rbac::subjects(&object).find(is_default) {
            out.report(
                subject.name,
                format!("{} grants rights to the default ServiceAccount", object.title()),
            )
            .label("every pod of the namespace that names no account has them")
            .also(role, "the role that it grants")
            .help("make a ServiceAccount for the pods that need it, and name it in `serviceAccountName`");
        }
    }
}

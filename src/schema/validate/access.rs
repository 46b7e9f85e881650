//! Roles, their bindings, and what they bind (`pkg/apis/rbac/validation`).

use super::scalars::{of_kind, word};
use super::texts::SUBDOMAIN;
use super::{Notes, Place, REJECTED, given};
use crate::schema::{Cause, Trouble, TroubleKind};
use crate::yaml::Node;

const GROUP: &str = "rbac.authorization.k8s.io";

/// A rule grants verbs on resources, or on URLs, which no namespace has.
pub(super) fn rule<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(urls) = place.given("nonResourceURLs") else {
        for (field, what) in [("apiGroups", "`\"\"` is the core group"), ("resources", "such as `pods`")] {
            if place.given(field).is_none() {
                let message = format!("the rule has no `{field}`");
                notes.wants(place, field, message, format!("add `{field}`: {what}"));
            }
        }
        return;
    };
    let resources =
        ["apiGroups", "resources", "resourceNames"].into_iter().find_map(|field| place.given(field));
    if place.kind() == "Role" {
        let help = "use a ClusterRole for URLs, or name `apiGroups` and `resources`";
        notes.refuse(urls, "a Role has no `nonResourceURLs`: no URL lies in a namespace", help);
    } else if let Some(resources) = resources {
        let message = "a rule is for resources or for URLs, not for both";
        notes.clash(urls, resources, message, "make two rules of it");
    }
}

/// What a binding grants.
pub(super) fn role_ref<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let kinds: &[&str] =
        if place.kind() == "ClusterRoleBinding" { &["ClusterRole"] } else { &["Role", "ClusterRole"] };
    for (field, words) in [("kind", kinds), ("apiGroup", &[GROUP] as &[&'static str])] {
        if let Some((at, text)) = place.given(field).and_then(|at| Some((at, at.str()?))) {
            word(words, field, text, at, notes);
        }
    }
}

/// Who gets it.
pub(super) fn subject<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(kind) = place.given("kind").and_then(|at| Some((at, at.str()?))) else { return };
    let group = place.node.get("apiGroup").and_then(|at| Some((at, at.str()?)));
    let name = place.given("name").and_then(|at| Some((at, at.str()?)));
    match kind.1 {
        "ServiceAccount" => {
            if let Some((at, text)) = name {
                of_kind(&SUBDOMAIN, "name", text, at, notes);
            }
            if let Some((at, text)) = group.filter(|group| !group.1.is_empty()) {
                let message = format!("a ServiceAccount has no `apiGroup` like `{text}`");
                notes.refuse(at, message, "remove it: it is in the core group");
            }
            if place.kind() == "ClusterRoleBinding" && given(place.node, "namespace").is_none() {
                let message = "a ServiceAccount in a ClusterRoleBinding needs `namespace`";
                let at = place.node.get("name").or(place.key).unwrap_or(place.node);
                let trouble = Trouble::new(TroubleKind::MissingField, at, message).cause(Cause::Namespace);
                notes.push(trouble.label(REJECTED).help("add the namespace of the ServiceAccount"));
            }
        }
        "User" | "Group" => {
            if let Some((at, text)) = group.filter(|group| !group.1.is_empty()) {
                word(&[GROUP], "apiGroup", text, at, notes);
            }
        }
        text => word(&["ServiceAccount", "User", "Group"], "kind", text, kind.0, notes),
    }
}

/// The roles that a ClusterRole is made of.
pub(super) fn aggregation<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.given("clusterRoleSelectors").is_none() {
        let message = "`aggregationRule` selects no roles";
        notes.wants(place, "clusterRoleSelectors", message, "add `clusterRoleSelectors`");
    }
}

/// The `apiVersion` and `kind` of an owner.
pub(super) fn owner<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let text = |field: &str| place.text(field).unwrap_or_default();
    if text("kind") == "Event"
        && text("apiVersion") == "v1"
        && let Some(at) = place.node.get("kind")
    {
        notes.refuse(at, "an Event owns nothing", "name what the object belongs to");
    }
}

/// A list of owners has one controller at most.
pub(super) fn one_controller<'a>(owners: impl Iterator<Item = Node<'a>>, notes: &mut Notes<'_, 'a>) {
    // One and the same owner counts once.
    let mut seen: Vec<&str> = Vec::new();
    let owners = owners.filter(move |owner| {
        let uid = owner.get("uid").map_or("", Node::text);
        let new = !seen.contains(&uid);
        seen.push(uid);
        new
    });
    let rules = owners.filter_map(|owner| owner.get("controller").filter(|at| at.bool() == Some(true)));
    let rules: Vec<Node<'a>> = rules.take(2).collect();
    if let [first, second] = rules.as_slice() {
        notes.clash(*second, *first, "the object has two controllers", "leave one `controller: true`");
    }
}

//! Roles that allow more than anybody listed.

use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::kube::rbac::{self, PolicyRule};
use crate::rules::words::list;
use crate::yaml::Node;

/// Rules with `*`, one finding for each role.
pub(super) fn wildcard(inventory: &Inventory<'_>, out: &mut Out) {
    for kind in ["Role", "ClusterRole"] {
        for role in inventory.of_kind(kind).filter(|object| object.group() == rbac::GROUP) {
            if inventory.is_patched(role) || role.node.get("aggregationRule").is_some() {
                continue;
            }
            let stars: Vec<(&str, Node<'_>)> = rbac::rules(role).flat_map(stars).collect();
            let Some((_, first)) = stars.first() else { continue };
            let everything = |rule: PolicyRule<'_>| {
                let has = |key: &str| rule.list(key).any(|one| one.text() == "*");
                has("verbs") && has("resources")
            };
            let mut keys: Vec<String> = Vec::new();
            for key in stars.iter().map(|(key, _)| format!("`{key}`")) {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            let all = rbac::rules(role).any(everything);
            let mut draft = out
                .report(*first, format!("{} allows everything in {}", role.title(), list(&keys, 3)))
                .severity(if all { Severity::Warning } else { Severity::Info })
                .label("also what is added to the cluster later")
                .help("list the verbs and resources that are needed");
            for (_, other) in stars.iter().skip(1).take(3) {
                draft = draft.also(*other, "and here");
            }
        }
    }
}

/// The `*` of a rule that allow every verb, or every resource of some group.
fn stars<'a>(rule: PolicyRule<'a>) -> Vec<(&'static str, Node<'a>)> {
    let star = |key: &'static str| rule.list(key).find(|one| one.text() == "*").map(|node| (key, node));
    ["verbs", "resources"].into_iter().filter_map(star).collect()
}

//! Roles that allow more than anybody listed.

use schemars::JsonSchema;
use serde::Deserialize;

use super::powers::{self, Power};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::kube::rbac::{self, PolicyRule};
use crate::rules::Options;
use crate::rules::words::list;
use crate::yaml::Node;

/// Options of `role-dangerous`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RightsOptions {
    /// The rights that are reported, by their names; all of them where nobody says.
    #[serde(default)]
    rights: Vec<String>,
}

impl Options for RightsOptions {
    fn check(&self) -> Result<(), String> {
        let names = powers::ALL.map(Power::name);
        match self.rights.iter().find(|right| !names.contains(&right.as_str())) {
            Some(right) => Err(format!("`{right}` is none of the rights: {}", names.join(", "))),
            None => Ok(()),
        }
    }
}

/// The roles of a unit whose own rules count. A copy of what every cluster has is not changed by who finds it.
fn roles<'s, 'a>(inventory: &'s Inventory<'a>) -> impl Iterator<Item = &'s Object<'a>> {
    let all = ["Role", "ClusterRole"].into_iter().flat_map(|kind| inventory.of_kind(kind));
    all.filter(|object| {
        object.group() == rbac::GROUP
            && !inventory.is_patched(object)
            && object.node.get("aggregationRule").is_none()
            && !rbac::is_like_born(object)
    })
}

/// Roles that allow what leads further, one finding for each (fact 19.23).
pub(super) fn dangerous(inventory: &Inventory<'_>, out: &mut Out) {
    let RightsOptions { rights } = inventory.surroundings.options();
    let is_wanted = |power: &&Power| rights.is_empty() || rights.iter().any(|one| one == power.name());
    for role in roles(inventory) {
        // Who allows everything is told so by another rule.
        if rbac::rules(role).any(allows_everything) {
            continue;
        }
        let given = powers::ALL.into_iter().filter(is_wanted).filter_map(|power| {
            let rule = rbac::rules(role).find(|rule| power.allowed_by(*rule, role.kind == "ClusterRole"))?;
            Some((power, rule))
        });
        let given: Vec<(&Power, PolicyRule<'_>)> = given.collect();
        let Some((power, rule)) = given.first() else { continue };
        let scope = match (role.kind, role.namespace) {
            ("ClusterRole", _) => String::new(),
            (_, Some(namespace)) => format!(" in namespace `{namespace}`"),
            (_, None) => " in its namespace".to_owned(),
        };
        let mut draft = out
            .report(
                power.place(*rule),
                format!("{} lets its subjects {}{scope}", role.title(), power.words(*rule)),
            )
            .label(power.harms(*rule).join("; "))
            .help(power.help(*rule));
        for (power, rule) in &given[1..] {
            draft = draft.also(power.place(*rule), format!("also lets them {}", power.words(*rule)));
        }
    }
}

fn allows_everything(rule: PolicyRule<'_>) -> bool {
    rule.is_about_group("*") && all_of_a_group(rule)
}

fn all_of_a_group(rule: PolicyRule<'_>) -> bool {
    rule.allows_verb("*") && rule.is_about("*", "")
}

/// Whether a rule is about groups that Kubernetes serves, not only about a program's own.
fn is_about_built_in(rule: PolicyRule<'_>) -> bool {
    rule.list("apiGroups").any(|group| {
        let group = group.text();
        !group.contains('.') || group.ends_with(".k8s.io")
    })
}

/// Rules with `*`, one finding for each role.
pub(super) fn wildcard(inventory: &Inventory<'_>, out: &mut Out) {
    for role in roles(inventory) {
        let stars: Vec<(&str, Node<'_>)> = rbac::rules(role).flat_map(stars).collect();
        let Some((key, first)) = stars.first() else { continue };
        let mut keys: Vec<String> = Vec::new();
        for key in stars.iter().map(|(key, _)| format!("`{key}`")) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let all = rbac::rules(role).any(|rule| all_of_a_group(rule) && is_about_built_in(rule));
        let mut draft = out
            .report(*first, format!("{} allows everything in {}", role.title(), list(&keys, 3)))
            .severity(if all { Severity::Warning } else { Severity::Info })
            .label(match *key {
                "verbs" => "every verb, also what is added later",
                "resources" => "every resource of these API groups, also what is added later",
                _ => "every API group, also what is added later",
            })
            .help(format!("list the {} that are needed", words(&stars)));
        for (_, other) in stars.iter().skip(1).take(3) {
            draft = draft.also(*other, "and here");
        }
    }
}

/// What is to be listed instead of the stars: `verbs and resources`.
fn words(stars: &[(&str, Node<'_>)]) -> String {
    let words = [("verbs", "verbs"), ("resources", "resources"), ("apiGroups", "API groups")];
    let is_there = |(key, _): &(&str, &str)| stars.iter().any(|(star, _)| star == key);
    let words: Vec<String> = words.into_iter().filter(is_there).map(|(_, word)| word.to_owned()).collect();
    list(&words, 3)
}

/// The `*` of a rule that allow every verb, every resource of some group, or every group.
fn stars<'a>(rule: PolicyRule<'a>) -> Vec<(&'static str, Node<'a>)> {
    let star = |key: &'static str| rule.list(key).find(|one| one.text() == "*").map(|node| (key, node));
    ["verbs", "resources", "apiGroups"].into_iter().filter_map(star).collect()
}

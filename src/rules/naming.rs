//! What a name in a configuration, on the command line or in a suppression can stand for: a rule, a group
//! of rules, or `all`.

use super::Rule;
use crate::text::suggest::meant;

/// What a name stands for. The more it covers, the less it weighs against another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// `all`.
    All,
    /// A group.
    Group,
    /// One rule.
    Rule,
}

/// What a name stands for; `None` if there is no such rule or group.
pub fn reach(name: &str) -> Option<Reach> {
    if name == "all" {
        Some(Reach::All)
    } else if super::find(name).is_some() {
        Some(Reach::Rule)
    } else if super::all().any(|rule| rule.page().group == name) {
        Some(Reach::Group)
    } else {
        None
    }
}

/// Whether a name covers a rule.
pub fn covers(name: &str, rule: &Rule) -> bool {
    name == rule.name || name == "all" || name == rule.page().group
}

/// The groups in the order of their first rule.
pub fn groups() -> Vec<&'static str> {
    let mut groups = Vec::new();
    for rule in super::all() {
        let group = rule.page().group;
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

/// The rule or group that was probably meant by an unknown name.
pub fn suggestion(name: &str) -> Option<&'static str> {
    let names = super::all().map(|rule| rule.name).chain(super::own::names());
    meant(name, names.chain(groups()).chain(["all"]))
}

/// The rule that was probably meant by an unknown name.
pub fn nearest_rule(name: &str) -> Option<&'static str> {
    meant(name, super::all().map(|rule| rule.name).chain(super::own::names()))
}

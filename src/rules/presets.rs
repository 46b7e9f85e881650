//! Choices of rules under one name, on top of what is on already.

use super::{Rule, all, peers};
use crate::kube::pod_security::Level;

/// A choice of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in the configuration.
    pub name: &'static str,
    /// The level of the Pod Security Standards that it compares pods with.
    pub level: Level,
    groups: &'static [&'static str],
    more: &'static [&'static str],
}

/// What `production` adds to whole groups: what nobody wants to meet there.
const PRODUCTION: &[&str] = &[
    "image-version-open",
    "no-revision-kept",
    "object-unused",
    "pull-policy-mismatch",
    "token-mounted-unused",
    "drain-delay-missing",
];

/// Every preset.
pub static PRESETS: &[Preset] = &[
    Preset { name: "baseline", level: Level::Baseline, groups: &["security"], more: &[] },
    Preset { name: "restricted", level: Level::Restricted, groups: &["security"], more: &[] },
    Preset {
        name: "production",
        level: Level::Restricted,
        groups: &["security", "rbac", "network"],
        more: PRODUCTION,
    },
    Preset { name: "kube-linter", level: Level::Baseline, groups: &[], more: &[] },
];

/// The preset of a name.
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

impl Preset {
    /// The rules that it switches on: those of its groups at its level, and what the tool of its name runs by itself.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        let theirs: Vec<&str> = peers::rows()
            .iter()
            .filter(|row| row.tool == self.name && row.default)
            .flat_map(|row| row.rules.iter().copied())
            .collect();
        all().filter(move |rule| {
            let page = rule.page();
            let grouped = self.groups.contains(&page.group) && page.level <= self.level;
            grouped || self.more.contains(&rule.name) || theirs.contains(&rule.name)
        })
    }
}

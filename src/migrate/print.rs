//! The configuration as text.

use std::fmt::Write;

use super::{Exemption, Migration};
use crate::rules;
use crate::rules::naming;

/// A text in quotes: JSON strings are YAML strings.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn list<'t>(names: impl Iterator<Item = &'t str>) -> String {
    format!("[{}]", names.collect::<Vec<_>>().join(", "))
}

/// The groups that run without being asked for.
fn default_groups() -> Vec<&'static str> {
    let on = |group: &&str| rules::all().any(|rule| rule.page().group == *group && rule.page().on_by_default);
    naming::groups().into_iter().filter(on).filter(|group| *group != "internal").collect()
}

/// The file.
pub(super) fn text(migration: &Migration) -> String {
    let mut out = String::new();
    let sources =
        if migration.sources.is_empty() { "annotations".to_owned() } else { migration.sources.join(", ") };
    let _ = writeln!(out, "# Written by `wplint migrate` from {}.", sources.replace(['\n', '\r'], " "));
    if let Some(preset) = migration.preset {
        let _ = writeln!(out, "preset: {preset}");
    }
    let by_default = |rule: &&str| rules::find(rule).is_some_and(|rule| rule.page().on_by_default);
    let unwanted: Vec<&str> = migration.unwanted.difference(&migration.wanted).copied().collect();
    let more: Vec<&str> = migration.wanted.iter().copied().filter(|rule| !by_default(rule)).collect();
    if !more.is_empty() {
        out.push_str("# The groups that run by themselves, and the rules that were asked for.\n");
        let names = default_groups().into_iter().chain(more.iter().copied());
        let opted: Vec<&str> = rules::all()
            .filter(|rule| {
                let page = rule.page();
                default_groups().contains(&page.group) && !page.on_by_default && !more.contains(&rule.name)
            })
            .map(|rule| rule.name)
            .collect();
        let _ = writeln!(out, "select: {}", list(names));
        let unwanted: Vec<&str> = unwanted.iter().copied().chain(opted).collect();
        let _ = writeln!(out, "ignore: {}", list(unwanted.into_iter()));
    } else if !unwanted.is_empty() {
        let _ = writeln!(out, "ignore: {}", list(unwanted.into_iter()));
    }
    if migration.restricted {
        out.push_str("security: {level: restricted}\n");
    }
    if migration.never_fails {
        out.push_str("failOn: never\n");
    }
    if !migration.severity.is_empty() {
        out.push_str("severity:\n");
        for (rule, severity) in &migration.severity {
            let _ = writeln!(out, "  {rule}: {severity}");
        }
    }
    if !migration.exclude.is_empty() {
        let globs: Vec<String> = migration.exclude.iter().map(|glob| quoted(glob)).collect();
        let _ = writeln!(out, "exclude: [{}]", globs.join(", "));
    }
    if !migration.options.is_empty() || !migration.required.is_empty() {
        out.push_str("rules:\n");
        for (rule, options) in &migration.options {
            let _ = writeln!(out, "  {rule}: {options}");
        }
        if !migration.required.is_empty() {
            let lists: Vec<String> = migration
                .required
                .iter()
                .map(|(key, names)| format!("{key}: {}", list(names.iter().map(String::as_str))))
                .collect();
            let _ = writeln!(out, "  {}: {{{}}}", super::rule_of("required-label-owner"), lists.join(", "));
        }
    }
    if !migration.overrides.is_empty() {
        out.push_str("overrides:\n");
        migration.overrides.iter().for_each(|one| exemption(one, &mut out));
    }
    if !migration.remarks.is_empty() {
        out.push_str("\n# What differs, or has no counterpart here:\n");
        for remark in &migration.remarks {
            let _ = writeln!(out, "# - {}", remark.replace(['\n', '\r'], " "));
        }
    }
    out
}

fn exemption(one: &Exemption, out: &mut String) {
    let fields = [("kind", &one.kind), ("namespace", &one.namespace), ("name", &one.name)];
    let fields = fields.iter().filter_map(|(key, value)| Some(format!("{key}: {}", quoted(value.as_ref()?))));
    let fields: Vec<String> = fields.collect();
    let _ = writeln!(out, "  - object: {{{}}}", fields.join(", "));
    let _ = writeln!(out, "    ignore: {}", list(one.ignore.iter().copied()));
    let _ = writeln!(out, "    reason: {}", quoted(&one.reason));
}

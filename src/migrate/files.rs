//! What the configuration files of other tools say.

use std::collections::BTreeSet;

use super::{Exemption, Migration, rule_of};
use crate::finding::Severity;
use crate::rules::peers;
use crate::yaml::Node;

fn items<'a>(node: Option<Node<'a>>) -> impl Iterator<Item = Node<'a>> {
    node.into_iter().flat_map(|list| list.items())
}

fn is_true(node: Option<Node<'_>>) -> bool {
    node.is_some_and(|node| node.bool() == Some(true))
}

/// Says which keys nobody reads.
fn unread(migration: &mut Migration, tool: &str, node: Node<'_>, known: &[&str]) {
    for entry in node.entries().filter(|entry| !known.contains(&entry.key.text())) {
        migration.remarks.insert(format!("{tool} `{}`: no counterpart", entry.key.text()));
    }
}

/// The checks of a tool.
fn checks(tool: &str, by_default: bool) -> Vec<&'static str> {
    let all = peers::rows().iter().filter(|row| row.tool == tool && (row.default || !by_default));
    all.map(|row| row.check).collect()
}

/// `.kube-linter.yaml`.
pub(super) fn kube_linter(migration: &mut Migration, root: Node<'_>) {
    const TOOL: &str = "kube-linter";
    unread(migration, TOOL, root, &["checks", "customChecks"]);
    let section = root.get("checks");
    if let Some(section) = section {
        let known = ["addAllBuiltIn", "doNotAutoAddDefaults", "exclude", "include", "ignorePaths"];
        unread(migration, TOOL, section, &known);
    }
    let field = |key: &str| section.and_then(|section| section.get(key));
    migration.restricted = true;
    if is_true(field("addAllBuiltIn")) {
        checks(TOOL, false).into_iter().for_each(|check| drop(migration.want(TOOL, check)));
    } else if !is_true(field("doNotAutoAddDefaults")) {
        migration.preset = Some(TOOL);
    }
    for check in items(field("include")) {
        migration.want(TOOL, check.text());
    }
    for check in items(field("exclude")) {
        migration.refuse(TOOL, check.text());
    }
    for path in items(field("ignorePaths")) {
        let text = path.text().trim_start_matches("/**/").trim_start_matches("./");
        if text.starts_with(['/', '~']) || text.starts_with("..") {
            migration
                .remarks
                .insert(format!("{TOOL} `ignorePaths: {text}`: globs are relative to this file"));
        } else {
            let anywhere =
                if text.len() < path.text().len() && path.text().starts_with("/**/") { "**/" } else { "" };
            migration.exclude.insert(format!("{anywhere}{text}"));
        }
    }
    for custom in items(root.get("customChecks")) {
        kube_linter_custom(migration, custom);
    }
}

/// A check made of a template and parameters.
fn kube_linter_custom(migration: &mut Migration, custom: Node<'_>) {
    let text = |key: &str| custom.get(key).map_or("", |node| node.text());
    let parameter = |key: &str| custom.get("params").and_then(|one| one.get(key));
    match (text("template"), parameter("key"), parameter("minReplicas").and_then(|one| one.int())) {
        ("required-label", Some(key), _) => required(migration, "labels", key.text()),
        ("required-annotation", Some(key), _) => required(migration, "annotations", key.text()),
        ("minimum-replicas", _, Some(count)) if count > 0 => {
            migration.options.insert(rule_of("minimum-three-replicas"), format!("{{minimum: {count}}}"));
        }
        (template, ..) => {
            let remark =
                format!("kube-linter check `{}` of template `{template}`: no counterpart", text("name"));
            migration.remarks.insert(remark);
        }
    }
}

fn required(migration: &mut Migration, list: &'static str, key: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte);
    if key.is_empty() || !key.bytes().all(plain) {
        migration.remarks.insert("kube-linter: a key that is a pattern has no counterpart".to_owned());
        return;
    }
    migration.wanted.insert(rule_of("required-label-owner"));
    migration.required.entry(list).or_default().insert(key.to_owned());
}

/// `.checkov.yaml`.
pub(super) fn checkov(migration: &mut Migration, root: Node<'_>) {
    const TOOL: &str = "checkov";
    let known = [
        "check",
        "skip-check",
        "skip-path",
        "soft-fail",
        "framework",
        "directory",
        "compact",
        "quiet",
        "output",
    ];
    unread(migration, TOOL, root, &known);
    let words = |key: &str| -> Vec<String> {
        let node = root.get(key);
        let listed = items(node).map(|item| item.text().to_owned());
        let written = node.filter(|node| !node.is_sequence()).map_or("", |node| node.text());
        let split = written.split(',').map(|word| word.trim().to_owned());
        listed.chain(split).filter(|word| !word.is_empty()).collect()
    };
    let ours = |word: &String| word.contains("_K8S_");
    let (asked, skipped) = (words("check"), words("skip-check"));
    migration.restricted = true;
    for check in
        if asked.is_empty() { checks(TOOL, true).into_iter().map(str::to_owned).collect() } else { asked }
    {
        if ours(&check) {
            migration.want(TOOL, &check);
        }
    }
    skipped.iter().filter(|word| ours(word)).for_each(|check| migration.refuse(TOOL, check));
    for path in words("skip-path") {
        migration.exclude.insert(format!("{}/**", path.trim_end_matches('/')));
    }
    migration.never_fails |= is_true(root.get("soft-fail"));
}

/// Polaris' configuration.
pub(super) fn polaris(migration: &mut Migration, root: Node<'_>) {
    const TOOL: &str = "polaris";
    unread(migration, TOOL, root, &["checks", "exemptions"]);
    migration.restricted = true;
    for entry in root.get("checks").into_iter().flat_map(|list| list.entries()) {
        let check = entry.key.text();
        match entry.value.text() {
            "ignore" => migration.refuse(TOOL, check),
            level => {
                let rules = migration.want(TOOL, check);
                let severity = if level == "danger" { Severity::Error } else { Severity::Warning };
                rules.iter().for_each(|rule| {
                    let known = migration.severity.entry(rule).or_insert(severity);
                    *known = (*known).max(severity);
                });
            }
        }
    }
    for one in items(root.get("exemptions")) {
        if one.get("containerNames").is_some() {
            migration
                .remarks
                .insert("polaris exemptions of single containers: the whole object is excused".to_owned());
        }
        let rules: Vec<Node<'_>> = items(one.get("rules")).collect();
        let mut ignore: BTreeSet<&'static str> = BTreeSet::new();
        rules.iter().for_each(|rule| ignore.extend(migration.rules_of(TOOL, rule.text())));
        if rules.is_empty() {
            ignore.insert("all");
        }
        let namespace = one.get("namespace").map(|node| node.text().to_owned());
        let names: Vec<Option<String>> =
            items(one.get("controllerNames")).map(|name| Some(format!("{}*", name.text()))).collect();
        let names = if names.is_empty() { vec![None] } else { names };
        for name in names.into_iter().filter(|name| name.is_some() || namespace.is_some()) {
            let reason = "an exemption of Polaris".to_owned();
            migration.excuse(Exemption {
                kind: None,
                namespace: namespace.clone(),
                name,
                ignore: ignore.clone(),
                reason,
            });
        }
    }
}

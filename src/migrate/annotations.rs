//! Annotations by which objects are excused from checks of other tools.

use std::collections::BTreeSet;

use super::{Exemption, Migration};
use crate::document::Object;

/// Takes what the annotations of an object say.
pub(super) fn read(migration: &mut Migration, object: &Object<'_>) {
    let annotations = object.metadata().and_then(|it| it.get("annotations"));
    for entry in annotations.into_iter().flat_map(|list| list.entries()) {
        let (key, value) = (entry.key.text(), entry.value.text());
        let (ignore, reason) = match key {
            "kube-score/ignore" => (kube_score(migration, value), key.to_owned()),
            "kube-linter.io/ignore-all" => (BTreeSet::from(["all"]), told(key, value)),
            "polaris.fairwinds.com/exempt" if value == "true" => (BTreeSet::from(["all"]), key.to_owned()),
            _ => match of_one(migration, key, value) {
                Some(found) => found,
                None => continue,
            },
        };
        migration.excuse(Exemption {
            kind: Some(object.kind.to_owned()),
            namespace: object.namespace.map(str::to_owned),
            name: Some(object.name.to_owned()),
            ignore,
            reason,
        });
    }
}

fn told(key: &str, reason: &str) -> String {
    if reason.is_empty() { key.to_owned() } else { reason.to_owned() }
}

fn kube_score(migration: &mut Migration, value: &str) -> BTreeSet<&'static str> {
    let checks = value.split(',').map(str::trim).filter(|check| !check.is_empty());
    checks.flat_map(|check| migration.rules_of("kube-score", check)).collect()
}

/// An annotation about a single check.
fn of_one(migration: &mut Migration, key: &str, value: &str) -> Option<(BTreeSet<&'static str>, String)> {
    let (tool, check, reason) = if let Some(check) = key.strip_prefix("ignore-check.kube-linter.io/") {
        ("kube-linter", check.to_owned(), told(key, value))
    } else if let Some(check) =
        key.strip_prefix("polaris.fairwinds.com/").and_then(|key| key.strip_suffix("-exempt"))
    {
        if value != "true" {
            return None;
        }
        ("polaris", camel(check), key.to_owned())
    } else if key
        .strip_prefix("checkov.io/skip")
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    {
        let (check, reason) = value.split_once('=').unwrap_or((value, ""));
        ("checkov", check.trim().to_owned(), told(key, reason))
    } else {
        return None;
    };
    Some((migration.rules_of(tool, &check).into_iter().collect(), reason))
}

/// `cpu-limits-missing` as Polaris names the check: `cpuLimitsMissing`.
fn camel(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('-').enumerate() {
        let mut letters = part.chars();
        match letters.next().filter(|_| at > 0) {
            Some(first) => out.extend(first.to_uppercase().chain(letters)),
            None => out.push_str(part),
        }
    }
    out
}

//! Labelled places of public repositories: defects that must be found, and look-alikes that must be left alone.
//!
//! The repositories are not part of this one. With their checkouts below one folder, `owner/name` or `owner+name`
//! each, at the commits of `labelled/commits.txt`, this shows the table:
//!
//! ```text
//! WPLINT_CHECKOUTS=/folder cargo test --release --test it labelled -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const SAMPLE: &str = include_str!("labelled/sample.txt");

/// Classes of defects with the rules that speak of them, and whether the class is one of references.
const CLASSES: &[(&str, bool, &[&str])] = &[
    ("affinity-other", false, &["affinity-packs-replicas"]),
    ("affinity-self", false, &["affinity-packs-replicas"]),
    ("antiaffinity-nomatch", false, &["spread-matches-nothing"]),
    ("api-removed", false, &["api-removed"]),
    ("command", false, &["command-is-one-string"]),
    ("duplicate-key", false, &["duplicate-key"]),
    ("duplicate-object", true, &["duplicate-object"]),
    ("env-host", true, &["host-unresolved", "host-port-unexposed"]),
    ("env-order", false, &["env-expansion-unresolved"]),
    ("env-source", true, &["env-source-missing"]),
    ("heap", false, &["heap-above-limit"]),
    ("hpa-fights", false, &["hpa-fights-replicas"]),
    ("hpa-target", true, &["hpa-target-missing", "scalers-conflict"]),
    ("image-override", true, &["image-override-matches-nothing"]),
    ("ingress-backend", true, &["ingress-backend-unresolved"]),
    ("ingress-port", true, &["ingress-backend-unresolved"]),
    ("invalid-value", false, &["invalid-value"]),
    ("kustomization", true, &["kustomization-broken"]),
    ("namespace", true, &["namespace-left-open"]),
    ("newline", false, &["secret-trailing-newline"]),
    ("not-kubernetes", false, &["missing-field", "unknown-kind", "unknown-field"]),
    ("parse-error", false, &["syntax-error"]),
    ("patch-target", true, &["patch-matches-nothing"]),
    ("pdb-blocks", false, &["pdb-blocks-eviction"]),
    ("pdb-nomatch", false, &["pdb-selects-nothing"]),
    ("pdb-several", false, &["pdb-blocks-eviction", "pdb-overlap", "pdb-counts-unscalable"]),
    ("probe-port", true, &["probe-port-unresolved"]),
    ("role", false, &["role-grants-nothing"]),
    ("selectors", true, &["selectors-overlap"]),
    ("pvc-rwo", false, &["volume-pins-replicas", "rollout-deadlock"]),
    ("sts-servicename", true, &["statefulset-service-missing"]),
    ("svc-selector", true, &["service-selects-nothing", "invalid-value"]),
    ("svc-targetport", true, &["service-port-unresolved"]),
    ("svc-targetport-number", true, &["service-port-unresolved", "service-port-undeclared"]),
    ("unknown-field", false, &["unknown-field"]),
    ("volume-missing", true, &["volume-source-missing"]),
    ("workload-selector", true, &["selector-mismatch", "missing-field"]),
    ("wrong-type", false, &["wrong-type"]),
];

/// How far from the labelled line a finding may stand: labels point at an object or at one of its fields.
const NEARBY: u64 = 12;

/// A labelled place.
struct Place<'s> {
    /// `OD…` is a defect, `ON…` none.
    id: &'s str,
    class: &'s str,
    repository: &'s str,
    path: &'s str,
    line: u64,
}

impl Place<'_> {
    fn is_defect(&self) -> bool {
        self.id.starts_with("OD")
    }
}

fn sample() -> Vec<Place<'static>> {
    let row = |line: &'static str| {
        let [id, class, repository, place] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let (path, line) = place.rsplit_once(':').expect("path:line");
        Place { id, class, repository, path, line: line.parse().expect("a number") }
    };
    SAMPLE.lines().map(row).collect()
}

fn checkout(folder: &Path, repository: &str) -> Option<PathBuf> {
    let names = [repository.to_owned(), repository.replace('/', "+")];
    names.iter().map(|name| folder.join(name)).find(|path| path.is_dir())
}

fn findings(checkout: &Path) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_wplint"))
        .args(["--no-config", "--fail-on", "never", "--format", "json", "."])
        .current_dir(checkout)
        .output()
        .expect("the program runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    report["findings"].as_array().expect("a list").clone()
}

/// The loudest finding of the class at the place, as `severity[rule]`.
fn at(place: &Place<'_>, rules: &[&str], findings: &[Value]) -> Option<String> {
    let near = |location: &Value| {
        let line = location["start"]["line"].as_u64().unwrap_or(0);
        location["path"] == place.path && line.abs_diff(place.line) <= NEARBY
    };
    let mut all: Vec<(usize, String)> = Vec::new();
    for finding in findings {
        let (rule, severity) =
            (finding["rule"].as_str().unwrap_or(""), finding["severity"].as_str().unwrap_or(""));
        // A defect may be shown from its other end; a look-alike is accused only where a finding points.
        let related = finding["related"].as_array().into_iter().flatten();
        let mut others = related.filter(|_| place.is_defect()).map(|label| &label["location"]);
        if rules.contains(&rule) && (near(&finding["location"]) || others.any(near)) {
            let rank = ["error", "warning", "info"].iter().position(|known| *known == severity);
            all.push((rank.unwrap_or(3), format!("{severity}[{rule}]")));
        }
    }
    all.into_iter().min().map(|one| one.1)
}

#[test]
fn every_place_has_a_class_and_a_commit() {
    let commits = include_str!("labelled/commits.txt");
    for place in sample() {
        assert!(CLASSES.iter().any(|class| class.0 == place.class), "{}: {}", place.id, place.class);
        let known = commits.lines().any(|line| line.split(' ').next() == Some(place.repository));
        assert!(known, "{}: no commit of {}", place.id, place.repository);
    }
}

#[test]
fn defects_are_found_and_look_alikes_are_left_alone() {
    let Some(folder) = std::env::var_os("WPLINT_CHECKOUTS").map(PathBuf::from) else {
        println!("skipped: WPLINT_CHECKOUTS names no folder with checkouts");
        return;
    };
    let mut by_repository: BTreeMap<&str, Option<Vec<Value>>> = BTreeMap::new();
    let (mut found, mut defects, mut accused) = (0, 0, Vec::new());
    println!("{:6} {:22} {:28} place", "id", "class", "said");
    for place in sample() {
        let load = || checkout(&folder, place.repository).map(|path| findings(&path));
        let Some(findings) = by_repository.entry(place.repository).or_insert_with(load) else {
            println!("{:6} {:22} {:28} {}", place.id, place.class, "(no checkout)", place.repository);
            continue;
        };
        let class = CLASSES.iter().find(|class| class.0 == place.class).expect("a class");
        let said = at(&place, class.2, findings);
        if place.is_defect() && class.1 {
            defects += 1;
            found += usize::from(said.is_some());
        }
        if let Some(said) = said.as_ref().filter(|said| !place.is_defect() && !said.starts_with("info")) {
            accused.push(format!("{} {said}", place.id));
        }
        let said = said.as_deref().unwrap_or("-");
        println!(
            "{:6} {:22} {said:28} {}/{}:{}",
            place.id, place.class, place.repository, place.path, place.line
        );
    }
    println!("{found} of {defects} defects of references found; {} look-alikes accused", accused.len());
    assert!(found * 10 >= defects * 9, "{found} of {defects}");
    assert!(accused.is_empty(), "{accused:?}");
}

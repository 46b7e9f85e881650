//! The article's story: what its second version leaves open, the later ones repair one after another.

use crate::support::fixture;
use wplint::lint::lint_texts;
use wplint::run::{Run, Status};
use wplint::settings::Settings;

const GROUPS: [&str; 4] = ["lifecycle", "resources", "storage", "secrets"];

fn lint(version: &str) -> Run {
    lint_texts(fixture(&format!("wordpress/{version}")), &Settings::default())
}

/// The findings of the four groups, a line each.
fn story(version: &str) -> String {
    let run = lint(version);
    let shown = run.findings.iter().filter(|one| one.status == Status::Shown && GROUPS.contains(&one.group));
    shown
        .map(|one| {
            let file = &run.files[one.finding.span.file.0 as usize];
            let line = file.place(one.finding.span.start).line;
            format!(
                "{}:{line} {}[{}] {}\n",
                file.path,
                one.severity,
                one.finding.rule.name(),
                one.finding.message
            )
        })
        .collect()
}

#[test]
fn version_1_has_everything_in_one_pod() {
    insta::assert_snapshot!("v1", story("v1"));
}

#[test]
fn version_2_leaves_four_problems_open() {
    insta::assert_snapshot!("v2", story("v2"));
}

#[test]
fn version_3_brings_probes_and_requests() {
    insta::assert_snapshot!("v3", story("v3"));
}

#[test]
fn version_4_corrects_an_image() {
    assert_eq!(story("v4"), story("v3"));
    insta::assert_snapshot!("v4", story("v4"));
}

#[test]
fn version_5_brings_an_autoscaler() {
    assert_eq!(story("v5"), story("v4"));
    insta::assert_snapshot!("v5", story("v5"));
}

#[test]
fn version_6_moves_the_credentials() {
    insta::assert_snapshot!("v6", story("v6"));
}

#[test]
fn version_7_keeps_the_data() {
    insta::assert_snapshot!("v7", story("v7"));
}

/// Rules of the groups that speak of a version.
fn rules(version: &str) -> Vec<&'static str> {
    let run = lint(version);
    let mut rules: Vec<&str> = run
        .findings
        .iter()
        .filter(|one| GROUPS.contains(&one.group))
        .map(|one| one.finding.rule.name())
        .collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[test]
fn each_problem_is_gone_once_it_is_repaired() {
    let says = |version: &str, rule: &str| rules(version).contains(&rule);
    for (rule, last, repaired) in [
        ("requests-missing", "v2", "v3"),
        ("plaintext-secret", "v5", "v6"),
        ("database-on-ephemeral-storage", "v6", "v7"),
    ] {
        assert!(says("v2", rule) && says(last, rule), "{rule} is not said of {last}");
        assert!(!says(repaired, rule), "{rule} is still said of {repaired}");
    }
}

//! What the checks of other tools are called here, compared on the tools' own fixtures.
//!
//! The fixtures are not part of this repository. With checkouts of kube-linter, kube-score, polaris and checkov below
//! one folder, each under its own name, this prints where a rule says something else than the check:
//!
//! ```text
//! WPLINT_PEERS=/folder cargo test --test it peers -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wplint::rules::peers::{Row, rows};

/// Options that rules need to say what the checks say.
const CONFIG: &str = "rules:
  pod-without-network-policy: {always: true}
  required-label-missing: {labels: [owner], annotations: [email]}
";

/// A fixture: the files, and whether the check accuses them.
struct Fixture {
    check: String,
    file: PathBuf,
    accused: bool,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn polaris(home: &Path) -> Vec<Fixture> {
    let mut found = Vec::new();
    for folder in files(&home.join("polaris/test/checks")) {
        for file in files(&folder) {
            let accused = name(&file).starts_with("failure");
            if accused || name(&file).starts_with("success") {
                found.push(Fixture { check: name(&folder), file, accused });
            }
        }
    }
    found
}

fn kube_linter(home: &Path) -> Vec<Fixture> {
    let all = files(&home.join("kube-linter/tests/checks"));
    let check = |file: &Path| name(file).split('.').next().unwrap_or("").to_owned();
    all.into_iter().map(|file| Fixture { check: check(&file), file, accused: true }).collect()
}

fn checkov(home: &Path) -> Vec<Fixture> {
    let mut found = Vec::new();
    for folder in files(&home.join("checkov/tests/kubernetes/checks")) {
        let Some(module) = name(&folder).strip_prefix("example_").map(str::to_owned) else { continue };
        let source = home.join(format!("checkov/checkov/kubernetes/checks/resource/k8s/{module}.py"));
        let source = std::fs::read_to_string(source).unwrap_or_default();
        let id = source.find("CKV_K8S_").map(|at| &source[at..]);
        let Some(id) = id.map(|text| text.split(['"', '\'']).next().unwrap_or("")) else { continue };
        for file in files(&folder) {
            let words = name(&file).to_ascii_lowercase();
            let (failed, passed) = (words.contains("fail"), words.contains("pass"));
            if failed != passed && file.is_file() {
                found.push(Fixture { check: id.to_owned(), file, accused: failed });
            }
        }
    }
    found
}

/// Calls such as `testExpectedScore(t, "file.yaml", "Name of the Check", scorecard.GradeAllOK)`.
fn kube_score(home: &Path) -> Vec<Fixture> {
    let mut found = Vec::new();
    for source in files(&home.join("kube-score/score")).iter().filter(|path| name(path).ends_with("_test.go"))
    {
        for line in std::fs::read_to_string(source).unwrap_or_default().lines() {
            let Some(call) = line.trim().strip_prefix("testExpectedScore(t, \"") else { continue };
            let parts: Vec<&str> = call.split('"').collect();
            let [file, _, check, grade, ..] = parts[..] else { continue };
            let check = check.to_ascii_lowercase().replace(' ', "-");
            let accused = !grade.contains("AllOK");
            let file = home.join("kube-score/score/testdata").join(file);
            found.push(Fixture { check, file, accused });
        }
    }
    found
}

/// Whether one of the rules reports something in a file.
fn accuses(rules: &[&str], file: &Path, config: &Path) -> bool {
    let output = Command::new(env!("CARGO_BIN_EXE_wplint"))
        .args(["--select", &rules.join(","), "--fail-on", "never", "--allow-empty", "--format", "json"])
        .arg("--config")
        .arg(config)
        .arg(file)
        .output()
        .expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    report["findings"].as_array().is_some_and(|list| !list.is_empty())
}

#[test]
fn the_fixtures_of_others_are_judged_alike() {
    let Some(home) = std::env::var_os("WPLINT_PEERS").map(PathBuf::from) else {
        eprintln!("skipped: WPLINT_PEERS names no folder with checkouts of other tools");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.yaml");
    std::fs::write(&config, CONFIG).expect("written");
    let all: [(&str, Vec<Fixture>); 4] = [
        ("kube-linter", kube_linter(&home)),
        ("kube-score", kube_score(&home)),
        ("polaris", polaris(&home)),
        ("checkov", checkov(&home)),
    ];
    let (mut alike, mut told, mut wrong) = (0, 0, Vec::new());
    for (tool, fixtures) in all {
        assert!(!fixtures.is_empty(), "no fixtures of {tool}");
        let mut by_check: BTreeMap<String, Vec<Fixture>> = BTreeMap::new();
        fixtures.into_iter().for_each(|one| by_check.entry(one.check.clone()).or_default().push(one));
        for row in rows().iter().filter(|row| row.tool == tool) {
            let Some(fixtures) = by_check.get(row.check) else { continue };
            let differ: Vec<String> = fixtures.iter().filter_map(|one| differs(row, one, &config)).collect();
            match (differ.is_empty(), row.remark.is_some()) {
                (true, _) => alike += 1,
                (false, true) => told += 1,
                (false, false) => wrong.push(format!("{tool} {}: {}", row.check, differ.join(", "))),
            }
        }
    }
    let total = alike + told + wrong.len();
    eprintln!(
        "{alike} checks alike, {told} differ and say why, {} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(wrong.len() * 20 <= total, "{} of {total} differ", wrong.len());
}

fn differs(row: &Row, one: &Fixture, config: &Path) -> Option<String> {
    let ours = !row.rules.is_empty() && accuses(&row.rules, &one.file, config);
    (ours != one.accused).then(|| {
        let theirs = if one.accused { "accused" } else { "fine" };
        format!("{} is {theirs} there", name(&one.file))
    })
}

#[test]
fn every_tool_is_printed_with_rules_and_reasons() {
    for (tool, known) in [("kube-linter", "latest-tag"), ("checkov", "CKV_K8S_16"), ("cis", "5.2.2")] {
        for format in ["text", "json", "markdown"] {
            let output = Command::new(env!("CARGO_BIN_EXE_wplint"))
                .args(["rules", "--map", tool, "--format", format])
                .output()
                .expect("it runs");
            let text = String::from_utf8(output.stdout).expect("UTF-8");
            assert!(output.status.success() && text.contains(known), "{tool} {format}: {text}");
        }
    }
}

#[test]
fn presets_add_rules_and_a_level() {
    let settings = |text: &str| wplint::settings::Settings::from_config(text);
    let restricted = settings("preset: restricted").expect("a configuration");
    assert!(restricted.is_enabled("root-not-forbidden") && restricted.is_enabled("selector-mismatch"));
    let baseline = settings("preset: baseline").expect("a configuration");
    assert!(baseline.is_enabled("privileged-container") && !baseline.is_enabled("root-not-forbidden"));
    let theirs = settings("preset: kube-linter\nignore: [hygiene]").expect("a configuration");
    assert!(theirs.is_enabled("root-not-forbidden") && !theirs.is_enabled("image-version-open"));
    assert!(settings("preset: strict").is_err());
}

#[test]
fn a_group_keeps_to_its_level_and_a_name_does_not() {
    let enabled = |text: &str, rule: &str| {
        wplint::settings::Settings::from_config(text).expect("a configuration").is_enabled(rule)
    };
    assert!(!enabled("", "privileged-container"));
    assert!(!enabled("select: [security]", "root-not-forbidden"));
    assert!(!enabled("select: [all]", "root-not-forbidden"));
    assert!(enabled("select: [root-not-forbidden]", "root-not-forbidden"));
    assert!(enabled("select: [security]\nsecurity: {level: restricted}", "root-not-forbidden"));
}

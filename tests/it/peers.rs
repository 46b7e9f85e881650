//! What the checks of other tools are called here, compared on the tools' own fixtures.
//!
//! Where a verdict differs, `peers/differences.txt` says what that hangs on: a change of the fixture, another rule or an
//! option, with which the verdict is the check's. A reason that does not hold fails the test.
//!
//! The fixtures are not part of this repository. With checkouts of kube-linter, kube-score, polaris and checkov below
//! one folder, each under its own name, this prints where a rule says something else than the check:
//!
//! ```text
//! WPLINT_PEERS=/folder cargo test --test it peers -- --nocapture
//! ```

mod fixtures;
mod whole;

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::Fixture;
use serde::Deserialize as _;
use serde_json::Value;
use wplint::rules::peers::{Row, rows};

/// How a rule's verdict on a fixture compares with the check's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// The same.
    Alike,
    /// The same once the fixture has what a whole object has.
    Completed,
    /// Another one, and it turns into the check's by the change that the list of differences names.
    Explained,
    /// There is no rule, and the table says why.
    NoRule,
    /// Another one.
    Differs,
}

/// A line of `differences.txt`: fixtures that are judged otherwise, what that hangs on, and why it is right.
struct Difference {
    tool: &'static str,
    check: &'static str,
    /// The name of a fixture, or `*` for all of the check.
    fixture: &'static str,
    /// Changes after which the verdict is the check's.
    steps: Vec<&'static str>,
}

fn differences() -> Vec<Difference> {
    let lines = include_str!("peers/differences.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &'static str| {
        let (place, why) = line.split_once(" | ").unwrap_or_else(|| panic!("no reason: {line}"));
        assert!(why.len() > 20, "no reason: {line}");
        let mut words = place.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_else(|| panic!("tool, check, fixture, steps: {line}"));
        let (tool, check, fixture, steps) = (word(), word(), word(), word());
        Difference { tool, check, fixture, steps: steps.split("; ").collect() }
    };
    lines.map(read).collect()
}

/// The configurations that a remark names: what stands in backquotes and begins with a key of the configuration.
fn configurations(row: &Row) -> Vec<&'static str> {
    let quoted = row.remark.into_iter().flat_map(|remark| remark.split('`').skip(1).step_by(2));
    quoted.filter(|text| text.starts_with("rules: ") || text.starts_with("security: ")).collect()
}

/// Runs rules on files.
struct Judge {
    folder: tempfile::TempDir,
}

impl Judge {
    /// Whether one of the rules reports something.
    fn accuses(&self, rules: &[&str], configurations: &[&str], path: &Path) -> bool {
        let config = self.folder.path().join("config.yaml");
        std::fs::write(&config, format!("{{{}}}", configurations.join(", "))).expect("written");
        let output = Command::new(env!("CARGO_BIN_EXE_wplint"))
            .args(["--select", &rules.join(","), "--fail-on", "never", "--allow-empty", "--format", "json"])
            .arg("--config")
            .arg(config)
            .arg(path)
            .output()
            .expect("it runs");
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{rules:?}: {}", String::from_utf8_lossy(&output.stderr)));
        report["findings"].as_array().is_some_and(|list| !list.is_empty())
    }

    /// Whether they report something in objects.
    fn accuses_objects(&self, rules: &[&str], configurations: &[&str], objects: &[Value]) -> bool {
        let folder = self.folder.path().join("objects");
        std::fs::create_dir_all(&folder).expect("a folder");
        let texts: Vec<String> = objects.iter().map(ToString::to_string).collect();
        std::fs::write(folder.join("fixture.yaml"), texts.join("\n---\n")).expect("written");
        self.accuses(rules, configurations, &folder)
    }

    fn compare(&self, row: &Row, fixture: &Fixture, differences: &[Difference]) -> Outcome {
        if row.rules.is_empty() {
            return if fixture.accused { Outcome::NoRule } else { Outcome::Alike };
        }
        let mut options = configurations(row);
        if self.accuses(&row.rules, &options, &fixture.path) == fixture.accused {
            return Outcome::Alike;
        }
        let mut objects = objects(&fixture.path);
        objects.iter_mut().for_each(whole::complete);
        if self.accuses_objects(&row.rules, &options, &objects) == fixture.accused {
            return Outcome::Completed;
        }
        let name = fixture.name();
        let known = differences.iter().find(|one| {
            (one.tool, one.check) == (row.tool, row.check) && (one.fixture == name || one.fixture == "*")
        });
        let Some(known) = known else { return Outcome::Differs };
        let mut rules = row.rules.clone();
        for step in &known.steps {
            match step.split_once(": ") {
                Some(("rule", names)) => rules = names.split(' ').collect(),
                Some(("config", _)) => options.push(&step["config: ".len()..]),
                _ => whole::change(&mut objects, step),
            }
        }
        let explained = self.accuses_objects(&rules, &options, &objects) == fixture.accused;
        if explained { Outcome::Explained } else { Outcome::Differs }
    }
}

/// The objects of a fixture, as far as they can be read.
fn objects(path: &Path) -> Vec<Value> {
    let mut found = Vec::new();
    for file in fixtures::files(path) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        for document in yaml_serde::Deserializer::from_str(&text) {
            found.extend(Value::deserialize(document).ok().filter(Value::is_object));
        }
    }
    found
}

#[test]
fn the_fixtures_of_others_are_judged_alike() {
    let Some(home) = std::env::var_os("WPLINT_PEERS").map(PathBuf::from) else {
        eprintln!("skipped: WPLINT_PEERS names no folder with checkouts of other tools");
        return;
    };
    let judge = Judge { folder: tempfile::tempdir().expect("a folder") };
    let differences = differences();
    let mut table: BTreeMap<(&str, Outcome), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for tool in ["kube-linter", "kube-score", "polaris", "checkov"] {
        let mut by_check: BTreeMap<String, Vec<Fixture>> = BTreeMap::new();
        let all = fixtures::of(tool, &home);
        assert!(!all.is_empty(), "no fixtures of {tool}");
        all.into_iter().for_each(|one| by_check.entry(one.check.clone()).or_default().push(one));
        for row in rows().iter().filter(|row| row.tool == tool) {
            let Some(fixtures) = by_check.get(row.check) else { continue };
            let mut worst = Outcome::Alike;
            for fixture in fixtures {
                let outcome = judge.compare(row, fixture, &differences);
                worst = worst.max(outcome);
                if outcome == Outcome::Differs {
                    let theirs = if fixture.accused { "accused" } else { "fine" };
                    wrong.push(format!("{tool} {} {} is {theirs} there", row.check, fixture.name()));
                }
            }
            *table.entry((tool, worst)).or_default() += 1;
        }
    }
    let mut text = String::new();
    for ((tool, outcome), count) in &table {
        let _ = writeln!(text, "{tool}: {count} checks {outcome:?}");
    }
    eprintln!("{text}{}", wrong.join("\n"));
    assert!(wrong.is_empty(), "{} fixtures differ without a reason that holds", wrong.len());
}

#[test]
fn each_difference_is_about_a_check_of_the_table() {
    let mut seen = HashSet::new();
    for one in differences() {
        let row = rows().iter().find(|row| (row.tool, row.check) == (one.tool, one.check));
        let row = row.unwrap_or_else(|| panic!("{} {} is not in the table", one.tool, one.check));
        assert!(!row.rules.is_empty(), "{} {}: the table gives the reason", one.tool, one.check);
        assert!(seen.insert((one.tool, one.check, one.fixture)), "{} {} twice", one.check, one.fixture);
        for names in one.steps.iter().filter_map(|step| step.strip_prefix("rule: ")) {
            assert!(names.split(' ').all(|name| wplint::rules::find(name).is_some()), "{names}");
        }
    }
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

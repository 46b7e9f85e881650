//! `cargo xtask new-rule` writes a page and a row, and leaves alone what is there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn xtask(root: &Path, arguments: &[&str]) -> Output {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/xtask/Cargo.toml");
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/xtask");
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.args(["run", "--quiet", "--offline", "--manifest-path", manifest, "--target-dir", target, "--"]);
    cargo.args(arguments).current_dir(root).output().expect("cargo runs")
}

#[test]
fn a_new_rule_is_a_page_and_a_row() {
    let root = tempfile::tempdir().expect("a folder");
    let topic = root.path().join("src/rules/commands.rs");
    fs::create_dir_all(root.path().join("src/rules")).expect("folders");
    fs::create_dir_all(root.path().join("rules")).expect("folders");
    fs::write(&topic, include_str!("../../src/rules/commands.rs")).expect("the topic");
    let begin = || {
        xtask(root.path(), &["new-rule", "sleeps-too-long", "--topic", "commands", "--group", "lifecycle"])
    };
    let done = begin();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let page = fs::read_to_string(root.path().join("rules/sleeps-too-long.md")).expect("the page");
    assert!(page.starts_with("---\ngroup: lifecycle\nseverity: warning\n---\n"), "{page}");
    let text = fs::read_to_string(&topic).expect("the topic");
    let row = "[\n    rule!(\"sleeps-too-long\", Check::Unit(sleeps_too_long)),\n    rule!(\"command-is-one-string\"";
    assert!(text.contains(row), "{text}");
    assert_eq!(text.matches("fn sleeps_too_long(inventory: &Inventory<'_>, out: &mut Out) {").count(), 1);
    let again = begin();
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("rules/sleeps-too-long.md is there already"));
    assert_eq!(fs::read_to_string(&topic).expect("the topic"), text);
    let wrong = xtask(root.path(), &["new-rule", "Sleeps", "--topic", "commands"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("is not a name of a rule"));
}

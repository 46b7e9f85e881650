//! `--fix` over copies of repositories that nobody here wrote, and how much of what is found it can repair.
//!
//! `WPLINT_REPAIR` names a folder of checkouts, `WPLINT_PROGRAM` a program that is faster than the one of this build.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use wplint::files::{FileId, SourceFile};
use wplint::yaml;

fn program() -> PathBuf {
    std::env::var_os("WPLINT_PROGRAM").map_or_else(|| env!("CARGO_BIN_EXE_wplint").into(), PathBuf::from)
}

/// What the program prints and says.
fn wplint(folder: &Path, arguments: &[&str]) -> (String, String) {
    let mut command = Command::new(program());
    let output = command.current_dir(folder).arg("--no-config").args(arguments).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// The findings of a run.
fn found(folder: &Path) -> Vec<Value> {
    let (report, said) = wplint(folder, &["--format", "json", "."]);
    let mut report: Value = serde_json::from_str(&report).unwrap_or_else(|error| panic!("{error}: {said}"));
    report["findings"].as_array_mut().map(std::mem::take).unwrap_or_default()
}

/// How often each rule speaks of each file.
fn counted(findings: &[Value]) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for one in findings {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        *counts.entry((word(&one["location"]["path"]), word(&one["rule"]))).or_default() += 1;
    }
    counts
}

/// A copy whose files are the same until they are replaced. Links are left out.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("an entry");
        let (kind, to) = (entry.file_type().expect("a kind"), to.join(entry.file_name()));
        if kind.is_dir() && entry.file_name() != ".git" {
            copy(&entry.path(), &to);
        } else if kind.is_file() && fs::hard_link(entry.path(), &to).is_err() {
            fs::copy(entry.path(), &to).expect("copied");
        }
    }
}

/// Whether every document of a file can be read.
fn parses(path: &Path) -> bool {
    let Ok(text) = fs::read_to_string(path) else {
        return false;
    };
    let source = Arc::new(SourceFile::new(FileId(0), "a.yaml", text));
    yaml::split(&source.text).iter().all(|piece| yaml::parse(&source, piece).is_ok())
}

/// Findings, those with a safe edit, those with one that somebody has to decide about.
type Row = [usize; 3];

/// Repairs one repository and says what went wrong.
fn repair(repository: &Path, rows: &mut BTreeMap<String, Row>) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    copy(repository, folder.path());
    let folder = folder.path();
    let mut wrong = Vec::new();
    let mut before = found(folder);
    for one in &before {
        let row = rows.entry(one["rule"].as_str().unwrap_or_default().to_owned()).or_default();
        row[0] += 1;
        row[1] += usize::from(one["fix"]["applicability"] == "safe");
        row[2] += usize::from(one["fix"]["applicability"] == "unsafe");
    }
    for arguments in [&["--fix-only", "."][..], &["--fix-only", "--unsafe-fixes", "."]] {
        let name = repository.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (diff, _) = wplint(folder, &[&["--diff"], &arguments[1..]].concat());
        let changed: Vec<PathBuf> = diff
            .lines()
            .filter_map(|line| line.strip_prefix("+++ b/"))
            .map(|path| folder.join(path))
            .collect();
        let could: Vec<bool> = changed.iter().map(|path| parses(path)).collect();
        let (_, said) = wplint(folder, arguments);
        for (path, could) in changed.iter().zip(could) {
            if could && !parses(path) {
                wrong.push(format!("{name}: {} cannot be read any more", path.display()));
            }
        }
        let after = found(folder);
        let (old, new) = (counted(&before), counted(&after));
        for (key, count) in &new {
            if old.get(key).is_none_or(|old| count > old) {
                wrong.push(format!("{name}: {} of {} is new", key.1, key.0));
            }
        }
        let (_, again) = wplint(folder, arguments);
        if !again.contains("fixed 0 findings") && !said.contains("not tried") {
            wrong.push(format!("{name}: a second time: {}", again.lines().last().unwrap_or_default()));
        }
        println!("{name}: {}", said.lines().last().unwrap_or_default());
        before = after;
    }
    wrong
}

#[test]
fn public_repositories_are_repaired() {
    let Some(folder) = std::env::var_os("WPLINT_REPAIR") else {
        eprintln!("skipped: WPLINT_REPAIR names no folder of checkouts");
        return;
    };
    let mut repositories: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    repositories.sort();
    let (mut rows, mut wrong) = (BTreeMap::new(), Vec::new());
    for repository in repositories.iter().filter(|path| path.is_dir()) {
        wrong.extend(repair(repository, &mut rows));
    }
    let mut table: Vec<(&String, &Row)> = rows.iter().collect();
    table.sort_by_key(|(rule, row)| (std::cmp::Reverse(row[0]), *rule));
    let sum = |at: usize| rows.values().map(|row| row[at]).sum::<usize>();
    let (all, safe, more) = (sum(0), sum(1), sum(2));
    let percent = |part: usize| part as f64 * 100.0 / all.max(1) as f64;
    println!("{:<40} {:>8} {:>8} {:>8}", "rule", "findings", "safe", "unsafe");
    for (rule, [all, safe, more]) in table {
        println!("{rule:<40} {all:>8} {safe:>8} {more:>8}");
    }
    println!("all: {all}, safe {safe} ({:.1} %), with unsafe {:.1} %", percent(safe), percent(safe + more));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

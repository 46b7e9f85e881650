//! The documentation is true: its commands are accepted, its configuration is read, its names exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use wplint::rules;
use wplint::settings::Settings;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn pages() -> Vec<(PathBuf, String)> {
    let folder = std::fs::read_dir(Path::new(ROOT).join("docs")).expect("docs");
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.expect("an entry").path()).collect();
    paths.extend(["README.md", "CONTRIBUTING.md"].map(|name| Path::new(ROOT).join(name)));
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a page");
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(name)).expect("a page")
}

/// Fenced blocks of a language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("\n```{language}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The words of a command line up to a comment, a pipe or a redirection.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ' ') => {
                let done = std::mem::take(&mut word);
                match done.as_str() {
                    "" => {}
                    "#" | ">" | "|" | "&&" => return words,
                    _ => words.push(done),
                }
            }
            (_, c) => word.push(c),
        }
    }
    words
}

/// Every call of wplint in a shell block, without its first word.
fn calls(text: &str) -> Vec<Vec<String>> {
    let lines = blocks(text, "sh").into_iter().flat_map(str::lines);
    let starts = ["wplint ", "cargo run -- "];
    lines
        .filter_map(|line| {
            if line == "wplint" {
                return Some(Vec::new());
            }
            let (at, start) = starts.iter().find_map(|start| {
                let found = line.find(start).filter(|at| *at == 0 || line[..*at].ends_with("| "));
                found.map(|at| (at, start))
            })?;
            Some(words(&line[at + start.len()..]))
        })
        .collect()
}

#[test]
fn commands_are_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    let commands = ["explain", "rules", "schema", "completions", "man"];
    let mut seen = 0;
    for (path, text) in pages() {
        for mut arguments in calls(&text) {
            seen += 1;
            let shown = arguments.join(" ");
            if !arguments.first().is_some_and(|first| commands.contains(&first.as_str()))
                && !arguments.iter().any(|argument| argument == "--show-config")
            {
                // Reads the arguments and the configuration, and stops there.
                arguments.insert(0, "--show-config=.".to_owned());
            }
            let output = Command::new(env!("CARGO_BIN_EXE_wplint"))
                .args(&arguments)
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .output()
                .expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{}: wplint {shown}: {said}", path.display());
        }
    }
    assert!(seen > 20, "{seen} commands");
}

/// All property names of a schema, at any depth.
fn properties(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                if let ("properties", Value::Object(own)) = (key.as_str(), value) {
                    found.extend(own.keys().cloned());
                }
                properties(value, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|one| properties(one, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_configuration_is_described() {
    let output = Command::new(env!("CARGO_BIN_EXE_wplint")).arg("schema").output().expect("it runs");
    let schema: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = page("docs/configuration.md");
    let mut keys = BTreeSet::new();
    properties(&schema, &mut keys);
    assert!(keys.len() > 20, "{keys:?}");
    for key in &keys {
        assert!(text.contains(&format!("`{key}`")) || text.contains(&format!("  {key}: ")), "`{key}`");
    }
    let top = schema["properties"].as_object().expect("keys");
    let heads: BTreeSet<&str> = text
        .lines()
        .filter(|line| line.starts_with("## "))
        .flat_map(|l| l.split('`').skip(1).step_by(2))
        .collect();
    assert_eq!(heads, top.keys().map(String::as_str).collect());
}

#[test]
fn examples_of_the_configuration_are_read() {
    let text = page("docs/configuration.md");
    let examples = blocks(&text, "yaml");
    assert!(examples.len() >= 10);
    for example in examples {
        Settings::from_config(example).unwrap_or_else(|error| panic!("{error}\n{example}"));
    }
}

#[test]
fn names_of_rules_exist() {
    let text = page("docs/comparison.md");
    let table = text.split("| theirs | wplint |").nth(1).expect("a table");
    let mut seen = 0;
    for line in table.lines().take_while(|line| !line.starts_with("`wplint")) {
        let Some(ours) = line.split('|').nth(2) else {
            continue;
        };
        for name in ours.split('`').skip(1).step_by(2).filter(|name| *name != "minimum") {
            seen += 1;
            assert!(rules::find(name).is_some(), "{line}");
        }
    }
    assert!(seen > 20, "{seen} names");
}

#[test]
fn links_lead_somewhere() {
    for (path, text) in pages() {
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or("");
            if target.contains("://") || target.starts_with('#') {
                continue;
            }
            let target = target.split('#').next().unwrap_or("");
            let file = path.parent().expect("a folder").join(target);
            assert!(file.exists(), "{}: {target}", path.display());
        }
    }
}

#[test]
fn the_index_has_every_rule_and_its_page() {
    let output = Command::new(env!("CARGO_BIN_EXE_wplint")).args(["rules", "--format", "markdown"]).output();
    let text = String::from_utf8(output.expect("it runs").stdout).expect("UTF-8");
    for rule in rules::all() {
        let link = format!("[`{0}`](rules/{0}.md)", rule.name);
        assert_eq!(text.matches(&link).count(), 1, "{link}");
        assert!(Path::new(ROOT).join(format!("rules/{}.md", rule.name)).is_file(), "{}", rule.name);
    }
}

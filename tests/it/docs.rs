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

pub fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(name)).expect("a page")
}

/// Fenced blocks of a language.
pub fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
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
                // Reads the arguments (and the configuration), and stops there.
                match arguments.first().map(String::as_str) {
                    Some("survive" | "graph" | "init" | "server" | "migrate" | "test") => {
                        arguments.push("--help".to_owned())
                    }
                    _ => arguments.insert(0, "--show-config=.".to_owned()),
                }
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

/// The keys of a schema without a description, at any depth.
fn undescribed(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            let keys = map.get("properties").and_then(Value::as_object).into_iter().flatten();
            let silent = keys.filter(|(_, value)| value.get("description").is_none());
            found.extend(silent.map(|(key, _)| key.clone()));
            map.values().for_each(|value| undescribed(value, found));
        }
        Value::Array(list) => list.iter().for_each(|one| undescribed(one, found)),
        _ => {}
    }
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
    let mut silent = Vec::new();
    undescribed(&schema, &mut silent);
    assert!(silent.is_empty(), "no description: {silent:?}");
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
fn pages_for_readers_are_fresh() {
    let folder = Path::new(ROOT).join("docs/rules");
    let mut wanted: Vec<(PathBuf, String)> = rules::all()
        .map(|rule| (folder.join(format!("{}.md", rule.name)), wplint::report::rule_page::document(rule)))
        .collect();
    let mut summary = "# Summary\n\n[wplint](getting-started.md)\n\n".to_owned();
    for (path, text) in pages() {
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(name);
        // The first page is listed above; a book lists each page once.
        let listed = ["SUMMARY.md", "getting-started.md"].contains(&name);
        if path.parent().is_some_and(|parent| parent.ends_with("docs")) && !listed {
            summary.push_str(&format!("- [{title}]({name})\n"));
        }
    }
    summary.push_str("\n# Rules\n\n");
    let mut listed: Vec<_> = rules::all().collect();
    listed.sort_by_key(|rule| rule.name);
    listed.iter().for_each(|rule| summary.push_str(&format!("- [{0}](rules/{0}.md)\n", rule.name)));
    wanted.push((Path::new(ROOT).join("docs/SUMMARY.md"), summary));
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut stale = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if wanted.iter().all(|(known, _)| *known != path) {
            std::fs::remove_file(&path).expect("it goes");
            stale.push(path);
        }
    }
    for (path, text) in wanted {
        if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            std::fs::write(&path, text).expect("it is written");
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "these are written anew: `git add docs` and commit them\n{stale:#?}");
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

/// The words in one line, without the slashes that begin comments.
fn prose(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '!']));
    lines.flat_map(str::split_whitespace).collect::<Vec<&str>>().join(" ")
}

/// The facts of one section from the first number to the last.
fn range(first: &str, last: &str) -> Vec<String> {
    let split = |number: &str| {
        let (section, own) = number.rsplit_once('.').expect("a number with a section");
        (section.to_owned(), own.parse::<u32>().expect("a number"))
    };
    let ((section, start), (same, end)) = (split(first), split(last));
    assert!(section == same && start < end, "{first} to {last}");
    (start..=end).map(|own| format!("{section}.{own}")).collect()
}

/// Every fact that a text cites: "fact 9.9", "facts 6.11, 12.8", "facts 1.3 to 1.5", "facts 2.9–2.11 and 2.16".
fn cited_facts(text: &str) -> BTreeSet<String> {
    let text = prose(text).to_lowercase();
    let mut found = BTreeSet::new();
    for after in text.split("fact").skip(1) {
        let Some(mut rest) = after.strip_prefix("s ").or_else(|| after.strip_prefix(' ')) else {
            continue;
        };
        let mut from = None;
        loop {
            let end = rest.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(rest.len());
            let number = rest[..end].trim_end_matches('.');
            if !number.contains('.') {
                break;
            }
            if let Some(first) = from.take() {
                found.extend(range(first, number));
            }
            found.insert(number.to_owned());
            rest = &rest[number.len()..];
            let joint =
                [", and ", ", ", " and ", "–", " to "].into_iter().find(|joint| rest.starts_with(joint));
            let Some(joint) = joint else {
                break;
            };
            rest = &rest[joint.len()..];
            from = matches!(joint, "–" | " to ").then_some(number);
        }
    }
    found
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md" || extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn facts_are_cited_in_several_ways() {
    let cited = |text: &str| cited_facts(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(cited("never restarts (fact 9.9). It has 1.5 of"), "9.9");
    assert_eq!(cited("both equal (facts 4.4,\n    /// 4.6)."), "4.4 4.6");
    assert_eq!(cited("or a zone (facts 2.9–2.11, 2.16)"), "2.10 2.11 2.16 2.9");
    assert_eq!(cited("(facts 7.1.5 to 7.1.7), and (fact 0.2)"), "0.2 7.1.5 7.1.6 7.1.7");
    assert_eq!(cited("//! Fact 7.1, by the way. 3.5 is none. Facts are good, two facts 2."), "7.1");
    assert_eq!(cited("(facts 7.2, 7.2.3 and\n//! 7.2.4)."), "7.2 7.2.3 7.2.4");
}

#[test]
fn facts_that_are_cited_are_listed_once() {
    let text = page("docs/facts.md");
    let mut listed = BTreeSet::new();
    for number in text.lines().filter_map(|line| line.strip_prefix("- **")?.split("**").next()) {
        assert!(listed.insert(number), "fact {number} is listed twice");
    }
    let mut files = Vec::new();
    for folder in ["rules", "src", "docs"] {
        files_below(&Path::new(ROOT).join(folder), &mut files);
    }
    let mut seen = BTreeSet::new();
    for file in files {
        for number in cited_facts(&std::fs::read_to_string(&file).expect("text")) {
            assert!(listed.contains(number.as_str()), "{}: fact {number} is not listed", file.display());
            seen.insert(number);
        }
    }
    assert!(seen.len() > 150, "{} facts are cited", seen.len());
}

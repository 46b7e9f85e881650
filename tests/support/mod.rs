//! What the tests share: pages cut into examples, and examples run through the linter.
#![allow(dead_code)] // Each test file uses its own part.

use std::sync::Arc;

use wplint::finding::{Out, Severity};
use wplint::inventory::{Inventory, Surroundings, View};
use wplint::kube::object::Object;
use wplint::rules::{self, Check};
use wplint::run::Status;
use wplint::settings::Settings;
use wplint::source::{FileId, SourceFile};
use wplint::yaml;

/// What an example promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Findings on the marked lines.
    Fires,
    /// Silence.
    Passes,
}

/// A block of a page.
#[derive(Debug)]
pub struct Example {
    pub role: Role,
    /// Line of the page where the block begins.
    pub line: usize,
    /// Path and text, marks included.
    pub files: Vec<(String, String)>,
    /// The configuration that applies.
    pub config: Option<String>,
}

/// A line that must be reported.
#[derive(Debug, PartialEq, Eq)]
pub struct Mark {
    pub path: String,
    pub line: u32,
    pub severity: Option<Severity>,
}

/// A finding, as far as pages care.
#[derive(Debug)]
pub struct Found {
    pub path: String,
    pub line: u32,
    pub severity: Severity,
    pub message: String,
}

/// Cuts a page into its examples; a YAML block without a role is an error.
pub fn examples(page: &str) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    let mut config = None;
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(words) = line.strip_prefix("```yaml") else {
            continue;
        };
        let text: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let role = match words.trim() {
            "config" => {
                config = Some(text.join("\n") + "\n");
                continue;
            }
            "fires" => Role::Fires,
            "passes" => Role::Passes,
            other => return Err(format!("line {}: a block without a role: `{other}`", at + 1)),
        };
        examples.push(Example { role, line: at + 1, files: files(&text), config: config.clone() });
    }
    Ok(examples)
}

fn files(lines: &[&str]) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in lines {
        if let Some(path) = line.strip_prefix("# file: ") {
            files.push((path.trim().to_owned(), String::new()));
            continue;
        }
        if files.is_empty() {
            files.push(("example.yaml".to_owned(), String::new()));
        }
        let text = &mut files.last_mut().expect("one is there").1;
        text.push_str(line);
        text.push('\n');
    }
    files
}

fn mark(line: &str) -> Option<(&str, Option<Severity>)> {
    let (before, after) = line.rsplit_once("#~")?;
    let severity = match after.trim() {
        "" => None,
        "info" => Some(Severity::Info),
        "warning" => Some(Severity::Warning),
        "error" => Some(Severity::Error),
        _ => return None,
    };
    Some((before.trim_end(), severity))
}

impl Example {
    /// The marked lines, in the order of files and lines.
    pub fn marks(&self) -> Vec<Mark> {
        let mut marks = Vec::new();
        for (path, text) in &self.files {
            for (at, line) in text.lines().enumerate() {
                if let Some((_, severity)) = mark(line) {
                    marks.push(Mark { path: path.clone(), line: at as u32 + 1, severity });
                }
            }
        }
        marks
    }

    /// The files without their marks.
    pub fn clean_files(&self) -> Vec<(String, String)> {
        let clean = |text: &str| -> String {
            text.lines().map(|line| mark(line).map_or(line, |found| found.0).to_owned() + "\n").collect()
        };
        self.files.iter().map(|(path, text)| (path.clone(), clean(text))).collect()
    }
}

/// Runs one rule over an example.
pub fn run(rule: &str, example: &Example) -> Vec<Found> {
    let rule = rules::find(rule).expect("the rule is listed");
    if let Check::Engine = rule.check {
        return run_all(rule.name, example);
    }
    let files: Vec<Arc<SourceFile>> = example
        .clean_files()
        .into_iter()
        .enumerate()
        .map(|(at, (path, text))| Arc::new(SourceFile::new(FileId(at as u32), path, text)))
        .collect();
    let mut trees = Vec::new();
    for file in &files {
        for piece in yaml::split(&file.text) {
            trees.push(yaml::parse(file, &piece).expect("examples are YAML"));
        }
    }
    let objects = trees.iter().filter(|tree| !tree.is_empty()).filter_map(|tree| Object::read(tree.root()));
    let (surroundings, view) = (Surroundings::default(), View::default());
    let inventory = Inventory::new(objects.collect(), &surroundings, &view);
    let mut out = Out::new(rule.name);
    if let Check::Unit(check) = rule.check {
        check(&inventory, &mut out);
    }
    let mut found: Vec<Found> = out
        .into_findings()
        .into_iter()
        .map(|finding| {
            let file = &files[finding.span.file.0 as usize];
            Found {
                path: file.path.clone(),
                line: file.place(finding.span.start).line,
                severity: finding.severity.unwrap_or(rule.page().severity),
                message: finding.message,
            }
        })
        .collect();
    found.sort_by_key(|found| {
        (files.iter().position(|file| file.path == found.path), found.line, found.message.clone())
    });
    found
}

/// Runs the whole linter over an example and keeps the findings of one rule.
fn run_all(rule: &str, example: &Example) -> Vec<Found> {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in example.clean_files() {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let settings = match &example.config {
        Some(config) => Settings::from_config(config).expect("a configuration"),
        None => Settings::default(),
    };
    let run = wplint::lint::lint(&[folder.path().to_path_buf()], &settings);
    let shown = run.findings.iter().filter(|one| one.finding.rule == rule && one.status == Status::Shown);
    let prefix = format!("{}/", settings.relative(folder.path()));
    shown
        .map(|one| {
            let file = &run.files[one.finding.span.file.0 as usize];
            Found {
                path: file.path.strip_prefix(&prefix).unwrap_or(&file.path).to_owned(),
                line: file.place(one.finding.span.start).line,
                severity: one.severity,
                message: one.finding.message.clone(),
            }
        })
        .collect()
}

//! What the tests share: pages cut into examples, and examples run through the linter.
#![allow(dead_code)] // Each test file uses its own part.

#[path = "../../../benches/corpus/mod.rs"]
pub mod corpus;

pub mod api;
pub mod python;
pub mod troubles;

use wplint::finding::Severity;
use wplint::lint::{lint_change, lint_texts};
use wplint::run::{Reported, Run, Status};
use wplint::settings::Settings;

/// `path:text under the line: severity[rule]` for every finding.
pub fn shown(run: &Run) -> Vec<String> {
    let shown = |one: &Reported| {
        let file = &run.files[one.finding.span.file.0 as usize];
        let text = &file.text[one.finding.span.range()];
        format!("{}:{text}: {}[{}]", file.path, one.severity, one.finding.rule)
    };
    run.findings.iter().map(shown).collect()
}

/// The files of a folder under `fixtures/` by name, with their texts.
pub fn fixture(folder: &str) -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("a file").path())
        .map(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
            (name, std::fs::read_to_string(&path).expect("readable"))
        })
        .collect();
    files.sort();
    files
}

/// A version of the article's application: its files as `vN/name`, with their texts.
pub fn version(name: &str) -> Vec<(String, String)> {
    let files = fixture(&format!("wordpress/{name}"));
    files.into_iter().map(|(file, text)| (format!("{name}/{file}"), text)).collect()
}

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
    /// What the files replace, for rules that compare two states.
    pub before: Vec<(String, String)>,
    /// The configuration that applies.
    pub config: Option<String>,
    /// The files after the rule's fixes, if the page shows them.
    pub fixed: Option<Vec<(String, String)>>,
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
    let mut examples: Vec<Example> = Vec::new();
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
            "fixed" => {
                let before: &mut Example =
                    examples.last_mut().ok_or("a fixed block without one before it")?;
                before.fixed = Some(files(&text).0);
                continue;
            }
            other => return Err(format!("line {}: a block without a role: `{other}`", at + 1)),
        };
        let (files, before) = files(&text);
        let config = config.clone();
        examples.push(Example { role, line: at + 1, files, before, config, fixed: None });
    }
    Ok(examples)
}

/// Paths and texts.
type Files = Vec<(String, String)>;

/// The files of a block, and those that they replace: `# before: path` begins one of them.
fn files(lines: &[&str]) -> (Files, Files) {
    let (mut now, mut before) = (Files::new(), Files::new());
    let mut files = &mut now;
    for line in lines {
        let starts = [line.strip_prefix("# file: "), line.strip_prefix("# before: ")];
        if let Some(path) = starts[0].or(starts[1]) {
            files = if starts[0].is_some() { &mut now } else { &mut before };
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
    (now, before)
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

/// Runs the whole linter over an example, for one rule alone.
pub fn lint(rule: &str, example: &Example) -> Run {
    let settings = match &example.config {
        Some(config) => Settings::from_config(config).expect("a configuration"),
        None => Settings::default(),
    };
    let settings = settings.with_rule(rule);
    match example.before.is_empty() {
        true => lint_texts(example.clean_files(), &settings),
        false => lint_change(example.before.clone(), example.clean_files(), &settings),
    }
}

/// What is shown of one rule when the whole linter runs over an example.
pub fn run(rule: &str, example: &Example) -> Vec<Found> {
    let run = lint(rule, example);
    let own =
        run.findings.iter().filter(|one| one.finding.rule.name() == rule && one.status == Status::Shown);
    own.map(|one| {
        let file = &run.files[one.finding.span.file.0 as usize];
        Found {
            path: file.path.clone(),
            line: file.place(one.finding.span.start).line,
            severity: one.severity,
            message: one.finding.message.clone(),
        }
    })
    .collect()
}

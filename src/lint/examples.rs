//! The examples beside rules of the team, tried: those that break the rule are reported, the others are not.

use std::sync::Arc;

use super::lint_texts;
use crate::run::{Run, Status};
use crate::settings::{Policies, Settings, TeamRule};

/// The name of an example's file, unless it says another.
const FILE: &str = "manifest.yaml";

/// What an example begins another file with.
const MARK: &str = "# file: ";

/// An example that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The rule.
    pub rule: &'static str,
    /// The file and line of the rule.
    pub line: String,
    /// Which of its examples, `bad` or `good`, counted from 1.
    pub example: (&'static str, usize),
    /// What is wrong; nothing, if the example does what it should.
    pub wrong: Option<String>,
}

/// Tries every example of every rule of the team.
pub fn try_examples(settings: &Settings) -> Vec<Tried> {
    let mut tried = Vec::new();
    // What does not compile is told as such.
    for one in settings.policies.rules.iter().filter(|one| one.broken.is_empty()) {
        for (word, texts) in [("bad", &one.bad), ("good", &one.good)] {
            for (at, (text, _)) in texts.iter().enumerate() {
                let wrong = wrong(one, text, word == "bad", settings);
                let example = (word, at + 1);
                tried.push(Tried { rule: one.page.name, line: one.line.clone(), example, wrong });
            }
        }
    }
    tried
}

fn wrong(rule: &Arc<TeamRule>, text: &str, is_bad: bool, settings: &Settings) -> Option<String> {
    let run = lint_texts(files(text), &alone(rule, settings));
    if run.counts.objects == 0 {
        return Some("it has no object".to_owned());
    }
    if run.counts.failed > 0 {
        return Some("it is not valid YAML".to_owned());
    }
    let found = found(&run, rule.page.name);
    match (is_bad, found.as_slice()) {
        (true, []) => Some("nothing is reported".to_owned()),
        (false, [first, ..]) => Some(format!("it is reported: {first}")),
        _ => None,
    }
}

/// Settings in which this rule is the only one.
fn alone(rule: &Arc<TeamRule>, settings: &Settings) -> Settings {
    let mut alone = settings.clone();
    alone.enabled = std::iter::once(rule.page.name).collect();
    alone.policies = Policies { files: Vec::new(), rules: vec![Arc::clone(rule)] };
    alone.overrides.clear();
    alone.only = None;
    alone.past = None;
    alone
}

fn found(run: &Run, rule: &str) -> Vec<String> {
    let own = run.findings.iter().filter(|one| one.finding.rule == rule);
    let told = own.filter(|one| !matches!(one.status, Status::Suppressed { .. }));
    told.map(|one| one.finding.message.clone()).collect()
}

/// The files of an example.
fn files(text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix(MARK) {
            Some(path) => files.push((path.trim().to_owned(), String::new())),
            None => {
                if files.is_empty() {
                    files.push((FILE.to_owned(), String::new()));
                }
                if let Some((_, text)) = files.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    files.sort();
    files
}

//! Policies from files beside the input, and rules of a team: read, compiled, and made known under their names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Flags, Settings, contexts, globs::name_glob, no_glob};
use crate::config::{Config, ConfigError, Name, OwnEntry, Problem, place_in, rules_of};
use crate::files::{SourceFile, Span, inside, path, scan};
use crate::finding::Severity;
use crate::policy::own::{self, Flaw, OwnRule, Part, Scope, Source, Words};
use crate::rules::Rule;
use crate::rules::own::{Words as Page, adopt};

/// What judges the input beside the rules that are built in.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// Files with policies of the cluster, by the paths that they are shown under.
    pub files: Vec<Arc<SourceFile>>,
    /// Rules of the team.
    pub rules: Vec<Arc<TeamRule>>,
}

/// A rule of a team.
#[derive(Debug)]
pub struct TeamRule {
    /// What it judges; nothing, if it does not compile.
    pub rule: Option<OwnRule>,
    /// What does not compile.
    pub broken: Vec<Flawed>,
    /// What compiles and does not fit the kinds that it is for.
    pub mistyped: Vec<Flawed>,
    /// Those kinds.
    pub kinds: Vec<String>,
    /// The file that it stands in.
    pub source: Arc<SourceFile>,
    /// Its page.
    pub page: &'static Rule,
    /// Manifests that break it, each with the line that it begins at.
    pub bad: Vec<(String, u32)>,
    /// Manifests that do not.
    pub good: Vec<(String, u32)>,
    /// The file and the line that it stands in.
    pub line: String,
}

/// Something wrong with a rule, where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flawed {
    /// The place in the rule's file.
    pub span: Span,
    /// What is wrong.
    pub message: String,
}

impl Settings {
    /// Reads the files that the configurations and the command line name, and compiles the rules of both.
    pub(super) fn read_policies(&mut self, configs: &[Config], flags: &Flags) -> Result<(), ConfigError> {
        let mut entries: Vec<OwnEntry> = Vec::new();
        for config in configs {
            for name in &config.written.policies {
                let wrong = |message: String| {
                    let problem = Problem { span: name.span, message, help: None };
                    ConfigError::Wrong { source: Arc::clone(&config.source), problems: vec![problem] }
                };
                let at = path::absolute(Path::new(&name.text), &config.folder);
                if inside::is_outside(&at, &config.folder) {
                    return Err(wrong(format!("`{}` lies outside of the repository", name.text)));
                }
                self.read_policy_files(&at, &wrong, &mut entries)?;
            }
            entries.extend(config.own.iter().cloned());
        }
        for given in &flags.policies {
            let wrong = |message| ConfigError::Usage { option: "--policies", message, help: None };
            self.read_policy_files(&self.absolute(given), &wrong, &mut entries)?;
        }
        let mut known: Vec<OwnEntry> = Vec::new();
        for entry in entries {
            // What is written nearer to the files that are linted counts.
            known.retain(|one| one.name.text != entry.name.text);
            known.push(entry);
        }
        for entry in &known {
            self.policies.rules.push(Arc::new(settle(entry)?));
        }
        Ok(())
    }

    fn read_policy_files(
        &mut self,
        at: &PathBuf,
        wrong: &dyn Fn(String) -> ConfigError,
        entries: &mut Vec<OwnEntry>,
    ) -> Result<(), ConfigError> {
        if !at.exists() {
            return Err(wrong(format!("there is no `{}`", self.relative(at))));
        }
        let options = scan::Options { root: self.folder.clone(), ..self.scan_options() };
        let found = scan::scan(std::slice::from_ref(at), &options);
        if let Some((path, why)) = found.unreadable.first() {
            return Err(wrong(format!("cannot read {path}: {why}")));
        }
        for file in found.files {
            if self.policies.files.iter().any(|known| known.path == file.path) {
                continue;
            }
            let folder = self.absolute(Path::new(&file.path));
            entries.extend(rules_of(&file, folder.parent().unwrap_or(&folder))?);
            self.policies.files.push(file);
        }
        Ok(())
    }

    /// The rules of the team.
    pub(super) fn team(&self) -> Vec<&'static Rule> {
        self.policies.rules.iter().map(|rule| rule.page).collect()
    }
}

/// Compiles a rule and makes its page.
fn settle(entry: &OwnEntry) -> Result<TeamRule, ConfigError> {
    let mut problems = Vec::new();
    let scope = scope(entry, &mut problems);
    let rule = &entry.rule;
    let text = |name: &Option<Name>| name.as_ref().map(|name| name.text.clone());
    let (message, help) = (text(&rule.message).unwrap_or_default(), text(&rule.help));
    let title = match message.as_str() {
        "" => entry.name.text.clone(),
        message => Words::plain(message),
    };
    let line = format!("{}:{}", entry.source.path, entry.source.place(entry.name.span.start).line);
    let page = adopt(Page {
        name: &entry.name.text,
        severity: rule.severity.map_or(Severity::Warning, |said| said.0),
        title: &title,
        body: &body(entry, &line),
        url: rule.url.as_ref().map(|url| url.text.as_str()),
    });
    let source = Source {
        id: page.id(),
        each: rule.each.as_ref().map(|name| name.text.as_str()),
        expression: &rule.expression.text,
        at: rule.at.as_ref().map(|name| name.text.as_str()),
        message: &message,
        help: help.as_deref(),
    };
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.span);
        return Err(ConfigError::Wrong { source: Arc::clone(&entry.source), problems });
    }
    let (mistyped, kinds) = own::mistyped(source, &scope);
    let (compiled, broken) = OwnRule::compile(source, scope);
    let mistyped = mistyped.iter().filter(|one| !broken.contains(one));
    let examples = |list: &[Name]| -> Vec<(String, u32)> {
        let line = |name: &Name| entry.source.place(name.span.start).line;
        list.iter().map(|name| (name.text.clone(), line(name))).collect()
    };
    Ok(TeamRule {
        rule: compiled,
        broken: broken.iter().map(|one| flawed(entry, one)).collect(),
        mistyped: mistyped.map(|one| flawed(entry, one)).collect(),
        kinds,
        source: Arc::clone(&entry.source),
        page,
        bad: examples(&rule.examples.bad.0),
        good: examples(&rule.examples.good.0),
        line,
    })
}

/// A mistake in an expression, where it stands.
fn flawed(entry: &OwnEntry, flaw: &Flaw) -> Flawed {
    let rule = &entry.rule;
    let name = match flaw.part {
        Part::Each => rule.each.as_ref(),
        Part::Expression => Some(&rule.expression),
        Part::At => rule.at.as_ref(),
        Part::Message => rule.message.as_ref(),
        Part::Help => rule.help.as_ref(),
    };
    let name = name.unwrap_or(&rule.expression);
    Flawed { span: place_in(&entry.source, name, flaw.mistake.at), message: flaw.mistake.message.clone() }
}

fn scope(entry: &OwnEntry, problems: &mut Vec<Problem>) -> Scope {
    let mut glob = |name: &Name| match name_glob(&name.text) {
        Ok(glob) => Some(glob),
        Err(error) => {
            problems.push(no_glob(name, &error.kind().to_string()));
            None
        }
    };
    let scope = &entry.rule.scope;
    let labels = scope.labels.0.iter();
    let labels = labels.filter_map(|(key, value)| Some((key.text.clone(), glob(value)?))).collect();
    let namespaces = scope.namespaces.iter().filter_map(&mut glob).collect();
    Scope {
        kinds: scope.kinds.iter().map(|name| name.text.clone()).collect(),
        labels,
        namespaces,
        paths: contexts::globs(&scope.paths, &entry.folder, problems),
    }
}

/// The page below its title.
fn body(entry: &OwnEntry, line: &str) -> String {
    let rule = &entry.rule;
    let mut text = format!("A rule of this project, in {line}.\n");
    if let Some(help) = &rule.help {
        text.push_str(&format!("\n## How to fix\n\n{}\n", Words::plain(&help.text)));
    }
    if let Some(url) = &rule.url {
        text.push_str(&format!("\nMore is written at <{}>.\n", url.text));
    }
    let block = |role: &str, name: &Name| {
        // A fence within the text must not end it.
        let lines = name.text.trim_end().replace("```", "` ` `");
        format!("\n```{role}\n{lines}\n```\n")
    };
    text.push_str("\n## What must hold\n");
    if let Some(each) = &rule.each {
        text.push_str("\nEach item of this list:\n");
        text.push_str(&block("cel", each));
        text.push_str("\nis asked:\n");
    }
    text.push_str(&block("cel", &rule.expression));
    let (bad, good) = (&rule.examples.bad.0, &rule.examples.good.0);
    if !bad.is_empty() || !good.is_empty() {
        text.push_str("\n## Examples\n");
    }
    bad.iter().for_each(|one| text.push_str(&block("yaml fires", one)));
    good.iter().for_each(|one| text.push_str(&block("yaml passes", one)));
    text
}

//! From the text of a configuration file to [`Config`], with every mistake in it.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::de::{Names, Problems, Value};
use super::own::OwnEntry;
use super::written::Written;
use super::{Config, ConfigError, FILE_NAME, Problem};
use crate::files::{SourceFile, Span};
use crate::text::suggest::meant;
use crate::yaml::{self, Node, Tree};

pub(super) fn config(source: Arc<SourceFile>, folder: PathBuf) -> Result<Config, ConfigError> {
    let noted = Problems::default();
    let mut config = Config {
        source: Arc::clone(&source),
        folder,
        written: Written::default(),
        own: Vec::new(),
        lines: Vec::new(),
    };
    let mut problems = Vec::new();
    if let Some(tree) = tree(&source, &mut problems) {
        let value = Value::new(tree.root(), &noted);
        match Written::deserialize(value) {
            Ok(written) => config.written = written,
            Err(mistake) => value.take(mistake),
        }
        config.lines = lines(tree.root(), &source);
        problems.extend(noted.into_inner());
    }
    let own = std::mem::take(&mut config.written.rules.own);
    config.own = OwnEntry::all(own, &source, &config.folder, &mut problems);
    lacking(&config.written, &mut problems);
    problems.sort_by_key(|problem| problem.span);
    if !problems.is_empty() && !source.path.ends_with(FILE_NAME) && !looks_like_one(&source.text) {
        // Whatever this is, it is not shown: a link may lead to a file that nobody else may read.
        let why = "it is no configuration of wplint".to_owned();
        return Err(ConfigError::Unreadable { path: source.path.clone(), why });
    }
    if problems.is_empty() { Ok(config) } else { Err(ConfigError::Wrong { source, problems }) }
}

/// The keys of a configuration file.
pub(super) fn keys() -> &'static [&'static str] {
    static KEYS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let mut keys = Vec::new();
        drop(Written::deserialize(Names(&mut keys)));
        keys
    });
    &KEYS
}

/// Whether a line begins with a key of a configuration, or with what is meant as one.
fn looks_like_one(text: &str) -> bool {
    let key = |line: &str| line.split_once(':').map(|(key, _)| key.trim_matches(['"', '\'', ' ']).to_owned());
    let known = |key: &String| keys().contains(&key.as_str()) || meant(key, keys().iter().copied()).is_some();
    text.lines().any(|line| key(line).is_some_and(|key| known(&key)))
}

/// The one document of the file; none for a file that is empty or holds only comments.
fn tree(source: &Arc<SourceFile>, problems: &mut Vec<Problem>) -> Option<Tree> {
    let mut wrong = |span, message| problems.push(Problem { span, message, help: None });
    let mut found: Option<Tree> = None;
    for piece in yaml::split(&source.text) {
        match yaml::parse(source, &piece) {
            Ok(tree) if tree.is_empty() => {}
            Ok(tree) if found.is_some() => {
                wrong(tree.root().span(), "a configuration is one document".to_owned());
            }
            Ok(tree) => found = Some(tree),
            Err(fault) => wrong(source.span(fault.range), fault.message),
        }
    }
    for duplicate in found.iter().flat_map(Tree::duplicates) {
        let key = found.as_ref()?.node(duplicate.second);
        wrong(key.span(), format!("`{}` is written twice", key.text()));
    }
    found
}

/// The keys at the top and the lines that they stand on.
fn lines(root: Node<'_>, source: &SourceFile) -> Vec<(&'static str, u32)> {
    let known = |key: Node<'_>| keys().iter().copied().find(|name| *name == key.text());
    let line = |key: Node<'_>| source.place(key.span().start).line;
    root.entries().filter_map(|entry| Some((known(entry.key)?, line(entry.key)))).collect()
}

/// What no single key is to blame for.
fn lacking(written: &Written, problems: &mut Vec<Problem>) {
    let noted: Vec<Span> = problems.iter().map(|problem| problem.span).collect();
    let mut wrong = |span, message: &str, help: Option<&str>| {
        problems.push(Problem { span, message: message.to_owned(), help: help.map(str::to_owned) });
    };
    for entry in &written.overrides {
        if entry.ignore.is_empty() {
            wrong(entry.span, "an override needs `ignore`, a list of rules or groups", None);
        }
        if entry.paths.is_empty() && entry.object.is_none() {
            let help = "to turn a rule off everywhere, list it under `ignore` at the top";
            wrong(entry.span, "an override needs `paths` or `object`", Some(help));
        }
    }
    for entry in written.require.iter().filter(|entry| entry.survives.is_empty()) {
        // Events that there are not were told.
        if noted.iter().any(|span| entry.span.contains(*span)) {
            continue;
        }
        wrong(entry.span, "a requirement needs `survives`, a list of events", None);
    }
}

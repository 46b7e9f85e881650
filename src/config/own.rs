//! Rules of a team, as they are written: under `rules` of the configuration, or of a file that `policies` names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::read::Reader;
use super::{ConfigError, Name, Problem};
use crate::files::{SourceFile, Span};
use crate::finding::Severity;
use crate::rules::own::PREFIX;
use crate::text::suggest::meant;
use crate::yaml::{self, Node};

/// A rule of a team.
#[derive(Clone, Debug)]
pub struct OwnEntry {
    /// Its name, with `policy/`.
    pub name: Name,
    /// `match`.
    pub scope: ScopeEntry,
    /// `each`.
    pub each: Option<Name>,
    /// `expression`.
    pub expression: Name,
    /// `message`.
    pub message: Option<Name>,
    /// `severity`.
    pub severity: Severity,
    /// `help`.
    pub help: Option<Name>,
    /// `url`.
    pub url: Option<Name>,
    /// `at`.
    pub at: Option<Name>,
    /// `examples.bad`: manifests that break it.
    pub bad: Vec<Name>,
    /// `examples.good`: manifests that do not.
    pub good: Vec<Name>,
    /// The file it stands in.
    pub source: Arc<SourceFile>,
    /// The folder that its globs are relative to.
    pub folder: PathBuf,
}

/// `match` of a rule.
#[derive(Clone, Debug, Default)]
pub struct ScopeEntry {
    /// `kinds`.
    pub kinds: Vec<Name>,
    /// `labels`.
    pub labels: Vec<(Name, Name)>,
    /// `namespaces`.
    pub namespaces: Vec<Name>,
    /// `paths`.
    pub paths: Vec<Name>,
}

const KEYS: &[&str] =
    &["match", "each", "expression", "message", "severity", "help", "url", "at", "examples"];

impl Reader {
    /// Reads a rule; nothing, if it lacks what it needs.
    pub(super) fn own_rule(
        &mut self,
        name: Name,
        node: Node<'_>,
        source: &Arc<SourceFile>,
        folder: &Path,
    ) -> Option<OwnEntry> {
        let label = name.text.strip_prefix(PREFIX).unwrap_or("");
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if label.is_empty() || !label.chars().all(plain) {
            let help = "write lower-case letters, digits and `-` behind `policy/`".to_owned();
            self.wrong(name.span, format!("`{}` is not a valid name of a rule", name.text), Some(help));
        }
        let mut found = OwnEntry {
            expression: Name { text: String::new(), span: name.span },
            name,
            scope: ScopeEntry::default(),
            each: None,
            message: None,
            severity: Severity::Warning,
            help: None,
            url: None,
            at: None,
            bad: Vec::new(),
            good: Vec::new(),
            source: Arc::clone(source),
            folder: folder.to_path_buf(),
        };
        for (_, key, value) in self.fields(node, "a rule", KEYS) {
            match key {
                "match" => found.scope = self.scope(value),
                "each" => found.each = self.name(value),
                "expression" => {
                    if let Some(expression) = self.name(value) {
                        found.expression = expression;
                    }
                }
                "message" => found.message = self.name(value),
                "severity" => {
                    let severity = self.severity(value);
                    found.severity = severity.unwrap_or(found.severity);
                }
                "help" => found.help = self.name(value),
                "url" => found.url = self.name(value),
                "at" => found.at = self.name(value),
                _ => self.examples(value, &mut found),
            }
        }
        if node.is_mapping() && found.expression.text.is_empty() {
            self.wrong(found.name.span, "a rule needs `expression`", None);
            return None;
        }
        node.is_mapping().then_some(found)
    }

    fn scope(&mut self, node: Node<'_>) -> ScopeEntry {
        let mut scope = ScopeEntry::default();
        for (_, key, value) in self.fields(node, "`match`", &["kinds", "labels", "namespaces", "paths"]) {
            match key {
                "kinds" => scope.kinds = self.names(value),
                "namespaces" => scope.namespaces = self.names(value),
                "paths" => scope.paths = self.names(value),
                _ if self.mapping(value, "`labels`") => {
                    let pairs = value.entries().map(|entry| (self.name(entry.key), self.name(entry.value)));
                    scope.labels = pairs.filter_map(|(key, value)| Some((key?, value?))).collect();
                }
                _ => {}
            }
        }
        scope
    }

    fn examples(&mut self, node: Node<'_>, found: &mut OwnEntry) {
        for (_, key, value) in self.fields(node, "`examples`", &["bad", "good"]) {
            let texts = match value.is_sequence() {
                true => self.names(value),
                false => self.name(value).into_iter().collect(),
            };
            match key {
                "bad" => found.bad = texts,
                _ => found.good = texts,
            }
        }
    }

    /// A severity.
    pub(super) fn severity(&mut self, node: Node<'_>) -> Option<Severity> {
        let all = [Severity::Info, Severity::Warning, Severity::Error];
        let found = all.into_iter().find(|one| one.name() == node.text());
        if found.is_none() {
            let help = match meant(node.text(), all.map(Severity::name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "to turn a rule off, list it under `ignore`".to_owned(),
            };
            self.wrong(node.span(), "a severity is `error`, `warning` or `info`", Some(help));
        }
        found
    }
}

/// The rules of a file that `policies` names, if it has any: documents with `rules` that are no objects.
///
/// # Errors
/// Everything that is wrong with them.
pub fn rules_of(source: &Arc<SourceFile>, folder: &Path) -> Result<Vec<OwnEntry>, ConfigError> {
    let mut reader = Reader::default();
    let mut found = Vec::new();
    for piece in yaml::split(&source.text) {
        // What cannot be read is told with the objects of the file.
        let Ok(tree) = yaml::parse(source, &piece) else { continue };
        let root = tree.root();
        if tree.is_empty()
            || root.get("apiVersion").is_some()
            || !root.get("rules").is_some_and(Node::is_mapping)
        {
            continue;
        }
        for (_, _, rules) in reader.fields(root, "a file of rules", &["rules"]) {
            if !reader.mapping(rules, "`rules`") {
                continue;
            }
            for entry in rules.entries() {
                let Some(name) = reader.name(entry.key) else { continue };
                found.extend(reader.own_rule(name, entry.value, source, folder));
            }
        }
    }
    let mut problems: Vec<Problem> = reader.into_problems();
    problems.sort_by_key(|problem| problem.span);
    match problems.is_empty() {
        true => Ok(found),
        false => Err(ConfigError::Wrong { source: Arc::clone(source), problems }),
    }
}

/// The place of the word at a byte of a text that is written in the configuration, or of the whole text where it is
/// not written letter by letter as it reads.
pub fn place_in(source: &SourceFile, name: &Name, at: u32) -> Span {
    let written = source.text.get(name.span.range()).unwrap_or_default();
    let Some(start) = written_at(written, &name.text, at as usize) else { return name.span };
    let end = start + word(&written[start..]);
    Span { start: name.span.start + start as u32, end: name.span.start + end as u32, ..name.span }
}

/// How long the word or operator is that a text begins with; of a bracket, what is in it too.
fn word(text: &str) -> usize {
    let mut letters = text.chars();
    let first = letters.next();
    if first == Some('(') {
        let mut open = 0i32;
        for (at, letter) in text.char_indices() {
            open += i32::from(letter == '(') - i32::from(letter == ')');
            if open == 0 {
                return at + letter.len_utf8();
            }
        }
    }
    let is_sign = first.is_some_and(|letter| "=!<>&|".contains(letter));
    let goes_on = |letter: &char| match is_sign {
        true => "=&|".contains(*letter),
        false => letter.is_alphanumeric() || *letter == '_',
    };
    first.map_or(0, char::len_utf8) + letters.take_while(goes_on).map(char::len_utf8).sum::<usize>()
}

/// Where the letter at a byte of a text stands in what was written for it: blanks and line ends may differ, and a block
/// has a line of its own in front.
fn written_at(written: &str, text: &str, at: usize) -> Option<usize> {
    if written == text {
        return (at < written.len()).then_some(at);
    }
    let body = match written.split_once('\n') {
        Some((head, _)) if head.starts_with(['|', '>']) => head.len(),
        _ => 0,
    };
    let mut letters = written[body..].char_indices().filter(|one| !one.1.is_whitespace());
    for (own, letter) in text.char_indices().filter(|one| !one.1.is_whitespace()) {
        let (place, same) = letters.next()?;
        if same != letter {
            return None;
        }
        if own >= at {
            return Some(body + place);
        }
    }
    None
}

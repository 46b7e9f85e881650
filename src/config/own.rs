//! Rules of a team, as they are written: under `rules` of the configuration, or of a file that `policies` names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::de::{Problems, Value};
use super::words::{Name, Pairs, Said, Texts, kept};
use super::{ConfigError, Problem};
use crate::files::{SourceFile, Span};
use crate::finding::Severity;
use crate::rules::own::PREFIX;
use crate::yaml::{self, Node};

/// A rule of a team.
#[derive(Clone, Debug)]
pub struct OwnEntry {
    /// Its name, with `policy/`.
    pub name: Name,
    /// What it says.
    pub rule: OwnRule,
    /// The file it stands in.
    pub source: Arc<SourceFile>,
    /// The folder that its globs are relative to.
    pub folder: PathBuf,
}

/// A rule of a team, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "a rule")]
#[schemars(inline)]
pub struct OwnRule {
    /// The objects that the rule is for; globs are allowed but for kinds.
    #[serde(default, rename = "match")]
    pub scope: ScopeEntry,
    /// A list in CEL: each of its items is `item` in the other expressions.
    #[serde(default)]
    pub each: Option<Name>,
    /// What must hold, in CEL.
    pub expression: Name,
    /// What is said; expressions stand between `{{` and `}}`.
    #[serde(default)]
    pub message: Option<Name>,
    /// How bad it is.
    #[serde(default, deserialize_with = "kept")]
    #[schemars(extend("default" = "warning"))]
    pub severity: Option<Said<Severity>>,
    /// What to do, below the finding.
    #[serde(default)]
    pub help: Option<Name>,
    /// Where more is written.
    #[serde(default)]
    pub url: Option<Name>,
    /// The value that is underlined, in CEL.
    #[serde(default)]
    pub at: Option<Name>,
    /// Manifests that `wplint test` tries.
    #[serde(default)]
    pub examples: Examples,
}

/// `examples` of a rule.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Examples {
    /// Manifests that break the rule.
    pub bad: Texts,
    /// Manifests that do not.
    pub good: Texts,
}

/// `match` of a rule.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct ScopeEntry {
    /// Kinds, `group/Kind`, or `workload` for all that make pods.
    pub kinds: Vec<Name>,
    /// Labels that they carry, each with a glob of its value.
    #[schemars(with = "BTreeMap<String, String>")]
    pub labels: Pairs<Name>,
    /// Their namespaces.
    pub namespaces: Vec<Name>,
    /// Their files, relative to this one.
    pub paths: Vec<Name>,
}

/// A file of rules, as `policies` names them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename = "a file of rules")]
struct RuleFile {
    rules: Pairs<OwnRule>,
}

impl OwnEntry {
    /// A rule that was read, or nothing and a problem if its name is not one.
    pub(super) fn all(
        rules: Vec<(Name, OwnRule)>,
        source: &Arc<SourceFile>,
        folder: &Path,
        problems: &mut Vec<Problem>,
    ) -> Vec<OwnEntry> {
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        let mut found = Vec::new();
        for (name, rule) in rules {
            let label = name.text.strip_prefix(PREFIX).unwrap_or("");
            if label.is_empty() || !label.chars().all(plain) {
                let message = format!("`{}` is not a valid name of a rule", name.text);
                let help = Some("write lower-case letters, digits and `-` behind `policy/`".to_owned());
                problems.push(Problem { span: name.span, message, help });
            }
            found.push(OwnEntry { name, rule, source: Arc::clone(source), folder: folder.to_path_buf() });
        }
        found
    }
}

/// The rules of a file that `policies` names, if it has any: documents with `rules` that are no objects.
///
/// # Errors
/// Everything that is wrong with them.
pub fn rules_of(source: &Arc<SourceFile>, folder: &Path) -> Result<Vec<OwnEntry>, ConfigError> {
    let noted = Problems::default();
    let mut rules = Vec::new();
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
        let value = Value::new(root, &noted);
        match RuleFile::deserialize(value) {
            Ok(file) => rules.extend(file.rules.0),
            Err(mistake) => value.take(mistake),
        }
    }
    let mut problems = noted.into_inner();
    let found = OwnEntry::all(rules, source, folder, &mut problems);
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

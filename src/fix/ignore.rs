//! `--add-ignore`: marks that silence what is reported, each where it does so.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use super::{Changed, apply_all, changed, counts, is_open, lint};
use crate::document::{Document, document_at};
use crate::files::{SourceFile, Span};
use crate::finding::Edit;
use crate::run::{Reported, Run};
use crate::settings::Settings;
use crate::suppress::add::{self, Mark};
use crate::workspace::Workspace;

/// What adding marks came to.
#[derive(Debug)]
pub struct Ignored {
    /// What is left, as linted with the marks.
    pub run: Run,
    /// The files that changed.
    pub files: Vec<Changed>,
    /// How many findings are silenced that were not.
    pub silenced: usize,
}

/// Adds marks for those findings that are meant, in memory: on their lines, and where that does not silence them, for
/// their objects. A mark after which something else is reported is not added.
pub fn ignore(
    paths: &[PathBuf],
    settings: &Settings,
    reason: Option<&str>,
    is_meant: impl Fn(&Reported) -> bool,
) -> Ignored {
    let mut workspace = Workspace::new(paths.to_vec(), settings.clone());
    let mut run = workspace.lint();
    let old: HashMap<String, String> =
        run.files.iter().map(|file| (file.path.clone(), file.text.clone())).collect();
    let meant: BTreeSet<String> = run
        .findings
        .iter()
        .filter(|one| is_open(one) && is_meant(one))
        .map(|one| one.fingerprint.clone())
        .collect();
    let mut texts = BTreeMap::new();
    for for_object in [false, true] {
        let left = |one: &&Reported| is_open(one) && meant.contains(&one.fingerprint);
        let found: Vec<&Reported> = run.findings.iter().filter(left).collect();
        let edits = marks(&run, workspace.documents(), &found, reason, for_object);
        if edits.is_empty() {
            continue;
        }
        let edited = apply_all(&run, edits.iter(), &texts);
        let next = lint(&mut workspace, &edited);
        if is_quieter(&run, &next) {
            (run, texts) = (next, edited);
            continue;
        }
        // A file whose marks add a finding stays as it is.
        for (path, text) in edited {
            let before = texts.insert(path.clone(), text);
            let next = lint(&mut workspace, &texts);
            if is_quieter(&run, &next) {
                run = next;
                continue;
            }
            let before = before.or_else(|| old.get(&path).cloned()).unwrap_or_default();
            texts.insert(path, before);
            lint(&mut workspace, &texts);
        }
    }
    let left = run.findings.iter().filter(|one| is_open(one) && meant.contains(&one.fingerprint)).count();
    Ignored { files: changed(texts, &old), silenced: meant.len() - left, run }
}

fn is_quieter(before: &Run, after: &Run) -> bool {
    super::adds_nothing(&counts(before), after)
}

/// The marks for these findings; those that stand at one place are one.
fn marks(
    run: &Run,
    documents: &[Document],
    found: &[&Reported],
    reason: Option<&str>,
    for_object: bool,
) -> Vec<Edit> {
    let make = |at: Span, rules: &[&str]| -> Option<Edit> {
        let source: &SourceFile = run.files.get(at.file.0 as usize)?;
        let usable = !source.transcoded && !source.piped && source.damaged.is_empty();
        let tree = document_at(documents, at).and_then(|document| document.tree());
        let mark = Mark { rules, reason };
        match (usable, for_object, tree) {
            (false, ..) => None,
            (_, true, tree) => add::for_object(source, tree?, at, mark),
            (_, false, tree) => add::on_line(source, tree, at, mark),
        }
    };
    let mut places: BTreeMap<Span, (Span, BTreeSet<&str>)> = BTreeMap::new();
    for one in found {
        let (at, rule) = (one.finding.span, one.finding.rule.name());
        if one.group != "internal"
            && let Some(edit) = make(at, &[rule])
        {
            places.entry(edit.span).or_insert_with(|| (at, BTreeSet::new())).1.insert(rule);
        }
    }
    let all = places.into_values();
    all.filter_map(|(at, rules)| make(at, &rules.into_iter().collect::<Vec<_>>())).collect()
}

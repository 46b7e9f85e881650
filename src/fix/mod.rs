//! Fixes: edits of findings, applied until nothing applicable is left, checked by linting again, written whole.
//!
//! Nothing is written before it was judged. An edit that makes a new finding appear is dropped and named.

mod apply;
pub mod diff;
pub mod write;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use crate::files::FileId;
use crate::finding::{Applicability, Edit};
use crate::lint::lint_edited;
use crate::run::{Reported, Run, Status};
use crate::settings::Settings;

/// Rounds of fixing: the edits of one round may make room for others.
const ROUNDS: usize = 10;

/// Which fixes are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those that may be applied without a second look.
    Safe,
    /// Those that somebody has to decide about as well.
    Unsafe,
}

impl Wanted {
    fn takes(self, applicability: Applicability) -> bool {
        self == Wanted::Unsafe || applicability == Applicability::Safe
    }
}

/// What fixing came to.
#[derive(Debug)]
pub struct Fixed {
    /// What is left, as linted after the last round.
    pub run: Run,
    /// The files that changed: their paths, their old texts and their new ones.
    pub files: Vec<Changed>,
    /// How many fixes were applied.
    pub applied: usize,
    /// How many unsafe fixes are left.
    pub more: usize,
    /// Fixes that were dropped because something else would be reported then: their titles and places.
    pub dropped: Vec<String>,
}

/// A file that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its path, as reports show it.
    pub path: String,
    /// What was there.
    pub old: String,
    /// What is there now.
    pub new: String,
}

/// Applies the fixes of a run to the texts of its files, in memory.
pub fn fix(run: Run, paths: &[PathBuf], settings: &Settings, wanted: Wanted) -> Fixed {
    let old: HashMap<String, String> =
        run.files.iter().map(|file| (file.path.clone(), file.text.clone())).collect();
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let (mut run, mut applied, mut dropped) = (run, 0, Vec::new());
    let mut refused: HashSet<String> = HashSet::new();
    for _ in 0..ROUNDS {
        let chosen = choose(&run, wanted, &refused);
        if chosen.is_empty() {
            break;
        }
        let known = counts(&run);
        let (next, edited) = attempt(&run, &chosen, &texts, paths, settings);
        if adds_nothing(&known, &next) {
            applied += chosen.len();
            (run, texts) = (next, edited);
            continue;
        }
        // Something new is reported: each fix by itself, those that add a finding are out.
        let mut any = false;
        for one in chosen.iter().map(|one| one.fingerprint.clone()).collect::<Vec<_>>() {
            let known = counts(&run);
            let alone: Vec<Chosen<'_>> = choose(&run, wanted, &refused)
                .into_iter()
                .filter(|chosen| chosen.fingerprint == one)
                .collect();
            let Some(first) = alone.first() else {
                continue;
            };
            let name = first.name.clone();
            let (next, edited) = attempt(&run, &alone, &texts, paths, settings);
            if adds_nothing(&known, &next) {
                applied += 1;
                any = true;
                (run, texts) = (next, edited);
            } else {
                refused.insert(one);
                dropped.push(name);
            }
        }
        if !any {
            break;
        }
    }
    let more = run.findings.iter().filter(|one| is_open(one) && !refused.contains(&one.fingerprint));
    let more = more.filter(|one| one.finding.fix.is_some()).count();
    let files = texts
        .into_iter()
        .filter_map(|(path, new)| {
            let old = old.get(&path)?.clone();
            (old != new).then_some(Changed { path, old, new })
        })
        .collect();
    Fixed { run, files, applied, more, dropped }
}

/// The texts of the files that one round of fixes changes, by path. Nothing is linted again.
pub fn once(run: &Run, wanted: Wanted) -> BTreeMap<String, String> {
    edit(run, &choose(run, wanted, &HashSet::new()), &BTreeMap::new())
}

/// A fix that is about to be applied.
struct Chosen<'r> {
    fingerprint: String,
    name: String,
    edits: &'r [Edit],
}

fn is_open(one: &Reported) -> bool {
    one.status == Status::Shown
}

/// The wanted fixes, in the order of the report, without those that touch what an earlier one touches.
fn choose<'r>(run: &'r Run, wanted: Wanted, refused: &HashSet<String>) -> Vec<Chosen<'r>> {
    let mut taken: HashMap<FileId, Vec<(u32, u32)>> = HashMap::new();
    let mut chosen = Vec::new();
    for one in run.findings.iter().filter(|one| is_open(one) && !refused.contains(&one.fingerprint)) {
        let Some(fix) = one.finding.fix.as_ref().filter(|fix| wanted.takes(fix.applicability)) else {
            continue;
        };
        let free = |edit: &Edit| {
            let ranges = taken.get(&edit.span.file).map_or(&[][..], Vec::as_slice);
            ranges.iter().all(|range| edit.span.end < range.0 || range.1 < edit.span.start)
        };
        // What was read otherwise than it is written cannot be edited by bytes.
        let plain = |edit: &Edit| {
            let file = run.files.get(edit.span.file.0 as usize);
            file.is_some_and(|file| !file.transcoded && !file.piped && file.damaged.is_empty())
        };
        if fix.edits.is_empty() || !fix.edits.iter().all(|edit| free(edit) && plain(edit)) {
            continue;
        }
        for edit in &fix.edits {
            taken.entry(edit.span.file).or_default().push((edit.span.start, edit.span.end));
        }
        let place = run.files.get(one.finding.span.file.0 as usize).map_or_else(String::new, |file| {
            let place = file.place(one.finding.span.start);
            format!("{}:{}:{}", file.path, place.line, place.column)
        });
        let name = format!("{place}: {}", fix.title);
        chosen.push(Chosen { fingerprint: one.fingerprint.clone(), name, edits: &fix.edits });
    }
    chosen
}

/// The run and the texts with these fixes made.
fn attempt(
    run: &Run,
    chosen: &[Chosen<'_>],
    texts: &BTreeMap<String, String>,
    paths: &[PathBuf],
    settings: &Settings,
) -> (Run, BTreeMap<String, String>) {
    let edited = edit(run, chosen, texts);
    (lint_edited(paths, settings, &edited), edited)
}

fn edit(run: &Run, chosen: &[Chosen<'_>], texts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in chosen.iter().flat_map(|one| one.edits) {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    let mut edited = texts.clone();
    for (file, edits) in by_file {
        if let Some(file) = run.files.get(file.0 as usize) {
            edited.insert(file.path.clone(), apply::apply(&file.text, edits));
        }
    }
    edited
}

/// How often each rule speaks of each object.
fn counts(run: &Run) -> HashMap<(String, &'static str), usize> {
    let mut counts = HashMap::new();
    for one in run.findings.iter().filter(|one| is_open(one)) {
        let path = run.files.get(one.finding.span.file.0 as usize).map_or("", |file| file.path.as_str());
        *counts.entry((path.to_owned(), one.finding.rule.name())).or_default() += 1;
    }
    counts
}

fn adds_nothing(before: &HashMap<(String, &'static str), usize>, after: &Run) -> bool {
    counts(after).iter().all(|(key, count)| before.get(key).is_some_and(|before| count <= before))
}

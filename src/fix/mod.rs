//! Fixes: edits of findings, applied until nothing applicable is left, checked by linting again, written whole.
//!
//! Nothing is written before it was judged. An edit that makes a new finding appear, or that changes more than its own
//! place, is dropped and named.

mod apply;
pub mod diff;
mod ignore;
mod intact;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use crate::files::FileId;
use crate::finding::{Applicability, Edit};
use crate::run::{Reported, Run, Status};
use crate::settings::Settings;
use crate::workspace::Workspace;

pub use ignore::{Ignored, ignore};

/// Rounds of fixing: the edits of one round may make room for others.
const ROUNDS: usize = 10;

/// So often the input is linted again at most. What was not tried by then is left.
const RUNS: usize = 200;

/// So often what an edit brought with it is repaired together with it.
const FOLLOWING: usize = 3;

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
    /// Fixes that were dropped.
    pub dropped: Vec<Dropped>,
    /// Fixes that were not tried, because too many others had to be dropped.
    pub untried: usize,
}

/// A fix that is not made, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its place and title.
    pub name: String,
    /// What would happen, as a clause.
    pub because: &'static str,
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
    fix_some(run, paths, settings, wanted, |_| true)
}

/// The same for those findings that are meant.
pub fn fix_some(
    run: Run,
    paths: &[PathBuf],
    settings: &Settings,
    wanted: Wanted,
    is_meant: impl Fn(&Reported) -> bool,
) -> Fixed {
    let mut bench = Bench {
        old: run.files.iter().map(|file| (file.path.clone(), file.text.clone())).collect(),
        workspace: Workspace::new(paths.to_vec(), settings.clone()),
        texts: BTreeMap::new(),
        run,
        applied: 0,
        dropped: Vec::new(),
        refused: HashSet::new(),
        refused_at: 0,
        runs: RUNS,
    };
    for _ in 0..ROUNDS {
        if !bench.round(wanted, &is_meant) && !bench.reconsider() {
            break;
        }
    }
    let open = bench.run.findings.iter().filter(|one| is_open(one) && one.finding.fix.is_some());
    let (untried, left): (Vec<_>, Vec<_>) =
        open.filter(|one| !bench.refused.contains(&one.fingerprint)).partition(|one| {
            bench.runs == 0 && one.finding.fix.as_ref().is_some_and(|fix| wanted.takes(fix.applicability))
        });
    let (untried, more) = (untried.len(), left.len());
    let files = bench.changed();
    Fixed { files, applied: bench.applied, more, dropped: bench.dropped, untried, run: bench.run }
}

/// Where fixes are tried out.
struct Bench {
    workspace: Workspace,
    old: HashMap<String, String>,
    texts: BTreeMap<String, String>,
    run: Run,
    applied: usize,
    dropped: Vec<Dropped>,
    refused: HashSet<String>,
    /// How many fixes had been applied when the first of them was refused.
    refused_at: usize,
    /// How often the input may still be linted.
    runs: usize,
}

impl Bench {
    /// Tries what can be fixed now; whether any of it was.
    fn round(&mut self, wanted: Wanted, is_meant: &impl Fn(&Reported) -> bool) -> bool {
        let before = self.applied;
        let all = choose_from(&self.run, wanted, |one| self.may_be_fixed(one) && is_meant(one));
        // What adds a finding is searched for: all of the others are applied together.
        let mut open: Vec<HashSet<String>> = vec![all.into_iter().map(|one| one.fingerprint).collect()];
        while let Some(some) = open.pop() {
            let is_one = |one: &Reported| some.contains(&one.fingerprint) && self.may_be_fixed(one);
            let chosen = choose_from(&self.run, wanted, is_one);
            if chosen.is_empty() || self.runs == 0 {
                continue;
            }
            let (edited, torn) = edit(&self.run, &chosen, &self.texts);
            let (mut worse, mut because) = (torn, "more than its place would change");
            if worse.is_empty() {
                let before = counts(&self.run);
                let (next, texts, applied) =
                    followed(&mut self.workspace, &mut self.runs, wanted, edited, &before);
                worse = added(&before, &next);
                // What an edit brings with it may take it back.
                let undone = changes_nothing(&self.run, &texts);
                if worse.is_empty() && !undone {
                    self.applied += chosen.len() + applied;
                    drop(chosen);
                    (self.run, self.texts) = (next, texts);
                    continue;
                }
                because = if undone {
                    "what it brings with it takes it back"
                } else {
                    "another finding would appear"
                };
            }
            if let [one] = &*chosen {
                if self.refused.is_empty() {
                    self.refused_at = self.applied;
                }
                self.refused.insert(one.fingerprint.clone());
                self.dropped.push(Dropped { name: one.name.clone(), because });
                continue;
            }
            // Most likely it is an edit of the file that it is said of; else the search goes by halves.
            let near = |one: &Chosen<'_>| {
                one.files.iter().any(|file| {
                    self.run.files.get(file.0 as usize).is_some_and(|file| worse.contains(&file.path))
                })
            };
            let half = chosen.len() / 2;
            let nears = chosen.iter().filter(|one| near(one)).count();
            let by_file = 0 < nears && nears < chosen.len();
            let (last, first): (Vec<_>, Vec<_>) = chosen
                .iter()
                .enumerate()
                .partition(|(at, one)| if by_file { near(one) } else { *at >= half });
            let names = |some: Vec<(usize, &Chosen<'_>)>| {
                some.into_iter().map(|one| one.1.fingerprint.clone()).collect()
            };
            open.push(names(last));
            open.push(names(first));
        }
        self.applied > before
    }

    /// What was refused before others were applied may fit by now; whether there is anything to try again.
    fn reconsider(&mut self) -> bool {
        let again = !self.refused.is_empty() && self.refused_at < self.applied && self.runs > 0;
        if again {
            self.refused.clear();
            self.dropped.clear();
        }
        again
    }

    fn may_be_fixed(&self, one: &Reported) -> bool {
        !self.refused.contains(&one.fingerprint)
    }

    fn changed(&mut self) -> Vec<Changed> {
        changed(std::mem::take(&mut self.texts), &self.old)
    }
}

/// Whether these texts are those that were linted.
fn changes_nothing(run: &Run, texts: &BTreeMap<String, String>) -> bool {
    run.files.iter().all(|file| texts.get(&file.path).is_none_or(|text| *text == file.text))
}

/// What is left with these texts, in which what the edits brought with them is repaired as well, the texts then, and how
/// many more fixes that took: a second replica is told to keep apart from the first.
fn followed(
    workspace: &mut Workspace,
    runs: &mut usize,
    wanted: Wanted,
    mut texts: BTreeMap<String, String>,
    before: &HashMap<Key, usize>,
) -> (Run, BTreeMap<String, String>, usize) {
    *runs -= 1;
    let (mut run, mut applied) = (lint(workspace, &texts), 0);
    for _ in 0..FOLLOWING {
        let more = more(before, &run);
        let is_new = |one: &Reported| more.contains(&key(&run, one));
        let chosen = choose_from(&run, wanted, is_new);
        if chosen.is_empty() || *runs == 0 {
            break;
        }
        let (edited, torn) = edit(&run, &chosen, &texts);
        if !torn.is_empty() {
            break;
        }
        applied += chosen.len();
        drop(chosen);
        *runs -= 1;
        run = lint(workspace, &edited);
        texts = edited;
    }
    (run, texts, applied)
}

/// The files whose texts differ from what they were.
fn changed(texts: BTreeMap<String, String>, old: &HashMap<String, String>) -> Vec<Changed> {
    let changed = |(path, new): (String, String)| {
        let old = old.get(&path)?.clone();
        (old != new).then_some(Changed { path, old, new })
    };
    texts.into_iter().filter_map(changed).collect()
}

/// Lints with these texts over what the disk has.
fn lint(workspace: &mut Workspace, texts: &BTreeMap<String, String>) -> Run {
    workspace.set_all(texts);
    workspace.lint()
}

/// The texts of the files that one round of fixes changes, of those findings that are meant, by path. Nothing is linted
/// again.
pub fn once(run: &Run, wanted: Wanted, is_meant: impl Fn(&Reported) -> bool) -> BTreeMap<String, String> {
    let chosen = choose_from(run, wanted, is_meant);
    apply_all(run, chosen.iter().flat_map(|one| one.edits), &BTreeMap::new())
}

/// The edits of one round of fixes, of those findings that are meant. Nothing is linted again.
pub fn edits_of(run: &Run, wanted: Wanted, is_meant: impl Fn(&Reported) -> bool) -> Vec<Edit> {
    let chosen = choose_from(run, wanted, is_meant);
    chosen.iter().flat_map(|one| one.edits).cloned().collect()
}

/// A fix that is about to be applied.
struct Chosen<'r> {
    fingerprint: String,
    name: String,
    edits: &'r [Edit],
    /// The files that it edits, and the one that it is said of.
    files: Vec<FileId>,
}

fn is_open(one: &Reported) -> bool {
    one.status == Status::Shown
}

/// The wanted fixes, in the order of the report, without those that touch what an earlier one touches.
fn choose_from<'r>(run: &'r Run, wanted: Wanted, is_meant: impl Fn(&Reported) -> bool) -> Vec<Chosen<'r>> {
    let mut taken: HashMap<FileId, Vec<(u32, u32)>> = HashMap::new();
    let mut chosen = Vec::new();
    for one in run.findings.iter().filter(|one| is_open(one) && is_meant(one)) {
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
        let files = fix.edits.iter().map(|edit| edit.span).chain([one.finding.span]);
        let files = files.map(|span| span.file).collect();
        chosen.push(Chosen { fingerprint: one.fingerprint.clone(), name, edits: &fix.edits, files });
    }
    chosen
}

/// The texts with these fixes made, and the files of which more than the places of the edits would change.
fn edit(
    run: &Run,
    chosen: &[Chosen<'_>],
    texts: &BTreeMap<String, String>,
) -> (BTreeMap<String, String>, HashSet<String>) {
    let edits = || chosen.iter().flat_map(|one| one.edits);
    let edited = apply_all(run, edits(), texts);
    let torn = by_file(edits()).into_iter().filter_map(|(file, edits)| {
        let file = run.files.get(file.0 as usize)?;
        (!intact::is_intact(file, &edited[&file.path], &edits)).then(|| file.path.clone())
    });
    let torn = torn.collect();
    (edited, torn)
}

fn by_file<'e>(edits: impl Iterator<Item = &'e Edit>) -> BTreeMap<FileId, Vec<&'e Edit>> {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    by_file
}

/// The texts with these edits made.
fn apply_all<'e>(
    run: &Run,
    edits: impl Iterator<Item = &'e Edit>,
    texts: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut edited = texts.clone();
    for (file, edits) in by_file(edits) {
        if let Some(file) = run.files.get(file.0 as usize) {
            edited.insert(file.path.clone(), apply::apply(&file.text, edits));
        }
    }
    edited
}

/// A rule, and a file that it speaks of.
type Key = (String, &'static str);

fn key(run: &Run, one: &Reported) -> Key {
    let path = run.files.get(one.finding.span.file.0 as usize).map_or("", |file| file.path.as_str());
    (path.to_owned(), one.finding.rule.name())
}

/// How often each rule speaks of each file.
fn counts(run: &Run) -> HashMap<Key, usize> {
    let mut counts = HashMap::new();
    for one in run.findings.iter().filter(|one| is_open(one)) {
        *counts.entry(key(run, one)).or_default() += 1;
    }
    counts
}

fn adds_nothing(before: &HashMap<Key, usize>, after: &Run) -> bool {
    more(before, after).is_empty()
}

/// The rules that say more of a file than before.
fn more(before: &HashMap<Key, usize>, after: &Run) -> HashSet<Key> {
    let more = |(key, count): &(Key, usize)| before.get(key).is_none_or(|before| count > before);
    counts(after).into_iter().filter(more).map(|(key, _)| key).collect()
}

/// The files of which a rule says more than before.
fn added(before: &HashMap<Key, usize>, after: &Run) -> HashSet<String> {
    more(before, after).into_iter().map(|key| key.0).collect()
}

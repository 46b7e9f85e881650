//! Fixes: edits of findings, applied until nothing applicable is left, checked by linting again, written whole.
//!
//! Nothing is written before it was judged. An edit that makes a new finding appear is dropped and named.

mod apply;
pub mod diff;
mod ignore;

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
    /// Fixes that were not tried, because too many others had to be dropped.
    pub untried: usize,
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
        runs: RUNS,
    };
    for _ in 0..ROUNDS {
        if !bench.round(wanted, &is_meant) {
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
    dropped: Vec<String>,
    refused: HashSet<String>,
    /// How often the input may still be linted.
    runs: usize,
}

impl Bench {
    /// Tries what can be fixed now; whether any of it was.
    fn round(&mut self, wanted: Wanted, is_meant: &impl Fn(&Reported) -> bool) -> bool {
        let before = self.applied;
        let all = choose_from(&self.run, wanted, |one| self.may_be_fixed(one) && is_meant(one));
        // What adds a finding is searched for by halves: all of the others are applied together.
        let mut open: Vec<HashSet<String>> = vec![all.into_iter().map(|one| one.fingerprint).collect()];
        while let Some(some) = open.pop() {
            let is_one = |one: &Reported| some.contains(&one.fingerprint) && self.may_be_fixed(one);
            let chosen = choose_from(&self.run, wanted, is_one);
            if chosen.is_empty() || self.runs == 0 {
                continue;
            }
            self.runs -= 1;
            let edited = edit(&self.run, &chosen, &self.texts);
            let names: Vec<(String, String)> =
                chosen.into_iter().map(|one| (one.fingerprint, one.name)).collect();
            let next = lint(&mut self.workspace, &edited);
            if adds_nothing(&counts(&self.run), &next) {
                self.applied += names.len();
                (self.run, self.texts) = (next, edited);
            } else if let [(fingerprint, name)] = &*names {
                self.refused.insert(fingerprint.clone());
                self.dropped.push(name.clone());
            } else {
                let mut names = names.into_iter().map(|one| one.0);
                let half = names.len() / 2;
                let first: HashSet<String> = names.by_ref().take(half).collect();
                open.push(names.collect());
                open.push(first);
            }
        }
        self.applied > before
    }

    fn may_be_fixed(&self, one: &Reported) -> bool {
        !self.refused.contains(&one.fingerprint)
    }

    fn changed(&mut self) -> Vec<Changed> {
        changed(std::mem::take(&mut self.texts), &self.old)
    }
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
    edit(run, &choose_from(run, wanted, is_meant), &BTreeMap::new())
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
        chosen.push(Chosen { fingerprint: one.fingerprint.clone(), name, edits: &fix.edits });
    }
    chosen
}

fn edit(run: &Run, chosen: &[Chosen<'_>], texts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    apply_all(run, chosen.iter().flat_map(|one| one.edits), texts)
}

/// The texts with these edits made.
fn apply_all<'e>(
    run: &Run,
    edits: impl Iterator<Item = &'e Edit>,
    texts: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
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

/// How often each rule speaks of each file.
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

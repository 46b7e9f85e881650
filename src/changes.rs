//! Two runs compared: what is new, what is gone, and what only moved, told apart by fingerprint and never by line.

use std::collections::{HashMap, HashSet};

use crate::finding::Severity;
use crate::run::{Changes, Gone, Moved, Reported, Run, Status};
use crate::settings::Root;

/// Where the earlier run was made.
#[derive(Clone, Debug)]
pub struct Earlier<'r> {
    /// What was asked for.
    pub revision: &'r str,
    /// The commit.
    pub commit: &'r str,
    /// The repository around the earlier run.
    pub root: &'r Root,
}

/// Marks the findings of `now` that `past` had too, and notes in `now` what changed.
///
/// Only what is shown counts: what was silenced then and is not now is new, and the other way round it is gone.
pub fn compare(now: &mut Run, past: &Run, root: &Root, earlier: &Earlier<'_>) {
    let mut left: HashMap<&str, &Reported> =
        past.findings.iter().filter(|one| counts(one)).map(|one| (one.fingerprint.as_str(), one)).collect();
    for one in now.findings.iter_mut().filter(|one| counts(one)) {
        if left.remove(one.fingerprint.as_str()).is_some() {
            one.status = unchanged(one);
        }
    }
    let path = |run: &Run, root: &Root, one: &Reported| {
        run.files.get(one.finding.span.file.0 as usize).map_or(String::new(), |file| root.rooted(&file.path))
    };
    // Findings of an object are known by the object wherever it stands; others by what became of their file.
    let mut elsewhere: HashMap<&str, Vec<&Reported>> = HashMap::new();
    let mut rest: Vec<&Reported> = left.into_values().collect();
    rest.sort_by_key(|one| (one.finding.span, &one.fingerprint));
    for one in rest.iter().rev() {
        elsewhere.entry(&one.unplaced).or_default().push(one);
    }
    let renamed = Renames::of(now, root, past, earlier.root);
    let mut moved = Vec::new();
    let mut followed: HashSet<&str> = HashSet::new();
    for at in 0..now.findings.len() {
        let one = &now.findings[at];
        if !counts(one) || one.status == Status::Unchanged {
            continue;
        }
        let Some(candidates) = elsewhere.get_mut(one.unplaced.as_str()) else { continue };
        let own = path(now, root, one);
        let same = |old: &&Reported| renamed.leads(&path(past, earlier.root, old), &own);
        let place = candidates.iter().rposition(same);
        let place = place.or_else(|| one.object.as_ref().and_then(|_| candidates.len().checked_sub(1)));
        if let Some(place) = place {
            let old = candidates.remove(place);
            followed.insert(&old.fingerprint);
            if one.status == Status::Shown {
                moved.push(Moved {
                    rule: one.finding.rule.name().to_owned(),
                    from: path(past, earlier.root, old),
                    path: own,
                    was: old.fingerprint.clone(),
                    fingerprint: one.fingerprint.clone(),
                });
            }
            now.findings[at].status = unchanged(&now.findings[at]);
        }
    }
    let fixed =
        rest.into_iter().filter(|one| one.status == Status::Shown && !followed.contains(&*one.fingerprint));
    let fixed = fixed.map(|one| Gone {
        rule: one.finding.rule.name().to_owned(),
        severity: one.severity,
        path: path(past, earlier.root, one),
        object: one.object.clone(),
        message: one.finding.message.clone(),
        fingerprint: one.fingerprint.clone(),
    });
    let fixed: Vec<Gone> = fixed.collect();
    let new = |severity: Severity| {
        now.findings.iter().filter(|one| one.status == Status::Shown && one.severity == severity).count()
    };
    now.changes = Some(Changes {
        revision: earlier.revision.to_owned(),
        commit: earlier.commit.to_owned(),
        new: [new(Severity::Error), new(Severity::Warning), new(Severity::Info)],
        fixed,
        moved,
    });
}

/// Whether a finding is part of what a run says; those below the level count, so that the level hides nothing new.
fn counts(one: &Reported) -> bool {
    matches!(one.status, Status::Shown | Status::Hidden)
}

/// What a finding that was there before becomes; what is hidden stays so.
fn unchanged(one: &Reported) -> Status {
    match one.status {
        Status::Hidden => Status::Hidden,
        _ => Status::Unchanged,
    }
}

/// Files that are somewhere else now.
struct Renames {
    now: HashMap<String, String>,
}

/// Files that are compared with each other, at most; more of them are a move of everything.
const MOST: usize = 400;

impl Renames {
    /// Pairs each file that is gone with the one among the new files that is most like it.
    fn of(now: &Run, root: &Root, past: &Run, past_root: &Root) -> Renames {
        let files = |run: &Run, root: &Root| -> HashMap<String, usize> {
            run.files.iter().enumerate().map(|(at, file)| (root.rooted(&file.path), at)).collect()
        };
        let (here, there) = (files(now, root), files(past, past_root));
        let only = |own: &HashMap<String, usize>, other: &HashMap<String, usize>| {
            let mut only: Vec<(String, usize)> = own
                .iter()
                .filter(|(path, _)| !other.contains_key(*path))
                .map(|(path, at)| (path.clone(), *at))
                .collect();
            only.sort();
            only.truncate(MOST);
            only
        };
        let (gone, mut new) = (only(&there, &here), only(&here, &there));
        let mut found = HashMap::new();
        let lines = |text: &str| -> HashSet<u64> {
            use std::hash::BuildHasher;
            let hasher = foldhash::fast::FixedState::default();
            text.lines().map(|line| hasher.hash_one(line.trim())).collect()
        };
        let mut texts: Vec<HashSet<u64>> = new.iter().map(|(_, at)| lines(&now.files[*at].text)).collect();
        for (path, at) in gone {
            let old = lines(&past.files[at].text);
            let alike = |new: &HashSet<u64>| {
                let shared = old.intersection(new).count();
                // At least half of the lines of both, as Git asks for.
                (shared * 2 >= old.len().max(new.len()) && shared > 0).then_some(shared)
            };
            let best = texts.iter().enumerate().filter_map(|(place, text)| Some((alike(text)?, place)));
            if let Some((_, place)) = best.max_by_key(|(shared, place)| (*shared, std::cmp::Reverse(*place)))
            {
                found.insert(path, new.remove(place).0);
                texts.remove(place);
            }
        }
        Renames { now: found }
    }

    /// Whether the file of an earlier path is the one at this path now.
    fn leads(&self, old: &str, new: &str) -> bool {
        old == new || self.now.get(old).is_some_and(|found| found == new)
    }
}

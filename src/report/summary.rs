//! The last lines of a report: what was looked at, what was found, and what changed since a revision.

use super::Totals;
use super::text::{counted, harmless};
use crate::run::{Changes, Run};

/// What was looked at: `5 files, 7 documents, 7 objects, 1 unit`.
pub fn looked(run: &Run) -> String {
    let counts = run.counts;
    let looked = [
        counted(counts.files, "file"),
        counted(counts.documents, "document"),
        counted(counts.objects, "object"),
        counted(counts.units, "unit"),
    ];
    looked.join(", ")
}

/// What is shown: `3 errors, 9 warnings`.
pub fn found(totals: &Totals) -> String {
    let found = severities([totals.infos, totals.warnings, totals.errors]);
    if found.is_empty() { "no findings".to_owned() } else { found }
}

/// How many there are of each severity, the worst first; empty if there are none. The counts come as severities do:
/// infos, warnings, errors.
pub fn severities([infos, warnings, errors]: [usize; 3]) -> String {
    let counts = [(errors, "error"), (warnings, "warning"), (infos, "info")];
    let counts = counts.iter().filter(|one| one.0 > 0).map(|(count, noun)| counted(*count, noun));
    counts.collect::<Vec<_>>().join(", ")
}

/// The last line: what was looked at and what was found.
pub fn summary(run: &Run) -> String {
    let (counts, totals) = (run.counts, Totals::of(run));
    let some = |count: usize, text: &str| (count > 0).then(|| format!("{count} {text}"));
    let quiet: Vec<String> = [
        some(totals.suppressed, "suppressed"),
        some(totals.baselined, "in the baseline"),
        some(totals.unchanged, "as before"),
        some(totals.hidden, "hidden"),
        some(counts.failed, "failed"),
        some(counts.skipped, "skipped"),
        some(counts.not_kubernetes, "not Kubernetes"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let quiet = if quiet.is_empty() { String::new() } else { format!(" ({})", quiet.join(", ")) };
    format!("{}: {}{quiet}", looked(run), found(&totals))
}

/// What changed since a revision, in one line.
pub fn since(changes: &Changes) -> String {
    let [errors, warnings, infos] = changes.new;
    let new = severities([infos, warnings, errors]);
    let added = if new.is_empty() { "adds nothing".to_owned() } else { format!("adds {new}") };
    let fixed =
        if changes.fixed.is_empty() { String::new() } else { format!(", fixes {}", changes.fixed.len()) };
    let moved =
        if changes.moved.is_empty() { String::new() } else { format!(", moves {}", changes.moved.len()) };
    let revision = harmless(&changes.revision);
    format!(
        "since {revision} ({}): this change {added}{fixed}{moved}",
        changes.commit.get(..9).unwrap_or_default()
    )
}

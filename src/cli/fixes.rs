//! `--fix`, `--fix-only`, `--diff`: what is changed, and what is said of it.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::args::Args;
use super::{CLEAN, FAILED, FINDINGS, Failure, notice, print};
use crate::files::write::{replace, sweep};
use crate::fix::{Changed, Dropped, Fixed, Wanted, diff, fix, ignore};
use crate::report::text::{counted, harmless};
use crate::run::{Run, Status};
use crate::settings::Settings;

/// What comes after fixing.
pub(super) enum Next {
    /// The report of what is left.
    Report(Box<Run>),
    /// Nothing: this is the exit status.
    Done(u8),
}

/// Whether anything is to be fixed.
pub(super) fn wanted(args: &Args) -> bool {
    args.fix || args.fix_only || args.diff
}

/// Fixes, and writes the files or the diff.
pub(super) fn run(run: Run, paths: &[PathBuf], settings: &Settings, args: &Args) -> Result<Next, Failure> {
    let wanted = if args.unsafe_fixes { Wanted::Unsafe } else { Wanted::Safe };
    let fixed = fix(run, paths, settings, wanted);
    if args.diff {
        print(&diff::unified(&fixed.files))?;
        say(&fixed, args, "would fix");
        return Ok(Next::Done(if fixed.files.is_empty() { CLEAN } else { FINDINGS }));
    }
    let written = write(&fixed.files, settings);
    say(&fixed, args, "fixed");
    Ok(match (written, args.fix_only) {
        (false, _) => Next::Done(FAILED),
        (true, true) => Next::Done(CLEAN),
        (true, false) => Next::Report(Box::new(fixed.run)),
    })
}

/// Writes files that changed; whether all of them could be.
fn write(files: &[Changed], settings: &Settings) -> bool {
    let mut all = true;
    // Paths of reports are relative to the folder that the settings were found from, or absolute.
    let place = |file: &Changed| settings.folder().join(&file.path);
    let folders: BTreeSet<PathBuf> =
        files.iter().filter_map(|file| place(file).parent().map(Path::to_owned)).collect();
    folders.iter().for_each(|folder| sweep(folder));
    for file in files {
        if let Err(error) = replace(&place(file), &file.old, &file.new) {
            all = false;
            notice(&format!("error: cannot change {}: {error}\n", harmless(&file.path)));
        }
    }
    all
}

/// `--add-ignore`: writes a mark for everything that is shown, and says what could not be silenced.
pub(super) fn silence(run: &Run, paths: &[PathBuf], settings: &Settings, args: &Args, reason: &str) -> u8 {
    let shown: HashSet<&str> = run
        .findings
        .iter()
        .filter(|one| one.status == Status::Shown)
        .map(|one| one.fingerprint.as_str())
        .collect();
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
    let ignored = ignore(paths, settings, reason, |one| shown.contains(one.fingerprint.as_str()));
    let written = write(&ignored.files, settings);
    let left = shown.len() - ignored.silenced.min(shown.len());
    if !args.quiet {
        let (findings, files) = (counted(ignored.silenced, "finding"), counted(ignored.files.len(), "file"));
        let rest = if left == 0 { String::new() } else { format!(", {left} left") };
        notice(&format!("silenced {findings} in {files}{rest}\n"));
    }
    match (written, left) {
        (false, _) => FAILED,
        (true, 0) => CLEAN,
        (true, _) => FINDINGS,
    }
}

fn say(fixed: &Fixed, args: &Args, verb: &str) {
    for Dropped { name, because } in &fixed.dropped {
        notice(&format!("note: not fixed, because {because}: {}\n", harmless(name)));
    }
    if fixed.untried > 0 {
        let edits = counted(fixed.untried, "edit");
        notice(&format!("note: not tried, because too many others add a finding: {edits}\n"));
    }
    if args.quiet {
        return;
    }
    let files = counted(fixed.files.len(), "file");
    let more = match fixed.more {
        0 => String::new(),
        more if args.unsafe_fixes => format!(", {more} left"),
        more => format!(", {more} more with --unsafe-fixes"),
    };
    notice(&format!("{verb} {} in {files}{more}\n", counted(fixed.applied, "finding")));
}

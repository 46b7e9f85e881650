//! `--fix`, `--fix-only`, `--diff`: what is changed, and what is said of it.

use std::path::PathBuf;

use super::args::Args;
use super::{CLEAN, FAILED, FINDINGS, Failure, notice, print};
use crate::fix::{Fixed, Wanted, diff, fix, write};
use crate::report::text::{counted, harmless};
use crate::run::Run;
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
    let mut failed = false;
    for file in &fixed.files {
        // Paths of reports are relative to the folder that the settings were found from, or absolute.
        if let Err(error) = write::write(settings.folder(), file) {
            failed = true;
            notice(&format!("error: cannot fix {}: {error}\n", harmless(&file.path)));
        }
    }
    say(&fixed, args, "fixed");
    Ok(match (failed, args.fix_only) {
        (true, _) => Next::Done(FAILED),
        (false, true) => Next::Done(CLEAN),
        (false, false) => Next::Report(Box::new(fixed.run)),
    })
}

fn say(fixed: &Fixed, args: &Args, verb: &str) {
    for name in &fixed.dropped {
        notice(&format!("note: not fixed, because another finding would appear: {}\n", harmless(name)));
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

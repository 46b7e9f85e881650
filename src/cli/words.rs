//! What people should know besides the report, on standard error.

use std::ffi::OsString;
use std::path::Path;

use super::args::Args;
use super::{is_empty, notice};
use crate::config::FILE_NAME;
use crate::report::summary::summary;
use crate::report::text::{counted, harmless};
use crate::report::{Totals, shown};
use crate::run::{InputStatus, Run, Status, UnitNote};
use crate::schema::NEWEST;
use crate::settings::Settings;
use crate::text::suggest;

/// Where the adopting command puts the baseline: hidden, so that no run takes it for a manifest.
const BASELINE: &str = ".wplint-baseline.json";
/// Fewer findings than this are repaired rather than recorded.
const MANY: usize = 10;
/// Stale entries that are listed without `-v`.
const LISTED: usize = 10;

/// Names the paths that could not be read.
pub(super) fn unreadable(run: &Run) {
    run.unreadable.iter().for_each(|(path, why)| cannot_read(path, why));
}

fn cannot_read(path: &str, why: &str) {
    notice(&format!("error: cannot read {}: {}\n", harmless(path), harmless(why)));
}

/// What went wrong.
pub(super) fn failures(run: &Run, args: &Args) {
    for (path, why) in &run.unreadable {
        cannot_read(path, why);
        if let Some(command) = meant_command(path) {
            notice(&format!("  help: did you mean `wplint {command}`?\n"));
        }
    }
    if run.internal_error {
        notice("error: a rule of wplint failed; the findings called `internal-error` name it\n");
    }
    if is_empty(run) && !args.allow_empty && run.unreadable.is_empty() {
        notice("error: no manifest was found; `--allow-empty` makes that a success\n");
    }
}

/// Keys of configuration files below the linted paths that hold for whole runs.
pub(super) fn passed_over(settings: &Settings) {
    for one in &settings.idle {
        let line = harmless(&one.line).into_owned();
        notice(&format!(
            "{line}: `{}` holds for a whole run: it counts where wplint is run in that folder\n",
            one.key
        ));
    }
}

/// The subcommand that was meant by a path that is not there.
fn meant_command(path: &str) -> Option<String> {
    use clap::CommandFactory;

    let plain = path.bytes().all(|byte| byte.is_ascii_alphabetic()) && !Path::new(path).exists();
    let commands = Args::command();
    let names = commands.get_subcommands().map(|command| command.get_name());
    suggest::nearest(path, names).filter(|_| plain).map(str::to_owned)
}

/// A target that is newer than anything that is known here.
pub(super) fn newer_target(settings: &Settings) {
    if let Some((_, high)) = settings.surroundings.versions.filter(|(_, high)| *high > NEWEST) {
        notice(&format!(
            "warning: Kubernetes 1.{high} is newer than 1.{NEWEST}, the newest that is known here; what it changed is not checked\n"
        ));
    }
}

/// Paths of `--only` that are not there: nothing can be found in them, which is no good news.
pub(super) fn idle_only(args: &Args) {
    for path in args.only.iter().flatten().filter(|path| !path.exists()) {
        notice(&format!("note: `--only {}` does not exist\n", harmless(&path.display().to_string())));
    }
}

/// Patterns of `--exclude` that left nothing out: what they were meant for is linted.
pub(super) fn idle_excludes(args: &Args, settings: &Settings) {
    // Those of the command line come last.
    let Some(exclude) = settings.exclude.last().filter(|_| !args.exclude.is_empty()) else { return };
    for pattern in exclude.idle().filter_map(|at| args.exclude.get(at)) {
        notice(&format!("note: `--exclude {}` left nothing out\n", harmless(pattern)));
    }
}

/// What `-v` tells: the configuration, the units, what was not linted, and what is suppressed.
pub(super) fn resolved(run: &Run, settings: &Settings) {
    let config = settings.config.as_ref().map_or("none", |file| &file.path);
    notice(&format!("configuration: {}\n", harmless(config)));
    for (at, unit) in run.units.iter().enumerate() {
        notice(&format!("unit {}: {}\n", at + 1, describe(unit)));
        for file in &unit.files {
            let path = run.files.get(file.0 as usize).map_or("", |file| &file.path);
            notice(&format!("  {}\n", harmless(path)));
        }
    }
    for (folder, context, files) in &run.contexts {
        let folder = if folder.is_empty() { "." } else { folder };
        notice(&format!("{}: {context}, {}\n", harmless(folder), counted(*files, "file")));
    }
    for note in &run.inputs {
        let status = match note.status {
            InputStatus::NotKubernetes => "not Kubernetes",
            InputStatus::Skipped => "skipped",
            InputStatus::Failed => "failed",
            InputStatus::Aside => "part",
        };
        let line = note.line.map(|line| format!(":{line}")).unwrap_or_default();
        notice(&format!("{}{line}: {status}: {}\n", harmless(&note.path), harmless(&note.reason)));
    }
    for one in &run.findings {
        let Status::Suppressed { reason, by } = &one.status else {
            continue;
        };
        if let Some(file) = run.files.get(one.finding.span.file.0 as usize) {
            let line = file.place(one.finding.span.start).line;
            let reason = reason.as_deref().unwrap_or("no reason given");
            let (path, reason) = (harmless(&file.path), harmless(reason));
            notice(&format!("{path}:{line}: suppressed[{}] by {by}: {reason}\n", one.finding.rule));
        }
    }
}

fn describe(unit: &UnitNote) -> String {
    let from = match unit.kustomization.as_deref() {
        None => String::new(),
        Some("") => ", the kustomization of this directory".to_owned(),
        Some(directory) => format!(", the kustomization in {}", harmless(directory)),
    };
    let incomplete = if unit.incomplete { ", some of it outside the linted files" } else { "" };
    let (objects, files) = (counted(unit.objects, "object"), counted(unit.files.len(), "file"));
    format!("{objects} in {files}{from}{incomplete}")
}

/// A file that was probably meant as the configuration.
pub(super) fn misnamed(path: &str) {
    notice(&format!("note: {} is not read: the configuration is called {FILE_NAME}\n", harmless(path)));
}

/// What the revision had and this tree has not.
pub(super) fn fixed(run: &Run) {
    for one in run.changes.iter().flat_map(|changes| &changes.fixed) {
        let (path, message) = (harmless(&one.path), harmless(&one.message));
        notice(&format!("{path}: fixed[{}] {message}\n", one.rule));
    }
}

/// Entries of the baseline that match nothing any more.
pub(super) fn stale(entries: &[String], path: &Path, all: bool) {
    if entries.is_empty() {
        return;
    }
    let (count, path) = (
        if entries.len() == 1 { "1 entry".to_owned() } else { format!("{} entries", entries.len()) },
        path.display(),
    );
    let verb = if entries.len() == 1 { "is" } else { "are" };
    notice(&format!("note: {count} of {path} {verb} no longer found; --write-baseline drops them\n"));
    let listed = if all { entries.len() } else { LISTED };
    for entry in entries.iter().take(listed) {
        notice(&format!("  {}\n", harmless(entry)));
    }
    if entries.len() > listed {
        notice(&format!("  and {} more; -v lists them all\n", entries.len() - listed));
    }
}

/// What was found, below a report that has a line for each finding and no other.
pub(super) fn tally(run: &Run) {
    notice(&format!("{}\n", summary(run)));
}

/// A baseline was written: how to use it.
pub(super) fn recorded(count: usize, path: &Path, typed: &[OsString]) {
    let command = command("--baseline", path, typed);
    notice(&format!(
        "recorded {} in {}; from now on: {command}\n",
        counted(count, "finding"),
        path.display()
    ));
}

/// Many findings and no baseline: the one command that adopts wplint here.
pub(super) fn adoption(run: &Run, args: &Args, typed: &[OsString]) {
    let totals = Totals::of(run);
    let found = shown(run).count();
    let stdin = args.paths.iter().any(|path| path == Path::new("-"));
    if found < MANY || args.only.is_some() || stdin || totals.baselined > 0 {
        return;
    }
    let command = command("--write-baseline", Path::new(BASELINE), typed);
    notice(&format!(
        "note: to accept these {found} findings as known and be told only of new ones: {command}\n"
    ));
}

/// The command line that was typed, with a baseline instead of the one it had.
fn command(option: &str, path: &Path, typed: &[OsString]) -> String {
    let mut words = vec!["wplint".to_owned(), option.to_owned(), quoted(&path.to_string_lossy())];
    let mut rest = typed.iter().map(|word| word.to_string_lossy());
    while let Some(word) = rest.next() {
        match word.as_ref() {
            "--baseline" | "--write-baseline" => drop(rest.next()),
            word if word.starts_with("--baseline=") || word.starts_with("--write-baseline=") => {}
            word => words.push(quoted(word)),
        }
    }
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=,:@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", harmless(word).replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{command, quoted};
    use std::ffi::OsString;
    use std::path::Path;

    #[test]
    fn commands_can_be_pasted() {
        let typed: Vec<OsString> = ["--baseline", "old.json", "--write-baseline=new.json", "my app", "it's"]
            .map(OsString::from)
            .into();
        let command = command("--baseline", Path::new("new.json"), &typed);
        assert_eq!(command, r"wplint --baseline new.json 'my app' 'it'\''s'");
        assert_eq!(quoted("vendor/**"), "'vendor/**'");
    }
}

//! The stages of a run, each guarded: a bug of ours in one of them costs what that stage adds, never the run.

use std::sync::Arc;

use super::CRASHED;
use crate::files::{FileId, SourceFile, Span};
use crate::finding::{Finding, Severity};
use crate::guard::guarded;
use crate::run::{Counts, Reported, Run, Status};

/// Runs stages and remembers which of them panicked.
#[derive(Default)]
pub struct Stages {
    failed: Vec<&'static str>,
}

impl Stages {
    /// What a stage makes, or nothing if it panics.
    pub fn run<T: Default>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        self.or_else(name, work, T::default)
    }

    /// What a stage makes, or something else if it panics.
    pub fn or_else<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> T,
        otherwise: impl FnOnce() -> T,
    ) -> T {
        guarded(work).unwrap_or_else(|| {
            self.failed.push(name);
            otherwise()
        })
    }

    /// One finding for each stage that panicked.
    pub fn findings(&self) -> impl Iterator<Item = Reported> + '_ {
        self.failed.iter().enumerate().map(|(at, name)| reported(name, at))
    }
}

/// The run in which something panicked that is no stage: the files and the one finding that says so.
pub fn nothing(mut files: Vec<Arc<SourceFile>>) -> Run {
    if files.is_empty() {
        files.push(Arc::new(SourceFile::new(FileId(0), ".", "")));
    }
    let counts = Counts { files: files.len(), ..Counts::default() };
    // Nobody knows any more what is secret.
    let masks = files.iter().map(|file| file.span(0..file.text.len())).collect();
    let findings = vec![reported("run", 0)];
    Run { files, findings, counts, masks, internal_error: true, ..Run::default() }
}

fn reported(stage: &str, at: usize) -> Reported {
    let place = Span { file: FileId(0), start: 0, end: 0 };
    let message = format!("the stage `{stage}` of this run failed: this is a bug in wplint");
    let help = "what it adds to the report is missing; please report this with the manifests";
    let finding = Finding {
        severity: Some(Severity::Error),
        help: Some(help.to_owned()),
        ..Finding::new(CRASHED, place, message)
    };
    Reported {
        severity: Severity::Error,
        group: "internal",
        object: None,
        fingerprint: format!("{:016x}", u64::MAX - at as u64),
        unplaced: String::new(),
        origin: None,
        context: None,
        status: Status::Shown,
        finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_that_panics_is_named_and_the_next_one_runs() {
        let mut stages = Stages::default();
        let lost: Vec<u8> = stages.run("one", || panic!("a bug"));
        assert_eq!((lost, stages.run("two", || 2)), (Vec::new(), 2));
        let said: Vec<String> = stages.findings().map(|one| one.finding.message).collect();
        assert_eq!(said, ["the stage `one` of this run failed: this is a bug in wplint"]);
    }
}

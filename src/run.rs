//! What came out of linting: everything a report needs, as plain data.

mod conceal;
mod headline;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::files::{FileId, SourceFile, Span};
use crate::finding::{Finding, Severity};
use crate::project::Context;
use crate::project::past::{Deployed, Past};

/// One run of the linter.
#[derive(Debug, Default)]
pub struct Run {
    /// Every file that was read; a [`FileId`] is an index into this list.
    pub files: Vec<Arc<SourceFile>>,
    /// What was found, sorted by path, offset, rule and message.
    pub findings: Vec<Reported>,
    /// What was judged together.
    pub units: Vec<UnitNote>,
    /// Folders whose files are not kept for a cluster, with what they are kept for and how many files they have.
    pub contexts: Vec<(String, Context, usize)>,
    /// Documents and files that were not linted.
    pub inputs: Vec<InputNote>,
    /// The objects whose updates are judged, where somebody wants them.
    pub deployed: Vec<Deployed>,
    /// What changed since the revision that the run was compared with, if it was with one.
    pub changes: Option<Changes>,
    /// How much was looked at.
    pub counts: Counts,
    /// Paths that could not be read, and why. They make the exit status 2.
    pub unreadable: Vec<(String, String)>,
    /// Secret values, sorted. No report prints what is inside them.
    pub masks: Vec<Span>,
    /// One of our own rules failed.
    pub internal_error: bool,
    /// How long each stage took: `scan`, `read`, `parse`, `decode`, `units`, `inventory`, `rules`, `silence`.
    /// Units go through `inventory` and `rules` at the same time; each has its share of the time that passed.
    pub timings: Vec<(&'static str, Duration)>,
}

impl Run {
    /// What a later run is compared with.
    pub fn into_past(self, revision: &str) -> Past {
        Past { revision: revision.to_owned(), objects: self.deployed, files: self.files, masks: self.masks }
    }
}

/// A finding with everything that was decided about it after its rule reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// What the rule said.
    pub finding: Finding,
    /// The severity that counts: the configuration's, else the finding's, else the page's.
    pub severity: Severity,
    /// The rule's group.
    pub group: &'static str,
    /// The object the finding lies in.
    pub object: Option<ObjectRef>,
    /// Survives edits elsewhere in the file; no two findings of a run share one.
    pub fingerprint: String,
    /// The same without the file: survives that the object moves to another one.
    pub unplaced: String,
    /// What the place was rendered from, if it is on standard input and says so.
    pub origin: Option<Origin>,
    /// What its file is kept for, if not for a cluster, and the folder that says so.
    pub context: Option<(Context, String)>,
    /// Whether it is shown.
    pub status: Status,
}

/// The file that a document on standard input was rendered from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its path, relative to the current directory if it is there, else as the renderer gave it.
    pub path: String,
    /// Its line, counted from 1, where one of it is surely meant.
    pub line: Option<u32>,
    /// The file is there.
    pub on_disk: bool,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

/// Whether a finding is shown, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is.
    Shown,
    /// The author of the manifest or of the configuration silenced it.
    Suppressed {
        /// The reason that was given.
        reason: Option<String>,
        /// What silenced it: `comment`, `annotation` or `override`.
        by: &'static str,
    },
    /// It is in the baseline.
    Baselined,
    /// It was there at the revision that the run is compared with.
    Unchanged,
    /// It is below `--min-severity` or outside `--only`.
    Hidden,
}

/// What changed since a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The revision as it was asked for.
    pub revision: String,
    /// Its commit.
    pub commit: String,
    /// New findings: errors, warnings, advice.
    pub new: [usize; 3],
    /// Findings of the revision that are no more, in the order of its files.
    pub fixed: Vec<Gone>,
    /// Findings that are in another file now, in the order of the files.
    pub moved: Vec<Moved>,
}

/// A finding that was in another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The rule.
    pub rule: String,
    /// The file then, from the root of the repository.
    pub from: String,
    /// The file now.
    pub path: String,
    /// Its fingerprint then.
    pub was: String,
    /// Its fingerprint now.
    pub fingerprint: String,
}

/// A finding that was there and is not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The rule.
    pub rule: String,
    /// Its severity then.
    pub severity: Severity,
    /// The file then, from the root of the repository.
    pub path: String,
    /// The object it lay in.
    pub object: Option<ObjectRef>,
    /// What it said.
    pub message: String,
    /// Its fingerprint.
    pub fingerprint: String,
}

/// Who an object is, for the reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRef {
    /// `apiVersion` as written.
    pub api_version: String,
    /// `kind` as written.
    pub kind: String,
    /// `metadata.namespace` as written.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// A set of objects that were judged together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitNote {
    /// The directory of the kustomization that defines it, if one does; empty for the current one.
    pub kustomization: Option<String>,
    /// How many objects it has.
    pub objects: usize,
    /// The files they come from.
    pub files: Vec<FileId>,
    /// Something that belongs to it is out of sight, so nothing is called missing there.
    pub incomplete: bool,
}

/// A document or file that was not linted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputNote {
    /// The file.
    pub path: Arc<str>,
    /// The document's first line, where only some documents of the file were not linted.
    pub line: Option<u32>,
    /// What became of it.
    pub status: InputStatus,
    /// Why.
    pub reason: Cow<'static, str>,
    /// The place that the reason speaks of, if it may quote what stands there.
    pub at: Option<Span>,
}

/// What became of a document that was not linted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputStatus {
    /// It is something else.
    NotKubernetes,
    /// It was left out on purpose.
    Skipped,
    /// It could not be understood, which is a finding too.
    Failed,
    /// An object in it is part of another one: its fields are checked, and it is judged with nothing else.
    Aside,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files that were read.
    pub files: usize,
    /// Documents that were not empty.
    pub documents: usize,
    /// Objects; items of a List count, the List does not.
    pub objects: usize,
    /// Units.
    pub units: usize,
    /// Documents that failed.
    pub failed: usize,
    /// Documents that were skipped.
    pub skipped: usize,
    /// Documents that are not Kubernetes.
    pub not_kubernetes: usize,
}

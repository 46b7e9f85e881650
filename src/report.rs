//! Reports: one file a format, one signature, and no decisions.

pub mod concise;
pub mod diagram;
mod draw;
mod excerpt;
mod fold;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod neutral;
pub mod page;
pub mod paint;
pub mod pretty;
pub mod problems;
pub mod rule_page;
pub mod sarif;
pub mod statistics;
pub mod summary;
pub mod survive;
pub mod text;

use std::io::{self, Write};

use neutral::{Form, Neutral};

use crate::finding::Severity;
use crate::run::{Origin, Reported, Run, Status};
use crate::settings::Root;

/// The formats that a run can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Pretty,
    /// One line a finding.
    Concise,
    /// The JSON of the contract.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// GitHub workflow commands.
    Github,
    /// GitLab code quality.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// Markdown for a comment or the summary of a job.
    Markdown,
    /// One page of HTML.
    Html,
}

impl Format {
    /// Every format with its name.
    pub const ALL: [(&'static str, Format); 9] = [
        ("pretty", Format::Pretty),
        ("concise", Format::Concise),
        ("json", Format::Json),
        ("sarif", Format::Sarif),
        ("github", Format::Github),
        ("gitlab", Format::Gitlab),
        ("junit", Format::Junit),
        ("markdown", Format::Markdown),
        ("html", Format::Html),
    ];

    /// What writes it.
    pub fn writer(self) -> Writer {
        match self {
            Format::Pretty => |run, options, out| neutral(pretty::write, Form::Text, run, options, out),
            Format::Concise => |run, options, out| neutral(concise::write, Form::Text, run, options, out),
            Format::Json => |run, options, out| neutral(json::write, Form::Json, run, options, out),
            Format::Sarif => |run, options, out| neutral(sarif::write, Form::Json, run, options, out),
            Format::Github => |run, options, out| neutral(github::write, Form::Commands, run, options, out),
            Format::Gitlab => |run, options, out| neutral(gitlab::write, Form::Json, run, options, out),
            Format::Junit => |run, options, out| neutral(junit::write, Form::Xml, run, options, out),
            Format::Markdown => |run, options, out| neutral(markdown::write, Form::Text, run, options, out),
            Format::Html => |run, options, out| neutral(html::write, Form::Xml, run, options, out),
        }
    }
}

/// Writes a run so that no CI system obeys what it quotes.
fn neutral(write: Writer, form: Form, run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Neutral::new(out, form);
    write(run, options, &mut out)?;
    out.finish()
}

/// Writes a run.
pub type Writer = fn(&Run, &Options, &mut dyn Write) -> io::Result<()>;

/// How a report looks, where its format leaves a choice.
#[derive(Clone, Debug)]
pub struct Options {
    /// With colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Without the summary.
    pub quiet: bool,
    /// The repository around the current directory: some formats want paths from its root.
    pub root: Root,
    /// How the findings are laid out for people.
    pub view: View,
}

/// How the findings are laid out in the formats for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Every finding in full, however many there are.
    pub all: bool,
    /// Under headings.
    pub group_by: Option<GroupBy>,
    /// In this order, instead of the format's own.
    pub sort: Option<Sort>,
    /// How many findings each rule has: instead of the findings in text, beside them in JSON.
    pub statistics: bool,
}

/// What the findings under one heading have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// Their rule.
    Rule,
    /// Their file.
    File,
    /// Their object.
    Object,
}

/// The order of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Advice first and errors last, which is where a terminal stops; by path within that.
    Severity,
    /// By path and line.
    Path,
}

impl Options {
    /// A path of the run, seen from the root of the repository.
    pub fn rooted(&self, path: &str) -> String {
        self.root.rooted(path)
    }
}

impl Default for Options {
    fn default() -> Self {
        Options { color: false, width: 100, quiet: false, root: Root::default(), view: View::default() }
    }
}

/// The file that was rendered onto standard input, where it is there: what code hosts should point at.
fn rendered(one: &Reported) -> Option<&Origin> {
    one.origin.as_ref().filter(|origin| origin.on_disk)
}

/// The findings that are shown.
pub fn shown(run: &Run) -> impl Iterator<Item = &Reported> {
    run.findings.iter().filter(|one| one.status == Status::Shown)
}

/// The findings that are shown, in the order that was asked for or else in the format's own.
fn ordered<'r>(run: &'r Run, options: &Options, own: Sort) -> Vec<&'r Reported> {
    let mut all: Vec<&Reported> = shown(run).collect();
    if options.view.sort.unwrap_or(own) == Sort::Severity {
        all.sort_by_key(|one| one.severity);
    }
    all
}

/// How many findings there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Shown errors.
    pub errors: usize,
    /// Shown warnings.
    pub warnings: usize,
    /// Shown advice.
    pub infos: usize,
    /// Silenced.
    pub suppressed: usize,
    /// Known from the baseline.
    pub baselined: usize,
    /// There at the revision that the run is compared with.
    pub unchanged: usize,
    /// Below the level or outside the files that were asked for.
    pub hidden: usize,
}

impl Totals {
    /// Counts the findings of a run.
    pub fn of(run: &Run) -> Totals {
        let mut totals = Totals::default();
        for one in &run.findings {
            *match (&one.status, one.severity) {
                (Status::Shown, Severity::Error) => &mut totals.errors,
                (Status::Shown, Severity::Warning) => &mut totals.warnings,
                (Status::Shown, Severity::Info) => &mut totals.infos,
                (Status::Suppressed { .. }, _) => &mut totals.suppressed,
                (Status::Baselined, _) => &mut totals.baselined,
                (Status::Unchanged, _) => &mut totals.unchanged,
                (Status::Hidden, _) => &mut totals.hidden,
            } += 1;
        }
        totals
    }
}

//! What a rule has to say: plain data, with places in files and no opinion about how it is shown.

pub mod amend;
pub mod reshape;
pub mod shift;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::files::Span;
use crate::yaml::Node;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice.
    Info,
    /// A risk to availability, or very likely a mistake.
    Warning,
    /// Provably wrong from what is in the input.
    Error,
}

impl Severity {
    /// The word used in every format and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which rule a finding is of: its name, which is also the name of its page. Names are written in `rules/` alone;
/// everybody else gets them from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(&'static str);

impl RuleId {
    /// The rule of this name.
    pub const fn new(name: &'static str) -> Self {
        RuleId(name)
    }

    /// The name in findings, configuration and suppressions.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl PartialEq<&str> for RuleId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<str> for RuleId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

/// Whether a fix may be applied without a second look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// It keeps what the manifest means, or makes it mean what it evidently should.
    Safe,
    /// Somebody has to decide whether it is meant.
    Unsafe,
}

/// Bytes of a file that another text takes the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// The text that is there afterwards.
    pub text: String,
}

/// How a finding can be made to go away, as edits of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an instruction: ``write `IfNotPresent` ``.
    pub title: String,
    /// Whether it may be applied without a second look.
    pub applicability: Applicability,
    /// The edits, in any order; they do not overlap.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that may be applied without a second look; [`Fix::replace`] adds its edits.
    pub fn safe(title: impl Into<String>) -> Self {
        Fix { title: title.into(), applicability: Applicability::Safe, edits: Vec::new() }
    }

    /// A fix that somebody has to decide about.
    pub fn needs_decision(title: impl Into<String>) -> Self {
        Fix { title: title.into(), applicability: Applicability::Unsafe, edits: Vec::new() }
    }

    /// The same fix with one more edit.
    pub fn replace(mut self, at: impl At, text: impl Into<String>) -> Self {
        self.edits.push(Edit { span: at.place(), text: text.into() });
        self
    }
}

/// How much of an oversight it is that something is missing. Most of what advice is about was decided, or does not matter
/// to whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Something else that the author wrote asks for it: what the rest of the input does is no excuse.
    Asked,
    /// What the rest of the input does decides.
    Open,
    /// It is worth more than advice only where one application is all there is; why, as a clause.
    Small(&'static str),
}

/// A place that explains a finding, possibly in another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there, in a few words.
    pub message: String,
}

/// Something that is wrong, at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// Severity where it differs from the page's, before any configuration.
    pub severity: Option<Severity>,
    /// The primary place: decides order, snippet, object, and which comment can silence it.
    pub span: Span,
    /// The place that uses the value there, where a template does.
    pub used: Option<Span>,
    /// Words for the primary place in the snippet; the message again would be too long there.
    pub label: Option<String>,
    /// Other places.
    pub also: Vec<Label>,
    /// What the help changes, where that is not the primary place.
    pub remedy: Option<Span>,
    /// What is wrong: one clause, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// What else is worth knowing, one clause each: in which overlays it is so, what follows from it.
    pub notes: Vec<String>,
    /// How it can be made to go away.
    pub fix: Option<Fix>,
    /// How large what it counts is, such as pods: of what several overlays share, the largest is shown.
    pub size: i64,
    /// How much of an oversight it is.
    pub need: Need,
    /// The namespace of the object that the primary place is in, as its tree says: a build may have it in several.
    pub namespace: Option<String>,
}

impl Finding {
    /// A finding that says no more than what is wrong.
    pub fn new(rule: RuleId, at: impl At, message: impl Into<String>) -> Self {
        Finding {
            rule,
            severity: None,
            span: at.place(),
            used: at.used(),
            label: None,
            also: Vec::new(),
            remedy: None,
            message: message.into(),
            help: None,
            notes: Vec::new(),
            fix: None,
            size: 0,
            need: Need::Open,
            namespace: at.namespace().map(str::to_owned),
        }
    }
}

/// Anything that has a place: a node, a span.
pub trait At {
    /// The place.
    fn place(&self) -> Span;

    /// The place that uses what is written there, where that is another.
    fn used(&self) -> Option<Span> {
        None
    }

    /// The namespace of the object that it is in, where one is written.
    fn namespace(&self) -> Option<&str> {
        None
    }
}

impl At for Span {
    fn place(&self) -> Span {
        *self
    }
}

impl At for Node<'_> {
    fn place(&self) -> Span {
        self.span()
    }

    fn used(&self) -> Option<Span> {
        Node::used(*self)
    }

    fn namespace(&self) -> Option<&str> {
        Some(self.tree().root().get("metadata")?.get("namespace")?.text())
    }
}

/// Where a rule puts its findings.
#[derive(Debug)]
pub struct Out {
    rule: RuleId,
    findings: Vec<Finding>,
}

impl Out {
    /// An empty collection for one rule.
    pub fn new(rule: RuleId) -> Self {
        Out { rule, findings: Vec::new() }
    }

    /// Reports a finding at a place; what it returns takes the details.
    pub fn report(&mut self, at: impl At, message: impl Into<String>) -> Draft<'_> {
        self.findings.push(Finding::new(self.rule, at, message));
        Draft { finding: self.findings.last_mut().expect("one was just pushed") }
    }

    /// All findings, in the order they were reported.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// A finding that is still being written.
#[derive(Debug)]
pub struct Draft<'o> {
    finding: &'o mut Finding,
}

impl Draft<'_> {
    /// A severity other than the page's.
    pub fn severity(self, severity: Severity) -> Self {
        self.finding.severity = Some(severity);
        self
    }

    /// How large what it counts is.
    pub fn size(self, size: i64) -> Self {
        self.finding.size = size;
        self
    }

    /// Something else that the author wrote asks for what is missing, if it does.
    pub fn asked(self, asked: bool) -> Self {
        self.need(if asked { Need::Asked } else { Need::Open })
    }

    /// The object that it is about, where its place is no node of it.
    pub fn about(self, node: Node<'_>) -> Self {
        self.finding.namespace = node.namespace().map(str::to_owned);
        self
    }

    /// How much of an oversight it is.
    pub fn need(self, need: Need) -> Self {
        self.finding.need = need;
        self
    }

    /// Words at the primary place.
    pub fn label(self, text: impl Into<String>) -> Self {
        self.finding.label = Some(text.into());
        self
    }

    /// Another place that explains the finding.
    pub fn also(self, at: impl At, text: impl Into<String>) -> Self {
        self.finding.also.push(Label { span: at.place(), message: text.into() });
        self
    }

    /// Another place that explains the finding, and that the help is about.
    pub fn remedied(self, at: impl At, text: impl Into<String>) -> Self {
        self.finding.remedy = Some(at.place());
        self.also(at, text)
    }

    /// Something else worth knowing, one clause.
    pub fn note(self, text: impl Into<String>) -> Self {
        self.finding.notes.push(text.into());
        self
    }

    /// How it can be made to go away.
    pub fn fix(self, fix: Fix) -> Self {
        self.finding.fix = Some(fix);
        self
    }

    /// The same, where there is one.
    pub fn fix_if(self, fix: Option<Fix>) -> Self {
        match fix {
            Some(fix) => self.fix(fix),
            None => self,
        }
    }

    /// An edit that may be made without a second look, if there is one.
    pub fn repaired(self, title: impl Into<String>, edit: Option<Edit>) -> Self {
        self.fix_if(edit.map(|edit| Fix { edits: vec![edit], ..Fix::safe(title) }))
    }

    /// An edit that somebody has to decide about, if there is one.
    pub fn repairable(self, title: impl Into<String>, edit: Option<Edit>) -> Self {
        self.fix_if(edit.map(|edit| Fix { edits: vec![edit], ..Fix::needs_decision(title) }))
    }

    /// What was certainly meant instead of a scalar: a question, and a fix that may be applied without a look.
    pub fn meant(self, at: Node<'_>, text: &str) -> Self {
        let fix = Fix::safe(format!("write `{text}`")).replace(at, at.quoted_like(text));
        self.help(format!("did you mean `{text}`?")).fix(fix)
    }

    /// What was probably meant instead of a scalar: a question, and a fix that somebody has to decide about.
    pub fn perhaps(self, at: Node<'_>, text: &str) -> Self {
        let fix = Fix::needs_decision(format!("write `{text}`")).replace(at, at.quoted_like(text));
        self.help(format!("did you mean `{text}`?")).fix(fix)
    }

    /// What to do.
    pub fn help(self, text: impl Into<String>) -> Self {
        self.finding.help = Some(text.into());
        self
    }
}

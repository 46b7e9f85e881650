//! What a rule has to say: plain data, with places in files and no opinion about how it is shown.

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
    /// Name of the rule, which is also the name of its page.
    pub rule: &'static str,
    /// Severity where it differs from the page's, before any configuration.
    pub severity: Option<Severity>,
    /// The primary place: decides order, snippet, object, and which comment can silence it.
    pub span: Span,
    /// Words for the primary place in the snippet; the message again would be too long there.
    pub label: Option<String>,
    /// Other places.
    pub also: Vec<Label>,
    /// What is wrong: one clause, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Anything that has a place: a node, a span.
pub trait At {
    /// The place.
    fn place(&self) -> Span;
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
}

/// Where a rule puts its findings.
#[derive(Debug)]
pub struct Out {
    rule: &'static str,
    findings: Vec<Finding>,
}

impl Out {
    /// An empty collection for one rule.
    pub fn new(rule: &'static str) -> Self {
        Out { rule, findings: Vec::new() }
    }

    /// Reports a finding at a place; what it returns takes the details.
    pub fn report(&mut self, at: impl At, message: impl Into<String>) -> Draft<'_> {
        self.findings.push(Finding {
            rule: self.rule,
            severity: None,
            span: at.place(),
            label: None,
            also: Vec::new(),
            message: message.into(),
            help: None,
        });
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

    /// What to do.
    pub fn help(self, text: impl Into<String>) -> Self {
        self.finding.help = Some(text.into());
        self
    }
}

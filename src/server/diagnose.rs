//! Findings as diagnostics.

use std::hash::{BuildHasher, Hash, Hasher};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use foldhash::fast::FixedState;
use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    Position, Range, Uri,
};
use serde_json::json;

use super::place::Encoding;
use super::root::Root;
use super::uri;
use crate::config::{ConfigError, Problem};
use crate::files::{SourceFile, Span};
use crate::finding::{RuleId, Severity};
use crate::report::rule_page::address;
use crate::rules;
use crate::run::{Reported, Status};

/// The page of a rule on the web.
pub fn page(rule: RuleId) -> String {
    match rules::of(rule).filter(|rule| rule.is_of_team()) {
        Some(own) => address(own.name),
        None => format!("{}/blob/main/rules/{rule}.md", env!("CARGO_PKG_REPOSITORY")),
    }
}

/// What is said of one file.
pub struct Said<'r> {
    root: &'r Root,
    findings: Vec<&'r Reported>,
    problems: Option<(&'r SourceFile, &'r [Problem])>,
}

/// What is said of each file of which anything is, in the order of the run.
pub fn of_run(root: &Root) -> Vec<(PathBuf, Said<'_>)> {
    let shown: Vec<&Reported> = root.run.findings.iter().filter(|one| one.status == Status::Shown).collect();
    // Findings of one file stand together.
    let by_file = shown.chunk_by(|one, other| one.finding.span.file == other.finding.span.file);
    let said = by_file.map(|own| {
        let path = root.path(own[0].finding.span.file);
        (path, Said { root, findings: own.to_vec(), problems: None })
    });
    let mut all: Vec<(PathBuf, Said<'_>)> = said.collect();
    if let Some(ConfigError::Wrong { source, problems }) = &root.broken {
        let path = root.folder.join(&source.path);
        let problems = Some((&**source, problems.as_slice()));
        match all.iter_mut().find(|one| one.0 == path) {
            Some((_, said)) => said.problems = problems,
            None => all.push((path, Said { root, findings: Vec::new(), problems })),
        }
    }
    all
}

impl Said<'_> {
    /// A number that differs from that of the last run if the diagnostics do. It costs less than they do.
    pub fn mark(&self) -> u64 {
        let mut hasher = FixedState::default().build_hasher();
        let mut place = |span: Span| {
            let file = self.root.run.files.get(span.file.0 as usize);
            // Texts of two runs that follow each other are in memory at once, so that their addresses differ.
            (file.map(|file| (Arc::as_ptr(file) as usize, file.text.len())), span.start, span.end)
                .hash(&mut hasher);
        };
        for Reported { finding, .. } in &self.findings {
            place(finding.span);
            finding.also.iter().for_each(|label| place(label.span));
        }
        for Reported { finding, severity, fingerprint, .. } in &self.findings {
            (finding.rule, *severity as u8, fingerprint, &finding.message).hash(&mut hasher);
            (&finding.notes, &finding.help).hash(&mut hasher);
            finding.also.iter().for_each(|label| label.message.hash(&mut hasher));
        }
        if let Some((source, problems)) = self.problems {
            (&source.text, problems.len()).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The diagnostics.
    pub fn diagnostics(&self, encoding: Encoding) -> Vec<Diagnostic> {
        let findings = self.findings.iter().filter_map(|one| {
            let file = self.root.run.files.get(one.finding.span.file.0 as usize)?;
            Some(of_finding(self.root, file, one, encoding))
        });
        let problems = self
            .problems
            .into_iter()
            .flat_map(|(source, problems)| problems.iter().map(move |one| of_problem(source, one, encoding)));
        findings.chain(problems).collect()
    }
}

/// A finding as a diagnostic.
pub fn of_finding(root: &Root, file: &SourceFile, one: &Reported, encoding: Encoding) -> Diagnostic {
    let finding = &one.finding;
    let mut message = finding.message.clone();
    for note in &finding.notes {
        message.push_str(&format!("\nnote: {note}"));
    }
    if let Some(help) = &finding.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    let related = finding.also.iter().filter_map(|label| {
        let file = root.run.files.get(label.span.file.0 as usize)?;
        let uri = uri::of_path(&root.path(label.span.file))?;
        let range = first_line(file, label.span, encoding);
        Some(DiagnosticRelatedInformation {
            location: Location { uri, range },
            message: label.message.clone(),
        })
    });
    let related: Vec<_> = related.collect();
    Diagnostic {
        range: first_line(file, finding.span, encoding),
        severity: Some(match one.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Info => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(finding.rule.name().to_owned())),
        code_description: Uri::from_str(&page(finding.rule)).ok().map(|href| CodeDescription { href }),
        source: Some("wplint".to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        tags: None,
        data: Some(json!({"fingerprint": one.fingerprint})),
    }
}

fn of_problem(source: &SourceFile, problem: &Problem, encoding: Encoding) -> Diagnostic {
    let help = problem.help.as_ref().map_or(String::new(), |help| format!("\nhelp: {help}"));
    Diagnostic {
        range: first_line(source, problem.span, encoding),
        severity: Some(DiagnosticSeverity::ERROR),
        source: Some("wplint".to_owned()),
        message: format!("{}{help}", problem.message),
        ..Diagnostic::default()
    }
}

/// The range of a span, to the end of its first line: whole objects are not underlined.
pub fn first_line(file: &SourceFile, span: Span, encoding: Encoding) -> Range {
    let Range { start, end } = encoding.range(file, span);
    if start.line == end.line {
        return Range { start, end };
    }
    let line = file.line_range(start.line as usize);
    let end: Position = encoding.position(file, line.end as u32);
    Range { start, end }
}

//! Findings as diagnostics.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

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

/// The diagnostics of each file that has any.
pub fn of_run(root: &Root, encoding: Encoding) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    let mut all: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
    for one in root.run.findings.iter().filter(|one| one.status == Status::Shown) {
        if let Some(file) = root.run.files.get(one.finding.span.file.0 as usize) {
            let path = root.path(one.finding.span.file);
            all.entry(path).or_default().push(of_finding(root, file, one, encoding));
        }
    }
    if let Some(ConfigError::Wrong { source, problems }) = &root.broken {
        let path = root.folder.join(&source.path);
        all.entry(path).or_default().extend(problems.iter().map(|one| of_problem(source, one, encoding)));
    }
    all
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

//! `wplint rules`: every rule, for people and for programs.

use std::fmt::Write;

use serde::Serialize;

use crate::finding::Severity;
use crate::report::json::write_safe;
use crate::rules::{self, naming};

#[derive(Serialize)]
struct Row {
    name: &'static str,
    group: &'static str,
    severity: Severity,
    default: &'static str,
    fix: &'static str,
    summary: String,
}

fn rows() -> impl Iterator<Item = Row> {
    rules::all().map(|rule| {
        let page = rule.page();
        Row {
            name: rule.name,
            group: page.group,
            severity: page.severity,
            default: if page.on_by_default { "on" } else { "opt-in" },
            fix: page.fix,
            summary: page.summary(),
        }
    })
}

/// A table by groups.
pub(super) fn text() -> String {
    let width = rules::all().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for group in naming::groups() {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{group}");
        for rule in rules::all().filter(|rule| rule.page().group == group) {
            let page = rule.page();
            let default = if page.on_by_default { "" } else { " (opt-in)" };
            let severity = page.severity.name();
            let _ = writeln!(text, "  {:width$}  {severity:7}  {}{default}", rule.name, page.title);
        }
    }
    text
}

/// The index of all pages, a table for each group, with links to the pages in the repository.
pub(super) fn markdown() -> String {
    let mut text = "# Rules\n".to_owned();
    for group in naming::groups() {
        let _ = write!(text, "\n## {group}\n\n| rule | severity | what it reports |\n|---|---|---|\n");
        for rule in rules::all().filter(|rule| rule.page().group == group) {
            let page = rule.page();
            let default = if page.on_by_default { "" } else { ", opt-in" };
            let title = page.title.replace('|', "\\|");
            let (name, severity) = (rule.name, page.severity.name());
            let _ = writeln!(text, "| [`{name}`](rules/{name}.md) | {severity}{default} | {title} |");
        }
    }
    text
}

/// A list of objects.
pub(super) fn json() -> String {
    let mut text = Vec::new();
    let rows: Vec<Row> = rows().collect();
    match write_safe(&rows, &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned() + "\n",
        Err(_) => "[]\n".to_owned(),
    }
}

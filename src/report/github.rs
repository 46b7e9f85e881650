//! Workflow commands of GitHub Actions: one line a finding, shown at the line of the pull request.

use std::io::{self, Write};

use super::text::harmless;
use super::{Options, rendered, shown};
use crate::finding::Severity;
use crate::run::Run;

/// Writes the report.
pub fn write(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    for one in shown(run) {
        let command = match one.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        write!(out, "::{command} ")?;
        if let Some(origin) = rendered(one) {
            let line = origin.line.unwrap_or(1);
            write!(out, "file={},line={line},", property(&options.rooted(&origin.path)))?;
        } else if let Some(file) = run.files.get(one.finding.span.file.0 as usize) {
            let (start, end) = (file.place(one.finding.span.start), file.place(one.finding.span.end));
            write!(out, "file={},line={}", property(&options.rooted(&file.path)), start.line)?;
            // Columns mean something to GitHub only within one line.
            if start.line == end.line {
                write!(out, ",col={},endColumn={}", start.column, end.column.max(start.column))?;
            } else {
                write!(out, ",endLine={}", end.line)?;
            }
            write!(out, ",")?;
        }
        let mut text = one.finding.message.clone();
        for note in &one.finding.notes {
            text = format!("{text}; {}", note);
        }
        if let Some(help) = &one.finding.help {
            text = format!("{text}; help: {help}");
        }
        writeln!(out, "title={}::{}", property(one.finding.rule.name()), data(&text))?;
    }
    Ok(())
}

/// The text of a command: on one line, and nothing in it ends the command.
fn data(text: &str) -> String {
    harmless(text).replace('%', "%25")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

//! The code quality report of GitLab.

use std::io::{self, Write};

use serde_json::json;

use super::json::write_safe;
use super::{Options, rendered, shown};
use crate::finding::Severity;
use crate::run::Run;

/// Writes the report.
pub fn write(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let entries: Vec<_> = shown(run)
        .map(|one| {
            let severity = match one.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Info => "info",
            };
            let file = run.files.get(one.finding.span.file.0 as usize);
            let line = |offset: u32| file.map(|file| file.place(offset).line);
            let (path, begin, end) = match rendered(one) {
                Some(origin) => (Some(&origin.path), origin.line.or(Some(1)), origin.line.or(Some(1))),
                None => {
                    (file.map(|file| &file.path), line(one.finding.span.start), line(one.finding.span.end))
                }
            };
            let notes = one.finding.notes.iter().map(|note| format!(" ({note})"));
            let text = std::iter::once(one.finding.message.clone()).chain(notes).collect::<String>();
            json!({
                "description": text,
                "check_name": one.finding.rule.name(),
                "fingerprint": one.fingerprint,
                "severity": severity,
                "location": {
                    "path": path.map(|path| options.rooted(path)),
                    "lines": {"begin": begin, "end": end},
                },
            })
        })
        .collect();
    write_safe(&entries, &mut *out)?;
    writeln!(out)
}

//! The code quality report of GitLab.

use std::io::{self, Write};

use serde_json::json;

use super::json::write_safe;
use super::{Options, masked, shown};
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
            json!({
                "description": masked(run, &one.finding, &one.finding.message),
                "check_name": one.finding.rule,
                "fingerprint": one.fingerprint,
                "severity": severity,
                "location": {
                    "path": file.map(|file| options.rooted(&file.path)),
                    "lines": {
                        "begin": file.map(|file| file.place(one.finding.span.start).line),
                        "end": file.map(|file| file.place(one.finding.span.end).line),
                    },
                },
            })
        })
        .collect();
    write_safe(&entries, &mut *out)?;
    writeln!(out)
}

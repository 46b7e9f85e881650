//! One line a finding: `path:line:column: severity[rule] message`.

use std::io::{self, Write};

use super::text::harmless;
use super::{Options, shown};
use crate::run::Run;

/// Writes the report.
pub fn write(run: &Run, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
    for one in shown(run) {
        if let Some(file) = run.files.get(one.finding.span.file.0 as usize) {
            let place = file.place(one.finding.span.start);
            write!(out, "{}:{}:{}: ", harmless(&file.path), place.line, place.column)?;
        }
        write!(out, "{}[{}] {}", one.severity, one.finding.rule, harmless(&one.finding.message))?;
        for note in &one.finding.notes {
            write!(out, " ({})", harmless(note))?;
        }
        match &one.origin {
            Some(origin) => writeln!(out, " (from {})", harmless(&origin.to_string()))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

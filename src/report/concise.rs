//! One line a finding: `path:line:column: severity[rule] message`.

use std::io::{self, Write};

use super::paint::Paint;
use super::statistics::{rows, table};
use super::text::harmless;
use super::{Options, Sort, ordered};
use crate::run::Run;

/// Writes the report.
pub fn write(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    if options.view.statistics {
        return table(run, &rows(run), usize::MAX, options, out);
    }
    let paint = Paint { on: options.color };
    for one in ordered(run, options, Sort::Path) {
        if let Some(file) = run.files.get(one.finding.span.file.0 as usize) {
            let place = file.place(one.finding.span.start);
            let at = paint.dim(&format!(":{}:{}:", place.line, place.column));
            write!(out, "{}{at} ", paint.bold(&harmless(&file.path)))?;
        }
        let head = paint.severity(one.severity, &format!("{}[{}]", one.severity, one.finding.rule));
        write!(out, "{head} {}", harmless(&one.finding.message))?;
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

//! JUnit XML: a test case a finding. Advice is no failure there, so it is a skipped test.

use std::io::{self, Write};

use super::text::harmless;
use super::{Options, Totals, rendered, shown};
use crate::finding::Severity;
use crate::run::Run;

/// Writes the report.
pub fn write(run: &Run, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let totals = Totals::of(run);
    let failures = totals.errors + totals.warnings;
    // A suite without tests counts as broken in some systems.
    let tests = (failures + totals.infos).max(1);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"wplint\" tests=\"{tests}\" failures=\"{failures}\">")?;
    let skipped = totals.infos;
    writeln!(
        out,
        "  <testsuite name=\"wplint\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">"
    )?;
    for one in shown(run) {
        let finding = &one.finding;
        let (path, place) = match run.files.get(finding.span.file.0 as usize) {
            Some(file) => (file.path.as_str(), Some(file.place(finding.span.start))),
            None => ("", None),
        };
        let (path, place) = match rendered(one) {
            Some(origin) => (origin.path.as_str(), None),
            None => (path, place),
        };
        let at = place.map(|place| format!(":{}:{}", place.line, place.column)).unwrap_or_default();
        let line = rendered(one).and_then(|origin| origin.line);
        let at = line.map_or(at, |line| format!(":{line}"));
        let name = format!("{} {path}{at}", finding.rule);
        writeln!(out, "    <testcase classname=\"{}\" name=\"{}\">", escape(path), escape(&name))?;
        let mut message = escape(&finding.message);
        for note in &finding.notes {
            message.push_str(&format!(" ({})", escape(note)));
        }
        match one.severity {
            Severity::Info => writeln!(out, "      <skipped message=\"{message}\"/>")?,
            severity => {
                let help = finding.help.as_deref();
                let help = help.map(|help| format!("\nhelp: {}", escape(help))).unwrap_or_default();
                let kind = severity.name();
                let text = format!("{}{at}: {message}{help}", escape(path));
                writeln!(out, "      <failure type=\"{kind}\" message=\"{message}\">{text}</failure>")?;
            }
        }
        writeln!(out, "    </testcase>")?;
    }
    if failures + totals.infos == 0 {
        writeln!(out, "    <testcase classname=\"wplint\" name=\"no findings\"/>")?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in harmless(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c => escaped.push(c),
        }
    }
    escaped
}

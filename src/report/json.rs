//! The JSON of the contract, version 1.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::{Formatter, PrettyFormatter};

use super::statistics::{Row, rows};
use super::text::is_deceptive;
use super::{Options, Totals, shown};
use crate::files::{SourceFile, Span};
use crate::finding::{self, Applicability, Severity};
use crate::project::Context;
use crate::run::{Changes, InputNote, InputStatus, ObjectRef, Reported, Run};

/// Writes the report.
pub fn write(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let totals = Totals::of(run);
    let counts = run.counts;
    let report = Report {
        version: 1,
        wplint: env!("CARGO_PKG_VERSION"),
        summary: Summary {
            files: counts.files,
            documents: counts.documents,
            objects: counts.objects,
            units: counts.units,
            failed: counts.failed,
            skipped: counts.skipped,
            not_kubernetes: counts.not_kubernetes,
            errors: totals.errors,
            warnings: totals.warnings,
            infos: totals.infos,
            suppressed: totals.suppressed,
            baselined: totals.baselined,
        },
        findings: shown(run).map(|one| entry(run, one)).collect(),
        inputs: Inputs(&run.inputs),
        statistics: options.view.statistics.then(|| rows(run).iter().map(|row| rule(run, row)).collect()),
        since: run.changes.as_ref().map(|changes| since(changes, totals.unchanged)),
    };
    write_safe(&report, &mut *out)?;
    writeln!(out)
}

/// Writes a value as indented JSON in which no character can confuse a terminal.
pub fn write_safe(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let formatter = Safe { inner: PrettyFormatter::with_indent(b"  ") };
    let mut serializer = serde_json::Serializer::with_formatter(out, formatter);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

#[derive(Serialize)]
struct Report<'r> {
    version: u32,
    wplint: &'static str,
    summary: Summary,
    findings: Vec<Entry<'r>>,
    inputs: Inputs<'r>,
    /// Only with `--statistics`.
    #[serde(skip_serializing_if = "Option::is_none")]
    statistics: Option<Vec<Rule<'r>>>,
    /// Only of a run that was compared with a revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Since<'r>>,
}

#[derive(Serialize)]
struct Rule<'r> {
    rule: &'static str,
    group: &'static str,
    errors: usize,
    warnings: usize,
    infos: usize,
    fixable: usize,
    fixable_unsafe: usize,
    first: Option<Location<'r>>,
}

#[derive(Serialize)]
struct Since<'r> {
    revision: &'r str,
    commit: &'r str,
    unchanged: usize,
    moved: Vec<Elsewhere<'r>>,
    fixed: Vec<Fixed<'r>>,
}

#[derive(Serialize)]
struct Elsewhere<'r> {
    rule: &'r str,
    from: &'r str,
    path: &'r str,
    was: &'r str,
    fingerprint: &'r str,
}

#[derive(Serialize)]
struct Fixed<'r> {
    rule: &'r str,
    severity: Severity,
    message: &'r str,
    object: Option<Object<'r>>,
    path: &'r str,
    fingerprint: &'r str,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    documents: usize,
    objects: usize,
    units: usize,
    failed: usize,
    skipped: usize,
    not_kubernetes: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    baselined: usize,
}

#[derive(Serialize)]
struct Entry<'r> {
    rule: &'static str,
    group: &'static str,
    severity: Severity,
    message: &'r str,
    help: Option<&'r str>,
    object: Option<Object<'r>>,
    location: Option<Location<'r>>,
    /// Only of what was rendered onto standard input.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Rendered<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
    related: Vec<Related<'r>>,
    notes: &'r [String],
    fix: Option<Fix<'r>>,
    fingerprint: &'r str,
}

#[derive(Serialize)]
struct Object<'r> {
    #[serde(rename = "apiVersion")]
    api_version: &'r str,
    kind: &'r str,
    namespace: Option<&'r str>,
    name: &'r str,
}

#[derive(Serialize)]
struct Location<'r> {
    path: &'r str,
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Rendered<'r> {
    path: &'r str,
    line: Option<u32>,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
    offset: u32,
}

#[derive(Serialize)]
struct Related<'r> {
    message: &'r str,
    location: Option<Location<'r>>,
}

#[derive(Serialize)]
struct Fix<'r> {
    title: &'r str,
    applicability: Applicability,
    edits: Vec<Edit<'r>>,
}

#[derive(Serialize)]
struct Edit<'r> {
    path: &'r str,
    start: Point,
    end: Point,
    text: &'r str,
}

#[derive(Serialize)]
struct Input<'r> {
    path: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    status: &'static str,
    reason: &'r str,
}

fn rule<'r>(run: &'r Run, row: &Row<'r>) -> Rule<'r> {
    let [infos, warnings, errors] = row.counts;
    let (rule, group, first) = (row.rule.name(), row.group, location(run, row.first.finding.span));
    Rule { rule, group, errors, warnings, infos, fixable: row.safe, fixable_unsafe: row.undecided, first }
}

fn since<'r>(changes: &'r Changes, unchanged: usize) -> Since<'r> {
    let fixed = changes.fixed.iter().map(|one| Fixed {
        rule: &one.rule,
        severity: one.severity,
        message: &one.message,
        object: one.object.as_ref().map(object),
        path: &one.path,
        fingerprint: &one.fingerprint,
    });
    let moved = changes.moved.iter().map(|one| Elsewhere {
        rule: &one.rule,
        from: &one.from,
        path: &one.path,
        was: &one.was,
        fingerprint: &one.fingerprint,
    });
    Since {
        revision: &changes.revision,
        commit: &changes.commit,
        unchanged,
        moved: moved.collect(),
        fixed: fixed.collect(),
    }
}

fn entry<'r>(run: &'r Run, one: &'r Reported) -> Entry<'r> {
    let finding = &one.finding;
    Entry {
        rule: finding.rule.name(),
        group: one.group,
        severity: one.severity,
        message: &finding.message,
        help: finding.help.as_deref(),
        object: one.object.as_ref().map(object),
        location: location(run, finding.span),
        origin: one.origin.as_ref().map(|origin| Rendered { path: &origin.path, line: origin.line }),
        context: one.context.as_ref().map(|one| one.0),
        related: finding
            .also
            .iter()
            .map(|label| Related { message: &label.message, location: location(run, label.span) })
            .collect(),
        notes: &finding.notes,
        fix: finding.fix.as_ref().filter(|fix| run.may_show(fix)).map(|fix| self::fix(run, fix)),
        fingerprint: &one.fingerprint,
    }
}

fn fix<'r>(run: &'r Run, fix: &'r finding::Fix) -> Fix<'r> {
    let mut edits: Vec<&finding::Edit> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let edit = |edit: &'r finding::Edit| {
        let Location { path, start, end } = location(run, edit.span)?;
        Some(Edit { path, start, end, text: &edit.text })
    };
    Fix {
        title: &fix.title,
        applicability: fix.applicability,
        edits: edits.into_iter().filter_map(edit).collect(),
    }
}

fn object(object: &ObjectRef) -> Object<'_> {
    Object {
        api_version: &object.api_version,
        kind: &object.kind,
        namespace: object.namespace.as_deref(),
        name: &object.name,
    }
}

fn location(run: &Run, span: Span) -> Option<Location<'_>> {
    let file = run.files.get(span.file.0 as usize)?;
    Some(Location { path: &file.path, start: point(file, span.start), end: point(file, span.end) })
}

fn point(file: &SourceFile, offset: u32) -> Point {
    let place = file.place(offset);
    Point { line: place.line, column: place.column, offset: place.offset }
}

/// Written one by one: there may be millions.
struct Inputs<'r>(&'r [InputNote]);

impl Serialize for Inputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(input))
    }
}

fn input(note: &InputNote) -> Input<'_> {
    let status = match note.status {
        InputStatus::NotKubernetes => "not_kubernetes",
        InputStatus::Skipped => "skipped",
        InputStatus::Failed => "failed",
        InputStatus::Aside => "part",
    };
    Input { path: &note.path, line: note.line, status, reason: &note.reason }
}

/// serde_json escapes ASCII control characters; this also escapes the others that a terminal obeys.
struct Safe<'i> {
    inner: PrettyFormatter<'i>,
}

impl Formatter for Safe<'_> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut from = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| *c == '\u{7f}' || is_deceptive(*c)) {
            out.write_all(&fragment.as_bytes()[from..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            from = at + c.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[from..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.inner.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.inner.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.inner.end_object_value(out)
    }
}

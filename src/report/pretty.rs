//! For people: every finding with its source, drawn by miette and read like rustc.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeStyles};

use super::excerpt::{Excerpt, Mark};
use super::text::{counted, harmless};
use super::{Options, Totals, shown};
use crate::files::{FileId, Span};
use crate::finding::Severity;
use crate::project::Context;
use crate::run::{Changes, Reported, Run};

/// Writes the report.
pub fn write(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    for one in shown(run).filter(|one| one.context.is_none()) {
        text.clear();
        finding(run, one, options, &mut text).map_err(|_| io::Error::other("a finding cannot be drawn"))?;
        writeln!(out, "{text}")?;
    }
    folders(run, out)?;
    if !options.quiet {
        writeln!(out, "{}", summary(run))?;
        if let Some(changes) = &run.changes {
            writeln!(out, "{}", since(changes))?;
        }
    }
    Ok(())
}

/// What was found in files that are not kept for a cluster, one line a folder.
fn folders(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let mut all: BTreeMap<(&str, Context), [usize; 3]> = BTreeMap::new();
    for one in shown(run) {
        if let Some((context, folder)) = &one.context {
            all.entry((folder, *context)).or_default()[one.severity as usize] += 1;
        }
    }
    for ((folder, context), [infos, warnings, errors]) in &all {
        let counts = [(*errors, "error"), (*warnings, "warning"), (*infos, "info")];
        let counts = counts.iter().filter(|one| one.0 > 0).map(|(count, noun)| counted(*count, noun));
        let counts = counts.collect::<Vec<_>>().join(", ");
        let name = if folder.is_empty() { "." } else { folder };
        writeln!(out, "{} ({context}): {counts}; name it to see them", harmless(name))?;
    }
    if !all.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// More secondary places than this are only counted.
const MOST_MARKS: usize = 12;

fn finding(run: &Run, one: &Reported, options: &Options, text: &mut String) -> fmt::Result {
    use fmt::Write;
    let finding = &one.finding;
    let clean = |text: &str| harmless(text).into_owned();
    let paint = Paint { on: options.color };
    let head = format!("{}[{}]", one.severity, finding.rule);
    let message = clean(&finding.message);
    writeln!(text, "{}{}", paint.severity(one.severity, &head), paint.bold(&format!(": {message}")))?;
    let primary = Mark { span: finding.span, label: finding.label.as_deref().map(clean), primary: true };
    let mut marks = vec![primary];
    marks.extend(finding.also.iter().take(MOST_MARKS).map(|label| Mark {
        span: label.span,
        label: Some(clean(&label.message)),
        primary: false,
    }));
    for (file, marks) in snippets(run, marks) {
        snippet(run, file, marks, one.severity, options, text)?;
    }
    if finding.also.len() > MOST_MARKS {
        writeln!(text, "  and {} more places", finding.also.len() - MOST_MARKS)?;
    }
    if let Some(origin) = &one.origin {
        footer(text, &paint.help("from:"), &harmless(&origin.to_string()), options.width)?;
    }
    for note in &finding.notes {
        footer(text, &paint.help("note:"), &clean(note), options.width)?;
    }
    if let Some(help) = &finding.help {
        footer(text, &paint.help("help:"), &clean(help), options.width)?;
    }
    writeln!(text, "  {} wplint explain {}", paint.help("page:"), finding.rule)
}

/// Marks that are drawn together: those of one file on neighbouring lines. The primary one comes first.
fn snippets(run: &Run, mut marks: Vec<Mark>) -> Vec<(FileId, Vec<Mark>)> {
    let line = |span: Span| run.files.get(span.file.0 as usize).map_or(0, |file| file.line_index(span.start));
    marks.sort_by_key(|mark| mark.span.start);
    let mut files: Vec<(FileId, usize, Vec<Mark>)> = Vec::new();
    for mark in marks {
        let (file, at) = (mark.span.file, line(mark.span));
        match files.iter_mut().rev().find(|(other, ..)| *other == file) {
            Some((_, last, marks)) if at <= *last + 3 => {
                *last = at;
                marks.push(mark);
            }
            _ => files.push((file, at, vec![mark])),
        }
    }
    // A stable sort: what is not primary stays in the order of the files.
    files.sort_by_key(|(file, _, marks)| (!marks.iter().any(|mark| mark.primary), *file));
    files.into_iter().map(|(file, _, marks)| (file, marks)).collect()
}

/// Draws the marked lines of one file.
pub(super) fn snippet(
    run: &Run,
    file: FileId,
    mut marks: Vec<Mark>,
    severity: Severity,
    options: &Options,
    text: &mut String,
) -> fmt::Result {
    // miette paints the labels in the order of their offsets.
    marks.sort_by_key(|mark| mark.span.start);
    let Some(excerpt) = Excerpt::new(run, file, &marks) else {
        return Ok(());
    };
    let mut theme = if options.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    if options.color {
        let styles = ThemeStyles::ansi();
        let own = match severity {
            Severity::Error => styles.error,
            Severity::Warning => styles.warning,
            Severity::Info => styles.advice,
        };
        theme.styles.highlights =
            marks.iter().map(|mark| if mark.primary { own } else { styles.help }).collect();
        theme.styles.link = styles.linum;
    }
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(options.width)
        .with_context_lines(1)
        .with_links(false)
        .without_cause_chain();
    let mut drawn = String::new();
    handler.render_report(&mut drawn, &Snippet { excerpt, marks })?;
    // The first line is miette's own headline, which is left empty.
    text.push_str(drawn.split_once('\n').map_or("", |(_, rest)| rest));
    Ok(())
}

#[derive(Debug)]
struct Snippet {
    excerpt: Excerpt,
    marks: Vec<Mark>,
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Excerpt")
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.span)
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Snippet {}

impl Diagnostic for Snippet {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let marks = self.marks.iter().zip(&self.excerpt.marks);
        Some(Box::new(marks.map(|(mark, (range, _))| {
            let span = (range.start, range.len());
            match mark.primary {
                true => LabeledSpan::new_primary_with_span(mark.label.clone(), span),
                false => LabeledSpan::new_with_span(mark.label.clone(), span),
            }
        })))
    }
}

/// A line under the snippet, wrapped at words.
pub(super) fn footer(text: &mut String, head: &str, body: &str, width: usize) -> fmt::Result {
    use fmt::Write;
    const INDENT: usize = 8;
    write!(text, "  {head}")?;
    let mut column = INDENT - 1;
    for word in body.split_whitespace() {
        let length = word.chars().count();
        if column + 1 + length > width.max(40) && column > INDENT {
            write!(text, "\n{:INDENT$}{word}", "")?;
            column = INDENT + length;
        } else {
            write!(text, " {word}")?;
            column += 1 + length;
        }
    }
    writeln!(text)
}

/// The last line: what was looked at and what was found.
pub fn summary(run: &Run) -> String {
    let (counts, totals) = (run.counts, Totals::of(run));
    let looked = [
        counted(counts.files, "file"),
        counted(counts.documents, "document"),
        counted(counts.objects, "object"),
        counted(counts.units, "unit"),
    ];
    let list = |parts: Vec<String>| parts.join(", ");
    let some = |count: usize, text: String| (count > 0).then_some(text);
    let found: Vec<String> = [
        some(totals.errors, counted(totals.errors, "error")),
        some(totals.warnings, counted(totals.warnings, "warning")),
        some(totals.infos, counted(totals.infos, "info")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let found = if found.is_empty() { "no findings".to_owned() } else { list(found) };
    let quiet: Vec<String> = [
        some(totals.suppressed, format!("{} suppressed", totals.suppressed)),
        some(totals.baselined, format!("{} in the baseline", totals.baselined)),
        some(totals.unchanged, format!("{} as before", totals.unchanged)),
        some(totals.hidden, format!("{} hidden", totals.hidden)),
        some(counts.failed, format!("{} failed", counts.failed)),
        some(counts.skipped, format!("{} skipped", counts.skipped)),
        some(counts.not_kubernetes, format!("{} not Kubernetes", counts.not_kubernetes)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let quiet = if quiet.is_empty() { String::new() } else { format!(" ({})", list(quiet)) };
    format!("{}: {found}{quiet}", looked.join(", "))
}

/// What changed since a revision, in one line.
pub fn since(changes: &Changes) -> String {
    let [errors, warnings, infos] = changes.new;
    let new: Vec<String> = [(errors, "error"), (warnings, "warning"), (infos, "info")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(count, word))
        .collect();
    let added = if new.is_empty() { "adds nothing".to_owned() } else { format!("adds {}", new.join(", ")) };
    let fixed =
        if changes.fixed.is_empty() { String::new() } else { format!(", fixes {}", changes.fixed.len()) };
    let moved =
        if changes.moved.is_empty() { String::new() } else { format!(", moves {}", changes.moved.len()) };
    let revision = harmless(&changes.revision);
    format!(
        "since {revision} ({}): this change {added}{fixed}{moved}",
        changes.commit.get(..9).unwrap_or_default()
    )
}

/// Colours, if they are wanted.
#[derive(Clone, Copy)]
pub struct Paint {
    /// They are.
    pub on: bool,
}

impl Paint {
    fn code(self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Bold text.
    pub fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    /// Words that lead to help.
    pub fn help(self, text: &str) -> String {
        self.code("36", text)
    }

    /// Text in the colour of a severity.
    pub fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Info => "1;36",
        };
        self.code(code, text)
    }
}

//! One finding with its source, drawn by miette and read like rustc.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeStyles};

use super::Options;
use super::excerpt::{Excerpt, Mark};
use super::paint::{Paint, footer};
use super::text::{columns, harmless, wrap};
use crate::files::{FileId, Span};
use crate::finding::{Finding, Severity};
use crate::run::{Reported, Run};

/// How much of a finding is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Everything, with all its places.
    Full,
    /// The source of its primary place, and what to do.
    Excerpt,
    /// Its primary place without the source, and what to do.
    Brief,
    /// Its primary place alone.
    Line,
}

/// More secondary places than this are only counted.
const MOST_MARKS: usize = 12;
/// The same problem at other places takes this many lines at most.
const PLACE_LINES: usize = 2;

/// Draws a finding, and where else the same is found.
pub(super) fn finding(
    run: &Run,
    one: &Reported,
    same: &[&Reported],
    detail: Detail,
    options: &Options,
    text: &mut String,
) -> fmt::Result {
    use fmt::Write;
    let finding = &one.finding;
    let clean = |text: &str| harmless(text).into_owned();
    let paint = Paint { on: options.color };
    headline(one, &clean(&finding.message), options, text)?;
    let also = if detail == Detail::Full { &finding.also[..] } else { &[] };
    let shows = matches!(detail, Detail::Full | Detail::Excerpt);
    if shows {
        let primary = Mark { span: finding.span, label: finding.label.as_deref().map(clean), primary: true };
        let mut marks = vec![primary];
        marks.extend(also.iter().take(MOST_MARKS).map(|label| Mark {
            span: label.span,
            label: Some(clean(&label.message)),
            primary: false,
        }));
        for (file, marks) in snippets(run, marks) {
            snippet(run, file, marks, one.severity, options, text)?;
        }
    } else if let Some(place) = place(run, one) {
        writeln!(text, "  {} {place}", paint.help("-->"))?;
    }
    if also.len() > MOST_MARKS {
        writeln!(text, "  and {} more places", also.len() - MOST_MARKS)?;
    }
    let mut foot =
        |head: &str, body: &str| footer(text, (&paint.help(head), head.len()), body, options.width);
    if let Some(origin) = &one.origin {
        foot("from:", &harmless(&origin.to_string()))?;
    }
    if let Some(object) = one.object.as_ref().filter(|object| shows && !names(finding, &object.name)) {
        foot("in:", &harmless(&object.to_string()))?;
    }
    if !same.is_empty() {
        let room = options.width.max(40) * if detail == Detail::Line { 1 } else { PLACE_LINES };
        foot("and", &places(run, same, room.saturating_sub(16)))?;
    }
    if detail != Detail::Line {
        let notes = if detail == Detail::Brief { &[] } else { &finding.notes[..] };
        for note in notes {
            foot("note:", &clean(note))?;
        }
        if let Some(help) = &finding.help {
            foot("help:", &clean(help))?;
        }
    }
    if detail == Detail::Full {
        writeln!(text, "  {} wplint explain {}", paint.help("page:"), finding.rule)?;
    }
    Ok(())
}

/// Whether a finding says which object it is about.
fn names(finding: &Finding, name: &str) -> bool {
    let quoted = format!("`{name}`");
    let labels = finding.label.iter().chain(finding.also.iter().map(|label| &label.message));
    let mut texts = labels.chain(&finding.notes).chain([&finding.message]);
    texts.any(|text| text.contains(&quoted))
}

/// `severity[rule]: message`, wrapped.
fn headline(one: &Reported, message: &str, options: &Options, text: &mut String) -> fmt::Result {
    use fmt::Write;
    let paint = Paint { on: options.color };
    let head = format!("{}[{}]", one.severity, one.finding.rule);
    let lines = wrap(&format!("{head}: {message}"), options.width.max(40), 0, 2);
    for (at, line) in lines.iter().enumerate() {
        // The head is one word and the first one.
        match line.strip_prefix(&head) {
            Some(rest) if at == 0 => {
                writeln!(text, "{}{}", paint.severity(one.severity, &head), paint.bold(rest))?
            }
            _ => writeln!(text, "  {}", paint.bold(line))?,
        }
    }
    Ok(())
}

/// The primary place of a finding: `path:line:column`.
pub(super) fn place(run: &Run, one: &Reported) -> Option<String> {
    let file = run.files.get(one.finding.span.file.0 as usize)?;
    let place = file.place(one.finding.span.start);
    Some(format!("{}:{}:{}", harmless(&file.path), place.line, place.column))
}

/// `3 more places: a.yaml:2, 7; b.yaml:1`, as many as there is room for.
fn places(run: &Run, same: &[&Reported], room: usize) -> String {
    let mut list = String::new();
    let (mut listed, mut last) = (0, None);
    for one in same {
        let Some(file) = run.files.get(one.finding.span.file.0 as usize) else {
            continue;
        };
        let line = file.place(one.finding.span.start).line;
        let next = match last {
            Some(id) if id == file.id => format!(", {line}"),
            _ => format!("{}{}:{line}", if list.is_empty() { "" } else { "; " }, harmless(&file.path)),
        };
        if columns(&list) + columns(&next) > room && listed > 0 {
            list.push_str(if last == Some(file.id) { ", \u{2026}" } else { "; \u{2026}" });
            break;
        }
        list.push_str(&next);
        listed += 1;
        last = Some(file.id);
    }
    let count = same.len();
    let noun = if count == 1 { "place" } else { "places" };
    if list.is_empty() { format!("{count} more {noun}") } else { format!("{count} more {noun}: {list}") }
}

/// Marks that are drawn together: those of one file on neighbouring lines. The primary one comes first.
pub(super) fn snippets(run: &Run, mut marks: Vec<Mark>) -> Vec<(FileId, Vec<Mark>)> {
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

/// Columns of `╰── ` before a label.
const LABEL_SIGN: usize = 4;
/// Labels get this many columns even at the end of a long line.
const LEAST_LABEL: usize = 30;

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
    let gutter = excerpt.gutter();
    for (mark, (range, _)) in marks.iter_mut().zip(&excerpt.marks) {
        if let Some(label) = &mut mark.label {
            let middle = excerpt.column(range.start.midpoint(range.end));
            let room = options.width.saturating_sub(gutter + middle + LABEL_SIGN).max(LEAST_LABEL);
            *label = wrap(label, room, 0, 0).join("\n");
        }
    }
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

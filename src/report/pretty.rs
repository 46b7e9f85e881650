//! For people: every finding with its source where that fits on a few screens; what is more is folded, with the errors
//! and a table of all rules at the end, where a terminal shows them.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use super::draw::{self, Detail};
use super::fold::Folded;
use super::paint::{Paint, footer};
use super::statistics::{Row, heading, next, rows, table};
use super::summary::{severities, since, summary};
use super::text::{counted, harmless};
use super::{GroupBy, Options, Sort, ordered, shown};
use crate::finding::{RuleId, Severity};
use crate::project::Context;
use crate::run::{Reported, Run};

/// Lines of a screen that are counted on.
const SCREEN: usize = 50;
/// A report that is folded fills this many screens if it can.
const SCREENS: usize = 5;
/// Rules in the table below a folded report.
const MOST_RULES: usize = 12;
/// Folders that are listed above a folded report.
const MOST_FOLDERS: usize = 8;
/// The head and the foot of the table, what to type next, the summary, and the prompt.
const LAST_LINES: usize = 8;

/// Writes the report.
pub fn write(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows(run);
    if options.view.statistics {
        if !rows.is_empty() {
            table(run, &rows, usize::MAX, options, out)?;
            writeln!(out)?;
        }
        return last(run, options, out);
    }
    let many = if options.view.all { Folded::default() } else { Folded::of(run) };
    let found: Vec<&Reported> = ordered(run, options, Sort::Severity)
        .into_iter()
        .filter(|one| one.context.is_none() && !many.holds(one))
        .collect();
    let whole = in_full(run, &found, options, SCREEN * SCREENS);
    let (long, folded) = (whole.is_none(), whole.is_none() && !options.view.all);
    let mut text = String::new();
    match whole {
        Some(whole) => {
            out.write_all(whole.as_bytes())?;
            folders(run, usize::MAX, out)?;
        }
        None if folded => {
            folders(run, MOST_FOLDERS, out)?;
            fold(run, &found, rows.len().min(MOST_RULES), options, &mut text).map_err(undrawn)?;
        }
        None => {
            folders(run, usize::MAX, out)?;
            for section in sections(run, &found, options) {
                section.draw(run, Detail::Full, options, &mut text).map_err(undrawn)?;
                out.write_all(text.as_bytes())?;
                text.clear();
            }
        }
    }
    out.write_all(text.as_bytes())?;
    many.write(out)?;
    if long && !options.quiet {
        table(run, &rows, if folded { MOST_RULES } else { usize::MAX }, options, out)?;
        advice(&rows, folded, options, out)?;
    }
    last(run, options, out)
}

fn undrawn(_: fmt::Error) -> io::Error {
    io::Error::other("a finding cannot be drawn")
}

fn last(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    if !options.quiet {
        writeln!(out, "{}", summary(run))?;
        if let Some(changes) = &run.changes {
            writeln!(out, "{}", since(changes))?;
        }
    }
    Ok(())
}

fn advice(rows: &[Row], folded: bool, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let paint = Paint { on: options.color };
    footer(&mut text, (&paint.help("next:"), 5), &next(rows, folded), options.width).map_err(undrawn)?;
    writeln!(out, "{text}")
}

/// What was found in files that are not kept for a cluster, one line a folder.
fn folders(run: &Run, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut all: BTreeMap<(&str, Context), [usize; 3]> = BTreeMap::new();
    for one in shown(run) {
        if let Some((context, folder)) = &one.context {
            all.entry((folder, *context)).or_default()[one.severity as usize] += 1;
        }
    }
    for ((folder, context), counts) in all.iter().take(most) {
        let counts = severities(*counts);
        let name = if folder.is_empty() { "." } else { folder };
        writeln!(out, "{} ({context}): {counts}; lint that path to see them", harmless(name))?;
    }
    if all.len() > most {
        writeln!(out, "and {} like these; `-v` lists them all", counted(all.len() - most, "more folder"))?;
    }
    if !all.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// Every finding with all its source, unless it takes more lines than these.
fn in_full(run: &Run, found: &[&Reported], options: &Options, most: usize) -> Option<String> {
    // A finding takes three lines at least.
    if found.len() * 3 > most {
        return None;
    }
    let mut text = String::new();
    let mut lines = 0;
    for section in sections(run, found, options) {
        let start = text.len();
        section.draw(run, Detail::Full, options, &mut text).ok()?;
        lines += text[start..].lines().count();
        if lines > most {
            return None;
        }
    }
    Some(text)
}

/// Findings that stand together under one heading.
struct Section<'r> {
    name: Option<String>,
    findings: Vec<&'r Reported>,
}

/// The findings as the command line groups them: in one section without a heading if it says nothing.
fn sections<'r>(run: &Run, found: &[&'r Reported], options: &Options) -> Vec<Section<'r>> {
    let Some(by) = options.view.group_by else {
        return vec![unnamed(found)];
    };
    let name = |one: &Reported| match by {
        GroupBy::Rule => one.finding.rule.name().to_owned(),
        GroupBy::File => {
            run.files.get(one.finding.span.file.0 as usize).map_or(String::new(), |f| f.path.clone())
        }
        GroupBy::Object => one.object.as_ref().map_or_else(|| "no object".to_owned(), ToString::to_string),
    };
    // Groups stand in the order of their last finding: whoever has an error is near the end.
    let mut groups: BTreeMap<String, (usize, Vec<&Reported>)> = BTreeMap::new();
    for (at, one) in found.iter().enumerate() {
        let group = groups.entry(name(one)).or_default();
        group.0 = at;
        group.1.push(one);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (last, _))| *last);
    groups.into_iter().map(|(name, (_, findings))| Section { name: Some(name), findings }).collect()
}

impl<'r> Section<'r> {
    /// Findings of one rule and severity, which are shown as one.
    fn blocks(&self) -> Vec<Vec<&'r Reported>> {
        let mut at: BTreeMap<(Severity, RuleId), usize> = BTreeMap::new();
        let mut blocks: Vec<Vec<&Reported>> = Vec::new();
        for one in &self.findings {
            let block = *at.entry((one.severity, one.finding.rule)).or_insert(blocks.len());
            match blocks.get_mut(block) {
                Some(block) => block.push(one),
                None => blocks.push(vec![one]),
            }
        }
        blocks
    }

    /// Draws every finding.
    fn draw(&self, run: &Run, detail: Detail, options: &Options, text: &mut String) -> fmt::Result {
        self.head(options, text);
        for one in &self.findings {
            draw::finding(run, one, &[], detail, options, text)?;
            text.push('\n');
        }
        Ok(())
    }

    /// Draws one finding of each block, with the places of the others.
    fn draw_folded(&self, run: &Run, detail: Detail, options: &Options, text: &mut String) -> fmt::Result {
        self.head(options, text);
        for block in self.blocks() {
            let Some((first, same)) = block.split_first() else {
                continue;
            };
            draw::finding(run, first, same, detail, options, text)?;
            if detail != Detail::Line {
                text.push('\n');
            }
        }
        if detail == Detail::Line && !self.findings.is_empty() {
            text.push('\n');
        }
        Ok(())
    }

    fn head(&self, options: &Options, text: &mut String) {
        if let Some(name) = &self.name {
            text.push_str(&heading(name, &self.findings, options));
            text.push_str("\n\n");
        }
    }
}

/// The details that are tried one after another, until the result has no more than so many lines.
const DETAILS: [Detail; 4] = [Detail::Full, Detail::Excerpt, Detail::Brief, Detail::Line];

/// Draws what does not fit in full: equal findings once, and as much of each as there is room for. The errors share the
/// last screen with the table.
fn fold(run: &Run, found: &[&Reported], table: usize, options: &Options, text: &mut String) -> fmt::Result {
    let last = SCREEN.saturating_sub(table + LAST_LINES);
    let rest = SCREEN * (SCREENS - 1) - MOST_FOLDERS;
    if options.view.group_by.is_some() || options.view.sort == Some(Sort::Path) {
        return fit(run, &sections(run, found, options), rest + last, options, text);
    }
    let (errors, others): (Vec<&Reported>, Vec<&Reported>) =
        found.iter().partition(|one| one.severity == Severity::Error);
    let (warnings, infos): (Vec<&Reported>, Vec<&Reported>) =
        others.iter().partition(|one| one.severity == Severity::Warning);
    // A warning says more than advice, so it is drawn at greater length.
    let both = [
        (Detail::Excerpt, Detail::Excerpt),
        (Detail::Brief, Detail::Excerpt),
        (Detail::Brief, Detail::Brief),
        (Detail::Line, Detail::Brief),
        (Detail::Line, Detail::Line),
    ];
    let start = text.len();
    for (advice, risk) in both {
        text.truncate(start);
        unnamed(&infos).draw_folded(run, advice, options, text)?;
        unnamed(&warnings).draw_folded(run, risk, options, text)?;
        if text[start..].lines().count() <= rest {
            break;
        }
    }
    fit(run, &[unnamed(&errors)], last, options, text)
}

fn unnamed<'r>(findings: &[&'r Reported]) -> Section<'r> {
    Section { name: None, findings: findings.to_vec() }
}

/// Draws sections with the most detail that takes no more than these lines, or with the least.
fn fit(run: &Run, sections: &[Section], most: usize, options: &Options, text: &mut String) -> fmt::Result {
    let start = text.len();
    for detail in DETAILS {
        text.truncate(start);
        for section in sections {
            section.draw_folded(run, detail, options, text)?;
        }
        if text[start..].lines().count() <= most {
            break;
        }
    }
    Ok(())
}

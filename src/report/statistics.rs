//! How often each rule reports: the table at the end of a long report, and `--statistics`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::paint::Paint;
use super::summary::severities;
use super::text::{columns, counted, harmless, tail};
use super::{Options, draw, shown};
use crate::finding::{Applicability, RuleId, Severity};
use crate::run::{Reported, Run};

/// What one rule reported in a run.
#[derive(Clone, Debug)]
pub struct Row<'r> {
    /// The rule.
    pub rule: RuleId,
    /// Its group.
    pub group: &'static str,
    /// Findings: infos, warnings, errors.
    pub counts: [usize; 3],
    /// Findings that `--fix` repairs.
    pub safe: usize,
    /// Findings that `--fix --unsafe-fixes` repairs besides.
    pub undecided: usize,
    /// The first finding of the greatest severity, sooner in a manifest that is kept for a cluster than elsewhere.
    pub first: &'r Reported,
}

/// A row for each rule that reported something, the worst first.
pub fn rows(run: &Run) -> Vec<Row<'_>> {
    let mut rows: BTreeMap<RuleId, Row> = BTreeMap::new();
    let rank = |one: &Reported| (one.context.is_none(), one.severity);
    for one in shown(run) {
        let (rule, group) = (one.finding.rule, one.group);
        let row = rows.entry(rule).or_insert_with(|| Row {
            rule,
            group,
            counts: [0; 3],
            safe: 0,
            undecided: 0,
            first: one,
        });
        row.counts[one.severity as usize] += 1;
        match one.finding.fix.as_ref().map(|fix| fix.applicability) {
            Some(Applicability::Safe) => row.safe += 1,
            Some(Applicability::Unsafe) => row.undecided += 1,
            None => {}
        }
        if rank(one) > rank(row.first) {
            row.first = one;
        }
    }
    let mut rows: Vec<Row> = rows.into_values().collect();
    rows.sort_by_key(|row| {
        let [infos, warnings, errors] = row.counts;
        (std::cmp::Reverse((errors, warnings, infos)), row.rule)
    });
    rows
}

/// Columns that the numbers of a row take.
const NUMBERS: usize = 34;
const PLACE: &str = "first place";

/// Writes the rows as a table, at most `most` of them.
pub(super) fn table(
    run: &Run,
    rows: &[Row],
    most: usize,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { on: options.color };
    let listed = if rows.len() > most { &rows[..most.saturating_sub(1)] } else { rows };
    let names = listed.iter().map(|row| row.rule.name().len());
    let width = names.chain(["total".len()]).max().unwrap_or_default();
    // What is left of the line holds the place, if that is worth the room.
    let room = options.width.saturating_sub(width + NUMBERS + 2);
    let placed = room >= PLACE.len();
    let place = if placed { PLACE } else { "" };
    let head = format!("{:width$}  errors  warnings  infos  fixable  {place}", "rule");
    let head = head.trim_end();
    writeln!(out, "{}", paint.bold(head))?;
    for row in listed {
        let first = draw::place(run, row.first).unwrap_or_default();
        let first = first.rsplit_once(':').map_or(first.as_str(), |(line, _)| line);
        let place = if placed { format!("  {}", tail(first, room)) } else { String::new() };
        writeln!(out, "{:width$}{}{place}", row.rule.name(), cells(row, paint))?;
    }
    if listed.len() < rows.len() {
        let text =
            format!("and {}; `--statistics` lists them all", counted(rows.len() - listed.len(), "more rule"));
        writeln!(out, "{}", paint.dim(&text))?;
    }
    let all = rows.iter().fold(([0; 3], 0, 0), |(mut counts, safe, undecided), row| {
        counts.iter_mut().zip(row.counts).for_each(|(sum, own)| *sum += own);
        (counts, safe + row.safe, undecided + row.undecided)
    });
    writeln!(out, "{}", paint.bold(&format!("{:width$}{}", "total", numbers(all.0, all.1 + all.2).concat())))
}

fn numbers(counts: [usize; 3], fixable: usize) -> [String; 4] {
    let cell = |count: usize, width: usize| match count {
        0 => format!("  {:>width$}", "\u{2013}"),
        _ => format!("  {count:>width$}"),
    };
    let [infos, warnings, errors] = counts;
    [cell(errors, 6), cell(warnings, 8), cell(infos, 5), cell(fixable, 7)]
}

fn cells(row: &Row, paint: Paint) -> String {
    let cells = numbers(row.counts, row.safe + row.undecided);
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    let colored = cells.iter().enumerate().map(|(at, cell)| match severities.get(at) {
        Some(severity) if row.counts[*severity as usize] > 0 => paint.severity(*severity, cell),
        _ => cell.clone(),
    });
    colored.collect()
}

/// What to type next, in one paragraph: about the worst rule, what can be repaired, and where the rest is.
pub(super) fn next(rows: &[Row], folded: bool) -> String {
    let mut parts = Vec::new();
    if let Some(row) = rows.first() {
        parts.push(format!("`wplint explain {}`", row.rule));
    }
    let (safe, undecided) = rows.iter().fold((0, 0), |sum, row| (sum.0 + row.safe, sum.1 + row.undecided));
    if safe > 0 {
        parts.push(format!("`--fix` repairs {safe}"));
    }
    if undecided > 0 {
        let more = if safe > 0 { " more" } else { "" };
        parts.push(format!("`--fix --unsafe-fixes` repairs {undecided}{more}"));
    }
    if folded {
        parts.push("`-v` shows every finding in full".to_owned());
    }
    parts.join(", ")
}

/// A heading between findings: what they have in common, and how many of each severity there are.
pub(super) fn heading(name: &str, findings: &[&Reported], options: &Options) -> String {
    let mut counts = [0; 3];
    findings.iter().for_each(|one| counts[one.severity as usize] += 1);
    let counts = severities(counts);
    let name = harmless(name);
    let room = options.width.saturating_sub(columns(&counts) + 8);
    let paint = Paint { on: options.color };
    format!("\u{2500}\u{2500} {} \u{2500}\u{2500} {counts}", paint.bold(&tail(&name, room.max(20))))
}

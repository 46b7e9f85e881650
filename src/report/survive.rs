//! What survives, as a table for a terminal, as JSON, as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::json::write_safe;
use super::text::harmless;
use crate::files::Span;
use crate::run::Run;
use crate::survival::entry::Entry;
use crate::survival::judge::{Event, Outcome, Reason, Row};
use crate::survival::survey::Judged;

/// How the table is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// For a terminal.
    Text,
    /// For a pull request.
    Markdown,
}

/// One line of the table.
struct Line {
    title: String,
    cells: Vec<String>,
}

/// The table of every unit, and below it the lines that decide.
pub fn table(run: &Run, judged: &[Judged], style: Style, chains: bool) -> String {
    let mut text = String::new();
    for unit in judged {
        if !text.is_empty() {
            text.push('\n');
        }
        let lines = lines(unit);
        let head = heading(run, unit);
        match style {
            Style::Text => draw(&mut text, &head, &lines),
            Style::Markdown => draw_markdown(&mut text, &head, &lines),
        }
        why(&mut text, run, unit, style, chains);
        if chains {
            draw_chains(&mut text, run, unit);
        }
    }
    text
}

fn heading(run: &Run, unit: &Judged) -> String {
    let paths: Vec<String> = unit.rows.iter().map(|row| path(run, row.span)).collect();
    let folder = |path: &str| path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
    let mut folders: Vec<String> = paths.iter().map(|path| folder(path)).collect();
    folders.dedup();
    let place = match &folders[..] {
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        [] => ".".to_owned(),
    };
    harmless(&format!("{place}, on {}", unit.cluster)).into_owned()
}

fn lines(unit: &Judged) -> Vec<Line> {
    let mut lines = Vec::new();
    for entry in &unit.entries {
        let cells = Event::ALL.into_iter().map(|event| entry_cell(entry, &unit.rows, event)).collect();
        lines.push(Line { title: harmless(&entry.title).into_owned(), cells });
    }
    for row in &unit.rows {
        let indent = if unit.entries.is_empty() { "" } else { "  " };
        let cells = Event::ALL.into_iter().map(|event| row_cell(row, event)).collect();
        lines.push(Line { title: format!("{indent}{}", harmless(&row.title)), cells });
    }
    lines
}

fn sign(survives: Option<bool>) -> &'static str {
    match survives {
        Some(true) => "✓",
        Some(false) => "✗",
        None => "?",
    }
}

fn row_cell(row: &Row, event: Event) -> String {
    let outcome = row.after(event);
    match (outcome.stay, row.replicas) {
        _ if outcome.stuck => "✗ waits".to_owned(),
        (Some(stay), Some(all)) => {
            let least = if row.bounded { "≥" } else { "" };
            format!("{} {least}{stay} of {all}", sign(row.survives(event)))
        }
        _ => "?".to_owned(),
    }
}

fn entry_cell(entry: &Entry, rows: &[Row], event: Event) -> String {
    let weakest = entry.weakest(rows, event);
    let behind = weakest.step.and_then(|step| entry.steps[step].rows.first()).map(|row| &rows[*row]);
    let name = behind.map_or("", |row| row.title.rsplit(' ').next().unwrap_or(""));
    match weakest.survives {
        Some(true) => "✓".to_owned(),
        Some(false) => format!("✗ {}", harmless(name)),
        None => "?".to_owned(),
    }
}

fn head() -> Vec<&'static str> {
    vec!["node lost", "zone lost", "node drained", "rollout"]
}

fn draw(text: &mut String, heading: &str, lines: &[Line]) {
    let chars = |text: &str| text.chars().count();
    let first =
        lines.iter().map(|line| chars(&line.title)).chain([chars(heading)]).max().unwrap_or(0).min(60);
    let widths: Vec<usize> = (0..Event::ALL.len())
        .map(|at| {
            lines.iter().map(|line| chars(&line.cells[at])).chain([chars(head()[at])]).max().unwrap_or(0)
        })
        .collect();
    let mut row = |title: &str, cells: &[String]| {
        let mut line = format!("{title}{}", " ".repeat(first.saturating_sub(chars(title))));
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(line, "   {cell}{}", " ".repeat(width.saturating_sub(chars(cell))));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    };
    row(heading, &head().into_iter().map(str::to_owned).collect::<Vec<_>>());
    lines.iter().for_each(|line| row(&line.title, &line.cells));
}

fn draw_markdown(text: &mut String, heading: &str, lines: &[Line]) {
    let cell = |text: &str| text.replace('|', "\\|");
    let _ = writeln!(text, "| {} | {} |", cell(heading), head().join(" | "));
    let _ = writeln!(text, "|---|---|---|---|---|");
    for line in lines {
        let title = line.title.replace("  ", "&nbsp;&nbsp;");
        let cells: Vec<String> = line.cells.iter().map(|text| cell(text)).collect();
        let _ = writeln!(text, "| {} | {} |", cell(&title), cells.join(" | "));
    }
}

/// What decides, and for which workloads at which places.
type Decided<'r> = Vec<(&'r str, Vec<Event>, Vec<(Span, &'r str)>)>;

/// Places that are listed for one text.
const PLACES: usize = 4;

fn why(text: &mut String, run: &Run, unit: &Judged, style: Style, all: bool) {
    let mut decided: Decided<'_> = Vec::new();
    for row in &unit.rows {
        let mut own: Vec<(&Reason, Vec<Event>)> = Vec::new();
        for event in Event::ALL.into_iter().filter(|event| row.survives(*event) == Some(false)) {
            for reason in &row.after(event).because {
                match own.iter_mut().find(|one| one.0 == reason) {
                    Some(one) => one.1.push(event),
                    None => own.push((reason, vec![event])),
                }
            }
        }
        for (reason, events) in own {
            let place = (reason.span, row.title.as_str());
            match decided.iter_mut().find(|one| one.0 == reason.text && one.1 == events) {
                Some(one) => one.2.push(place),
                None => decided.push((&reason.text, events, vec![place])),
            }
        }
    }
    for (what, events, places) in decided {
        let events: Vec<&str> = events.iter().map(|event| event.name()).collect();
        let head = harmless(&format!("{what} ({})", events.join(", "))).into_owned();
        let (start, mark) = if style == Style::Text { ("  ", "") } else { ("", "- ") };
        let _ = writeln!(text, "\n{start}{head}{}", if style == Style::Text { "" } else { "\n" });
        let shown = if all { places.len() } else { PLACES };
        for (span, title) in places.iter().take(shown) {
            let line = harmless(&format!("{}  {title}", place(run, *span))).into_owned();
            let _ = writeln!(text, "{start}{start}{mark}{line}");
        }
        if places.len() > shown {
            let _ = writeln!(text, "{start}{start}{mark}and {} more", places.len() - shown);
        }
    }
}

fn draw_chains(text: &mut String, run: &Run, unit: &Judged) {
    for entry in &unit.entries {
        let _ = writeln!(text, "\n{}", harmless(&format!("{} ({})", entry.title, place(run, entry.span))));
        for step in &entry.steps {
            let names: Vec<&str> = step.rows.iter().map(|row| unit.rows[*row].title.as_str()).collect();
            let line = format!("  {} ({}) → {}", step.name, place(run, step.span), names.join(", "));
            let _ = writeln!(text, "{}", harmless(&line));
        }
    }
}

fn path(run: &Run, span: Span) -> String {
    run.files.get(span.file.0 as usize).map_or_else(String::new, |file| file.path.clone())
}

fn place(run: &Run, span: Span) -> String {
    let Some(file) = run.files.get(span.file.0 as usize) else {
        return String::new();
    };
    let place = file.place(span.start);
    format!("{}:{}:{}", file.path, place.line, place.column)
}

#[derive(Serialize)]
struct Report<'r> {
    version: u32,
    units: Vec<Unit<'r>>,
}

#[derive(Serialize)]
struct Unit<'r> {
    cluster: &'r str,
    entries: Vec<JsonEntry<'r>>,
    workloads: Vec<JsonRow<'r>>,
}

#[derive(Serialize)]
struct JsonEntry<'r> {
    object: &'r str,
    at: String,
    needs: Vec<JsonStep<'r>>,
    after: BTreeMap<&'static str, JsonWeakest<'r>>,
}

#[derive(Serialize)]
struct JsonStep<'r> {
    name: &'r str,
    at: String,
    workloads: Vec<&'r str>,
}

#[derive(Serialize)]
struct JsonWeakest<'r> {
    survives: Option<bool>,
    weakest: Option<&'r str>,
    stay: Option<i64>,
    of: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonRow<'r> {
    object: &'r str,
    namespace: Option<&'r str>,
    at: String,
    replicas: Option<i64>,
    needs: i64,
    smallest_cluster: Option<usize>,
    bounded: bool,
    after: BTreeMap<&'static str, JsonOutcome<'r>>,
}

#[derive(Serialize)]
struct JsonOutcome<'r> {
    survives: Option<bool>,
    stay: Option<i64>,
    waits: bool,
    because: Vec<JsonReason<'r>>,
    returns: Option<&'r str>,
}

#[derive(Serialize)]
struct JsonReason<'r> {
    at: String,
    text: &'r str,
}

/// The same as JSON.
pub fn json(run: &Run, judged: &[Judged]) -> String {
    let report = Report { version: 1, units: judged.iter().map(|unit| json_unit(run, unit)).collect() };
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = write_safe(&report, &mut out);
    out.push(b'\n');
    String::from_utf8_lossy(&out).into_owned()
}

fn json_unit<'r>(run: &Run, unit: &'r Judged) -> Unit<'r> {
    let entry = |entry: &'r Entry| JsonEntry {
        object: &entry.title,
        at: place(run, entry.span),
        needs: entry
            .steps
            .iter()
            .map(|step| JsonStep {
                name: &step.name,
                at: place(run, step.span),
                workloads: step.rows.iter().map(|row| unit.rows[*row].title.as_str()).collect(),
            })
            .collect(),
        after: Event::ALL
            .into_iter()
            .map(|event| {
                let weakest = entry.weakest(&unit.rows, event);
                let stay = weakest.stay;
                let step = weakest.step.map(|step| entry.steps[step].name.as_str());
                let weakest = JsonWeakest {
                    survives: weakest.survives,
                    weakest: step,
                    stay: stay.map(|stay| stay.0),
                    of: stay.map(|stay| stay.1),
                };
                (event.name(), weakest)
            })
            .collect(),
    };
    let row = |row: &'r Row| JsonRow {
        object: &row.title,
        namespace: row.namespace.as_deref(),
        at: place(run, row.span),
        replicas: row.replicas,
        needs: row.needs,
        smallest_cluster: row.nodes,
        bounded: row.bounded,
        after: Event::ALL.into_iter().map(|event| (event.name(), json_outcome(run, row, event))).collect(),
    };
    Unit {
        cluster: &unit.cluster,
        entries: unit.entries.iter().map(entry).collect(),
        workloads: unit.rows.iter().map(row).collect(),
    }
}

fn json_outcome<'r>(run: &Run, row: &'r Row, event: Event) -> JsonOutcome<'r> {
    let Outcome { stay, stuck, because, returns } = row.after(event);
    let reason = |reason: &'r Reason| JsonReason { at: place(run, reason.span), text: &reason.text };
    JsonOutcome {
        survives: row.survives(event),
        stay: *stay,
        waits: *stuck,
        because: because.iter().map(reason).collect(),
        returns: returns.as_deref(),
    }
}

//! What survives: a table for a terminal, Markdown or a page, diagrams, JSON.

mod diagram;
mod html;
mod json;
mod table;

pub use diagram::diagram;
pub use html::html;
pub use json::json;
pub use table::{Style, table};

use super::text::{counted, harmless};
use crate::files::Span;
use crate::run::Run;
use crate::survival::entry::Entry;
use crate::survival::judge::{Event, Reason, Row};
use crate::survival::survey::Judged;

/// One line of the table: an entry point, or a workload.
struct Line {
    title: String,
    /// It is a workload below an entry point.
    below: bool,
    cells: Vec<Cell>,
}

/// What stays after one event.
struct Cell {
    survives: Option<bool>,
    /// The sign of the verdict, and the numbers behind it.
    text: String,
}

/// Titles of the columns, in the order of [`Event::ALL`].
const COLUMNS: [&str; Event::ALL.len()] =
    ["node lost", "two nodes lost", "zone lost", "drain", "rollout", "drain in rollout"];

/// What an event is called in a list.
fn word(event: Event) -> String {
    event.name().replace('-', " ")
}

/// What a unit is called, and what its cluster was taken to be.
fn heading(run: &Run, unit: &Judged) -> String {
    let mut names = unit.names.clone();
    if names.is_empty() {
        let folder = |path: String| path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        names = unit.rows.iter().map(|row| folder(path(run, row.span))).collect();
        names.dedup();
    }
    let place = match &names[..] {
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        [] => ".".to_owned(),
    };
    harmless(&format!("{place}, on {}", unit.cluster)).into_owned()
}

fn lines(unit: &Judged) -> Vec<Line> {
    let mut lines = Vec::new();
    for entry in &unit.entries {
        let cell = |event| {
            let survives = entry.weakest(&unit.rows, event).survives;
            Cell { survives, text: sign(survives).to_owned() }
        };
        let cells = Event::ALL.into_iter().map(cell).collect();
        lines.push(Line { title: harmless(&entry.title).into_owned(), below: false, cells });
    }
    for row in &unit.rows {
        let cells = Event::ALL.into_iter().map(|event| cell(row, event)).collect();
        let title = harmless(&row.title).into_owned();
        lines.push(Line { title, below: !unit.entries.is_empty(), cells });
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

fn cell(row: &Row, event: Event) -> Cell {
    let (outcome, survives) = (row.after(event), row.survives(event));
    let text = match (outcome.stay, row.replicas) {
        _ if outcome.stuck => "✗ waits".to_owned(),
        // How many nodes there are is the cluster's business.
        (Some(_), _) if row.on_each_node => sign(survives).to_owned(),
        (Some(stay), Some(all)) => {
            // What a rollout leaves does not depend on where the pods are.
            let least = if row.bounded && event != Event::Rollout { "≥" } else { "" };
            format!("{} {least}{stay} of {all}", sign(survives))
        }
        _ => "?".to_owned(),
    };
    Cell { survives: survives.filter(|_| !outcome.stuck).or(outcome.stuck.then_some(false)), text }
}

/// A sentence and the events that it is true of.
struct Said<T> {
    text: String,
    events: Vec<Event>,
    about: T,
}

/// The way from each entry point that fails to the workload that takes it down.
fn chains<'u>(unit: &'u Judged) -> Vec<Said<&'u Entry>> {
    let mut said: Vec<Said<&'u Entry>> = Vec::new();
    for entry in &unit.entries {
        for event in Event::ALL {
            let weakest = entry.weakest(&unit.rows, event);
            let Some(step) = weakest.step.filter(|_| weakest.survives == Some(false)) else {
                continue;
            };
            let text = chain(entry, unit, step, event);
            match said.iter_mut().find(|one| one.text == text) {
                Some(one) => one.events.push(event),
                None => said.push(Said { text, events: vec![event], about: entry }),
            }
        }
    }
    said
}

fn chain(entry: &Entry, unit: &Judged, step: usize, event: Event) -> String {
    let mut text = entry.title.clone();
    for step in entry.way(&unit.rows, step) {
        let step = &entry.steps[step];
        // A Service may be the entry point itself.
        if entry.title != step.name {
            text = format!("{text} → {}", step.name);
        }
        let own = || step.rows.iter().map(|row| &unit.rows[*row]);
        let stuck = own().any(|row| row.after(event).stuck);
        let stay = own().map(|row| row.after(event).stay).sum::<Option<i64>>();
        let all = own().map(|row| row.replicas).sum::<Option<i64>>();
        let pods = |count: i64| counted(usize::try_from(count).unwrap_or(0), "pod");
        text = match (stay, all) {
            _ if stuck => format!("{text} → waits"),
            (Some(0), Some(all)) => format!("{text} → {}, none stays", pods(all)),
            (Some(stay), Some(all)) if stay < all => {
                format!("{text} → {}, {stay} {}", pods(all), if stay == 1 { "stays" } else { "stay" })
            }
            (_, Some(all)) => format!("{text} → {}", pods(all)),
            _ => text,
        };
    }
    harmless(&text).into_owned()
}

/// The lines that decide, each with the workloads that it decides for, and what does not come back by itself.
fn decided(unit: &Judged) -> Vec<Said<Vec<(Span, &str)>>> {
    let mut said: Vec<Said<Vec<(Span, &str)>>> = Vec::new();
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
            put(&mut said, reason.text.clone(), events, (reason.span, row.title.as_str()));
        }
    }
    for row in &unit.rows {
        let mut own: Vec<(&str, Vec<Event>)> = Vec::new();
        for event in Event::ALL {
            let outcome = row.after(event);
            let lost = outcome.stay.zip(row.replicas).is_some_and(|(stay, all)| stay < all);
            let Some(text) = outcome.returns.as_deref().filter(|_| lost) else {
                continue;
            };
            match own.iter_mut().find(|one| one.0 == text) {
                Some(one) => one.1.push(event),
                None => own.push((text, vec![event])),
            }
        }
        for (text, events) in own {
            put(&mut said, format!("afterwards: {text}"), events, (row.span, row.title.as_str()));
        }
    }
    said
}

fn put<'u>(
    said: &mut Vec<Said<Vec<(Span, &'u str)>>>,
    text: String,
    events: Vec<Event>,
    place: (Span, &'u str),
) {
    match said.iter_mut().find(|one| one.text == text && one.events == events) {
        Some(one) => one.about.push(place),
        None => said.push(Said { text, events, about: vec![place] }),
    }
}

/// A sentence with its events.
fn with_events(text: &str, events: &[Event]) -> String {
    let events: Vec<String> = events.iter().map(|event| word(*event)).collect();
    harmless(&format!("{text} ({})", events.join(", "))).into_owned()
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

//! Requirements: what somebody wants to survive, and does not.

mod edits;

use std::collections::HashSet;

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::files::Span;
use crate::finding::Out;
use crate::inventory::Inventory;
use crate::survival::entry::{Entry, entries};
use crate::survival::judge::{Event, Judge, Row};
use crate::survival::mend;
use crate::survival::survey::given;
use crate::text::suggest::nearest;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("survival-unmet", Check::Unit(unmet))];

/// The annotation that requires something.
const REQUIRES: &str = "wplint.dev/survives";

/// What an object must survive, as it says itself or as the configuration says.
struct Requirement<'i, 'a> {
    object: &'i Object<'a>,
    by: By<'i, 'a>,
    events: Vec<Event>,
}

/// Who requires it.
enum By<'i, 'a> {
    /// The annotation.
    Annotation(Node<'a>),
    /// A line of the configuration.
    Line(&'i str),
}

fn unmet(inventory: &Inventory<'_>, out: &mut Out) {
    let written = inventory.objects.iter().filter_map(|object| Some((object, object.annotation(REQUIRES)?)));
    let mut required = Vec::new();
    for (object, at) in written {
        let mut events = Vec::new();
        for name in at.text().split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match Event::parse(name) {
                Some(event) => events.push(event),
                None => misspelt(out, at, name),
            }
        }
        required.push(Requirement { object, by: By::Annotation(at), events });
    }
    for one in &inventory.surroundings.require {
        let events: Vec<Event> = one.survives.iter().filter_map(|name| Event::parse(name)).collect();
        let any_kind = one.pattern.kind.is_none();
        let workloads: Vec<Span> = match any_kind {
            true => inventory.workloads.iter().map(|one| one.object.anchor().span()).collect(),
            false => Vec::new(),
        };
        let meant = |object: &&Object<'_>| {
            one.pattern.matches(object) && (!any_kind || workloads.contains(&object.anchor().span()))
        };
        required.extend(inventory.objects.iter().filter(meant).map(|object| Requirement {
            object,
            by: By::Line(&one.line),
            events: events.clone(),
        }));
    }
    if required.is_empty() {
        return;
    }
    let given = given(inventory);
    let judge = Judge::new(inventory, &given);
    let rows = judge.rows();
    let entries = entries(inventory, &rows);
    // Two requirements may mean one workload.
    let mut told = HashSet::new();
    for one in &required {
        let own = |row: &&Row| match one.object.kind {
            "Namespace" => row.namespace.as_deref() == Some(one.object.name),
            _ => inventory.workloads[row.workload].object.anchor().span() == one.object.anchor().span(),
        };
        let entry = entries.iter().find(|entry| entry.span == one.object.anchor().span());
        for &event in &one.events {
            let weakest = entry.and_then(|entry| weakest(entry, &rows, event));
            for row in rows.iter().filter(own).chain(weakest) {
                if told.insert((row.workload, event)) {
                    report(out, &judge, one, row, event);
                }
            }
        }
    }
}

/// The workload that takes an entry point down.
fn weakest<'r>(entry: &Entry, rows: &'r [Row], event: Event) -> Option<&'r Row> {
    let weakest = entry.weakest(rows, event);
    let step = weakest.step.filter(|_| weakest.survives == Some(false))?;
    entry.steps[step].rows.first().map(|row| &rows[*row])
}

fn report(out: &mut Out, judge: &Judge<'_, '_>, one: &Requirement<'_, '_>, row: &Row, event: Event) {
    if row.survives(event) != Some(false) {
        return;
    }
    let outcome = row.after(event);
    let what = event.phrase();
    let left = match (outcome.stay, row.replicas) {
        _ if outcome.stuck => "it never ends".to_owned(),
        (Some(stay), Some(all)) => format!("{stay} of {all} pods may be left"),
        _ => String::new(),
    };
    let name = row.title.rsplit(' ').next().unwrap_or("");
    let place = outcome.because.first().map_or(row.span, |reason| reason.span);
    let mut draft = out.report(place, format!("{name} does not survive {what}: {left}"));
    if let Some(first) = outcome.because.first() {
        draft = draft.label(first.text.clone());
    }
    for reason in outcome.because.iter().skip(1) {
        draft = draft.also(reason.span, reason.text.clone());
    }
    draft = match one.by {
        By::Annotation(at) => draft.also(at, format!("required here: `{}`", event.name())),
        By::Line(line) => draft.note(format!("`{}` is required by {line}", event.name())),
    };
    if let Some(changes) = mend::smallest(judge, row, event) {
        let fix = edits::fix(judge.inventory, row, &changes);
        let changes: Vec<String> = changes.iter().map(|change| change.text()).collect();
        draft.help(changes.join(", and ")).fix_if(fix);
    }
}

fn misspelt(out: &mut Out, at: Node<'_>, name: &str) {
    let names = Event::ALL.map(Event::name);
    let draft = out.report(at, format!("`{name}` is not an event that can be survived"));
    match nearest(name, names) {
        Some(known) if at.text().trim() == name => draft.meant(at, known),
        Some(known) => draft.help(format!("did you mean `{known}`?")),
        None => draft.help(format!("use {}", names.join(", "))),
    };
}

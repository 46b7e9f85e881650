//! What survives, as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::place;
use crate::report::json::write_safe;
use crate::run::Run;
use crate::survival::entry::Entry;
use crate::survival::judge::{Event, Outcome, Reason, Row};
use crate::survival::survey::Judged;

#[derive(Serialize)]
struct Report<'r> {
    version: u32,
    units: Vec<Unit<'r>>,
}

#[derive(Serialize)]
struct Unit<'r> {
    names: &'r [String],
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

/// Every unit, with everything that was calculated.
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
        names: &unit.names,
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

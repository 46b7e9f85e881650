//! Known findings: recorded once, hidden from then on, told apart by fingerprint and never by line.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::run::{ObjectRef, Reported, Run, Status};

#[derive(Serialize, Deserialize)]
struct Entry {
    fingerprint: String,
    rule: String,
    path: String,
    object: Option<String>,
    count: usize,
}

#[derive(Deserialize)]
struct Baseline {
    version: u32,
    entries: Vec<Entry>,
}

/// Hides the recorded findings and returns how many entries match nothing any more.
pub fn apply(run: &mut Run, path: &Path) -> Result<usize, String> {
    let wrong = |why: String| format!("cannot use the baseline {}: {why}", path.display());
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let baseline: Baseline = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if baseline.version != 1 {
        return Err(wrong(format!("version {} is not known", baseline.version)));
    }
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &baseline.entries {
        *left.entry(&entry.fingerprint).or_default() += entry.count;
    }
    let recorded = left.clone();
    for one in run.findings.iter_mut() {
        if let Some(count) = left.get_mut(one.fingerprint.as_str()).filter(|count| **count > 0) {
            *count -= 1;
            if matches!(one.status, Status::Shown | Status::Hidden) {
                one.status = Status::Baselined;
            }
        }
    }
    Ok(baseline
        .entries
        .iter()
        .filter(|entry| left.get(&*entry.fingerprint) == recorded.get(&*entry.fingerprint))
        .count())
}

/// Records every finding that nobody silenced, whatever else hides it.
pub fn write(run: &Run, path: &Path) -> Result<(), String> {
    let mut entries: BTreeMap<(String, &str, &str), Entry> = BTreeMap::new();
    for one in run.findings.iter().filter(|one| !matches!(one.status, Status::Suppressed { .. })) {
        let file = run.files.get(one.finding.span.file.0 as usize).map_or("", |file| &file.path);
        let key = (file.to_owned(), one.finding.rule, one.fingerprint.as_str());
        entries.entry(key).or_insert_with(|| entry(one, file)).count += 1;
    }
    let failed = |error: std::io::Error| format!("cannot write the baseline {}: {error}", path.display());
    let mut text = b"{\"version\": 1, \"entries\": [".to_vec();
    for (at, entry) in entries.values().enumerate() {
        let line_break = if at == 0 { "\n" } else { ",\n" };
        write!(text, "{line_break}  {}", serde_json::to_string(entry).map_err(|error| failed(error.into()))?)
            .map_err(failed)?;
    }
    text.extend_from_slice(if entries.is_empty() { b"]}\n" } else { b"\n]}\n" });
    fs::write(path, text).map_err(failed)
}

fn entry(one: &Reported, path: &str) -> Entry {
    Entry {
        fingerprint: one.fingerprint.clone(),
        rule: one.finding.rule.to_owned(),
        path: path.to_owned(),
        object: one.object.as_ref().map(object),
        count: 0,
    }
}

fn object(object: &ObjectRef) -> String {
    let namespace = object.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{} {namespace}{}", object.kind, object.name)
}

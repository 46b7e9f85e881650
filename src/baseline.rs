//! Known findings: recorded once, hidden from then on, told apart by fingerprint and never by line.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::inside;
use crate::files::write::whole;
use crate::rules;
use crate::run::{ObjectRef, Reported, Run, Status};
use crate::settings::Settings;

/// Larger files are no baselines.
const LARGEST: u64 = 256 << 20;

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

/// Hides the recorded findings and returns the entries that match nothing any more, as `rule path object`.
///
/// Only entries that this run could have found are called stale: their rule was asked for (or is gone), and their
/// file lies below one of the paths.
pub fn apply(
    run: &mut Run,
    path: &Path,
    paths: &[PathBuf],
    settings: &Settings,
) -> Result<Vec<String>, String> {
    let wrong = |why: String| format!("cannot use the baseline {}: {why}", path.display());
    let about = fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
    if !about.is_file() {
        return Err(wrong("it is not a regular file".to_owned()));
    }
    let text = inside::read(path, LARGEST).ok_or_else(|| wrong("it cannot be read".to_owned()))?;
    // The file is not quoted: a configuration may name any.
    let place = |error: serde_json::Error| format!("line {} is not as wplint writes it", error.line());
    let baseline: Baseline = serde_json::from_slice(&text).map_err(|error| wrong(place(error)))?;
    if baseline.version != 1 {
        return Err(wrong(format!("version {} is not known", baseline.version)));
    }
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &baseline.entries {
        let count = left.entry(&entry.fingerprint).or_default();
        *count = count.saturating_add(entry.count);
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
    let view: Vec<PathBuf> = paths.iter().map(|path| seen(path, settings)).collect();
    let could_be_found = |entry: &&Entry| {
        let asked = rules::find(&entry.rule).is_none() || settings.is_enabled(&entry.rule);
        let file = settings.absolute(&Path::new(&settings.root.path).join(&entry.path));
        asked && view.iter().any(|path| file.starts_with(path))
    };
    let idle = |entry: &&Entry| left.get(&*entry.fingerprint) == recorded.get(&*entry.fingerprint);
    Ok(baseline.entries.iter().filter(idle).filter(could_be_found).map(describe).collect())
}

/// A path of the command line as absolute; standard input is what it was named.
fn seen(path: &Path, settings: &Settings) -> PathBuf {
    let path = if path == Path::new("-") { Path::new(&settings.stdin_name) } else { path };
    settings.absolute(path)
}

fn describe(entry: &Entry) -> String {
    let object = entry.object.as_ref().map(|object| format!(" {object}")).unwrap_or_default();
    format!("{} {}{object}", entry.rule, entry.path)
}

/// Records every finding that nobody silenced, whatever else hides it, and returns how many there are.
pub fn write(run: &Run, path: &Path, settings: &Settings) -> Result<usize, String> {
    let mut entries: BTreeMap<(String, &str, &str), Entry> = BTreeMap::new();
    for one in run.findings.iter().filter(|one| is_recorded(one)) {
        let file = run.files.get(one.finding.span.file.0 as usize).map_or("", |file| &file.path);
        let file = settings.root.rooted(file);
        let key = (file.clone(), one.finding.rule.name(), one.fingerprint.as_str());
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
    whole(path, |out| out.write_all(&text)).map_err(failed)?;
    Ok(entries.values().map(|entry| entry.count).sum())
}

/// Whether a baseline written from this run holds the finding.
pub fn is_recorded(one: &Reported) -> bool {
    !matches!(one.status, Status::Suppressed { .. })
}

fn entry(one: &Reported, path: String) -> Entry {
    Entry {
        fingerprint: one.fingerprint.clone(),
        rule: one.finding.rule.name().to_owned(),
        path,
        object: one.object.as_ref().map(object),
        count: 0,
    }
}

fn object(object: &ObjectRef) -> String {
    let namespace = object.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{} {namespace}{}", object.kind, object.name)
}

//! The way from paths to a [`Run`]: read, parse, decode, group, check, identify, silence.

mod deploy;
mod guard;
mod identify;
mod reading;
mod units;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::document::{self, Class, Document};
use crate::finding::{Finding, Severity};
use crate::kube::object::Object;
use crate::kube::secrets;
use crate::rules::{self, Rule};
use crate::run::{Counts, InputNote, InputStatus, Reported, Run, Status};
use crate::scan::{self, Scan};
use crate::settings::Settings;
use crate::source::{FileId, SourceFile, Span};
use crate::suppress;
use crate::yaml::Tree;
use guard::guarded;
use identify::Places;
use units::Crash;

/// Lints everything under the paths; `-` is standard input.
pub fn lint(paths: &[PathBuf], settings: &Settings) -> Run {
    let mut clock = Clock::new();
    let scan = scan::scan(paths, &settings.scan_options());
    clock.lap("scan");
    lint_scan(scan, clock, settings, true)
}

fn lint_scan(scan: Scan, mut clock: Clock, settings: &Settings, disk: bool) -> Run {
    let Scan { mut files, notes, unreadable, single_files } = scan;
    let documents = document::load(&files);
    clock.lap("parse");

    let classes: Vec<Class<'_>> = documents.par_iter().map(document::classify).collect();
    let objects: Vec<(usize, Object<'_>)> = classes
        .iter()
        .enumerate()
        .flat_map(|(at, class)| class.objects().into_iter().map(move |object| (at, object)))
        .map(|(at, object)| (at, Object::with_type(object.node, object.api_version, object.kind)))
        .collect();
    let enabled: Vec<&'static Rule> = rules::all().filter(|rule| settings.is_enabled(rule.name)).collect();
    let mut findings = reading::check(&documents, &classes, &enabled);
    clock.lap("decode");

    let mut units = units::group(&files, &documents, &classes, &objects);
    units.iter_mut().for_each(|unit| unit.view.single_files = single_files);
    let deployed = guarded(|| deploy::evaluate(&files, &documents, &units, disk)).unwrap_or_default();
    let trees = deployed.iter().flatten().flat_map(|one| &one.trees);
    let mut pool: Vec<Object<'_>> = objects.iter().map(|one| one.1).collect();
    pool.extend(trees.map(|tree| {
        Object::with_type(
            tree.root(),
            tree.root().get("apiVersion").map_or("", |version| version.text()),
            tree.root().get("kind").map_or("", |kind| kind.text()),
        )
    }));
    deploy::replace(&mut units, &deployed, &pool, objects.len());
    units.retain(|unit| !unit.objects.is_empty());
    findings
        .extend(deploy::troubles(&deployed, &files).into_iter().filter(|one| settings.is_enabled(one.rule)));
    clock.lap("units");
    let (found, crashes) = units::check(&units, &pool, files.len(), &settings.surroundings, &enabled);
    findings.extend(found);
    let internal_error = !crashes.is_empty();
    findings.extend(crashes.iter().map(Crash::finding));
    clock.lap("rules");

    let mut counts =
        Counts { files: files.len(), objects: objects.len(), units: units.len(), ..Counts::default() };
    let inputs = account(&documents, &classes, notes, &mut counts);
    let places = Places::new(&documents, &objects, files.len());
    let config = FileId(files.len() as u32);
    files.extend(settings.config_file(config).map(Arc::new));
    let mut reported = settle(findings, &files, &places, settings);
    let trees: Vec<&Tree> = documents.iter().filter_map(Document::tree).collect();
    let only: Vec<Object<'_>> = objects.iter().map(|one| one.1).collect();
    let input = suppress::Input { documents: &trees, objects: &only, files: &files, config };
    let more = suppress::silence(&mut reported, &input, settings);
    reported.extend(settle(more, &files, &places, settings));
    reported.sort_by(|one, other| key(&one.finding).cmp(&key(&other.finding)));
    suppress::hide(&mut reported, &files, settings);
    let masks = masks(&reported, &pool);
    clock.lap("silence");
    Run { findings: reported, inputs, counts, unreadable, masks, internal_error, timings: clock.laps, files }
}

/// Lints files that are already in memory, as tests and editors have them.
pub fn lint_texts(texts: Vec<(String, String)>, settings: &Settings) -> Run {
    let file = |(at, (path, text)): (usize, (String, String))| {
        Arc::new(SourceFile::new(FileId(at as u32), path, text))
    };
    let files = texts.into_iter().enumerate().map(file).collect();
    lint_scan(Scan { files, ..Scan::default() }, Clock::new(), settings, false)
}

/// Every document in exactly one of the four classes; those that were not linted are listed.
fn account(
    documents: &[Document],
    classes: &[Class<'_>],
    notes: Vec<scan::Note>,
    counts: &mut Counts,
) -> Vec<InputNote> {
    let mut inputs = Vec::new();
    for note in notes {
        let status = match note.status {
            scan::Status::Skipped => InputStatus::Skipped,
            scan::Status::Failed => InputStatus::Failed,
        };
        count(counts, status);
        inputs.push(InputNote { path: note.path, line: None, status, reason: note.reason });
    }
    let pairs: Vec<(&Document, &Class<'_>)> = documents.iter().zip(classes).collect();
    let mut charts: Vec<&str> = Vec::new();
    for own in pairs.chunk_by(|one, other| one.0.source.id == other.0.source.id) {
        let real = || own.iter().filter(|one| !matches!(one.1, Class::Comments));
        counts.documents += real().count();
        let unread: Vec<(&Document, InputStatus, String)> = real()
            .filter_map(|(document, class)| {
                let reason = class.reason()?.into_owned();
                let status = match class {
                    Class::NotKubernetes(_) => InputStatus::NotKubernetes,
                    Class::Template(_) => InputStatus::Skipped,
                    _ => InputStatus::Failed,
                };
                Some((*document, status, reason))
            })
            .collect();
        unread.iter().for_each(|one| count(counts, one.1));
        // One word per chart, not one per template.
        if let Some(Class::Template(Some(chart))) = own.first().map(|one| one.1) {
            if !charts.contains(chart) {
                charts.push(chart);
                let path = if chart.is_empty() { ".".to_owned() } else { (*chart).to_owned() };
                let reason = "an unrendered chart: lint the output of `helm template`".to_owned();
                inputs.push(InputNote { path, line: None, status: InputStatus::Skipped, reason });
            }
            continue;
        }
        let whole = unread.len() == real().count() && unread.iter().all(|one| one.1 == unread[0].1);
        for (document, status, reason) in unread.into_iter().take(if whole { 1 } else { usize::MAX }) {
            let start = document.piece.start as u32;
            let line = (!whole).then(|| document.source.place(start).line);
            inputs.push(InputNote { path: document.source.path.clone(), line, status, reason });
        }
    }
    inputs.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
    inputs
}

fn count(counts: &mut Counts, status: InputStatus) {
    match status {
        InputStatus::NotKubernetes => counts.not_kubernetes += 1,
        InputStatus::Skipped => counts.skipped += 1,
        InputStatus::Failed => counts.failed += 1,
    }
}

/// Puts findings in order and decides severity, object and fingerprint.
fn settle(
    mut findings: Vec<Finding>,
    files: &[Arc<SourceFile>],
    places: &Places<'_>,
    settings: &Settings,
) -> Vec<Reported> {
    findings.sort_by(|one, other| key(one).cmp(&key(other)));
    findings.dedup();
    let mut seen = HashMap::new();
    let report = |finding: Finding| {
        let file = &files[finding.span.file.0 as usize];
        let (object, fingerprint) = places.identify(&finding, file, &mut seen);
        let group = rules::find(finding.rule).map_or("internal", |rule| rule.page().group);
        let severity = settings.severity_of(&finding);
        Reported { severity, group, object, fingerprint, status: Status::Shown, finding }
    };
    findings.into_iter().map(report).collect()
}

/// The order of reports: files are sorted by path, so their numbers are too.
fn key(finding: &Finding) -> (Span, &'static str, &str) {
    (finding.span, finding.rule, &finding.message)
}

/// Secret values of the objects in files that have findings: nothing of another file is ever printed.
fn masks(findings: &[Reported], objects: &[Object<'_>]) -> Vec<Span> {
    let shown = findings.iter().flat_map(|one| {
        let also = one.finding.also.iter().map(|label| label.span.file);
        also.chain([one.finding.span.file])
    });
    let shown: std::collections::HashSet<_> = shown.collect();
    let mut masks: Vec<Span> = objects
        .iter()
        .filter(|object| object.node.tree().files().any(|file| shown.contains(&file)))
        .flat_map(|object| secrets::spans(*object))
        .collect();
    masks.sort_unstable();
    masks
}

impl Crash {
    fn finding(&self) -> Finding {
        Finding {
            rule: "internal-error",
            severity: Some(Severity::Error),
            span: self.at,
            label: Some("while it looked at the unit of this object".to_owned()),
            also: Vec::new(),
            message: format!("rule `{}` failed: this is a bug in wplint", self.rule),
            help: Some("everything else was checked; please report this with the manifests".to_owned()),
        }
    }
}

/// Measures the stages of a run.
struct Clock {
    last: Instant,
    laps: Vec<(&'static str, Duration)>,
}

impl Clock {
    fn new() -> Self {
        Clock { last: Instant::now(), laps: Vec::new() }
    }

    fn lap(&mut self, stage: &'static str) {
        self.laps.push((stage, self.last.elapsed()));
        self.last = Instant::now();
    }
}

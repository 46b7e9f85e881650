//! The way from paths to a [`Run`]: read, parse, decode, group, check, identify, silence.

mod deploy;
mod excuse;
mod identify;
mod origin;
mod reading;
mod shape;
mod stages;
mod units;
mod unlisted;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use crate::clock::Clock;
use crate::document::Object;
use crate::document::{self, Class, Document};
use crate::files::scan::{self, Scan};
use crate::files::{FileId, SourceFile, Span};
use crate::finding::{Finding, RuleId, Severity};
use crate::guard::guarded;
use crate::inventory::kind_and_name;
use crate::project::{Contexts, Member, Parts, Unit, deploys_by_path, folders};
use crate::rules::{self, Rule};
use crate::run::{Counts, InputNote, InputStatus, Reported, Run, Status, UnitNote};
use crate::schema;
use crate::secrets::{credential, mask};
use crate::settings::Settings;
use crate::suppress;
use crate::yaml::Tree;
use identify::Places;
use origin::Origins;
use stages::Stages;
use units::{Busy, Crash};

/// The rule that speaks of our own failures.
const CRASHED: RuleId = RuleId::new("internal-error");

/// The stages that [`lint_watched`] tells of, in their order.
pub const STAGES: [&str; 6] = ["read", "parse", "decode", "units", "rules", "finish"];

/// Lints everything under the paths; `-` is standard input.
pub fn lint(paths: &[PathBuf], settings: &Settings) -> Run {
    lint_watched(paths, settings, &|_| {})
}

/// The same, and tells which stage begins, for those who wait.
pub fn lint_watched(paths: &[PathBuf], settings: &Settings, watch: &dyn Fn(&'static str)) -> Run {
    watch("read");
    match guarded(|| scan::scan(paths, &settings.scan_options())) {
        Some(scan) => lint_guarded(scan, settings, watch, true),
        None => stages::nothing(Vec::new()),
    }
}

/// The net below all stages.
fn lint_guarded(scan: Scan, settings: &Settings, watch: &dyn Fn(&'static str), disk: bool) -> Run {
    let files = scan.files.clone();
    guarded(|| lint_scan(scan, settings, watch, disk)).unwrap_or_else(|| stages::nothing(files))
}

/// `disk`: the files are those of a disk, where more may be than was read.
fn lint_scan(scan: Scan, settings: &Settings, watch: &dyn Fn(&'static str), disk: bool) -> Run {
    let Scan { mut files, notes, unreadable, single_files, roots, timings } = scan;
    let mut clock = Clock::after(timings);
    let mut stages = Stages::default();
    watch("parse");
    let documents = document::load(&files);
    clock.lap("parse");
    watch("decode");

    let classes: Vec<Class<'_>> = documents.par_iter().map(document::classify).collect();
    let objects: Vec<(usize, Object<'_>)> = classes
        .iter()
        .enumerate()
        .flat_map(|(at, class)| class.objects().into_iter().map(move |object| (at, object)))
        .map(|(at, object)| {
            // An object whose type is misspelt is judged as what was meant; `unknown-kind` speaks of the type.
            let meant = schema::meant(object.api_version, object.kind);
            let types = meant.map_or((object.api_version, object.kind), |one| (one.api_version, one.kind));
            (at, object.retyped(types.0, types.1))
        })
        .collect();
    let kustomizations = stages.run("kustomizations", || units::kustomizations(&documents, &objects));
    let enabled: Vec<&'static Rule> = rules::all().filter(|rule| settings.is_enabled(rule.name)).collect();
    let parts = Parts::new(&kustomizations);
    clock.lap("decode");
    let contexts = Contexts::new(&files, &documents, &roots, |_| None);
    let view = shape::View::new(&documents, &objects, &parts, &contexts, &settings.surroundings);
    let mut findings = reading::check(&documents, &classes, &view, &enabled);
    clock.lap("schema");
    watch("units");

    let mut units = stages
        .run("units", || units::group(&files, &documents, &classes, &objects, &kustomizations, &contexts));
    units.iter_mut().for_each(|unit| unit.view.single_files = single_files);
    let deployed = stages.run("kustomize", || deploy::evaluate(&files, &documents, &mut units, disk));
    let trees = deployed.iter().flatten().flat_map(|one| &one.trees);
    let mut pool: Vec<Object<'_>> = objects.iter().map(|one| one.1).collect();
    pool.extend(trees.map(|tree| {
        Object::with_type(
            tree.root(),
            tree.root().get("apiVersion").map_or("", |version| version.text()),
            tree.root().get("kind").map_or("", |kind| kind.text()),
        )
    }));
    stages.run("deploy", || deploy::replace(&mut units, &deployed, &pool, &files, objects.len()));
    units.retain(|unit| !unit.objects.is_empty());
    if units.len() > 1 {
        let named = objects.iter().map(|(_, object)| kind_and_name(object.kind, object.name));
        let named: Arc<foldhash::HashSet<u64>> = Arc::new(named.collect());
        units.iter_mut().for_each(|unit| unit.view.others = Arc::clone(&named));
    }
    if objects.iter().any(|(_, object)| deploys_by_path(object)) {
        let folders = Arc::new(folders(files.iter().map(|file| file.path.as_str())));
        units.iter_mut().for_each(|unit| unit.view.folders = Arc::clone(&folders));
    }
    let mut said = stages.run("troubles", || deploy::troubles(&deployed, &files));
    said.extend(stages.run("unseen", || deploy::unseen(&deployed)));
    said.extend(
        stages.run("unlisted", || unlisted::check(&files, &documents, &classes, &objects, &kustomizations)),
    );
    findings.extend(said.into_iter().filter(|one| settings.is_enabled(one.rule.name())));
    clock.lap("units");
    watch("rules");
    let busy = Busy::default();
    let (found, crashes) = stages.run("rules", || {
        units::check(&units, &pool, objects.len(), files.len(), &settings.surroundings, &enabled, &busy)
    });
    findings.extend(found);
    findings.extend(crashes.iter().map(Crash::finding));
    clock.lap_shared("inventory", busy.inventory.total(), "rules", busy.rules.total());
    watch("finish");

    let noted = stages.run("notes", || notes_of(&units, &pool));
    let mut counts =
        Counts { files: files.len(), objects: objects.len(), units: units.len(), ..Counts::default() };
    let inputs = stages.run("account", || account(&documents, &classes, notes, &mut counts));
    let places = Places::new(&documents, &objects, files.len());
    let config = FileId(files.len() as u32);
    files.extend(settings.config_file(config).map(Arc::new));
    let mut reported = stages.run("settle", || settle(findings, &files, &places, settings));
    let trees: Vec<&Tree> = documents.iter().filter_map(Document::tree).collect();
    let only: Vec<Object<'_>> = objects.iter().map(|one| one.1).collect();
    let input = suppress::Input { documents: &trees, objects: &only, files: &files, config };
    let more = stages.run("suppress", || suppress::silence(&mut reported, &input, settings));
    reported.extend(stages.run("settle", || settle(more, &files, &places, settings)));
    reported.sort_by(|one, other| key(&one.finding).cmp(&key(&other.finding)));
    stages.run("hide", || suppress::hide(&mut reported, &files, settings));
    stages.run("origins", || trace(&mut reported, &files, &documents, &places, disk));
    let masks = stages.or_else(
        "masks",
        || {
            let mut masks = masks(&reported, &pool, &files);
            let unread = documents.iter().filter(|document| document.tree().is_none());
            let in_text = |document: &Document| mask::in_text(&document.source, document.piece.clone());
            masks.extend(unread.flat_map(in_text));
            masks.sort_unstable();
            masks.dedup();
            masks
        },
        // Nobody knows any more what is secret.
        || files.iter().map(|file| file.span(0..file.text.len())).collect(),
    );
    reported.extend(stages.findings());
    reported.sort_by(|one, other| key(&one.finding).cmp(&key(&other.finding)));
    let internal_error = reported.iter().any(|one| one.finding.rule == CRASHED);
    clock.lap("silence");
    drop((units, classes));
    // Taking millions of nodes apart is nothing to wait for; a program that ends meanwhile never does it.
    rayon::spawn(move || drop(documents));
    Run {
        findings: reported,
        inputs,
        counts,
        units: noted,
        unreadable,
        masks,
        internal_error,
        timings: clock.into_laps(),
        files,
    }
}

/// Lints files that are already in memory, as tests and editors have them.
pub fn lint_texts(texts: Vec<(String, String)>, settings: &Settings) -> Run {
    let file = |(at, (path, text)): (usize, (String, String))| {
        Arc::new(SourceFile::new(FileId(at as u32), path, text))
    };
    let files = texts.into_iter().enumerate().map(file).collect();
    lint_guarded(Scan { files, ..Scan::default() }, settings, &|_| {}, false)
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

/// What was judged together, for those who ask.
fn notes_of(units: &[Unit], objects: &[Object<'_>]) -> Vec<UnitNote> {
    let note = |unit: &Unit| {
        let of_member = |member: &Member| objects[member.object].node.tree().files();
        let files: BTreeSet<FileId> = unit.objects.iter().flat_map(of_member).collect();
        UnitNote {
            kustomization: unit.kustomization.clone(),
            objects: unit.objects.len(),
            files: files.into_iter().collect(),
            incomplete: unit.view.incomplete || !unit.view.opaque.is_empty(),
        }
    };
    units.iter().map(note).collect()
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
        let path = settings.root.rooted(&file.path);
        let known = guarded(|| places.identify(&finding, &path, &mut seen));
        let (object, fingerprint) = known.unwrap_or_else(|| (None, identify::by_place(&finding, &path)));
        let group = rules::of(finding.rule).map_or("internal", |rule| rule.page().group);
        let severity = settings.severity_of(&finding);
        Reported { severity, group, object, fingerprint, origin: None, status: Status::Shown, finding }
    };
    findings.into_iter().map(report).collect()
}

/// Tells of findings on standard input what they were rendered from.
fn trace(
    reported: &mut [Reported],
    files: &[Arc<SourceFile>],
    documents: &[Document],
    places: &Places<'_>,
    disk: bool,
) {
    let mut origins = Origins::new(disk);
    for one in reported.iter_mut().filter(|one| files[one.finding.span.file.0 as usize].piped) {
        let span = one.finding.span;
        let document = places.document(span).map(|at| &documents[at]);
        one.origin = document.and_then(|document| origins.of(span, document, places.object(span)));
    }
}

/// The order of reports: files are sorted by path, so their numbers are too.
fn key(finding: &Finding) -> (Span, RuleId, &str) {
    (finding.span, finding.rule, &finding.message)
}

/// Lines around a place that a report may print with it.
const CONTEXT: u32 = 8;

/// Secret values of the objects that a report may print a line of: nothing of others is ever shown.
fn masks(findings: &[Reported], objects: &[Object<'_>], files: &[Arc<SourceFile>]) -> Vec<Span> {
    let mut shown: HashMap<FileId, Vec<(u32, u32)>> = HashMap::new();
    for one in findings {
        for span in one.finding.also.iter().map(|label| label.span).chain([one.finding.span]) {
            shown.entry(span.file).or_default().push((span.start, span.end));
        }
    }
    for (file, places) in &mut shown {
        let file = &files[file.0 as usize];
        for (start, end) in places.iter_mut() {
            let (first, last) = (file.line_index(*start), file.line_index(*end) as u32 + CONTEXT);
            *start = file.line_range(first.saturating_sub(CONTEXT as usize)).start as u32;
            *end = file.line_range(last as usize).end as u32;
        }
        places.sort_unstable();
        // From here on the ends ascend, too, so that one look tells whether a place is inside.
        let mut furthest = 0;
        for place in places {
            furthest = furthest.max(place.1);
            place.1 = furthest;
        }
    }
    let near = |object: &&Object<'_>| {
        let span = object.node.span();
        let mut others = object.node.tree().files().filter(|file| *file != span.file);
        if others.any(|file| shown.contains_key(&file)) {
            return true;
        }
        shown.get(&span.file).is_some_and(|places| {
            let before = places.partition_point(|place| place.0 <= span.end);
            before > 0 && places[before - 1].1 >= span.start
        })
    };
    let mut masks: Vec<Span> = objects
        .par_iter()
        .filter(near)
        .flat_map_iter(|object| mask::spans(*object).into_iter().chain(credential::spans(object)))
        .collect();
    masks.par_sort_unstable();
    masks.dedup();
    masks
}

impl Crash {
    fn finding(&self) -> Finding {
        Finding {
            severity: Some(Severity::Error),
            label: Some("while it looked at the unit of this object".to_owned()),
            help: Some("everything else was checked; please report this with the manifests".to_owned()),
            ..Finding::new(CRASHED, self.at, format!("rule `{}` failed: this is a bug in wplint", self.rule))
        }
    }
}

//! One run, stage by stage. A stage that panics costs what it adds and is named; the others go on.

use std::path::Path;
use std::sync::Arc;

use super::judge::{Busy, Court};
use super::memory::Memory;
use super::policies::{self, Laws, Team};
use super::settle::{key, settle, trace};
use super::stages::{self, Stages};
use super::updates::{self, Updates};
use super::{CRASHED, account, documents, mask};
use crate::clock::Clock;
use crate::document::{self, Document, Object};
use crate::files::scan::{Note, Scan};
use crate::files::{FileId, SourceFile};
use crate::finding::Finding;
use crate::guard::guarded;
use crate::kustomize::World;
use crate::project::{self, Charts, Contexts, Input, Project, past};
use crate::rules::{self, IMMUTABLE_FIELD_CHANGED, Rule};
use crate::run::{Counts, Reported, Run};
use crate::settings::Settings;
use crate::suppress;
use crate::yaml::Tree;

/// Lints what was read, with a net below all stages. `disk`: the files are those below this directory of a disk,
/// where more may be than was read.
pub fn run(scan: Scan, settings: &Settings, watch: &dyn Fn(&'static str), disk: Option<&Path>) -> Run {
    run_with(scan, settings, watch, disk, None)
}

/// The same for somebody who keeps what one run worked out for the next.
pub fn run_with(
    scan: Scan,
    settings: &Settings,
    watch: &dyn Fn(&'static str),
    disk: Option<&Path>,
    memory: Option<&mut Memory>,
) -> Run {
    let files = scan.files.clone();
    let pipeline = Pipeline {
        settings,
        watch,
        disk,
        enabled: rules::all().filter(|rule| settings.is_enabled(rule.name)).collect(),
        clock: Clock::after(scan.timings.clone()),
        stages: Stages::default(),
    };
    guarded(|| pipeline.lint(scan, memory)).unwrap_or_else(|| stages::nothing(files))
}

struct Pipeline<'p> {
    settings: &'p Settings,
    watch: &'p dyn Fn(&'static str),
    disk: Option<&'p Path>,
    enabled: Vec<&'static Rule>,
    clock: Clock,
    stages: Stages,
}

impl Pipeline<'_> {
    fn lint(mut self, scan: Scan, mut memory: Option<&mut Memory>) -> Run {
        let Scan { mut files, notes, unreadable, single_files, roots, .. } = scan;
        (self.watch)("parse");
        let known = memory.as_mut().map_or_else(Vec::new, |memory| std::mem::take(&mut memory.documents));
        let remembered = memory.as_deref();
        let documents = document::load_with(&files, known);
        self.clock.lap("parse");
        (self.watch)("decode");
        let (settings, disk) = (self.settings, self.disk);
        let versions = settings.surroundings.versions;
        let charts = self
            .stages
            .run("charts", || project::evaluate_charts(&files, &documents, &settings.charts, versions, disk));
        files.extend(charts.files.iter().cloned());
        let beside = policies::files_beside(settings, &files);
        files.extend(beside.iter().cloned());
        let policies = document::load(&beside);
        let world = self.stages.run("kustomizations", || World::new(&files, &documents, disk));
        let input = self.decode(&files, &documents, &roots, charts, &world);
        self.clock.lap("decode");
        let mut findings = self
            .stages
            .run("schema", || documents::check(&input, &settings.surroundings, &self.enabled, remembered));
        let policies = Input::read(&files, &policies);
        findings
            .extend(self.stages.run("policies", || {
                documents::check(&policies, &settings.surroundings, &self.enabled, None)
            }));
        self.clock.lap("schema");
        (self.watch)("units");
        let groups = self.stages.run("units", || project::group(&input));
        let builds = self.stages.run("kustomize", || project::evaluate(&input, world, &groups));
        let project = Project::new(&input, groups, &builds, single_files);
        self.clock.lap("units");
        (self.watch)("rules");
        findings.extend(self.judge(&project, &policies, remembered));
        let mut updates = self.updates(&project);
        findings.append(&mut updates.findings);
        (self.watch)("finish");
        let deployed = std::mem::take(&mut updates.deployed);
        let run = self.report(findings, &project, notes, updates, remembered);
        drop(project);
        drop(input);
        // Taking millions of nodes apart is nothing to wait for; a program that ends meanwhile never does it.
        match memory {
            Some(memory) => {
                memory.turn(documents);
                rayon::spawn(move || drop(builds));
            }
            None => rayon::spawn(move || drop((documents, builds))),
        }
        Run { unreadable, deployed, ..run }
    }

    /// What cannot be made of the objects of an earlier run.
    fn updates(&mut self, project: &Project<'_>) -> Updates {
        if !self.settings.compares() {
            return Updates::default();
        }
        let deployed = self.stages.run("deployed", || past::deployed(&project.units, &project.pool));
        let past =
            self.settings.past.as_ref().filter(|_| self.settings.is_enabled(IMMUTABLE_FIELD_CHANGED.name()));
        let found = past
            .map(|past| self.stages.run("updates", || updates::check(past, &deployed, project.input.files)));
        Updates { deployed, ..found.unwrap_or_default() }
    }

    fn decode<'a>(
        &mut self,
        files: &'a [Arc<SourceFile>],
        documents: &'a [Document],
        roots: &[String],
        charts: Charts,
        world: &World<'_>,
    ) -> Input<'a> {
        let input = Input::read(files, documents).with_charts(charts);
        let contexts = Contexts::new(files, documents, roots, |path| self.settings.context_of(path));
        let kustomizations = self.stages.run("kustomizations", || input.kustomizations(world.sheets()));
        input.with(kustomizations, contexts)
    }

    fn judge<'a>(
        &mut self,
        project: &'a Project<'a>,
        policies: &Input<'a>,
        memory: Option<&Memory>,
    ) -> Vec<Finding> {
        let busy = Busy::default();
        let surroundings = &self.settings.surroundings;
        let laws = self.stages.run("policies", || Laws::new(project, policies, self.settings));
        let team = Team::new(self.settings);
        let court = Court {
            project,
            surroundings,
            rules: &self.enabled,
            busy: &busy,
            laws: &laws,
            team: &team,
            memory,
        };
        let found = self.stages.run("rules", || court.judge());
        self.clock.lap_shared("inventory", busy.inventory.total(), "rules", busy.rules.total());
        found
    }

    /// From findings to a report: who they are about, who silences them, what must not be printed.
    fn report(
        mut self,
        findings: Vec<Finding>,
        project: &Project<'_>,
        notes: Vec<Note>,
        updates: Updates,
        memory: Option<&Memory>,
    ) -> Run {
        let (input, settings) = (project.input, self.settings);
        let mut files: Vec<Arc<SourceFile>> = input.files.to_vec();
        let mut counts = Counts {
            files: files.len(),
            objects: input.objects.len() + input.charts.count(),
            units: project.units.len(),
            ..Counts::default()
        };
        let stages = &mut self.stages;
        let units = stages.run("notes", || account::units(project));
        let inputs = stages.run("account", || account::account(input, notes, &mut counts));
        files.extend(updates.files);
        let config = FileId(files.len() as u32);
        files.extend(settings.config_file(config).map(Arc::new));
        let mut findings = findings;
        findings.extend(stages.run("policies", || policies::flaws(settings, &mut files)));
        stages.run("habits", || rules::settle_habits(&mut findings, project));
        let mut reported = silenced(findings, config, &files, input, settings, stages);
        for one in &mut reported {
            let path = files.get(one.finding.span.file.0 as usize).map_or("", |file| file.path.as_str());
            let folder = || input.contexts.folder(path).to_owned();
            one.context = input.contexts.of(path).map(|context| (context, folder()));
        }
        stages.run("origins", || trace(&mut reported, &files, input, self.disk));
        let masks = stages.or_else(
            "masks",
            || mask::masks(&reported, &project.pool, input, &files, updates.masks, memory),
            // Nobody knows any more what is secret.
            || files.iter().map(|file| file.span(0..file.text.len())).collect(),
        );
        reported.extend(stages.findings());
        reported.sort_by(|one, other| key(&one.finding).cmp(&key(&other.finding)));
        let internal_error = reported.iter().any(|one| one.finding.rule == CRASHED);
        self.clock.lap("silence");
        let timings = self.clock.into_laps();
        let mut run = Run {
            findings: reported,
            contexts: input.contexts.folders(),
            inputs,
            counts,
            units,
            masks,
            internal_error,
            timings,
            files,
            ..Run::default()
        };
        run.conceal();
        run.fit_headlines();
        run
    }
}

/// Findings as they are reported, with what comments, annotations, overrides and the baseline say of them.
fn silenced(
    findings: Vec<Finding>,
    config: FileId,
    files: &[Arc<SourceFile>],
    input: &Input<'_>,
    settings: &Settings,
    stages: &mut Stages,
) -> Vec<Reported> {
    let mut reported = stages.run("settle", || settle(findings, files, input, settings));
    let trees = input.documents.iter().filter_map(|read| read.document.held());
    let trees: Vec<&Tree> = trees.filter(|tree| !tree.comments().is_empty()).collect();
    let objects: Vec<Object<'_>> = input.objects.iter().map(|one| one.object).collect();
    let templates = input.charts.templates();
    let silencers =
        suppress::Input { documents: &trees, objects: &objects, templates: &templates, files, config };
    let more = stages.run("suppress", || suppress::silence(&mut reported, &silencers, settings));
    reported.extend(stages.run("settle", || settle(more, files, input, settings)));
    reported.sort_by(|one, other| key(&one.finding).cmp(&key(&other.finding)));
    stages.run("hide", || suppress::hide(&mut reported, files, settings));
    reported
}

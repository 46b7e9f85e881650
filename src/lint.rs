//! From paths to a [`Run`].

use std::path::PathBuf;
use std::sync::Arc;

use crate::finding::{Finding, Out};
use crate::inventory::{Inventory, View};
use crate::kube::{object::Object, secrets};
use crate::rules::{self, Check};
use crate::run::{Counts, ObjectRef, Reported, Run, Status};
use crate::settings::Settings;
use crate::source::{FileId, SourceFile};
use crate::{suppress, yaml};

/// Lints everything under the paths; `-` is standard input.
pub fn lint(paths: &[PathBuf], settings: &Settings) -> Run {
    let mut run = Run::default();
    let mut texts = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let read = std::io::read_to_string(std::io::stdin());
            texts.push((settings.stdin_name.clone(), read.map_err(|error| error.to_string())));
            continue;
        }
        for entry in ignore::Walk::new(path) {
            let Ok(entry) = entry else {
                run.unreadable.push((settings.relative(path), "it is not there".to_owned()));
                continue;
            };
            let named = entry.depth() == 0;
            let wanted = entry.path().extension().is_some_and(|ext| ext == "yaml" || ext == "yml");
            if !entry.path().is_file() || !(wanted || named) || settings.is_excluded(entry.path()) {
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).map_err(|error| error.to_string());
            texts.push((settings.relative(entry.path()), text));
        }
    }
    texts.sort();
    for (path, text) in texts {
        match text {
            Ok(text) => {
                let id = FileId(run.files.len() as u32);
                run.files.push(Arc::new(SourceFile::new(id, path, text)));
            }
            Err(why) => run.unreadable.push((path, why)),
        }
    }
    run.counts = Counts { files: run.files.len(), units: 1, ..Counts::default() };
    let mut trees = Vec::new();
    for file in &run.files {
        for piece in yaml::split(&file.text) {
            match yaml::parse(file, &piece) {
                Ok(tree) if tree.is_empty() => {}
                Ok(tree) => trees.push(tree),
                Err(_) => run.counts.failed += 1,
            }
        }
    }
    run.counts.documents = trees.len() + run.counts.failed;
    let objects: Vec<Object<'_>> = trees.iter().filter_map(|tree| Object::read(tree.root())).collect();
    run.counts.objects = objects.len();
    run.counts.not_kubernetes = trees.len() - objects.len();
    run.masks = objects.iter().flat_map(|object| secrets::spans(*object)).collect();
    run.masks.sort();
    let view = View::default();
    let inventory = Inventory::new(objects.clone(), &settings.surroundings, &view);
    let mut findings = Vec::new();
    for rule in rules::all().filter(|rule| settings.is_enabled(rule.name)) {
        if let Check::Unit(check) = rule.check {
            let mut out = Out::new(rule.name);
            check(&inventory, &mut out);
            findings.extend(out.into_findings());
        }
    }
    let reported = |finding: Finding, ordinal: usize| Reported {
        severity: settings.severity_of(&finding),
        group: rules::find(finding.rule).map_or("internal", |rule| rule.page().group),
        object: objects.iter().find(|object| object.node.span().contains(finding.span)).map(|object| {
            ObjectRef {
                api_version: object.api_version.to_owned(),
                kind: object.kind.to_owned(),
                namespace: object.namespace.map(str::to_owned),
                name: object.name.to_owned(),
            }
        }),
        fingerprint: format!("{}/{ordinal}", finding.rule),
        status: Status::Shown,
        finding,
    };
    let mut all: Vec<Reported> =
        findings.into_iter().enumerate().map(|(at, finding)| reported(finding, at)).collect();
    let config = FileId(run.files.len() as u32);
    run.files.extend(settings.config_file(config).map(Arc::new));
    let documents: Vec<&yaml::Tree> = trees.iter().collect();
    let input = suppress::Input { documents: &documents, objects: &objects, files: &run.files, config };
    let more = suppress::silence(&mut all, &input, settings);
    let count = all.len();
    all.extend(more.into_iter().enumerate().map(|(at, finding)| reported(finding, count + at)));
    suppress::hide(&mut all, &run.files, settings);
    all.sort_by(|one, other| {
        let key = |reported: &Reported| {
            let path = run.files[reported.finding.span.file.0 as usize].path.clone();
            (path, reported.finding.span.start, reported.finding.rule, reported.finding.message.clone())
        };
        key(one).cmp(&key(other))
    });
    run.findings = all;
    run
}

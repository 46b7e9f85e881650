//! The ways in: paths of a disk, texts in memory, one tree after another.

use std::path::PathBuf;
use std::sync::Arc;

use super::memory::Memory;
use super::{pipeline, stages};
use crate::files::scan::{self, Scan};
use crate::files::{Chart, FileId, SourceFile};
use crate::guard::guarded;
use crate::run::Run;
use crate::settings::Settings;

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
        Some(scan) => pipeline::run(scan, settings, watch, Some(settings.folder())),
        None => stages::nothing(Vec::new()),
    }
}

/// Lints what was found and read, and keeps for the next run what depends on single files or units: what did not change
/// is not worked out again. The settings must be those of the last run.
pub(crate) fn lint_kept(scan: Scan, settings: &Settings, memory: &mut Memory) -> Run {
    pipeline::run_with(scan, settings, &|_| {}, Some(settings.folder()), Some(memory))
}

/// Lints files that are already in memory, as tests and editors have them.
pub fn lint_texts(texts: Vec<(String, String)>, settings: &Settings) -> Run {
    let chart = |path: &str| Some(path.strip_suffix("Chart.yaml")?.trim_end_matches('/').to_owned());
    let roots: Vec<String> = texts.iter().filter_map(|(path, _)| chart(path)).collect();
    let file = |(at, (path, text)): (usize, (String, String))| {
        let mut file = SourceFile::new(FileId(at as u32), path, text);
        file.chart = Chart::of(&file.path, &roots);
        Arc::new(file)
    };
    let files = texts.into_iter().enumerate().map(file).collect();
    pipeline::run(Scan { files, ..Scan::default() }, settings, &|_| {}, None)
}

/// Lints files that replace others: what the server refuses to change is found, too.
pub fn lint_change(before: Vec<(String, String)>, after: Vec<(String, String)>, settings: &Settings) -> Run {
    let mut keeping = settings.clone();
    keeping.keeps_objects = true;
    let mut comparing = settings.clone();
    comparing.past = Some(Arc::new(lint_texts(before, &keeping).into_past("before")));
    lint_texts(after, &comparing)
}

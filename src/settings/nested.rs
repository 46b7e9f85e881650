//! Configuration files in folders below the linted paths: each counts for its own folder, over those above it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::{WalkBuilder, WalkState};

use super::{Flags, Override, Settings, charts, choose, contexts, settle};
use crate::config::{self, Config, ConfigError};
use crate::files::inside;
use crate::files::scan::Exclude;
use crate::finding::{Finding, Severity};
use crate::kube::workload::CustomKind;
use crate::rules;

/// Keys that hold for a whole run and are left to the file that the run begins with.
const WHOLE: &[&str] = &[
    "kubernetesVersion",
    "cluster",
    "complete",
    "rules",
    "policies",
    "failOn",
    "baseline",
    "format",
    "since",
    "maxFileSize",
    "require",
    "security",
];

/// What counts in a folder.
#[derive(Clone, Debug)]
pub(super) struct Nested {
    folder: PathBuf,
    configs: Vec<Config>,
    enabled: HashSet<&'static str>,
    severity: HashMap<&'static str, Severity>,
}

/// What a file below says in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// File and line.
    pub line: String,
    /// The key.
    pub key: &'static str,
}

/// Every configuration file below these directories, those above first.
fn below(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut directories = paths.iter().filter(|path| path.is_dir());
    let mut found: Vec<PathBuf> = Vec::new();
    if let Some(first) = directories.next() {
        let mut builder = WalkBuilder::new(first);
        for path in directories {
            builder.add(path);
        }
        builder.ignore(false).git_global(false).git_exclude(false).follow_links(false);
        builder.threads(rayon::current_num_threads());
        builder.git_ignore(paths.iter().all(|path| inside::has_sound_ignores_above(path)));
        builder.filter_entry(|entry| {
            let folder = entry.file_type().is_none_or(|kind| kind.is_dir());
            folder && (entry.depth() == 0 || inside::has_sound_ignores(entry.path()))
        });
        let files = Mutex::new(Vec::new());
        builder.build_parallel().run(|| {
            Box::new(|entry| {
                let candidate = entry.ok().map(|entry| entry.path().join(config::FILE_NAME));
                if let Some(path) = candidate.filter(|path| path.is_file())
                    && let Ok(mut files) = files.lock()
                {
                    files.push(path);
                }
                WalkState::Continue
            })
        });
        found = files.into_inner().unwrap_or_default();
    }
    found.sort();
    found.dedup();
    found
}

/// The severity that is written for a rule, else the finding's own, else the page's.
pub(super) fn decide(written: &HashMap<&'static str, Severity>, finding: &Finding) -> Severity {
    let own = || rules::severity(finding).unwrap_or(Severity::Error);
    written.get(finding.rule.name()).copied().unwrap_or_else(own)
}

impl Settings {
    /// Reads the files below the linted paths; `above` are those that count for all of them.
    pub(super) fn nest(&mut self, flags: &Flags, above: &[Config]) -> Result<(), ConfigError> {
        let paths: Vec<PathBuf> = flags.paths.iter().map(|path| self.absolute(path)).collect();
        let common = super::common_folder(flags, &self.folder);
        // Files between what the run begins with and each of the paths count as well.
        let between = paths.iter().flat_map(|path| {
            path.ancestors().skip(1).take_while(|folder| *folder != common && folder.starts_with(&common))
        });
        let mut files: Vec<PathBuf> = between.map(|folder| folder.join(config::FILE_NAME)).collect();
        files.retain(|path| path.is_file());
        files.extend(below(&paths));
        files.sort_by(|one, other| one.parent().cmp(&other.parent()));
        files.dedup();
        for path in files {
            let shown = self.relative(&path);
            let known = |config: &Config| config.source.path == shown;
            let left_out = self.exclude.iter().any(|globs| globs.matches(&path, None, false));
            if left_out || above.iter().any(known) {
                continue;
            }
            config::own(&path, &self.folder)?;
            let Some(folder) = path.parent().map(Path::to_path_buf) else { continue };
            let mut configs = self.around(&folder).map_or_else(|| above.to_vec(), |one| one.configs.clone());
            for config in Config::chain(&path, &|path| self.relative(path))? {
                if configs.iter().all(|known| known.source.path != config.source.path) {
                    self.take(&config, &folder)?;
                    configs.push(config);
                }
            }
            let enabled = choose::enabled(&configs, flags, self.surroundings.level, &self.team())?;
            let mut severity = HashMap::new();
            for config in &configs {
                severity.extend(choose::severities(config, &self.team(), &mut Vec::new()));
            }
            self.nested.push(Nested { folder, configs, enabled, severity });
        }
        if !self.nested.is_empty() {
            self.top.clone_from(&self.enabled);
            let all = self.nested.iter().flat_map(|one| &one.enabled).copied();
            self.enabled.extend(all.collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Takes the lists of a file for its folder.
    fn take(&mut self, config: &Config, folder: &Path) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        choose::severities(config, &self.team(), &mut problems);
        let everything = Exclude::new(folder, &["**/*"]).ok();
        for entry in &config.written.overrides {
            let own = settle(entry, config, &mut problems);
            let paths = own.paths.clone().or_else(|| everything.clone()).map(Exclude::inside);
            self.overrides.push(Override { paths, inherited: true, ..own });
        }
        self.exclude
            .extend(contexts::paths(&config.written.exclude, config, &mut problems).map(Exclude::inside));
        // The nearest word counts.
        let mut own = Vec::new();
        for (context, globs) in config.written.contexts.contexts() {
            own.extend(contexts::paths(globs, config, &mut problems).map(|globs| (context, globs.inside())));
        }
        self.contexts.splice(0..0, own);
        for (list, names) in &config.written.external.0 {
            let globs = names.iter().filter_map(|name| super::compile(name, &mut problems));
            self.surroundings.external.entry((*list).to_owned()).or_default().extend(globs);
        }
        self.surroundings.workloads.extend(config.written.workloads.iter().map(CustomKind::from));
        self.charts.entries.extend(charts::settle(config).entries);
        let idle = |key: &&'static str| {
            let line = config.line(key)?;
            Some(Idle { line: format!("{}:{line}", config.source.path), key })
        };
        self.idle.extend(WHOLE.iter().filter_map(idle));
        choose::finish(problems, config)
    }

    /// The nearest file below the linted paths that counts for a path.
    fn around(&self, path: &Path) -> Option<&Nested> {
        let inside = self.nested.iter().filter(|one| path.starts_with(&one.folder));
        inside.max_by_key(|one| one.folder.as_os_str().len())
    }

    /// Whether the findings of a rule are wanted in a file, by its path as reports show it.
    pub fn is_wanted(&self, rule: &str, path: &str) -> bool {
        if self.nested.is_empty() || rules::find(rule).is_none() {
            return true;
        }
        let nested = self.around(&self.absolute(Path::new(path)));
        nested.map_or(&self.top, |one| &one.enabled).contains(rule)
    }

    /// The severity of a finding in a file: the configuration's, else the finding's own, else the page's.
    pub fn severity_at(&self, finding: &Finding, path: &str) -> Severity {
        let nested =
            (!self.nested.is_empty()).then(|| self.around(&self.absolute(Path::new(path)))).flatten();
        match nested {
            Some(one) => decide(&one.severity, finding),
            None => self.severity_of(finding),
        }
    }
}

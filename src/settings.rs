//! The configuration file and the command line, merged and settled: what the rest of the program asks.

mod charts;
mod choose;
mod contexts;
mod fail_on;
mod globs;
mod nested;
mod own;
mod paths;
mod quote;
mod require;
mod root;
mod show;

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobMatcher;

use crate::config::{self, Config, ConfigError, ObjectPattern, OverrideEntry, Placed, Problem};
use crate::document::ObjectMatch;
use crate::files::path;
use crate::files::scan::{self, Exclude};
use crate::files::{SourceFile, Span, inside};
use crate::finding::{Finding, Severity};
use crate::inventory::{Sender, Surroundings};
use crate::kube::workload::CustomKind;
use crate::project::past::Past;
use crate::project::{ChartSettings, Context};
use crate::rules;
pub use choose::is_selected;
pub use fail_on::FailOn;
pub use globs::name_glob;
pub use nested::Idle;
pub use own::{Flawed, Policies, TeamRule};
pub use root::Root;
pub use show::show;

/// What the command line says. `None` leaves it to the configuration.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// The paths to lint.
    pub paths: Vec<PathBuf>,
    /// `--select`.
    pub select: Option<Vec<String>>,
    /// `--extend-select`.
    pub extend_select: Vec<String>,
    /// `--ignore`.
    pub ignore: Vec<String>,
    /// `--exclude`.
    pub exclude: Vec<String>,
    /// `--force-exclude`.
    pub force_exclude: bool,
    /// `--only`.
    pub only: Option<Vec<PathBuf>>,
    /// `--values`.
    pub values: Vec<PathBuf>,
    /// `--set`.
    pub set: Vec<String>,
    /// `--policies`.
    pub policies: Vec<PathBuf>,
    /// `--fail-on`.
    pub fail_on: Option<FailOn>,
    /// `--min-severity`.
    pub min_severity: Option<Severity>,
    /// `--kubernetes-version`.
    pub kubernetes_version: Option<String>,
    /// `--stdin-filename`.
    pub stdin_filename: Option<String>,
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--no-config`.
    pub no_config: bool,
    /// Files that the program itself reads or writes, such as the baseline: they are no inputs.
    pub outputs: Vec<PathBuf>,
    /// The directory that relative paths are meant from and that paths are shown from, absolute.
    pub folder: PathBuf,
}

/// An entry of `overrides`, ready to be compared.
#[derive(Clone, Debug)]
pub struct Override {
    /// Paths it is about; `None` means everywhere.
    pub paths: Option<Exclude>,
    /// Objects it is about.
    pub object: Option<ObjectMatch>,
    /// Rule and group names, with their places in the configuration file.
    pub ignore: Vec<config::Name>,
    /// Why.
    pub reason: Option<String>,
    /// The entry's place in the configuration file.
    pub span: Span,
    /// It stands in a file that the configuration extends, so that nobody minds if it silences nothing here.
    pub inherited: bool,
}

/// Everything settled.
#[derive(Clone)]
pub struct Settings {
    /// What the rules know besides the manifests.
    pub surroundings: Surroundings,
    /// Names of the rules whose findings are wanted.
    pub enabled: HashSet<&'static str>,
    /// Severities from the configuration.
    pub severity: HashMap<&'static str, Severity>,
    /// `overrides`.
    pub overrides: Vec<Override>,
    /// Paths that are left out, by whoever said so.
    pub exclude: Vec<Exclude>,
    /// What files are kept for; `None` for a cluster. The first that fits counts.
    pub contexts: Vec<(Option<Context>, Exclude)>,
    /// Paths are left out even when they were named.
    pub force_exclude: bool,
    /// Absolute paths whose findings are reported; `None` means all.
    pub only: Option<Vec<PathBuf>>,
    /// What makes the exit status 1.
    pub fail_on: FailOn,
    /// What is lower is not shown.
    pub min_severity: Severity,
    /// What judges the input beside the rules that are built in.
    pub policies: Policies,
    /// What charts are evaluated with.
    pub charts: ChartSettings,
    /// The name of standard input.
    pub stdin_name: String,
    /// The configuration file as it was read. A run that reports something in it lists it among its files.
    pub config: Option<Arc<SourceFile>>,
    /// Whether the paths to lint include the configuration's folder, so that an override which matches
    /// nothing is surely idle.
    pub config_in_view: bool,
    /// The repository around what is linted.
    pub root: Root,
    /// `baseline` of the configuration, absolute.
    pub baseline: Option<PathBuf>,
    /// `format` of the configuration, and the file it stands in.
    pub format: Option<(Arc<SourceFile>, Vec<config::Name>)>,
    /// `since` of the configuration.
    pub since: Option<String>,
    /// Files that were found and not named are read up to this size, in bytes.
    pub max_file_size: u64,
    /// A file that looks like a configuration and is not read.
    pub misnamed: Option<PathBuf>,
    /// A later run is compared with this one, so it keeps its objects.
    pub keeps_objects: bool,
    /// The earlier run that this one is compared with.
    pub past: Option<Arc<Past>>,
    /// Keys of files below the linted paths that hold for whole runs only.
    pub idle: Vec<Idle>,
    nested: Vec<nested::Nested>,
    /// Rules that are on where no file below says otherwise.
    top: HashSet<&'static str>,
    folder: PathBuf,
    outputs: Vec<PathBuf>,
    origins: Vec<(&'static str, String)>,
    shown: show::Written,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            surroundings: Surroundings::default(),
            enabled: rules::all().filter(|rule| rule.page().on_by_default).map(|rule| rule.name).collect(),
            severity: HashMap::new(),
            overrides: Vec::new(),
            exclude: Vec::new(),
            contexts: Vec::new(),
            force_exclude: false,
            only: None,
            fail_on: FailOn::Severity(Severity::Warning),
            min_severity: Severity::Info,
            policies: Policies::default(),
            charts: ChartSettings::default(),
            stdin_name: "<stdin>".to_owned(),
            config: None,
            config_in_view: false,
            root: Root::default(),
            baseline: None,
            format: None,
            since: None,
            max_file_size: scan::Options::LARGEST,
            misnamed: None,
            keeps_objects: false,
            past: None,
            idle: Vec::new(),
            nested: Vec::new(),
            top: HashSet::new(),
            folder: PathBuf::new(),
            outputs: Vec::new(),
            origins: Vec::new(),
            shown: show::Written::default(),
        }
    }
}

impl Settings {
    /// Finds and reads the configuration files and merges them with the command line.
    pub fn load(flags: &Flags) -> Result<Settings, ConfigError> {
        let mut settings = Settings { folder: flags.folder.clone(), ..Settings::default() };
        let files = match &flags.config {
            Some(path) => vec![settings.absolute(path)],
            None if flags.no_config => Vec::new(),
            None => config::above(&common_folder(flags, &settings.folder), &settings.folder)?,
        };
        let mut configs: Vec<Config> = Vec::new();
        for path in files {
            let chain = Config::chain(&path, &|path| settings.relative(path))?;
            let new = |config: &Config| configs.iter().all(|known| known.source.path != config.source.path);
            let more: Vec<Config> = chain.into_iter().filter(new).collect();
            configs.extend(more);
        }
        if configs.is_empty() && !flags.no_config {
            settings.misnamed = config::misnamed(&common_folder(flags, &settings.folder), &settings.folder);
        }
        // Names of the team's rules are known before anything speaks of them.
        settings.read_policies(&configs, flags)?;
        for (at, config) in configs.iter().enumerate() {
            settings.apply(config, at + 1 < configs.len())?;
            settings.config_in_view =
                flags.paths.iter().any(|path| config.folder.starts_with(settings.absolute(path)));
        }
        settings.apply_flags(flags)?;
        settings.root = Root::of(&common_folder(flags, &settings.folder), &settings.folder);
        settings.outputs = flags.outputs.iter().map(|path| settings.absolute(path)).collect();
        settings.outputs.extend(settings.baseline.clone());
        settings.enabled = choose::enabled(&configs, flags, settings.surroundings.level, &settings.team())?;
        if flags.config.is_none() && !flags.no_config {
            settings.nest(flags, &configs)?;
        }
        settings.origins = show::origins(&configs, flags);
        settings.shown = show::written(&configs, flags);
        Ok(settings)
    }

    /// Settings of a configuration text alone, as the examples on the rules' pages use them.
    pub fn from_config(text: &str) -> Result<Settings, ConfigError> {
        let mut settings = Settings::default();
        let config = Config::parse(config::FILE_NAME, text, PathBuf::new())?;
        let configs = [config];
        settings.read_policies(&configs, &Flags::default())?;
        settings.apply(&configs[0], false)?;
        let level = settings.surroundings.level;
        settings.enabled = choose::enabled(&configs, &Flags::default(), level, &settings.team())?;
        settings.config_in_view = true;
        Ok(settings)
    }

    /// Takes what a file says: a value replaces what there was, lists and mappings are added to it. `inherited`: the
    /// file is extended by another one.
    fn apply(&mut self, config: &Config, inherited: bool) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        let written = &config.written;
        let (world, cluster) = (&mut self.surroundings, &written.cluster);
        world.nodes = cluster.nodes.map(NonZeroU32::get).or(world.nodes);
        world.zones = cluster.zones.map(NonZeroU32::get).or(world.zones);
        world.level = choose::level(config)?.unwrap_or(world.level);
        world.domain = cluster.domain.clone().or(world.domain.take());
        world.sender = cluster.request.clone().map(Sender::from).or(world.sender.take());
        world.versions = written.kubernetes_version.map(|one| (one.0, one.1)).or(world.versions);
        world.workloads.extend(written.workloads.iter().map(CustomKind::from));
        world.complete = written.complete.unwrap_or(world.complete);
        self.charts.entries.extend(charts::settle(config).entries);
        self.since = written.since.as_ref().map(|name| name.text.clone()).or(self.since.take());
        self.max_file_size = written.max_file_size.map_or(self.max_file_size, |size| size.0);
        if let Some(name) = &written.baseline {
            let path = path::normal(&config.folder.join(&name.text));
            if inside::is_outside(&path, &config.folder) {
                let message = format!("`{}` lies outside of the repository", name.text);
                problems.push(Problem { span: name.span, message, help: None });
            }
            self.baseline = Some(path);
        }
        if !written.format.0.is_empty() {
            self.format = Some((Arc::clone(&config.source), written.format.0.clone()));
        }
        match written.fail_on.as_ref().map(|name| (name, FailOn::parse(&name.text))) {
            Some((_, Ok(level))) => self.fail_on = level,
            Some((name, Err(message))) => problems.push(Problem { span: name.span, message, help: None }),
            None => {}
        }
        for (list, names) in &written.external.0 {
            let globs = names.iter().filter_map(|name| compile(name, &mut problems));
            self.surroundings.external.entry((*list).to_owned()).or_default().extend(globs);
        }
        self.severity.extend(choose::severities(config, &self.team(), &mut problems));
        self.surroundings.require.extend(require::settle(config, &mut problems));
        for entry in &written.overrides {
            let own = settle(entry, config, &mut problems);
            self.overrides.push(Override { inherited, ..own });
        }
        self.exclude.extend(contexts::paths(&written.exclude, config, &mut problems));
        for (context, globs) in written.contexts.contexts() {
            self.contexts.extend(contexts::paths(globs, config, &mut problems).map(|globs| (context, globs)));
        }
        for (name, options) in &written.rules.options {
            match rules::find(&name.text) {
                None => {
                    let help = rules::naming::nearest_rule(&name.text);
                    let help = help.map(|near| format!("did you mean `{near}`?"));
                    problems.push(Problem {
                        span: name.span,
                        message: format!("unknown rule `{}`", name.text),
                        help,
                    });
                }
                Some(rule) => match rule.options {
                    None => problems.push(Problem {
                        span: name.span,
                        message: format!("`{}` has no options", name.text),
                        help: None,
                    }),
                    Some(own) => match (own.read)(options.value.clone()) {
                        Ok(options) => self.surroundings.set_options(options),
                        Err(message) => {
                            let help = Some(format!("`wplint explain {}` lists the options", name.text));
                            problems.push(Problem { span: options.span, message, help });
                        }
                    },
                },
            }
        }
        self.config = Some(Arc::clone(&config.source));
        choose::finish(problems, config)
    }

    fn apply_flags(&mut self, flags: &Flags) -> Result<(), ConfigError> {
        let usage = |option, message| ConfigError::Usage { option, message, help: None };
        if let Some(text) = &flags.kubernetes_version {
            let versions = config::parse_versions(text);
            self.surroundings.versions =
                Some(versions.map_err(|message| usage("--kubernetes-version", message))?);
        }
        if !flags.exclude.is_empty() {
            let globs = Exclude::new(&self.folder, &flags.exclude);
            self.exclude.push(globs.map_err(|error| usage("--exclude", error.to_string()))?);
        }
        self.charts.command = charts::command(flags, &self.folder)?;
        self.force_exclude = flags.force_exclude;
        let absolute = |paths: &Vec<PathBuf>| paths.iter().map(|path| self.absolute(path)).collect();
        self.only = flags.only.as_ref().map(absolute);
        self.fail_on = flags.fail_on.unwrap_or(self.fail_on);
        self.min_severity = flags.min_severity.unwrap_or(self.min_severity);
        if let Some(name) = &flags.stdin_filename {
            self.stdin_name = self.relative(Path::new(name));
        }
        Ok(())
    }

    /// The same settings with this rule switched on, whatever its default.
    pub fn with_rule(mut self, rule: &str) -> Settings {
        self.enabled.extend(rules::find(rule).map(|rule| rule.name));
        self
    }

    /// Whether objects are compared with those of another run.
    pub fn compares(&self) -> bool {
        self.keeps_objects || self.past.is_some()
    }

    /// Whether the findings of a rule are wanted.
    pub fn is_enabled(&self, rule: &str) -> bool {
        self.enabled.contains(rule)
    }

    /// The severity of a finding: the configuration's, else the finding's own, else the page's.
    pub fn severity_of(&self, finding: &Finding) -> Severity {
        nested::decide(&self.severity, finding)
    }

    /// Whether findings in a file are reported, as far as `--only` is concerned.
    pub fn is_reported(&self, path: &str) -> bool {
        let Some(only) = &self.only else {
            return true;
        };
        let path = self.absolute(Path::new(path));
        only.iter().any(|only| path.starts_with(only))
    }

    /// The directory that relative paths are meant from and that paths are shown from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The folder that a search for the configuration starts from: the deepest one that holds every path.
fn common_folder(flags: &Flags, current: &Path) -> PathBuf {
    let folder_of = |path: &PathBuf| {
        let path = match (path.as_os_str() == "-", &flags.stdin_filename) {
            (true, Some(name)) => current.join(name),
            (true, None) => current.to_path_buf(),
            (false, _) => current.join(path),
        };
        let path = path::normal(&path);
        if path.is_dir() { path } else { path.parent().map(Path::to_path_buf).unwrap_or(path) }
    };
    let mut folders = flags.paths.iter().map(folder_of);
    let first = folders.next().unwrap_or_else(|| current.to_path_buf());
    folders.fold(first, |common, folder| {
        common.ancestors().find(|one| folder.starts_with(one)).unwrap_or(current).to_path_buf()
    })
}

fn no_glob(name: &config::Name, error: &str) -> Problem {
    let message = format!("`{}` is not a glob: {error}", name.text);
    Problem { span: name.span, message, help: None }
}

fn compile(name: &config::Name, problems: &mut Vec<Problem>) -> Option<GlobMatcher> {
    name_glob(&name.text).map_err(|error| problems.push(no_glob(name, &error.kind().to_string()))).ok()
}

fn settle(entry: &Placed<OverrideEntry>, config: &Config, problems: &mut Vec<Problem>) -> Override {
    for name in &entry.ignore {
        choose::known(name, problems);
    }
    let paths = contexts::paths(&entry.paths, config, problems);
    let object = entry.object.as_ref().map(|pattern| object(pattern, problems));
    Override {
        paths,
        object,
        ignore: entry.ignore.clone(),
        reason: entry.reason.clone(),
        span: entry.span,
        inherited: false,
    }
}

fn object(pattern: &ObjectPattern, problems: &mut Vec<Problem>) -> ObjectMatch {
    let mut one = |name: &Option<config::Name>| name.as_ref().and_then(|name| compile(name, &mut *problems));
    ObjectMatch {
        api_version: one(&pattern.api_version),
        kind: one(&pattern.kind),
        namespace: one(&pattern.namespace),
        name: one(&pattern.name),
    }
}

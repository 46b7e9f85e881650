//! The command line: what people type, what goes where, and the exit status.

mod args;
mod explain;
mod fixes;
mod graph;
mod init;
mod man;
mod migrate;
mod peers;
mod progress;
mod rules;
mod since;
mod survive;
mod terminal;
mod test;
mod watch;
mod words;

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches};

use crate::config::{self, ConfigError, Problem};
use crate::files::write::whole;
use crate::guard::guarded;
use crate::lint::lint_watched;
use crate::report::text::harmless;
use crate::report::{Format, Options, View, neutral, problems};
use crate::rules::own::PREFIX as OWN;
use crate::run::{Run, Status};
use crate::server;
use crate::settings::{Flags, Settings, show};
use args::{Args, Color, Command, InputArgs, RulesFormat, Target};
use progress::Progress;
use terminal::{color_choice, wants_color, width};

/// Nothing at or above the level.
const CLEAN: u8 = 0;
/// Findings.
const FINDINGS: u8 = 1;
/// The job could not be done.
const FAILED: u8 = 2;

/// Runs the program with these arguments and returns its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let command = Args::command().color(color_choice(&arguments));
    let args = command.try_get_matches_from(&arguments).and_then(|matches| Args::from_arg_matches(&matches));
    let args = match args {
        Ok(args) => args,
        Err(error) => {
            let status = if error.use_stderr() { FAILED } else { CLEAN };
            // A closed pipe is no error, and there is nobody left to tell about any other.
            let _ = error.print();
            return status;
        }
    };
    let color = wants_color(args.color, &io::stderr());
    let stderr = Options { color, width: width(), ..Options::default() };
    match dispatch(&args, arguments.get(1..).unwrap_or_default()) {
        Ok(status) => status,
        Err(Failure::Config(error)) => {
            notice(&problems::render(&error, &stderr));
            FAILED
        }
        Err(Failure::Message(message)) => {
            notice(&format!("error: {}\n", harmless(&message)));
            FAILED
        }
        Err(Failure::Closed) => CLEAN,
    }
}

/// Why the job could not be done.
enum Failure {
    Config(ConfigError),
    Message(String),
    /// Whoever read our output has gone.
    Closed,
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::Config(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Message(format!("cannot write to standard output: {error}")),
        }
    }
}

fn dispatch(args: &Args, typed: &[OsString]) -> Result<u8, Failure> {
    match &args.command {
        None => check(args, typed),
        Some(Command::Explain { rule, examples }) => {
            if rule.starts_with(OWN) {
                // The configuration says which rules of the team there are.
                Settings::load(&Flags { paths: paths(&[]), folder: folder(), ..Flags::default() })?;
            }
            let color = wants_color(args.color, &io::stdout());
            print(&explain::page(rule, *examples, color).map_err(Failure::Message)?)
        }
        Some(Command::Rules { format, map: Some(tool) }) => print(&peers::map(tool, *format)),
        Some(Command::Rules { format: RulesFormat::Text, .. }) => print(&rules::text()),
        Some(Command::Rules { format: RulesFormat::Json, .. }) => print(&rules::json()),
        Some(Command::Rules { format: RulesFormat::Markdown, .. }) => print(&rules::markdown()),
        Some(Command::Survive(args)) => survive::run(args),
        Some(Command::Graph(args)) => graph::run(args),
        Some(Command::Test(args)) => test::run(args),
        Some(Command::Migrate(args)) => migrate::run(args),
        Some(Command::Schema) => print(&config::schema::text()),
        Some(Command::Init { path }) => init::run(path.as_deref(), args.quiet),
        Some(Command::Server) => match server::stdio() {
            Ok(proper) => Ok(if proper { CLEAN } else { FINDINGS }),
            Err(error) => Err(Failure::Message(format!("the language server ends: {error}"))),
        },
        Some(Command::Man) => print(&man::page(Args::command())?),
        Some(Command::Completions { shell }) => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "wplint", &mut text);
            print(&String::from_utf8_lossy(&text))
        }
    }
}

fn print(text: &str) -> Result<u8, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(CLEAN)
}

/// Lints and reports.
fn check(args: &Args, typed: &[OsString]) -> Result<u8, Failure> {
    if args.stdin_filename.is_some() && args.paths.iter().all(|path| path.as_os_str() != "-") {
        let message = "`--stdin-filename` names standard input, which is read for the path `-`";
        return Err(Failure::Message(message.to_owned()));
    }
    if args.watch {
        return watch::run(args);
    }
    let mut targets = targets(args)?;
    let mut flags = flags(args, &targets);
    if let Some(path) = &args.show_config {
        flags.paths = vec![path.clone()];
    }
    let mut settings = Settings::load(&flags)?;
    if targets.is_empty() {
        targets = configured(&settings)?;
        let files: Vec<PathBuf> = targets.iter().filter_map(|target| target.file.clone()).collect();
        settings.add_outputs(&files);
    }
    if let (Some(path), false) = (&settings.misnamed, args.quiet) {
        words::misnamed(&settings.relative(path));
    }
    if args.show_config.is_some() {
        return print(&show(&settings));
    }
    for path in targets.iter().filter_map(|target| target.file.as_ref()).chain(&args.write_baseline) {
        overwrites(path, &flags.paths)?;
    }
    let baseline = args.baseline.clone().or_else(|| settings.baseline.clone());
    let baseline = baseline.filter(|_| args.write_baseline.is_none());
    let progress = Progress::start(args.quiet);
    let since =
        revision(args, &settings).map(|name| since::run(&mut settings, &flags, baseline.as_deref(), &name));
    let since = since.transpose().map_err(Failure::Message)?;
    let mut run = lint_watched(&flags.paths, &settings, &|stage| progress.stage(stage));
    progress.end();
    if fixes::wanted(args) {
        let fix = || fixes::run(run, &flags.paths, &settings, args);
        match sound("fixing", fix)?? {
            fixes::Next::Report(left) => run = *left,
            fixes::Next::Done(status) => return Ok(status),
        }
    }
    if let Some(path) = &baseline {
        let known = || crate::baseline::apply(&mut run, path, &flags.paths, &settings);
        let stale = sound("comparing with the baseline", known)?.map_err(Failure::Message)?;
        if !args.quiet {
            words::stale(&stale, path, args.verbose > 0);
        }
    }
    if let Some(since) = &since {
        since.compare(&mut run, &settings);
    }
    if let Some(reason) = &args.add_ignore {
        return sound("adding marks", || fixes::silence(&run, &flags.paths, &settings, args, reason));
    }
    words::failures(&run, args);
    if !args.quiet {
        words::idle_only(args);
        words::idle_excludes(args, &settings);
        words::newer_target(&settings);
    }
    if args.verbose > 0 {
        words::resolved(&run, &settings);
        words::passed_over(&settings);
        words::fixed(&run);
    }
    let mut status = status(&run, &settings, args);
    if let Some(path) = &args.write_baseline {
        let record = || crate::baseline::write(&run, path, &settings);
        let count = sound("writing the baseline", record)?.map_err(Failure::Message)?;
        if status == FINDINGS {
            status = CLEAN;
        }
        // What was just recorded is not news, unless a report of it was asked for.
        if args.format.is_empty() {
            run.findings.iter_mut().filter(|one| crate::baseline::is_recorded(one)).for_each(|one| {
                one.status = Status::Baselined;
            });
        }
        write(&run, &targets, args, &settings)?;
        if !args.quiet {
            words::recorded(count, path, typed);
        }
    } else {
        write(&run, &targets, args, &settings)?;
        let shows = |format| targets.iter().any(|one: &Target| one.file.is_none() && one.format == format);
        if shows(Format::Concise) && !args.quiet {
            words::tally(&run);
        }
        if status == FINDINGS && baseline.is_none() && !args.quiet && shows(Format::Pretty) {
            words::adoption(&run, args, typed);
        }
    }
    if args.timings {
        for (stage, time) in &run.timings {
            notice(&format!("{stage:>12} {:9.3} ms\n", time.as_secs_f64() * 1000.0));
        }
    }
    Ok(status)
}

/// The revision to compare with. The configuration's does not hold for standard input, which has no history.
fn revision(args: &Args, settings: &Settings) -> Option<String> {
    if args.write_baseline.is_some() {
        return None;
    }
    let stdin = args.paths.iter().any(|path| path.as_os_str() == "-");
    let configured = settings.since.clone().filter(|_| !stdin);
    args.since.clone().or(configured).filter(|name| name != "none")
}

/// The directory that the program was started in: nobody else asks for it.
fn folder() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// What commands beside linting read, and with which settings.
fn input_flags(input: &InputArgs) -> Flags {
    Flags {
        paths: paths(&input.paths),
        exclude: input.exclude.clone(),
        values: input.values.clone(),
        set: input.set.clone(),
        config: input.config.clone(),
        no_config: input.no_config,
        folder: folder(),
        ..Flags::default()
    }
}

/// The current directory where nothing is named.
fn paths(named: &[PathBuf]) -> Vec<PathBuf> {
    if named.is_empty() { vec![PathBuf::from(".")] } else { named.to_vec() }
}

fn flags(args: &Args, targets: &[Target]) -> Flags {
    // Hooks write `--only` before their other options, and the files of the commit come last.
    let (paths, only) = match &args.only {
        Some(only) if only.is_empty() => (Vec::new(), Some(args.paths.clone())),
        only => (args.paths.clone(), only.clone()),
    };
    let baselines = [&args.baseline, &args.write_baseline].into_iter().flatten().cloned();
    Flags {
        paths: self::paths(&paths),
        select: args.select.clone(),
        extend_select: args.extend_select.clone().unwrap_or_default(),
        ignore: args.ignore.clone().unwrap_or_default(),
        exclude: args.exclude.clone(),
        force_exclude: args.force_exclude,
        only,
        policies: args.policies.clone(),
        fail_on: args.fail_on,
        min_severity: args.min_severity,
        values: args.values.clone(),
        set: args.set.clone(),
        kubernetes_version: args.kubernetes_version.clone(),
        stdin_filename: args.stdin_filename.clone(),
        config: args.config.clone(),
        no_config: args.no_config,
        folder: folder(),
        outputs: targets.iter().filter_map(|target| target.file.clone()).chain(baselines).collect(),
    }
}

/// What the command line writes where; one report at most goes to standard output.
fn targets(args: &Args) -> Result<Vec<Target>, Failure> {
    let to_stdout = args.format.iter().filter(|target| target.file.is_none()).count();
    if to_stdout > 1 {
        return Err(Failure::Message(ONE_TO_STDOUT.to_owned()));
    }
    Ok(args.format.clone())
}

const ONE_TO_STDOUT: &str =
    "only one report can go to standard output: write the others to files, `--format json=FILE`";

/// The reports that the configuration asks for, where the command line asks for none.
fn configured(settings: &Settings) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    if let Some((source, names)) = &settings.format {
        let mut problems = Vec::new();
        for name in names {
            let message = match args::parse_target(&name.text) {
                Ok(target)
                    if target.file.is_none() && targets.iter().any(|one: &Target| one.file.is_none()) =>
                {
                    ONE_TO_STDOUT.to_owned()
                }
                Ok(target) if target.file.as_ref().is_some_and(|file| settings.is_outside(source, file)) => {
                    format!("`{}` lies outside of the repository", name.text)
                }
                Ok(target) => {
                    targets.push(target);
                    continue;
                }
                Err(message) => message,
            };
            problems.push(Problem { span: name.span, message, help: None });
        }
        if !problems.is_empty() {
            return Err(Failure::Config(ConfigError::Wrong { source: Arc::clone(source), problems }));
        }
    }
    if targets.is_empty() {
        targets.push(Target { format: Format::Pretty, file: None });
    }
    Ok(targets)
}

/// Writes every report. A reader of standard output who left early is no failure, and the exit status stays.
fn write(run: &Run, targets: &[Target], args: &Args, settings: &Settings) -> Result<(), Failure> {
    // One report that cannot be written costs no other.
    let mut failed = None;
    for target in targets {
        let written = sound("writing a report", || write_one(run, target, args, settings));
        if let Err(failure) = written.and_then(|written| written) {
            failed.get_or_insert(failure);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Refuses to write over what may be an input: a manifest is sooner named by mistake than meant.
fn overwrites(path: &Path, inputs: &[PathBuf]) -> Result<(), Failure> {
    let manifest = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    if path.is_file() && (manifest || inputs.iter().any(|input| input == path)) {
        let message = format!("{} is an input: it is not written over", path.display());
        return Err(Failure::Message(message));
    }
    Ok(())
}

/// Work that may have a bug of ours, whose panic is a failure to do the job.
fn sound<T>(what: &str, work: impl FnOnce() -> T) -> Result<T, Failure> {
    guarded(work).ok_or_else(|| Failure::Message(format!("{what} failed: this is a bug in wplint")))
}

fn write_one(run: &Run, target: &Target, args: &Args, settings: &Settings) -> Result<(), Failure> {
    let writer = target.format.writer();
    let mut options = Options { width: width(), quiet: args.quiet, ..Options::default() };
    options.root.clone_from(&settings.root);
    let Args { group_by, sort, statistics, .. } = *args;
    options.view = View { all: args.verbose > 0, group_by, sort, statistics };
    let Some(path) = &target.file else {
        options.color = wants_color(args.color, &io::stdout());
        let mut out = BufWriter::new(io::stdout().lock());
        let written = writer(run, &options, &mut out).and_then(|()| out.flush());
        // The buffer must not try again when it is dropped.
        let _ = out.into_parts();
        return match written.map_err(Failure::from) {
            Err(Failure::Closed) => Ok(()),
            other => other,
        };
    };
    options.color = args.color == Color::Always;
    let failed = |error: io::Error| Failure::Message(format!("cannot write {}: {error}", path.display()));
    let buffered = |out: &mut dyn Write| {
        let mut out = BufWriter::new(out);
        writer(run, &options, &mut out).and_then(|()| out.flush())
    };
    whole(path, buffered).map_err(failed)
}

/// No document was linted, skipped or failed.
fn is_empty(run: &Run) -> bool {
    let counts = run.counts;
    let aside = counts.failed + counts.skipped;
    aside == 0 && counts.objects == 0 && counts.documents <= counts.not_kubernetes
}

fn status(run: &Run, settings: &Settings, args: &Args) -> u8 {
    if !run.unreadable.is_empty() || run.internal_error || (is_empty(run) && !args.allow_empty) {
        return FAILED;
    }
    let counts = |one: &crate::run::Reported| match one.status {
        Status::Shown => true,
        // `--min-severity` only hides; `--only` decides whose findings matter.
        Status::Hidden => {
            let file = run.files.get(one.finding.span.file.0 as usize);
            file.is_none_or(|file| settings.is_reported(&file.path))
        }
        Status::Suppressed { .. } | Status::Baselined | Status::Unchanged => false,
    };
    let fails = |one: &&crate::run::Reported| settings.fail_on.includes(one.severity) && counts(one);
    if run.findings.iter().any(|one| fails(&one)) { FINDINGS } else { CLEAN }
}

/// Writes to standard error; if nobody listens, so be it.
fn notice(text: &str) {
    let _ = io::stderr().lock().write_all(neutral::text(text).as_bytes());
}

//! `--watch`: stay, and lint again whenever a file changes. The screen shows one line a finding, what is new first, then
//! the files that changed last.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{Event, EventKind, RecursiveMode, Watcher, recommended_watcher};

use super::args::Args;
use super::{CLEAN, Failure, flags, notice, wants_color};
use crate::files::SourceFile;
use crate::report::text::{counted, harmless};
use crate::report::{Totals, shown};
use crate::run::{Reported, Run};
use crate::settings::{Flags, Settings};
use crate::workspace::Workspace;

/// Editors write a file in several steps; so long nothing more must come.
const QUIET: Duration = Duration::from_millis(80);

/// Watches until somebody ends the program or nobody reads any more.
pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let flags = flags(args, &[]);
    if flags.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::Message("standard input cannot be watched".to_owned()));
    }
    let (sender, events) = channel();
    let failed = |error: notify::Error| Failure::Message(format!("cannot watch: {error}"));
    // Nobody is told any more when the program ends.
    let mut watcher = recommended_watcher(move |event| drop(sender.send(event))).map_err(failed)?;
    for path in &flags.paths {
        let path = flags.folder.join(path);
        let folder = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
        let mode = if path.is_dir() { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        watcher.watch(folder, mode).map_err(failed)?;
    }
    let mut screen = Screen::new(args);
    loop {
        let drawn = match Settings::load(&flags) {
            Ok(settings) => screen.draw(&look(&flags, settings)),
            // A configuration that is being written is no reason to leave.
            Err(error) => screen.say(&error.to_string()),
        };
        if let Err(error) = drawn {
            return Err(error.into());
        }
        match changed(&events) {
            Some(paths) => screen.touch(&flags.folder, paths),
            None => return Ok(CLEAN),
        }
    }
}

fn look(flags: &Flags, settings: Settings) -> Run {
    let baseline = settings.baseline.clone();
    let mut run = Workspace::new(flags.paths.clone(), settings.clone()).lint();
    if let Some(path) = baseline {
        let known = crate::baseline::apply(&mut run, &path, &flags.paths, &settings);
        known.map(drop).unwrap_or_else(|message| notice(&format!("{}\n", harmless(&message))));
    }
    run
}

/// The paths that changed, once nothing more comes; `None` if nobody watches any more.
fn changed(events: &Receiver<notify::Result<Event>>) -> Option<Vec<PathBuf>> {
    let mut paths = Vec::new();
    loop {
        let event = match paths.is_empty() {
            true => events.recv().ok()?,
            false => match events.recv_timeout(QUIET) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => return Some(paths),
                Err(RecvTimeoutError::Disconnected) => return None,
            },
        };
        let Ok(event) = event else { continue };
        let reads = matches!(event.kind, EventKind::Access(_));
        let matters = |path: &&PathBuf| !path.components().any(|part| part.as_os_str() == ".git");
        if !reads {
            paths.extend(event.paths.iter().filter(matters).cloned());
        }
    }
}

/// What is on the screen, and what was there before.
struct Screen {
    color: bool,
    terminal: bool,
    /// Fingerprints of the last picture; `None` before the first.
    known: Option<HashSet<String>>,
    /// Files that changed, the last first.
    touched: Vec<String>,
    /// The picture itself. It is not drawn twice: the output may go to a file that is watched.
    drawn: Vec<u8>,
}

impl Screen {
    fn new(args: &Args) -> Self {
        let out = io::stdout();
        Screen {
            color: wants_color(args.color, &out),
            terminal: out.is_terminal(),
            known: None,
            touched: Vec::new(),
            drawn: Vec::new(),
        }
    }

    fn touch(&mut self, folder: &Path, paths: Vec<PathBuf>) {
        for path in paths {
            let path = crate::files::path::shown(&path, folder);
            self.touched.retain(|known| *known != path);
            self.touched.insert(0, path);
        }
    }

    fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.terminal { write!(out, "\x1b[2J\x1b[3J\x1b[H") } else { Ok(()) }
    }

    fn say(&mut self, message: &str) -> io::Result<()> {
        let mut out = Vec::new();
        self.begin(&mut out)?;
        message.lines().try_for_each(|line| writeln!(out, "{}", harmless(line)))?;
        writeln!(out, "watching")?;
        self.show(out)
    }

    fn show(&mut self, picture: Vec<u8>) -> io::Result<()> {
        if picture == self.drawn {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(&picture)?;
        self.drawn = picture;
        out.flush()
    }

    fn draw(&mut self, run: &Run) -> io::Result<()> {
        let mut findings: Vec<&Reported> = shown(run).collect();
        let is_new =
            |one: &Reported| self.known.as_ref().is_some_and(|known| !known.contains(&one.fingerprint));
        let age = |one: &Reported| {
            let path = file(run, one).map_or("", |file| file.path.as_str());
            self.touched.iter().position(|touched| touched == path).unwrap_or(usize::MAX)
        };
        findings.sort_by_cached_key(|one| (!is_new(one), age(one)));
        let new = findings.iter().filter(|one| is_new(one)).count();
        let now: HashSet<String> = findings.iter().map(|one| one.fingerprint.clone()).collect();
        let gone = self.known.as_ref().map_or(0, |known| known.difference(&now).count());
        let mut out = Vec::new();
        self.begin(&mut out)?;
        let rows = terminal_size::terminal_size().map_or(usize::MAX, |size| usize::from(size.1.0));
        let room = if self.terminal { rows.saturating_sub(3).max(1) } else { usize::MAX };
        for one in findings.iter().take(room) {
            let sign = if is_new(one) { "+ " } else { "  " };
            writeln!(out, "{sign}{}", self.line(run, one))?;
        }
        if findings.len() > room {
            writeln!(out, "  and {} more", findings.len() - room)?;
        }
        let totals = Totals::of(run);
        let mut said = vec![
            counted(totals.errors, "error"),
            counted(totals.warnings, "warning"),
            format!("{} of advice", totals.infos),
        ];
        if self.known.is_some() {
            said.push(format!("{new} new, {gone} gone"));
        }
        writeln!(out, "watching: {}", said.join(", "))?;
        self.known = Some(now);
        self.show(out)
    }

    fn line(&self, run: &Run, one: &Reported) -> String {
        let place = file(run, one).map_or_else(String::new, |file| {
            let place = file.place(one.finding.span.start);
            format!("{}:{}:{}: ", file.path, place.line, place.column)
        });
        let head = format!("{}[{}]", one.severity, one.finding.rule);
        let paint = crate::report::paint::Paint { on: self.color };
        let head = paint.severity(one.severity, &head);
        format!("{}{head} {}", harmless(&place), harmless(&one.finding.message))
    }
}

fn file<'r>(run: &'r Run, one: &Reported) -> Option<&'r SourceFile> {
    run.files.get(one.finding.span.file.0 as usize).map(|file| &**file)
}

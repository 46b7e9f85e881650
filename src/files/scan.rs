//! From paths to source files: walking, leaving out, reading. It knows no rule and no Kubernetes, so that what
//! is linted depends on names and file types alone, and never on the order in which threads found them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foldhash::{HashMap, HashMapExt, HashSet};
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use super::charts::Charts;
pub use super::exclude::{BadGlob, Exclude};
use super::inside;
pub use super::options::Options;
use super::path::{absolute, shown};
use super::read::{self, Loaded};
pub use super::read::{LARGEST, size};
use super::tracked;
use super::{FileId, SourceFile};

use crate::clock::Clock;

/// Why there is no text of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Left alone on purpose.
    Skipped,
    /// Should have been read and could not be.
    Failed,
}

/// A file that was found and has no text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The path to show.
    pub path: String,
    /// What became of it.
    pub status: Status,
    /// Why, as one clause.
    pub reason: String,
}

/// What was found under the paths.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// The files with their text, sorted by path; a file's id is its index here.
    pub files: Vec<Arc<SourceFile>>,
    /// Files that were found and have no text, sorted by path.
    pub notes: Vec<Note>,
    /// Paths that could not be read, with the reason: the job was not done. Each of them is in `notes`, too.
    pub unreadable: Vec<(String, String)>,
    /// Only single files were named: what is not in them may well be elsewhere. Standard input counts as a
    /// single file when it was given a name, as editors do, and as a whole rendered set otherwise.
    pub single_files: bool,
    /// The directories that were named, as their files' paths begin; empty for the current one.
    pub roots: Vec<String>,
    /// How long finding and reading them took.
    pub timings: Vec<(&'static str, Duration)>,
}

/// The path under which standard input is shown when nobody named it.
pub const STDIN: &str = "<stdin>";

/// Collects and reads the files under `paths`; `-` is standard input. Never fails as a whole: what cannot be
/// read is in [`Scan::unreadable`].
pub fn scan(paths: &[PathBuf], options: &Options) -> Scan {
    let mut clock = Clock::after(Vec::new());
    let current = options.root.clone();
    let paths: Vec<PathBuf> = paths.iter().map(|path| from(path, &current)).collect();
    let mut search = Search { options, current: &current, found: Mutex::default(), notes: Mutex::default() };
    let mut directories = Vec::new();
    let mut stdin = false;
    let mut single_files = !paths.is_empty();
    for path in &paths {
        if path == Path::new("-") {
            stdin = true;
            single_files = false;
            continue;
        }
        match fs::metadata(path) {
            Err(error) => search.fail(path, &error),
            Ok(data) if data.is_dir() => {
                single_files = false;
                directories.push(path.as_path());
            }
            Ok(data) => search.named(path, data.is_file()),
        }
    }
    search.walk(&directories);
    let roots = directories.iter().map(|path| shown(path, &current));
    let roots = roots.map(|root| if root == "." { String::new() } else { root }).collect();
    let mut found = std::mem::take(search.found.get_mut().unwrap_or_else(|broken| broken.into_inner()));
    let mut notes = std::mem::take(search.notes.get_mut().unwrap_or_else(|broken| broken.into_inner()));

    deduplicate(&mut found);
    clock.lap("scan");
    let mut loaded: Vec<(Found, Loaded)> = found
        .into_par_iter()
        .map(|found| {
            let loaded = read::file(&found.path, found.named, options.largest);
            (found, loaded)
        })
        .collect();
    if stdin {
        let name = options.stdin_filename.as_deref();
        let display = name.map_or_else(|| STDIN.to_owned(), |name| shown(Path::new(name), &current));
        let path = PathBuf::from(name.unwrap_or(STDIN));
        let found = Found { canonical: path.clone(), path, display, named: true, link: false, piped: true };
        loaded.push((found, read::stdin()));
        loaded.sort_by(|a, b| a.0.display.cmp(&b.0.display));
    }

    let mut charts = Charts::new(&current);
    let mut files = Vec::with_capacity(loaded.len());
    for (found, loaded) in loaded {
        match loaded {
            Loaded::Text { text, damaged, transcoded } => {
                let mut file = SourceFile::new(FileId(files.len() as u32), found.display, text);
                file.damaged = damaged;
                file.transcoded = transcoded;
                file.named = found.named;
                file.piped = found.piped;
                file.chart = charts.of(&found.path);
                files.push(Arc::new(file));
            }
            Loaded::Skipped(reason) => {
                notes.push(Note { path: found.display, status: Status::Skipped, reason });
            }
            Loaded::Failed(reason) => {
                notes.push(Note { path: found.display, status: Status::Failed, reason });
            }
        }
    }
    notes.sort();
    notes.dedup();
    let failed = notes.iter().filter(|note| note.status == Status::Failed);
    let unreadable = failed.map(|note| (note.path.clone(), note.reason.clone())).collect();
    clock.lap("read");
    Scan { files, notes, unreadable, single_files, roots, timings: clock.into_laps() }
}

/// The path as the operating system finds it.
fn from(path: &Path, root: &Path) -> PathBuf {
    if path == Path::new("-") { path.to_owned() } else { root.join(path) }
}

impl Scan {
    /// Lays texts over the files, by the paths they are shown under: what an editor holds takes the place of what the
    /// disk has. A text without a file is a file of its own. Files that are still what they were `before` are the very
    /// same ones afterwards.
    pub fn lay_over(&mut self, texts: &BTreeMap<&str, &str>, root: &Path, before: &[Arc<SourceFile>]) {
        if !texts.is_empty() {
            let mut charts = Charts::new(root);
            let files = std::mem::take(&mut self.files).into_iter();
            let mut files: BTreeMap<String, Arc<SourceFile>> =
                files.map(|file| (file.path.clone(), file)).collect();
            for (&path, &text) in texts {
                let file = files.get(path).map(|file| file.edited(text));
                let file = file.unwrap_or_else(|| {
                    let mut file = SourceFile::new(FileId(0), path, text);
                    file.chart = charts.of(Path::new(path));
                    file
                });
                files.insert(path.to_owned(), Arc::new(file));
            }
            self.notes.retain(|note| !texts.contains_key(note.path.as_str()));
            self.unreadable.retain(|one| !texts.contains_key(one.0.as_str()));
            self.files = files.into_values().collect();
        }
        for (at, file) in self.files.iter_mut().enumerate() {
            let id = FileId(at as u32);
            if file.id != id {
                *file = Arc::new(file.numbered(id));
            }
            if let Some(known) = before.get(at).filter(|known| known.is_same_as(file)) {
                *file = Arc::clone(known);
            }
        }
    }
}

/// A file to read.
struct Found {
    path: PathBuf,
    /// The file's one true path, by which it is known to have been reached before.
    canonical: PathBuf,
    display: String,
    named: bool,
    link: bool,
    /// It is standard input.
    piped: bool,
}

/// Keeps one way to every file: the file itself rather than a link to it, then the first by name.
fn deduplicate(found: &mut Vec<Found>) {
    found.sort_by(|a, b| {
        // Canonical paths are equal if and only if their bytes are.
        let canonical = a.canonical.as_os_str().cmp(b.canonical.as_os_str());
        canonical.then_with(|| (a.link, &a.display, !a.named).cmp(&(b.link, &b.display, !b.named)))
    });
    found.dedup_by(|later, kept| {
        let same = later.canonical.as_os_str() == kept.canonical.as_os_str();
        kept.named |= same && later.named;
        same
    });
    found.sort_by(|a, b| a.display.cmp(&b.display));
}

struct Search<'s> {
    options: &'s Options,
    current: &'s Path,
    found: Mutex<Vec<Found>>,
    notes: Mutex<Vec<Note>>,
}

impl Search<'_> {
    fn note(&self, path: &Path, status: Status, reason: String) {
        let note = Note { path: shown(path, self.current), status, reason };
        self.notes.lock().unwrap_or_else(|broken| broken.into_inner()).push(note);
    }

    fn fail(&self, path: &Path, error: &io::Error) {
        self.note(path, Status::Failed, read::reason(error));
    }

    fn excluded(&self, path: &Path, root: Option<&Path>) -> bool {
        self.options.leaves_out(path, root)
    }

    fn named(&self, path: &Path, regular: bool) {
        let output = self.options.outputs.contains(&absolute(path, self.current));
        if output || (self.options.force_exclude && self.excluded(path, None)) {
            return;
        }
        if read::is_stream(path) {
            return self.add(path.to_owned(), path.to_owned(), true, false);
        }
        if !regular {
            return self.note(path, Status::Failed, "not a regular file".to_owned());
        }
        let link = fs::symlink_metadata(path).is_ok_and(|data| data.is_symlink());
        match fs::canonicalize(path) {
            Ok(canonical) => self.add(path.to_owned(), canonical, true, link),
            Err(error) => self.fail(path, &error),
        }
    }

    fn add(&self, path: PathBuf, canonical: PathBuf, named: bool, link: bool) {
        let found = Found { display: shown(&path, self.current), path, canonical, named, link, piped: false };
        self.found.lock().unwrap_or_else(|broken| broken.into_inner()).push(found);
    }

    fn walk(&self, roots: &[&Path]) {
        let mut canonical = HashMap::new();
        let mut builder: Option<WalkBuilder> = None;
        let mut sound = true;
        for &root in roots {
            if self.options.force_exclude && self.excluded(root, None) {
                continue;
            }
            // Rebuilt from its parts, so that a root can be found again above what lies below it.
            let root: PathBuf = root.components().collect();
            match fs::canonicalize(&root) {
                Err(error) => self.fail(&root, &error),
                Ok(real) => {
                    let top = inside::repository(&real).unwrap_or_else(|| real.clone());
                    let lists = real.ancestors().take_while(|folder| folder.starts_with(&top));
                    for folder in lists.filter(|folder| !inside::has_sound_ignores(folder)) {
                        self.unsound(folder);
                        sound = false;
                    }
                    match &mut builder {
                        Some(builder) => drop(builder.add(&real)),
                        None => builder = Some(WalkBuilder::new(&real)),
                    }
                    canonical.entry(real).or_insert(root);
                }
            }
        }
        let Some(mut builder) = builder else {
            return;
        };
        // What one user has configured for all repositories must not decide what a linter sees.
        builder.threads(rayon::current_num_threads());
        builder.ignore(false).git_global(false).git_exclude(false).follow_links(false).git_ignore(sound);
        // The walk opens the list of a folder as soon as it enters.
        let unsound: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
        let found = Arc::clone(&unsound);
        builder.filter_entry(move |entry| {
            let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            if !folder || entry.depth() == 0 || inside::has_sound_ignores(entry.path()) {
                return true;
            }
            found.lock().unwrap_or_else(|broken| broken.into_inner()).push(entry.path().to_owned());
            false
        });
        builder.build_parallel().run(|| {
            Box::new(|entry| match entry {
                Ok(entry) => self.visit(&entry, &canonical),
                Err(error) => {
                    self.walk_error(&error, &canonical);
                    WalkState::Continue
                }
            })
        });
        let unsound = std::mem::take(&mut *unsound.lock().unwrap_or_else(|broken| broken.into_inner()));
        unsound.iter().for_each(|folder| self.unsound(folder));
        if sound && unsound.is_empty() {
            self.ignored_though_tracked(&canonical);
        }
    }

    /// Notes what the walk did not find although Git tracks it: files that a `.gitignore` names, which is nothing to
    /// Git, since they were added before or by force.
    fn ignored_though_tracked(&self, roots: &HashMap<PathBuf, PathBuf>) {
        let found = self.found.lock().unwrap_or_else(|broken| broken.into_inner());
        let known: HashSet<&OsStr> = found.iter().map(|one| one.canonical.as_os_str()).collect();
        for (real, root) in roots {
            for below in tracked::below(real, |path| wanted(path) && !known.contains(path.as_os_str())) {
                let path = root.join(below);
                let mut way = path.ancestors().take_while(|above| *above != root.as_path());
                if !way.any(|one| self.excluded(one, Some(root))) {
                    let reason = "a `.gitignore` names it, although Git tracks it".to_owned();
                    self.note(&path, Status::Skipped, reason);
                }
            }
        }
    }

    fn unsound(&self, folder: &Path) {
        let reason = "not a regular file of a sane size, so that nothing below its folder is read";
        self.note(&folder.join(".gitignore"), Status::Failed, reason.to_owned());
    }

    fn visit(&self, entry: &DirEntry, roots: &HashMap<PathBuf, PathBuf>) -> WalkState {
        let real = entry.path();
        let Some((path, root)) = as_named(real, entry.depth(), roots) else {
            return WalkState::Continue;
        };
        let Some(kind) = entry.file_type() else {
            return WalkState::Continue;
        };
        if entry.depth() == 0 {
            return WalkState::Continue;
        }
        if kind.is_dir() {
            let skip = self.excluded(&path, Some(root));
            return if skip { WalkState::Skip } else { WalkState::Continue };
        }
        if !wanted(real) || self.excluded(&path, Some(root)) {
            return WalkState::Continue;
        }
        if kind.is_file() {
            self.add(path, real.to_owned(), false, false);
        } else if kind.is_symlink() {
            match (fs::metadata(real), fs::canonicalize(real)) {
                (Ok(data), _) if data.is_dir() => {}
                (Ok(data), Ok(canonical)) if data.is_file() => {
                    let top = inside::repository(root);
                    if top.is_some_and(|top| canonical.starts_with(top)) {
                        self.add(path, canonical, false, true);
                    } else {
                        self.note(
                            &path,
                            Status::Skipped,
                            "a link that leads out of the repository".to_owned(),
                        );
                    }
                }
                (Ok(_), _) => self.note(&path, Status::Skipped, "not a regular file".to_owned()),
                (Err(error), _) => {
                    let reason = format!("a broken link: {}", read::reason(&error));
                    self.note(&path, Status::Skipped, reason);
                }
            }
        } else {
            self.note(&path, Status::Skipped, "not a regular file".to_owned());
        }
        WalkState::Continue
    }

    fn walk_error(&self, error: &ignore::Error, roots: &HashMap<PathBuf, PathBuf>) {
        let (mut at, mut depth, mut path) = (error, 0, None);
        let reason = loop {
            match at {
                ignore::Error::WithDepth { depth: found, err } => (depth, at) = (*found, err),
                ignore::Error::WithPath { path: found, err } => (path, at) = (Some(found), err),
                ignore::Error::Io(error) => break read::reason(error),
                other => break other.to_string(),
            }
        };
        let path = path.map_or_else(PathBuf::new, |path| {
            as_named(path, depth, roots).map_or_else(|| path.clone(), |(path, _)| path)
        });
        self.note(&path, Status::Failed, reason);
    }
}

/// The path as the user would write it, and the directory that was named: walking goes by canonical paths.
fn as_named<'r>(
    real: &Path,
    depth: usize,
    roots: &'r HashMap<PathBuf, PathBuf>,
) -> Option<(PathBuf, &'r Path)> {
    let above = real.ancestors().nth(depth)?;
    let root = roots.get(above)?;
    let below = real.strip_prefix(above).ok()?;
    Some((root.join(below), root))
}

/// Whether a file below a directory is looked at: by its extension, or as a kustomization without one.
pub fn wanted(path: &Path) -> bool {
    match path.extension().and_then(OsStr::to_str) {
        Some(extension) => matches!(extension, "yaml" | "yml" | "json"),
        None => path.file_name() == Some(OsStr::new("Kustomization")),
    }
}

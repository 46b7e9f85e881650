//! One folder of the editor: its settings, its files, and what the last run over them said.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::{ConfigError, FILE_NAME};
use crate::files::FileId;
use crate::files::path::shown;
use crate::run::Run;
use crate::settings::{Flags, Settings};
use crate::symbols::Symbols;
use crate::workspace::Workspace;

/// A folder that is linted as a whole, or a single file outside of all folders.
pub struct Root {
    /// Its directory.
    pub folder: PathBuf,
    /// The files that are linted; the directory itself, if it is a folder of the editor.
    paths: Vec<PathBuf>,
    /// The files with what the editor holds of them.
    pub workspace: Workspace,
    /// What the last run said.
    pub run: Run,
    /// The names of the last run, where somebody asked for them.
    pub symbols: Symbols,
    /// Whether the names are those of the last run.
    pub is_named: bool,
    /// Somebody asked for names since the run before the last one.
    was_asked: bool,
    /// Since when there is something that the last run did not see.
    pub dirty: Option<Instant>,
    /// How long the last run took.
    pub took: Duration,
    /// Why the configuration is not used.
    pub broken: Option<ConfigError>,
}

impl Root {
    /// A folder of the editor.
    pub fn folder(folder: PathBuf) -> Self {
        Root::new(folder, vec![PathBuf::from(".")])
    }

    /// A file outside of all folders.
    pub fn file(path: &Path) -> Option<Self> {
        Some(Root::new(path.parent()?.to_owned(), vec![path.to_owned()]))
    }

    fn new(folder: PathBuf, paths: Vec<PathBuf>) -> Self {
        let (settings, broken) = settings(&folder, &paths);
        Root {
            workspace: Workspace::new(paths.clone(), settings),
            folder,
            paths,
            run: Run::default(),
            symbols: Symbols::default(),
            is_named: false,
            was_asked: false,
            dirty: Some(Instant::now()),
            took: Duration::ZERO,
            broken,
        }
    }

    /// Whether it is a folder of the editor.
    pub fn is_folder(&self) -> bool {
        self.paths == [PathBuf::from(".")]
    }

    /// Whether a file is one of this root.
    pub fn holds(&self, path: &Path) -> bool {
        if self.is_folder() {
            path.starts_with(&self.folder)
        } else {
            self.paths.iter().any(|one| one == path)
        }
    }

    /// Reads the configuration again.
    pub fn reload(&mut self) {
        let (settings, broken) = settings(&self.folder, &self.paths);
        self.broken = broken;
        self.workspace.set_settings(settings);
        self.touch();
    }

    /// There is something new to see.
    pub fn touch(&mut self) {
        self.dirty.get_or_insert_with(Instant::now);
    }

    /// Lints what is there now. Names are gathered where somebody asks for them, or just did and will again.
    pub fn lint(&mut self, named: bool) {
        let start = Instant::now();
        self.is_named = named || self.was_asked;
        self.was_asked = named;
        let (run, symbols) = if self.is_named {
            self.workspace.lint_named()
        } else {
            (self.workspace.lint(), Symbols::default())
        };
        // Taking thousands of findings apart is nothing to wait for.
        let old = (std::mem::replace(&mut self.run, run), std::mem::replace(&mut self.symbols, symbols));
        rayon::spawn(move || drop(old));
        self.dirty = None;
        self.took = start.elapsed();
    }

    /// The file of the last run with this path.
    pub fn find(&self, path: &Path) -> Option<FileId> {
        let shown = shown(path, &self.folder);
        let at = self.run.files.iter().position(|file| file.path == shown)?;
        Some(FileId(at as u32))
    }

    /// The path of a file of the last run.
    pub fn path(&self, file: FileId) -> PathBuf {
        let file = self.run.files.get(file.0 as usize);
        self.folder.join(file.map_or("", |file| file.path.as_str()))
    }
}

/// Whether a path is a configuration file of ours.
pub fn is_config(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == FILE_NAME)
}

/// The settings of a folder. A configuration that cannot be used is as good as none, and is told of.
fn settings(folder: &Path, paths: &[PathBuf]) -> (Settings, Option<ConfigError>) {
    let flags = Flags { paths: paths.to_vec(), folder: folder.to_owned(), ..Flags::default() };
    match Settings::load(&flags) {
        Ok(settings) => (settings, None),
        Err(error) => {
            let without = Settings::load(&Flags { no_config: true, ..flags });
            (without.unwrap_or_default(), Some(error))
        }
    }
}

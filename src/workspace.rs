//! A folder that is linted again and again while somebody edits it: files of the disk, with texts laid over them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::document::Document;
use crate::files::SourceFile;
use crate::files::path::shown;
use crate::files::scan::{self, Scan};
use crate::lint::{Memory, lint_kept};
use crate::project;
use crate::run::Run;
use crate::settings::Settings;
use crate::symbols::{self, Symbol, Symbols};

/// Files below a root, and the texts that take the place of some of them. Every [`Workspace::lint`] is what a fresh run
/// over the same texts would be, byte for byte, as far as the workspace was told what changed on the disk.
///
/// What did not change since the last run is not worked out again: files keep their texts, texts their trees, documents
/// what is said of each by itself, and units what is said of them. Each is known by a hash of all that it depends on,
/// and what a run did not ask for is gone after it.
pub struct Workspace {
    settings: Settings,
    paths: Vec<PathBuf>,
    texts: BTreeMap<String, String>,
    /// What the disk has, until somebody says that it changed.
    disk: Option<Scan>,
    /// The files of the last run, and what was worked out from them.
    files: Vec<Arc<SourceFile>>,
    memory: Memory,
}

impl Workspace {
    /// A workspace of these paths; relative ones are meant from [`Settings::folder`], its root.
    pub fn new(paths: Vec<PathBuf>, settings: Settings) -> Self {
        Workspace {
            settings,
            paths,
            texts: BTreeMap::new(),
            disk: None,
            files: Vec::new(),
            memory: Memory::default(),
        }
    }

    /// The directory that paths of findings are shown from.
    pub fn root(&self) -> &Path {
        self.settings.folder()
    }

    /// What is wanted of the rules.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Goes on with other settings.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
        self.disk = None;
        self.memory = Memory::default();
    }

    /// Lays a text over a file, whether the disk has it or not. Relative paths are meant from the root.
    pub fn set(&mut self, path: &Path, text: impl Into<String>) {
        self.texts.insert(shown(path, self.root()), text.into());
    }

    /// Lays these texts over files, by the paths that they are shown under, and takes all others away.
    pub fn set_all(&mut self, texts: &BTreeMap<String, String>) {
        self.texts.clone_from(texts);
    }

    /// Takes a text away: what the disk has is seen again.
    pub fn unset(&mut self, path: &Path) {
        self.texts.remove(&shown(path, self.root()));
    }

    /// Something changed on the disk: it is read anew.
    pub fn disk_changed(&mut self) {
        self.disk = None;
    }

    /// The documents of the last run, in the order of its files.
    pub fn documents(&self) -> &[Document] {
        &self.memory.documents
    }

    /// Lints what is there now, and says what every name means.
    pub fn lint_named(&mut self) -> (Run, Symbols) {
        let found: Arc<Mutex<Vec<Vec<Symbol>>>> = Arc::default();
        let units = Arc::clone(&found);
        let plain = self.settings.surroundings.observer.replace(Arc::new(move |inventory, _| {
            let own = symbols::collect(inventory);
            units.lock().unwrap_or_else(|broken| broken.into_inner()).push(own);
        }));
        let run = self.lint();
        self.settings.surroundings.observer = plain;
        let found = std::mem::take(&mut *found.lock().unwrap_or_else(|broken| broken.into_inner()));
        let settings = &self.settings;
        let texts =
            project::chart_texts(&run.files, self.documents(), &settings.charts, Some(settings.folder()));
        (run, Symbols::new(found, texts))
    }

    /// Lints what is there now.
    pub fn lint(&mut self) -> Run {
        let options = self.settings.scan_options();
        let disk = self.disk.get_or_insert_with(|| scan::scan(&self.paths, &options));
        let mut scan = disk.clone();
        let root = self.settings.folder();
        let is_known = |path: &str| {
            scan.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
                || scan.notes.iter().any(|note| note.path == path)
        };
        // A file that the disk has and the scan has not was left out on purpose.
        let is_new = |path: &str| {
            let path = root.join(path);
            scan::wanted(&path) && !path.exists() && !options.leaves_out(&path, Some(root))
        };
        let texts = self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let texts = texts.filter(|(path, _)| is_known(path) || is_new(path)).collect();
        scan.lay_over(&texts, root, &self.files);
        self.files.clone_from(&scan.files);
        lint_kept(scan, &self.settings, &mut self.memory)
    }
}

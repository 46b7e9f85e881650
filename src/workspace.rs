//! A folder that is linted again and again while somebody edits it: files of the disk, with texts laid over them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::files::path::shown;
use crate::files::scan;
use crate::lint::lint_scan;
use crate::run::Run;
use crate::settings::Settings;

/// Files below a root, and the texts that take the place of some of them. Every [`Workspace::lint`] is what a fresh run
/// over the same texts would be, byte for byte.
pub struct Workspace {
    settings: Settings,
    paths: Vec<PathBuf>,
    texts: BTreeMap<String, String>,
}

impl Workspace {
    /// A workspace of these paths; relative ones are meant from [`Settings::folder`], its root.
    pub fn new(paths: Vec<PathBuf>, settings: Settings) -> Self {
        Workspace { settings, paths, texts: BTreeMap::new() }
    }

    /// The directory that paths of findings are shown from.
    pub fn root(&self) -> &Path {
        self.settings.folder()
    }

    /// Lays a text over a file, whether the disk has it or not. Relative paths are meant from the root.
    pub fn set(&mut self, path: &Path, text: impl Into<String>) {
        self.texts.insert(shown(path, self.root()), text.into());
    }

    /// Takes a text away: what the disk has is seen again.
    pub fn unset(&mut self, path: &Path) {
        self.texts.remove(&shown(path, self.root()));
    }

    /// Lints what is there now.
    pub fn lint(&self) -> Run {
        let mut scan = scan::scan(&self.paths, &self.settings.scan_options());
        scan.lay_over(&self.texts, self.root());
        lint_scan(scan, &self.settings)
    }
}

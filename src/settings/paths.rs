//! Where files lie, as the settings see it.

use std::path::{Path, PathBuf};

use super::Settings;
use crate::files::{FileId, SourceFile, inside, path, scan};

impl Settings {
    /// What to look for under the paths.
    pub fn scan_options(&self) -> scan::Options {
        let stdin_filename = (self.stdin_name != crate::files::scan::STDIN).then(|| self.stdin_name.clone());
        scan::Options {
            exclude: self.exclude.clone(),
            force_exclude: self.force_exclude,
            stdin_filename,
            outputs: self.outputs.clone(),
            root: self.folder.clone(),
            largest: self.max_file_size,
        }
    }

    /// Files that the program writes are no inputs.
    pub fn add_outputs(&mut self, paths: &[PathBuf]) {
        let more: Vec<PathBuf> = paths.iter().map(|path| self.absolute(path)).collect();
        self.outputs.extend(more);
    }

    /// The path as absolute, without `.` and `..`.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        path::absolute(path, &self.folder)
    }

    /// The path as it is shown: relative to the current directory if it is inside, with forward slashes.
    pub fn relative(&self, path: &Path) -> String {
        path::shown(path, &self.folder)
    }

    /// Whether a path that a configuration names for a report lies outside of its repository.
    pub fn is_outside(&self, config: &SourceFile, path: &Path) -> bool {
        let config = self.absolute(Path::new(&config.path));
        config.parent().is_some_and(|folder| inside::is_outside(&self.absolute(path), folder))
    }

    /// The configuration file as a file of a run.
    pub fn config_file(&self, id: FileId) -> Option<SourceFile> {
        self.config.as_ref().map(|file| SourceFile::new(id, file.path.clone(), file.text.clone()))
    }
}

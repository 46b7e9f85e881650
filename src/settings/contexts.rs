//! Globs over paths in the configuration, and what it says that files are kept for.

use std::path::Path;

use super::{Settings, no_glob};
use crate::config::{Config, Name, Problem};
use crate::files::scan::Exclude;
use crate::project::Context;

impl Settings {
    /// What the configuration says that the file of a path is kept for: `Some(None)` for a cluster.
    pub fn context_of(&self, path: &str) -> Option<Option<Context>> {
        let path = self.absolute(Path::new(path));
        self.contexts.iter().find(|(_, globs)| globs.matches(&path, None, false)).map(|one| one.0)
    }
}

/// The globs of these names, relative to the configuration; `None` without any.
pub(super) fn paths(names: &[Name], config: &Config, problems: &mut Vec<Problem>) -> Option<Exclude> {
    globs(names, &config.folder, problems)
}

/// The globs of these names, relative to a folder; `None` without any.
pub(super) fn globs(names: &[Name], folder: &Path, problems: &mut Vec<Problem>) -> Option<Exclude> {
    let texts: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
    if texts.is_empty() {
        return None;
    }
    let globs = Exclude::new(folder, &texts);
    globs.map_err(|error| problems.push(no_glob(&names[error.index], &error.message))).ok()
}

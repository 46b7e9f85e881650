//! What is read, and what is left out.

use std::path::{Path, PathBuf};

use super::exclude::Exclude;
use super::path::absolute;

/// What [`scan`](super::scan::scan) leaves out and how standard input is called.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is left out; one entry for every directory that patterns are relative to.
    pub exclude: Vec<Exclude>,
    /// Exclusion holds for paths that were named, too.
    pub force_exclude: bool,
    /// The path that standard input is reported under, and that is compared with globs.
    pub stdin_filename: Option<String>,
    /// Absolute paths of files that the program itself writes: they are never inputs.
    pub outputs: Vec<PathBuf>,
    /// The directory that relative paths are meant from, and that paths are shown from; empty for the one that the
    /// operating system takes them from.
    pub root: PathBuf,
    /// Larger files are left out unless they were named; in bytes.
    pub largest: u64,
}

impl Options {
    /// What is read of the files that were found, in bytes, where nobody says otherwise.
    pub const LARGEST: u64 = 64 << 20;
}

impl Options {
    /// Whether a path is left out; `named` is the directory that was named, if the path lies below one.
    pub fn leaves_out(&self, path: &Path, named: Option<&Path>) -> bool {
        if self.exclude.is_empty() && self.outputs.is_empty() {
            return false;
        }
        let path = absolute(path, &self.root);
        if self.outputs.contains(&path) {
            return true;
        }
        let named = named.map(|named| absolute(named, &self.root));
        self.exclude.iter().any(|exclude| exclude.matches(&path, named.as_deref(), self.force_exclude))
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            exclude: Vec::new(),
            force_exclude: false,
            stdin_filename: None,
            outputs: Vec::new(),
            root: PathBuf::new(),
            largest: Options::LARGEST,
        }
    }
}

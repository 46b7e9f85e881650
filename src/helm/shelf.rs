//! The files that charts are read from: those of the run first, then, where there is one, the disk.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::{FileId, SourceFile, inside};

/// Files that were read, and those that still can be.
#[derive(Debug, Default)]
pub struct Shelf {
    files: Vec<Arc<SourceFile>>,
    by_path: BTreeMap<String, usize>,
    /// Nothing outside of this directory is read; `None` where there is no disk at all.
    root: Option<PathBuf>,
    /// The directory that paths are shown from.
    folder: PathBuf,
}

/// Larger files are no part of a chart to Helm either.
pub const LARGEST: u64 = 5 << 20;
/// A chart with more files than this is not evaluated.
const MOST_FILES: usize = 10_000;
/// Directories are followed down to here.
const DEEPEST: usize = 24;

impl Shelf {
    /// The files of a run. What they lack is looked for on the disk, below `root`.
    pub fn new(files: Vec<Arc<SourceFile>>, root: Option<PathBuf>) -> Self {
        let by_path = files.iter().enumerate().map(|(at, file)| (file.path.clone(), at)).collect();
        let root = root.and_then(|root| std::fs::canonicalize(root).ok());
        Shelf { files, by_path, root, folder: PathBuf::new() }
    }

    /// The same with paths that are shown from a directory.
    pub fn shown_from(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// The directory that paths are shown from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Changes the directory outside of which nothing is read.
    pub fn enter(&mut self, root: Option<PathBuf>) {
        self.root = root.and_then(|root| std::fs::canonicalize(root).ok());
    }

    /// All files that were read, each at the place of its number.
    pub fn files(&self) -> &[Arc<SourceFile>] {
        &self.files
    }

    /// The file of a path, read at most once.
    pub fn file(&mut self, path: &str) -> Option<Arc<SourceFile>> {
        if let Some(&at) = self.by_path.get(path) {
            return Some(Arc::clone(&self.files[at]));
        }
        let bytes = self.bytes(path)?;
        Some(self.add(path, String::from_utf8(bytes).ok()?))
    }

    /// The file of a path that somebody named, wherever it lies.
    pub fn named(&mut self, path: &str) -> Option<Arc<SourceFile>> {
        if self.by_path.contains_key(path) || self.root.is_none() {
            return self.file(path);
        }
        let bytes = inside::read(&self.folder.join(path), LARGEST)?;
        Some(self.add(path, String::from_utf8(bytes).ok()?))
    }

    /// Keeps a text that was found inside of another file.
    pub fn add(&mut self, path: &str, text: String) -> Arc<SourceFile> {
        if let Some(&at) = self.by_path.get(path) {
            return Arc::clone(&self.files[at]);
        }
        let file = Arc::new(SourceFile::new(FileId(self.files.len() as u32), path, text));
        self.by_path.insert(path.to_owned(), self.files.len());
        self.files.push(Arc::clone(&file));
        file
    }

    /// Whether something of this path can be read.
    fn is_inside(&self, path: &Path) -> bool {
        let real = std::fs::canonicalize(path).ok();
        self.root.as_ref().zip(real).is_some_and(|(root, real)| real.starts_with(root))
    }

    /// The content of a file on the disk.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        // Paths are shown from a directory that need not be the one the program stands in.
        inside::read_in(&self.folder.join(path), self.root.as_deref()?, LARGEST)
    }

    /// What follows a prefix in the paths of the files that were read, sorted.
    pub fn read_below<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'s str> + 's {
        let from = self.by_path.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.map_while(move |(path, _)| path.strip_prefix(prefix))
    }

    /// The paths of all files below a directory, relative to it and sorted. `None` if there are too many.
    pub fn list(&self, directory: &str) -> Option<Vec<String>> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let mut found: Vec<String> = self.read_below(&prefix).map(str::to_owned).collect();
        if self.root.is_some() {
            let top = if directory.is_empty() { "." } else { directory };
            self.walk(&self.folder.join(top), "", 0, &mut found, &mut (4 * MOST_FILES))?;
        }
        found.sort_unstable();
        found.dedup();
        (found.len() <= MOST_FILES).then_some(found)
    }

    /// Looks at so many entries at most: links may lead round in circles.
    fn walk(
        &self,
        directory: &Path,
        prefix: &str,
        depth: usize,
        found: &mut Vec<String>,
        left: &mut usize,
    ) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        for entry in std::fs::read_dir(directory).ok()?.flatten() {
            *left = left.checked_sub(1)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = entry.path();
            let kind = entry.file_type().ok()?;
            if kind.is_symlink() && !self.is_inside(&path) {
                continue;
            }
            let Ok(data) = std::fs::metadata(&path) else { continue };
            let inside = format!("{prefix}{name}");
            if data.is_dir() {
                if name != ".git" && name != "node_modules" {
                    self.walk(&path, &format!("{inside}/"), depth + 1, found, left)?;
                }
            } else if data.is_file() {
                found.push(inside);
            }
        }
        Some(())
    }
}

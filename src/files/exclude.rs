//! Globs that leave files out. They are relative to the directory of the file they were written in; a pattern
//! without a slash matches a name at any depth, and what is below an excluded directory is excluded.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Patterns with the directory they are relative to.
#[derive(Clone, Debug)]
pub struct Exclude {
    base: PathBuf,
    /// Patterns that are compared with one name at a time.
    names: Arc<GlobSet>,
    /// Patterns that are compared with a whole path below the base.
    paths: Arc<GlobSet>,
    /// Which pattern each of the names and of the paths is.
    order: Arc<[Vec<usize>; 2]>,
    /// For each pattern, whether it left something out. Copies share it.
    used: Arc<[AtomicBool]>,
    /// Nothing outside of the base is compared.
    inside: bool,
}

/// A pattern that is no glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadGlob {
    /// Which of the patterns.
    pub index: usize,
    /// What is wrong with it, as one clause.
    pub message: String,
}

impl fmt::Display for BadGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BadGlob {}

impl Exclude {
    /// Patterns relative to `base`, an absolute directory. Fails at the first pattern that is no glob.
    pub fn new(base: &Path, patterns: &[impl AsRef<str>]) -> Result<Self, BadGlob> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        let mut order = [Vec::new(), Vec::new()];
        for (index, pattern) in patterns.iter().enumerate() {
            let pattern = pattern.as_ref();
            let bare = pattern.strip_suffix('/').unwrap_or(pattern);
            let anchored = bare.strip_prefix("./").or_else(|| bare.strip_prefix('/'));
            let glob = GlobBuilder::new(anchored.unwrap_or(bare))
                .literal_separator(true)
                .build()
                .map_err(|error| BadGlob { index, message: error.to_string() })?;
            if anchored.is_none() && !bare.contains('/') {
                order[0].push(index);
                names.add(glob)
            } else {
                order[1].push(index);
                paths.add(glob)
            };
        }
        let set = |builder: GlobSetBuilder| {
            let failed = |error: globset::Error| BadGlob { index: 0, message: error.to_string() };
            builder.build().map(Arc::new).map_err(failed)
        };
        Ok(Exclude {
            base: base.components().collect(),
            names: set(names)?,
            paths: set(paths)?,
            order: Arc::new(order),
            used: patterns.iter().map(|_| AtomicBool::new(false)).collect(),
            inside: false,
        })
    }

    /// The same patterns for what lies below their directory, and nothing else.
    pub fn inside(self) -> Self {
        Exclude { inside: true, ..self }
    }

    /// Whether an absolute path is left out. Patterns that leave out the whole of `root`, a directory that
    /// was named, do not count below it unless `force` is set. Outside of the base, patterns are taken as
    /// relative to `root`.
    pub fn matches(&self, path: &Path, root: Option<&Path>, force: bool) -> bool {
        if self.inside && !path.starts_with(&self.base) {
            return false;
        }
        let relative = match (path.strip_prefix(&self.base), root) {
            (Ok(relative), _) => relative,
            (Err(_), Some(root)) => path.strip_prefix(root).unwrap_or(path),
            (Err(_), None) => Path::new(path.file_name().unwrap_or(OsStr::new(""))),
        };
        let named = root.filter(|_| !force).and_then(|root| root.strip_prefix(&self.base).ok());
        let below = named.and_then(|named| relative.strip_prefix(named).ok()).unwrap_or(relative);
        if let Some(name) = below.iter().find(|name| self.names.is_match(name)) {
            self.names.matches(name).into_iter().for_each(|at| self.mark(self.order[0][at]));
            return true;
        }
        if self.paths.is_empty() {
            return false;
        }
        let waived: Vec<usize> = match named.filter(|named| !named.as_os_str().is_empty()) {
            Some(named) => {
                let mut waived = self.paths.matches(named.join("\u{1}/\u{1}"));
                named.ancestors().for_each(|above| waived.extend(self.paths.matches(above)));
                waived
            }
            None => Vec::new(),
        };
        let above = relative.ancestors().filter(|above| !above.as_os_str().is_empty());
        let mut hits = above.flat_map(|above| self.paths.matches(above)).filter(|at| !waived.contains(at));
        let hit = hits.next();
        hit.into_iter().chain(hits).for_each(|at| self.mark(self.order[1][at]));
        hit.is_some()
    }

    fn mark(&self, pattern: usize) {
        self.used[pattern].store(true, Ordering::Relaxed);
    }

    /// The patterns, by their positions, that have left nothing out so far.
    pub fn idle(&self) -> impl Iterator<Item = usize> + '_ {
        let idle = |(_, used): &(usize, &AtomicBool)| !used.load(Ordering::Relaxed);
        self.used.iter().enumerate().filter(idle).map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excluded(patterns: &[&str], path: &str, root: &str) -> bool {
        let exclude = Exclude::new(Path::new("/r"), patterns).expect("globs");
        exclude.matches(&Path::new("/r").join(path), Some(&Path::new("/r").join(root)), false)
    }

    #[test]
    fn a_bare_name_matches_at_any_depth() {
        assert!(excluded(&["vendor"], "a/vendor/b.yaml", ""));
        assert!(excluded(&["*.tmp.yaml"], "a/b.tmp.yaml", ""));
        assert!(!excluded(&["vendor"], "a/vendors.yaml", ""));
    }

    #[test]
    fn a_pattern_with_a_slash_is_anchored() {
        assert!(excluded(&["vendor/**"], "vendor/a/b.yaml", ""));
        assert!(excluded(&["vendor/a"], "vendor/a/b.yaml", ""));
        assert!(excluded(&["/vendor"], "vendor/b.yaml", ""));
        assert!(!excluded(&["vendor/**"], "a/vendor/b.yaml", ""));
        assert!(!excluded(&["/vendor"], "a/vendor/b.yaml", ""));
        assert!(!excluded(&["dev/*.yaml"], "dev/sub/a.yaml", ""));
        assert!(excluded(&["**/gen/*.yaml"], "a/gen/a.yaml", ""));
    }

    #[test]
    fn naming_a_directory_beats_the_pattern_that_leaves_it_out() {
        assert!(!excluded(&["vendor/**"], "vendor/a.yaml", "vendor"));
        assert!(!excluded(&["vendor"], "vendor/a.yaml", "vendor"));
        assert!(excluded(&["vendor/x/**"], "vendor/x/a.yaml", "vendor"));
    }

    #[test]
    fn a_broken_pattern_is_named() {
        let error = Exclude::new(Path::new("/r"), &["ok", "a[b"]).expect_err("no glob");
        assert_eq!(error.index, 1);
    }
}

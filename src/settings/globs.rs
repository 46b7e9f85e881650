//! Globs over paths, each relative to the folder of whoever wrote it.

use std::path::{Component, Path, PathBuf};

use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

/// Patterns with the folder they are relative to.
#[derive(Clone, Debug)]
pub struct Globs {
    folder: PathBuf,
    set: GlobSet,
}

impl Globs {
    /// Compiles patterns. One without a slash matches at every depth, and whatever matches a folder also
    /// covers what is inside it.
    pub fn new<'a>(
        folder: &Path,
        patterns: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, globset::Error> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
            let trimmed = pattern.trim_end_matches('/');
            let anywhere = if trimmed.contains('/') { "" } else { "**/" };
            let rooted = trimmed.trim_start_matches('/');
            set.add(path_glob(&format!("{anywhere}{rooted}"))?);
            set.add(path_glob(&format!("{anywhere}{rooted}/**"))?);
        }
        Ok(Globs { folder: normal(folder), set: set.build()? })
    }

    /// Whether an absolute, normal path matches.
    pub fn matches(&self, path: &Path) -> bool {
        path.strip_prefix(&self.folder).is_ok_and(|inside| self.set.is_match(inside))
    }
}

fn path_glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

/// A glob over names; `*` does not cross the slash between namespace and name.
pub fn name_glob(pattern: &str) -> Result<GlobMatcher, globset::Error> {
    Ok(path_glob(pattern)?.compile_matcher())
}

/// The path without `.` and `..`, as far as its text allows.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_relative_to_their_folder() {
        let globs = Globs::new(Path::new("/repo/app"), ["vendor/**", "*.skip.yaml", "dev"]).expect("globs");
        for path in ["/repo/app/vendor/a/b.yaml", "/repo/app/x/a.skip.yaml", "/repo/app/x/dev/a.yaml"] {
            assert!(globs.matches(Path::new(path)), "{path}");
        }
        for path in ["/repo/vendor/a.yaml", "/repo/app/x/vendor/a.yaml", "/repo/app/develop/a.yaml"] {
            assert!(!globs.matches(Path::new(path)), "{path}");
        }
    }
}

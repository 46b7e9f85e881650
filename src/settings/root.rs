//! The repository around the current directory: reports and fingerprints count paths from its root, so that they
//! are the same wherever in it somebody stands.

use std::path::Path;

/// The root of a repository and the way from there to the current directory, each with a slash at the end.
/// Both are empty outside of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root {
    /// The root itself, absolute, with forward slashes.
    pub path: String,
    /// From the root to the current directory; empty at the root.
    pub inside: String,
}

impl Root {
    /// The repository that holds a directory: the nearest one above with a `.git`, a directory or a file.
    pub fn of(current: &Path) -> Root {
        let Some(root) = current.ancestors().find(|folder| folder.join(".git").exists()) else {
            return Root::default();
        };
        let inside = current.strip_prefix(root).unwrap_or(Path::new(""));
        let inside =
            inside.components().map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect();
        let path = root.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        Root { path: format!("{}/", path.trim_end_matches('/')), inside }
    }

    /// A path of a run, seen from the root; what lies outside stays absolute.
    pub fn rooted(&self, path: &str) -> String {
        let absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
        match path.strip_prefix(&self.path) {
            Some(inside) if absolute => inside.to_owned(),
            _ if absolute => path.to_owned(),
            _ => format!("{}{path}", self.inside),
        }
    }
}

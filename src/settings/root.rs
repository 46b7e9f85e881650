//! The repository around what is linted: reports and fingerprints count paths from its root, so that they are the same
//! wherever somebody stands.

use std::path::Path;

use crate::files::path::slashed;

/// The root of what is linted, and how paths of a run are seen from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root {
    /// The root itself, absolute, with forward slashes and one at the end; empty outside of a repository.
    pub path: String,
    /// From the root to the directory that paths are shown from, with a slash at the end; empty at the root.
    pub inside: String,
    /// The directory that paths are shown from, where it lies outside of the root.
    pub outside: Option<String>,
}

impl Root {
    /// The root of `linted`: the nearest directory above it with a `.git`, a directory or a file. Without one, paths
    /// stay as they are shown, or count from `linted` where it does not lie below `folder`, the directory that paths
    /// are shown from.
    pub fn of(linted: &Path, folder: &Path) -> Root {
        let repository = linted.ancestors().find(|above| above.join(".git").exists());
        let root = match repository {
            Some(root) => root,
            None if linted.starts_with(folder) => return Root::default(),
            None => linted,
        };
        let path = ended(root);
        match folder.strip_prefix(root) {
            Ok(inside) if inside.as_os_str().is_empty() => Root { path, ..Root::default() },
            Ok(inside) => Root { path, inside: ended(inside), outside: None },
            Err(_) => Root { path, inside: String::new(), outside: Some(ended(folder)) },
        }
    }

    /// A path of a run, seen from the root; what lies outside stays as it is.
    pub fn rooted(&self, path: &str) -> String {
        let absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
        match &self.outside {
            _ if absolute => path.strip_prefix(&self.path).unwrap_or(path).to_owned(),
            Some(folder) => {
                let full = format!("{folder}{path}");
                full.strip_prefix(&self.path).unwrap_or(path).to_owned()
            }
            None => format!("{}{path}", self.inside),
        }
    }
}

/// A directory with a slash at the end.
fn ended(path: &Path) -> String {
    format!("{}/", slashed(path).trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_same_wherever_somebody_stands() {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = folder.path().join("shop");
        std::fs::create_dir_all(repository.join(".git")).expect("a repository");
        std::fs::create_dir_all(repository.join("apps/web")).expect("folders");
        let seen = |linted: &str, from: &str, path: &str| {
            Root::of(&repository.join(linted), &folder.path().join(from)).rooted(path)
        };
        assert_eq!(seen("apps", "shop", "apps/web/a.yaml"), "apps/web/a.yaml");
        assert_eq!(seen("apps", "shop/apps", "web/a.yaml"), "apps/web/a.yaml");
        assert_eq!(seen("apps", "", "shop/apps/web/a.yaml"), "apps/web/a.yaml");
        let absolute = repository.join("apps/web/a.yaml");
        assert_eq!(seen("apps", "elsewhere", &slashed(&absolute)), "apps/web/a.yaml");
    }
}

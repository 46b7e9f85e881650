//! How far two files lie from each other: the nearer a namesake, the likelier it is probably this one.

use super::path::directory;

/// How far two files of a tree are apart, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Distance {
    /// One file.
    File,
    /// Two files of one directory.
    Directory,
    /// One directory below the other, or two directories side by side.
    Near,
    /// Within a few directories below one that is not the top of the tree.
    Chapter,
    /// Anywhere else in the tree.
    Tree,
}

/// Directories of one chapter lie at most this deep below what they share.
const DEEPEST: usize = 3;

impl Distance {
    /// The distance between the files of two paths. The top of the tree is near itself only.
    pub fn between(one: &str, other: &str) -> Self {
        if one == other {
            return Distance::File;
        }
        Distance::of_directories(directory(one), directory(other))
    }

    /// The distance between files of two directories.
    pub fn of_directories(one: &str, other: &str) -> Self {
        if one == other {
            return Distance::Directory;
        }
        let parts = |path: &str| if path.is_empty() { 0 } else { path.split('/').count() };
        let shared = one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other).count();
        if one.is_empty() || other.is_empty() || shared == 0 {
            return Distance::Tree;
        }
        let (up, down) = (parts(one) - shared, parts(other) - shared);
        match (up, down) {
            (0, _) | (_, 0) | (1, 1) => Distance::Near,
            _ if up.max(down) <= DEEPEST => Distance::Chapter,
            _ => Distance::Tree,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_together_is_near() {
        for (one, other, distance) in [
            ("a.yaml", "a.yaml", Distance::File),
            ("a.yaml", "b.yaml", Distance::Directory),
            ("x/a.yaml", "x/b.yaml", Distance::Directory),
            ("x/a.yaml", "x/y/z/b.yaml", Distance::Near),
            ("x/y/a.yaml", "x/z/b.yaml", Distance::Near),
            ("config/crd/bases/a.yaml", "config/samples/b.yaml", Distance::Chapter),
            ("a.yaml", "x/b.yaml", Distance::Tree),
            ("x/a.yaml", "y/b.yaml", Distance::Tree),
            ("x/a/b/c/d/a.yaml", "x/e/f.yaml", Distance::Tree),
        ] {
            assert_eq!(Distance::between(one, other), distance, "{one} {other}");
            assert_eq!(Distance::between(other, one), distance, "{other} {one}");
        }
    }
}

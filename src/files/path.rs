//! Paths: made plain, made relative, joined. Everything here works on the text of a path; nothing asks the disk.

use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};

/// The path without `.` and `..`, as far as its text allows.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

/// Whether a path is a directory, which is given without a slash at its end, or something in it.
pub fn is_below(path: &str, directory: &str) -> bool {
    let path = path.trim_end_matches('/');
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path from the root of the file system; a relative one is meant from `base`.
pub fn absolute(path: &Path, base: &Path) -> PathBuf {
    normal(&base.join(path))
}

/// The path to show: relative to `base`, absolute only outside of it, with forward slashes; `.` for `base` itself.
pub fn shown(path: &Path, base: &Path) -> String {
    let path = absolute(path, base);
    let inside = path.strip_prefix(base).unwrap_or(&path);
    if inside.as_os_str().is_empty() { ".".to_owned() } else { slashed(inside) }
}

/// The path's text with forward slashes; bytes that are no UTF-8 as `\xFF`.
pub fn slashed(path: &Path) -> String {
    // Two names that differ in such bytes only stay two.
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02X}")));
    }
    if MAIN_SEPARATOR == '/' { text } else { text.replace(MAIN_SEPARATOR, "/") }
}

/// The directory of a path with `/` between its parts; empty at the top.
pub fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Joins a directory and a path with `/` between their parts and resolves `.` and `..` by their text. What leads
/// out of a relative directory keeps its `..`.
pub fn join(directory: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.trim_end_matches('/').to_owned();
    }
    let absolute = directory.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_the_base() {
        let shown = |path: &str| shown(Path::new(path), Path::new("/home/me"));
        assert_eq!(shown("./a/b.yaml"), "a/b.yaml");
        assert_eq!(shown("a/../b.yaml"), "b.yaml");
        assert_eq!(shown("/home/me/b.yaml"), "b.yaml");
        assert_eq!(shown("../you/b.yaml"), "/home/you/b.yaml");
        assert_eq!(shown("."), ".");
    }

    #[test]
    fn joining_resolves_dots() {
        assert_eq!(join("a/b", "../c.yaml"), "a/c.yaml");
        assert_eq!(join("", "../c.yaml"), "../c.yaml");
        assert_eq!(join("/a", "./b/"), "/a/b");
    }
}

//! What Git tracks, read from a repository's index without Git (`gitformat-index(5)`).

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::inside;

/// Larger indexes are not read: one of this size has a million files.
const LARGEST: u64 = 128 << 20;

/// The files below a canonical folder, seen from there, that its repository tracks and that fit, by their whole paths.
/// Hidden ones and what is not there are left out. None where the index cannot be read, as in a linked worktree.
pub fn below(folder: &Path, fits: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let Some(top) = inside::repository(folder) else { return Vec::new() };
    let hidden = |part: Component<'_>| match part {
        Component::Normal(name) => name.as_encoded_bytes().starts_with(b"."),
        _ => true,
    };
    let here = |entry: Entry| {
        let path: PathBuf = top.join(entry.name).components().collect();
        let below = path.strip_prefix(folder).ok().filter(|below| !below.components().any(hidden))?;
        let there = || path.symlink_metadata().is_ok_and(|data| data.is_file());
        (fits(&path) && there()).then(|| below.to_path_buf())
    };
    entries(&top).into_iter().filter_map(here).collect()
}

/// The files below a canonical folder, seen from there with `/`, that its repository tracks and that a sparse checkout
/// leaves out.
pub fn left_out(folder: &Path) -> BTreeSet<String> {
    let Some(top) = inside::repository(folder) else { return BTreeSet::new() };
    let Some(own) = folder.strip_prefix(&top).ok().and_then(Path::to_str) else { return BTreeSet::new() };
    let own = own.replace('\\', "/");
    let below = |name: String| match own.as_str() {
        "" => Some(name),
        own => name.strip_prefix(own)?.strip_prefix('/').map(str::to_owned),
    };
    entries(&top).into_iter().filter(|entry| entry.left_out).filter_map(|entry| below(entry.name)).collect()
}

/// A file of an index.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    /// It is not in the working tree on purpose.
    left_out: bool,
}

fn entries(top: &Path) -> Vec<Entry> {
    let index = inside::read_in(&top.join(".git/index"), top, LARGEST);
    // The length of hashes is not written there: lengths of names tell.
    index.and_then(|bytes| [20, 32].into_iter().find_map(|hash| read(&bytes, hash))).unwrap_or_default()
}

/// Reads an index whose hashes have this many bytes; `None` if it is none.
fn read(bytes: &[u8], hash: usize) -> Option<Vec<Entry>> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (version, count) = (number(4)?, number(8)?);
    if !bytes.starts_with(b"DIRC") || !(2..=4).contains(&version) {
        return None;
    }
    let mut names: Vec<Entry> = Vec::new();
    let mut before: Vec<u8> = Vec::new();
    let mut entry = 12;
    for _ in 0..count {
        let mode = number(entry + 24)?;
        let flags = entry + 40 + hash;
        let [high, low] = bytes.get(flags..flags + 2)? else { return None };
        let flags_set = u16::from_be_bytes([*high, *low]);
        let extended = version > 2 && flags_set & 0x4000 != 0;
        let left_out = extended && bytes.get(flags + 2)? & 0x40 != 0;
        let mut at = flags + if extended { 4 } else { 2 };
        if version == 4 {
            // The name shares the beginning of the one before it.
            let (cut, after) = offset(bytes, at)?;
            before.truncate(before.len().checked_sub(cut)?);
            at = after;
        } else {
            before.clear();
        }
        let rest = bytes.get(at..)?;
        let end = memchr::memchr(0, rest)?;
        before.extend_from_slice(&rest[..end]);
        let length = usize::from(flags_set & 0x0fff);
        if before.is_empty() || before.len().min(0x0fff) != length {
            return None;
        }
        // Before the fourth version entries are filled up to multiples of eight bytes, with one at least.
        entry = if version == 4 { at + end + 1 } else { entry + ((at - entry + end + 8) & !7) };
        // Files, not links, other repositories or whole folders.
        if mode & 0o170_000 == 0o100_000
            && let Ok(name) = std::str::from_utf8(&before)
            && names.last().is_none_or(|last| last.name != name)
        {
            names.push(Entry { name: name.to_owned(), left_out });
        }
    }
    Some(names)
}

/// A number of variable length as Git writes offsets, and where it ends.
fn offset(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut byte = *bytes.get(at)?;
    let mut value = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        at += 1;
        byte = *bytes.get(at)?;
        value = value.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
    }
    Some((value, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of these names, as Git writes it.
    fn index(version: u32, hash: usize, names: &[&str]) -> Vec<u8> {
        let mut bytes = b"DIRC".to_vec();
        bytes.extend(version.to_be_bytes());
        bytes.extend((names.len() as u32).to_be_bytes());
        let mut before = "";
        for name in names {
            let start = bytes.len();
            bytes.extend([0; 24]);
            bytes.extend(0o100_644_u32.to_be_bytes());
            bytes.extend(vec![7; 12 + hash]);
            bytes.extend((name.len().min(0x0fff) as u16).to_be_bytes());
            if version == 4 {
                let shared = name.bytes().zip(before.bytes()).take_while(|(one, other)| one == other).count();
                match before.len() - shared {
                    cut @ ..128 => bytes.push(cut as u8),
                    cut => bytes.extend([0x80 | ((cut - 128) >> 7) as u8, (cut - 128) as u8 & 0x7f]),
                }
                bytes.extend(name[shared..].bytes());
                bytes.push(0);
            } else {
                bytes.extend(name.bytes());
                let filled = (bytes.len() - start + 8) & !7;
                bytes.resize(start + filled, 0);
            }
            before = name;
        }
        bytes.extend([1; 20]);
        bytes
    }

    #[test]
    fn names_of_all_versions_are_read() {
        let long = format!("a/{}.yaml", "x".repeat(5000));
        let names = [long.as_str(), "a/b.yaml", "a/bc.yaml", "d.yaml", "e/\u{e9}.json"];
        for (version, hash) in [(2, 20), (3, 20), (4, 20), (2, 32), (4, 32)] {
            let bytes = index(version, hash, &names);
            let found = [20, 32].into_iter().find_map(|hash| read(&bytes, hash));
            let found: Option<Vec<String>> =
                found.map(|all| all.into_iter().map(|entry| entry.name).collect());
            assert_eq!(found.as_deref(), Some(&names.map(str::to_owned)[..]), "{version} {hash}");
        }
    }

    #[test]
    fn what_is_no_index_is_none() {
        let bytes = index(2, 20, &["a.yaml", "b.yaml"]);
        // The second entry is cut off, or a length does not fit.
        assert_eq!(read(&bytes[..150], 20), None);
        assert_eq!(read(&bytes, 32), None);
        assert_eq!(read(b"", 20), None);
        assert_eq!(read(b"DIRC\0\0\0\x09\0\0\0\0", 20), None);
        assert_eq!(offset(&[0xff; 40], 0), None);
    }
}

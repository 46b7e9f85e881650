//! A revision's files in a directory of their own, as a clone of it would have them where wplint looks.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use super::{Revision, git, output};

/// Files of a revision, in a directory that only this user may look into and that goes away with the value.
#[derive(Debug)]
pub struct Snapshot {
    folder: TempDir,
    root: PathBuf,
}

/// A file of a tree.
struct Entry {
    path: String,
    object: String,
    link: bool,
}

/// Files larger than this matter only for being there, unless they are manifests.
const LARGE: u64 = 256 * 1024;
/// Archives of charts are larger.
const ARCHIVE: u64 = 5 << 20;

impl Snapshot {
    /// Reads the tree of a revision.
    pub fn of(revision: &Revision) -> Result<Snapshot, String> {
        let failed =
            |error: std::io::Error| format!("cannot write the files of `{}`: {error}", revision.name);
        let folder = tempfile::Builder::new().prefix("wplint-").tempdir().map_err(failed)?;
        let root = fs::canonicalize(folder.path()).map_err(failed)?;
        let snapshot = Snapshot { folder, root };
        // What marks the root of a repository, and what is ignored beside `.gitignore`.
        fs::create_dir_all(snapshot.root.join(".git/info")).map_err(failed)?;
        let exclude = output(git(&revision.root).args(["rev-parse", "--git-path", "info/exclude"]));
        if let Ok(path) = exclude {
            let _ = fs::copy(revision.root.join(path.trim()), snapshot.root.join(".git/info/exclude"));
        }
        let mut folders = HashSet::new();
        let (wanted, empty) = entries(revision)?;
        for path in empty {
            snapshot.put(&path, b"", &mut folders).map_err(failed)?;
        }
        read(revision, &wanted, |entry, text| {
            if entry.link {
                snapshot.link(&entry.path, text, &mut folders)
            } else {
                snapshot.put(&entry.path, text, &mut folders)
            }
        })?;
        Ok(snapshot)
    }

    /// The directory, absolute and without links.
    pub fn root(&self) -> &Path {
        debug_assert!(self.folder.path().exists());
        &self.root
    }

    fn place(&self, path: &str, folders: &mut HashSet<PathBuf>) -> std::io::Result<PathBuf> {
        let place = self.root.join(path);
        if let Some(folder) = place.parent().filter(|folder| !folders.contains(*folder)) {
            fs::create_dir_all(folder)?;
            folders.insert(folder.to_owned());
        }
        Ok(place)
    }

    fn put(&self, path: &str, text: &[u8], folders: &mut HashSet<PathBuf>) -> std::io::Result<()> {
        fs::write(self.place(path, folders)?, text)
    }

    /// A symbolic link, unless it would lead out of the tree.
    #[cfg(unix)]
    fn link(&self, path: &str, target: &[u8], folders: &mut HashSet<PathBuf>) -> std::io::Result<()> {
        use std::os::unix::ffi::OsStrExt;
        let target = Path::new(std::ffi::OsStr::from_bytes(target));
        let depth = Path::new(path).components().count() as i64 - 1;
        let steps = target.components().try_fold(depth, |depth, part| match part {
            Component::Normal(_) => Some(depth + 1),
            Component::CurDir => Some(depth),
            Component::ParentDir if depth > 0 => Some(depth - 1),
            _ => None,
        });
        match steps {
            Some(_) => std::os::unix::fs::symlink(target, self.place(path, folders)?),
            None => Ok(()),
        }
    }

    #[cfg(not(unix))]
    fn link(&self, _: &str, _: &[u8], _: &mut HashSet<PathBuf>) -> std::io::Result<()> {
        Ok(())
    }
}

/// The files whose text is wanted, and those that only have to be there.
fn entries(revision: &Revision) -> Result<(Vec<Entry>, Vec<String>), String> {
    let mut ls = git(&revision.root);
    ls.args(["ls-tree", "-r", "-z", "-l", "--full-tree", &revision.commit]);
    let ls = ls.output().map_err(|error| format!("the program `git` does not start: {error}"))?;
    if !ls.status.success() {
        return Err(format!("cannot list the files of `{}`", revision.name));
    }
    let listed: Vec<(Entry, u64)> = ls.stdout.split(|byte| *byte == 0).filter_map(entry).collect();
    // Only kustomizations and charts read other files.
    let reads = |path: &str| {
        let name = name(path).to_ascii_lowercase();
        name.starts_with("kustomization") || name == "chart.yaml"
    };
    let reads_all = listed.iter().any(|(entry, _)| reads(&entry.path));
    let (mut wanted, mut empty) = (Vec::new(), Vec::new());
    for (entry, size) in listed {
        let name = name(&entry.path);
        let manifest = [".yaml", ".yml", ".json"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
        let most = if name.ends_with(".tgz") { ARCHIVE } else { LARGE };
        if manifest || entry.link || name.starts_with('.') || (reads_all && size <= most) {
            wanted.push(entry);
        } else if reads_all {
            empty.push(entry.path);
        }
    }
    Ok((wanted, empty))
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `MODE TYPE OBJECT SIZE\tPATH`. Other repositories inside this one are left out, and so is whatever a sound tree
/// cannot hold.
fn entry(line: &[u8]) -> Option<(Entry, u64)> {
    let line = std::str::from_utf8(line).ok()?;
    let (head, path) = line.split_once('\t')?;
    let mut head = head.split_whitespace();
    let (mode, kind, object, size) = (head.next()?, head.next()?, head.next()?, head.next()?);
    let sound =
        |part: Component<'_>| matches!(part, Component::Normal(name) if !name.eq_ignore_ascii_case(".git"));
    if kind != "blob" || !Path::new(path).components().all(sound) {
        return None;
    }
    let entry = Entry { path: path.to_owned(), object: object.to_owned(), link: mode == "120000" };
    Some((entry, size.parse().ok()?))
}

/// Reads objects through one `git cat-file`.
fn read(
    revision: &Revision,
    entries: &[Entry],
    mut take: impl FnMut(&Entry, &[u8]) -> std::io::Result<()>,
) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot read the files of `{}`: {error}", revision.name);
    let mut child = git(&revision.root)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let (Some(mut input), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(format!("cannot read the files of `{}`", revision.name));
    };
    let done = std::thread::scope(|scope| {
        // Git answers while it is still being asked: both ends must move.
        scope.spawn(move || entries.iter().try_for_each(|entry| writeln!(input, "{}", entry.object)));
        let mut answers = BufReader::new(stdout);
        let mut text = Vec::new();
        for entry in entries {
            let mut head = String::new();
            answers.read_line(&mut head).map_err(failed)?;
            let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
            let Some(size) = size else {
                return Err(format!(
                    "`{}` of `{}` is not in this clone; a partial clone has to fetch it first",
                    entry.path, revision.name
                ));
            };
            text.clear();
            answers.by_ref().take(size as u64 + 1).read_to_end(&mut text).map_err(failed)?;
            if text.len() != size + 1 {
                return Err(format!("cannot read the files of `{}`: Git stopped early", revision.name));
            }
            take(entry, &text[..size]).map_err(failed)?;
        }
        Ok(())
    });
    // Whatever went wrong, nothing is left waiting.
    let _ = child.kill();
    let _ = child.wait();
    done
}

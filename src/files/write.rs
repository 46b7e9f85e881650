//! Writing whole files: what was there stays until all of the new text is on the disk, and a link is replaced, never
//! followed.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::Builder;

/// Writes a file as a whole, or not at all. Devices and pipes are written to as they are.
///
/// # Errors
/// What the operating system says, and what `write` returns.
pub fn whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|data| !data.is_file() && !data.is_dir()) {
        let mut file = File::options().write(true).open(path)?;
        return write(&mut file);
    }
    put(path, None, write)
}

/// Puts a text in the place of another one, whole, and keeps the permissions of the file.
///
/// # Errors
/// What the operating system says, or that the file is a link or holds something else by now.
pub fn replace(path: &Path, old: &str, new: &str) -> io::Result<()> {
    let about = fs::symlink_metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::other("it is a link, not a file"));
    }
    if fs::read(path)? != old.as_bytes() {
        return Err(io::Error::other("it has changed since it was read"));
    }
    put(path, Some(about.permissions()), |out| out.write_all(new.as_bytes()))
}

/// What the names of files that are not yet whole begin and end with.
const PREFIX: &str = ".wplint-";
const SUFFIX: &str = ".tmp";

/// Writing a file takes moments: what is older was left behind by a run that was killed.
const STALE: Duration = Duration::from_secs(60);

/// Removes from a directory what runs that were killed left in it. What cannot be removed stays.
pub fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
        let is_ours = ours.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let is_stale = || {
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            about.modified().ok()?.elapsed().ok().map(|age| age > STALE)
        };
        if is_ours && is_stale() == Some(true) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Writes to a file beside the one that is meant, then puts it in its place.
fn put(
    path: &Path,
    permissions: Option<Permissions>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    write(&mut file)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file_mut().sync_all()?;
    file.persist(path).map(drop).map_err(|failed| failed.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        whole(&path, |out| out.write_all(b"one")).expect("written");
        let failed = whole(&path, |out| out.write_all(b"t").and(Err(io::Error::other("full"))));
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).expect("there"), b"one");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn what_was_left_behind_is_removed_once_it_is_old() {
        let folder = tempfile::tempdir().expect("a folder");
        let left = |name: &str, age: Duration| {
            let file = File::create(folder.path().join(name)).expect("created");
            file.set_modified(std::time::SystemTime::now() - age).expect("set");
        };
        left(".wplint-a1B2c3.tmp", STALE * 2);
        left(".wplint-d4E5f6.tmp", Duration::ZERO);
        left(".wplint-baseline.json", STALE * 2);
        left(".wplint-my.own.tmp", STALE * 2);
        sweep(folder.path());
        let entries = fs::read_dir(folder.path()).expect("a folder");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        assert_eq!(names, [".wplint-baseline.json", ".wplint-d4E5f6.tmp", ".wplint-my.own.tmp"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "kept").expect("written");
        std::os::unix::fs::symlink(&target, &link).expect("a link");
        whole(&link, |out| out.write_all(b"new")).expect("written");
        assert_eq!(fs::read(&target).expect("there"), b"kept");
        assert_eq!(fs::read(&link).expect("there"), b"new");
    }
}

//! Writing whole files: what was there stays until all of the new text is on the disk, and a link is replaced, never
//! followed.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::Path;

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

/// Writes to a file beside the one that is meant, then puts it in its place.
fn put(
    path: &Path,
    permissions: Option<Permissions>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(".wplint-");
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

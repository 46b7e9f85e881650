//! Files are written whole: to a temporary file beside them, then renamed.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::Changed;

/// Writes a file that was fixed, with its permissions. A link is never followed, and a file that is not what was
/// linted any more is left alone.
///
/// # Errors
/// What the system says, or that the file is a link or has changed.
pub fn write(root: &Path, file: &Changed) -> io::Result<()> {
    let path = root.join(&file.path);
    let about = fs::symlink_metadata(&path)?;
    if !about.is_file() {
        return Err(io::Error::other("it is a link, not a file"));
    }
    let now = fs::read(&path)?;
    if now != file.old.as_bytes() {
        return Err(io::Error::other("it has changed since it was read"));
    }
    let folder = path.parent().unwrap_or(root);
    let mut copy = tempfile::NamedTempFile::new_in(folder)?;
    copy.write_all(file.new.as_bytes())?;
    copy.as_file().set_permissions(about.permissions())?;
    copy.as_file().sync_all()?;
    copy.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

//! Reading what the input names: regular files of a sane size that lie, links followed, inside a folder.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The repository that holds a folder, links followed: the nearest folder above with a `.git`, else the folder.
pub fn repository(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let top = folder.ancestors().find(|above| above.join(".git").symlink_metadata().is_ok());
    Some(top.map_or_else(|| folder.clone(), Path::to_path_buf))
}

/// Whether a path leads, links followed, to something in a folder, which is canonical.
pub fn leads_into(path: &Path, folder: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| path.starts_with(folder))
}

/// Whether a path that a file of a repository names lies outside of it, links followed, or among what Git keeps for
/// itself. Where there is no repository, nothing does.
pub fn is_outside(path: &Path, folder: &Path) -> bool {
    let top = repository(folder).filter(|top| top.join(".git").exists());
    // What is not there yet is where its folder is.
    let new = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    let there = path.canonicalize().ok().or_else(new);
    top.zip(there).is_some_and(|(top, there)| !there.starts_with(&top) || there.starts_with(top.join(".git")))
}

/// The bytes of a file; `None` if it is not there, no regular file, or larger. Size zero proves nothing: files of the
/// kernel say so and have no end.
pub fn read(path: &Path, largest: u64) -> Option<Vec<u8>> {
    // Looked at before opening: opening a pipe would wait for its other end.
    let data = path.metadata().ok().filter(|data| data.is_file() && data.len() <= largest)?;
    let mut bytes = Vec::with_capacity(data.len() as usize + 1);
    let file = File::open(path).ok()?;
    file.take(largest + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= largest).then_some(bytes)
}

/// The same for a file that has to lie in a canonical folder.
pub fn read_in(path: &Path, folder: &Path, largest: u64) -> Option<Vec<u8>> {
    // Files of the kernel are read slowly and never end: no repository lies there.
    leads_into(path, folder).then(|| read(path, largest)).flatten()
}

/// Whether all lists of ignored files at and above a folder may be read, up to its repository.
pub fn has_sound_ignores_above(folder: &Path) -> bool {
    let top = repository(folder).unwrap_or_else(|| folder.to_path_buf());
    folder.ancestors().take_while(|above| above.starts_with(&top)).all(has_sound_ignores)
}

/// Larger lists of what git ignores are none.
const LARGEST_LIST: u64 = 1 << 20;

/// Whether the `.gitignore` of a folder may be read, as far as there is one: it may be a link to anywhere.
pub fn has_sound_ignores(folder: &Path) -> bool {
    let path = folder.join(".gitignore");
    let Ok(own) = path.symlink_metadata() else {
        return true;
    };
    let sound = |data: std::fs::Metadata| data.is_file() && data.len() <= LARGEST_LIST;
    let inside = || repository(folder).is_some_and(|top| leads_into(&path, &top));
    path.metadata().is_ok_and(sound) && (own.is_file() || inside())
}

/// Whether a directory is the top of a repository.
pub fn is_repository(directory: &Path) -> bool {
    directory.join(".git").exists()
}

//! Packed charts. What an archive holds is bounded, and nothing of it is ever written anywhere.

use std::io::Read;

/// A packed chart unpacks to no more than this.
const LARGEST: u64 = 48 << 20;
/// No file in it is larger.
const LARGEST_FILE: u64 = super::shelf::LARGEST;
/// Nor are there more of them.
const MOST_FILES: usize = 10_000;

/// The files of an archive by their paths inside of the chart, sorted, or why it is not read.
pub fn files(packed: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let unpacked = flate2::read::GzDecoder::new(packed).take(LARGEST + 1);
    let mut archive = tar::Archive::new(unpacked);
    let entries = archive.entries().map_err(|_| "not a chart archive".to_owned())?;
    let mut files = Vec::new();
    let mut total = 0;
    for (count, entry) in entries.enumerate() {
        let mut entry = entry.map_err(|_| "a damaged chart archive".to_owned())?;
        total += entry.size().max(512);
        if count > MOST_FILES || total > LARGEST {
            return Err("a chart archive larger than 48 MiB unpacked".to_owned());
        }
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let Some(path) = inside(&entry.path_bytes()) else {
            return Err("a chart archive with a path that leads out of it".to_owned());
        };
        if entry.size() > LARGEST_FILE {
            return Err("a chart archive with a file larger than 5 MiB".to_owned());
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|_| "a damaged chart archive".to_owned())?;
        if !path.is_empty() {
            files.push((path, bytes));
        }
    }
    files.sort();
    Ok(files)
}

/// The path below the chart's own directory; `None` where it leads elsewhere.
fn inside(path: &[u8]) -> Option<String> {
    let path = std::str::from_utf8(path).ok()?.replace('\\', "/");
    let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return None;
    }
    parts.next();
    Some(parts.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(inside(b"web/templates/a.yaml").as_deref(), Some("templates/a.yaml"));
        assert_eq!(inside(b"web/../../etc/passwd"), None);
        assert_eq!(inside(b"/etc/passwd"), None);
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        assert!(files(b"").is_err() || files(b"").is_ok_and(|files| files.is_empty()));
        assert!(files(b"not gzip at all").is_err());
    }
}

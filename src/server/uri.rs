//! Addresses of files, as editors write them, and paths.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::files::path::{normal, slashed};

/// What stands in an address as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The path of a file's address; `None` for what is in no file.
pub fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    // A host may stand before the path; `localhost` is the usual one.
    let path = &rest[rest.find('/')?..];
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let drive = path.as_bytes().get(2) == Some(&b':');
    Some(normal(Path::new(if drive { &path[1..] } else { &path })))
}

/// The address of a path.
pub fn of_path(path: &Path) -> Option<Uri> {
    let path = slashed(path);
    let slash = if path.starts_with('/') { "" } else { "/" };
    let text = format!("file://{slash}{}", utf8_percent_encode(&path, PLAIN));
    Uri::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for path in ["/a/b c.yaml", "/ä/100%.yaml", "/x#y?.yml"] {
            let uri = of_path(Path::new(path)).expect("an address");
            assert_eq!(to_path(uri.as_str()), Some(PathBuf::from(path)), "{}", uri.as_str());
        }
        assert_eq!(to_path("file://localhost/a/./b.yaml"), Some(PathBuf::from("/a/b.yaml")));
        assert_eq!(to_path("untitled:Untitled-1"), None);
    }
}

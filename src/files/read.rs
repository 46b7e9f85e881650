//! One file into memory: no wait for a pipe that nobody writes to, no second copy of a large text, and what is
//! not UTF-8 is remembered instead of refused, so that it costs only the documents that hold it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Offsets in trees are 32 bits wide; half of that leaves room for arithmetic.
pub const LARGEST: u64 = 2 << 30;

/// What became of a file.
pub enum Loaded {
    Text { text: String, damaged: Vec<u32>, transcoded: bool },
    Skipped(String),
    Failed(String),
}

/// Whether a path is something that the shell opened for the program: `<(kustomize build .)`.
pub fn is_stream(path: &Path) -> bool {
    ["/dev/fd", "/dev/stdin", "/proc/self/fd"].iter().any(|start| path.starts_with(start))
}

/// Reads a file that is known to be there. One that was only found is read up to `largest` bytes; who names a file
/// means it.
pub fn file(path: &Path, named: bool, largest: u64) -> Loaded {
    // Looked at again right before opening: opening a pipe would wait for its other end.
    let size = match fs::metadata(path) {
        Ok(data) if data.is_file() => data.len(),
        Ok(_) if named && is_stream(path) => 0,
        Ok(_) => return Loaded::Failed("not a regular file".to_owned()),
        Err(error) => return Loaded::Failed(reason(&error)),
    };
    let largest = if named { LARGEST } else { largest };
    if size > largest {
        return too_large(largest);
    }
    match File::open(path) {
        Ok(file) => bytes(file, size as usize, largest),
        Err(error) => Loaded::Failed(reason(&error)),
    }
}

/// Reads standard input to its end.
pub fn stdin() -> Loaded {
    bytes(io::stdin().lock(), 0, LARGEST)
}

/// The reason without the operating system's error number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn too_large(largest: u64) -> Loaded {
    Loaded::Skipped(match largest {
        LARGEST => "larger than 2 GiB".to_owned(),
        largest => format!("larger than `maxFileSize`, {}: name it to have it linted", size(largest)),
    })
}

/// A number of bytes as Kubernetes writes it.
pub fn size(bytes: u64) -> String {
    let units = [("Gi", 30), ("Mi", 20), ("Ki", 10)];
    let unit = units.iter().find(|(_, bits)| bytes != 0 && bytes.trailing_zeros() >= *bits);
    unit.map_or_else(|| bytes.to_string(), |(unit, bits)| format!("{}{unit}", bytes >> bits))
}

/// Reads to the end, which files of the kernel say nothing about and do not have.
fn bytes(from: impl Read, size: usize, largest: u64) -> Loaded {
    let mut bytes = Vec::new();
    if bytes.try_reserve_exact(size + 1).is_err() {
        return Loaded::Failed("not enough memory".to_owned());
    }
    match from.take(largest + 1).read_to_end(&mut bytes) {
        Err(error) => Loaded::Failed(reason(&error)),
        Ok(_) if bytes.len() as u64 > largest => too_large(largest),
        Ok(_) => decode(bytes),
    }
}

fn decode(bytes: Vec<u8>) -> Loaded {
    match bytes.as_slice() {
        [b'\0', b'G', b'I', b'T', b'C', b'R', b'Y', b'P', b'T', b'\0', ..] => {
            Loaded::Skipped("encrypted with git-crypt".to_owned())
        }
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: Vec<u8>) -> Loaded {
    let (text, damaged) = match String::from_utf8(bytes) {
        Ok(text) => (text, Vec::new()),
        Err(error) => repair(error.into_bytes()),
    };
    Loaded::Text { text, damaged, transcoded: false }
}

/// Puts a question mark in the place of every byte that is not UTF-8.
fn repair(mut bytes: Vec<u8>) -> (String, Vec<u32>) {
    let mut damaged = Vec::new();
    let mut at = 0;
    while let Err(error) = std::str::from_utf8(&bytes[at..]) {
        let start = at + error.valid_up_to();
        let end = error.error_len().map_or(bytes.len(), |length| start + length);
        bytes[start..end].fill(b'?');
        damaged.extend(start as u32..end as u32);
        at = end;
    }
    (String::from_utf8(bytes).unwrap_or_default(), damaged)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Loaded {
    let mut text = String::with_capacity(bytes.len() / 2 + 16);
    let mut damaged = Vec::new();
    let (pairs, rest) = bytes.as_chunks::<2>();
    for decoded in char::decode_utf16(pairs.iter().copied().map(unit)) {
        text.push(decoded.unwrap_or_else(|_| {
            damaged.push(text.len() as u32);
            '?'
        }));
    }
    if !rest.is_empty() {
        damaged.push(text.len() as u32);
        text.push('?');
    }
    if text.len() as u64 > LARGEST {
        return too_large(LARGEST);
    }
    Loaded::Text { text, damaged, transcoded: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, Vec<u32>) {
        match decode(bytes.to_vec()) {
            Loaded::Text { text, damaged, .. } => (text, damaged),
            Loaded::Skipped(reason) | Loaded::Failed(reason) => (reason, Vec::new()),
        }
    }

    #[test]
    fn sizes_are_written_as_kubernetes_does() {
        assert_eq!([64 << 20, 1 << 30, 1536, 1000, 0].map(size), ["64Mi", "1Gi", "1536", "1000", "0"]);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced_one_for_one() {
        assert_eq!(text(b"a: \xff\xc3\nb: \xe5\x89\xaf"), ("a: ??\nb: \u{526f}".to_owned(), vec![3, 4]));
        assert_eq!(text(b"a: \xe5\x89"), ("a: ??".to_owned(), vec![3, 4]));
    }

    #[test]
    fn utf16_is_read_by_its_mark() {
        assert_eq!(text(b"\xff\xfea\0:\0").0, "a:");
        assert_eq!(text(b"\xfe\xff\0a\x52\x6f").0, "a\u{526f}");
        assert_eq!(text(b"\xff\xfe\x00\xd8a\0b"), ("?a?".to_owned(), vec![0, 2]));
    }

    #[test]
    fn encrypted_files_are_known_by_their_head() {
        assert_eq!(text(b"\0GITCRYPT\0abc").0, "encrypted with git-crypt");
    }
}

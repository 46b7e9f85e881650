//! Files as they were read, places in them, and how a byte becomes a line and a column.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::text::floor;

/// Which file of a run: an index into its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in one file. `end` is exclusive; an empty range is a point between two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte, counted from 0 over the whole file (a byte-order mark counts).
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range as `usize`, for slicing the file's text.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies in the same file inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A place for people and tools: where a byte offset is found on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, counted from 1.
    pub line: u32,
    /// Column in Unicode scalar values, counted from 1; a byte-order mark has no column.
    pub column: u32,
    /// Column in UTF-16 units, counted from 1, as SARIF and editors want it.
    pub utf16_column: u32,
    /// The byte offset itself, counted from 0.
    pub offset: u32,
}

/// One file of the input, with its text and, once somebody asks, an index of its lines.
#[derive(Debug)]
pub struct SourceFile {
    /// Which file this is.
    pub id: FileId,
    /// The path to show: relative to the current directory, forward slashes, no leading `./`.
    pub path: String,
    /// The text. Bytes that were not UTF-8 have been replaced one by one, so offsets hold.
    pub text: String,
    /// Offsets of the bytes that were not UTF-8, ascending: what holds one of them cannot be read.
    pub damaged: Vec<u32>,
    /// The text was UTF-16 in the file: offsets count the bytes of its UTF-8 form.
    pub transcoded: bool,
    /// The file itself was named by the user, not found below a directory.
    pub named: bool,
    /// The text came on standard input and lies in no file.
    pub piped: bool,
    /// The Helm chart the file is part of.
    pub chart: Option<Chart>,
    /// No other file of this process has the same: what was made of a file with this number is made of this one.
    pub serial: u64,
    lines: OnceLock<Vec<u32>>,
    blocks: OnceLock<Vec<Count>>,
    words: OnceLock<Words>,
}

/// Which words of manifests a text holds.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// `apiVersion`.
    pub api_version: bool,
    /// `kind`.
    pub kind: bool,
    /// A field that nearly every object has, or a patch: `kind:`, `metadata:`, `spec:`, `op:`.
    pub field: bool,
}

/// Where in a Helm chart a file lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chart {
    /// The directory with the `Chart.yaml`, shown like a file's path (`.` for the current one).
    pub root: String,
    /// The file lies below `templates/`: text for Helm to render, whatever it looks like.
    pub template: bool,
}

impl Chart {
    /// The nearest of several charts, given by their directories, that a path lies in.
    pub fn of(path: &str, roots: &[String]) -> Option<Chart> {
        let inside = |root: &&String| {
            root.is_empty() || path.strip_prefix(root.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let root = roots.iter().filter(inside).max_by_key(|root| root.len())?;
        let below = path[root.len()..].trim_start_matches('/');
        let template = below.starts_with("templates/");
        Some(Chart { root: if root.is_empty() { ".".to_owned() } else { root.clone() }, template })
    }
}

const BOM: &str = "\u{feff}";

/// Bytes of text between two counts.
const BLOCK: usize = 1024;

/// How many characters begin in a text, and how many of them take two UTF-16 units.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    characters: u32,
    astral: u32,
}

impl Count {
    /// Counts on. Bytes are told apart without a look at their neighbours, so any part of a text may be counted.
    fn and(self, bytes: &[u8]) -> Self {
        let continued = bytes.iter().filter(|&&byte| byte & 0xc0 == 0x80).count();
        let astral = bytes.iter().filter(|&&byte| byte >= 0xf0).count();
        Count {
            characters: self.characters + (bytes.len() - continued) as u32,
            astral: self.astral + astral as u32,
        }
    }
}

/// The number of the next file that is made.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl SourceFile {
    /// A file with this text.
    pub fn new(id: FileId, path: impl Into<String>, text: impl Into<String>) -> Self {
        SourceFile {
            id,
            path: path.into(),
            text: text.into(),
            damaged: Vec::new(),
            transcoded: false,
            named: false,
            piped: false,
            chart: None,
            serial: NEXT.fetch_add(1, Ordering::Relaxed),
            lines: OnceLock::new(),
            blocks: OnceLock::new(),
            words: OnceLock::new(),
        }
    }

    /// The same file with another text, as somebody would have edited it.
    pub fn edited(&self, text: impl Into<String>) -> Self {
        let mut edited = SourceFile::new(self.id, self.path.clone(), text);
        (edited.named, edited.piped, edited.chart) = (self.named, self.piped, self.chart.clone());
        edited
    }

    /// The same file at another place of a run.
    pub fn numbered(&self, id: FileId) -> Self {
        let mut numbered = self.edited(self.text.clone());
        (numbered.id, numbered.transcoded) = (id, self.transcoded);
        numbered.damaged.clone_from(&self.damaged);
        numbered
    }

    /// Whether another file has the same place in its run, the same path and the same text.
    pub fn is_same_as(&self, other: &SourceFile) -> bool {
        (self.id, &self.path, self.transcoded, self.named, self.piped)
            == (other.id, &other.path, other.transcoded, other.named, other.piped)
            && (&self.chart, &self.damaged) == (&other.chart, &other.damaged)
            && self.text == other.text
    }

    /// The last part of the path.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Which words of manifests the text holds, looked for once: a file may have a broken document on every line.
    pub fn words(&self) -> Words {
        let has = |word: &str| memchr::memmem::find(self.text.as_bytes(), word.as_bytes()).is_some();
        *self.words.get_or_init(|| Words {
            api_version: has("apiVersion"),
            kind: has("kind"),
            field: ["kind:", "metadata:", "spec:", "op:"].iter().any(|word| has(word)),
        })
    }

    /// The first byte in this range that was not UTF-8.
    pub fn damage_in(&self, range: &Range<usize>) -> Option<usize> {
        let from = self.damaged.partition_point(|&at| (at as usize) < range.start);
        self.damaged.get(from).map(|&at| at as usize).filter(|&at| at < range.end)
    }

    /// A span in this file.
    pub fn span(&self, range: Range<usize>) -> Span {
        Span { file: self.id, start: range.start as u32, end: range.end as u32 }
    }

    /// Offsets of the first byte of every line, built on first use.
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| at as u32 + 1);
            std::iter::once(0).chain(breaks).collect()
        })
    }

    /// The line (counted from 0) that holds the byte at `offset`.
    pub fn line_index(&self, offset: u32) -> usize {
        self.line_starts().partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// The byte range of a line (counted from 0) without its line break.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let starts = self.line_starts();
        let start = starts.get(line).map_or(self.text.len(), |&at| at as usize);
        let end = starts.get(line + 1).map_or(self.text.len(), |&at| at as usize);
        let trimmed = self.text[start..end].trim_end_matches(['\n', '\r']);
        start..start + trimmed.len()
    }

    /// The byte offset of a line and a column, both counted from 0. `units` says how many of the client's units a
    /// character takes; what lies beyond the end of a line is its end.
    pub fn offset(&self, line: u32, column: u32, units: impl Fn(char) -> usize) -> u32 {
        let range = self.line_range(line as usize);
        let mut left = column as usize;
        let text = &self.text[range.clone()];
        for (at, character) in text.char_indices() {
            if left == 0 || left < units(character) {
                return (range.start + at) as u32;
            }
            left -= units(character);
        }
        range.end as u32
    }

    /// Where a byte offset is found. Offsets past the end or inside a character are moved back.
    pub fn place(&self, offset: u32) -> Place {
        let at = floor(&self.text, offset as usize);
        let line = self.line_index(at as u32);
        let start = self.line_starts()[line] as usize;
        let before = &self.text[start..at];
        let start = if start == 0 && before.starts_with(BOM) { BOM.len() } else { start };
        let count = self.count(start..at);
        Place {
            line: line as u32 + 1,
            column: count.characters + 1,
            utf16_column: count.characters + count.astral + 1,
            offset: at as u32,
        }
    }

    /// Counts a part of the text. In a long one, which may be asked for again and again, only the ends are read.
    fn count(&self, range: Range<usize>) -> Count {
        let bytes = self.text.as_bytes();
        if range.len() <= 2 * BLOCK {
            return Count::default().and(&bytes[range]);
        }
        let blocks = self.blocks.get_or_init(|| {
            let full = bytes.chunks_exact(BLOCK).scan(Count::default(), |count, block| {
                *count = count.and(block);
                Some(*count)
            });
            std::iter::once(Count::default()).chain(full).collect()
        });
        let up_to = |at: usize| blocks[at / BLOCK].and(&bytes[at - at % BLOCK..at]);
        let (start, end) = (up_to(range.start), up_to(range.end));
        Count { characters: end.characters - start.characters, astral: end.astral - start.astral }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> SourceFile {
        SourceFile::new(FileId(0), "a.yaml", text)
    }

    #[test]
    fn columns_count_characters_and_utf16_units() {
        let file = file("a: 1\nkey: \u{526f}\u{1f600}x\n");
        let place = file.place(file.text.find('x').expect("x is there") as u32);
        assert_eq!((place.line, place.column, place.utf16_column), (2, 8, 9));
    }

    #[test]
    fn columns_of_long_lines_are_those_of_short_ones() {
        let long: String = "a\u{526f}\u{1f600}\u{e9}".repeat(2000);
        let file = file(&format!("\u{feff}{long}\n{long}"));
        let (mut line, mut column, mut utf16) = (1, 1, 1);
        for (at, character) in file.text.char_indices() {
            let place = file.place(at as u32);
            let wanted = if at == 0 { (1, 1, 1) } else { (line, column, utf16) };
            assert_eq!((place.line, place.column, place.utf16_column), wanted, "{at}");
            match character {
                '\n' => (line, column, utf16) = (line + 1, 1, 1),
                '\u{feff}' => {}
                other => (column, utf16) = (column + 1, utf16 + other.len_utf16() as u32),
            }
        }
    }

    #[test]
    fn a_byte_order_mark_has_no_column() {
        let place = file("\u{feff}a: 1").place(3);
        assert_eq!((place.line, place.column, place.offset), (1, 1, 3));
    }

    #[test]
    fn lines_end_before_their_break() {
        let file = file("a\r\nb\nlast");
        assert_eq!(file.line_range(0), 0..1);
        assert_eq!(file.line_range(1), 3..4);
        assert_eq!(file.line_range(2), 5..9);
        assert_eq!(file.place(99).line, 3);
    }
}

//! The YAML that manifests are made of, read line by line: block mappings and sequences, flow collections,
//! scalars of every style on one line or several, comments, anchors, aliases, the usual tags, and JSON.
//! Whatever else it meets (directives, complex keys, tabs between tokens, anything that may be an error), it
//! gives up and leaves the text to the full parser: it never guesses. Both build the same tree, which tests
//! compare.

mod block;
mod flow;
mod json;
mod plain;
mod properties;
mod quoted;

use std::sync::Arc;

use properties::{Anchors, Properties};

use super::split::Piece;
use super::tree::{COOKED, Comment, RawNode, Style, Text, Tree};
use crate::files::SourceFile;

/// Deeper nesting is left to the full parser.
const MAX_DEPTH: u32 = 100;
/// Longer keys are left to the full parser, which has a limit for them.
const MAX_KEY: usize = 512;

/// Reads a piece; `None` if it is left to the full parser.
pub(super) fn read(source: &Arc<SourceFile>, piece: &Piece) -> Option<Tree> {
    let text = &source.text[piece.range()];
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        base: piece.range().start,
        line: 0,
        at: 0,
        cursor: 0,
        depth: 0,
        nodes: Vec::with_capacity(text.len() / 14 + 4),
        cooked: Vec::new(),
        comments: Vec::new(),
        anchors: Anchors::default(),
    };
    if piece.json {
        reader.json()?;
    } else if reader.next_line(0)? {
        // A byte-order mark begins a text, and belongs to no key.
        if text[reader.at..].starts_with('\u{feff}') {
            return None;
        }
        reader.document()?;
        if reader.at < text.len() {
            return None;
        }
    }
    reader.nodes.shrink_to_fit();
    let mut tree = Tree::new(source, reader.nodes, reader.cooked);
    tree.comments = reader.comments;
    tree.set_properties(reader.anchors.aliases, reader.anchors.tags);
    Some(tree.rooted(piece.range().end))
}

/// Where a text is read. A carriage return always stands before a line feed here (others are deceptive, and not
/// read at all), so that either of them is the end of a line.
struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    base: usize,
    /// Offset of the current line's first byte.
    line: usize,
    /// Offset of the next byte to read; the text's length at its end.
    at: usize,
    /// End of the last thing that is part of the tree.
    cursor: usize,
    depth: u32,
    nodes: Vec<RawNode>,
    cooked: Vec<(u32, Text)>,
    comments: Vec<Comment>,
    anchors: Anchors,
}

/// Whether a byte ends a word: a blank or the end of a line.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r')
}

/// Whether a byte ends a line.
fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

impl Reader<'_> {
    fn column(&self) -> usize {
        self.at - self.line
    }

    /// The byte at an offset; a line feed past the end.
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    /// Offset of the line feed that ends the line, or of the carriage return before it.
    fn line_end(&self, from: usize) -> usize {
        let end = memchr::memchr(b'\n', &self.bytes[from..]).map_or(self.bytes.len(), |more| from + more);
        if end > from && self.bytes[end - 1] == b'\r' { end - 1 } else { end }
    }

    /// The first byte of the next line, from the end of a line.
    fn past_break(&self, end: usize) -> usize {
        if self.byte(end) == b'\r' { end + 2 } else { end + 1 }
    }

    fn skip_spaces(&self, from: usize) -> usize {
        from + self.bytes[from..].iter().take_while(|byte| **byte == b' ').count()
    }

    fn push(&mut self, start: usize, end: usize, style: Style) -> usize {
        let index = self.nodes.len();
        let (start, end) = ((self.base + start) as u32, (self.base + end) as u32);
        self.nodes.push(RawNode { start, end, next: index as u32 + 1, style, flags: 0, hash: 0 });
        index
    }

    /// Pushes a scalar whose text is not what stands in the file.
    fn push_cooked(&mut self, start: usize, end: usize, style: Style, text: &str) {
        let index = self.push(start, end, style);
        self.nodes[index].flags |= COOKED;
        self.cooked.push((index as u32, text.into()));
    }

    fn close(&mut self, index: usize, end: usize) {
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[index];
        node.next = next;
        node.end = (self.base + end) as u32;
    }

    /// One level deeper; `None` where only the full parser knows whether that is too deep.
    fn descend(&mut self) -> Option<()> {
        self.depth += 1;
        self.anchors.reach(self.depth)
    }

    /// Moves to the first byte of the next line with content, from the start of a line; `false` at the end.
    fn next_line(&mut self, mut start: usize) -> Option<bool> {
        loop {
            if start >= self.bytes.len() {
                (self.line, self.at) = (self.bytes.len(), self.bytes.len());
                return Some(false);
            }
            let at = self.skip_spaces(start);
            match self.byte(at) {
                b'\n' => start = at + 1,
                b'\r' => start = at + 2,
                b'#' => start = self.past_comment(at),
                b'\t' | b'%' => return None,
                _ => {
                    (self.line, self.at) = (start, at);
                    return (!self.is_mark(start)).then_some(true);
                }
            }
        }
    }

    /// Whether a line begins or ends a document.
    fn is_mark(&self, line: usize) -> bool {
        self.bytes.get(line..line + 3).is_some_and(|mark| matches!(mark, b"..." | b"---"))
    }

    /// Notes a comment and returns the first byte of the next line.
    fn past_comment(&mut self, at: usize) -> usize {
        let end = self.line_end(at);
        let (start, stop) = ((self.base + at) as u32, (self.base + end) as u32);
        self.comments.push(Comment { start, end: stop });
        self.past_break(end)
    }

    /// Whether nothing but a comment follows on the line; the first byte of the next.
    fn rest_of_line(&mut self, from: usize) -> Option<usize> {
        let at = self.skip_spaces(from);
        match self.byte(at) {
            b'\n' | b'\r' => Some(self.past_break(at)),
            b'#' if at > from => Some(self.past_comment(at)),
            _ => None,
        }
    }

    /// What a whole document is: a collection. Scalars are left to the full parser.
    fn document(&mut self) -> Option<()> {
        if !matches!(self.byte(self.at), b'{' | b'[') {
            return self.block();
        }
        self.cursor = self.flow(self.at)?;
        let next = self.rest_of_line(self.cursor)?;
        self.next_line(next).map(drop)
    }

    /// A block collection at the current place.
    fn block(&mut self) -> Option<()> {
        self.descend()?;
        if self.is_dash() {
            self.sequence()?;
        } else if self.key_end()?.is_some() {
            self.mapping()?;
        } else {
            return None;
        }
        self.depth -= 1;
        Some(())
    }

    fn is_dash(&self) -> bool {
        self.byte(self.at) == b'-' && is_space(self.byte(self.at + 1))
    }

    fn sequence(&mut self) -> Option<()> {
        let column = self.column();
        let index = self.push(self.at, self.at, Style::Sequence);
        loop {
            self.cursor = self.at + 1;
            let at = self.skip_spaces(self.cursor);
            if is_break(self.byte(at)) || self.byte(at) == b'#' {
                self.below(at, column, false, None)?;
            } else {
                self.at = at;
                if self.is_dash() || self.key_end()?.is_some() {
                    self.block()?;
                } else {
                    self.value(column, false)?;
                }
            }
            if self.at >= self.bytes.len() || self.column() < column || !self.is_dash() {
                break;
            }
            if self.column() > column {
                return None;
            }
        }
        // What stands at the column of the dashes and is none belongs to the mapping around the list.
        if self.at < self.bytes.len() && self.column() > column {
            return None;
        }
        self.close(index, self.cursor);
        Some(())
    }

    fn mapping(&mut self) -> Option<()> {
        let column = self.column();
        let index = self.push(self.at, self.at, Style::Mapping);
        loop {
            let colon = self.key_end()??;
            self.key(colon)?;
            self.cursor = colon + 1;
            let at = self.skip_spaces(self.cursor);
            if is_break(self.byte(at)) || self.byte(at) == b'#' {
                self.below(at, column, true, None)?;
            } else {
                self.at = at;
                self.value(column, true)?;
            }
            if self.at >= self.bytes.len() || self.column() < column {
                break;
            }
            if self.column() > column || self.is_dash() {
                return None;
            }
        }
        self.close(index, self.cursor);
        Some(())
    }

    /// A value that does not begin on the line of its key or dash: something below it, or nothing. `from` is
    /// where that line has nothing left but a comment.
    fn below(
        &mut self,
        from: usize,
        column: usize,
        of_key: bool,
        properties: Option<Properties>,
    ) -> Option<()> {
        let place = self.cursor;
        let next = self.rest_of_line(if self.bytes.get(from) == Some(&b'#') { from - 1 } else { from })?;
        let more = self.next_line(next)?;
        let deeper = more && self.column() > column;
        if deeper || (more && of_key && self.column() == column && self.is_dash()) {
            let index = self.nodes.len();
            let opened = properties.map(|found| self.open(found));
            if self.is_dash() || self.key_end()?.is_some() {
                self.block()?;
            } else if opened.is_none() {
                self.value(column, false)?;
            } else {
                self.content(column)?;
            }
            if let Some(opened) = opened {
                self.attach(opened, index)?;
            }
        } else if properties.is_some() {
            return None;
        } else {
            self.push(place, place, Style::Plain);
            self.cursor = place;
        }
        Some(())
    }

    /// Offset of the colon that ends the key at the current place; `Some(None)` if there is no key.
    fn key_end(&self) -> Option<Option<usize>> {
        let first = self.byte(self.at);
        if matches!(first, b'"' | b'\'') {
            let Some(close) = self.quote_end(self.at).filter(|close| *close <= self.line_end(self.at)) else {
                return Some(None);
            };
            let colon = self.byte(close) == b':' && is_space(self.byte(close + 1));
            return if colon && close - self.at > MAX_KEY { None } else { Some(colon.then_some(close)) };
        }
        let marks = matches!(first, b'-' | b'?' | b':') && is_space(self.byte(self.at + 1));
        if marks || b",[]{}#&*!|>%@`".contains(&first) {
            // What begins a value and no key. Properties and aliases may be a key's, which is seen later.
            return matches!(first, b'[' | b'{' | b'|' | b'>' | b'&' | b'!' | b'*').then_some(None);
        }
        let end = self.line_end(self.at);
        let mut from = self.at;
        while let Some(more) = memchr::memchr2(b':', b'#', &self.bytes[from..end]) {
            let at = from + more;
            if self.bytes[at] == b'#' {
                if self.bytes[at - 1] == b' ' {
                    break;
                }
            } else if is_space(self.byte(at + 1)) {
                let odd = at == self.at || self.bytes[at - 1] == b' ' || at - self.at > MAX_KEY;
                return (!odd).then_some(Some(at));
            }
            from = at + 1;
        }
        Some(None)
    }

    fn key(&mut self, colon: usize) -> Option<()> {
        if matches!(self.byte(self.at), b'"' | b'\'') {
            return self.quoted(self.at, colon);
        }
        let text = &self.text[self.at..colon];
        if text.contains('\t') || super::strict::plain(text, false, true).is_some() {
            return None;
        }
        self.push(self.at, colon, Style::Plain);
        Some(())
    }

    /// A value on the line of its key or dash, with its anchor and tag, and the way to the next line with content.
    fn value(&mut self, column: usize, of_key: bool) -> Option<()> {
        if !matches!(self.byte(self.at), b'&' | b'!') {
            return self.content(column);
        }
        let properties = self.properties()?;
        if is_break(self.byte(self.at)) || self.byte(self.at) == b'#' {
            return self.below(self.at, column, of_key, Some(properties));
        }
        // Before a key they would be the key's.
        if self.is_dash() || self.key_end()?.is_some() || self.byte(self.at) == b'*' {
            return None;
        }
        let index = self.nodes.len();
        let opened = self.open(properties);
        self.content(column)?;
        self.attach(opened, index)
    }

    /// A scalar, an alias or a flow collection, and the way to the next line with content.
    fn content(&mut self, column: usize) -> Option<()> {
        let next = match self.byte(self.at) {
            b'|' | b'>' => self.block_scalar(column)?,
            byte => {
                match byte {
                    b'[' | b'{' => self.cursor = self.flow(self.at)?,
                    b'"' | b'\'' => {
                        let after = self.quote_end(self.at)?;
                        self.quoted(self.at, after)?;
                        self.cursor = after;
                    }
                    b'*' => self.cursor = self.alias(self.at, false)?,
                    _ => self.plain(column)?,
                }
                self.rest_of_line(self.cursor)?
            }
        };
        // What is indented more would continue the scalar, or is a mistake.
        let more = self.next_line(next)?;
        (!more || self.column() <= column).then_some(())
    }
}

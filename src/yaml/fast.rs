//! The common subset of YAML, read line by line: block mappings and sequences, scalars on one line, literal
//! blocks, flow collections on one line, comments. Whatever else it meets (anchors, tags, escapes, folding,
//! tabs, carriage returns, anything that may be an error), it gives up and leaves the text to the full parser:
//! it never guesses. Both build the same tree, which tests compare.

mod flow;

use std::sync::Arc;

use super::split::Piece;
use super::strict;
use super::tree::{COOKED, Comment, RawNode, Style, Text, Tree};
use crate::files::SourceFile;

/// Deeper nesting is left to the full parser.
const MAX_DEPTH: u32 = 100;
/// Longer keys are left to the full parser, which has a limit for them.
const MAX_KEY: usize = 512;

/// Reads a piece; `None` if it is not of the common subset.
pub(super) fn read(source: &Arc<SourceFile>, piece: &Piece) -> Option<Tree> {
    let text = &source.text[piece.range.clone()];
    if piece.json || memchr::memchr(b'\r', text.as_bytes()).is_some() {
        return None;
    }
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        base: piece.range.start,
        line: 0,
        at: 0,
        cursor: 0,
        depth: 0,
        nodes: Vec::with_capacity(text.len() / 14 + 4),
        cooked: Vec::new(),
        comments: Vec::new(),
    };
    if reader.next_line(0)? {
        // A byte-order mark begins a text, and belongs to no key.
        if text[reader.at..].starts_with('\u{feff}') {
            return None;
        }
        reader.block()?;
        if reader.at < text.len() {
            return None;
        }
    }
    reader.nodes.shrink_to_fit();
    let tree = Tree {
        source: Arc::clone(source),
        nodes: reader.nodes,
        cooked: reader.cooked,
        aliases: Vec::new(),
        tags: Vec::new(),
        comments: reader.comments,
        duplicates: Vec::new(),
        renamed: Vec::new(),
        ignored: None,
        deceptive: false,
        origins: Vec::new(),
        others: Vec::new(),
    };
    Some(tree.rooted(piece.range.end))
}

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
}

impl Reader<'_> {
    fn column(&self) -> usize {
        self.at - self.line
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    fn line_end(&self, from: usize) -> usize {
        memchr::memchr(b'\n', &self.bytes[from..]).map_or(self.bytes.len(), |more| from + more)
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

    fn close(&mut self, index: usize, end: usize) {
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[index];
        node.next = next;
        node.end = (self.base + end) as u32;
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
                b'#' => start = self.comment(at) + 1,
                b'\t' | b'%' => return None,
                _ => {
                    (self.line, self.at) = (start, at);
                    let mark = at == start && [&b"..."[..], b"---"].contains(&self.bytes.get(at..at + 3)?);
                    return (!mark).then_some(true);
                }
            }
        }
    }

    /// Notes a comment and returns the end of its line.
    fn comment(&mut self, at: usize) -> usize {
        let end = self.line_end(at);
        let (start, stop) = ((self.base + at) as u32, (self.base + end) as u32);
        self.comments.push(Comment { start, end: stop });
        end
    }

    /// Whether nothing but a comment follows on the line; the line's end.
    fn rest_of_line(&mut self, from: usize) -> Option<usize> {
        let at = self.skip_spaces(from);
        match self.byte(at) {
            b'\n' => Some(at),
            b'#' if at > from => Some(self.comment(at)),
            _ => None,
        }
    }

    /// A block collection at the current place.
    fn block(&mut self) -> Option<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
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
        self.byte(self.at) == b'-' && matches!(self.byte(self.at + 1), b' ' | b'\n')
    }

    fn sequence(&mut self) -> Option<()> {
        let column = self.column();
        let index = self.push(self.at, self.at, Style::Sequence);
        loop {
            self.cursor = self.at + 1;
            let at = self.skip_spaces(self.cursor);
            if matches!(self.byte(at), b'\n' | b'#') {
                self.below(column, false)?;
            } else {
                self.at = at;
                if self.is_dash() || self.key_end()?.is_some() {
                    self.block()?;
                } else {
                    self.inline(column)?;
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
            if matches!(self.byte(at), b'\n' | b'#') {
                self.below(column, true)?;
            } else {
                self.at = at;
                self.inline(column)?;
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

    /// A value that does not begin on the line of its key or dash: a collection below it, or nothing.
    fn below(&mut self, column: usize, of_key: bool) -> Option<()> {
        let place = self.cursor;
        let end = self.rest_of_line(place)?;
        let more = self.next_line(end + 1)?;
        let deeper = more && self.column() > column;
        if deeper || (more && of_key && self.column() == column && self.is_dash()) {
            self.block()
        } else {
            self.push(place, place, Style::Plain);
            self.cursor = place;
            Some(())
        }
    }

    /// Offset of the colon that ends the key at the current place; `Some(None)` if there is no key.
    fn key_end(&self) -> Option<Option<usize>> {
        let end = self.line_end(self.at);
        let first = self.byte(self.at);
        if matches!(first, b'"' | b'\'') {
            let close = self.quote_end(self.at, end)?;
            let colon = self.byte(close) == b':' && matches!(self.byte(close + 1), b' ' | b'\n');
            return Some(colon.then_some(close));
        }
        if b"-?:,[]{}#&*!|>%@`".contains(&first) {
            // A dash may begin a scalar, and brackets a flow collection; none of them begins a key here.
            let value = matches!(first, b'[' | b'{' | b'|' | b'-');
            return value.then_some(None);
        }
        let mut from = self.at;
        while let Some(more) = memchr::memchr2(b':', b'#', &self.bytes[from..end]) {
            let at = from + more;
            if self.bytes[at] == b'#' {
                if self.bytes[at - 1] == b' ' {
                    break;
                }
            } else if matches!(self.byte(at + 1), b' ' | b'\n') {
                let odd = at == self.at || self.bytes[at - 1] == b' ' || at - self.at > MAX_KEY;
                return (!odd).then_some(Some(at));
            }
            from = at + 1;
        }
        Some(None)
    }

    fn key(&mut self, colon: usize) -> Option<()> {
        let text = &self.text[self.at..colon];
        let style = match self.byte(self.at) {
            b'"' => Style::DoubleQuoted,
            b'\'' => Style::SingleQuoted,
            _ => {
                let odd = text == "<<" || text.contains('\t') || strict::plain(text, false, true).is_some();
                if odd {
                    return None;
                }
                Style::Plain
            }
        };
        self.push(self.at, colon, style);
        Some(())
    }

    /// One past the closing quote; `None` if the text needs more than its bytes.
    fn quote_end(&self, at: usize, end: usize) -> Option<usize> {
        let inside = self.bytes.get(at + 1..end)?;
        if self.bytes[at] == b'"' {
            let close = memchr::memchr2(b'"', b'\\', inside)?;
            (inside[close] == b'"').then_some(at + close + 2)
        } else {
            let close = memchr::memchr(b'\'', inside)?;
            (inside.get(close + 1) != Some(&b'\'')).then_some(at + close + 2)
        }
    }

    /// A value on the line of its key or dash, and the way to the next line with content.
    fn inline(&mut self, column: usize) -> Option<()> {
        let end = self.line_end(self.at);
        match self.byte(self.at) {
            b'|' => return self.literal(column),
            b'[' | b'{' => {
                let after = self.flow(self.at, end)?;
                self.cursor = after;
            }
            quote @ (b'"' | b'\'') => {
                let after = self.quote_end(self.at, end)?;
                if memchr::memchr(b'\t', &self.bytes[self.at..after]).is_some() {
                    return None;
                }
                let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
                self.push(self.at, after, style);
                self.cursor = after;
            }
            _ => self.plain(end)?,
        }
        let end = self.rest_of_line(self.cursor)?;
        // What is indented more would continue the scalar, or is a mistake.
        let more = self.next_line(end + 1)?;
        (!more || self.column() <= column).then_some(())
    }

    fn plain(&mut self, end: usize) -> Option<()> {
        let first = self.byte(self.at);
        let dash = first == b'-' && !matches!(self.byte(self.at + 1), b' ' | b'\n');
        if !dash && b"-?:,[]{}#&*!|>%@`\"'".contains(&first) {
            return None;
        }
        let mut stop = end;
        let mut from = self.at;
        while let Some(more) = memchr::memchr3(b':', b'#', b'\t', &self.bytes[from..stop]) {
            let at = from + more;
            match self.bytes[at] {
                b'#' if self.bytes[at - 1] == b' ' => stop = at,
                b':' if matches!(self.byte(at + 1), b' ' | b'\n') => return None,
                b'\t' => return None,
                _ => {}
            }
            from = at + 1;
            if from >= stop {
                break;
            }
        }
        let text = self.text[self.at..stop].trim_end_matches(' ');
        if strict::plain(text, false, false).is_some() {
            return None;
        }
        let after = self.at + text.len();
        self.push(self.at, after, Style::Plain);
        self.cursor = after;
        Some(())
    }

    /// A `|` block without an indentation indicator.
    fn literal(&mut self, column: usize) -> Option<()> {
        let header = self.at;
        let (chomp, after) = match self.byte(header + 1) {
            b'-' => (Some(false), header + 2),
            b'+' => (Some(true), header + 2),
            _ => (None, header + 1),
        };
        let mut line = self.rest_of_line(after)? + 1;
        let (mut indent, mut blanks, mut widest) = (0, 0usize, 0);
        let mut text = String::new();
        let mut last = header;
        // Lines of the block, until one is indented too little.
        while line < self.bytes.len() {
            let (at, end) = (self.skip_spaces(line), self.line_end(line));
            if at == end && (indent == 0 || at - line <= indent) {
                if end == self.bytes.len() {
                    return None;
                }
                widest = widest.max(at - line);
                blanks += 1;
            } else {
                if indent == 0 {
                    indent = at - line;
                    if indent <= column || widest > indent || self.bytes[at] == b'\t' {
                        return None;
                    }
                }
                if at - line < indent {
                    if at - line > column || self.bytes[at] == b'\t' {
                        return None;
                    }
                    break;
                }
                if end == self.bytes.len() {
                    return None;
                }
                (0..blanks).for_each(|_| text.push('\n'));
                blanks = 0;
                text.push_str(&self.text[line + indent..end]);
                text.push('\n');
                last = line + indent + self.text[line + indent..end].trim_end().len();
                if last <= line + indent {
                    return None;
                }
            }
            line = end + 1;
        }
        if indent == 0 {
            return None;
        }
        match chomp {
            Some(false) => drop(text.pop()),
            Some(true) => (0..blanks).for_each(|_| text.push('\n')),
            None => {}
        }
        let index = self.push(header, last, Style::Block);
        self.nodes[index].flags |= COOKED;
        self.cooked.push((index as u32, text.into()));
        self.cursor = last;
        let more = self.next_line(line.min(self.bytes.len()))?;
        (!more || self.column() <= column).then_some(())
    }
}

//! Parser events to the arena. The parser gives exact scalars; what it leaves open is derived here: where a
//! block scalar's header and a sequence's first dash are, where a mapping really ends, and where a value that
//! is not there would be.

use std::ops::Range;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use granit_parser::{Event, ScalarStyle, Span as ParserSpan, StructureStyle};

use super::cause;
use super::fault::{Fault, FaultKind};
use super::split::Piece;
use super::strict;
use super::tree::{COOKED, Comment, FLOW, RawNode, Style, TAGGED, Text, Tree};
use crate::files::SourceFile;
use crate::text::floor;

/// No document may nest deeper than this, aliases expanded.
const MAX_DEPTH: u32 = 255;
/// How many nodes the aliases of one document may stand for.
const MAX_EXPANSION: u64 = 1_000_000;

struct Open {
    index: u32,
    block_sequence: bool,
    mapping: bool,
    /// Children so far: in a mapping, an even count means that a key comes next.
    children: u32,
    anchor: usize,
    /// Depth of the deepest descendant below this node, aliases expanded.
    height: u32,
    /// Number of nodes, aliases expanded.
    size: u64,
}

#[derive(Clone, Copy)]
struct Anchored {
    node: u32,
    size: u64,
    height: u32,
}

/// Takes events one after the other and becomes a tree.
pub(super) struct Builder<'t> {
    source: &'t Arc<SourceFile>,
    base: usize,
    text: &'t str,
    json: bool,
    /// What is parsed, which is not always quite the text.
    mended: &'t strict::Mended<'t>,
    nodes: Vec<RawNode>,
    cooked: Vec<(u32, Text)>,
    aliases: Vec<(u32, u32)>,
    tags: Vec<(u32, Box<str>)>,
    comments: Vec<Comment>,
    anchors: HashMap<usize, Option<Anchored>>,
    open: Vec<Open>,
    /// Byte offset in `text` up to which everything has been accounted for.
    cursor: usize,
    expansion: u64,
    /// What kubectl never reads, once it is known.
    pub(super) ignored: Option<Range<u32>>,
}

impl<'t> Builder<'t> {
    pub(super) fn new(
        source: &'t Arc<SourceFile>,
        piece: &Piece,
        text: &'t str,
        mended: &'t strict::Mended<'t>,
    ) -> Self {
        Builder {
            source,
            base: piece.range().start,
            text,
            json: piece.json,
            mended,
            nodes: Vec::with_capacity(text.len() / 14 + 4),
            cooked: Vec::new(),
            aliases: Vec::new(),
            tags: Vec::new(),
            comments: Vec::new(),
            anchors: HashMap::new(),
            open: Vec::new(),
            cursor: 0,
            expansion: 0,
            ignored: None,
        }
    }

    pub(super) fn absolute(&self, offset: usize) -> usize {
        self.base + offset
    }

    pub(super) fn in_flow(&self) -> bool {
        self.open.last().is_some_and(|open| self.nodes[open.index as usize].flags & FLOW != 0)
    }

    /// The nearest place from here backwards where a character begins.
    pub(super) fn boundary(&self, at: usize) -> usize {
        floor(self.text, at)
    }

    pub(super) fn fault_at(&self, offset: usize, message: impl Into<String>) -> Fault {
        let at = self.absolute(offset);
        Fault { range: at..at, kind: FaultKind::Syntax, message: message.into() }
    }

    pub(super) fn event(&mut self, event: Event<'_>, span: &ParserSpan) -> Result<(), Fault> {
        let range = span.byte_range().unwrap_or(self.cursor..self.cursor);
        match event {
            Event::Comment(..) => {
                let (start, end) = (self.absolute(range.start) as u32, self.absolute(range.end) as u32);
                self.comments.push(Comment { start, end });
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.enter_child(range.is_empty() && style == ScalarStyle::Plain)?;
                let (range, style, plain) = self.scalar_range(range, style);
                if style == Style::Plain
                    && !self.json
                    && let Some(message) =
                        strict::plain(plain, self.in_flow(), self.at_key() || tag.is_some())
                {
                    let range = self.absolute(range.start)..self.absolute(range.end);
                    return Err(Fault { range, kind: FaultKind::Syntax, message: message.to_owned() });
                }
                let index = self.push(range.clone(), style);
                // The parser says `~` for what is not there.
                let text = self.mended.undo(text, style);
                let absent = style == Style::Plain && range.is_empty();
                if plain != text && !absent {
                    self.nodes[index as usize].flags |= COOKED;
                    self.cooked.push((index, text.as_ref().into()));
                    if style == Style::DoubleQuoted && !self.json {
                        strict::escapes(plain, self.absolute(range.start + 1))?;
                    }
                }
                if let Some(tag) = tag {
                    self.tag(index, tag.parts());
                }
                if anchor != 0 {
                    self.anchors.insert(anchor, Some(Anchored { node: index, size: 1, height: 0 }));
                }
                self.leave_child(index, range.end, 1, 0)
            }
            Event::Alias(anchor) => {
                self.enter_child(false)?;
                let index = self.push(range.clone(), Style::Alias);
                match self.anchors.get(&anchor) {
                    Some(Some(target)) => {
                        let target = *target;
                        self.aliases.push((index, target.node));
                        self.expansion = self.expansion.saturating_add(target.size);
                        if self.expansion > MAX_EXPANSION {
                            return Err(self.limit(range.start, "excessive aliasing"));
                        }
                        self.leave_child(index, range.end, target.size, target.height)
                    }
                    _ => Err(self.fault_at(range.start, "an anchor contains an alias to itself")),
                }
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.enter_child(false)?;
                let block = style == StructureStyle::Block;
                // Where a list is not indented, the parser has it begin at its first item.
                let start = self.find(self.cursor, b'-').filter(|_| block).unwrap_or(range.start);
                self.start(start, Style::Sequence, block, anchor, tag.as_deref())
            }
            Event::MappingStart(style, anchor, tag) => {
                self.enter_child(false)?;
                let block = style == StructureStyle::Block;
                self.start(range.start, Style::Mapping, block, anchor, tag.as_deref())
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(range.end),
            // A document may begin after `...`, which ends nothing then.
            Event::DocumentStart(..) => {
                self.cursor = self.skip_blank(0);
                while ["...", "---", "\u{feff}"].iter().any(|mark| self.text[self.cursor..].starts_with(mark))
                {
                    // Each mark is three bytes long.
                    self.cursor = self.skip_blank(self.cursor + 3);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether the next child of the innermost open collection is a key.
    fn at_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.mapping && open.children.is_multiple_of(2))
    }

    /// Moves the cursor over what belongs to the parent: the colon before a value, the dash before an item.
    /// `absent`: the child is not written, so that a colon after a blank line may begin the next key.
    fn enter_child(&mut self, absent: bool) -> Result<(), Fault> {
        let Some(parent) = self.open.last() else {
            return Ok(());
        };
        if parent.block_sequence {
            if let Some(at) = self.find(self.cursor, b'-') {
                self.cursor = at + 1;
                let bytes = self.text.as_bytes();
                let blanks = bytes[at + 1..].iter().take_while(|&&byte| byte == b' ').count();
                if bytes.get(at + 1 + blanks) == Some(&b'\t') {
                    let at = self.absolute(at + 1 + blanks);
                    let message = "a tab after the dash of a list item".to_owned();
                    return Err(Fault { range: at..at + 1, kind: FaultKind::Syntax, message });
                }
            }
        } else if parent.mapping && parent.children % 2 == 1 {
            let at = self.skip_blank(self.cursor);
            let bytes = self.text.as_bytes();
            let ends = |byte: Option<&u8>| byte.is_none_or(|byte| b" \t\r\n,[]{}".contains(byte));
            if bytes.get(at) == Some(&b':') && (!absent || ends(bytes.get(at + 1))) {
                self.cursor = at + 1;
            }
        }
        Ok(())
    }

    pub(super) fn skip_blank(&self, mut at: usize) -> usize {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => at += 1,
                b'#' => at = memchr::memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |n| at + n),
                _ => break,
            }
        }
        at
    }

    /// The next `wanted` byte that is not part of a comment, tag or anchor. Only what may stand between two
    /// nodes is passed over, so a missing byte is noticed instead of found somewhere else.
    fn find(&self, from: usize, wanted: u8) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = self.skip_blank(from);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                byte if byte == wanted => return Some(at),
                b'!' | b'&' => {
                    at += bytes[at..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
                }
                b':' | b'?' | b',' => at += 1,
                _ => return None,
            }
            at = self.skip_blank(at);
        }
        None
    }

    /// The full range of a scalar, its style, and the text it has if nothing needed cooking.
    fn scalar_range(&mut self, range: Range<usize>, style: ScalarStyle) -> (Range<usize>, Style, &'t str) {
        let slice = |range: Range<usize>| self.text.get(range).unwrap_or("");
        match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let inner = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
                let style = if style == ScalarStyle::SingleQuoted {
                    Style::SingleQuoted
                } else {
                    Style::DoubleQuoted
                };
                (range, style, slice(inner))
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let mark = if style == ScalarStyle::Literal { b'|' } else { b'>' };
                let start = self.find(self.cursor, mark).unwrap_or(range.start);
                let end = range.end.min(self.text.len()).max(start);
                let end = start + slice(start..end).trim_end().len();
                (start..end, Style::Block, "\0")
            }
            _ if range.is_empty() => {
                let at = if self.at_key() { self.cursor.max(range.start) } else { self.cursor };
                (at..at, Style::Plain, "")
            }
            _ => (range.clone(), Style::Plain, slice(range)),
        }
    }

    fn push(&mut self, range: Range<usize>, style: Style) -> u32 {
        let index = self.nodes.len() as u32;
        let range = range.start..range.end.max(range.start);
        let (start, end) = (self.absolute(range.start) as u32, self.absolute(range.end) as u32);
        self.nodes.push(RawNode { start, end, next: index + 1, style, flags: 0, hash: 0 });
        index
    }

    fn tag(&mut self, index: u32, (handle, suffix): (&str, &str)) {
        self.nodes[index as usize].flags |= TAGGED;
        self.tags.push((index, format!("{handle}{suffix}").into()));
    }

    fn start(
        &mut self,
        start: usize,
        style: Style,
        block: bool,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
    ) -> Result<(), Fault> {
        let index = self.push(start..start, style);
        if !block {
            self.nodes[index as usize].flags |= FLOW;
            // `[a: b]` holds a mapping without braces.
            let bracket = matches!(self.text.as_bytes().get(start), Some(b'{' | b'['));
            self.cursor = if bracket { start + 1 } else { start };
        } else if style == Style::Mapping {
            self.cursor = self.cursor.max(start);
        }
        if let Some(tag) = tag {
            self.tag(index, tag.parts());
        }
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        let mapping = style == Style::Mapping;
        let block_sequence = block && !mapping;
        if self.open.len() as u32 >= MAX_DEPTH {
            return Err(self.limit(start, "nested too deeply"));
        }
        self.open.push(Open { index, block_sequence, mapping, children: 0, anchor, height: 0, size: 1 });
        Ok(())
    }

    fn end(&mut self, end: usize) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        if self.ends_in_colon(&open) {
            let index = open.index as usize;
            let key = self.nodes[index + 1];
            self.nodes.truncate(index + 1);
            self.nodes[index] = RawNode { end: key.end + 1, next: open.index + 1, flags: 0, ..key };
            return self.leave_child(open.index, key.end as usize + 1 - self.base, 1, 0);
        }
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[open.index as usize];
        node.next = next;
        let end = if node.flags & FLOW != 0 { end } else { self.cursor };
        node.end = node.start.max((self.base + end) as u32);
        if open.anchor != 0 {
            let anchored = Anchored { node: open.index, size: open.size, height: open.height };
            self.anchors.insert(open.anchor, Some(anchored));
        }
        self.leave_child(open.index, end, open.size, open.height + 1)
    }

    /// Whether a mapping is that of `[fd00::]`, without braces: a colon right before a bracket or a comma is text
    /// to kubectl, which knows it as a separator only before a blank.
    fn ends_in_colon(&self, open: &Open) -> bool {
        let [mapping, key, value] = &self.nodes[open.index as usize..] else { return false };
        let text = &self.source.text;
        mapping.style == Style::Mapping
            && mapping.flags == FLOW
            && open.anchor == 0
            && (key.style, key.flags) == (Style::Plain, 0)
            && (value.style, value.flags) == (Style::Plain, 0)
            && value.start == value.end
            && !text[mapping.start as usize..].starts_with('{')
            && matches!(text.as_bytes().get(key.end as usize..), Some([b':', b',' | b']', ..]))
    }

    fn leave_child(&mut self, index: u32, end: usize, size: u64, height: u32) -> Result<(), Fault> {
        self.cursor = end;
        let depth = self.open.len() as u32;
        let Some(parent) = self.open.last_mut() else {
            return Ok(());
        };
        let is_key = parent.mapping && parent.children % 2 == 0;
        parent.children += 1;
        parent.size = parent.size.saturating_add(size);
        parent.height = parent.height.max(height);
        if depth + height > MAX_DEPTH {
            return Err(self.limit(end, "nested too deeply"));
        }
        let node = self.nodes[index as usize];
        if is_key && matches!(node.style, Style::Mapping | Style::Sequence) {
            let range = node.start as usize..node.end as usize;
            let template = self.source.text[range.clone()].starts_with('{');
            let kind = if template { FaultKind::Template } else { FaultKind::Syntax };
            let what = if node.style == Style::Mapping { "mapping" } else { "list" };
            let message = match template && cause::is_template_apart(&self.source.text, range.start) {
                true => cause::APART.to_owned(),
                false => format!("a {what} as a key"),
            };
            return Err(Fault { range, kind, message });
        }
        Ok(())
    }

    fn limit(&self, offset: usize, message: &str) -> Fault {
        Fault { kind: FaultKind::Limit, ..self.fault_at(offset, message) }
    }

    pub(super) fn finish(mut self) -> Result<Tree, Fault> {
        self.comments.sort_unstable_by_key(|comment| comment.start);
        self.nodes.shrink_to_fit();
        let mut tree = Tree::new(self.source, self.nodes, self.cooked);
        tree.comments = self.comments;
        tree.set_properties(self.aliases, self.tags);
        if self.ignored.is_some() {
            tree.rare_mut().ignored = self.ignored;
        }
        let mut tree = tree.rooted(self.base + self.text.len());
        if !self.json {
            strict::tabs(&tree, self.text, self.base)?;
            strict::blocks(&tree, self.text, self.base)?;
        }
        strict::keys(&mut tree)?;
        Ok(tree)
    }
}

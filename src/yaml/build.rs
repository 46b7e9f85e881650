//! Parser events to the arena. The parser gives exact scalars; what it leaves open is derived here: where a
//! block scalar's header and a sequence's first dash are, where a mapping really ends, and where a value that
//! is not there would be.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span as ParserSpan, StructureStyle};

use super::json;
use super::node::Node;
use super::split::Piece;
use super::tree::{COOKED, Comment, Duplicate, FLOW, MERGES, RawNode, Style, TAGGED, Tree};
use crate::source::SourceFile;

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte range in the file; empty where only a point is known.
    pub range: Range<usize>,
    /// What kind of trouble it is.
    pub kind: FaultKind,
    /// One clause, lower case, for the finding's text.
    pub message: String,
}

/// The kinds of trouble that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Not YAML as kubectl reads it.
    Syntax,
    /// A mapping as a key, which is how `{{ … }}` parses: a template that was not rendered.
    Template,
    /// Too deep or too many aliases to be read at all.
    Limit,
}

/// No document may nest deeper than this, aliases expanded.
const MAX_DEPTH: u32 = 255;
/// How many nodes the aliases of one document may stand for.
const MAX_EXPANSION: u64 = 1_000_000;

/// Parses one piece of a file. Offsets in the tree are offsets in the file.
pub fn parse(source: &Arc<SourceFile>, piece: &Piece) -> Result<Tree, Fault> {
    let text = &source.text[piece.range.clone()];
    let detabbed;
    let input = if piece.json && text.contains('\t') {
        detabbed = json::without_tabs(text);
        detabbed.as_str()
    } else {
        text
    };
    let mut builder = Builder::new(source, piece.range.start, text);
    let options = granit_parser::options! {
        max_buffered_comment_events: usize::MAX,
        block_scalar_eof_without_line_feed: true,
        bom_inside_document_as_content: true,
    };
    let mut parser = Parser::new_from_str_with_options(input, options);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((Event::DocumentEnd, _)) => {
                builder.documents += 1;
            }
            Ok((Event::DocumentStart(..), span)) if builder.documents > 0 => {
                let start = builder.absolute(span.start.byte_offset().unwrap_or(0));
                builder.ignored = Some(start as u32..(piece.range.end as u32));
                break;
            }
            Ok((event, span)) => builder.event(event, &span)?,
            Err(error) => {
                // What follows the end of a document is never read by kubectl, whatever it is.
                if builder.documents > 0 {
                    break;
                }
                let at = error.marker().byte_offset().unwrap_or(text.len());
                return Err(builder.fault_at(at.min(text.len()), error.info()));
            }
        }
    }
    builder.finish()
}

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

struct Builder<'t> {
    source: &'t Arc<SourceFile>,
    base: usize,
    text: &'t str,
    nodes: Vec<RawNode>,
    cooked: Vec<(u32, Box<str>)>,
    aliases: Vec<(u32, u32)>,
    tags: Vec<(u32, Box<str>)>,
    comments: Vec<Comment>,
    blocks: Vec<u32>,
    anchors: HashMap<usize, Option<Anchored>>,
    open: Vec<Open>,
    /// Byte offset in `text` up to which everything has been accounted for.
    cursor: usize,
    expansion: u64,
    documents: u32,
    ignored: Option<Range<u32>>,
}

impl<'t> Builder<'t> {
    fn new(source: &'t Arc<SourceFile>, base: usize, text: &'t str) -> Self {
        Builder {
            source,
            base,
            text,
            nodes: Vec::with_capacity(text.len() / 14 + 4),
            cooked: Vec::new(),
            aliases: Vec::new(),
            tags: Vec::new(),
            comments: Vec::new(),
            blocks: Vec::new(),
            anchors: HashMap::new(),
            open: Vec::new(),
            cursor: 0,
            expansion: 0,
            documents: 0,
            ignored: None,
        }
    }

    fn absolute(&self, offset: usize) -> usize {
        self.base + offset
    }

    fn fault_at(&self, offset: usize, message: impl Into<String>) -> Fault {
        let at = self.absolute(offset);
        Fault { range: at..at, kind: FaultKind::Syntax, message: message.into() }
    }

    fn event(&mut self, event: Event<'_>, span: &ParserSpan) -> Result<(), Fault> {
        let range = span.byte_range().unwrap_or(self.cursor..self.cursor);
        match event {
            Event::Comment(..) => {
                let (start, end) = (self.absolute(range.start) as u32, self.absolute(range.end) as u32);
                self.comments.push(Comment { start, end });
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.enter_child(range.start);
                let (range, style, plain) = self.scalar_range(range, style);
                let index = self.push(range.clone(), style);
                if plain != text {
                    self.nodes[index as usize].flags |= COOKED;
                    self.cooked.push((index, text.into()));
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
                self.enter_child(range.start);
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
                self.enter_child(range.start);
                let block = style == StructureStyle::Block;
                let start =
                    if block { self.find(self.cursor, b'-').unwrap_or(range.start) } else { range.start };
                self.start(start, Style::Sequence, block, anchor, tag.as_deref())
            }
            Event::MappingStart(style, anchor, tag) => {
                self.enter_child(range.start);
                let block = style == StructureStyle::Block;
                self.start(range.start, Style::Mapping, block, anchor, tag.as_deref())
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(range.end),
            _ => Ok(()),
        }
    }

    /// Moves the cursor over what belongs to the parent: the colon before a value, the dash before an item.
    fn enter_child(&mut self, limit: usize) {
        let Some(parent) = self.open.last() else {
            return;
        };
        if parent.block_sequence {
            if let Some(at) = self.find(self.cursor, b'-') {
                self.cursor = at + 1;
            }
        } else if parent.mapping && parent.children % 2 == 1 {
            let at = self.skip_blank(self.cursor);
            if self.text.as_bytes().get(at) == Some(&b':') {
                self.cursor = at + 1;
            }
        }
        let _ = limit;
    }

    fn skip_blank(&self, mut at: usize) -> usize {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => at += 1,
                b'#' => at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n),
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
            _ if range.is_empty() => (self.cursor..self.cursor, Style::Plain, ""),
            _ => (range.clone(), Style::Plain, slice(range)),
        }
    }

    fn push(&mut self, range: Range<usize>, style: Style) -> u32 {
        let index = self.nodes.len() as u32;
        if style == Style::Block {
            self.blocks.push(index);
        }
        let (start, end) = (self.absolute(range.start) as u32, self.absolute(range.end) as u32);
        self.nodes.push(RawNode { start, end, next: index + 1, style, flags: 0 });
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
            self.cursor = start + 1;
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
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[open.index as usize];
        node.next = next;
        let end = if node.flags & FLOW != 0 { end } else { self.cursor };
        node.end = (self.base + end) as u32;
        if open.anchor != 0 {
            let anchored = Anchored { node: open.index, size: open.size, height: open.height };
            self.anchors.insert(open.anchor, Some(anchored));
        }
        self.leave_child(open.index, end, open.size, open.height + 1)
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
            return Err(Fault { range, kind, message: format!("a {what} as a key") });
        }
        Ok(())
    }

    fn limit(&self, offset: usize, message: &str) -> Fault {
        Fault { kind: FaultKind::Limit, ..self.fault_at(offset, message) }
    }

    fn finish(mut self) -> Result<Tree, Fault> {
        self.comments.sort_unstable_by_key(|comment| comment.start);
        self.trim_blocks();
        self.nodes.shrink_to_fit();
        let mut tree = Tree {
            source: Arc::clone(self.source),
            nodes: self.nodes,
            cooked: self.cooked,
            aliases: self.aliases,
            tags: self.tags,
            comments: self.comments,
            duplicates: Vec::new(),
            ignored: self.ignored,
        };
        let (merging, duplicates) = inspect_keys(&tree)?;
        for index in merging {
            tree.nodes[index as usize].flags |= MERGES;
        }
        tree.duplicates = duplicates;
        Ok(tree)
    }

    /// The parser lets a block scalar run to the next token; comments in between are not part of it.
    fn trim_blocks(&mut self) {
        for &index in &self.blocks {
            let node = &mut self.nodes[index as usize];
            // A comment on the header's line is inside the range and belongs there.
            let text = &self.source.text;
            let header_end = memchr::memchr(b'\n', &text.as_bytes()[node.start as usize..node.end as usize])
                .map_or(node.end, |at| node.start + at as u32);
            let from = self.comments.partition_point(|comment| comment.start < header_end);
            if let Some(comment) = self.comments.get(from).filter(|comment| comment.start < node.end) {
                let kept = text[node.start as usize..comment.start as usize].trim_end().len();
                node.end = node.start + kept as u32;
            }
        }
    }
}

/// Looks at the keys of every mapping: null keys are refused, `<<` and duplicates noted.
fn inspect_keys(tree: &Tree) -> Result<(Vec<u32>, Vec<Duplicate>), Fault> {
    let (mut merging, mut duplicates) = (Vec::new(), Vec::new());
    let mut seen: Vec<(&str, u32)> = Vec::new();
    let mut many: HashMap<&str, u32> = HashMap::new();
    for (index, raw) in tree.nodes.iter().enumerate() {
        if raw.style != Style::Mapping {
            continue;
        }
        seen.clear();
        many.clear();
        let mut key = index as u32 + 1;
        while key < raw.next {
            let node = Node::new(tree, key);
            if node.is_merge_key() {
                merging.push(index as u32);
            } else {
                if node.resolved().is_null() {
                    let range = node.span().range();
                    let message = "null as a key".to_owned();
                    return Err(Fault { range, kind: FaultKind::Syntax, message });
                }
                let text = node.key_text();
                let earlier = if seen.len() < 24 {
                    seen.iter().find(|(other, _)| *other == text).map(|found| found.1)
                } else {
                    if many.is_empty() {
                        many.extend(seen.iter().copied());
                    }
                    many.get(text).copied()
                };
                match earlier {
                    Some(first) => duplicates.push(Duplicate { first, second: key }),
                    None if seen.len() < 24 => seen.push((text, key)),
                    None => drop(many.insert(text, key)),
                }
            }
            let value = tree.nodes[key as usize].next;
            key = tree.nodes.get(value as usize).map_or(raw.next, |node| node.next);
        }
    }
    Ok((merging, duplicates))
}

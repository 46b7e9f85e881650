//! A place in a tree: where it is written, and what is written there.

use super::scalar::{Scalar, resolve};
use super::tree::{COOKED, EXACT, FLOW, RENAMED, RawNode, Style, TAGGED, Tree, WORD};
use crate::files::Span;

/// What a node is, aliases resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Keys and values.
    Mapping,
    /// Items.
    Sequence,
    /// Everything else.
    Scalar,
}

/// A node of a document: where it was written and, aliases followed, what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    tree: &'a Tree,
    index: u32,
}

/// A key of a mapping with its value.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The key as written.
    pub key: Node<'a>,
    /// Its value, which may be null.
    pub value: Node<'a>,
}

/// One step of the way from a document's root to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Into the value of this key.
    Key(&'a str),
    /// Into this item, counted from 0.
    Item(usize),
}

impl Tree {
    /// The node everything hangs from.
    pub fn root(&self) -> Node<'_> {
        Node::new(self, 0)
    }

    /// A node by its index, as kept by whoever walked the tree before.
    pub fn node(&self, index: u32) -> Node<'_> {
        Node::new(self, index)
    }
}

impl<'a> Node<'a> {
    #[inline]
    pub(super) fn new(tree: &'a Tree, index: u32) -> Self {
        Node { tree, index }
    }

    /// The tree this node is part of.
    #[inline]
    pub fn tree(self) -> &'a Tree {
        self.tree
    }

    /// The node's index in its tree, stable for the life of the tree.
    #[inline]
    pub fn index(self) -> u32 {
        self.index
    }

    #[inline]
    pub(super) fn raw(self) -> &'a RawNode {
        &self.tree.nodes[self.index as usize]
    }

    /// Where the node was written; an alias is where it is used, not where its target stands.
    pub fn span(self) -> Span {
        let raw = self.raw();
        Span { file: self.tree.origin(self.index), start: raw.start, end: raw.end }
    }

    /// The place that uses the value, where it was written elsewhere: the action of a template.
    pub fn used(self) -> Option<Span> {
        let used = &self.tree.rare().used;
        used.binary_search_by_key(&self.index, |one| one.0).ok().map(|at| used[at].1)
    }

    /// How it was written.
    #[inline]
    pub fn style(self) -> Style {
        self.raw().style
    }

    /// Whether a collection is written as `{…}` or `[…]`.
    pub fn is_flow(self) -> bool {
        self.raw().flags & FLOW != 0
    }

    /// The node an alias stands for, or the node itself.
    #[inline]
    pub fn resolved(self) -> Node<'a> {
        match self.tree.nodes[self.index as usize].style {
            Style::Alias => self.tree.alias_target(self.index).map_or(self, |index| Node { index, ..self }),
            _ => self,
        }
    }

    /// What it is.
    #[inline]
    pub fn kind(self) -> Kind {
        match self.resolved().raw().style {
            Style::Mapping => Kind::Mapping,
            Style::Sequence => Kind::Sequence,
            _ => Kind::Scalar,
        }
    }

    /// Whether it is a mapping.
    #[inline]
    pub fn is_mapping(self) -> bool {
        self.kind() == Kind::Mapping
    }

    /// Whether it is a sequence.
    #[inline]
    pub fn is_sequence(self) -> bool {
        self.kind() == Kind::Sequence
    }

    /// Whether it is null, which the API treats as absent.
    #[inline]
    pub fn is_null(self) -> bool {
        let node = self.resolved();
        let raw = node.raw();
        // Only `null`, `~` and nothing at all are null, and a look at the first letter tells most others.
        raw.style == Style::Plain
            && raw.end - raw.start <= 4
            && matches!(node.text().as_bytes().first(), None | Some(b'n' | b'N' | b'~'))
            && node.scalar() == Some(Scalar::Null)
    }

    /// The text of a scalar with quotes, escapes and folding undone; empty for collections.
    #[inline]
    pub fn text(self) -> &'a str {
        let node = self.resolved();
        let raw = node.raw();
        if raw.flags & COOKED != 0 {
            return node.tree.cooked(node.index);
        }
        let source = &node.tree.source.text;
        match raw.style {
            Style::Plain => source.get(raw.start as usize..raw.end as usize).unwrap_or(""),
            Style::SingleQuoted | Style::DoubleQuoted => {
                source.get(raw.start as usize + 1..raw.end as usize - 1).unwrap_or("")
            }
            _ => "",
        }
    }

    /// The text exactly as it stands in the file.
    pub fn source_text(self) -> &'a str {
        let span = self.span();
        self.tree.text_of(span.file).get(span.range()).unwrap_or("")
    }

    /// The span of a part of the scalar's text, if its text stands in the file as it is; else the whole span.
    pub fn part(self, range: std::ops::Range<usize>) -> Span {
        let span = self.span();
        let raw = self.raw();
        let inner = match raw.style {
            Style::Plain => raw.start,
            Style::SingleQuoted | Style::DoubleQuoted => raw.start + 1,
            _ => return span,
        };
        if raw.flags & (COOKED | EXACT) == COOKED {
            return span;
        }
        Span { start: inner + range.start as u32, end: inner + range.end as u32, ..span }
    }

    /// Whether the text of a scalar stands in the file as it is, so that a part of it has a place of its own.
    pub fn stands_as_written(self) -> bool {
        let raw = self.raw();
        raw.flags & COOKED == 0
            && matches!(raw.style, Style::Plain | Style::SingleQuoted | Style::DoubleQuoted)
    }

    /// Another text, written as this scalar is: in its quotes, or in quotes where plain text would be read as
    /// something else.
    pub fn quoted_like(self, text: &str) -> String {
        match self.style() {
            Style::SingleQuoted => format!("'{}'", text.replace('\'', "''")),
            Style::Plain => super::scalar::quoted(text),
            _ => super::scalar::in_quotes(text),
        }
    }

    /// Whether it is surely a string: quoted or a block, and without a tag.
    pub fn is_quoted(self) -> bool {
        let raw = self.resolved().raw();
        let quoted = matches!(raw.style, Style::SingleQuoted | Style::DoubleQuoted | Style::Block);
        quoted && raw.flags & TAGGED == 0
    }

    /// What kubectl makes of a scalar; `None` for collections.
    pub fn scalar(self) -> Option<Scalar<'a>> {
        let node = self.resolved();
        let raw = node.raw();
        match raw.style {
            _ if raw.flags & TAGGED != 0 => node.tagged_scalar(),
            Style::Mapping | Style::Sequence | Style::Alias => None,
            Style::Plain => Some(resolve(node.text())),
            Style::SingleQuoted | Style::DoubleQuoted | Style::Block => Some(Scalar::Str(node.text())),
        }
    }

    fn tagged_scalar(self) -> Option<Scalar<'a>> {
        let (style, text, tag) = (self.style(), self.text(), self.tree.tag(self.index));
        match (style, tag.and_then(core_tag)) {
            (Style::Mapping | Style::Sequence | Style::Alias, _) => None,
            (_, Some("str" | "binary")) => Some(Scalar::Str(text)),
            (_, Some("int" | "float" | "bool" | "null")) => Some(resolve(text)),
            (Style::Plain, _) if tag.is_none_or(|tag| tag.is_empty()) => Some(resolve(text)),
            _ => Some(Scalar::Str(text)),
        }
    }

    /// The text, if it is a string to Kubernetes: quoted, or plain and nothing else.
    pub fn str(self) -> Option<&'a str> {
        match self.scalar()? {
            Scalar::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole one (`3.0` is).
    pub fn int(self) -> Option<i64> {
        match self.scalar()? {
            Scalar::Int(value) => i64::try_from(value).ok(),
            Scalar::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn bool(self) -> Option<bool> {
        match self.scalar()? {
            Scalar::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The name a key has after kubectl turned it into JSON: `on` is `true`, `1.10` is `1.1` (fact 12.3).
    #[inline]
    pub fn key_text(self) -> &'a str {
        match self.raw().flags & (RENAMED | WORD) {
            0 => self.text(),
            RENAMED => self.tree.renamed(self.index),
            _ => self.key_word(),
        }
    }

    /// The name of a key that is a word for a truth value.
    fn key_word(self) -> &'static str {
        if self.bool() == Some(true) { "true" } else { "false" }
    }

    /// For a key, [`key_hash`](super::key_hash) of its name.
    #[inline]
    pub fn key_hash(self) -> u16 {
        self.raw().hash
    }

    pub(super) fn is_merge_key(self) -> bool {
        let raw = self.raw();
        raw.style == Style::Plain && raw.end - raw.start == 2 && self.text() == "<<"
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.index == other.index
    }
}

impl Eq for Node<'_> {}

fn core_tag(tag: &str) -> Option<&str> {
    tag.strip_prefix("tag:yaml.org,2002:").or_else(|| tag.strip_prefix("!!"))
}

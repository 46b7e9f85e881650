//! The arena: one flat, pre-order list of nodes per document, 16 bytes each.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::entries::Merges;
use super::kin::Kin;
use super::node::Node;
use crate::files::{FileId, SourceFile, Span};

/// A text of its own: most are so short that they need no memory besides.
pub type Text = smol_str::SmolStr;

/// How a node was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// A mapping; its children alternate between keys and values.
    Mapping,
    /// A sequence.
    Sequence,
    /// An unquoted scalar: the only kind whose type depends on its text. Empty for a value that is not there.
    Plain,
    /// A `'…'` scalar.
    SingleQuoted,
    /// A `"…"` scalar.
    DoubleQuoted,
    /// A `|` or `>` block scalar.
    Block,
    /// A `*name` that stands for another node of the document.
    Alias,
}

/// The text of the node is not the slice of its span (folded, escaped, a block): it is in `Tree::cooked`.
pub(super) const COOKED: u8 = 1;
/// The mapping has a `<<` key.
pub(super) const MERGES: u8 = 2;
/// The node carries a tag, in `Tree::tags`.
pub(super) const TAGGED: u8 = 4;
/// The collection is written in flow style.
pub(super) const FLOW: u8 = 8;

/// The node is a key whose name in JSON is not its text, in `Tree::renamed`.
pub(super) const RENAMED: u8 = 16;

/// The text is in `Tree::cooked`, but stands in the file as well, inside of the node's span.
pub(super) const EXACT: u8 = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RawNode {
    /// Byte offsets in the file.
    pub start: u32,
    pub end: u32,
    /// Index of the first node after this one's descendants.
    pub next: u32,
    pub style: Style,
    pub flags: u8,
    /// For a key, [`key_hash`] of its name: most keys are told apart without a look at the text.
    pub hash: u16,
}

impl RawNode {
    /// A value that is not written.
    fn is_absent(self) -> bool {
        self.style == Style::Plain && self.start == self.end && self.flags & COOKED == 0
    }
}

/// A few bits of a key's name: most names are told apart by them.
#[inline]
pub fn key_hash(name: &str) -> u16 {
    let bytes = name.as_bytes();
    let byte = |at: usize| u16::from(bytes.get(at).copied().unwrap_or(0));
    let (len, last) = (bytes.len(), bytes.len().saturating_sub(1));
    (len as u16) ^ (byte(0) << 8) ^ (byte(last) << 4) ^ (byte(len / 2) << 2)
}

/// A comment, from its `#` to the end of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Comment {
    /// Byte offset of the `#` in the file.
    pub start: u32,
    /// Byte offset of the line's end.
    pub end: u32,
}

/// A key that occurs twice in one mapping; kubectl keeps the last value (fact 12.5).
#[derive(Clone, Copy, Debug, Hash)]
pub struct Duplicate {
    /// Node index of the earlier key.
    pub first: u32,
    /// Node index of the later key.
    pub second: u32,
}

/// The keys of a tree whose values later duplicates replace (fact 12.5), by node index, sorted.
#[derive(Clone, Debug, Default)]
pub struct Overridden(Vec<u32>);

impl Overridden {
    /// Whether a key is one of them.
    #[inline]
    pub fn contains(&self, key: Node<'_>) -> bool {
        !self.0.is_empty() && self.0.binary_search(&key.index()).is_ok()
    }
}

/// A parsed document.
#[derive(Debug)]
pub struct Tree {
    pub(super) source: Arc<SourceFile>,
    pub(super) nodes: Vec<RawNode>,
    pub(super) cooked: Vec<(u32, Text)>,
    pub(super) aliases: Vec<(u32, u32)>,
    pub(super) tags: Vec<(u32, Box<str>)>,
    pub(super) comments: Vec<Comment>,
    pub(super) duplicates: Vec<Duplicate>,
    pub(super) renamed: Vec<(u32, Box<str>)>,
    /// Where content begins that kubectl never reads (after `...`), if there is any.
    pub(super) ignored: Option<Range<u32>>,
    /// A character of the text deceives.
    pub(super) deceptive: bool,
    /// The file of every node, where the tree was put together from several; else empty.
    pub(super) origins: Vec<FileId>,
    /// Those files but for the root's.
    pub(super) others: Vec<Arc<SourceFile>>,
    /// Nodes whose value was written elsewhere, with the place that uses it, by node index, sorted.
    pub(super) used: Vec<(u32, Span)>,
    /// The entries of mappings with merge keys, once somebody asks.
    pub(super) merges: OnceLock<Merges>,
    /// The parents of all nodes, once somebody asks for one.
    pub(super) kin: OnceLock<Box<[Kin]>>,
}

/// Equal trees have the same nodes at the same places; the files they are part of are not compared.
impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        let pairs =
            |tree: &Tree| tree.duplicates.iter().map(|one| (one.first, one.second)).collect::<Vec<_>>();
        self.nodes == other.nodes
            && self.cooked == other.cooked
            && self.aliases == other.aliases
            && self.tags == other.tags
            && self.comments == other.comments
            && self.renamed == other.renamed
            && self.ignored == other.ignored
            && pairs(self) == pairs(other)
    }
}

impl Tree {
    /// Writes all that it is: what writes the same has the same nodes at the same places of the very same files.
    pub fn identify(&self, state: &mut dyn Hasher) {
        let Tree { source, nodes, cooked, aliases, tags, comments, duplicates, renamed, .. } = self;
        let Tree { ignored, deceptive, origins, others, merges: _, kin: _, .. } = self;
        let mut state = state;
        (source.serial, others.len()).hash(&mut state);
        others.iter().for_each(|file| file.serial.hash(&mut state));
        (nodes, cooked, aliases, tags, comments).hash(&mut state);
        (duplicates, renamed, ignored, deceptive, origins).hash(&mut state);
    }

    /// The node everything hangs from.
    pub fn root(&self) -> Node<'_> {
        Node::new(self, 0)
    }

    /// A node by its index, as kept by whoever walked the tree before.
    pub fn node(&self, index: u32) -> Node<'_> {
        Node::new(self, index)
    }

    /// The file this document is part of.
    pub fn source(&self) -> &Arc<SourceFile> {
        &self.source
    }

    /// All comments, in the order of the file.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// Whether any alias is used.
    pub fn has_aliases(&self) -> bool {
        !self.aliases.is_empty()
    }

    /// Whether the text holds a character of [`deceptive`](super::deceptive).
    pub fn is_deceptive(&self) -> bool {
        self.deceptive
    }

    /// Keys that occur more than once in their mapping.
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }

    /// The keys whose values later duplicates replace.
    pub fn overridden(&self) -> Overridden {
        let mut keys: Vec<u32> = self.duplicates.iter().map(|twice| twice.first).collect();
        keys.sort_unstable();
        Overridden(keys)
    }

    /// Text after the end of the document that kubectl reads as nothing.
    pub fn ignored(&self) -> Option<Span> {
        self.ignored.as_ref().map(|range| Span { file: self.source.id, start: range.start, end: range.end })
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing is written: an empty or comment-only document, whose root is a null at its end.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1 && self.nodes[0].is_absent() && self.tags.is_empty()
    }

    /// Gives a tree without any node its root, so that everybody may ask for it.
    pub(super) fn rooted(mut self, at: usize) -> Tree {
        if self.nodes.is_empty() {
            let at = at as u32;
            let style = Style::Plain;
            self.nodes.push(RawNode { start: at, end: at, next: 1, style, flags: 0, hash: 0 });
        }
        self
    }

    /// Every file that its nodes were written in.
    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        std::iter::once(self.source.id).chain(self.others.iter().map(|other| other.id))
    }

    /// The file a node was written in.
    pub(super) fn origin(&self, index: u32) -> FileId {
        self.origins.get(index as usize).copied().unwrap_or(self.source.id)
    }

    /// The text of one of the tree's files.
    pub fn text_of(&self, file: FileId) -> &str {
        if file == self.source.id {
            return &self.source.text;
        }
        self.others.iter().find(|other| other.id == file).map_or("", |other| &other.text)
    }

    pub(super) fn cooked(&self, index: u32) -> &str {
        match self.cooked.binary_search_by_key(&index, |entry| entry.0) {
            Ok(at) => &self.cooked[at].1,
            Err(_) => "",
        }
    }

    pub(super) fn renamed(&self, index: u32) -> &str {
        match self.renamed.binary_search_by_key(&index, |entry| entry.0) {
            Ok(at) => &self.renamed[at].1,
            Err(_) => "",
        }
    }

    pub(super) fn tag(&self, index: u32) -> Option<&str> {
        self.tags.binary_search_by_key(&index, |entry| entry.0).ok().map(|at| &*self.tags[at].1)
    }

    pub(super) fn alias_target(&self, index: u32) -> Option<u32> {
        self.aliases.binary_search_by_key(&index, |entry| entry.0).ok().map(|at| self.aliases[at].1)
    }
}

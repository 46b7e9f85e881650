//! The arena: one flat, pre-order list of nodes per document, 20 bytes each.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use foldhash::HashMap;
use once_cell::race::OnceBox;

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

/// The node is a key whose name in JSON is `true` or `false`, and its text another word for it.
pub(super) const WORD: u8 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RawNode {
    /// Byte offsets in the file.
    pub start: u32,
    pub end: u32,
    /// Index of the first node after this one's descendants.
    pub next: u32,
    pub style: Style,
    pub flags: u8,
    /// For a key, [`key_hash`] of its name: most keys are told apart without a look at the text. For other nodes the last
    /// bits of the place of their text in `Tree::cooked`.
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

/// The entries of every mapping with merge keys, as node indexes of key and value.
pub(super) type Merges = HashMap<u32, Box<[(u32, u32)]>>;

/// The parent of a node, and how many children come before it there. The root is its own parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kin {
    pub parent: u32,
    pub ordinal: u32,
}

/// A parsed document.
#[derive(Debug)]
pub struct Tree {
    pub(super) source: Arc<SourceFile>,
    pub(super) nodes: Vec<RawNode>,
    pub(super) cooked: Vec<(u32, Text)>,
    pub(super) comments: Vec<Comment>,
    /// A character of the text deceives.
    pub(super) deceptive: bool,
    /// What hardly any tree has: there may be millions of small ones.
    rare: Option<Box<Rare>>,
    /// The entries of mappings with merge keys, once somebody asks.
    pub(super) merges: OnceBox<Merges>,
    /// The parents of all nodes, once somebody asks for one.
    pub(super) kin: OnceBox<Vec<Kin>>,
}

/// What hardly any tree has.
#[derive(Debug, Default)]
pub(super) struct Rare {
    pub aliases: Vec<(u32, u32)>,
    pub tags: Vec<(u32, Box<str>)>,
    pub duplicates: Vec<Duplicate>,
    pub renamed: Vec<(u32, Box<str>)>,
    /// Where content begins that kubectl never reads (after `...`), if there is any.
    pub ignored: Option<Range<u32>>,
    /// The tree was put together from parts.
    pub grafted: bool,
    /// The file of every node, where they are not all in the root's; else empty.
    pub origins: Vec<FileId>,
    /// Those files but for the root's.
    pub others: Vec<Arc<SourceFile>>,
    /// Nodes whose value was written elsewhere, with the place that uses it, by node index, sorted.
    pub used: Vec<(u32, Span)>,
}

static NOTHING: Rare = Rare {
    aliases: Vec::new(),
    tags: Vec::new(),
    duplicates: Vec::new(),
    renamed: Vec::new(),
    ignored: None,
    grafted: false,
    origins: Vec::new(),
    others: Vec::new(),
    used: Vec::new(),
};

/// Equal trees have the same nodes at the same places; the files they are part of are not compared.
impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        let pairs =
            |rare: &Rare| rare.duplicates.iter().map(|one| (one.first, one.second)).collect::<Vec<_>>();
        let (own, theirs) = (self.rare(), other.rare());
        self.nodes == other.nodes
            && self.cooked == other.cooked
            && self.comments == other.comments
            && own.aliases == theirs.aliases
            && own.tags == theirs.tags
            && own.renamed == theirs.renamed
            && own.ignored == theirs.ignored
            && pairs(own) == pairs(theirs)
    }
}

impl Tree {
    /// Writes all that it is: what writes the same has the same nodes at the same places of the very same files.
    pub fn identify(&self, state: &mut dyn Hasher) {
        let Tree { source, nodes, cooked, comments, deceptive, rare: _, merges: _, kin: _ } = self;
        let Rare { aliases, tags, duplicates, renamed, ignored, grafted, origins, others, used } =
            self.rare();
        let mut state = state;
        (source.serial, others.len()).hash(&mut state);
        others.iter().for_each(|file| file.serial.hash(&mut state));
        (nodes, cooked, aliases, tags, comments).hash(&mut state);
        (duplicates, renamed, ignored, deceptive, grafted, origins, used).hash(&mut state);
    }

    /// A tree of these nodes, whose texts differ from the file's where `cooked` says so.
    pub(super) fn new(source: &Arc<SourceFile>, nodes: Vec<RawNode>, cooked: Vec<(u32, Text)>) -> Self {
        Tree {
            source: Arc::clone(source),
            nodes,
            cooked,
            comments: Vec::new(),
            deceptive: false,
            rare: None,
            merges: OnceBox::new(),
            kin: OnceBox::new(),
        }
    }

    /// What hardly any tree has.
    pub(super) fn rare(&self) -> &Rare {
        self.rare.as_deref().unwrap_or(&NOTHING)
    }

    /// The same, to be added to.
    pub(super) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Sets aliases and tags, if there are any, by node index.
    pub(super) fn set_properties(&mut self, aliases: Vec<(u32, u32)>, tags: Vec<(u32, Box<str>)>) {
        if !aliases.is_empty() || !tags.is_empty() {
            let rare = self.rare_mut();
            (rare.aliases, rare.tags) = (aliases, tags);
        }
    }

    /// The file this document is part of.
    pub fn source(&self) -> &Arc<SourceFile> {
        &self.source
    }

    /// Whether a mapping may have this key. Of those that say so most have it.
    pub fn may_have_key(&self, key: &str) -> bool {
        let hash = key_hash(key);
        self.nodes.iter().any(|node| node.hash == hash)
    }

    /// All comments, in the order of the file.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// Whether any alias is used.
    pub fn has_aliases(&self) -> bool {
        !self.rare().aliases.is_empty()
    }

    /// Whether the text holds a character of [`deceptive`](super::deceptive).
    pub fn is_deceptive(&self) -> bool {
        self.deceptive
    }

    /// Keys that occur more than once in their mapping.
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.rare().duplicates
    }

    /// Text after the end of the document that kubectl reads as nothing.
    pub fn ignored(&self) -> Option<Span> {
        self.rare().ignored.as_ref().map(|range| Span {
            file: self.source.id,
            start: range.start,
            end: range.end,
        })
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing is written: an empty or comment-only document, whose root is a null at its end.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1 && self.nodes[0].is_absent() && self.rare().tags.is_empty()
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
        std::iter::once(self.source.id).chain(self.rare().others.iter().map(|other| other.id))
    }

    /// The file a node was written in.
    pub(super) fn origin(&self, index: u32) -> FileId {
        self.rare().origins.get(index as usize).copied().unwrap_or(self.source.id)
    }

    /// The text of one of the tree's files.
    pub fn text_of(&self, file: FileId) -> &str {
        if file == self.source.id {
            return &self.source.text;
        }
        self.rare().others.iter().find(|other| other.id == file).map_or("", |other| &other.text)
    }

    pub(super) fn cooked(&self, index: u32) -> &str {
        // Scalars that are no keys know the place of their text.
        let place = usize::from(self.nodes[index as usize].hash);
        if let Some((_, text)) = self.cooked.get(place).filter(|entry| entry.0 == index) {
            return text;
        }
        match self.cooked.binary_search_by_key(&index, |entry| entry.0) {
            Ok(at) => &self.cooked[at].1,
            Err(_) => "",
        }
    }

    pub(super) fn renamed(&self, index: u32) -> &str {
        match self.rare().renamed.binary_search_by_key(&index, |entry| entry.0) {
            Ok(at) => &self.rare().renamed[at].1,
            Err(_) => "",
        }
    }

    pub(super) fn tag(&self, index: u32) -> Option<&str> {
        self.rare().tags.binary_search_by_key(&index, |entry| entry.0).ok().map(|at| &*self.rare().tags[at].1)
    }

    pub(super) fn alias_target(&self, index: u32) -> Option<u32> {
        self.rare()
            .aliases
            .binary_search_by_key(&index, |entry| entry.0)
            .ok()
            .map(|at| self.rare().aliases[at].1)
    }
}

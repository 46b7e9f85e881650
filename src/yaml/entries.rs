//! What collections hold: the entries of mappings, by name or one after the other, and the items of sequences.

use foldhash::{HashMap, HashMapExt};

use super::node::{Entry, Kind, Node};
use super::tree::{MERGES, Merges, Style, Tree, key_hash};

impl<'a> Node<'a> {
    /// The value of a key, null counting as absent. The last of duplicate keys wins, as with kubectl.
    // The hash of a key that stands in the program is worked out when that is compiled.
    #[inline]
    pub fn get(self, key: &str) -> Option<Node<'a>> {
        self.get_hashed(key, key_hash(key))
    }

    /// A key with its value, which may be null.
    #[inline]
    pub fn entry(self, key: &str) -> Option<Entry<'a>> {
        self.entry_hashed(key, key_hash(key))
    }

    fn get_hashed(self, key: &str, hash: u16) -> Option<Node<'a>> {
        self.entry_hashed(key, hash).map(|entry| entry.value).filter(|value| !value.is_null())
    }

    fn entry_hashed(self, key: &str, hash: u16) -> Option<Entry<'a>> {
        let unique = self.tree().duplicates().is_empty();
        let node = self.resolved();
        let raw = node.raw();
        if unique && raw.style == Style::Mapping && raw.flags & MERGES == 0 {
            return node.own_entry(key, hash);
        }
        let mut found = None;
        for entry in self.entries() {
            if entry.key.raw().hash == hash && entry.key.key_text() == key {
                found = Some(entry);
                if unique {
                    break;
                }
            }
        }
        found
    }

    /// The first entry with this key of a mapping without merge keys.
    #[inline]
    fn own_entry(self, key: &str, hash: u16) -> Option<Entry<'a>> {
        let (tree, mut at) = (self.tree(), self.index() + 1);
        let nodes = tree.nodes.get(..self.raw().next as usize)?;
        while let Some(raw) = nodes.get(at as usize) {
            if raw.hash == hash && Node::new(tree, at).key_text() == key {
                let value = raw.next.min(self.raw().next - 1);
                return Some(Entry { key: Node::new(tree, at), value: Node::new(tree, value) });
            }
            at = nodes.get(raw.next as usize)?.next;
        }
        None
    }

    /// The keys and values of a mapping in the order of the file, merge keys expanded; nothing for others.
    #[inline]
    pub fn entries(self) -> Entries<'a> {
        let node = self.resolved();
        let raw = node.raw();
        if raw.style != Style::Mapping {
            return Entries::Own { tree: node.tree(), at: 0, end: 0 };
        }
        if raw.flags & MERGES != 0 {
            return Entries::merge(node.tree(), node.index());
        }
        Entries::Own { tree: node.tree(), at: node.index() + 1, end: raw.next }
    }

    /// The items of a sequence; nothing for others.
    #[inline]
    pub fn items(self) -> Items<'a> {
        let node = self.resolved();
        let raw = node.raw();
        let end = if raw.style == Style::Sequence { raw.next } else { node.index() + 1 };
        Items::new(node.tree(), node.index() + 1, end)
    }
}

/// Entries that override each other by name, in the order of their first place.
#[derive(Default)]
struct Merged<'a> {
    entries: Vec<Entry<'a>>,
    /// Where a name is, once there are too many to look through.
    places: HashMap<&'a str, usize>,
}

impl<'a> Merged<'a> {
    fn put(&mut self, entry: Entry<'a>) {
        let key = entry.key.key_text();
        let found = if self.entries.len() < 32 {
            self.entries.iter().position(|other| other.key.key_text() == key)
        } else {
            if self.places.is_empty() {
                let places = self.entries.iter().enumerate();
                self.places = places.map(|(at, entry)| (entry.key.key_text(), at)).collect();
            }
            self.places.get(key).copied()
        };
        if let Some(at) = found {
            self.entries[at] = entry;
        } else {
            if !self.places.is_empty() {
                self.places.insert(key, self.entries.len());
            }
            self.entries.push(entry);
        }
    }
}

/// The entries of a mapping.
#[derive(Clone)]
pub enum Entries<'a> {
    #[doc(hidden)]
    Own { tree: &'a Tree, at: u32, end: u32 },
    #[doc(hidden)]
    Merged { tree: &'a Tree, pairs: std::slice::Iter<'a, (u32, u32)> },
}

impl<'a> Entries<'a> {
    /// All entries of a mapping with merge keys. Those of a whole tree are learnt at once: each mapping of a chain is
    /// made of the one before, not of all.
    pub(super) fn merge(tree: &'a Tree, index: u32) -> Entries<'a> {
        let merges = tree.merges.get_or_init(|| {
            let mut merges = Merges::new();
            let mappings = (0..tree.nodes.len() as u32).filter(|&at| is_merging(tree, at));
            mappings.for_each(|at| learn(tree, at, &mut merges));
            Box::new(merges)
        });
        let pairs = merges.get(&index).map_or(&[][..], |pairs| pairs);
        Entries::Merged { tree, pairs: pairs.iter() }
    }
}

fn is_merging(tree: &Tree, at: u32) -> bool {
    let node = &tree.nodes[at as usize];
    node.style == Style::Mapping && node.flags & MERGES != 0
}

/// Learns the entries of one mapping, after those of its sources. Chains are as short as documents nest.
fn learn(tree: &Tree, index: u32, merges: &mut Merges) {
    if merges.contains_key(&index) {
        return;
    }
    let mut merged = Merged::default();
    for entry in (Entries::Own { tree, at: index + 1, end: tree.nodes[index as usize].next }) {
        if !entry.key.is_merge_key() {
            merged.put(entry);
            continue;
        }
        // A later `<<` overrides what came before it; in a list the earlier mapping wins (12.6).
        let value = entry.value.resolved();
        let sources: Vec<Node<'_>> = match value.kind() {
            Kind::Sequence => value.items().collect::<Vec<_>>().into_iter().rev().collect(),
            _ => vec![value],
        };
        for source in sources.into_iter().map(Node::resolved) {
            let at = source.index();
            if !is_merging(tree, at) {
                source.entries().for_each(|entry| merged.put(entry));
                continue;
            }
            learn(tree, at, merges);
            for &(key, value) in merges.get(&at).map_or(&[][..], |pairs| pairs) {
                merged.put(Entry { key: Node::new(tree, key), value: Node::new(tree, value) });
            }
        }
    }
    let pairs = merged.entries.iter().map(|entry| (entry.key.index(), entry.value.index()));
    let pairs = pairs.collect();
    merges.insert(index, pairs);
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        match self {
            Entries::Own { tree, at, end } => {
                if *at >= *end {
                    return None;
                }
                let value = tree.nodes[*at as usize].next;
                let entry = Entry { key: Node::new(tree, *at), value: Node::new(tree, value.min(*end - 1)) };
                *at = tree.nodes.get(value as usize).map_or(*end, |node| node.next);
                Some(entry)
            }
            Entries::Merged { tree, pairs } => {
                let &(key, value) = pairs.next()?;
                Some(Entry { key: Node::new(tree, key), value: Node::new(tree, value) })
            }
        }
    }
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

impl Tree {
    /// The keys whose values later duplicates replace.
    pub fn overridden(&self) -> Overridden {
        let duplicates = &self.rare().duplicates;
        // Each one after the first is told with the first; the last of them stays.
        let last: HashMap<u32, u32> = duplicates.iter().map(|twice| (twice.first, twice.second)).collect();
        let earlier = duplicates.iter().filter(|twice| last[&twice.first] != twice.second);
        let mut keys: Vec<u32> = last.keys().copied().chain(earlier.map(|twice| twice.second)).collect();
        keys.sort_unstable();
        Overridden(keys)
    }
}

/// The items of a sequence.
#[derive(Clone)]
pub struct Items<'a> {
    tree: &'a Tree,
    at: u32,
    end: u32,
}

impl<'a> Items<'a> {
    /// The nodes that follow each other from one index to another.
    pub(super) fn new(tree: &'a Tree, at: u32, end: u32) -> Self {
        Items { tree, at, end }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Node<'a>;

    #[inline]
    fn next(&mut self) -> Option<Node<'a>> {
        if self.at >= self.end {
            return None;
        }
        let item = Node::new(self.tree, self.at);
        self.at = self.tree.nodes[self.at as usize].next;
        Some(item)
    }
}

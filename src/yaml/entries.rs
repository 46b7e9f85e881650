//! The entries of mappings and the items of sequences, one after the other.

use std::collections::HashMap;

use super::node::{Entry, Kind, Node};
use super::tree::Tree;

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
    Merged(std::vec::IntoIter<Entry<'a>>),
}

impl<'a> Entries<'a> {
    /// All entries of a mapping with merge keys, from its own.
    pub(super) fn merge(own: Entries<'a>) -> Entries<'a> {
        let mut merged = Merged::default();
        for entry in own {
            if entry.key.is_merge_key() {
                // A later `<<` overrides what came before it; in a list the earlier mapping wins (12.6).
                let value = entry.value.resolved();
                let sources: Vec<Node<'a>> = match value.kind() {
                    Kind::Sequence => value.items().collect::<Vec<_>>().into_iter().rev().collect(),
                    _ => vec![value],
                };
                for source in sources {
                    source.entries().for_each(|entry| merged.put(entry));
                }
            } else {
                merged.put(entry);
            }
        }
        Entries::Merged(merged.entries.into_iter())
    }
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
            Entries::Merged(entries) => entries.next(),
        }
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

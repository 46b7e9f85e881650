//! Where a node stands among the others: its parent and its place in it, learnt once for a whole tree.

use super::node::{Entry, Node, Step};
use super::tree::{Kin, MERGES, RawNode, Style, Tree};

/// Finds the parents of all nodes.
fn learn(nodes: &[RawNode]) -> Vec<Kin> {
    // Collections that are not over yet, with their children so far.
    let mut open: Vec<(u32, u32)> = Vec::new();
    let mut found = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        let index = index as u32;
        while open.last().is_some_and(|(parent, _)| nodes[*parent as usize].next <= index) {
            open.pop();
        }
        found.push(match open.last_mut() {
            Some((parent, children)) => {
                *children += 1;
                Kin { parent: *parent, ordinal: *children - 1 }
            }
            None => Kin { parent: index, ordinal: 0 },
        });
        if node.next > index + 1 {
            open.push((index, 0));
        }
    }
    found
}

impl Tree {
    fn kin(&self) -> &[Kin] {
        self.kin.get_or_init(|| Box::new(learn(&self.nodes)))
    }
}

impl<'a> Node<'a> {
    /// The way from the root to this node, as written (an alias ends it where it is used): every step with the node
    /// that it leads to. A key is reported as the entry itself.
    pub fn way(self) -> Vec<(Step<'a>, Node<'a>)> {
        let tree = self.tree();
        let kin = tree.kin();
        let mut steps = Vec::new();
        let mut at = self.index();
        while let Some(&Kin { parent, ordinal }) = kin.get(at as usize).filter(|kin| kin.parent != at) {
            let step = match tree.nodes[parent as usize].style {
                // Keys are single nodes, so that of a value stands right before it.
                Style::Mapping => Step::Key(tree.node(at - ordinal % 2).key_text()),
                _ => Step::Item(ordinal as usize),
            };
            steps.push((step, tree.node(at)));
            at = parent;
        }
        steps.reverse();
        steps
    }

    /// The steps of [`way`](Self::way).
    pub fn path(self) -> Vec<Step<'a>> {
        self.way().into_iter().map(|one| one.0).collect()
    }

    /// How many steps lead from the root to this node.
    pub fn depth(self) -> usize {
        let kin = self.tree().kin();
        let mut at = self.index();
        let up = || {
            let parent = kin.get(at as usize)?.parent;
            (std::mem::replace(&mut at, parent) != parent).then_some(())
        };
        std::iter::from_fn(up).count()
    }

    /// The collection that this node is written in, and how many of its children stand before it.
    fn parent(self) -> Option<(Node<'a>, u32)> {
        let kin = self.tree().kin().get(self.index() as usize)?;
        (kin.parent != self.index()).then(|| (self.tree().node(kin.parent), kin.ordinal))
    }

    /// Whether a node of the same tree is this one or a part of it, wherever both were written.
    pub fn holds(self, other: Node<'_>) -> bool {
        let own = self.resolved();
        let end = self.tree().nodes[own.index() as usize].next;
        (own.index()..end.max(own.index() + 1)).contains(&other.index())
    }

    /// Whether the collection that this node is written in is a `[…]` or `{…}`.
    pub fn is_in_flow(self) -> bool {
        self.parent().is_some_and(|(parent, _)| parent.is_flow())
    }

    /// The entry of a key in the mapping that it is written in.
    fn entry_of(self) -> Entry<'a> {
        let value = self.tree().nodes[self.index() as usize].next;
        Entry { key: self, value: self.tree().node(value.min(self.tree().nodes.len() as u32 - 1)) }
    }

    /// For a key, the value that is written behind it.
    pub fn value_of_key(self) -> Option<Node<'a>> {
        let (mapping, ordinal) = self.parent()?;
        let is_key = mapping.style() == Style::Mapping && ordinal % 2 == 0;
        is_key.then(|| self.entry_of().value)
    }

    /// For a key, the mapping that it is written in, and its entry.
    pub fn as_key(self) -> Option<(Node<'a>, Entry<'a>)> {
        let (mapping, ordinal) = self.parent()?;
        let around = |mut node: Node<'a>| {
            while let Some((parent, _)) = node.parent() {
                if !node.span().contains(self.span()) {
                    return false;
                }
                node = parent;
            }
            true
        };
        let is_key = mapping.style() == Style::Mapping && ordinal % 2 == 0;
        (is_key && around(mapping)).then(|| (mapping, self.entry_of()))
    }

    /// For a key of this mapping, the entries that stand before and behind it. `None` where keys come from elsewhere:
    /// from merge keys, or from other files.
    pub fn neighbours(self, key: Node<'a>) -> Option<(Option<Entry<'a>>, Option<Entry<'a>>)> {
        let tree = self.tree();
        let own = &tree.nodes[self.index() as usize];
        let (parent, ordinal) = key.parent()?;
        if parent.index() != self.index() || own.flags & MERGES != 0 || tree.rare().grafted {
            return None;
        }
        let before = (ordinal > 0).then(|| {
            // The node right before the key is the last one of the value before.
            let mut value = tree.node(key.index() - 1);
            while let Some((parent, _)) = value.parent().filter(|one| one.0.index() != self.index()) {
                value = parent;
            }
            // Keys are single nodes.
            tree.node(value.index() - 1).entry_of()
        });
        let next = tree.nodes[key.entry_of().value.index() as usize].next;
        let behind = (next < own.next).then(|| tree.node(next).entry_of());
        Some((before, behind))
    }

    /// The innermost node whose span holds the byte offset, if any does. For trees of one file.
    pub fn at_offset(tree: &'a Tree, offset: u32) -> Option<Node<'a>> {
        let holds = |at: usize| {
            let node = &tree.nodes[at];
            node.start <= offset && offset < node.end.max(node.start + 1)
        };
        // Nodes stand in the order of their starts. The last that begins before the place is inside of all that
        // hold it; of several that begin at one place the innermost comes last.
        let mut at = tree.nodes.partition_point(|node| node.start <= offset).checked_sub(1)?;
        while !holds(at) {
            let parent = tree.kin()[at].parent as usize;
            if parent == at {
                return None;
            }
            at = parent;
        }
        Some(tree.node(at as u32))
    }
}

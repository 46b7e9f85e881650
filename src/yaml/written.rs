//! Walking a tree as it was written: no alias is followed, no merge key expanded, every node is met once.

use super::node::{Entry, Node};
use super::tree::Style;

impl<'a> Node<'a> {
    /// The direct children as written: items of a sequence, keys and values of a mapping in turn.
    pub fn children(self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let tree = self.tree();
        let own = &tree.nodes[self.index() as usize];
        let end = match own.style {
            Style::Mapping | Style::Sequence => own.next,
            _ => self.index() + 1,
        };
        let mut at = self.index() + 1;
        std::iter::from_fn(move || {
            let node = (at < end).then(|| tree.node(at))?;
            at = tree.nodes[at as usize].next;
            Some(node)
        })
    }

    /// For a key, the mapping that it is written in, and its entry.
    pub fn as_key(self) -> Option<(Node<'a>, Entry<'a>)> {
        let mut node = self.tree().root();
        loop {
            let around = |child: &Node<'a>| child.span().contains(self.span());
            if node.is_mapping() {
                let mut children = node.children();
                let mut inner = None;
                while let (Some(key), Some(value)) = (children.next(), children.next()) {
                    if key == self {
                        return Some((node, Entry { key, value }));
                    }
                    inner = inner.or(Some(value).filter(around));
                }
                node = inner?;
            } else {
                node = node.children().find(around)?;
            }
        }
    }
}

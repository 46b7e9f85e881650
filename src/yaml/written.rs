//! Walking a tree as it was written: no alias is followed, no merge key expanded, every node is met once.

use super::node::Node;
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
}

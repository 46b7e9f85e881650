//! The tree of a document, which can be let go and read again: there may be millions of documents that nobody asks for.

use std::ops::Range;
use std::sync::Arc;

use once_cell::race::OnceBox;

use super::{A_LIST, A_SCALAR, NO_TYPE};
use crate::files::SourceFile;
use crate::yaml::{self, Piece, Tree};

/// Why a document that was let go is not for the API server.
const NOT_OURS: [&str; 3] = [NO_TYPE, A_LIST, A_SCALAR];

/// A tree, or what is needed to read it again.
#[derive(Debug)]
pub struct Held {
    tree: OnceBox<Tree>,
    json: bool,
    /// Position in [`NOT_OURS`], if the tree was let go.
    gone: Option<u8>,
}

impl Held {
    /// Keeps a tree.
    pub(super) fn keep(tree: Tree) -> Self {
        Held { tree: OnceBox::with_value(Box::new(tree)), json: false, gone: None }
    }

    /// Lets a tree go if it has no comment and its document is for none of our readers for this reason.
    pub(super) fn let_go(tree: Tree, piece: &Piece, reason: &str) -> Self {
        match NOT_OURS.iter().position(|known| *known == reason) {
            Some(at) if tree.comments().is_empty() => {
                Held { tree: OnceBox::new(), json: piece.json, gone: Some(at as u8) }
            }
            _ => Held::keep(tree),
        }
    }

    /// Why the document is not for the API server, if its tree was let go.
    pub(super) fn gone(&self) -> Option<&'static str> {
        self.gone.map(|at| NOT_OURS[usize::from(at)])
    }

    /// The tree, read again if it was let go.
    pub(super) fn tree(&self, source: &Arc<SourceFile>, range: Range<usize>) -> Option<&Tree> {
        let mut piece = Piece::yaml(range);
        piece.json = self.json;
        self.tree.get_or_try_init(|| yaml::parse(source, &piece).map(Box::new)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::FileId;

    #[test]
    fn a_tree_that_was_let_go_is_read_again() {
        let source = Arc::new(SourceFile::new(FileId(0), "a.json", "{\"a\":\t1}"));
        let piece = yaml::split(&source.text).remove(0);
        let parsed = || yaml::parse(&source, &piece).expect("JSON");
        let held = Held::let_go(parsed(), &piece, NO_TYPE);
        assert_eq!(held.gone(), Some(NO_TYPE));
        assert!(held.tree.get().is_none());
        assert_eq!(held.tree(&source, piece.range()), Some(&parsed()));
        assert_eq!(Held::let_go(parsed(), &piece, "Helm chart").gone(), None);
    }
}

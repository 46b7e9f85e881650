//! What the schema rules say of one object.

use std::sync::Arc;

use wplint::files::{FileId, SourceFile};
use wplint::schema::{self, NEWEST, TroubleKind};
use wplint::yaml::{self, Node, Step};

/// The fields on the way to a node.
pub fn way(node: Node<'_>) -> String {
    let path = node.path();
    let keys = path.iter().filter_map(|step| match step {
        Step::Key(key) => Some(*key),
        Step::Item(_) => None,
    });
    keys.collect::<Vec<_>>().join(".")
}

/// Whether one way is the other, or leads into it or beside it.
pub fn is_near(one: &str, other: &str) -> bool {
    let parent = |path: &str| path.rsplit_once('.').map_or(String::new(), |(parent, _)| parent.to_owned());
    one.starts_with(other) || other.starts_with(one) || parent(one) == parent(other)
}

/// What is wrong with an object, each with the way to it and to the other places that are shown. An object that is none is
/// one trouble.
pub fn troubles(text: &str) -> Vec<(TroubleKind, String, Vec<String>)> {
    let source = Arc::new(SourceFile::new(FileId(0), "t.json", text));
    let pieces = yaml::split(text);
    let Ok(tree) = yaml::parse(&source, &pieces[0]) else {
        return vec![(TroubleKind::WrongType, String::new(), Vec::new())];
    };
    let root = tree.root();
    let word = |key| root.get(key).and_then(Node::str).unwrap_or_default();
    let troubles = schema::examine(root, word("apiVersion"), word("kind"), (NEWEST, NEWEST));
    let read = |trouble: schema::Trouble<'_>| {
        let others = trouble.also.iter().map(|other| way(other.0)).collect();
        (trouble.kind, way(trouble.at), others)
    };
    troubles.into_iter().flatten().map(read).collect()
}

/// Whether a kind of trouble is one for which the API server refuses an object.
pub fn is_refusal(kind: TroubleKind) -> bool {
    matches!(
        kind,
        TroubleKind::WrongType
            | TroubleKind::UnknownField
            | TroubleKind::InvalidBase64
            | TroubleKind::MissingField
            | TroubleKind::InvalidValue
            | TroubleKind::InvalidByDefault
            | TroubleKind::LimitBelowRequest
            | TroubleKind::Told(_)
    )
}

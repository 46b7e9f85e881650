//! Where a walk stands.

use crate::yaml::Node;

/// A value and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<'a> {
    pub node: Node<'a>,
    /// The key it stands under; for an item, the key of its list.
    pub key: Option<Node<'a>>,
    /// Which item of that key's list it is.
    pub item: Option<u32>,
}

impl Slot<'_> {
    /// Its name in a message.
    pub fn name(&self) -> String {
        match (self.key, self.item) {
            (Some(key), Some(_)) => format!("an item of `{}`", key.key_text()),
            (Some(key), None) => format!("`{}`", key.key_text()),
            (None, _) => "the object".to_owned(),
        }
    }
}

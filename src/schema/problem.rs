//! What is wrong with an object, and the way to it.

use super::shape::Struct;
use super::{Expected, Trouble};
use crate::yaml::Node;

/// Something in an object that its type does not allow.
#[derive(Clone, Debug)]
pub enum Problem<'a> {
    /// The value's type is not the field's (facts 6.11, 12.8).
    WrongType {
        /// The value.
        at: Node<'a>,
        /// The key it belongs to; for an item, the key of its list.
        key: Option<Node<'a>>,
        /// Whether `at` is an item of the list under `key`.
        item: bool,
        /// What the field wants.
        expected: Expected,
        /// What is there, with its article.
        found: &'static str,
    },
    /// The struct has no such field (fact 12.9).
    UnknownField {
        /// The key.
        key: Node<'a>,
        /// Its value.
        value: Node<'a>,
        /// The mapping it stands in.
        parent: Node<'a>,
        /// The fields the struct has.
        fields: &'static [&'static str],
        /// The structs around it, from the object down to the parent.
        chain: Vec<Frame<'a>>,
    },
    /// A value that must be base64 is not; the API server cannot decode the object.
    InvalidBase64 {
        /// The value.
        at: Node<'a>,
        /// The key it belongs to.
        key: Option<Node<'a>>,
    },
    /// A required field is not there (fact 12.15).
    Missing {
        /// The mapping that lacks it.
        parent: Node<'a>,
        /// The key the mapping stands under; for an item, the key of its list.
        key: Option<Node<'a>>,
        /// Which item of the list it is.
        item: Option<u32>,
        /// Its name.
        field: &'static str,
    },
    /// What validation or a second look at a value says.
    Noted(Trouble<'a>),
}

impl<'a> Problem<'a> {
    /// The node it is about.
    pub fn at(&self) -> Node<'a> {
        match self {
            Problem::WrongType { at, .. } | Problem::InvalidBase64 { at, .. } => *at,
            Problem::UnknownField { key, .. } => *key,
            Problem::Missing { parent, .. } => *parent,
            Problem::Noted(trouble) => trouble.at,
        }
    }
}

/// A struct on the way from the object to a problem.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The mapping.
    pub node: Node<'a>,
    /// The key it stands under; for an item, the key of its list. `None` for the object itself.
    pub key: Option<Node<'a>>,
    /// Which item of the list it is.
    pub item: Option<u32>,
    /// Its type.
    pub(super) shape: &'static Struct,
}

impl Frame<'_> {
    /// The type's name without its path: `Container`.
    pub fn name(&self) -> &'static str {
        self.shape.name
    }

    /// The fields it has.
    pub fn fields(&self) -> &'static [&'static str] {
        self.shape.names
    }
}

//! Text to node trees with byte spans, read as kubectl reads it.
//!
//! A file is [split](split) into pieces before anything is parsed, each piece is parsed alone into a
//! [`Tree`], and a [`Node`] is a place in a tree: copyable, with its span, resolving aliases and merge keys
//! as it is walked. Scalars mean what go-yaml v2 makes of them ([`scalar`]).

mod build;
mod json;
mod node;
mod scalar;
mod split;
mod tree;
mod written;

pub use build::{Fault, FaultKind, parse};
pub use node::{Entry, Kind, Node, Step};
pub use scalar::{Scalar, resolve};
pub use split::{Piece, split};
pub use tree::{Comment, Duplicate, Style, Tree};

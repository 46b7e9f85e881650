//! Text to node trees with byte spans, read as kubectl reads it.
//!
//! A file is [split] into pieces before anything is parsed, each piece is parsed alone into a
//! [`Tree`], and a [`Node`] is a place in a tree: copyable, with its span, resolving aliases and merge keys
//! as it is walked. Scalars mean what go-yaml v2 makes of them (`scalar`).

mod build;
mod cause;
mod deceptive;
mod entries;
mod fast;
mod fault;
mod graft;
pub mod insert;
mod json;
mod kin;
mod node;
mod parse;
mod scalar;
mod split;
mod strict;
mod tree;
mod written;

pub use deceptive::{deceptive, is_refused};
pub use entries::{Entries, Items, Overridden};
pub use fault::{Fault, FaultKind};
pub use graft::Graft;
pub use node::{Entry, Kind, Node, Step};
pub use parse::{is_common, parse, parse_slowly};
pub use scalar::{Scalar, quoted, resolve};
pub use split::{Piece, split};
pub use tree::{Comment, Duplicate, Style, Text, Tree, key_hash};

//! Files: found, read, and what a byte, a line and a path of them are. Nothing here knows what is in them.

mod charts;
mod distance;
mod exclude;
pub mod inside;
mod options;
pub mod path;
mod read;
pub mod scan;
mod source;
pub mod tracked;
pub mod write;

pub use distance::Distance;
pub use source::{Chart, FileId, Place, SourceFile, Span};

//! Charts, evaluated offline: what `helm template` would print, every value with the place it was written at
//! (section 16 of the facts).
//!
//! [`load`] reads a chart with all it depends on, [`evaluate`] executes its templates for one set of values and makes
//! node trees of what they print. Text keeps the origin of each of its bytes ([`Origin`]) on its way through
//! the functions of templates: a literal of a template, a value of a values file, or the action that computed it. No
//! program is started, nothing is fetched, and steps, depth and bytes are bounded.

mod archive;
mod call;
mod charts;
mod coalesce;
mod code;
mod deep;
mod documents;
mod emit;
mod engine;
mod evaluate;
mod failure;
mod fields;
mod funcs;
mod given;
mod lex;
mod map;
mod metadata;
mod origin;
mod outcome;
mod package;
mod parse;
mod pipeline;
mod place;
mod read;
mod readings;
mod schema;
mod shelf;
mod syntax;
mod text;
mod tree;
mod uses;
mod value;
mod version;
mod world;

pub use deep::pool;
pub use evaluate::{Cluster, Request, evaluate, evaluate_with, printed};
pub use failure::{Asked, Failure, FailureKind};
pub use given::{Filled, Given};
pub use outcome::{Broken, Outcome, Rendered, Skipped};
pub use package::{Dependency, Other, Package, Unreadable, load};
pub use readings::Readings;
pub use shelf::Shelf;
pub use text::{Origin, Source};
pub use uses::{Use, Uses, uses};

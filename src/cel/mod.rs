//! CEL, the language of policies and of rules in definitions: parsed, checked and evaluated as cel-go does it with the
//! libraries of the API server, with the place in the input of every value.
//!
//! [`Program::compile`] says what the server refuses, [`Program::run`] gives the value, and [`Program::blame`] the
//! places that made a truth value what it is.

mod admission;
mod ast;
mod blame;
mod check;
mod cost;
mod declared;
mod eval;
mod fault;
mod functions;
mod lex;
mod library;
mod meter;
mod named;
mod parse;
mod program;
mod room;
mod run;
mod semver;
mod signatures;
mod types;
mod url;
mod value;
mod variables;
mod words;

pub use admission::{Part, device_env, env as admission_env};
pub use check::Env;
pub use cost::Pricing;
pub use declared::{Declared, LARGEST_REQUEST, Shape};
pub use fault::{Fault, FaultKind, Mistake, MistakeKind};
pub use functions::convert::{duration, timestamp};
pub use functions::print::plain as shown;
pub use program::Program;
pub use types::{Fields, Struct, Type};
pub use value::{Data, Foreign, List, ListKind, Map, Outcome, Value};
pub use variables::Variables;
pub use words::is_word;

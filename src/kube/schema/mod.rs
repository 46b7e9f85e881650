//! Whether an object has the shape that its kind has.
//!
//! [`troubles`] is for rules: what to say about an object, with the node to point at. [`check`] is what lies
//! below: every problem as the decoding met it, excused or not. An object that keeps to its type has neither.

mod context;
mod decode;
mod explain;
mod graph;
mod hint;
mod kinds;
mod known;
mod legacy;
mod required;

pub use context::Expected;
pub use decode::{Frame, Problem};

use std::cell::{Cell, OnceCell};

use context::{Cx, Slot};
use graph::Graph;

use crate::yaml::Node;

/// How many unknown fields of one object are worth a guess at what was meant.
const MOST_GUESSES: u32 = 20;

/// Which rule a [`Trouble`] is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// `wrong-type`: no validation level forgives it (facts 6.11, 12.8).
    WrongType,
    /// `unknown-field`: strict validation rejects it, the others drop it silently (fact 12.9).
    UnknownField,
    /// A value that must be base64 is not, so the object cannot be decoded.
    InvalidBase64,
}

/// Something to say about the shape of an object.
#[derive(Clone, Debug)]
pub struct Trouble<'a> {
    /// Which kind of mistake.
    pub kind: TroubleKind,
    /// The value of the wrong type, or the key of the unknown field.
    pub at: Node<'a>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// What is wrong with the shape of an object, by its own apiVersion and kind, in the order of the file.
///
/// `None` if it has none or they name no built-in kind. Nothing is said about strategic merge patches
/// ([`is_patch`]), about placeholders that a tool will replace (fact 13.14), and about fields that the server
/// writes, that SOPS takes away, or that older servers had.
pub fn troubles<'a>(object: Node<'a>) -> Option<Vec<Trouble<'a>>> {
    let api_version = object.get("apiVersion")?.str()?;
    let kind = kinds::find(api_version, object.get("kind")?.str()?)?;
    let problems = decode(object, kind, false);
    let directive = |problem: &Problem<'_>| match problem {
        Problem::UnknownField { key, .. } => known::is_directive(key.key_text()),
        _ => false,
    };
    if problems.iter().any(directive) {
        return Some(Vec::new());
    }
    let (graph, guesses) = (OnceCell::new(), Cell::new(0));
    let types = || {
        guesses.set(guesses.get() + 1);
        (guesses.get() <= MOST_GUESSES).then(|| graph.get_or_init(|| probe(kind)))
    };
    let explained = |problem| explain::explain(problem, kind.extra, types);
    Some(problems.iter().filter_map(explained).collect())
}

/// Whether an object holds instructions of a strategic merge patch, such as `$patch: delete` (fact 13.5), and
/// is therefore not an object but a change to one.
pub fn is_patch(object: Node<'_>) -> bool {
    let mut open = vec![object];
    while let Some(node) = open.pop() {
        for entry in node.entries() {
            if known::is_directive(entry.key.key_text()) {
                return true;
            }
            open.push(entry.value);
        }
        open.extend(node.items());
    }
    false
}

/// The required fields that an object lacks, each with the mapping that lacks it (fact 12.15).
///
/// Empty for kinds that are not built in. Whether the object is whole, and not a patch or a base that an overlay
/// completes, is for the caller to know.
pub fn missing<'a>(object: Node<'a>) -> Vec<(Node<'a>, &'static str)> {
    let text = |key| object.get(key).and_then(Node::str);
    let kind = text("apiVersion").zip(text("kind")).and_then(|(version, kind)| kinds::find(version, kind));
    let problems = kind.map_or(Vec::new(), |kind| decode(object, kind, true));
    let missing = |problem| match problem {
        Problem::Missing { parent, field } => Some((parent, field)),
        _ => None,
    };
    problems.into_iter().filter_map(missing).collect()
}

/// Every problem of an object as a kind, in the order of the file, excused or not. `None` if the kind is not
/// built in.
pub fn check<'a>(object: Node<'a>, api_version: &str, kind: &str) -> Option<Vec<Problem<'a>>> {
    Some(decode(object, kinds::find(api_version, kind)?, false))
}

fn decode(object: Node<'_>, kind: kinds::Kind, required: bool) -> Vec<Problem<'_>> {
    let cx = Cx::new(object.tree(), required);
    (kind.run)(&cx, Slot::root(object));
    while let Some(schema) = cx.resume(object) {
        kinds::run_schema(&cx, schema);
    }
    let mut problems = cx.problems.into_inner();
    problems.sort_by_key(|problem| problem.at().span().start);
    problems
}

/// The struct types that a kind is made of.
fn probe(kind: kinds::Kind) -> Graph {
    let cx = Cx::default();
    (kind.run)(&cx, Slot::Probe { field: "", list: false });
    cx.graph.into_inner()
}

/// Every pair of apiVersion and kind that is known, older versions included.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    kinds::all()
}

//! Whether an object has the shape that its kind has.
//!
//! [`troubles`] is for rules: what to say about an object, with the node to point at. [`check`] is what lies
//! below: every problem as the walk over the object met it, excused or not. An object that keeps to its type has neither.

mod custom;
mod describe;
mod excused;
mod expected;
mod explain;
mod hint;
mod kinds;
mod known;
mod mend;
mod problem;
mod relocate;
mod required;
mod served;
mod shape;
mod slot;
mod stored;
mod strays;
mod twisted;
mod typed;
mod types;
pub mod update;
mod validate;
mod walk;

pub use custom::{Customs, undefined};
pub use describe::{Described, describe};
pub use expected::Expected;
pub use mend::default_selector;
pub use problem::{Frame, Problem};
pub use served::{NEWEST, Served, older, served, since};
pub use stored::stored;
pub use twisted::{Twisted, meant};
pub use typed::object_type;

use std::cell::Cell;

use shape::Want;
use walk::walk;

use crate::finding::Fix;
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
    /// `missing-field`: something that must be there is not (fact 12.15).
    MissingField,
    /// `invalid-value`: validation rejects the value.
    InvalidValue,
    /// `invalid-value`: validation rejects the value together with a default, which a part of an object does not
    /// have yet.
    InvalidByDefault,
    /// Validation rejects it, and a rule that sees more than the object tells it; `invalid-value` does where that rule is not
    /// selected.
    Told(Told),
    /// `ambiguous-scalar`: kubectl reads it differently than a person or another tool (facts 12.2, 12.3).
    AmbiguousScalar,
    /// `deprecated-topology-key`: an old label of nodes (fact 2.8).
    DeprecatedTopologyKey,
    /// `volume-without-source`: defaulting makes it an emptyDir (fact 10.7).
    VolumeWithoutSource,
    /// `quantity-suspicious`: accepted, and surely not what was meant (facts 10.11, 10.12).
    QuantitySuspicious,
    /// `limit-below-request`: rejected by validation (fact 10.13).
    LimitBelowRequest,
}

/// What a rule about several objects, or about all pods, tells of an object that the API server refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A selector that does not select the template beside it.
    Selector,
    /// A container that takes a volume which its pod does not have.
    Volume,
    /// A budget that says two things.
    Budget,
}

impl TroubleKind {
    /// Whether it holds of a whole object only: something is absent, or a default is in its place.
    pub fn needs_whole(self) -> bool {
        matches!(
            self,
            TroubleKind::MissingField
                | TroubleKind::VolumeWithoutSource
                | TroubleKind::InvalidByDefault
                | TroubleKind::Told(_)
        )
    }

    /// Whether it is about what is there, and not about what is absent or adds up wrongly.
    fn is_shape(self) -> bool {
        matches!(self, TroubleKind::WrongType | TroubleKind::UnknownField | TroubleKind::InvalidBase64)
    }
}

/// What is behind a trouble, for those who decide whether it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// Nothing that anybody asks for.
    #[default]
    Plain,
    /// The value is not of this type.
    Wants(Expected),
    /// The field is one of these, misspelt or misplaced: its name, or the parts of the way to it.
    Meant(Vec<String>),
    /// The object's own name is not valid.
    OwnName,
    /// Something that another field, or the whole, asks for is not there.
    Needs,
    /// A namespace is not there, and another tool may write it.
    Namespace,
}

/// Something to say about an object.
#[derive(Clone, Debug)]
pub struct Trouble<'a> {
    /// Which kind of mistake.
    pub kind: TroubleKind,
    /// What is behind it.
    pub cause: Cause,
    /// The smallest node that shows it: a value, or the key of a field.
    pub at: Node<'a>,
    /// What is wrong.
    pub message: String,
    /// Words for the place.
    pub label: Option<String>,
    /// Other places that explain it.
    pub also: Vec<(Node<'a>, String)>,
    /// What to do.
    pub help: Option<String>,
    /// How it can be made to go away.
    pub fix: Option<Fix>,
    /// The server takes it and perhaps the author means it, so it is a warning.
    pub taken: bool,
    /// It is about several fields together, of which a patch holds some only.
    pub across: bool,
}

impl<'a> Trouble<'a> {
    /// Whether it is a field that is this one, misspelt or misplaced.
    fn is_meant_as(&self, field: &str) -> bool {
        matches!(&self.cause, Cause::Meant(names) if names.iter().any(|name| name == field))
    }

    /// A trouble that says no more than what is wrong.
    pub fn new(kind: TroubleKind, at: Node<'a>, message: impl Into<String>) -> Self {
        Trouble {
            kind,
            cause: Cause::Plain,
            at,
            message: message.into(),
            label: None,
            also: Vec::new(),
            help: None,
            fix: None,
            taken: false,
            across: false,
        }
    }

    /// What was surely meant instead of the scalar or the key at the place.
    fn meant(mut self, text: &str) -> Self {
        self.help = Some(format!("did you mean `{text}`?"));
        self.fix = Some(Fix::safe(format!("write `{text}`")).replace(self.at, self.at.quoted_like(text)));
        self
    }

    /// Another way to write a scalar, which means the same.
    fn same_as(mut self, scalar: Node<'a>, text: &str) -> Self {
        self.fix = Some(Fix::safe(format!("write `{text}`")).replace(scalar, scalar.quoted_like(text)));
        self
    }

    /// What was probably meant instead of a scalar, for somebody to decide about.
    fn perhaps(mut self, scalar: Node<'a>, text: &str) -> Self {
        let fix = Fix::needs_decision(format!("write `{text}`"));
        self.fix = Some(fix.replace(scalar, scalar.quoted_like(text)));
        self
    }

    fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    fn cause(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    fn also(mut self, at: Node<'a>, text: impl Into<String>) -> Self {
        self.also.push((at, text.into()));
        self
    }

    fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// Everything that is to be said about an object, in the order of the file, all found in one pass over it.
///
/// `None` if the apiVersion and kind are not built in. Nothing is said about strategic merge patches
/// ([`is_patch`]), about placeholders that a tool will replace (fact 13.14), and about fields that the server
/// writes, that SOPS takes away, or that older servers had. Whether the object is whole, so that what is missing
/// counts, is for the caller to know.
pub fn examine<'a>(
    object: Node<'a>,
    api_version: &str,
    kind: &str,
    target: (u32, u32),
) -> Option<Vec<Trouble<'a>>> {
    let kind = kinds::find(api_version, kind)?;
    Some(told(&walk(object, kind.want(), true, target), kind.extra))
}

/// The same about the metadata of an object of any kind, with what is missing: a ConfigMap has nothing else that must be
/// there, and its name obeys the same rules.
fn examine_metadata(object: Node<'_>) -> Vec<Trouble<'_>> {
    let Some(kind) = kinds::find("v1", "ConfigMap") else { return Vec::new() };
    let mut problems = walk(object, kind.want(), true, (NEWEST, NEWEST));
    // The fields beside the metadata are those of the kind. Where something is missing, one of them may be it.
    if !problems.iter().any(|problem| matches!(problem, Problem::Missing { .. })) {
        problems.retain(|problem| match problem {
            Problem::UnknownField { parent, .. } => *parent != object || is_directive(problem),
            _ => true,
        });
    }
    told(&problems, kind.extra)
}

fn is_directive(problem: &Problem<'_>) -> bool {
    matches!(problem, Problem::UnknownField { key, .. } if known::is_directive(key.key_text()))
}

/// What is said about problems; nothing where the object is a patch.
fn told<'a>(problems: &[Problem<'a>], extra: &[(&'static str, &'static str)]) -> Vec<Trouble<'a>> {
    if problems.iter().any(is_directive) {
        return Vec::new();
    }
    let guesses = Cell::new(0);
    let may_guess = || {
        guesses.set(guesses.get() + 1);
        guesses.get() <= MOST_GUESSES
    };
    let explained = |problem| explain::explain(problem, extra, may_guess).map(|trouble| (problem, trouble));
    let found: Vec<(&Problem<'a>, Trouble<'a>)> = problems.iter().filter_map(explained).collect();
    let own = |(at, (problem, trouble)): (usize, &(&Problem<'a>, Trouble<'a>))| {
        (!follows(problem, &found[at.saturating_sub(NEARBY)..found.len().min(at + NEARBY)]))
            .then(|| ((*problem).clone(), trouble.clone()))
    };
    strays::join(found.iter().enumerate().filter_map(own).collect())
}

/// How many findings away the unknown field is looked for that a missing one was written as.
const NEARBY: usize = 20;

/// Whether a missing field is only misspelt or misplaced, which the unknown field beside it says.
fn follows(problem: &Problem<'_>, others: &[(&Problem<'_>, Trouble<'_>)]) -> bool {
    let Problem::Missing { parent: lacking, field, .. } = problem else { return false };
    others.iter().any(|(other, trouble)| match other {
        Problem::UnknownField { parent, .. } => parent == lacking && trouble.is_meant_as(field),
        _ => false,
    })
}

/// What is wrong with the shape of an object, by its own apiVersion and kind: wrong types, unknown fields, and
/// what cannot be decoded.
pub fn troubles<'a>(object: Node<'a>) -> Option<Vec<Trouble<'a>>> {
    let (version, kind) = (object.get("apiVersion")?.str()?, object.get("kind")?.str()?);
    let mut troubles = examine(object, version, kind, (NEWEST, NEWEST))?;
    troubles.retain(|trouble| trouble.kind.is_shape());
    Some(troubles)
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
    let problems = kind.map_or(Vec::new(), |kind| walk(object, kind.want(), true, (NEWEST, NEWEST)));
    let missing = |problem| match problem {
        Problem::Missing { parent, field, .. } => Some((parent, field)),
        _ => None,
    };
    problems.into_iter().filter_map(missing).collect()
}

/// Every problem of an object as a kind, in the order of the file, excused or not. `None` if the kind is not
/// built in.
pub fn check<'a>(object: Node<'a>, api_version: &str, kind: &str) -> Option<Vec<Problem<'a>>> {
    Some(walk(object, kinds::find(api_version, kind)?.want(), false, (NEWEST, NEWEST)))
}

/// Every pair of apiVersion and kind that is known, older versions included.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    kinds::all()
}

/// The names of the fields that an object of a kind may have below a path of keys, in the order of the type; items of
/// lists have no step of their own. Empty for what is not built in, and where any key may stand.
pub fn fields(api_version: &str, kind: &str, path: &[&str]) -> &'static [&'static str] {
    fn step(want: Want, key: &&str) -> Option<Want> {
        match want {
            Want::Map(inner) => Some(*inner),
            Want::List(inner) => step(*inner, key),
            _ => {
                let (shape, _) = want.structure()?;
                shape.fields.iter().find(|field| field.name == *key).map(|field| field.want)
            }
        }
    }
    let root = kinds::find(api_version, kind).map(|kind| kind.want());
    match root.and_then(|root| path.iter().try_fold(root, step)) {
        Some(Want::Struct(shape)) => shape.names,
        Some(Want::List(item)) => item.structure().map_or(&[], |(shape, _)| shape.names),
        _ => &[],
    }
}

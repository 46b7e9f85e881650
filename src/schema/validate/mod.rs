//! Values that validation rejects although their type is right, and a second look at some that it accepts.
//!
//! Everything hangs on the Rust type of a struct, which the decoding knows: [`table`] says what a field of a type
//! may hold, and the functions beside it judge a struct as a whole. Only what the API server certainly refuses
//! is reported as invalid; placeholders and patches are left alone.

mod access;
mod admission;
mod advice;
mod amounts;
mod certificates;
mod claims;
mod cluster;
mod containers;
mod cron;
mod definitions;
mod devices;
mod disks;
mod expressions;
mod flow;
mod grammar;
mod jobs;
mod lists;
mod mounts;
mod names;
mod net;
mod objects;
mod pods;
mod quotas;
mod routes;
mod scalars;
mod scaling;
mod security;
mod services;
mod structural;
mod table;
mod texts;
mod times;
mod together;
mod volumes;
mod webhooks;
mod workloads;

pub(super) use amounts::quantity;

use super::problem::{Frame, Problem};
pub(super) use names::bad_name;

use super::{Cause, Told, Trouble, TroubleKind, known};
use crate::finding::Fix;
use crate::text::placeholder;
use crate::yaml::{Node, Scalar, Style};
use texts::Text;

/// What a field may hold. A check of a scalar holds for the items of a list and for the values of a map, too.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// Anything: while its gate is off, the server drops the field (fact 14.8).
    Any,
    /// Text of a kind, if there is any.
    Is(&'static Text),
    /// Text of a kind, and not an empty one.
    Given(&'static Text),
    /// One of these words, if there is any.
    OneOf(&'static [&'static str]),
    /// One of these words, and not an empty one.
    GivenOneOf(&'static [&'static str]),
    /// A number from, to.
    Between(i64, i64),
    /// A port number, or the name of a container port (fact 4.8).
    PortOrName,
    /// The same, or 0 for the Service's own port (fact 4.1).
    TargetPort,
    /// The name of a container port (fact 4.8).
    PortName,
    /// A number, or a percentage; of at most 100 if it says so.
    IntOrPercent { capped: bool },
    /// A map of labels.
    Labels,
    /// A map of annotations.
    Annotations,
    /// A map whose keys are of a kind.
    Keys(&'static Text),
    /// A map whose keys are keys of a ConfigMap or Secret.
    DataKeys,
    /// The schedule of a CronJob.
    Cron,
    /// An image reference.
    Image,
    /// A label of nodes that may have a newer name.
    NodeLabel,
    /// A map whose keys are such labels.
    NodeLabels,
    /// A quantity above nothing.
    Positive,
    /// A quantity that is not below nothing.
    NotNegative,
    /// A network; without bits behind its prefix where the target is strict.
    Network,
    /// A list of at most so many items.
    AtMost(usize),
    /// At most so many characters.
    Short(usize),
    /// A list with no item twice.
    Unique,
    /// All of these.
    All(&'static [Check]),
}

/// Judges a struct as a whole.
pub(super) type Whole = for<'a> fn(&Place<'_, 'a>, &mut Notes<'_, 'a>);

/// A struct and the structs around it.
pub(super) struct Place<'c, 'a> {
    node: Node<'a>,
    key: Option<Node<'a>>,
    chain: &'c [Frame<'a>],
}

impl<'a> Place<'_, 'a> {
    fn key_text(&self) -> &'a str {
        self.key.map_or("", |key| key.key_text())
    }

    /// Whether a struct of this type is around it.
    fn inside(&self, ty: &str) -> bool {
        self.chain.iter().any(|frame| frame.name() == ty)
    }

    fn root(&self) -> Node<'a> {
        self.chain.first().map_or(self.node, |frame| frame.node)
    }

    /// Text of a field, if it is a string.
    fn text(&self, field: &str) -> Option<&'a str> {
        self.node.get(field).and_then(Node::str)
    }

    /// A field with something in it: no empty text, list or map.
    fn given(&self, field: &str) -> Option<Node<'a>> {
        given(self.node, field)
    }

    /// The items of a list.
    fn items(&self, field: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.node.get(field).into_iter().flat_map(Node::items)
    }

    /// The struct right around it, if it has this type.
    fn parent(&self, ty: &str) -> Option<Node<'a>> {
        self.chain.last().filter(|frame| frame.shape.is(ty)).map(|frame| frame.node)
    }

    /// The nearest struct of this type around it.
    fn around(&self, ty: &str) -> Option<Node<'a>> {
        self.chain.iter().rev().find(|frame| frame.shape.is(ty)).map(|frame| frame.node)
    }

    /// The kind of the object.
    fn kind(&self) -> &'static str {
        self.chain.first().map_or("", |frame| frame.name())
    }
}

/// A field with something in it: no empty text, list or map.
fn given<'a>(node: Node<'a>, field: &str) -> Option<Node<'a>> {
    node.get(field).filter(|value| !is_empty(*value))
}

/// Whether a value is as good as absent to a server that reads it into a Go value that is no pointer (fact 14.3).
pub(super) fn is_empty(value: Node<'_>) -> bool {
    match value.scalar() {
        Some(Scalar::Str(text)) => text.is_empty(),
        Some(scalar) => matches!(scalar, Scalar::Null),
        None => value.is_sequence() && value.items().next().is_none(),
    }
}

/// What is said of everything that validation rejects.
const REJECTED: &str = "rejected by the API server";

/// Where checks write down what they find.
pub(super) struct Notes<'n, 'a> {
    problems: &'n mut Vec<Problem<'a>>,
    /// The lowest and the highest minor version of the target.
    target: (u32, u32),
}

impl<'a> Notes<'_, 'a> {
    fn push(&mut self, trouble: Trouble<'a>) {
        self.problems.push(Problem::Noted(trouble));
    }

    /// A value that the API server refuses.
    fn refuse(&mut self, at: Node<'a>, message: impl Into<String>, help: impl Into<String>) {
        self.push(Trouble::new(TroubleKind::InvalidValue, at, message).label(REJECTED).help(help));
    }

    /// Two values that the API server refuses together; `at` is the one to change.
    fn clash(&mut self, at: Node<'a>, other: Node<'a>, message: impl Into<String>, help: impl Into<String>) {
        let trouble = Trouble::new(TroubleKind::InvalidValue, at, message).label(REJECTED);
        self.push(trouble.also(other, "the other").help(help));
    }

    /// Something that the API server refuses and a rule of another group tells where it is selected.
    fn told_by(&mut self, told: Told, at: Node<'a>, message: impl Into<String>, help: impl Into<String>) {
        let trouble = Trouble::new(TroubleKind::Told(told), at, message).cause(Cause::Needs);
        self.push(trouble.label(REJECTED).help(help));
    }

    /// Something that must be there and has no place of its own.
    fn lacks(&mut self, place: &Place<'_, 'a>, message: impl Into<String>, help: impl Into<String>) {
        self.lacks_what(place, message, help, None);
    }

    /// The same where it is certain what is to be there.
    fn lacks_what(
        &mut self,
        place: &Place<'_, 'a>,
        message: impl Into<String>,
        help: impl Into<String>,
        fix: Option<Fix>,
    ) {
        let at = place.node.get("name").filter(|name| name.scalar().is_some()).or(place.key);
        let at = at.unwrap_or(place.node);
        let trouble = Trouble::new(TroubleKind::MissingField, at, message).cause(Cause::Needs);
        self.push(Trouble { fix, ..trouble.label(REJECTED).help(help) });
    }

    /// Something that a field lacks: shown at its value where there is one, else where it belongs.
    fn wants(
        &mut self,
        place: &Place<'_, 'a>,
        field: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        match place.node.entry(field) {
            Some(entry) => {
                let trouble = Trouble::new(TroubleKind::MissingField, entry.key, message).cause(Cause::Needs);
                self.push(trouble.label(REJECTED).help(help));
            }
            None => self.lacks(place, message, help),
        }
    }

    /// Whether all versions of the target are at least this one.
    fn is_from(&self, minor: u32) -> bool {
        self.target.0 >= minor
    }

    fn invalid(&mut self, at: Node<'a>, message: String, label: &str, help: impl Into<String>) {
        self.push(Trouble::new(TroubleKind::InvalidValue, at, message).label(label).help(help));
    }
}

/// The checks of a type, by its name with group and version: of its fields, and of the whole.
pub(super) fn of(ty: &str) -> (&'static [(&'static str, Check)], Option<Whole>) {
    table::find(ty).unwrap_or_default()
}

/// Every type and field that a table says something of.
#[cfg(test)]
pub(super) fn places() -> impl Iterator<Item = (&'static str, &'static str)> {
    table::rows().flat_map(|row| row.1.iter().map(|field| (row.0, field.0)))
}

/// Records what is wrong with the value of a field.
pub(super) fn field<'a>(
    check: Check,
    name: &str,
    value: Node<'a>,
    target: (u32, u32),
    problems: &mut Vec<Problem<'a>>,
) {
    scalars::field(check, name, value, &mut Notes { problems, target });
}

/// Records what is wrong with a struct as a whole.
pub(super) fn whole<'a>(
    judge: Whole,
    place: &Frame<'a>,
    chain: &[Frame<'a>],
    target: (u32, u32),
    problems: &mut Vec<Problem<'a>>,
) {
    let before = problems.len();
    judge(&Place { node: place.node, key: place.key, chain }, &mut Notes { problems, target });
    for problem in &mut problems[before..] {
        if let Problem::Noted(trouble) = problem {
            trouble.across = trouble.kind == TroubleKind::InvalidValue;
        }
    }
}

/// Whether a name is to be filled in by the reader: `APP-vol`, `www.DOMAIN.COM`, `A.B.C.D.nip.io`.
fn is_note(text: &str) -> bool {
    let shouted = |word: &str| placeholder::is_shouted(word);
    // `x.x.x.x/16`, `10.x.y.z`.
    let crossed = |word: &str| matches!(word, "x" | "X" | "y" | "z");
    let count =
        |sought: &dyn Fn(&str) -> bool| text.split(['-', '.', '_', '/']).filter(|word| sought(word)).count();
    // `hello.CLUSTER_IP_DASHED.example.com`.
    let joined = || text.split(['.', '/']).any(shouted);
    known::is_placeholder(text)
        || count(&shouted) > 0
        || joined()
        || count(&crossed) > 1
        || text.contains("A.B.C.D")
}

/// Records a text that is no point in time (RFC 3339).
pub(super) fn time<'a>(at: Node<'a>, key: Option<Node<'a>>, problems: &mut Vec<Problem<'a>>) {
    let Some(text) = at.str().filter(|text| !known::is_placeholder(text)) else { return };
    if times::is_time(text) {
        return;
    }
    let name = key.map_or("the value", |key| key.key_text());
    let trouble = Trouble::new(TroubleKind::InvalidValue, at, format!("`{text}` is no time for `{name}`"));
    problems.push(Problem::Noted(trouble.label(REJECTED).help("write it as in `2026-01-31T12:00:00Z`")));
}

/// Keys of the author's that kubectl reads differently than they are written (fact 12.3).
pub(super) fn names<'a>(map: Node<'a>, problems: &mut Vec<Problem<'a>>) {
    for entry in map.entries() {
        let (written, read) = (entry.key.text(), entry.key.key_text());
        if entry.key.style() != Style::Plain || written.len() == read.len() && written == read {
            continue;
        }
        let message = format!("the key `{written}` is `{read}` to kubectl");
        let trouble = Trouble::new(TroubleKind::AmbiguousScalar, entry.key, message);
        let help = format!("quote it: `\"{written}\"`");
        problems.push(Problem::Noted(trouble.label("must be quoted to be a string").help(help)));
    }
}

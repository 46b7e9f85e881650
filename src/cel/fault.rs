//! What goes wrong with an expression: before it runs, and while it runs.

use crate::files::Span;

/// What kind of mistake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MistakeKind {
    /// A struct has no such field.
    UnknownField,
    /// Values of two types that are never equal, or have no order.
    Mismatch,
    /// It is nested deeper than anybody here wants to follow, and the server may well take it.
    TooDeep,
    /// Anything else.
    Other,
}

/// Why an expression does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What kind it is.
    pub kind: MistakeKind,
    /// Where in its text, in bytes.
    pub at: u32,
    /// What is wrong, in the words of cel-go.
    pub message: String,
}

impl Mistake {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Mistake { kind: MistakeKind::Other, at: at as u32, message: message.into() }
    }

    /// One about the whole expression.
    pub fn at_start(message: impl Into<String>) -> Self {
        Mistake::new(0, message)
    }

    /// Where it is, for a help.
    pub fn advice(&self) -> String {
        format!("look at character {} of the expression", self.at + 1)
    }
}

/// How an evaluation ended without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It failed.
    Error,
    /// It costs more than the server allows.
    Cost,
    /// It depends on something that is not known without a cluster.
    Unknown,
}

/// An evaluation without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How it ended.
    pub kind: FaultKind,
    /// What is wrong, in the words of cel-go.
    pub message: String,
    /// The nearest place in the input.
    pub place: Option<Span>,
}

impl Fault {
    /// It failed.
    pub fn error(message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { kind: FaultKind::Error, message: message.into(), place: None })
    }

    /// It depends on this.
    pub fn unknown(what: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { kind: FaultKind::Unknown, message: what.into(), place: None })
    }

    /// No function takes these values.
    pub fn overload() -> Box<Fault> {
        Fault::error("no such overload")
    }

    pub(super) fn at(mut self: Box<Self>, place: Option<Span>) -> Box<Fault> {
        self.place = self.place.or(place);
        self
    }
}

//! The syntax of Go's templates as a tree, every part with its place in the text.

use std::ops::Range;
use std::sync::Arc;

use super::call::Function;
use crate::yaml::Text;

/// A list of nodes: a template or a branch of one.
pub type Block = Vec<Node>;

/// A part of a template.
#[derive(Debug)]
pub enum Node {
    /// Text that is printed as it is, after trimming.
    Text(Range<usize>),
    /// An action that prints or assigns.
    Action(Pipeline),
    /// `if`.
    If(Branch),
    /// `with`.
    With(Branch),
    /// `range`.
    Range(Branch),
    /// `template`, also of a `block`.
    Template(Name, Option<Pipeline>, Range<usize>),
    /// `break`.
    Break,
    /// `continue`.
    Continue,
}

/// An action with a body.
#[derive(Debug)]
pub struct Branch {
    /// What it depends on.
    pub pipeline: Pipeline,
    /// What is printed if it is true.
    pub then: Block,
    /// What is printed if it is not.
    pub otherwise: Block,
}

/// Commands, each of which gets what the one before it returns.
#[derive(Debug)]
pub struct Pipeline {
    /// The variables that are set.
    pub variables: Vec<Text>,
    /// They were declared before (`=`).
    pub assigns: bool,
    /// The commands.
    pub commands: Vec<Command>,
    /// The action from its first delimiter to its last, or what is between parentheses.
    pub range: Range<usize>,
}

/// A function with its arguments, or a single operand.
#[derive(Debug)]
pub struct Command {
    /// Operands; the first may be a function or a field.
    pub operands: Vec<Operand>,
}

/// An operand with its place.
#[derive(Debug)]
pub struct Operand {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub range: Range<usize>,
}

/// What an operand is.
#[derive(Debug)]
pub enum Kind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// A whole number or a character.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A constant text; its place is inside of the quotes if it stands there as it is.
    Str(Arc<str>, bool),
    /// `.a.b`
    Field(Vec<Text>),
    /// `$x.a.b`
    Variable(Text, Vec<Text>),
    /// A function's name.
    Function(&'static str, Function),
    /// `(…).a.b`
    Chain(Box<Operand>, Vec<Text>),
    /// `(…)`
    Pipeline(Box<Pipeline>),
}

/// The name of a template, as a constant text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: Text,
    /// Where it stands between its quotes.
    pub place: Range<usize>,
}

/// A template that has a name.
#[derive(Debug)]
pub struct Named {
    /// Its name.
    pub name: Name,
    /// What it prints.
    pub body: Arc<Block>,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub range: Range<usize>,
    /// What is wrong, in Go's words where there are some.
    pub message: String,
}

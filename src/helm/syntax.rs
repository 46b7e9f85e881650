//! The syntax of Go's templates: flat lists of nodes, commands and operands, every part with its place in the text.

use std::marker::PhantomData;
use std::ops::{Index, Range};

use super::call::Function;
use super::place::Place;
use crate::yaml::Text;

/// What a template and all that it defines consist of. Lists are neighbours here, so that few pieces of memory hold all.
#[derive(Debug, Default)]
pub struct Syntax {
    /// Nodes.
    pub(super) nodes: Vec<Node>,
    /// Commands.
    pub(super) commands: Vec<Command>,
    /// Operands.
    pub(super) operands: Vec<Operand>,
    /// Pipelines between parentheses.
    pub(super) pipelines: Vec<Pipeline>,
    /// Names of fields and variables.
    pub(super) names: Vec<Text>,
    /// Names of templates that are called.
    pub(super) called: Vec<Name>,
}

/// Neighbours in one of the lists of a [`Syntax`].
#[derive(Debug)]
pub struct Many<T> {
    from: u32,
    to: u32,
    of: PhantomData<fn() -> T>,
}

/// One in one of those lists.
#[derive(Debug)]
pub struct One<T> {
    at: u32,
    of: PhantomData<fn() -> T>,
}

impl Syntax {
    /// Nothing at all.
    pub(super) const fn none() -> Self {
        Syntax {
            nodes: Vec::new(),
            commands: Vec::new(),
            operands: Vec::new(),
            pipelines: Vec::new(),
            names: Vec::new(),
            called: Vec::new(),
        }
    }
}

impl<T> Clone for Many<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Many<T> {}

impl<T> Clone for One<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for One<T> {}

impl<T> Many<T> {
    /// Puts all behind a list from a place of another one on.
    pub(super) fn moved(list: &mut Vec<T>, from: &mut Vec<T>, at: usize) -> Self {
        let start = list.len() as u32;
        list.extend(from.drain(at..));
        Many { from: start, to: list.len() as u32, of: PhantomData }
    }

    /// None.
    pub(super) fn none() -> Self {
        Many { from: 0, to: 0, of: PhantomData }
    }

    /// What stands in a list from a place on.
    pub(super) fn since(list: &[T], from: usize) -> Self {
        Many { from: from as u32, to: list.len() as u32, of: PhantomData }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.from == self.to
    }

    /// How many there are.
    pub fn len(self) -> usize {
        (self.to - self.from) as usize
    }

    fn range(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }
}

impl<T> One<T> {
    /// Puts one behind a list.
    pub(super) fn pushed(list: &mut Vec<T>, one: T) -> Self {
        list.push(one);
        One { at: list.len() as u32 - 1, of: PhantomData }
    }
}

macro_rules! lists {
    ($($kind:ty => $list:ident),*) => {
        $(impl Index<Many<$kind>> for Syntax {
            type Output = [$kind];

            fn index(&self, many: Many<$kind>) -> &[$kind] {
                &self.$list[many.range()]
            }
        }

        impl Index<One<$kind>> for Syntax {
            type Output = $kind;

            fn index(&self, one: One<$kind>) -> &$kind {
                &self.$list[one.at as usize]
            }
        })*
    };
}

lists!(Node => nodes, Command => commands, Operand => operands, Pipeline => pipelines, Text => names, Name => called);

/// A list of nodes: a template or a branch of one.
pub type Block = Many<Node>;

/// A part of a template.
#[derive(Debug)]
pub enum Node {
    /// Text that is printed as it is, after trimming.
    Text(Place),
    /// An action that prints or assigns.
    Action(Pipeline),
    /// `if`.
    If(Branch),
    /// `with`.
    With(Branch),
    /// `range`.
    Range(Branch),
    /// `template`, also of a `block`.
    Template(One<Name>, Option<Pipeline>, Place),
    /// `break`.
    Break,
    /// `continue`.
    Continue,
}

/// An action with a body.
#[derive(Clone, Copy, Debug)]
pub struct Branch {
    /// What it depends on.
    pub pipeline: Pipeline,
    /// What is printed if it is true.
    pub then: Block,
    /// What is printed if it is not.
    pub otherwise: Block,
}

/// Commands, each of which gets what the one before it returns.
#[derive(Clone, Copy, Debug)]
pub struct Pipeline {
    /// The variables that are set.
    pub variables: Many<Text>,
    /// They were declared before (`=`).
    pub assigns: bool,
    /// The commands.
    pub commands: Many<Command>,
    /// The action from its first delimiter to its last, or what is between parentheses.
    pub place: Place,
}

/// A function with its arguments, or a single operand.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Operands, at least one; the first may be a function or a field.
    pub operands: Many<Operand>,
}

/// An operand with its place.
#[derive(Debug)]
pub struct Operand {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub place: Place,
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
    Str(Text, bool),
    /// `.a.b`
    Field(Many<Text>),
    /// `$x.a.b`
    Variable(Text, Many<Text>),
    /// A function's name.
    Function(&'static str, Function),
    /// `(…).a.b`
    Chain(One<Operand>, Many<Text>),
    /// `(…)`
    Pipeline(One<Pipeline>),
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
    pub body: Block,
}

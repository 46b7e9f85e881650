//! Expressions as they are written, macros expanded.

use super::library::Function;
use crate::yaml::Text;

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Where it is in its text, in bytes: for an operator the operator, for a call its parenthesis, as cel-go counts.
    pub at: u32,
    /// How deep the expressions in it are nested.
    pub depth: u16,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A value that is written out.
    Literal(Literal),
    /// A variable or a type.
    Ident(Text),
    /// A field of a value: `a.b`, `a.?b`.
    Select {
        /// The value.
        of: Box<Expr>,
        /// The field.
        field: Text,
        /// Whether the result is an optional.
        optional: bool,
    },
    /// `has(a.b)`.
    Has {
        /// The value.
        of: Box<Expr>,
        /// The field.
        field: Text,
    },
    /// A function, a method or an operator.
    Call(Box<Call>),
    /// `a && b && …`.
    And(Vec<Expr>),
    /// `a || b || …`.
    Or(Vec<Expr>),
    /// `a ? b : c`.
    Conditional(Box<[Expr; 3]>),
    /// `[a, ?b]`, each with whether it is optional.
    List(Vec<(Expr, bool)>),
    /// `{a: b, ?c: d}`, each with whether it is optional.
    Map(Vec<(Expr, Expr, bool)>),
    /// `Name{a: b, ?c: d}`: a value of a type with fields, each with whether it is optional.
    Struct {
        /// The type's name, dots included.
        name: Text,
        /// The fields.
        fields: Vec<(Text, Expr, bool)>,
    },
    /// A loop over a list or map.
    Fold(Box<Fold>),
    /// `a.optMap(x, b)`, and `a.optFlatMap(x, b)` where `flat`.
    OptMap {
        /// The optional, and what becomes of its value.
        parts: Box<[Expr; 2]>,
        /// The name of its value.
        name: Text,
        /// Whether the result is an optional already.
        flat: bool,
    },
}

/// A value that is written out.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// `1`.
    Int(i64),
    /// `1u`.
    Uint(u64),
    /// `1.0`.
    Double(f64),
    /// `'a'`.
    Text(Text),
    /// `b'a'`.
    Bytes(Vec<u8>),
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function's name; operators are called as cel-go calls them: `_+_`.
    pub name: Text,
    /// What it does, if it is known.
    pub function: Option<&'static Function>,
    /// Whether the first argument is written before the name.
    pub method: bool,
    /// The arguments.
    pub args: Vec<Expr>,
}

/// What a loop makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    /// Whether it holds of all.
    All,
    /// Whether it holds of one at least.
    Exists,
    /// Whether it holds of exactly one.
    ExistsOne,
    /// A list of what becomes of each.
    Map,
    /// A list of those of which it holds.
    Filter,
    /// A list of what becomes of each pair.
    TransformList,
    /// A map with other values.
    TransformMap,
    /// A map of other keys and values.
    TransformMapEntry,
}

/// A loop.
#[derive(Clone, Debug)]
pub struct Fold {
    /// What it makes.
    pub kind: FoldKind,
    /// What it runs over.
    pub range: Expr,
    /// The name of the item or key; with two names, of the index or key.
    pub first: Text,
    /// The name of the value.
    pub second: Option<Text>,
    /// Which of them count.
    pub filter: Option<Expr>,
    /// What is asked of, or made of, each.
    pub body: Expr,
}

impl Expr {
    /// The expressions in it, in their order.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Ident(_) => Vec::new(),
            ExprKind::Select { of, .. } | ExprKind::Has { of, .. } => vec![of],
            ExprKind::Call(call) => call.args.iter().collect(),
            ExprKind::And(list) | ExprKind::Or(list) => list.iter().collect(),
            ExprKind::Conditional(parts) => parts.iter().collect(),
            ExprKind::List(items) => items.iter().map(|item| &item.0).collect(),
            ExprKind::Map(entries) => entries.iter().flat_map(|entry| [&entry.0, &entry.1]).collect(),
            ExprKind::Struct { fields, .. } => fields.iter().map(|field| &field.1).collect(),
            ExprKind::Fold(fold) => {
                std::iter::once(&fold.range).chain(&fold.filter).chain(std::iter::once(&fold.body)).collect()
            }
            ExprKind::OptMap { parts, .. } => parts.iter().collect(),
        }
    }

    /// Whether a variable of this name occurs in it.
    pub fn mentions(&self, name: &str) -> bool {
        matches!(&self.kind, ExprKind::Ident(own) if own == name)
            || self.children().into_iter().any(|child| child.mentions(name))
    }

    /// The chain of names that an expression is, such as `a.b.c`.
    pub(super) fn qualified(&self) -> Option<String> {
        match &self.kind {
            ExprKind::Ident(name) => Some(name.to_string()),
            ExprKind::Select { of, field, optional: false } => Some(format!("{}.{field}", of.qualified()?)),
            _ => None,
        }
    }
}

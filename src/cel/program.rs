//! An expression that compiles.

use super::ast::Expr;
use super::check::{Env, check};
use super::fault::{Mistake, MistakeKind};
use super::parse::parse;
use super::room::with_room;
use super::types::Type;

/// An expression that compiles.
#[derive(Debug)]
pub struct Program {
    text: String,
    expr: Expr,
    ty: Type,
}

impl Program {
    /// Reads an expression and checks it, or says everything that is wrong with it, in the order of cel-go: nothing,
    /// where it is nested so deeply that it is not followed.
    pub fn compile(text: &str, env: &Env) -> Result<Program, Vec<Mistake>> {
        let expr = parse(text).map_err(|mistake| match mistake.kind {
            MistakeKind::TooDeep => Vec::new(),
            _ => vec![mistake],
        })?;
        let ty = with_room(expr.depth, || check(&expr, env)).unwrap_or(Err(Vec::new()))?;
        Ok(Program { text: text.to_owned(), expr, ty })
    }

    /// The expression as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its tree.
    pub(super) fn expr(&self) -> &Expr {
        &self.expr
    }

    /// The type of its value.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// Whether it speaks of a variable.
    pub fn mentions(&self, name: &str) -> bool {
        self.expr.mentions(name)
    }
}

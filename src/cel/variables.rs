//! What an expression is asked about: the values of its variables.

use super::program::Program;
use super::value::{Outcome, Value};

/// The values of variables. Deep expressions run on threads of their own.
pub trait Variables: Sync {
    /// The value of a variable; `None` if there is no such variable.
    fn variable(&self, name: &str) -> Option<Outcome>;

    /// The value of a field of a variable whose fields are made when they are asked for.
    fn field(&self, _variable: &str, _field: &str) -> Option<Outcome> {
        None
    }

    /// The expression that such a field is made by.
    fn program(&self, _variable: &str, _field: &str) -> Option<&Program> {
        None
    }
}

/// A fixed list of variables.
impl Variables for [(&str, Value)] {
    fn variable(&self, name: &str) -> Option<Outcome> {
        self.iter().find(|variable| variable.0 == name).map(|variable| Ok(variable.1.clone()))
    }
}

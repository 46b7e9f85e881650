//! What the engine reports about itself.

use super::{Check, Rule, rule};

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("internal-error", Check::Engine)];

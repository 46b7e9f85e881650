//! What the engine reports about itself.

use super::{Check, Rule, rule};
use crate::finding::RuleId;

/// The rule that speaks of our own failures.
pub const INTERNAL_ERROR: RuleId = RuleId::new("internal-error");

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("internal-error", Check::Engine)];

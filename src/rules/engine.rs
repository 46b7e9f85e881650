//! What the engine reports by itself.

use super::{Check, Rule, rule};
use crate::finding::RuleId;

/// The rule that speaks of our own failures.
pub const INTERNAL_ERROR: RuleId = RuleId::new("internal-error");

/// The rule that compares two revisions.
pub const IMMUTABLE_FIELD_CHANGED: RuleId = RuleId::new("immutable-field-changed");

/// The rules of this topic.
pub static RULES: &[Rule] =
    &[rule!("internal-error", Check::Engine), rule!("immutable-field-changed", Check::Engine)];

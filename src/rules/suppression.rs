//! Suppressions that do not do what their authors think. Found after all rules ran, by `suppress`.

use super::{Check, Rule, rule};
use crate::finding::RuleId;

/// A suppression names a rule that does not exist, or is not understood.
pub const UNKNOWN: RuleId = RuleId::new("suppression-unknown");
/// A suppression silences nothing.
pub const UNUSED: RuleId = RuleId::new("suppression-unused");

/// The rules of this topic.
pub static RULES: &[Rule] =
    &[rule!("suppression-unknown", Check::Engine), rule!("suppression-unused", Check::Engine)];

//! Suppressions that do not do what their authors think. Found after all rules ran, by `suppress`.

use super::{Check, Rule, rule};

/// The rules of this topic.
pub static RULES: &[Rule] =
    &[rule!("suppression-unknown", Check::Engine), rule!("suppression-unused", Check::Engine)];

//! Shape: what the reader and the decoder note on their way. The engine finds these; here are their pages.

use super::{Check, Rule, rule};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("syntax-error", Check::Engine),
    rule!("duplicate-key", Check::Engine),
    rule!("wrong-type", Check::Engine),
    rule!("unknown-field", Check::Engine),
    rule!("invalid-value", Check::Engine),
    rule!("ignored-content", Check::Engine),
    rule!("deceptive-character", Check::Engine),
    rule!("missing-field", Check::Engine),
    rule!("unknown-kind", Check::Engine),
    rule!("api-removed", Check::Engine),
    rule!("api-deprecated", Check::Engine),
    rule!("ambiguous-scalar", Check::Engine),
    rule!("deprecated-topology-key", Check::Engine),
    rule!("volume-without-source", Check::Engine),
    rule!("quantity-suspicious", Check::Engine),
    rule!("limit-below-request", Check::Engine),
    rule!("immutable-field-changed", Check::Engine),
];

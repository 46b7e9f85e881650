//! Kustomizations that do not build, or build something else than they say: found while they are evaluated.

use super::{Check, Rule, rule};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("kustomization-broken", Check::Engine),
    rule!("kustomization-not-evaluated", Check::Engine),
    rule!("manifest-unlisted", Check::Engine),
    rule!("patch-matches-nothing", Check::Engine),
    rule!("image-override-matches-nothing", Check::Engine),
];

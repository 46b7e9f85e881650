//! Whether an object is what the API server accepts: its type, its version, its fields and its values.

mod excuse;
mod moves;
mod types;
mod versions;

use super::{Check, Rule, rule};
use crate::schema::{Told, TroubleKind};

pub use types::{Typed, World, examine, partial};

const INVALID: &[TroubleKind] =
    &[TroubleKind::InvalidValue, TroubleKind::InvalidBase64, TroubleKind::InvalidByDefault];

/// The rule that tells what the API server refuses with more than the object.
pub fn told_by(told: Told) -> &'static str {
    match told {
        Told::Selector => "selector-mismatch",
        Told::Volume => "volume-source-missing",
        Told::Budget => "pdb-invalid",
    }
}

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("wrong-type", Check::Trouble(&[TroubleKind::WrongType])),
    rule!("unknown-field", Check::Trouble(&[TroubleKind::UnknownField])),
    rule!("invalid-value", Check::Trouble(INVALID)),
    rule!("missing-field", Check::Trouble(&[TroubleKind::MissingField])),
    rule!("unknown-kind", Check::Written(types::unknown_kind)),
    rule!("api-removed", Check::Written(types::removed)),
    rule!("api-deprecated", Check::Written(types::deprecated)),
    rule!("ambiguous-scalar", Check::Trouble(&[TroubleKind::AmbiguousScalar])),
    rule!("deprecated-topology-key", Check::Trouble(&[TroubleKind::DeprecatedTopologyKey])),
    rule!("volume-without-source", Check::Trouble(&[TroubleKind::VolumeWithoutSource])),
    rule!("quantity-suspicious", Check::Trouble(&[TroubleKind::QuantitySuspicious])),
    rule!("limit-below-request", Check::Trouble(&[TroubleKind::LimitBelowRequest])),
];

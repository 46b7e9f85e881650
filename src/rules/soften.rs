//! How a warning becomes advice.

use crate::finding::{Finding, Severity};

/// Whether a finding is a warning so far.
pub(super) fn warns(one: &Finding) -> bool {
    super::severity(one) == Some(Severity::Warning)
}

/// Makes advice of a finding, and says why.
pub(super) fn advise(one: &mut Finding, why: impl Into<String>) {
    one.severity = Some(Severity::Info);
    one.notes.push(why.into());
}

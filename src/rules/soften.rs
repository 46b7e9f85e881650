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

/// Makes advice of all findings but the first, and says so at the first and at the others.
pub(super) fn keep_first(mut own: Vec<&mut Finding>, first: String, others: &str) {
    own.sort_by_key(|one| one.span);
    let mut own = own.into_iter();
    if let Some(finding) = own.next() {
        finding.notes.push(first);
    }
    for finding in own {
        advise(finding, others);
    }
}

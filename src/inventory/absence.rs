//! How loudly something may be said to be missing (facts 0.1, 0.2): only as loudly as the view allows.

use super::Inventory;
use crate::finding::Severity;

/// What supports a claim that something is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The input contradicts the reference: the object is there, with another key, port, kind or namespace.
    Contradiction,
    /// A candidate that the author evidently meant.
    NearMiss,
    /// There is simply nothing.
    Nothing,
}

impl Inventory<'_> {
    /// The severity of "it is missing", or `None` when nothing may be said.
    pub fn absence(&self, evidence: Evidence) -> Option<Severity> {
        let loud = match evidence {
            Evidence::Contradiction => Severity::Error,
            Evidence::NearMiss => Severity::Warning,
            Evidence::Nothing if self.surroundings.complete => Severity::Warning,
            Evidence::Nothing if self.view.incomplete || self.view.elsewhere => return None,
            Evidence::Nothing if !self.producers.is_empty() => return None,
            Evidence::Nothing => Severity::Info,
        };
        // Single files are a small view: what is beside them was not looked at.
        let small = self.view.single_files && evidence != Evidence::Contradiction;
        Some(if small { Severity::Info } else { loud })
    }
}

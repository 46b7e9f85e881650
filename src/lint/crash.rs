//! What is said of our own failures.

use crate::files::Span;
use crate::finding::{Finding, RuleId, Severity};
use crate::rules;

/// The rule that speaks of them.
pub const CRASHED: RuleId = rules::INTERNAL_ERROR;

/// A rule of ours that failed, with a place in what it failed on.
#[derive(Clone, Debug)]
pub struct Crash {
    /// The rule.
    pub rule: &'static str,
    /// The first object.
    pub at: Span,
}

impl Crash {
    /// What is said of it.
    pub fn finding(&self) -> Finding {
        Finding {
            severity: Some(Severity::Error),
            label: Some("while it looked at the unit of this object".to_owned()),
            help: Some("everything else was checked; please report this with the manifests".to_owned()),
            ..Finding::new(CRASHED, self.at, format!("rule `{}` failed: this is a bug in wplint", self.rule))
        }
    }
}

//! What makes the exit status 1.

use crate::finding::Severity;

/// The lowest severity that makes the exit status 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// This severity and those above it.
    Severity(Severity),
    /// Nothing does.
    Never,
}

impl FailOn {
    /// Reads `error`, `warning`, `info` or `never`.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(FailOn::Severity(match text {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            "info" => Severity::Info,
            "never" => return Ok(FailOn::Never),
            _ => return Err("the severities are error, warning, info, never".to_owned()),
        }))
    }

    /// Whether a finding of this severity makes the run fail.
    pub fn includes(self, severity: Severity) -> bool {
        matches!(self, FailOn::Severity(lowest) if severity >= lowest)
    }
}

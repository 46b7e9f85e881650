//! `maxUnavailable: 1` and `maxUnavailable: 25%`.

use crate::yaml::{Node, Scalar};

/// A count or a share, or something that is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntOrPercent<'a> {
    /// A whole number.
    Int(i64),
    /// A percentage without sign or fraction.
    Percent(i64),
    /// A string that the API server refuses, such as `"1"` (fact 3.2).
    Invalid(&'a str),
}

impl<'a> IntOrPercent<'a> {
    /// Reads a node; `None` when its type is neither number nor string.
    pub fn read(node: Node<'a>) -> Option<Self> {
        match node.scalar()? {
            Scalar::Str(text) => Some(match text.strip_suffix('%') {
                Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                    IntOrPercent::Percent(digits.parse().unwrap_or(i64::MAX))
                }
                _ => IntOrPercent::Invalid(text),
            }),
            _ => node.int().map(IntOrPercent::Int),
        }
    }

    /// The number for a total, percentages rounded up; `None` if it is invalid.
    pub fn of_rounding_up(self, total: i64) -> Option<i64> {
        match self {
            IntOrPercent::Int(count) => Some(count),
            IntOrPercent::Percent(share) => Some((share.saturating_mul(total).saturating_add(99)) / 100),
            IntOrPercent::Invalid(_) => None,
        }
    }

    /// The number for a total, percentages rounded down; `None` if it is invalid.
    pub fn of_rounding_down(self, total: i64) -> Option<i64> {
        match self {
            IntOrPercent::Percent(share) => Some(share.saturating_mul(total) / 100),
            other => other.of_rounding_up(total),
        }
    }
}

//! How loudly something may be said to be missing (facts 0.1, 0.2): only as loudly as the view allows.

use super::Inventory;
use super::near::directory;
use crate::document::Object;
use crate::finding::Severity;
use crate::project::Sought;

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

impl<'a> Inventory<'a> {
    /// Whether something that an object may refer to is out of sight: the unit has parts that were not read, or a
    /// file near the object could not be.
    pub fn is_incomplete(&self, object: &Object<'a>) -> bool {
        self.lacks_part(object, &Sought::default())
    }

    /// Whether a part of the unit that was not read could be what an object refers to.
    pub fn lacks_part(&self, from: &Object<'a>, sought: &Sought<'_>) -> bool {
        self.view.gaps.iter().any(|gap| gap.could_supply(directory(from), sought))
    }

    /// Whether something out of sight, in this unit or beside it, could be what an object refers to.
    pub fn could_supply(&self, from: &Object<'a>, sought: &Sought<'_>) -> bool {
        self.view.could_supply(directory(from), sought)
    }

    /// The severity of "what `from` refers to is missing", or `None` when nothing may be said.
    pub fn absence(&self, evidence: Evidence, from: &Object<'a>) -> Option<Severity> {
        self.absence_of(&Sought::default(), evidence, from)
    }

    /// The same where it is known what is looked for.
    pub fn absence_of(&self, sought: &Sought<'_>, evidence: Evidence, from: &Object<'a>) -> Option<Severity> {
        let loud = match evidence {
            Evidence::Contradiction => Severity::Error,
            // What could not be read right here may be what is meant.
            Evidence::NearMiss if self.view.is_broken(directory(from), sought) => return None,
            Evidence::NearMiss => Severity::Warning,
            Evidence::Nothing if self.could_supply(from, sought) => return None,
            Evidence::Nothing if self.surroundings.complete => Severity::Warning,
            Evidence::Nothing if sought.kind.is_none() && self.view.elsewhere => return None,
            Evidence::Nothing if sought.name.is_none() && !self.producers.is_empty() => return None,
            Evidence::Nothing => Severity::Info,
        };
        // Single files are a small view: what is beside them was not looked at.
        let small = self.view.single_files && evidence != Evidence::Contradiction;
        Some(if small { Severity::Info } else { loud })
    }
}

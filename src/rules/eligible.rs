//! Which workloads a rule may judge, said in its row so that no rule forgets it.

use crate::kube::workload::Workload;

/// What a workload may be and still be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Eligible {
    /// A patch of the unit changes it: what is there may go, what it lacks may come.
    pub patched: bool,
    /// It has no labels, no container, or a container without an image.
    pub partial: bool,
    /// Another object's controller made it.
    pub owned: bool,
}

impl Eligible {
    /// Whole, final and its own: for what a workload lacks.
    pub const WHOLE: Eligible = Eligible { patched: false, partial: false, owned: false };
    /// As it will be deployed, whatever else it lacks: for what contradicts itself.
    pub const FINAL: Eligible = Eligible { patched: false, partial: true, owned: true };
    /// Whatever somebody wrote: for what must not stand in a manifest at all.
    pub const AUTHORED: Eligible = Eligible { patched: true, partial: true, owned: false };

    /// Whether a workload is one of these.
    pub fn admits(self, workload: &Workload<'_>, patched: bool) -> bool {
        (self.patched || !patched)
            && (self.owned || !workload.is_owned())
            && (self.partial || !workload.is_partial())
    }
}

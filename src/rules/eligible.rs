//! Which workloads and other things of a unit a rule may judge, said in its row so that no rule forgets it.

use std::sync::OnceLock;

use crate::document::Object;
use crate::inventory::Inventory;
use crate::kube::workload::Workload;

/// What a workload may be and still be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Eligible {
    /// A patch of the unit changes it: what is there may go, what it lacks may come.
    pub patched: bool,
    /// It has no labels.
    pub unlabelled: bool,
    /// It has no container, or a container without an image.
    pub imageless: bool,
    /// Another object's controller made it.
    pub owned: bool,
}

impl Eligible {
    /// Whole, final and its own: for what a workload lacks.
    pub const WHOLE: Eligible =
        Eligible { patched: false, unlabelled: false, imageless: false, owned: false };
    /// As it will be deployed, whatever else it lacks: for what contradicts itself.
    pub const FINAL: Eligible = Eligible { patched: false, unlabelled: true, imageless: true, owned: true };
    /// As it will be deployed, and somebody's own, whatever else it lacks: for what people can change.
    pub const OWN: Eligible = Eligible { patched: false, unlabelled: true, imageless: true, owned: false };
    /// As it will be deployed, somebody's own, and no part of another: for what its pods lack.
    pub const COMPLETE: Eligible =
        Eligible { patched: false, unlabelled: true, imageless: false, owned: false };
    /// Whatever somebody wrote: for what must not stand in a manifest at all.
    pub const AUTHORED: Eligible =
        Eligible { patched: true, unlabelled: true, imageless: true, owned: false };

    /// The positions of these workloads in a unit.
    pub fn among(self, inventory: &Inventory<'_>, patched: &Patched) -> impl Iterator<Item = usize> {
        let states = || inventory.workloads.iter().map(|one| inventory.is_patched(&one.object)).collect();
        let patched = patched.0.get_or_init(states);
        (0..patched.len()).filter(move |&at| self.admits(&inventory.workloads[at], patched[at]))
    }

    /// Whether a workload is one of these.
    pub fn admits(self, workload: &Workload<'_>, patched: bool) -> bool {
        (self.patched || !patched)
            && (self.owned || !workload.is_owned())
            && (self.unlabelled || !workload.pod.labels.is_empty())
            && (self.imageless || workload.says_what_it_runs())
    }
}

/// The positions of the Services, budgets or autoscalers of a unit that no patch of it changes: what is there may go,
/// what they lack may come.
pub fn unchanged<'i, 'a, T>(
    inventory: &'i Inventory<'a>,
    all: &'i [T],
    object: impl Fn(&T) -> &Object<'a> + 'i,
) -> impl Iterator<Item = usize> + 'i {
    (0..all.len()).filter(move |&at| !inventory.is_patched(object(&all[at])))
}

/// Which workloads of a unit patches change, told when it is first asked.
#[derive(Debug, Default)]
pub struct Patched(OnceLock<Vec<bool>>);

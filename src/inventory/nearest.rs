//! Which workload a selector that matches nothing was meant for.

use super::{Inventory, directory, is_near, same_directory, same_file, scope};
use crate::document::Object;
use crate::kube::selector::{Match, Requirement, Selector};
use crate::text::suggest;

/// A workload that a selector misses by little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its position in [`Inventory::workloads`].
    pub workload: usize,
}

impl<'a> Inventory<'a> {
    /// The workload that `object` evidently meant with a selector that matches nothing: all requirements but
    /// one hold, or a value is a slip of the pen, or it stands in the same file and nobody else is in sight.
    pub fn nearest_workload(&self, object: &Object<'a>, selector: &Selector<'a>) -> Option<Near> {
        let mut candidates = self.sharing(selector);
        candidates.extend(self.neighbours(object));
        // Where an operator may make pods, a lone neighbour is none of its making.
        let made = !self.producers.is_empty();
        let partner = self.only_partner(object).filter(|_| !made);
        candidates.extend(partner);
        candidates.sort_unstable();
        candidates.dedup();
        // What is piped in was put together from many files.
        let piped = object.node.tree().source().piped;
        let alone = self.neighbours(object).len() == 1 && !piped && !made;
        let scored = candidates.into_iter().filter_map(|workload| {
            let pair = partner == Some(workload);
            let score = self.score(object, selector, workload, alone, pair)?;
            Some((score, workload))
        });
        scored.min().map(|(_, workload)| Near { workload })
    }

    /// Lower is nearer; `None` when it was hardly meant.
    fn score(
        &self,
        object: &Object<'a>,
        selector: &Selector<'a>,
        at: usize,
        alone: bool,
        pair: bool,
    ) -> Option<(u32, u32, u32)> {
        let workload = &self.workloads[at];
        // Another file of the directory defines it differently, and that one may well be meant.
        let same_file = same_file(object, &workload.object);
        if workload.is_temporary() || (self.is_contested(&workload.object) && !same_file) {
            return None;
        }
        let taken = self.is_spoken_for(object.kind, at);
        let labels = self.labels(at);
        let unmet: Vec<&Requirement<'a>> = selector.unmet(labels).collect();
        let met = selector.requirements.len() - unmet.len();
        let elsewhere = scope(self.namespace(object), self.namespace(&workload.object)) == Match::No;
        let near = is_near(object, &workload.object);
        // Where files are variants of each other, a namesake of another kind may be the one that fits.
        let other_kind =
            |kind: &&str| *kind != workload.object.kind && self.is_in_variant(object, kind, object.name);
        let namesakes = ["Deployment", "StatefulSet", "DaemonSet", "Pod"].iter().any(other_kind);
        let same_name = workload.object.name == object.name && near && !namesakes;
        let slips = near
            && unmet.iter().all(|one| {
                labels.get(one.key).is_some_and(|label| {
                    one.values.iter().any(|value| suggest::slip(value, label.value).is_some())
                })
            });
        // A Service that is called like the pods it wants, and in no word like these, means others.
        let others = unmet.len() > 1
            && unmet.iter().any(|one| one.values.iter().any(|value| object.name.starts_with(value)))
            && !shares_word(object.name, workload.object.name);
        let meant = match unmet.len() {
            0 => elsewhere,
            _ if elsewhere => false,
            1 if met > 0 => {
                // A shared `app.kubernetes.io/part-of` says little; a slip or a neighbour says enough.
                slips || same_name || (!taken && (same_file || same_directory(object, &workload.object)))
            }
            _ => {
                // A Service `reviews` that wants `app: reviews` means what it says.
                let own = |one: &&Requirement<'a>| one.values.contains(&object.name);
                let pair = pair && unmet.iter().all(|one| labels.get(one.key).is_some() && !own(one));
                let alone = (same_file && alone) || pair;
                slips || (same_name && !taken) || (alone && !taken && !others)
            }
        };
        let distance = 2 * u32::from(!slips) + u32::from(!same_file) + u32::from(!same_name);
        meant.then_some((unmet.len() as u32 + u32::from(elsewhere), distance, at as u32))
    }

    /// Whether other Services or budgets of the same kind already find the pods of a workload.
    fn is_spoken_for(&self, kind: &str, at: usize) -> bool {
        match kind {
            "Service" => {
                let services = self.services_of(at).iter().map(|&one| &self.services[one].object);
                services.into_iter().any(|other| is_near(other, &self.workloads[at].object))
            }
            "PodDisruptionBudget" => !self.budgets_of(at).is_empty(),
            _ => false,
        }
    }

    /// The only workload of a directory that has no other object of this one's kind.
    fn only_partner(&self, object: &Object<'a>) -> Option<usize> {
        if object.kind != "Service"
            || directory(object).is_empty()
            || self.beside("Service", object).nth(1).is_some()
        {
            return None;
        }
        let kinds = [
            "Deployment",
            "StatefulSet",
            "DaemonSet",
            "ReplicaSet",
            "ReplicationController",
            "Pod",
            "Job",
            "CronJob",
        ];
        let mut beside = kinds.iter().flat_map(|kind| self.beside(kind, object));
        let only = beside.next().filter(|_| beside.next().is_none())?;
        let named = self.workloads_named(only.name).iter().copied();
        named.into_iter().find(|&at| self.workloads[at].object.node.span() == only.node.span())
    }

    /// Workloads in the file of an object, or of its name; few, for suggestions.
    pub fn neighbours(&self, object: &Object<'a>) -> Vec<usize> {
        let file = object.node.span().file;
        let by_file = self.workloads_in_file.get(&file).map_or(&[][..], Vec::as_slice);
        let by_name = self.workload_names.get(object.name).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<usize> = by_file.iter().take(50).chain(by_name.iter().take(10)).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Whether two names have a word of some length in common.
fn shares_word(one: &str, other: &str) -> bool {
    fn words(name: &str) -> impl Iterator<Item = &str> {
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 2)
    }
    words(one).any(|word| words(other).any(|own| own == word))
}

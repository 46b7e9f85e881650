//! Who selects whom. Selectors that say the same in one namespace share their answer, and workloads that the same
//! ones reach share theirs, so that many equal Services before many equal pods cost their sum and not their product.

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::Selected;
use crate::kube::selector::{Operator, Selector};

/// What a selector says, in one namespace.
type Saying<'s> = (Option<&'s str>, Vec<(&'s str, Operator, &'s [&'s str])>);

/// The edges between things with a selector, known by their position, and workloads.
#[derive(Debug, Default)]
pub(super) struct Selections {
    /// The group of equal selectors that each belongs to; `None` without a selector.
    groups: Vec<Option<u32>>,
    /// The workloads that each group reaches.
    reached: Vec<Vec<Selected>>,
    /// For each workload, which of `sets` reaches it.
    set_of: Vec<u32>,
    /// Groups that reach some workload together, and all that belong to them, ascending.
    sets: Vec<(Vec<u32>, Vec<usize>)>,
}

impl Selections {
    /// `selectors` in the order of their positions; `select` finds the workloads of one, ascending.
    pub fn new<'s, 'a: 's>(
        selectors: impl Iterator<Item = Option<(Option<&'s str>, &'s Selector<'a>)>>,
        workloads: usize,
        select: impl Fn(Option<&'s str>, &'s Selector<'a>) -> Vec<Selected> + Sync,
    ) -> Self {
        let mut known: HashMap<Saying<'s>, u32> = HashMap::new();
        let mut firsts = Vec::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut groups = Vec::new();
        for (at, selector) in selectors.enumerate() {
            groups.push(selector.map(|(namespace, selector)| {
                let requirements = selector.requirements.iter();
                let saying = requirements.map(|one| (one.key, one.operator, &*one.values)).collect();
                let group = *known.entry((namespace, saying)).or_insert(firsts.len() as u32);
                if group as usize == firsts.len() {
                    firsts.push((namespace, selector));
                    members.push(Vec::new());
                }
                members[group as usize].push(at);
                group
            }));
        }
        let reached: Vec<Vec<Selected>> =
            firsts.into_par_iter().map(|(namespace, selector)| select(namespace, selector)).collect();
        let mut reaching: Vec<Vec<u32>> = vec![Vec::new(); workloads];
        for (group, selected) in reached.iter().enumerate() {
            selected.iter().for_each(|one| reaching[one.workload].push(group as u32));
        }
        let mut this =
            Selections { groups, reached, set_of: Vec::with_capacity(workloads), sets: Vec::new() };
        let mut sets: HashMap<Vec<u32>, u32> = HashMap::new();
        for groups in reaching {
            let next = sets.len() as u32;
            let set = *sets.entry(groups).or_insert_with_key(|groups| {
                let mut all: Vec<usize> =
                    groups.iter().flat_map(|&group| &members[group as usize]).copied().collect();
                all.sort_unstable();
                this.sets.push((groups.clone(), all));
                next
            });
            this.set_of.push(set);
        }
        this
    }

    /// The workloads that the selector at a position reaches.
    pub fn reached(&self, at: usize) -> &[Selected] {
        self.groups[at].map_or(&[], |group| &self.reached[group as usize])
    }

    /// The group of equal selectors that a position belongs to.
    pub fn group(&self, at: usize) -> Option<u32> {
        self.groups[at]
    }

    /// Positions of the selectors that reach a workload.
    pub fn reaching(&self, workload: usize) -> &[usize] {
        &self.sets[self.set_of[workload] as usize].1
    }

    /// The set of selectors that reach a workload, and for each group of it whether that is certain.
    pub fn certainty(&self, workload: usize) -> (u32, Vec<bool>) {
        let set = self.set_of[workload];
        let certain = |&group: &u32| is_certain(&self.reached[group as usize], workload);
        (set, self.sets[set as usize].0.iter().map(certain).collect())
    }

    /// Whether the selector at a position surely reaches a workload.
    pub fn surely(&self, at: usize, workload: usize) -> bool {
        is_certain(self.reached(at), workload)
    }
}

fn is_certain(selected: &[Selected], workload: usize) -> bool {
    let found = selected.binary_search_by_key(&workload, |one| one.workload);
    found.is_ok_and(|at| selected[at].certain.is_yes())
}

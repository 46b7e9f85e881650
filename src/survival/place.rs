//! Where the scheduler may put pods: the hard filters of its default profile over counts of pods by node
//! (facts 17.1–17.9). Soft terms are not here: a score promises nothing.

use super::cluster::MADE_UP;
use super::filters::Filters;
use super::problem::{Past, Problem, Room, Worst};

/// Placements of one problem are enumerated up to here; beyond, bounds are given.
pub const STATES: usize = 60_000;

impl Problem {
    /// The worst case of every workload. Exact while the placements can be enumerated, else a bound that is never
    /// better than the truth.
    pub fn worst(&self, past: Past) -> Vec<Worst> {
        let exact = self.exact(past, &mut STATES.clone());
        exact.unwrap_or_else(|| (0..self.pods.len()).map(|at| self.bound(at, past)).collect())
    }

    /// The worst case of every workload, if there are at most so many placements, from which those that were looked at
    /// are taken off.
    pub(super) fn exact(&self, past: Past, most: &mut usize) -> Option<Vec<Worst>> {
        if let Some(plain) = self.plain() {
            return Some(vec![plain]);
        }
        let small = self.pods.iter().all(|pods| pods.replicas <= MADE_UP) && self.nodes() <= MADE_UP;
        if small { Filters::new(self).enumerate(past, most) } else { None }
    }

    /// The worst case of a workload that nothing keeps off one node or one zone: all pods are there.
    fn plain(&self) -> Option<Worst> {
        let [pods] = self.pods.as_slice() else {
            return None;
        };
        let filtered = !pods.apart.is_empty()
            || !pods.together.is_empty()
            || !pods.spread.is_empty()
            || !pods.ports.is_empty()
            || self.rooms.iter().any(|room| *room != Room::default());
        if filtered {
            return None;
        }
        let open = || (0..self.nodes()).filter(|node| pods.may_run[*node]);
        let scheduled = if open().next().is_some() { pods.replicas } else { 0 };
        let in_zone = open().any(|node| self.zones[node].is_some());
        let zone = if in_zone { 0 } else { scheduled };
        let any_zone = self.zones.iter().any(Option::is_some);
        Some(Worst { scheduled, node: 0, two_nodes: 0, zone: any_zone.then_some(zone), bounded: false })
    }
}

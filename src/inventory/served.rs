//! Which Services stand before a workload's pods, and which of them nobody else's pods stand behind.

use std::hash::Hash;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::{Inventory, Selected, is_near, same_file};

/// The Services that surely select some workloads.
#[derive(Debug)]
pub(super) struct Certain {
    /// The nearest first.
    all: Vec<usize>,
    /// The first with each selector.
    distinct: Vec<usize>,
}

impl<'a> Inventory<'a> {
    /// Services that surely select a workload's pods, the nearest first. Copies of one Service in several files
    /// count once, and where the namespace is left open those that lie near leave no room for others.
    pub fn certain_services(&self, workload: usize) -> &[usize] {
        &self.certain(workload).all
    }

    /// Of those the first of each kind: what has equal selectors has equal pods.
    pub fn distinct_services(&self, workload: usize) -> &[usize] {
        &self.certain(workload).distinct
    }

    fn certain(&self, workload: usize) -> &Certain {
        &self.certain.get_or_init(|| self.all_certain_services())[workload]
    }

    /// Workloads of one file that the same Services select have the same answer.
    fn all_certain_services(&self) -> Vec<Arc<Certain>> {
        let mut known = HashMap::new();
        let one = |at: usize| {
            let object = &self.workloads[at].object;
            let file = object.node.span().file;
            let key = (self.by_services.certainty(at), file, self.namespace(object).is_none());
            let read = || {
                let all = self.read_certain_services(at);
                let mut seen = HashSet::new();
                let first = |service: &usize| seen.insert(self.by_services.group(*service));
                Arc::new(Certain { distinct: all.iter().copied().filter(first).collect(), all })
            };
            Arc::clone(known.entry(key).or_insert_with(read))
        };
        (0..self.workloads.len()).map(one).collect()
    }

    fn read_certain_services(&self, workload: usize) -> Vec<usize> {
        let surely = |service: &usize| self.by_services.surely(*service, workload);
        let mut found: Vec<usize> = self.services_of(workload).iter().copied().filter(surely).collect();
        if found.len() > 1 {
            let object = &self.workloads[workload].object;
            let beside = |service: &usize| same_file(&self.services[*service].object, object);
            let near = |service: &usize| is_near(&self.services[*service].object, object);
            if self.namespace(object).is_none() && found.iter().any(near) {
                found.retain(near);
            }
            let stray = |service: &usize| {
                let service = &self.services[*service];
                let selector = service.selector.as_ref();
                selector.is_some_and(|one| self.is_relabelled_into(&service.object, one, workload))
            };
            found.sort_by_cached_key(|service| (stray(service), !beside(service), !near(service)));
            let mut known = HashSet::new();
            found.retain(|service| known.insert(self.services[*service].object.identity()));
        }
        found
    }

    /// Whether a budget surely selects a workload's pods.
    pub fn surely_protects(&self, budget: usize, workload: usize) -> bool {
        self.by_budgets.surely(budget, workload)
    }

    /// Equal for workloads that the same budgets select with the same certainty.
    pub fn protection(&self, workload: usize) -> impl Hash + Eq + use<> {
        self.by_budgets.certainty(workload)
    }

    /// The nearest Service that surely selects a workload's pods.
    pub fn served_by(&self, workload: usize) -> Option<usize> {
        self.certain_services(workload).first().copied()
    }

    /// The certain Services that nobody else's pods stand behind: without this workload they have none.
    pub fn sole_services(&self, workload: usize) -> Vec<usize> {
        let object = &self.workloads[workload].object;
        let stands_in = |one: &Selected| {
            let other = &self.workloads[one.workload];
            one.workload != workload
                && one.certain.is_yes()
                && other.object.name != object.name
                && (self.namespace(object).is_some() || is_near(&other.object, object))
                && !other.is_owned()
                && !other.is_temporary()
                && self.replicas(one.workload).is_none_or(|range| range.floor.count > 0)
        };
        let distinct = self.distinct_services(workload).iter().copied();
        let sole: HashSet<_> = distinct
            .filter(|service| !self.service_pods(*service).iter().any(stands_in))
            .map(|service| self.by_services.group(service))
            .collect();
        if sole.is_empty() {
            return Vec::new();
        }
        let is_sole = |service: &usize| sole.contains(&self.by_services.group(*service));
        self.certain_services(workload).iter().copied().filter(is_sole).collect()
    }
}

//! Which Services stand before a workload's pods, and which of them nobody else's pods stand behind.

use std::collections::HashSet;

use super::{Inventory, Selected, is_near, same_file};

impl<'a> Inventory<'a> {
    /// Services that surely select a workload's pods, the nearest first. Copies of one Service in several files
    /// count once, and where the namespace is left open those that lie near leave no room for others.
    pub fn certain_services(&self, workload: usize) -> Vec<usize> {
        let surely = |service: &usize| {
            let pods = self.service_pods(*service);
            pods.binary_search_by_key(&workload, |one| one.workload).is_ok_and(|at| pods[at].certain.is_yes())
        };
        let mut found: Vec<usize> = self.services_of(workload).iter().copied().filter(surely).collect();
        if found.len() > 1 {
            let object = &self.workloads[workload].object;
            let beside = |service: &usize| same_file(&self.services[*service].object, object);
            let near = |service: &usize| is_near(&self.services[*service].object, object);
            if self.namespace(object).is_none() && found.iter().any(near) {
                found.retain(near);
            }
            found.sort_by_key(|service| (!beside(service), !near(service)));
            let mut known = HashSet::new();
            found.retain(|service| known.insert(self.services[*service].object.identity()));
        }
        found
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
        let mut found = self.certain_services(workload);
        found.retain(|service| !self.service_pods(*service).iter().any(stands_in));
        found
    }
}

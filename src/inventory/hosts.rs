//! Who reaches a workload by the name of a Service in its environment.

use super::Inventory;
use crate::yaml::Node;

/// A workload that depends on another one through a host name in its environment.
#[derive(Clone, Debug)]
pub struct Dependent<'a> {
    /// Position of the workload that depends.
    pub workload: usize,
    /// The environment variable that carries the name.
    pub variable: String,
    /// Where the name is written.
    pub at: Node<'a>,
    /// Position of the Service in between.
    pub service: usize,
}

impl<'a> Inventory<'a> {
    /// The workloads that name a Service in front of this workload. Not known yet: always none.
    pub fn dependents(&self, _workload: usize) -> Vec<Dependent<'a>> {
        Vec::new()
    }
}

//! Pods that want nodes, as the hard filters of the scheduler see them, and what is certain of where they end up.

/// What one node has room for; `None` is without limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Room {
    /// Thousandths of a processor.
    pub cpu: Option<i64>,
    /// Bytes.
    pub memory: Option<i64>,
    /// Pods.
    pub pods: Option<i64>,
}

/// The domain of each node under one topology key; `None` where the node lacks the label.
pub type Domains = Vec<Option<u16>>;

/// A required term of pod affinity or anti-affinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The domain of each node.
    pub domains: Domains,
    /// The workloads whose pods it selects.
    pub selects: Vec<bool>,
    /// It compares a label that differs from one revision to the next, so pods of two revisions do not meet.
    pub of_revision: bool,
}

/// A spread constraint that is a filter (`DoNotSchedule`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The domain of each node.
    pub domains: Domains,
    /// The workloads whose pods it counts.
    pub counts: Vec<bool>,
    /// `maxSkew`.
    pub max_skew: i64,
    /// `minDomains`; below it the emptiest domain counts as empty.
    pub min_domains: usize,
    /// Nodes whose domains and pods are counted, by the constraint's node policies.
    pub counted: Vec<bool>,
}

/// One workload as the scheduler's filters see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    /// How many pods want a node.
    pub replicas: usize,
    /// Nodes that selectors, affinity and taints leave.
    pub may_run: Vec<bool>,
    /// What one pod asks for.
    pub asks: Room,
    /// Ports of the node that each pod takes, as numbers that are equal where ports conflict.
    pub ports: Vec<u32>,
    /// Required anti-affinity.
    pub apart: Vec<Term>,
    /// Required affinity.
    pub together: Vec<Term>,
    /// Spread constraints.
    pub spread: Vec<Spread>,
}

/// Workloads that compete for the same nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// What each node has room for.
    pub rooms: Vec<Room>,
    /// The zone of each node.
    pub zones: Domains,
    /// The workloads.
    pub pods: Vec<Pods>,
}

/// What is certain of one workload over all placements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worst {
    /// The fewest pods that get a node.
    pub scheduled: usize,
    /// The fewest that stay when any one node is lost.
    pub node: usize,
    /// The fewest that stay when any two nodes are lost.
    pub two_nodes: usize,
    /// The fewest that stay when any one zone is lost; `None` if no node is in a zone.
    pub zone: Option<usize>,
    /// The numbers are bounds: the truth may be better.
    pub bounded: bool,
}

/// Which past a cluster may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Past {
    /// All nodes were there and open before the first pod was placed, and no pod was removed since.
    Fresh,
    /// Anything: nodes came late or were closed for a while, pods were scaled down, drained or rolled out. Terms
    /// that are only checked when a pod is placed and that removals can break are no help then (fact 17.8).
    Any,
}

impl Problem {
    /// Whether each node has the keys of all spread constraints of a workload; others are not counted (fact 17.7).
    pub(super) fn keyed(&self, at: usize) -> Vec<bool> {
        let keyed = |node: usize| self.pods[at].spread.iter().all(|one| one.domains[node].is_some());
        (0..self.nodes()).map(keyed).collect()
    }

    pub(super) fn nodes(&self) -> usize {
        self.rooms.len()
    }
}

impl Worst {
    /// The worse of both, number by number. A zone counts where there is one.
    pub(super) fn worse(self, other: Worst) -> Worst {
        Worst {
            scheduled: self.scheduled.min(other.scheduled),
            node: self.node.min(other.node),
            two_nodes: self.two_nodes.min(other.two_nodes),
            zone: self.zone.into_iter().chain(other.zone).min(),
            bounded: self.bounded || other.bounded,
        }
    }

    /// Whether nothing is lost that the other does not lose as well.
    pub(super) fn is_no_worse_than(self, other: Worst) -> bool {
        self.node >= other.node
            && self.two_nodes >= other.two_nodes
            && self.zone.is_none_or(|zone| other.zone.is_some_and(|other| zone >= other))
    }
}

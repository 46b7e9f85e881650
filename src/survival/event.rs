//! What can happen to a cluster or a workload.

/// What happens to the cluster or to the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The worst node is lost.
    Node,
    /// The worst two nodes are lost.
    TwoNodes,
    /// The worst zone is lost.
    Zone,
    /// A node is drained.
    Drain,
    /// The workload is rolled out.
    Rollout,
    /// A node is drained while the workload is rolled out.
    DrainDuringRollout,
}

impl Event {
    /// All of them, in the order of the table.
    pub const ALL: [Event; 6] =
        [Event::Node, Event::TwoNodes, Event::Zone, Event::Drain, Event::Rollout, Event::DrainDuringRollout];

    /// The word in requirements, options and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Event::Node => "node",
            Event::TwoNodes => "two-nodes",
            Event::Zone => "zone",
            Event::Drain => "drain",
            Event::Rollout => "rollout",
            Event::DrainDuringRollout => "drain-during-rollout",
        }
    }

    /// What happens, for sentences.
    pub fn phrase(self) -> &'static str {
        match self {
            Event::Node => "the loss of a node",
            Event::TwoNodes => "the loss of two nodes",
            Event::Zone => "the loss of a zone",
            Event::Drain => "a drain",
            Event::Rollout => "a rollout",
            Event::DrainDuringRollout => "a drain during a rollout",
        }
    }

    /// The event of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Event::ALL.into_iter().find(|event| event.name() == name)
    }
}

//! What stays of a workload after each event, and why: what `judge` says and reports print.

use super::event::Event;
use crate::files::Span;

/// A fact that decides, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Where it stands.
    pub span: Span,
    /// What it means, one clause.
    pub text: String,
}

/// How many pods stay in the worst case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The fewest pods that stay; `None` if that cannot be told.
    pub stay: Option<i64>,
    /// The drain or the rollout never ends.
    pub stuck: bool,
    /// Why, nearest first.
    pub because: Vec<Reason>,
    /// What does not come back by itself, one clause.
    pub returns: Option<String>,
}

/// One workload and what stays of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its position in the inventory.
    pub workload: usize,
    /// Kind and name.
    pub title: String,
    /// Its namespace, if one is set.
    pub namespace: Option<String>,
    /// Where it stands.
    pub span: Span,
    /// How many pods it has at least; `None` if that cannot be told. For a DaemonSet, one for each node.
    pub replicas: Option<i64>,
    /// How many pods it needs to work: one, or a majority of its members.
    pub needs: i64,
    /// The smallest number of nodes on which all pods run.
    pub nodes: Option<usize>,
    /// Every node that it fits has one of its pods: a DaemonSet.
    pub on_each_node: bool,
    /// What stays, in the order of [`Event::ALL`].
    pub outcomes: [Outcome; 6],
    /// Numbers are bounds: the truth may be better.
    pub bounded: bool,
}

impl Row {
    /// What stays after an event.
    pub fn after(&self, event: Event) -> &Outcome {
        &self.outcomes[event as usize]
    }

    /// Whether it still works after an event; `None` if that cannot be told.
    pub fn survives(&self, event: Event) -> Option<bool> {
        let outcome = self.after(event);
        outcome.stay.map(|stay| stay >= self.needs && !outcome.stuck)
    }
}

/// An outcome that cannot be told.
pub fn unknown() -> Outcome {
    Outcome { stay: None, stuck: false, because: Vec::new(), returns: None }
}

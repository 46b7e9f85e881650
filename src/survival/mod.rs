//! What is left of a system when a node or a zone is lost, during a drain and during a rollout: the worst case over
//! everything that Kubernetes may do with these manifests.
//!
//! `cluster` has the nodes, `demands` what a workload asks of them, `place` the placements that the scheduler may
//! choose; `evict` and `rollout` have the arithmetic of budgets and strategies. `judge` puts them together for each
//! workload, `why` names the lines that decide, and `entry` follows traffic from where it enters.

mod bound;
pub mod cluster;
pub mod demands;
pub mod entry;
mod event;
pub mod evict;
mod filters;
pub mod judge;
pub mod mend;
pub mod place;
mod question;
mod quorum;
pub mod rollout;
pub mod survey;
mod why;

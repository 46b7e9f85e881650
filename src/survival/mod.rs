//! What is left of a system when a node or a zone is lost, during a drain and during a rollout: the worst case over
//! everything that Kubernetes may do with these manifests.
//!
//! `cluster` has the nodes, `demands` what a workload asks of them, `problem` both as the scheduler's filters see them,
//! and `place` the placements that it may choose; `evict` and `rollout` have the arithmetic of budgets and strategies.
//! `judge` puts them together to an `outcome` for each workload, `why` names the lines that decide, `mend` tries every
//! `change` that could help, and `entry` follows traffic from where it enters.

mod bound;
pub mod change;
pub mod cluster;
pub mod demands;
pub mod entry;
mod event;
pub mod evict;
mod filters;
pub mod judge;
pub mod mend;
mod outcome;
pub mod place;
pub mod problem;
mod question;
mod quorum;
pub mod rollout;
pub mod survey;
mod why;

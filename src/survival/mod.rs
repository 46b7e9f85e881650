//! What is left of a system when a node or a zone is lost, during a drain and during a rollout: the worst case over
//! everything that Kubernetes may do with these manifests.

pub mod cluster;
pub mod demands;
pub mod evict;
pub mod place;
pub mod rollout;

//! Kubernetes objects as views over the node tree: every value comes with its place, null means absent, and
//! a value of the wrong type reads as absent (the schema rules report it).

pub mod image;
pub mod int_or_percent;
pub mod labels;
pub mod limits;
pub mod pod;
pub mod pod_security;
pub mod probe;
pub mod quantity;
pub mod rbac;
pub mod selector;
pub mod service;
pub mod sleep;
pub mod workload;

//! Kubernetes objects as views over the node tree: every value comes with its place, null means absent, and
//! a value of the wrong type reads as absent (the schema rules report it). Beside them, knowledge of
//! Kubernetes as pure functions: text in, plain data out.

pub mod address;
pub mod credential;
pub mod dns;
pub mod host_names;
pub mod image;
pub mod int_or_percent;
pub mod labels;
pub mod object;
pub mod placeholder;
pub mod pod;
pub mod probe;
pub mod quantity;
pub mod schema;
pub mod secrets;
pub mod selector;
pub mod service;
pub mod sleep;
pub mod workload;

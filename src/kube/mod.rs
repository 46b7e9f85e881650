//! Knowledge of Kubernetes as pure functions: text in, plain data out.

pub mod address;
pub mod dns;
pub mod host_names;
pub mod image;
pub mod placeholder;

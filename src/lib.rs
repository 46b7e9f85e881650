//! wplint reads a directory of Kubernetes manifests as one system and says what will not hold.

pub mod finding;
pub mod kube;
pub mod source;
pub mod yaml;

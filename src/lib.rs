//! wplint reads a directory of Kubernetes manifests as one system and says what will not hold.

pub mod baseline;
pub mod cli;
mod clock;
pub mod config;
pub mod document;
pub mod finding;
mod guard;
pub mod inventory;
pub mod kube;
pub mod kustomize;
pub mod lint;
pub mod report;
pub mod rules;
pub mod run;
pub mod scan;
pub mod settings;
pub mod source;
pub mod suggest;
pub mod suppress;
pub mod unit;
pub mod yaml;

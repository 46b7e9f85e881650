//! wplint reads a directory of Kubernetes manifests as one system and says what will not hold.

pub mod baseline;
pub mod changes;
pub mod cli;
mod clock;
pub mod config;
pub mod document;
pub mod files;
pub mod finding;
mod guard;
pub mod helm;
pub mod history;
pub mod hosts;
pub mod inventory;
pub mod kube;
pub mod kustomize;
pub mod lint;
pub mod project;
pub mod report;
pub mod rules;
pub mod run;
pub mod schema;
pub mod secrets;
pub mod settings;
pub mod suppress;
pub mod survival;
pub mod text;
pub mod yaml;

//! Kustomizations, evaluated offline: what `kubectl kustomize` would print, every value with the place it was
//! written at (section 13 of the facts).
//!
//! [`Builder`] reads kustomizations from a [`World`] of files and builds them, bases once for all who include
//! them. What cannot be evaluated (remote resources, charts, plug-ins, `vars`) is kept as [`Unseen`], what ends a
//! build as [`Trouble`]; the rest is evaluated all the same. [`tree`] makes node trees of the results.

mod budget;
mod build;
mod built;
mod builtin;
mod config;
mod fields;
mod form;
mod generate;
mod hash;
mod images;
mod json_patch;
mod lists;
mod mapping;
mod merge;
mod names;
mod patches;
mod replacement;
mod resource;
mod resources;
mod scalar;
mod select;
mod specs;
mod steps;
mod structured;
mod transform;
mod tree;
mod types;
mod value;
mod vars;
mod world;

pub use build::{Affix, Builder, Built, Lacking, Trouble, TroubleKind, Unseen, build_all};
pub use resource::{Resource, is_cluster_scoped};
pub use tree::tree;
pub use value::Value;
pub use world::{Found, Inflation, Sheet, World};

/// Whether a file is a kustomization by its name (fact 13.3).
pub fn is_kustomization_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Whether a path is an address that kustomize loads a file from, wherever it takes a file.
pub fn is_url(path: &str) -> bool {
    path.starts_with("https://") || path.starts_with("http://")
}

/// Whether an entry of `resources` leads to another machine (fact 13.7).
pub fn is_remote(entry: &str) -> bool {
    let host = entry.split(['/', ':']).next().unwrap_or("");
    entry.contains("://")
        || entry.contains("?ref=")
        || entry.contains(".git//")
        || entry.starts_with("git@")
        || (host.contains('.') && !host.starts_with('.') && entry.contains('/') && host.ends_with("com"))
}

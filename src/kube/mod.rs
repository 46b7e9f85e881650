//! What Kubernetes makes of a document.

pub mod schema;

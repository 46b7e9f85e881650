//! Secret values: what looks like one, and which places of a file no report may print.

pub mod credential;
pub mod mask;

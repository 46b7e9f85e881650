//! Host names and addresses as pure functions: text in, plain data out. Which variables carry them, how
//! each grammar writes them, and what a name can mean inside a cluster.

pub mod address;
pub mod dns;
pub mod names;

//! What single texts are, whoever wrote them where: slips of names, and marks that a tool fills in.

pub mod placeholder;
pub mod suggest;

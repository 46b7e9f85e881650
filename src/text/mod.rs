//! What single texts are, whoever wrote them where: slips of names, marks that a tool fills in, and
//! regular expressions.

pub mod article;
pub mod placeholder;
pub mod re2;
pub mod suggest;

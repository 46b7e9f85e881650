//! The way from files to a [`Run`](crate::run::Run): read, parse, decode, group, judge, identify, silence.

mod account;
mod advice;
mod crash;
mod documents;
mod entry;
mod exact;
pub mod examples;
mod gathered;
mod identify;
mod judge;
mod mask;
mod memory;
mod origin;
mod overlays;
mod pipeline;
mod policies;
mod settle;
mod stages;
pub mod suite;
mod updates;

use crash::{CRASHED, Crash};
pub(crate) use entry::lint_kept;
pub use entry::{STAGES, lint, lint_change, lint_texts, lint_watched};
pub use mask::secrets_of;
pub use memory::Memory;

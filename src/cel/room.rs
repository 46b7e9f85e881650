//! Room for expressions that nest deeper than the stack of any thread is sure to be.

use std::panic::resume_unwind;
use std::thread::{Builder, scope};

/// What goes as deep as this fits on any stack.
pub(super) const SHALLOW: u16 = 100;

/// The stack that is enough for what is deeper; only what is used of it costs anything.
const ROOM: usize = 64 << 20;

/// Runs what recurses as deep as an expression: on a stack of its own, where that is deep. Nothing, where there are no
/// threads.
pub(super) fn with_room<T: Send>(depth: u16, work: impl FnOnce() -> T + Send) -> Option<T> {
    if depth <= SHALLOW {
        return Some(work());
    }
    scope(|scope| match Builder::new().stack_size(ROOM).spawn_scoped(scope, work).ok()?.join() {
        Ok(done) => Some(done),
        Err(panic) => resume_unwind(panic),
    })
}

//! Threads whose stack is deep enough for templates, which nest deeper than the stack of any thread is sure to be.

use std::cell::Cell;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// The stack that evaluating needs at most.
const STACK: usize = 64 << 20;

thread_local!(static IS_DEEP: Cell<bool> = const { Cell::new(false) });

/// Runs something on a thread with a deep stack: this one, if it is one of [`pool`], else one of its own. `None` where
/// no thread can be had.
pub(super) fn deep<R: Send>(work: impl FnOnce() -> R + Send) -> Option<R> {
    if IS_DEEP.get() {
        return Some(work());
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok()?;
        Some(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Threads with deep stacks, for `count` charts or sets of values: as many as the caller's pool has, and no more than
/// there is work. `None` where no thread can be had.
pub fn pool(count: usize) -> Option<ThreadPool> {
    let threads = rayon::current_num_threads().min(count).max(1);
    let builder = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK);
    builder.start_handler(|_| IS_DEEP.set(true)).build().ok()
}

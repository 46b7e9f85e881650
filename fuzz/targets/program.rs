//! What turns a function of the targets into a program of libFuzzer.

use std::panic;

use rayon::{ThreadPoolBuilder, Yield, yield_now};

/// A program that fuzzes one of the targets with the mutator that knows lines, indentation and words.
macro_rules! fuzz {
    ($target:ident) => {
        libfuzzer_sys::fuzz_target!(init: program::begin(), |data: &[u8]| {
            targets::$target(&String::from_utf8_lossy(data));
            program::finish();
        });

        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            // One in four changes is one of bytes.
            if seed % 4 == 0 {
                libfuzzer_sys::fuzzer_mutate(data, size, max_size)
            } else {
                targets::mutate_bytes(data, size, max_size, u64::from(seed))
            }
        });
    };
}

/// Works in this thread alone: on small inputs, handing work to others and waiting for them takes most of the time.
/// Any panic ends the program, also one that a run would catch, so that the place of it is shown.
pub fn begin() {
    ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().expect("the first pool");
    // The first run puts its own hook in place.
    crate::targets::file("");
    panic::set_hook(Box::new(|info| {
        eprintln!("{info}\n{}", std::backtrace::Backtrace::force_capture());
        std::process::abort();
    }));
}

/// Does what a run left for later.
pub fn finish() {
    while let Some(Yield::Executed) = yield_now() {}
}

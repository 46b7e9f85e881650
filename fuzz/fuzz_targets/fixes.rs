//! Fuzzes the target `fixes` with the mutator that knows lines, indentation and words.
#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| targets::fixes(&String::from_utf8_lossy(data)));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    targets::mutate_bytes(data, size, max_size, u64::from(seed))
});

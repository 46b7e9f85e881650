//! The `wplint` program: arguments in, exit status out.

use std::io::Write;
use std::process::ExitCode;

/// Small pieces of memory are taken and given back by the million, which was a fifth of a run with the allocators of
/// C libraries.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Whatever happens to us is an internal error, never a finding.
    let status = std::panic::catch_unwind(|| wplint::cli::run(std::env::args_os().collect()));
    ExitCode::from(status.unwrap_or_else(|_| {
        let _ = writeln!(std::io::stderr(), "error: wplint failed: this is a bug in it, please report it");
        2
    }))
}

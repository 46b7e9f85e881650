//! The `wplint` program: arguments in, exit status out.

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Whatever happens to us is an internal error, never a finding.
    let status = std::panic::catch_unwind(|| wplint::cli::run(std::env::args_os().collect()));
    ExitCode::from(status.unwrap_or_else(|_| {
        let _ = writeln!(std::io::stderr(), "error: wplint failed: this is a bug in it, please report it");
        2
    }))
}

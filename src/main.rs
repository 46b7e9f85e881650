//! The `wplint` program: arguments in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Whatever happens to us is an internal error, never a finding.
    let status = std::panic::catch_unwind(|| wplint::cli::run(std::env::args_os().collect()));
    ExitCode::from(status.unwrap_or(2))
}

//! Programs from the Python package index, installed once below the target directory.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory of the programs of a virtual environment with these packages; says why there is none.
pub fn environment(name: &str, packages: &[&str], works: &[&str]) -> Result<PathBuf, String> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let programs = venv.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let check = || succeed(Command::new(programs.join("python")).args(works));
    if check().is_ok() {
        return Ok(programs);
    }
    let python = if cfg!(windows) { "python" } else { "python3" };
    succeed(Command::new(python).args(["-m", "venv", "--clear"]).arg(&venv))?;
    let pip = ["-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "20"];
    let quiet = "--disable-pip-version-check";
    succeed(Command::new(programs.join("python")).args(pip).arg(quiet).args(packages))?;
    check()?;
    Ok(programs)
}

/// What a command prints, or all it said when it failed.
pub fn succeed(command: &mut Command) -> Result<String, String> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => {
            let stdout = String::from_utf8_lossy(&output.stdout);
            Err(format!("{stdout}{}", String::from_utf8_lossy(&output.stderr)))
        }
        Err(error) => Err(format!("{}: {error}", command.get_program().display())),
    }
}

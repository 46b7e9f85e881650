//! The packages as people get them: built as the release builds them, installed into fresh environments, run.
//!
//! They need a release build, so they run where `WPLINT_PACKAGES=required` asks for them, as `.ci/run` does, and say
//! elsewhere that they did not. Where they are asked for, a missing tool is a failure.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::support::python::{environment, succeed};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// From the package to the first finding.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first run of a hook, its installation included.
const PATIENCE_OF_A_HOOK: Duration = Duration::from_secs(15);

/// The folder of the packages, built on first use; none where nobody asked for them.
fn packages() -> Option<&'static Path> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    if std::env::var_os("WPLINT_PACKAGES").is_none_or(|value| value.is_empty()) {
        eprintln!("skipped: WPLINT_PACKAGES=required builds the packages (a release build) and tries them");
        return None;
    }
    let built = BUILT.get_or_init(|| {
        let maturin = environment("maturin-venv", &["maturin>=1.9,<2"], &["-m", "maturin", "--version"])
            .expect("maturin can be installed");
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
        let _ = fs::remove_dir_all(&out);
        let mut build = command(Path::new(ROOT).join("packaging/build"));
        build.arg(&out).args(["archive", "npm", "wheel"]);
        build.env("PROFILE", "release").env("MATURIN", maturin.join("maturin")).current_dir(ROOT);
        succeed(&mut build).expect("the packages are built");
        out
    });
    Some(built)
}

/// A command without what cargo and Git set for their children.
fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") || name.to_string_lossy().starts_with("CARGO_PKG") {
            command.env_remove(name);
        }
    }
    command
}

fn fixture() -> PathBuf {
    Path::new(ROOT).join("fixtures/wordpress/v2")
}

/// The one file in a folder whose name has these ends.
fn file(folder: &Path, start: &str, end: &str) -> PathBuf {
    let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut fit = names.filter(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        name.starts_with(start) && name.ends_with(end)
    });
    fit.next().unwrap_or_else(|| panic!("{start}…{end} in {}", folder.display()))
}

/// Runs an installed wplint on the fixture: it finds something, as itself, in this version.
fn finds(program: &Path) {
    let version = succeed(command(program).arg("--version")).expect("it runs");
    assert_eq!(version.trim(), format!("wplint {VERSION}"));
    let output = command(program).arg(fixture()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("error"));
}

/// Says how long it took, and fails if that was too long and nobody else kept the machine busy.
fn measured(what: &str, since: Instant, patience: Duration) {
    let time = since.elapsed();
    eprintln!("{what}: {:.1} s", time.as_secs_f64());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // These tests and the build before them are a load of about one per core.
    if load > 2.0 * cores as f64 {
        return eprintln!("a load of {load} on {cores} cores: not judged");
    }
    assert!(time < patience, "{what} took {time:?}");
}

#[test]
fn the_wheel_installs_and_finds() {
    let Some(packages) = packages() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let venv = folder.path().join("venv");
    succeed(command("python3").args(["-m", "venv"]).arg(&venv)).expect("a virtual environment");
    let start = Instant::now();
    let mut pip = command(venv.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
        "--find-links",
    ]);
    succeed(pip.arg(packages).arg("wplint")).expect("the wheel installs");
    finds(&venv.join("bin/wplint"));
    measured("from the wheel to the first finding", start, PATIENCE);
}

#[test]
fn the_npm_package_installs_and_finds() {
    let Some(packages) = packages() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let start = Instant::now();
    let mut npm = command("npm");
    npm.args(["install", "--silent", "--offline", "--no-audit", "--no-fund", "--cache"])
        .arg(folder.path().join("cache"));
    npm.arg(packages.join(format!("wplint-{VERSION}.tgz"))).arg(file(
        packages,
        &format!("wplint-{os}-"),
        ".tgz",
    ));
    succeed(npm.current_dir(folder.path())).expect("the package installs");
    let program = folder.path().join("node_modules/.bin/wplint");
    finds(&program);
    measured("from the npm package to the first finding", start, PATIENCE);

    // The launcher hands over arguments, streams and the exit status, and says what is missing.
    let wrong = command(&program).arg("--nonsense").output().expect("it runs");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("--nonsense"));
    fs::remove_dir_all(folder.path().join("node_modules/@wplint")).expect("a folder");
    let alone = command(&program).arg("--version").output().expect("it runs");
    assert_eq!(alone.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&alone.stderr).contains("is not installed"));
}

#[test]
fn the_archive_holds_all_that_a_package_needs() {
    let Some(packages) = packages() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let archive = file(packages, &format!("wplint-v{VERSION}-"), ".tar.gz");
    succeed(command("tar").arg("-xzf").arg(archive).current_dir(folder.path())).expect("it unpacks");
    let inside = file(folder.path(), "wplint-", "");
    finds(&inside.join("wplint"));
    for name in ["README.md", "LICENSE-MIT", "wplint.1", "completions/_wplint", "completions/wplint.bash"] {
        assert!(inside.join(name).metadata().is_ok_and(|data| data.len() > 500), "{name}");
    }
}

#[test]
fn the_hook_of_the_mirror_runs_within_seconds() {
    let Some(packages) = packages() else { return };
    let programs = crate::pre_commit::install().expect("pre-commit can be installed");
    let folder = tempfile::tempdir().expect("a folder");
    let (mirror, work) = (folder.path().join("mirror"), folder.path().join("work"));
    let git = |at: &Path, arguments: &[&str]| {
        let mut git = command("git");
        git.args(arguments).current_dir(at);
        succeed(as_somebody(&mut git, folder.path())).expect("git works")
    };
    for repository in [&mirror, &work] {
        fs::create_dir(repository).expect("a folder");
        git(repository, &["init", "--quiet"]);
    }
    let mut cut = command(Path::new(ROOT).join("pre-commit-mirror/cut"));
    cut.arg(&mirror).arg(VERSION);
    assert!(succeed(as_somebody(&mut cut, folder.path())).expect("a release").contains(VERSION));
    let again = succeed(as_somebody(&mut cut, folder.path())).expect("no release");
    assert!(again.contains("already"), "{again}");

    let hook = format!("repos: [{{repo: {}, rev: v{VERSION}, hooks: [{{id: wplint}}]}}]\n", mirror.display());
    fs::write(work.join(".pre-commit-config.yaml"), hook).expect("a file");
    for entry in fs::read_dir(fixture()).expect("a folder") {
        let from = entry.expect("an entry").path();
        fs::copy(&from, work.join(from.file_name().expect("a name"))).expect("a copy");
    }
    git(&work, &["add", "."]);
    let start = Instant::now();
    let mut run = command(programs.join("pre-commit"));
    run.args(["run", "--color", "never"]).current_dir(&work).env("PIP_FIND_LINKS", packages);
    run.env("PRE_COMMIT_HOME", folder.path().join("home"));
    let output = as_somebody(&mut run, folder.path()).output().expect("pre-commit starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("wplint") && said.contains("Failed") && said.contains("error["), "{said}");
    measured("the first run of the hook, with its installation", start, PATIENCE_OF_A_HOOK);
}

/// Git without the configuration of whoever runs the tests.
fn as_somebody<'c>(command: &'c mut Command, home: &Path) -> &'c mut Command {
    command.env("GIT_CONFIG_GLOBAL", home.join("none")).env("GIT_CONFIG_NOSYSTEM", "1");
    for name in ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"] {
        command.env(name, "test");
    }
    for name in ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"] {
        command.env(name, "test@example.com");
    }
    command
}

#[test]
fn the_mirror_offers_the_hooks_of_this_repository() {
    let text = |path: &str| fs::read_to_string(Path::new(ROOT).join(path)).expect("a file");
    let hooks = text(".pre-commit-hooks.yaml");
    assert_eq!(hooks.matches("\n  language: python\n").count(), hooks.matches("- id: ").count());
    assert!(text("pyproject.toml").contains("\nlocked = true\n"), "a hook is built with what was tested");
    assert!(text("pre-commit-mirror/pyproject.toml").contains(&format!("\"wplint=={VERSION}\"")));
}

#[test]
fn the_formula_names_every_archive_with_its_checksum() {
    if command("bash").arg("--version").output().is_err() {
        return eprintln!("skipped: there is no bash here");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let sums = folder.path().join("SHA256SUMS");
    let targets = [
        "aarch64-apple-darwin",
        "x86_64-apple-darwin",
        "aarch64-unknown-linux-musl",
        "x86_64-unknown-linux-musl",
    ];
    let line = |(at, target): (usize, &&str)| format!("{at:064x}  wplint-v1.2.3-{target}.tar.gz\n");
    let formula = |lines: String| {
        fs::write(&sums, lines).expect("a file");
        let script = Path::new(ROOT).join("packaging/homebrew/formula");
        succeed(command("bash").arg(script).arg("v1.2.3").arg(&sums))
    };
    let all = formula(targets.iter().enumerate().map(line).collect()).expect("a formula");
    assert!(!all.contains('@') && all.contains("version \"1.2.3\""), "{all}");
    for (at, target) in targets.iter().enumerate() {
        let pair =
            format!("releases/download/v1.2.3/wplint-v1.2.3-{target}.tar.gz\"\n      sha256 \"{at:064x}\"");
        assert!(all.contains(&pair), "{all}");
    }
    let missing =
        formula(targets.iter().enumerate().skip(1).map(line).collect()).expect_err("a checksum is missing");
    assert!(missing.contains(targets[0]), "{missing}");
}

#[test]
fn every_target_of_the_release_has_an_npm_package() {
    let text = |path: &str| fs::read_to_string(Path::new(ROOT).join(path)).expect("a file");
    let platforms: serde_json::Value = serde_json::from_str(&text("npm/platforms.json")).expect("JSON");
    let workflow: yaml_serde::Value =
        yaml_serde::from_str(&text(".github/workflows/release.yml")).expect("YAML");
    let rows = workflow["jobs"]["build"]["strategy"]["matrix"]["include"].as_sequence().expect("rows");
    let mut targets: Vec<&str> = rows.iter().map(|row| row["target"].as_str().expect("a target")).collect();
    targets.sort_unstable();
    let mut own: Vec<&String> = platforms.as_object().expect("platforms").keys().collect();
    own.sort_unstable();
    assert_eq!(targets, own);
}

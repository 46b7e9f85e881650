//! The published hook under the real pre-commit program, in a real Git repository.
//!
//! pre-commit is installed once into a virtual environment below the target directory. Where that
//! is impossible (no Python, no Git, no network) the tests say so and pass.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;
use yaml_serde::{Mapping, Value};

use crate::support::python::environment;

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    app: web
  ports:
    - name: http
      port: 80
      targetPort: http
";

const WORKLOAD: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app: web
      containers:
        - name: web
          image: registry.example.com/shop/web:1.0.0
          ports:
            - name: http
              containerPort: 8080
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
            limits:
              memory: 64Mi
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
  namespace: shop
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: web
";

#[test]
fn a_commit_is_refused_until_its_manifest_is_repaired() {
    let Some(repository) = Repository::new() else {
        return;
    };
    repository.write("shop.yaml", &broken(&healthy()));
    let refused = repository.commit();
    assert!(!refused.passed, "{}", refused.text);
    assert!(refused.says("service-selects-nothing"), "{}", refused.text);
    assert!(refused.says("shop.yaml"), "{}", refused.text);

    repository.write("shop.yaml", &healthy());
    let accepted = repository.commit();
    assert!(accepted.passed, "{}", accepted.text);
}

#[test]
fn an_excluded_file_is_left_alone() {
    let Some(repository) = Repository::new() else {
        return;
    };
    repository.write(".wplint.yaml", "exclude: [\"vendor/**\"]\n");
    repository.write("shop.yaml", &healthy());
    repository.write("vendor/shop.yaml", &broken(&healthy()));
    let accepted = repository.commit();
    assert!(accepted.passed, "{}", accepted.text);
    assert!(!accepted.says("vendor/shop.yaml"), "{}", accepted.text);
}

#[test]
fn a_commit_answers_for_its_own_files_and_sees_all_others() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let elsewhere = broken(&healthy()).replace("namespace: shop", "namespace: old");
    repository.write("old.yaml", &elsewhere);
    repository.write("workload.yaml", WORKLOAD);
    repository.git(&["add", "."]);
    repository.git(&["commit", "--quiet", "--no-verify", "--message", "as it was"]);

    // What it selects is in a file that this commit does not touch.
    repository.write("service.yaml", SERVICE);
    let accepted = repository.commit();
    assert!(accepted.passed, "{}", accepted.text);
    assert!(!accepted.says("old.yaml"), "{}", accepted.text);

    repository.write("service.yaml", &broken(SERVICE));
    let refused = repository.commit();
    assert!(!refused.passed, "{}", refused.text);
    assert!(refused.says("service-selects-nothing"), "{}", refused.text);
    assert!(!refused.says("old.yaml"), "{}", refused.text);
}

fn healthy() -> String {
    format!("{SERVICE}---\n{WORKLOAD}")
}

/// The Service's selector with a misspelt label.
fn broken(manifest: &str) -> String {
    manifest.replacen("  selector:\n    app: web", "  selector:\n    app: wbe", 1)
}

/// A Git repository with the hook installed.
struct Repository {
    dir: TempDir,
    /// The directory of the pre-commit program.
    programs: &'static Path,
}

/// How a commit ended, and what Git and the hook printed.
struct Commit {
    passed: bool,
    text: String,
}

impl Commit {
    fn says(&self, words: &str) -> bool {
        self.text.contains(words)
    }
}

impl Repository {
    /// None where pre-commit or Git cannot be had.
    fn new() -> Option<Self> {
        let programs = pre_commit()?;
        let dir = tempfile::tempdir().expect("a temporary directory");
        let repository = Self { dir, programs };
        let git = repository.run("git", &["init", "--quiet"]);
        if git.is_none_or(|output| !output.status.success()) {
            eprintln!("skipped: `git init` does not work here");
            return None;
        }
        repository.write(".pre-commit-config.yaml", &configuration());
        let installed = repository.run("pre-commit", &["install"]).expect("pre-commit starts");
        assert!(installed.status.success(), "{}", text(&installed));
        Some(repository)
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("a directory");
        fs::write(path, content).expect("a writable file");
    }

    /// Tries to commit everything.
    fn commit(&self) -> Commit {
        self.git(&["add", "."]);
        let output = self.run("git", &["commit", "--quiet", "--message", "try"]).expect("git starts");
        Commit { passed: output.status.success(), text: text(&output) }
    }

    fn git(&self, arguments: &[&str]) {
        let output = self.run("git", arguments).expect("git starts");
        assert!(output.status.success(), "git {arguments:?}: {}", text(&output));
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Option<Output> {
        let wplint = Path::new(env!("CARGO_BIN_EXE_wplint"));
        let first = [self.programs, wplint.parent().expect("a directory")];
        let program = match program {
            "pre-commit" => self.programs.join(program),
            _ => program.into(),
        };
        let mut command = Command::new(program);
        // This test may itself run inside a Git hook.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env("PATH", path_with(&first))
            .env("PRE_COMMIT_HOME", cache().join("pre-commit-home"))
            .env("PRE_COMMIT_COLOR", "never")
            .env("GIT_CONFIG_GLOBAL", self.dir.path().join(".git/none"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "test")
            .env("GIT_AUTHOR_EMAIL", "test@example.com")
            .env("GIT_COMMITTER_NAME", "test")
            .env("GIT_COMMITTER_EMAIL", "test@example.com")
            .output()
            .ok()
    }
}

/// A configuration with the hook as it is published, except that the program is already there.
///
/// It also passes `args`, as users do: pre-commit puts them between the entry and the file names.
fn configuration() -> String {
    let published = include_str!("../../.pre-commit-hooks.yaml");
    let hooks: Vec<Mapping> = yaml_serde::from_str(published).expect("a list of hooks");
    let mut hook = hooks
        .into_iter()
        .find(|hook| hook.get("id").and_then(Value::as_str) == Some("wplint"))
        .expect("a hook with the id `wplint`");
    hook.insert("language".into(), "system".into());
    hook.insert("args".into(), Value::Sequence(vec!["--color".into(), "never".into()]));
    let hook = yaml_serde::to_string(&[hook]).expect("YAML");
    let indented: String = hook.lines().map(|line| format!("      {line}\n")).collect();
    format!("repos:\n  - repo: local\n    hooks:\n{indented}")
}

/// The directory of the pre-commit program, installed on first use; None with a message if that fails.
fn pre_commit() -> Option<&'static Path> {
    static PROGRAMS: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAMS
        .get_or_init(|| install().inspect_err(|why| eprintln!("skipped: pre-commit is not here: {why}")).ok())
        .as_deref()
}

/// The same, or why it cannot be had.
pub fn install() -> Result<PathBuf, String> {
    environment("pre-commit-venv", &["pre-commit"], &["-m", "pre_commit", "--version"])
}

/// What outlives a test run: the virtual environment and pre-commit's own files.
fn cache() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn path_with(first: &[&Path]) -> OsString {
    let rest = env::var_os("PATH").unwrap_or_default();
    let all = first.iter().map(PathBuf::from).chain(env::split_paths(&rest));
    env::join_paths(all).expect("directories without a separator in their names")
}

fn text(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout);
    format!("{stdout}{}", String::from_utf8_lossy(&output.stderr))
}

//! The tree of another revision, read from Git's objects by the `git` program: nothing is checked out, the index and
//! the working tree are not touched, and nothing is fetched.
//!
//! The program and not a library: whoever asks for a revision has Git, its object formats (packs, alternates, partial
//! clones, worktrees, SHA-256) are Git's business, and a library that reads all of them is several times the size of
//! wplint.

mod tree;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use tree::Snapshot;

/// A commit of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// What was asked for, such as `main` or `HEAD~3`.
    pub name: String,
    /// The commit's hash.
    pub commit: String,
    root: PathBuf,
}

impl Revision {
    /// Finds a revision of the repository at `root`. `main...` is the commit at which this branch left `main`.
    pub fn find(root: &Path, name: &str) -> Result<Revision, String> {
        let said = |what: &str| format!("`{name}` {what}");
        if name.is_empty() || name.starts_with('-') || name.contains(['\0', '\n']) {
            return Err(said("is not a revision"));
        }
        let commit = match name.strip_suffix("...") {
            Some(other) => {
                let other = commit(root, other).ok_or_else(|| missing(root, other))?;
                let base = output(git(root).args(["merge-base", &other, "HEAD"])).map(|text| hash(&text));
                base.ok().flatten().ok_or_else(|| match is_shallow(root) {
                    true => shallow(name),
                    false => said("has no commit in common with this branch"),
                })?
            }
            None => commit(root, name).ok_or_else(|| missing(root, name))?,
        };
        Ok(Revision { name: name.to_owned(), commit, root: root.to_owned() })
    }
}

fn commit(root: &Path, name: &str) -> Option<String> {
    let asked = format!("{name}^{{commit}}");
    let mut git = git(root);
    git.args(["rev-parse", "--verify", "--quiet", "--end-of-options", &asked]);
    hash(&output(&mut git).ok()?)
}

/// The hash in what Git printed.
fn hash(text: &str) -> Option<String> {
    let line = text.lines().last()?.trim();
    let is_hash = matches!(line.len(), 40 | 64) && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| line.to_owned())
}

fn missing(root: &Path, name: &str) -> String {
    match output(git(root).args(["rev-parse", "--git-dir"])) {
        Err(why) => format!("cannot ask Git for `{name}`: {why}"),
        Ok(_) if is_shallow(root) => shallow(name),
        Ok(_) => format!("`{name}` is not a commit of this repository; fetch it first if it is on a remote"),
    }
}

fn is_shallow(root: &Path) -> bool {
    output(git(root).args(["rev-parse", "--is-shallow-repository"])).is_ok_and(|text| text.trim() == "true")
}

fn shallow(name: &str) -> String {
    format!(
        "`{name}` is not in this clone, which is shallow: `git fetch --unshallow` gets the history, or `fetch-depth: 0` \
         for actions/checkout and `GIT_DEPTH: 0` for GitLab"
    )
}

/// Git without anything that a repository could make it run, fetch or write.
fn git(root: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(root).args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    git.args(["-c", "protocol.allow=never", "--no-pager", "--no-optional-locks", "--literal-pathspecs"]);
    git.env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    // A hook runs with those of the commit that is being made.
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"] {
        git.env_remove(name);
    }
    git.stdin(Stdio::null());
    git
}

fn output(git: &mut Command) -> Result<String, String> {
    let output = git.output().map_err(|error| format!("the program `git` does not start: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().next().unwrap_or("it failed");
    Err(line.trim_start_matches("fatal: ").to_owned())
}

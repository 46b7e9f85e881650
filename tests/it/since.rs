//! `--since` in real Git repositories: what is new, what is fixed, what moved, and what is said where a revision is not.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::python::succeed;

const GOOD: &str = "apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: NAME, namespace: shop}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: NAME}}}
";

/// A repository with one commit; none where there is no Git.
struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new() -> Option<Repository> {
        if Command::new("git").arg("--version").output().is_err() {
            eprintln!("skipped: there is no Git here");
            return None;
        }
        let own = Repository { folder: tempfile::tempdir().expect("a folder") };
        own.git(&["init", "--quiet", "--initial-branch=main"]);
        Some(own)
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(self.folder.path(), arguments)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn run(&self, inside: &str, arguments: &[&str]) -> Output {
        wplint(&self.folder.path().join(inside), arguments)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run("", &[arguments, &["--format", "json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            git.env_remove(name);
        }
    }
    git.args([
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.com",
        "-c",
        "protocol.file.allow=always",
    ]);
    git.args(arguments).current_dir(folder);
    git.env("GIT_CONFIG_GLOBAL", folder.join("none")).env("GIT_CONFIG_NOSYSTEM", "1");
    succeed(&mut git).expect("git works")
}

fn wplint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wplint")).args(arguments).current_dir(folder).output().expect("it runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn budget(name: &str) -> String {
    GOOD.replace("NAME", name)
}

/// One that is refused.
fn bad(name: &str) -> String {
    budget(name).replace("maxUnavailable: 1", "minAvailable: 1, maxUnavailable: 1")
}

const ONLY: [&str; 2] = ["--select", "pdb-invalid"];

#[test]
fn a_change_answers_for_what_it_adds() {
    let Some(repository) = Repository::new() else { return };
    repository.write("a.yaml", &bad("a"));
    repository.write("b.yaml", &bad("b"));
    repository.commit("one");
    // Nothing changed: nothing to answer for.
    let same = repository.run("", &[&ONLY[..], &["--since", "HEAD"]].concat());
    assert_eq!(same.status.code(), Some(0), "{}", said(&same));
    assert!(
        said(&same).contains("2 as before") && said(&same).contains("this change adds nothing"),
        "{}",
        said(&same)
    );

    // One more above the first, one repaired; a file that Git does not know yet counts.
    repository.write("a.yaml", &format!("{}---\n{}", budget("x"), bad("a")));
    repository.write("b.yaml", &budget("b"));
    repository.write("deep/c.yaml", &bad("c"));
    let changed = repository.run("", &[&ONLY[..], &["--since", "HEAD", "-v"]].concat());
    let text = said(&changed);
    assert_eq!(changed.status.code(), Some(1), "{text}");
    assert!(text.contains("deep/c.yaml") && !text.contains("a.yaml:"), "{text}");
    assert!(text.contains("this change adds 1 error, fixes 1"), "{text}");
    assert!(text.contains("b.yaml: fixed[pdb-invalid]"), "{text}");

    // The same from a directory inside, for that directory alone.
    let inside = repository.run("deep", &[&ONLY[..], &["--since", "HEAD"]].concat());
    assert!(said(&inside).contains("this change adds 1 error\n"), "{}", said(&inside));
    let report = repository.json(&[&ONLY[..], &["--since", "HEAD"]].concat());
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["since"]["unchanged"], 1);
    assert_eq!(report["since"]["fixed"][0]["path"], "b.yaml");
    assert_eq!(report["since"]["fixed"][0]["object"]["name"], "b");

    // Neither the index nor the working tree was touched.
    assert!(repository.git(&["status", "--porcelain"]).contains("?? deep/"));
}

#[test]
fn moves_and_renames_are_followed() {
    let Some(repository) = Repository::new() else { return };
    repository.write("all.yaml", &format!("{}---\n{}", bad("a"), bad("b")));
    // No object: the file is followed.
    repository
        .write("old/broken.yaml", "# one\n# two\n# three\napiVersion: v1\nkind: ConfigMap\ndata: {a: [}\n");
    repository.commit("one");
    repository.write("all.yaml", &bad("a"));
    repository.write("split/b.yaml", &bad("b"));
    repository.git(&["mv", "old", "new"]);
    let report = repository.json(&["--since", "HEAD", "--select", "pdb-invalid,schema"]);
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0), "{report:#}");
    let moved = report["since"]["moved"].as_array().expect("a list");
    let ways: Vec<(&str, &str)> = moved
        .iter()
        .map(|one| (one["from"].as_str().expect("a path"), one["path"].as_str().expect("a path")))
        .collect();
    assert_eq!(ways, [("old/broken.yaml", "new/broken.yaml"), ("all.yaml", "split/b.yaml")]);
    assert_eq!(report["since"]["unchanged"], 3);
    assert_eq!(report["since"]["fixed"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_branch_is_compared_with_where_it_left() {
    let Some(repository) = Repository::new() else { return };
    repository.write("a.yaml", &bad("a"));
    repository.commit("one");
    repository.git(&["checkout", "--quiet", "-b", "mine"]);
    repository.write("b.yaml", &bad("b"));
    repository.commit("mine");
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("c.yaml", &bad("c"));
    repository.commit("theirs");
    repository.git(&["checkout", "--quiet", "mine"]);
    let fixed = |revision: &str| {
        let report = repository.json(&[&ONLY[..], &["--since", revision]].concat());
        report["since"]["fixed"].as_array().map(Vec::len)
    };
    assert_eq!((fixed("main"), fixed("main...")), (Some(1), Some(0)));
}

#[test]
fn what_is_not_there_is_said() {
    let Some(repository) = Repository::new() else { return };
    repository.write("a.yaml", &bad("a"));
    repository.commit("one");
    repository.write("a.yaml", &bad("b"));
    repository.commit("two");
    let clone = tempfile::tempdir().expect("a folder");
    let from = format!("file://{}", repository.folder.path().display());
    git(clone.path(), &["clone", "--quiet", "--depth", "1", &from, "shallow"]);
    let fails = |folder: &Path, arguments: &[&str], words: &str| {
        let output = wplint(folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    };
    fails(&clone.path().join("shallow"), &["--since", "HEAD~1"], "shallow");
    fails(repository.folder.path(), &["--since", "nowhere"], "not a commit of this repository");
    fails(repository.folder.path(), &["--since=--output=x"], "is not a revision");
    fails(clone.path(), &["--since", "HEAD", "."], "no Git repository");
    fails(repository.folder.path(), &["--since", "HEAD", "-"], "has no history");
}

#[test]
fn new_and_fixed_are_the_difference_of_two_runs() {
    let Some(repository) = Repository::new() else { return };
    // The versions of the article's application, one commit each, and a kustomization around the last.
    let copy = |from: &str, to: &str| {
        for (name, text) in crate::support::fixture(from) {
            repository.write(&format!("{to}/{name}"), &text);
        }
    };
    for version in ["wordpress/v1", "wordpress/v2", "wordpress/v3"] {
        copy(version, "deploy");
        repository.commit(version);
    }
    let fingerprints = |report: &Value| -> BTreeSet<String> {
        let list = report["findings"].as_array().expect("findings").iter();
        list.map(|one| one["fingerprint"].as_str().expect("a text").to_owned()).collect()
    };
    let after = fingerprints(&repository.json(&[]));
    let report = repository.json(&["--since", "HEAD~1"]);
    repository.git(&["checkout", "--quiet", "HEAD~1"]);
    let before = fingerprints(&repository.json(&[]));
    let of = |list: &str, field: &str| -> BTreeSet<String> {
        let list = report["since"][list].as_array().expect("a list").iter();
        list.map(|one| one[field].as_str().expect("a text").to_owned()).collect()
    };
    // What moved is new in one file and gone from another to two runs that know nothing of each other.
    let new = &fingerprints(&report) | &of("moved", "fingerprint");
    assert_eq!(new, after.difference(&before).cloned().collect());
    assert_eq!(
        &of("fixed", "fingerprint") | &of("moved", "was"),
        before.difference(&after).cloned().collect()
    );
    assert!(!new.is_empty() && !of("fixed", "fingerprint").is_empty());
}

#[test]
fn what_cannot_be_applied_over_the_revision_is_said() {
    let Some(repository) = Repository::new() else { return };
    let base = "apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db:1}]}
";
    let build = |label: &str| {
        format!(
            "resources: [../base]\nnamespace: shop\nlabels: [{{pairs: {{tier: {label}}}, includeSelectors: true}}]\n"
        )
    };
    repository.write("base/db.yaml", base);
    repository.write("base/kustomization.yaml", "resources: [db.yaml]\n");
    repository.write("prod/kustomization.yaml", &build("data"));
    repository.write("stage/kustomization.yaml", &build("data"));
    repository.commit("one");
    // A label that an overlay adds is in every selector of it.
    repository.write("prod/kustomization.yaml", &build("storage"));
    let only = ["--select", "immutable-field-changed", "--since", "HEAD"];
    let output = repository.run("", &only);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("`spec.selector` of StatefulSet `db` changes"), "{text}");
    assert!(
        text.contains("prod/kustomization.yaml:3:") && text.contains("HEAD:prod/kustomization.yaml:3:"),
        "{text}"
    );
    assert!(text.contains("this change adds 1 error"), "{text}");

    // Written out as the server would have it, nothing changes.
    repository.write("prod/kustomization.yaml", &build("data"));
    repository.write(
        "base/db.yaml",
        &base.replace("serviceName", "podManagementPolicy: OrderedReady\n  serviceName"),
    );
    let output = repository.run("", &only);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));

    // It is silenced as any other.
    let other = base
        .replace("serviceName: db", "serviceName: other # wplint: ignore[immutable-field-changed] recreated");
    repository.write("base/db.yaml", &other);
    let output = repository.run("", &only);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("suppressed"), "{}", said(&output));
}

#[test]
fn charts_of_a_revision_have_their_helpers() {
    let Some(repository) = Repository::new() else { return };
    repository.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    repository.write("web/values.yaml", "most: 1\n");
    repository.write("web/templates/_helpers.tpl", "{{- define \"web.name\" -}}web{{- end }}\n");
    let template =
        bad("{{ include \"web.name\" . }}").replace("minAvailable: 1", "minAvailable: {{ .Values.most }}");
    repository.write("web/templates/budget.yaml", &template.replace("{app:", "{ app:"));
    repository.commit("one");
    let report = repository.json(&["--since", "HEAD", "--select", "pdb-invalid,chart-not-evaluated"]);
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0), "{report:#}");
    assert_eq!(report["since"]["unchanged"], 1, "{report:#}");
    assert_eq!(report["since"]["fixed"].as_array().map(Vec::len), Some(0), "{report:#}");
}

/// The fingerprints of a report.
fn prints(report: &Value) -> BTreeSet<String> {
    let list = report["findings"].as_array().map_or(&[][..], Vec::as_slice).iter();
    list.filter_map(|one| Some(one["fingerprint"].as_str()?.to_owned())).collect()
}

/// Real histories: `WPLINT_HISTORIES` names a folder of clones, `WPLINT_COMMITS` how many commits of each (20). Each
/// commit that touches YAML or a chart is compared with the one before it, in a worktree of its own.
#[test]
fn real_histories_say_the_same_as_two_runs() {
    let Some(folder) = std::env::var_os("WPLINT_HISTORIES") else {
        return eprintln!("skipped: WPLINT_HISTORIES names no folder of clones");
    };
    let commits: usize =
        std::env::var("WPLINT_COMMITS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let mut clones: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    clones.sort();
    let (mut pairs, mut new, mut fixed, mut wrong) = (0, 0, 0, Vec::new());
    for clone in clones.iter().filter(|clone| clone.is_dir()) {
        let trees = tempfile::tempdir().expect("a folder");
        let tree = trees.path().join("tree");
        let path = tree.to_str().expect("UTF-8");
        git(clone, &["worktree", "add", "--quiet", "--detach", "--force", path, "HEAD"]);
        let most = format!("-{}", commits + 1);
        let touched = ["--", "*.yaml", "*.yml", "*.tpl"];
        let log = ["log", "--first-parent", "--format=%H", &most, "HEAD"];
        let log = git(clone, &[&log[..], &touched[..]].concat());
        let hashes: Vec<&str> = log.lines().collect();
        let full = |revision: &str, since: Option<&str>| -> Option<Value> {
            git(&tree, &["checkout", "--quiet", "--force", "--detach", revision]);
            let base = ["--format", "json", "--allow-empty", "--fail-on", "never"];
            let more: Vec<&str> = since.map_or(vec!["--since", "none"], |since| vec!["--since", since]);
            let output = wplint(&tree, &[&base[..], &more].concat());
            serde_json::from_slice(&output.stdout).ok()
        };
        let mut newer = hashes.first().and_then(|newest| full(newest, None));
        for pair in hashes.windows(2) {
            let (after, before) = (pair[0], pair[1]);
            let report = full(after, Some(before));
            let older = full(before, None);
            let is = std::mem::replace(&mut newer, older.clone());
            let (Some(was), Some(is), Some(report)) = (older, is, report) else { continue };
            let of = |list: &str, field: &str| -> BTreeSet<String> {
                let list = report["since"][list].as_array().map_or(&[][..], Vec::as_slice).iter();
                list.filter_map(|one| Some(one[field].as_str()?.to_owned())).collect()
            };
            let (was, is) = (prints(&was), prints(&is));
            // What only a comparison can say is in neither of the runs.
            let compared: BTreeSet<String> = report["findings"]
                .as_array()
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .filter(|one| one["rule"] == "immutable-field-changed")
                .filter_map(|one| Some(one["fingerprint"].as_str()?.to_owned()))
                .collect();
            let added = &(&prints(&report) | &of("moved", "fingerprint")) - &compared;
            let removed = &of("fixed", "fingerprint") | &of("moved", "was");
            pairs += 1;
            new += added.len();
            fixed += removed.len();
            if added != &is - &was || removed != &was - &is {
                wrong.push(format!("{} {before}..{after}", clone.display()));
            }
        }
        git(clone, &["worktree", "remove", "--force", path]);
    }
    println!("{pairs} pairs of commits, {new} new, {fixed} gone, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

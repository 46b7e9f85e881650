//! The program itself on small trees: statuses, flags, errors, pipes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const BAD: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: nginx}]
      affinity:
        podAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: kubernetes.io/hostname
              labelSelector: {matchLabels: {app: web}}
";
const GOOD: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
/// The findings of this rule alone: the other rules have tests of their own.
const ONLY: [&str; 2] = ["--select", "affinity-packs-replicas,suppression"];

pub(crate) struct Tree {
    folder: TempDir,
}

impl Tree {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // A repository of its own: no configuration from above.
        std::fs::create_dir(folder.path().join(".git")).expect("a folder");
        let tree = Tree { folder };
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).expect("a file")
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
        command.args(args).current_dir(self.path()).env_remove("NO_COLOR").stdin(Stdio::null());
        command
    }

    pub(crate) fn raw(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().expect("it runs"))
    }

    /// Lints with the one rule that these trees are about.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.raw(&[&ONLY, args].concat())
    }
}

#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Ran {
            status: output.status.code().expect("it ends by itself"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

#[test]
fn statuses() {
    let tree = Tree::new(&[("bad.yaml", BAD), ("good/ns.yaml", GOOD), ("none/values.yaml", "a: 1\n")]);
    assert_eq!(tree.run(&["good"]).status, 0);
    assert_eq!(tree.run(&["."]).status, 1);
    assert_eq!(tree.run(&[]).status, 1, "the current directory is the default");
    for format in ["pretty", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"] {
        assert_eq!(tree.run(&["--format", format]).status, 1, "{format}");
    }
    let empty = tree.run(&["none"]);
    assert_eq!(empty.status, 2, "{empty:?}");
    assert!(empty.err.contains("--allow-empty"), "{empty:?}");
    assert_eq!(tree.run(&["none", "--allow-empty"]).status, 0);
    let missing = tree.run(&["bad.yaml", "nowhere"]);
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains("nowhere"), "{missing:?}");
    assert!(missing.out.contains("affinity-packs-replicas"), "the rest is linted: {missing:?}");
    assert_eq!(tree.raw(&["--no-such-flag"]).status, 2);
    assert_eq!(tree.raw(&["--help"]).status, 0);
    assert_eq!(tree.raw(&["--version"]).status, 0);
}

#[test]
fn severities() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    for (level, status) in [("error", 1), ("warning", 1), ("info", 1), ("never", 0)] {
        assert_eq!(tree.run(&["--fail-on", level]).status, status, "{level}");
    }
    assert_eq!(tree.raw(&["--fail-on", "sometimes"]).status, 2);
    tree.write(".wplint.yaml", "severity: {ha: info}\n");
    assert_eq!(tree.run(&[]).status, 0);
    let hidden = tree.run(&["--min-severity", "warning", "--fail-on", "info"]);
    assert_eq!(hidden.status, 1, "hiding is no pardon");
    assert!(!hidden.out.contains("affinity"), "{hidden:?}");
    assert!(hidden.out.contains("1 hidden"), "{hidden:?}");
}

#[test]
fn selection() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    let finds = |args: &[&str]| {
        let ran = tree.raw(args);
        assert_ne!(ran.status, 2, "{ran:?}");
        ran.out.contains("affinity-packs-replicas")
    };
    assert!(finds(&["--select", "all"]));
    assert!(finds(&["--select", "ha"]));
    assert!(finds(&["--select", "affinity-packs-replicas", "--ignore", "ha"]), "a rule beats its group");
    assert!(!finds(&["--select", "all", "--ignore", "affinity-packs-replicas"]));
    assert!(finds(&["--select", "suppression", "--extend-select", "affinity-packs-replicas"]));
    tree.write(".wplint.yaml", "ignore: [affinity-packs-replicas]\n");
    assert!(!finds(&[]));
    assert!(finds(&["--select", "ha"]), "the command line is stronger");
    assert!(finds(&["--no-config"]));
    for option in ["--select", "--ignore", "--extend-select"] {
        let ran = tree.raw(&[option, "ha,afinity-packs-replicas"]);
        assert_eq!(ran.status, 2);
        assert!(ran.err.contains("did you mean `affinity-packs-replicas`?"), "{ran:?}");
        assert_eq!(ran.out, "");
    }
}

#[test]
fn mistakes_in_the_configuration() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    for (text, place, words) in [
        ("selct: [ha]\n", "1:1", "did you mean `select`?"),
        ("# words\nignore: [ha, \"pdb\"]\n", "2:15", "unknown rule or group `pdb`"),
        ("severity:\n  ha: warn\n", "2:7", "a severity is"),
        ("cluster: {nodes: 0}\n", "1:18", "at least 1"),
        ("overrides:\n  - ignore: [ha]\n", "2:5", "`paths` or `object`"),
        ("overrides:\n  - {paths: [a], ignore: [haa]}\n", "2:27", "unknown rule or group `haa`"),
        ("overrides:\n  - {paths: [a], ignore: [ha], raeson: x}\n", "2:32", "did you mean `reason`?"),
        ("rules: {affinity-packs-replicas: {a: 1}}\n", "1:9", "has no options"),
        ("rules: {affinity-pack-replicas: {}}\n", "1:9", "did you mean `affinity-packs-replicas`?"),
        ("kubernetesVersion: \"1.33-1.24\"\n", "1:20", "ends before it begins"),
        ("external: {service: [a]}\n", "1:12", "did you mean `services`?"),
        ("workloads: [{apiVersion: a/v1, kind: A, template: spec.template}]\n", "1:51", "is not a path"),
        ("ignore: [ha]\nignore: []\n", "2:1", "written twice"),
        ("a: [\n", "", "error"),
        ("exclude: ['a[']\n", "1:12", "unclosed character class"),
    ] {
        tree.write(".wplint.yaml", text);
        let ran = tree.raw(&[]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{text}{ran:?}");
        assert!(ran.err.contains(&format!("[.wplint.yaml:{place}")), "{text}{}", ran.err);
        assert!(ran.err.contains(words), "{text}{}", ran.err);
    }
}

#[test]
fn the_configuration_is_found() {
    let tree = Tree::new(&[("app/deploy/bad.yaml", BAD), ("app/.wplint.yaml", "ignore: [ha, resources]\n")]);
    assert_eq!(tree.raw(&["app/deploy"]).status, 0);
    assert_eq!(tree.raw(&["app/deploy/bad.yaml"]).status, 0);
    assert_eq!(tree.run(&["app", "--no-config"]).status, 1);
    // A repository ends the search, be its `.git` a directory or a file.
    tree.write("app/deploy/.git", "gitdir: elsewhere\n");
    assert_eq!(tree.run(&["app/deploy"]).status, 1);
    assert_eq!(tree.raw(&["app/deploy", "--config", "app/.wplint.yaml"]).status, 0);
    let missing = tree.raw(&["--config", "nowhere.yaml"]);
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains("nowhere.yaml"), "{missing:?}");
}

#[test]
fn the_effective_settings_and_their_origin() {
    let tree = Tree::new(&[("app/bad.yaml", BAD)]);
    tree.write("app/.wplint.yaml", "# words\nignore: [ha]\nkubernetesVersion: \"1.24-1.33\"\n");
    let ran = tree.raw(&["--show-config", "app", "--exclude", "x/**"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    for line in [
        "kubernetesVersion: \"1.24-1.33\" # app/.wplint.yaml:3\n",
        "select: # app/.wplint.yaml:2\n",
        "exclude: [\"x/**\"] # --exclude\n",
        "failOn: warning # default\n",
    ] {
        assert!(ran.out.contains(line), "{line}{}", ran.out);
    }
    assert!(!ran.out.contains("affinity-packs-replicas"), "{}", ran.out);
    assert_eq!(tree.raw(&["--show-config"]).status, 0);
}

#[test]
fn several_reports() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    let ran = tree.run(&["--format", "concise", "--format", "json=report.json"]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.starts_with("bad.yaml:12:9: error[affinity-packs-replicas] "), "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&tree.read("report.json")).expect("JSON");
    assert_eq!(report["version"], 1);
    assert_eq!(report["findings"][0]["location"]["path"], "bad.yaml");
    assert_eq!(tree.run(&["--format", "json", "--format", "concise"]).status, 2);
    assert_eq!(tree.run(&["--format", "yaml"]).status, 2);
    assert_eq!(tree.run(&["--format", "json=no/such/folder"]).status, 2);
}

#[test]
fn paths_in_sarif_begin_at_the_root_of_the_repository() {
    let tree = Tree::new(&[("app/bad.yaml", BAD), ("lib/bad.yaml", &BAD.replace("web", "api"))]);
    let mut command = tree.command(&[".", "../lib", "--format", "sarif"]);
    command.args(ONLY).current_dir(tree.path().join("app"));
    let ran = Ran::from(command.output().expect("it runs"));
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let results = report["runs"][0]["results"].as_array().expect("a list");
    let uri = |result: &serde_json::Value| {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().map(str::to_owned)
    };
    let mut uris: Vec<_> = results.iter().filter_map(uri).collect();
    uris.sort();
    assert_eq!(uris, ["app/bad.yaml", "lib/bad.yaml"]);
}

#[test]
fn paths_that_are_left_out() {
    let tree = Tree::new(&[("bad.yaml", BAD), ("vendor/bad.yaml", BAD), ("good.yaml", GOOD)]);
    let lines = |args: &[&str]| tree.run(&[&["--format", "concise"], args].concat()).out.lines().count();
    assert_eq!(lines(&["--exclude", "vendor", "."]), 1);
    let ran = tree.run(&["--exclude", "vendor", "--exclude", "old/**", "--exclude", "*.tmp", "."]);
    let idle: Vec<&str> = ran.err.lines().filter(|line| line.ends_with("left nothing out")).collect();
    assert_eq!(
        idle,
        ["note: `--exclude old/**` left nothing out", "note: `--exclude *.tmp` left nothing out"],
        "{ran:?}"
    );
    let ran = tree.run(&["--only", "good.yaml", "--only", "vendor", "."]);
    assert_eq!(ran.status, 1, "the vendored one is asked for: {ran:?}");
    let ran = tree.run(&["--only", "bad.yaml", "vendor"]);
    assert_eq!(ran.status, 0, "`vendor` is what is linted: {ran:?}");
    let ran = tree.run(&["--only", "bda.yaml", "."]);
    assert!(ran.err.contains("`--only bda.yaml` does not exist"), "{ran:?}");
    let ran = tree.run(&["--only", "--quiet", "--format=concise", "good.yaml", "bad.yaml"]);
    assert_eq!((ran.status, ran.out.lines().count()), (1, 1), "options may stand before the files: {ran:?}");
    assert_eq!(tree.run(&["--only"]).status, 0, "no file, no finding");
    let ran = tree.run(&[".", "--only", "good.yaml"]);
    assert_eq!((ran.status, ran.out.contains("2 hidden")), (0, true), "{ran:?}");
}

#[test]
fn standard_input() {
    let tree = Tree::new(&[]);
    let mut command = tree.command(&["-", "--format", "concise", "--stdin-filename", "app/x.yaml"]);
    command.args(ONLY).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    child.stdin.take().expect("a pipe").write_all(BAD.as_bytes()).expect("it reads");
    let ran = Ran::from(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.status, 1);
    assert!(ran.out.starts_with("app/x.yaml:12:9: "), "{ran:?}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    for args in [&["--format", "json"][..], &["rules"], &["explain", "affinity-packs-replicas"], &["schema"]]
    {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = tree.command(args);
        if args[0].starts_with("--") {
            command.args(ONLY);
        }
        let output = command.stdout(writer).stderr(Stdio::piped()).output().expect("it runs");
        let ran = Ran::from(output);
        assert_eq!(ran.err, "", "{args:?}");
        assert!(ran.status < 2, "{args:?}: {ran:?}");
    }
}

#[test]
fn the_same_twice() {
    let tree = Tree::new(&[]);
    for at in 0..20 {
        tree.write(&format!("d{at}/bad.yaml"), &BAD.replace("web", &format!("web{at}")));
    }
    for format in ["pretty", "concise", "json"] {
        let first = tree.raw(&["--format", format]);
        assert_eq!(first.out, tree.raw(&["--format", format]).out, "{format}");
    }
}

#[test]
fn pages_and_lists() {
    let tree = Tree::new(&[]);
    let short = tree.raw(&["explain", "affinity-packs-replicas"]);
    assert!(!short.out.contains("podAffinity:") && short.out.contains("--examples"), "{}", short.out);
    let page = tree.raw(&["explain", "affinity-packs-replicas", "--examples"]);
    assert_eq!(page.status, 0);
    assert!(page.out.contains("# <-- ") && page.out.contains("podAffinity:"), "{}", page.out);
    for text in [&short.out, &page.out] {
        assert!(!text.contains("```") && !text.contains("#~") && !text.contains("##"), "{text}");
    }
    assert!(short.out.lines().all(|line| line.chars().count() <= 100), "{}", short.out);
    let unknown = tree.raw(&["explain", "affinity-pack-replica"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.err.contains("did you mean `affinity-packs-replicas`?"), "{unknown:?}");
    let rules: serde_json::Value =
        serde_json::from_str(&tree.raw(&["rules", "--format", "json"]).out).expect("JSON");
    let rule =
        rules.as_array().expect("a list").iter().find(|rule| rule["name"] == "affinity-packs-replicas");
    let rule = rule.expect("it is listed");
    for key in ["name", "group", "severity", "default", "fix", "summary"] {
        assert!(rule[key].is_string(), "{key}");
    }
    assert!(tree.raw(&["rules"]).out.contains("affinity-packs-replicas"));
    let schema: serde_json::Value = serde_json::from_str(&tree.raw(&["schema"]).out).expect("JSON");
    assert_eq!(schema["properties"]["complete"]["type"], "boolean");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(tree.raw(&["completions", shell]).out.contains("wplint"), "{shell}");
    }
}

#[test]
fn colours() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    assert!(!tree.run(&[]).out.contains('\u{1b}'), "no terminal, no colours");
    assert!(tree.run(&["--color", "always"]).out.contains("\u{1b}[1;31merror[affinity-packs-replicas]"));
    assert!(!tree.run(&["--color=never"]).out.contains('\u{1b}'));
    assert!(tree.raw(&["--help", "--color=always"]).out.contains('\u{1b}'));
}

#[test]
fn colours_of_the_environment() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    let colored = |variables: &[(&str, &str)], args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
        for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        let output = command.args(args).envs(variables.iter().copied()).current_dir(tree.path()).output();
        output.expect("it runs").stdout.contains(&0x1b)
    };
    assert!(!colored(&[], &[]) && !colored(&[("CLICOLOR", "1")], &[]));
    assert!(colored(&[("FORCE_COLOR", "1")], &[]) && colored(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(colored(&[("FORCE_COLOR", "1")], &["--format", "concise"]));
    assert!(colored(&[("FORCE_COLOR", "1")], &["--help"]));
    assert!(!colored(&[("FORCE_COLOR", "0")], &[]) && !colored(&[("CLICOLOR_FORCE", "0")], &[]));
    assert!(!colored(&[("FORCE_COLOR", "1")], &["--color", "never"]));
    assert!(!colored(&[("FORCE_COLOR", "1")], &["--format", "json"]));
}

#[test]
fn more_and_less_words() {
    let tree =
        Tree::new(&[("bad.yaml", &BAD.replace("podAffinity:", "podAffinity: # wplint: ignore[ha] cache"))]);
    let quiet = tree.run(&["--quiet"]);
    assert_eq!((quiet.status, quiet.out.as_str(), quiet.err.as_str()), (0, "", ""));
    let verbose = tree.run(&["-v"]);
    assert!(
        verbose.err.contains("bad.yaml:12: suppressed[affinity-packs-replicas] by comment: cache"),
        "{verbose:?}"
    );
    assert!(verbose.out.contains("no findings (1 suppressed)"), "{verbose:?}");
}

#[test]
fn an_idle_override_is_shown_in_the_configuration() {
    let tree = Tree::new(&[("good.yaml", GOOD), ("sub/good.yaml", &GOOD.replace("shop", "sub"))]);
    tree.write(".wplint.yaml", "overrides:\n  - paths: [old/**]\n    ignore: [ha]\n");
    let ran = tree.run(&[".", "--format", "concise"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.starts_with(".wplint.yaml:3:14: info[suppression-unused] "), "{ran:?}");
    assert_eq!(tree.run(&["sub", "--format", "concise"]).out, "", "its files are out of sight");
}

#[test]
fn a_baseline() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    let written = tree.run(&["--write-baseline", "known.json"]);
    assert_eq!(written.status, 0, "{written:?}");
    let text = tree.read("known.json");
    assert!(text.starts_with("{\"version\": 1, \"entries\": [\n  {\"fingerprint\":"), "{text}");
    assert!(text.contains("\"object\":\"Deployment shop/web\",\"count\":1}\n]}"), "{text}");
    let known = tree.run(&["--baseline", "known.json"]);
    assert_eq!(known.status, 0, "{known:?}");
    assert!(known.out.contains("no findings (1 in the baseline"), "{known:?}");
    let again = tree.run(&["--baseline", "known.json", "--write-baseline", "known.json"]);
    assert_eq!((again.status, tree.read("known.json")), (0, text), "recording ignores what is recorded");
    tree.write("bad.yaml", GOOD);
    let stale = tree.run(&["--baseline", "known.json"]);
    assert!(stale.err.contains("1 entry of known.json"), "{stale:?}");
    assert_eq!(tree.run(&["--baseline", "nowhere.json"]).status, 2);
}

#[test]
fn what_was_resolved() {
    let kustomization = "resources: [../base]\n";
    let tree = Tree::new(&[
        ("app/base/kustomization.yaml", "resources: [bad.yaml]\n"),
        ("app/base/bad.yaml", BAD),
        ("app/prod/kustomization.yaml", kustomization),
        (
            "chart/Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: common, version: 1.x.x}]\n",
        ),
        ("chart/templates/web.yaml", "{{ include \"common.deployment\" . }}\n"),
        ("ns.yaml", GOOD),
    ]);
    tree.write(".wplint.yaml", "exclude: [\"old/**\"]\n");
    let said = tree.run(&["-v"]).err;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "configuration: .wplint.yaml");
    assert!(
        said.contains("1 object in 1 file, the kustomization in app/prod\n  app/base/bad.yaml\n"),
        "{said}"
    );
    assert!(said.contains(": 1 object in 1 file\n  ns.yaml\n"), "{said}");
    assert!(said.contains("\nchart: skipped: a chart without `common`"), "{said}");
    assert!(!said.contains('\x1b'), "no progress where nobody looks: {said}");
    assert_eq!(tree.run(&["-v", "--no-config"]).err.lines().next(), Some("configuration: none"));
}

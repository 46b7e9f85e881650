//! Kustomizations on a disk, through the program: what is broken, what is left out, who may silence what, and
//! which overlays a finding is true of.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: example/web
";

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports: [{port: 80}]
";

struct Tree(TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(".git")).expect("a folder");
        let tree = Tree(folder);
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn run(&self, rules: &str, format: &str, path: &str) -> (String, Option<i32>) {
        let output = Command::new(env!("CARGO_BIN_EXE_wplint"))
            .args(["--select", rules, "--format", format, "--color", "never", path])
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        (String::from_utf8(output.stdout).expect("UTF-8"), output.status.code())
    }

    /// `path:line: severity[rule] message` of every finding of these rules.
    fn found(&self, rules: &str) -> Vec<String> {
        let (text, _) = self.run(rules, "concise", ".");
        let line = |line: &str| {
            let mut parts = line.splitn(4, ':');
            let (path, number) = (parts.next()?, parts.next()?);
            let rest = parts.nth(1)?;
            rest.contains('[').then(|| format!("{path}:{number}:{rest}"))
        };
        text.lines().filter_map(line).collect()
    }
}

#[test]
fn a_listed_file_that_is_not_there_is_an_error() {
    let tree = Tree::new(&[
        ("kustomization.yaml", "resources:\n  - web.yaml\n  - gone.yaml\n  - none/\n"),
        ("web.yaml", WEB),
        ("none/readme.txt", "nothing\n"),
    ]);
    assert_eq!(
        tree.found("kustomization-broken"),
        [
            "kustomization.yaml:3: error[kustomization-broken] there is no file or directory `gone.yaml` (`kustomize build` fails)"
        ]
    );
    assert_eq!(tree.run("kustomization-broken", "concise", ".").1, Some(1));
    // The whole view is the directory; what lies above it is there all the same.
    let tree = Tree::new(&[("a/kustomization.yaml", "resources: [../web.yaml]\n"), ("web.yaml", WEB)]);
    assert_eq!(tree.run("kustomization-broken", "concise", "a").1, Some(2), "no manifest is in view");
    assert!(!tree.run("kustomization-broken", "concise", "a").0.contains("error"));
}

#[test]
fn what_git_ignores_is_made_before_the_build() {
    let text = "resources: [web.yaml]\nsecretGenerator:\n  - name: tls\n    files: [tls.key]\n    envs: [prod.env]\n";
    let tree = Tree::new(&[("deploy/kustomization.yaml", text), ("deploy/web.yaml", WEB)]);
    assert_eq!(tree.found("kustomization-broken").len(), 1);
    tree.write("deploy/.gitignore", "tls.*\n");
    tree.write(".gitignore", "*.env\n");
    assert_eq!(tree.found("kustomization-broken"), [""; 0]);
    assert_eq!(tree.found("kustomization-not-evaluated").len(), 1);
    // What a list says holds from where it lies, and of all that is below a folder.
    let text = "resources: [web.yaml]\nconfigMapGenerator: [{name: a, files: [configs/a/a.yaml]}]\n";
    let tree = Tree::new(&[("deploy/kustomization.yaml", text), ("deploy/web.yaml", WEB)]);
    tree.write("deploy/.gitignore", "configs/*\n");
    assert_eq!(tree.found("kustomization-broken"), [""; 0]);
    tree.write("deploy/.gitignore", "configs/*\n!configs/a\n");
    assert_eq!(tree.found("kustomization-broken").len(), 1);
    tree.write("deploy/.gitignore", "/deploy/configs/*\n");
    assert_eq!(tree.found("kustomization-broken").len(), 1);
}

#[test]
fn two_kustomizations_in_one_directory_are_an_error() {
    let names = ["Kustomization", "kustomization.yaml", "kustomization.yml"];
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let (one, other) = (names[one], names[other]);
        let text = "resources: [web.yaml]\n";
        for path in ["", "base/"] {
            let (first, second) = (format!("{path}{one}"), format!("{path}{other}"));
            let mut files = vec![(first.as_str(), text), (second.as_str(), text)];
            let web = format!("{path}web.yaml");
            files.push((&web, WEB));
            if !path.is_empty() {
                files.push(("kustomization.yaml", "resources: [base]\n"));
            }
            let tree = Tree::new(&files);
            assert_eq!(
                tree.found("kustomization-broken"),
                [format!(
                    "{first}:1: error[kustomization-broken] this directory has more than one kustomization"
                )]
            );
        }
    }
}

#[test]
fn a_manifest_that_nobody_lists_is_named_once() {
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {maxUnavailable: 1, \
                  selector: {matchLabels: {app: web}}}\n";
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n";
    let files = [
        ("kustomization.yaml", "resources:\n  - web.yaml\n"),
        ("web.yaml", WEB),
        ("budget.yaml", budget),
        ("account.yaml", account),
    ];
    let tree = Tree::new(&files);
    let rule = "manifest-unlisted";
    assert_eq!(
        tree.found(rule),
        [
            "kustomization.yaml:1: info[manifest-unlisted] `account.yaml`, `budget.yaml` are not listed in the \
          kustomization of this directory"
        ]
    );
    assert_eq!(tree.run(rule, "concise", ".").1, Some(0), "advice fails nothing");
    // Another kustomization may list it, with whatever it does to it.
    tree.write(
        "more/kustomization.yaml",
        "resources: [../budget.yaml]\npatches: [{path: ../account.yaml}]\n",
    );
    assert_eq!(tree.found(rule), [""; 0]);
    std::fs::remove_dir_all(tree.0.path().join("more")).expect("removed");
    // Either end may say that it is meant.
    let mark = "# wplint: ignore[manifest-unlisted] applied by hand\n";
    tree.write("kustomization.yaml", &format!("{mark}resources:\n  - web.yaml\n"));
    assert_eq!(tree.found(rule), [""; 0]);
    tree.write("kustomization.yaml", "resources:\n  - web.yaml\n");
    tree.write(
        "account.yaml",
        &account.replace("{name: web}", "{name: web} # wplint: ignore[manifest-unlisted]"),
    );
    assert_eq!(tree.found(rule), [""; 0]);
    // Encrypted files are for a plug-in.
    tree.write("account.yaml", &format!("{account}sops: {{mac: abc, lastmodified: now}}\n"));
    tree.write("budget.yaml", &budget.replace("budget", "b"));
    assert_eq!(tree.found(rule).len(), 1);
    assert!(!tree.found(rule)[0].contains("account.yaml"));
}

/// Go's JSON takes the name of a field in any case, for what is built and for what belongs together.
#[test]
fn fields_in_another_case_are_the_same_fields() {
    for field in ["resources", "Resources"] {
        let kustomization = format!("{field}: [web.yaml]\nnamePrefix: a-\n");
        let tree = Tree::new(&[("kustomization.yaml", &kustomization), ("web.yaml", WEB)]);
        let (text, _) = tree.run("all", "json", ".");
        let run: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(run["summary"]["units"], 1, "{field}");
    }
}

#[test]
fn what_many_leave_out_is_left_out_by_habit() {
    let build = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: build}\n";
    let mut files = Vec::new();
    for at in 0..4 {
        files.push((format!("a{at}/kustomization.yaml"), "resources:\n  - web.yaml\n"));
        files.push((format!("a{at}/web.yaml"), WEB));
        files.push((format!("a{at}/build.yaml"), build));
    }
    let some = |files: &[(String, &'static str)]| {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        Tree::new(&files).found("manifest-unlisted").len()
    };
    assert_eq!(some(&files[..9]), 3);
    assert_eq!(some(&files), 0);
}

const PARTLY: &str = "resources:
  - web.yaml
  - https://github.com/example/more//deploy?ref=v1
helmCharts:
  - name: redis
    repo: https://charts.example.com
";

#[test]
fn what_is_not_evaluated_is_said_once_a_unit_in_every_format() {
    let tree = Tree::new(&[
        ("base/kustomization.yaml", PARTLY),
        ("base/web.yaml", WEB),
        ("dev/kustomization.yaml", "resources: [../base]\n"),
        ("prod/kustomization.yaml", "resources: [../base]\n"),
    ]);
    let rule = "kustomization-not-evaluated";
    assert_eq!(
        tree.found(rule),
        [
            "base/kustomization.yaml:3: info[kustomization-not-evaluated] the build is checked without a remote resource and one \
          more part (findings that depend on it are left out)"
        ]
    );
    for format in ["pretty", "concise", "json", "sarif", "github", "gitlab", "junit"] {
        let (text, status) = tree.run(rule, format, ".");
        assert!(text.contains("checked without a remote resource"), "{format}: {text}");
        assert_eq!(status, Some(0), "{format}");
    }
}

#[test]
fn nothing_is_claimed_that_depends_on_what_is_not_evaluated() {
    let web = WEB.replace(
        "image: example/web",
        "image: example/web\n          envFrom: [{configMapRef: {name: gone}}]",
    );
    let rules = "env-source-missing";
    let files = [("kustomization.yaml", "resources: [web.yaml]\n"), ("web.yaml", web.as_str())];
    assert_eq!(Tree::new(&files).found(rules).len(), 1);
    for more in ["helmCharts: [{name: a}]\n", "generators: [g.yaml]\n", "transformers: [t.yaml]\n"] {
        let text = format!("resources: [web.yaml]\n{more}");
        let files = [("kustomization.yaml", text.as_str()), ("web.yaml", web.as_str())];
        assert_eq!(Tree::new(&files).found(rules), [""; 0], "{more}");
    }
}

const MARK: &str = " # wplint: ignore[single-replica] one is enough";

#[test]
fn a_mark_counts_at_the_base_the_patch_and_the_kustomization() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n";
    let ways = [
        ("patches: [{path: patch.yaml}]\n", "prod/patch.yaml:5"),
        ("replicas:\n  - name: web\n    count: 1\n", "prod/kustomization.yaml:4"),
        (
            "patches:\n  - target: {kind: Deployment}\n    patch: |-\n      - op: replace\n        path: \
             /spec/replicas\n        value: 1\n",
            "prod/kustomization.yaml:7",
        ),
    ];
    let with = |text: &str, ends: &str| text.replace(&format!("{ends}\n"), &format!("{ends}{MARK}\n"));
    for (way, place) in ways {
        let kustomization = format!("resources: [../base]\n{way}");
        let run = |base: &str, patch: &str, kustomization: &str| {
            let files = [
                ("base/kustomization.yaml", "resources: [web.yaml]\n"),
                ("base/web.yaml", base),
                ("prod/kustomization.yaml", kustomization),
                ("prod/patch.yaml", patch),
            ];
            Tree::new(&files).found("single-replica,suppression")
        };
        let bare = run(WEB, patch, &kustomization);
        assert!(bare.len() == 1 && bare[0].starts_with(place), "{place}: {bare:?}");
        assert_eq!(run(&with(WEB, "replicas: 2"), patch, &kustomization), [""; 0], "{place}: in the base");
        if place.contains("patch") {
            assert_eq!(
                run(WEB, &with(patch, "replicas: 1"), &kustomization),
                [""; 0],
                "{place}: in the patch"
            );
        } else {
            // What is inside a string is text, so a patch written in the kustomization is marked above it.
            let above = format!("  #{}\n  - target:", MARK.trim_start_matches(" #"));
            let marked = with(&kustomization, "count: 1").replace("  - target:", &above);
            assert_eq!(run(WEB, patch, &marked), [""; 0], "{place}: in the kustomization");
        }
    }
}

#[test]
fn a_value_that_another_took_the_place_of_is_shown_with_it() {
    let tree = Tree::new(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", WEB),
        ("prod/kustomization.yaml", "resources: [../base]\nreplicas: [{name: web, count: 1}]\n"),
    ]);
    let (text, _) = tree.run("single-replica", "pretty", ".");
    let (first, second) = (text.find("prod/kustomization.yaml:2"), text.find("base/web.yaml:6"));
    assert!(first.is_some() && first < second, "{text}");
    assert!(text.contains("takes the place of this value"), "{text}");
}

#[test]
fn a_label_that_parts_a_selector_can_be_silenced_at_either_end() {
    let rollout = WEB.replace("apps/v1", "argoproj.io/v1alpha1").replace("Deployment", "Rollout");
    let mark = " # wplint: ignore[label-breaks-selector]";
    let kustomization = "resources: [web.yaml, service.yaml]\ncommonLabels:\n  team: red\n";
    let run = |kustomization: &str, rollout: &str, service: &str| {
        let files = [("kustomization.yaml", kustomization), ("web.yaml", rollout), ("service.yaml", service)];
        Tree::new(&files).found("label-breaks-selector,service-selects-nothing,suppression")
    };
    assert_eq!(
        run(kustomization, &rollout, SERVICE),
        [
            "kustomization.yaml:3: error[label-breaks-selector] the label `team` goes into the selector of Service `web` \
          but not onto its pods (it selects none)"
        ]
    );
    let end = |text: &str, line: &str| text.replace(&format!("{line}\n"), &format!("{line}{mark}\n"));
    assert_eq!(run(&end(kustomization, "team: red"), &rollout, SERVICE), [""; 0]);
    assert_eq!(run(kustomization, &end(&rollout, "labels: {app: web}"), SERVICE), [""; 0]);
    assert_eq!(run(kustomization, &rollout, &end(SERVICE, "  name: web")), [""; 0]);
    // Where something is out of view, pods with the label may be there.
    let partly = kustomization.replace("resources: [", "resources: [\"https://example.com/more.yaml\", ");
    assert!(run(&partly, &rollout, SERVICE)[0].contains("warning[label-breaks-selector]"));
    // A label on pods that a component adds later is nobody's mistake when all of them get it.
    let files = [
        ("kustomization.yaml", "resources: [service.yaml]\ncomponents: [c]\ncommonLabels: {team: red}\n"),
        ("service.yaml", SERVICE),
        ("c/kustomization.yaml", "kind: Component\nresources: [web.yaml]\n"),
        ("c/web.yaml", WEB),
    ];
    assert_eq!(Tree::new(&files).found("label-breaks-selector"), [""; 0]);
    // The component's label does not reach what its user has included before ... but it does.
    let files = [
        ("kustomization.yaml", "resources: [service.yaml]\ncomponents: [a, b]\n"),
        ("service.yaml", SERVICE),
        ("a/kustomization.yaml", "kind: Component\ncommonLabels: {team: red}\n"),
        ("b/kustomization.yaml", "kind: Component\nresources: [web.yaml]\n"),
        ("b/web.yaml", WEB),
    ];
    let found = Tree::new(&files).found("label-breaks-selector");
    assert!(found.len() == 1 && found[0].starts_with("a/kustomization.yaml:2"), "{found:?}");
}

#[test]
fn one_finding_of_a_base_names_the_overlays_it_is_true_of() {
    let base = WEB.replace("replicas: 2", "replicas: 1");
    let mut files = vec![
        ("base/kustomization.yaml", "resources: [web.yaml, service.yaml]\n"),
        ("base/web.yaml", base.as_str()),
        ("base/service.yaml", SERVICE),
        ("dev/kustomization.yaml", "resources: [../base]\n"),
        ("prod/kustomization.yaml", "resources: [../base]\nnamespace: prod\ncommonLabels: {env: prod}\n"),
    ];
    let all = Tree::new(&files).found("single-replica");
    assert!(all.len() == 1 && !all[0].contains("(in"), "{all:?}");
    files.push(("stage/kustomization.yaml", "resources: [../base]\nreplicas: [{name: web, count: 3}]\n"));
    let some = Tree::new(&files).found("single-replica");
    assert!(some.len() == 1 && some[0].starts_with("base/web.yaml:6"), "{some:?}");
    assert!(some[0].ends_with("(found in the kustomizations dev, prod; not reported in stage)"), "{some:?}");
}

#[test]
fn a_prefix_and_a_host_in_plain_text() {
    // C24
    let web = WEB.replace(
        "image: example/web",
        "image: example/web\n          env:\n            - name: DB_HOST\n              value: db",
    );
    let db = SERVICE.replace("name: web", "name: db").replace("{app: web}", "{app: db}");
    let files = |prefix: &str| {
        Tree::new(&[
            ("base/kustomization.yaml", "resources: [web.yaml, db.yaml]\n"),
            ("base/web.yaml", &web),
            ("base/db.yaml", &db),
            ("dev/kustomization.yaml", &format!("resources: [../base]\n{prefix}")),
        ])
        .found("prefix-breaks-host,host-unresolved")
    };
    let found = files("namePrefix: dev-\n");
    assert!(
        found.len() == 1 && found[0].starts_with("base/web.yaml:18: warning[prefix-breaks-host]"),
        "{found:?}"
    );
    assert_eq!(files(""), [""; 0]);
}

#[test]
fn the_output_is_the_same_whatever_the_threads() {
    let mut files = Vec::new();
    for at in 0..100 {
        files.push((
            format!("a{at:02}/kustomization.yaml"),
            format!("resources: [../base, ../a{:02}]\n", (at + 1) % 7),
        ));
    }
    files.push(("base/kustomization.yaml".to_owned(), "resources: [web.yaml]\n".to_owned()));
    files.push(("base/web.yaml".to_owned(), WEB.replace("replicas: 2", "replicas: 1")));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let tree = Tree::new(&files);
    let run = |threads: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
        command.args(["--format", "json", "."]).current_dir(Path::new(tree.0.path()));
        command.env("RAYON_NUM_THREADS", threads).output().expect("the program starts").stdout
    };
    assert_eq!(run("1"), run("4"));
}

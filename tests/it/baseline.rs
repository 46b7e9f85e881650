//! The promises of the baseline: edits elsewhere change nothing, copies are new, what is gone is said.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const FIRST: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: nginx
          ports:
            - containerPort: 8080
        - name: side
          image: envoy
          readinessProbe:
            httpGet:
              path: /
              port: nowhere
      affinity:
        podAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: kubernetes.io/hostname
              labelSelector:
                matchLabels:
                  app: web
";
const SECOND: &str = "apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    app: wbe
  ports:
    - port: 80
      targetPort: 8080
";

struct Tree {
    folder: TempDir,
}

struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Tree {
    /// A repository with both objects in one file and a baseline of its findings.
    fn recorded() -> Tree {
        let tree = Tree { folder: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(tree.path().join(".git")).expect("a folder");
        tree.write("app/shop.yaml", &both(FIRST, SECOND));
        let ran = tree.run(&["--write-baseline", "known.json"]);
        assert_eq!(ran.status, 0, "{}", ran.err);
        assert!(tree.entries().len() >= 3, "something to talk about: {:?}", tree.entries());
        tree
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).expect("a file")
    }

    fn run_in(&self, folder: &str, args: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
        let command = command.args(args).current_dir(self.path().join(folder)).stdin(Stdio::null());
        let output = command.output().expect("it runs");
        Ran {
            status: output.status.code().expect("it ends by itself"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_in("", args)
    }

    fn entries(&self) -> Vec<Value> {
        let baseline: Value = serde_json::from_str(&self.read("known.json")).expect("JSON");
        baseline["entries"].as_array().expect("a list").clone()
    }

    /// What is new, one line a finding.
    fn fresh(&self) -> Vec<String> {
        let ran = self.run(&["--baseline", "known.json", "--format", "concise"]);
        assert_eq!(ran.status, i32::from(!ran.out.is_empty()), "{}{}", ran.out, ran.err);
        ran.out.lines().map(str::to_owned).collect()
    }

    fn nothing_new(&self) {
        assert_eq!(self.fresh(), [""; 0], "{}", self.read("app/shop.yaml"));
        let ran = self.run(&["--baseline", "known.json"]);
        assert_eq!(ran.err, "", "and nothing is gone");
    }
}

fn both(one: &str, other: &str) -> String {
    format!("{one}---\n{other}")
}

#[test]
fn edits_that_change_nothing_bring_nothing() {
    let tree = Tree::recorded();
    tree.nothing_new();
    let above = "# a line\n".repeat(10);
    tree.write("app/shop.yaml", &format!("{above}{}", both(FIRST, SECOND)));
    tree.nothing_new();
    let inside = FIRST.replace("spec:\n  replicas", &format!("{above}spec:\n  replicas"));
    tree.write("app/shop.yaml", &both(&inside, SECOND));
    tree.nothing_new();
    tree.write("app/shop.yaml", &both(SECOND, FIRST));
    tree.nothing_new();
    let wider: String = both(FIRST, SECOND)
        .lines()
        .map(|line| {
            let text = line.trim_start_matches(' ');
            let indent = line.len() - text.len();
            let text = text.replacen("- ", "-   ", usize::from(text.starts_with("- ")));
            format!("{}{text}\n", " ".repeat(indent * 2))
        })
        .collect();
    tree.write("app/shop.yaml", &wider);
    tree.nothing_new();
    let comments = both(FIRST, SECOND).replace("name: side", "name: side # the proxy").replace('\n', "\r\n");
    tree.write("app/shop.yaml", &comments);
    tree.nothing_new();
    let third = FIRST.replace(
        "        - name: web\n",
        "        - name: first\n          image: busybox\n          resources: {limits: {cpu: 1, memory: 1Gi}}\n        - name: web\n",
    );
    tree.write("app/shop.yaml", &both(&third, SECOND));
    tree.nothing_new();
}

#[test]
fn a_copy_in_another_file_is_new() {
    let tree = Tree::recorded();
    tree.write("app/copy.yaml", SECOND);
    let new = tree.fresh();
    assert!(
        new.iter().any(|line| line.starts_with("app/copy.yaml:") && line.contains("service-")),
        "{new:?}"
    );
    assert!(new.iter().all(|line| line.starts_with("app/copy.yaml:")), "{new:?}");
}

#[test]
fn another_of_the_same_kind_is_new() {
    let tree = Tree::recorded();
    let probe = "          readinessProbe:
            httpGet:
              path: /
              port: nowhere
";
    let more = FIRST.replace(
        "            - containerPort: 8080\n",
        &format!("            - containerPort: 8080\n{probe}"),
    );
    tree.write("app/shop.yaml", &both(&more, SECOND));
    let new = tree.fresh();
    assert_eq!(new.len(), 1, "one container more: {new:?}");
    assert!(new[0].contains("probe-port-unresolved"), "{new:?}");
}

#[test]
fn what_is_gone_is_listed_and_dropped() {
    let tree = Tree::recorded();
    let before = tree.entries();
    tree.write("app/shop.yaml", &both(&FIRST.replace("port: nowhere", "port: 9901"), SECOND));
    let ran = tree.run(&["--baseline", "known.json"]);
    assert!(
        ran.err.contains("of known.json is no longer found; --write-baseline drops them\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("\n  probe-port-unresolved app/shop.yaml Deployment shop/web\n"), "{}", ran.err);
    let quiet = tree.run(&["--baseline", "known.json", "--quiet"]);
    assert_eq!(quiet.err, "");
    // Whoever looks at a part says nothing about the rest.
    for args in [&["--select", "ha"][..], &["--select", "suppression"]] {
        let part = tree.run(&[args, &["--baseline", "known.json"]].concat());
        assert_eq!(part.err, "", "{args:?}");
    }
    tree.write("other/ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n");
    assert_eq!(tree.run(&["--baseline", "known.json", "other"]).err, "");

    assert_eq!(tree.run(&["--baseline", "known.json", "--write-baseline", "known.json"]).status, 0);
    let after = tree.entries();
    assert!(after.len() < before.len() && after.iter().all(|entry| before.contains(entry)), "{after:?}");
    assert_eq!(tree.run(&["--baseline", "known.json"]).err, "");
}

#[test]
fn writing_ignores_what_is_recorded() {
    let tree = Tree::recorded();
    let text = tree.read("known.json");
    for args in [&["--baseline", "known.json"][..], &[], &["--min-severity", "error"]] {
        assert_eq!(tree.run(&[args, &["--write-baseline", "known.json"]].concat()).status, 0);
        assert_eq!(tree.read("known.json"), text, "{args:?}");
    }
    // An explicit report is a full one, and the status is still 0.
    let ran = tree.run(&["--write-baseline", "known.json", "--format", "concise"]);
    assert_eq!((ran.status, ran.out.lines().count()), (0, tree.entries().len()));
}

#[test]
fn one_sorted_line_for_each_entry() {
    let tree = Tree::recorded();
    tree.write("a/more.yaml", &both(&FIRST.replace("name: web\n", "name: a\n"), SECOND));
    assert_eq!(tree.run(&["--write-baseline", "known.json"]).status, 0);
    let text = tree.read("known.json");
    let entries = tree.entries();
    assert_eq!(text.lines().count(), entries.len() + 2);
    let key =
        |entry: &Value| ["path", "rule", "fingerprint"].map(|key| entry[key].as_str().map(str::to_owned));
    assert!(entries.is_sorted_by_key(key), "{text}");
    assert!(entries.iter().all(|entry| entry["count"] == 1), "no two findings share a fingerprint: {text}");
    // A count that was merged by hand stands for that many.
    assert_eq!(tree.run(&["--baseline", "known.json"]).status, 0);
}

#[test]
fn it_does_not_matter_where_in_the_repository_one_stands() {
    let tree = Tree::recorded();
    let ran = tree.run_in("app", &["--baseline", "../known.json"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    let text = tree.read("known.json");
    assert_eq!(tree.run_in("app", &["--write-baseline", "../known.json"]).status, 0);
    assert_eq!(tree.read("known.json"), text);
}

#[test]
fn the_baseline_is_no_input() {
    let tree = Tree::recorded();
    let json = |args: &[&str]| -> Value {
        let ran = tree.run(&[args, &["--format", "json"]].concat());
        serde_json::from_str(&ran.out).expect("JSON")
    };
    let with = json(&["--baseline", "known.json"]);
    assert_eq!((&with["summary"]["files"], &with["inputs"]), (&1.into(), &Value::Array(Vec::new())));
    let written = json(&["--write-baseline", "known.json"]);
    assert_eq!(written["summary"]["files"], 1);
    // Named itself, as a shell's `*` names it.
    let named = json(&["--baseline", "known.json", "app", "known.json"]);
    assert_eq!(named["summary"]["files"], 1);
}

#[test]
fn the_first_run_ends_with_the_command_that_adopts() {
    let tree = Tree::recorded();
    std::fs::remove_file(tree.path().join("known.json")).expect("a file");
    let hint = "note: to accept these";
    assert!(!tree.run(&["."]).err.contains(hint), "a handful is repaired");
    for number in 0..12 {
        let name = format!("name: web{number}\n");
        tree.write(&format!("app/{number}.yaml"), &FIRST.replace("name: web\n", &name));
    }
    let ran = tree.run(&["app", "--select", "ha,references"]);
    let command = "wplint --write-baseline .wplint-baseline.json app --select ha,references";
    assert_eq!(ran.status, 1);
    assert!(ran.err.starts_with(hint) && ran.err.ends_with(&format!(": {command}\n")), "{}", ran.err);
    for args in [&["--quiet"][..], &["--format", "json"], &["--format", "concise"], &["--only", "app"]] {
        assert!(!tree.run(args).err.contains(hint), "{args:?}");
    }
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let adopted = tree.run(&words);
    assert_eq!(adopted.status, 0);
    assert!(adopted.out.contains("no findings ("), "the report is short: {}", adopted.out);
    let next = "wplint --baseline .wplint-baseline.json app --select ha,references";
    assert!(adopted.err.ends_with(&format!("from now on: {next}\n")), "{}", adopted.err);
    let words: Vec<&str> = next.split(' ').skip(1).collect();
    let ran = tree.run(&words);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
}

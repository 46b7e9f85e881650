//! What charts and kustomizations are rendered to, on standard input: findings lead back to the files that people edit.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A report of what is piped into the program in a directory.
fn piped(directory: &Path, input: &str, args: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wplint"))
        .args(["-", "--no-config", "--select", "affinity-packs-replicas,single-replica"])
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8(output.stdout).expect("UTF-8")
}

const TEMPLATE: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      {{- with .Values.affinity }}
      affinity: {{ toYaml . | nindent 8 }}
      {{- end }}
      affinity:
        podAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}
      containers: [{name: web, image: {{ .Values.image }}}]
";

/// What `helm template` makes of a chart called `shop`.
fn rendered() -> String {
    let body = TEMPLATE.lines().filter(|line| !line.contains("{{-") && !line.contains("toYaml"));
    let body: Vec<String> = body
        .map(|line| {
            let line = line.replace("{{ .Release.Name }}", "r").replace("{{ .Values.replicas }}", "3");
            line.replace("{{ .Values.image }}", "nginx:1.29")
        })
        .collect();
    format!("---\n# Source: shop/templates/web.yaml\n{}\n", body.join("\n"))
}

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a temporary directory");
    for (path, text) in files {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        fs::write(path, text).expect("writable");
    }
    tree
}

#[test]
fn a_chart_is_found_by_its_name_below_charts_or_around() {
    for place in ["shop/templates/web.yaml", "charts/shop/templates/web.yaml", "templates/web.yaml"] {
        let tree = tree(&[(place, TEMPLATE)]);
        let out = piped(tree.path(), &rendered(), &["--format", "concise"]);
        assert!(out.starts_with("<stdin>:14:9: error[affinity-packs-replicas] "), "{out}");
        assert!(out.trim_end().ends_with(&format!("(from {place}:15)")), "{out}");
    }
}

#[test]
fn every_format_points_at_the_template() {
    let tree = tree(&[("shop/templates/web.yaml", TEMPLATE)]);
    let run = |format: &str| piped(tree.path(), &rendered(), &["--format", format]);
    assert!(run("pretty").contains("\n  from: shop/templates/web.yaml:15\n"), "{}", run("pretty"));
    assert!(
        run("github").starts_with("::error file=shop/templates/web.yaml,line=15,title="),
        "{}",
        run("github")
    );
    let json = |format: &str| serde_json::from_str::<serde_json::Value>(&run(format)).expect("JSON");
    let finding = &json("json")["findings"][0];
    assert_eq!(finding["origin"], serde_json::json!({"path": "shop/templates/web.yaml", "line": 15}));
    assert_eq!(finding["location"]["path"], "<stdin>");
    let location = &json("gitlab")[0]["location"];
    assert_eq!(location["path"], "shop/templates/web.yaml");
    assert_eq!(location["lines"]["begin"], 15);
    let physical = &json("sarif")["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "shop/templates/web.yaml");
    assert_eq!(physical["region"], serde_json::json!({"startLine": 15}));
    assert!(run("junit").contains("classname=\"shop/templates/web.yaml\""), "{}", run("junit"));
}

#[test]
fn a_chart_that_is_not_here_is_only_named() {
    let tree = tree(&[("other.yaml", "a: 1\n")]);
    let out = piped(tree.path(), &rendered(), &["--format", "concise"]);
    assert!(out.trim_end().ends_with("(from shop/templates/web.yaml)"), "{out}");
    let out = piped(tree.path(), &rendered(), &["--format", "github"]);
    assert!(out.starts_with("::error file=<stdin>,line=14,"), "{out}");
    // No line of a template is named that may not be the one.
    let twice = format!("{TEMPLATE}---\n{TEMPLATE}");
    let chart = self::tree(&[("shop/templates/web.yaml", &twice)]);
    let out = piped(chart.path(), &rendered(), &["--format", "concise"]);
    assert!(out.trim_end().ends_with("(from shop/templates/web.yaml)"), "{out}");
}

#[test]
fn odd_sources_do_no_harm() {
    let tree = tree(&[("shop/templates/web.yaml", TEMPLATE)]);
    let secret = "../../etc/passwd";
    for source in ["", " ", "/etc/passwd", "\u{1b}[31mred", secret] {
        let input = rendered().replace("shop/templates/web.yaml", source);
        let out = piped(tree.path(), &input, &["--format", "concise"]);
        assert!(source.contains('\u{1b}') || out.contains("error[affinity-packs-replicas]"), "{out}");
        assert!(!out.contains('\u{1b}'), "{out}");
        assert!(source != secret || !out.contains("root:"), "{out}");
    }
}

#[test]
fn a_kustomization_tells_by_annotations() {
    let base = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
";
    let tree =
        tree(&[("base/web.yaml", base), ("overlays/prod/kustomization.yaml", "resources: [../../base]\n")]);
    // Files are looked for in the repository only.
    std::fs::create_dir(tree.path().join(".git")).expect("a repository");
    let annotated = base.replace(
        "  name: web\n",
        "  annotations:\n    config.kubernetes.io/origin: |\n      path: ../../base/web.yaml\n  name: web\n",
    );
    let out = piped(&tree.path().join("overlays/prod"), &annotated, &["--format", "concise"]);
    assert!(out.trim_end().ends_with("(from ../../base/web.yaml:6)"), "{out}");
    let named = &["--format", "concise", "--stdin-filename", "overlays/prod/all.yaml"];
    let out = piped(tree.path(), &annotated, named);
    assert!(out.trim_end().ends_with("(from base/web.yaml:6)"), "{out}");
    let remote = annotated.replace(
        "      path: ../../base/web.yaml\n",
        "      path: base/web.yaml\n      repo: https://example.org/shop\n      ref: v1\n",
    );
    let out = piped(tree.path(), &remote, &["--format", "concise"]);
    assert!(out.trim_end().ends_with("(from https://example.org/shop//base/web.yaml)"), "{out}");
}

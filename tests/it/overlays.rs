//! Kustomizations as they are judged: what is deployed decides, and the line somebody would edit is shown.

use wplint::lint::lint_texts;
use wplint::run::{Run, Status};
use wplint::settings::Settings;

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
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports: [{port: 80}]
";

fn run(files: &[(&str, &str)]) -> Run {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    lint_texts(files, &Settings::default())
}

/// `path:line rule` of what is shown of some rules.
fn shown(run: &Run, rules: &[&str]) -> Vec<String> {
    let own = run.findings.iter().filter(|one| one.status == Status::Shown);
    own.filter(|one| rules.contains(&one.finding.rule.name()))
        .map(|one| {
            let file = &run.files[one.finding.span.file.0 as usize];
            format!("{}:{} {}", file.path, file.place(one.finding.span.start).line, one.finding.rule.name())
        })
        .collect()
}

#[test]
fn a_base_that_an_overlay_completes_is_silent() {
    let base = WEB.replace("  replicas: 2\n", "  replicas: 1\n");
    let files = [
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", base.as_str()),
        ("prod/kustomization.yaml", "resources: [../base]\nreplicas: [{name: web, count: 3}]\n"),
    ];
    assert_eq!(shown(&run(&files), &["single-replica"]), [""; 0]);
}

const BROKEN: &str = "resources: [../base]
patches:
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        replicas: 1
";

#[test]
fn what_a_patch_breaks_is_reported_at_the_patch() {
    let files = [
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", WEB),
        ("prod/kustomization.yaml", BROKEN),
    ];
    let run = run(&files);
    assert_eq!(shown(&run, &["single-replica"]), ["prod/kustomization.yaml:9 single-replica"]);
    let finding = run.findings.iter().find(|one| one.finding.rule.name() == "single-replica").expect("found");
    let file = &run.files[finding.finding.span.file.0 as usize];
    assert_eq!(&file.text[finding.finding.span.range()], "1");
    let other = |span: wplint::files::Span| run.files[span.file.0 as usize].path == "base/web.yaml";
    assert!(finding.finding.also.iter().any(|label| other(label.span)), "the base is not shown");
}

#[test]
fn marks_count_at_either_place() {
    let mark = " # wplint: ignore[single-replica] one is enough\n";
    let base = WEB.replace("  replicas: 2\n", &format!("  replicas: 2{mark}"));
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n";
    let marked = patch.replace("replicas: 1\n", &format!("replicas: 1{mark}"));
    for (base, patch, silent) in [(WEB, patch, false), (&base, patch, true), (WEB, &marked, true)] {
        let files = [
            ("base/kustomization.yaml", "resources: [web.yaml]\n"),
            ("base/web.yaml", base),
            ("prod/kustomization.yaml", "resources: [../base]\npatches: [{path: patch.yaml}]\n"),
            ("prod/patch.yaml", patch),
        ];
        assert_eq!(shown(&run(&files), &["single-replica"]).is_empty(), silent);
    }
}

#[test]
fn overlays_that_differ_are_named() {
    let base = WEB.replace("  replicas: 2\n", "  replicas: 1\n");
    let files = [
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", base.as_str()),
        ("dev/kustomization.yaml", "resources: [../base]\n"),
        ("prod/kustomization.yaml", "resources: [../base]\n"),
        ("stage/kustomization.yaml", "resources: [../base]\nreplicas: [{name: web, count: 3}]\n"),
    ];
    let run = run(&files);
    assert_eq!(shown(&run, &["single-replica"]), ["base/web.yaml:6 single-replica"]);
    let finding = run.findings.iter().find(|one| one.finding.rule.name() == "single-replica").expect("found");
    assert_eq!(
        finding.finding.notes.last().map(String::as_str),
        Some("found in the kustomizations dev, prod; not reported in stage")
    );
}

#[test]
fn a_prefix_that_breaks_a_host_is_said_once() {
    // C24
    let all = WEB.replace(
        "          image: example/web\n",
        "          image: example/web\n          env: [{name: DB_HOST, value: db}]\n",
    ) + "---\napiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {ports: [{port: 5432}]}\n";
    let files =
        [("kustomization.yaml", "namePrefix: dev-\nresources: [all.yaml]\n"), ("all.yaml", all.as_str())];
    let rules = ["prefix-breaks-host", "host-unresolved"];
    assert_eq!(shown(&run(&files), &rules), ["all.yaml:16 prefix-breaks-host"]);
    let files = [("kustomization.yaml", "resources: [all.yaml]\n"), ("all.yaml", all.as_str())];
    assert_eq!(shown(&run(&files), &rules), [""; 0]);
}

#[test]
fn what_a_kustomization_misses_is_an_error() {
    let files = [("kustomization.yaml", "resources: [a.yaml, b.yaml]\n"), ("a.yaml", WEB)];
    assert_eq!(shown(&run(&files), &["kustomization-broken"]), ["kustomization.yaml:1 kustomization-broken"]);
    let files =
        [("kustomization.yaml", "resources: [a.yaml]\n"), ("kustomization.yml", "{}\n"), ("a.yaml", WEB)];
    assert_eq!(shown(&run(&files), &["kustomization-broken"]).len(), 1);
    let files = [
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../a]\n"),
        ("c/kustomization.yaml", "resources: [../a]\n"),
    ];
    assert_eq!(shown(&run(&files), &["kustomization-broken"]).len(), 1);
}

#[test]
fn nothing_makes_it_panic() {
    for text in [
        "resources: {a: b}\n",
        "resources: [[a]]\npatches: a\n",
        "patches: [{patch: '[1, 2]', target: {kind: '('}}]\nresources: [a.yaml]\n",
        "patches: [{patch: '- op: add', target: {}}]\nresources: [a.yaml]\n",
        "namePrefix: [a]\nnamespace: {}\ncommonLabels: [a]\nlabels: [a, {pairs: b}]\nresources: [a.yaml]\n",
        "images: [{name: '('}, a]\nreplicas: [a, {name: web, count: [1]}]\nresources: [a.yaml]\n",
        "replacements: [a, {source: b, targets: c}]\nresources: [a.yaml]\n",
        "configMapGenerator: [a, {name: b, literals: [c], files: [d=e=f, '=']}]\n",
        "resources: [., .., '']\n",
        "patches: [{patch: 'kind: Deployment'}, {patch: ''}, {path: a.yaml}]\nresources: [a.yaml]\n",
    ] {
        run(&[("kustomization.yaml", text), ("a.yaml", WEB)]);
    }
}

#[test]
fn what_a_patch_only_says_again_is_found_where_it_was_written() {
    let base = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx
";
    let patch = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: web
          env: [{name: A, value: b}]
";
    let files = [
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", base),
        ("a/kustomization.yaml", "resources: [../base]\n"),
        ("b/kustomization.yaml", "resources: [../base]\npatches: [{path: p.yaml}]\n"),
        ("b/p.yaml", patch),
    ];
    let texts = files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec();
    let run = lint_texts(texts, &Settings::default());
    let said: Vec<String> = run
        .findings
        .iter()
        .filter(|one| matches!(one.finding.rule.name(), "single-replica" | "requests-missing"))
        .map(|one| format!("{} {}", run.files[one.finding.span.file.0 as usize].path, one.finding.message))
        .collect();
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said.iter().all(|one| one.starts_with("base/web.yaml ") && !one.contains("not in")), "{said:#?}");
}

#[test]
fn a_patch_that_names_some_items_and_others_not_claims_nothing() {
    let base = "apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
        - name: db
          image: example/db
          volumeMounts: [{name: a, mountPath: /a}, {name: b, mountPath: /b}]
      volumes: [{name: a, emptyDir: {}}]
";
    let patch = "apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  template:
    spec:
      containers:
        - name: db
          volumeMounts:
            - {name: a, mountPath: /a}
            - {name: b, $patch: delete}
";
    let files = [
        ("db.yaml", base),
        ("kustomization.yaml", "resources: [db.yaml]\npatches: [{path: p.yaml}]\n"),
        ("p.yaml", patch),
    ];
    let texts = files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec();
    let run = lint_texts(texts, &Settings::default());
    assert!(
        run.findings.iter().all(|one| one.finding.rule.name() != "volume-source-missing"),
        "{:#?}",
        run.findings
    );
}

//! The fuzz targets on mutations of what ships with the project: a few seconds of what a fuzzer does for hours.
//! `WPLINT_CASES` makes it longer, and `WPLINT_SEED` makes it another search.

#[path = "../../fuzz/targets/mod.rs"]
mod targets;

use targets::{PLANTED, Random, mutate};

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn below(folder: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut open = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = open.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::path);
        for path in entries.iter().map(std::fs::DirEntry::path) {
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => open.push(path),
                Some("yaml" | "yml" | "json" | "md") => texts.extend(std::fs::read_to_string(path)),
                _ => {}
            }
        }
    }
    texts
}

/// Folders that are evaluated: a chart, and an overlay with a base, a component, copies and a secret.
const FOLDERS: &[&str] = &[
    r#"# file: Chart.yaml
apiVersion: v2
name: web
version: 1.0.0
# file: values.yaml
replicas: 2
image: {name: web, tag: '1'}
# file: templates/a.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
  labels: {{- include "labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "{{ .Values.image.name }}:{{ .Values.image.tag | default "2" }}"}
# file: templates/_helpers.tpl
{{ define "labels" }}
app: {{ .Chart.Name | quote }}
{{ end }}
"#,
    r"# file: base/kustomization.yaml
resources: [web.yaml]
configMapGenerator: [{name: g, literals: [a=b]}]
# file: base/web.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: web, annotations: {a: b}}
data: {a: b/c}
# file: prod/kustomization.yaml
resources: [../base]
namePrefix: prod-
components: [../part]
replacements:
- source: {kind: ConfigMap, name: web, fieldPath: data.a}
  targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.annotations.a], options: {create: true, delimiter: /}}]
patches:
- target: {kind: ConfigMap}
  patch: |-
    - {op: copy, from: /data, path: /metadata/annotations}
# file: part/kustomization.yaml
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
commonLabels: {a: b}
",
];

const CONFIGURATION: &str = r"kubernetesVersion: '1.30-1.33'
select: [ha, schema]
ignore: [pdb-missing]
severity: {single-replica: info}
exclude: ['vendor/**']
overrides:
  - paths: ['dev/**']
    ignore: [ha]
    reason: one node
  - object: {kind: Service, name: web}
    ignore: [schema]
cluster: {nodes: 3, zones: 3, domain: cluster.local}
external: {services: ['payments/*'], secrets: ['*-tls']}
rules:
  single-replica: {minimum: 2}
workloads:
  - {apiVersion: example.com/v1, kind: App, replicas: .spec.replicas, selector: .spec.selector, template: .spec.template}
maxFileSize: 1Mi
failOn: info
";

const BASELINE: &str = r#"{"version": 1, "entries": [
  {"fingerprint": "00112233", "rule": "service-selects-nothing", "path": "a.yaml", "object": null, "count": 18446744073709551615},
  {"fingerprint": "00112233", "rule": "all", "path": "../a.yaml", "object": "Service web", "count": 1}
]}
"#;

/// Fixtures, and the blocks of all rule pages.
fn manifests() -> Vec<String> {
    let mut texts = below("fixtures");
    for page in below("rules") {
        let blocks = page.split("```yaml").skip(1).filter_map(|block| block.split("```").next());
        texts.extend(blocks.filter_map(|block| Some(block.split_once('\n')?.1.to_owned())));
    }
    texts.retain(|text| text.len() < 8_000);
    assert!(texts.len() > 100, "{} texts", texts.len());
    texts
}

fn search(name: &str, cases: usize, corpus: &[String], target: fn(&str)) {
    let mut random = Random::new(number("WPLINT_SEED", 20_261_127) as u64);
    for case in 0..number("WPLINT_CASES", cases) {
        let text = mutate(&corpus[random.below(corpus.len())], &mut random);
        let failed = std::panic::catch_unwind(|| target(&text)).is_err();
        assert!(!failed, "{name}, case {case}:\n{text}");
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn readers_of_yaml_agree_on_mutations() {
    search("yaml", 3000, &manifests(), targets::yaml);
}

#[test]
fn mutated_files_are_linted_and_reported() {
    search("file", 60, &manifests(), targets::file);
}

#[test]
fn mutated_fixes_are_linted() {
    search("fixes", 40, &manifests(), targets::fixes);
}

#[test]
fn mutated_folders_are_linted_and_reported() {
    search("files", 30, &texts(FOLDERS), targets::files);
}

#[test]
fn mutated_configurations_are_refused_or_used() {
    search("config", 300, &texts(&[CONFIGURATION]), targets::config);
}

#[test]
fn mutated_baselines_are_refused_or_used() {
    search("baseline", 100, &texts(&[BASELINE]), targets::baseline);
}

#[test]
fn secrets_with_slips_are_not_shown() {
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\nstringData:\n  password: {PLANTED}\n  other: '{PLANTED}'\n"
    );
    let mut random = Random::new(number("WPLINT_SEED", 1) as u64);
    for case in 0..number("WPLINT_CASES", 150) {
        let text = mutate(&secret, &mut random);
        // Where nothing says any more that it is a Secret, nobody can know.
        if text.contains("kind: Secret\n") && text.contains("stringData:\n") {
            let failed = std::panic::catch_unwind(|| targets::file(&text)).is_err();
            assert!(!failed, "case {case}:\n{text}");
        }
    }
}

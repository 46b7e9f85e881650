//! Where charts get values from: sets of Applications, and TOML as templates read and write it.

use std::sync::Arc;

use wplint::files::{FileId, SourceFile};
use wplint::helm;
use wplint::lint;
use wplint::settings::Settings;

use crate::support::shown;

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

/// What the only template of a chart prints below `data`.
fn data(lines: &str, values: &str, key: &str) -> String {
    let template = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{lines}");
    let files = [("Chart.yaml", CHART), ("templates/a.yaml", &template), ("values.yaml", values)];
    let file = |(at, (path, text)): (usize, &(&str, &str))| {
        Arc::new(SourceFile::new(FileId(at as u32), *path, *text))
    };
    let mut shelf = helm::Shelf::new(files.iter().enumerate().map(file).collect(), None);
    let package = Arc::new(helm::load("", &mut shelf).expect("a chart"));
    let request =
        helm::Request { values: Vec::new(), release: "a".to_owned(), namespace: "b".to_owned(), crds: false };
    let cluster = helm::Cluster { version: "v1.33.0", serves: &|_| false };
    let outcome = helm::evaluate(&package, &request, cluster, shelf.files());
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    let data = outcome.objects[0].mapped.tree.root().get("data").expect("data");
    data.get(key).expect("the key").text().to_owned()
}

/// The text is what Helm 3.17 prints: the backslash counts, too.
#[test]
fn long_lines_are_broken_where_go_breaks_them() {
    let text = format!("{} \n{}  {} dd eeeeeeeee", "a".repeat(76), "b".repeat(4), "c".repeat(74));
    let values = format!("text: {}\n", serde_json::to_string(&text).expect("a text"));
    let wanted = format!("k: \"{} \\nbbbb\n  \\ {} dd\n  eeeeeeeee\"", "a".repeat(76), "c".repeat(74));
    assert_eq!(data("  a: {{ toYaml (dict \"k\" .Values.text) | toJson }}\n", &values, "a"), wanted);
}

/// The texts are those that Helm 3.17 prints.
#[test]
fn toml_is_written_as_go_writes_it() {
    let values = r#"a:
  int: 5
  big: 1234567
  f: 1.5
  tiny: 0.00000012
  s: "a'b\"c\\d\ttab\nnl\u0001\u007fé"
  b: true
  n: null
  list: [1, x, [2, 3]]
  "odd key": 1
  "é": 2
  "": 3
  tables: [{x: 1, z: {z: 2}}, {x: 2}]
  mixedlist: [{x: 1, sub: {q: 1}, arr: [{m: 1}]}, 2]
  emptylist: []
  emptymap: {}
  sub:
    k: v
    deep:
      q: r
      deeper: {s: t}
"#;
    let wanted = r#""" = 3.0
b = true
big = 1234567.0
emptylist = []
f = 1.5
int = 5.0
list = [1.0, "x", [2.0, 3.0]]
mixedlist = [{x = 1.0, arr = [{m = 1.0}], sub = {q = 1.0}}, 2.0]
"odd key" = 1.0
s = "a'b\"c\\d\ttab\nnl\u0001\u007fé"
tiny = 0.00000012
"é" = 2.0

[emptymap]

[sub]
  k = "v"
  [sub.deep]
    q = "r"
    [sub.deep.deeper]
      s = "t"

[[tables]]
  x = 1.0
  [tables.z]
    z = 2.0

[[tables]]
  x = 2.0
"#;
    let written = data("  a: {{ toToml .Values.a | quote }}\n", values, "a");
    assert_eq!(written, wanted);
    for (lines, wanted) in [
        ("toToml (dict \"a\" (list 1 nil))", "toml: cannot encode array with nil element"),
        ("toToml 5", "5"),
        ("toToml \"x\"", "\"x\""),
        (
            "toToml (dict \"a\" 5 \"b\" 7000000 \"c\" 1.0 \"d\" 2e30)",
            "a = 5\nb = 7000000\nc = 1.0\nd = 2000000000000000000000000000000.0\n",
        ),
    ] {
        assert_eq!(data(&format!("  a: {{{{ {lines} | quote }}}}\n"), "a: b\n", "a"), wanted, "{lines}");
    }
}

#[test]
fn toml_is_read_with_the_types_of_go() {
    let values = "t: |\n  i = 5\n  h = 0xff\n  f = 1.0\n  e = 1e3\n  s = 'x'\n  b = true\n  mix = [1, 'a', {x = 1}]\n  [a.b]\n  c = 1\n  [[t]]\n  x = 1\n  [[t]]\n  x = 2\n";
    let lines = |text: &str| format!("  a: {{{{ $t := fromToml .Values.t }}}}{text}\n");
    for (text, wanted) in [
        (
            "{{ printf \"%v\" $t | quote }}",
            "map[a:map[b:map[c:1]] b:true e:1000 f:1 h:255 i:5 mix:[1 a map[x:1]] s:x t:[map[x:1] map[x:2]]]",
        ),
        (
            "{{ range $k, $v := $t }}{{ $k }}={{ kindOf $v }},{{ end }}",
            "a=map,b=bool,e=float64,f=float64,h=int64,i=int64,mix=slice,s=string,t=slice,",
        ),
        ("{{ add $t.i 1 }} {{ $t.f }} {{ eq $t.i 5 }}", "6 1 true"),
        (
            "{{ toToml $t | quote }}",
            "b = true\ne = 1000.0\nf = 1.0\nh = 255\ni = 5\nmix = [1, \"a\", {x = 1}]\ns = \"x\"\n\n[a]\n  [a.b]\n    c = 1\n\n[[t]]\n  x = 1\n\n[[t]]\n  x = 2\n",
        ),
        ("{{ hasKey (fromToml \"a = \") \"Error\" }}{{ toJson (fromToml \"\") }}", "true{}"),
    ] {
        assert_eq!(data(&lines(text), values, "a"), wanted, "{text}");
    }
    let deep = format!("t: \"a = {}1{}\"\n", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(data(&lines("{{ hasKey $t \"Error\" }}"), &deep, "a"), "true");
}

const WEB: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}"}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1", resources: {{ toJson .Values.resources }}}]}
"#;

/// `path:text under the line: severity[rule]` for what is said of `charts/web` with these files beside it.
fn with_set(set: &str, more: &[(&str, &str)]) -> Vec<String> {
    let own = [
        ("charts/web/Chart.yaml", CHART),
        ("charts/web/templates/web.yaml", WEB),
        ("charts/web/values.yaml", "replicas: 2\nresources: {requests: {cpu: 1, memory: 1Gi}}\n"),
        ("set.yaml", set),
    ];
    let texts = own.iter().chain(more).map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let run = lint::lint_texts(texts.collect(), &Settings::default());
    shown(&run)
}

fn set(spec: &str) -> String {
    format!("apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: all}}\nspec:\n{spec}")
}

#[test]
fn a_list_of_applications_is_environments() {
    let list = set(
        "  generators:\n    - list:\n        elements:\n          - {env: dev, count: 1x}\n          - {env: prod, count: 3}\n  template:\n    metadata: {name: 'web-{{env}}'}\n    spec:\n      destination: {namespace: '{{env}}'}\n      source:\n        path: charts/web\n        helm:\n          releaseName: 'web-{{ env }}'\n          valueFiles: ['../../env/{{env}}.yaml']\n          valuesObject:\n            replicas: '{{count}}'\n",
    );
    let all = with_set(
        &list,
        &[
            ("env/dev.yaml", "resources: {requests: {cpu: 1y}}\n"),
            ("env/prod.yaml", "resources: {requests: {cpu: 1, memory: 2z}}\n"),
        ],
    );
    for one in ["env/dev.yaml:1y: error[invalid-value]", "env/prod.yaml:2z: error[invalid-value]"] {
        assert!(all.contains(&one.to_owned()), "{one}: {all:#?}");
    }
    assert!(all.iter().any(|one| one.starts_with("set.yaml") && one.contains("wrong-type")), "{all:#?}");
    assert!(all.iter().all(|one| !one.contains("chart-not-evaluated")), "{all:#?}");
}

#[test]
fn directories_and_files_of_the_repository_make_applications() {
    let directories = set(
        "  goTemplate: true\n  generators:\n    - git:\n        directories:\n          - path: charts/*\n          - {path: charts/old, exclude: true}\n  template:\n    metadata: {name: '{{.path.basename}}'}\n    spec:\n      source:\n        path: '{{ .path.path }}'\n        helm: {valuesObject: {replicas: 1, resources: {requests: {cpu: 5x}}}}\n",
    );
    let all = with_set(&directories, &[]);
    assert!(all.contains(&"set.yaml:5x: error[invalid-value]".to_owned()), "{all:#?}");
    let files = set(
        "  generators:\n    - matrix:\n        generators:\n          - git: {files: [{path: 'env/*.yaml'}]}\n          - list: {elements: [{part: a}, {part: b}]}\n  template:\n    metadata: {name: '{{path.filename}}-{{part}}'}\n    spec:\n      source:\n        path: charts/web\n        helm: {valueFiles: ['/values/{{web.size}}-{{part}}.yaml']}\n",
    );
    let all = with_set(
        &files,
        &[
            ("env/one.yaml", "web: {size: small}\n"),
            ("values/small-a.yaml", "resources: {requests: {cpu: 1}}\n"),
            ("values/small-b.yaml", "resources: {requests: {cpu: 6x}}\n"),
        ],
    );
    assert!(all.contains(&"values/small-b.yaml:6x: error[invalid-value]".to_owned()), "{all:#?}");
    let merged = set(
        "  generators:\n    - merge:\n        mergeKeys: [env]\n        generators:\n          - list: {elements: [{env: dev, cpu: '1'}, {env: prod, cpu: '1'}]}\n          - list: {elements: [{env: prod, cpu: 7x}]}\n  template:\n    metadata: {name: '{{env}}'}\n    spec:\n      source:\n        path: charts/web\n        helm: {values: 'resources: {requests: {cpu: \"{{cpu}}\"}}'}\n",
    );
    let all = with_set(&merged, &[]);
    let wrong = all.iter().filter(|one| one.ends_with("error[invalid-value]")).count();
    assert_eq!(wrong, 1, "{all:#?}");
}

#[test]
fn what_only_a_server_knows_is_said_once() {
    let clusters = set(
        "  generators:\n    - clusters: {}\n  template:\n    metadata: {name: '{{name}}'}\n    spec:\n      source: {path: charts/web, helm: {values: 'replicas: 3'}}\n",
    );
    let said = |set: &str| {
        let all = with_set(set, &[]).into_iter().filter(|one| one.starts_with("set.yaml"));
        all.filter(|one| one.contains("chart-not-evaluated")).collect::<Vec<_>>()
    };
    assert_eq!(said(&clusters), ["set.yaml:clusters: info[chart-not-evaluated]"]);
    // It deploys something else.
    assert_eq!(said(&clusters.replace("charts/web", "manifests")), [""; 0]);
}

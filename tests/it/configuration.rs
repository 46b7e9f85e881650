//! The configuration file: every key changes something, every mistake is told at once and where it stands.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use wplint::settings::Settings;

/// Manifests to which every key makes a difference.
const TREE: &[(&str, &str)] = &[
    (
        "app/web.yaml",
        r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: true
      serviceAccountName: gone
      containers:
        - {name: web, image: "web:1", env: [{name: API_URL, value: "http://api.shop.svc.cluster.local"}], envFrom: [{secretRef: {name: gone}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: a.example.com/rack, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: api}}}
      containers: [{name: api, image: "api:1"}]
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{port: 80}]}
---
apiVersion: example.com/v1
kind: App
metadata: {name: own, namespace: shop}
spec:
  count: 1
  pods: {matchLabels: {app: wrong}}
  template:
    metadata: {labels: {app: own}}
    spec: {containers: [{name: own, image: "own:1"}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [get, list]}
  - {apiGroups: [""], resources: [pods/exec], verbs: [create]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec: {podSelector: {matchLabels: {app: api}}, policyTypes: [Ingress], ingress: [{}]}
---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: api, namespace: shop}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: api}}}
---
apiVersion: v1
kind: Pod
metadata: {name: alone, namespace: other}
spec: {containers: [{name: alone, image: "alone:1"}]}
"#,
    ),
    (
        "far/job.yaml",
        r#"apiVersion: batch/v1
kind: Job
metadata: {name: far, namespace: far}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: far, image: "far:1", envFrom: [{configMapRef: {name: gone}}]}]}}}
"#,
    ),
    (
        "chart/Chart.yaml",
        r#"apiVersion: v2
name: demo
version: 1.0.0
"#,
    ),
    (
        "chart/values.yaml",
        r#"replicas: 2
port: 80
"#,
    ),
    (
        "chart/templates/all.yaml",
        r#"apiVersion: v1
kind: Service
metadata: {name: "{{ .Release.Name }}-web"}
spec: {selector: {app: "{{ .Release.Name }}"}, ports: [{port: {{ .Values.port }}}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Namespace }}"}
"#,
    ),
    (
        "env/prod.yaml",
        r#"port: 99999
"#,
    ),
    (
        "env/base.yaml",
        r#"ignore: [ha]
"#,
    ),
    (
        "laws/own.yaml",
        r#"rules:
  policy/no-web:
    expression: object.metadata.name != 'web'
"#,
    ),
];

/// A policy that asks who applies the manifests.
const POLICY: &str = "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]
  validations: [{expression: \"EXPRESSION\"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: p}
spec: {policyName: p, validationActions: [Deny]}
";

/// The policies that `cluster.request` is tried with.
const ASKED: &[(&str, &str)] = &[
    ("username", "request.userInfo.username == 'other'"),
    ("uid", "request.userInfo.uid == '1'"),
    ("groups", "'a' in request.userInfo.groups"),
    ("dryRun", "!request.dryRun"),
    ("fieldManager", "request.options.fieldManager == 'a'"),
];

const JSON: &[&str] = &["--format", "json", "app", "chart", "far"];

/// For each key, what is run, and two configurations that differ in it.
const KEYS: &[(&str, &[&str], &str, &str)] = &[
    ("extends", JSON, "{}", "extends: env/base.yaml"),
    ("baseline", JSON, "{}", "baseline: known.json"),
    ("failOn", JSON, "{}", "failOn: never"),
    ("format", &[], "{}", "format: concise"),
    ("since", JSON, "{}", "since: nowhere"),
    ("maxFileSize", JSON, "{}", "maxFileSize: 1k"),
    ("kubernetesVersion", JSON, "{}", "kubernetesVersion: '1.24'"),
    ("select", JSON, "{}", "select: [ha]"),
    ("ignore", JSON, "{}", "ignore: [ha]"),
    ("severity", JSON, "{}", "severity: {ha: error}"),
    ("exclude", JSON, "{}", "exclude: [app/web.yaml]"),
    ("contexts.test", JSON, "{}", "contexts: {test: ['app/**']}"),
    ("contexts.expected", JSON, "{}", "contexts: {expected: ['app/**']}"),
    ("contexts.example", JSON, "{}", "contexts: {example: ['app/**']}"),
    ("contexts.vendored", JSON, "{}", "contexts: {vendored: ['app/**']}"),
    ("contexts.generated", JSON, "{}", "contexts: {generated: ['app/**']}"),
    ("contexts.kept", JSON, "{}", "contexts: {kept: ['app/**']}"),
    (
        "contexts.cluster",
        JSON,
        "contexts: {kept: ['app/**']}",
        "contexts: {cluster: ['app/**'], kept: ['app/**']}",
    ),
    (
        "overrides.paths",
        JSON,
        "overrides: [{paths: [nowhere], ignore: [ha]}]",
        "overrides: [{paths: ['app/**'], ignore: [ha]}]",
    ),
    (
        "overrides.ignore",
        JSON,
        "overrides: [{paths: ['app/**'], ignore: [schema]}]",
        "overrides: [{paths: ['app/**'], ignore: [ha]}]",
    ),
    (
        "overrides.reason",
        &["--format", "sarif", "app"],
        "overrides: [{paths: ['app/**'], ignore: [ha]}]",
        "overrides: [{paths: ['app/**'], ignore: [ha], reason: so}]",
    ),
    (
        "overrides.object.apiVersion",
        JSON,
        "overrides: [{object: {apiVersion: v1}, ignore: [ha]}]",
        "overrides: [{object: {apiVersion: apps/v1}, ignore: [ha]}]",
    ),
    (
        "overrides.object.kind",
        JSON,
        "overrides: [{object: {kind: Job}, ignore: [ha]}]",
        "overrides: [{object: {kind: Deployment}, ignore: [ha]}]",
    ),
    (
        "overrides.object.namespace",
        JSON,
        "overrides: [{object: {namespace: other}, ignore: [ha]}]",
        "overrides: [{object: {namespace: shop}, ignore: [ha]}]",
    ),
    (
        "overrides.object.name",
        JSON,
        "overrides: [{object: {name: other}, ignore: [ha]}]",
        "overrides: [{object: {name: web}, ignore: [ha]}]",
    ),
    ("cluster.nodes", JSON, "{}", "cluster: {nodes: 1}"),
    (
        "cluster.zones",
        &["survive", "--format", "json"],
        "cluster: {nodes: 3}",
        "cluster: {nodes: 3, zones: 3}",
    ),
    ("cluster.domain", JSON, "{}", "cluster: {domain: example.com}"),
    (
        "cluster.request.username",
        JSON,
        "policies: [laws/username.yaml]\ncluster: {request: {username: other}}",
        "policies: [laws/username.yaml]\ncluster: {request: {username: deployer}}",
    ),
    (
        "cluster.request.uid",
        JSON,
        "policies: [laws/uid.yaml]\ncluster: {request: {username: a, uid: '1'}}",
        "policies: [laws/uid.yaml]\ncluster: {request: {username: a, uid: '2'}}",
    ),
    (
        "cluster.request.groups",
        JSON,
        "policies: [laws/groups.yaml]\ncluster: {request: {username: a, groups: [a]}}",
        "policies: [laws/groups.yaml]\ncluster: {request: {username: a, groups: [b]}}",
    ),
    (
        "cluster.request.dryRun",
        JSON,
        "policies: [laws/dryRun.yaml]\ncluster: {request: {username: a, dryRun: false}}",
        "policies: [laws/dryRun.yaml]\ncluster: {request: {username: a, dryRun: true}}",
    ),
    (
        "cluster.request.fieldManager",
        JSON,
        "policies: [laws/fieldManager.yaml]\ncluster: {request: {username: a, fieldManager: a}}",
        "policies: [laws/fieldManager.yaml]\ncluster: {request: {username: a, fieldManager: b}}",
    ),
    ("complete", JSON, "{}", "complete: true"),
    ("rules.single-replica.minimum", JSON, "{}", "rules: {single-replica: {minimum: 5}}"),
    (
        "rules.replicas-not-spread.topologyKeys",
        JSON,
        "{}",
        "rules: {replicas-not-spread: {topologyKeys: [a.example.com/rack]}}",
    ),
    (
        "rules.required-label-missing.labels",
        JSON,
        "select: [all]",
        "select: [all]\nrules: {required-label-missing: {labels: [owner]}}",
    ),
    (
        "rules.required-label-missing.annotations",
        JSON,
        "select: [all]",
        "select: [all]\nrules: {required-label-missing: {annotations: [owner]}}",
    ),
    (
        "rules.role-dangerous.rights",
        JSON,
        "select: [all]",
        "select: [all]\nrules: {role-dangerous: {rights: [run-commands]}}",
    ),
    (
        "rules.pod-without-network-policy.always",
        JSON,
        "select: [all]",
        "select: [all]\nrules: {pod-without-network-policy: {always: true}}",
    ),
    (
        "rules.pod-without-network-policy.egress",
        JSON,
        "select: [all]",
        "select: [all]\nrules: {pod-without-network-policy: {egress: true}}",
    ),
    (
        "rules.policy.match.kinds",
        JSON,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'"}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", match: {kinds: [Job]}}}"#,
    ),
    (
        "rules.policy.match.labels",
        JSON,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'"}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", match: {labels: {app: other}}}}"#,
    ),
    (
        "rules.policy.match.namespaces",
        JSON,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'"}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", match: {namespaces: [other]}}}"#,
    ),
    (
        "rules.policy.match.paths",
        JSON,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'"}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", match: {paths: [other]}}}"#,
    ),
    (
        "rules.policy.each",
        JSON,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'"}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", each: object.spec.items}}"#,
    ),
    (
        "rules.policy.expression",
        JSON,
        "rules: {policy/a: {expression: 'true'}}",
        "rules: {policy/a: {expression: 'false'}}",
    ),
    (
        "rules.policy.message",
        JSON,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'"}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", message: wrong}}"#,
    ),
    (
        "rules.policy.severity",
        JSON,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'"}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", severity: info}}"#,
    ),
    (
        "rules.policy.help",
        JSON,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'"}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", help: do something}}"#,
    ),
    (
        "rules.policy.url",
        &["explain", "policy/a"],
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'"}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", url: https://example.com}}"#,
    ),
    (
        "rules.policy.at",
        JSON,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'"}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", at: object.spec.template}}"#,
    ),
    (
        "rules.policy.examples.bad",
        &["test"],
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", examples: {good: ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"]}}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", examples: {bad: ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"]}}}"#,
    ),
    (
        "rules.policy.examples.good",
        &["test"],
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", examples: {bad: ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"]}}}"#,
        r#"rules: {policy/a: {expression: "object.metadata.name != 'web'", examples: {bad: ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"], good: ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"]}}}"#,
    ),
    ("policies", JSON, "{}", "policies: [laws/own.yaml]"),
    ("security.level", JSON, "select: [security]", "select: [security]\nsecurity: {level: restricted}"),
    ("preset", JSON, "{}", "preset: production"),
    (
        "workloads.apiVersion",
        JSON,
        "workloads: [{apiVersion: other.example.com/v1, kind: App, replicas: .spec.count, selector: .spec.pods, template: .spec.template}]",
        "workloads: [{apiVersion: example.com/v1, kind: App, replicas: .spec.count, selector: .spec.pods, template: .spec.template}]",
    ),
    (
        "workloads.kind",
        JSON,
        "workloads: [{apiVersion: example.com/v1, kind: Other, replicas: .spec.count, selector: .spec.pods, template: .spec.template}]",
        "workloads: [{apiVersion: example.com/v1, kind: App, replicas: .spec.count, selector: .spec.pods, template: .spec.template}]",
    ),
    (
        "workloads.replicas",
        JSON,
        "workloads: [{apiVersion: example.com/v1, kind: App, selector: .spec.pods, template: .spec.template}]",
        "workloads: [{apiVersion: example.com/v1, kind: App, replicas: .spec.count, selector: .spec.pods, template: .spec.template}]",
    ),
    (
        "workloads.selector",
        JSON,
        "workloads: [{apiVersion: example.com/v1, kind: App, replicas: .spec.count, template: .spec.template}]",
        "workloads: [{apiVersion: example.com/v1, kind: App, replicas: .spec.count, selector: .spec.pods, template: .spec.template}]",
    ),
    (
        "workloads.template",
        JSON,
        "workloads: [{apiVersion: example.com/v1, kind: App, replicas: .spec.count, selector: .spec.pods, template: .spec.other}]",
        "workloads: [{apiVersion: example.com/v1, kind: App, replicas: .spec.count, selector: .spec.pods, template: .spec.template}]",
    ),
    (
        "charts.path",
        JSON,
        "charts: [{path: app, values: [env/prod.yaml]}]",
        "charts: [{path: chart, values: [env/prod.yaml]}]",
    ),
    ("charts.values", JSON, "charts: [{path: chart}]", "charts: [{path: chart, values: [env/prod.yaml]}]"),
    ("charts.set", JSON, "charts: [{path: chart}]", "charts: [{path: chart, set: {port: 99999}}]"),
    ("charts.release", JSON, "charts: [{path: chart}]", "charts: [{path: chart, release: Not_A_Name}]"),
    ("charts.namespace", JSON, "charts: [{path: chart}]", "charts: [{path: chart, namespace: Not_A}]"),
    (
        "require.match.apiVersion",
        JSON,
        "require: [{match: {apiVersion: batch/v1}, survives: [node]}]",
        "require: [{match: {apiVersion: apps/v1}, survives: [node]}]",
    ),
    (
        "require.match.kind",
        JSON,
        "require: [{match: {kind: Job}, survives: [node]}]",
        "require: [{match: {kind: Deployment}, survives: [node]}]",
    ),
    (
        "require.match.namespace",
        JSON,
        "require: [{match: {namespace: other}, survives: [node]}]",
        "require: [{match: {namespace: shop}, survives: [node]}]",
    ),
    (
        "require.match.name",
        JSON,
        "require: [{match: {name: other}, survives: [node]}]",
        "require: [{match: {name: web}, survives: [node]}]",
    ),
    (
        "require.survives",
        JSON,
        "require: [{match: {name: web}, survives: [rollout]}]",
        "require: [{match: {name: web}, survives: [node]}]",
    ),
];

fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    TREE.iter().for_each(|(path, text)| write(path, text));
    ASKED.iter().for_each(|(name, expression)| {
        write(&format!("laws/{name}.yaml"), &POLICY.replace("EXPRESSION", expression));
    });
    folder
}

/// What a run prints, and how it ends.
fn outcome(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let program = Command::new(env!("CARGO_BIN_EXE_wplint")).args(arguments).current_dir(folder).output();
    let output = program.expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// The keys of a schema that hold no other keys, each with the way to it.
fn leaves(schema: &Value, defs: &Value, way: &str, found: &mut BTreeSet<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(path) => &defs[path.rsplit('/').next().unwrap_or(path)],
        None => schema,
    };
    let keys = schema["properties"].as_object().into_iter().flatten();
    let own = schema["patternProperties"].as_object().into_iter().flatten();
    let own =
        own.map(|(pattern, value)| (pattern.trim_start_matches('^').split('/').next().unwrap_or(""), value));
    let below: Vec<(&str, &Value)> = keys.map(|(key, value)| (key.as_str(), value)).chain(own).collect();
    if below.is_empty() {
        match schema.get("items") {
            Some(items) => leaves(items, defs, way, found),
            None => drop(found.insert(way.to_owned())),
        }
    }
    for (key, value) in below {
        let way = if way.is_empty() { key.to_owned() } else { format!("{way}.{key}") };
        leaves(value, defs, &way, found);
    }
}

#[test]
fn every_key_changes_something() {
    let folder = tree();
    let known = outcome(folder.path(), &["--no-config", "--write-baseline", "known.json"]);
    assert_eq!(known.0, Some(0), "{known:?}");
    let run = |config: &str, arguments: &[&str]| {
        fs::write(folder.path().join(".wplint.yaml"), format!("{config}\n")).expect("a file");
        outcome(folder.path(), arguments)
    };
    for (key, arguments, without, with) in KEYS {
        let (one, other) = (run(without, arguments), run(with, arguments));
        assert_ne!(one, other, "{key} changes nothing");
        assert_ne!(one.0, Some(2), "{without}: {}", one.2);
        // A tree without a history has no revisions.
        assert!(other.0 != Some(2) || *key == "since", "{with}: {}", other.2);
    }
}

#[test]
fn every_key_is_tried() {
    let schema: Value = serde_json::from_str(&wplint::config::schema::text()).expect("JSON");
    let mut keys = BTreeSet::new();
    leaves(&schema, &schema["$defs"], "", &mut keys);
    // The lists of what exists elsewhere are tried in `external.rs`.
    keys.retain(|key| !key.starts_with("external."));
    let tried: BTreeSet<String> = KEYS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(keys, tried);
}

#[test]
fn every_mistake_is_told_at_once_and_where_it_stands() {
    for (config, mistakes) in [
        (
            "selct: [ha]\ncluster: {nodes: none, domian: a}\nexclude: [a, {}, b]\nseverity: {ha: warn, pdb: off}\n",
            &[
                "1:1: unknown key `selct` in the configuration",
                "2:18: `nodes` is a number of at least 1",
                "2:24: unknown key `domian` in `cluster`",
                "3:14: a text is expected here",
                "4:16: a severity is `error`, `warning` or `info`",
                "4:27: a severity is `error`, `warning` or `info`",
            ][..],
        ),
        (
            "overrides: [{paths: [a]}, x, {ignore: []}]\ncharts: {}\nrequire: [{survives: [nod]}, {match: 1}]\n",
            &[
                "1:13: an override needs `ignore`",
                "1:27: an override is a mapping",
                "1:30: an override needs `ignore`, a list of rules or groups",
                "1:30: an override needs `paths` or `object`",
                "2:9: `charts` is a list",
                "3:23: `nod` is not an event that can be survived",
                "3:30: a requirement needs `survives`",
                "3:38: `match` is a mapping",
            ],
        ),
        (
            "workloads:\n  - {kind: A, template: spec}\n  - {apiVersion: a/v1, kind: A}\nkubernetesVersion: '1'\nmaxFileSize: 3Gi\n",
            &[
                "2:25: `spec` is not a path",
                "3:5: a workload needs `template`",
                "4:20: `1` is not a Kubernetes version such as `1.33`",
                "5:14: `maxFileSize` is a size of up to 2 GiB, such as `64Mi`",
            ],
        ),
        (
            "rules:\n  policy/A: {expression: x, examples: {bad: [[]]}, match: {labels: 1}}\n  policy/b: {severity: bad}\n  policy/c: no\n",
            &[
                "2:3: `policy/A` is not a valid name of a rule",
                "2:46: a text is expected here",
                "2:68: `labels` is a mapping",
                "3:3: a rule needs `expression`",
                "3:24: a severity is `error`, `warning` or `info`",
                "4:13: a rule is a mapping",
            ],
        ),
        (
            "complete: maybe\ncomplete: true\nsecurity: {level: restrict}\nexternal: {service: []}\ncontexts: {tests: []}\n",
            &[
                "1:11: `complete` is `true` or `false`",
                "2:1: `complete` is written twice",
                "3:19: a level is `baseline` or `restricted`",
                "4:12: unknown key `service` in `external`",
                "5:12: unknown key `tests` in `contexts`",
            ],
        ),
        ("- select\n", &["1:1: the configuration is a mapping"]),
    ] {
        let error = Settings::from_config(config).map(drop).expect_err(config).to_string();
        let told: Vec<&str> =
            error.lines().map(|line| line.strip_prefix(".wplint.yaml:").unwrap_or(line)).collect();
        assert_eq!(told, mistakes, "{config}");
    }
}

#[test]
fn a_key_without_a_value_says_nothing() {
    for config in [
        "",
        "# nothing\n",
        "select:\n",
        "cluster: {nodes: , request: }\n",
        "security:\nexternal: {services: }\n",
    ] {
        Settings::from_config(config).unwrap_or_else(|error| panic!("{config}: {error}"));
    }
}

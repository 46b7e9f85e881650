//! What is wrong with the shape of an object, and where exactly.

use std::sync::Arc;

use wplint::files::{FileId, SourceFile};
use wplint::schema::{self, Problem, TroubleKind};
use wplint::yaml::{self, Step, Tree};

fn parse(text: &str) -> Tree {
    let source = Arc::new(SourceFile::new(FileId(0), "t.yaml", text));
    let pieces = yaml::split(text);
    let piece = pieces.iter().find(|piece| !text[piece.range()].trim().is_empty());
    yaml::parse(&source, piece.expect("a document")).expect("valid YAML")
}

/// The byte range of the only occurrence of a text.
fn range(text: &str, part: &str) -> std::ops::Range<usize> {
    assert_eq!(text.matches(part).count(), 1, "{part:?} must occur once in\n{text}");
    let start = text.find(part).expect("it was just counted");
    start..start + part.len()
}

#[test]
fn every_kind_survives_every_shape() {
    let shapes = ["1", "a", "[1, [], {}]", "{a: {b: [c]}}", "[[[]]]", "true", "~", "!!str 1", "'{{ a }}'"];
    for (api_version, kind) in schema::kinds() {
        for shape in shapes {
            let fields = ["metadata", "spec", "status", "data", "rules", "template", "webhooks", "subjects"];
            let body: String = fields.iter().map(|field| format!("{field}: {shape}\n")).collect();
            let tree = parse(&format!("apiVersion: {api_version}\nkind: {kind}\n{body}"));
            assert!(schema::troubles(tree.root()).is_some());
            schema::missing(tree.root());
        }
    }
}

#[test]
fn every_kind_decodes_and_reports_planted_fields() {
    for (api_version, kind) in schema::kinds() {
        let clean = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n");
        let tree = parse(&clean);
        let problems = schema::check(tree.root(), api_version, kind).expect("a known kind");
        assert!(problems.is_empty(), "{api_version} {kind}: {problems:?}");

        let planted = format!(
            "apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x, plantedA: 1}}\nplantedB: {{c: 1}}\n"
        );
        let tree = parse(&planted);
        let problems = schema::check(tree.root(), api_version, kind).expect("a known kind");
        assert_eq!(problems.len(), 2, "{api_version} {kind}: {problems:?}");
        for (problem, name) in problems.iter().zip(["plantedA", "plantedB"]) {
            assert!(matches!(problem, Problem::UnknownField { .. }), "{problem:?}");
            assert_eq!(problem.at().span().range(), range(&planted, name));
        }
    }
}

/// Every trouble as `line:source: message; help`.
fn report(text: &str) -> String {
    let tree = parse(text);
    let troubles = schema::troubles(tree.root()).expect("a built-in kind");
    let lines = troubles.iter().map(|trouble| {
        let line = 1 + text[..trouble.at.span().range().start].matches('\n').count();
        let source = trouble.at.source_text().lines().next().unwrap_or_default();
        let help = trouble.help.as_deref().map_or(String::new(), |help| format!("; {help}"));
        format!("{line}:{source}: {}{help}\n", trouble.message)
    });
    lines.collect()
}

fn expect(text: &str, reported: &[&str]) {
    let actual = report(text);
    assert_eq!(actual.lines().collect::<Vec<_>>(), reported, "\n{text}\nreports\n{actual}");
}

/// A manifest with one mistake of each kind.
const BAD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {ver: 1.10}
spec:
  replicas: \"3\"
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      affinity:
        podAntiAfinity: {}
      containers:
      - name: web
        image: web:1
        imagePulPolicy: Always
        args: foo
        ports:
        - containerPort: http
        env:
        - {name: A, value: true}
        - {name: B, value: 8080}
";

#[test]
fn one_pass_finds_everything() {
    expect(
        BAD,
        &[
            "5:1.10: `ver` wants a string, this is a number; quote it: `\"1.10\"`",
            "7:\"3\": `replicas` wants an integer, this is a string; remove the quotes",
            "13:podAntiAfinity: unknown field `podAntiAfinity` in `affinity`; did you mean `podAntiAffinity`?",
            "17:imagePulPolicy: unknown field `imagePulPolicy` in `containers`; did you mean `imagePullPolicy`?",
            "18:foo: `args` wants a list, this is a string; write it as a list: `[foo]`",
            "20:http: `containerPort` wants an integer, this is a string",
            "22:true: `value` wants a string, this is a boolean; quote it: `\"true\"`",
            "23:8080: `value` wants a string, this is an integer; quote it: `\"8080\"`",
        ],
    );
}

#[test]
fn misplaced_and_misspelt_fields_from_real_repositories() {
    expect(
        "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec:
  backend: {serviceName: a, servicePort: 80}
  rules:
  - http: {paths: [{path: /, pathType: Prefix, backend: {serviceName: a, servicePort: 80}}]}
",
        &[
            "5:backend: unknown field `backend` in `spec`; `backend` of v1beta1 is `defaultBackend` in v1",
            "7:serviceName: unknown field `serviceName` in `backend`; `serviceName` of v1beta1 is `service.name` in v1",
            "7:servicePort: unknown field `servicePort` in `backend`; `servicePort` of v1beta1 is `service.port.number` or `service.port.name` in v1",
        ],
    );
    expect(
        "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: '@daily'
  jobTemplate:
    spec:
      containers: [{name: a, image: a}]
      restartPolicy: Never
",
        &[
            "8:containers: unknown fields `containers` and `restartPolicy` in `spec`; indent them: they belong under `spec.jobTemplate.spec.template.spec`",
        ],
    );
    expect(
        "\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  imagePullSecretes: [{name: a}]
  volumeMounts: [{name: a, mountPath: /a}]
  containers:
  - name: a
    image: a
    volumes: [{name: a, emptyDir: {}}]
    livenessProbe: {perioidSeconds: 3, port: 80, tcpSocket: {port: 80}}
    limits: {cpu: 1}
    runAsNonRoot: true
    hostNetwork: true
  volumes:
  - name: data
    persistantVolumeClaim: {claimName: data}
  - name: gw
    scaleIO: {gateway: g, system: s, secretRef: {name: s}, protectionDoamin: d}
",
        &[
            "5:imagePullSecretes: unknown field `imagePullSecretes` in `spec`; did you mean `imagePullSecrets`?",
            "6:volumeMounts: unknown field `volumeMounts` in `spec`; this belongs under `spec.containers[]`",
            "10:volumes: unknown field `volumes` in `containers`; this belongs under `spec`, which has one already",
            "11:perioidSeconds: unknown field `perioidSeconds` in `livenessProbe`; did you mean `periodSeconds`?",
            "11:port: unknown field `port` in `livenessProbe`; this belongs under `spec.containers[0].livenessProbe.tcpSocket`",
            "12:limits: unknown field `limits` in `containers`; this belongs under `spec.containers[0].resources`",
            "13:runAsNonRoot: unknown field `runAsNonRoot` in `containers`; this belongs under `spec.containers[0].securityContext`",
            "14:hostNetwork: unknown field `hostNetwork` in `containers`; this belongs under `spec`",
            "17:persistantVolumeClaim: unknown field `persistantVolumeClaim` in `volumes`, so the volume becomes an emptyDir; did you mean `persistentVolumeClaim`?",
            "19:protectionDoamin: unknown field `protectionDoamin` in `scaleIO`; did you mean `protectionDomain`?",
        ],
    );
    expect(
        "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
labels: {a: b}
spec:
  selector: {matchLabel: {app: a}}
  labels: {app: a}
  serviceName: a
  template:
    metadata: {labels: {app: a}}
    volumes: [{name: v}]
    spec:
      strategy: {type: Recreate}
      replicas: 3
      matchLabels: {app: a}
      containers:
      - name: a
        image: a
        strategy: {type: Recreate}
        nodeSelector: {a: b}
      strategy2: 1
  containers: []
  maxSurge: 1
",
        &[
            "4:labels: unknown field `labels` at the top level; this belongs under `metadata`",
            "6:matchLabel: unknown field `matchLabel` in `selector`; did you mean `matchLabels`?",
            "7:labels: unknown field `labels` in `spec`; this belongs under `spec.template.metadata` or under `metadata`",
            "8:serviceName: unknown field `serviceName` in `spec`",
            "11:volumes: unknown field `volumes` in `template`; this belongs under `spec.template.spec`",
            "13:strategy: unknown field `strategy` in `spec.template.spec`; this belongs under `spec` of the Deployment, beside `template`",
            "14:replicas: unknown field `replicas` in `spec.template.spec`; this belongs under `spec` of the Deployment, beside `template`",
            "15:matchLabels: unknown field `matchLabels` in `spec`; this belongs under `spec.selector`",
            "19:strategy: unknown field `strategy` in `containers`; this belongs under `spec` of the Deployment, beside `template`",
            "20:nodeSelector: unknown field `nodeSelector` in `containers`; this belongs under `spec.template.spec`",
            "21:strategy2: unknown field `strategy2` in `spec`",
            "22:containers: unknown field `containers` in `spec`; this belongs under `spec.template.spec`",
            "23:maxSurge: unknown field `maxSurge` in `spec`; this belongs under `spec.strategy.rollingUpdate`",
        ],
    );
    expect(
        "\
apiVersion: v1
kind: Service
metadata: {name: a}
spec:
  publishNotReadyAddress: true
  publishNotReadyEndpoints: true
  port: 80
  targetPort: 80
  app: foo
  name: a
  ports: [{port: 80, nodePorts: 3}]
",
        &[
            "5:publishNotReadyAddress: unknown field `publishNotReadyAddress` in `spec`; did you mean `publishNotReadyAddresses`?",
            "6:publishNotReadyEndpoints: unknown field `publishNotReadyEndpoints` in `spec`; \
             did you mean `publishNotReadyAddresses`?",
            "7:port: unknown field `port` in `spec`; did you mean `ports`?",
            "8:targetPort: unknown field `targetPort` in `spec`; this belongs under `spec.ports[]`",
            "9:app: unknown field `app` in `spec`",
            "10:name: unknown field `name` in `spec`; this belongs under `metadata`",
            "11:nodePorts: unknown field `nodePorts` in `ports`; did you mean `nodePort`?",
        ],
    );
}

#[test]
fn spans_are_exact() {
    let tree = parse(BAD);
    let troubles = schema::troubles(tree.root()).expect("a Deployment");
    let spans: Vec<&str> = troubles.iter().map(|trouble| &BAD[trouble.at.span().range()]).collect();
    let places = ["1.10", "\"3\"", "podAntiAfinity", "imagePulPolicy", "foo", "http", "true", "8080"];
    assert_eq!(spans, places);
    for (trouble, place) in troubles.iter().zip(places) {
        assert_eq!(trouble.at.span().range(), range(BAD, place));
    }
    let unknown = troubles.iter().filter(|trouble| trouble.kind == TroubleKind::UnknownField).count();
    assert_eq!(unknown, 2);
}

#[test]
fn a_scalar_where_it_does_not_belong() {
    expect(
        "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, annotations: {dapr.io/enabled: true}, labels: [a]}
spec:
  replicas: 3.5
  paused: 'yes'
  minReadySeconds: 3000000000
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec:
      hostNetwork: 1
      containers:
      - name: a
        image: a
        env: [{name: A, value: yes}, {name: B, value: {a: b}}]
        ports: {containerPort: 80}
        resources: {limits: {cpu: true}}
        args: [1, a, no]
        securityContext:
        - runAsNonRoot: true
        livenessProbe: {httpGet: {port: true}}
",
        &[
            "3:true: `dapr.io/enabled` wants a string, this is a boolean; quote it: `\"true\"`",
            "3:[a]: `labels` wants a mapping, this is a list",
            "5:3.5: `replicas` wants an integer, this is a number",
            "6:'yes': `paused` wants a boolean, this is a string; remove the quotes",
            "7:3000000000: `minReadySeconds` wants an integer, this is one that does not fit 32 bits",
            "12:1: `hostNetwork` wants a boolean, this is an integer; write `true` or `false`",
            "16:yes: `value` wants a string, and `yes` is a boolean to kubectl; quote it: `\"yes\"`",
            "16:{a: b}: `value` wants a string, this is a mapping",
            "17:{containerPort: 80}: `ports` wants a list, this is a mapping; put `- ` in front of each item",
            "18:true: `cpu` wants a quantity, this is a boolean",
            "19:1: an item of `args` wants a string, this is an integer; quote it: `\"1\"`",
            "19:no: an item of `args` wants a string, and `no` is a boolean to kubectl; quote it: `\"no\"`",
            "21:- runAsNonRoot: true: `securityContext` wants a mapping, this is a list; \
             remove the `- ` in front of the keys",
            "22:true: `port` wants an integer or a string, this is a boolean",
        ],
    );
    expect(
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: hunter2, b: aHVudGVyMg==, c: 1, d: }}",
        &[
            "1:hunter2: `a` must be base64, this is not; encode it, or put it under `stringData`",
            "1:1: `c` wants a string, this is an integer; quote it: `\"1\"`",
        ],
    );
}

#[test]
fn what_the_server_forgives_is_silent() {
    // Null is absent, whole floats are integers, quantities may be numbers, octal is a number (ON51, 12.8).
    expect(
        "\
apiVersion: v1
kind: LimitRange
metadata: {name: example, creationTimestamp: null, labels: }
spec:
  limits:
  - {type: Container, default: {cpu: 1, memory: 500Mi, x: 0.5}, max: null}
",
        &[],
    );
    expect(
        "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a, annotations: {empty: }, managedFields: [{fieldsV1: {'f:spec': {}}, time: 2024-01-01T00:00:00Z}]}
spec:
  replicas: 3.0
  selector: {matchLabels: {app: a}}
  serviceName: a
  template:
    metadata: {creationTimestamp: null, labels: {app: a}}
    spec:
      serviceAccount: a
      containers:
      - {name: a, image: a, ports: [{containerPort: 0x50}], env: , livenessProbe: {httpGet: {port: http}}}
      volumes:
      - {name: a, configMap: {name: a, defaultMode: 0644}}
  volumeClaimTemplates:
  - apiVersion: v1beta1
    kind: PersistentVolumeClaim
    metadata: {name: a}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
status: {replicas: 1, fromTheFuture: 1, conditions: [{type: a, fromTheFuture: 2}]}
",
        &[],
    );
    // SOPS (ON47).
    expect(
        "\
apiVersion: v1
kind: Secret
metadata: {name: a}
data: {a: 'ENC[AES256_GCM,data:x,iv:y,type:str]'}
sops: {lastmodified: '2024-01-01T00:00:00Z', mac: 'ENC[x]', version: 3.7.1}
",
        &[],
    );
    // Placeholders (13.14).
    expect(
        "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: ${REPLICAS}
  paused: \"{{ .Values.paused }}\"
  ${FIELD}: 1
  selector: <SELECTOR>
",
        &[],
    );
    // Fields of older versions, in those versions.
    expect(
        "{apiVersion: extensions/v1beta1, kind: Deployment, metadata: {name: a}, spec: {rollbackTo: {revision: 1}}}",
        &[],
    );
    expect(
        "{apiVersion: v1, kind: Service, metadata: {name: a, clusterName: b, selfLink: /}, spec: {topologyKeys: [a], \
         ipFamily: IPv4}}",
        &[],
    );
    expect(
        "{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: a}, spec: {backend: {serviceName: a, \
         servicePort: http}, rules: [{http: {paths: [{path: /, backend: {serviceName: a, servicePort: 80}}]}}]}}",
        &[],
    );
}

#[test]
fn helper_keys_are_errors() {
    // Fact 12.7: kubectl sends them, and strict validation rejects them. The text under them is judged in use.
    expect(
        "\
apiVersion: v1
kind: Pod
x-env: &env [{name: A, value: 1}]
metadata: {name: a}
spec: {containers: [{name: a, image: a, env: *env}, {<<: {name: b, foo: 1}, image: b}]}
",
        &[
            "3:x-env: unknown field `x-env` at the top level",
            "3:1: `value` wants a string, this is an integer; quote it: `\"1\"`",
            "5:foo: unknown field `foo` in `containers`",
        ],
    );
}

#[test]
fn the_last_of_duplicate_keys_is_judged() {
    expect(
        "{apiVersion: v1, kind: Pod, metadata: {name: 1, name: a}, spec: {x: 1, containers: []}}",
        &["1:x: unknown field `x` in `spec`"],
    );
}

#[test]
fn patches_are_not_objects() {
    let patch = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  foo: 1
  template: {spec: {containers: [{name: a, $patch: delete}]}}
";
    expect(patch, &[]);
    assert!(schema::is_patch(parse(patch).root()));
    assert!(!schema::is_patch(parse(BAD).root()));
}

#[test]
fn json_schemas_are_judged_at_any_depth() {
    let deep = format!("{}{{tipe: a}}{}", "{properties: {status: ".repeat(100), "}}".repeat(100));
    let text = format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: as.b.c}}
spec:
  group: b.c
  names: {{kind: A, plural: as}}
  scope: Namespaced
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        default: {{anything: [1, true]}}
        items: [{{type: 1}}, {{type: string}}]
        additionalProperties: {{typo: 1}}
        properties: {{a: {{additionalProperties: true, maximum: 1, enum: [1, a]}}, b: {{additionalProperties: 1}}}}
        not: {deep}
"
    );
    expect(
        &text,
        &[
            "13:1: `type` wants a string, this is an integer; quote it: `\"1\"`",
            "15:1: `additionalProperties` wants a schema or a boolean, this is an integer",
            "16:tipe: unknown field `tipe` in `status`; did you mean `type`?",
        ],
    );
}

#[test]
fn unknown_kinds_are_left_alone() {
    for text in ["a: b", "[1]", "{apiVersion: v1, kind: Deployment}", "{apiVersion: x.y/v1, kind: Z}", "a"] {
        assert!(schema::troubles(parse(text).root()).is_none(), "{text}");
        assert!(schema::missing(parse(text).root()).is_empty(), "{text}");
    }
}

/// Every missing field as `parent's path: field`.
fn missing(text: &str) -> Vec<String> {
    let tree = parse(text);
    let path = |steps: Vec<Step<'_>>| {
        let step = |step: &Step<'_>| match step {
            Step::Key(key) => format!(".{key}"),
            Step::Item(item) => format!("[{item}]"),
        };
        steps.iter().map(step).collect::<String>()
    };
    let fields = schema::missing(tree.root());
    fields.iter().map(|(parent, field)| format!("{}: {field}", path(parent.path()))).collect()
}

#[test]
fn required_fields() {
    assert_eq!(missing(BAD), [""; 0]);
    assert_eq!(
        missing(
            "{apiVersion: apps/v1, kind: Deployment, metadata: {}, spec: {template: {spec: {containers: [{}]}}}}"
        ),
        [
            ".metadata: name",
            ".spec: selector",
            ".spec.template.spec.containers[0]: name",
            ".spec.template.spec.containers[0]: image",
        ],
    );
    // Older versions derived the selector from the template's labels.
    let old = "{apiVersion: extensions/v1beta1, kind: Deployment, metadata: {generateName: a}, \
         spec: {template: {spec: {containers: [{name: a, image: a, env: [{value: a}]}]}}}}";
    assert_eq!(missing(old), [".spec.template.spec.containers[0].env[0]: name"]);
    assert_eq!(missing("{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {}}"), [".spec: ports"]);
    for headless in ["clusterIP: None", "type: ExternalName", "ports: [{port: 1}]"] {
        let text = format!("{{apiVersion: v1, kind: Service, metadata: {{name: a}}, spec: {{{headless}}}}}");
        assert_eq!(missing(&text), [""; 0]);
    }
    assert_eq!(
        missing(
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: {rules: [{http: {paths: [{path: /}]}}]}}"
        ),
        [".spec.rules[0].http.paths[0]: backend", ".spec.rules[0].http.paths[0]: pathType"],
    );
    assert_eq!(missing("{apiVersion: v1, kind: ConfigMap}"), [": metadata"]);
    assert_eq!(
        missing(
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: a}, subjects: [{}]}"
        ),
        [": roleRef", ".subjects[0]: kind", ".subjects[0]: name"],
    );
}

#[test]
fn heaps_of_nonsense_take_no_time() {
    let keys: String = (0..20_000).map(|at| format!("  key{at}: [{{}}]\n")).collect();
    let long = "x".repeat(1_000);
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n{keys}  {long}: 1\n");
    let tree = parse(&text);
    assert_eq!(schema::troubles(tree.root()).map(|troubles| troubles.len()), Some(20_001));
}

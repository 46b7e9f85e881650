//! How loudly things are said of charts: what a chart leaves to others, what its template decides, and what only its
//! tests make up.

use wplint::lint;
use wplint::run::Run;
use wplint::settings::Settings;

use crate::support::shown;

const CHART: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");

fn run(files: &[(&str, &str)]) -> Run {
    let texts = files.iter().chain([&CHART]).map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    lint::lint_texts(texts.collect(), &Settings::default())
}

/// `path:text under the line: severity[rule]` of the findings of a rule.
fn found(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    let all = shown(&run(files));
    all.into_iter().filter(|one| one.ends_with(&format!("[{rule}]"))).collect()
}

/// All that is said with the findings of a rule.
fn notes(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    let run = run(files);
    let own = run.findings.iter().filter(|one| one.finding.rule == rule);
    own.flat_map(|one| one.finding.notes.clone()).collect()
}

const SERVICE: (&str, &str) = (
    "templates/service.yaml",
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n",
);

/// A Deployment of these replicas whose container has these lines.
fn deployment(replicas: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {replicas}
  selector:
    matchLabels: {{app: web}}
  template:
    metadata:
      labels: {{app: web}}
    spec:
      containers:
        - name: web
          image: nginx
{container}"
    )
}

#[test]
fn what_a_template_decides_is_advice_until_somebody_deploys_the_chart() {
    let web = deployment("1", "");
    let alone = [("templates/web.yaml", web.as_str()), SERVICE];
    assert_eq!(found(&alone, "single-replica"), ["templates/web.yaml:replicas: 1: info[single-replica]"]);
    let said = notes(&alone, "single-replica").join(" ");
    assert!(said.contains("nothing in the linted files deploys the chart"), "{said}");

    let tested = [("templates/web.yaml", web.as_str()), SERVICE, ("ci/a-values.yaml", "a: 1\n")];
    assert_eq!(found(&tested, "single-replica"), ["templates/web.yaml:replicas: 1: info[single-replica]"]);
    let deployed = [("templates/web.yaml", web.as_str()), SERVICE, ("values-prod.yaml", "a: 1\n")];
    assert_eq!(
        found(&deployed, "single-replica"),
        ["templates/web.yaml:replicas: 1: warning[single-replica]"]
    );
}

#[test]
fn one_check_for_two_probes_is_advice_unless_liveness_gives_up_first() {
    let probes = |failures: &str| {
        deployment(
            "2",
            &format!(
                "          livenessProbe: {{httpGet: {{path: /, port: 80}}, failureThreshold: {failures}}}
          readinessProbe: {{httpGet: {{path: /, port: 80}}}}\n"
            ),
        )
    };
    let rule = "liveness-equals-readiness";
    let severity = |failures: &str| {
        let web = probes(failures);
        let all = found(&[("templates/web.yaml", &web), SERVICE], rule);
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].contains("warning")
    };
    assert!(!severity("3"));
    assert!(severity("2"));
}

#[test]
fn a_value_that_nobody_sets_is_left_to_deployers_wherever_it_is_printed() {
    let web = deployment("2", "          resources:\n{{ toYaml .Values.resources | indent 12 }}\n");
    let files = [("templates/web.yaml", web.as_str()), SERVICE, ("values.yaml", "# resources: {}\n")];
    let all = found(&files, "requests-missing");
    assert!(all.len() == 1 && all[0].contains("info"), "{all:?}");
    let none = deployment("2", "");
    let all = found(&[("templates/web.yaml", none.as_str()), SERVICE], "requests-missing");
    assert!(all.len() == 1 && all[0].contains("warning"), "{all:?}");
}

#[test]
fn storage_that_a_value_switches_off_is_left_to_deployers() {
    let database = "apiVersion: apps/v1
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
          image: mysql:8.4
          volumeMounts: [{name: data, mountPath: /var/lib/mysql}]
{{- if not .Values.persistence.enabled }}
      volumes:
        - name: data
          emptyDir: {}
{{- else }}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
{{- end }}
";
    let files = [("templates/db.yaml", database), ("values.yaml", "persistence:\n  enabled: false\n")];
    let all = found(&files, "database-on-ephemeral-storage");
    assert!(all.len() == 1 && all[0].contains("info"), "{all:?}");
    let said = notes(&files, "database-on-ephemeral-storage").join(" ");
    assert!(said.contains("`persistence.enabled`"), "{said}");
}

#[test]
fn a_collision_with_the_name_of_a_release_that_nobody_says_is_advice() {
    let service = "apiVersion: v1
kind: Service
metadata:
  name: {{ template \"redis.fullname\" . }}
spec:
  selector: {app: web}
  ports: [{port: 80}]
{{- define \"redis.fullname\" -}}{{ .Release.Name }}{{- end }}
";
    let chart = ("Chart.yaml", "apiVersion: v2\nname: redis\nversion: 1.0.0\n");
    let web = deployment("2", "          env: [{name: A, value: $(REDIS_PORT)}]\n").replace("nginx", "redis");
    let all = |service: &str| {
        let files = [chart, ("templates/service.yaml", service), ("templates/web.yaml", &web)];
        let texts = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let all = shown(&lint::lint_texts(texts, &Settings::default()));
        all.into_iter().filter(|one| one.ends_with("[service-link-collision]")).collect::<Vec<_>>()
    };
    let computed = all(service);
    assert!(computed.iter().all(|one| one.contains("info")), "{computed:?}");
}

#[test]
fn hosts_that_only_a_test_makes_up_are_advice() {
    let web = deployment(
        "2",
        "          env:\n            - name: API_URL\n              value: http://{{ .Values.host }}\n",
    );
    let test = "host: api.test.cluster.local\n";
    let of = |path: &str| {
        let files =
            [("templates/web.yaml", web.as_str()), ("values.yaml", "host: example.com\n"), (path, test)];
        found(&files, "host-unresolved")
    };
    let tested = of("ci/test-values.yaml");
    assert!(tested.len() == 1 && tested[0].contains("info"), "{tested:?}");
    let deployed = of("values-prod.yaml");
    assert!(deployed.len() == 1 && !deployed[0].contains("info"), "{deployed:?}");
}

#[test]
fn first_passwords_and_random_ones_in_a_config_map() {
    let map = "apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data:
  app.ini: |
    {{- .Values.config | nindent 4 }}
";
    let of = |config: &str| {
        let values = format!("config: |\n  [login]\n  {config}\n");
        found(&[("templates/map.yaml", map), ("values.yaml", &values)], "secret-in-config-map")
    };
    assert_eq!(of("password = admin"), ["values.yaml:password: info[secret-in-config-map]"]);
    assert_eq!(of("password = Tr0ub4dor"), ["values.yaml:password: warning[secret-in-config-map]"]);
    // A value that is a template itself is changed where it is written, too.
    let executed = map.replace("{{- .Values.config |", "{{- tpl .Values.config $ |");
    let values = "config: |\n  [login]\n  name = {{ .Values.name }}\n  password = admin\nname: web\n";
    let files = [("templates/map.yaml", executed.as_str()), ("values.yaml", values)];
    assert_eq!(found(&files, "secret-in-config-map"), ["values.yaml:password: info[secret-in-config-map]"]);
    let random = map.replace(".Values.config", "printf \"[a]\\nsecret = %s\" (randAlphaNum 64)");
    assert_eq!(found(&[("templates/map.yaml", &random)], "secret-in-config-map"), [""; 0]);
}

#[test]
fn an_object_that_is_read_and_printed_again_has_the_fields_of_its_definition() {
    let definition = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: apps.example.com}
spec:
  group: example.com
  names: {kind: App, plural: apps, singular: app, listKind: AppList}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}}}}}}
";
    let object = "{{ \"apiVersion: example.com/v1\\nkind: App\\nmetadata: {name: a}\\nspec: {a: b}\" | fromYaml | toYaml }}\n";
    let files = [("crds/app.yaml", definition), ("templates/app.yaml", object)];
    let all = found(&files, "unknown-field");
    assert!(all.is_empty(), "{all:?}");
}

#[test]
fn a_template_that_prints_a_list_or_a_text_is_broken() {
    for (printed, message) in [("- a\n", "prints a list"), ("{{ .Chart.Name }}\n", "prints a text")] {
        let run = run(&[("templates/a.yaml", printed)]);
        let own: Vec<_> = run.findings.iter().filter(|one| one.finding.rule == "chart-broken").collect();
        assert!(own.len() == 1 && own[0].finding.message.contains(message), "{:?}", shown(&run));
    }
    assert_eq!(found(&[("templates/a.yaml", "{{/* nothing */}}\nnull\n")], "chart-broken"), [""; 0]);
}

#[test]
fn a_value_of_another_form_is_shown_where_it_was_given() {
    let template = (
        "templates/a.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: {{ .Values.image.tag | quote }}\n",
    );
    let prod = ("values-prod.yaml", "image: a/b:1\n");
    let files = [template, ("values.yaml", "image: {tag: v1}\n"), prod];
    assert_eq!(found(&files, "chart-broken"), ["values-prod.yaml:a/b:1: error[chart-broken]"]);
    let run = run(&files);
    let own = run.findings.iter().find(|one| one.finding.rule == "chart-broken").expect("a finding");
    assert!(own.finding.message.ends_with(": .Values.image is a text"), "{}", own.finding.message);
    // The chart's own values are what its templates are written for.
    let files = [template, ("values.yaml", "image: a/b:1\n")];
    assert_eq!(found(&files, "chart-broken"), ["templates/a.yaml:.Values.image.tag: error[chart-broken]"]);
    let compares = ("templates/a.yaml", "{{ if eq .Values.enabled \"true\" }}{{ end }}\n");
    let run = super::chart_advice::run(&[compares, ("values.yaml", "enabled: true\n")]);
    let own = run.findings.iter().find(|one| one.finding.rule == "chart-broken").expect("a finding");
    assert!(own.finding.message.ends_with("comparison: bool and string"), "{}", own.finding.message);
}

#[test]
fn values_that_are_no_yaml_are_said_once() {
    let template = ("templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let files = [template, ("values.yaml", "a: 1\n"), ("values-prod.yaml", "a: |\nb {\nc: d\n")];
    assert_eq!(found(&files, "chart-broken"), [""; 0]);
    assert_eq!(found(&files, "chart-not-evaluated"), [""; 0]);
    assert_eq!(found(&files, "syntax-error").len(), 1, "{:?}", shown(&run(&files)));
}

#[test]
fn forms_of_which_each_asks_for_a_value_that_is_left_open_are_no_fault() {
    let schema = "{\"properties\": {\"image\": {\"anyOf\": [{\"required\": [\"digest\"]},
        {\"properties\": {\"tag\": {\"minLength\": 1}}}]}}}";
    let template = ("templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let files = [template, ("values.schema.json", schema), ("values.yaml", "image: {tag: \"\"}\n")];
    assert_eq!(found(&files, "chart-broken"), [""; 0]);
    let tested = [files[0], files[1], files[2], ("ci/a-values.yaml", "image: {repo: a}\n")];
    assert_eq!(found(&tested, "chart-broken").len(), 1);
}

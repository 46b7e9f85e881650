//! Verdicts that were wrong once, each as a small case: `faults.md`, one section a kind, headed by the rule it is about.
//! The blocks are those of the rules' pages; a section holds what must be said and its look-alikes that must not.

use crate::support::{Role, examples, run};

#[test]
fn what_was_judged_wrongly_once_is_judged_rightly() {
    let page = include_str!("faults.md");
    let mut wrong = Vec::new();
    for section in page.split("\n## ").skip(1) {
        let rule = section.split([':', '\n']).next().unwrap_or_default();
        let title = section.lines().next().unwrap_or_default();
        let examples = examples(section).unwrap_or_else(|error| panic!("{title}: {error}"));
        assert!(!examples.is_empty(), "{title}: no case");
        for example in examples {
            let found = run(rule, &example);
            let marks = example.marks();
            let mut lines: Vec<(&str, u32)> = found.iter().map(|one| (one.path.as_str(), one.line)).collect();
            lines.dedup();
            let wanted: Vec<(&str, u32)> = marks.iter().map(|mark| (mark.path.as_str(), mark.line)).collect();
            let severity = |mark: &crate::support::Mark| {
                let own = |one: &&crate::support::Found| (&one.path, one.line) == (&mark.path, mark.line);
                mark.severity.is_none()
                    || found.iter().any(|one| own(&one) && Some(one.severity) == mark.severity)
            };
            if lines != wanted
                || !marks.iter().all(severity)
                || (example.role == Role::Fires) == wanted.is_empty()
            {
                wrong.push(format!("{title}, line {}: wanted {wanted:?}, found {found:#?}", example.line));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// What is said in the place of a rule's finding: message, label, help and the other places, joined.
fn said(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let run = wplint::lint::lint_texts(files, &wplint::settings::Settings::default().with_rule(rule));
    let own = run.findings.iter().filter(|one| one.finding.rule == rule);
    own.map(|one| {
        let finding = &one.finding;
        let place = run.files[finding.span.file.0 as usize].place(finding.span.start).line;
        let also = finding.also.iter().map(|label| {
            let file = &run.files[label.span.file.0 as usize];
            format!("{}:{}: {}", file.path, file.place(label.span.start).line, label.message)
        });
        let parts = [finding.message.clone(), finding.label.clone().unwrap_or_default()];
        let more = finding.help.iter().chain(&finding.notes).cloned();
        let all: Vec<String> = parts.into_iter().chain(more).chain(also).collect();
        format!("{place}: {}", all.join(" | "))
    })
    .collect()
}

/// One finding of the rule, with all of these words.
fn expect(files: &[(&str, &str)], rule: &str, words: &[&str]) {
    let found = said(files, rule);
    let [one] = &found[..] else { panic!("{rule}: {found:#?}") };
    words.iter().for_each(|word| assert!(one.contains(word), "{rule}: no {word:?} in {one}"));
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: \"web:1\"}], affinity: {podAntiAffinity: {}}}
";

const SCALER: &str = "apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 5
";

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: web, namespace: one, labels: {app: web}}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
";

#[test]
fn one_slip_is_one_finding() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  name: main\n  command: [a]\n  volumeMounts: []\n";
    expect(
        &[("a.yaml", pod)],
        "unknown-field",
        &["5: unknown fields `name`, `command` and", "`spec.containers[]`"],
    );
    assert!(said(&[("a.yaml", pod)], "missing-field").is_empty());
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containerz-and-more: []\n";
    expect(&[("a.yaml", pod)], "unknown-field", &["did you mean `containers`?"]);
    assert!(said(&[("a.yaml", pod)], "missing-field").is_empty());
    // Two fields that belong in different places are two slips.
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  command: [a]\n  replicas: 2\n  containers: [{name: a, image: b}]\n";
    assert_eq!(said(&[("a.yaml", pod)], "unknown-field").len(), 2);
}

#[test]
fn a_kustomization_that_gathers_overlays_says_of_which_it_speaks() {
    let base = format!(
        "{DEPLOYMENT}---\napiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}\n"
    );
    let overlay = |name: &str, rest: &str| format!("namespace: {name}\nresources: [../base]\n{rest}");
    let (small, large) = (overlay("small", ""), overlay("large", "replicas: [{name: web, count: 2}]\n"));
    let files = [
        ("kustomization.yaml", "resources: [small, large]\n"),
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", base.as_str()),
        ("small/kustomization.yaml", small.as_str()),
        ("large/kustomization.yaml", large.as_str()),
    ];
    expect(&files, "single-replica", &["found in the namespace small; not reported in large"]);
    expect(&files, "pdb-missing", &["found in the namespace large; not reported in small"]);
    let both = [
        files[0],
        files[1],
        files[2],
        files[3],
        ("large/kustomization.yaml", "namespace: large\nresources: [../base]\n"),
    ];
    assert!(!said(&both, "single-replica")[0].contains("found in"), "in both");
}

#[test]
fn patches_that_find_an_object_by_its_version_change_with_it() {
    let job = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: \"@daily\", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: \"a:1\"}]}}}}}\n";
    let patch =
        "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: \"@weekly\"}\n";
    let mut files = vec![
        ("base/kustomization.yaml", "resources: [job.yaml]\n"),
        ("base/job.yaml", job),
        ("test/kustomization.yaml", "resources: [../base]\npatches: [{path: job.yaml}]\n"),
        ("test/job.yaml", patch),
    ];
    expect(
        &files,
        "api-removed",
        &["1: ", "`batch/v1`", "use `batch/v1` here and in `test/job.yaml`, whose patches"],
    );
    files[2].1 = "resources: [../base]\npatches: [{path: job.yaml, target: {group: batch, version: v1beta1, kind: CronJob}}]\n";
    expect(&files, "api-removed", &["`test/job.yaml` and `test/kustomization.yaml`, whose patches"]);
    // A patch of something else.
    files[2].1 = "resources: [other.yaml]\npatches: [{path: job.yaml}]\n";
    expect(&files, "api-removed", &["use `batch/v1`; nothing else has to change"]);
    assert!(!said(&files, "api-removed")[0].contains("whose patches"));
}

#[test]
fn what_belongs_to_containers_is_sent_there_in_their_spelling() {
    for (field, right) in [
        ("readonlyRootFilesystem", "readOnlyRootFilesystem"),
        ("allowPrivilegeEscalation", "allowPrivilegeEscalation"),
    ] {
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  securityContext:\n    {field}: true\n  containers: [{{name: a, image: b}}]\n"
        );
        let help = format!("write `{right}` in the `securityContext` of each container");
        expect(&[("a.yaml", &pod)], "unknown-field", &["6: ", &help]);
    }
}

#[test]
fn texts_name_what_is_there() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: \"hunter2!\"}\n";
    expect(&[("a.yaml", secret)], "invalid-value", &["put it under `stringData`"]);
    assert!(!said(&[("a.yaml", secret)], "invalid-value")[0].contains("if this is"));
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  completionMode: Indexed\n  completions: 2\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - {name: a, image: b, args: [\"$(JOB_COMPLETION_INDEX)\"], env: [{name: I, value: \"$(JOB_COMPLETION_INDEX)\"}]}\n";
    expect(&[("a.yaml", job)], "env-expansion-unresolved", &["the Job controller sets", "`args`"]);
    let bare = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels\nspec: {}\n";
    expect(&[("a.yaml", bare)], "syntax-error", &["5: ", "the line holds `labels`, no `key: value`"]);
    let brace = "apiVersion: v1\nkind: Pod\nspec:\n  nodeName: {x}/y\n";
    expect(&[("a.yaml", brace)], "syntax-error", &["4: ", "`{` opens a mapping"]);
}

#[test]
fn defaults_are_shown_where_they_come_from() {
    let files = [("a.yaml", SCALER), ("b.yaml", DEPLOYMENT), ("c.yaml", SERVICE)];
    let files = files.map(|(path, text)| (path, text.replace(", namespace: one", "")));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    expect(&files, "hpa-single-replica", &["4: `minReplicas` is not set"]);
    expect(&files, "hpa-metric-without-request", &["4: "]);
    expect(&files, "replicas-not-spread", &["`podAntiAffinity` in here has no terms"]);
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 1, selector: {matchLabels: {app: web}}}\n";
    let with_budget: Vec<(&str, &str)> = files.iter().copied().chain([("d.yaml", budget)]).collect();
    expect(&with_budget, "pdb-blocks-eviction", &["a.yaml:4: at least 1 pod"]);
    expect(&[("b.yaml", DEPLOYMENT)], "single-replica", &["a single replica by default"]);
}

#[test]
fn the_nearest_partner_is_shown() {
    let scaler = |name: &str| SCALER.replacen("name: web", &format!("name: {name}"), 1);
    let two = format!("{}---\n{}", scaler("b1"), scaler("b2"));
    let first = scaler("a");
    let found = said(&[("0.yaml", &first), ("a.yaml", &two), ("d.yaml", DEPLOYMENT)], "scalers-conflict");
    assert!(found.iter().any(|one| one.contains("`b1`") && one.contains("`b2`")), "{found:#?}");
}

#[test]
fn overlays_show_the_object_in_its_base_and_the_largest_number() {
    let overlay = |name: &str, count: u32| {
        format!("namePrefix: {name}-\nresources: [../base]\nreplicas: [{{name: web, count: {count}}}]\n")
    };
    let (dev, prod) = (overlay("dev", 2), overlay("prod", 6));
    let service = SERVICE.replace(", namespace: one", "");
    let files = [
        ("base/kustomization.yaml", "resources: [d.yaml, s.yaml]\n"),
        ("base/d.yaml", DEPLOYMENT),
        ("base/s.yaml", &service),
        ("dev/kustomization.yaml", &dev),
        ("prod/kustomization.yaml", &prod),
    ];
    expect(&files, "replicas-not-spread", &["all 6 replicas"]);
    expect(&files, "pdb-missing", &["3: no PodDisruptionBudget covers the 6 pods"]);
}

#[test]
fn references_are_no_secrets() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - {name: a, image: b, env: [{name: URL, value: \"https://$(A_KEY):$(B_KEY)@store\"}]}\n";
    let files = vec![("a.yaml".to_owned(), pod.to_owned())];
    let run = wplint::lint::lint_texts(files, &wplint::settings::Settings::default());
    assert!(run.masks.is_empty(), "{:?}", run.masks);
    let literal = pod.replace("$(B_KEY)", "hunter2hunter2");
    let run = wplint::lint::lint_texts(
        vec![("a.yaml".to_owned(), literal)],
        &wplint::settings::Settings::default(),
    );
    assert!(!run.masks.is_empty());
}

#[test]
fn versions_are_those_that_clusters_print() {
    use wplint::config::parse_versions;
    for (text, versions) in [
        ("1.30", (30, 30)),
        ("1.30.2", (30, 30)),
        ("v1.30.2-gke.100", (30, 30)),
        ("v1.30.2+k3s1", (30, 30)),
        ("1.24-1.33", (24, 33)),
        ("v1.24 - v1.33.1", (24, 33)),
    ] {
        assert_eq!(parse_versions(text), Ok(versions), "{text}");
    }
    for text in ["1.99", "1", "2.0", "1.x", "1.33-1.24", "1.30.x", "1.30."] {
        assert!(parse_versions(text).is_err(), "{text}");
    }
}

#[test]
fn names_of_services_follow_the_target() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: 2048}\nspec: {ports: [{port: 80}]}\n"
        .replace("2048", "\"2048-game\"");
    let count = |versions: (u32, u32)| {
        let mut settings = wplint::settings::Settings::default().with_rule("invalid-value");
        settings.surroundings.versions = Some(versions);
        wplint::lint::lint_texts(vec![("a.yaml".to_owned(), service.clone())], &settings).findings.len()
    };
    assert_eq!((count((35, 37)), count((36, 37))), (1, 0));
}

#[test]
fn what_is_not_kept_for_a_cluster_is_said_so() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: b, prots: []}]}\n";
    let files = ["deploy/a.yaml", "examples/x/a.yaml", "tests/a.yaml", "vendor/p/a.yaml"];
    let files: Vec<(String, String)> =
        files.iter().map(|path| ((*path).to_owned(), pod.to_owned())).collect();
    let lint = |config: &str| {
        let settings = wplint::settings::Settings::from_config(config).expect("a configuration");
        let run = wplint::lint::lint_texts(files.clone(), &settings.with_rule("unknown-field"));
        let names = run
            .findings
            .iter()
            .map(|one| one.context.as_ref().map_or("-".to_owned(), |one| one.0.to_string()));
        (names.collect::<Vec<_>>().join(" "), run)
    };
    let (names, run) = lint("complete: false\n");
    assert_eq!(names, "- example test vendored");
    let mut text = Vec::new();
    wplint::report::pretty::write(&run, &wplint::report::Options::default(), &mut text).expect("written");
    let text = String::from_utf8(text).expect("UTF-8");
    assert_eq!(text.matches("unknown field").count(), 1, "{text}");
    assert!(text.contains("examples (example): 1 error; lint that path to see them"), "{text}");
    let (names, _) = lint("contexts: {cluster: [\"examples/**\"], kept: [\"deploy/**\"]}\n");
    assert_eq!(names, "kept - test vendored");
}

#[test]
fn rights_are_told_with_the_role_that_has_them_and_where_they_hold() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: a}\nspec:\n  serviceAccountName: web\n  \
               containers: [{name: web, image: 'x:1'}]\n";
    let binding = |namespace: &str| {
        format!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: web, namespace: \
             {namespace}}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}}\nsubjects: \
             [{{kind: ServiceAccount, name: web, namespace: a}}]\n"
        )
    };
    let roles = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\naggregationRule: \
                 {clusterRoleSelectors: [{matchLabels: {to: all}}]}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: \
                 ClusterRole\nmetadata: {name: part, labels: {to: all}}\nrules: [{apiGroups: [''], resources: [secrets], \
                 verbs: [get]}]\n";
    let text = format!("{pod}{}{}{roles}", binding("a"), binding("kube-system"));
    expect(
        &[("a.yaml", &text)],
        "pod-reads-secrets",
        &["in namespaces `a` and `kube-system`", "ClusterRole `part` allows it, whose rules `all` gathers"],
    );
}

#[test]
fn a_policy_of_another_kustomization_restricts_the_pods_of_its_namespace() {
    let policy = |name: &str, selector: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}}}\nspec: {{podSelector: \
             {selector}, policyTypes: [Ingress]}}\n"
        )
    };
    let kustomization = |files: &str| format!("namespace: shop\nresources: [{files}]\n");
    let web = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: web, image: \
               'x:1'}]}\n";
    let other = policy("other", "{matchLabels: {app: other}}");
    let all = policy("all", "{}");
    let listed = kustomization("web.yaml, other.yaml");
    let files =
        [("app/kustomization.yaml", listed.as_str()), ("app/web.yaml", web), ("app/other.yaml", &other)];
    expect(&files, "pod-without-network-policy", &["no NetworkPolicy restricts who reaches Pod `web`"]);
    let base = kustomization("all.yaml");
    let more = [("base/kustomization.yaml", base.as_str()), ("base/all.yaml", all.as_str())];
    assert_eq!(said(&[&files[..], &more[..]].concat(), "pod-without-network-policy"), [""; 0]);
}

#[test]
fn the_namespace_that_a_kustomization_gives_is_told_once_where_it_stands() {
    let map = |name: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: default}}\n")
    };
    let (a, b) = (map("a"), map("b"));
    let files = [
        ("kustomization.yaml", "namespace: default\nresources: [a.yaml, b.yaml]\n"),
        ("a.yaml", &a),
        ("b.yaml", &b),
    ];
    expect(&files, "default-namespace", &["1: ConfigMap `a` and ConfigMap `b` go into namespace `default`"]);
}

#[test]
fn words_for_what_was_meant() {
    let base = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    let files = [
        ("a/overlays/dev/kustomization.yaml", "resources: [../base]\n"),
        ("a/base/kustomization.yaml", "resources: [x.yaml]\n"),
        ("a/base/x.yaml", base),
    ];
    expect(&files, "kustomization-broken", &["did you mean `../../base`?"]);
    let patch = "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n";
    let files = [
        ("kustomization.yaml", "resources: [x.yaml]\npatches: [{path: patch.yaml}]\n"),
        ("x.yaml", base),
        ("patch.yaml", patch),
    ];
    expect(&files, "patch-matches-nothing", &["write `apiVersion: v1` and `kind: ConfigMap`"]);
    let apart = format!("{base}data: {{a: b}}\nx: {{ {{ .Values.host }} }}\n");
    expect(&[("a.yaml", &apart)], "syntax-error", &["a formatter took a template apart"]);
    let tag = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: 'web:6.9e+11'}]}\n";
    expect(&[("a.yaml", tag)], "image-name-invalid", &["put quotes around the tag"]);
    let port = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {a: b}}\nspec: {containers: [{name: a, image: 'web:1', \
                ports: [{name: webhook-server, containerPort: 9443}]}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: \
                x}\nspec: {selector: {a: b}, ports: [{name: https, port: 8443, targetPort: https}]}\n";
    expect(
        &[("a.yaml", port)],
        "service-port-unresolved",
        &["or use `webhook-server`, the only port with a name"],
    );
}

#[test]
fn what_patches_leave_out_is_judged_where_it_is_built() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {a: b}\n";
    let base = format!("{service}  type: LoadBalancer\n  ports: [{{port: 80}}]\n");
    let patch =
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {loadBalancerClass: example.com/lb}\n";
    let files = |listed: &'static str| {
        [("kustomization.yaml", listed), ("base.yaml", base.as_str()), ("patch.yaml", patch)]
    };
    let patched = files("resources: [base.yaml]\npatches: [{path: patch.yaml}]\n");
    assert_eq!(said(&patched, "invalid-value"), [""; 0]);
    assert_eq!(said(&files("resources: [base.yaml]\n"), "invalid-value").len(), 1);

    let empty = format!("{service}  ports: []\n");
    let component =
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: ports.yaml}]\n";
    let ports = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";
    let mut files = vec![
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", empty.as_str()),
        ("top/kustomization.yaml", "resources: [../base]\n"),
    ];
    assert_eq!(said(&files, "missing-field").len(), 1);
    files[2].1 = "resources: [../base]\ncomponents: [../ports]\n";
    files.extend([("ports/kustomization.yaml", component), ("ports/ports.yaml", ports)]);
    assert_eq!(said(&files, "missing-field"), [""; 0]);
}

#[test]
fn a_template_may_set_its_root() {
    let template = "{{- $ = merge (dict \"x\" 1) $ }}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"{{ $.x }}\"}\n";
    let files = [
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n"),
        ("c/values.yaml", "{}\n"),
        ("c/templates/a.yaml", template),
    ];
    assert_eq!(said(&files, "chart-broken"), [""; 0]);
}

#[test]
fn dashes_in_the_branch_of_a_template_separate_nothing() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n{{- range $key, $value := .all }}\n  a: b\n{{ else }}\n--- nothing ---\n{{ end }}\n";
    assert_eq!(said(&[("a.yaml", text)], "syntax-error"), [""; 0]);
    let plain = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n--- nothing ---\na: b\n";
    assert_eq!(said(&[("a.yaml", plain)], "syntax-error").len(), 1);
}

const KAFKA: &str = "apiVersion: v1
kind: Service
metadata: {name: kafka}
spec: {selector: {app: kafka}, ports: [{port: 9092}]}
---
apiVersion: v1
kind: Pod
metadata: {name: kafka, labels: {app: kafka}}
spec: {containers: [{name: kafka, image: \"confluentinc/cp-kafka:8.0.0\"}]}
";

#[test]
fn a_variable_that_must_not_be_set_is_not_to_be_set() {
    let other = KAFKA.split("---").next().expect("the Service");
    let files = [("a/kafka.yaml", other), ("b/kafka.yaml", KAFKA)];
    let words =
        ["`cp-kafka` refuses to start with `KAFKA_PORT`", "enableServiceLinks: false", "b/kafka.yaml:3"];
    expect(&files, "service-link-collision", &words);
    assert!(!said(&files, "service-link-collision")[0].contains("in `env`"));
}

#[test]
fn one_variable_twice_in_a_value_is_one_finding() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a:1\n      env:\n        - {name: URL, value: \"$(USER_NAME):$(USER_NAME)@db\"}\n        - {name: USER_NAME, value: a}\n";
    expect(&[("a.yaml", pod)], "env-expansion-unresolved", &["9: `$(USER_NAME)` is passed literally"]);
}

#[test]
fn a_policy_says_which_peer_matches_nothing() {
    let policy = |from: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: a}}\nspec:\n  podSelector: {{matchLabels: {{app: web}}}}\n  ingress:\n    - from:\n        - podSelector: {{matchLabels: {{app: gatewy}}}}\n{from}"
        )
    };
    let pods = "apiVersion: v1\nkind: Pod\nmetadata: {name: gateway, labels: {app: gateway}}\nspec: {containers: [{name: a, image: a}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: a, image: a}]}\n";
    let (one, two) = (policy(""), policy("    - from: [{ipBlock: {cidr: 10.0.0.0/8}}]\n"));
    let rule = "network-policy-selects-nothing";
    expect(&[("a.yaml", &one), ("b.yaml", pods)], rule, &["NetworkPolicy `a` allows no traffic in"]);
    expect(&[("a.yaml", &two), ("b.yaml", pods)], rule, &["8: a peer of NetworkPolicy `a` matches no pods"]);
}

#[test]
fn a_member_of_a_cluster_needs_more_than_a_second_pod() {
    let deployment = DEPLOYMENT.replace("web:1", "confluentinc/cp-zookeeper:7.4.0");
    let service = SERVICE.replace(", namespace: one", "");
    let files = [("a.yaml", deployment.as_str()), ("b.yaml", &service)];
    expect(&files, "single-replica", &["set up replication of zookeeper"]);
}

#[test]
fn a_service_of_the_written_namespace_is_the_one_that_is_meant() {
    let inside = |text: &str| text.replace("{name: web}", "{name: web, namespace: one}");
    let client = inside(DEPLOYMENT)
        .replace("name: web", "name: client")
        .replace("app: web", "app: client")
        .replace("image: \"web:1\"", "image: \"web:1\", env: [{name: WEB_URL, value: \"http://web:80\"}]");
    let written = format!("{}---\n{SERVICE}", inside(DEPLOYMENT));
    let open = format!("{DEPLOYMENT}---\n{}", SERVICE.replace(", namespace: one", ""));
    let found = said(&[("a/a.yaml", &open), ("b/b.yaml", &written), ("c/c.yaml", &client)], "single-replica");
    let dependent: Vec<&String> = found.iter().filter(|one| one.contains("depends on it")).collect();
    assert!(dependent.len() == 1 && dependent[0].contains("b/b.yaml"), "{found:#?}");
}

#[test]
fn help_names_what_mends_it() {
    // The port is there, on the pods and not on the Service.
    let pods = DEPLOYMENT
        .replace("image: \"web:1\"", "image: \"web:1\", ports: [{name: metrics, containerPort: 9000}]");
    let service = SERVICE.replace(", namespace: one", "").replace("name: http", "name: webhook");
    let monitor = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  endpoints: [{port: metrics}]\n";
    let files = [("a.yaml", pods.as_str()), ("b.yaml", &service), ("c.yaml", monitor)];
    expect(&files, "monitor-selects-nothing", &["add a port `metrics` to Service `web`"]);
    // A version is no label to select by.
    let term = "affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}}]}}";
    let one = DEPLOYMENT
        .replace("labels: {app: web}", "labels: {app: web, app.kubernetes.io/version: \"1.2\", part: one}")
        .replace("affinity: {podAntiAffinity: {}}", term)
        .replace("spec:\n  selector", "spec:\n  replicas: 2\n  selector");
    let other = DEPLOYMENT.replace("name: web", "name: other").replace("web:1", "other:1");
    let both = format!("{one}---\n{other}");
    expect(&[("a.yaml", &both)], "anti-affinity-too-broad", &["add `part: one` to the selector"]);
    // The Service that is suggested waits for the same pods.
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec:\n  rules:\n    - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: ui, port: {number: 80}}}}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: node-port}\nspec: {selector: {app: ui}, ports: [{port: 80}]}\n";
    let found = said(&[("a.yaml", ingress)], "ingress-backend-unresolved");
    assert!(found.iter().all(|one| !one.contains("node-port")), "{found:#?}");
    let other = ingress.replace("app: ui", "app: web");
    expect(&[("a.yaml", &other)], "ingress-backend-unresolved", &["did you mean `node-port`?"]);
    // All namespaces that have the name.
    let inside = |namespace: &str| {
        let pods = DEPLOYMENT.replace("{name: web}", &format!("{{name: web, namespace: {namespace}}}"));
        format!("{}---\n{pods}", SERVICE.replace("namespace: one", &format!("namespace: {namespace}")))
    };
    let client = DEPLOYMENT
        .replace("{name: web}", "{name: web, namespace: here}")
        .replace("image: \"web:1\"", "image: \"web:1\", env: [{name: WEB_URL, value: \"http://web:80\"}]");
    let (two, three) = (inside("two"), inside("three"));
    let files = [("a.yaml", client.as_str()), ("b.yaml", &two), ("c.yaml", &three)];
    let words = ["namespaces `three` and `two`", "b.yaml:3", "c.yaml:3", "the one that is meant"];
    expect(&files, "host-unresolved", &words);
    expect(&files[..2], "host-unresolved", &["namespace `two`", "write `web.two`"]);
}

#[test]
fn a_folder_that_is_deployed_already_is_no_suggestion() {
    let application = |name: &str, path: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\nspec:\n  source: {{repoURL: \"https://example.org/x\", path: {path}}}\n  destination: {{namespace: a}}\n"
        )
    };
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let (wrong, right) = (application("web", "apps/web"), application("functional", "apps/web-functional"));
    let files = [("a.yaml", wrong.as_str()), ("apps/web-functional/a.yaml", config)];
    expect(&files, "gitops-source-missing", &["did you mean `apps/web-functional`?"]);
    let files = [("a.yaml", wrong.as_str()), ("apps/web-functional/a.yaml", config), ("b.yaml", &right)];
    expect(&files, "gitops-source-missing", &["remove Application `web`", "b.yaml:3: deploys"]);
}

#[test]
fn places_of_the_same_name_are_told_apart() {
    let pod = DEPLOYMENT.replace("spec: {containers", "spec: {strategy: {type: Recreate}, containers");
    let words =
        ["unknown field `strategy` in `spec.template.spec`", "`spec` of the Deployment, beside `template`"];
    expect(&[("a.yaml", &pod)], "unknown-field", &words);
    let hook = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: a}\nspec:\n  webhooks: []\n";
    let words = ["move its contents one level up: `ValidatingWebhookConfiguration` has no `spec`"];
    expect(&[("a.yaml", hook)], "unknown-field", &words);
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nspec:\n  rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get]}]\n";
    expect(&[("a.yaml", role)], "unknown-field", &["one level up: `Role` has no `spec`"]);
}

#[test]
fn a_chart_is_mended_where_the_fault_is() {
    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
    let template =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {tag: {{ .Values.tag | quote }}}\n";
    let schema =
        r#"{"type": "object", "additionalProperties": false, "properties": {"tag": {"type": "number"}}}"#;
    let files = |values| {
        [
            ("Chart.yaml", chart),
            ("values.yaml", values),
            ("values.schema.json", schema),
            ("templates/a.yaml", template),
        ]
    };
    expect(&files("tag: latest\n"), "chart-broken", &["correct the value, or the schema"]);
    expect(&files("tag: 1\nscope: a\n"), "chart-broken", &["remove the key, or add it to the schema"]);
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ include \"web.name\" . }}}\n";
    let files = [("Chart.yaml", chart), ("values.yaml", "a: 1\n"), ("templates/a.yaml", template)];
    expect(&files, "chart-broken", &["define `web.name` in `templates/_helpers.tpl`, or correct the name"]);
}

#[test]
fn what_was_meant_is_said_where_it_is_mended() {
    // A key that no Secret may have is not to be copied.
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData:\n  a: b\n  slack-token\": b\n---\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: \"web:1\"\n      env: [{name: A, valueFrom: {secretKeyRef: {name: web, key: slack-token}}}]\n";
    let both = format!("{secret}{pod}");
    let words = ["correct the key `slack-token\"` of the Secret"];
    expect(&[("a.yaml", &both)], "env-source-missing", &words);
    // A key that is indented too far, so that its items became those of the list.
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    image: \"web:1\"\n    ports:\n    - containerPort: 1\n      command:\n    - /data/run.sh\n";
    expect(&[("a.yaml", pod)], "unknown-field", &["indent `command` like `ports`"]);
    // Both places of what is there twice.
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let files = [("kustomization.yaml", "resources: [a.yaml, b.yaml]\n"), ("a.yaml", map), ("b.yaml", map)];
    expect(&files, "kustomization-broken", &["a.yaml:1: the first of the two"]);
    // Kustomize does not drop a key.
    let twice = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b, a: c}\n";
    let files = [("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", twice)];
    expect(&files, "duplicate-key", &["`kustomize build` fails"]);
    // What a chart asks for is given in the file of its test.
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ required \"set a\" .Values.a }}}\n";
    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
    let files = [
        ("Chart.yaml", chart),
        ("values.yaml", "b: 1\n"),
        ("ci/test-values.yaml", "b: 2\n"),
        ("templates/a.yaml", template),
    ];
    expect(&files, "chart-broken", &["set the value in `ci/test-values.yaml`"]);
    // A StatefulSet was not always refused for its pods.
    let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec:\n  serviceName: a\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec: {containers: [{name: a, image: \"a:1\", volumeMounts: [{name: nope, mountPath: /x}]}]}\n";
    expect(&[("a.yaml", set)], "volume-source-missing", &["before Kubernetes 1.34"]);
}

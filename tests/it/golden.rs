//! Golden cases: small manifests whose verdict follows from what the cluster really does.

use wplint::lint::lint_texts;
use wplint::settings::Settings;

/// The rules among `of` that speak about a manifest.
fn speaking<'r>(text: &str, of: &[&'r str]) -> Vec<&'r str> {
    let run = lint_texts(vec![("app.yaml".to_owned(), text.to_owned())], &Settings::default());
    assert_eq!(run.counts.failed, 0, "the example is YAML");
    of.iter()
        .copied()
        .filter(|rule| run.findings.iter().any(|one| one.finding.rule.name() == *rule))
        .collect()
}

fn speaks(text: &str, rule: &str) -> bool {
    !speaking(text, &[rule]).is_empty()
}

/// A Deployment with these labels and this rest of the pod spec.
fn deployment(name: &str, replicas: u32, labels: &str, pod: &str) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{{labels}}}}}
  template:
    metadata: {{labels: {{{labels}}}}}
    spec:
{pod}
"
    )
}

const WEB: &str = "      containers: [{name: web, image: 'nginx:1.29'}]";

fn budget(version: &str, spec: &str) -> String {
    format!(
        "---
apiVersion: policy/{version}
kind: PodDisruptionBudget
metadata: {{name: budget, namespace: shop}}
spec: {{{spec}}}
"
    )
}

mod selectors {
    use super::*;
    use std::sync::Arc;
    use wplint::files::{FileId, SourceFile};
    use wplint::kube::labels::Labels;
    use wplint::kube::selector::{Match, Selector};
    use wplint::yaml;

    fn matches(selector: &str, labels: &str) -> Match {
        let text = format!("selector: {selector}\nlabels: {labels}\n");
        let file = Arc::new(SourceFile::new(FileId(0), "s.yaml", text.as_str()));
        let tree = yaml::parse(&file, &yaml::split(&text)[0]).expect("YAML");
        let selector = Selector::label_selector(tree.root().get("selector").expect("a selector"));
        selector.matches(&Labels::read(tree.root().get("labels")))
    }

    #[test]
    fn c1_not_in_holds_where_the_key_is_missing() {
        assert_eq!(
            matches("{matchExpressions: [{key: env, operator: NotIn, values: [prod]}]}", "{}"),
            Match::Yes
        );
    }

    #[test]
    fn c2_the_empty_string_is_a_value() {
        let selector = "{matchExpressions: [{key: a, operator: In, values: ['']}]}";
        assert_eq!(matches(selector, "{a: ''}"), Match::Yes);
        assert_eq!(matches(selector, "{}"), Match::No);
    }

    #[test]
    fn c3_a_contradiction_matches_nothing() {
        let selector =
            "{matchLabels: {app: web}, matchExpressions: [{key: app, operator: NotIn, values: [web]}]}";
        assert_eq!(matches(selector, "{app: web}"), Match::No);
        assert_eq!(matches(selector, "{app: db}"), Match::No);
        let text = deployment("web", 2, "app: web", WEB)
            + &budget("v1", &format!("maxUnavailable: 1, selector: {selector}"));
        assert!(speaks(&text, "pdb-selects-nothing"));
    }
}

#[test]
fn c4_an_empty_budget_selector_differs_by_version() {
    let workloads = deployment("web", 2, "app: web", WEB) + &deployment("api", 2, "app: api", WEB);
    let services = "---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
";
    let of = ["pdb-missing", "pdb-selects-nothing"];
    let v1 = format!("{workloads}{services}{}", budget("v1", "maxUnavailable: 1, selector: {}"));
    assert_eq!(speaking(&v1, &of), [] as [&str; 0]);
    let v1beta1 = format!("{workloads}{services}{}", budget("v1beta1", "maxUnavailable: 1, selector: {}"));
    assert_eq!(speaking(&v1beta1, &of), ["pdb-selects-nothing"]);
}

#[test]
fn c5_an_empty_service_selector_is_no_selector() {
    let text = "
apiVersion: v1
kind: Service
metadata: {name: by-hand, namespace: shop}
spec: {selector: {}, ports: [{port: 80}]}
";
    assert!(!speaks(text, "service-selects-nothing"));
    // Nor does it serve everything: the workload stays without a Service.
    let both = format!("{text}{}", deployment("web", 2, "app: web", WEB));
    assert!(!speaks(&both, "pdb-missing"));
}

#[test]
fn c6_anti_affinity_that_counts_nobody() {
    let term = |rest: &str| {
        let pod = format!(
            "{WEB}
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: kubernetes.io/hostname
{rest}"
        );
        deployment("web", 4, "app: web", &pod)
    };
    assert!(speaks(&term(""), "spread-matches-nothing"));
    let own = "              labelSelector: {matchLabels: {app: web}}\n";
    assert!(!speaks(&term(own), "spread-matches-nothing"));
    let elsewhere = format!("{own}              namespaces: [other]\n");
    assert!(speaks(&term(&elsewhere), "spread-matches-nothing"));
}

#[test]
fn c7_percentages_round_up() {
    let with = |spec: &str| {
        deployment("web", 3, "app: web", WEB)
            + &budget("v1", &format!("{spec}, selector: {{matchLabels: {{app: web}}}}"))
    };
    assert!(speaks(&with("minAvailable: 90%"), "pdb-blocks-eviction"));
    assert!(!speaks(&with("maxUnavailable: 1%"), "pdb-blocks-eviction"));
}

#[test]
fn c8_a_job_under_a_budget_that_needs_the_scale() {
    let job = "---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {restartPolicy: Never, containers: [{name: migrate, image: migrate}]}
";
    let with = |spec: &str| {
        deployment("web", 2, "app: web", WEB)
            + job
            + &budget("v1", &format!("{spec}, selector: {{matchLabels: {{app: web}}}}"))
    };
    assert!(speaks(&with("maxUnavailable: 1"), "pdb-counts-unscalable"));
    assert!(!speaks(&with("minAvailable: 1"), "pdb-counts-unscalable"));
}

#[test]
fn c9_two_budgets_on_one_pod() {
    let budgets = "---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: one, namespace: shop}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: two, namespace: shop}
spec: {maxUnavailable: 1, selector: {matchLabels: {tier: front}}}
";
    assert!(speaks(&(deployment("web", 3, "app: web, tier: front", WEB) + budgets), "pdb-overlap"));
    assert!(!speaks(&(deployment("web", 3, "app: web", WEB) + budgets), "pdb-overlap"));
}

#[test]
fn c10_a_budget_without_numbers_and_one_in_quotes() {
    let with = |spec: &str| {
        deployment("web", 3, "app: web", WEB)
            + &budget("v1", &format!("{spec} selector: {{matchLabels: {{app: web}}}}"))
    };
    assert!(speaks(&with(""), "pdb-blocks-eviction"));
    let of = ["pdb-invalid", "pdb-blocks-eviction"];
    assert_eq!(speaking(&with("minAvailable: \"2\","), &of), ["pdb-invalid"]);
}

/// A Service and its workload, with the port list of the Service and the containers of the pod.
fn served(ports: &str, pod: &str) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: {ports}}}
{}",
        deployment("web", 2, "app: web", pod)
    )
}

#[test]
fn c11_named_ports_and_who_may_declare_them() {
    let ports = "[{port: 80, targetPort: http}]";
    let rule = "service-port-unresolved";
    let plain = "      containers: [{name: a, image: a, ports: [{name: web, containerPort: 80}]}]";
    assert!(speaks(&served(ports, plain), rule));
    let init = |policy: &str| {
        format!(
            "      containers: [{{name: a, image: a}}]
      initContainers: [{{name: b, image: b{policy}, ports: [{{name: http, containerPort: 80}}]}}]"
        )
    };
    assert!(!speaks(&served(ports, &init(", restartPolicy: Always")), rule));
    assert!(speaks(&served(ports, &init("")), rule));
}

#[test]
fn c12_a_name_with_another_protocol_is_another_port() {
    let pod = "      containers: [{name: a, image: a, ports: [{name: dns, containerPort: 53}]}]";
    let rule = "service-port-unresolved";
    assert!(speaks(&served("[{port: 53, protocol: UDP, targetPort: dns}]", pod), rule));
    assert!(!speaks(&served("[{port: 53, targetPort: dns}]", pod), rule));
}

#[test]
fn c13_numbers_need_no_declaration() {
    let of = ["service-port-unresolved", "service-port-undeclared"];
    assert_eq!(speaking(&served("[{port: 80, targetPort: 8080}]", WEB), &of), [] as [&str; 0]);
}

#[test]
fn c15_a_probe_sees_only_its_own_container() {
    let pod = "      containers:
        - {name: a, image: a, livenessProbe: {httpGet: {port: http}}}
        - {name: b, image: b, ports: [{name: http, containerPort: 80}]}";
    assert!(speaks(&deployment("web", 2, "app: web", pod), "probe-port-unresolved"));
}

/// A database with its Service, and a client that knows it by this environment.
fn client(service: &str, image: &str, env: &str) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: db, namespace: shop}}
spec: {{{service}selector: {{app: db}}, ports: [{{port: 5432, targetPort: 15432}}]}}
{}{}",
        deployment("db", 2, "app: db", "      containers: [{name: db, image: example/db}]"),
        deployment(
            "web",
            2,
            "app: web",
            &format!("      containers: [{{name: web, image: '{image}', env: [{env}]}}]")
        )
    )
}

#[test]
fn c16_headless_services_translate_no_ports() {
    let env = "{name: DB_HOST, value: 'db:5432'}";
    assert!(speaks(&client("clusterIP: None, ", "app", env), "host-port-unexposed"));
    assert!(!speaks(&client("", "app", env), "host-port-unexposed"));
}

#[test]
fn c20_a_url_with_a_sign_in_its_password() {
    let env = |host: &str| format!("{{name: DATABASE_URL, value: 'postgres://u:p@ss@{host}:5432/x'}}");
    assert!(!speaks(&client("", "app", &env("db.shop")), "host-unresolved"));
    // A Service of this name exists, but not in the namespace that is written.
    assert!(speaks(
        &client("", "app", &env("db.shop.svc.cluster.local").replace(":5432", ":5433")),
        "host-port-unexposed"
    ));
    assert!(speaks(&client("", "app", &env("dbb")), "host-unresolved"));
}

#[test]
fn c21_connection_strings() {
    let unresolved = |value: &str| {
        let env = format!("{{name: ConnectionStrings__Main, value: '{value}'}}");
        speaks(&client("", "app", &env), "host-unresolved")
    };
    assert!(!unresolved("Server=tcp:db,5432;Database=x"));
    assert!(unresolved("Server=tcp:dbb,5432;Database=x"));
    let dsn = |value: &str| {
        speaks(&client("", "app", &format!("{{name: DB_DSN, value: '{value}'}}")), "host-unresolved")
    };
    assert!(!dsn("root:pw@tcp(db:5432)/app"));
    assert!(dsn("root:pw@tcp(dbb:5432)/app"));
    let jdbc = |value: &str| {
        let env = format!("{{name: SPRING_DATASOURCE_URL, value: '{value}'}}");
        speaks(&client("", "app", &env), "host-unresolved")
    };
    assert!(!jdbc("jdbc:postgresql://db:5432,db:5432/x"));
    assert!(jdbc("jdbc:postgresql://db:5432,dbb:5432/x"));
    let mongo = "{name: MONGO_URL, value: 'mongodb+srv://c.example/x'}";
    assert!(!speaks(&client("", "app", mongo), "host-unresolved"));
}

#[test]
fn c22_wordpress_looks_for_mysql_when_nobody_says_otherwise() {
    let database = "      containers: [{name: mysql, image: 'mysql:8.4', ports: [{containerPort: 3306}]}]";
    let text = |env: &str| {
        format!(
            "apiVersion: v1
kind: Service
metadata: {{name: wordpress-mysql, namespace: shop}}
spec: {{selector: {{app: db}}, ports: [{{port: 3306}}]}}
{}{}",
            deployment("db", 2, "app: db", database),
            deployment(
                "web",
                2,
                "app: web",
                &format!("      containers: [{{name: web, image: 'wordpress:6.8', env: [{env}]}}]")
            )
        )
    };
    let run = lint_texts(vec![("app.yaml".to_owned(), text(""))], &Settings::default());
    let found: Vec<_> =
        run.findings.iter().filter(|one| one.finding.rule.name() == "host-unresolved").collect();
    assert_eq!(found.len(), 1);
    let words = format!("{:?}", found[0].finding);
    assert!(words.contains("`mysql`") && words.contains("wordpress-mysql"), "{words}");
    assert!(!speaks(&text("{name: WORDPRESS_DB_HOST, value: wordpress-mysql}"), "host-unresolved"));
}

#[test]
fn c26_required_anti_affinity_needs_a_spare_node_to_roll_out() {
    let text = |replicas: u32| {
        let pod = format!(
            "{WEB}
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: kubernetes.io/hostname
              labelSelector: {{matchLabels: {{app: web}}}}"
        );
        deployment("web", replicas, "app: web", &pod)
    };
    assert!(speaks(&text(3), "anti-affinity-stalls-rollout"));
    assert!(!speaks(&text(4), "anti-affinity-stalls-rollout"));
}

#[test]
fn c27_a_single_attach_claim_and_a_rolling_update() {
    let text = |mode: &str, strategy: &str| {
        format!(
            "apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data, namespace: shop}}
spec: {{accessModes: [{mode}], resources: {{requests: {{storage: 1Gi}}}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
  replicas: 1
  {strategy}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers: [{{name: web, image: 'nginx:1.29', volumeMounts: [{{name: data, mountPath: /data}}]}}]
      volumes: [{{name: data, persistentVolumeClaim: {{claimName: data}}}}]
"
        )
    };
    let severity = |text: &str| {
        let run = lint_texts(vec![("app.yaml".to_owned(), text.to_owned())], &Settings::default());
        run.findings
            .iter()
            .find(|one| one.finding.rule.name() == "rollout-deadlock")
            .map(|one| one.severity.name())
    };
    assert_eq!(severity(&text("ReadWriteOnce", "")), Some("warning"));
    assert_eq!(severity(&text("ReadWriteOncePod", "")), Some("error"));
    assert_eq!(severity(&text("ReadWriteOnce", "strategy: {type: Recreate}")), None);
}

#[test]
fn c28_postgres_moved_its_data() {
    let text = |tag: &str, path: &str| {
        let pod = format!(
            "      containers:
        - name: db
          image: 'postgres:{tag}'
          volumeMounts: [{{name: data, mountPath: {path}}}]
      volumes: [{{name: data, persistentVolumeClaim: {{claimName: data}}}}]"
        );
        deployment("db", 1, "app: db", &pod)
    };
    let rule = "database-on-ephemeral-storage";
    assert!(speaks(&text("18", "/var/lib/postgresql/data"), rule));
    assert!(!speaks(&text("18", "/var/lib/postgresql"), rule));
    assert!(speaks(&text("16", "/var/lib/postgresql"), rule));
    assert!(!speaks(&text("16", "/var/lib/postgresql/data"), rule));
}

#[test]
fn c29_autoscalers_find_their_target_by_group_and_kind() {
    let text = |version: &str| {
        deployment("web", 2, "app: web", WEB)
            + &format!(
                "---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: web, namespace: shop}}
spec:
  minReplicas: 2
  maxReplicas: 4
  scaleTargetRef: {{apiVersion: {version}, kind: Deployment, name: web}}
"
            )
    };
    assert!(!speaks(&text("apps/v1beta2"), "hpa-target-missing"));
    assert!(speaks(&text("extensions/v1beta1"), "hpa-target-missing"));
}

#[test]
fn c30_utilisation_needs_a_request_from_every_sidecar() {
    let text = |sidecar: &str| {
        let pod = format!(
            "      containers: [{{name: web, image: 'nginx:1.29', resources: {{requests: {{cpu: 100m}}}}}}]
      initContainers: [{{name: proxy, image: envoy, restartPolicy: Always{sidecar}}}]"
        );
        deployment("web", 2, "app: web", &pod)
            + "---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  minReplicas: 2
  maxReplicas: 4
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]
"
    };
    assert!(speaks(&text(""), "hpa-metric-without-request"));
    let requested = ", resources: {requests: {cpu: 10m}}";
    assert!(!speaks(&text(requested), "hpa-metric-without-request"));
}

#[test]
fn c31_keda_refuses_to_scale_to_zero_on_cpu_alone() {
    let text = |min: &str| {
        deployment(
            "web",
            2,
            "app: web",
            "      containers: [{name: web, image: w, resources: {requests: {cpu: 1}}}]",
        ) + &format!(
            "---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {{name: web, namespace: shop}}
spec:
  scaleTargetRef: {{name: web}}
  {min}
  triggers: [{{type: cpu, metricType: Utilization, metadata: {{value: '60'}}}}]
"
        )
    };
    assert!(speaks(&text(""), "hpa-cannot-scale"));
    assert!(!speaks(&text("minReplicaCount: 2"), "hpa-cannot-scale"));
}

/// What the names of these rules are said about, as `rule: message`.
fn said(text: &str, rule: &str) -> Vec<String> {
    let run = lint_texts(vec![("app.yaml".to_owned(), text.to_owned())], &Settings::default());
    let own = run.findings.iter().filter(|one| one.finding.rule.name() == rule);
    own.map(|one| format!("{} {}", one.severity, one.finding.message)).collect()
}

#[test]
fn c14_an_ingress_names_the_port_of_the_service() {
    let text = |number: u32| {
        format!(
            "apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: shop}}
spec:
  defaultBackend: {{service: {{name: web, port: {{number: {number}}}}}}}
"
        )
    };
    let found = said(&text(8080), "ingress-backend-unresolved");
    assert!(matches!(&found[..], [one] if one.starts_with("error")), "{found:?}");
    assert!(!speaks(&text(80), "ingress-backend-unresolved"));
}

/// A container with this environment and the objects beside it.
fn with_environment(others: &str, env: &str, env_from: &str) -> String {
    let pod = format!(
        "      containers: [{{name: web, image: 'example/web:1', env: [{env}], envFrom: [{env_from}]}}]"
    );
    format!("{}{others}", deployment("web", 2, "app: web", &pod))
}

const DATABASE: &str = "---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {DB_HOST: a}
";

#[test]
fn c17_an_optional_source_that_is_not_there_overwrites_nothing() {
    let optional =
        "{name: DB_HOST, valueFrom: {configMapKeyRef: {name: settings, key: none, optional: true}}}";
    let text = with_environment(DATABASE, optional, "{configMapRef: {name: settings}}");
    assert_eq!(speaking(&text, &["host-unresolved", "env-source-missing"]), [] as [&str; 0]);
    // What the variable effectively is, the Service knows as its user.
    let dependents = said(&format!("{text}{}", deployment("b", 1, "app: b", WEB)), "single-replica");
    assert!(!dependents.is_empty());
    let missing = text.replace("data: {DB_HOST: a}", "data: {DB_HOST: aa}");
    let own = said(&missing, "host-unresolved");
    assert!(matches!(&own[..], [one] if one.contains("`aa` in `DB_HOST`")), "{own:?}");
}

#[test]
fn c18_a_reference_to_a_later_variable_stays_text() {
    let later = "{name: URL, value: 'http://$(HOST):80'}, {name: HOST, value: a}";
    let found = said(&with_environment(DATABASE, later, ""), "env-expansion-unresolved");
    assert!(matches!(&found[..], [one] if one.contains("`HOST`")), "{found:?}");
    let earlier = "{name: HOST, value: a}, {name: URL, value: 'http://$(HOST):80'}";
    assert!(!speaks(&with_environment(DATABASE, earlier, ""), "env-expansion-unresolved"));
}

#[test]
fn c19_a_newline_at_the_end_of_a_password() {
    let secret = |value: &str| {
        format!(
            "---
apiVersion: v1
kind: Secret
metadata: {{name: db, namespace: shop}}
data: {{password: {value}}}
"
        )
    };
    let env = "{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}";
    let rule = "secret-trailing-newline";
    assert_eq!(said(&with_environment(&secret("cGFzcwo="), env, ""), rule).len(), 1);
    assert!(!speaks(&with_environment(&secret("cGFzcw=="), env, ""), rule));
}

#[test]
fn c23_the_network_of_the_node_knows_no_services() {
    let pod = |policy: &str| {
        format!(
            "      hostNetwork: true
{policy}      containers: [{{name: web, image: 'example/web:1', env: [{{name: REDIS_HOST, value: redis}}]}}]"
        )
    };
    let redis = "---
apiVersion: v1
kind: Service
metadata: {name: redis, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 6379}]}
";
    let text = |policy: &str| format!("{}{redis}", deployment("web", 2, "app: web", &pod(policy)));
    assert!(speaks(&text(""), "host-unresolved"));
    assert!(!speaks(&text("      dnsPolicy: ClusterFirstWithHostNet\n"), "host-unresolved"));
}

#[test]
fn c25_a_service_name_that_makes_a_variable_of_its_own() {
    let redis = "---
apiVersion: v1
kind: Service
metadata: {name: redis, namespace: shop}
spec: {selector: {app: redis}, ports: [{port: 6379}]}
";
    let text = |links: &str, env: &str| {
        let pod = format!(
            "{links}      containers: [{{name: web, image: 'redis:7', command: [sh, -c, 'exec app --port $REDIS_PORT'], env: [{env}]}}]"
        );
        format!("{}{redis}", deployment("web", 2, "app: redis", &pod))
    };
    let rule = "service-link-collision";
    assert!(speaks(&text("", ""), rule));
    assert!(!speaks(&text("      enableServiceLinks: false\n", ""), rule));
    assert!(!speaks(&text("", "{name: REDIS_PORT, value: '6379'}"), rule));
}

#[test]
fn c32_a_startup_probe_at_a_port_that_is_not_there() {
    let pod = "      containers: [{name: web, image: 'nginx:1', ports: [{name: web, containerPort: 80}], startupProbe: {httpGet: {port: http}}}]";
    let found = said(&deployment("web", 2, "app: web", pod), "probe-port-unresolved");
    assert!(matches!(&found[..], [one] if one.starts_with("error")), "{found:?}");
}

mod scalars {
    use super::*;

    fn pod(container: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: a\n    image: a:1\n{container}"
        )
    }

    /// Whether a rule speaks of a file that a kustomization deploys.
    fn speaks_with_kustomize(text: &str, rule: &str) -> bool {
        let kustomization = ("kustomization.yaml".to_owned(), "resources: [app.yaml]\n".to_owned());
        let run =
            lint_texts(vec![("app.yaml".to_owned(), text.to_owned()), kustomization], &Settings::default());
        run.findings.iter().any(|one| one.finding.rule.name() == rule)
    }

    #[test]
    fn c33_yes_is_a_boolean_to_kubectl_and_text_to_kustomize() {
        let yes = pod("    env: [{name: A, value: yes}]\n");
        assert!(speaks(&yes, "wrong-type"));
        assert!(!speaks_with_kustomize(&yes, "wrong-type"));
        let octal = pod("    env: [{name: A, value: 0777}]\n");
        assert!(speaks(&octal, "wrong-type"));
        assert!(speaks_with_kustomize(&octal, "wrong-type"));
    }

    #[test]
    fn c34_a_key_that_is_there_twice_is_shown_at_both_places() {
        let twice = pod("    env: [{name: A, value: a}]\n    ports: []\n    env: [{name: B, value: b}]\n");
        let run = lint_texts(vec![("app.yaml".to_owned(), twice)], &Settings::default());
        let one =
            run.findings.iter().find(|one| one.finding.rule.name() == "duplicate-key").expect("a finding");
        let line = |offset: u32| run.files[0].place(offset).line;
        assert_eq!((line(one.finding.span.start), line(one.finding.also[0].span.start)), (10, 8));
    }

    #[test]
    fn c35_leading_zeros_and_thousandths_of_a_byte() {
        let cpu = pod("    resources: {limits: {cpu: 010}}\n");
        let run = lint_texts(vec![("app.yaml".to_owned(), cpu)], &Settings::default());
        let one = run
            .findings
            .iter()
            .find(|one| one.finding.rule.name() == "quantity-suspicious")
            .expect("a finding");
        assert!(one.finding.message.contains("is 8, not 10"), "{}", one.finding.message);
        assert!(speaks(&pod("    resources: {limits: {memory: 512m}}\n"), "quantity-suspicious"));
        assert!(!speaks(&pod("    resources: {limits: {memory: 512M}}\n"), "quantity-suspicious"));
    }

    #[test]
    fn c36_on_as_a_key_is_true() {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {on: \"x\"}\n";
        assert!(speaks(map, "ambiguous-scalar"));
        assert!(!speaks(&map.replace("{on:", "{\"on\":"), "ambiguous-scalar"));
    }
}

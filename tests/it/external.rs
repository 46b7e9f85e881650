//! Every list under `external:` makes a difference.

use wplint::inventory::external::LISTS;
use wplint::lint::lint_texts;
use wplint::run::Status;
use wplint::settings::Settings;

/// For each list, manifests with one reference that leads nowhere, the name it asks for, and the rule.
const CASES: &[(&str, &str, &str, &str)] = &[
    (
        "services",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {defaultBackend: {service: {name: gone, port: {number: 80}}}}\n",
        "gone",
        "ingress-backend-unresolved",
    ),
    ("secrets", "@envFrom: [{secretRef: {name: gone}}]", "gone", "env-source-missing"),
    ("configMaps", "@envFrom: [{configMapRef: {name: gone}}]", "gone", "env-source-missing"),
    ("serviceAccounts", "#serviceAccountName: gone", "gone", "service-account-missing"),
    (
        "persistentVolumeClaims",
        "#volumes: [{name: v, persistentVolumeClaim: {claimName: gone}}]",
        "gone",
        "volume-source-missing",
    ),
    (
        "storageClasses",
        "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: standard}\nprovisioner: a.example.com/b\n---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec: {storageClassName: standart, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n",
        "standart",
        "class-missing",
    ),
    (
        "ingressClasses",
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: internal}\nspec: {controller: a.example.com/b}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {ingressClassName: internel, defaultBackend: {service: {name: web, port: {number: 80}}}}\n",
        "internel",
        "class-missing",
    ),
    (
        "priorityClasses",
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: important}\nvalue: 5\n---\n#priorityClassName: importent",
        "importent",
        "class-missing",
    ),
    (
        "workloads",
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: gone}}\n",
        "gone",
        "hpa-target-missing",
    ),
    (
        "roles",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: n}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: gone}\nsubjects: []\n",
        "gone",
        "role-missing",
    ),
    (
        "clusterRoles",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: gone}\nsubjects: []\n",
        "gone",
        "role-missing",
    ),
];

/// A manifest, or lines for a pod's container (`@`) or a pod (`#`).
fn manifest(text: &str) -> String {
    let (before, own) =
        text.split_once("---\n").map_or((String::new(), text), |(one, two)| match two.starts_with('#') {
            true => (format!("{one}---\n"), two),
            false => (String::new(), text),
        });
    let pod = |of_container: &str, of_pod: &str| {
        format!(
            "{before}apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      {of_pod}\n      containers:\n        - name: web\n          image: web:1\n          {of_container}\n"
        )
    };
    match own.split_at(1) {
        ("@", rest) => pod(rest, ""),
        ("#", rest) => pod("", rest),
        _ => text.to_owned(),
    }
}

fn says(text: &str, config: &str, rule: &str) -> bool {
    let settings = Settings::from_config(config).expect("a configuration");
    let run = lint_texts(vec![("app.yaml".to_owned(), manifest(text))], &settings);
    run.findings.iter().any(|one| one.finding.rule == rule && one.status == Status::Shown)
}

#[test]
fn every_list_names_what_is_not_missing() {
    for (list, text, name, rule) in CASES {
        assert!(says(text, "complete: false", rule), "{list}: `{rule}` says nothing");
        let config = format!("external: {{{list}: [{name}]}}");
        assert!(!says(text, &config, rule), "{list} changes nothing for `{rule}`");
    }
    let tried: Vec<&str> = CASES.iter().map(|case| case.0).chain(["middlewares"]).collect();
    assert_eq!(LISTS.iter().map(|list| list.key).collect::<Vec<_>>(), tried);
}

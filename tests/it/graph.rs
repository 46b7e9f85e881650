//! `wplint graph`: what is connected with what, what is red, and a page that needs nothing else.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn graph(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
    command.current_dir(folder).arg("graph").arg("--no-config").args(arguments).output().expect("it runs")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
    folder
}

/// The edges of a report, one line each: `Ingress blog -routes-> Service blog`.
fn edges(report: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for unit in report["units"].as_array().expect("units") {
        let name = |at: &Value| {
            let node = &unit["nodes"][at.as_u64().expect("a position") as usize];
            format!("{} {}", node["kind"].as_str().expect("kind"), node["name"].as_str().expect("name"))
        };
        for edge in unit["edges"].as_array().expect("edges") {
            let broken = if edge["broken"].is_null() { "" } else { " broken" };
            let means = edge["means"].as_str().expect("a word");
            found.push(format!("{} -{means}-> {}{broken}", name(&edge["from"]), name(&edge["to"])));
        }
    }
    found
}

const SHOP: &str = r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  tls: [{secretName: shop-tls}]
  rules: [{http: {paths: [
    {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}},
    {path: /old, pathType: Prefix, backend: {service: {name: wbe, port: {number: 80}}}}]}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: nginx
          ports: [{containerPort: 8080}]
          envFrom: [{configMapRef: {name: settings}}]
          env:
            - {name: DB_HOST, value: db}
            - {name: DB_PASSWORD, value: hunter2hunter2}
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {COLOUR: red}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: shop-tls, namespace: shop}
stringData: {tls.key: very-secret-indeed, tls.crt: also-secret}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "postgres:17"}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web, namespace: shop}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: check}
webhooks: [{name: check.example.org, clientConfig: {service: {name: web, namespace: shop, port: 80}}}]
"#;

#[test]
fn every_kind_of_edge_is_there() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let output = graph(folder.path(), &["--format", "json"]);
    let report: Value = serde_json::from_str(&text(&output)).expect("JSON");
    let mut found = edges(&report);
    found.sort();
    let expected = [
        "Deployment web -allows-> ServiceAccount web",
        "Deployment web -calls-> Service db",
        "Deployment web -reads-> ConfigMap settings",
        "Deployment web -stores-> PersistentVolumeClaim data",
        "HorizontalPodAutoscaler web -scales-> Deployment web",
        "Ingress shop -reads-> Secret shop-tls",
        "Ingress shop -routes-> Service wbe broken",
        "Ingress shop -routes-> Service web",
        "NetworkPolicy db -selects-> StatefulSet db",
        "PodDisruptionBudget web -guards-> Deployment web",
        "RoleBinding web -allows-> Role web",
        "RoleBinding web -allows-> ServiceAccount web",
        "Service db -selects-> StatefulSet db",
        "Service web -selects-> Deployment web",
        "StatefulSet db -calls-> Service db",
        "ValidatingWebhookConfiguration check -serves-> Service web",
    ];
    assert_eq!(found, expected, "{report:#}");
}

#[test]
fn the_page_needs_nothing_and_shows_no_secret() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let page = text(&graph(folder.path(), &[]));
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(page.contains("class=\"edge routes bad\"") && page.contains("tls.key: ***"), "{page}");
    for secret in ["very-secret-indeed", "also-secret", "hunter2hunter2"] {
        assert!(!page.contains(secret), "{secret}");
    }
    let without = page.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http://", "https://", "src=", "@import", "url(http"] {
        assert!(!without.contains(outside), "the page needs `{outside}`");
    }
    assert_eq!(page, text(&graph(folder.path(), &[])), "the same page every time");
}

#[test]
fn what_a_manifest_says_stays_text() {
    let bad = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"</script><img src=x onerror=alert(1)>\"}\ndata: {a: \
               \"</script><script>alert(2)</script>\"}\n";
    let folder = folder(&[("a.yaml", bad)]);
    let page = text(&graph(folder.path(), &[]));
    assert_eq!(page.matches("<script").count(), 2, "{page}");
    assert!(!page.contains("<img"), "{page}");
}

#[test]
fn diagrams_leave_out_what_is_alone() {
    let alone = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: alone}\ndata: {}\n";
    let folder = folder(&[("shop.yaml", SHOP), ("alone.yaml", alone)]);
    let chart = text(&graph(folder.path(), &["--format", "mermaid"]));
    assert!(chart.starts_with("flowchart LR\n") && !chart.contains("alone"), "{chart}");
    assert!(chart.contains("-.->|\"port 80\"|") && chart.contains("linkStyle"), "{chart}");
    let dot = text(&graph(folder.path(), &["--format", "dot"]));
    assert!(dot.contains("[label=\"HorizontalPodAutoscaler\\nweb\"]"), "{dot}");
}

#[test]
fn overlays_are_pictures_of_their_own() {
    let base = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n---\n\
                apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {matchLabels: {app: web}}, \
                template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}}\n";
    let folder = folder(&[
        ("base/web.yaml", base),
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("prod/kustomization.yaml", "resources: [../base]\nnamespace: prod\n"),
        ("test/kustomization.yaml", "resources: [../base]\nnamespace: test\n"),
    ]);
    let report: Value =
        serde_json::from_str(&text(&graph(folder.path(), &["--format", "json"]))).expect("JSON");
    let names: Vec<&str> = report["units"]
        .as_array()
        .expect("units")
        .iter()
        .filter_map(|unit| unit["names"][0].as_str())
        .collect();
    assert_eq!(names, ["prod", "test"], "{report:#}");
}

/// As many applications as a large tree has.
fn large(count: usize) -> String {
    (0..count)
        .map(|at| SHOP.replace("shop", &format!("shop-{at}")).replace("hunter2", "x"))
        .collect::<Vec<_>>()
        .join("---\n")
}

#[test]
fn five_hundred_workloads_are_one_page() {
    let folder = folder(&[("all.yaml", &large(250))]);
    let begun = std::time::Instant::now();
    let page = text(&graph(folder.path(), &[]));
    println!("{} bytes in {:?}", page.len(), begun.elapsed());
    assert!(page.len() < 16 << 20, "{} bytes", page.len());
    assert!(page.matches("data-node=").count() > 3000);
}

#[test]
fn selectors_that_reach_everything_are_bounded() {
    let mut all = String::new();
    for at in 0..300 {
        all.push_str(&format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{at}}}\nspec: {{selector: {{all: x}}, ports: [{{port: \
             80}}]}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{at}}}\nspec: {{selector: {{matchLabels: \
             {{all: x}}}}, template: {{metadata: {{labels: {{all: x}}}}, spec: {{containers: [{{name: web, image: \
             nginx}}]}}}}}}\n"
        ));
    }
    let folder = folder(&[("all.yaml", &all)]);
    let output = graph(folder.path(), &["--format", "json"]);
    let report: Value = serde_json::from_str(&text(&output)).expect("JSON");
    assert_eq!(report["units"][0]["edges"].as_array().map(Vec::len), Some(20_000));
    assert!(String::from_utf8_lossy(&output.stderr).contains("70000 edges are left out"), "{output:?}");
}

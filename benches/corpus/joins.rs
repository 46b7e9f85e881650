//! A namespace in which everything has one label in common: the worst case for joining by labels.

use super::doc::Doc;

const NAMESPACE: &str = "joins";

/// One namespace with `n` Services, Deployments, PodDisruptionBudgets and NetworkPolicies.
///
/// All of them carry and select one label that they share and one that only the four of a kind
/// have, so a linter that looks up by the first label it meets does `n` times too much work.
/// Nothing in it is wrong.
pub fn joins(n: usize) -> String {
    let mut d = Doc::default();
    (d.flow, d.deep) = (true, true);
    for index in 0..n {
        let name = format!("join-{index:06}");
        let labels = [("app.kubernetes.io/part-of", NAMESPACE), ("app.kubernetes.io/name", &name)];
        d.document(|d| deployment(d, &name, &labels));
        d.document(|d| {
            d.head("v1", "Service", (NAMESPACE, &name), &labels);
            d.map("spec", |d| {
                d.pairs("selector", &labels);
                d.list("ports", |d| {
                    d.item(|d| {
                        d.word("name", "http");
                        d.int("port", 80);
                        d.word("targetPort", "http");
                    });
                });
            });
        });
        d.document(|d| {
            d.head("policy/v1", "PodDisruptionBudget", (NAMESPACE, &name), &labels);
            d.map("spec", |d| {
                d.int("maxUnavailable", 1);
                d.map("selector", |d| d.pairs("matchLabels", &labels));
            });
        });
        d.document(|d| {
            d.head("networking.k8s.io/v1", "NetworkPolicy", (NAMESPACE, &name), &labels);
            d.map("spec", |d| {
                d.map("podSelector", |d| d.pairs("matchLabels", &labels));
                d.words("policyTypes", &["Egress"]);
            });
        });
    }
    d.text
}

fn deployment(d: &mut Doc, name: &str, labels: &[(&str, &str)]) {
    d.head("apps/v1", "Deployment", (NAMESPACE, name), labels);
    d.map("spec", |d| {
        d.int("replicas", 2);
        d.map("selector", |d| d.pairs("matchLabels", labels));
        d.map("template", |d| {
            d.map("metadata", |d| d.pairs("labels", labels));
            d.map("spec", |d| {
                d.list("topologySpreadConstraints", |d| {
                    d.item(|d| {
                        d.int("maxSkew", 1);
                        d.word("topologyKey", "kubernetes.io/hostname");
                        d.word("whenUnsatisfiable", "ScheduleAnyway");
                        d.map("labelSelector", |d| d.pairs("matchLabels", labels));
                    });
                });
                d.list("containers", |d| d.item(container));
            });
        });
    });
}

fn container(d: &mut Doc) {
    d.word("name", "app");
    d.word("image", "registry.example.com/joins/app:1.0.0");
    d.list("ports", |d| {
        d.item(|d| {
            d.word("name", "http");
            d.int("containerPort", 8080);
        });
    });
    d.map("resources", |d| {
        d.pairs("requests", &[("cpu", "100m"), ("memory", "64Mi")]);
        d.pairs("limits", &[("memory", "64Mi")]);
    });
    d.map("readinessProbe", |d| {
        d.pairs("httpGet", &[("path", "/readyz"), ("port", "http")]);
    });
}

//! Objects that speak about the number of replicas: budgets and autoscalers.

use super::app::{App, Component};
use super::doc::Doc;
use super::rng::Rng;

/// The budget of one role, with room for one eviction at any number of replicas.
pub fn budget(d: &mut Doc, rng: &mut Rng, app: &App, role: &str, replicas: u64) {
    let name = app.own(role);
    d.head("policy/v1", "PodDisruptionBudget", (app.namespace, &name), &app.labels(role));
    d.map("spec", |d| {
        if replicas > 1 && rng.chance(30) {
            d.int("minAvailable", 1);
            d.tail("其余副本可以逐个迁走");
        } else {
            d.int("maxUnavailable", 1);
        }
        d.map("selector", |d| d.pairs("matchLabels", &app.selector(role)));
    });
}

/// One budget for all Deployments of the application.
pub fn shared_budget(d: &mut Doc, app: &App) {
    let labels = [("app.kubernetes.io/name", app.name.as_str())];
    let roles: Vec<&str> = app.components.iter().map(|c| c.role).collect();
    d.head("policy/v1", "PodDisruptionBudget", (app.namespace, &app.name), &labels);
    d.map("spec", |d| {
        d.int("maxUnavailable", 1);
        d.map("selector", |d| {
            d.pairs("matchLabels", &labels);
            d.list("matchExpressions", |d| {
                d.item(|d| {
                    d.word("key", "app.kubernetes.io/component");
                    d.word("operator", "In");
                    d.words("values", &roles);
                });
            });
        });
    });
}

/// The autoscaler of a component that leaves its number of replicas out.
pub fn autoscaler(d: &mut Doc, rng: &mut Rng, app: &App, c: &Component) {
    let at = (app.namespace, c.name.as_str());
    d.head("autoscaling/v2", "HorizontalPodAutoscaler", at, &app.labels(c.role));
    d.map("spec", |d| {
        d.map("scaleTargetRef", |d| {
            d.word("apiVersion", "apps/v1");
            d.word("kind", "Deployment");
            d.word("name", &c.name);
        });
        d.int("minReplicas", c.replicas);
        d.int("maxReplicas", c.replicas + rng.range(2, 8));
        d.list("metrics", |d| {
            d.item(|d| {
                d.word("type", "Resource");
                d.map("resource", |d| {
                    d.word("name", "cpu");
                    d.map("target", |d| {
                        d.word("type", "Utilization");
                        d.int("averageUtilization", rng.range(5, 8) * 10);
                    });
                });
            });
        });
    });
}

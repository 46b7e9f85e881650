//! Objects that lead to pods: Services, Ingresses, NetworkPolicies, ServiceMonitors.

use super::app::{App, Component, Defect};
use super::doc::Doc;
use super::rng::Rng;

/// The Service of a component.
pub fn service(d: &mut Doc, rng: &mut Rng, app: &App, c: &Component) {
    let at = (app.namespace, c.name.as_str());
    d.head("v1", "Service", at, &app.labels(c.role));
    d.map("spec", |d| {
        d.word("type", "ClusterIP");
        if rng.chance(20) {
            d.note("选择器与 Deployment 的标签保持一致");
        }
        d.pairs("selector", &app.selector(c.role));
        d.list("ports", |d| {
            d.item(|d| {
                d.word("name", "http");
                d.int("port", 80);
                if c.defect == Some(Defect::UnresolvedPort) {
                    d.word("targetPort", "htpp");
                } else if rng.chance(25) {
                    d.int("targetPort", c.port);
                    d.tail("same as containerPort");
                } else {
                    d.word("targetPort", "http");
                }
                d.word("protocol", "TCP");
            });
        });
    });
}

/// The headless Service of the application's database.
pub fn headless(d: &mut Doc, app: &App, port: u64) {
    let name = app.database_name();
    d.head("v1", "Service", (app.namespace, &name), &app.labels("db"));
    d.map("spec", |d| {
        d.word("clusterIP", "None");
        d.tail("每个副本都有自己的域名");
        d.pairs("selector", &app.selector("db"));
        d.list("ports", |d| {
            d.item(|d| {
                d.word("name", "db");
                d.int("port", port);
                d.word("targetPort", "db");
            });
        });
    });
}

/// The way in from outside, to the application's first component.
pub fn ingress(d: &mut Doc, app: &App, front: &Component) {
    let host = format!("{}.example.com", app.name);
    let at = (app.namespace, app.name.as_str());
    d.head("networking.k8s.io/v1", "Ingress", at, &app.labels(front.role));
    d.map("spec", |d| {
        d.word("ingressClassName", "nginx");
        d.list("tls", |d| {
            d.item(|d| {
                d.words("hosts", &[&host]);
                d.word("secretName", &app.own("tls"));
            });
        });
        d.list("rules", |d| {
            d.item(|d| {
                d.word("host", &host);
                d.map("http", |d| {
                    d.list("paths", |d| {
                        for c in app.components.iter().filter(|c| c.served) {
                            d.item(|d| path(d, c, c.name == front.name));
                        }
                    });
                });
            });
        });
    });
}

fn path(d: &mut Doc, c: &Component, root: bool) {
    if root {
        d.word("path", "/");
    } else {
        d.word("path", &format!("/{}", c.role));
    }
    d.word("pathType", "Prefix");
    d.map("backend", |d| {
        d.map("service", |d| {
            d.word("name", &c.name);
            d.map("port", |d| d.word("name", "http"));
        });
    });
}

/// Lets `from` reach the pods of `to` and nobody else.
pub fn policy(d: &mut Doc, app: &App, to: &Component, from: &Component) {
    let at = (app.namespace, to.name.as_str());
    d.head("networking.k8s.io/v1", "NetworkPolicy", at, &app.labels(to.role));
    d.map("spec", |d| {
        d.map("podSelector", |d| d.pairs("matchLabels", &app.selector(to.role)));
        d.words("policyTypes", &["Ingress"]);
        d.list("ingress", |d| {
            d.item(|d| {
                d.list("from", |d| {
                    d.item(|d| {
                        d.map("podSelector", |d| {
                            d.pairs("matchLabels", &app.selector(from.role));
                        });
                    });
                });
                d.list("ports", |d| {
                    d.item(|d| {
                        d.word("protocol", "TCP");
                        d.int("port", to.port);
                    });
                });
            });
        });
    });
}

/// Has the metrics of a served component collected.
pub fn monitor(d: &mut Doc, app: &App, c: &Component) {
    let at = (app.namespace, c.name.as_str());
    d.head("monitoring.coreos.com/v1", "ServiceMonitor", at, &app.labels(c.role));
    d.map("spec", |d| {
        d.map("selector", |d| d.pairs("matchLabels", &app.selector(c.role)));
        d.list("endpoints", |d| {
            d.item(|d| {
                d.word("port", "http");
                d.word("path", "/metrics");
                d.word("interval", "30s");
            });
        });
    });
}

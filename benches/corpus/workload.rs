//! The Deployment of a component, and the parts of a pod that other workloads share.

use super::app::{App, Component, Defect};
use super::doc::Doc;
use super::env;
use super::rng::Rng;

const NOTES: &[&str] = &[
    "多副本分散到不同节点,避免单点故障",
    "one more than the smallest cluster needs",
    "扩容前先看配额",
    "raised before the autumn sale",
    "see the runbook before lowering this",
];

/// The Deployment of a component.
pub fn deployment(d: &mut Doc, rng: &mut Rng, app: &App, c: &Component) {
    if rng.chance(30) {
        d.note(rng.pick(NOTES));
    }
    let at = (app.namespace, c.name.as_str());
    d.head("apps/v1", "Deployment", at, &app.labels(c.role));
    d.map("spec", |d| {
        if !c.autoscaled {
            d.int("replicas", c.replicas);
            if rng.chance(40) {
                d.tail(rng.pick(NOTES));
            }
        }
        d.int("revisionHistoryLimit", 3);
        d.map("strategy", |d| {
            d.word("type", "RollingUpdate");
            d.map("rollingUpdate", |d| {
                d.int("maxSurge", 1);
                d.int("maxUnavailable", 0);
            });
        });
        d.map("selector", |d| d.pairs("matchLabels", &app.selector(c.role)));
        d.map("template", |d| {
            pod_metadata(d, app, c.role, &c.version);
            d.map("spec", |d| pod(d, rng, app, c));
        });
    });
}

/// The labels of a pod template: what selects it, and its version.
pub fn pod_metadata(d: &mut Doc, app: &App, role: &str, version: &str) {
    let [name, component] = app.selector(role);
    let labels = [name, component, ("app.kubernetes.io/version", version)];
    d.map("metadata", |d| d.map("labels", |d| labels.iter().for_each(|(k, v)| d.word(k, v))));
}

fn pod(d: &mut Doc, rng: &mut Rng, app: &App, c: &Component) {
    if app.account {
        d.word("serviceAccountName", &app.name);
    }
    d.int("terminationGracePeriodSeconds", 30);
    d.map("securityContext", |d| {
        d.flag("runAsNonRoot", true);
        d.int("runAsUser", 10_001);
    });
    if c.defect == Some(Defect::PackedReplicas) {
        affinity(d, app, c.role, "podAffinity");
    } else if rng.chance(60) {
        affinity(d, app, c.role, "podAntiAffinity");
    } else {
        spread(d, app, c.role);
    }
    if let Some(engine) = app.database.filter(|_| rng.chance(15)) {
        let check = format!("until nc -z {} {}; do sleep 2; done", app.database_name(), engine.port);
        d.list("initContainers", |d| {
            d.item(|d| {
                d.word("name", "wait-for-database");
                d.word("image", "busybox:1.36.1");
                d.list("command", |d| ["sh", "-c", &check].iter().for_each(|v| d.value(v)));
                resources(d, "50m", "32Mi");
            });
        });
    }
    d.list("containers", |d| {
        d.item(|d| container(d, rng, app, c));
        if rng.chance(15) {
            d.item(exporter);
        }
    });
    d.list("volumes", |d| {
        d.item(|d| {
            d.word("name", "config");
            d.map("configMap", |d| d.word("name", &app.own("config")));
        });
        d.item(|d| {
            d.word("name", "scratch");
            d.map("emptyDir", |d| d.word("sizeLimit", "256Mi"));
        });
    });
}

/// A preference among the pods of one role: `podAntiAffinity` keeps them apart, `podAffinity` together.
pub fn affinity(d: &mut Doc, app: &App, role: &str, direction: &str) {
    d.map("affinity", |d| {
        d.map(direction, |d| {
            d.list("preferredDuringSchedulingIgnoredDuringExecution", |d| {
                d.item(|d| {
                    d.int("weight", 100);
                    d.map("podAffinityTerm", |d| {
                        d.word("topologyKey", "kubernetes.io/hostname");
                        d.map("labelSelector", |d| {
                            d.pairs("matchLabels", &app.selector(role));
                        });
                    });
                });
            });
        });
    });
}

fn spread(d: &mut Doc, app: &App, role: &str) {
    d.list("topologySpreadConstraints", |d| {
        for key in ["kubernetes.io/hostname", "topology.kubernetes.io/zone"] {
            d.item(|d| {
                d.int("maxSkew", 1);
                d.word("topologyKey", key);
                d.word("whenUnsatisfiable", "ScheduleAnyway");
                d.map("labelSelector", |d| d.pairs("matchLabels", &app.selector(role)));
            });
        }
    });
}

fn container(d: &mut Doc, rng: &mut Rng, app: &App, c: &Component) {
    d.word("name", c.role);
    d.word("image", &c.image);
    d.word("imagePullPolicy", "IfNotPresent");
    d.list("ports", |d| {
        d.item(|d| {
            d.word("name", "http");
            d.int("containerPort", c.port);
        });
    });
    d.list("env", |d| env::list(d, rng, app, c));
    let cpu = rng.pick(&["100m", "250m", "500m"]);
    resources(d, cpu, rng.pick(&["128Mi", "256Mi", "512Mi"]));
    http_probe(d, "startupProbe", "/healthz", 5, 30);
    http_probe(d, "readinessProbe", "/readyz", 10, 3);
    http_probe(d, "livenessProbe", "/livez", 20, 6);
    d.map("lifecycle", |d| {
        d.map("preStop", |d| {
            d.map("exec", |d| d.words("command", &["sh", "-c", "sleep 5"]));
        });
    });
    d.list("volumeMounts", |d| {
        for (name, path) in [("config", "/etc/app"), ("scratch", "/tmp")] {
            d.item(|d| {
                d.word("name", name);
                d.word("mountPath", path);
            });
        }
    });
}

fn exporter(d: &mut Doc) {
    d.word("name", "exporter");
    d.word("image", "registry.example.com/tools/exporter:0.9.1");
    d.list("ports", |d| {
        d.item(|d| {
            d.word("name", "metrics");
            d.int("containerPort", 9102);
        });
    });
    resources(d, "20m", "32Mi");
    d.map("readinessProbe", |d| {
        d.map("tcpSocket", |d| d.word("port", "metrics"));
        d.int("periodSeconds", 10);
        d.int("timeoutSeconds", 2);
    });
}

/// Requests, and a memory limit of the same size.
pub fn resources(d: &mut Doc, cpu: &str, memory: &str) {
    d.map("resources", |d| {
        d.pairs("requests", &[("cpu", cpu), ("memory", memory)]);
        d.pairs("limits", &[("memory", memory)]);
    });
}

fn http_probe(d: &mut Doc, kind: &str, path: &str, period: u64, failures: u64) {
    d.map(kind, |d| {
        d.map("httpGet", |d| {
            d.word("path", path);
            d.word("port", "http");
        });
        d.int("periodSeconds", period);
        d.int("timeoutSeconds", 2);
        d.int("failureThreshold", failures);
    });
}

//! What stands behind the components: the database and the job that tidies up.

use super::app::{App, Engine};
use super::config::SETTINGS;
use super::doc::Doc;
use super::rng::Rng;
use super::{env, workload};

/// The database of an application: three replicas, each with a volume of its own.
pub fn stateful_set(d: &mut Doc, app: &App, engine: &Engine) {
    let name = app.database_name();
    d.head("apps/v1", "StatefulSet", (app.namespace, &name), &app.labels("db"));
    d.map("spec", |d| {
        d.int("replicas", 3);
        d.word("serviceName", &name);
        d.word("podManagementPolicy", "OrderedReady");
        d.map("selector", |d| d.pairs("matchLabels", &app.selector("db")));
        d.map("template", |d| {
            workload::pod_metadata(d, app, "db", "1.0.0");
            d.map("spec", |d| {
                d.int("terminationGracePeriodSeconds", 60);
                workload::affinity(d, app, "db", "podAntiAffinity");
                d.list("containers", |d| d.item(|d| server(d, app, engine)));
            });
        });
        d.list("volumeClaimTemplates", |d| {
            d.item(|d| {
                d.map("metadata", |d| d.word("name", "data"));
                d.map("spec", |d| {
                    d.words("accessModes", &["ReadWriteOnce"]);
                    d.word("storageClassName", "fast");
                    d.map("resources", |d| d.pairs("requests", &[("storage", "20Gi")]));
                });
            });
        });
    });
}

fn server(d: &mut Doc, app: &App, engine: &Engine) {
    d.word("name", "db");
    d.word("image", engine.image);
    d.list("ports", |d| {
        d.item(|d| {
            d.word("name", "db");
            d.int("containerPort", engine.port);
        });
    });
    if let Some(password) = engine.password {
        d.list("env", |d| {
            env::from_key(d, password, "secretKeyRef", &app.own("secrets"), "database-password");
        });
    }
    workload::resources(d, "500m", "1Gi");
    for (kind, period, failures) in [("startupProbe", 10, 30), ("readinessProbe", 10, 3)] {
        d.map(kind, |d| {
            d.map("tcpSocket", |d| d.word("port", "db"));
            d.int("periodSeconds", period);
            d.int("timeoutSeconds", 3);
            d.int("failureThreshold", failures);
        });
    }
    d.list("volumeMounts", |d| {
        d.item(|d| {
            d.word("name", "data");
            d.word("mountPath", engine.mount);
            d.word("subPath", "files");
            d.tail("避开卷根目录的 lost+found");
        });
    });
}

/// A job that tidies up after the application now and then.
pub fn cron_job(d: &mut Doc, rng: &mut Rng, app: &App) {
    let name = app.own("cleanup");
    d.head("batch/v1", "CronJob", (app.namespace, &name), &app.labels("cleanup"));
    d.map("spec", |d| {
        d.text("schedule", rng.pick(&["*/15 * * * *", "30 3 * * *", "0 6 * * 1"]));
        d.word("concurrencyPolicy", "Forbid");
        d.int("successfulJobsHistoryLimit", 2);
        d.map("jobTemplate", |d| {
            d.map("spec", |d| {
                d.int("backoffLimit", 2);
                d.map("template", |d| {
                    workload::pod_metadata(d, app, "cleanup", "1.0.0");
                    d.map("spec", |d| {
                        d.word("restartPolicy", "OnFailure");
                        d.list("containers", |d| d.item(|d| sweeper(d, rng, app)));
                    });
                });
            });
        });
    });
}

fn sweeper(d: &mut Doc, rng: &mut Rng, app: &App) {
    d.word("name", "sweep");
    d.word("image", "registry.example.com/tools/sweeper:2.1.0");
    d.list("args", |d| {
        for argument in ["--older-than=72h", "--keep=100", "--verbose"] {
            d.value(argument);
        }
    });
    d.list("env", |d| {
        let front = &app.components[0];
        let url = format!("http://{}:80/", env::host(rng, &front.name, app.namespace));
        env::variable(d, "API_URL", &url);
        for (name, value) in &SETTINGS[..6] {
            env::variable(d, name, value);
        }
    });
    workload::resources(d, "100m", "128Mi");
}

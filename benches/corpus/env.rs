//! The environment of a container: settings, and the names of the Services that it talks to.

use super::app::{App, Component, Defect, Engine};
use super::config::SETTINGS;
use super::doc::Doc;
use super::rng::Rng;

/// Everything a component reads: itself, the database, its neighbours, settings.
pub fn list(d: &mut Doc, rng: &mut Rng, app: &App, c: &Component) {
    d.item(|d| {
        d.word("name", "POD_NAME");
        d.map("valueFrom", |d| {
            d.map("fieldRef", |d| d.word("fieldPath", "metadata.name"));
        });
    });
    variable(d, "INSTANCE_ID", "$(POD_NAME)");
    if let Some(engine) = app.database {
        database(d, rng, app, c, engine);
    }
    let front = &app.components[0];
    if c.role != front.role {
        let host = host(rng, &front.name, app.namespace);
        variable(d, "FRONT_URL", &format!("http://{host}:80/internal"));
    }
    from_key(d, "SESSION_KEY", "secretKeyRef", &app.own("secrets"), "session-key");
    from_key(d, "LOG_LEVEL", "configMapKeyRef", &app.own("config"), "log-level");
    for (name, value) in &SETTINGS[1..rng.range(3, SETTINGS.len() as u64) as usize] {
        variable(d, name, value);
        if rng.chance(8) {
            d.tail(rng.pick(&["默认值", "agreed with the team", "单位是秒", "measured"]));
        }
    }
}

fn database(d: &mut Doc, rng: &mut Rng, app: &App, c: &Component, engine: &Engine) {
    let mut name = app.database_name();
    let misspelt = c.defect == Some(Defect::UnresolvedHost);
    if misspelt {
        name.push('b');
    }
    let host = host(rng, &name, app.namespace);
    match rng.range(0, 2) {
        0 if !misspelt => {
            from_key(d, "DB_HOST", "configMapKeyRef", &app.own("config"), "database-host");
            from_key(d, "DB_PORT", "configMapKeyRef", &app.own("config"), "database-port");
        }
        1 => {
            let url = format!("{}://{host}:{}/0", engine.scheme, engine.port);
            variable(d, "DATABASE_URL", &url);
        }
        _ => {
            variable(d, "DB_HOST", &host);
            variable(d, "DB_PORT", &engine.port.to_string());
        }
    }
    from_key(d, "DB_PASSWORD", "secretKeyRef", &app.own("secrets"), "database-password");
}

/// One of the spellings under which cluster DNS knows a Service.
pub fn host(rng: &mut Rng, service: &str, namespace: &str) -> String {
    match rng.range(0, 3) {
        0 => service.to_owned(),
        1 => format!("{service}.{namespace}"),
        2 => format!("{service}.{namespace}.svc"),
        _ => format!("{service}.{namespace}.svc.cluster.local"),
    }
}

/// A variable with a value of its own.
pub fn variable(d: &mut Doc, name: &str, value: &str) {
    d.item(|d| {
        d.word("name", name);
        d.text("value", value);
    });
}

/// A variable that comes from a key of a ConfigMap or Secret.
pub fn from_key(d: &mut Doc, variable: &str, source: &str, object: &str, key: &str) {
    d.item(|d| {
        d.word("name", variable);
        d.map("valueFrom", |d| d.pairs(source, &[("name", object), ("key", key)]));
    });
}

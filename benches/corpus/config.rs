//! Objects that carry data: ConfigMaps, Secrets, accounts, custom resources.

use std::fmt::Write as _;

use super::app::App;
use super::doc::Doc;
use super::rng::Rng;

/// Settings that are no host, no port and no credential.
pub const SETTINGS: &[(&str, &str)] = &[
    ("LOG_LEVEL", "info"),
    ("LOG_FORMAT", "json"),
    ("CACHE_TTL_SECONDS", "300"),
    ("WORKER_THREADS", "8"),
    ("REQUEST_TIMEOUT", "15s"),
    ("RETRY_LIMIT", "4"),
    ("BATCH_SIZE", "250"),
    ("DEFAULT_LOCALE", "zh_CN.UTF-8"),
    ("TZ", "Asia/Shanghai"),
    ("PAGE_SIZE", "50"),
    ("FEATURE_WISHLIST", "true"),
    ("SAMPLE_RATE", "0.25"),
    ("SHUTDOWN_DELAY", "5s"),
    ("COMPRESSION", "gzip"),
];

const LINES: &[&str] = &[
    "greeting.morning=早上好,欢迎回来",
    "greeting.evening=Good evening and welcome back",
    "order.limit.per-customer=25",
    "# a line of text, not a comment of the manifest",
    "report.columns=number,customer,total,currency,created",
    "",
    "checkout.step.title=Check your address before you pay",
    "checkout.step.hint=请在付款前核对收货地址",
    "window.open=08:00 window.close=20:30",
    "- item: looks like yaml, is text",
];

/// The settings of the application; `long` bytes of text are added in a block.
pub fn config_map(d: &mut Doc, rng: &mut Rng, app: &App, long: u64) {
    let name = app.own("config");
    let labels = app.labels("config");
    d.head("v1", "ConfigMap", (app.namespace, &name), &labels);
    d.map("data", |d| {
        if let Some(engine) = app.database {
            let host = format!("{}.{}.svc", app.database_name(), app.namespace);
            d.word("database-host", &host);
            d.text("database-port", &engine.port.to_string());
            d.tail("字符串,所以要加引号");
        }
        for (key, value) in &SETTINGS[..rng.range(4, SETTINGS.len() as u64) as usize] {
            d.text(&key.to_lowercase().replace('_', "-"), value);
        }
        if long > 0 {
            let mut text = String::with_capacity(long as usize + 64);
            text.push_str("title=Messages\n");
            while (text.len() as u64) < long {
                text.push_str(rng.pick(LINES));
                text.push('\n');
            }
            text.push_str("end=1\n");
            d.block("messages.properties", &text);
        }
    });
}

/// The credentials of the application.
pub fn secret(d: &mut Doc, rng: &mut Rng, app: &App) {
    let name = app.own("secrets");
    d.head("v1", "Secret", (app.namespace, &name), &app.labels("config"));
    d.word("type", "Opaque");
    d.map("data", |d| {
        d.note("base64 编码,不是加密");
        for key in ["database-password", "session-key", "api-token"] {
            let bytes = rng.range(18, 40);
            d.text(key, &base64(&token(rng, bytes)));
        }
    });
}

/// The certificate of the application's Ingress.
pub fn certificate(d: &mut Doc, rng: &mut Rng, app: &App) {
    let name = app.own("tls");
    d.head("v1", "Secret", (app.namespace, &name), &app.labels("config"));
    d.word("type", "kubernetes.io/tls");
    d.map("data", |d| {
        d.text("tls.crt", &base64(&token(rng, 900)));
        d.text("tls.key", &base64(&token(rng, 240)));
    });
}

/// The account that the application's pods run as.
pub fn account(d: &mut Doc, app: &App) {
    let at = (app.namespace, app.name.as_str());
    d.head("v1", "ServiceAccount", at, &app.labels("config"));
    d.flag("automountServiceAccountToken", false);
}

/// An object of a kind that only its own operator knows.
pub fn custom(d: &mut Doc, rng: &mut Rng, app: &App) {
    let at = (app.namespace, app.name.as_str());
    d.head("example.com/v1", "FeatureSet", at, &app.labels("config"));
    d.map("spec", |d| {
        d.word("owner", app.namespace);
        d.list("features", |d| {
            for number in 0..rng.range(3, 9) {
                d.item(|d| {
                    d.word("name", &format!("feature-{number}"));
                    d.flag("enabled", rng.chance(50));
                    d.int("share", rng.range(0, 100));
                    d.words("audience", &["staff", "beta", "everyone"]);
                });
            }
        });
    });
}

fn token(rng: &mut Rng, bytes: u64) -> String {
    let mut token = String::with_capacity(bytes as usize + 16);
    while (token.len() as u64) < bytes {
        let _ = write!(token, "{:x}", rng.bits());
    }
    token.truncate(bytes as usize);
    token
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            if at <= chunk.len() {
                out.push(char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

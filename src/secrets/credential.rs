//! What looks like a credential: by its name and by its shape.
//!
//! The name alone proves nothing (`SECRET_NAME`, `TOKEN_URL`, `PASSWORD_FILE` hold no secret), and neither does
//! most text by itself. So a literal is one only if its name ends in the word for a credential and its text is
//! no reference, path, switch or placeholder, or if its shape cannot be anything else.

mod inside;
mod places;

use std::ops::Range;

pub use inside::{is_reference, password_inside};
pub use places::{Argument, arguments, place, spans};

use crate::text::placeholder::{is_capitals, is_placeholder};

/// What a name says its value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// A password, which may be any text.
    Password,
    /// A token, key or secret, which people do not make up themselves.
    Random,
}

/// Ends of names that hold a password, also glued to what comes before (`PGPASSWORD`, `requirepass`).
const PASSWORDS: &[&str] = &["password", "passwd", "passphrase", "passcode"];
/// The same as whole last words only: `bypass` and `compass` are none.
#[rustfmt::skip]
const SHORT_PASSWORDS: &[&str] = &[
    "pass", "pwd", "dbpass", "userpass", "rootpass", "adminpass", "mysqlpass", "requirepass", "masterauth",
    "rootpwd", "dbpwd",
];
/// Ends of names that hold something random.
const RANDOM: &[&str] = &["apikey", "secretkey", "privatekey", "token", "secret"];
/// Words that make a last `key` a credential; other keys are names of things.
#[rustfmt::skip]
const KEYS: &[&str] = &[
    "api", "secret", "private", "encryption", "signing", "master", "auth", "account", "storage", "session",
    "jwt", "hmac", "cipher", "crypto", "app", "service",
];
/// Keys and cookies that people do make up themselves, as these programs take any text.
const MADE_UP: &[&str] = &[
    "AWS_SECRET_ACCESS_KEY",
    "ERLANG_COOKIE",
    "MINIO_SECRET_KEY",
    "RABBITMQ_ERLANG_COOKIE",
    "RABBITMQ_DEFAULT_ERLANG_COOKIE",
];
/// Names that only sound like one: the shell's working directory, what tells one cluster of etcd from another, and the
/// kind of tokens that etcd makes, with the files it makes them with.
const NO_CREDENTIALS: &[&str] = &["PWD", "OLDPWD", "ETCD_INITIAL_CLUSTER_TOKEN", "ETCD_AUTH_TOKEN"];
/// Words before it that make the value something else: a switch, a name of an object, something public.
#[rustfmt::skip]
const HARMLESS: &[&str] = &[
    "allow", "enable", "enabled", "disable", "require", "required", "use", "random", "generate", "skip", "has",
    "is", "no", "reset", "forgot", "min", "max", "policy", "public", "pub", "publishable", "site", "client-id",
    "tls", "ssl", "cert", "certificate", "ca", "pull", "image", "k8s", "kube", "kubernetes", "wildcard", "eos",
    "bos", "pad", "unk", "stop", "csrf", "xsrf", "existing", "ingress", "name", "validate", "verify", "ask",
    "prompt", "create", "rotate", "expected", "anonymous",
];

/// The words of a name in lower case: `dbPassword_FILE` is `db`, `password`, `file`.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_alphanumeric() {
            let starts = !before.is_alphanumeric() || (before.is_lowercase() && c.is_uppercase());
            if starts {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        before = c;
    }
    words
}

/// What the value of a variable, option or key of this name is, if it is a credential itself and not the way
/// to one.
pub fn noun(name: &str) -> Option<Noun> {
    if NO_CREDENTIALS.contains(&name) || !may_be_noun(name) {
        return None;
    }
    let mut words = words(name);
    while words.len() > 1
        && words.last().is_some_and(|word| {
            word.bytes().all(|byte| byte.is_ascii_digit())
                || ["value", "plain", "string", "base64"].contains(&word.as_str())
        })
    {
        words.pop();
    }
    let (last, before) = words.split_last()?;
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
    if before.iter().any(|word| HARMLESS.contains(&word.as_str())) {
        return None;
    }
    if PASSWORDS.iter().any(|end| last.ends_with(end)) || SHORT_PASSWORDS.contains(&last) {
        return Some(Noun::Password);
    }
    let secret = || before.iter().any(|word| word == "secret" || word == "private");
    let key = last == "key" && (secret() || before.last().is_some_and(|word| KEYS.contains(&word.as_str())));
    let cookie = last == "cookie" && before.last().is_some_and(|word| word == "erlang");
    (key || cookie || RANDOM.iter().any(|end| last.ends_with(end))).then_some(Noun::Random)
}

/// A look before a name is cut into words: what a credential's name ends with has one of these in it.
fn may_be_noun(name: &str) -> bool {
    const PARTS: [&[u8]; 7] = [b"pass", b"pwd", b"auth", b"key", b"cookie", b"token", b"secret"];
    let bytes = name.as_bytes();
    let starts = |at: usize| PARTS.iter().any(|part| starts_with_lower(&bytes[at..], part));
    // Some other letters become one of these in lower case.
    !name.is_ascii()
        || (0..bytes.len())
            .any(|at| matches!(bytes[at] | 0x20, b'p' | b'a' | b'k' | b'c' | b't' | b's') && starts(at))
}

fn starts_with_lower(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
}

/// Why a literal is a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Its name and its shape say so.
    Named(Noun),
    /// A part of it is a password: of a URL, a connection string.
    Inside(Range<usize>),
    /// Nothing else is written like this; what it is.
    Shaped(&'static str),
}

/// Whether the literal value of a name is a credential.
pub fn credential(name: &str, value: &str) -> Option<Credential> {
    let text = value.trim();
    if let Some(what) = shape(text) {
        return Some(Credential::Shaped(what));
    }
    if let Some(range) = password_inside(value) {
        let password = &value[range.clone()];
        let secret = is_secret_text(password, Noun::Password) && !is_form(value, &range);
        return secret.then_some(Credential::Inside(range));
    }
    let noun = match noun(name) {
        Some(_) if MADE_UP.contains(&name) && text.len() > 5 && !stands_in(name, text) => Noun::Password,
        Some(noun) => noun,
        // `user/password`, as the image documents it.
        None if name == "NEO4J_AUTH" => {
            let at = value.find('/')? + 1;
            let secret = is_secret_text(&value[at..], Noun::Password);
            return secret.then_some(Credential::Inside(at..value.len()));
        }
        None => return None,
    };
    is_secret_text(text, noun).then_some(Credential::Named(noun))
}

/// Whether a made-up key only fills the place of one, as local stand-ins of a cloud take any: it says what it is.
fn stands_in(name: &str, text: &str) -> bool {
    const WORDS: &[&str] =
        &["test", "testing", "local", "localstack", "dynamodb", "dummy", "mock", "aws", "my", "some", "any"];
    let own = words(name);
    words(text).iter().all(|word| own.contains(word) || WORDS.contains(&word.as_str()))
}

/// Whether the password inside a value is also the user before it: `postgres://radarr:radarr@db`.
pub fn repeats_user(value: &str, password: &Range<usize>) -> bool {
    let before = value[..password.start].trim_end_matches(':');
    before.rsplit("//").next().is_some_and(|user| user == &value[password.clone()])
}

/// Whether a URL only shows the form of one: `mqtt://user:pass@host`, or a host that nobody can have (RFC 2606).
fn is_form(url: &str, password: &Range<usize>) -> bool {
    let user = url[..password.start].trim_end_matches(':').rsplit("//").next().unwrap_or("");
    let words = |word: &str, all: &[&str]| all.iter().any(|one| word.eq_ignore_ascii_case(one));
    let rest = url[password.end..].trim_start_matches('@');
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or("");
    words(user, &["user", "username"]) && words(&url[password.clone()], &["pass", "password"])
        || host.ends_with(".example")
}

/// Text that is a credential whatever it is called.
fn shape(text: &str) -> Option<&'static str> {
    let known = if let Some(at) = memchr::memmem::find(text.as_bytes(), b"-----BEGIN ") {
        let rest = &text[at + 11..];
        let line = rest.lines().next().unwrap_or("");
        // A bare header in a text is no key.
        (line.ends_with("PRIVATE KEY-----") && rest.len() > 200).then_some("a private key")
    } else {
        token(text)
    };
    known.filter(|_| !text.contains("EXAMPLE") && !is_placeholder(text))
}

/// Tokens that are told by how they begin.
fn token(text: &str) -> Option<&'static str> {
    const KNOWN: &[(&str, usize, &str)] = &[
        ("ghp_", 30, "a GitHub token"),
        ("gho_", 30, "a GitHub token"),
        ("github_pat_", 30, "a GitHub token"),
        ("glpat-", 18, "a GitLab token"),
        ("xoxb-", 20, "a Slack token"),
        ("xoxp-", 20, "a Slack token"),
        ("sk_live_", 16, "a Stripe key"),
        ("hvs.", 20, "a Vault token"),
    ];
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let long = |prefix: &str, least: usize| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= least && rest.bytes().all(word) && is_mixed(rest))
    };
    KNOWN.iter().find(|(prefix, least, _)| long(prefix, *least)).map(|one| one.2)
}

fn is_mixed(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Words that stand for a value, or for the lack of one.
#[rustfmt::skip]
const NO_VALUES: &[&str] = &[
    "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "enabled", "disabled", "default", "empty",
    "unset", "undefined", "todo", "tbd", "required", "optional", "auto", "redacted", "hidden", "masked", "n/a",
    "trust", "random", "jwt", "basic", "bearer", "oauth2", "oidc", "opaque", "plain", "string", "xxx", "foobar",
];

/// Parts of notes to the reader.
#[rustfmt::skip]
const NOTES: &[&str] = &[
    "example", "yourpass", "placeholder", "replace", "changeme", "change-me", "change_me", "your-", "your_",
    "redacted", "insert", "todo", "fixme", "dummy", "fake", "goes-here", "goes here", "to-be-", "not-used",
    "notused", "unused", "fill-in", "overwritten", "overridden", "-here", "please-change", "pleasechange",
    "please_change", "change-this", "changethis", "change_this", "throwaway", "throw-away", "disposable", "somepass", "somesecret", "somerandom",
    // What stands for random letters in charts.
    "r4nd0m", "randomra", "cmfuzg9t",
];

/// Schemes and marks of values that somebody resolves later.
#[rustfmt::skip]
const REFERENCES: &[&str] = &[
    "os.environ/", "vault:", "ref+", "op://", "sm://", "ssm:", "secret:", "secretref:", "env:", "file:", "arn:",
    "projects/", "enc[", "enc(", "akv", "gcp:", "awssm", "s3:", "{{", "k8s:", "kubernetes:", "keyvault", "@", "<", "[",
    "ssh-rsa ", "ssh-ed25519 ", "age:", "base64+age:", "ecdsa-", "pk_", "-----begin ", "age1", "sha256:", "$",
];

/// Last words that make a text the name of an object or a key: `mysql-password`, `regcred`.
#[rustfmt::skip]
const NAME_ENDS: &[&str] = &[
    "password", "passwd", "pass", "secret", "secrets", "token", "key", "creds", "cred", "credentials", "tls", "cert",
    "ca", "auth", "account",
];

/// Whether a text is a credential and not something in its place.
fn is_secret_text(text: &str, noun: Noun) -> bool {
    let lower = text.to_ascii_lowercase();
    if text.len() < 3 || text.len() > 4096 || is_placeholder(text) || is_capitals(text) {
        return false;
    }
    let first = text.chars().next();
    let repeated =
        text.chars().all(|c| Some(c) == first) || text.bytes().all(|byte| b"*.xX-_".contains(&byte));
    let path = text.starts_with(['/', '~'])
        || text.starts_with("./")
        || text.starts_with("../")
        || text.get(1..3) == Some(":\\");
    if repeated
        || path
        || text.contains("...")
        || text.contains("://")
        || text.split_whitespace().count() > 3
        || NO_VALUES.contains(&lower.as_str())
        || NOTES.iter().any(|note| lower.contains(note))
        || REFERENCES.iter().any(|start| lower.starts_with(start))
        || is_name(text)
    {
        return false;
    }
    // `server-rucio-x509up` is the name of an object.
    let parts = text.split('-').filter(|part| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    if noun == Noun::Random
        && text.matches('-').count() >= 2
        && parts.clone().count() == text.matches('-').count() + 1
        && parts.filter(|part| part.bytes().any(|byte| byte.is_ascii_digit())).count() <= 1
    {
        return false;
    }
    // Nobody makes tokens and keys up of one short word.
    noun == Noun::Password || text.len() >= 16 && is_mixed(text) && !text.contains(' ')
}

/// Whether a text is rather the name of a Secret, of one of its keys or of a variable.
fn is_name(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let parts = words(text);
    let last = parts.last().map_or("", String::as_str);
    plain && parts.len() >= 2 && text.contains(['-', '_', '.']) && NAME_ENDS.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_literals() {
        for (name, value) in [
            ("MYSQL_ROOT_PASSWORD", "rootPassW0rd"),
            ("MYSQL_PASSWORD", "password"),
            ("PGPASSWORD", "123456"),
            ("DB_PASS", "wordpress"),
            ("spring.datasource.password", "s3cr3t!"),
            ("adminPassword", "my-secret-pw"),
            ("ELASTIC_PASSWORD1", "p@ss word"),
            ("--requirepass", "hunter2"),
            ("GITHUB_TOKEN", "0a1b2c3d4e5f60718293"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI1K7MDENGbPxRfiCYzzz"),
            ("JWT_SECRET", "c29tZSByYW5kb20gYnl0ZXM5"),
            ("DATABASE_URL", "postgres://app:hunter2@db:5432/app"),
            ("X", "root:hunter2@tcp(mysql:3306)/app"),
            ("CONN", "Server=db;User Id=sa;Password=Pa55w0rd;"),
            ("NEO4J_AUTH", "neo4j/hunter2"),
            ("MINIO_SECRET_KEY", "minio123"),
            ("AWS_SECRET_ACCESS_KEY", "minioadmin"),
            ("RABBITMQ_ERLANG_COOKIE", "c00kie"),
        ] {
            assert!(credential(name, value).is_some(), "{name}");
        }
    }

    #[test]
    fn look_alikes() {
        for (name, value) in [
            ("SECRET_NAME", "db-credentials-0a1b2c3d"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SECRET_ACCESS_KEY", "local-secret-key"),
            ("MINIO_SECRET_KEY", "minio-secret-key"),
            ("TOKEN_URL", "https://id.example.com/token"),
            ("PASSWORD_FILE", "/run/secrets/db"),
            ("DB_PASSWORD", "/run/secrets/db"),
            ("DB_PASSWORD", "$(OTHER)"),
            ("DB_PASSWORD", "${PASSWORD}"),
            ("DB_PASSWORD", "<password>"),
            ("DB_PASSWORD", "changeme"),
            ("DB_PASSWORD", "YOUR-PASSWORD"),
            ("DB_PASSWORD", "mysql-password"),
            ("DB_PASSWORD", "vault:secret/data/db#password"),
            ("DB_PASSWORD", ""),
            ("DB_PASSWORD", "********"),
            ("ALLOW_EMPTY_PASSWORD", "yes"),
            ("MYSQL_RANDOM_ROOT_PASSWORD", "1"),
            ("MYSQL_RANDOM_ROOT_PASSWORD", "yes"),
            ("PASSWORD_MIN_LENGTH", "12"),
            ("TLS_SECRET", "wildcard0a1b2c3d4e5f6071"),
            ("ACCESS_TOKEN_TTL", "3600"),
            ("MAX_TOKENS", "4096000000000000"),
            ("PUBLIC_KEY", "ssh-rsa AAAAB3NzaC1yc2E"),
            ("API_KEY_HEADER", "X-Api-Key"),
            ("ROUTING_KEY", "orders0a1b2c3d4e5f6071"),
            ("PWD", "app"),
            ("OAUTH_TOKEN", "oauth2"),
            ("ETCD_AUTH_TOKEN", "jwt,priv-key=/etc/etcd/jwt-token.pem,sign-method=RS256,ttl=10m"),
            ("ADMIN_PASSWORD", "please-change"),
            ("ADMIN_PASSWORD", "somepassword"),
            ("APP_KEY", "SomeRandomStringOf32CharsExactly"),
            ("SECRET", "r4nd0mr4nd0mr4nd0mr4nd0m"),
            ("BYPASS", "nothing"),
            ("REDIS_URL", "redis://cache:6379/0"),
            ("REDIS_URL", "redis://:$(PASSWORD)@cache:6379/0"),
            ("REDIS_URL", "redis://user:<password>@cache"),
            ("BROKER", "mqtt://user:pass@broker"),
            ("BROKER", "mqtt://anna:s3cret@foobar.example"),
            ("anonymous_user_password", "pbiU2RYZ2XrmYQ"),
            ("PROXY", "http://proxy:3128/a@b"),
        ] {
            assert_eq!(credential(name, value), None, "{name}={value}");
        }
    }

    #[test]
    fn passwords_inside() {
        for (text, password) in [
            ("postgres://u:p@ss@db.prod:5432/x", Some("p@ss")),
            ("redis://:hunter2@cache", Some("hunter2")),
            ("jdbc:mysql://db/x?user=a&password=b%20c", Some("b%20c")),
            ("host=db user=a password=secret9", Some("secret9")),
            ("http://db:3306", None),
            ("\u{e9}://\u{e9}:\u{e9}@x", None),
        ] {
            assert_eq!(password_inside(text).map(|range| &text[range]), password, "{text}");
        }
    }
}

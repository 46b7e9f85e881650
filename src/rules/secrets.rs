//! Credentials that everybody may read, and credentials that are spoilt by a newline.
//!
//! No text of a finding ever holds a value: names, places and kinds only.

mod config_map;
mod literal;
mod newline;

use super::eligible::Eligible;
use super::{Around, Check, Rule, rule};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("plaintext-secret", Check::Pod(Eligible::AUTHORED, literal::plaintext)),
    rule!("secret-in-config-map", Check::Object(config_map::credentials)),
    rule!("secret-trailing-newline", Check::Unit(newline::trailing)),
];

use crate::secrets::credential::{self, Credential, Noun};

/// Whether a literal is a credential, and not the name of a Secret that is there.
fn found(around: &Around<'_>, name: &str, value: &str) -> Option<Credential> {
    let credential = credential::credential(name, value)?;
    let named = ["Secret", "ExternalSecret", "SealedSecret"].iter().any(|kind| around.is_there(kind, value));
    let user_only = matches!(credential, Credential::Named(_)) && named;
    (!user_only).then_some(credential)
}

/// Users that images of databases and queues come with.
const DEFAULT_USERS: &[&str] = &[
    "admin",
    "cassandra",
    "elastic",
    "guest",
    "minio",
    "mongo",
    "mysql",
    "neo4j",
    "postgres",
    "rabbitmq",
    "root",
];

/// Whether a password is only the name of the user beside it again, which is what images of databases come with:
/// `DB_USER: postgres` and `DB_PASSWORD: postgres`.
fn is_user_again<'a>(name: &str, value: &str, mut beside: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    let stem = |name: &str, ends: &[&str]| {
        let upper = name.to_ascii_uppercase();
        ends.iter().find_map(|end| upper.strip_suffix(end).map(str::to_owned))
    };
    let own = stem(name, &["PASSWORD", "PASSWD", "PASS"]);
    DEFAULT_USERS.contains(&value)
        && own.is_some()
        && beside.any(|(other, user)| user == value && stem(other, &["USERNAME", "USER"]) == own)
}

/// What it is, for a message.
fn what(credential: &Credential) -> &'static str {
    match credential {
        Credential::Named(Noun::Password) => "a password",
        Credential::Named(Noun::Random) => "a credential",
        Credential::Inside(_) => "a password inside its value",
        Credential::Shaped(what) => what,
    }
}

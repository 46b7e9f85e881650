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
    let user_only = matches!(credential, Credential::Named(_)) && around.is_there("Secret", value);
    (!user_only).then_some(credential)
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

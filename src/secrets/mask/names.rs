//! Names of credentials, as widely as what is hidden should be.

use crate::secrets::credential::words;
use crate::text::suggest;

/// Words that make a name a credential wherever they occur in it.
const WORDS: &[&str] =
    &["password", "passwd", "passphrase", "secret", "token", "apikey", "credential", "privatekey"];
/// Words that make a name a credential when they stand alone.
const WHOLE_WORDS: &[&str] = &["pass", "pwd", "key", "pw", "dsn"];
/// The same for what ends a name: headers, and files of passwords.
#[rustfmt::skip]
const LAST_WORDS: &[&str] = &[
    "pass", "pwd", "pw", "dsn", "authorization", "cookie", "pgpass", "netrc", "htpasswd", "dockercfg",
    "dockerconfigjson", "pem",
];
/// Last words of names that only say where or what the credential is.
const HARMLESS_ENDS: &[&str] = &[
    "file", "path", "dir", "name", "url", "uri", "host", "port", "user", "username", "enabled", "type",
    "ttl", "ref", "length", "endpoint",
];
/// Words before `key` that make it a credential; other keys are names of things.
#[rustfmt::skip]
const KEYS: &[&str] = &[
    "api", "secret", "private", "encryption", "signing", "master", "auth", "account", "access", "storage",
    "session", "jwt", "hmac", "cipher", "crypto", "ssh", "deploy", "license",
];
/// Fields of the API that are called like a credential and hold none.
#[rustfmt::skip]
const FIELDS: &[&str] = &[
    "automountServiceAccountToken", "serviceAccountToken", "imagePullSecrets", "imagePullSecret", "secrets",
    "tokenRequests", "secretGenerator", "secretObjects", "secretTemplate", "secretNamespace", "secretKeyRef",
];

/// Whether a variable, option or key of this name holds a credential (`DB_PASSWORD`, `apiToken`), not the
/// way to one (`DB_PASSWORD_FILE`).
pub fn is_credential_name(name: &str) -> bool {
    may_be(name) && {
        let words = words(name);
        let Some(last) = words.last() else {
            return false;
        };
        if HARMLESS_ENDS.contains(&last.as_str()) {
            return false;
        }
        let joined = words.concat();
        WORDS.iter().any(|word| joined.contains(word))
            || words.iter().any(|word| WHOLE_WORDS.contains(&word.as_str()))
            || LAST_WORDS.contains(&last.as_str())
    }
}

/// The same for the key of a mapping, where `key` alone is everything but a credential.
pub fn is_secret_field(name: &str) -> bool {
    may_be(name) && !FIELDS.contains(&name) && {
        let words = words(name);
        let Some((last, before)) = words.split_last() else {
            return false;
        };
        if HARMLESS_ENDS.contains(&last.as_str()) {
            return false;
        }
        let joined = words.concat();
        WORDS.iter().any(|word| joined.contains(word))
            || LAST_WORDS.contains(&last.as_str())
            || (last == "key" && before.last().is_some_and(|word| KEYS.contains(&word.as_str())))
    }
}

/// A key that holds the password itself, in whatever kind of object.
pub fn is_password_key(key: &str) -> bool {
    // Asked of every key there is, so the quick look comes first.
    key.as_bytes().windows(4).any(|part| part.eq_ignore_ascii_case(b"pass"))
        && words(key).last().is_some_and(|last| matches!(last.as_str(), "password" | "passwd" | "passphrase"))
}

/// `value`, also where it is misspelt: the value is no less secret.
pub fn is_value(key: &str) -> bool {
    let like = || matches!(key.len(), 4..=6) && key.starts_with(['v', 'V']);
    key == "value" || (like() && (key.eq_ignore_ascii_case("value") || suggest::is_slip(key, "value")))
}

/// A key whose value says what is beside it.
pub fn is_name(key: &str) -> bool {
    key.eq_ignore_ascii_case("name")
}

/// The kind of a Secret, in any spelling, of any group.
pub fn is_secret_kind(kind: &str) -> bool {
    ["secret", "secrets", "secretlist", "sopssecret"].iter().any(|known| kind.eq_ignore_ascii_case(known))
        || (matches!(kind.len(), 5..=7) && suggest::is_slip(kind, "Secret"))
}

/// Whether a key of a Secret may be shown: the API server takes it, and it does not look made up by a machine.
pub fn is_open_key(key: &str) -> bool {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    plain && !is_random(key)
}

/// Letters of both cases and digits without anything between them, as only machines write.
fn is_random(text: &str) -> bool {
    let any = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    text.len() >= 12
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && any(u8::is_ascii_digit)
        && any(u8::is_ascii_lowercase)
        && any(u8::is_ascii_uppercase)
}

/// A look before a name is cut into words.
fn may_be(name: &str) -> bool {
    #[rustfmt::skip]
    const PARTS: &[&[u8]] = &[
        b"pass", b"pw", b"dsn", b"key", b"token", b"secret", b"cred", b"author", b"cookie", b"netrc", b"docker", b"pem",
    ];
    let bytes = name.as_bytes();
    let starts = |at: usize| {
        PARTS
            .iter()
            .any(|part| bytes[at..].get(..part.len()).is_some_and(|one| one.eq_ignore_ascii_case(part)))
    };
    // Some other letters become one of these in lower case.
    !name.is_ascii()
        || (0..bytes.len()).any(|at| {
            matches!(bytes[at] | 0x20, b'p' | b'd' | b'k' | b't' | b's' | b'c' | b'a' | b'n') && starts(at)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials() {
        for name in
            ["DB_PASSWORD", "apiToken", "AWS_SECRET_ACCESS_KEY", "mysql.pass", "--api-key", "PGPASSWORD"]
        {
            assert!(is_credential_name(name), "{name}");
        }
        for name in ["DB_PASSWORD_FILE", "SECRET_NAME", "TOKEN_URL", "MONKEY", "BYPASS", "DB_HOST", ""] {
            assert!(!is_credential_name(name), "{name}");
        }
    }

    #[test]
    fn fields_with_credentials() {
        for name in
            ["password", "apiToken", "secretKey", "accessKey", "db.password", "token", "Authorization"]
        {
            assert!(is_secret_field(name), "{name}");
        }
        for name in
            ["key", "topologyKey", "secretName", "automountServiceAccountToken", "imagePullSecrets", "data"]
        {
            assert!(!is_secret_field(name), "{name}");
        }
    }

    #[test]
    fn kinds_of_secrets() {
        for kind in ["Secret", "secret", "Secrets", "SecretList", "SopsSecret", "Secert"] {
            assert!(is_secret_kind(kind), "{kind}");
        }
        for kind in ["SecretStore", "ExternalSecret", "Service", "SealedSecret", ""] {
            assert!(!is_secret_kind(kind), "{kind}");
        }
    }
}

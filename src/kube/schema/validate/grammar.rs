//! What names look like (facts 4.8, 6.12, and the label syntax of the API).

fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Begins and ends with letters or digits, with some marks between them.
fn bounded(text: &str, inner: impl Fn(u8) -> bool, end: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => end(*first) && end(*last) && bytes.iter().all(|b| inner(*b)),
        _ => false,
    }
}

/// A DNS-1123 label. Service names are this from 1.36 on, and stricter before.
pub(super) fn is_label(text: &str) -> bool {
    text.len() <= 63 && bounded(text, |b| lower(b) || b == b'-', lower)
}

/// A DNS-1123 subdomain.
pub(super) fn is_subdomain(text: &str) -> bool {
    let part = |part: &str| bounded(part, |b| lower(b) || b == b'-', lower);
    text.len() <= 253 && text.split('.').all(part)
}

/// The key of a label or annotation: a name, perhaps with a domain in front.
pub(super) fn is_qualified_name(text: &str) -> bool {
    let name = match text.split_once('/') {
        Some((prefix, name)) if is_subdomain(prefix) => name,
        Some(_) => return false,
        None => text,
    };
    name.len() <= 63 && bounded(name, |b| alphanumeric(b) || b"-_.".contains(&b), alphanumeric)
}

/// The value of a label, which may be empty.
pub(super) fn is_label_value(text: &str) -> bool {
    text.is_empty()
        || (text.len() <= 63 && bounded(text, |b| alphanumeric(b) || b"-_.".contains(&b), alphanumeric))
}

/// The name of a container port.
pub(super) fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && bounded(text, |b| lower(b) || b == b'-', lower)
        && !text.contains("--")
        && text.bytes().any(|b| b.is_ascii_lowercase())
}

/// A key of a ConfigMap or Secret.
pub(super) fn is_data_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && text.bytes().all(|b| alphanumeric(b) || b"-_.".contains(&b))
        && text != "."
        && !text.starts_with("..")
}

/// The host of an Ingress rule.
pub(super) fn is_host(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    is_subdomain(name) && name.parse::<std::net::Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for text in ["a", "web-1", "0a", "a-b-c"] {
            assert!(is_label(text) && is_subdomain(text), "{text}");
        }
        for text in ["", "-a", "a-", "A", "a_b", "a.b", "ä"] {
            assert!(!is_label(text), "{text}");
        }
        assert!(is_subdomain("a.b-c.d") && !is_subdomain("a..b") && !is_subdomain("a.-b"));
        assert!(is_label(&"a".repeat(63)) && !is_label(&"a".repeat(64)));
    }

    #[test]
    fn labels() {
        for text in ["app", "app.kubernetes.io/name", "A_b.c", "example.com/A"] {
            assert!(is_qualified_name(text), "{text}");
        }
        for text in ["", "/a", "a/", "a/b/c", "Example.com/a", "-a", "a b", "a:b"] {
            assert!(!is_qualified_name(text), "{text}");
        }
        assert!(
            is_label_value("") && is_label_value("v1.2_x") && !is_label_value("a b") && !is_label_value("-")
        );
    }

    #[test]
    fn ports_keys_and_hosts() {
        assert!(is_port_name("http") && is_port_name("8080-tcp"));
        for text in ["", "80", "http_web", "a--b", "HTTP", "a-very-long-port", "-a"] {
            assert!(!is_port_name(text), "{text}");
        }
        assert!(is_data_key("tls.crt") && is_data_key("_A-b.c") && is_data_key(".x"));
        assert!(!is_data_key("a/b") && !is_data_key("..") && !is_data_key("a b"));
        assert!(
            is_host("*.a.b") && is_host("a") && !is_host("a.b:80") && !is_host("10.0.0.1") && !is_host("*")
        );
    }
}

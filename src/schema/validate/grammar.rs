//! What names look like (facts 4.8, 6.12, and the label syntax of the API).

/// Sets of bytes, one bit each in [`SETS`].
const LOWER: u8 = 1;
const ALPHANUMERIC: u8 = 2;
const LABEL: u8 = 4;
const NAME: u8 = 8;

/// The sets that each byte is in.
static SETS: [u8; 256] = {
    let mut sets = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (digit, letter) = ((byte as u8).is_ascii_digit(), byte as u8);
        if digit || letter.is_ascii_lowercase() {
            sets[byte] |= LOWER | LABEL;
        }
        if digit || letter.is_ascii_alphabetic() {
            sets[byte] |= ALPHANUMERIC | NAME;
        }
        byte += 1;
    }
    sets[b'-' as usize] = LABEL | NAME;
    sets[b'_' as usize] = NAME;
    sets[b'.' as usize] = NAME;
    sets
};

fn is_in(set: u8, byte: u8) -> bool {
    SETS[usize::from(byte)] & set != 0
}

/// Whether all bytes are in one set, and the first and the last in another.
fn bounded(text: &str, inner: u8, end: u8) -> bool {
    match text.as_bytes() {
        [] => false,
        [only] => is_in(end, *only),
        [first, between @ .., last] => {
            is_in(end, *first) && is_in(end, *last) && between.iter().all(|byte| is_in(inner, *byte))
        }
    }
}

/// A DNS-1123 label. Service names are this from 1.36 on, and stricter before.
pub(super) fn is_label(text: &str) -> bool {
    text.len() <= 63 && bounded(text, LABEL, LOWER)
}

/// A DNS-1123 subdomain.
pub(super) fn is_subdomain(text: &str) -> bool {
    // Labels joined by dots: no mark but a dash stands inside, and none beside a dot or an end.
    let (mut sound, mut before) = (text.len() <= 253, b'.');
    for byte in text.bytes().chain([b'.']) {
        sound &= match byte {
            b'.' => is_in(LOWER, before),
            b'-' => before != b'.',
            _ => is_in(LOWER, byte),
        };
        before = byte;
    }
    sound
}

/// The key of a label or annotation: a name, perhaps with a domain in front.
pub(super) fn is_qualified_name(text: &str) -> bool {
    let name = match text.split_once('/') {
        Some((prefix, name)) if is_subdomain(prefix) => name,
        Some(_) => return false,
        None => text,
    };
    name.len() <= 63 && bounded(name, NAME, ALPHANUMERIC)
}

/// The value of a label, which may be empty.
pub(super) fn is_label_value(text: &str) -> bool {
    text.is_empty() || (text.len() <= 63 && bounded(text, NAME, ALPHANUMERIC))
}

/// The name of a container port.
pub(super) fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && bounded(text, LABEL, LOWER)
        && !text.contains("--")
        && text.bytes().any(|b| b.is_ascii_lowercase())
}

/// A key of a ConfigMap or Secret.
pub(super) fn is_data_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && text.bytes().all(|byte| is_in(NAME, byte))
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

//! `format` of a string, as far as the API server enforces it and the answer is certain
//! (`pkg/apiserver/validation/formats.go`; the meaning of each is that of `github.com/go-openapi/strfmt`).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

/// What a text should have been, if it certainly is not of the format.
pub(super) fn mismatch(format: &str, text: &str) -> Option<&'static str> {
    // Names are compared without hyphens.
    let (right, what) = match format.replace('-', "").as_str() {
        "ipv4" => (text.parse::<Ipv4Addr>().is_ok(), "an IPv4 address"),
        "ipv6" => (text.parse::<Ipv6Addr>().is_ok() || text.contains('%'), "an IPv6 address"),
        "cidr" => (is_cidr(text), "an IP address with the length of its prefix, such as `10.0.0.0/8`"),
        "datetime" => (is_date_time(text), "a time such as `2024-01-31T12:00:00Z`"),
        "date" => (is_date(text), "a date such as `2024-01-31`"),
        "uuid" => (is_uuid(text), "a UUID"),
        "byte" => (text.is_empty() || is_base64(text), "base64"),
        "duration" => (may_be_duration(text), "a duration with a unit, such as `30s`"),
        "uri" => (may_be_uri(text), "a URI"),
        _ => return None,
    };
    (!right).then_some(what)
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let bits = length.parse::<u8>();
    let digits = length.bytes().all(|byte| byte.is_ascii_digit());
    let most = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
        (Ok(_), _) => 32,
        (_, Ok(_)) => 128,
        _ => return false,
    };
    digits && bits.is_ok_and(|bits| bits <= most)
}

/// Only the beginning and the alphabet are looked at: several layouts are accepted.
fn is_date_time(text: &str) -> bool {
    let date = text.get(..10);
    let rest = text.get(10..).unwrap_or("");
    let rest_is_time =
        rest.starts_with(['T', 't', ' ']) && rest[1..].starts_with(|c: char| c.is_ascii_digit());
    date.is_some_and(is_date) && rest_is_time
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |at: usize, length: usize, least: u32, most: u32| {
        let part: &str = parts[at];
        part.len() == length
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u32>().is_ok_and(|value| (least..=most).contains(&value))
    };
    parts.len() == 3 && number(0, 4, 0, 9999) && number(1, 2, 1, 12) && number(2, 2, 1, 31)
}

/// The hyphens may be left out.
fn is_uuid(text: &str) -> bool {
    static UUID: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("(?-u)^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$")
            .expect("a fixed pattern")
    });
    UUID.is_match(text)
}

fn is_base64(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(&byte))
}

/// Go's durations and some more of the library's own: all of them have units.
fn may_be_duration(text: &str) -> bool {
    let number = text.bytes().any(|byte| byte.is_ascii_digit());
    let unit = text.chars().any(char::is_alphabetic);
    number && (unit || text.trim_start_matches(['+', '-']) == "0")
}

/// `url.ParseRequestURI`: a scheme, or a path from the root.
fn may_be_uri(text: &str) -> bool {
    text.starts_with('/') || text.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_of_their_format_and_others() {
        for (format, right, wrong) in [
            ("ipv4", "10.0.0.1", "10.0.0"),
            ("ipv6", "::1", "10.0.0.1"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("cidr", "fd00::/64", "10.0.0.1"),
            ("date-time", "2024-01-31T12:00:00Z", "2024-01-31"),
            ("date", "2024-01-31", "31.01.2024"),
            ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123"),
            ("byte", "aGVsbG8=", "hello!"),
            ("duration", "1h30m", "30"),
            ("uri", "https://example.org", "example.org"),
        ] {
            assert_eq!(mismatch(format, right), None, "{format} {right}");
            assert!(mismatch(format, wrong).is_some(), "{format} {wrong}");
        }
        assert_eq!(mismatch("int32", "a"), None);
        assert_eq!(mismatch("hostname", "a b"), None);
    }
}

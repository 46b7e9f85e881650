//! `format` of a string, as far as the API server enforces it and the answer is certain
//! (`pkg/apiserver/validation/formats.go`; the meaning of each is that of `github.com/go-openapi/strfmt`).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use crate::cel;

/// What a text should have been, if it certainly is not of the format.
pub(super) fn mismatch(format: &str, text: &str) -> Option<&'static str> {
    // Names are compared without hyphens.
    let (right, what) = match format.replace('-', "").as_str() {
        "ipv4" => (is_ipv4(text), "an IPv4 address"),
        "ipv6" => (text.parse::<Ipv6Addr>().is_ok() || text.contains('%'), "an IPv6 address"),
        "cidr" => (is_cidr(text), "an IP address with the length of its prefix, such as `10.0.0.0/8`"),
        "datetime" => (is_date_time(text), "a time such as `2024-01-31T12:00:00Z`"),
        "date" => (is_date(text), "a date such as `2024-01-31`"),
        "uuid" => (is_uuid(text), "a UUID"),
        "byte" => (text.is_empty() || is_base64(text), "base64"),
        "duration" => (may_be_duration(text), "a duration with a unit, such as `30s`"),
        "uri" => (may_be_uri(text), "a URI"),
        "uuid3" => (is_uuid_of(text, '3'), "a UUID of version 3"),
        "uuid4" => (is_uuid_of(text, '4'), "a UUID of version 4"),
        "uuid5" => (is_uuid_of(text, '5'), "a UUID of version 5"),
        "email" => (may_be_email(text), "an email address"),
        "hostname" => (is_hostname(text), "a host name"),
        "k8slongname" => (is_name(text, 253, true), "a lower-case DNS name"),
        "k8sshortname" => (is_name(text, 63, false), "a lower-case DNS label"),
        "isbn10" => (is_isbn10(text), "an ISBN of 10 digits"),
        "isbn13" => (is_isbn13(text), "an ISBN of 13 digits"),
        "isbn" => (is_isbn10(text) || is_isbn13(text), "an ISBN"),
        "creditcard" => (is_card(text), "the number of a credit card"),
        "hexcolor" => (is_hex_color(text), "a colour such as `#ff00ff`"),
        "rgbcolor" => (is_rgb_color(text), "a colour such as `rgb(255,0,255)`"),
        "bsonobjectid" => (text.len() == 24 && is_hex(text), "24 hexadecimal digits"),
        "mac" => (is_mac(text), "a hardware address"),
        _ => return None,
    };
    (!right).then_some(what)
}

/// Zeros before a number are fine.
fn is_ipv4(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let number = |part: &&str| {
        (1..=3).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u16>().is_ok_and(|part| part < 256)
    };
    parts.len() == 4 && parts.iter().all(number)
}

fn is_uuid_of(text: &str, version: char) -> bool {
    let plain = text.replace('-', "");
    let variant = version == '3' || plain.chars().nth(16).is_some_and(|digit| "89abAB".contains(digit));
    is_uuid(text) && plain.chars().nth(12) == Some(version) && variant
}

fn may_be_email(text: &str) -> bool {
    let address = text.rsplit_once('<').map_or(text, |(_, address)| address.trim_end_matches('>'));
    address
        .rsplit_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains(' '))
}

fn is_hostname(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Names beyond ASCII are judged by their own rules.
    !text.is_ascii() || (text.len() <= 255 && text.strip_suffix('.').unwrap_or(text).split('.').all(label))
}

fn is_name(text: &str, most: usize, dots: bool) -> bool {
    let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    text.is_ascii() && lower && text.len() <= most && (dots || !text.contains('.')) && {
        !text.ends_with('.') && is_hostname(text)
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(|letter| !matches!(letter, '-' | ' ')).collect()
}

fn is_isbn10(text: &str) -> bool {
    let text = digits(text);
    let value = |(at, byte): (usize, u8)| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0') * (10 - at as u32)),
        b'X' if at == 9 => Some(10),
        _ => None,
    };
    text.len() == 10
        && text.bytes().enumerate().map(value).sum::<Option<u32>>().is_some_and(|sum| sum % 11 == 0)
}

fn is_isbn13(text: &str) -> bool {
    let text = digits(text);
    let weight = |(at, byte): (usize, u8)| u32::from(byte - b'0') * if at % 2 == 0 { 1 } else { 3 };
    text.len() == 13
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.bytes().enumerate().map(weight).sum::<u32>() % 10 == 0
}

/// The last digit is a checksum of the others.
fn is_card(text: &str) -> bool {
    let text = digits(text);
    let value = |(at, byte): (usize, u8)| {
        let digit = u32::from(byte - b'0') * if at % 2 == 0 { 1 } else { 2 };
        if digit > 9 { digit - 9 } else { digit }
    };
    (12..=19).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.bytes().rev().enumerate().map(value).sum::<u32>() % 10 == 0
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_hex_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or(text);
    matches!(digits.len(), 3 | 6) && is_hex(digits)
}

fn is_rgb_color(text: &str) -> bool {
    let inner = text.strip_prefix("rgb(").and_then(|text| text.strip_suffix(')'));
    let part = |part: &str| part.trim().parse::<u8>().is_ok();
    inner.is_some_and(|inner| inner.split(',').count() == 3 && inner.split(',').all(part))
}

fn is_mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    let bytes = matches!(parts.len(), 6 | 8 | 20) && parts.iter().all(|part| part.len() == 2 && is_hex(part));
    let dotted: Vec<&str> = text.split('.').collect();
    bytes || (matches!(dotted.len(), 3 | 4 | 10) && dotted.iter().all(|part| part.len() == 4 && is_hex(part)))
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
    let whole = parts.len() == 3 && number(0, 4, 0, 9999) && number(1, 2, 1, 12) && number(2, 2, 1, 31);
    // Not every month has so many days.
    whole && cel::timestamp(&format!("{text}T00:00:00Z")).is_some()
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
        for (format, right, wrong) in [
            ("ipv4", "01.2.3.4", "1.2.3.256"),
            ("date", "2024-02-29", "2023-02-29"),
            ("uuid5", "123e4567-e89b-52d3-a456-426614174000", "123e4567-e89b-42d3-a456-426614174000"),
            ("email", "Name <a@b.example>", "a"),
            ("hostname", "a.example", "A_b"),
            ("k8s-long-name", "a.b", "A.b"),
            ("isbn10", "0306406152", "0306406153"),
            ("isbn13", "9783161484100", "9783161484101"),
            ("creditcard", "4111111111111111", "1234"),
            ("hexcolor", "#fff", "#ggg"),
            ("rgbcolor", "rgb(1,2,3)", "rgb(300,2,3)"),
            ("mac", "00:1b:44:11:3a:b7", "00:1b:44"),
        ] {
            assert_eq!(mismatch(format, right), None, "{format} {right}");
            assert!(mismatch(format, wrong).is_some(), "{format} {wrong}");
        }
    }
}

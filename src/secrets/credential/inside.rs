//! Passwords that are a part of a value: URLs, data source names, connection strings.

use std::ops::Range;

/// Where the password stands in a URL with one (`scheme://user:password@host`), in the form of Go's MySQL
/// driver, or in a connection string of `name=value` pairs.
pub fn password_inside(text: &str) -> Option<Range<usize>> {
    // All of them have a name or a scheme before the password.
    memchr::memchr2(b'=', b':', text.as_bytes())?;
    let found = in_url(text).or_else(|| in_go_dsn(text)).or_else(|| in_pairs(text));
    found.filter(|range| !is_reference(&text[range.clone()]))
}

/// Whether a text is nothing but references to variables: `$(SECRET_KEY)`. What they stand for is written elsewhere.
pub fn is_reference(text: &str) -> bool {
    let mut rest = text;
    while let Some((name, after)) = rest.strip_prefix("$(").and_then(|inside| inside.split_once(')')) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if name.is_empty() || !name.bytes().all(plain) {
            return false;
        }
        if after.is_empty() {
            return true;
        }
        rest = after;
    }
    false
}

fn in_url(text: &str) -> Option<Range<usize>> {
    let scheme = text.find("://")?;
    let known = |c: char| c.is_ascii_alphanumeric() || "+.-:".contains(c);
    if scheme == 0 || !text[..scheme].chars().all(known) {
        return None;
    }
    let start = scheme + 3;
    let length = text[start..].find(['/', '?', '#', ' ', ',']).unwrap_or(text.len() - start);
    let user = &text[start..start + length];
    let user = &user[..user.rfind('@')?];
    let colon = user.find(':')?;
    (colon + 1 < user.len()).then(|| start + colon + 1..start + user.len())
}

fn in_go_dsn(text: &str) -> Option<Range<usize>> {
    let end = ["@tcp(", "@unix("].iter().find_map(|mark| text.find(mark))?;
    let start = text[..end].find(':')? + 1;
    (start < end && !text[..end].contains([' ', '/'])).then_some(start..end)
}

/// `Server=db;User Id=sa;Password=…`, `host=db user=a password=…`, `?user=a&password=…`.
fn in_pairs(text: &str) -> Option<Range<usize>> {
    let separator = [';', '&', ' '].into_iter().find(|one| text.contains(*one))?;
    if text.contains('\n') || text.matches('=').count() < 2 {
        return None;
    }
    let begin = if separator == '&' { text.find('?').map_or(0, |at| at + 1) } else { 0 };
    let mut at = begin;
    for pair in text[begin..].split(separator) {
        if let Some((name, value)) = pair.split_once('=') {
            let name = name.trim().to_ascii_lowercase();
            if ["password", "pwd", "accountkey", "sharedaccesskey"].contains(&name.as_str())
                && !value.is_empty()
            {
                let start = at + pair.len() - value.len();
                return Some(start..start + value.len());
            }
        }
        at += pair.len() + separator.len_utf8();
    }
    None
}

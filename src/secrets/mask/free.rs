//! Credentials in text of any format: configuration files in a ConfigMap, scripts, comments, JSON in an
//! annotation, YAML that cannot be read.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::names::{is_credential_name, is_name, is_password_key, is_secret_field, is_value};
use crate::secrets::credential::is_reference;
use crate::text::{ceil, floor};

/// The credentials of a text, as byte ranges in it; they may overlap.
pub fn credentials(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if memchr::memchr3(b'=', b':', b'>', text.as_bytes()).is_some() {
        assignments(text, &mut found);
    }
    // Most texts are names with a dash or two.
    let mut dashes = memchr::memchr_iter(b'-', text.as_bytes());
    if dashes.any(|at| matches!(text.as_bytes().get(at + 1), Some(b'-' | b'p' | b'a' | b'u'))) {
        options(text, &mut found);
        private_keys(text, &mut found);
    }
    if memchr::memchr(b':', text.as_bytes()).is_some() {
        urls(text, &mut found);
    }
    if memchr::memchr(b' ', text.as_bytes()).is_some() {
        schemes(text, &mut found);
    }
    tokens(text, &mut found);
    // What the cluster or another tool fills in is nobody's secret.
    found.retain(|range| !range.is_empty() && !is_open(&text[range.clone()]));
    found
}

/// `$(NAME)`, and what is no text at all.
fn is_open(text: &str) -> bool {
    let text = text.trim().trim_end_matches([',', '}', ']']);
    is_reference(text) || ["", "true", "false", "null", "~", "{", "[", "|"].contains(&text)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
}

/// Longer names are none.
const LONGEST_NAME: usize = 128;

/// The name that ends at an offset, quotes and blanks passed over.
fn name_before(text: &str, at: usize) -> &str {
    let trimmed = text[..at].trim_end_matches([' ', '\t', '"', '\'', '\\']);
    let bytes = trimmed.as_bytes();
    let length = bytes.iter().rev().take(LONGEST_NAME).take_while(|byte| is_name_byte(**byte)).count();
    &trimmed[ceil(trimmed, trimmed.len() - length)..]
}

/// What is assigned with `=`, `:` or between tags.
fn assignments(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    // Whether the last name that stands as a value (`name: DB_PASSWORD`) is that of a credential.
    let mut named = false;
    // Open brackets of the line, which end an unquoted value.
    let mut depth = 0i32;
    let (mut line, mut at) = (0, 0);
    while let Some(&mark) = bytes.get(at) {
        let here = at;
        at += 1;
        match mark {
            b'\n' | b'\r' => (line, depth) = (at, 0),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        if !matches!(mark, b'=' | b':' | b'>') {
            continue;
        }
        let name = name_before(text, here);
        let tag = || text[..here].strip_suffix(name).is_some_and(|before| before.ends_with('<'));
        if name.is_empty() || (mark == b'>' && !tag()) {
            continue;
        }
        if is_name(name) || matches!(name, "key" | "path") {
            let near = &text[..floor(text, here + LONGEST_NAME)];
            let value = &text[value_after(near, here, line, depth)];
            let pointer = name == "path" && (value.contains("/data/") || value.contains("/stringData/"));
            let last = value.rsplit('/').next().unwrap_or(value);
            named = pointer || is_credential_name(last.trim_matches(['"', '\'']));
            continue;
        }
        let hidden = match mark {
            b':' => is_secret_field(name),
            _ => is_credential_name(name),
        };
        if hidden || (named && is_value(name)) {
            let range = value_after(text, here, line, depth);
            // `secret: {secretName: web-tls}` says where it is.
            if mark == b':' && text[range.clone()].starts_with(['{', '[']) && !is_password_key(name) {
                continue;
            }
            at = at.max(range.end);
            found.push(range);
        }
    }
}

/// Where the value after a mark stands.
fn value_after(text: &str, mark: usize, line: usize, depth: i32) -> Range<usize> {
    let sign = text.as_bytes()[mark];
    let blanks = |at: usize| at + text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
    let mut start = blanks(mark + 1);
    if sign == b'>' {
        let end = text[start..].find(['<', '\n']).map_or(text.len(), |more| start + more);
        return start..end;
    }
    // An anchor or a tag before a value.
    while sign == b':' && text[start..].starts_with(['&', '!']) {
        let word = text[start..].find(|c: char| c.is_whitespace()).unwrap_or(text.len() - start);
        if word == text.len() - start {
            break;
        }
        start = blanks(start + word);
    }
    let escape = text[start..].starts_with("\\\"");
    let opening = start + usize::from(escape);
    if let Some(quote) = text[opening..].chars().next().filter(|c| "\"'".contains(*c)) {
        let inside = opening + 1;
        return inside..closing(text, inside, quote, escape);
    }
    let rest = &text[start..];
    if sign == b'=' {
        let end = rest.find(|c: char| c.is_whitespace() || "\"'".contains(c)).unwrap_or(rest.len());
        return start..start + end;
    }
    let break_at = |from: usize| text[from..].find(['\n', '\r']).map_or(text.len(), |more| from + more);
    match rest.bytes().next() {
        None | Some(b'\n' | b'\r') => return below(text, start, line, true),
        Some(b'|' | b'>') if rest.bytes().take(4).any(|byte| matches!(byte, b'\n' | b'\r')) => {
            return below(text, break_at(start), line, false);
        }
        _ => {}
    }
    let ends: &[char] = if depth > 0 { &[',', '}', ']', '\n', '\r'] } else { &['"', '\n', '\r'] };
    let stop = rest.find(ends).unwrap_or(rest.len());
    start..start + rest[..stop].trim_end().len()
}

/// The offset of the quote that closes a text.
fn closing(text: &str, from: usize, quote: char, escaped: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            // Nobody leaves a quote open over lines that are cut here, but a text may be broken.
            b'\n' | b'\r' => return at,
            b'\\' if escaped && bytes.get(at + 1) == Some(&(quote as u8)) => return at,
            b'\\' if quote == '"' && !escaped => at += 1,
            byte if byte == quote as u8 => return at,
            _ => {}
        }
        at += 1;
    }
    text.len().min(at)
}

/// The lines below a key that are indented more than it. `plain`: only those that are no mapping.
fn below(text: &str, line_end: usize, line: usize, plain: bool) -> Range<usize> {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let own = indent(&text[line..line_end.max(line)]);
    let (mut start, mut at) = (None, line_end);
    let mut end = line_end;
    while at < text.len() {
        let next = at + 1;
        let length = text[next..].find(['\n', '\r']).unwrap_or(text.len() - next);
        let body = &text[next..next + length];
        if !body.trim().is_empty() {
            let mapping = plain && (body.contains(": ") || body.trim_end().ends_with(':'));
            if indent(body) <= own || mapping {
                break;
            }
            start.get_or_insert(next + indent(body));
            end = next + body.trim_end().len();
        }
        at = next + length;
    }
    start.map_or(line_end..line_end, |start| start..end.max(start))
}

/// `--password x`, on one line, in a list, or in the items of one; and the short options of a few programs.
fn options(text: &str, found: &mut Vec<Range<usize>>) {
    let ends = |c: char| c.is_whitespace() || "\"',]}".contains(c);
    let word = |from: usize| from..text[from..].find(ends).map_or(text.len(), |more| from + more);
    let next = |from: usize| {
        let rest = &text[from..];
        let at = from + rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '"', '\'', ',']).len();
        // The dash of the next item.
        text[at..]
            .strip_prefix("- ")
            .map_or(at, |rest| text.len() - rest.trim_start_matches([' ', '"', '\'']).len())
    };
    for at in memchr::memmem::find_iter(text.as_bytes(), b"--") {
        let length = text[at..].bytes().take(LONGEST_NAME).take_while(|byte| is_name_byte(*byte)).count();
        let end = at + length;
        if !text.is_char_boundary(end) || text[end..].starts_with(['=', ':']) || end == text.len() {
            continue;
        }
        if is_credential_name(&text[at..end]) {
            let value = word(next(end));
            if !text[value.clone()].starts_with('-') {
                found.push(value);
            }
        }
    }
    let has = |program: &str| memchr::memmem::find(text.as_bytes(), program.as_bytes()).is_some();
    let short = |option: &str, glued: bool, found: &mut Vec<Range<usize>>| {
        for at in memchr::memmem::find_iter(text.as_bytes(), option.as_bytes()) {
            let begins =
                text[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || "\"'[,".contains(c));
            let end = at + option.len();
            let apart = text[end..].chars().next().is_none_or(ends);
            if begins && (glued != apart) {
                found.push(word(if glued { end } else { next(end) }));
            }
        }
    };
    if has("mysql") || has("mariadb") {
        short("-p", true, found);
    }
    if has("redis-cli") {
        short("-a", false, found);
    }
    if has("curl") {
        short("-u", false, found);
    }
    if has("sshpass") {
        short("-p", false, found);
    }
}

/// No URL with a password is longer, in characters; what looks like one is not searched any further.
const LONGEST_URL: usize = 2000;

/// Hosts whose paths are passwords.
const WEBHOOKS: &[&str] =
    &["hooks.slack.com/services/", "/api/webhooks/", "api.telegram.org/bot", ".webhook.office.com/"];

/// Passwords in URLs: `scheme://user:password@host`, `https://token@host`, and URLs that are one.
fn urls(text: &str, found: &mut Vec<Range<usize>>) {
    for at in memchr::memmem::find_iter(text.as_bytes(), b"://") {
        let start = at + 3;
        let ends = |c: char| c.is_whitespace() || "\"'`<>,".contains(c);
        let end = text[start..].char_indices().enumerate().find(|(n, (_, c))| ends(*c) || *n == LONGEST_URL);
        let url = &text[start..end.map_or(text.len(), |(_, (at, _))| start + at)];
        for host in WEBHOOKS {
            if let Some(at) = url.find(host) {
                found.push(start + at + host.len()..start + url.len());
            }
        }
        let authority = &url[..url.find(['/', '?', '#']).unwrap_or(url.len())];
        // A password may hold an unescaped slash; then the text after the colon is no port.
        let port_like = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let user = match (authority.rfind('@'), url.rfind('@')) {
            (Some(end), _) => Some(&url[..end]),
            (None, Some(end)) => {
                let colon = url.find(':');
                colon.filter(|&colon| colon < end && !port_like(&url[colon + 1..])).map(|_| &url[..end])
            }
            _ => None,
        };
        let Some(user) = user else {
            continue;
        };
        let web = text[..at].ends_with("http") || text[..at].ends_with("https");
        match user.split_once(':') {
            Some((name, password)) => {
                let from = start + name.len() + 1;
                found.push(from..from + password.len());
            }
            None if web && user.len() >= 8 => found.push(start..start + user.len()),
            None => {}
        }
    }
}

/// `Bearer …` and `Basic …`.
fn schemes(text: &str, found: &mut Vec<Range<usize>>) {
    for scheme in ["earer ", "asic "] {
        for at in memchr::memmem::find_iter(text.as_bytes(), scheme.as_bytes()) {
            let start = at + scheme.len();
            let ends = |c: char| c.is_whitespace() || "\"',;)".contains(c);
            let end = text[start..].find(ends).map_or(text.len(), |more| start + more);
            let word = &text[start..end];
            let plain = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.');
            if text[..at].ends_with(['B', 'b']) && word.len() >= 8 && !plain {
                found.push(start..end);
            }
        }
    }
}

/// The bodies of private keys.
fn private_keys(text: &str, found: &mut Vec<Range<usize>>) {
    const HEADER: &str = "PRIVATE KEY-----";
    for at in memchr::memmem::find_iter(text.as_bytes(), HEADER.as_bytes()) {
        let line = text[..at].rfind(['\n', '\r']).map_or(0, |before| before + 1);
        if text[line..at].contains("-----END") && !text[line..at].contains("-----BEGIN") {
            continue;
        }
        let start = at + HEADER.len();
        let end = text[start..].find("-----END").map_or(text.len(), |more| start + more);
        found.push(start..end);
        if end == text.len() {
            break;
        }
    }
}

/// No token with its beginning is shorter.
const SHORTEST_TOKEN: usize = 20;

/// Tokens that are told by how they begin.
fn tokens(text: &str, found: &mut Vec<Range<usize>>) {
    const KNOWN: &[(&str, usize)] = &[
        ("ghp_", 20),
        ("gho_", 20),
        ("ghs_", 20),
        ("github_pat_", 20),
        ("glpat-", 16),
        ("xoxb-", 16),
        ("xoxp-", 16),
        ("sk_live_", 16),
        ("hvs.", 20),
        ("eyJ", 20),
    ];
    // A searcher is made once: most texts are shorter than what it takes to make one.
    static FINDERS: LazyLock<Vec<Finder<'static>>> =
        LazyLock::new(|| KNOWN.iter().map(|one| Finder::new(one.0)).collect());
    if text.len() < SHORTEST_TOKEN {
        return;
    }
    for ((start, least), finder) in KNOWN.iter().zip(&*FINDERS) {
        for at in finder.find_iter(text.as_bytes()) {
            let from = at + start.len();
            let length =
                text[from..].bytes().take_while(|byte| is_name_byte(*byte) && byte.is_ascii()).count();
            let jwt = *start != "eyJ" || text[from..from + length].contains('.');
            if length >= *least && jwt {
                found.push(at..from + length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::credentials;

    fn found(text: &str) -> Vec<&str> {
        let mut ranges = credentials(text);
        ranges.sort_by_key(|range| range.start);
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn beside_names() {
        for (text, credential) in [
            ("password=x1 y", "x1"),
            ("db.password = \"x 1\"", "x 1"),
            ("token: x1 y\nb: c", "x1 y"),
            ("{password: x1, b: c}", "x1"),
            ("\"password\":\"x1\",\"b\":\"c\"", "x1"),
            ("{\\\"password\\\":\\\"x1\\\"}", "x1"),
            ("<password>x1</password>", "x1"),
            ("<add key=\"password\" value=\"x1\"/>", "x1"),
            ("- name: DB_PASSWORD\n  value: x1\n", "x1"),
            ("- {name: DB_PASSWORD, value: x1, a: b}", "x1"),
            ("path: /stringData/a\nvalue: x1", "x1"),
            ("password: |\n  x1\n  y\nb: c", "x1\n  y"),
            ("password:\n  x1\nb: c", "x1"),
            ("password:\r  x1\rb: c", "x1"),
            ("password: !!str &a x1", "x1"),
            ("_authToken=x1", "x1"),
            ("Authorization: Bearer x1", "Bearer x1"),
        ] {
            assert_eq!(found(text), [credential], "{text}");
        }
    }

    #[test]
    fn in_commands_and_urls() {
        for (text, credential) in [
            ("run --password x1", "x1"),
            ("[\"--token\", \"x1\"]", "x1"),
            ("- --token\n- x1\n", "x1"),
            ("mysqladmin -px1 ping", "x1"),
            ("redis-cli -a x1 ping", "x1"),
            ("a://u:x1@h/p", "x1"),
            ("https://x1234567@github.com/x", "x1234567"),
            ("https://hooks.slack.com/services/T0/B0/x1", "T0/B0/x1"),
            ("Bearer x1234567.Z", "x1234567.Z"),
            ("-----BEGIN PRIVATE KEY-----x1", "x1"),
        ] {
            assert_eq!(found(text), [credential], "{text}");
        }
    }

    #[test]
    fn what_is_no_credential() {
        for text in [
            "DB_PASSWORD: $(A)",
            "automountServiceAccountToken: false",
            "topologyKey: kubernetes.io/hostname",
            "secretKeyRef: {name: a, key: b}",
            "https://u@h/x and ssh://git@github.com/x",
            "secretName: web-tls",
            "key: app",
            "secret: {secretName: a}",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }
}

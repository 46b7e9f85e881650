//! Where the secret values of an object stand, so that no report prints them.
//!
//! Erring on the side of masking: what is hidden without need costs a glance at the file, what is shown
//! without need ends up in a build log.

use std::ops::Range;

use super::credential::{is_reference, words};
use crate::document::Object;
use crate::files::{SourceFile, Span};
use crate::text::suggest;
use crate::yaml::{Node, Style};

/// Words that make a name a credential wherever they occur in it.
const WORDS: &[&str] =
    &["password", "passwd", "passphrase", "secret", "token", "apikey", "credential", "privatekey"];
/// Words that make a name a credential when they stand alone.
const WHOLE_WORDS: &[&str] = &["pass", "pwd", "key", "pw", "dsn"];
/// Last words of names that only say where or what the credential is.
const HARMLESS_ENDS: &[&str] = &[
    "file", "path", "dir", "name", "url", "uri", "host", "port", "user", "username", "enabled", "type",
    "ttl", "ref", "length", "endpoint",
];

/// Whether a variable, option or key of this name holds a credential (`DB_PASSWORD`, `apiToken`), not the
/// way to one (`DB_PASSWORD_FILE`).
pub fn is_credential_name(name: &str) -> bool {
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
}

/// The places of an object's secret values: data of Secrets, literal credentials in environments,
/// arguments and ConfigMaps, and passwords inside URLs.
pub fn spans(object: Object<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    if object.is("", "Secret") {
        // The annotation in which `kubectl apply` keeps the whole object is as secret as the object.
        let applied = object.annotation("kubectl.kubernetes.io/last-applied-configuration");
        applied.into_iter().for_each(|value| found.extend(inside(value)));
        // Whatever its fields are called: where `data` is misspelt its values are no less secret.
        for entry in object.node.entries().filter(|entry| !OPEN_FIELDS.contains(&entry.key.text())) {
            all_scalars(entry.value, &mut found);
        }
    }
    if object.is("", "ConfigMap") {
        for entry in object.node.get("data").into_iter().flat_map(|data| data.entries()) {
            match is_credential_name(entry.key.text()) {
                true => found.extend(inside(entry.value)),
                false => assignments(entry.value, &mut found),
            }
        }
    }
    walk(object.node, &mut found);
    found.sort();
    found.dedup();
    found
}

fn all_scalars(node: Node<'_>, found: &mut Vec<Span>) {
    let mut open = vec![node.resolved()];
    while let Some(node) = open.pop() {
        found.extend(inside(node));
        open.extend(node.entries().map(|entry| entry.value).chain(node.items()));
    }
}

/// Fields of a Secret that everybody may see.
const OPEN_FIELDS: &[&str] = &["apiVersion", "kind", "metadata", "type", "immutable", "sops"];

/// `value`, also where it is misspelt: the value is no less secret.
fn is_value(key: &str) -> bool {
    let like = || matches!(key.len(), 4..=6) && key.starts_with(['v', 'V']);
    key == "value" || (like() && (key.eq_ignore_ascii_case("value") || suggest::is_slip(key, "value")))
}

/// A key that holds the password itself, in whatever kind of object.
fn is_password_key(key: &str) -> bool {
    // Asked of every key there is, so the quick look comes first.
    key.as_bytes().windows(4).any(|part| part.eq_ignore_ascii_case(b"pass"))
        && words(key).last().is_some_and(|last| matches!(last.as_str(), "password" | "passwd" | "passphrase"))
}

/// Values in a text that could not be read as YAML: all of a Secret, and elsewhere those whose names are credentials.
pub fn in_text(source: &SourceFile, range: Range<usize>) -> Vec<Span> {
    let text = source.text.get(range.clone()).unwrap_or("");
    let secret =
        text.lines().any(|line| line.trim().trim_end_matches(',').replace('"', "") == "kind: Secret");
    let (mut found, mut at, mut named) = (Vec::new(), range.start, false);
    for line in text.split_inclusive('\n') {
        let body = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        if body.is_empty() || body.starts_with('#') || body.starts_with("---") {
            continue;
        }
        let (key, value) = body.split_once([':', '=']).unwrap_or(("", body));
        let key = key.trim_start_matches(['-', ' ', '{', '"', '\'']).trim_end_matches([' ', '"', '\'']);
        let hidden = match secret {
            true => key != "name" && key != "namespace" && !OPEN_FIELDS.contains(&key),
            false => {
                is_password_key(key) || (is_credential_name(key) && key != "key") || (named && is_value(key))
            }
        };
        if key == "name" {
            named = is_credential_name(value.trim().trim_matches(['"', '\'']));
        }
        let value = value.trim();
        if hidden && !value.is_empty() {
            let end = start + body.len();
            found.push(source.span(end - value.len()..end));
        }
    }
    found
}

/// Looks at everything once: `name` beside `value`, arguments, and URLs anywhere.
fn walk(root: Node<'_>, found: &mut Vec<Span>) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        match node.style() {
            Style::Mapping => {
                let (mut name, mut values, mut key) = (None, Vec::new(), None);
                for child in node.children() {
                    let Some(text) = key.take() else {
                        key = Some(child.text());
                        continue;
                    };
                    match text {
                        "name" => name = Some(child),
                        "args" | "command" => arguments(child, found),
                        _ if is_value(text) => values.push(child),
                        _ if is_password_key(text) => found.extend(inside(child)),
                        _ => {}
                    }
                    open.push(child);
                }
                if name.is_some_and(|name| is_credential_name(name.text())) {
                    values.into_iter().for_each(|value| all_scalars(value, found));
                }
            }
            Style::Sequence => open.extend(node.children()),
            Style::Alias => {}
            _ => urls(node, found),
        }
    }
}

fn arguments(list: Node<'_>, found: &mut Vec<Span>) {
    let mut credential_follows = false;
    for item in list.children() {
        let text = item.text();
        if credential_follows && !text.starts_with('-') {
            found.extend(inside(item));
        } else {
            assignments(item, found);
        }
        credential_follows = text.starts_with('-') && !text.contains('=') && is_credential_name(text);
    }
}

/// The place of a scalar's text: quotes and the header of a block stay visible.
fn inside(node: Node<'_>) -> Option<Span> {
    let node = node.resolved();
    let span = node.span();
    let text = node.source_text();
    let (before, after) = match node.style() {
        Style::Mapping | Style::Sequence | Style::Alias => return None,
        Style::Plain => (0, 0),
        Style::SingleQuoted | Style::DoubleQuoted => (1, 1),
        Style::Block => (text.find('\n').map_or(text.len(), |at| at + 1), 0),
    };
    let (start, end) = (span.start + before as u32, span.end.saturating_sub(after));
    (start < end).then_some(Span { start, end, ..span })
}

/// No URL with a password is longer, in characters; what looks like one is not searched any further.
const LONGEST_URL: usize = 2000;

/// Passwords in URLs: `scheme://user:password@host`.
fn urls(node: Node<'_>, found: &mut Vec<Span>) {
    let text = node.source_text();
    let mut from = 0;
    while let Some(at) = text[from..].find("://") {
        let start = from + at + 3;
        let ends = |c: char| c.is_whitespace() || "\"'`<>,".contains(c);
        let end = text[start..].char_indices().enumerate().find(|(n, (_, c))| ends(*c) || *n == LONGEST_URL);
        let url = &text[start..end.map_or(text.len(), |(_, (at, _))| start + at)];
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
        let pair = user.and_then(|user| user.split_once(':'));
        if let Some((name, password)) = pair.filter(|(_, password)| !is_reference(password)) {
            push(node, start + name.len() + 1, password.len(), found);
        }
        from = start;
    }
}

/// Credentials that are written as `name=value` or `name: value` inside a longer text.
fn assignments(node: Node<'_>, found: &mut Vec<Span>) {
    let node = node.resolved();
    let text = node.source_text();
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    for (at, _) in text.match_indices(['=', ':']) {
        let name = text[..at].trim_end_matches([' ', '\t', '"', '\'']);
        let name = &name[name.rfind(|c| !is_name(c)).map_or(0, |before| before + last_len(name, before))..];
        if name.is_empty() || !is_credential_name(name) {
            continue;
        }
        let rest = &text[at + 1..];
        let skipped = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let rest = &rest[skipped..];
        let quote = rest.chars().next().filter(|c| "\"'".contains(*c));
        let (skipped, rest) = match quote {
            Some(_) => (skipped + 1, &rest[1..]),
            None => (skipped, rest),
        };
        let end = match quote {
            Some(quote) => rest.find([quote, '\n']),
            None if text[at..].starts_with('=') => {
                rest.find(|c: char| c.is_whitespace() || "\"'".contains(c))
            }
            None => rest.find(['\n', '\r', '"']),
        };
        push(node, at + 1 + skipped, end.unwrap_or(rest.len()), found);
    }
}

fn last_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

fn push(node: Node<'_>, start: usize, len: usize, found: &mut Vec<Span>) {
    if len > 0 {
        let start = node.span().start + start as u32;
        found.push(Span { start, end: start + len as u32, ..node.span() });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::{FileId, SourceFile};
    use crate::yaml;

    fn masked(text: &str) -> Vec<String> {
        let source = Arc::new(SourceFile::new(FileId(0), "a.yaml", text));
        let tree = yaml::parse(&source, &yaml::split(text)[0]).expect("YAML");
        let object = Object::read(tree.root()).expect("an object");
        spans(object).into_iter().map(|span| text[span.range()].to_owned()).collect()
    }

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
    fn data_of_a_secret() {
        let text =
            "apiVersion: v1\nkind: Secret\nstringData:\n  a: 'x1'\n  b: |\n    line\ndata: {c: eHg=}\n";
        assert_eq!(masked(text), ["x1", "    line", "eHg="]);
    }

    #[test]
    fn environment_arguments_and_urls() {
        let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - args: [--password=p1, --token, p2, -v]\n      env:\n        - {name: API_KEY, value: p3}\n        - {name: PLAIN, value: 'redis://u:p4@cache:6379/0'}\n        - {name: URL, value: 'http://web:8080/a@b'}\n";
        assert_eq!(masked(text), ["p1", "p2", "p3", "p4"]);
    }

    #[test]
    fn lines_of_a_config_map() {
        let text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  db-password: p1\n  app.ini: |\n    host = db\n    password = p2\n    \u{526f}token: p3 4\n";
        assert_eq!(masked(text), ["p1", "p2", "p3 4"]);
    }
}

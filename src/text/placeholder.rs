//! Text that stands for a value nobody has filled in yet.
//!
//! Manifests carry the marks of many tools: the kubelet's `$(X)`, a shell's `${X}`, Helm's `{{ }}`, and plain
//! notes to the reader such as `<your-host>`. A rule must not reason about such text, so everything asks here.

use std::ops::Range;

/// Whether a text is written in capitals throughout, as `HTTP`, `PORT` and `YOUR-PASSWORD-HERE` are.
pub fn is_capitals(text: &str) -> bool {
    let letters = text.bytes().filter(u8::is_ascii_uppercase).count();
    letters >= 3 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"-_. ".contains(&b))
}

/// What a single word in capitals asks the reader for. Others, such as `HTTP` and `RWO`, are values.
const ASKED_FOR: &[&str] = &[
    "APP",
    "BRANCH",
    "CLASS",
    "CLUSTER",
    "COMPONENT",
    "DOMAIN",
    "EMAIL",
    "ENV",
    "ENVIRONMENT",
    "FIXME",
    "HOST",
    "HOSTNAME",
    "ID",
    "IMAGE",
    "IPADDRESS",
    "KEY",
    "LEVEL",
    "MODE",
    "NAME",
    "NAMESPACE",
    "NODE",
    "NODENAME",
    "NUMBER",
    "PASSWORD",
    "PATH",
    "PLACEHOLDER",
    "PORT",
    "PROJECT",
    "REGION",
    "REGISTRY",
    "RELEASE",
    "REPLACE",
    "REPLICAS",
    "REPO",
    "REPOSITORY",
    "SECRET",
    "SERVER",
    "SERVICE",
    "SHA",
    "SIZE",
    "STORAGECLASS",
    "TAG",
    "TBD",
    "TODO",
    "TOKEN",
    "TYPE",
    "UNDEFINED",
    "URL",
    "USER",
    "USERNAME",
    "VALUE",
    "VERSION",
    "VOLUME",
    "XXX",
    "ZONE",
];

/// Whether a text that should be a name or a number is a note in capitals, as `NAMESPACE` and
/// `YOUR-PASSWORD-HERE` are: somebody will fill it in (fact 13.14). `HTTP` and `RWO` are values.
pub fn is_shouted(text: &str) -> bool {
    is_capitals(text) && (text.contains(['_', '-', ' ']) || asks(text) || text.bytes().all(|b| b == b'X'))
}

/// Whether a word in capitals ends in what it asks for: `HOST`, `APPNAME`, `TEAMNS`.
fn asks(word: &str) -> bool {
    ASKED_FOR.contains(&word)
        || ["NAME", "NAMESPACE", "DOMAIN", "IMAGE", "NS", "STAMP"]
            .iter()
            .any(|end| word.strip_suffix(end).is_some_and(|of| of.len() >= 3))
}

/// Whether a text where a name, a number or an image belongs is a note to the reader, in wider forms than
/// [`is_placeholder`] knows: no name has brackets, so `{name}/app`, `[YOUR_HOST]` and `<*.zone>` are to be filled in,
/// and so is `xxxxx` (fact 13.14).
pub fn is_note(text: &str) -> bool {
    let between = |open: char, close: char| {
        let inside = text.split_once(open).and_then(|(_, rest)| rest.split_once(close));
        inside.is_some_and(|(inside, _)| inside.contains(|c: char| c.is_alphabetic()))
    };
    let crossed =
        |word: &str| (4..=40).contains(&word.len()) && word.bytes().all(|byte| matches!(byte, b'x' | b'X'));
    is_placeholder(text)
        || is_shouted(text)
        || between('{', '}')
        || between('<', '>')
        || (between('[', ']') && !text.contains("::"))
        || text.split(|c: char| !c.is_ascii_alphanumeric()).any(crossed)
}

/// Whether the text contains a placeholder and is therefore not the value that will be used (fact 13.14).
pub fn is_placeholder(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len()).any(|at| may_start(bytes, at) && placeholder_at(text, at).is_some())
}

/// Byte ranges of all placeholders in the text, in order and without overlap (fact 13.14).
///
/// A placeholder that is opened but never closed reaches to the end of the text.
pub fn placeholders(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let length = if may_start(text.as_bytes(), at) { placeholder_at(text, at) } else { None };
        match length {
            Some(length) => {
                found.push(at..at + length);
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

/// Brackets whose content may be anything.
const BRACKETS: &[(&str, &str)] = &[("{{", "}}"), ("{%", "%}"), ("${", "}"), ("$(", ")"), ("#{", "}")];

/// Marks around a name; the name itself is letters, digits and `_ - . : /`.
const AROUND_A_NAME: &[(&str, &str)] = &[("%%", "%%"), ("@@", "@@"), ("((", "))")];

/// Notes to the reader, compared without regard to case.
const NOTES: &[&str] = &[
    "CHANGEME",
    "CHANGE_ME",
    "CHANGE-ME",
    "REPLACEME",
    "REPLACE_ME",
    "REPLACE-ME",
    "REPLACE_WITH",
    "REPLACE-WITH",
    "OVERRIDEME",
    "OVERRIDE_ME",
    "OVERRIDE-ME",
];

/// Bytes that a placeholder may start with.
const STARTS: [bool; 256] = {
    let mut starts = [false; 256];
    let (bytes, mut at) = (b"$<{#%@(_CcRrOoY|", 0);
    while at < bytes.len() {
        starts[bytes[at] as usize] = true;
        at += 1;
    }
    starts
};

/// Whether a placeholder may start at `at`, judged by two bytes: nearly all text is ruled out here.
fn may_start(bytes: &[u8], at: usize) -> bool {
    if !STARTS[usize::from(bytes[at])] {
        return false;
    }
    let next = bytes.get(at + 1).copied().unwrap_or(b'\0');
    match bytes[at] {
        b'{' => matches!(next, b'{' | b'%'),
        b'#' => next == b'{',
        mark @ (b'%' | b'@' | b'(' | b'_') => next == mark,
        b'C' | b'c' => matches!(next, b'H' | b'h'),
        b'R' | b'r' => matches!(next, b'E' | b'e'),
        b'O' | b'o' => matches!(next, b'V' | b'v'),
        b'Y' => next == b'O',
        b'|' => next == b'-',
        // `$` and `<`.
        _ => true,
    }
}

/// Length in bytes of the placeholder that starts at `at`, which need not be on a character boundary.
fn placeholder_at(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    for &(open, close) in BRACKETS {
        if let Some(inside) = rest.strip_prefix(open) {
            let end = inside.find(close).map(|end| open.len() + end + close.len());
            return Some(end.unwrap_or(rest.len()));
        }
    }
    for &(open, close) in AROUND_A_NAME {
        let Some(inside) = rest.strip_prefix(open) else {
            continue;
        };
        // Taking the name first keeps a long run of `(` from being searched again and again.
        let end = inside.bytes().take_while(|byte| is_name_byte(*byte)).count();
        if end > 0 && inside[end..].starts_with(close) {
            return Some(open.len() + end + close.len());
        }
    }
    match rest.as_bytes().first()? {
        b'$' => shell_variable(rest),
        b'<' => angle_bracket(rest),
        b'_' => underscored(text, at, rest),
        b'C' | b'c' | b'R' | b'r' | b'O' | b'o' => note(text, at, rest),
        b'|' => default(text, at, rest),
        b'Y' if !follows_word(text, at) => your(rest),
        _ => None,
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte)
}

fn follows_word(text: &str, at: usize) -> bool {
    at > 0 && text.as_bytes()[at - 1].is_ascii_alphanumeric()
}

/// `$VAR`. Not `$5` or `$.path`, which are prices and JSON paths.
fn shell_variable(rest: &str) -> Option<usize> {
    let name = &rest[1..];
    let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    (length > 0 && !name.as_bytes()[0].is_ascii_digit()).then_some(1 + length)
}

/// `<your host>`: closed on the same line, and begins with a letter so that `a < b > c` is left alone.
fn angle_bracket(rest: &str) -> Option<usize> {
    let inside = &rest[1..];
    let end = inside.find(['<', '>', '\n'])?;
    let closed = inside.as_bytes().get(end) == Some(&b'>');
    let first = inside.chars().next()?;
    (closed && end > 0 && (first.is_alphabetic() || first == '_')).then_some(end + 2)
}

/// `__NAME__`, standing on its own.
fn underscored(text: &str, at: usize, rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix("__")?;
    if follows_word(text, at) || (at > 0 && text.as_bytes()[at - 1] == b'_') {
        return None;
    }
    let end = inside.find("__")?;
    let name = &inside[..end];
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    named.then_some(end + 4)
}

/// `IMAGE|-nginx:1.25-|`: what is put in behind a name in capitals where nothing else is given.
fn default(text: &str, at: usize, rest: &str) -> Option<usize> {
    let named = text[..at].ends_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit());
    let inside = rest.strip_prefix("|-").filter(|_| named)?;
    let end = inside.find(['|', '\n'])?;
    let value = inside[..end].strip_suffix('-').filter(|_| inside[end..].starts_with('|'))?;
    let is_edge = |c: char| c == '-' || c.is_whitespace();
    (!value.is_empty() && !value.starts_with(is_edge) && !value.ends_with(is_edge)).then_some(end + 3)
}

fn note(text: &str, at: usize, rest: &str) -> Option<usize> {
    // `replace_port`: no name has such a line in it.
    let what =
        rest.strip_prefix("replace_").filter(|_| !follows_word(text, at) && !text[..at].ends_with('_'));
    if let Some(what) = what.filter(|what| what.starts_with(|c: char| c.is_ascii_lowercase())) {
        let word = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'_';
        return Some("replace_".len() + what.bytes().take_while(word).count());
    }
    // `replacement` is a word of its own.
    let ends = |note: &str| !rest[note.len()..].starts_with(|c: char| c.is_ascii_alphabetic());
    let starts = |note: &&&str| {
        rest.get(..note.len()).is_some_and(|head| head.eq_ignore_ascii_case(note)) && ends(note)
    };
    NOTES.iter().find(starts).map(|note| note.len())
}

/// `YOUR_PROJECT`, `YOUR-DOMAIN`: capitals only, since a tutorial may well call a Service `your-app`.
fn your(rest: &str) -> Option<usize> {
    let tail = rest.strip_prefix("YOUR")?;
    if !tail.starts_with(['_', '-']) {
        return None;
    }
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'-';
    Some(4 + tail.bytes().take_while(word).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_of_many_tools() {
        for text in [
            "$(DB_HOST)",
            "a-$(X).b",
            "$(params.x)",
            "${DB}",
            "${DB:-db}",
            "$DB",
            "http://$HOST/",
            "{{ .Values.host }}",
            "{{x}}",
            "{% if x %}",
            "{{ never closed",
            "<YOUR_HOST>",
            "<your host>",
            "CHANGEME",
            "change-me",
            "REPLACE_ME",
            "%%x%%",
            "__X__",
            "http://__HOST__:80",
            "((x))",
            "((vault:db.host))",
            "@@x@@",
            "#{Host}#",
            "YOUR_DOMAIN",
            "replace_name-svc",
            "override_me",
            "OVERRIDE-ME-app",
            "IMAGE|-nginx:1.25-|",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn notes_where_a_name_belongs() {
        for text in [
            "NAMESPACE",
            "APPNAME",
            "TEAMNS",
            "YOUR-HOST",
            "DATE_LABEL",
            "XXX",
            "{NAME}",
            "{username}/app:1",
            "registry.example.com/{Organization name}/app",
            "[YOUR_X]",
            "#{X}",
            "<*.x>",
            "xxxxxxx",
            "vol-xxxx",
        ] {
            assert!(is_note(text), "{text}");
        }
        for text in ["HTTP", "RWO", "TCP", "DNS", "ALWAYS", "nginx", "a{2}", "xx", "foxxxy", "[::1]:80", "{}"]
        {
            assert!(!is_note(text), "{text}");
        }
    }

    #[test]
    fn plain_text() {
        for text in [
            "",
            "db",
            "$5",
            "100%",
            "a$",
            "$.path",
            "a < b",
            "a < b > c",
            "a__b__c",
            "(DESCRIPTION=((HOST=h)(PORT=1)))",
            "me@example.org",
            "your-app",
            "exchange",
            "podReplacementPolicy",
            "@@",
            "%%%%",
            "ünïcode",
            "overrides",
            "overridemenu",
            "a|-b-|",
            "NAME|---|",
            "NAME|-|",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn ranges_cover_exactly_the_placeholder() {
        let text = "é://$(USER):${PW}@db/x";
        let found: Vec<&str> = placeholders(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["$(USER)", "${PW}"]);
    }

    proptest! {
        #[test]
        fn ranges_are_ordered_and_on_boundaries(text in "([$({<%@_#Ya-cé})>: |-]|CHANGEME|\\PC){0,30}") {
            let mut last = 0;
            for range in placeholders(&text) {
                prop_assert!(last <= range.start && range.start < range.end);
                prop_assert!(text.get(range.clone()).is_some());
                last = range.end;
            }
            prop_assert_eq!(is_placeholder(&text), last > 0);
        }
    }
}

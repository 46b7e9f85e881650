//! Where a text shows that it was never meant to be read as it is: the marks of template engines outside of
//! quotes, comments and block scalars, where they would be ordinary text, and the comments that ytt obeys.

use std::ops::Range;

use crate::yaml::{Node, Style, Tree};

const MARKS: [&[u8]; 6] = [b"{{", b"{%", b"<%", b"%{", b"<#", b"</#"];

/// What follows `#@` where ytt begins a statement.
const STATEMENTS: &[&str] = &[
    " def ", " elif ", " else", " end", " for ", " if ", " if/end ", " load(", " return ", "overlay/",
    "schema/", "yaml/",
];

/// Offset in the file of the first mark of ytt, which hides its templates in comments: `image: #@ data.values.image`.
pub fn ytt(tree: &Tree) -> Option<usize> {
    let text = &tree.source().text;
    let marked = |start: usize, end: usize| {
        let rest = text.get(start..end).and_then(|comment| comment.strip_prefix("#@"));
        let inline = || text[..start].trim_end_matches(' ').ends_with([':', '-']);
        rest.is_some_and(|rest| {
            STATEMENTS.iter().any(|statement| rest.starts_with(statement))
                || (rest.starts_with(' ') && inline())
        })
    };
    let mut places = tree.comments().iter().map(|comment| (comment.start as usize, comment.end as usize));
    places.find(|(start, end)| marked(*start, *end)).map(|(start, _)| start)
}

/// Where a key begins with a name in capitals and its value ends a default, which a program unwraps before anybody
/// applies it: `IMAGE|-image: nginx:1.25-|` (fact 13.14).
pub fn unwrapped(tree: &Tree) -> Option<Range<usize>> {
    let text = &tree.source().text;
    let is_key = |node: Node<'_>| {
        let range = node.span().range();
        let key = node.source_text().split_once("|-").filter(|_| node.style() == Style::Plain)?;
        let line = text.get(range.start..line_end(text, range.start))?;
        (is_capitals(key.0) && holds_default(line)).then_some(range)
    };
    (0..tree.len() as u32).find_map(|at| is_key(tree.node(at)))
}

/// Whether a line is a name and, behind it, the default for where nothing is put in: `IMAGE|-image: nginx:1.25-|`.
fn holds_default(line: &str) -> bool {
    let code = line.split(" #").next().unwrap_or(line).trim();
    code.split_once("|-").is_some_and(|(key, rest)| is_name(key) && rest.ends_with("-|"))
}

/// Whether a text is a name in capitals of several words: `DATE_LABEL`, `APP_SIDE-CAR_IMAGE`.
fn is_capitals(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.contains('_')
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
}

/// Offset of the first mark. Goes by lines and looks no further than one: only asked about broken documents.
pub fn first_mark(text: &str) -> Option<usize> {
    let mut start = 0;
    // Indentation of the line whose block scalar is being passed over.
    let mut block: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let content = body.trim_start_matches(' ');
        let indent = body.len() - content.len();
        if !content.is_empty() {
            if block.is_some_and(|parent| indent <= parent) {
                block = None;
            }
            if block.is_none() {
                if let Some(at) = mark_in(content.as_bytes()) {
                    return Some(start + indent + at);
                }
                let dashes = content.len() - content.trim_start_matches(['-', ' ']).len();
                block =
                    opens_block(content).then_some(indent + if content.contains(':') { dashes } else { 0 });
            }
        }
        start += line.len();
    }
    None
}

/// Whether a place where YAML ends begins a name that another program puts in: `@NAME@`, `@app_name` (fact 13.14).
pub fn is_at_sign(text: &str) -> bool {
    let word = text.strip_prefix('@').unwrap_or("");
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
    if word[..end].contains('_') && word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return true;
    }
    let name = text.strip_prefix('@').and_then(|rest| rest.split_once('@')).map_or("", |(name, _)| name);
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What follows `${NAME}` or `#{NAME}`.
fn behind_braces(text: &str) -> Option<&str> {
    let (inside, rest) = text.strip_prefix("${").or_else(|| text.strip_prefix("#{"))?.split_once('}')?;
    is_name(inside).then_some(rest)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
}

/// Whether a text is `<NAME>`, a note to the reader.
fn is_note(text: &str) -> bool {
    let inside = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    inside.is_some_and(is_name)
}

/// Words that ask the reader for something of his own.
const OWN: &[&str] =
    &["account", "image", "project", "registry", "repository", "tag", "user", "username", "version"];

/// Whether a value is `%NAME%`, or percent signs alone: another program puts something in their place.
fn between_percents(line: &str) -> bool {
    let value = line.split_once(": ").map_or(line, |(_, value)| value.trim());
    let inside = value.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    inside.is_some_and(|inside| inside.bytes().all(|byte| byte == b'%') || is_name(inside))
}

/// Whether a value begins with a name in braces that asks for something: `{username}/app`, `{docker_user}-app`.
fn begins_with_note(line: &str) -> bool {
    let Some((inside, rest)) = line.split_once(": {").and_then(|(_, rest)| rest.split_once('}')) else {
        return false;
    };
    let asks = is_name(inside) && (inside.contains(['_', '-']) || OWN.contains(&inside));
    asks && rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "/-.:@".contains(c))
}

/// Whether the line where YAML ends is one that another program puts in: `${EXTRA}`, `<EXTRA>`, `DATE_LABEL` or
/// `KEY|-value-|` alone on a line, `{username}/app` or `[${X}]` as a value (fact 13.14).
pub fn is_placeholder_line(text: &str, at: &Range<usize>) -> bool {
    let start = text[..at.start].rfind('\n').map_or(0, |before| before + 1);
    let line = text[start..line_end(text, at.start)].trim();
    let line = line.strip_prefix("- ").unwrap_or(line);
    let before_fault = &text[start..at.start.max(start)];
    let value = before_fault.rfind(['[', '{']).map_or("", |bracket| &text[start + bracket + 1..]);
    behind_braces(line).is_some_and(str::is_empty)
        || holds_name_in_brackets(line)
        || (line.len() > 2 && line.bytes().all(|byte| byte == b'.'))
        || line.strip_prefix('$').is_some_and(is_capitals)
        || line.ends_with(": %s")
        || between_percents(line)
        || is_capitals(line)
        || is_note(line)
        || begins_with_note(line)
        || holds_default(line)
        || behind_braces(value).is_some_and(|rest| rest.starts_with([']', '}', ',']))
        || (text[..at.start].ends_with(['$', '#']) && behind_braces(&text[at.start - 1..]).is_some())
}

/// Whether a line has `${NAME}` without quotes inside of brackets: `{app: ${NAME}}`.
fn holds_name_in_brackets(line: &str) -> bool {
    line.match_indices("${").any(|(at, _)| {
        let before = &line[..at];
        before.contains(['{', '['])
            && before.ends_with([' ', '[', '{'])
            && behind_braces(&line[at..]).is_some_and(|rest| rest.starts_with([' ', ',', '}', ']']))
    })
}

fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at.min(text.len())..]).map_or(text.len(), |more| at + more)
}

/// Whether the line ends in the header of a block scalar.
fn opens_block(content: &str) -> bool {
    let code = content.split(" #").next().unwrap_or(content).trim_end();
    let header = code.rsplit(' ').next().unwrap_or("");
    let marks = header.trim_start_matches(['|', '>']);
    marks.len() + 1 == header.len() && marks.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9'))
}

fn mark_in(line: &[u8]) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (at, &byte) in line.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') if matches!(before, b' ' | b'[' | b'{' | b',' | b':') => quote = Some(byte),
            (None, b'#') if before == b' ' => return None,
            (None, b'{' | b'<' | b'%') if MARKS.iter().any(|mark| line[at..].starts_with(mark)) => {
                return Some(at);
            }
            _ => {}
        }
        before = byte;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_marks_count() {
        for text in [
            "a: \"{{ x }}\"\n",
            "# {{ x }}\n",
            "a: b # {{ x }}\n",
            "a: |\n  {{ x }}\n\n  {{ y }}\n",
            "- a: >-  # text\n    {{ x }}\n",
            "- |\n  {{ x }}\n",
            "a: {b: {c: 1}}\n",
        ] {
            assert_eq!(first_mark(text), None, "{text}");
        }
        for (text, at) in [
            ("{{- if .Values.x }}\n", 0),
            ("a: |\n  x\n{{ y }}\n", 9),
            ("a: it's {{ x }}\n", 8),
            ("a:\n  {% for %}\n", 5),
            ("a: <%= x %>\n", 3),
            ("a: 1\n<#if x>\n", 5),
            ("  %{ if x }\n", 2),
        ] {
            assert_eq!(first_mark(text), Some(at), "{text}");
        }
    }
}

//! Text that could not be read as YAML: everything that may be a value of a Secret is hidden, and elsewhere what
//! stands beside the name of a credential.

use std::ops::Range;

use super::free::credentials;
use super::names::is_secret_kind;
use crate::files::{SourceFile, Span};

/// The places of secret values in a part of a file that could not be read.
pub fn in_text(source: &SourceFile, range: Range<usize>) -> Vec<Span> {
    in_part(source, range, &|| makes_secret(source))
}

/// Whether a file as a whole is a Secret, or makes one.
pub fn makes_secret(source: &SourceFile) -> bool {
    looks_like_secret(&source.text) == Some(true)
}

/// The same as [`in_text`] for one of many parts: `whole` says whether the file makes a Secret, and is asked only where
/// the part does not say so.
pub fn in_part(source: &SourceFile, range: Range<usize>, whole: &dyn Fn() -> bool) -> Vec<Span> {
    let text = source.text.get(range.clone()).unwrap_or("");
    let found = match looks_like_secret(text) {
        // A file may be broken between the words that tell what it is and the values.
        Some(true) => values(text),
        None if whole() => values(text),
        _ => credentials(text),
    };
    found.into_iter().map(|one| source.span(range.start + one.start..range.start + one.end)).collect()
}

/// Whether a text is a Secret, or makes one; `None` if it does not say what it is.
pub(super) fn looks_like_secret(text: &str) -> Option<bool> {
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    if has("stringData") || has("secretGenerator") {
        return Some(true);
    }
    let lower = text.to_ascii_lowercase();
    let mut other = None;
    for at in memchr::memmem::find_iter(lower.as_bytes(), b"kind") {
        let before = text[..at].bytes().next_back();
        if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
            continue;
        }
        let kind = kind_after(&text[at + 4..]);
        if is_secret_kind(kind) {
            return Some(true);
        }
        if !kind.is_empty() {
            other = Some(false);
        }
    }
    other
}

/// The word that follows `kind` as its value.
fn kind_after(text: &str) -> &str {
    let skip = |c: char| c.is_whitespace() || "\"'?\\".contains(c);
    let Some(mut rest) = text.trim_start_matches(skip).strip_prefix(':') else {
        return "";
    };
    loop {
        rest = rest.trim_start_matches(skip);
        if !rest.starts_with(['&', '!']) {
            break;
        }
        rest = rest.trim_start_matches(|c: char| !c.is_whitespace());
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    &rest[..end]
}

/// Keys whose values everybody may see.
const OPEN: &[&str] = &["apiVersion", "kind", "name", "namespace"];

/// Everything in a Secret but keys, marks, and the values of a few keys.
pub(super) fn values(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    // The indentation of the block text that the lines are part of.
    let mut block: Option<usize> = None;
    for line in text.split_inclusive(['\n', '\r']) {
        let start = at;
        at += line.len();
        let body = line.trim();
        let indent = line.len() - line.trim_start().len();
        if body.is_empty() {
            continue;
        }
        let whole = start + indent..start + indent + body.len();
        if block.is_some_and(|outer| indent > outer) {
            found.push(whole);
            continue;
        }
        block = None;
        if let Some(rest) = body.strip_prefix("---") {
            let rest = rest.trim_start();
            found.push(whole.end - rest.len()..whole.end);
            continue;
        }
        if body.trim_end_matches(['+', '-', '0', '1', '2', '3', '4']).ends_with(['|', '>']) {
            block = Some(indent);
        }
        words(text, whole, &mut found);
    }
    found
}

/// The values of one line: what stands between marks and is no key.
fn words(text: &str, line: Range<usize>, found: &mut Vec<Range<usize>>) {
    let mut open = false;
    // A key was just read: what follows is its value, even if a colon follows that.
    let mut valued = false;
    let mut at = line.start;
    while at < line.end {
        let rest = &text[at..line.end];
        let first = rest.as_bytes()[0];
        if rest.starts_with("# wplint:") || rest.starts_with("#wplint:") {
            return;
        }
        if first == b'#' {
            found.push(at + 1..line.end);
            return;
        }
        if b" \t{}[],:?|>".contains(&first) || rest.starts_with("- ") {
            valued &= !b"{}[],".contains(&first);
            at += 1;
            continue;
        }
        let length = match first {
            quote @ (b'"' | b'\'') => {
                let close = memchr::memchr(quote, &rest.as_bytes()[1..]);
                close.map_or(rest.len(), |close| close + 2)
            }
            _ => plain_length(rest),
        };
        let word = at..at + length;
        at = word.end;
        let after = text[at..line.end].trim_start();
        let name = text[word.clone()].trim_matches(['"', '\'']);
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
        if after.starts_with(':') && plain && !valued && name.len() <= 63 {
            (open, valued) = (OPEN.contains(&name), true);
            continue;
        }
        if !(open && plain) {
            found.push(word);
        }
        open = false;
    }
}

/// How far an unquoted text goes: to a bracket, a comma or a colon that ends it.
fn plain_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let end = (0..bytes.len()).find(|&at| match bytes[at] {
        b'{' | b'}' | b'[' | b']' | b',' => true,
        b':' => bytes.get(at + 1).is_none_or(|byte| b" \t\"'{[".contains(byte)),
        b'#' => at > 0 && bytes[at - 1] == b' ',
        _ => false,
    });
    // At least one character, which may be a blank of more than one byte.
    let least = text.chars().next().map_or(1, char::len_utf8);
    text[..end.unwrap_or(text.len())].trim_end().len().max(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::FileId;

    fn shown(text: &str) -> String {
        let source = SourceFile::new(FileId(0), "a.yaml", text);
        let mut shown = text.as_bytes().to_vec();
        for span in in_text(&source, 0..text.len()) {
            shown[span.range()].fill(b'*');
        }
        String::from_utf8(shown).expect("ASCII")
    }

    #[test]
    fn odd_blanks_are_not_cut() {
        for text in [
            "kind: Secret\ndata: [ \u{2028}{a: [",
            "kind: Secret\n\u{3000}: [\u{85}",
            "kind: Secret\na \u{2028}",
            "\">-\n\">': \u{202e}\">",
        ] {
            let source = SourceFile::new(FileId(0), "a.yaml", text);
            let spans = in_text(&source, 0..text.len());
            assert!(spans.iter().all(|span| text.get(span.range()).is_some()), "{text:?}: {spans:?}");
        }
    }

    #[test]
    fn a_secret_in_any_spelling() {
        for kind in [
            "kind: Secret # x",
            "kind:  Secret",
            "kind: 'Secret'",
            "kind: &k Secret",
            "kind: !!str Secret",
            "kind : Secret",
            "kind:\tSecret",
            "kind: secret",
            "kind: Secrets",
            "kind: SecretList",
            "\"kind\":\"Secret\"",
            "Kind: Secret",
            "? kind\n: Secret",
            "{kind: Secret}",
        ] {
            assert!(shown(&format!("{kind}\nx:\n  a: x1\n  b: [\n")).contains("a: **"), "{kind}");
        }
        assert!(shown("kind: SecretStore\nx:\n  a: x1\n  b: [\n").contains("a: x1"));
    }

    #[test]
    fn what_is_left_of_a_secret() {
        let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: web, labels: {a: b}}\nstringData:\n  a: x1 # was x2\n  # x3\n  b: |\n    k: x4\n  c: [x5, \"x6\"\nx7\n";
        let left = "apiVersion: v1\nkind: Secret\nmetadata: {name: web, labels: {a: *}}\nstringData:\n  a: ** #*******\n  #***\n  b: |\n    *****\n  c: [**, ****\n**\n";
        assert_eq!(shown(text), left);
        let json = "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"data\":{\"a\":\"x1\",}}";
        assert_eq!(shown(json), "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"data\":{\"a\":****,}}");
        assert!(shown("kind: Secret\r  a: |\r    k: x1\r  b: [\r").contains("    *****\r"));
        assert!(shown("kind: Secret\nstringData:\n  a: x1y: x2\n").ends_with("  a: ***: **\n"));
    }

    #[test]
    fn elsewhere_what_stands_beside_the_name_of_a_credential() {
        let text = "kind: Pod\nargs: [\"--password=x1\", a]\ntoken: |\n  x2\nb: [\n";
        assert_eq!(shown(text), "kind: Pod\nargs: [\"--password=**\", a]\ntoken: |\n  **\nb: [\n");
    }
}

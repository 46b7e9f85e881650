//! Why a text is no YAML, in the words of whoever wrote it: a parser says where it gave up, not what is wrong.

use std::ops::Range;

use crate::text::floor;

/// What is wrong at the place where the parser gave up, with its range in `text`, if that can be told.
pub fn cause(text: &str, at: usize) -> Option<(Range<usize>, String)> {
    let at = floor(text, at);
    let head = text.trim_start();
    if ["<!doctype", "<html"]
        .iter()
        .any(|tag| head.get(..tag.len()).is_some_and(|own| own.eq_ignore_ascii_case(tag)))
    {
        let start = text.len() - head.len();
        return Some((
            start..start + 5,
            "this is HTML: a page was saved in the place of the file".to_owned(),
        ));
    }
    bare_line(text, at).or_else(|| bracket(text, at))
}

/// What is said of `{ { .Values.host } }`.
pub const APART: &str = "`{ {` was `{{` once: a formatter took a template apart";

/// Whether a mapping that is a key is the inside of a template's action that a formatter took for two mappings.
pub fn is_template_apart(text: &str, at: usize) -> bool {
    let inside = text[floor(text, at)..].trim_start_matches(['{', ' ', '-']);
    let words = [".", "$", "include ", "template ", "if ", "end ", "range ", "with ", "else", "tpl "];
    text[..floor(text, at)].ends_with("{ ") && words.iter().any(|word| inside.starts_with(word))
}

/// What the parser says, in the words of who writes manifests.
pub fn plain(message: &str) -> Option<&'static str> {
    PLAIN.iter().find(|(theirs, _)| message.contains(theirs)).map(|one| one.1)
}

const PLAIN: &[(&str, &str)] = &[
    (
        "block collection, did not find expected '-' indicator",
        "expected an item `- …` of this list, indented like the items above it",
    ),
    ("block mapping, did not find expected key", "expected `key: value`, indented like the keys above it"),
    ("mapping values are not allowed", "a second `: ` is not allowed here, or the indentation is wrong"),
    ("block sequence entries are not allowed", "a list item is not allowed here"),
    ("did not find expected ',' or '}'", "expected `,` or `}` in a mapping written as `{…}`"),
    ("expected ',' or ']'", "expected `,` or `]` in a list written as `[…]`"),
    ("did not find expected node content", "expected a value here"),
    (
        "simple key expect",
        "expected `key: value`: a text of several lines ends here, or is not indented below its key",
    ),
    ("tabs disallowed", "a tab indents this line, and YAML allows only spaces there"),
    ("unexpected character: `@'", "`@` cannot begin a value: quote it"),
    ("unexpected character: ``'", "a backtick cannot begin a value: quote it"),
    ("unexpected character: `%'", "`%` cannot begin a value: quote it"),
];

/// A line without `key: value` where a mapping is: the parser gives up at its end, or on the line after it.
fn bare_line(text: &str, at: usize) -> Option<(Range<usize>, String)> {
    let own = line(text, at);
    let mut before = own.start;
    let mut candidates = vec![own];
    // Comments and empty lines between are no content.
    for _ in 0..3 {
        if before == 0 {
            break;
        }
        let above = line(text, before - 1);
        before = above.start;
        let content = text[above.clone()].trim();
        if !content.is_empty() && !content.starts_with('#') {
            candidates.push(above);
            break;
        }
    }
    candidates.into_iter().find_map(|range| {
        let content = text[range.clone()].trim();
        let word = content.strip_prefix("- ").unwrap_or(content);
        let bare = !word.is_empty()
            && word.len() <= 60
            && !word.contains(':')
            && word.bytes().all(|byte| !matches!(byte, b'{' | b'}' | b'[' | b']' | b'"' | b'\'' | b'#'))
            && !word.starts_with(['|', '>', '&', '*', '!', '-', '%', '@', '`', '\t']);
        let start = range.start + text[range.clone()].find(word)?;
        let is_entry = |range: Range<usize>| {
            let text = text[range].trim_start();
            let key = text.strip_prefix("- ").unwrap_or(text).split_once(':').map(|(key, _)| key);
            key.is_some_and(|key| !key.is_empty() && !key.contains(char::is_whitespace))
        };
        // Beside entries of a mapping a word alone is nothing; below a long text it may be more of it.
        let next =
            (range.end < text.len()).then(|| line(text, range.end + 1)).filter(|next| is_entry(next.clone()));
        let above =
            (range.start > 0).then(|| line(text, range.start - 1)).filter(|above| is_entry(above.clone()));
        (bare && (next.is_some() || above.is_some()))
            .then(|| (start..start + word.len(), format!("the line holds `{word}`, no `key: value`")))
    })
}

/// A value that begins with a bracket and goes on behind it.
fn bracket(text: &str, at: usize) -> Option<(Range<usize>, String)> {
    let range = line(text, at);
    let own = &text[range.clone()];
    let value = own.find(": ").map(|colon| colon + 2).or_else(|| own.find("- ").map(|dash| dash + 2))?;
    let rest = own[value..].trim_start();
    let start = range.start + own.len() - rest.len();
    let (open, what) = match rest.as_bytes().first()? {
        b'{' => ('{', "a mapping"),
        b'[' => ('[', "a list"),
        _ => return None,
    };
    let close = rest.find(if open == '{' { '}' } else { ']' })?;
    let after = rest[close + 1..].trim_start();
    // A comment may follow, and nothing else.
    (!after.is_empty() && !after.starts_with('#')).then(|| {
        (start..start + close + 1, format!("`{open}` opens {what} here: quote the value if it is text"))
    })
}

/// The line that holds a byte, without its end.
fn line(text: &str, at: usize) -> Range<usize> {
    let at = floor(text, at);
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |before| before + 1);
    let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |length| at + length);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, at: &str) -> Option<(String, String)> {
        let (range, message) = cause(text, text.find(at).expect("is there"))?;
        Some((text[range].to_owned(), message))
    }

    #[test]
    fn a_word_alone_on_a_line() {
        let text = "metadata:\n  name: a\n  DATE_LABEL\nspec:\n  x: 1\n";
        let (at, message) = said(text, "DATE").expect("a cause");
        assert_eq!(
            (at.as_str(), message.as_str()),
            ("DATE_LABEL", "the line holds `DATE_LABEL`, no `key: value`")
        );
        assert_eq!(said(text, "spec").map(|one| one.0), Some("DATE_LABEL".to_owned()));
    }

    #[test]
    fn brackets_that_were_meant_as_text() {
        let (at, message) = said("image: {x}/y\nname: a\n", "/y").expect("a cause");
        assert_eq!((at.as_str(), message.contains("opens a mapping")), ("{x}", true));
        assert_eq!(said("image: {x: 1} # y\nname: a\n", "x: 1"), None);
    }

    #[test]
    fn other_texts_keep_the_words_of_the_parser() {
        assert_eq!(said("a: b: c\nd: e\n", "b:"), None);
        assert_eq!(said("a: 'b\n\nd: e\n", "'b"), None);
    }
}

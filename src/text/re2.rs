//! Regular expressions of RE2, as Go's `regexp` reads them, for a crate with nearly the same syntax.
//!
//! The crate's `\d`, `\w`, `\s` and `\b` know Unicode, its sets know sets and operators inside of them, and a brace
//! that is no repetition is an error to it; in Go's dialect the first are ASCII, and the others plain characters.

use std::cell::RefCell;

use foldhash::HashMap;
use regex::{Regex, RegexBuilder};

/// Larger ones are not compiled, in bytes.
const LARGEST: usize = 1 << 21;

/// Why there is not a valid regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Go refuses it, too.
    Refused(String),
    /// Go may read it: it is too large, or speaks of a class of Unicode that is not known here.
    Unknown,
}

/// The regular expression for a pattern.
pub fn compile(pattern: &str) -> Result<Regex, Broken> {
    compile_within(pattern, LARGEST)
}

/// The same with a largest size of its own, in bytes.
pub fn compile_within(pattern: &str, largest: usize) -> Result<Regex, Broken> {
    let own = translate(pattern).map_err(Broken::Refused)?;
    RegexBuilder::new(&own).size_limit(largest).dfa_size_limit(largest).build().map_err(|error| match error {
        regex::Error::Syntax(_) if !names_classes(pattern) => {
            Broken::Refused(format!("`{pattern}` is not a valid regular expression"))
        }
        _ => Broken::Unknown,
    })
}

/// Whether Go certainly does not read a pattern. Definitions repeat the same few patterns, so verdicts are kept.
pub fn is_refused(pattern: &str) -> bool {
    VERDICTS.with_borrow_mut(|known| {
        if let Some(&verdict) = known.get(pattern) {
            return verdict;
        }
        if known.len() >= KEPT {
            known.clear();
        }
        let is_read = |own: String| names_classes(pattern) || regex_syntax::parse(&own).is_ok();
        let verdict = !translate(pattern).is_ok_and(is_read);
        known.insert(pattern.to_owned(), verdict);
        verdict
    })
}

/// So many verdicts are kept per thread.
const KEPT: usize = 1024;

thread_local! {
    static VERDICTS: RefCell<HashMap<String, bool>> = RefCell::default();
}

/// Whether a pattern speaks of classes of Unicode, of which not all are known here.
fn names_classes(pattern: &str) -> bool {
    pattern.contains("\\p") || pattern.contains("\\P")
}

/// The same pattern in the crate's dialect.
fn translate(pattern: &str) -> Result<String, String> {
    let mut made = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    // Whether a class is open, and whether nothing stands in it yet.
    let (mut class, mut first) = (false, false);
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        rest = after;
        let begins = std::mem::take(&mut first);
        match letter {
            '\\' => {
                let Some(next) = after.chars().next() else {
                    return Err("trailing backslash at end of expression".to_owned());
                };
                rest = &after[next.len_utf8()..];
                match (next, class) {
                    ('d', true) => made.push_str("0-9"),
                    ('w', true) => made.push_str("0-9A-Za-z_"),
                    ('s', true) => made.push_str("\\t\\n\\x0C\\r "),
                    ('d', false) => made.push_str("[0-9]"),
                    ('w', false) => made.push_str("[0-9A-Za-z_]"),
                    ('s', false) => made.push_str("[\\t\\n\\x0C\\r ]"),
                    ('D', _) => made.push_str("[^0-9]"),
                    ('W', _) => made.push_str("[^0-9A-Za-z_]"),
                    ('S', _) => made.push_str("[^\\t\\n\\x0C\\r ]"),
                    ('b', false) => made.push_str("(?-u:\\b)"),
                    ('B', false) => made.push_str("(?-u:\\B)"),
                    ('Q', false) => {
                        let (text, behind) = rest.split_once("\\E").unwrap_or((rest, ""));
                        made.push_str(&regex::escape(text));
                        rest = behind;
                    }
                    ('C', false) => made.push_str("(?s:.)"),
                    ('0'..='7', _) => {
                        let length =
                            after.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                        let digits = &after[..length];
                        if next != '0' && length < 2 {
                            return Err(format!("invalid escape sequence: `\\{next}`"));
                        }
                        let code = u32::from_str_radix(digits, 8).unwrap_or(0);
                        made.push_str(&format!("\\x{{{code:x}}}"));
                        rest = &after[length..];
                    }
                    ('A' | 'z', false) | ('a' | 'f' | 'n' | 'r' | 't' | 'v', _) => {
                        made.push('\\');
                        made.push(next);
                    }
                    ('p' | 'P' | 'x', _) => {
                        made.push('\\');
                        made.push(next);
                        // A name or a number in braces is no repetition.
                        let braces = rest.strip_prefix('{').and_then(|inside| inside.find('}'));
                        let (own, behind) = rest.split_at(braces.map_or(0, |end| end + 2));
                        made.push_str(own);
                        rest = behind;
                    }
                    (next, _) if next.is_ascii_punctuation() => {
                        made.push('\\');
                        made.push(next);
                    }
                    // What is neither a letter nor a digit stands for itself.
                    (next, _) if next.is_ascii() && !next.is_ascii_alphanumeric() => made.push(next),
                    _ => return Err(format!("invalid escape sequence: `\\{next}`")),
                }
                if class && matches!(next, 'd' | 'w' | 's' | 'D' | 'W' | 'S') {
                    rest = plain_dash(rest, &mut made);
                }
            }
            '[' if !class => {
                (class, first) = (true, true);
                made.push('[');
                if let Some(after) = rest.strip_prefix('^') {
                    made.push('^');
                    rest = after;
                }
            }
            '[' if rest.starts_with(':') && rest[1..].contains(":]") => {
                let end = rest.find(":]").map_or(rest.len(), |end| end + 2);
                made.push('[');
                made.push_str(&rest[..end]);
                rest = plain_dash(&rest[end..], &mut made);
            }
            '[' => made.push_str("\\["),
            // A bracket that comes first is one of the set.
            ']' if class && begins => made.push_str("\\]"),
            ']' if class => {
                class = false;
                made.push(']');
            }
            '&' | '~' if class => {
                made.push('\\');
                made.push(letter);
            }
            // Two of them in a row are an operator to the crate.
            '-' if class && (rest.starts_with('-') || made.ends_with("\\-")) => made.push_str("\\-"),
            '{' if !class => match repetition(rest) {
                Some(length) if !made.is_empty() => {
                    made.push('{');
                    made.push_str(&rest[..length]);
                    rest = &rest[length..];
                }
                _ => made.push_str("\\{"),
            },
            '}' if !class => made.push_str("\\}"),
            '(' if !class && rest.starts_with("?") => {
                let known = ["?:", "?P<", "?<", "?i", "?m", "?s", "?U", "?-"];
                if !known.iter().any(|start| rest.starts_with(start))
                    || ["?<=", "?<!"].iter().any(|start| rest.starts_with(start))
                {
                    return Err(format!(
                        "invalid or unsupported Perl syntax: `({}`",
                        rest.get(..2).unwrap_or(rest)
                    ));
                }
                made.push('(');
            }
            other => made.push(other),
        }
    }
    match class {
        true => Err("missing closing ]".to_owned()),
        false => Ok(made),
    }
}

/// A dash behind a class begins no range, but is one of the set; what follows it.
fn plain_dash<'p>(rest: &'p str, made: &mut String) -> &'p str {
    match rest.strip_prefix('-') {
        Some(after) if !after.starts_with(']') => {
            made.push_str("\\-");
            after
        }
        _ => rest,
    }
}

/// The length of what follows a brace, if it is a repetition: `2}`, `2,}`, `2,5}`, none above 1000.
fn repetition(text: &str) -> Option<usize> {
    let end = text.find('}')?;
    let (least, most) = match text[..end].split_once(',') {
        Some((least, most)) => (least, Some(most)),
        None => (&text[..end], None),
    };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = number(least) && most.is_none_or(|most| most.is_empty() || number(most));
    fits.then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_reads_otherwise() {
        for (pattern, matching, other) in [
            (r"^\d+$", "12", "١٢"),
            (r"^\ *a$", "  a", "b"),
            (r"^\w+$", "a_1", "é"),
            (r"^[\w.-]+$", "a.b-c", "a b"),
            (r"^[\w-.]+$", "a.b-c", "a b"),
            (r"^[[:alpha:]-.]+$", "a.b-c", "1"),
            (r"^[\d-]+$", "1-2", "a"),
            (r"^[]a]+$", "]a", "b"),
            (r"^[a[]+$", "a[", "b"),
            (r"^[a&&b]+$", "a&b", "c"),
            (r"^a{,2}$", "a{,2}", "aa"),
            (r"^\Qa.b\E$", "a.b", "axb"),
            (r"^[[:alpha:]]+$", "ab", "1"),
            (r"^(?i)abc$", "ABC", "abd"),
            (r"^{a}$", "{a}", "a"),
        ] {
            let regex = compile(pattern).unwrap_or_else(|why| panic!("{pattern}: {why:?}"));
            assert!(regex.is_match(matching), "{pattern} {matching}");
            assert!(!regex.is_match(other), "{pattern} {other}");
        }
        for pattern in ["(", "[", "(?=a)b", "(?<!a)b", r"\1", r"\Z"] {
            assert!(is_refused(pattern), "{pattern}");
        }
        assert!(compile(r"^\p{Greek}\pL\p{Lu}$").is_ok_and(|regex| regex.is_match("αβΓ")));
        assert!(compile(r"^[\p{L}\x{2d}]+\x{41}$").is_ok_and(|regex| regex.is_match("é-A")));
        assert_eq!(compile(r"\p{Nope}").err(), Some(Broken::Unknown));
    }
}

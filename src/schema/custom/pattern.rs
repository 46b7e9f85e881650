//! `pattern`: a regular expression of Go's `regexp`, read by a crate with nearly the same syntax.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use crate::yaml::Node;

/// A pattern, compiled when the first text is compared with it.
#[derive(Debug)]
pub(super) struct Pattern<'a> {
    /// Its text in the definition.
    pub at: Node<'a>,
    compiled: OnceLock<Option<Regex>>,
}

impl<'a> Pattern<'a> {
    pub(super) fn new(at: Node<'a>) -> Self {
        Pattern { at, compiled: OnceLock::new() }
    }

    /// Whether the text matches somewhere, as `regexp.MatchString` does it; `None` if that is not sure.
    pub(super) fn matches(&self, text: &str) -> Option<bool> {
        let compiled = self.compiled.get_or_init(|| compile(self.at.str()?));
        let matches = compiled.as_ref()?.is_match(text);
        // `\w` and its kin are ASCII to Go and Unicode here.
        (matches || text.is_ascii()).then_some(matches)
    }
}

/// Whether Go certainly does not read a pattern: neither does the crate, and nothing in it is Go's alone.
pub(super) fn is_broken(pattern: &str) -> bool {
    let own = ["\\p", "\\P", "\\Q", "\\C", "\\0"].iter().any(|escape| pattern.contains(escape));
    // A brace that is no repetition is a plain character to Go.
    let brace = pattern.match_indices('{').any(|(at, _)| {
        let inner = pattern[at + 1..].split('}').next().unwrap_or_default();
        !inner.bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
            || !inner.starts_with(|c: char| c.is_ascii_digit())
    });
    let refused = || matches!(Regex::new(pattern), Err(regex::Error::Syntax(_)));
    !own && !brace && is_read_alike(pattern) && refused()
}

fn compile(pattern: &str) -> Option<Regex> {
    if !is_read_alike(pattern) {
        return None;
    }
    RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()
}

/// Inside of `[…]` the crate knows sets in sets and operators on them, which are plain characters to Go.
fn is_read_alike(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    let (mut at, mut class) = (0, false);
    while at < bytes.len() {
        let next = bytes.get(at + 1).copied();
        match bytes[at] {
            b'\\' => at += 1,
            b'[' if !class => {
                class = true;
                // A bracket that comes first is one of the set.
                at += usize::from(next == Some(b'^'));
                at += usize::from(bytes.get(at + 1) == Some(&b']'));
            }
            b'[' if next == Some(b':') => match pattern[at..].find(":]") {
                Some(length) => at += length + 1,
                None => return false,
            },
            b'[' => return false,
            byte @ (b'&' | b'~' | b'-') if class && next == Some(byte) => return false,
            b']' => class = false,
            _ => {}
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_both_read_alike() {
        for pattern in
            [r"^[a-z]([-a-z0-9]*[a-z0-9])?$", r"[[:alpha:]]", r"[^]]", r"\[[", r"^\d+(ns|us)$", r"[\[a]"]
        {
            assert_eq!(is_read_alike(pattern), pattern != r"\[[" || compile(pattern).is_none(), "{pattern}");
        }
        for pattern in [r"[[a]", r"[a&&b]", r"[a--b]", r"[a-z[]"] {
            assert!(!is_read_alike(pattern), "{pattern}");
        }
    }
}

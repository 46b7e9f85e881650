//! `pattern`: a regular expression of Go's `regexp`.

use std::sync::OnceLock;

use regex::Regex;

use crate::text::re2;
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
        let compiled = self.compiled.get_or_init(|| re2::compile(self.at.str()?).ok());
        Some(compiled.as_ref()?.is_match(text))
    }
}

//! Colours, and lines that are wrapped at words.

use std::fmt::{self, Write};

use super::text::wrap;
use crate::finding::Severity;

/// Colours, if they are wanted.
#[derive(Clone, Copy)]
pub struct Paint {
    /// They are.
    pub on: bool,
}

impl Paint {
    fn code(self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Bold text.
    pub fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    /// Text of less weight: places, rules between parts.
    pub fn dim(self, text: &str) -> String {
        self.code("2", text)
    }

    /// Words that lead to help.
    pub fn help(self, text: &str) -> String {
        self.code("36", text)
    }

    /// Text in the colour of a severity.
    pub fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Info => "1;36",
        };
        self.code(code, text)
    }
}

/// A line under a snippet, wrapped at words: `head` is short and may be coloured, `columns` is its width.
pub(super) fn footer(
    text: &mut String,
    (head, columns): (&str, usize),
    body: &str,
    width: usize,
) -> fmt::Result {
    const INDENT: usize = 8;
    let first = columns + 3;
    for (at, line) in wrap(body, width.max(40), first, INDENT).iter().enumerate() {
        match at {
            0 => writeln!(text, "  {head} {line}")?,
            _ => writeln!(text, "{:INDENT$}{line}", "")?,
        }
    }
    Ok(())
}

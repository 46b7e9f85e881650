//! Words that mean something to the language, or may one day (`cel-spec/doc/langdef.md`).

/// Those that an expression is made of.
const KEYWORDS: &[&str] = &["false", "in", "null", "true"];

/// Those that are kept for later.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];

/// Whether a word is kept for later: nothing may be called so, though a field behind a dot may.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// Whether a word is the language's own, in use or kept for later.
pub fn is_word(word: &str) -> bool {
    KEYWORDS.contains(&word) || is_reserved(word)
}

//! Text from manifests, made harmless: whatever could move a cursor, reorder a line or hide itself is shown.

use std::borrow::Cow;

/// The picture of a character that must not be written as it is.
pub fn picture(c: char) -> Option<String> {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).map(String::from),
        '\u{7f}' => Some('\u{2421}'.to_string()),
        _ if is_deceptive(c) => Some(format!("<U+{:04X}>", c as u32)),
        _ => None,
    }
}

/// Control characters beyond ASCII, those that change the direction of text, and invisible ones.
pub fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}'
        | '\u{e0000}'..='\u{e007f}')
}

/// The text on one line, with pictures for everything that is not plain text.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c.is_control() || is_deceptive(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match picture(c) {
            Some(picture) => shown.push_str(&picture),
            None => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// The lines of a text that is wrapped at blanks to this many columns. The first line leaves room for `first` columns
/// before it, the others for `rest`. Words are never taken apart, wide characters count two columns.
pub fn wrap(text: &str, width: usize, first: usize, rest: usize) -> Vec<String> {
    let (first_indent, rest_indent) = (" ".repeat(first), " ".repeat(rest));
    let options = textwrap::Options::new(width)
        .initial_indent(&first_indent)
        .subsequent_indent(&rest_indent)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    let lines = textwrap::wrap(text, options).into_iter().enumerate();
    lines
        .map(|(at, line)| line.get(if at == 0 { first } else { rest }..).unwrap_or_default().to_owned())
        .collect()
}

/// How many columns a text takes on a terminal.
pub fn columns(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// The end of a text that fits into this many columns, with `…` for what was cut off.
pub fn tail(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        let own = columns(c.encode_utf8(&mut [0; 4]));
        if own > left {
            break;
        }
        left -= own;
        start = at;
    }
    format!("\u{2026}{}", &text[start..])
}

/// `1 file`, `2 files`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::{columns, harmless, tail, wrap};

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(harmless("a\u{1b}[2J\nb\u{202e}c\u{9b}"), "a\u{241b}[2J\u{240a}b<U+202E>c<U+009B>");
        assert_eq!(harmless("\u{526f}\u{1f600}"), "\u{526f}\u{1f600}");
    }

    #[test]
    fn lines_are_wrapped_at_words_and_by_columns() {
        assert_eq!(wrap("one two three", 9, 2, 4), ["one two", "three"]);
        assert_eq!(wrap("averyveryverylongword x", 9, 2, 4), ["averyveryverylongword", "x"]);
        // A wide character takes two columns, a combining one none.
        assert_eq!(
            wrap("\u{526f}\u{672c} \u{526f}\u{672c} x", 9, 0, 0),
            ["\u{526f}\u{672c} \u{526f}\u{672c}", "x"]
        );
        assert_eq!(columns("e\u{301}\u{526f}"), 3);
        assert_eq!(wrap("", 9, 2, 4), [""]);
    }

    #[test]
    fn ends_of_long_paths() {
        assert_eq!(tail("a/b/c.yaml", 10), "a/b/c.yaml");
        assert_eq!(tail("a/b/c.yaml", 8), "\u{2026}/c.yaml");
        assert_eq!(tail("a/\u{526f}\u{672c}", 4), "\u{2026}\u{672c}");
    }
}

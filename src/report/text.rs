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

/// `1 file`, `2 files`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(harmless("a\u{1b}[2J\nb\u{202e}c\u{9b}"), "a\u{241b}[2J\u{240a}b<U+202E>c<U+009B>");
        assert_eq!(harmless("\u{526f}\u{1f600}"), "\u{526f}\u{1f600}");
    }
}

//! What single texts are, whoever wrote them where: slips of names, marks that a tool fills in, and
//! regular expressions.

pub mod article;
pub mod placeholder;
pub mod re2;
pub mod suggest;

/// How lines end where something is written at an offset, in bytes: like the line before it, or its own if that is the
/// first one. Only these lines are looked at, however long the text is.
pub fn line_end(text: &str, at: usize) -> &'static str {
    let bytes = text.as_bytes();
    let at = at.min(bytes.len());
    let before = memchr::memrchr(b'\n', &bytes[..at]);
    let end = before.or_else(|| memchr::memchr(b'\n', &bytes[at..]).map(|found| at + found));
    if end.is_some_and(|end| bytes[..end].ends_with(b"\r")) { "\r\n" } else { "\n" }
}

/// The last place, in bytes, up to here where a character begins.
pub fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The first place, in bytes, from here on where a character begins.
pub fn ceil(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// The comments that a YAML file begins with, among its first 2 KiB, with the lines that separate documents.
pub fn comments_at_top(text: &str) -> impl Iterator<Item = &str> {
    let lines = text[..floor(text, 2048)].lines().map(str::trim_end);
    lines.take_while(|line| line.is_empty() || line.starts_with('#') || *line == "---")
}

#[cfg(test)]
mod tests {
    use super::{ceil, floor, line_end};

    #[test]
    fn characters_are_not_cut() {
        let at = |place| (floor("a€b", place), ceil("a€b", place));
        assert_eq!(
            [at(0), at(1), at(2), at(3), at(4), at(9)],
            [(0, 0), (1, 1), (1, 4), (1, 4), (4, 4), (5, 5)]
        );
    }

    #[test]
    fn lines_end_like_those_beside_them() {
        assert_eq!(line_end("a: 1\r\nb: 2\r\n", 7), "\r\n");
        assert_eq!(line_end("a: 1\r\nb: 2", 1), "\r\n");
        assert_eq!(line_end("a: 1\nb: 2\r\n", 6), "\n");
        assert_eq!(line_end("a: 1", 9), "\n");
    }
}

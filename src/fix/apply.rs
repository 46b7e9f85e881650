//! Edits of one text.

use crate::finding::Edit;

/// The text with these edits made. They do not overlap; one that does not lie on characters is left out.
pub fn apply(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        let range = edit.span.range();
        let Some(before) = text.get(from..range.start).filter(|_| text.get(range.clone()).is_some()) else {
            continue;
        };
        out.push_str(before);
        out.push_str(&edit.text);
        from = range.end;
    }
    out.push_str(text.get(from..).unwrap_or(""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{FileId, Span};

    fn edit(start: u32, end: u32, text: &str) -> Edit {
        Edit { span: Span { file: FileId(0), start, end }, text: text.to_owned() }
    }

    #[test]
    fn everything_else_stays() {
        let edits = [edit(10, 13, "two"), edit(0, 1, "b"), edit(3, 3, "x")];
        assert_eq!(apply("a: 1 # ä\nend\r\n", edits.iter().collect()), "b: x1 # ä\ntwo\r\n");
    }

    #[test]
    fn half_characters_are_left_alone() {
        assert_eq!(apply("ä", vec![&edit(1, 2, "x")]), "ä");
    }
}

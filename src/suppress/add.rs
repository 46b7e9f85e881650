//! Writing marks: the edit that puts one where it silences a finding.

use crate::files::{SourceFile, Span};
use crate::finding::Edit;
use crate::yaml::{Node, Style, Tree};

/// What a mark says.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'m> {
    /// The rules that it silences.
    pub rules: &'m [&'m str],
    /// Why.
    pub reason: Option<&'m str>,
}

impl Mark<'_> {
    fn text(&self, word: &str) -> String {
        let reason = self.reason.map_or_else(String::new, |reason| format!(" {}", one_line(reason)));
        format!("# wplint: {word}[{}]{reason}", self.rules.join(", "))
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The edit that silences rules on the line of a place: at its end, or on a line above the entry where the line's end
/// is inside of a text. `None` where no comment can stand, as in JSON.
pub fn on_line(source: &SourceFile, tree: Option<&Tree>, at: Span, mark: Mark<'_>) -> Option<Edit> {
    if source.path.ends_with(".json") {
        return None;
    }
    let line = source.line_range(source.line_index(at.start));
    let inside = tree.and_then(|tree| text_around(tree, line.end as u32));
    if let Some(text) = inside {
        let entry = entry_of(tree?, text)?;
        return above(source, entry.span().start, mark.text("ignore"));
    }
    let comment = tree.and_then(|tree| {
        let inside = |start: u32| line.start <= start as usize && (start as usize) < line.end.max(1);
        tree.comments().iter().find(|comment| inside(comment.start))
    });
    if let Some(comment) = comment {
        let text = source.text.get(comment.start as usize..comment.end as usize)?;
        if let Some(edit) = extended(source, comment.start as usize, text, "ignore[", mark) {
            return Some(edit);
        }
    }
    let end = source.text.get(line.clone())?.trim_end().len() + line.start;
    let gap = if end == line.start { "" } else { " " };
    Some(Edit { span: source.span(end..end), text: format!("{gap}{}", mark.text("ignore")) })
}

/// The edit that silences rules for the whole object around a place: on a line above it.
pub fn for_object(source: &SourceFile, tree: &Tree, at: Span, mark: Mark<'_>) -> Option<Edit> {
    if source.path.ends_with(".json") {
        return None;
    }
    let root = tree.root();
    let is_list = root.get("kind").is_some_and(|kind| kind.text().ends_with("List"));
    let items = root.get("items").filter(|_| is_list).into_iter().flat_map(|items| items.items());
    let object = items.into_iter().find(|item| item.span().contains(at)).unwrap_or(root);
    for comment in tree.comments() {
        let text = source.text.get(comment.start as usize..comment.end as usize)?;
        let of_object =
            object == root || object.span().start <= comment.start && comment.end <= object.span().end;
        if of_object
            && let Some(edit) = extended(source, comment.start as usize, text, "ignore-object[", mark)
        {
            return Some(edit);
        }
    }
    above(source, object.span().start, mark.text("ignore-object"))
}

/// The edit that adds names to a mark that is there.
fn extended(source: &SourceFile, start: usize, text: &str, word: &str, mark: Mark<'_>) -> Option<Edit> {
    let at = text.find("wplint:").map(|at| at + "wplint:".len())?;
    let rest = text[at..].trim_start().strip_prefix(word)?;
    let end = start + text.len() - rest.len() + rest.find(']')?;
    let comma = if rest.trim_start().starts_with(']') { "" } else { ", " };
    Some(Edit { span: source.span(end..end), text: format!("{comma}{}", mark.rules.join(", ")) })
}

/// A comment on a line of its own, indented like what stands below it.
fn above(source: &SourceFile, start: u32, comment: String) -> Option<Edit> {
    let line = source.line_range(source.line_index(start));
    let before = source.text.get(line.start..start as usize)?;
    let indent: String = before.chars().take_while(|c| c.is_whitespace()).collect();
    // Dashes of lists may stand before it, and nothing else.
    if !before.chars().all(|c| c.is_whitespace() || c == '-' || c == '\u{feff}') || before.contains("--") {
        return None;
    }
    let next = source.text.as_bytes().get(line.end);
    let end = if next == Some(&b'\r') || source.text[..line.end].ends_with("\r\n") { "\r\n" } else { "\n" };
    Some(Edit { span: source.span(line.start..line.start), text: format!("{indent}{comment}{end}") })
}

/// The scalar of several lines that a line's end lies in, so that a comment there would be part of it.
fn text_around(tree: &Tree, end: u32) -> Option<Node<'_>> {
    let mut node = tree.root();
    loop {
        let holds = |child: &Node<'_>| child.span().start < end && end < child.span().end;
        if !node.is_mapping() && !node.is_sequence() {
            let source = tree.source();
            // After the head of a block a comment may stand.
            let head = node.style() == Style::Block
                && source.line_index(node.span().start) == source.line_index(end);
            return (!head && node.span().end > end).then_some(node);
        }
        node = node.children().find(holds)?;
    }
}

/// What begins the line that a scalar's key or dash stands on.
fn entry_of<'a>(tree: &'a Tree, scalar: Node<'a>) -> Option<Node<'a>> {
    let (mut node, mut entry) = (tree.root(), None);
    while node != scalar {
        let mut key = None;
        let mut next = None;
        for (at, child) in node.children().enumerate() {
            let is_key = node.is_mapping() && at % 2 == 0;
            if is_key {
                key = Some(child);
            }
            if child.span().contains(scalar.span()) {
                entry = Some(if is_key { child } else { key.unwrap_or(child) });
                next = Some(child);
                break;
            }
        }
        node = next?;
    }
    entry
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::FileId;
    use crate::yaml;

    const MARK: Mark<'static> = Mark { rules: &["some-rule"], reason: Some("it is\nso") };

    fn marked(text: &str, at: &str, object: bool) -> Option<String> {
        let file = Arc::new(SourceFile::new(FileId(0), "a.yaml", text));
        let tree = yaml::parse(&file, &yaml::split(&file.text)[0]).expect("it is YAML");
        let start = text.find(at).expect("it is there");
        let span = file.span(start..start + at.len());
        let edit = if object {
            for_object(&file, &tree, span, MARK)?
        } else {
            on_line(&file, Some(&tree), span, MARK)?
        };
        let mut text = text.to_owned();
        text.replace_range(edit.span.range(), &edit.text);
        Some(text)
    }

    #[test]
    fn a_mark_stands_at_the_end_of_the_line() {
        let line = marked("a: 1\nb: 2\n", "2", false);
        assert_eq!(line.as_deref(), Some("a: 1\nb: 2 # wplint: ignore[some-rule] it is so\n"));
        let more = marked("b: 2 # because # wplint: ignore[other]\n", "2", false);
        assert_eq!(more.as_deref(), Some("b: 2 # because # wplint: ignore[other, some-rule]\n"));
    }

    #[test]
    fn a_text_of_several_lines_is_not_added_to() {
        let block = marked("a:\n  - b: |\n      x\n      y\n", "x", false);
        let wanted = "a:\n  # wplint: ignore[some-rule] it is so\n  - b: |\n      x\n      y\n";
        assert_eq!(block.as_deref(), Some(wanted));
        let quoted = marked("a: \"x\n  y\"\n", "x", false);
        assert_eq!(quoted.as_deref(), Some("# wplint: ignore[some-rule] it is so\na: \"x\n  y\"\n"));
    }

    #[test]
    fn an_object_is_marked_above_it() {
        let object = marked("# head\na: 1\n", "1", true);
        assert_eq!(object.as_deref(), Some("# head\n# wplint: ignore-object[some-rule] it is so\na: 1\n"));
        let list = "kind: List\nitems:\n- a: 1\n- b: 2\n";
        let wanted = "kind: List\nitems:\n- a: 1\n# wplint: ignore-object[some-rule] it is so\n- b: 2\n";
        assert_eq!(marked(list, "2", true).as_deref(), Some(wanted));
    }
}

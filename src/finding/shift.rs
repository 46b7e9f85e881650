//! The edit that moves an entry with all its lines and comments into another mapping of its file.

use super::Edit;
use super::amend::{end_of_entry, head, remove, text_of};
use crate::files::Span;
use crate::text::line_end;
use crate::yaml::{Entry, Node};

/// Moves an entry of a mapping to the end of another one, below keys that are not there yet. `None` where the two are not
/// written in lines of one file, or one holds the other.
pub fn shift(from: Node<'_>, entry: Entry<'_>, to: Node<'_>, below: &[&str]) -> Option<Vec<Edit>> {
    let text = text_of(from, from.span())?;
    let (source, target) = (from.span(), to.span());
    if source.file != target.file || from.is_flow() || to.is_flow() || entry.value.resolved() != entry.value {
        return None;
    }
    let (column, line) = head(text, entry.key.span())?;
    let end = end_of_entry(text, entry.key.span(), column)?;
    let last = to.entries().filter(|one| one.key.span().file == target.file).last()?;
    let (wanted, _) = head(text, last.key.span())?;
    let at = end_of_entry(text, last.key.span(), wanted)?;
    // The other mapping must not begin its last entry in the lines that move.
    if (line..=end).contains(&(last.key.span().start as usize)) || (line..end).contains(&at) {
        return None;
    }
    let taken = if is_alone(from) { holder(from)? } else { remove(from, entry)?.span };
    let new_line = line_end(text, line);
    let mut out = String::new();
    let mut depth = wanted;
    for key in below {
        out.push_str(&format!("{new_line}{}{key}:", " ".repeat(depth)));
        depth += 2;
    }
    let first = " ".repeat(column) + text.get(line + column..end)?;
    for line in first.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let content = &line[indent..];
        let indent = match content {
            "" => 0,
            _ => (depth + indent).checked_sub(column)?,
        };
        out.push_str(&format!("{new_line}{}{content}", " ".repeat(indent)));
    }
    // What ends both only loses its indentation.
    if at == end {
        let begins = text.get(..taken.start as usize)?;
        (begins.is_empty() || begins.ends_with('\n')).then_some(())?;
        let out = out.strip_prefix(new_line)?.to_owned();
        return Some(vec![Edit { span: Span { end: end as u32, ..taken }, text: out }]);
    }
    let at = Span { start: at as u32, end: at as u32, ..target };
    Some(vec![Edit { span: taken, text: String::new() }, Edit { span: at, text: out }])
}

/// Takes the items of one list of a mapping to the front of another one, both written in lines.
pub fn join(mapping: Node<'_>, from: Entry<'_>, to: Entry<'_>) -> Option<Vec<Edit>> {
    let text = text_of(mapping, mapping.span())?;
    if from.value.is_flow() || to.value.is_flow() || from.key.span().file != to.key.span().file {
        return None;
    }
    let (column, line) = head(text, from.key.span())?;
    let end = end_of_entry(text, from.key.span(), column)?;
    let items = text[line..end].find('\n').map(|at| line + at + 1)?;
    // Where the first item of each begins, with its dash.
    let dash = |list: Node<'_>| {
        let start = list.items().next()?.span().start as usize;
        let line = text.get(..start)?.rfind('\n')? + 1;
        let column = text[line..start].find('-')?;
        (text[line..start].trim() == "-").then_some((line, column))
    };
    let ((_, old), (at, new)) = (dash(from.value)?, dash(to.value)?);
    let new_line = line_end(text, line);
    let mut out = String::new();
    for line in text.get(items..end)?.lines() {
        let content = line.trim_start_matches(' ');
        let indent =
            if content.is_empty() { 0 } else { (new + line.len() - content.len()).checked_sub(old)? };
        out.push_str(&format!("{}{content}{new_line}", " ".repeat(indent)));
    }
    let at = Span { start: at as u32, end: at as u32, ..to.key.span() };
    Some(vec![remove(mapping, from)?, Edit { span: at, text: out }])
}

fn is_alone(mapping: Node<'_>) -> bool {
    mapping.entries().nth(1).is_none()
}

/// The lines of the key that holds a mapping, which would hold nothing without its only entry.
fn holder(mapping: Node<'_>) -> Option<Span> {
    let way = mapping.way();
    let around = way.len().checked_sub(2).map_or_else(|| mapping.tree().root(), |at| way[at].1);
    let entry = around.entries().find(|entry| entry.value == mapping)?;
    (!is_alone(around)).then_some(())?;
    Some(remove(around, entry)?.span)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::{FileId, SourceFile};
    use crate::yaml;

    fn moved(text: &str, from: &str, key: &str, to: &str, below: &[&str]) -> Option<String> {
        let file = Arc::new(SourceFile::new(FileId(0), "a.yaml", text));
        let tree = yaml::parse(&file, &yaml::split(&file.text)[0]).expect("it is YAML");
        let find = |path: &str| {
            let root = Some(tree.root());
            path.split('.')
                .filter(|key| !key.is_empty())
                .fold(root, |node, key| node?.get(key))
                .expect("there")
        };
        let from = find(from);
        let mut edits = shift(from, from.entry(key).expect("there"), find(to), below)?;
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        let mut text = text.to_owned();
        edits.iter().for_each(|edit| text.replace_range(edit.span.range(), &edit.text));
        Some(text)
    }

    #[test]
    fn entries_move_with_their_lines() {
        let text = "a:\n  x: 1\n  moved: # why\n    y: |\n      text\n\n      more\n    # inside\n  z: 2\nb:\n    c: 3\nd: 4\n";
        let wanted = "a:\n  x: 1\n  z: 2\nb:\n    c: 3\n    moved: # why\n      y: |\n        text\n\n        more\n      # inside\nd: 4\n";
        assert_eq!(moved(text, "a", "moved", "b", &[]).as_deref(), Some(wanted));
        // What held it alone goes away, and what is to hold it is made.
        let text = "a:\n  m: 1\nb:\n  c: 3\n";
        assert_eq!(moved(text, "a", "m", "b", &["e"]).as_deref(), Some("b:\n  c: 3\n  e:\n    m: 1\n"));
        let text = "a:\r\n  m: 1\r\n  n: 2\r\nb:\r\n  c: 3\r\n";
        assert_eq!(
            moved(text, "a", "m", "b", &[]).as_deref(),
            Some("a:\r\n  n: 2\r\nb:\r\n  c: 3\r\n  m: 1\r\n")
        );
        // One level up and down again.
        let text = "a:\n  b:\n    m: 1\n    n: 2\n  c: 3\n";
        assert_eq!(
            moved(text, "a.b", "m", "a", &[]).as_deref(),
            Some("a:\n  b:\n    n: 2\n  c: 3\n  m: 1\n")
        );
        let text = "a:\n  c: 3\n  b:\n    n: 2\n    m: 1\n";
        assert_eq!(
            moved(text, "a.b", "m", "a", &[]).as_deref(),
            Some("a:\n  c: 3\n  b:\n    n: 2\n  m: 1\n")
        );
        let text = "a:\n  c: 3\n  b:\n    m:\n    - 1\n    n: 2\n";
        assert_eq!(
            moved(text, "a.b", "m", "a", &[]).as_deref(),
            Some("a:\n  c: 3\n  b:\n    n: 2\n  m:\n  - 1\n")
        );
        assert_eq!(moved("a: {m: 1, n: 2}\nb:\n  c: 3\n", "a", "m", "b", &[]), None);
    }
}

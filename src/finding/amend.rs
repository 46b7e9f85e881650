//! Edits that add fields, change them, and take them out, in the way that the file around them is written.
//!
//! Everything goes by the text of the file: nodes may be put together from several files, and only where a key stands
//! first on its line is it known how its mapping is indented. Where that is not so, there is no edit.

use super::Edit;
use crate::files::Span;
use crate::text::line_end;
use crate::yaml::{Entry, Node, Style, quoted};

/// A value that is written into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A scalar as it is to stand there, with its quotes.
    Text(String),
    /// A mapping.
    Map(Vec<(String, Value)>),
    /// A list.
    List(Vec<Value>),
}

impl Value {
    /// A scalar.
    pub fn text(text: impl ToString) -> Self {
        Value::Text(text.to_string())
    }

    /// A mapping.
    pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Self {
        Value::Map(entries.map(|(key, value)| (key.to_owned(), value)).into())
    }

    /// A mapping of texts, quoted where they need it.
    pub fn labels<'l>(pairs: impl Iterator<Item = (&'l str, &'l str)>) -> Self {
        Value::Map(pairs.map(|(key, value)| (key.to_owned(), Value::Text(quoted(value)))).collect())
    }

    /// On one line.
    pub(super) fn flow(&self) -> String {
        let entry = |(key, value): &(String, Value)| format!("{key}: {}", value.flow());
        match self {
            Value::Text(text) => text.clone(),
            Value::Map(entries) => {
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            Value::List(items) => {
                format!("[{}]", items.iter().map(Value::flow).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// On lines of their own, after a key at this column; the key's line is not part of it.
    pub(super) fn block(&self, column: usize, lines: &mut Vec<String>) {
        let indent = " ".repeat(column + 2);
        match self {
            Value::Text(_) => {}
            Value::Map(entries) => entries.iter().for_each(|(key, value)| {
                lines.push(format!("{indent}{key}:{}", value.on_line()));
                value.block(column + 2, lines);
            }),
            Value::List(items) => {
                for item in items {
                    let first = lines.len();
                    let Value::Map(_) = item else {
                        lines.push(format!("{indent}- {}", item.flow()));
                        continue;
                    };
                    item.block(column + 2, lines);
                    if let Some(line) = lines.get_mut(first) {
                        line.replace_range(column + 2..column + 4, "- ");
                    }
                }
            }
        }
    }

    /// What stands on the line of its key.
    pub(super) fn on_line(&self) -> String {
        match self {
            Value::Text(text) => format!(" {text}"),
            Value::Map(entries) if entries.is_empty() => " {}".to_owned(),
            Value::List(items) if items.is_empty() => " []".to_owned(),
            _ => String::new(),
        }
    }
}

/// Adds an entry at the end of a mapping.
pub fn add(mapping: Node<'_>, key: &str, value: &Value) -> Option<Edit> {
    let span = mapping.span();
    let text = text_of(mapping, span)?;
    let written = text.get(span.range())?;
    if mapping.is_flow() {
        let inner = written.strip_prefix('{')?.strip_suffix('}')?;
        let end = span.end - 1 - (inner.len() - inner.trim_end().len()) as u32;
        let comma = match inner.trim_end() {
            "" => "",
            inner if inner.ends_with(',') => " ",
            _ => ", ",
        };
        let at = Span { start: end, end, ..span };
        return Some(Edit { span: at, text: format!("{comma}{key}: {}", value.flow()) });
    }
    let mut entries = mapping.entries().filter(|entry| entry.key.span().file == span.file);
    let last = entries.by_ref().last()?;
    after(last, key, value)
}

/// Adds entries at the end of a mapping, in their order.
pub fn add_all(mapping: Node<'_>, entries: &[(&str, Value)]) -> Option<Option<Edit>> {
    let mut all: Option<Edit> = None;
    for (key, value) in entries {
        let edit = add(mapping, key, value)?;
        all = match all {
            // An empty mapping in brackets has nothing that a comma would follow.
            Some(before) if mapping.is_flow() && before.text.starts_with(',') => {
                Some(Edit { text: before.text + &edit.text, ..edit })
            }
            Some(before) if mapping.is_flow() => Some(Edit { text: before.text + ", " + &edit.text, ..edit }),
            Some(before) => Some(Edit { text: before.text + &edit.text, ..edit }),
            None => Some(edit),
        };
    }
    Some(all)
}

/// Adds a scalar as the first entry of a mapping.
pub fn add_first(mapping: Node<'_>, key: &str, scalar: &str) -> Option<Edit> {
    let span = mapping.span();
    let text = text_of(mapping, span)?;
    let first = mapping.entries().find(|entry| entry.key.span().file == span.file)?.key.span();
    let insert = |at: u32, text: String| Some(Edit { span: Span { start: at, end: at, ..span }, text });
    if mapping.is_flow() {
        return insert(first.start, format!("{key}: {scalar}, "));
    }
    let (column, line) = head(text, first)?;
    if !text.get(line..first.start as usize)?.trim().is_empty() {
        return None;
    }
    let end = line_end(text, line);
    insert(line as u32, format!("{}{key}: {scalar}{end}", " ".repeat(column)))
}

/// Adds an entry behind another one of a block mapping.
pub fn after(entry: Entry<'_>, key: &str, value: &Value) -> Option<Edit> {
    let span = entry.key.span();
    let text = text_of(entry.key, span)?;
    let (column, _) = head(text, span)?;
    let end = end_of_entry(text, span, column)?;
    let mut lines = vec![format!("{}{key}:{}", " ".repeat(column), value.on_line())];
    value.block(column, &mut lines);
    Some(insert_lines(text, Span { start: end as u32, end: end as u32, ..span }, &lines))
}

/// Gives a field another scalar, or adds it.
pub fn set(mapping: Node<'_>, key: &str, scalar: &str) -> Option<Edit> {
    match mapping.entry(key) {
        Some(entry) if entry.value.is_null() => None,
        Some(entry) => Some(Edit { span: entry.value.span(), text: scalar.to_owned() }),
        None => add(mapping, key, &Value::text(scalar)),
    }
}

/// Gives a scalar another text, in quotes of the same kind; nothing where several lines or an alias stand there.
pub fn value(scalar: Node<'_>, text: &str) -> Option<Edit> {
    let plain = matches!(scalar.style(), Style::Plain | Style::SingleQuoted | Style::DoubleQuoted);
    let one_line = !scalar.source_text().contains('\n') && !scalar.source_text().is_empty();
    (plain && one_line).then(|| Edit { span: scalar.span(), text: scalar.quoted_like(text) })
}

/// Adds an item at the end of a list that is written in lines or in brackets.
pub fn add_item(list: Node<'_>, value: &Value) -> Option<Edit> {
    let span = list.span();
    let text = text_of(list, span)?;
    if list.is_flow() {
        let inner = text.get(span.range())?.strip_prefix('[')?.strip_suffix(']')?;
        let end = span.end - 1 - (inner.len() - inner.trim_end().len()) as u32;
        let comma = if inner.trim().is_empty() { "" } else { ", " };
        let at = Span { start: end, end, ..span };
        return Some(Edit { span: at, text: format!("{comma}{}", value.flow()) });
    }
    let last = list.items().filter(|item| item.span().file == span.file).last()?.span();
    let line = text.get(..last.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let before = text.get(line..last.start as usize)?;
    let dash = before.len() - before.trim_start().len();
    if before.trim() != "-" {
        return None;
    }
    let end = end_of_entry(text, Span { start: (line + dash) as u32, ..last }, dash + 1)?;
    let mut lines = Vec::new();
    Value::List(vec![value.clone()]).block(dash.saturating_sub(2), &mut lines);
    if dash < 2 {
        lines.iter_mut().for_each(|line| drop(line.drain(..2 - dash)));
    }
    Some(insert_lines(text, Span { start: end as u32, end: end as u32, ..last }, &lines))
}

/// Takes an entry out of its mapping.
pub fn remove(mapping: Node<'_>, entry: Entry<'_>) -> Option<Edit> {
    let span = entry.key.span();
    let text = text_of(entry.key, span)?;
    let own = || mapping.entries().filter(|other| other.key.span().file == span.file);
    let (before, next) = mapping.neighbours(entry.key).unwrap_or_else(|| {
        let behind = own().filter(|other| other.key.span().start > span.start);
        let before = own().filter(|other| other.key.span().start < span.start).last();
        (before, behind.min_by_key(|other| other.key.span().start))
    });
    let next = next.map(|next| next.key.span());
    let gone = |start: u32, end: u32| Some(Edit { span: Span { start, end, ..span }, text: String::new() });
    if mapping.is_flow() {
        return match (next, before) {
            (Some(next), _) => gone(span.start, next.start),
            (None, Some(before)) => gone(before.value.span().end, entry.value.span().end),
            (None, None) => gone(span.start, entry.value.span().end),
        };
    }
    let (column, line) = head(text, span)?;
    // The first key after a dash leaves its place to the next one.
    if text.get(line..span.start as usize)?.contains('-') {
        return gone(span.start, next?.start);
    }
    own().nth(1)?;
    let end = end_of_entry(text, span, column)?;
    let end = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at + 1);
    gone(line as u32, end as u32)
}

/// Adds a document behind the one that an object is.
pub fn append_document(object: Node<'_>, document: &str) -> Option<Edit> {
    let span = object.span();
    let text = text_of(object, span)?;
    let written = text.get(span.range())?;
    let end = span.start as usize + written.trim_end().len();
    let end = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at);
    // A list's items are no documents, and nothing may stand between the object and the next separator.
    let rest = text.get(end..)?.trim_start();
    let begins = text.get(..span.start as usize)?.rsplit('\n').next()?;
    if !(rest.is_empty() || rest.starts_with("---")) || !begins.is_empty() || object.is_flow() {
        return None;
    }
    let mut lines = vec!["---".to_owned()];
    lines.extend(document.lines().map(str::to_owned));
    Some(insert_lines(text, Span { start: end as u32, end: end as u32, ..span }, &lines))
}

/// The text that a node stands in; JSON files are not edited.
pub(super) fn text_of(node: Node<'_>, span: Span) -> Option<&str> {
    let source = node.tree().source();
    if source.id == span.file && source.path.ends_with(".json") {
        return None;
    }
    Some(node.tree().text_of(span.file)).filter(|text| !text.is_empty())
}

/// The column of a key that stands first on its line, dashes left aside, and where the line begins.
pub(super) fn head(text: &str, key: Span) -> Option<(usize, usize)> {
    let before = text.get(..key.start as usize)?;
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let before = &before[line..];
    let plain = before.bytes().all(|byte| byte == b' ' || byte == b'-') && !before.contains("--");
    plain.then_some((before.len(), line))
}

/// Where the last line of an entry ends whose key or dash stands at a column.
pub(super) fn end_of_entry(text: &str, key: Span, column: usize) -> Option<usize> {
    let rest = text.get(key.start as usize..)?;
    let first = rest.find('\n').map_or(text.len(), |at| key.start as usize + at);
    let (mut end, mut at, mut blank) = (first, first, false);
    while at < text.len() {
        let start = at + 1;
        let stop = text[start..].find('\n').map_or(text.len(), |found| start + found);
        let line = &text[start..stop];
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        let of_list = indent == column && (content == "-" || content.starts_with("- "));
        let closes = content.starts_with(['}', ']']);
        if content.is_empty() {
            blank = true;
        } else if indent > column || of_list || closes {
            (end, blank) = (stop, false);
        } else {
            break;
        }
        at = stop;
    }
    // Lines that a block keeps at its end must stay with it.
    let own = text.get(key.start as usize..end)?;
    let keeps =
        blank && own.lines().any(|line| line.trim_end().ends_with(['+']) && line.contains(['|', '>']));
    let end = if text[..end].ends_with('\r') { end - 1 } else { end };
    (!keeps).then_some(end)
}

/// Lines behind the end of another one, with the line ends of the file.
fn insert_lines(text: &str, at: Span, lines: &[String]) -> Edit {
    let end = line_end(text, at.start as usize);
    let text = lines.iter().map(|line| format!("{end}{line}")).collect();
    Edit { span: at, text }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::{FileId, SourceFile};
    use crate::yaml::{self, Tree};

    fn tree(text: &str) -> Tree {
        let file = Arc::new(SourceFile::new(FileId(0), "a.yaml", text));
        yaml::parse(&file, &yaml::split(&file.text)[0]).expect("it is YAML")
    }

    fn edited(text: &str, edit: Option<Edit>) -> String {
        let mut text = text.to_owned();
        let edit = edit.expect("an edit");
        text.replace_range(edit.span.range(), &edit.text);
        text
    }

    fn value() -> Value {
        let item = Value::map([("a", Value::text(1)), ("b", Value::map([("c", Value::text("x"))]))]);
        Value::List(vec![item])
    }

    #[test]
    fn fields_are_added_as_their_neighbours_are_written() {
        let text = "spec:\n  a: |\n    x\n\n  # about b\n  b:\n  - 1 # one\n# end\n";
        let own = tree(text);
        let spec = own.root().get("spec").expect("it is there");
        let wanted = text.replace("one\n", "one\n  new:\n    - a: 1\n      b:\n        c: x\n");
        assert_eq!(edited(text, add(spec, "new", &value())), wanted);
        let first = spec.entry("a").expect("it is there");
        let wanted = text.replace("    x\n", "    x\n  n: 1\n");
        assert_eq!(edited(text, after(first, "n", &Value::text(1))), wanted);
        let flow = "spec: {a: 1 }\r\n";
        let wanted = "spec: {a: 1, new: [{a: 1, b: {c: x}}] }\r\n";
        let own = tree(flow);
        assert_eq!(edited(flow, add(own.root().get("spec").expect("there"), "new", &value())), wanted);
        let item = "list:\r\n- a: 1\r\n  b: 2\r\n";
        let own = tree(item);
        let list = own.root().get("list").expect("there");
        let first = list.items().next().expect("one");
        assert_eq!(edited(item, set(first, "c", "3")), format!("{item}  c: 3\r\n"));
        assert_eq!(edited(item, add_item(list, &Value::text("x"))), format!("{item}- x\r\n"));
    }

    #[test]
    fn entries_are_taken_out_whole() {
        let cases = [
            ("m:\n  a: 1\n  b:\n    c: 2\n  d: 3\n", "b", "m:\n  a: 1\n  d: 3\n"),
            ("m: {a: 1, b: 2}\n", "b", "m: {a: 1}\n"),
            ("m: {a: 1, b: 2}\n", "a", "m: {b: 2}\n"),
        ];
        for (text, key, wanted) in cases {
            let own = tree(text);
            let mapping = own.root().get("m").expect("there");
            let entry = mapping.entry(key).expect("there");
            assert_eq!(edited(text, remove(mapping, entry)), wanted);
        }
    }

    #[test]
    fn documents_are_added_between_others() {
        let text = "a: 1\n---\nb: 2\n";
        let own = tree(text);
        assert_eq!(edited(text, append_document(own.root(), "c: 3\n")), "a: 1\n---\nc: 3\n---\nb: 2\n");
    }
}

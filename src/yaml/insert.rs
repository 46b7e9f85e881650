//! New entries in mappings and new items in lists: where they go, and their text in the style of what is there.

use serde_json::Value;

use super::node::Node;
use super::scalar::{Scalar, resolve};
use super::tree::Style;
use crate::files::Span;
use crate::text::line_end;

/// A text that goes between two bytes of a file.
pub type Insertion = (Span, String);

/// A new first entry of a mapping; `None` where one cannot be written without a look at the file.
pub fn entry(mapping: Node<'_>, key: &str, value: &Value) -> Option<Insertion> {
    if mapping.style() != Style::Mapping {
        return None;
    }
    let first = mapping.children().next();
    if mapping.is_flow() {
        let quoted = first.map_or_else(|| is_json(mapping), |first| first.style() == Style::DoubleQuoted);
        let text = match quoted {
            true => format!("{}: {value}", Value::from(key)),
            false => format!("{}: {}", plain(key), flow(value)),
        };
        return inside(mapping, text, first.is_some());
    }
    let (at, column, end) = line_of(mapping, first?)?;
    let mut text = String::new();
    write_entry(&mut text, key, value, column, end);
    text.push_str(&" ".repeat(column));
    Some((at, text))
}

/// A new first item of a list.
pub fn item(list: Node<'_>, value: &Value) -> Option<Insertion> {
    if list.style() != Style::Sequence {
        return None;
    }
    let first = list.children().next();
    if list.is_flow() {
        let text = if is_json(list) { value.to_string() } else { flow(value) };
        return inside(list, text, first.is_some());
    }
    // The dash of the first item.
    let source = list.tree().source();
    let span = list.span();
    let (at, column, end) = (source.id == span.file).then(|| place(source, span.start))??;
    if source.text.as_bytes().get(at.start as usize) != Some(&b'-') {
        return None;
    }
    let mut text = String::from("- ");
    write_value(&mut text, value, column + 2, end);
    text.push_str(&" ".repeat(column));
    Some((at, text))
}

/// Right after the bracket that opens a flow collection.
fn inside(collection: Node<'_>, text: String, more: bool) -> Option<Insertion> {
    let span = collection.span();
    let opens = collection.source_text().starts_with(['{', '[']);
    let at = span.start + 1;
    opens.then(|| (Span { start: at, end: at, ..span }, if more { format!("{text}, ") } else { text }))
}

/// Whether a flow collection is written as JSON: the nearest quotes decide.
fn is_json(collection: Node<'_>) -> bool {
    collection.tree().source().path.ends_with(".json")
}

/// The beginning of the first key of a block mapping.
fn line_of<'a>(mapping: Node<'a>, first: Node<'a>) -> Option<(Span, usize, &'a str)> {
    let span = first.span();
    let source = mapping.tree().source();
    (source.id == span.file).then(|| place(source, span.start))?
}

/// A place at which a block entry begins: itself, its column, and the line ends of its file. `None` if something other
/// than indentation and dashes stands before it.
fn place(source: &crate::files::SourceFile, start: u32) -> Option<(Span, usize, &str)> {
    let line = source.line_range(source.line_index(start)).start;
    let before = source.text.get(line..start as usize)?;
    let plain = before.bytes().all(|byte| matches!(byte, b' ' | b'-'));
    let end = line_end(&source.text, start as usize);
    plain.then(|| (source.span(start as usize..start as usize), before.len(), end))
}

fn write_entry(out: &mut String, key: &str, value: &Value, column: usize, end: &str) {
    out.push_str(&plain(key));
    out.push(':');
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push_str(end);
            out.push_str(&" ".repeat(column + 2));
            write_value(out, value, column + 2, end);
        }
        Value::Array(list) if !list.is_empty() => {
            out.push_str(end);
            out.push_str(&" ".repeat(column + 2));
            write_value(out, value, column + 2, end);
        }
        _ => {
            out.push(' ');
            write_value(out, value, column, end);
        }
    }
}

/// Writes a value whose first line is indented already, with the end of its last line.
fn write_value(out: &mut String, value: &Value, column: usize, end: &str) {
    let indent = " ".repeat(column);
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (at, (key, value)) in map.iter().enumerate() {
                if at > 0 {
                    out.push_str(&indent);
                }
                write_entry(out, key, value, column, end);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (at, value) in list.iter().enumerate() {
                if at > 0 {
                    out.push_str(&indent);
                }
                out.push_str("- ");
                write_value(out, value, column + 2, end);
            }
        }
        _ => {
            out.push_str(&flow(value));
            out.push_str(end);
        }
    }
}

/// A whole document in block style.
pub fn document(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, 0, "\n");
    out
}

fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", plain(key), flow(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => plain(text),
        other => other.to_string(),
    }
}

/// A text without quotes where it would be read as the same text.
fn plain(text: &str) -> String {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let safe = !text.is_empty()
        && text.bytes().all(word)
        && !text.starts_with(['-', '.'])
        && matches!(resolve(text), Scalar::Str(_));
    if safe { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::files::{FileId, SourceFile};
    use crate::yaml;

    fn inserted(text: &str, path: &[&str], put: impl Fn(Node<'_>) -> Option<Insertion>) -> Option<String> {
        let file = Arc::new(SourceFile::new(FileId(0), "a.yaml".to_owned(), text.to_owned()));
        let tree = yaml::parse(&file, &yaml::split(&file.text)[0]).expect("it is YAML");
        let node = path.iter().try_fold(tree.root(), |node, key| match key.parse::<usize>() {
            Ok(at) => node.items().nth(at),
            Err(_) => node.get(key),
        });
        let (span, new) = put(node.expect("it is there"))?;
        let mut whole = text.to_owned();
        whole.insert_str(span.start as usize, &new);
        Some(whole)
    }

    #[test]
    fn entries_look_like_their_neighbours() {
        let value = json!({"b": [{"c": 1, "d": "yes"}], "e": {}});
        let put = |node: Node<'_>| entry(node, "a", &value);
        let block = "spec:\n  x: 1 # one\n";
        let wanted = "spec:\n  a:\n    b:\n      - c: 1\n        d: \"yes\"\n    e: {}\n  x: 1 # one\n";
        assert_eq!(inserted(block, &["spec"], put).as_deref(), Some(wanted));
        let item = "- x: 1\r\n  y: 2\r\n";
        let short = |node: Node<'_>| entry(node, "a", &json!(1));
        assert_eq!(inserted(item, &["0"], short).as_deref(), Some("- a: 1\r\n  x: 1\r\n  y: 2\r\n"));
        assert_eq!(inserted("s: {x: 1}\n", &["s"], short).as_deref(), Some("s: {a: 1, x: 1}\n"));
        assert_eq!(inserted("s: {}\n", &["s"], short).as_deref(), Some("s: {a: 1}\n"));
        assert_eq!(
            inserted("{\"s\": {\"x\": 1}}", &["s"], put).as_deref(),
            Some("{\"s\": {\"a\": {\"b\":[{\"c\":1,\"d\":\"yes\"}],\"e\":{}}, \"x\": 1}}")
        );
        assert_eq!(inserted("? x\n: 1\n", &[], short), None);
    }

    #[test]
    fn items_go_before_the_first() {
        let put = |node: Node<'_>| item(node, &json!({"a": 1, "b": ["c"]}));
        let wanted = "l:\n- a: 1\n  b:\n    - c\n- x: 1\n";
        assert_eq!(inserted("l:\n- x: 1\n", &["l"], put).as_deref(), Some(wanted));
        assert_eq!(inserted("l: [x]\n", &["l"], put).as_deref(), Some("l: [{a: 1, b: [c]}, x]\n"));
    }
}

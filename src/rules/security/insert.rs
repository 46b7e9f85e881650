//! Edits that add a field to a mapping where nobody wrote it yet.

use crate::files::Span;
use crate::finding::Edit;
use crate::text::line_end;
use crate::yaml::Node;

/// A value to be written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    /// As it is in YAML and in JSON.
    Bare(&'static str),
    /// A text.
    Word(&'static str),
    /// A list of one text.
    Only(&'static str),
}

impl Value {
    fn written(self, quoted: bool) -> String {
        match (self, quoted) {
            (Value::Bare(text), _) | (Value::Word(text), false) => text.to_owned(),
            (Value::Word(text), true) => format!("\"{text}\""),
            (Value::Only(text), false) => format!("[{text}]"),
            (Value::Only(text), true) => format!("[\"{text}\"]"),
        }
    }
}

/// An edit that gives a mapping a field, by the way of keys that lead there; `None` where it stands already or where the
/// mapping is written in a way that no edit of bytes extends.
pub(super) fn field(mapping: Node<'_>, keys: &[&str], value: Value) -> Option<Edit> {
    let (mut mapping, mut keys) = (mapping, keys);
    while let [first, rest @ ..] = keys
        && let Some(entry) = mapping.entry(first)
    {
        // An alias is written elsewhere, for others, too.
        let inner = entry.value;
        if !inner.is_mapping() || inner.resolved() != inner || rest.is_empty() {
            return None;
        }
        (mapping, keys) = (inner, rest);
    }
    if mapping.is_flow() { flow(mapping, keys, value) } else { block(mapping, keys, value) }
}

fn flow(mapping: Node<'_>, keys: &[&str], value: Value) -> Option<Edit> {
    let entries: Vec<_> = mapping.entries().collect();
    let quoted = match entries.first() {
        Some(entry) => entry.key.source_text().starts_with('"'),
        None => text(mapping)?.trim_start().starts_with('{') && is_json(mapping),
    };
    let key = |key: &str| if quoted { format!("\"{key}\"") } else { key.to_owned() };
    let mut written = value.written(quoted);
    for (depth, one) in keys.iter().enumerate().rev() {
        let pair = format!("{}: {written}", key(one));
        written = if depth == 0 { pair } else { format!("{{{pair}}}") };
    }
    let span = mapping.span();
    match entries.last() {
        None => Some(Edit { span, text: format!("{{{written}}}") }),
        Some(last) => {
            let end = last.value.span();
            if end.file != span.file || last.value.source_text().is_empty() {
                return None;
            }
            Some(Edit { span: Span { start: end.end, ..end }, text: format!(", {written}") })
        }
    }
}

fn text(node: Node<'_>) -> Option<&str> {
    Some(node.source_text()).filter(|text| !text.is_empty())
}

fn is_json(node: Node<'_>) -> bool {
    node.tree().source().text.trim_start().starts_with('{')
}

/// Below the first entry that ends on its own line, else before the first entry.
fn block(mapping: Node<'_>, keys: &[&str], value: Value) -> Option<Edit> {
    let source = mapping.tree().source();
    let file = mapping.span().file;
    let first = mapping.entries().next()?;
    let start = first.key.span();
    let line =
        |offset: u32| source.text.get(..offset as usize).map(|text| text.rfind('\n').map_or(0, |at| at + 1));
    let begin = line(start.start)?;
    let before = source.text.get(begin..start.start as usize)?;
    if start.file != file || !before.bytes().all(|byte| byte == b' ' || byte == b'-') {
        return None;
    }
    let indent = " ".repeat(before.len());
    let ending = line_end(&source.text, start.start as usize);
    let mut lines = Vec::new();
    for (depth, key) in keys.iter().enumerate() {
        let tail = if depth + 1 == keys.len() { format!(" {}", value.written(false)) } else { String::new() };
        lines.push(format!("{}{key}:{tail}", "  ".repeat(depth)));
    }
    let single = mapping.entries().find(|entry| {
        let (key, value) = (entry.key.span(), entry.value.span());
        entry.value.stands_as_written()
            && !entry.value.source_text().is_empty()
            && key.file == file
            && value.file == file
            && key.end <= value.start
            && line(key.start) == line(value.end)
    });
    let at = |offset: u32| Span { file, start: offset, end: offset };
    if let Some(entry) = single {
        let end = entry.value.span().end;
        let rest = source.text.get(end as usize..)?;
        let rest = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let rest = rest.strip_suffix('\r').unwrap_or(rest);
        let comment = rest.trim_start();
        if !comment.is_empty() && !comment.starts_with('#') {
            return None;
        }
        let text: String = lines.iter().map(|line| format!("{ending}{indent}{line}")).collect();
        return Some(Edit { span: at(end + rest.len() as u32), text });
    }
    let text = lines.iter().enumerate().map(|(number, line)| {
        let indent = if number == 0 { "" } else { indent.as_str() };
        format!("{indent}{line}{ending}")
    });
    let text: String = text.collect();
    before
        .bytes()
        .all(|byte| byte == b' ')
        .then(|| Edit { span: at(start.start), text: format!("{text}{indent}") })
}

//! Edits that give a value another place: under another key, below keys that were not there.

use super::Edit;
use super::amend::{Value, head, text_of};
use crate::files::Span;
use crate::text::line_end;
use crate::yaml::{Entry, Node, Style};

/// An entry that gets another place.
#[derive(Clone, Copy, Debug)]
pub struct Moved<'m, 'a> {
    /// The entry as it stands, with a scalar on the line of its key.
    pub entry: Entry<'a>,
    /// The keys that lead to its value below the new one.
    pub way: &'m [&'m str],
    /// A field that is written before it.
    pub beside: Option<(&'m str, &'m str)>,
}

/// An entry that stands in a mapping itself, which is written here.
pub fn own<'a>(mapping: Node<'a>, key: &str) -> Option<Entry<'a>> {
    let entry = mapping.entry(key)?;
    (mapping.resolved() == mapping && mapping.children().any(|child| child == entry.key)).then_some(entry)
}

/// Calls an entry by another key, with the same quotes.
pub fn rename(entry: Entry<'_>, key: &str) -> Edit {
    Edit { span: entry.key.span(), text: entry.key.quoted_like(key) }
}

/// Puts entries of a mapping that stand next to each other below a new key.
pub fn nest(mapping: Node<'_>, outer: &str, moved: &[Moved<'_, '_>]) -> Option<Vec<Edit>> {
    let text = text_of(mapping, mapping.span())?;
    let mut moved: Vec<&Moved<'_, '_>> = moved.iter().collect();
    moved.sort_by_key(|one| one.entry.key.span().start);
    let (first, last) = (moved.first()?, moved.last()?);
    let (from, to) = (first.entry.key.span().start, last.entry.key.span().start);
    let keys = mapping.children().step_by(2).map(|key| key.span().start);
    if keys.filter(|start| (from..=to).contains(start)).count() != moved.len() {
        return None;
    }
    let column = if mapping.is_flow() { None } else { Some(head(text, first.entry.key.span())?.0) };
    let written = |key: &str| first.entry.key.quoted_like(key);
    let edits = moved.iter().enumerate().map(|(at, one)| {
        let (key, value) = (one.entry.key.span(), one.entry.value.span());
        let between = text.get(key.end as usize..value.start as usize)?;
        let plain =
            matches!(one.entry.value.style(), Style::Plain | Style::SingleQuoted | Style::DoubleQuoted);
        let own = text.get(value.range()).filter(|own| !own.is_empty() && !own.contains('\n'))?;
        if key.file != mapping.span().file || value.file != key.file || !plain || between.contains('\n') {
            return None;
        }
        let (is_first, is_last) = (at == 0, at + 1 == moved.len());
        let text = match column {
            Some(column) => {
                let end = line_end(text, key.start as usize);
                let below = |depth: usize| format!("{end}{}", " ".repeat(column + 2 * depth));
                let mut out =
                    if is_first { format!("{}:{}", written(outer), below(1)) } else { "  ".to_owned() };
                if let Some((key, value)) = one.beside {
                    out += &format!("{}: {value}{}", written(key), below(1));
                }
                for (depth, key) in one.way.iter().enumerate() {
                    let last = depth + 1 == one.way.len();
                    out += &written(key);
                    if !last {
                        out += &format!(":{}", below(depth + 2));
                    }
                }
                format!("{out}{between}{own}")
            }
            None => {
                let mut out = if is_first { format!("{}: {{", written(outer)) } else { String::new() };
                if let Some((key, value)) = one.beside {
                    out += &format!("{}: {}, ", written(key), written(value));
                }
                out += &one.way.iter().map(|key| written(key)).collect::<Vec<_>>().join(": {");
                let closing = one.way.len() - 1 + usize::from(is_last);
                format!("{out}{between}{own}{}", "}".repeat(closing))
            }
        };
        Some(Edit { span: Span { end: value.end, ..key }, text })
    });
    edits.collect()
}

/// Writes a field of one word right before an entry.
pub fn before(mapping: Node<'_>, entry: Entry<'_>, key: &str, value: &str) -> Option<Edit> {
    put_before(mapping, entry, key, &Value::text(entry.key.quoted_like(value)))
}

/// Writes a field right before an entry.
pub fn put_before(mapping: Node<'_>, entry: Entry<'_>, key: &str, value: &Value) -> Option<Edit> {
    let (mut text, behind) = written(mapping, entry, key, value)?;
    text.push_str(&behind);
    let at = entry.key.span();
    Some(Edit { span: Span { end: at.start, ..at }, text })
}

/// Writes a field in the place of an entry with a value of one line.
pub fn instead(mapping: Node<'_>, entry: Entry<'_>, key: &str, value: &Value) -> Option<Edit> {
    let (text, _) = written(mapping, entry, key, value)?;
    let span = Span { end: entry.value.span().end, ..entry.key.span() };
    let old = mapping.tree().text_of(span.file).get(span.range())?;
    (!entry.value.source_text().is_empty() && !old.contains('\n')).then_some(Edit { span, text })
}

/// A field as it would stand where an entry stands, and what goes between the two.
fn written(mapping: Node<'_>, entry: Entry<'_>, key: &str, value: &Value) -> Option<(String, String)> {
    let text = text_of(mapping, mapping.span())?;
    let at = entry.key.span();
    let key = entry.key.quoted_like(key);
    if at.file != mapping.span().file {
        return None;
    }
    if mapping.is_flow() {
        return Some((format!("{key}: {}", value.flow()), ", ".to_owned()));
    }
    let (column, _) = head(text, at)?;
    let end = line_end(text, at.start as usize);
    let mut lines = vec![format!("{key}:{}", value.on_line())];
    value.block(column, &mut lines);
    Some((lines.join(end), format!("{end}{}", " ".repeat(column))))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::{FileId, SourceFile};
    use crate::yaml;

    fn nested(text: &str) -> Option<String> {
        let file = Arc::new(SourceFile::new(FileId(0), "a.yaml", text));
        let tree = yaml::parse(&file, &yaml::split(&file.text)[0]).expect("it is YAML");
        let mapping = tree.root().get("backend").expect("it is there");
        let (name, port) = (mapping.entry("serviceName")?, mapping.entry("servicePort")?);
        let moved = [
            Moved { entry: name, way: &["name"], beside: None },
            Moved { entry: port, way: &["port", "number"], beside: None },
        ];
        let mut edits = nest(mapping, "service", &moved)?;
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        let mut text = text.to_owned();
        edits.iter().for_each(|edit| text.replace_range(edit.span.range(), &edit.text));
        Some(text)
    }

    #[test]
    fn entries_go_below_new_keys() {
        let block = "backend:\n  serviceName: web # the one\n  servicePort: 80\nrest: 1\n";
        let wanted = "backend:\n  service:\n    name: web # the one\n    port:\n      number: 80\nrest: 1\n";
        assert_eq!(nested(block).as_deref(), Some(wanted));
        let turned = "backend:\r\n  servicePort: 80\r\n  serviceName: \"web\"\r\n";
        let wanted = "backend:\r\n  service:\r\n    port:\r\n      number: 80\r\n    name: \"web\"\r\n";
        assert_eq!(nested(turned).as_deref(), Some(wanted));
        let flow = "backend: {serviceName: web, servicePort: 80 }\n";
        assert_eq!(nested(flow).as_deref(), Some("backend: {service: {name: web, port: {number: 80}} }\n"));
        let flow = "backend: {\"servicePort\": 80, \"serviceName\": \"web\"}\n";
        let wanted = "backend: {\"service\": {\"port\": {\"number\": 80}, \"name\": \"web\"}}\n";
        assert_eq!(nested(flow).as_deref(), Some(wanted));
        assert_eq!(nested("backend:\n  serviceName: web\n  other: 1\n  servicePort: 80\n"), None);
        assert_eq!(nested("backend:\n  serviceName: web\n  servicePort: &p\n    80\n"), None);
    }
}

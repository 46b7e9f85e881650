//! YAML as go-yaml v2 writes it.

use super::scalar;
use super::style::{Facts, escape, is_base60, is_timestamp, natural};
use crate::helm::text::{Builder, Origin, Str};
use crate::helm::value::{DEEPEST, Data, Value};
use crate::yaml::{Scalar, resolve};

/// What `toYaml` returns; `None` where a value nests too deep.
pub fn yaml(value: &Value) -> Option<Str> {
    let mut emitter = Yaml { out: Builder::default() };
    emitter.node(value, 0, Place::Root, 0)?;
    let text = emitter.out.finish();
    let end = text.as_str().len() - usize::from(text.as_str().ends_with('\n'));
    Some(text.slice(0..end))
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Value,
    Item,
}

/// Lines are broken at spaces behind this column.
const WIDTH: usize = 80;

struct Yaml {
    out: Builder,
}

/// Whether a text is a string as it stands, and has no space where it could be broken. Most are.
fn is_word(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(inside)
        && matches!(resolve(text), Scalar::Str(_))
}

impl Yaml {
    /// A value with the line break behind it. `indent` is that of the collection around it.
    fn node(&mut self, value: &Value, indent: usize, place: Place, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        let space = if place == Place::Value { " " } else { "" };
        match &value.data {
            Data::Map(map) if map.len() > 0 => {
                if place == Place::Value {
                    self.out.push("\n", None);
                }
                let inner = if place == Place::Root { 0 } else { indent + 2 };
                let mut all = map.sorted();
                all.sort_by(|one, other| natural(&one.0, &other.0));
                for (at, (key, slot)) in all.iter().enumerate() {
                    if at > 0 || place == Place::Value {
                        self.indent(inner);
                    }
                    if is_word(key) {
                        self.out.push(key, slot.key);
                    } else {
                        self.string(&Str::shared(key.clone(), slot.key), inner, true);
                    }
                    self.out.push(":", None);
                    self.node(&slot.value, inner, Place::Value, depth + 1)?;
                }
                return Some(());
            }
            Data::List(list) if !list.0.is_empty() => {
                let inner = match place {
                    Place::Item => indent + 2,
                    _ => indent,
                };
                if place == Place::Value {
                    self.out.push("\n", None);
                }
                for (at, item) in list.0.iter().enumerate() {
                    if at > 0 || place == Place::Value {
                        self.indent(inner);
                    }
                    self.out.push("- ", None);
                    self.node(item, inner, Place::Item, depth + 1)?;
                }
                return Some(());
            }
            _ => self.out.push(space, None),
        }
        let at = value.at;
        match &value.data {
            Data::Str(text) => {
                let text = if text.leading().is_some() { text.clone() } else { Str::new(text.as_str(), at) };
                if text.as_str().is_empty() {
                    self.out.push("\"\"", at);
                } else {
                    self.string(&text, indent + 2, false);
                }
            }
            Data::Map(_) | Data::Object(_) => self.out.push("{}", at),
            Data::List(_) => self.out.push("[]", at),
            _ => self.out.push(&scalar(value), at),
        }
        // A block scalar that keeps its last line break has it already.
        if !self.out.as_str().ends_with('\n') {
            self.out.push("\n", None);
        }
        Some(())
    }

    fn indent(&mut self, width: usize) {
        const SPACES: &str = "                                ";
        match SPACES.get(..width) {
            Some(spaces) => self.out.push(spaces, None),
            None => self.out.push(&" ".repeat(width), None),
        }
    }

    fn string(&mut self, text: &Str, indent: usize, key: bool) {
        let content = text.as_str();
        if is_word(content) {
            return self.out.push_str(text);
        }
        let facts = Facts::of(content);
        let is_string = matches!(resolve(content), Scalar::Str(_))
            && content != "<<"
            && !is_timestamp(content)
            && !is_base60(content);
        if content.contains('\n') && facts.block && !key {
            self.block(text, indent);
        } else if content.contains('\n') || !is_string || content.is_empty() {
            self.double(text, indent, !key);
        } else if facts.plain {
            self.folded(text, indent, !key);
        } else if facts.single {
            self.single(text, indent, !key);
        } else {
            self.double(text, indent, !key);
        }
    }

    fn column(&self) -> usize {
        let text = self.out.as_str();
        let line = text.rfind('\n').map_or(text, |at| &text[at + 1..]);
        line.chars().count()
    }

    /// Text with its long lines broken at single spaces.
    fn folded(&mut self, text: &Str, indent: usize, breaks: bool) {
        let content = text.as_str();
        if !breaks || self.column() + content.len() <= WIDTH {
            return self.out.push_str(text);
        }
        let bytes = content.as_bytes();
        let mut column = self.column();
        let mut from = 0;
        let mut spaces = false;
        for (at, letter) in content.char_indices() {
            let lone = letter == ' ' && !spaces && bytes.get(at + 1).is_some_and(|next| *next != b' ');
            if lone && column > WIDTH {
                self.out.push_part(text, from..at);
                self.out.push("\n", None);
                self.out.push(&" ".repeat(indent), None);
                (from, column) = (at + 1, indent);
            } else {
                column += 1;
            }
            spaces = letter == ' ';
        }
        self.out.push_part(text, from..content.len());
    }

    fn single(&mut self, text: &Str, indent: usize, breaks: bool) {
        let mut doubled = Builder::default();
        let mut from = 0;
        for (at, _) in text.as_str().match_indices('\'') {
            doubled.push_part(text, from..at + 1);
            doubled.push("'", text.leading().map(Origin::changed));
            from = at + 1;
        }
        doubled.push_part(text, from..text.as_str().len());
        self.out.push("'", None);
        self.folded(&doubled.finish(), indent, breaks);
        self.out.push("'", None);
    }

    fn double(&mut self, text: &Str, indent: usize, breaks: bool) {
        let content = text.as_str();
        self.out.push("\"", None);
        let mut column = self.column();
        let mut spaces = false;
        let mut from = 0;
        for (at, letter) in content.char_indices() {
            let end = at + letter.len_utf8();
            if let Some(escape) = escape(letter) {
                self.out.push_part(text, from..at);
                self.out.push(&escape, text.leading().map(Origin::changed));
                (from, spaces) = (end, false);
                column += escape.len();
            } else if letter == ' ' {
                if breaks && !spaces && column > WIDTH && at > 0 && end < content.len() {
                    self.out.push_part(text, from..at);
                    self.out.push("\n", None);
                    self.out.push(&" ".repeat(indent), None);
                    (from, column) = (end, indent);
                    if content[end..].starts_with(' ') {
                        self.out.push("\\", None);
                        column += 1;
                    }
                } else {
                    column += 1;
                }
                spaces = true;
            } else {
                spaces = false;
                column += 1;
            }
        }
        self.out.push_part(text, from..content.len());
        self.out.push("\"", None);
    }

    fn block(&mut self, text: &Str, indent: usize) {
        let content = text.as_str();
        let hint = if content.starts_with([' ', '\n']) { "2" } else { "" };
        let chomp = match content.strip_suffix('\n') {
            None => "-",
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => "+",
            Some(_) => "",
        };
        self.out.push(&format!("|{hint}{chomp}"), None);
        self.out.push("\n", None);
        let mut from = 0;
        for line in content.split_inclusive('\n') {
            if line != "\n" {
                self.out.push(&" ".repeat(indent), None);
            }
            self.out.push_part(text, from..from + line.len());
            from += line.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_is_written_as_go_writes_it() {
        let value = Value::map_of(vec![
            ("b10", Value::from("x: y")),
            ("b9", vec![Value::from("1"), Value::from("a\nb")].into()),
            ("port", Data::Float(8080.0).into()),
            ("empty", Value::map_of(Vec::new())),
            ("on", Value::from("2001-01-01")),
        ]);
        let expected =
            "b9:\n- \"1\"\n- |-\n  a\n  b\nb10: 'x: y'\nempty: {}\n\"on\": \"2001-01-01\"\nport: 8080";
        assert_eq!(yaml(&value).expect("flat").as_str(), expected);
    }
}

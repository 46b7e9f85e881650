//! JSON as Go's `encoding/json` writes it.

use super::scalar;
use crate::helm::text::{Builder, Origin, Str};
use crate::helm::value::{self, DEEPEST, Data, Object, Value};

/// How JSON is written.
#[derive(Clone, Copy)]
pub struct Json {
    /// On lines of its own, indented by two.
    pub pretty: bool,
    /// `<`, `>` and `&` stay as they are.
    pub raw: bool,
}

/// What `toJson` returns; `None` where a value nests too deep.
pub fn json(value: &Value, form: Json) -> Option<Str> {
    let mut out = Builder::default();
    json_into(value, form, &mut out, 0)?;
    Some(out.finish())
}

fn json_into(value: &Value, form: Json, out: &mut Builder, depth: usize) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    let line = |out: &mut Builder, depth: usize| {
        if form.pretty {
            out.push("\n", None);
            out.push(&"  ".repeat(depth), None);
        }
    };
    let at = value.at;
    match &value.data {
        Data::Str(text) => json_string(text, at, form, out),
        Data::List(list) if list.0.is_empty() => out.push("[]", at),
        Data::List(list) => {
            out.push("[", None);
            for (index, item) in list.0.iter().enumerate() {
                if index > 0 {
                    out.push(",", None);
                }
                line(out, depth + 1);
                json_into(item, form, out, depth + 1)?;
            }
            line(out, depth);
            out.push("]", None);
        }
        Data::Map(map) if map.len() == 0 => out.push("{}", at),
        Data::Map(map) => {
            out.push("{", None);
            for (index, (key, slot)) in map.sorted().into_iter().enumerate() {
                if index > 0 {
                    out.push(",", None);
                }
                line(out, depth + 1);
                json_string(&Str::new(&key, slot.key), slot.key, form, out);
                out.push(if form.pretty { ": " } else { ":" }, None);
                json_into(&slot.value, form, out, depth + 1)?;
            }
            line(out, depth);
            out.push("}", None);
        }
        Data::Object(Object::Files(..)) => out.push("{}", at),
        Data::Object(_) => out.push("null", at),
        Data::Float(number) => out.push(&json_number(*number), at),
        _ => out.push(&scalar(value), at),
    }
    Some(())
}

fn json_number(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        return value::with_exponent(number, 0, 0).replace("e-0", "e-");
    }
    format!("{number}")
}

fn json_string(text: &Str, at: Option<Origin>, form: Json, out: &mut Builder) {
    out.push("\"", None);
    let content = text.as_str();
    let mut from = 0;
    for (start, letter) in content.char_indices() {
        let escaped = match letter {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            '<' | '>' | '&' if form.raw => continue,
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => format!("\\u{:04x}", letter as u32),
            other if (other as u32) < 0x20 => format!("\\u{:04x}", other as u32),
            _ => continue,
        };
        out.push_part(text, from..start);
        out.push(&escaped, text.leading().or(at).map(Origin::changed));
        from = start + letter.len_utf8();
    }
    out.push_part(text, from..content.len());
    out.push("\"", None);
}

//! TOML as Go's `BurntSushi/toml` writes it, which is what `toToml` calls.

use super::scalar;
use crate::helm::map::{Map, Slot};
use crate::helm::text::{Builder, Origin, Str};
use crate::helm::value::{DEEPEST, Data, Value};
use crate::yaml::Text;

/// Why a value cannot be written.
enum Fault {
    /// It holds nil inside of a list.
    Nil,
    /// It nests too deep.
    Deep,
}

/// What `toToml` returns: the text, or what the encoder says in its place.
pub fn toml(value: &Value) -> Str {
    let mut out = Builder::default();
    let written = match &value.data {
        Data::Map(map) => table(map, "", &mut out, 0),
        _ => inline(value, &mut out, 0),
    };
    match written {
        Ok(()) => out.finish(),
        Err(Fault::Nil) => Str::from("toml: cannot encode array with nil element"),
        Err(Fault::Deep) => Str::from(""),
    }
}

/// Whether a value has a header of its own: a mapping, or a list of nothing but mappings.
fn is_table(value: &Value) -> Result<bool, Fault> {
    match &value.data {
        Data::Map(_) => Ok(true),
        Data::List(list) if list.0.iter().any(Value::is_nil) => Err(Fault::Nil),
        Data::List(list) => Ok(!list.0.is_empty() && list.0.iter().all(|one| one.as_map().is_some())),
        _ => Ok(false),
    }
}

/// The entries of a mapping by their keys, those without a header first; nil is left out.
fn entries(map: &Map) -> Result<(Vec<(Text, Slot)>, usize), Fault> {
    let (mut plain, mut tables) = (Vec::new(), Vec::new());
    for (key, slot) in map.sorted() {
        if !slot.value.is_nil() {
            if is_table(&slot.value)? { &mut tables } else { &mut plain }.push((key, slot));
        }
    }
    let first = plain.len();
    plain.extend(tables);
    Ok((plain, first))
}

fn table(map: &Map, path: &str, out: &mut Builder, depth: usize) -> Result<(), Fault> {
    if depth > DEEPEST {
        return Err(Fault::Deep);
    }
    let indent = "  ".repeat(depth);
    let (all, tables) = entries(map)?;
    for (name, slot) in &all[..tables] {
        out.push(&indent, None);
        out.push(&key(name), slot.key);
        out.push(" = ", None);
        inline(&slot.value, out, depth)?;
        out.push("\n", None);
    }
    let header = |out: &mut Builder, open: &str, path: &str, close: &str, at: Option<Origin>| {
        out.push(&format!("{indent}{open}{path}{close}\n"), at);
    };
    for (name, slot) in &all[tables..] {
        let path = if path.is_empty() { key(name) } else { format!("{path}.{}", key(name)) };
        match &slot.value.data {
            Data::Map(inner) => {
                if depth == 0 && !out.is_empty() {
                    out.push("\n", None);
                }
                header(out, "[", &path, "]", slot.key);
                table(inner, &path, out, depth + 1)?;
            }
            Data::List(list) => {
                for inner in list.0.iter().filter_map(Value::as_map) {
                    if !out.is_empty() {
                        out.push("\n", None);
                    }
                    header(out, "[[", &path, "]]", slot.key);
                    table(inner, &path, out, depth + 1)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// A key, in quotes where it is not bare.
fn key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.is_empty() && name.bytes().all(bare) { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            other if other.is_ascii_control() => out.push_str(&format!("\\u{:04x}", other as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A value on the line of its key.
fn inline(value: &Value, out: &mut Builder, depth: usize) -> Result<(), Fault> {
    let at = value.at;
    if depth > DEEPEST {
        return Err(Fault::Deep);
    }
    match &value.data {
        Data::Str(text) => out.push(&quoted(text.as_str()), value.origin().map(Origin::changed)),
        Data::Float(number) if number.is_infinite() => {
            out.push(if *number > 0.0 { "inf" } else { "-inf" }, at);
        }
        Data::Float(number) if number.is_nan() => out.push("nan", at),
        // The fewest digits that say the number.
        Data::Float(number) if number.fract() == 0.0 => out.push(&format!("{number}.0"), at),
        Data::Float(number) => out.push(&format!("{number}"), at),
        Data::List(list) => {
            out.push("[", at);
            for (index, item) in list.0.iter().enumerate() {
                if item.is_nil() {
                    return Err(Fault::Nil);
                }
                if index > 0 {
                    out.push(", ", None);
                }
                inline(item, out, depth + 1)?;
            }
            out.push("]", at);
        }
        Data::Map(map) => {
            out.push("{", at);
            for (index, (name, slot)) in entries(map)?.0.iter().enumerate() {
                if index > 0 {
                    out.push(", ", None);
                }
                out.push(&key(name), slot.key);
                out.push(" = ", None);
                inline(&slot.value, out, depth + 1)?;
            }
            out.push("}", at);
        }
        _ => out.push(&scalar(value), at),
    }
    Ok(())
}

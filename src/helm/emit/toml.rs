//! TOML, as far as charts write it.

use super::scalar;
use crate::helm::value::{DEEPEST, Data, Value};

/// What `toToml` returns; `None` where a value nests too deep or is no mapping.
pub fn toml(value: &Value) -> Option<String> {
    let mut out = String::new();
    toml_table(value, "", &mut out, 0)?;
    Some(out)
}

fn toml_table(value: &Value, path: &str, out: &mut String, depth: usize) -> Option<()> {
    let map = value.as_map().filter(|_| depth < DEEPEST)?;
    let is_table = |value: &Value| matches!(value.data, Data::Map(_));
    let is_tables = |value: &Value| match &value.data {
        Data::List(list) => !list.0.is_empty() && list.0.iter().all(is_table),
        _ => false,
    };
    let indent = "  ".repeat(depth);
    let all = map.sorted();
    for (key, slot) in all.iter().filter(|(_, slot)| !is_table(&slot.value) && !is_tables(&slot.value)) {
        if !slot.value.is_nil() {
            out.push_str(&format!("{indent}{} = {}\n", toml_key(key), toml_value(&slot.value, depth)?));
        }
    }
    for (key, slot) in &all {
        let path = if path.is_empty() { toml_key(key) } else { format!("{path}.{}", toml_key(key)) };
        if is_table(&slot.value) {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&format!("{indent}[{path}]\n"));
            toml_table(&slot.value, &path, out, depth + 1)?;
        } else if let Data::List(list) = &slot.value.data
            && is_tables(&slot.value)
        {
            for item in &list.0 {
                out.push_str(&format!("\n{indent}[[{path}]]\n"));
                toml_table(item, &path, out, depth + 1)?;
            }
        }
    }
    Some(())
}

fn toml_key(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !key.is_empty() && key.bytes().all(plain) { key.to_owned() } else { format!("{key:?}") }
}

fn toml_value(value: &Value, depth: usize) -> Option<String> {
    Some(match &value.data {
        Data::Str(text) => format!("{:?}", text.as_str()),
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.1}"),
        Data::List(list) if depth < DEEPEST => {
            let items: Option<Vec<String>> = list.0.iter().map(|item| toml_value(item, depth + 1)).collect();
            format!("[{}]", items?.join(", "))
        }
        Data::Map(map) if depth < DEEPEST => {
            let items = map.sorted().into_iter();
            let items: Option<Vec<String>> = items
                .map(|(key, slot)| {
                    Some(format!("{} = {}", toml_key(&key), toml_value(&slot.value, depth + 1)?))
                })
                .collect();
            format!("{{{}}}", items?.join(", "))
        }
        _ => scalar(value),
    })
}

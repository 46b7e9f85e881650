//! Texts that are YAML or JSON themselves: a replacement may lead into them (fact 13.21).

use std::fmt;
use std::sync::Arc;

use super::value::{Data, Scalar, Tag, Value};
use crate::files::SourceFile;
use crate::yaml;

/// Why a replacement is not made.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// Kustomize does not make it either: it ends the build.
    Fails(String),
    /// It is not followed here.
    Unknown(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Refusal::Fails(message) | Refusal::Unknown(message)) = self;
        f.write_str(message)
    }
}

/// Lets something change what is inside a text, and writes the text anew.
pub fn change(
    value: &mut Value,
    visit: impl FnOnce(&mut Value) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let text = value.text().to_owned();
    let source = Arc::new(SourceFile::new(value.span.file, "", text.as_str()));
    let first = yaml::split(&source.text).into_iter().next();
    let tree = first.and_then(|piece| yaml::parse(&source, &piece).ok()).filter(|tree| !tree.is_empty());
    let old = tree.map(|tree| Value::read(tree.root())).filter(|inner| inner.as_scalar().is_none());
    let Some(old) = old else {
        return Err(Refusal::Fails("a replacement leads into a text without a structure".to_owned()));
    };
    let mut new = old.clone();
    visit(&mut new)?;
    if new == old {
        return Ok(());
    }
    let text =
        if text.trim_start().starts_with(['{', '[']) { json(&new, &text) } else { edited(&old, &new, &text) };
    let text = text.ok_or_else(|| Refusal::Unknown("a text that would be written anew".to_owned()))?;
    if let Data::Scalar(scalar) = &mut value.data {
        scalar.text = text.as_str().into();
    }
    value.exact = false;
    Ok(())
}

/// As Go writes it: keys sorted, in lines if it was before, and without the letters that HTML gives a meaning.
fn json(value: &Value, before: &str) -> Option<String> {
    let json = value.to_json();
    let lines = before.contains('\n') && before.contains("  ");
    let text = if lines { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) };
    Some(text.ok()?.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

/// The text with other scalars in their places; `None` if more than those would change.
fn edited(old: &Value, new: &Value, text: &str) -> Option<String> {
    let mut edits = Vec::new();
    compare(old, new, text, &mut edits)?;
    let mut done = text.to_owned();
    // From the end to the front, so that the places of the others stay.
    edits.sort_by_key(|edit: &(std::ops::Range<usize>, String)| std::cmp::Reverse(edit.0.start));
    for (range, replacement) in edits {
        done.replace_range(range, &replacement);
    }
    Some(done.trim().to_owned())
}

fn compare(
    old: &Value,
    new: &Value,
    text: &str,
    edits: &mut Vec<(std::ops::Range<usize>, String)>,
) -> Option<()> {
    match (&old.data, &new.data) {
        (Data::Scalar(before), Data::Scalar(after)) => {
            if before.text != after.text {
                let range = old.span.range();
                let written = text.get(range.clone())?;
                edits.push((range, scalar(before, after, written)?));
            }
            Some(())
        }
        (Data::Map(before), Data::Map(after)) if before.len() == after.len() => {
            let mut pairs = before.iter().zip(after.iter());
            pairs.try_for_each(|(one, other)| {
                (one.0.text == other.0.text).then(|| compare(&one.1, &other.1, text, edits))?
            })
        }
        (Data::Seq(before), Data::Seq(after)) if before.len() == after.len() => {
            before.iter().zip(after.iter()).try_for_each(|(one, other)| compare(one, other, text, edits))
        }
        _ => None,
    }
}

/// A scalar in the style of the one whose place it takes; `None` if it needs another.
fn scalar(before: &Scalar, after: &Scalar, written: &str) -> Option<String> {
    if after.text.contains(['\n', '\r']) {
        return None;
    }
    if written.starts_with('"') {
        return serde_json::to_string(after.text.as_str()).ok();
    }
    if written.starts_with('\'') {
        return Some(format!("'{}'", after.text.replace('\'', "''")));
    }
    if before.quoted || written.is_empty() {
        return None;
    }
    let plain = after.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-:@+".contains(&byte))
        && after.text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'/')
        && !after.text.ends_with(':');
    let tag = Scalar::plain(after.text.as_str()).tag;
    match (plain, before.tag, tag) {
        (true, own, tag) if own == tag => Some(after.text.to_string()),
        (true, Tag::Str, _) => Some(format!("\"{}\"", after.text)),
        _ => None,
    }
}

//! The suffix that generated ConfigMaps and Secrets get: SHA-256 over their content as JSON, ten letters of it.

use sha2::{Digest, Sha256};

use super::resource::Resource;
use super::value::Value;
use crate::files::Span;

/// The suffix of a resource; `None` for what kustomize hashes in a way that is not followed here.
pub fn suffix(resource: &Resource) -> Option<String> {
    use serde_json::Value as Json;
    let node = |way: &[&str]| match resource.root.at(way) {
        None => Json::String(String::new()),
        Some(value) => match value.as_scalar() {
            Some(scalar) => Json::String(scalar.text.to_string()),
            None => value.to_json(),
        },
    };
    let kind = resource.kind();
    let more = match kind {
        "ConfigMap" => "binaryData",
        "Secret" => "stringData",
        _ => return None,
    };
    // Keys in the order of their names, as Go writes maps.
    let mut content = std::collections::BTreeMap::new();
    content.insert("kind", Json::String(kind.to_owned()));
    // Kustomize looks for a field called `metadata/name` and never finds it.
    content.insert("name", Json::String(String::new()));
    content.insert("data", node(&["data"]));
    if kind == "Secret" {
        content.insert("type", node(&["type"]));
    }
    if resource.root.get(more).is_some_and(|value| value.as_scalar().is_none()) {
        content.insert(more, node(&[more]));
    }
    let text = escape(&serde_json::to_string(&content).ok()?);
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let letter = |letter: char| match letter {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    Some(hex.chars().map(letter).collect())
}

/// Go's JSON escapes what could end a script in HTML.
fn escape(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut letters = json.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            '\\' => {
                text.push('\\');
                text.extend(letters.next());
            }
            other => text.push(other),
        }
    }
    text
}

/// Puts the suffixes on.
pub fn apply(resources: &mut [Resource], at: impl Fn(&Resource) -> Span) {
    for resource in resources.iter_mut().filter(|resource| resource.hashed) {
        let Some(suffix) = suffix(resource) else {
            continue;
        };
        let name = format!("{}-{suffix}", resource.name());
        let at = at(resource);
        resource.remember();
        if let Some(value) = resource.root.get_mut("metadata").and_then(|metadata| metadata.get_mut("name")) {
            *value = Value::string(&name, at);
        }
    }
}

//! `configMapGenerator` and `secretGenerator` (fact 13.6).

use base64::Engine;

use super::build::Lacking;
use super::resource::{Behaviour, Resource};
use super::value::{Key, Scalar, Tag, Value};
use super::world::{Found, World};
use crate::files::Span;

/// Why nothing can be generated.
pub struct Refusal {
    /// Where.
    pub at: Span,
    /// One clause.
    pub message: String,
    /// What is named and not there.
    pub missing: Option<Lacking>,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `configMapGenerator`.
    ConfigMap,
    /// `secretGenerator`.
    Secret,
}

/// Generates one object. `None` when a file cannot be read here although it is there.
pub fn generate(
    kind: Kind,
    entry: &Value,
    options: Option<&Value>,
    directory: &str,
    world: &World<'_>,
) -> Result<Option<Resource>, Refusal> {
    let at = entry.get("name").map_or(entry.span, |name| name.span);
    let refuse = |at: Span, message: String| Refusal { at, message, missing: None };
    let name = entry.text_at(&["name"]);
    if name.is_empty() {
        return Err(refuse(entry.span, "a generator without a name".to_owned()));
    }
    let mut root = Value::map(entry.span);
    let set = |root: &mut Value, key: &str, value: Value| root.set(Key::new(key, at), value);
    set(&mut root, "apiVersion", Value::string("v1", at));
    let kind_name = if kind == Kind::ConfigMap { "ConfigMap" } else { "Secret" };
    set(&mut root, "kind", Value::string(kind_name, at));
    let mut metadata = Value::map(at);
    set(
        &mut metadata,
        "name",
        Value { exact: entry.get("name").is_some_and(|name| name.exact), ..Value::string(name, at) },
    );
    let namespace = entry.text_at(&["namespace"]);
    if !namespace.is_empty() {
        set(&mut metadata, "namespace", Value::string(namespace, at));
    }
    if kind == Kind::Secret {
        let own = entry.text_at(&["type"]);
        set(&mut root, "type", Value::string(if own.is_empty() { "Opaque" } else { own }, at));
    }
    let local = entry.get("options");
    for field in ["labels", "annotations"] {
        // What the generator says itself wins over what all of them say.
        let both = [options, local].into_iter().flatten().filter_map(|options| options.get(field));
        let mut map = Value::map(at);
        for (key, value) in both.flat_map(|pairs| pairs.entries()) {
            map.set(
                key.clone(),
                Value::string(&value.as_scalar().map_or("".into(), Scalar::canonical), value.span),
            );
        }
        if !map.entries().is_empty() {
            set(&mut metadata, field, map);
        }
    }
    set(&mut root, "metadata", metadata);
    let mut data = Value::map(at);
    let mut binary = Value::map(at);
    let Some(pairs) = pairs(entry, directory, world)? else {
        return Ok(None);
    };
    for (key, bytes, place) in pairs {
        if data.get(&key).is_some() || binary.get(&key).is_some() {
            return Err(refuse(place, format!("the key `{key}` is there twice")));
        }
        let key = Key::new(&key, place);
        match (kind, std::str::from_utf8(&bytes)) {
            (Kind::ConfigMap, Ok(text)) => data.set(key, Value::string(text, place)),
            (Kind::ConfigMap, Err(_)) => binary.set(key, Value::string(&encode(&bytes), place)),
            (Kind::Secret, _) => data.set(key, Value::string(&encode(&bytes), place)),
        }
    }
    for (field, map) in [("data", data), ("binaryData", binary)] {
        // A Secret has `data` even where nothing is in it, which its hash depends on.
        if !map.entries().is_empty() || (kind == Kind::Secret && field == "data") {
            set(&mut root, field, map);
        }
    }
    let on = |field: &str| {
        let own = |options: Option<&Value>| options?.get(field).map(|value| value.text() == "true");
        own(options) == Some(true) || own(local) == Some(true)
    };
    if on("immutable") {
        set(
            &mut root,
            "immutable",
            Value::scalar(Scalar { text: "true".into(), tag: Tag::Bool, quoted: false }, at),
        );
    }
    let behaviour = match entry.text_at(&["behavior"]) {
        "merge" => Behaviour::Merge,
        "replace" => Behaviour::Replace,
        _ => Behaviour::Create,
    };
    Ok(Some(Resource { hashed: !on("disableNameSuffixHash"), behaviour, ..Resource::new(root) }))
}

type Pair = (String, Vec<u8>, Span);

fn pairs(entry: &Value, directory: &str, world: &World<'_>) -> Result<Option<Vec<Pair>>, Refusal> {
    let mut pairs = Vec::new();
    let items = |field: &str| entry.get(field).map_or(&[][..], Value::items);
    let refuse = |at: &Value, message: String| Refusal { at: at.span, message, missing: None };
    for file in items("envs").iter().chain(entry.get("env")) {
        let Some(bytes) = read(file, file.text(), directory, world)? else {
            return Ok(None);
        };
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(refuse(file, "a file of variables that is not UTF-8".to_owned()));
        };
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            pairs.push((key.to_owned(), value.as_bytes().to_vec(), file.span));
        }
    }
    for literal in items("literals") {
        let Some((key, value)) = literal.text().split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(refuse(literal, "a literal that is no `key=value`".to_owned()));
        };
        let quoted = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
        let value = if quoted('"') || quoted('\'') { &value[1..value.len() - 1] } else { value };
        pairs.push((key.to_owned(), value.as_bytes().to_vec(), literal.span));
    }
    for file in items("files") {
        let text = file.text();
        let (key, path) = match text.split_once('=') {
            Some((key, path)) if key.is_empty() || path.is_empty() || path.contains('=') => {
                return Err(refuse(file, "neither a file nor `key=file`".to_owned()));
            }
            Some(both) => both,
            None => (text.rsplit('/').next().unwrap_or(text), text),
        };
        let Some(bytes) = read(file, path, directory, world)? else {
            return Ok(None);
        };
        pairs.push((key.to_owned(), bytes, file.span));
    }
    Ok(Some(pairs))
}

fn read(at: &Value, path: &str, directory: &str, world: &World<'_>) -> Result<Option<Vec<u8>>, Refusal> {
    match world.bytes(&crate::files::path::join(directory, path), directory) {
        Found::There(bytes) => Ok(Some(bytes)),
        Found::OutOfView => Ok(None),
        Found::Missing
            if super::is_url(path) || world.is_made(&crate::files::path::join(directory, path)) =>
        {
            Ok(None)
        }
        Found::Missing => {
            let missing = Some(Lacking::file(path));
            Err(Refusal { at: at.span, message: format!("there is no file `{path}`"), missing })
        }
    }
}

/// Base64 in lines of 70 letters, as kustomize writes it.
fn encode(bytes: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    if text.len() < 70 {
        return text;
    }
    text.as_bytes().chunks(70).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect()
}

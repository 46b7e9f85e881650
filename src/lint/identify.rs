//! Whose finding it is: the object, the way to the field, and a fingerprint that survives edits elsewhere.

use std::fmt::Write;

use foldhash::{HashMap, HashMapExt};

use crate::document::Object;
use crate::files::Span;
use crate::finding::Finding;
use crate::project::Input;
use crate::run::ObjectRef;
use crate::yaml::{Node, Step};

/// What a finding is known by in another run.
pub struct Fingerprints {
    /// In the same file.
    pub placed: String,
    /// Wherever its object is.
    pub unplaced: String,
}

/// The finding's object as reports show it, and a text that findings at the same field share. `path` is the file's, seen
/// from the root of what is linted.
pub fn key(input: &Input<'_>, finding: &Finding, path: &str) -> (Option<ObjectRef>, String) {
    let object = input.object(finding.span);
    let document = input.document(finding.span).map(|read| read.document);
    let mut key = format!("{path}\0{}\0", finding.rule);
    match (object, document) {
        (Some(object), Some(document)) => {
            let namespace = object.namespace.unwrap_or("\u{1}");
            let _ = write!(key, "{}/{}/{namespace}/{}\0", object.group(), object.kind, object.name);
            let node = document.tree().and_then(|tree| Node::at_offset(tree, finding.span.start));
            if let Some(node) = node {
                field_path(node, object.node, &mut key);
            }
        }
        (None, Some(document)) => {
            let _ = write!(key, "#{}", document.index);
        }
        _ => {}
    }
    (object.map(reference), key)
}

/// For each key, which of the equal ones it is, counted from 1.
pub fn ordinals<'k>(keys: impl Iterator<Item = &'k str>) -> Vec<u32> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let next = |key| {
        let ordinal = seen.entry(key).or_insert(0);
        *ordinal += 1;
        *ordinal
    };
    keys.map(next).collect()
}

/// The fingerprints of the finding that is this one of those with this key.
pub fn prints(key: &str, ordinal: u32, path: &str) -> Fingerprints {
    let key = format!("{key}\0{ordinal}");
    let placed = fingerprint(&key);
    let unplaced = fingerprint(key.get(path.len()..).unwrap_or(&key));
    Fingerprints { placed, unplaced }
}

/// The fingerprints of a finding whose object cannot be told.
pub fn by_place(finding: &Finding, path: &str) -> Fingerprints {
    let Span { start, end, .. } = finding.span;
    let key = format!("\0{}\0{start}\0{end}\0{}", finding.rule, finding.message);
    Fingerprints { placed: fingerprint(&format!("{path}{key}")), unplaced: fingerprint(&key) }
}

fn reference(object: &Object<'_>) -> ObjectRef {
    let written = |field: &str| object.node.get(field).and_then(Node::str);
    ObjectRef {
        api_version: written("apiVersion").unwrap_or(object.api_version).to_owned(),
        kind: written("kind").unwrap_or(object.kind).to_owned(),
        namespace: object.namespace.map(str::to_owned),
        name: object.name.to_owned(),
    }
}

/// Writes the way from the object to the node. Items with a `name` are known by it, so that a container keeps
/// its fingerprint when another one is put in front of it.
fn field_path(node: Node<'_>, object: Node<'_>, out: &mut String) {
    for (step, reached) in node.way().into_iter().skip(object.depth()) {
        let _ = match step {
            Step::Key(key) => write!(out, ".{key}"),
            Step::Item(index) => match reached.get("name") {
                Some(name) => write!(out, "[{}]", name.text()),
                None => write!(out, "[{index}]"),
            },
        };
    }
}

/// FNV-1a over the text, 64 bits as hexadecimal digits: stable across platforms and versions.
fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

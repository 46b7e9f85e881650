//! What API servers of several versions publish of their types.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Fields of a type.
type Fields = BTreeSet<String>;

/// What one version has.
#[derive(Default)]
struct Version {
    minor: u32,
    types: BTreeMap<String, Fields>,
    kinds: BTreeSet<String>,
}

/// All versions, oldest first, and what the newest says of its fields.
pub struct Published {
    versions: Vec<Version>,
    notes: BTreeMap<String, String>,
}

impl Published {
    /// Reads a folder with one folder a version.
    pub fn read(folder: &Path) -> Self {
        let mut found: Vec<(u32, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            found.extend(
                name.strip_prefix("1.").and_then(|minor| minor.parse().ok()).map(|minor| (minor, path)),
            );
        }
        found.sort();
        let (mut versions, mut notes) = (Vec::new(), BTreeMap::new());
        for (minor, path) in found {
            let mut version = Version { minor, ..Version::default() };
            notes.clear();
            read(&path, &mut version, &mut notes);
            versions.push(version);
        }
        Published { versions, notes }
    }

    /// When a kind came, if the oldest version does not have it.
    pub fn kind(&self, api_version: &str, kind: &str) -> String {
        let name = format!("{api_version} {kind}");
        let first = self.versions.iter().position(|version| version.kinds.contains(&name));
        match first {
            Some(first) if first > 0 => format!(" @{}", self.versions[first].minor),
            _ => String::new(),
        }
    }

    /// When a field came, if its type is older; and what it may be.
    pub fn field(&self, ty: &str, field: &str) -> String {
        let mut note = String::new();
        let mut with = self.versions.iter().filter(|version| version.types.contains_key(ty));
        let has = |version: &&Version| version.types[ty].contains(field);
        if !with.next().is_none_or(|oldest| has(&oldest))
            && let Some(first) = with.find(has)
        {
            note = format!(" @{}", first.minor);
        }
        note + self.notes.get(&format!("{ty} {field}")).map_or("", String::as_str)
    }

    /// Lines for the fields that a type once had.
    pub fn gone(&self, ty: &str, fields: &[(&'static str, &'static str)]) -> String {
        let mut gone: BTreeMap<&str, u32> = BTreeMap::new();
        let with: Vec<&Version> =
            self.versions.iter().filter(|version| version.types.contains_key(ty)).collect();
        for pair in with.windows(2) {
            for field in pair[0].types[ty].difference(&pair[1].types[ty]) {
                gone.insert(field, pair[1].minor);
            }
        }
        gone.retain(|field, _| !fields.iter().any(|known| known.0 == *field));
        gone.iter().map(|(field, minor)| format!(" {field} * @-{minor}\n")).collect()
    }
}

fn read(folder: &Path, version: &mut Version, notes: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = || std::fs::read_to_string(&path).expect("readable");
        match path.extension().and_then(|end| end.to_str()) {
            _ if path.is_dir() => read(&path, version, notes),
            Some("json") => document(&serde_json::from_str(&text()).expect("JSON"), version, notes),
            Some("rs") => source(&path, &text(), version),
            _ => {}
        }
    }
}

/// The schemas of an OpenAPI document, or a bare map of them.
fn document(root: &Value, version: &mut Version, notes: &mut BTreeMap<String, String>) {
    let schemas = root.pointer("/components/schemas").unwrap_or(root).as_object().expect("schemas");
    for (name, schema) in schemas {
        let ty = table_name(&name.split('.').collect::<Vec<_>>());
        for one in schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let text = |key: &str| one[key].as_str().unwrap_or_default();
            let group = if text("group").is_empty() { String::new() } else { format!("{}/", text("group")) };
            version.kinds.insert(format!("{group}{} {}", text("version"), text("kind")));
        }
        let Some(fields) = schema["properties"].as_object() else { continue };
        for (field, schema) in fields {
            let note = describe(schema);
            if !note.is_empty() {
                notes.insert(format!("{ty} {field}"), note);
            }
        }
        version.types.entry(ty).or_default().extend(fields.keys().cloned());
    }
}

/// Words and keys of lists.
fn describe(schema: &Value) -> String {
    let list = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
    };
    let mut note = match schema["x-kubernetes-list-type"].as_str() {
        Some("map") => format!(" %{}", list(&schema["x-kubernetes-list-map-keys"]).join(",")),
        Some("set") => " %".to_owned(),
        _ => String::new(),
    };
    let words = list(&schema["enum"]);
    let words = if words.is_empty() { list(&schema["items"]["enum"]) } else { words };
    if !words.is_empty() {
        note += &format!(" ={}", words.join("|"));
    }
    note
}

/// A struct of `k8s-openapi`, by the way of its file and the names that its decoder knows.
fn source(path: &Path, text: &str, version: &mut Version) {
    let Some((_, after)) = text.split_once("pub struct ") else { return };
    let name = after.split([' ', '(', '{']).next().unwrap_or_default();
    let folders: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    let [.., group, of, _] = folders.as_slice() else { return };
    let fields: Fields = text
        .lines()
        .filter(|line| line.contains("=> Field::Key_"))
        .filter_map(|line| line.split('"').nth(1).map(str::to_owned))
        .collect();
    let literal = |before: &str| {
        let (_, after) = text.split_once(before)?;
        after.split('"').nth(1)
    };
    if let (Some(api_version), Some(kind)) =
        (literal("const API_VERSION: &'static str ="), literal("const KIND: &'static str ="))
    {
        version.kinds.insert(format!("{api_version} {kind}"));
    }
    version.types.insert(table_name(&[group, of, name]), fields);
}

fn table_name(parts: &[&str]) -> String {
    match parts {
        [.., group, version, name] => format!("{group}/{version}/{name}"),
        _ => parts.join("/"),
    }
}

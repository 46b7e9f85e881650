//! The generator of the benchmarks: same seed, same bytes; everything it writes is YAML or JSON.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use crate::support::corpus::{Layout, Stats, joins, write};
use serde::Deserialize as _;
use yaml_serde::Value;

const MEGABYTE: u64 = 1_000_000;

/// All files below `dir` by path.
fn read(dir: &Path, into: &mut BTreeMap<String, String>, root: &Path) {
    for entry in fs::read_dir(dir).expect("a directory that was just written") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, into, root);
        } else {
            let name = path.strip_prefix(root).expect("below the root").display().to_string();
            into.insert(name, fs::read_to_string(&path).expect("UTF-8"));
        }
    }
}

fn generate(layout: Layout, seed: u64) -> (Stats, BTreeMap<String, String>) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let stats = write(dir.path(), MEGABYTE, layout, seed).expect("a writable directory");
    let mut files = BTreeMap::new();
    read(dir.path(), &mut files, dir.path());
    (stats, files)
}

/// The documents of a file, and their objects with Lists taken apart.
fn parse(name: &str, text: &str) -> (u64, Vec<Value>) {
    let (mut documents, mut objects) = (0, Vec::new());
    for document in yaml_serde::Deserializer::from_str(text) {
        let value = Value::deserialize(document).unwrap_or_else(|error| panic!("{name}: {error}"));
        documents += 1;
        match value.get("items") {
            Some(Value::Sequence(items)) => objects.extend(items.iter().cloned()),
            _ => objects.push(value),
        }
    }
    (documents, objects)
}

fn identity(object: &Value) -> String {
    let text = |value: Option<&Value>| {
        value.and_then(Value::as_str).unwrap_or_else(|| panic!("no identity: {object:?}")).to_owned()
    };
    let meta = object.get("metadata");
    let of = |key: &str| text(meta.and_then(|meta| meta.get(key)));
    format!("{}/{}/{}", text(object.get("kind")), of("namespace"), of("name"))
}

#[test]
fn a_seed_decides_every_byte() {
    for layout in [Layout::Files, Layout::OneFile] {
        assert_eq!(generate(layout, 7), generate(layout, 7));
        assert_ne!(generate(layout, 7).1, generate(layout, 8).1);
    }
}

#[test]
fn the_size_is_what_was_asked_for() {
    for layout in [Layout::Files, Layout::OneFile] {
        for seed in 1..=3 {
            let (stats, files) = generate(layout, seed);
            let bytes: u64 = files.values().map(|text| text.len() as u64).sum();
            assert_eq!(stats.bytes, bytes);
            assert_eq!(stats.files, files.len() as u64);
            assert!(bytes.abs_diff(MEGABYTE) < MEGABYTE / 20, "{layout:?}: {bytes} bytes");
            if layout == Layout::Files {
                for (name, text) in &files {
                    assert!((800..=41_000).contains(&text.len()), "{name}: {} bytes", text.len());
                }
            }
        }
    }
}

#[test]
fn everything_parses_and_no_object_exists_twice() {
    for layout in [Layout::Files, Layout::OneFile] {
        let (stats, files) = generate(layout, 11);
        let (mut documents, mut seen) = (0, HashSet::new());
        for (name, text) in &files {
            let (count, objects) = parse(name, text);
            documents += count;
            if name.ends_with(".json") {
                serde_json::from_str::<serde_json::Value>(text).expect("JSON");
            }
            for object in &objects {
                assert!(seen.insert(identity(object)), "{name}: {} again", identity(object));
            }
        }
        assert_eq!(stats.documents, documents);
        assert_eq!(stats.objects, seen.len() as u64);
        let json = files.keys().any(|name| name.ends_with(".json"));
        assert_eq!(json, layout == Layout::Files);
    }
}

#[test]
fn the_mix_is_realistic() {
    let (stats, _) = generate(Layout::Files, 13);
    let share = |kind: &str| stats.kinds[kind] * 100 / stats.objects;
    assert!((30..=40).contains(&share("Deployment")), "{:?}", stats.kinds);
    assert!((20..=30).contains(&share("Service")), "{:?}", stats.kinds);
    let workloads = stats.kinds["Deployment"] + stats.kinds["StatefulSet"];
    let planted: u64 = stats.planted.values().sum();
    assert!(planted > 0 && planted * 100 < workloads * 6, "{:?}", stats.planted);
}

#[test]
fn joins_are_four_objects_each() {
    let (documents, objects) = parse("joins", &joins(25));
    let names: HashSet<String> = objects.iter().map(identity).collect();
    assert_eq!((documents, names.len()), (100, 100));
}

//! Evaluated kustomizations against what `kubectl kustomize` prints, compared as data.
//!
//! `fixtures/kustomize/*.txt` hold the cases, `shared/` the files that every case may list, and `*.json` what
//! kustomize made of them. With `WPLINT_BLESS=1` and kubectl at hand the answers are written anew; with kubectl at
//! hand they are compared with it. `WPLINT_KUSTOMIZE_REPOSITORIES=folder` compares every kustomization below a
//! folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value as Json;
use wplint::document;
use wplint::files::{FileId, SourceFile};
use wplint::kustomize::{Builder, Built, TroubleKind, Value, World};
use wplint::yaml;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

type Files = BTreeMap<String, String>;

/// Objects by who they are; `None` where kustomize refuses.
type Answer = Option<BTreeMap<String, Json>>;

fn fixtures() -> PathBuf {
    Path::new(ROOT).join("fixtures/kustomize")
}

/// The cases of a file: `=== name`, then `--- path` before every file.
fn cases(text: &str, shared: &Files) -> Vec<(String, Files)> {
    let mut cases: Vec<(String, Files)> = Vec::new();
    let mut path = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            cases.push((name.to_owned(), shared.clone()));
            path = "kustomization.yaml".to_owned();
        } else if let Some(name) = line.strip_prefix("--- ") {
            path = name.to_owned();
        } else if let Some((_, files)) = cases.last_mut() {
            let text = files.entry(path.clone()).or_default();
            text.push_str(line);
            text.push('\n');
        }
    }
    cases
}

fn shared() -> Files {
    let folder = fixtures().join("shared");
    let entries = std::fs::read_dir(&folder).expect("shared files");
    let read = |path: PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        (name, std::fs::read_to_string(&path).expect("readable"))
    };
    entries.map(|entry| read(entry.expect("an entry").path())).collect()
}

fn sources(files: &Files) -> Vec<Arc<SourceFile>> {
    let file = |(at, (path, text)): (usize, (&String, &String))| {
        Arc::new(SourceFile::new(FileId(at as u32), path.as_str(), text.as_str()))
    };
    files.iter().enumerate().map(file).collect()
}

fn identity(object: &Json) -> String {
    let text = |way: &[&str]| {
        way.iter()
            .try_fold(object, |value, key| value.get(key))
            .and_then(Json::as_str)
            .unwrap_or("")
            .to_owned()
    };
    let (namespace, name) = (text(&["metadata", "namespace"]), text(&["metadata", "name"]));
    format!("{}/{}/{namespace}/{name}", text(&["apiVersion"]), text(&["kind"]))
}

fn by_identity(objects: impl Iterator<Item = Json>) -> BTreeMap<String, Json> {
    objects.map(|object| (identity(&object), object)).collect()
}

fn build(files: &[Arc<SourceFile>], directory: &str, disk: bool) -> Built {
    let documents = document::load(files);
    let world = World::new(files, &documents, disk.then_some(Path::new("")));
    Builder::new(&world).build(directory)
}

fn objects(built: &Built) -> BTreeMap<String, Json> {
    by_identity(built.resources.iter().map(|resource| resource.root.to_json()))
}

fn ours(files: &Files) -> Answer {
    let built = build(&sources(files), "", false);
    built.is_faithful().then(|| objects(&built))
}

fn has_kubectl() -> bool {
    Command::new("kubectl").args(["version", "--client"]).output().is_ok_and(|output| output.status.success())
}

fn kubectl(folder: &Path) -> Answer {
    let mut command = Command::new("kubectl");
    // What is not on this disk is not fetched.
    command
        .arg("kustomize")
        .arg(folder)
        // Whether files outside of a kustomization's own directory may be read is up to who builds it.
        .args(["--load-restrictor", "LoadRestrictionsNone"])
        .env("GIT_ALLOW_PROTOCOL", "file")
        .env("HTTPS_PROXY", "http://127.0.0.1:9");
    let output = command.output().expect("kubectl runs");
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let source = Arc::new(SourceFile::new(FileId(0), "output.yaml", text));
    let pieces = yaml::split(&source.text);
    let trees = pieces.iter().map(|piece| yaml::parse(&source, piece).expect("kubectl prints YAML"));
    let trees: Vec<yaml::Tree> = trees.filter(|tree| !tree.is_empty()).collect();
    Some(by_identity(trees.iter().map(|tree| Value::read(tree.root()).to_json())))
}

fn theirs(files: &Files) -> Answer {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
    kubectl(folder.path())
}

/// Where two answers differ first, in a few words.
fn difference(own: &Answer, wanted: &Answer) -> Option<String> {
    let (own, wanted) = match (own, wanted) {
        (None, None) => return None,
        (Some(_), None) => return Some("kustomize refuses it".to_owned()),
        (None, Some(_)) => return Some("not evaluated".to_owned()),
        (Some(own), Some(wanted)) => (own, wanted),
    };
    for key in own.keys().chain(wanted.keys()) {
        match (own.get(key), wanted.get(key)) {
            (Some(_), None) => return Some(format!("{key} is too much")),
            (None, Some(_)) => return Some(format!("{key} is not there")),
            (Some(own), Some(wanted)) => {
                if let Some(found) = differs(own, wanted, key) {
                    return Some(found);
                }
            }
            (None, None) => {}
        }
    }
    None
}

fn differs(own: &Json, wanted: &Json, way: &str) -> Option<String> {
    match (own, wanted) {
        (Json::Object(one), Json::Object(other)) => {
            one.keys().chain(other.keys().filter(|key| !one.contains_key(*key))).find_map(|key| {
                let null = Json::Null;
                differs(
                    one.get(key).unwrap_or(&null),
                    other.get(key).unwrap_or(&null),
                    &format!("{way}.{key}"),
                )
            })
        }
        (Json::Array(one), Json::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs.into_iter().find_map(|(at, (one, other))| differs(one, other, &format!("{way}[{at}]")))
        }
        (Json::Number(one), Json::Number(other)) if one.as_f64() == other.as_f64() => None,
        _ if own == wanted => None,
        (Json::String(own), Json::String(wanted)) if unfolded(own) == unfolded(wanted) => {
            Some(format!("{way}: {FOLDED}"))
        }
        _ => Some(format!("{way}: {own:.200} instead of {wanted:.200}")),
    }
}

/// Where kustomize's answer was not printed as it was built: go-yaml adds a line to text in the folded style (`>`) in
/// front of every line that is indented further.
const FOLDED: &str = "folded text, changed by the printer";

/// A text without empty lines in front of indented ones.
fn unfolded(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let indented = |at: usize| {
        lines[at..].iter().find(|line| !line.is_empty()).is_some_and(|line| line.starts_with(' '))
    };
    let kept = (0..lines.len()).filter(|&at| !lines[at].is_empty() || !indented(at));
    kept.map(|at| lines[at]).collect::<Vec<_>>().join("\n")
}

fn topics() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(fixtures()).expect("fixtures");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "txt"));
    paths.sort();
    paths
}

#[test]
fn cases_are_built_as_kustomize_builds_them() {
    let shared = shared();
    let with_kubectl = has_kubectl();
    let bless = std::env::var_os("WPLINT_BLESS").is_some();
    if !with_kubectl {
        eprintln!("kubectl is not at hand: only the answers that are checked in are compared");
    }
    let (mut wrong, mut count) = (Vec::new(), 0);
    for topic in topics() {
        let text = std::fs::read_to_string(&topic).expect("readable");
        let answers = topic.with_extension("json");
        let known = std::fs::read_to_string(&answers).unwrap_or_else(|_| "{}".to_owned());
        let mut known: BTreeMap<String, Answer> = serde_json::from_str(&known).expect("answers");
        let all = cases(&text, &shared);
        if bless {
            known = all.iter().map(|(name, files)| (name.clone(), theirs(files))).collect();
            let lines: Vec<String> = known
                .iter()
                .map(|(name, answer)| {
                    format!("{}: {}", Json::from(name.as_str()), serde_json::to_string(answer).expect("JSON"))
                })
                .collect();
            std::fs::write(&answers, format!("{{\n{}\n}}\n", lines.join(",\n"))).expect("written");
        }
        for (name, files) in &all {
            count += 1;
            let Some(answer) = known.get(name) else {
                wrong.push(format!("{name}: no answer is checked in"));
                continue;
            };
            if let Some(found) = difference(&ours(files), answer) {
                wrong.push(format!("{name}: {found}"));
            }
            if with_kubectl
                && !bless
                && count % 10 == 0
                && let Some(found) = difference(answer, &theirs(files))
            {
                wrong.push(format!("{name}: the answer is old: {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 120, "only {count} cases");
}

/// Pieces of kustomizations that may stand beside each other.
const PIECES: &[&str] = &[
    "namePrefix: pre-",
    "nameSuffix: -suf",
    "namespace: elsewhere",
    "commonLabels: {team: red, app: all}",
    "labels: [{pairs: {zone: a}, includeTemplates: true}, {pairs: {b: c}}]",
    "commonAnnotations: {note: text}",
    "images: [{name: nginx, newTag: v7}, {name: postgres, newName: pg}]",
    "replicas: [{name: db, count: 5}]",
    "configMapGenerator: [{name: made, literals: [a=b]}]",
    "secretGenerator: [{name: secret, literals: [a=b], options: {disableNameSuffixHash: true}}]",
    "secretGenerator: [{name: hollow}]",
    "patches: [{target: {kind: StatefulSet}, patch: '[{\"op\": \"add\", \"path\": \"/metadata/labels\", \"value\": {\"x\": \"y\"}}]'}]",
    "patchesStrategicMerge: ['{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {ports: [{port: 5432, name: pg}, {port: 1, name: one}]}}']",
];

/// A base and an overlay with pieces chosen by a number.
fn generated(seed: u64, shared: &Files) -> Files {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut files = Files::new();
    let names: Vec<&String> = shared.keys().collect();
    let kept: Vec<&str> = names
        .iter()
        .filter(|name| **name == "service.yaml" || **name == "db.yaml" || next() % 2 == 0)
        .map(|name| name.as_str())
        .collect();
    for name in &kept {
        files.insert(format!("base/{name}"), shared[*name].clone());
    }
    for (path, resources) in [("base/", kept.join(", ")), ("", "base".to_owned())] {
        let mut text = format!("resources: [{resources}]\n");
        for piece in PIECES.iter().filter(|piece| !(path.is_empty() && piece.contains("Generator"))) {
            if next() % 3 == 0 {
                text.push_str(piece);
                text.push('\n');
            }
        }
        files.insert(format!("{path}kustomization.yaml"), text);
    }
    files
}

#[test]
fn generated_kustomizations_are_built_as_kustomize_builds_them() {
    if !has_kubectl() {
        eprintln!("kubectl is not at hand: nothing is compared");
        return;
    }
    let shared = shared();
    let seeds = std::env::var("WPLINT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(25);
    let wrong: Vec<String> = (1..=seeds)
        .filter_map(|seed| {
            let files = generated(seed, &shared);
            let found = difference(&ours(&files), &theirs(&files))?;
            Some(format!(
                "seed {seed}: {found}\n{}\n{}",
                files["kustomization.yaml"], files["base/kustomization.yaml"]
            ))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn repositories_are_built_as_kustomize_builds_them() {
    let Some(folder) = std::env::var_os("WPLINT_KUSTOMIZE_REPOSITORIES") else {
        eprintln!("WPLINT_KUSTOMIZE_REPOSITORIES names no folder");
        return;
    };
    let folder = PathBuf::from(folder);
    let settings = wplint::settings::Settings::default();
    let (mut equal, mut folded, mut total, mut refused, mut skipped) = (0, 0, 0, 0, 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut repositories: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    repositories.sort();
    for repository in repositories.iter().filter(|path| path.is_dir()) {
        let scan = wplint::files::scan::scan(std::slice::from_ref(repository), &settings.scan_options());
        let documents = document::load(&scan.files);
        let world = World::new(&scan.files, &documents, Some(Path::new("")));
        let mut builder = Builder::new(&world);
        let directories: Vec<&str> = world.kustomizations().map(|one| one.0).collect();
        let mut own = (0, 0);
        for directory in directories {
            if world
                .sheet(directory)
                .is_some_and(|root| root.get("kind").is_some_and(|kind| kind.text() == "Component"))
            {
                continue;
            }
            total += 1;
            own.1 += 1;
            let built = builder.build(directory);
            if !built.is_faithful() {
                skipped += 1;
                let reason = built.unseen.first().map(|one| one.what.clone());
                let empty = built.empty.then(|| "an empty kustomization".to_owned());
                let trouble = built.troubles.first().map(|one| format!("{:?}: {}", one.kind, one.message));
                let trouble = trouble.or(empty);
                *reasons.entry(reason.or(trouble).unwrap_or_default()).or_default() += 1;
                if built.unseen.is_empty()
                    && built
                        .troubles
                        .iter()
                        .all(|one| !matches!(one.kind, TroubleKind::Missing(_) | TroubleKind::Cycle))
                    && let Some(_) = kubectl(Path::new(directory))
                {
                    eprintln!("REFUSED BY US {directory}: {:?}", built.troubles.first());
                }
                continue;
            }
            match kubectl(Path::new(directory)) {
                None => {
                    refused += 1;
                    eprintln!("REFUSED BY KUBECTL {directory}");
                }
                wanted => match difference(&Some(objects(&built)), &wanted) {
                    None => {
                        equal += 1;
                        own.0 += 1;
                    }
                    Some(found) if found.ends_with(FOLDED) => folded += 1,
                    Some(found) => eprintln!("DIFFERENT {directory}: {found}"),
                },
            }
        }
        if own.1 > 0 {
            eprintln!("{}: {} of {}", repository.display(), own.0, own.1);
        }
    }
    eprintln!(
        "{equal} equal of {total}; {folded} but for folded text; {refused} refused by kubectl only; {skipped} not evaluated:"
    );
    reasons.iter().for_each(|(reason, count)| eprintln!("  {count} {reason}"));
}

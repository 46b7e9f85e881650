//! The fuzz targets on mutations of what ships with the project: a few seconds of what a fuzzer does for hours.
//! `WPLINT_CASES` makes it longer, and `WPLINT_SEED` makes it another search.

#[path = "../../fuzz/targets/mod.rs"]
mod targets;

use targets::{PLANTED, Random, mutate};

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn below(folder: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut open = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = open.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::path);
        for path in entries.iter().map(std::fs::DirEntry::path) {
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => open.push(path),
                Some("yaml" | "yml" | "json" | "md") => texts.extend(std::fs::read_to_string(path)),
                _ => {}
            }
        }
    }
    texts
}

/// Folders that are evaluated: a chart, and an overlay with a base, a component, copies and a secret.
const FOLDERS: &[&str] =
    &[include_str!("../../fuzz/seeds/files/chart"), include_str!("../../fuzz/seeds/files/overlay")];
const CONFIGURATION: &str = include_str!("../../fuzz/seeds/config/all.yaml");
const BASELINE: &str = include_str!("../../fuzz/seeds/baseline/known.json");

/// Fixtures, and the blocks of all rule pages.
fn manifests() -> Vec<String> {
    let mut texts = below("fixtures");
    for page in below("rules") {
        let blocks = page.split("```yaml").skip(1).filter_map(|block| block.split("```").next());
        texts.extend(blocks.filter_map(|block| Some(block.split_once('\n')?.1.to_owned())));
    }
    texts.retain(|text| text.len() < 8_000);
    assert!(texts.len() > 100, "{} texts", texts.len());
    texts
}

fn search(name: &str, cases: usize, corpus: &[String], target: fn(&str)) {
    let mut random = Random::new(number("WPLINT_SEED", 20_261_127) as u64);
    for case in 0..number("WPLINT_CASES", cases) {
        let text = mutate(&corpus[random.below(corpus.len())], &mut random);
        let failed = std::panic::catch_unwind(|| target(&text)).is_err();
        assert!(!failed, "{name}, case {case}:\n{text}");
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn readers_of_yaml_agree_on_mutations() {
    search("yaml", 3000, &manifests(), targets::yaml);
}

#[test]
fn mutated_files_are_linted_and_reported() {
    search("file", 120, &manifests(), targets::file);
}

#[test]
fn mutated_fixes_are_linted() {
    search("fixes", 80, &manifests(), targets::fixes);
}

#[test]
fn mutated_folders_are_linted_and_reported() {
    search("files", 60, &texts(FOLDERS), targets::files);
}

#[test]
fn mutated_configurations_are_refused_or_used() {
    search("config", 300, &texts(&[CONFIGURATION]), targets::config);
}

#[test]
fn mutated_baselines_are_refused_or_used() {
    search("baseline", 100, &texts(&[BASELINE]), targets::baseline);
}

#[test]
fn secrets_with_slips_are_not_shown() {
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\nstringData:\n  password: {PLANTED}\n  other: '{PLANTED}'\n"
    );
    let mut random = Random::new(number("WPLINT_SEED", 1) as u64);
    for case in 0..number("WPLINT_CASES", 300) {
        let text = mutate(&secret, &mut random);
        // Where nothing says any more that it is a Secret, nobody can know.
        if text.contains("kind: Secret\n") && text.contains("stringData:\n") {
            let failed = std::panic::catch_unwind(|| targets::file(&text)).is_err();
            assert!(!failed, "case {case}:\n{text}");
        }
    }
}

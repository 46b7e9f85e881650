//! What is tried on any text, and what has to hold. The fuzzer runs these functions for hours, and the tests of the
//! project run them for seconds on mutations of what ships with it.
#![allow(dead_code)] // Each fuzz target uses its own part.

mod mutate;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

pub use mutate::{Random, mutate};
use wplint::files::{FileId, SourceFile};
use wplint::fix::{self, Wanted};
use wplint::lint::lint_texts;
use wplint::report::{Format, Options};
use wplint::run::Run;
use wplint::settings::Settings;
use wplint::yaml;

/// A value that is planted where secrets stand, and that nobody may print.
pub const PLANTED: &str = "Zq7PlantedArdvark42";

/// A manifest with a finding.
const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}}\n";

/// Both readers of YAML: no panic, and one tree where both read.
pub fn yaml(text: &str) {
    let source = Arc::new(SourceFile::new(FileId(0), "a.yaml", text));
    for piece in yaml::split(text) {
        let (fast, slow) = (yaml::parse(&source, &piece), yaml::parse_slowly(&source, &piece));
        match (fast, slow) {
            (Ok(fast), Ok(slow)) => assert!(fast == slow, "two trees of {text:?}"),
            (Err(fast), Err(slow)) => assert_eq!(fast, slow, "{text:?}"),
            (fast, slow) => panic!("{:?} and {:?} of {text:?}", fast.err(), slow.err()),
        }
    }
}

/// One file, linted and reported.
pub fn file(text: &str) {
    linted(vec![("a.yaml".to_owned(), text.to_owned())], Turn::of(text));
}

/// Several files: each begins with a line `# file: path`.
pub fn files(text: &str) {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("# file: ") {
            Some(path) => files.push((path.trim().to_owned(), String::new())),
            None if files.is_empty() => files.push(("kustomization.yaml".to_owned(), line.to_owned())),
            None => files.last_mut().expect("one is there").1.push_str(line),
        }
    }
    files.sort();
    files.dedup_by(|one, other| one.0 == other.0);
    files.truncate(16);
    linted(files, Turn::of(text));
}

/// The fixes of a file, the unsafe ones too: what they write is linted like anything else, and a second look at the
/// same text finds the same fixes.
pub fn fixes(text: &str) {
    let settings = Settings::default();
    let lint = |text: &str| lint_texts(vec![("a.yaml".to_owned(), text.to_owned())], &settings);
    let run = lint(text);
    let fixed = fix::once(&run, Wanted::Unsafe, |_| true);
    assert_eq!(fixed, fix::once(&lint(text), Wanted::Unsafe, |_| true), "twice the same");
    fixed.values().for_each(|text| check(&lint(text), Turn::of(text)));
}

/// A file of known findings, which may be anything.
pub fn baseline(text: &str) {
    let settings = Settings::default();
    let mut run = lint_texts(vec![("a.yaml".to_owned(), SERVICE.to_owned())], &settings);
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder"));
    let path = folder.path().join(format!("known{:?}.json", std::thread::current().id()));
    std::fs::write(&path, text).expect("written");
    let found = run.findings.len();
    if let Err(message) = wplint::baseline::apply(&mut run, &path, &["a.yaml".into()], &settings) {
        assert!(!message.contains(PLANTED), "the baseline is quoted: {message}");
    }
    assert_eq!(run.findings.len(), found, "findings are hidden, not dropped");
    check(&run, Turn::of(text));
}

/// A configuration, and a manifest linted with it if it is one.
pub fn config(text: &str) {
    if let Ok(settings) = Settings::from_config(text) {
        check(&lint_texts(vec![("a.yaml".to_owned(), SERVICE.to_owned())], &settings), Turn::of(text));
    }
}

/// Mutates a text in a buffer, as libFuzzer wants it; returns its new size.
pub fn mutate_bytes(data: &mut [u8], size: usize, most: usize, seed: u64) -> usize {
    let text = String::from_utf8_lossy(&data[..size]).into_owned();
    let text = mutate(&text, &mut Random::new(seed));
    let size = text.len().min(most).min(data.len());
    data[..size].copy_from_slice(&text.as_bytes()[..size]);
    size
}

/// Writing all reports takes ten times as long as linting what they tell of: each text is written in a third of the formats,
/// and the same text always in the same ones.
#[derive(Clone, Copy)]
struct Turn(usize);

impl Turn {
    fn of(text: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Turn((hasher.finish() % 3) as usize)
    }

    fn formats(self) -> impl Iterator<Item = (&'static str, Format)> {
        Format::ALL.into_iter().enumerate().filter(move |(at, _)| at % 3 == self.0).map(|(_, format)| format)
    }
}

fn linted(files: Vec<(String, String)>, turn: Turn) {
    let settings = Settings::default();
    let run = lint_texts(files.clone(), &settings);
    check(&run, turn);
    if turn.formats().any(|(_, format)| format == Format::Json) {
        let again = lint_texts(files, &settings);
        let report = |run: &Run| written(run, Format::Json);
        assert_eq!(report(&run), report(&again), "twice the same");
    }
}

fn written(run: &Run, format: Format) -> String {
    let mut out = Vec::new();
    format.writer()(run, &Options::default(), &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("reports are UTF-8")
}

/// What holds for every run.
fn check(run: &Run, turn: Turn) {
    assert!(!run.internal_error, "a panic was caught: {:?}", run.findings);
    let mut fingerprints: Vec<&str> = run.findings.iter().map(|one| one.fingerprint.as_str()).collect();
    fingerprints.sort_unstable();
    let count = fingerprints.len();
    fingerprints.dedup();
    assert_eq!(count, fingerprints.len(), "fingerprints are unique");
    for one in &run.findings {
        let also = one.finding.also.iter().map(|label| label.span);
        for span in std::iter::once(one.finding.span).chain(also) {
            let file = &run.files[span.file.0 as usize];
            assert!(file.text.get(span.range()).is_some(), "{span:?} of {}", one.finding.rule);
            let place = file.place(span.start);
            let line = file.line_range(place.line as usize - 1);
            let before = file.text.get(line.start..span.start as usize).expect("a place is in its line");
            let marked = line.start == 0 && before.starts_with('\u{feff}');
            let columns = before.chars().count() - usize::from(marked);
            assert_eq!((place.column as usize, place.offset), (columns + 1, span.start), "{place:?}");
        }
    }
    for (name, format) in turn.formats() {
        let text = written(run, format);
        assert!(!text.contains(PLANTED), "{name} shows a secret");
        let control = |c: char| c.is_control() && c != '\n' && c != '\t';
        assert!(!text.contains(control), "{name} has control characters");
        if matches!(format, Format::Json | Format::Sarif | Format::Gitlab) {
            serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
        }
        if matches!(format, Format::Junit) {
            well_formed(&text);
        }
        for line in text.lines() {
            let ours = matches!(format, Format::Github) && line.starts_with("::");
            assert!(ours || !line.trim_start().starts_with("::"), "{name} has a command: {line}");
            assert!(!line.contains("##[") && !line.contains("##vso["), "{name} has a command: {line}");
        }
    }
}

/// What makes XML XML, as far as a report has it: elements that nest, and no sign that is not written out.
fn well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let entities = before.split('&').skip(1);
        for entity in entities {
            let name = entity.split_once(';').expect("an entity ends").0;
            assert!(name.starts_with('#') || ["amp", "lt", "gt", "quot", "apos"].contains(&name), "{name}");
        }
        let (tag, more) = after.split_once('>').expect("a tag ends");
        rest = more;
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.starts_with('?') || tag.ends_with('/') => {}
            None => open.push(tag.split_whitespace().next().expect("a tag has a name")),
        }
    }
    assert!(open.is_empty() && !rest.contains('&'), "{open:?}");
}

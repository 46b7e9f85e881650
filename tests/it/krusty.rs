//! kustomize's own tests as cases: with a checkout of kubernetes-sigs/kustomize in `WPLINT_KUSTOMIZE_SOURCE` the
//! files that its tests in `api/krusty` write are evaluated here, and compared with what they expect. Nothing of them
//! is kept; without a checkout the test says that it did nothing.
//!
//! A run is a case if it is of a directory of files that the test wrote as texts. It counts as refused if it expects an
//! error, as not evaluated if something of it is not followed here.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use wplint::document;
use wplint::files::{FileId, SourceFile};
use wplint::kustomize::{Builder, Value, World};
use wplint::yaml;

/// One run of a test.
struct Case {
    name: String,
    files: BTreeMap<String, String>,
    directory: String,
    /// `None`: an error.
    expected: Option<String>,
}

/// A token of Go, as far as calls of the harness need them.
#[derive(Debug, PartialEq)]
enum Token {
    Text(String),
    Name(String),
    Sign(char),
}

fn tokens(code: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut letters = code.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '`' => {
                let text: String = letters.by_ref().map(|one| one.1).take_while(|one| *one != '`').collect();
                found.push(Token::Text(text));
            }
            '"' => {
                let mut text = String::new();
                while let Some((_, one)) = letters.next() {
                    match one {
                        '"' => break,
                        '\\' => match letters.next() {
                            Some((_, 'n')) => text.push('\n'),
                            Some((_, 't')) => text.push('\t'),
                            Some((_, other)) => text.push(other),
                            None => break,
                        },
                        other => text.push(other),
                    }
                }
                found.push(Token::Text(text));
            }
            '/' if code[at..].starts_with("//") => while letters.next_if(|one| one.1 != '\n').is_some() {},
            one if one.is_alphanumeric() || one == '_' => {
                let mut name = String::from(one);
                while let Some((_, more)) = letters.next_if(|more| more.1.is_alphanumeric() || more.1 == '_')
                {
                    name.push(more);
                }
                found.push(Token::Name(name));
            }
            one if one.is_whitespace() => {}
            one => found.push(Token::Sign(one)),
        }
    }
    found
}

/// The arguments of a call whose bracket opens at `at`: texts, joined where `+` stands between; `None` for others.
fn arguments(tokens: &[Token], at: usize, named: &BTreeMap<String, String>) -> (Vec<Option<String>>, usize) {
    let (mut depth, mut next) = (0, at);
    let mut all: Vec<Option<String>> = Vec::new();
    let mut own: Option<String> = Some(String::new());
    let mut some = false;
    loop {
        match tokens.get(next) {
            Some(Token::Sign('(' | '{' | '[')) => {
                depth += 1;
                if depth > 1 {
                    own = None;
                }
            }
            Some(Token::Sign(')' | '}' | ']')) => {
                depth -= 1;
                if depth == 0 {
                    if some {
                        all.push(own);
                    }
                    return (all, next);
                }
            }
            Some(Token::Sign(',')) if depth == 1 => {
                all.push(own.replace(String::new()));
                some = false;
                next += 1;
                continue;
            }
            Some(Token::Sign('+')) if depth == 1 => {}
            Some(Token::Text(text)) if depth == 1 => {
                if let Some(own) = &mut own {
                    own.push_str(text);
                }
                some = true;
            }
            Some(Token::Name(name)) if depth == 1 && named.contains_key(name) => {
                if let Some(own) = &mut own {
                    own.push_str(&named[name]);
                }
                some = true;
            }
            Some(_) => {
                own = None;
                some = true;
            }
            None => return (all, next),
        }
        next += 1;
    }
}

/// The functions of a file by name, each with its text.
fn functions(code: &str) -> impl Iterator<Item = (String, &str)> {
    code.split("\nfunc ").skip(1).map(|body| (body.split('(').next().unwrap_or_default().to_owned(), body))
}

/// Functions that write files for several tests.
type Helpers = BTreeMap<String, String>;

/// What a test wrote, and what it asked for so far.
#[derive(Default)]
struct Script {
    files: BTreeMap<String, String>,
    runs: Vec<Run>,
}

/// One run: the files there were, the directory, and what was expected, if it was said.
struct Run {
    files: BTreeMap<String, String>,
    directory: String,
    /// `Some(None)`: an error.
    expected: Option<Option<String>>,
}

/// Texts that have a name: `const name = …` and `name := …`.
fn named(tokens: &[Token], known: &mut BTreeMap<String, String>) {
    for (at, token) in tokens.iter().enumerate() {
        let Token::Name(name) = token else { continue };
        let mut next = at + 1;
        if tokens.get(next) == Some(&Token::Sign(':')) {
            next += 1;
        }
        if tokens.get(next) != Some(&Token::Sign('=')) {
            continue;
        }
        let mut text = String::new();
        let mut some = false;
        loop {
            next += 1;
            match tokens.get(next) {
                Some(Token::Text(part)) => text.push_str(part),
                Some(Token::Name(other)) if known.contains_key(other) => text.push_str(&known[other]),
                _ => break,
            }
            some = true;
            next += 1;
            if tokens.get(next) != Some(&Token::Sign('+')) {
                break;
            }
        }
        if some {
            known.insert(name.clone(), text);
        }
    }
}

impl Script {
    /// Follows the calls of a function; `None` where one is not understood.
    fn follow(
        &mut self,
        body: &str,
        helpers: &Helpers,
        texts: &BTreeMap<String, String>,
        depth: usize,
    ) -> Option<()> {
        // Tables of cases and other options are another language.
        let strange = [
            "range ",
            "t.Run(",
            "LoadRestrictions",
            "PluginConfig",
            "exec:",
            "starlark",
            "WriteLegacyConfigs",
        ];
        if depth > 3 || strange.iter().any(|word| body.contains(word)) {
            return None;
        }
        let tokens = tokens(body);
        let mut texts = texts.clone();
        named(&tokens, &mut texts);
        // The name of the function itself comes first.
        for (at, token) in tokens.iter().enumerate().skip(1) {
            let Token::Name(call) = token else { continue };
            if tokens.get(at + 1) != Some(&Token::Sign('(')) {
                continue;
            }
            let (arguments, _) = arguments(&tokens, at + 1, &texts);
            let text = |at: usize| arguments.get(at).cloned().flatten();
            match call.as_str() {
                "WriteK" | "WriteC" => {
                    let (version, kind) = if call == "WriteK" {
                        ("v1beta1", "Kustomization")
                    } else {
                        ("v1alpha1", "Component")
                    };
                    let head = format!("apiVersion: kustomize.config.k8s.io/{version}\nkind: {kind}\n");
                    self.files.insert(format!("{}/kustomization.yaml", text(0)?), head + &text(1)?);
                }
                "WriteF" => drop(self.files.insert(text(0)?, text(1)?)),
                "Run" | "RunWithErr" => {
                    let expected = (call == "RunWithErr").then_some(None);
                    self.runs.push(Run { files: self.files.clone(), directory: text(0)?, expected });
                }
                "AssertActualEqualsExpected" => {
                    if let Some(run) = self.runs.last_mut() {
                        run.expected = Some(Some(text(1)?));
                    }
                }
                "AssertActualEqualsExpectedWithTweak" | "AssertActualEqualsExpectedNoIdAnnotations" => {
                    return None;
                }
                _ => {
                    if let Some(helper) = helpers.get(call) {
                        let mut texts = texts.clone();
                        let header = helper.split(')').next().unwrap_or_default();
                        let names = header.split(['(', ',']).skip(1);
                        for (name, text) in names.zip(&arguments) {
                            let name = name.split_whitespace().next().unwrap_or_default();
                            texts.extend(text.clone().map(|text| (name.to_owned(), text)));
                        }
                        self.follow(helper, helpers, &texts, depth + 1)?;
                    }
                }
            }
        }
        Some(())
    }
}

fn cases(name: &str, body: &str, helpers: &Helpers, texts: &BTreeMap<String, String>) -> Vec<Case> {
    let mut script = Script::default();
    let whole = script.follow(body, helpers, texts, 0).is_some();
    let rooted = |path: &str| {
        let path = wplint::files::path::join("", path.trim_start_matches('/'));
        if path == "." { String::new() } else { path }
    };
    let case = |(at, run): (usize, Run)| {
        let files = run.files.into_iter().map(|(path, text)| (rooted(&path), text)).collect();
        let name = if at == 0 { name.to_owned() } else { format!("{name} ({})", at + 1) };
        Some(Case { name, files, directory: rooted(&run.directory), expected: run.expected? })
    };
    let runs = if whole { script.runs } else { Vec::new() };
    runs.into_iter().enumerate().filter_map(case).filter(|case| !case.files.is_empty()).collect()
}

fn objects(text: &str) -> Vec<Json> {
    let source = Arc::new(SourceFile::new(FileId(0), "expected.yaml", text));
    let pieces = yaml::split(&source.text);
    let trees = pieces.iter().filter_map(|piece| yaml::parse(&source, piece).ok());
    trees.filter(|tree| !tree.is_empty()).map(|tree| Value::read(tree.root()).to_json()).collect()
}

/// What became of a case, and why where that is not plain.
fn verdict(case: &Case) -> (&'static str, String) {
    let file = |(at, (path, text)): (usize, (&String, &String))| {
        Arc::new(SourceFile::new(FileId(at as u32), path.as_str(), text.as_str()))
    };
    let files: Vec<Arc<SourceFile>> = case.files.iter().enumerate().map(file).collect();
    let documents = document::load(&files);
    let world = World::new(&files, &documents, None);
    let built = Builder::new(&world).build(&case.directory);
    let sorted = |mut all: Vec<Json>| {
        all.sort_by_key(Json::to_string);
        all
    };
    let outside = built.troubles.iter().any(|one| one.kind == wplint::kustomize::TroubleKind::Outside);
    let why: Vec<String> = (built.unseen.iter().map(|one| one.what.clone()))
        .chain(built.troubles.iter().map(|one| one.message.clone()))
        .collect();
    let verdict = match (&case.expected, built.is_faithful() && !outside) {
        (None, false) => "refused",
        (None, true) => "taken, though it is refused",
        (Some(_), false) => "not evaluated",
        (Some(text), true) => {
            let own = sorted(built.resources.iter().map(|one| one.root.to_json()).collect());
            if own == sorted(objects(text)) { "equal" } else { "different" }
        }
    };
    (verdict, why.join("; "))
}

#[test]
fn kustomizes_own_tests_come_to_the_same() {
    let Ok(folder) = std::env::var("WPLINT_KUSTOMIZE_SOURCE") else {
        eprintln!("skipped: WPLINT_KUSTOMIZE_SOURCE names no checkout of kustomize");
        return;
    };
    let folder = Path::new(&folder).join("api/krusty");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("a checkout")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths.retain(|path| path.to_string_lossy().ends_with("_test.go"));
    let codes: Vec<String> =
        paths.iter().map(|path| std::fs::read_to_string(path).expect("readable")).collect();
    let all = || codes.iter().flat_map(|code| functions(code));
    let helpers: Helpers =
        all().filter(|one| !one.0.starts_with("Test")).map(|(name, body)| (name, body.to_owned())).collect();
    let mut table: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, code) in paths.iter().zip(&codes) {
        let tests = functions(code).filter(|one| one.0.starts_with("Test"));
        let mut texts = BTreeMap::new();
        code.split("\nfunc ").for_each(|part| {
            let head = if part.contains("\n}\n") { part.split("\n}\n").last().unwrap_or("") } else { part };
            named(&tokens(head), &mut texts);
        });
        for case in tests.flat_map(|(name, body)| cases(&name, body, &helpers, &texts)) {
            let file = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let (verdict, why) = verdict(&case);
            table.entry(verdict).or_default().push(format!("{file}: {} {why}", case.name));
        }
    }
    for (verdict, names) in &table {
        println!("{verdict}: {}", names.len());
        if !matches!(*verdict, "equal" | "refused") {
            names.iter().for_each(|name| println!("  {name}"));
        }
    }
    let count = |verdict: &str| table.get(verdict).map_or(0, Vec::len);
    assert!(count("equal") > 0, "no case was understood");
    assert!(count("different") <= 4, "{:#?}", table.get("different"));
}

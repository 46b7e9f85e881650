//! The fixtures of other tools: where each keeps them, and what each says of them.

use std::path::{Path, PathBuf};

/// A fixture: a file or a folder, and whether the check accuses it.
pub(super) struct Fixture {
    /// The check's name or number.
    pub(super) check: String,
    /// The file or folder.
    pub(super) path: PathBuf,
    /// Whether the check reports something.
    pub(super) accused: bool,
}

impl Fixture {
    /// What differences call it.
    pub(super) fn name(&self) -> String {
        name(&self.path)
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The YAML files of a fixture.
pub(super) fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_dir() {
        entries(path).iter().flat_map(|one| files(one)).collect()
    } else {
        vec![path.to_owned()]
    }
}

/// All fixtures of a tool below a folder with its checkout.
pub(super) fn of(tool: &str, home: &Path) -> Vec<Fixture> {
    match tool {
        "kube-linter" => kube_linter(home),
        "kube-score" => kube_score(home),
        "polaris" => polaris(home),
        "checkov" => checkov(home).into_iter().chain(checkov_graphs(home)).collect(),
        _ => Vec::new(),
    }
}

fn polaris(home: &Path) -> Vec<Fixture> {
    let mut found = Vec::new();
    for folder in entries(&home.join("polaris/test/checks")) {
        for path in entries(&folder) {
            let accused = name(&path).starts_with("failure");
            if accused || name(&path).starts_with("success") {
                found.push(Fixture { check: name(&folder), path, accused });
            }
        }
    }
    found
}

fn kube_linter(home: &Path) -> Vec<Fixture> {
    let all = entries(&home.join("kube-linter/tests/checks"));
    let check = |file: &Path| name(file).split('.').next().unwrap_or("").to_owned();
    all.into_iter().map(|path| Fixture { check: check(&path), path, accused: true }).collect()
}

/// The first number of a check in a text.
fn number(text: &str) -> Option<&str> {
    let text = &text[text.find("CKV")?..];
    text.split(|one: char| !one.is_ascii_alphanumeric() && one != '_').next()
}

fn verdict(path: &Path) -> Option<bool> {
    let words = name(path).to_ascii_lowercase();
    let (failed, passed) = (words.contains("fail"), words.contains("pass"));
    (failed != passed).then_some(failed)
}

fn checkov(home: &Path) -> Vec<Fixture> {
    let mut found = Vec::new();
    for folder in entries(&home.join("checkov/tests/kubernetes/checks")) {
        let Some(module) = name(&folder).strip_prefix("example_").map(str::to_owned) else { continue };
        let source = home.join(format!("checkov/checkov/kubernetes/checks/resource/k8s/{module}.py"));
        let source = std::fs::read_to_string(source).unwrap_or_default();
        let Some(check) = number(source.split("id =").nth(1).unwrap_or(&source)) else { continue };
        for path in entries(&folder).into_iter().filter(|path| path.is_file()) {
            if let Some(accused) = verdict(&path) {
                found.push(Fixture { check: check.to_owned(), path, accused });
            }
        }
    }
    found
}

/// Checks that look at several objects: folders such as `Failing/2` and `Passing1`.
fn checkov_graphs(home: &Path) -> Vec<Fixture> {
    let mut found = Vec::new();
    for folder in entries(&home.join("checkov/tests/kubernetes/graph/checks/resources")) {
        let source =
            home.join(format!("checkov/checkov/kubernetes/checks/graph_checks/{}.yaml", name(&folder)));
        let source = std::fs::read_to_string(source).unwrap_or_default();
        let Some(check) = number(&source) else { continue };
        for path in entries(&folder).into_iter().filter(|path| path.is_dir()) {
            let Some(accused) = verdict(&path) else { continue };
            let numbered: Vec<PathBuf> = entries(&path).into_iter().filter(|one| one.is_dir()).collect();
            let all = if numbered.is_empty() { vec![path] } else { numbered };
            found.extend(all.into_iter().map(|path| Fixture { check: check.to_owned(), path, accused }));
        }
    }
    found
}

/// Calls such as `testExpectedScore(t, "file.yaml", "Name of the Check", scorecard.GradeAllOK)`.
fn kube_score(home: &Path) -> Vec<Fixture> {
    let mut found = Vec::new();
    let sources = entries(&home.join("kube-score/score"));
    for source in sources.iter().filter(|path| name(path).ends_with("_test.go")) {
        for line in std::fs::read_to_string(source).unwrap_or_default().lines() {
            let Some(call) = line.trim().strip_prefix("testExpectedScore(t, \"") else { continue };
            let parts: Vec<&str> = call.split('"').collect();
            let [file, _, check, grade, ..] = parts[..] else { continue };
            let check = check.to_ascii_lowercase().replace(' ', "-");
            let path = home.join("kube-score/score/testdata").join(file);
            found.push(Fixture { check, path, accused: !grade.contains("AllOK") });
        }
    }
    found
}

//! What a project's own file settles: baseline, exit status, reports, the revision, and what it extends.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const BAD: &str = "apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 1, maxUnavailable: 1, selector: {matchLabels: {app: web}}}
";

fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wplint")).args(arguments).current_dir(folder).output().expect("it runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_file_settles_what_the_command_line_would() {
    let config = "failOn: never\nformat: [concise, json=report.json]\nselect: [pdb-invalid]\n";
    let folder = tree(&[("a.yaml", BAD), (".wplint.yaml", config)]);
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("a.yaml:4:"), "{}", said(&output));
    assert!(fs::read_to_string(folder.path().join("report.json")).expect("it").contains("pdb-invalid"));
    // A second time, with the report there: it is no input. The command line wins.
    let output = run(folder.path(), &["--fail-on", "error", "--format", "pretty", "-v"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("wplint explain pdb-invalid"), "{}", said(&output));

    let wrong = "failOn: worst\nformat: [concise, pretty, xml]\n";
    fs::write(folder.path().join(".wplint.yaml"), wrong).expect("a file");
    let text = said(&run(folder.path(), &[]));
    assert!(text.contains("error, warning, info, never") && text.contains(".wplint.yaml:1:9"), "{text}");
    fs::write(folder.path().join(".wplint.yaml"), &wrong[14..]).expect("a file");
    let text = said(&run(folder.path(), &[]));
    assert!(text.contains("only one report") && text.contains("the formats are"), "{text}");
}

#[test]
fn the_baseline_is_found_from_the_folder_of_the_file() {
    let config = "baseline: known/baseline.json\nselect: [pdb-invalid]\n";
    let folder = tree(&[("deep/a.yaml", BAD), (".wplint.yaml", config), ("known/x", "")]);
    let output = run(folder.path(), &["--write-baseline", "known/baseline.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let output = run(&folder.path().join("deep"), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("1 in the baseline"), "{}", said(&output));
}

#[test]
fn a_file_extends_another() {
    let base = "select: [pdb-invalid]\nfailOn: never\nexclude: [\"vendor/**\"]\n\
                overrides: [{paths: [\"nowhere/**\"], ignore: [pdb-invalid], reason: shared}]\n";
    let own = "extends: ../.wplint.yaml\nfailOn: error\noverrides: [{paths: [\"b.yaml\"], ignore: [pdb-invalid]}]\n";
    let files = [
        (".wplint.yaml", base),
        ("app/.wplint.yaml", own),
        ("app/a.yaml", BAD),
        ("app/b.yaml", BAD),
        ("app/vendor/c.yaml", &BAD.replace("name: web", "name: other")),
    ];
    let folder = tree(&files);
    let output = run(&folder.path().join("app"), &["--format", "concise"]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("a.yaml:4:") && !text.contains("b.yaml"), "{text}");
    // Globs are relative to their own file, so the one there means another folder.
    assert!(text.contains("vendor/c.yaml"), "{text}");
    let shown = said(&run(&folder.path().join("app"), &["--show-config"]));
    assert!(shown.contains("failOn: error # .wplint.yaml:2"), "{shown}");
    assert!(shown.contains("# /") || shown.contains("../"), "{shown}");

    let circle = tree(&[(".wplint.yaml", "extends: .wplint.yaml\n"), ("a.yaml", BAD)]);
    let text = said(&run(circle.path(), &[]));
    assert!(text.contains("extend each other"), "{text}");
    let nothing = tree(&[(".wplint.yaml", "extends: nothing.yaml\n"), ("a.yaml", BAD)]);
    let text = said(&run(nothing.path(), &[]));
    assert!(text.contains("there is no file `nothing.yaml`") && text.contains(".wplint.yaml:1:10"), "{text}");
}

#[test]
fn a_wrong_name_is_said() {
    let folder = tree(&[(".wplint.yml", "failOn: never\n"), ("a.yaml", BAD)]);
    let text = said(&run(folder.path(), &[]));
    assert!(text.contains(".wplint.yml is not read: the configuration is called .wplint.yaml"), "{text}");
    assert!(!said(&run(folder.path(), &["--quiet"])).contains("is not read"));
    fs::write(folder.path().join(".wplint.yaml"), "").expect("a file");
    assert!(!said(&run(folder.path(), &[])).contains("is not read"));
}

#[test]
fn a_file_below_counts_for_its_folder() {
    let other = BAD.replace("name: web", "name: other");
    let files = [
        (".wplint.yaml", "select: [pdb-invalid]\nfailOn: never\n".to_owned()),
        ("a.yaml", BAD.to_owned()),
        // Silent here, and only here.
        ("quiet/.wplint.yaml", "ignore: [pdb-invalid]\nfailOn: error\n".to_owned()),
        ("quiet/b.yaml", BAD.replace("name: web", "name: b")),
        // Louder here, and silent for one object.
        (
            "loud/.wplint.yaml",
            "severity: {pdb-invalid: info}\noverrides: [{object: {name: other}, ignore: [ha]}]\n".to_owned(),
        ),
        ("loud/c.yaml", BAD.replace("name: web", "name: c")),
        ("loud/d.yaml", other.clone()),
        // The file nearest to a finding counts, over those above.
        ("quiet/again/.wplint.yaml", "select: [pdb-invalid]\nexclude: [out]\n".to_owned()),
        ("quiet/again/e.yaml", BAD.replace("name: web", "name: e")),
        ("quiet/again/out/f.yaml", BAD.replace("name: web", "name: f")),
        ("else/other.yaml", other.replace("namespace: shop", "namespace: else")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let folder = tree(&files);
    let of = |path: &str| {
        let output = run(folder.path(), &["--format", "concise", "--quiet", path]);
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let mut lines: Vec<String> =
            text.lines().filter_map(|line| Some(line.split_once("] ")?.0.to_owned())).collect();
        lines.sort();
        lines
    };
    let all = of(".");
    assert_eq!(
        all,
        [
            "a.yaml:4:41: error[pdb-invalid",
            "else/other.yaml:4:41: error[pdb-invalid",
            "loud/c.yaml:4:41: info[pdb-invalid",
            "quiet/again/e.yaml:4:41: error[pdb-invalid",
        ],
        "{all:#?}"
    );
    // A folder says the same alone.
    for below in ["quiet", "loud", "quiet/again", "else"] {
        let start = format!("{below}/");
        let inside: Vec<String> = all.iter().filter(|line| line.starts_with(&start)).cloned().collect();
        assert_eq!(of(below), inside, "{below}");
    }
    let said = said(&run(folder.path(), &["-v"]));
    assert!(said.contains("quiet/.wplint.yaml:2: `failOn` holds for a whole run"), "{said}");
    // A mistake in one of them is one of the run.
    fs::write(folder.path().join("loud/.wplint.yaml"), "severty: {}\n").expect("a file");
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(self::said(&output).contains("did you mean `severity`?"), "{}", self::said(&output));
    assert_eq!(run(folder.path(), &["--no-config", "--fail-on", "never"]).status.code(), Some(0));
}

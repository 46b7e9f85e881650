//! What other programs read: the same findings and status in every format, and nothing in a manifest breaks out.
//!
//! Two tests use the readers of others: a JSON Schema validator with the published schema of SARIF, a SARIF
//! reader and a JUnit reader. Where those cannot be had, the tests say so and pass.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const FORMATS: [&str; 9] =
    ["pretty", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"];

/// Every kind of odd text in names and values, as YAML escapes; also two plain findings of other severities.
const ODD: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: "we\nb::error file=x::100%]]><!--&\"'\u202E\u2066\u0007\x1b[2J\u200B", namespace: "s%0Ah,op"}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: "c]]>::\n%", image: nginx}]
      affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: plain, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: plain}}
  template:
    metadata: {labels: {app: plain}}
    spec:
      containers: [{name: app, image: nginx}]
      affinity:
        podAffinity: # wplint: ignore[affinity-packs-replicas] ]]> 100% ::error::
          requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: plain}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: known, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: known}}
  template:
    metadata: {labels: {app: known}}
    spec:
      containers: [{name: app, image: nginx}]
      # 😀
      affinity: {"x😀": {}, podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: known}}}]}}
"#;

struct Tree {
    folder: TempDir,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Tree {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(".git")).expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        Tree { folder }
    }

    fn odd() -> Tree {
        Tree::new(&[("deploy 100%/a,b:c.yaml", ODD)])
    }

    fn run(&self, folder: &str, args: &[&str]) -> Output {
        wplint(&self.folder.path().join(folder), args)
    }

    fn text(&self, args: &[&str]) -> String {
        String::from_utf8(self.run("", args).stdout).expect("UTF-8")
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.text(args)).expect("JSON")
    }
}

fn wplint(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).output().expect("it runs")
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("{pointer} in {value}"))
}

/// `rule line` of every finding, as each format tells it.
fn findings(format: &str, text: &str) -> Vec<String> {
    let json = || serde_json::from_str::<Value>(text).expect("JSON");
    let word = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut found: Vec<String> = match format {
        "json" => list(&json(), "/findings")
            .iter()
            .map(|one| format!("{} {}", word(&one["rule"]), one["location"]["start"]["line"]))
            .collect(),
        "sarif" => list(&json(), "/runs/0/results")
            .iter()
            .filter(|one| one.get("suppressions").is_none())
            .map(|one| {
                let line = one.pointer("/locations/0/physicalLocation/region/startLine").expect("a line");
                format!("{} {line}", word(&one["ruleId"]))
            })
            .collect(),
        "gitlab" => list(&json(), "")
            .iter()
            .map(|one| format!("{} {}", word(&one["check_name"]), one["location"]["lines"]["begin"]))
            .collect(),
        "github" => text
            .lines()
            .map(|line| {
                let (properties, _) = line[2..].split_once("::").expect("two halves");
                let value = |key: &str| {
                    properties
                        .split(&[' ', ','][..])
                        .find_map(|part| part.strip_prefix(key))
                        .expect("a property")
                };
                format!("{} {}", value("title="), value("line="))
            })
            .collect(),
        "concise" => text
            .lines()
            .map(|line| {
                let (place, rest) = line.split_once(": ").expect("a place");
                let line = place.rsplit(':').nth(1).expect("a line");
                let rule = rest.split(&['[', ']'][..]).nth(1).expect("a rule");
                format!("{rule} {line}")
            })
            .collect(),
        "junit" => text
            .lines()
            .filter_map(|line| line.split_once(" name=\"").filter(|_| line.contains("<testcase")))
            .filter_map(|(_, name)| {
                let name = name.trim_end_matches("\">");
                Some(format!("{} {}", name.split(' ').next()?, name.rsplit(':').nth(1)?))
            })
            .collect(),
        "html" => text
            .split("<article ")
            .skip(1)
            .map(|article| {
                let after = |start: &str, end: char| {
                    let rest = article.split_once(start).expect("there").1;
                    rest.split(end).next().expect("an end").to_owned()
                };
                let place = after("<figcaption>", '<');
                format!("{} {}", after("data-rule=\"", '"'), place.rsplit(':').nth(1).expect("a line"))
            })
            .collect(),
        // As many findings as the table counts; the list below may be shorter.
        "markdown" => text
            .lines()
            .filter_map(|line| line.strip_prefix("| [`"))
            .flat_map(|row| {
                let (rule, rest) = row.split_once('`').expect("a rule");
                let numbers =
                    rest.split('|').skip(1).take(3).filter_map(|cell| cell.trim().parse::<usize>().ok());
                vec![rule.to_owned(); numbers.sum()]
            })
            .collect(),
        "pretty" => Vec::new(),
        other => panic!("{other}"),
    };
    found.sort();
    found
}

#[test]
fn every_format_tells_the_same() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let odd = Tree::odd();
    for (folder, path) in [(fixtures.as_path(), "wordpress"), (&fixtures, "yaml"), (odd.folder.path(), ".")] {
        for level in ["error", "warning", "info", "never"] {
            let status = |format: &str| {
                let args = ["--select", "all", "--fail-on", level, "--format", format, path];
                wplint(folder, &args).status.code()
            };
            let expected = status("json");
            assert_ne!(expected, Some(2), "{path}");
            for format in FORMATS {
                assert_eq!(status(format), expected, "{format} of {path} with {level}");
            }
        }
        let text = |format: &str| {
            let ran = wplint(folder, &["--select", "all", "--format", format, path]);
            String::from_utf8(ran.stdout).expect("UTF-8")
        };
        let expected = findings("json", &text("json"));
        assert!(!expected.is_empty());
        let rules: Vec<&str> = expected.iter().map(|one| one.split(' ').next().expect("a rule")).collect();
        assert_eq!(findings("markdown", &text("markdown")), rules, "{path}");
        for format in FORMATS.iter().filter(|format| !["pretty", "markdown"].contains(format)) {
            assert_eq!(findings(format, &text(format)), expected, "{format} of {path}");
        }
        let ran = wplint(folder, &["--select", "all", "-v", path]);
        let pretty = String::from_utf8(ran.stdout).expect("UTF-8");
        let heads = ["error[", "warning[", "info["];
        let count = pretty.lines().filter(|line| heads.iter().any(|head| line.starts_with(head))).count();
        assert_eq!(count, expected.len(), "{pretty}");
    }
}

#[test]
fn nothing_breaks_out() {
    let tree = Tree::odd();
    for format in FORMATS {
        let text = tree.text(&["--select", "all", "--format", format]);
        assert!(text.contains("affinity-packs-replicas"), "{format}: {text}");
        for c in text.chars() {
            let hides = ('\u{200b}'..='\u{200f}').contains(&c) || ('\u{202a}'..='\u{202e}').contains(&c);
            let turns = ('\u{2066}'..='\u{2069}').contains(&c);
            assert!((c == '\n' || !c.is_control()) && !hides && !turns, "{c:?} in {format}");
        }
    }
    let commands = tree.text(&["--select", "all", "--format", "github"]);
    for line in commands.lines() {
        let kinds = ["::error ", "::warning ", "::notice "];
        assert!(kinds.iter().any(|kind| line.starts_with(kind)), "{line}");
        let (properties, data) = line[2..].split_once("::").expect("a command and its text");
        assert!(properties.contains("file=deploy 100%25/a%2Cb%3Ac.yaml,line="), "{line}");
        let percents = data.match_indices('%').filter(|(at, _)| !data[*at..].starts_with("%25")).count();
        assert_eq!(percents, 0, "an unescaped percent sign: {line}");
    }
    let xml = tree.text(&["--select", "all", "--format", "junit"]);
    assert!(!xml.contains("]]>") && !xml.contains("<!--"), "{xml}");
    let json = tree.json(&["--select", "affinity-packs-replicas", "--format", "json"]);
    let name = "we\nb::error file=x::100%]]><!--&\"'\u{202e}\u{2066}\u{7}\u{1b}[2J\u{200b}";
    assert_eq!(json["findings"][0]["object"]["name"], name, "JSON escapes and loses nothing");
}

#[test]
fn sarif_says_where_and_what() {
    let tree = Tree::odd();
    let select = ["--select", "affinity-packs-replicas,single-replica"];
    let args = [&select[..], &["--write-baseline", "known.json"]].concat();
    assert_eq!(tree.run("", &args).status.code(), Some(0));
    // Forget all but the one called `known`.
    let path = tree.folder.path().join("known.json");
    let text = std::fs::read_to_string(&path).expect("a file");
    let mut baseline: Value = serde_json::from_str(&text).expect("JSON");
    baseline["entries"]
        .as_array_mut()
        .expect("a list")
        .retain(|one| one["object"] == "Deployment shop/known");
    std::fs::write(&path, baseline.to_string()).expect("a file");

    let ran = tree
        .run("deploy 100%", &[&select[..], &["--baseline", "../known.json", "--format", "sarif"]].concat());
    let report: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    assert_eq!(list(&report, "/runs").len(), 1);
    let rules = list(&report, "/runs/0/tool/driver/rules");
    let mut ids: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    ids.dedup();
    assert_eq!(ids.len(), rules.len(), "rules are unique");
    let help = rules[0]["help"]["text"].as_str().expect("help");
    let markdown = rules[0]["help"]["markdown"].as_str().expect("help");
    for text in [help, markdown] {
        assert!(
            text.contains("podAffinity:") && !text.contains("#~") && !text.contains("yaml fires"),
            "{text}"
        );
    }
    let page = rules[0]["helpUri"].as_str().expect("an address");
    assert!(page.ends_with("/docs/rules/affinity-packs-replicas.md"), "{page}");

    let results = list(&report, "/runs/0/results");
    assert_eq!(results.len(), 3, "what is silenced is there, too: {results:?}");
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(result["ruleId"], rules[index]["id"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "deploy%20100%25/a%2Cb%3Ac.yaml", "from the root");
        assert!(result["partialFingerprints"]["wplint/v1"].is_string());
        assert!(!list(result, "/relatedLocations").is_empty(), "the other half of the problem");
    }
    assert!(results[0].get("suppressions").is_none());
    assert_eq!(results[1]["suppressions"][0]["kind"], "inSource");
    assert_eq!(results[1]["suppressions"][0]["justification"], "]]> 100% ::error::");
    assert_eq!(results[2]["suppressions"][0]["kind"], "external");
    assert_eq!(results[2]["baselineState"], "unchanged");
    // `      affinity: {"x😀": {}, podAffinity`: the face is two UTF-16 units, one character and four bytes.
    let region = &results[2]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(report["runs"][0]["columnKind"], "utf16CodeUnits");
    assert_eq!((region["startColumn"].as_u64(), region["endColumn"].as_u64()), (Some(29), Some(40)));
    let json = tree.json(&["--select", "affinity-packs-replicas", "--format", "json"]);
    assert_eq!(json["findings"][1]["location"]["start"]["column"], 28, "a character is one column");
}

#[test]
fn several_at_once_are_the_same_as_one_by_one() {
    let tree = Tree::odd();
    let files = FORMATS.map(|format| format!("--format={format}=out.{format}.json"));
    let mut args: Vec<&str> = files.iter().map(String::as_str).collect();
    args.push("--color=never");
    assert_eq!(tree.run("", &args).status.code(), Some(1));
    for format in FORMATS {
        // Reports of the last run lie in the tree: the ones that are written again are no input.
        let path = tree.folder.path().join(format!("out.{format}.json"));
        let first = std::fs::read_to_string(&path).expect("a report");
        assert_eq!(tree.run("", &args).status.code(), Some(1));
        assert_eq!(std::fs::read_to_string(&path).expect("a report"), first, "{format}");
    }
    for format in FORMATS {
        let path = tree.folder.path().join(format!("out.{format}.json"));
        std::fs::rename(&path, path.with_extension("txt")).expect("a report");
    }
    for format in FORMATS {
        let report = std::fs::read_to_string(tree.folder.path().join(format!("out.{format}.txt")));
        assert_eq!(tree.text(&["--color=never", "--format", format]), report.expect("a report"), "{format}");
    }
}

/// Reads the three reports of a folder with the programs of others.
fn read_by_others(folder: &Path, path: &str) {
    let readers = match readers() {
        Ok(readers) => readers,
        Err(why) => return eprintln!("skipped: the readers of reports are not here: {why}"),
    };
    let out = tempfile::tempdir().expect("a folder");
    let file = |name: &str| out.path().join(name);
    let targets =
        ["sarif", "gitlab", "junit"].map(|name| format!("--format={name}={}", file(name).display()));
    let mut args: Vec<&str> = targets.iter().map(String::as_str).collect();
    args.extend(["--format", "json", "--select", "all", path]);
    let ran = wplint(folder, &args);
    assert_ne!(ran.status.code(), Some(2), "{}", String::from_utf8_lossy(&ran.stderr));
    let json: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let expected = list(&json, "/findings").len();

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/readers.py");
    let mut command = Command::new(readers.0.join("python"));
    command.arg(script).arg(&readers.1).args(["sarif", "gitlab", "junit"].map(file));
    let counts = crate::support::python::succeed(&mut command).unwrap_or_else(|why| panic!("{path}: {why}"));
    let counts: Value = serde_json::from_str(&counts).expect("JSON");
    for format in ["sarif", "gitlab", "junit"] {
        assert_eq!(counts[format], expected, "{format} of {path}");
    }
}

#[test]
fn the_programs_of_others_read_the_fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    read_by_others(root, "fixtures");
}

#[test]
fn the_programs_of_others_read_odd_text() {
    read_by_others(Tree::odd().folder.path(), ".");
}

#[test]
fn the_programs_of_others_read_empty_reports() {
    let tree = Tree::new(&[("ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")]);
    read_by_others(tree.folder.path(), ".");
}

/// The directory of a Python with the readers, and the published schema of SARIF.
fn readers() -> Result<(PathBuf, PathBuf), String> {
    static READERS: std::sync::OnceLock<Result<(PathBuf, PathBuf), String>> = std::sync::OnceLock::new();
    let install = || {
        let packages = ["jsonschema", "junitparser", "sarif-tools"];
        let works = ["-c", "import jsonschema, junitparser; from sarif import loader"];
        Ok((crate::support::python::environment("formats-venv", &packages, &works)?, schema()?))
    };
    READERS.get_or_init(install).clone()
}

/// The schema as OASIS publishes it, from the sources of a crate that is generated from it.
fn schema() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sarif-schema");
    std::fs::create_dir_all(folder.join("src")).map_err(|error| error.to_string())?;
    let manifest = "[package]\nname = \"sarif-schema\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
                    [dependencies]\nserde-sarif = \"=0.8.0\"\n\n[workspace]\n";
    std::fs::write(folder.join("Cargo.toml"), manifest).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("src/lib.rs"), "").map_err(|error| error.to_string())?;
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version", "1"]).current_dir(&folder).env("CARGO_NET_RETRY", "1");
    let text = crate::support::python::succeed(&mut command)?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let package = list(&metadata, "/packages").iter().find(|package| package["name"] == "serde-sarif");
    let path = package.and_then(|package| package["manifest_path"].as_str()).ok_or("no such package")?;
    let path = Path::new(path).with_file_name("src").join("schema.json");
    path.is_file().then_some(path).ok_or_else(|| "the crate has no schema any more".to_owned())
}

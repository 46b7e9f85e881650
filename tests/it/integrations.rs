//! The ready-made integrations: their files are what the platforms expect, and their commands really run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use yaml_serde::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const WPLINT: &str = env!("CARGO_BIN_EXE_wplint");
const BAD: &str = "apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 1, maxUnavailable: 1, selector: {matchLabels: {app: web}}}
";

fn yaml(path: &str) -> Value {
    let text = fs::read_to_string(Path::new(ROOT).join(path)).expect("a file");
    yaml_serde::from_str(&text).expect("YAML")
}

fn tree() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("my app")).expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    fs::write(folder.path().join("my app/pdb.yaml"), BAD).expect("a file");
    folder
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether there is a bash; where there is none the tests say so and pass.
fn bash() -> bool {
    let there = Command::new("bash").arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: there is no bash here");
    }
    there
}

/// Runs the steps of the action as the platform does: a script, its environment, and a file for outputs.
fn action(folder: &Path, inputs: &[(&str, &str)]) -> (Option<i32>, String, BTreeMap<String, String>) {
    let action = yaml("action.yml");
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (name, input) in action["inputs"].as_mapping().expect("inputs") {
        let default = input["default"].as_str().expect("every input has a default");
        values.insert(format!("inputs.{}", name.as_str().expect("a name")), default.to_owned());
    }
    for (name, value) in inputs {
        assert!(values.insert(format!("inputs.{name}"), (*value).to_owned()).is_some(), "input `{name}`");
    }
    values.insert("github.action_path".to_owned(), ROOT.to_owned());
    values.insert("runner.temp".to_owned(), folder.join("none").display().to_string());
    let (mut status, mut said, mut outputs) = (Some(0), String::new(), BTreeMap::new());
    for step in action["runs"]["steps"].as_sequence().expect("steps") {
        let script = step["run"].as_str().expect("a script");
        assert!(!script.contains("${{"), "what is typed by others is never part of a script");
        let file = folder.join(".git/output");
        fs::write(&file, "").expect("a file");
        // As `shell: bash` is run.
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(folder);
        command.env("GITHUB_OUTPUT", &file);
        for (name, value) in step["env"].as_mapping().expect("an environment") {
            let mut value = value.as_str().expect("a text").to_owned();
            for (name, content) in &values {
                value = value.replace(&format!("${{{{ {name} }}}}"), content);
            }
            assert!(!value.contains("${{"), "{value}");
            command.env(name.as_str().expect("a name"), value);
        }
        let output = command.output().expect("bash runs");
        said += &text(&output);
        let id = step["id"].as_str().expect("an id");
        for line in fs::read_to_string(&file).expect("a file").lines() {
            let (name, value) = line.split_once('=').expect("name=value");
            values.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            outputs.insert(name.to_owned(), value.to_owned());
        }
        status = output.status.code();
        if status != Some(0) {
            break;
        }
    }
    (status, said, outputs)
}

#[test]
fn the_action_lints() {
    if !bash() {
        return;
    }
    let folder = tree();
    let binary = ("binary", WPLINT);
    let (status, said, outputs) = action(folder.path(), &[binary]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("::error file=my app/pdb.yaml,line=4,"), "{said}");
    assert_eq!(outputs["status"], "1");
    assert!(!outputs.contains_key("sarif-file"));

    let sarif = ("sarif-file", "my report.sarif");
    let inputs = [binary, ("paths", "my app\n"), ("args", "--fail-on never --exclude x/**"), sarif];
    let (status, said, outputs) = action(folder.path(), &inputs);
    assert_eq!((status, outputs["sarif-file"].as_str()), (Some(0), "my report.sarif"), "{said}");
    assert!(fs::read_to_string(folder.path().join("my report.sarif")).expect("it").contains("pdb-invalid"));

    let (status, said, _) = action(folder.path(), &[binary, ("paths", "$(touch made); nowhere")]);
    assert_eq!(status, Some(2), "{said}");
    assert!(!folder.path().join("made").exists(), "a path is never a command");
}

#[test]
fn the_gitlab_job_lints() {
    if !bash() {
        return;
    }
    let folder = tree();
    let job = &yaml("ci/gitlab.yml")["wplint"];
    let mut path = std::ffi::OsString::from(Path::new(WPLINT).parent().expect("a folder"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let lines = ["before_script", "script"].map(|key| job[key].as_sequence().expect("lines").iter());
    let script: Vec<&str> = lines.into_iter().flatten().map(|line| line.as_str().expect("a line")).collect();
    let mut command = Command::new("bash");
    command.args(["-eo", "pipefail", "-c", &script.join("\n")]).current_dir(folder.path()).env("PATH", path);
    for (name, value) in job["variables"].as_mapping().expect("variables") {
        command.env(name.as_str().expect("a name"), value.as_str().expect("a value"));
    }
    let output = command.output().expect("bash runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("my app/pdb.yaml:4:"), "{}", text(&output));
    for (_, report) in job["artifacts"]["reports"].as_mapping().expect("reports") {
        let path = folder.path().join(report.as_str().expect("a path"));
        assert!(fs::read_to_string(path).expect("the report").contains("pdb-invalid"));
    }
}

/// Fenced YAML blocks of the documentation that begin with the name of the file they are for.
fn published(name: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/ci.md")).expect("a page");
    let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```\n").next());
    blocks.filter(|block| block.starts_with(&format!("# {name}\n"))).map(str::to_owned).collect()
}

#[test]
fn the_platforms_accept_the_files() {
    let works = ["-c", "import check_jsonschema"];
    let programs =
        match crate::support::python::environment("check-jsonschema-venv", &["check-jsonschema"], &works) {
            Ok(programs) => programs,
            Err(why) => return eprintln!("skipped: check-jsonschema is not here: {why}"),
        };
    let folder = tempfile::tempdir().expect("a folder");
    let check = |schema: &str, path: PathBuf| {
        let mut command = Command::new(programs.join("check-jsonschema"));
        command.args(["--builtin-schema", schema]).arg(&path);
        crate::support::python::succeed(&mut command)
            .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    };
    check("vendor.github-actions", Path::new(ROOT).join("action.yml"));
    check("vendor.gitlab-ci", Path::new(ROOT).join("ci/gitlab.yml"));
    for (name, schema) in
        [(".github/workflows/wplint.yml", "vendor.github-workflows"), (".gitlab-ci.yml", "vendor.gitlab-ci")]
    {
        let blocks = published(name);
        assert!(!blocks.is_empty(), "docs/ci.md has no {name}");
        for (at, block) in blocks.iter().enumerate() {
            let path = folder.path().join(format!("{at}.yml"));
            fs::write(&path, block).expect("a file");
            check(schema, path);
        }
    }
}

#[test]
#[ignore = "builds an image, which takes minutes and a container engine"]
fn the_image_lints() {
    let docker = |args: &[&str]| Command::new("docker").args(args).current_dir(ROOT).output();
    if !docker(&["info"]).is_ok_and(|output| output.status.success()) {
        return eprintln!("skipped: there is no container engine here");
    }
    let built = docker(&["build", "--quiet", "--tag", "wplint-test", "."]).expect("docker runs");
    assert!(built.status.success(), "{}", text(&built));
    let mount = format!("{ROOT}/fixtures/wordpress/v2:/work:ro");
    let ran = docker(&["run", "--rm", "--volume", &mount, "wplint-test"]).expect("docker runs");
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran));
}

#[test]
fn completions_and_the_manual_page_name_every_option() {
    let run = |args: &[&str]| {
        let output = Command::new(WPLINT).args(args).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let help = run(&["--help"]);
    let words = help.split_whitespace().filter(|word| word.starts_with("--"));
    let options: Vec<&str> =
        words.map(|word| word.trim_end_matches(|c: char| !c.is_ascii_lowercase())).collect();
    assert!(options.len() > 20, "{options:?}");
    let manual = run(&["man"]).replace("\\-", "-");
    assert!(manual.contains(".TH wplint 1") && manual.contains("explain"), "{manual}");
    let shells = ["bash", "zsh", "fish", "powershell", "elvish"].map(|shell| run(&["completions", shell]));
    for option in options.iter().filter(|option| **option != "--fail-on.") {
        let name = option.split('=').next().expect("a name");
        assert!(manual.contains(name), "{name} in the manual page");
        for script in &shells {
            assert!(script.contains(name.trim_start_matches('-')), "{name} in {}", &script[..80]);
        }
    }
}

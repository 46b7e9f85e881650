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
    values.insert("runner.temp".to_owned(), folder.join(".git/temp").display().to_string());
    values.insert("runner.tool_cache".to_owned(), folder.join(".git/cache").display().to_string());
    for (name, value) in [("server_url", served(folder)), ("action_repository", "wplint".to_owned())] {
        values.insert(format!("github.{name}"), value);
    }
    values.insert("github.action_ref".to_owned(), format!("v{}", env!("CARGO_PKG_VERSION")));
    let (mut status, mut said, mut outputs) = (Some(0), String::new(), BTreeMap::new());
    for step in action["runs"]["steps"].as_sequence().expect("steps") {
        let script = step["run"].as_str().expect("a script");
        assert!(!script.contains("${{"), "what is typed by others is never part of a script");
        let file = folder.join(".git/output");
        fs::write(&file, "").expect("a file");
        // As `shell: bash` is run.
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(folder);
        command.env("GITHUB_OUTPUT", &file).env("GITHUB_STEP_SUMMARY", folder.join(".git/summary"));
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

/// Where the action finds releases: a folder beside the tree, as an address.
fn served(folder: &Path) -> String {
    format!("file://{}", folder.join(".git/served").display())
}

/// Puts a release with this program into the folder that is served, as the release workflow makes it.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn release(folder: &Path, program: &str) {
    let name = concat!("wplint-v", env!("CARGO_PKG_VERSION"), "-x86_64-unknown-linux-musl");
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    let at = folder.join(".git/served/wplint/releases/download").join(version);
    fs::create_dir_all(at.join(name)).expect("a folder");
    fs::write(at.join(name).join("wplint"), program).expect("a file");
    let script =
        format!("chmod +x {name}/wplint && tar -czf {name}.tar.gz {name} && sha256sum *.tar.gz > SHA256SUMS");
    let output = Command::new("sh").args(["-c", &script]).current_dir(&at).output().expect("sh runs");
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn the_action_downloads_the_release_of_its_tag() {
    if !bash() || Command::new("curl").arg("--version").output().is_err() {
        return eprintln!("skipped: bash and curl are needed");
    }
    let folder = tree();
    let program = format!("#!/bin/sh\nexec '{WPLINT}' \"$@\"\n");
    release(folder.path(), &program);
    let (status, said, _) = action(folder.path(), &[]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("wplint: downloaded wplint-v") && said.contains("pdb-invalid"), "{said}");
    // The next job of the same machine.
    fs::remove_dir_all(folder.path().join(".git/served")).expect("a folder");
    let (status, said, _) = action(folder.path(), &[]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("is there already") && said.contains("pdb-invalid"), "{said}");

    // An archive that is not the one of the list is not run, and nothing else is run in its place.
    let folder = tree();
    release(folder.path(), &program);
    let sums = concat!(".git/served/wplint/releases/download/v", env!("CARGO_PKG_VERSION"), "/SHA256SUMS");
    let sums = folder.path().join(sums);
    let wrong = fs::read_to_string(&sums).expect("sums").replace(|c: char| c.is_ascii_digit(), "0");
    fs::write(&sums, wrong).expect("a file");
    let (status, said, _) = action(folder.path(), &[]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("the checksum of") && !said.contains("pdb-invalid"), "{said}");
}

#[test]
#[cfg(unix)]
fn without_a_release_the_action_builds() {
    use std::os::unix::fs::PermissionsExt;
    if !bash() {
        return;
    }
    // Cargo is played by a script: building takes minutes, and that it builds is tested elsewhere.
    let folder = tree();
    let programs = folder.path().join(".git/programs");
    fs::create_dir(&programs).expect("a folder");
    let cargo = "#!/bin/bash\nwhile [ $# -gt 0 ]; do [ $1 = --root ] && root=$2; shift; done\n\
                 mkdir -p \"$root/bin\" && echo 'exit 7' > \"$root/bin/wplint\" && chmod +x \"$root/bin/wplint\"\n";
    fs::write(programs.join("cargo"), cargo).expect("a file");
    fs::set_permissions(programs.join("cargo"), PermissionsExt::from_mode(0o755)).expect("a mode");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    for reference in ["main", concat!("v", env!("CARGO_PKG_VERSION"))] {
        let root = folder.path().join(".git").join(reference);
        let mut command = Command::new("bash");
        command.arg(Path::new(ROOT).join("ci/install.sh")).arg(ROOT).arg(&root).env("PATH", &path);
        command.env("REF", reference).env("RELEASES", served(folder.path())).env_remove("CACHE");
        let output = command.output().expect("bash runs");
        assert!(output.status.success(), "{}", text(&output));
        let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert_eq!(Path::new(&printed), root.join("bin/wplint"));
        assert!(text(&output).contains("building"), "{}", text(&output));
    }
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

/// Every fenced block of the page with its language.
fn snippets(page: &str) -> Vec<(&str, &str)> {
    let mut parts = page.split("\n```");
    parts.next();
    // Blocks and the text between them alternate.
    parts.step_by(2).map(|part| part.split_once('\n').expect("a language and a block")).collect()
}

/// Whether the program takes these words: it reads them and the configuration, and stops there.
fn accepted(command: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let script = command.replacen("wplint", "\"$WPLINT\" --show-config=.", 1);
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).env("WPLINT", WPLINT).current_dir(folder.path());
    let output = bash.output().expect("bash runs");
    assert!(output.status.success(), "{command}: {}", text(&output));
}

#[test]
fn every_snippet_of_the_page_is_tried() {
    if !bash() {
        return;
    }
    let page = fs::read_to_string(Path::new(ROOT).join("docs/ci.md")).expect("a page");
    let parses = |script: &str| {
        let output = Command::new("bash").args(["-n", "-c", script]).output().expect("bash runs");
        assert!(output.status.success(), "{script}: {}", text(&output));
    };
    let snippets = snippets(&page);
    assert!(snippets.len() > 8, "{snippets:?}");
    for (language, block) in snippets {
        match language {
            // What wplint is called with there is tried by `docs.rs`.
            "sh" => parses(block),
            // What is printed; `since.rs` has the same words.
            "text" => assert!(block.contains("this change adds"), "{block}"),
            "groovy" => {
                let lines =
                    block.lines().filter_map(|line| line.trim().strip_prefix("sh '")?.strip_suffix('\''));
                let lines: Vec<&str> = lines.collect();
                assert!(!lines.is_empty(), "{block}");
                lines.iter().for_each(|line| parses(line));
                for line in lines.iter().filter_map(|line| line.strip_prefix(".venv/bin/")) {
                    accepted(line);
                }
                for (open, close) in [('{', '}'), ('(', ')')] {
                    assert_eq!(block.matches(open).count(), block.matches(close).count(), "{block}");
                }
            }
            "yaml" if block.starts_with("repos:") => {
                let programs = match crate::pre_commit::install() {
                    Ok(programs) => programs,
                    Err(why) => {
                        eprintln!("skipped: pre-commit is not here: {why}");
                        continue;
                    }
                };
                let file = tempfile::NamedTempFile::new().expect("a file");
                fs::write(file.path(), block).expect("a file");
                let mut command = Command::new(programs.join("pre-commit"));
                let output = command.arg("validate-config").arg(file.path()).output().expect("it runs");
                assert!(output.status.success(), "{block}: {}", text(&output));
                let value: Value = yaml_serde::from_str(block).expect("YAML");
                for hook in value["repos"][0]["hooks"].as_sequence().expect("hooks") {
                    let args = hook["args"].as_sequence().into_iter().flatten();
                    let args: Vec<&str> = args.map(|arg| arg.as_str().expect("a text")).collect();
                    accepted(&format!("wplint {}", args.join(" ")));
                }
            }
            "yaml" => {
                let name = block.lines().next().unwrap_or("").trim_start_matches("# ");
                assert!(PLATFORMS.iter().any(|(known, _)| *known == name), "nobody checks {block}");
                let value: Value = yaml_serde::from_str(block).expect("YAML");
                for line in value["wplint"]["script"].as_sequence().into_iter().flatten() {
                    accepted(line.as_str().expect("a line"));
                }
            }
            other => panic!("nobody tries a block of `{other}`"),
        }
    }
}

/// Files of platforms that the page shows, with their schemas.
const PLATFORMS: [(&str, &str); 2] =
    [(".github/workflows/wplint.yml", "vendor.github-workflows"), (".gitlab-ci.yml", "vendor.gitlab-ci")];

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
    for name in ["ci", "docs", "fuzz", "release"] {
        check("vendor.github-workflows", Path::new(ROOT).join(format!(".github/workflows/{name}.yml")));
    }
    check("vendor.dependabot", Path::new(ROOT).join(".github/dependabot.yml"));
    for (name, schema) in PLATFORMS {
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

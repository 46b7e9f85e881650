//! What somebody who wants to hurt wplint, or a slip, once did to it: each entry stays a test.

use wplint::lint::lint_texts;
use wplint::run::Run;
use wplint::settings::Settings;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n";

fn lint(files: &[(&str, &str)]) -> Run {
    let texts = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    lint_texts(texts, &Settings::default())
}

fn rules(run: &Run) -> Vec<&'static str> {
    run.findings.iter().map(|one| one.finding.rule.name()).collect()
}

/// A mark above the first separator is a document of its own, which has no node.
#[test]
fn a_mark_in_a_document_of_comments() {
    let marks = [
        "# wplint: ignore[single-replica] x",
        "# wplint: ignore-object[single-replica] x",
        "# wplint: ignore-object[all]",
        "#wplint:",
        "# wplint: ignore",
        "\u{feff}# wplint: ignore[nothing]",
    ];
    for mark in marks {
        for text in
            [mark.to_owned(), format!("{mark}\n---\n{SERVICE}"), format!("{SERVICE}---\n{mark}\n---\n")]
        {
            let run = lint(&[("a.yaml", &text)]);
            assert!(!run.internal_error, "{text:?}: {:?}", rules(&run));
            assert_eq!(run.counts.objects, usize::from(text.contains("Service")), "{text:?}");
        }
    }
    let run = lint(&[("a.yaml", &format!("# wplint: ignore[single-replica] x\n---\n{SERVICE}"))]);
    assert!(rules(&run).contains(&"suppression-unused"), "{:?}", rules(&run));
}

/// Files joined on Windows have a byte-order mark where each of them began.
#[test]
fn a_byte_order_mark_at_the_start_of_a_later_document() {
    let run = lint(&[("a.yaml", &format!("{SERVICE}---\n\u{feff}{}", SERVICE.replace("web", "db")))]);
    assert_eq!(run.counts.objects, 2);
    assert!(!rules(&run).contains(&"missing-field"), "{:?}", rules(&run));
    let comment = format!("---\n# c\n\u{feff}{SERVICE}");
    assert_eq!(lint(&[("a.yaml", &comment)]).counts.objects, 1);
}

const CONFIG_MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {x: y}\ndata: {a: b}\n";

/// What a run says of these files, which has to be over soon.
fn said(files: &[(String, String)]) -> String {
    let start = std::time::Instant::now();
    let run = lint_texts(files.to_vec(), &Settings::default());
    assert!(!run.internal_error, "{:?}", rules(&run));
    // Generous: the machine may be busy, and without a limit it would not end today.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    let lines = run.findings.iter().map(|one| format!("{}: {}\n", one.finding.rule, one.finding.message));
    lines.collect()
}

fn file(path: impl Into<String>, text: impl Into<String>) -> (String, String) {
    (path.into(), text.into())
}

/// Every level includes both of the level below: 2^30 ways to the bottom.
fn diamond(field: &str, head: &str, bottom: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for side in ["a", "b"] {
        files.push(file(format!("{side}0/kustomization.yaml"), format!("{head}{bottom}\n")));
        for level in 1..30 {
            let below = level - 1;
            let text = format!("{head}{field}: [../a{below}, ../b{below}]\n");
            files.push(file(format!("{side}{level}/kustomization.yaml"), text));
        }
    }
    files.push(file("top/kustomization.yaml", format!("{field}: [../a29, ../b29]\n")));
    files
}

#[test]
fn diamonds_of_bases_and_components_end() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
    assert!(said(&diamond("resources", "", "resources: [missing.yaml]")).contains("missing.yaml"));
    let remote = said(&diamond("resources", "", "resources: ['https://example.com/x']"));
    assert!(remote.contains("a remote resource"), "{remote}");
    let components = said(&diamond("components", component, "commonLabels: {a: b}"));
    assert!(components.contains("more than wplint evaluates"), "{components}");
}

#[test]
fn copies_of_copies_end_in_a_finding() {
    let replacement = |line: usize| {
        format!(
            "- source: {{kind: ConfigMap, name: a, fieldPath: metadata.annotations}}\n  targets: [{{select: {{kind: ConfigMap}}, fieldPaths: [metadata.annotations.k{line}], options: {{create: true}}}}]\n"
        )
    };
    let variables = |line: usize| {
        format!(
            "- {{name: V{line}, objref: {{apiVersion: v1, kind: ConfigMap, name: a}}, fieldref: {{fieldpath: data.long}}}}\n"
        )
    };
    let uses: String = (0..40).map(|line| format!("$(V{line})")).collect::<String>().repeat(100);
    let doubled = |_: usize| {
        "- source: {kind: ConfigMap, name: a, fieldPath: data.a}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a], options: {delimiter: '/', index: -1}}]\n".to_owned()
    };
    let copy = |line: usize| {
        format!("    - {{op: copy, from: /metadata/annotations, path: /metadata/annotations/k{line}}}\n")
    };
    let long =
        format!("{CONFIG_MAP}  long: {}\n", "x".repeat(20_000)).replace("data: {a: b}", "data:\n  a: b");
    let lines = |one: &dyn Fn(usize) -> String| (0..40).map(one).collect::<String>();
    let deep = format!(
        "    - {{op: add, path: /spec, value: {}{}}}\n",
        "{a: ".repeat(60),
        "1".to_owned() + &"}".repeat(60)
    );
    let deeper: String = (0..6)
        .map(|at| format!("    - {{op: copy, from: /spec, path: /spec{}}}\n", "/a".repeat(59 << at)))
        .collect();
    let patch =
        |operations: String| format!("patches:\n- target: {{kind: ConfigMap}}\n  patch: |-\n{operations}");
    for kustomization in [
        format!("replacements:\n{}", lines(&replacement)),
        format!("replacements:\n{}", lines(&doubled)),
        format!(
            "replacements:\n- sourceValue: x\n  targets: [{{select: {{kind: ConfigMap}}, fieldPaths: ['spec{}'], options: {{create: true}}}}]\n",
            ".a".repeat(50_000)
        ),
        format!("commonAnnotations: {{x: {uses}}}\nvars:\n{}", lines(&variables)),
        patch(lines(&copy)),
        patch(deep + &deeper),
    ] {
        let kustomization = format!("resources: [cm.yaml]\n{kustomization}");
        let said = said(&[file("cm.yaml", long.as_str()), file("kustomization.yaml", &*kustomization)]);
        assert!(said.contains("more than wplint evaluates"), "{}\n{said}", &kustomization[..300]);
    }
}

#[test]
fn variables_that_double_end_in_a_finding() {
    let variables: String =
        (1..40).map(|at| format!("        - {{name: V{at}, value: $(V{0})$(V{0})}}\n", at - 1)).collect();
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n    - name: a\n      image: a:1\n      env:\n        - {{name: V0, value: abcdefgh}}\n{variables}"
    );
    assert!(said(&[file("a.yaml", text)]).contains("`V14` is longer than 128 KiB"));
}

#[test]
fn chains_of_merge_keys_take_their_time_once() {
    let chain: String =
        (1..240).map(|at| format!("y{at}: &y{at} {{<<: *y{}, k{at}: 1}}\n", at - 1)).collect();
    let text = format!("{SERVICE}y0: &y0 {{k0: 1}}\n{chain}");
    assert!(said(&[file("a.yaml", text)]).contains("y239"));
}

#[test]
fn apostrophes_that_are_no_escapes_stay() {
    let strings = "  k: \"it\\'s\"\n  l: it\\'s\n  m: 'it\\''s'\n";
    let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{strings}");
    let source =
        std::sync::Arc::new(wplint::files::SourceFile::new(wplint::files::FileId(0), "a.yaml", text));
    let tree = wplint::yaml::parse(&source, &wplint::yaml::split(&source.text)[0]).expect("YAML");
    let data = tree.root().get("data").expect("data");
    let texts: Vec<&str> = data.entries().map(|entry| entry.value.text()).collect();
    assert_eq!(texts, ["it's", "it\\'s", "it\\'s"]);
}

/// A text is mended and read again only as often as its length allows.
#[test]
fn many_slips_at_the_end_of_a_long_text_cost_little() {
    let long: String = (0..100_000).map(|at| format!("  k{at}: v\n")).collect();
    let slips: String = (0..49).map(|at| format!("  s{at}: \"it\\'s\"\n")).collect();
    let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{long}{slips}");
    let some = [file("a.yaml", text.clone()), file("b.yaml", text)];
    assert!(!said(&some).contains("syntax-error"));
}

/// Patterns of targets are compiled as long as they are small, each once.
#[test]
fn patterns_of_many_patches_cost_little() {
    let patches = r"- {target: {name: '\w{200}|d.*'}, patch: '[]'}".to_owned() + "\n";
    let kustomization = format!("resources: [a.yaml]\npatches:\n{}", patches.repeat(160));
    said(&[file("kustomization.yaml", kustomization), file("a.yaml", CONFIG_MAP)]);
}

/// A file with a broken document on every line, and one of other programs' documents.
#[test]
fn a_great_many_tiny_documents() {
    let broken = "a: [\nb: 1\n---\n".repeat(10_000);
    assert!(said(&[file("a.yaml", format!("kind: Secret\n---\n{broken}"))]).contains("syntax-error"));
    assert_eq!(said(&[file("a.yaml", "---\na: 1\n".repeat(200_000))]), "");
}

/// Counts of a baseline are added up, whatever they are.
#[test]
fn counts_of_a_baseline_do_not_overflow() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("known.json");
    let entry = format!(
        r#"{{"fingerprint": "0011223344556677", "rule": "single-replica", "path": "a.yaml", "object": null, "count": {}}}"#,
        u64::MAX
    );
    std::fs::write(&path, format!(r#"{{"version": 1, "entries": [{entry}, {entry}]}}"#)).expect("written");
    let mut run = lint(&[("a.yaml", SERVICE)]);
    let applied = wplint::baseline::apply(&mut run, &path, &["a.yaml".into()], &Settings::default());
    assert!(!run.internal_error, "{applied:?}");
}

/// Runs the program in a repository of its own beside other folders, and returns all that it printed.
#[cfg(unix)]
fn run_in(folder: &std::path::Path, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_wplint"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
    let done = child.wait_with_output().expect("the program ends");
    let text = [done.stdout, done.stderr].concat();
    (done.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[cfg(unix)]
#[test]
fn files_are_written_whole_and_never_onto_inputs() {
    let base = tempfile::tempdir().expect("a folder");
    let folder = base.path();
    std::fs::write(folder.join("a.yaml"), SERVICE).expect("written");
    for output in [&["--write-baseline", "a.yaml", "a.yaml"][..], &["--format", "json=a.yaml", "."]] {
        let (status, text) = run_in(folder, output, "");
        assert_eq!(status, Some(2), "{text}");
        assert_eq!(std::fs::read_to_string(folder.join("a.yaml")).expect("there"), SERVICE);
    }
    std::fs::write(folder.join("kept"), "kept").expect("written");
    std::os::unix::fs::symlink("kept", folder.join("report.json")).expect("a link");
    let (_, text) = run_in(folder, &["--format", "json=report.json", "."], "");
    assert_eq!(std::fs::read_to_string(folder.join("kept")).expect("there"), "kept", "{text}");
    assert!(std::fs::read_to_string(folder.join("report.json")).expect("there").starts_with('{'));
}

/// Whatever the files of a commit are called, the hook takes them for names.
#[cfg(unix)]
#[test]
fn names_of_files_are_no_options_to_the_hook() {
    let hooks = include_str!("../../.pre-commit-hooks.yaml");
    let entry = hooks.lines().find_map(|line| line.trim().strip_prefix("entry: wplint ")).expect("an entry");
    assert!(hooks.contains("args: [\"--\"]"), "names come after what ends options");
    let base = tempfile::tempdir().expect("a folder");
    let folder = base.path();
    let names = ["--format=json=victim.yaml", "--write-baseline=victim.yaml", "--config=evil.yaml"];
    for name in names.iter().chain(&["victim.yaml"]) {
        std::fs::create_dir_all(folder.join(name).parent().expect("a folder")).expect("made");
        std::fs::write(folder.join(name), SERVICE).expect("written");
    }
    let arguments: Vec<&str> = entry.split(' ').chain(["--"]).chain(names).collect();
    let (status, text) = run_in(folder, &arguments, "");
    assert_ne!(status, Some(2), "{text}");
    assert_eq!(std::fs::read_to_string(folder.join("victim.yaml")).expect("there"), SERVICE);
}

/// What a manifest says is obeyed by no CI system, whatever the format.
#[test]
fn reports_hold_no_commands() {
    use wplint::report::{Format, Options};
    let words = "x ::error::pwned ".repeat(30) + "##[add-mask]y ##vso[task.setvariable]z";
    let text = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  selector: {{app: '{words}'}} # ##[error]z\n  type: '{words}'\n  ports: [{{port: 80}}]\n"
    );
    let run = lint(&[("::error::pwned/a.yaml", &text)]);
    assert!(!run.findings.is_empty());
    for (name, format) in Format::ALL {
        let mut out = Vec::new();
        format.writer()(&run, &Options::default(), &mut out).expect("memory takes everything");
        for line in String::from_utf8(out).expect("UTF-8").lines() {
            let ours = name == "github" && line.starts_with("::");
            assert!(ours || !line.trim_start().starts_with("::"), "{name}: {line}");
            assert!(!line.contains("##[") && !line.contains("##vso["), "{name}: {line}");
        }
    }
}

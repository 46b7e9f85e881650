//! Suppressions: every kind, at either end of a finding, in Lists, with CR LF and Chinese; and what is said
//! about those that are misspelt or idle.

use std::sync::Arc;

use wplint::document::Object;
use wplint::files::{FileId, SourceFile};
use wplint::finding::{Finding, Label, RuleId};
use wplint::run::{Reported, Status};
use wplint::settings::Settings;
use wplint::suppress::{Input, silence};
use wplint::yaml;

const RULE: &str = "affinity-packs-replicas";

/// A deployment-like object whose line with `HERE` has the finding, and `THERE` its other end.
struct Case {
    files: Vec<(&'static str, String)>,
    config: Option<&'static str>,
}

struct Outcome {
    status: Status,
    /// `rule path:line:column text` of the silencers' own findings.
    more: Vec<String>,
}

fn case(text: &str) -> Case {
    Case { files: vec![("a.yaml", text.to_owned())], config: None }
}

fn items<'a>(tree: &'a yaml::Tree) -> Vec<Object<'a>> {
    let root = tree.root();
    match root.get("items") {
        Some(items) => items.items().filter_map(Object::read).collect(),
        None => Object::read(root).into_iter().collect(),
    }
}

fn outcome(case: &Case) -> Outcome {
    let mut files: Vec<Arc<SourceFile>> = Vec::new();
    for (at, (path, text)) in case.files.iter().enumerate() {
        files.push(Arc::new(SourceFile::new(FileId(at as u32), *path, text.clone())));
    }
    let settings = match case.config {
        Some(config) => Settings::from_config(config).expect("a configuration"),
        None => Settings::default(),
    };
    let config = FileId(files.len() as u32);
    let mut trees = Vec::new();
    for file in &files {
        for piece in yaml::split(&file.text) {
            trees.push(yaml::parse(file, &piece).expect("YAML"));
        }
    }
    files.extend(settings.config_file(config).map(Arc::new));
    let find = |word: &str| {
        files.iter().find_map(|file| {
            let at = file.text.find(word)?;
            Some(file.span(at..at + word.len()))
        })
    };
    let also = find("THERE").map(|span| Label { span, message: "the other end".to_owned() });
    let finding = Finding {
        also: also.into_iter().collect(),
        ..Finding::new(RuleId::new(RULE), find("HERE").expect("a place"), "wrong")
    };
    let mut findings = [Reported {
        severity: settings.severity_of(&finding),
        group: "ha",
        object: None,
        fingerprint: String::new(),
        unplaced: String::new(),
        origin: None,
        context: None,
        status: Status::Shown,
        finding,
    }];
    let documents: Vec<&yaml::Tree> = trees.iter().collect();
    let objects: Vec<Object<'_>> = trees.iter().filter(|tree| !tree.is_empty()).flat_map(items).collect();
    let input = Input { documents: &documents, objects: &objects, templates: &[], files: &files, config };
    let more = silence(&mut findings, &input, &settings);
    let [one] = findings;
    let more = more
        .iter()
        .map(|finding| {
            let file = &files[finding.span.file.0 as usize];
            let place = file.place(finding.span.start);
            let text = &file.text[finding.span.range()];
            format!("{} {}:{}:{} {text}", finding.rule.name(), file.path, place.line, place.column)
        })
        .collect();
    Outcome { status: one.status, more }
}

#[track_caller]
fn silenced(text: &str) {
    let found = outcome(&case(text));
    assert!(matches!(found.status, Status::Suppressed { .. }), "shown: {text}");
    assert_eq!(found.more, Vec::<String>::new(), "{text}");
}

#[track_caller]
fn not_silenced(text: &str, more: &[&str]) {
    let found = outcome(&case(text));
    assert_eq!(found.status, Status::Shown, "{text}");
    assert_eq!(found.more, more, "{text}");
}

const HEAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n";

fn spec(text: &str) -> String {
    format!("{HEAD}spec:\n{text}")
}

#[test]
fn a_mark_at_the_end_of_a_line() {
    silenced(&spec("  replicas: HERE # wplint: ignore[affinity-packs-replicas] licence\n"));
    silenced(&spec("  replicas: HERE #wplint:ignore[ affinity-packs-replicas ,all ]\n"));
    silenced(&spec("  replicas: HERE # one is enough # wplint: ignore[ha]\n"));
    not_silenced(
        &spec("  a: b # wplint: ignore[affinity-packs-replicas]\n  replicas: HERE\n"),
        &["suppression-unused a.yaml:5:25 affinity-packs-replicas"],
    );
}

#[test]
fn a_reason_and_who_silenced_it() {
    let found = outcome(&case(&spec("  replicas: HERE # wplint: ignore[ha] licence: one instance\n")));
    let reason = Some("licence: one instance".to_owned());
    assert_eq!(found.status, Status::Suppressed { reason, by: "comment" });
}

#[test]
fn a_mark_alone_above_an_entry() {
    silenced(&spec("  # wplint: ignore[affinity-packs-replicas]\n  replicas: HERE\n"));
    silenced(&spec(
        "  # wplint: ignore[ha] why\n  # more words\n  deep:\n    down:\n      - x: HERE\n  after: 1\n",
    ));
    silenced(&spec("  list:\n    - name: a\n    # wplint: ignore[ha]\n    - name: b\n      x: HERE\n"));
    silenced(&spec("  list:\n  # wplint: ignore[ha]\n  - HERE\n"));
    silenced(&spec("  list:\n    # wplint: ignore[ha]\n    - &anchor\n      x: HERE\n"));
    silenced("# wplint: ignore[ha]\nspec: {a: HERE}\napiVersion: v1\nkind: X\n");
}

#[test]
fn a_mark_alone_covers_nothing_else() {
    let unused = "suppression-unused a.yaml:5:20 ha";
    not_silenced(&spec("  # wplint: ignore[ha]\n  other: 1\n  replicas: HERE\n"), &[unused]);
    not_silenced(&spec("  # wplint: ignore[ha]\n\n  replicas: HERE\n"), &[unused]);
    not_silenced(
        &spec("  list:\n    # wplint: ignore[ha]\n    - a\n    - HERE\n"),
        &["suppression-unused a.yaml:6:22 ha"],
    );
}

#[test]
fn the_whole_object() {
    silenced(&format!("# wplint: ignore-object[ha] one node\n{HEAD}spec: HERE\n"));
    silenced(&format!("{HEAD}spec: HERE\n# wplint: ignore-object[ha]\n"));
    silenced(&spec("  a: 1 # wplint: ignore-object[ha]\n  replicas: HERE\n"));
    not_silenced(
        &format!("{HEAD}# wplint: ignore-object[ha]\n---\n{HEAD}spec: HERE\n"),
        &["suppression-unused a.yaml:4:25 ha"],
    );
}

#[test]
fn the_item_of_a_list() {
    let item = |name: &str, rest: &str| {
        format!("  - apiVersion: v1\n    kind: X\n    metadata: {{name: {name}}}\n{rest}")
    };
    let list = |items: &[String]| format!("apiVersion: v1\nkind: List\nitems:\n{}", items.concat());
    let mark = "    # wplint: ignore-object[ha]\n";
    silenced(&list(&[item("a", ""), item("b", &format!("{mark}    spec: HERE\n"))]));
    silenced(&list(&[item("a", &format!("    spec: HERE\n{mark}")), item("b", "")]));
    silenced(&list(&["  # wplint: ignore-object[ha]\n".to_owned(), item("a", "    spec: HERE\n")]));
    let other = list(&[item("a", &format!("{mark}    spec: 1\n")), item("b", "    spec: HERE\n")]);
    not_silenced(&other, &["suppression-unused a.yaml:7:29 ha"]);
}

#[test]
fn annotations() {
    let annotation = "wplint.dev/ignore: 'single, affinity-packs-replicas', wplint.dev/reason: moves away";
    let object = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  annotations: {{{annotation}}}\nspec: {{a: HERE}}\n"
    );
    let found = outcome(&case(&object));
    assert_eq!(found.status, Status::Suppressed { reason: Some("moves away".to_owned()), by: "annotation" });
    assert_eq!(found.more, ["suppression-unknown a.yaml:5:37 single"]);
    silenced(&spec(
        "  template:\n    metadata: {annotations: {wplint.dev/ignore: ha}}\n    spec: {containers: [{name: HERE}]}\n",
    ));
}

#[test]
fn either_end_in_either_file() {
    let with = |first: &str, second: &str| Case {
        files: vec![("a.yaml", spec(first)), ("b.yaml", spec(second))],
        config: None,
    };
    for case in [
        with("  a: HERE # wplint: ignore[ha]\n", "  b: THERE\n"),
        with("  a: HERE\n", "  b: THERE # wplint: ignore[ha]\n"),
        with("  a: HERE\n", "  # wplint: ignore-object[ha]\n  b: THERE\n"),
        with("  a: HERE # wplint: ignore[ha]\n", "  b: THERE # wplint: ignore[affinity-packs-replicas]\n"),
    ] {
        let found = outcome(&case);
        assert!(matches!(found.status, Status::Suppressed { .. }), "{:?}", case.files);
        assert_eq!(found.more, Vec::<String>::new(), "both marks are used");
    }
}

#[test]
fn text_is_no_mark() {
    not_silenced(&spec("  a: '# wplint: ignore[no]' \n  replicas: HERE\n"), &[]);
    not_silenced(&spec("  a: |\n    # wplint: ignore[no]\n    x\n  replicas: HERE\n"), &[]);
    not_silenced(&spec("  # write `# wplint: ignore[no]` to silence\n  replicas: HERE\n"), &[]);
}

#[test]
fn crlf_and_chinese() {
    let text = spec(
        "  \u{526f}\u{672c}: \u{591a} # \u{591a}\n  # wplint: ignore[ha] \u{8bb8}\u{53ef}\n  replicas: HERE\n",
    );
    silenced(&text);
    silenced(&text.replace('\n', "\r\n"));
    let wrong = spec("  \u{526f}: HERE # wplint: ignore[hb]\n").replace('\n', "\r\n");
    not_silenced(&wrong, &["suppression-unknown a.yaml:5:28 hb"]);
}

#[test]
fn marks_that_are_not_understood() {
    not_silenced(
        &spec("  a: HERE # wplint: ignore ha\n"),
        &["suppression-unknown a.yaml:5:11 # wplint: ignore ha"],
    );
    not_silenced(
        &spec("  a: HERE # wplint: disable[ha]\n"),
        &["suppression-unknown a.yaml:5:11 # wplint: disable[ha]"],
    );
    not_silenced(
        &spec("  a: HERE # wplint: ignore[]\n"),
        &["suppression-unknown a.yaml:5:11 # wplint: ignore[]"],
    );
}

#[test]
fn rules_that_were_not_selected_leave_no_unused_marks() {
    let mut case = case(&spec("  a: HERE\n  b: 1 # wplint: ignore[affinity-packs-replicas]\n"));
    assert_eq!(outcome(&case).more.len(), 1);
    case.config = Some("select: [suppression]\n");
    assert_eq!(outcome(&case).more, Vec::<String>::new());
}

#[test]
fn overrides() {
    let with = |config| Case { files: vec![("dev/a.yaml", spec("  a: HERE\n"))], config: Some(config) };
    for config in [
        "overrides: [{paths: ['dev/**'], ignore: [ha]}]",
        "overrides: [{object: {kind: Deployment, name: w*}, ignore: [affinity-packs-replicas]}]",
        "overrides: [{paths: [dev], object: {apiVersion: apps/v1}, ignore: [all], reason: laptops}]",
    ] {
        let found = outcome(&with(config));
        assert!(matches!(found.status, Status::Suppressed { by: "override", .. }), "{config}");
        assert_eq!(found.more, Vec::<String>::new());
    }
    for (config, more) in [
        ("overrides: [{paths: ['prod/**'], ignore: [ha]}]", ".wplint.yaml:1:43 ha"),
        ("overrides: [{object: {namespace: shop}, ignore: [ha]}]", ".wplint.yaml:1:50 ha"),
    ] {
        let found = outcome(&with(config));
        assert_eq!(found.status, Status::Shown);
        assert_eq!(found.more, [format!("suppression-unused {more}")]);
    }
}

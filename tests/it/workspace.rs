//! A workspace says after any sequence of edits what a fresh run says.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use wplint::report::{Options, json};
use wplint::run::Run;
use wplint::settings::{Flags, Settings};
use wplint::workspace::Workspace;

/// Files of the workspace, in the middle of one of which a kustomization names the others.
const PATHS: [&str; 4] = ["app/web.yaml", "app/service.yaml", "app/kustomization.yaml", "new/db.yaml"];

const TEXTS: [&str; 5] = [
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: \"web:1\"}]}\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: wbe}, ports: [{port: 80}]}\n",
    "resources: [web.yaml, service.yaml]\nnamePrefix: x-\n",
    "kind: {broken\n",
    "",
];

#[derive(Clone, Debug)]
enum Edit {
    Set(usize, usize),
    Unset(usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let set = (0..PATHS.len(), 0..TEXTS.len()).prop_map(|(path, text)| Edit::Set(path, text));
    let unset = (0..PATHS.len()).prop_map(Edit::Unset);
    proptest::collection::vec(prop_oneof![3 => set, 1 => unset], 0..8)
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    std::fs::write(path, text).expect("written");
}

fn settings(folder: &Path) -> Settings {
    let flags = Flags {
        paths: vec![PathBuf::from(".")],
        folder: folder.to_owned(),
        no_config: true,
        ..Flags::default()
    };
    Settings::load(&flags).expect("settings")
}

fn report(run: &Run) -> String {
    let mut out = Vec::new();
    json::write(run, &Options::default(), &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("UTF-8")
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_sequence_of_edits_gives_what_a_fresh_run_gives(edits in edits()) {
        let (edited, fresh) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
        let on_disk = [(0, 0), (2, 2)];
        for (path, text) in on_disk {
            write(edited.path(), PATHS[path], TEXTS[text]);
        }
        let mut workspace = Workspace::new(vec![PathBuf::from(".")], settings(edited.path()));
        let mut now: [Option<usize>; 4] = [Some(0), None, Some(2), None];
        for edit in &edits {
            match *edit {
                Edit::Set(path, text) => {
                    workspace.set(Path::new(PATHS[path]), TEXTS[text]);
                    now[path] = Some(text);
                }
                Edit::Unset(path) => {
                    workspace.unset(Path::new(PATHS[path]));
                    now[path] = on_disk.iter().find(|one| one.0 == path).map(|one| one.1);
                }
            }
        }
        for (path, text) in now.iter().enumerate() {
            if let Some(text) = text {
                write(fresh.path(), PATHS[path], TEXTS[*text]);
            }
        }
        let expected = Workspace::new(vec![PathBuf::from(".")], settings(fresh.path())).lint();
        prop_assert_eq!(report(&workspace.lint()), report(&expected));
    }
}

#[test]
fn the_root_is_given_and_not_where_the_process_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "base/kustomization.yaml", "resources: [web.yaml]\n");
    write(folder.path(), "base/web.yaml", TEXTS[1]);
    write(folder.path(), "over/kustomization.yaml", "resources: [../base, missing.yaml]\n");
    let run = Workspace::new(vec![PathBuf::from(".")], settings(folder.path())).lint();
    let paths: Vec<&str> = run.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["base/kustomization.yaml", "base/web.yaml", "over/kustomization.yaml"]);
    assert!(run.findings.iter().any(|one| one.finding.rule == "kustomization-broken"));
}

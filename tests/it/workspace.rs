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

/// Two overlays on a base, plain files beside them, a definition and objects of it, Secrets, a policy.
const APPLICATION: [(&str, &str); 11] = [
    ("base/kustomization.yaml", "resources:\n- web.yaml\n- service.yaml\n"),
    (
        "base/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  selector:\n    \
         matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      \
         containers:\n      - name: web\n        image: example.org/web:1\n        env:\n        - name: DB_PASSWORD\n          \
         value: xK3v9Q\n        - name: API\n          value: http://api.shop:80\n        ports:\n        - \
         containerPort: 8080\n",
    ),
    (
        "base/service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n  ports:\n  - port: 80\n    \
         targetPort: 8080\n",
    ),
    ("dev/kustomization.yaml", "resources:\n- ../base\nnamePrefix: dev-\ncommonLabels:\n  stage: dev\n"),
    (
        "prod/kustomization.yaml",
        "resources:\n- ../base\npatches:\n- path: more.yaml\nsecretGenerator:\n- name: key\n  literals:\n  - a=b7Kq\n",
    ),
    (
        "prod/more.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n",
    ),
    (
        "plain/api.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: api\n  namespace: shop\nspec:\n  selector:\n    app: api\n  ports:\n  \
         - port: 80\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: api\n  namespace: shop\n  labels:\n    app: api\n\
         spec:\n  containers:\n  - name: api\n    image: example.org/api:1\n    envFrom:\n    - secretRef:\n        name: api\n",
    ),
    (
        "plain/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: api\n  namespace: shop\nstringData:\n  token: s3cr3tValue\n",
    ),
    (
        "plain/policy.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: api\n  namespace: shop\nspec:\n  \
         podSelector:\n    matchLabels:\n      app: api\n  ingress:\n  - from:\n    - podSelector:\n        matchLabels:\n          \
         app: web\n",
    ),
    (
        "crd/definition.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: jars.example.org\nspec:\n  \
         group: example.org\n  scope: Namespaced\n  names:\n    kind: Jar\n    plural: jars\n  versions:\n  - name: v1\n    \
         served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n          \
         spec:\n            type: object\n            properties:\n              size:\n                type: integer\n",
    ),
    ("crd/jar.yaml", "apiVersion: example.org/v1\nkind: Jar\nmetadata:\n  name: jam\nspec:\n  size: big\n"),
];

/// What somebody does to one line of a file: where, and what.
fn strokes() -> impl Strategy<Value = Vec<(usize, usize, u8)>> {
    proptest::collection::vec((0..APPLICATION.len(), 0..25_usize, 0..8_u8), 12)
}

/// A text with one of its lines changed; `None` takes the file away.
fn stroke(text: &str, line: usize, what: u8) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = line % lines.len().max(1);
    if what == 7 && line.is_multiple_of(3) || lines.is_empty() {
        return None;
    }
    match what {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => lines.insert(at, "# wplint: ignore[single-replica]".to_owned()),
        3 => lines[at] = lines[at].replace("web", "wbe"),
        4 => lines[at] = lines[at].replace("api", "apis"),
        5 => lines[at].push('x'),
        6 => lines[at] = lines[at].replace(['1', '8'], "2"),
        _ => lines.insert(0, "# a comment".to_owned()),
    }
    Some(lines.join("\n") + "\n")
}

/// A number that the environment may give: `WPLINT_STROKES` for more cases, `WPLINT_SEED` for others.
fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: number("WPLINT_STROKES", 12) as u32,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(number("WPLINT_SEED", 19)),
        ..ProptestConfig::default()
    })]

    /// What is remembered from run to run is never seen: each run is what a workspace says that remembers nothing.
    #[test]
    fn every_stroke_gives_what_a_fresh_run_gives(strokes in strokes()) {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in APPLICATION {
            write(folder.path(), path, text);
        }
        let fresh = || Workspace::new(vec![PathBuf::from(".")], settings(folder.path()));
        let mut workspace = fresh();
        workspace.lint();
        let mut texts: Vec<Option<String>> = APPLICATION.iter().map(|one| Some(one.1.to_owned())).collect();
        for (number, &(file, line, what)) in strokes.iter().enumerate() {
            let path = APPLICATION[file].0;
            let was_there = texts[file].is_some();
            // What was taken away comes back as it was.
            texts[file] = match &texts[file] {
                Some(text) => stroke(text, line, what),
                None => Some(APPLICATION[file].1.to_owned()),
            };
            match &texts[file] {
                Some(text) => {
                    write(folder.path(), path, text);
                    workspace.set(Path::new(path), text.clone());
                }
                None => {
                    std::fs::remove_file(folder.path().join(path)).expect("removed");
                    workspace.unset(Path::new(path));
                }
            }
            if was_there != texts[file].is_some() {
                workspace.disk_changed();
            }
            let expected = fresh().lint();
            let run = if number % 4 == 3 { workspace.lint_named().0 } else { workspace.lint() };
            prop_assert_eq!(report(&run), report(&expected));
            prop_assert_eq!(run.findings, expected.findings);
            prop_assert_eq!(run.masks, expected.masks);
        }
    }
}

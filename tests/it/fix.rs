//! `--fix` and `--diff` through the program itself.

use std::fs;
use std::path::Path;
use std::process::Command;

const BEFORE: &str = "# Kept as it is.\r\napiVersion: policy/v1beta1 # old\r\nkind: PodDisruptionBudget\r\nmetadata:\r\n  name: \"web\"\r\nspec:\r\n  maxUnavailabel: 1\r\n  selector:\r\n    matchLabels: {app: web}\r\n";
const AFTER: &str = "# Kept as it is.\r\napiVersion: policy/v1 # old\r\nkind: PodDisruptionBudget\r\nmetadata:\r\n  name: \"web\"\r\nspec:\r\n  maxUnavailable: 1\r\n  selector:\r\n    matchLabels: {app: web}\r\n";

fn wplint(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
    let output = command.current_dir(folder).arg("--no-config").args(arguments).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("a status"), text(&output.stdout), text(&output.stderr))
}

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.yaml"), text).expect("written");
    folder
}

fn read(folder: &tempfile::TempDir) -> String {
    fs::read_to_string(folder.path().join("a.yaml")).expect("readable")
}

#[test]
fn comments_quotes_and_line_ends_stay() {
    let folder = folder(BEFORE);
    let (_, _, said) = wplint(folder.path(), &["--fix", "--select", "schema"]);
    assert_eq!(read(&folder), AFTER, "{said}");
    assert!(said.contains("fixed 2 findings in 1 file"), "{said}");
    let (status, _, said) = wplint(folder.path(), &["--fix", "--select", "schema"]);
    assert_eq!((status, read(&folder).as_str()), (0, AFTER), "{said}");
}

#[test]
fn a_diff_changes_nothing() {
    let folder = folder(BEFORE);
    let (status, diff, said) = wplint(folder.path(), &["--diff", "--select", "schema"]);
    assert_eq!((status, read(&folder).as_str()), (1, BEFORE), "{said}");
    assert!(
        diff.contains("-apiVersion: policy/v1beta1 # old") && diff.contains("+apiVersion: policy/v1 # old")
    );
    assert!(said.contains("would fix 2 findings"), "{said}");
}

#[test]
fn what_needs_a_decision_is_left_to_it() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: x}\nspec:\n  replicas: 3\n  \
                selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      \
                affinity:\n        podAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n          \
                - topologyKey: kubernetes.io/hostname\n            labelSelector: {matchLabels: {app: web}}\n      \
                containers: [{name: web, image: \"nginx:1.29\"}]\n";
    let folder = folder(text);
    let (_, _, said) = wplint(folder.path(), &["--fix", "--select", "affinity-packs-replicas"]);
    assert_eq!(read(&folder), text);
    assert!(said.contains("1 more with --unsafe-fixes"), "{said}");
    let (status, _, said) =
        wplint(folder.path(), &["--fix", "--unsafe-fixes", "--select", "affinity-packs-replicas"]);
    assert_eq!((status, read(&folder)), (0, text.replace("podAffinity", "podAntiAffinity")), "{said}");
}

#[test]
fn an_edit_that_adds_a_finding_is_dropped_and_named() {
    // The field that is meant is there already under its right name further down the page of the same object.
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: \"1\"}\n---\napiVersion: v1\nkind: \
                Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: c, image: \"nginx:1\", envForm: \
                [{configMapRef: {name: nowhere}}]}\n";
    let folder = folder(text);
    let (_, _, said) = wplint(folder.path(), &["--fix", "--select", "all"]);
    let fixed = read(&folder);
    assert!(fixed == text || fixed == text.replace("envForm", "envFrom"), "{fixed}");
    assert!(fixed != text || said.contains("not fixed"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let elsewhere = folder(BEFORE);
    let folder = tempfile::tempdir().expect("a folder");
    symlink(elsewhere.path().join("a.yaml"), folder.path().join("a.yaml")).expect("a link");
    wplint(folder.path(), &["--fix", "--select", "schema"]);
    assert_eq!(read(&elsewhere), BEFORE);
    let path = elsewhere.path().join("a.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    wplint(elsewhere.path(), &["--fix", "--select", "schema"]);
    assert_eq!(read(&elsewhere), AFTER);
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
}

//! Which files are found below a directory, how they are called, and what never blocks.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use wplint::files::scan::{Exclude, Options, Scan, Status, scan};

fn tree(files: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for file in files {
        let path = directory.path().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        fs::write(path, "a: 1\n").expect("a file");
    }
    directory
}

fn shown(scan: &Scan, base: &Path) -> Vec<String> {
    let base = format!("{}/", base.display());
    scan.files.iter().map(|file| file.path.strip_prefix(&base).unwrap_or(&file.path).to_owned()).collect()
}

fn under(base: &Path, paths: &[&str], options: &Options) -> Vec<String> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| base.join(path)).collect();
    shown(&scan(&paths, options), base)
}

#[test]
fn files_are_found_by_extension_and_sorted() {
    let directory =
        tree(&["b.yml", "a/x.yaml", "a/y.json", "c.txt", ".hidden/a.yaml", ".a.yaml", "k/Kustomization"]);
    let base = directory.path();
    let options = Options::default();
    assert_eq!(under(base, &[""], &options), ["a/x.yaml", "a/y.json", "b.yml", "k/Kustomization"]);
    assert_eq!(
        under(base, &[".hidden", "c.txt", ".a.yaml"], &options),
        [".a.yaml", ".hidden/a.yaml", "c.txt"]
    );
    assert_eq!(under(base, &["a", "", "a/x.yaml"], &options).len(), 4);
}

#[test]
fn ids_follow_the_order_and_naming_is_remembered() {
    let directory = tree(&["a.yaml", "b.yaml"]);
    let base = directory.path();
    let both = scan(&[base.to_owned(), base.join("b.yaml")], &Options::default());
    let ids: Vec<(u32, bool)> = both.files.iter().map(|file| (file.id.0, file.named)).collect();
    assert_eq!(ids, [(0, false), (1, true)]);
    assert!(!both.single_files);
    assert!(scan(&[base.join("b.yaml")], &Options::default()).single_files);
}

#[test]
fn gitignore_counts_only_in_a_repository() {
    let directory = tree(&["a.yaml", "out/b.yaml"]);
    let base = directory.path();
    fs::write(base.join(".gitignore"), "out/\n").expect("a file");
    assert_eq!(under(base, &[""], &Options::default()).len(), 2);
    fs::create_dir(base.join(".git")).expect("a directory");
    assert_eq!(under(base, &[""], &Options::default()), ["a.yaml"]);
    assert_eq!(under(base, &["out/b.yaml"], &Options::default()), ["out/b.yaml"]);
}

#[test]
fn what_git_tracks_in_spite_of_gitignore_is_said() {
    let directory = tree(&["a.yaml", "out/b.yaml", "out/c.yaml", "out/d.txt", "out/.e.yaml", "out/x/f.yaml"]);
    let base = directory.path();
    fs::write(base.join(".gitignore"), "out/\n").expect("a file");
    let git = |arguments: &[&str]| {
        let ran = Command::new("git").current_dir(base).args(arguments).output();
        ran.is_ok_and(|ran| ran.status.success())
    };
    if !git(&["init", "-q"]) {
        return eprintln!("skipped: there is no Git");
    }
    assert!(git(&["add", "-f", "a.yaml", "out/b.yaml", "out/d.txt", "out/.e.yaml", "out/x/f.yaml"]));
    let notes = |options: &Options| {
        let found = scan(&[base.to_owned()], options);
        assert_eq!(shown(&found, base), ["a.yaml"]);
        let base = format!("{}/", base.display());
        let path = |path: &str| path.strip_prefix(&base).unwrap_or(path).to_owned();
        found.notes.iter().map(|note| (path(&note.path), note.reason.clone())).collect::<Vec<_>>()
    };
    let reason = "a `.gitignore` names it, although Git tracks it".to_owned();
    let said = |path: &str| (path.to_owned(), reason.clone());
    assert_eq!(notes(&Options::default()), [said("out/b.yaml"), said("out/x/f.yaml")]);
    let exclude = vec![Exclude::new(base, &["out/x/"]).expect("a glob")];
    assert_eq!(notes(&Options { exclude, ..Options::default() }), [said("out/b.yaml")]);
}

#[test]
fn links_to_files_are_followed_once_and_links_to_directories_are_not() {
    let directory = tree(&["real/a.yaml", "other/b.yaml"]);
    let base = directory.path();
    symlink(base.join("real/a.yaml"), base.join("0.yaml")).expect("a link");
    symlink(base.join("other"), base.join("linked")).expect("a link");
    symlink(base.join("loop.yaml"), base.join("loop.yaml")).expect("a link");
    symlink(base, base.join("real/up")).expect("a link");
    let found = scan(&[base.to_owned()], &Options::default());
    assert_eq!(shown(&found, base), ["other/b.yaml", "real/a.yaml"]);
    assert_eq!(found.notes.len(), 1);
    assert_eq!(found.notes[0].status, Status::Skipped);
    assert_eq!(under(base, &["linked"], &Options::default()), ["linked/b.yaml"]);
}

#[test]
fn exclusion_spares_what_was_named_unless_forced() {
    let directory = tree(&["a.yaml", "vendor/b.yaml", "dev/vendor/c.yaml"]);
    let base = directory.path();
    let exclude = vec![Exclude::new(base, &["vendor"]).expect("globs")];
    let mut options = Options { exclude, ..Options::default() };
    assert_eq!(under(base, &[""], &options), ["a.yaml"]);
    assert_eq!(under(base, &["vendor", "dev/vendor/c.yaml"], &options).len(), 2);
    options.force_exclude = true;
    assert_eq!(under(base, &["vendor", "dev/vendor/c.yaml", "a.yaml"], &options), ["a.yaml"]);
}

#[test]
fn what_is_no_file_is_never_opened() {
    let directory = tree(&["a.yaml"]);
    let base = directory.path();
    let pipe = base.join("pipe.yaml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let below = scan(&[base.to_owned()], &Options::default());
    assert_eq!((below.files.len(), below.notes.len(), below.unreadable.len()), (1, 1, 0));
    let named = scan(&[pipe], &Options::default());
    assert_eq!((named.files.len(), named.unreadable.len()), (0, 1));
    let missing = scan(&[base.join("missing.yaml")], &Options::default());
    assert_eq!(missing.unreadable[0].1, "no such file or directory");
}

#[test]
fn charts_are_known_by_their_file() {
    let directory = tree(&["c/Chart.yaml", "c/templates/x/a.yaml", "c/crds/b.yaml", "d/templates/a.yaml"]);
    let base = directory.path();
    let found = scan(&[base.to_owned()], &Options::default());
    let charts: Vec<(bool, bool)> = found
        .files
        .iter()
        .map(|file| (file.chart.is_some(), file.chart.as_ref().is_some_and(|chart| chart.template)))
        .collect();
    assert_eq!(charts, [(true, false), (true, false), (true, true), (false, false)]);
}

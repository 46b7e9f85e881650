//! The HTML report in a headless browser: search, filters, links, and what a screen reader needs. How long it
//! takes to open is printed.
//!
//! It needs Node, npm and Chromium. Where they are missing the test says so and passes, unless `WPLINT_BROWSER=required`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/browser.mjs");

fn browser() -> Option<PathBuf> {
    let names = ["chromium", "google-chrome", "chromium-browser", "google-chrome-stable"];
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}

/// A folder with the modules of the script, or why there is none.
fn modules(folder: &Path) -> Result<(), String> {
    let packages = ["puppeteer-core@24", "axe-core@4"];
    let npm = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix"])
        .arg(folder)
        .args(packages)
        .output();
    match npm {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(format!("npm: {error}")),
    }
}

/// A tree in which this many findings are reported: two rules, errors and infos.
fn tree(folder: &Path, count: usize) {
    std::fs::create_dir(folder.join(".git")).expect("a folder");
    for file in 0..count / 50 {
        let mut text = String::new();
        for at in 0..25 {
            let name = if at % 5 == 0 { "second" } else { "first" };
            write!(
                text,
                "---\napiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {{name: {name}-{file}-{at}}}\n\
                 spec: {{minAvailable: 1, selector: {{matchLabels: {{app: a{file}-{at}}}}}}}\n"
            )
            .expect("memory");
        }
        std::fs::write(folder.join(format!("budget-{file}.yaml")), text).expect("a file");
    }
}

#[test]
fn the_page_works_in_a_browser() {
    let required = std::env::var_os("WPLINT_BROWSER").is_some_and(|value| value == "required");
    let skip = |why: &str| {
        assert!(!required, "WPLINT_BROWSER=required, but {why}");
        eprintln!("skipped: {why}");
    };
    // Nothing is installed for somebody who did not ask for it.
    if !required {
        return skip("WPLINT_BROWSER is not `required`");
    }
    let Some(chromium) = browser() else {
        return skip("there is no Chromium here");
    };
    let scratch = tempfile::tempdir().expect("a folder");
    if let Err(why) = modules(scratch.path()) {
        return skip(&why);
    }
    let manifests = tempfile::tempdir().expect("a folder");
    tree(manifests.path(), 5000);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wordpress/v2");
    let report = |name: &str, folder: &Path| {
        let path = scratch.path().join(name);
        let status = Command::new(env!("CARGO_BIN_EXE_wplint"))
            .args(["--select", "all", "--format"])
            .arg(format!("html={}", path.display()))
            .current_dir(folder)
            .status();
        assert_eq!(status.expect("it runs").code(), Some(1));
        path
    };
    let output = Command::new("node")
        .arg(SCRIPT)
        .arg(chromium)
        .args([report("large.html", manifests.path()), report("small.html", &fixture)])
        .current_dir(scratch.path())
        .output()
        .expect("node runs");
    let told = String::from_utf8_lossy(&output.stderr);
    let seen: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    println!("{seen:#}");
    let number = |key: &str| seen[key].as_u64().unwrap_or_else(|| panic!("{key} in {seen}"));
    let all = number("all");
    assert!(all >= 5000, "{seen}");
    assert_eq!(seen["count"], format!("{all} of {all}"));
    assert!(0 < number("searched") && number("searched") < all, "{seen}");
    assert_eq!(seen["address"], "#q=second");
    assert_eq!(number("reset"), all);
    assert!(0 < number("without_infos") && number("without_infos") < all, "{seen}");
    assert!(0 < number("one_rule") && number("one_rule") < all, "{seen}");
    assert!(0 < number("errors") && number("errors") < all, "{seen}");
    assert_eq!(seen["linked"], true, "a link to a finding shows it");
    assert_eq!(seen["phone"], true, "nothing is wider than a phone");
    for list in ["said", "foreign"] {
        assert_eq!(seen[list].as_array().map(Vec::len), Some(0), "{seen:#}");
    }
    for scheme in ["light", "dark"] {
        assert_eq!(seen["axe"][scheme].as_array().map(Vec::len), Some(0), "{seen:#}");
    }
}

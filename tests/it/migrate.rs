//! `wplint migrate`: what it writes is a configuration, and says the same.

use std::path::Path;
use std::process::{Command, Output};

use wplint::finding::Severity;
use wplint::settings::Settings;

fn migrate(folder: &Path, options: &[&str]) -> Output {
    let arguments = ["migrate"].iter().chain(options);
    Command::new(env!("CARGO_BIN_EXE_wplint")).args(arguments).current_dir(folder).output().expect("it runs")
}

/// The configuration for some files, as text and as settings.
fn of(files: &[(&str, &str)]) -> (String, Settings) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let output = migrate(folder.path(), &["--stdout"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let settings = Settings::from_config(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    (text, settings)
}

#[test]
fn kube_linter_with_defaults() {
    let config = "checks:
  exclude: [latest-tag, run-as-non-root]
  ignorePaths: [\"vendor/**\", \"../other/**\"]
customChecks:
  - {name: three, template: minimum-replicas, params: {minReplicas: 3}}
  - {name: team, template: required-label, params: {key: team}}
  - {name: mine, template: cel-expression}
";
    let (text, settings) = of(&[(".kube-linter.yaml", config)]);
    assert!(
        settings.is_enabled("runtime-socket-mounted") && settings.is_enabled("selector-mismatch"),
        "{text}"
    );
    assert!(
        !settings.is_enabled("image-version-open") && !settings.is_enabled("root-not-forbidden"),
        "{text}"
    );
    assert!(settings.is_enabled("required-label-missing"), "{text}");
    assert!(text.contains("single-replica: {minimum: 3}") && text.contains("labels: [team]"), "{text}");
    assert!(text.contains("exclude: [\"vendor/**\"]"), "{text}");
    assert!(text.contains("cel-expression") && text.contains("../other/**"), "{text}");
}

#[test]
fn checkov_with_a_choice() {
    let config =
        "check: [CKV_K8S_16, CKV_AWS_1]\nskip-check: CKV_K8S_20\nskip-path: [old]\nsoft-fail: true\n";
    let (text, settings) = of(&[(".checkov.yaml", config)]);
    assert!(settings.is_enabled("privileged-container"), "{text}");
    assert!(!settings.is_enabled("host-namespaces") && !settings.is_enabled("privilege-escalation-allowed"));
    assert!(text.contains("failOn: never") && text.contains("old/**"), "{text}");
}

#[test]
fn polaris_with_severities_and_exemptions() {
    let config = "checks: {runAsPrivileged: danger, hostPortSet: ignore, cpuLimitsMissing: warning}
exemptions:
  - {namespace: kube-system, controllerNames: [kube-proxy], rules: [hostNetworkSet]}
  - {namespace: legacy}
";
    let (text, settings) = of(&[("polaris.yaml", config)]);
    assert!(settings.is_enabled("privileged-container") && !settings.is_enabled("host-port"), "{text}");
    assert_eq!(settings.severity.get("privileged-container"), Some(&Severity::Error));
    assert_eq!(settings.overrides.len(), 2, "{text}");
    assert!(text.contains("# - polaris cpuLimitsMissing: "), "{text}");
}

#[test]
fn annotations_become_overrides() {
    let manifest = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    kube-score/ignore: container-image-tag, pod-networkpolicy
    ignore-check.kube-linter.io/privileged-container: \"needs \\\"it\\\"\\n# all\"
    polaris.fairwinds.com/host-network-set-exempt: \"true\"
    checkov.io/skip1: CKV_K8S_14=why not
";
    let (text, settings) = of(&[("web.yaml", manifest)]);
    assert_eq!(settings.overrides.len(), 1, "{text}");
    let ignored: Vec<&str> = settings.overrides[0].ignore.iter().map(|name| name.text.as_str()).collect();
    for rule in
        ["image-version-open", "pod-without-network-policy", "privileged-container", "host-namespaces"]
    {
        assert!(ignored.contains(&rule), "{rule}: {text}");
    }
}

#[test]
fn nothing_is_overwritten_and_nothing_made_of_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(migrate(folder.path(), &[]).status.code(), Some(2));
    std::fs::write(folder.path().join(".kube-linter.yaml"), "{}").expect("written");
    assert_eq!(migrate(folder.path(), &[]).status.code(), Some(0));
    assert!(folder.path().join(".wplint.yaml").is_file());
    assert_eq!(migrate(folder.path(), &[]).status.code(), Some(2));
    assert_eq!(migrate(folder.path(), &["--force"]).status.code(), Some(0));
}

//! The original manifests against the API versions of a target.

use std::path::PathBuf;

use wplint::lint::lint;
use wplint::settings::Settings;

/// `rule apiVersion` of every finding about versions, sorted.
fn versions(variant: &str, target: Option<&str>) -> Vec<String> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/wordpress")).join(variant);
    let settings = match target {
        Some(target) => {
            Settings::from_config(&format!("kubernetesVersion: \"{target}\"\n")).expect("a configuration")
        }
        None => Settings::default(),
    };
    let run = lint(&[path], &settings);
    let own = run.findings.iter().filter(|one| one.finding.rule.name().starts_with("api-"));
    let mut found: Vec<String> = own
        .map(|one| {
            let file = &run.files[one.finding.span.file.0 as usize];
            format!("{} {}", one.finding.rule.name(), &file.text[one.finding.span.range()])
        })
        .collect();
    found.sort();
    found
}

#[test]
fn the_newest_cluster_serves_none_of_the_old_versions() {
    for variant in ["v2", "v3", "v4", "v5", "v6", "v7"] {
        let found = versions(variant, None);
        for gone in ["policy/v1beta1", "networking.k8s.io/v1beta1"] {
            assert!(found.contains(&format!("api-removed {gone}")), "{variant}: {found:?}");
        }
        let preset = found.contains(&"api-removed settings.k8s.io/v1alpha1".to_owned());
        assert_eq!(preset, matches!(variant, "v6" | "v7"), "{variant}: {found:?}");
    }
}

#[test]
fn an_old_cluster_serves_some_of_them() {
    let found = versions("v7", Some("1.21"));
    assert_eq!(
        found,
        [
            "api-deprecated networking.k8s.io/v1beta1",
            "api-deprecated policy/v1beta1",
            "api-removed settings.k8s.io/v1alpha1",
        ]
    );
}

//! The article's application: what is said of its second version, of each slip planted in it, and of all seven
//! versions at once.

use std::path::Path;

use crate::support::{fixture, version};
use wplint::finding::Severity;
use wplint::lint::lint_texts;
use wplint::run::{Reported, Run, Status};
use wplint::settings::Settings;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/wordpress");

fn lint(files: Vec<(String, String)>) -> Run {
    lint_texts(files, &Settings::default())
}

/// Findings of some groups as `path:line:column severity[rule] underlined text`.
fn findings(run: &Run, groups: &[&str]) -> Vec<String> {
    let own = run.findings.iter().filter(|one| one.status == Status::Shown && groups.contains(&one.group));
    own.map(|one| line(run, one)).collect()
}

fn line(run: &Run, one: &Reported) -> String {
    let file = &run.files[one.finding.span.file.0 as usize];
    let place = file.place(one.finding.span.start);
    let text = &file.text[one.finding.span.range()];
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (severity, rule) = (one.severity, one.finding.rule.name());
    format!("{}:{}:{} {severity}[{rule}] {text}", file.path, place.line, place.column)
}

/// Everything a finding says, for tests that look for words.
fn words(run: &Run, rule: &str) -> String {
    let own = run.findings.iter().map(|one| &one.finding).filter(|one| one.rule == rule);
    own.map(|one| {
        let labels = one.also.iter().map(|label| label.message.as_str()).collect::<Vec<_>>().join(" | ");
        let own = one.label.as_deref().unwrap_or("");
        format!("{} | {own} | {labels} | {}\n", one.message, one.help.as_deref().unwrap_or(""))
    })
    .collect()
}

/// Version 2 with one text of one file replaced, which must be there exactly once.
fn broken(file: &str, from: &str, to: &str) -> Run {
    let mut files = version("v2");
    let text = &mut files.iter_mut().find(|(path, _)| path == &format!("v2/{file}")).expect("the file").1;
    assert_eq!(text.matches(from).count(), 1, "`{from}` must be in {file} once");
    *text = text.replace(from, to);
    lint(files)
}

/// What a planted slip adds to the findings of version 2; nothing else may change but `single-replica`, which
/// knows less of its workload then.
fn added(file: &str, from: &str, to: &str) -> Vec<String> {
    let groups = ["ha", "references"];
    let run = broken(file, from, to);
    let rule = |line: &str| line.split(['[', ']']).nth(1).unwrap_or("").to_owned();
    let known = findings(&lint(version("v2")), &groups).iter().map(|line| rule(line)).collect::<Vec<_>>();
    findings(&run, &groups).into_iter().filter(|line| !known.contains(&rule(line))).collect()
}

#[test]
fn version_2_draws_its_replicas_together_and_has_a_single_database() {
    let run = lint(version("v2"));
    let v2 = findings(&run, &["ha", "references"]);
    let text =
        |file: &str| std::fs::read_to_string(Path::new(ROOT).join("v2").join(file)).expect("it is there");
    let line_of = |file: &str, what: &str| {
        text(file).lines().position(|line| line.trim_start().starts_with(what)).expect("it is there") + 1
    };
    let expected = [
        format!("v2/mysql.yaml:{}:3 warning[single-replica] replicas: 1", line_of("mysql.yaml", "replicas:")),
        format!(
            "v2/wordpress.yaml:{}:9 error[affinity-packs-replicas] podAffinity",
            line_of("wordpress.yaml", "podAffinity:")
        ),
    ];
    assert_eq!(v2, expected);
    let packs = words(&run, "affinity-packs-replicas");
    for word in ["all 4 replicas", "`kubernetes.io/hostname`", "`wordpress-mysql`", "`podAntiAffinity`"] {
        assert!(packs.contains(word), "{word} in {packs}");
    }
    let single = words(&run, "single-replica");
    for word in ["Service `wordpress-mysql`", "Deployment `wordpress`", "`WORDPRESS_DB_HOST`"] {
        assert!(single.contains(word), "{word} in {single}");
    }
}

#[test]
fn anti_affinity_is_what_was_meant_and_its_selector_must_be_narrow() {
    let apart = broken("wordpress.yaml", "podAffinity:", "podAntiAffinity:");
    let rules = |run: &Run| -> Vec<&str> {
        let own = run.findings.iter().filter(|one| one.group == "ha");
        own.map(|one| one.finding.rule.name()).collect()
    };
    assert_eq!(rules(&apart), ["single-replica", "anti-affinity-too-broad"]);

    let mut files = version("v2");
    for (path, text) in &mut files {
        if path == "v2/wordpress.yaml" {
            let narrow = "matchLabels: {tier: frontend}\n                  matchExpressions:";
            assert_eq!(text.matches("matchExpressions:").count(), 1);
            *text = text.replace("podAffinity:", "podAntiAffinity:").replace("matchExpressions:", narrow);
        }
    }
    assert_eq!(rules(&lint(files)), ["single-replica"]);
}

/// Replaces the n-th occurrence of a text.
fn nth(text: &str, from: &str, to: &str, n: usize) -> String {
    let at = text.match_indices(from).nth(n).expect("so many are there").0;
    format!("{}{to}{}", &text[..at], &text[at + from.len()..])
}

fn added_nth(file: &str, from: &str, to: &str, n: usize) -> (Vec<String>, Run) {
    let mut files = version("v2");
    let text = &mut files.iter_mut().find(|(path, _)| path == &format!("v2/{file}")).expect("the file").1;
    *text = nth(text, from, to, n);
    let run = lint(files);
    let groups = ["ha", "references"];
    let mut found = findings(&run, &groups);
    found.retain(|line| !line.contains("[affinity-packs-replicas]") && !line.contains("[single-replica]"));
    (found, run)
}

#[test]
fn a_label_of_the_template_that_its_selector_does_not_know() {
    // The third `tier: frontend` of the file is the pod template's.
    let occurrences = ["service selector", "deployment labels", "deployment selector", "template labels"];
    assert_eq!(occurrences.len(), 4);
    let (found, run) = added_nth("wordpress.yaml", "tier: frontend", "tier: frontent", 3);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("error[selector-mismatch] frontent"), "{found:?}");
    assert!(words(&run, "selector-mismatch").contains("frontend"));
}

#[test]
fn a_label_of_the_service_that_no_pod_carries() {
    let (found, run) = added_nth("wordpress.yaml", "tier: frontend", "tier: fronted", 0);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("warning[service-selects-nothing] fronted"), "{found:?}");
    let words = words(&run, "service-selects-nothing");
    assert!(words.contains("did you mean `tier: frontend`?") && words.contains("`wordpress`"), "{words}");
}

#[test]
fn a_port_name_that_no_container_declares() {
    let found = added("wordpress.yaml", "targetPort: wdport", "targetPort: wdprt");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("error[service-port-unresolved] wdprt"), "{found:?}");
    let run = broken("wordpress.yaml", "targetPort: wdport", "targetPort: wdprt");
    assert!(words(&run, "service-port-unresolved").contains("did you mean `wdport`?"));
    // The other end of the same name.
    let found = added("mysql.yaml", "name: dbport", "name: db-port");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("error[service-port-unresolved] dbport"), "{found:?}");
}

#[test]
fn a_host_that_is_misspelt_in_a_wrong_namespace_or_on_a_wrong_port() {
    let host = |to: &str| added("wordpress.yaml", "wordpress-mysql:3306", to);
    let found = host("wordpress-mysqll:3306");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("warning[host-unresolved] wordpress-mysqll"), "{found:?}");
    let run = broken("wordpress.yaml", "wordpress-mysql:3306", "wordpress-mysqll:3306");
    assert!(words(&run, "host-unresolved").contains("did you mean `wordpress-mysql`?"));

    let found = host("wordpress-mysql:3307");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("error[host-port-unexposed] 3307"), "{found:?}");

    let found = host("wordpress-mysql.kube-exampl.svc:3306");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("[host-unresolved] wordpress-mysql.kube-exampl.svc"), "{found:?}");
}

#[test]
fn a_service_in_another_namespace_than_its_pods() {
    let (found, run) = added_nth("mysql.yaml", "namespace: kube-example", "namespace: kube-exampel", 0);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("warning[service-selects-nothing] kube-exampel"), "{found:?}");
    assert!(words(&run, "service-selects-nothing").contains("`kube-example`"));
}

#[test]
fn a_budget_that_misses_its_workload() {
    let found = added("pdb.yaml", "tier: frontend", "tier: frontent");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("warning[pdb-selects-nothing] frontent"), "{found:?}");
    let run = broken("pdb.yaml", "tier: frontend", "tier: frontent");
    let words = words(&run, "pdb-selects-nothing");
    assert!(words.contains("frontend") && words.contains("`wordpress`"), "{words}");
}

#[test]
fn the_budget_is_understood_in_its_old_version() {
    let found = added("pdb.yaml", "maxUnavailable: 1", "maxUnavailable: 0");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("error[pdb-blocks-eviction]"), "{found:?}");
}

#[test]
fn all_versions_at_once_are_what_each_is_alone() {
    let names: Vec<String> = (1..=7).map(|n| format!("v{n}")).collect();
    let together = lint(names.iter().flat_map(|name| version(name)).collect());
    let mut alone = Vec::new();
    for name in &names {
        let run = lint(version(name));
        alone.extend(run.findings.iter().map(|one| line(&run, one)));
    }
    let together: Vec<String> = together.findings.iter().map(|one| line(&together, one)).collect();
    assert_eq!(together, alone);
}

#[test]
fn repaired_manifests_have_only_the_single_database_left() {
    let run = lint(fixture("repaired"));
    let loud = run.findings.iter().filter(|one| one.severity > Severity::Info);
    let loud: Vec<&str> = loud.filter(|one| one.group == "ha").map(|one| one.finding.rule.name()).collect();
    assert_eq!(loud, ["single-replica"]);
}

//! Availability rules together: each mistake is said once, and nothing is said about what a patch may change.

use wplint::lint::lint_texts;
use wplint::settings::Settings;

/// The rules of the group that speak, each with the text its finding points at. With a kustomization, it
/// deploys the manifest.
fn speaking(text: &str, kustomization: Option<&str>) -> Vec<(&'static str, String)> {
    let mut files = vec![("app.yaml".to_owned(), text.to_owned())];
    if let Some(kustomization) = kustomization {
        let text = format!("resources: [app.yaml]\n{kustomization}");
        files.push(("kustomization.yaml".to_owned(), text));
    }
    let run = lint_texts(files, &Settings::default());
    let ours = run.findings.iter().map(|one| &one.finding).filter(|one| OURS.contains(&one.rule.name()));
    let mut found: Vec<_> = ours
        .map(|finding| {
            let at = run.files[0].text[finding.span.range()].split_whitespace().collect::<Vec<_>>().join(" ");
            (finding.rule.name(), at)
        })
        .collect();
    found.sort_by_key(|one| OURS.iter().position(|rule| *rule == one.0));
    found
}

const OURS: &[&str] = &[
    "single-replica",
    "affinity-packs-replicas",
    "replicas-not-spread",
    "spread-matches-nothing",
    "anti-affinity-too-broad",
    "anti-affinity-stalls-rollout",
    "rollout-deadlock",
    "rollout-downtime",
    "volume-pins-replicas",
    "host-port-limits-replicas",
    "node-pinned",
    "bare-pod",
];

const SITE: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: site}
spec:
  replicas: 4
  selector: {matchLabels: {app: site, tier: front}}
  template:
    metadata: {labels: {app: site, tier: front}}
    spec:
      containers: [{name: site, image: 'nginx:1.29'}]
      affinity:
        podAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 1
              podAffinityTerm:
                topologyKey: kubernetes.io/hostname
                labelSelector: {matchLabels: {app: site}}
---
apiVersion: v1
kind: Service
metadata: {name: site-db}
spec: {selector: {app: site, tier: db}, ports: [{port: 3306}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: site-db}
spec:
  replicas: 1
  selector: {matchLabels: {app: site, tier: db}}
  template:
    metadata: {labels: {app: site, tier: db}}
    spec:
      containers: [{name: db, image: 'mysql:8.4'}]
";

#[test]
fn one_word_makes_the_difference() {
    let single = ("single-replica", "replicas: 1".to_owned());
    let packed = ("affinity-packs-replicas", "podAffinity".to_owned());
    assert_eq!(speaking(SITE, None), [single.clone(), packed]);

    let apart = SITE.replace("podAffinity:", "podAntiAffinity:");
    let broad = ("anti-affinity-too-broad", "site".to_owned());
    assert_eq!(speaking(&apart, None), [single.clone(), broad]);

    let narrow = apart.replace("{matchLabels: {app: site}}", "{matchLabels: {app: site, tier: front}}");
    assert_eq!(speaking(&narrow, None), [single]);
}

#[test]
fn each_failure_to_spread_is_said_once() {
    let rules = |text: &str| speaking(text, None).into_iter().map(|one| one.0).collect::<Vec<_>>();
    let apart = SITE.replace("podAffinity:", "podAntiAffinity:");
    let wrong = apart.replace("{matchLabels: {app: site}}", "{matchLabels: {app: store}}");
    assert_eq!(rules(&wrong), ["single-replica", "spread-matches-nothing"]);
    let key = apart
        .replace("kubernetes.io/hostname", "example.org/rack")
        .replace("{matchLabels: {app: site}}", "{matchLabels: {tier: front}}");
    assert_eq!(rules(&key), ["single-replica", "replicas-not-spread"]);
    let open = apart.replace("{matchLabels: {app: site}}", "{matchLabels: {tier: '${TIER}'}}");
    assert_eq!(rules(&open), ["single-replica"]);
}

#[test]
fn a_patch_may_bring_what_is_missing() {
    let patch = |name: &str| format!("  - target: {{kind: Deployment, name: {name}}}\n    patch: '[]'\n");
    let kustomization = format!("patches:\n{}{}", patch("site"), patch("site-db"));
    assert_eq!(speaking(SITE, Some(&kustomization)), []);
}

#[test]
fn labels_of_a_kustomization_count() {
    let text = SITE
        .replace("podAffinity:", "podAntiAffinity:")
        .replace("{matchLabels: {app: site}}", "{matchLabels: {team: web}}");
    let found: Vec<&str> =
        speaking(&text, Some("commonLabels: {team: web}")).into_iter().map(|one| one.0).collect();
    // It reaches the pods of both workloads, so the term that counts it is too broad, not inert.
    assert_eq!(found, ["single-replica", "anti-affinity-too-broad"]);
}

#[test]
fn what_a_controller_made_is_its_business() {
    let text = "
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-5d9c7
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: 7a, controller: true}]
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1.29'}], nodeName: worker-1}
";
    assert_eq!(speaking(text, None), []);
    let own = text
        .replace("ownerReferences", "annotations")
        .replace("[{apiVersion: apps/v1, kind: Deployment, name: web, uid: 7a, controller: true}]", "{}");
    assert_eq!(speaking(&own, None), [("node-pinned", "worker-1".to_owned())]);
}

/// Messages of a rule about one file.
fn messages(text: &str, rule: &str) -> Vec<String> {
    let run = lint_texts(vec![("app.yaml".to_owned(), text.to_owned())], &Settings::default());
    let own = run.findings.into_iter().filter(|one| one.finding.rule.name() == rule);
    own.map(|one| one.finding.message).collect()
}

#[test]
fn a_limit_range_gives_some_of_the_requests() {
    let text = "apiVersion: v1
kind: LimitRange
metadata: {name: defaults}
spec: {limits: [{type: Container, defaultRequest: {memory: 256Mi}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1'}]}
";
    let found = messages(text, "requests-missing");
    assert!(
        matches!(&found[..], [one] if one.contains("no cpu") && !one.contains("BestEffort")),
        "{found:?}"
    );
}

#[test]
fn an_object_whose_name_is_made_is_called_by_its_beginning() {
    let text = "apiVersion: v1
kind: Pod
metadata: {generateName: web-}
spec: {containers: [{name: web, image: 'nginx:1'}], volumes: [{name: a, secret: {secretName: none}}]}
";
    let run = lint_texts(vec![("a.yaml".to_owned(), text.to_owned())], &Settings::default());
    let own = run.findings.iter().find(|one| one.finding.rule.name() == "volume-source-missing");
    let notes = &own.expect("it is reported").finding.notes;
    assert!(matches!(&notes[..], [one] if one.ends_with("Pod `web-…` never starts")), "{notes:?}");
}

#[test]
fn the_same_service_in_two_files_is_named_once() {
    let service = "apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
";
    let workload = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1'}]}
";
    let files = vec![
        ("a.yaml".to_owned(), service.to_owned()),
        ("b.yaml".to_owned(), format!("{service}{workload}")),
        ("far/away/c.yaml".to_owned(), service.replace("name: web}", "name: other}")),
    ];
    let run = lint_texts(files, &Settings::default());
    let own =
        run.findings.iter().find(|one| one.finding.rule.name() == "single-replica").expect("it is said");
    assert_eq!(own.finding.notes, ["losing its pod or node stops Service `web`"]);
}

/// Workloads behind Services, of which the last one may run more pods than one.
fn shop(count: usize, last: u32) -> Vec<(String, String)> {
    let one = |at: usize| {
        let replicas = if at + 1 == count { last } else { 1 };
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: w{at}, namespace: shop}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: w{at}}}}}\n  template:\n    metadata: {{labels: {{app: w{at}}}}}\n    spec: {{containers: [{{name: web, image: \"web:1\"}}]}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: w{at}, namespace: shop}}\nspec: {{selector: {{app: w{at}}}, ports: [{{port: 80}}]}}\n"
        );
        (format!("w{at}.yaml"), text)
    };
    (0..count).map(one).collect()
}

#[test]
fn what_nothing_in_a_unit_has_is_a_warning_once() {
    let loud = |count, last| {
        let run = wplint::lint::lint_texts(shop(count, last), &wplint::settings::Settings::default());
        let own = |rule: &str| {
            let warns = |one: &&wplint::run::Reported| {
                one.finding.rule.name() == rule && one.severity == wplint::finding::Severity::Warning
            };
            run.findings.iter().filter(warns).count()
        };
        (own("single-replica"), own("requests-missing"))
    };
    assert_eq!(loud(5, 1), (5, 5), "few enough to be oversights");
    assert_eq!(loud(6, 1), (1, 1));
    assert_eq!(loud(7, 2), (6, 1), "one is different");
}

//! Availability rules together: each mistake is said once, and nothing is said about what a patch may change.

mod support;

use std::sync::Arc;

use wplint::finding::Out;
use wplint::inventory::{Inventory, Surroundings, View};
use wplint::kube::object::Object;
use wplint::rules::{self, Check};
use wplint::source::{FileId, SourceFile};
use wplint::yaml;

/// The rules of the group that speak, each with the text its finding points at.
fn speaking(text: &str, view: &View) -> Vec<(&'static str, String)> {
    let file = Arc::new(SourceFile::new(FileId(0), "app.yaml".to_owned(), text.to_owned()));
    let pieces = yaml::split(&file.text);
    let trees: Vec<_> =
        pieces.iter().map(|piece| yaml::parse(&file, piece).expect("the example is YAML")).collect();
    let objects = trees.iter().filter_map(|tree| Object::read(tree.root())).collect();
    let surroundings = Surroundings::default();
    let inventory = Inventory::new(objects, &surroundings, view);
    let mut found = Vec::new();
    for rule in rules::all().filter(|rule| OURS.contains(&rule.name)) {
        let mut out = Out::new(rule.name);
        if let Check::Unit(check) = rule.check {
            check(&inventory, &mut out);
        }
        for finding in out.into_findings() {
            let at = file.text[finding.span.range()].split_whitespace().collect::<Vec<_>>().join(" ");
            found.push((finding.rule, at));
        }
    }
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
    let view = View::default();
    let packed = ("affinity-packs-replicas", "podAffinity".to_owned());
    assert_eq!(speaking(SITE, &view), [single.clone(), packed]);

    let apart = SITE.replace("podAffinity:", "podAntiAffinity:");
    let broad = ("anti-affinity-too-broad", "site".to_owned());
    assert_eq!(speaking(&apart, &view), [single.clone(), broad]);

    let narrow = apart.replace("{matchLabels: {app: site}}", "{matchLabels: {app: site, tier: front}}");
    assert_eq!(speaking(&narrow, &view), [single]);
}

#[test]
fn each_failure_to_spread_is_said_once() {
    let view = View::default();
    let rules = |text: &str| speaking(text, &view).into_iter().map(|one| one.0).collect::<Vec<_>>();
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
    let mut view = View::default();
    view.patched.insert(("Deployment".to_owned(), "site".to_owned()));
    view.patched.insert(("Deployment".to_owned(), "site-db".to_owned()));
    assert_eq!(speaking(SITE, &view), []);
}

#[test]
fn labels_of_a_kustomization_count() {
    let text = SITE
        .replace("podAffinity:", "podAntiAffinity:")
        .replace("{matchLabels: {app: site}}", "{matchLabels: {team: web}}");
    let mut view = View::default();
    view.pod_labels.push(("team".to_owned(), "web".to_owned()));
    let found: Vec<&str> = speaking(&text, &view).into_iter().map(|one| one.0).collect();
    assert_eq!(found, ["single-replica"]);
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
    assert_eq!(speaking(text, &View::default()), []);
    let own = text
        .replace("ownerReferences", "annotations")
        .replace("[{apiVersion: apps/v1, kind: Deployment, name: web, uid: 7a, controller: true}]", "{}");
    assert_eq!(speaking(&own, &View::default()), [("node-pinned", "worker-1".to_owned())]);
}

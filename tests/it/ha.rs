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

/// How many warnings of a rule there are.
fn warnings(rule: &str, files: Vec<(String, String)>) -> usize {
    loud(files).into_iter().filter(|one| one.starts_with(rule)).count()
}

/// The same files, where some containers request something.
fn requesting(mut files: Vec<(String, String)>, count: usize) -> Vec<(String, String)> {
    for (_, text) in &mut files[..count] {
        *text = text
            .replace("image: \"web:1\"", "image: \"web:1\", resources: {requests: {cpu: 1, memory: 1Gi}}");
    }
    files
}

#[test]
fn what_most_of_the_input_lacks_is_advice_and_what_others_have_was_forgotten() {
    let of = warnings;
    // The author of one application asks about each place.
    assert_eq!((of("single-replica", shop(2, 1)), of("requests-missing", shop(2, 1))), (2, 2));
    assert_eq!((of("single-replica", shop(5, 1)), of("requests-missing", shop(5, 1))), (0, 0));
    assert_eq!(of("requests-missing", requesting(shop(9, 1), 4)), 0, "five of nine");
    assert_eq!(of("requests-missing", requesting(shop(9, 1), 6)), 3, "three of nine");
    assert_eq!(of("requests-missing", requesting(shop(30, 1), 17)), 0, "a list that nobody works through");
    // The variants of one application are one application.
    let variants = [0, 1, 2].into_iter().flat_map(|at| {
        shop(2, 1).into_iter().map(move |(path, text)| (format!("v{at}/{path}"), text)).collect::<Vec<_>>()
    });
    assert_eq!(of("requests-missing", variants.collect()), 6);
}

#[test]
fn what_the_author_asks_for_elsewhere_is_no_habit() {
    let spread = "topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, \
                  whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: w5}}}], containers: ";
    let mut files = shop(6, 2);
    assert_eq!(warnings("pdb-missing", files.clone()), 0, "nobody has one");
    assert_eq!(warnings("replicas-not-spread", files.clone()), 0, "nobody is spread");
    files[5].1 = files[5].1.replace("containers: ", spread);
    assert_eq!(warnings("pdb-missing", files), 1, "kept apart on purpose");
    let mut files = shop(6, 2);
    files[5].1 = files[5].1.replace("replicas: 2", "replicas: 2 # for availability");
    assert_eq!(warnings("pdb-missing", files.clone()), 1);
    assert_eq!(warnings("replicas-not-spread", files.clone()), 1);
    files[5].1 = files[5]
        .1
        .replace("{containers: [{name: web", "{containers: [{env: [{name: API_HOST, value: w0}], name: web");
    assert_eq!(warnings("single-replica", files), 1, "two pods depend on it");
}

#[test]
fn trials_and_releases_of_others_are_advice() {
    let of = |change: &dyn Fn(&str) -> String| {
        let mut files = requesting(shop(9, 1), 6);
        files[8].1 = change(&files[8].1);
        warnings("requests-missing", files)
    };
    assert_eq!(of(&|text| text.to_owned()), 3);
    assert_eq!(of(&|text| format!("# Tested in production.\n{text}")), 3, "no such words");
    assert_eq!(of(&|text| format!("# For testing only.\n{text}")), 2);
    assert_eq!(of(&|text| text.replace("image: \"web:1\"", "image: \"web:1\", imagePullPolicy: Never")), 2);
    assert_eq!(of(&|text| text.replace("\"web:1\"", "\"localhost:5000/web:1\"")), 2);
    let development = "\"web:1\", env: [{name: NODE_ENV, value: development}]";
    assert_eq!(of(&|text| text.replace("\"web:1\"", development)), 2);
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.x.io}\n";
    assert_eq!(of(&|text| format!("{definition}---\n{text}")), 2);
}

/// What the rules say that are louder than advice, as `rule path`.
fn loud(files: Vec<(String, String)>) -> Vec<String> {
    let run = wplint::lint::lint_texts(files, &wplint::settings::Settings::default());
    let loud = run.findings.iter().filter(|one| one.severity > wplint::finding::Severity::Info);
    let words =
        loud.map(|one| format!("{} {}", one.finding.rule, run.files[one.finding.span.file.0 as usize].path));
    words.collect()
}

#[test]
fn a_policy_that_writes_requests_speaks_for_all_pods() {
    let policy = "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicy\nmetadata: {name: floor}\nspec:\n  \
                  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}\n  \
                  reinvocationPolicy: Never\n  mutations:\n    - patchType: ApplyConfiguration\n      applyConfiguration:\n        \
                  expression: >-\n          Object{spec: Object.spec{containers: object.spec.containers.map(c, \
                  Object.spec.containers.item{name: c.name, resources: \
                  Object.spec.containers.item.resources{requests: {'memory': '64Mi'}}})}}\n";
    let rules = |files| loud(files).into_iter().filter(|one| one.starts_with("requests-missing")).count();
    assert_eq!(rules(shop(2, 1)), 2);
    let mut files = shop(2, 1);
    files.push(("policies/floor.yaml".to_owned(), policy.to_owned()));
    assert_eq!(rules(files), 0);
}

#[test]
fn a_second_pod_of_no_use_is_advice_unless_replicas_depend_on_the_first() {
    let text = |replicas: u32| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: db, namespace: shop}}\nspec:\n  replicas: 1\n  strategy: {{type: \
             Recreate}}\n  selector: {{matchLabels: {{app: db}}}}\n  template:\n    metadata: {{labels: {{app: db}}}}\n    spec: \
             {{containers: [{{name: db, image: 'store:1'}}]}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: db, namespace: \
             shop}}\nspec: {{selector: {{app: db}}, ports: [{{port: 80}}]}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: \
             {{name: web, namespace: shop}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    \
             metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: web, image: 'web:1', env: [{{name: DB_HOST, \
             value: db}}]}}]}}\n"
        )
    };
    let single = |replicas| {
        let files = vec![("a.yaml".to_owned(), text(replicas))];
        loud(files).into_iter().filter(|one| one.starts_with("single-replica")).count()
    };
    assert_eq!((single(1), single(2)), (0, 1));
}

#[test]
fn what_a_kustomization_switched_off_is_kept() {
    let shop = |path: &str| {
        let [(_, text)] = <[_; 1]>::try_from(shop(1, 1)).expect("one");
        (path.to_owned(), text)
    };
    let listed = "resources:\n  - web.yaml\n  # - old.yaml\n  #- more # later\n  # - used.yaml\n";
    let files = vec![
        ("app/kustomization.yaml".to_owned(), listed.to_owned()),
        shop("app/web.yaml"),
        shop("app/old.yaml"),
        shop("app/used.yaml"),
        shop("app/more/web.yaml"),
        ("other/kustomization.yaml".to_owned(), "resources: [../app/used.yaml]\n".to_owned()),
        shop("x/thing.disabled/web.yaml"),
    ];
    let run = wplint::lint::lint_texts(files, &wplint::settings::Settings::default());
    let kept: std::collections::BTreeSet<&str> = run
        .findings
        .iter()
        .filter(|one| one.context.is_some())
        .map(|one| run.files[one.finding.span.file.0 as usize].path.as_str())
        .collect();
    assert_eq!(
        kept.into_iter().collect::<Vec<_>>(),
        ["app/more/web.yaml", "app/old.yaml", "x/thing.disabled/web.yaml"]
    );
}

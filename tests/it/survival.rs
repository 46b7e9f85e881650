//! What survives, against what real components did. The observations are not part of the project: `WPLINT_ORACLE`
//! names their folder.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use wplint::document::{Document, classify, load};
use wplint::files::{FileId, SourceFile};
use wplint::inventory::{Inventory, Surroundings};
use wplint::kube::workload::WorkloadKind;
use wplint::project::View;
use wplint::survival::cluster::{Cluster, Node};
use wplint::survival::demands;
use wplint::survival::evict::{self, Owner, Pod, Status};
use wplint::survival::problem::Past;
use wplint::survival::rollout::rollout;

/// The lines of a file of observations, or nothing, which is said.
fn observations(name: &str) -> Vec<Value> {
    let Some(folder) = std::env::var_os("WPLINT_ORACLE").map(PathBuf::from) else {
        eprintln!("skipped: WPLINT_ORACLE names no folder with {name}");
        return Vec::new();
    };
    let text = std::fs::read_to_string(folder.join(name)).expect("the observations are readable");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn documents(objects: &[Value]) -> Vec<Document> {
    let text = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    load(&[Arc::new(SourceFile::new(FileId(0), "all.json", text))])
}

/// Lets a function see the inventory of some objects.
fn with_inventory<T>(objects: &[Value], look: impl FnOnce(&Inventory<'_>) -> T) -> T {
    let documents = documents(objects);
    let classes: Vec<_> = documents.iter().map(classify).collect();
    let objects = classes.iter().flat_map(|class| class.objects()).collect();
    let (surroundings, view) = (Surroundings::default(), View::default());
    look(&Inventory::new(objects, &surroundings, &view))
}

fn cluster(nodes: &[Value]) -> Cluster {
    let documents = documents(nodes);
    let nodes = documents.iter().map(classify).collect::<Vec<_>>();
    let nodes =
        nodes.iter().flat_map(|class| class.objects()).filter_map(|object| Node::read(&object)).collect();
    Cluster { nodes, real: true }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn no_placement_of_a_real_scheduler_is_worse() {
    let (mut seen, mut exact, mut tight, mut wrong) = (0, 0, 0, Vec::new());
    for line in observations("placement.jsonl") {
        let cluster = cluster(list(&line, "nodes"));
        with_inventory(list(&line, "objects"), |inventory| {
            let replicas = |at: usize| inventory.replicas(at).map_or(1, |range| range.ceiling.count as usize);
            for at in 0..inventory.workloads.len() {
                let name = inventory.workloads[at].object.name;
                let together = demands::Ties::new(inventory, &cluster).around(at).expect("few workloads");
                let all: Vec<(usize, usize)> = together.iter().map(|&at| (at, replicas(at))).collect();
                let problem = demands::problem(inventory, &cluster, &all);
                let fresh = problem.worst(Past::Fresh)[0];
                let any = problem.worst(Past::Any)[0];
                seen += 1;
                exact += usize::from(!fresh.bounded && !any.bounded);
                let mut least = usize::MAX;
                for run in list(&line, "runs") {
                    if !list(run, "background").is_empty() || run["unsettled"].as_bool() == Some(true) {
                        continue;
                    }
                    let got = &run["workloads"][name];
                    let Some(node) = got["after_node"].as_u64() else { continue };
                    let how = run["how"].as_str().unwrap_or("");
                    let model = if how == "plain" { fresh } else { any };
                    least = least.min(node as usize);
                    let zone = got["after_zone"].as_u64();
                    let worse = (node as usize) < model.node
                        || (how == "plain"
                            && (got["scheduled"].as_u64().unwrap_or(0) as usize) < model.scheduled)
                        || zone.zip(model.zone).is_some_and(|(seen, model)| (seen as usize) < model);
                    if worse {
                        wrong.push(format!("{} {name} {how}: {got} but {model:?}", line["id"]));
                    }
                }
                tight += usize::from(least == any.node || least == fresh.node);
            }
        });
    }
    println!(
        "{seen} workloads, {exact} enumerated, {tight} reached by an observation, {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_budget_of_a_real_controller_is_equal() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for line in observations("disruption.jsonl") {
        with_inventory(list(&line, "objects"), |inventory| {
            let owner = |name: &str| {
                let Some(at) =
                    (0..inventory.workloads.len()).find(|at| inventory.workloads[*at].object.name == name)
                else {
                    return Owner::Nobody;
                };
                match inventory.workloads[at].kind {
                    WorkloadKind::Job | WorkloadKind::DaemonSet => Owner::Unscaled,
                    WorkloadKind::Pod => Owner::Nobody,
                    _ => Owner::Scaled(at, inventory.replicas(at).map_or(1, |range| range.floor.count)),
                }
            };
            for (at, budget) in inventory.budgets.iter().enumerate() {
                let selected: Vec<&str> = inventory
                    .budget_pods(at)
                    .iter()
                    .map(|one| inventory.workloads[one.workload].object.name)
                    .collect();
                let pods = line["pods"].as_object().expect("pods");
                let own = pods.iter().filter_map(|(name, pod)| {
                    let of = pod["owner"].as_str().unwrap_or(name);
                    selected
                        .contains(&of)
                        .then(|| Pod { owner: owner(of), ready: pod["ready"].as_bool() == Some(true) })
                });
                let said = &line["budgets"][budget.object.name];
                if said.is_null() {
                    continue;
                }
                let status = evict::status(budget, &own.collect::<Vec<_>>()).expect("a status");
                let number = |key: &str| said[key].as_i64().unwrap_or(-1);
                let failed = said["conditions"][0]["reason"] == "SyncFailed";
                let real = Status {
                    expected: number("expectedPods"),
                    desired: number("desiredHealthy"),
                    healthy: number("currentHealthy"),
                    allowed: number("disruptionsAllowed"),
                    failed,
                };
                seen += 1;
                if real != status {
                    wrong.push(format!(
                        "{} {} {}: {real:?} but {status:?}",
                        line["id"], line["shape"], budget.object.name
                    ));
                }
            }
        });
    }
    println!("{seen} budgets, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_rollout_of_real_controllers_goes_below() {
    let (mut seen, mut equal, mut wrong) = (0, 0, Vec::new());
    for line in observations("rollout.jsonl") {
        let Some(least) = line["min_ready"].as_i64() else { continue };
        let cluster = cluster(list(&line, "nodes"));
        with_inventory(list(&line, "objects"), |inventory| {
            let workload = &inventory.workloads[0];
            let replicas = match workload.kind {
                WorkloadKind::DaemonSet => demands::daemon_nodes(inventory, &cluster, 0) as i64,
                _ => inventory.replicas(0).map_or(1, |range| range.floor.count),
            };
            let model = rollout(workload, replicas).expect("a strategy");
            seen += 1;
            equal += usize::from(model.least == least);
            if model.least > least {
                wrong.push(format!("{}: at least {least} but {model:?}", line["id"]));
            } else if model.least < least {
                println!("{}: {least}, not reached {model:?} {}", line["id"], line["new_pods"]);
            }
        });
    }
    println!("{seen} rollouts, {equal} equal, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `wplint survive` prints of the fixtures at a path.
fn survive(arguments: &[&str]) -> (i32, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wplint"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("survive").args(arguments);
    let output = command.output().expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    (output.status.code().expect("a status"), text)
}

#[test]
fn the_versions_of_the_article() {
    let mut shown = String::new();
    for version in 1..=7 {
        let (status, text) = survive(&["--no-config", &format!("fixtures/wordpress/v{version}")]);
        assert_eq!(status, 0, "{text}");
        shown.push_str(&text);
        shown.push('\n');
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn the_picture_of_the_documentation_is_real() {
    let page = include_str!("../../docs/survival.md");
    let picture =
        page.split("```console\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a picture");
    let (command, table) = picture.split_once('\n').expect("a command and its output");
    let path = command.strip_prefix("$ wplint survive ").expect("the command");
    let (_, text) = survive(&["--no-config", path]);
    assert!(text.starts_with(table), "{text}");
}

#[test]
fn a_requirement_that_is_not_met_is_status_1() {
    assert_eq!(survive(&["--no-config", "--require", "rollout", "fixtures/wordpress/v2"]).0, 0);
    assert_eq!(survive(&["--no-config", "--require", "rollout,node", "fixtures/wordpress/v2"]).0, 1);
    assert_eq!(survive(&["--no-config", "--require", "flood", "fixtures/wordpress/v2"]).0, 2);
}

/// A Deployment without any care, and its requirement.
fn careless(kind: &str, replicas: u32, event: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web, annotations: {{wplint.dev/survives: {event}}}}}\n\
         spec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: \
         {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: web, image: \"nginx:1.29\"}}]}}\n"
    )
}

#[test]
fn every_suggested_change_is_enough_and_nothing_in_it_is_idle() {
    use wplint::survival::judge::{Event, Given, Judge};
    use wplint::survival::mend;
    let mut found = 0;
    for kind in ["Deployment", "StatefulSet"] {
        for replicas in 0..5 {
            for given in
                [Given::Nothing, Given::Nodes(Cluster::even(4, 2)), Given::Nodes(Cluster::even(6, 3))]
            {
                for event in Event::ALL {
                    let text = careless(kind, replicas, event.name());
                    let documents = load(&[Arc::new(SourceFile::new(FileId(0), "a.yaml", text))]);
                    let classes: Vec<_> = documents.iter().map(classify).collect();
                    let objects = classes.iter().flat_map(|class| class.objects()).collect();
                    let (surroundings, view) = (Surroundings::default(), View::default());
                    let inventory = Inventory::new(objects, &surroundings, &view);
                    let judge = Judge::new(&inventory, &given);
                    for row in judge.rows().iter().filter(|row| row.survives(event) == Some(false)) {
                        let Some(changes) = mend::smallest(&judge, row, event) else {
                            continue;
                        };
                        found += 1;
                        assert_eq!(judge.survives_with(row, event, &changes), Some(true), "{changes:?}");
                        for at in 0..changes.len() {
                            let mut fewer = changes.clone();
                            fewer.remove(at);
                            assert_ne!(judge.survives_with(row, event, &fewer), Some(true), "{changes:?}");
                        }
                    }
                }
            }
        }
    }
    assert!(found > 40, "{found} changes");
}

#[test]
fn every_format_tells_the_same() {
    let of = |format: &str| survive(&["--no-config", "--format", format, "fixtures/wordpress/v2"]).1;
    let page = of("html");
    assert!(page.contains("<td class=\"cell bad\">✗ 0 of 4</td>") && page.ends_with("</html>\n"), "{page}");
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "the page needs `{outside}`");
    }
    let chart = of("mermaid");
    assert!(
        chart.contains("n2 -->|\"Service wordpress\"| n1") && chart.contains("class n0,n1,n2 bad"),
        "{chart}"
    );
    assert!(of("dot").contains("n1 -> n0 [label=\"Service `wordpress-mysql`\"]"));
    assert!(of("markdown").contains("| &nbsp;&nbsp;Deployment `wordpress` | ✗ 0 of 4 |"));
    let report: Value = serde_json::from_str(&of("json")).expect("JSON");
    let after = &report["units"][0]["workloads"][1]["after"];
    assert_eq!((&after["two-nodes"]["stay"], &after["drain-during-rollout"]["stay"]), (&json!(0), &json!(3)));
}

#[test]
fn a_drain_during_a_rollout_takes_what_the_budget_has_left() {
    let spread = "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: \
                  kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}, ";
    let budget = |most: u32| {
        format!(
            "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web}}\nspec: {{maxUnavailable: {most}, \
             selector: {{matchLabels: {{app: web}}}}}}\n"
        )
    };
    // Replicas, `maxUnavailable` of the rollout, spread over nodes, `maxUnavailable` of the budget.
    for (replicas, unavailable, apart, most, left) in [
        // One goes for the rollout, and the drain takes another.
        (4, 1, true, None, 2),
        (4, 0, true, None, 3),
        // Nothing keeps the pods off one node.
        (4, 1, false, None, 0),
        // The rollout has used the budget up.
        (4, 1, false, Some(1), 3),
        (4, 0, false, Some(1), 3),
        (6, 1, false, Some(3), 3),
        // One node holds one pod, and the rollout is at work on another.
        (6, 1, true, Some(3), 4),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: {replicas}\n  strategy: \
             {{rollingUpdate: {{maxUnavailable: {unavailable}, maxSurge: 1}}}}\n  selector: {{matchLabels: {{app: web}}}}\n  \
             template:\n    metadata: {{labels: {{app: web}}}}\n    spec: {{{}containers: [{{name: web, image: nginx}}]}}\n{}",
            if apart { spread } else { "" },
            most.map_or(String::new(), budget),
        );
        let path = folder.path().join("web.yaml");
        std::fs::write(&path, text).expect("written");
        let shown = survive(&["--no-config", "--format", "json", path.to_str().expect("UTF-8")]).1;
        let report: Value = serde_json::from_str(&shown).expect("JSON");
        let after = &report["units"][0]["workloads"][0]["after"]["drain-during-rollout"];
        assert_eq!(after["stay"], left, "{replicas} {unavailable} {apart} {most:?}: {shown}");
    }
}

/// Workloads that do not survive much, in the styles that people write.
fn shapes(kind: &str, replicas: Option<u32>, event: &str) -> Vec<String> {
    let count = replicas.map_or(String::new(), |count| format!("  replicas: {count}\n"));
    let metadata = format!("metadata: {{name: web, annotations: {{wplint.dev/survives: {event}}}}}");
    let block = format!(
        "apiVersion: apps/v1\nkind: {kind}\n{metadata}\nspec:\n{count}  selector:\n    matchLabels:\n      app: web\n  \
         template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n      - name: web\n        \
         image: nginx:1.29"
    );
    let packed = format!(
        "{block}\n      affinity:\n        podAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n          \
         - topologyKey: kubernetes.io/hostname\n            labelSelector: {{matchLabels: {{app: web}}}}\n"
    );
    let preferred = format!(
        "{block}\n      affinity:\n        podAntiAffinity:\n          preferredDuringSchedulingIgnoredDuringExecution:\n          \
         - weight: 1\n            podAffinityTerm:\n              topologyKey: kubernetes.io/hostname\n              \
         labelSelector: {{matchLabels: {{app: web}}}}\n"
    );
    let flow = careless(kind, replicas.unwrap_or(1), event);
    let indented: String = block.lines().map(|line| format!("  {line}\n")).collect();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n-{}", &indented[1..]);
    let scaled = |floor: &str| {
        format!(
            "{block}\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web}}\nspec:\n  \
             maxReplicas: 5\n{floor}  scaleTargetRef: {{apiVersion: apps/v1, kind: {kind}, name: web}}\n"
        )
    };
    let mut found = vec![format!("{block}\n"), block.clone(), packed, preferred, flow.clone(), list];
    found.extend([scaled(""), scaled("  minReplicas: 1\n")]);
    if kind == "Deployment" {
        found.push(block.replace("\nspec:\n", "\nspec:\n  strategy:\n    type: Recreate\n"));
        found.push(
            flow.replace("spec:\n  ", "spec:\n  strategy: {rollingUpdate: {maxUnavailable: 100%}}\n  "),
        );
    }
    found
}

#[test]
fn every_change_that_is_written_is_enough_and_nothing_in_it_is_idle() {
    use wplint::finding::Edit;
    use wplint::lint::lint_texts;
    use wplint::settings::Settings;
    use wplint::survival::judge::Event;
    let mut fixed = 0;
    use wplint::survival::judge::{Given, Judge};
    let even = |nodes, zones| Given::Nodes(Cluster::even(nodes, zones));
    for (config, given) in [
        ("", Given::Nothing),
        ("cluster: {nodes: 4, zones: 2}", even(4, 2)),
        ("cluster: {nodes: 6, zones: 3}", even(6, 3)),
    ] {
        // A text whose pods fit on no cluster is not told to survive.
        let holds = |text: &str, event: Event| {
            let documents = load(&[Arc::new(SourceFile::new(FileId(0), "a.yaml", text))]);
            let classes: Vec<_> = documents.iter().map(classify).collect();
            let objects = classes.iter().flat_map(|class| class.objects()).collect();
            let (surroundings, view) = (Surroundings::default(), View::default());
            let inventory = Inventory::new(objects, &surroundings, &view);
            Judge::new(&inventory, &given).rows().iter().any(|row| row.survives(event) == Some(true))
        };
        let mut settings = Settings::from_config(config).expect("a configuration");
        settings.enabled = ["survival-unmet"].into();
        let unmet = |text: &str| lint_texts(vec![("a.yaml".to_owned(), text.to_owned())], &settings).findings;
        let edited = |text: &str, edits: &[&Edit]| {
            let mut text = text.to_owned();
            let mut edits = edits.to_vec();
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
            edits.iter().for_each(|edit| text.replace_range(edit.span.range(), &edit.text));
            text
        };
        let kinds = ["Deployment", "StatefulSet"];
        for (kind, replicas) in
            kinds.iter().flat_map(|kind| [None, Some(1), Some(2), Some(4)].map(|count| (kind, count)))
        {
            for event in Event::ALL {
                for text in shapes(kind, replicas, event.name()) {
                    let findings = unmet(&text);
                    let Some(fix) = findings.first().and_then(|one| one.finding.fix.as_ref()) else {
                        continue;
                    };
                    fixed += 1;
                    let all: Vec<&Edit> = fix.edits.iter().collect();
                    let after = edited(&text, &all);
                    let left = unmet(&after);
                    assert!(
                        left.is_empty() && holds(&after, event),
                        "{}\n{text}\n{after}\n{left:#?}",
                        fix.title
                    );
                    for at in 0..all.len() {
                        let mut fewer = all.clone();
                        fewer.remove(at);
                        assert!(!holds(&edited(&text, &fewer), event), "{} {at}\n{text}", fix.title);
                    }
                }
            }
        }
    }
    println!("{fixed} fixes");
    assert!(fixed > 300, "{fixed} fixes");
}

#[test]
fn copies_are_one_and_workloads_are_rolled_out_one_at_a_time() {
    let recreated = |name: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{strategy: {{type: Recreate}}, \
             selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}, of: web}}}}, spec: \
             {{containers: [{{name: web, image: nginx}}]}}}}}}\n"
        )
    };
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: LoadBalancer, selector: {of: \
                   web}, ports: [{port: 80}]}\n";
    let folder = tempfile::tempdir().expect("a folder");
    let look = |files: &[(&str, String)]| -> Value {
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("written");
        }
        let path = folder.path().to_str().expect("UTF-8");
        let shown = survive(&["--no-config", "--format", "json", path]).1;
        serde_json::from_str::<Value>(&shown).expect("JSON")["units"][0].take()
    };
    let all = format!("{}{service}", recreated("one"));
    let unit = look(&[("a/web.yaml", all.clone()), ("b/web.yaml", all)]);
    assert_eq!(unit["workloads"].as_array().map(Vec::len), Some(1), "{unit:#}");
    assert_eq!(unit["entries"].as_array().map(Vec::len), Some(1), "{unit:#}");
    let after = |unit: &Value, event: &str| unit["entries"][0]["after"][event].clone();
    assert_eq!(after(&unit, "rollout")["survives"], false);
    // Another workload behind the same Service keeps it up.
    let unit = look(&[("c/other.yaml", recreated("two"))]);
    assert_eq!(
        (&after(&unit, "rollout")["survives"], &after(&unit, "rollout")["stay"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(after(&unit, "node")["survives"], false);
}

/// Deployments of hostile sizes: each has a name, replicas and a piece of its pods' `spec`.
fn hostile(count: usize) -> Vec<(&'static str, usize, String)> {
    let list = |one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<Vec<_>>().join(", ");
    let selector = "labelSelector: {matchLabels: {app: web}}";
    let any = |at: usize| {
        format!("labelSelector: {{matchExpressions: [{{key: app, operator: In, values: [web, x{at}]}}]}}")
    };
    let affinity = |kind: &str, terms: String| {
        format!("affinity: {{{kind}: {{requiredDuringSchedulingIgnoredDuringExecution: [{terms}]}}}},")
    };
    let host = "topologyKey: kubernetes.io/hostname";
    let hard = "whenUnsatisfiable: DoNotSchedule";
    let even = list(&|at| {
        format!("{{maxSkew: {}, minDomains: {}, {host}, {hard}, {selector}}}", at + 1, at % 100 + 1)
    });
    vec![
        ("keys", 50, affinity("podAntiAffinity", list(&|at| format!("{{topologyKey: k{at}, {selector}}}")))),
        ("apart", 7, affinity("podAntiAffinity", list(&|at| format!("{{{host}, {}}}", any(at))))),
        ("together", 7, affinity("podAffinity", list(&|at| format!("{{{host}, {}}}", any(at))))),
        ("even", 50, format!("topologySpreadConstraints: [{even}],")),
        ("plain", 50, String::new()),
        ("many", 1_000_000, String::new()),
        (
            "many-even",
            1_000_000,
            format!("topologySpreadConstraints: [{{maxSkew: 1, {host}, {hard}, {selector}}}],"),
        ),
    ]
}

#[test]
fn hostile_terms_and_replicas_are_bounded() {
    let count = if cfg!(debug_assertions) { 2_000 } else { 10_000 };
    // How many of the pods stay when a node, two nodes, a zone are lost.
    let expected = [
        ("keys", [0, 0, 0]),
        ("apart", [6, 5, 3]),
        ("together", [0, 0, 0]),
        ("even", [42, 35, 21]),
        ("plain", [0, 0, 0]),
        ("many", [0, 0, 0]),
        ("many-even", [0, 0, 0]),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    for ((name, replicas, spec), (_, stay)) in hostile(count).into_iter().zip(expected) {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{replicas: {replicas}, selector: \
             {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{{spec} containers: \
             [{{name: c, image: x}}]}}}}}}\n"
        );
        let path = folder.path().join(format!("{name}.yaml"));
        std::fs::write(&path, text).expect("written");
        let begun = std::time::Instant::now();
        let (status, shown) = survive(&["--no-config", "--format", "json", path.to_str().expect("UTF-8")]);
        assert_eq!(status, 0, "{name}: {shown}");
        println!("{name}: {:?}", begun.elapsed());
        let report: Value = serde_json::from_str(&shown).expect("JSON");
        let after = &report["units"][0]["workloads"][0]["after"];
        let left = ["node", "two-nodes", "zone"].map(|event| after[event]["stay"].as_i64().unwrap_or(-1));
        assert_eq!(left, stay, "{name}");
        assert!(begun.elapsed().as_secs() < 60, "{name} took {:?}", begun.elapsed());
    }
}

#[test]
fn workloads_that_ask_the_same_are_answered_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let even = "topologySpreadConstraints: [{maxSkew: 4, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: \
                DoNotSchedule, labelSelector: {matchLabels: {app: APP}}}, {maxSkew: 2, topologyKey: \
                topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: APP}}}],";
    for unit in 0..20 {
        let one = |at: usize| {
            let spec =
                if at.is_multiple_of(2) { even.replace("APP", &format!("web{at}")) } else { String::new() };
            format!(
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web{at}}}\nspec: {{replicas: {}, selector: \
                 {{matchLabels: {{app: web{at}}}}}, template: {{metadata: {{labels: {{app: web{at}}}}}, spec: {{{spec} \
                 containers: [{{name: c, image: x}}]}}}}}}\n",
                at % 7 + 1
            )
        };
        let text: String = (unit * 100..unit * 100 + 100).map(one).collect();
        let path = folder.path().join(format!("{unit}/all.yaml"));
        std::fs::create_dir(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
    let all = folder.path().to_str().expect("UTF-8");
    let shown = survive(&["--no-config", "--format", "json", all]).1;
    let alone = survive(&["--no-config", "--format", "json", &format!("{all}/7")]).1;
    let rows = |shown: &str| -> Vec<Value> {
        let report: Value = serde_json::from_str(shown).expect("JSON");
        let units = report["units"].as_array().expect("units").iter();
        units.flat_map(|unit| unit["workloads"].as_array().expect("workloads").clone()).collect()
    };
    let (all, alone) = (rows(&shown), rows(&alone));
    assert_eq!((all.len(), alone.len()), (2_000, 100));
    for row in &alone {
        let same = all.iter().find(|one| one["object"] == row["object"]).expect("the workload");
        for event in ["node", "two-nodes", "zone", "drain", "drain-during-rollout"] {
            assert_eq!(same["after"][event]["stay"], row["after"][event]["stay"], "{row:#}");
        }
        assert_eq!(row["bounded"], false, "{row:#}");
    }
}

#[test]
fn hosts_in_variables_of_any_name_are_needed() {
    let workload = |name: &str, env: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{selector: {{matchLabels: {{app: \
             {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: c, image: x, env: \
             [{env}]}}]}}}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{type: {}, selector: \
             {{app: {name}}}, ports: [{{port: 80}}]}}\n",
            if name == "my-web" { "LoadBalancer" } else { "ClusterIP" }
        )
    };
    let needs = |variable: &str, value: &str| -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let env = format!("{{name: {variable}, value: \"{value}\"}}");
        let text = [workload("my-web", &env), workload("my-db", ""), workload("mail", "")].concat();
        let path = folder.path().join("all.yaml");
        std::fs::write(&path, text).expect("written");
        let shown = survive(&["--no-config", "--format", "json", path.to_str().expect("UTF-8")]).1;
        let report: Value = serde_json::from_str(&shown).expect("JSON");
        let steps = report["units"][0]["entries"][0]["needs"].as_array().expect("steps").iter().skip(1);
        steps.map(|step| step["name"].as_str().expect("a name").to_owned()).collect()
    };
    for (variable, value) in [
        ("DB_HOST", "my-db"),
        ("DB", "my-db"),
        ("ORDERS_PGHOST", "my-db"),
        ("COLLECTOR", "my-db:80"),
        ("BACKEND_SERVICES", "my-db.default.svc:80"),
    ] {
        assert_eq!(needs(variable, value), ["Service `my-db`"], "{variable}");
    }
    assert_eq!(needs("EMAIL_SERVICE_ADDR", "mail:80"), ["Service `mail`"]);
    for (variable, value) in [
        // The name of a database, an image, an address that is let in, the workload itself, a driver.
        ("POSTGRES_DB", "my-db"),
        ("IMAGE", "my-db:latest"),
        ("IMAGE", "mail:7"),
        ("ALLOWED_HOSTS", "my-db:80"),
        ("DB", "my-web"),
        ("SELF", "my-web:80"),
        ("CACHE", "mail"),
        ("KIND", "my-db"),
    ] {
        assert!(needs(variable, value).is_empty(), "{variable}");
    }
}

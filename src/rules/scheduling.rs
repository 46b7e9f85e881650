//! Nodes that no cluster has, and starts that wait for each other (facts 15.50 to 15.52).

use super::{Check, Eligible, Rule, rule};
use crate::finding::Out;
use crate::inventory::{Inventory, Update, constraints};
use crate::kube::image;
use crate::kube::pod::{Container, PodSpec};
use crate::kube::probe::{Probe, Question};
use crate::kube::workload::WorkloadKind;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("node-selector-impossible", Check::Workload(Eligible::OWN, impossible)),
    rule!("spread-counts-old-pods", Check::Unit(counts_old_pods)),
    rule!("ordered-start-deadlock", Check::Unit(ordered_start)),
];

/// Architectures as the kubelet reports them: the words of Go.
const ARCHITECTURES: &[&str] = &[
    "386", "amd64", "arm", "arm64", "loong64", "mips64", "mips64le", "mipsle", "mips", "ppc64", "ppc64le",
    "riscv64", "s390x",
];
const SYSTEMS: &[&str] = &["linux", "windows"];

/// Node labels with the words that they may have, and those that people write instead.
fn words_of(key: &str) -> Option<&'static [&'static str]> {
    match key {
        "kubernetes.io/arch" | "beta.kubernetes.io/arch" => Some(ARCHITECTURES),
        "kubernetes.io/os" | "beta.kubernetes.io/os" => Some(SYSTEMS),
        _ => None,
    }
}

fn meant(value: &str, words: &[&'static str]) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    let usual = match lower.as_str() {
        "x86_64" | "x86-64" | "x64" | "amd" => "amd64",
        "aarch64" | "armv8" | "arm64v8" => "arm64",
        "armv7" | "armhf" | "armv7l" => "arm",
        "win" => "windows",
        other => other,
    };
    words.iter().copied().find(|word| *word == usual)
}

fn impossible(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let spec = workload.pod.spec;
    let title = workload.title();
    let pairs = || spec.0.get("nodeSelector").into_iter().flat_map(|map| map.entries());
    for pair in pairs() {
        let (key, value) = (pair.key.key_text(), pair.value.text());
        if let Some(words) = words_of(key).filter(|_| !is_placeholder(value))
            && !words.contains(&value)
        {
            report(pair.value, &title, key, value, words, out);
        }
    }
    for requirement in required(spec).into_iter().flat_map(requirements) {
        let Some((key, words)) =
            requirement.get("key").and_then(|key| Some((key.text(), words_of(key.text())?)))
        else {
            continue;
        };
        let values: Vec<Node<'_>> =
            requirement.get("values").into_iter().flat_map(|list| list.items()).collect();
        let unknown = |value: &Node<'_>| !words.contains(&value.text()) && !is_placeholder(value.text());
        let listed = requirement.get("operator").is_some_and(|operator| operator.text() == "In");
        if listed && !values.is_empty() && values.iter().all(unknown) {
            report(values[0], &title, key, values[0].text(), words, out);
        }
    }
    for pair in pairs().filter(|pair| !is_placeholder(pair.value.text())) {
        if let Some(other) = contradicted(spec, pair.key.key_text(), pair.value.text()) {
            out.report(
                pair.value,
                format!("no node suits pods of {title}: selector and affinity exclude each other"),
            )
            .label(format!("wants `{}: {}`", pair.key.key_text(), pair.value.text()))
            .also(other, "the affinity wants something else")
            .help("a node must match both; keep one of them");
        }
    }
}

fn report(place: Node<'_>, title: &str, key: &str, value: &str, words: &[&'static str], out: &mut Out) {
    let draft = out
        .report(place, format!("no node suits pods of {title}: `{value}` is not a value of `{key}`"))
        .label("the kubelet sets this label, and never to this value");
    match meant(value, words) {
        Some(word) => draft.meant(place, word),
        None => draft.help(format!(
            "use one of {}",
            words.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
        )),
    };
}

/// The terms of the required node affinity, of which one must match.
fn required(spec: PodSpec<'_>) -> Vec<Node<'_>> {
    let rules = spec.0.get("affinity").and_then(|affinity| affinity.get("nodeAffinity"));
    let required = rules.and_then(|rules| rules.get("requiredDuringSchedulingIgnoredDuringExecution"));
    let terms = required.and_then(|required| required.get("nodeSelectorTerms"));
    terms.into_iter().flat_map(|list| list.items()).collect()
}

fn requirements(term: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    term.get("matchExpressions").into_iter().flat_map(|list| list.items())
}

/// A requirement that excludes this value, if every term of the affinity has one.
fn contradicted<'a>(spec: PodSpec<'a>, key: &str, value: &str) -> Option<Node<'a>> {
    let terms = required(spec);
    let excludes = |one: &Node<'a>| {
        let listed = || one.get("values").into_iter().flat_map(|list| list.items());
        let has = || listed().any(|item| item.text() == value || is_placeholder(item.text()));
        one.get("key").is_some_and(|own| own.text() == key)
            && match one.get("operator").map_or("", |operator| operator.text()) {
                "In" => listed().next().is_some() && !has(),
                "NotIn" => listed().any(|item| item.text() == value),
                "DoesNotExist" => true,
                _ => false,
            }
    };
    let mut found = None;
    for term in &terms {
        found = Some(requirements(*term).find(|one| excludes(one))?);
    }
    found
}

fn counts_old_pods(inventory: &Inventory<'_>, out: &mut Out) {
    for (at, workload) in inventory.workloads.iter().enumerate() {
        let Some(range) = inventory.replicated(at).filter(|_| workload.kind == WorkloadKind::Deployment)
        else {
            continue;
        };
        let Some(Update::Rolling(rolling)) = Update::read(workload) else { continue };
        let Some(limits) = rolling.at(range.ceiling.count).filter(|limits| limits.surge > 0) else {
            continue;
        };
        for constraint in constraints(workload.pod.spec) {
            let node = constraint.node;
            let strict = node.get("whenUnsatisfiable").is_some_and(|node| node.text() == "DoNotSchedule");
            let by_revision = node
                .get("matchLabelKeys")
                .is_some_and(|list| list.items().any(|key| key.text() == "pod-template-hash"));
            let own = inventory.constraint_counts_self(&constraint, at).is_yes();
            let Some(key) = constraint.topology_key.filter(|_| strict && !by_revision && own) else {
                continue;
            };
            let surge = limits.surge;
            let noun = if surge == 1 { "pod" } else { "pods" };
            out.report(key, format!("the spread of {} is uneven after a rollout", workload.title()))
                .label(format!(
                    "counts the pods of the old revision; up to {surge} new {noun} start beside them"
                ))
                .help("add `matchLabelKeys: [pod-template-hash]` to count the pods of the new revision only");
        }
    }
}

/// Images whose members wait for each other, with what in a probe asks for less than the whole cluster.
const CLUSTERED: &[(&str, &[&str])] = &[
    ("rabbitmq", &["ping"]),
    ("etcd", &["/livez", "/readyz?exclude", "/version"]),
    ("cockroach", &["/health?ready=0", "/_status/vars"]),
    ("mariadb-galera", &[]),
    ("percona-xtradb-cluster", &[]),
];

fn ordered_start(inventory: &Inventory<'_>, out: &mut Out) {
    for (at, workload) in inventory.workloads.iter().enumerate() {
        let spec = workload.object.spec();
        let policy = spec.and_then(|spec| spec.get("podManagementPolicy"));
        let parallel = policy.is_some_and(|policy| policy.text() != "OrderedReady");
        if workload.kind != WorkloadKind::StatefulSet || parallel || inventory.replicated(at).is_none() {
            continue;
        }
        for container in workload.pod.spec.containers() {
            let name = image::parse(container.image_text()).map_or("", |image| image.name);
            let Some((_, shallow)) = CLUSTERED.iter().find(|row| row.0 == name) else { continue };
            let Some(probe) = Probe::read(container, "readinessProbe") else { continue };
            let Some(asked) = asks(&probe, container) else { continue };
            // CockroachDB's plain health path only tells that the process lives.
            let only_alive = name == "cockroach" && asked.ends_with("/health");
            if only_alive || shallow.iter().any(|word| asked.contains(word)) {
                continue;
            }
            let headless = inventory.services_of(at).iter().map(|&one| &inventory.services[one]);
            let hidden = headless.filter(|service| service.is_headless()).find(|service| {
                service.field("publishNotReadyAddresses").is_none_or(|node| node.bool() != Some(true))
            });
            let mut draft = out
                .report(
                    probe.key,
                    format!("{} may not start again after all its pods were down", workload.title()),
                )
                .label("not ready before its peers are, and the next pod starts only when it is ready")
                .also(policy.unwrap_or(workload.object.anchor()), "starts one pod at a time");
            if let Some(service) = hidden {
                draft = draft.also(service.object.anchor(), "hides pods that are not ready from their peers");
            }
            draft.help("set `podManagementPolicy: Parallel`, or let readiness ask whether this member works");
        }
    }
}

/// What a probe asks, in one text; `None` where it only looks at a port.
fn asks(probe: &Probe<'_>, container: Container<'_>) -> Option<String> {
    match probe.question(container)? {
        Question::Http { path, .. } => Some(path.to_owned()),
        Question::Exec(words) => Some(words.join(" ")),
        Question::Tcp { .. } | Question::Grpc { .. } => None,
    }
}

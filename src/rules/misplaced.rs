//! Annotations where nobody reads them, and variables that others replace (facts 6.1, 6.2, 15.53).

use std::borrow::Cow;

use foldhash::{HashMap, HashMapExt};

use super::{Check, Eligible, Rule, rule};
use crate::finding::{Out, Severity};
use crate::inventory::{Inventory, Variable};
use crate::kube::pod::Container;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::yaml::{Entry, Node};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("annotation-misplaced", Check::Workload(Eligible::OWN, annotation)),
    rule!("env-shadowed", Check::Workload(Eligible::OWN, shadowed)),
];

/// Annotations that are read from pods only, a trailing `/` for all of a prefix, and whether missing them changes more than
/// what is collected of the pods.
const OF_PODS: &[(&str, bool)] = &[
    ("sidecar.istio.io/", true),
    ("linkerd.io/inject", true),
    ("config.linkerd.io/", true),
    ("vault.hashicorp.com/", true),
    ("dapr.io/", true),
    ("consul.hashicorp.com/connect-inject", true),
    ("cluster-autoscaler.kubernetes.io/safe-to-evict", true),
    ("karpenter.sh/do-not-disrupt", true),
    ("karpenter.sh/do-not-evict", true),
    ("container.apparmor.security.beta.kubernetes.io/", true),
    ("k8s.v1.cni.cncf.io/networks", true),
    ("iam.amazonaws.com/role", true),
    ("backup.velero.io/backup-volumes", true),
    ("prometheus.io/scrape", false),
    ("ad.datadoghq.com/", false),
    ("co.elastic.logs/", false),
];

fn is_of_pods(key: &str) -> Option<bool> {
    let row = OF_PODS.iter().find(|row| match row.0.ends_with('/') {
        true => key.starts_with(row.0),
        false => key == row.0,
    });
    row.map(|row| row.1)
}

fn annotations(metadata: Option<Node<'_>>) -> impl Iterator<Item = Entry<'_>> {
    metadata.and_then(|node| node.get("annotations")).into_iter().flat_map(|list| list.entries())
}

fn annotation(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    if workload.kind == WorkloadKind::Pod {
        return;
    }
    let pods = workload.pod.node.get("metadata");
    let on_pods = |key: &str| annotations(pods).any(|entry| entry.key.text() == key);
    let labelled = |key: &str| workload.pod.labels.get(key).is_some();
    // The template of a CronJob's Jobs is one more place that is not the pods'.
    let job = workload.object.spec().and_then(|spec| spec.get("jobTemplate")?.get("metadata"));
    let all = annotations(workload.object.metadata()).chain(annotations(job));
    let mut found = all.filter_map(|entry| {
        let key = entry.key.text();
        let weighty = is_of_pods(key).filter(|_| !on_pods(key) && !labelled(key))?;
        (weighty || !is_scraped_otherwise(inventory, at, key)).then_some((entry, weighty))
    });
    let Some((first, weighty)) = found.next() else { return };
    let mut draft = out
        .report(
            first.key,
            format!("`{}` has no effect on {}: it is read from pods", first.key.text(), workload.title()),
        )
        .label("annotations are not passed on to the pods")
        .help("move it to `metadata.annotations` of the pod template");
    if !weighty {
        draft = draft.severity(Severity::Info);
    }
    for (entry, _) in found.take(2) {
        draft = draft.also(entry.key, "this one, too");
    }
}

/// Whether the Service before the pods carries the annotation as well.
fn is_scraped_otherwise(inventory: &Inventory<'_>, at: usize, key: &str) -> bool {
    let services = inventory.services_of(at).iter();
    services.map(|&one| &inventory.services[one].object).any(|object| object.annotation(key).is_some())
}

fn shadowed(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let spec = workload.pod.spec;
    for container in spec.init_containers().chain(spec.containers()) {
        twice(container, out);
        let sources: Vec<Node<'_>> = container.list("envFrom").collect();
        if sources.len() > 1 {
            between(inventory, workload, container, out);
        }
    }
}

/// One name twice in `env`, with two values: the first is lost.
fn twice(container: Container<'_>, out: &mut Out) {
    let entries: Vec<_> = container.env().filter(|entry| !entry.name().is_empty()).collect();
    let mut last: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    last.extend(entries.iter().enumerate().map(|(at, entry)| (entry.name(), at)));
    // Hardly any list has a name twice.
    if last.len() == entries.len() {
        return;
    }
    // The last value that takes another one in.
    let mut used: HashMap<&str, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let text = entry.value().map_or("", |value| value.text());
        let names = text.split("$(").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        used.extend(names.map(|name| (name, at)));
    }
    for (at, entry) in entries.iter().enumerate() {
        let later = &entries[last[entry.name()]];
        let (Some(one), Some(two)) = (entry.value(), later.value()) else { continue };
        let uses = |text: &str| text.contains(&format!("$({})", entry.name()));
        if last[entry.name()] == at || one.text() == two.text() || uses(two.text()) {
            continue;
        }
        // Something between the two may take the first value.
        if used.get(entry.name()).is_some_and(|used| *used > at) {
            continue;
        }
        let name = entry.name();
        out.report(
            one,
            format!("`{name}` is set twice in container `{}`; this value is lost", container.name()),
        )
        .label("a later entry of the same name wins")
        .also(two, "the value that counts")
        .help("remove one of the two");
    }
}

/// One name in two sources of `envFrom`, with two values: the later source wins.
fn between<'a>(inventory: &Inventory<'a>, workload: &Workload<'a>, container: Container<'a>, out: &mut Out) {
    let mut seen: HashMap<Cow<'a, str>, Variable<'a>> = HashMap::new();
    let mut reported: Vec<(u32, u32)> = Vec::new();
    for variables in inventory.environment_sources(workload, container) {
        for variable in variables {
            let Some(earlier) = seen.insert(variable.name.clone(), variable.clone()) else { continue };
            let differs = match (&earlier.value, &variable.value) {
                (Some(one), Some(two)) => one != two && !one.is_empty(),
                _ => false,
            };
            // A set of defaults and one of exceptions is a common way to write it, unless one is secret.
            let mixed = earlier.secret != variable.secret;
            let pair = (earlier.at.index(), variable.at.index());
            let explicit = container.env().any(|entry| entry.name() == variable.name);
            if !differs || !mixed || explicit || reported.contains(&pair) {
                continue;
            }
            reported.push(pair);
            let (one, two) = (kind(&earlier), kind(&variable));
            let mut draft = out
                .report(
                    variable.at,
                    format!(
                        "`{}` of {two} `{}` replaces the one of {one} `{}`",
                        variable.name,
                        variable.at.text(),
                        earlier.at.text()
                    ),
                )
                .label("a later source of `envFrom` wins")
                .also(earlier.at, "has another value for it");
            if let Some(origin) = earlier.origin {
                draft = draft.also(origin, "this value is lost");
            }
            draft.help("keep the variable in one of the two");
        }
    }
}

fn kind(variable: &Variable<'_>) -> &'static str {
    if variable.secret { "Secret" } else { "ConfigMap" }
}

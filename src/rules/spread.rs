//! Replicas that nothing keeps apart, and what was meant to and does not.

use schemars::JsonSchema;
use serde::Deserialize;

use super::words::{all_replicas, label_bound};
use super::{Check, Options, Rule, affinity, reasons, rule};
use crate::finding::amend::{self, Value};
use crate::finding::{Edit, Need, Out, Severity};
use crate::inventory::{Domain, Inventory, Means, Replicas, Spreader, Term, Update, host_port, pin};
use crate::kube::labels::Labels;
use crate::kube::pod::Container;
use crate::kube::quantity::Quantity;
use crate::kube::selector::{Match, Operator, Requirement};
use crate::kube::workload::{Workload, WorkloadKind};
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("replicas-not-spread", Check::Unit(not_spread)).with_options::<SpreadOptions>(),
    rule!("spread-matches-nothing", Check::Unit(matches_nothing)),
    rule!("anti-affinity-stalls-rollout", Check::Unit(stalls_rollout)),
];

/// Options of `replicas-not-spread`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SpreadOptions {
    /// The keys that count as failure domains; every host, zone and region key when none is listed.
    #[serde(default)]
    topology_keys: Vec<String>,
}

impl Options for SpreadOptions {}

impl SpreadOptions {
    fn accepts(&self, key: &str) -> bool {
        match &self.topology_keys[..] {
            [] => Domain::of(key).is_some(),
            listed => listed.iter().any(|one| one == key),
        }
    }
}

/// Where one node or one volume decides, spreading is not what is wrong.
fn is_bound_elsewhere(inventory: &Inventory<'_>, at: usize) -> bool {
    let spec = inventory.workloads[at].pod.spec;
    let scheduler = spec.0.get("schedulerName").map_or("", |name| name.text());
    let on_one_node = |range: Replicas<'_>| range.floor.node().is_some_and(reasons::on_one_node);
    inventory.surroundings.nodes == Some(1)
        || inventory.replicas(at).is_some_and(on_one_node)
        || host_port(spec).is_some()
        || pin(spec).is_some()
        // Another scheduler keeps its own counsel.
        || !matches!(scheduler, "" | "default-scheduler")
        || !inventory.shared_claims(at).is_empty()
}

fn not_spread(inventory: &Inventory<'_>, out: &mut Out) {
    let options: SpreadOptions = inventory.surroundings.options();
    for at in 0..inventory.workloads.len() {
        let Some(range) = inventory.replicated(at) else {
            continue;
        };
        let spreaders = inventory.spreaders(at);
        let accepts = |key: Node<'_>| is_open(key) || options.accepts(key.text());
        let (accepted, other): (Vec<&Spreader<'_>>, _) = spreaders
            .iter()
            .filter(|one| one.own != Match::No)
            .partition(|one| one.own == Match::Maybe || one.topology_key().is_none_or(accepts));
        if !accepted.is_empty()
            || is_bound_elsewhere(inventory, at)
            || affinity::follows_another(inventory, at)
            || affinity::packing(inventory, at).is_some()
            || (other.is_empty() && !faults(inventory, at, &spreaders).is_empty())
        {
            continue;
        }
        report_not_spread(inventory, at, &range, &spreaders, other.first().copied(), out);
    }
}

fn is_open(key: Node<'_>) -> bool {
    is_placeholder(key.text())
}

fn report_not_spread(
    inventory: &Inventory<'_>,
    at: usize,
    range: &Replicas<'_>,
    spreaders: &[Spreader<'_>],
    over_other_key: Option<&Spreader<'_>>,
    out: &mut Out,
) {
    let workload = &inventory.workloads[at];
    let (name, all) = (workload.object.name, all_replicas(range));
    let key = over_other_key.and_then(|spreader| spreader.topology_key());
    let draft = if let (Some(spreader), Some(key)) = (over_other_key, key) {
        let message = format!(
            "the replicas of `{name}` are spread over `{}`, which is not an accepted failure domain",
            key.text()
        );
        out.report(key, message)
            .label(format!("the only key of the {} that counts these pods", spreader.noun()))
            .note(format!("one node may run {all}"))
            .help("use `kubernetes.io/hostname`, or accept the key: `topologyKeys` is an option of this rule")
    } else {
        let spec = workload.pod.node.entry("spec").map_or(workload.pod.spec.0, |entry| entry.key);
        let message = format!("nothing keeps the replicas of `{name}` apart, so one node may run {all}");
        let mut draft = out.report(spec, message);
        let about_others = spreaders.iter().find(|spreader| matches!(spreader.means, Means::Term(_)));
        match about_others {
            Some(term) => {
                draft = draft
                    .label("no anti-affinity or spread constraint in here counts these pods")
                    .also(term.node(), "this term is about other pods");
            }
            None => draft = draft.label(means_in(workload)),
        }
        let labels = workload.selector.as_ref().map(|selector| selector.required_pairs().collect());
        let labels: Vec<(&str, &str)> = labels.unwrap_or_default();
        let labels: Vec<String> = labels.iter().map(|(key, value)| format!("`{key}: {value}`")).collect();
        let own = if labels.is_empty() { "the labels of these pods".to_owned() } else { labels.join(", ") };
        draft
            .note("losing that node takes all of them down")
            .help(format!(
                "add to `topologySpreadConstraints`: `maxSkew: 1`, `topologyKey: kubernetes.io/hostname`, \
                 `whenUnsatisfiable: ScheduleAnyway` and a `labelSelector` for {own}"
            ))
            .repairable("add a topology spread constraint", new_constraint(workload))
    };
    // Whoever wrote a budget, or says why there are several, wants them to be there.
    let asked = !inventory.budgets_of(at).is_empty()
        || [range.floor.node(), range.ceiling.node()].into_iter().flatten().any(reasons::for_many);
    let need = match asked {
        _ if is_large(workload) => Need::Small("its requests leave room for few of them on one node"),
        true => Need::Asked,
        false => Need::Open,
    };
    label_bound(draft.size(range.ceiling.count).need(need), inventory, &range.ceiling);
}

/// Whether a pod requests so much that few nodes hold two: 3 CPUs, or 10 GiB.
fn is_large(workload: &Workload<'_>) -> bool {
    let total = |resource: &str| {
        let request =
            |one: Container<'_>| Quantity::read(one.node.get("resources")?.get("requests")?.get(resource)?);
        workload.pod.spec.containers().filter_map(request).max()
    };
    let above = |resource: &str, least: &str| {
        total(resource).is_some_and(|all| Quantity::parse(least).is_some_and(|least| all >= least))
    };
    above("cpu", "3") || above("memory", "10Gi")
}

/// A constraint that prefers different nodes and selects what the controller selects, as far as that stands in the same
/// file.
fn new_constraint(workload: &Workload<'_>) -> Option<Edit> {
    let spec = workload.pod.spec.0;
    let requirements = &workload.selector.as_ref()?.requirements;
    let here = |one: &Requirement<'_>| one.pair && one.node.span().file == spec.span().file;
    if requirements.is_empty() || !requirements.iter().all(here) || spec.entry(CONSTRAINTS).is_some() {
        return None;
    }
    let labels = Value::labels(requirements.iter().map(|one| (one.key, one.values[0])));
    let constraint = Value::map([
        ("maxSkew", Value::text(1)),
        ("topologyKey", Value::text("kubernetes.io/hostname")),
        ("whenUnsatisfiable", Value::text("ScheduleAnyway")),
        ("labelSelector", Value::map([("matchLabels", labels)])),
    ]);
    amend::add(spec, CONSTRAINTS, &Value::List(vec![constraint]))
}

const CONSTRAINTS: &str = "topologySpreadConstraints";

/// What a pod template has of means to spread, none of which says anything.
fn means_in(workload: &Workload<'_>) -> &'static str {
    let spec = workload.pod.spec.0;
    let affinity = spec.get("affinity").is_some_and(|affinity| affinity.entry("podAntiAffinity").is_some());
    match (affinity, spec.entry("topologySpreadConstraints").is_some()) {
        (true, _) => "`podAntiAffinity` in here has no terms",
        (_, true) => "`topologySpreadConstraints` in here is empty",
        _ => "neither `podAntiAffinity` nor `topologySpreadConstraints` in here",
    }
}

/// Why a means to spread does not count the pods of its own workload.
enum Fault<'a> {
    /// No `labelSelector`, or an empty one in a spread constraint.
    NoSelector(Node<'a>),
    /// A requirement that the pods do not meet; whether the object's own labels would meet them all.
    Label(Requirement<'a>, bool),
    /// The namespaces do not include the own one.
    Namespace(Node<'a>),
}

/// The means of a workload that were meant to spread its pods and do not count them.
fn faults<'s, 'a>(
    inventory: &Inventory<'a>,
    at: usize,
    spreaders: &'s [Spreader<'a>],
) -> Vec<(&'s Spreader<'a>, Fault<'a>)> {
    let effective =
        spreaders.iter().any(|spreader| spreader.own != Match::No) || is_bound_elsewhere(inventory, at);
    let replicated = inventory.replicated(at).is_some();
    let judge = |spreader: &'s Spreader<'a>| {
        let fault = fault(inventory, at, spreader)?;
        let constraint = matches!(spreader.means, Means::Constraint(_));
        let reported = match &fault {
            _ if !replicated => false,
            Fault::NoSelector(_) => true,
            Fault::Label(_, true) => !reaches_another(inventory, at, spreader),
            // A constraint that does not count its own pods follows others at best (fact 2.11).
            _ if constraint => !effective || !reaches_another(inventory, at, spreader),
            _ => !effective && !reaches_another(inventory, at, spreader),
        };
        reported.then_some((spreader, fault))
    };
    spreaders.iter().filter(|spreader| spreader.own == Match::No).filter_map(judge).collect()
}

fn fault<'a>(inventory: &Inventory<'a>, at: usize, spreader: &Spreader<'a>) -> Option<Fault<'a>> {
    let labels = inventory.labels(at);
    let place = spreader.topology_key().unwrap_or(spreader.node());
    let Some(selector) = spreader.selector() else {
        return Some(Fault::NoSelector(place));
    };
    if selector.is_empty() {
        let constraint = matches!(spreader.means, Means::Constraint(_));
        return constraint.then_some(Fault::NoSelector(selector.node));
    }
    let unmet: Vec<&Requirement<'a>> = selector.unmet(labels).collect();
    // Whoever excludes his own pods by name means others.
    let excludes = |one: &&Requirement<'a>| !matches!(one.operator, Operator::In | Operator::Exists);
    if unmet.iter().any(excludes) {
        return None;
    }
    if let Some(first) = unmet.first() {
        let metadata = inventory.workloads[at].object.metadata();
        let on_object = Labels::read(metadata.and_then(|it| it.get("labels")));
        let misplaced = unmet.iter().all(|one| one.matches(&on_object).is_yes());
        return Some(Fault::Label((*first).clone(), misplaced));
    }
    let Means::Term(term) = &spreader.means else {
        return None;
    };
    let own = &inventory.workloads[at];
    if inventory.term_reaches(term, own, own) != Match::No {
        return None;
    }
    let field = term.node.get("namespaces").or_else(|| term.node.get("namespaceSelector"));
    field.map(Fault::Namespace)
}

/// Whether it is about the pods of some other workload, in whatever namespace.
fn reaches_another(inventory: &Inventory<'_>, at: usize, spreader: &Spreader<'_>) -> bool {
    let Some(selector) = spreader.selector() else {
        return false;
    };
    let mut selected = inventory.select_lazily(None, selector).filter(|one| one.workload != at);
    selected.any(|one| match &spreader.means {
        Means::Term(term) => inventory.term_selects(term, at, one.workload) != Match::No,
        Means::Constraint(_) => true,
    })
}

fn matches_nothing(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        let workload = &inventory.workloads[at];
        if !workload.is_scalable() || workload.is_owned() || !inventory.is_whole(at) {
            continue;
        }
        let spreaders = inventory.spreaders(at);
        for (spreader, fault) in faults(inventory, at, &spreaders) {
            report_fault(inventory, at, spreader, &fault, out);
        }
    }
}

fn report_fault(
    inventory: &Inventory<'_>,
    at: usize,
    spreader: &Spreader<'_>,
    fault: &Fault<'_>,
    out: &mut Out,
) {
    let workload = &inventory.workloads[at];
    let (name, noun) = (workload.object.name, spreader.noun());
    let draft = match fault {
        Fault::NoSelector(node) => {
            let empty = spreader.selector().is_some();
            let what = if empty { "an empty `labelSelector`" } else { "no `labelSelector`" };
            out.report(*node, format!("the {noun} of `{name}` has {what}, so it matches no pods"))
                .label(if empty {
                    "an empty selector matches no pods here"
                } else {
                    "no `labelSelector` beside this key"
                })
                .help("select the labels of the pod template")
        }
        Fault::Label(requirement, misplaced) => {
            let key = requirement.key;
            let own = inventory.labels(at).get(key);
            let message = match own {
                Some(pair) => format!(
                    "the {noun} selects `{}`, but the pods of `{name}` have `{key}: {}`",
                    wanted(requirement),
                    pair.value
                ),
                None => format!("the {noun} of `{name}` does not select its own pods"),
            };
            let mut draft = out
                .report(requirement.node, message)
                .label("not a label of its own pods, so it does not spread them");
            if let Some(pair) = own {
                draft = draft.also(pair.node, "what its own pods carry");
            } else if *misplaced {
                let labels = workload.object.metadata().and_then(|it| it.get("labels"));
                let place = labels.and_then(|labels| labels.get(key)).unwrap_or(workload.object.anchor());
                draft = draft
                    .also(place, format!("the {} has it, its pod template does not", workload.object.kind));
            }
            let pair = own.filter(|_| requirement.pair);
            draft.help("select the labels of the pod template").repairable(
                format!("select `{key}: {}`", pair.map_or("", |pair| pair.value)),
                pair.and_then(|pair| amend::value(requirement.node, pair.value)),
            )
        }
        Fault::Namespace(node) => {
            let message =
                format!("the {noun} looks in other namespaces only, so it does not spread `{name}`");
            let draft = out.report(*node, message).label("its own namespace is not among them");
            match workload.object.metadata().and_then(|it| it.get("namespace")) {
                Some(own) => draft.also(own, "its own namespace"),
                None => draft,
            }
            .help("leave `namespaces` out: a term then means the namespace of its own pod")
        }
    };
    if let Some(range) = inventory.replicated(at) {
        label_bound(draft, inventory, &range.ceiling);
    }
}

fn wanted(requirement: &Requirement<'_>) -> String {
    match (requirement.operator, &requirement.values[..]) {
        (Operator::In, [value]) => format!("{}: {value}", requirement.key),
        (Operator::In, values) => format!("{} in {}", requirement.key, values.join(", ")),
        _ => requirement.key.to_owned(),
    }
}

fn stalls_rollout(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        let workload = &inventory.workloads[at];
        let Some(range) = inventory.replicated(at) else {
            continue;
        };
        let Some(Update::Rolling(rolling)) = Update::read(workload) else {
            continue;
        };
        let count = range.floor.count;
        let Some(limits) = rolling.at(count).filter(|limits| count >= 2 && limits.unavailable == 0) else {
            continue;
        };
        let spreaders = inventory.spreaders(at);
        let strict = spreaders.iter().find_map(|spreader| match &spreader.means {
            Means::Term(term) if is_exclusive(spreader, term, workload.kind) => Some(term),
            _ => None,
        });
        let Some(term) = strict else {
            continue;
        };
        let nodes = inventory.surroundings.nodes.map(i64::from);
        if nodes.is_some_and(|nodes| nodes > count) {
            continue;
        }
        let name = workload.object.name;
        let needed = count + 1;
        let message = match nodes {
            Some(nodes) => format!("a rollout of `{name}` needs {needed} nodes, but the cluster has {nodes}"),
            None => format!("a rollout of `{name}` stalls unless {needed} nodes can run it"),
        };
        let place = term.topology_key.unwrap_or(term.node);
        let label =
            format!("no two pods on one node, old and new ones alike, and {} more at once", limits.surge);
        let mut draft = out.report(place, message).label(label);
        if nodes.is_some() {
            draft = draft.severity(Severity::Warning);
        }
        draft = label_bound(draft, inventory, &range.floor);
        if let Some(node) = rolling.max_unavailable {
            draft = draft.also(node, "no old pod may go before a new one is ready");
        }
        draft.help("set `maxSurge: 0` and `maxUnavailable: 1`, or add `pod-template-hash` to `matchLabelKeys` of the anti-affinity term");
    }
}

/// Whether a term keeps pods of all revisions of its workload on different nodes.
fn is_exclusive(spreader: &Spreader<'_>, term: &Term<'_>, kind: WorkloadKind) -> bool {
    let hash = match kind {
        WorkloadKind::Deployment => "pod-template-hash",
        _ => "deployment",
    };
    let keys = term.node.get("matchLabelKeys");
    let by_revision = keys.is_some_and(|keys| keys.items().any(|key| key.text() == hash));
    spreader.is_strict() && spreader.own.is_yes() && spreader.domain() == Some(Domain::Host) && !by_revision
}

//! PodDisruptionBudgets that are missing, and those that protect nobody.

use std::collections::HashSet;

use super::{Check, Rule, reasons, rule};
use crate::finding::{Edit, Out, Severity, amend};
use crate::inventory::{Budget, BudgetSelector, Evidence, Inventory, same_directory, scope};
use crate::kube::labels::{LabelPair, Labels, is_versioned};
use crate::kube::selector::{Match, Requirement, Selector};
use crate::kube::workload::{Workload, WorkloadKind};
use crate::project::{Sought, is_place_of_patches};
use crate::text::placeholder::is_placeholder;
use crate::text::suggest;
use crate::yaml::{Node, quoted};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("pdb-missing", Check::Unit(missing)),
    rule!("pdb-selects-nothing", Check::Budget(selects_nothing)),
    rule!("pdb-guards-broken-pods", Check::Budget(guards_broken_pods)),
];

/// The first version in which the API server knows `unhealthyPodEvictionPolicy` without a gate (fact 15.83).
const POLICY_SINCE: u32 = 27;

fn guards_broken_pods(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    if inventory.surroundings.versions.is_some_and(|(lowest, _)| lowest < POLICY_SINCE) {
        return;
    }
    let budget = &inventory.budgets[at];
    let spec = budget.object.spec();
    let policy = spec.and_then(|spec| spec.get("unhealthyPodEvictionPolicy"));
    if policy.is_some_and(|policy| policy.text() != "IfHealthyBudget")
        || budget.object.version() != "v1"
        || inventory.budget_pods(at).is_empty()
    {
        return;
    }
    let title = budget.object.title();
    let place = policy.unwrap_or_else(|| budget.object.anchor());
    out.report(place, format!("{title} also keeps pods that never become ready, so a drain waits for them"))
        .label("pods that are not ready are evicted only while enough others are")
        .help("set `unhealthyPodEvictionPolicy: AlwaysAllow`");
}

fn missing(inventory: &Inventory<'_>, out: &mut Out) {
    // A budget that misses the workload it meant is reported as that, and the workload is not.
    let meant: HashSet<usize> =
        (0..inventory.budgets.len()).filter_map(|at| Some(nearest(inventory, at)?.workload)).collect();
    let blank: Vec<&Budget<'_>> = inventory
        .budgets
        .iter()
        .filter(|budget| matches!(budget.selector, BudgetSelector::Nothing(_)))
        .collect();
    for (at, workload) in inventory.workloads.iter().enumerate() {
        if meant.contains(&at) || !inventory.budgets_of(at).is_empty() || workload.object.name.is_empty() {
            continue;
        }
        let Some(replicas) = inventory.replicas(at).filter(|replicas| replicas.floor.count >= 2) else {
            continue;
        };
        let service = inventory.served_by(at);
        if service.is_none() && workload.kind != WorkloadKind::StatefulSet
            || workload.serves_nobody()
            || replicas.floor.node().is_some_and(reasons::on_one_node)
        {
            continue;
        }
        // Pods that share a volume of one node have nowhere else to go: a budget would only stop the drain.
        if !inventory.shared_claims(at).is_empty() {
            continue;
        }
        if blank.iter().any(|budget| same_directory(&budget.object, &workload.object)) {
            continue;
        }
        let labels = inventory.labels(at);
        // A name in capitals is a template's.
        let template = workload.object.name.contains(|c: char| c.is_ascii_uppercase());
        if workload.is_partial() || template || is_placeholder(workload.object.name) {
            continue;
        }
        let count = replicas.floor.count;
        let mut draft = out
            .report(
                workload.object.anchor(),
                format!("no PodDisruptionBudget covers the {count} pods of `{}`", workload.object.name),
            )
            .size(count)
            .asked(is_kept_up(inventory, at) || replicas.floor.node().is_some_and(reasons::for_many))
            .label("not protected from evictions")
            .note(match inventory.stands_on_nodes_of_their_own(at) {
                true => {
                    "when node after node is drained, the next goes before the pod of the last one is ready"
                }
                false => "a node drain may evict all of them at once",
            })
            .help(format!(
                "add a PodDisruptionBudget with `maxUnavailable: 1` and the selector `{}`",
                wanted(workload.selector.as_ref(), labels)
            ))
            .repairable("add a PodDisruptionBudget", new_budget(workload, labels));
        if let Some(node) = replicas.floor.node() {
            draft = draft.also(node, format!("at least {count} pods"));
        }
        let machines = inventory.is_asked_by_machines(at);
        if let Some(service) = service {
            let service = &inventory.services[service].object;
            draft = draft.also(
                service.anchor(),
                if machines { "reads their metrics" } else { "sends traffic to them" },
            );
        }
        if machines && workload.kind != WorkloadKind::StatefulSet {
            draft = draft.severity(Severity::Info);
        }
        // Where something could not be read, the budget may be there.
        let budget = Sought { kind: Some("PodDisruptionBudget"), name: None };
        if inventory.lacks_part(&workload.object, &budget) || inventory.view.single_files {
            draft.severity(Severity::Info);
        }
    }
}

/// Whether its pods are kept apart, so that they do not all go at once.
fn is_kept_up(inventory: &Inventory<'_>, at: usize) -> bool {
    inventory.spreaders(at).iter().any(|one| one.own == Match::Yes)
}

/// The labels a budget should select by, on one line.
fn wanted(selector: Option<&Selector<'_>>, labels: &Labels<'_>) -> String {
    let pairs: Vec<String> =
        pairs(selector, labels).iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("matchLabels: {{{}}}", pairs.join(", "))
}

/// The labels a budget should select by: those of the controller's selector, else those of the pods.
fn pairs<'p>(selector: Option<&'p Selector<'_>>, labels: &'p Labels<'_>) -> Vec<(&'p str, &'p str)> {
    let written = selector.filter(|one| !one.is_empty() && one.requirements.iter().all(|part| part.pair));
    match written {
        Some(one) => one.requirements.iter().map(|part| (part.key, part.values[0])).collect(),
        None => {
            let lasting = labels.pairs().iter().filter(|pair| !is_versioned(pair.key));
            lasting.map(|pair| (pair.key, pair.value)).collect()
        }
    }
}

/// A budget behind the workload, where nothing but the file says what it is called and which labels it has.
fn new_budget(workload: &Workload<'_>, labels: &Labels<'_>) -> Option<Edit> {
    let object = &workload.object;
    // What an overlay adds to the labels or the namespace, it adds to the budget as well.
    let here = |node: Node<'_>| node.span().file == object.node.span().file;
    let parts = workload.selector.iter().flat_map(|one| &one.requirements);
    let added: HashSet<&str> = parts.filter(|part| !here(part.node)).map(|part| part.key).collect();
    let mut pairs = pairs(workload.selector.as_ref(), labels);
    pairs.retain(|pair| !added.contains(pair.0));
    let written = object.added.selectors.is_empty() && object.added.pods.is_empty();
    let of_file = object.metadata()?.get("name")?.source_text().trim_matches(['"', '\'']) == object.name;
    if pairs.is_empty() || !written || !of_file {
        return None;
    }
    let namespace =
        object.metadata().and_then(|metadata| metadata.get("namespace")).filter(|node| here(*node));
    let namespace =
        namespace.map_or_else(String::new, |node| format!("  namespace: {}\n", quoted(node.text())));
    let labels: String =
        pairs.iter().map(|(key, value)| format!("      {}: {}\n", quoted(key), quoted(value))).collect();
    let text = format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: {}\n{namespace}spec:\n  \
         maxUnavailable: 1\n  selector:\n    matchLabels:\n{labels}",
        quoted(object.name)
    );
    amend::append_document(object.node, &text)
}

/// The workload that a budget evidently means but does not select.
struct Nearest<'b, 'a> {
    workload: usize,
    unmet: Vec<&'b Requirement<'a>>,
    other_namespace: bool,
}

/// Finds the workload that was meant by a budget which selects nothing; `None` if no one was evidently meant.
fn nearest<'i, 'a>(inventory: &'i Inventory<'a>, at: usize) -> Option<Nearest<'i, 'a>> {
    let budget = &inventory.budgets[at];
    let BudgetSelector::Labels(selector) = &budget.selector else {
        return None;
    };
    if !inventory.budget_pods(at).is_empty() || selector.has_placeholder() || selector.is_invalid() {
        return None;
    }
    let base = base_name(budget.object.name);
    let mut candidates = inventory.sharing(selector);
    candidates.extend(inventory.workloads_named(base));
    if let [only] = &selector.requirements[..]
        && let [value] = only.values[..]
    {
        candidates.extend(inventory.nearly_labelled(only.key, value));
    }
    candidates.sort_unstable();
    candidates.dedup();
    let namespace = inventory.namespace(&budget.object);
    let free = |at: &usize| {
        let workload = &inventory.workloads[*at];
        !workload.runs_to_completion()
            && !workload.is_partial()
            && workload.kind != WorkloadKind::DaemonSet
            && inventory.budgets_of(*at).is_empty()
    };
    candidates.retain(free);
    let unmet = |at: usize| selector.unmet(inventory.labels(at)).collect::<Vec<_>>();
    let beside = |at: usize| same_directory(&budget.object, &inventory.workloads[at].object);
    let reachable =
        |at: usize| scope(namespace, inventory.namespace(&inventory.workloads[at].object)) != Match::No;
    // Alone in the directory with all labels but one.
    let almost: Vec<usize> = candidates
        .iter()
        .copied()
        .filter(|&at| reachable(at) && beside(at) && unmet(at).len() == 1 && selector.requirements.len() > 1)
        .collect();
    let mut found: Vec<(u8, usize)> = Vec::new();
    for &at in &candidates {
        let related = inventory.workloads[at].object.name == base;
        let missing = unmet(at);
        if !reachable(at) {
            if missing.is_empty() && beside(at) {
                found.push((1, at));
            }
            continue;
        }
        let spelling = missing.len() == 1 && misspelt(missing[0], inventory.labels(at));
        if spelling && related {
            found.push((0, at));
        } else if spelling || (related && beside(at)) {
            found.push((1, at));
        } else if almost[..] == [at] {
            found.push((2, at));
        }
    }
    let best = found.iter().map(|one| one.0).min()?;
    let mut best_ones = found.iter().filter(|one| one.0 == best);
    let workload = best_ones.next()?.1;
    if best_ones.next().is_some() {
        return None;
    }
    Some(Nearest { workload, unmet: unmet(workload), other_namespace: !reachable(workload) })
}

/// The workload's name in a budget's name: `web` in `web-pdb`.
fn base_name(name: &str) -> &str {
    let ends = ["-pdb", "-budget", "-poddisruptionbudget", "-pod-disruption-budget", "-disruption-budget"];
    let mut base = name.strip_prefix("pdb-").unwrap_or(name);
    // The longest ending that fits.
    if let Some(end) = ends.iter().filter(|end| base.ends_with(*end)).max_by_key(|end| end.len()) {
        base = &base[..base.len() - end.len()];
    }
    base
}

/// Whether a requirement looks like a slip of the pen beside these labels.
fn misspelt(unmet: &Requirement<'_>, labels: &Labels<'_>) -> bool {
    let value = unmet.values.first().copied().unwrap_or("");
    match labels.get(unmet.key) {
        Some(label) => unmet.values.len() == 1 && suggest::is_slip(value, label.value),
        None => {
            labels.pairs().iter().any(|pair| pair.value == value && suggest::is_slip(pair.key, unmet.key))
        }
    }
}

/// The label that a requirement was compared with, or the one whose key is nearly the same.
fn differing<'a>(unmet: &Requirement<'_>, labels: &Labels<'a>) -> Option<LabelPair<'a>> {
    labels
        .get(unmet.key)
        .or_else(|| labels.pairs().iter().copied().find(|pair| suggest::is_slip(pair.key, unmet.key)))
}

fn selects_nothing(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let budget = &inventory.budgets[at];
    if is_placeholder(budget.object.name) {
        return;
    }
    match &budget.selector {
        BudgetSelector::Nothing(node) => without_selector(inventory, budget, *node, out),
        BudgetSelector::Everything(_) => {}
        BudgetSelector::Labels(selector) => {
            if inventory.budget_pods(at).is_empty()
                && !inventory.is_broken_by_label(selector.node)
                && !selector.has_placeholder()
                && !selector.is_invalid()
            {
                unmatched(inventory, at, selector, out);
            }
        }
    }
}

fn without_selector(inventory: &Inventory<'_>, budget: &Budget<'_>, node: Option<Node<'_>>, out: &mut Out) {
    let name = budget.object.name;
    let spec = budget.object.node.entry("spec").filter(|spec| !spec.value.is_null());
    if spec.is_some_and(|spec| !spec.value.is_mapping()) {
        return;
    }
    match node {
        Some(node) if budget.object.version() == "v1beta1" && node.is_mapping() => {
            out.report(node, format!("an empty selector in policy/v1beta1 selects no pod, so `{name}` protects nothing"))
                .label("selects no pod")
                .severity(Severity::Error)
                .help("name the pods' labels under `matchLabels`, or use `policy/v1`, where `{}` selects all pods of the namespace");
        }
        Some(key) => {
            out.report(key, format!("PodDisruptionBudget `{name}` has no selector, so it protects no pod"))
                .label("null selects no pod")
                .severity(Severity::Error)
                .help("name the pods' labels under `selector.matchLabels`");
        }
        // Where patches lie, and beside another budget of the name, it may be a change to that one.
        None => {
            let copies = inventory.named("PodDisruptionBudget", name).count();
            let path = budget.object.node.tree().source().path.as_str();
            if copies > 1 || (is_place_of_patches(path) && !inventory.view.built) {
                return;
            }
            out.report(
                spec.map_or(budget.object.anchor(), |spec| spec.key),
                format!("PodDisruptionBudget `{name}` has no selector, so it protects no pod"),
            )
            .label(if spec.is_some() { "no `selector` in here" } else { "no `spec`" })
            .severity(Severity::Warning)
            .help("name the pods' labels under `selector.matchLabels`");
        }
    }
}

fn unmatched(inventory: &Inventory<'_>, at: usize, selector: &Selector<'_>, out: &mut Out) {
    let budget = &inventory.budgets[at];
    let name = budget.object.name;
    if let Some((one, other)) = selector.contradiction() {
        out.report(
            other.node,
            format!("no pod can meet both demands on `{}`, so `{name}` protects nothing", one.key),
        )
        .severity(Severity::Error)
        .label("excludes the other one")
        .also(one.node, "the other demand")
        .help("remove one of the two requirements");
        return;
    }
    // Its workload is here as a patch only, which says nothing about the labels.
    let named = inventory.workloads_named(base_name(name));
    if named.iter().any(|&at| inventory.workloads[at].is_partial()) {
        return;
    }
    let Some(nearest) = nearest(inventory, at) else {
        nothing_at_all(inventory, budget, selector, out);
        return;
    };
    let workload = &inventory.workloads[nearest.workload];
    if inventory.is_patched(&workload.object) {
        return;
    }
    let Some(severity) = inventory.absence(Evidence::NearMiss, &budget.object) else {
        return;
    };
    let title = workload.title();
    if nearest.other_namespace {
        let node = budget.object.metadata().and_then(|metadata| metadata.get("namespace"));
        let namespace = inventory.namespace(&workload.object).unwrap_or("");
        out.report(
            node.unwrap_or(budget.object.anchor()),
            format!("PodDisruptionBudget `{name}` selects no pods: {title} is in namespace `{namespace}`"),
        )
        .severity(severity)
        .label("protects pods of this namespace only")
        .also(workload.object.anchor(), format!("in namespace `{namespace}`"))
        .help(format!("set `namespace: {namespace}`"));
        return;
    }
    let Some(first) = nearest.unmet.first() else {
        return;
    };
    let labels = inventory.labels(nearest.workload);
    let label = differing(first, labels);
    let wrote = demand(first);
    let message = format!("PodDisruptionBudget `{name}` selects no pods: `{wrote}` does not match {title}");
    let place = label.map_or(workload.object.anchor(), |label| label.node);
    let help = match label {
        Some(label) => format!("replace `{wrote}` with `{}: {}` in the selector", label.key, label.value),
        None => format!("select the labels of {title}: `{}`", wanted(workload.selector.as_ref(), labels)),
    };
    let same_key = label.filter(|label| label.key == first.key && first.pair && nearest.unmet.len() == 1);
    out.report(first.node, message)
        .severity(severity)
        .label("no pod has this label")
        .also(place, format!("the pods of {title}"))
        .help(help)
        .repairable(
            format!("select `{}: {}`", first.key, same_key.map_or("", |label| label.value)),
            same_key.and_then(|label| amend::value(first.node, label.value)),
        );
}

fn demand(one: &Requirement<'_>) -> String {
    match one.values[..] {
        [value] => format!("{}: {value}", one.key),
        _ => one.key.to_owned(),
    }
}

fn nothing_at_all(inventory: &Inventory<'_>, budget: &Budget<'_>, selector: &Selector<'_>, out: &mut Out) {
    // Pods of operators, charts and controllers come from elsewhere.
    let made_elsewhere = selector.requirements.iter().any(|one| {
        let own_domain = one
            .key
            .split_once('/')
            .is_some_and(|(domain, _)| !domain.ends_with("kubernetes.io") && !domain.ends_with("k8s.io"));
        own_domain
            || one.key == "app.kubernetes.io/managed-by"
            || one.values.iter().any(|value| inventory.is_produced(value))
    });
    if made_elsewhere || inventory.is_produced(base_name(budget.object.name)) {
        return;
    }
    let Some(severity) = inventory.absence(Evidence::Nothing, &budget.object) else {
        return;
    };
    let Some(first) = selector.requirements.first() else {
        return;
    };
    let draft = out
        .report(first.node, format!("PodDisruptionBudget `{}` selects no pod template of the input", budget.object.name))
        .severity(severity)
        .label("no pod in the linted files has this label")
        .help("use the labels of a pod template in the budget's namespace, or suppress this finding if the pods come from elsewhere");
    let part = |at: &&usize| selector.unmet(inventory.labels(**at)).count() == 1;
    if let Some(&near) = inventory.sharing(selector).iter().find(part) {
        let workload = &inventory.workloads[near];
        draft.also(workload.object.anchor(), format!("{} has all these labels but one", workload.title()));
    }
}

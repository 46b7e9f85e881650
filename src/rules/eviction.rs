//! PodDisruptionBudgets that keep every pod from being evicted: by their numbers, by each other, by what they
//! select.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity, amend};
use crate::inventory::{Allowance, Bound, Budget, Expected, Inventory, Source, directory, same_file};
use crate::kube::int_or_percent::IntOrPercent;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("pdb-blocks-eviction", Check::Unit(blocks_eviction)),
    rule!("pdb-overlap", Check::Unit(overlap)),
    rule!("pdb-invalid", Check::Budget(invalid)),
    rule!("pdb-counts-unscalable", Check::Unit(counts_unscalable)),
];

/// Why the API server refuses a number, and what to write instead.
fn fault(field: &str, value: IntOrPercent<'_>) -> Option<(String, String)> {
    let negative = |shown: &str| {
        (
            format!("`{field}: {shown}` is negative"),
            format!("use a whole number from 0 or a share such as `{field}: 50%`"),
        )
    };
    match value {
        IntOrPercent::Int(count) if count < 0 => Some(negative(&count.to_string())),
        IntOrPercent::Percent(share) if share > 100 => Some((
            format!("`{field}: {share}%` is more than all pods"),
            format!("use at most `{field}: 100%`"),
        )),
        IntOrPercent::Invalid(text) if is_placeholder(text) || is_shouted(text) => None,
        IntOrPercent::Invalid(text) if text.parse::<u32>().is_ok() => Some((
            format!("`{field}: \"{text}\"` is text, and a number must not be quoted"),
            format!("write `{field}: {text}` without quotes"),
        )),
        IntOrPercent::Invalid(text) => Some((
            format!("`{field}: {text}` is neither an integer nor a percentage"),
            format!("use `{field}: 1` or `{field}: 50%`"),
        )),
        _ => None,
    }
}

fn invalid(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let budget = &inventory.budgets[at];
    if let (Some(min), Some(max)) = (budget.min_available, budget.max_unavailable) {
        out.report(max, "`minAvailable` and `maxUnavailable` are mutually exclusive")
            .label("conflicts with the other field")
            .also(min, "the other one")
            .help("keep `maxUnavailable` and remove `minAvailable`")
            .repairable(
                "remove `minAvailable`",
                budget.object.spec().and_then(|spec| amend::remove(spec, spec.entry("minAvailable")?)),
            );
        return;
    }
    if let Some((field, node, value)) = budget.limit()
        && let Some((what, help)) = fault(field, value)
    {
        out.report(node, what).label("rejected by the API server").help(help);
    }
}

/// The number in force, if the API server accepts it; `Err` when there is none that it does.
fn limit<'a>(budget: &Budget<'a>) -> Result<Option<(&'static str, Node<'a>, IntOrPercent<'a>)>, ()> {
    match (budget.min_available, budget.max_unavailable, budget.limit()) {
        (None, None, _) => Ok(None),
        (_, _, Some((field, node, value))) if fault(field, value).is_none() => match value {
            IntOrPercent::Invalid(_) => Err(()),
            _ => Ok(Some((field, node, value))),
        },
        _ => Err(()),
    }
}

/// Whether a number forbids every eviction however many pods there are.
fn forbids_always(field: &str, value: IntOrPercent<'_>) -> bool {
    match value {
        IntOrPercent::Int(0) | IntOrPercent::Percent(0) => field == "maxUnavailable",
        IntOrPercent::Percent(100) => field == "minAvailable",
        _ => false,
    }
}

fn needs_scale(field: &str, value: IntOrPercent<'_>) -> bool {
    field == "maxUnavailable" || matches!(value, IntOrPercent::Percent(_))
}

/// What budgets with one selector protect.
struct Protected<'i, 'a> {
    workloads: Vec<&'i Workload<'a>>,
    /// Whether each is another object. Of several versions of one workload it cannot be told which counts.
    distinct: bool,
    scalable: bool,
    /// Whether all are scaled to zero.
    parked: bool,
    /// Whether an autoscaler keeps some of them.
    scaled: bool,
    /// Whether nobody wrote how many pods some of them have.
    defaulted: bool,
    /// Pods of all at their ceilings.
    most: i64,
    /// What those budgets count on that need no scale, and those that need one.
    expected: [OnceCell<Option<Expected>>; 2],
}

impl<'i, 'a> Protected<'i, 'a> {
    /// `None` if it is not sure whom the budget at a position selects.
    fn of(inventory: &'i Inventory<'a>, at: usize) -> Option<Self> {
        let selected = inventory.budget_pods(at);
        if selected.is_empty() || !selected.iter().all(|one| one.certain.is_yes()) {
            return None;
        }
        let workloads: Vec<&Workload<'a>> =
            selected.iter().map(|one| &inventory.workloads[one.workload]).collect();
        let ranges: Vec<_> = selected.iter().filter_map(|one| inventory.replicas(one.workload)).collect();
        let identities: HashSet<_> = workloads.iter().map(|one| one.object.identity()).collect();
        Some(Protected {
            distinct: identities.len() == workloads.len(),
            scalable: workloads.iter().all(|one| one.is_scalable()),
            parked: !ranges.is_empty() && ranges.iter().all(|range| range.ceiling.count == 0),
            scaled: ranges.iter().any(|range| matches!(range.floor.source, Source::Scaler(..))),
            defaulted: ranges.iter().any(|range| range.floor.source == Source::Defaulted),
            most: ranges.iter().map(|range| range.ceiling.count).sum(),
            expected: Default::default(),
            workloads,
        })
    }

    fn allowance(&self, inventory: &Inventory<'a>, at: usize) -> Option<Allowance> {
        let budget = &inventory.budgets[at];
        let expected = &self.expected[usize::from(budget.needs_scale())];
        let expected = expected.get_or_init(|| inventory.expected_pods(at)).filter(|_| self.distinct)?;
        budget.allowance(expected)
    }
}

fn blocks_eviction(inventory: &Inventory<'_>, out: &mut Out) {
    let mut groups = HashMap::new();
    for (at, budget) in inventory.budgets.iter().enumerate() {
        if inventory.is_patched(&budget.object) {
            continue;
        }
        let group = groups.entry(inventory.budget_group(at));
        let Some(protected) = group.or_insert_with(|| Protected::of(inventory, at)) else {
            continue;
        };
        match limit(budget) {
            // A budget over pods without a scale is reported as that.
            Ok(Some((field, node, value))) if !needs_scale(field, value) || protected.scalable => {
                blocks_by_number(inventory, at, (field, node, value), protected, out);
            }
            Ok(None) if protected.workloads.iter().any(|one| !one.runs_to_completion()) => {
                let Some(spec) = budget.object.node.entry("spec") else {
                    continue;
                };
                out.report(
                    spec.key,
                    format!("`{}` sets neither `minAvailable` nor `maxUnavailable`", budget.object.name),
                )
                .label("without either, no evictions are allowed")
                .also(protected.workloads[0].object.anchor(), "these pods can never be evicted")
                .help("add `maxUnavailable: 1`");
            }
            _ => {}
        }
    }
}

fn blocks_by_number<'a>(
    inventory: &Inventory<'a>,
    at: usize,
    (field, node, value): (&'static str, Node<'a>, IntOrPercent<'a>),
    protected: &Protected<'_, 'a>,
    out: &mut Out,
) {
    let always = forbids_always(field, value);
    let allowance = protected.allowance(inventory, at);
    let allowed = allowance.map(|allowance| allowance.allowed);
    if protected.parked
        || (!always && (allowed != Some(0) || inventory.has_left_out_pods(&inventory.budgets[at].object)))
    {
        return;
    }
    // A share of a single pod stands for the larger numbers that the autoscaler is there for; that its floor
    // is 1 is the autoscaler's finding.
    let relieved = || {
        let most = protected.most;
        let share = value.of_rounding_up(most).unwrap_or(most);
        if field == "minAvailable" { share < most } else { share > 0 }
    };
    let a_share = matches!(value, IntOrPercent::Percent(_));
    let single = allowance.is_some_and(|allowance| allowance.pods == 1 && !allowance.from_zero);
    if !always && a_share && single && protected.scaled && relieved() {
        return;
    }
    let from_zero = allowance.is_some_and(|allowance| allowance.from_zero);
    // A count that nobody wrote may be kept by an autoscaler that is not in view.
    let guess = !always && (from_zero || (protected.defaulted && !inventory.surroundings.complete));
    let shown = format!("{field}: {}", node.text());
    let pods = |count: i64| if count == 1 { "1 pod".to_owned() } else { format!("{count} pods") };
    let whom = match &protected.workloads[..] {
        [one] => format!("`{}`", one.object.name),
        many => format!("{} workloads", many.len()),
    };
    let arithmetic = match (allowance, value) {
        (Some(known), IntOrPercent::Percent(share)) if field == "minAvailable" => {
            let exact = share * known.pods % 100 == 0;
            let becomes = if exact { "is" } else { "rounds up to" };
            format!("`{shown}` of {} {becomes} {}", pods(known.pods), known.desired)
        }
        (Some(known), IntOrPercent::Int(count)) if field == "minAvailable" && count > known.pods => {
            format!("`{shown}` is more than the {} of {whom}", pods(known.pods))
        }
        (Some(known), _) if field == "minAvailable" => match known.pods {
            1 => format!("`{shown}` needs the only pod of {whom}"),
            count => format!("`{shown}` needs all {count} pods of {whom}"),
        },
        (Some(known), _) if known.pods == 1 => format!("`{shown}` never lets the only pod of {whom} go"),
        (Some(known), _) => format!("`{shown}` lets none of the {} of {whom} go", pods(known.pods)),
        (None, _) => format!("`{shown}` lets no pod of {whom} go"),
    };
    let condition = if from_zero {
        " while one pod runs"
    } else if !always && protected.scaled {
        " at the autoscaler's floor"
    } else {
        ""
    };
    let help = match allowance {
        Some(known) if known.pods == 1 && !always => {
            let own = if field == "maxUnavailable" { "" } else { " instead" };
            format!(
                "run at least {} replicas, or set `maxUnavailable: 1`{own} if the pod may be evicted",
                enough(field, &value)
            )
        }
        _ => "set `maxUnavailable: 1` instead".to_owned(),
    };
    let mut draft = out
        .report(node, format!("{arithmetic}, so 0 evictions are allowed{condition}"))
        .severity(if guess { Severity::Warning } else { Severity::Error })
        .label("`kubectl drain` blocks indefinitely")
        .help(help);
    for one in inventory.budget_pods(at).iter().take(3) {
        let workload = &inventory.workloads[one.workload];
        let range = inventory.replicas(one.workload);
        let place = match range.map(|range| range.floor) {
            Some(Bound { source: Source::Scaler(index, None), .. }) => inventory.scalers[index].spec_key(),
            floor => floor.and_then(|floor| floor.node()).unwrap_or(workload.object.anchor()),
        };
        let text = match range.map(|range| (range.floor.count, range.floor.source)) {
            Some((count, Source::Defaulted)) => format!("{} by default", pods(count)),
            Some((count, Source::Scaler(..))) => format!("at least {}", pods(count)),
            Some((count, Source::Written(_))) => pods(count),
            None => "selects these pods".to_owned(),
        };
        draft = draft.also(place, text);
    }
}

fn overlap(inventory: &Inventory<'_>, out: &mut Out) {
    let (mut told, mut seen) = (HashSet::new(), HashSet::new());
    for (at, workload) in inventory.workloads.iter().enumerate() {
        let parked = inventory.replicas(at).is_some_and(|replicas| replicas.ceiling.count == 0);
        if inventory.budgets_of(at).len() < 2 || parked || inventory.is_patched(&workload.object) {
            continue;
        }
        // What the same budgets select at the same place has been told of already.
        let place = (inventory.namespace(&workload.object), directory(&workload.object));
        if !seen.insert((inventory.protection(at), place)) {
            continue;
        }
        let sure = |budget: &&usize| {
            let object = &inventory.budgets[**budget].object;
            inventory.surely_protects(**budget, at)
                && inventory.surely_together(object, &workload.object)
                && !inventory.is_patched(object)
                && !is_placeholder(object.name)
        };
        let budgets: Vec<usize> = inventory.budgets_of(at).iter().filter(sure).copied().collect();
        let Some((&first, rest)) = budgets.split_first() else {
            continue;
        };
        let one = &inventory.budgets[first].object;
        for &second in rest {
            let other = &inventory.budgets[second].object;
            // The same budget in two versions or copies is one object.
            if one.name == other.name || !told.insert((first, second)) {
                continue;
            }
            let place = other.spec().and_then(|spec| spec.entry("selector"));
            let draft = out
                .report(
                    place.map_or(other.anchor(), |entry| entry.key),
                    format!(
                        "`{}` and `{}` both select the pods of {}",
                        one.name,
                        other.name,
                        workload.title()
                    ),
                )
                .label("selects them a second time")
                .also(one.anchor(), "the first budget")
                .also(workload.object.anchor(), "a pod may have one budget only")
                .help(format!("remove `{}` or `{}`, or narrow a selector", one.name, other.name));
            if may_be_alternatives(inventory, first, second) {
                draft.severity(Severity::Warning);
            }
        }
    }
}

/// Two files beside each other that select the same may be two ways to say it, of which one is applied.
fn may_be_alternatives(inventory: &Inventory<'_>, first: usize, second: usize) -> bool {
    let [one, other] = [first, second].map(|at| &inventory.budgets[at].object);
    let selector = |object: &Object<'_>| {
        let selector = object.spec().and_then(|spec| spec.get("selector"));
        selector.map_or("", |node| node.source_text()).split_whitespace().collect::<String>()
    };
    !inventory.view.built && !same_file(one, other) && selector(one) == selector(other)
}

/// What budgets with one selector that lie beside each other count on the scale of.
struct Scaled<'i, 'a> {
    unscalable: Option<&'i Workload<'a>>,
    scalable: Option<&'i Workload<'a>>,
    /// The first of the selected pods, if no controller keeps any of them.
    bare: Option<&'i Workload<'a>>,
}

impl<'i, 'a> Scaled<'i, 'a> {
    fn of(inventory: &'i Inventory<'a>, at: usize) -> Self {
        let everything = inventory.budget_pods(at);
        let selected: Vec<&Workload<'a>> = everything
            .iter()
            .filter(|one| one.certain.is_yes())
            .map(|one| &inventory.workloads[one.workload])
            .filter(|one| inventory.surely_together(&inventory.budgets[at].object, &one.object))
            .filter(|one| !inventory.is_patched(&one.object))
            .collect();
        let has_no_scale =
            |one: &Workload<'_>| one.runs_to_completion() || one.kind == WorkloadKind::DaemonSet;
        let bare = selected.len() == everything.len()
            && selected.iter().all(|one| one.kind == WorkloadKind::Pod && !is_owned(one));
        Scaled {
            unscalable: selected.iter().copied().find(|one| has_no_scale(one)),
            scalable: selected.iter().copied().find(|one| one.is_scalable()),
            bare: selected.first().copied().filter(|_| bare),
        }
    }
}

fn counts_unscalable(inventory: &Inventory<'_>, out: &mut Out) {
    let mut groups = HashMap::new();
    for (at, budget) in inventory.budgets.iter().enumerate() {
        let Ok(Some((field, node, value))) = limit(budget) else {
            continue;
        };
        if !needs_scale(field, value) || inventory.is_patched(&budget.object) {
            continue;
        }
        let key =
            (inventory.budget_group(at), inventory.namespace(&budget.object), directory(&budget.object));
        let &mut Scaled { unscalable, scalable, bare } =
            groups.entry(key).or_insert_with(|| Scaled::of(inventory, at));
        let shown = format!("{field}: {}", node.text());
        if let Some(culprit) = unscalable {
            let what = if culprit.kind == WorkloadKind::DaemonSet { "a DaemonSet" } else { "a Job" };
            let consequence = match scalable {
                Some(victim) => format!("no pod of `{}` can be evicted", victim.object.name),
                None => "no pod can be evicted".to_owned(),
            };
            let draft = out
                .report(node, format!("`{shown}` needs a scale, which {} does not have", culprit.title()))
                .label("needs the scale of every selected pod's controller")
                .note(consequence)
                .also(culprit.object.anchor(), format!("{what} has no scale, and its pods are selected too"));
            match scalable {
                Some(victim) => {
                    draft.also(victim.object.anchor(), "blocked by it").help(format!(
                        "give the pods of {} other labels, or use a whole number for `minAvailable`",
                        culprit.title()
                    ));
                }
                // Drains leave DaemonSets alone, and Jobs end: little is blocked.
                None => {
                    draft.severity(Severity::Warning).help("use a whole number for `minAvailable`");
                }
            }
            continue;
        }
        if let Some(pod) = bare {
            out.report(
                node,
                format!(
                    "`{shown}` allows no evictions: bare Pods such as `{}` have no scale",
                    pod.object.name
                ),
            )
            .label("counts 0 pods")
            .also(pod.object.anchor(), "no controller")
            .help("use a whole number for `minAvailable`, or run the pods under a Deployment");
        }
    }
}

/// Whether a Pod was written out of a cluster, where a controller owns it.
fn is_owned(workload: &Workload<'_>) -> bool {
    workload.object.metadata().is_some_and(|metadata| metadata.get("ownerReferences").is_some())
}

/// How many replicas a budget needs before it allows an eviction (fact 3.4).
fn enough(field: &str, value: &IntOrPercent<'_>) -> i64 {
    match value {
        IntOrPercent::Int(count) if field == "minAvailable" => count.saturating_add(1).max(2),
        IntOrPercent::Percent(_) if field == "minAvailable" => {
            let allows = |&pods: &i64| value.of_rounding_up(pods).is_some_and(|wanted| wanted < pods);
            (2..=100).find(allows).unwrap_or(2)
        }
        _ => 2,
    }
}

//! Affinity between pods: replicas drawn together, and others caught by the same term.

use super::words::{all_replicas, label_bound};
use super::{Check, Rule, rule};
use crate::finding::{Fix, Out, Severity};
use crate::inventory::{Domain, Inventory, Replicas, Term, host_port, terms};
use crate::kube::labels::{self, LabelPair};
use crate::kube::selector::{Match, Operator, Requirement, Selector};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("affinity-packs-replicas", Check::Unit(packs_replicas)),
    rule!("anti-affinity-too-broad", Check::Unit(too_broad)),
];

fn packs_replicas(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        let Some(replicas) = range(inventory, at) else {
            continue;
        };
        if let Some(term) = packing(inventory, at) {
            report_packing(inventory, at, &replicas, &term, out);
        }
    }
}

/// The range of a workload that may have two pods. What is claimed is written, so a patch may be judged too.
fn range<'a>(inventory: &Inventory<'a>, at: usize) -> Option<Replicas<'a>> {
    let replicas = inventory.replicas(at).filter(|_| !inventory.workloads[at].is_owned())?;
    (replicas.ceiling.count >= 2).then_some(replicas)
}

/// The term, if any, by which the replicas of a workload draw each other into one domain: the narrowest.
pub fn packing<'a>(inventory: &Inventory<'a>, at: usize) -> Option<Term<'a>> {
    let spec = inventory.workloads[at].pod.spec;
    let all = terms(spec, "podAffinity");
    let own = |term: &Term<'a>| inventory.term_selects_self(term, at).is_yes();
    // One and the same pod has to satisfy all required terms (fact 2.2): a sibling satisfies all or none.
    let required_own = all.iter().filter(|term| term.required).all(own);
    let attracts = |term: &Term<'a>| {
        let meant = term.selector.as_ref().is_some_and(names_something);
        term.domain().is_some() && meant && (required_own || !term.required) && own(term)
    };
    let packing = all.iter().filter(|term| attracts(term)).min_by_key(|term| term.domain())?;
    let kept_apart = inventory.spreaders(at).iter().any(|spreader| {
        let narrower = spreader.domain() < packing.domain();
        // A filter beats a score; two filters that contradict each other leave one pod, not a pack.
        let stronger = spreader.domain() == packing.domain() && spreader.is_strict();
        spreader.domain().is_some() && (narrower || stronger) && spreader.own != Match::No
    });
    let alone = host_port(spec).is_some();
    (!kept_apart && !alone).then(|| packing.clone())
}

/// Whether the pods have to run on the node of another pod, which decides where all of them are.
pub fn follows_another(inventory: &Inventory<'_>, at: usize) -> bool {
    let required =
        terms(inventory.workloads[at].pod.spec, "podAffinity").into_iter().filter(|term| term.required);
    required.into_iter().any(|term| {
        term.domain() == Some(Domain::Host) && inventory.term_selects_self(&term, at) == Match::No
    })
}

/// Whether a selector says whom it wants and not only whom it does not.
fn names_something(selector: &Selector<'_>) -> bool {
    selector.requirements.iter().any(|one| one.operator == Operator::In)
}

fn report_packing(
    inventory: &Inventory<'_>,
    at: usize,
    replicas: &Replicas<'_>,
    term: &Term<'_>,
    out: &mut Out,
) {
    let workload = &inventory.workloads[at];
    let (kind, name) = (workload.object.kind, workload.object.name);
    let domain = term.domain().unwrap_or(Domain::Host);
    let noun = domain.noun();
    let claims = inventory.shared_claims(at);
    let severity = match (claims.first(), domain) {
        (Some(_), _) => Severity::Info,
        (None, Domain::Host) => Severity::Error,
        (None, _) => Severity::Warning,
    };
    let all = all_replicas(replicas);
    let end = if domain == Domain::Host { "the loss of that node" } else { "its failure" };
    let verb = if term.required { "forces" } else { "attracts" };
    let message = format!("`podAffinity` {verb} {all} of `{name}` onto one {noun}");
    let key = term.topology_key.map_or("", |key| key.text());
    let own = replicas.ceiling.count;
    let mut draft = out
        .report(term.under, message)
        .severity(severity)
        .label(format!("selects the {kind}'s own {own} replicas over `{key}`"))
        .note(format!("{end} takes down {all}"));
    draft = label_bound(draft, inventory, &replicas.ceiling);
    if let Some(pair) = deciding_label(inventory, at, term) {
        draft = draft.also(pair.node, format!("its own pods are labelled `{}: {}`", pair.key, pair.value));
    }
    for other in others(inventory, at, term).take(3) {
        let title = inventory.workloads[other].title();
        let place = deciding_label(inventory, other, term).map(|pair| pair.node);
        let place = place.unwrap_or_else(|| inventory.workloads[other].object.anchor());
        draft = draft.also(place, format!("also attracts the pods of {title}"));
    }
    match claims.first() {
        Some(claim) => draft
            .also(claim.at, format!("`{}` is one {} claim for all", claim.at.text(), claim.attach.name()))
            .help("give each replica a volume of its own, or use a ReadWriteMany claim, and spread the replicas"),
        None => {
            let alone = terms(workload.pod.spec, "podAffinity").len() == 1
                && workload.pod.spec.affinity("podAntiAffinity").is_none();
            let fix = alone.then(|| {
                Fix::needs_decision("write `podAntiAffinity`").replace(term.under, "podAntiAffinity")
            });
            draft.help("use `podAntiAffinity` with a selector that matches only these pods").fix_if(fix)
        }
    };
}

/// The label of a workload's pods that meets the first thing a term's selector asks for.
fn deciding_label<'a>(inventory: &'a Inventory<'_>, at: usize, term: &Term<'_>) -> Option<LabelPair<'a>> {
    let mut wanted = term.selector.as_ref()?.requirements.iter().filter(|one| one.operator == Operator::In);
    inventory.labels(at).get(wanted.next()?.key)
}

/// Other workloads of the same place whose pods a term surely selects.
fn others<'s>(
    inventory: &'s Inventory<'_>,
    at: usize,
    term: &'s Term<'_>,
) -> impl Iterator<Item = usize> + 's {
    let own = &inventory.workloads[at];
    let selector = term.selector.as_ref().filter(|selector| names_something(selector));
    let namespace = inventory.namespace(&own.object);
    let selected =
        selector.into_iter().flat_map(move |selector| inventory.select_lazily(namespace, selector));
    selected.map(|one| one.workload).filter(move |&other| {
        let workload = &inventory.workloads[other];
        // Not others: pods that a controller of the input made, a second copy of the same object, and the same
        // thing as another kind.
        let same = workload.object.name == own.object.name;
        other != at
            && !same
            && !term
                .selector
                .as_ref()
                .is_some_and(|one| inventory.is_relabelled_into(&own.object, one, other))
            && !workload.is_owned()
            && !workload.runs_to_completion()
            && inventory.deployed_together(at, other)
            && inventory.term_selects(term, at, other).is_yes()
    })
}

fn too_broad(inventory: &Inventory<'_>, out: &mut Out) {
    for at in 0..inventory.workloads.len() {
        if range(inventory, at).is_none() {
            continue;
        }
        for term in terms(inventory.workloads[at].pod.spec, "podAntiAffinity") {
            if inventory.term_selects_self(&term, at).is_yes() && is_about_itself(inventory, at, &term) {
                report_too_broad(inventory, at, &term, out);
            }
        }
    }
}

/// Labels that say what a pod is; a term over others of them, or over what its controller selects by, is
/// about the workload itself. Any other label may have been made to keep a whole group apart.
const IDENTITY: &[&str] =
    &["app", "k8s-app", "name", "run", "app.kubernetes.io/name", "app.kubernetes.io/instance"];

fn is_about_itself(inventory: &Inventory<'_>, at: usize, term: &Term<'_>) -> bool {
    let controller = inventory.workloads[at].selector.as_ref();
    let by_controller =
        |key: &str| controller.is_some_and(|selector| selector.requirements.iter().any(|one| one.key == key));
    let Some(selector) = &term.selector else {
        return false;
    };
    // Several values, or a name space of pods other than the own one, were listed on purpose.
    let narrow = |one: &Requirement<'_>| one.operator == Operator::In && one.values.len() == 1;
    selector.requirements.iter().any(narrow)
        && selector
            .requirements
            .iter()
            .all(|one| narrow(one) && (IDENTITY.contains(&one.key) || by_controller(one.key)))
        && term.node.get("namespaces").is_none()
        && term.node.get("namespaceSelector").is_none()
}

fn report_too_broad(inventory: &Inventory<'_>, at: usize, term: &Term<'_>, out: &mut Out) {
    let workload = &inventory.workloads[at];
    // Two versions of one application, such as a canary, are kept apart on purpose. A hundred of them tell
    // enough: looking at all would cost the square of their number.
    let foreign = |other: &usize| !workload.shares_image(&inventory.workloads[*other]);
    let found: Vec<usize> = others(inventory, at, term).take(100).filter(foreign).take(3).collect();
    let (Some(selector), Some(&first)) = (&term.selector, found.first()) else {
        return;
    };
    let title = inventory.workloads[first].title();
    let name = workload.object.name;
    let verb = if term.required { "keeps" } else { "steers" };
    let noun = term.domain().map_or("domain", Domain::noun);
    let message = format!("`podAntiAffinity` of `{name}` also selects the pods of {title}");
    let place = match &selector.requirements[..] {
        [only] => only.node,
        _ => selector.node,
    };
    let mut draft = out
        .report(place, message)
        .label(format!("matches `{name}`, and others too"))
        .note(format!("it {verb} replicas of `{name}` from every {noun} that runs one of those pods"));
    for &other in &found {
        let title = inventory.workloads[other].title();
        let place = deciding_label(inventory, other, term).map(|pair| pair.node);
        let place = place.unwrap_or_else(|| inventory.workloads[other].object.anchor());
        draft = draft.also(place, format!("the pods of {title} match as well"));
    }
    // A label of the own pods that tells them from the others.
    let lasting = inventory.labels(at).pairs().iter().filter(|pair| !labels::is_versioned(pair.key));
    let distinct = lasting.into_iter().find(|pair| {
        let theirs = |other: &usize| inventory.labels(*other).get(pair.key).map(|it| it.value);
        found.iter().all(|other| theirs(other) != Some(pair.value))
    });
    match distinct {
        Some(pair) => {
            draft
                .also(pair.node, "this label sets its own pods apart")
                .help(format!("add `{}: {}` to the selector of the term", pair.key, pair.value));
        }
        None => {
            draft.help("give these pods a label of their own and select that");
        }
    }
}

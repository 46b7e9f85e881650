//! Pods that the API server refuses although it accepts what makes them (facts 15.70 to 15.76).

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use super::words::list;
use super::{Check, Rule, rule};
use crate::document::Object;
use crate::files::Span;
use crate::finding::{Out, Severity};
use crate::inventory::{Inventory, Others, directory};
use crate::kube::labels::Labels;
use crate::kube::limits::{self, PodResources, Refusal};
use crate::kube::pod_security::{self, Level, Pod};
use crate::kube::workload::{Workload, WorkloadKind};
use crate::schema::NEWEST;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] =
    &[rule!("pods-refused", Check::Unit(refused)), rule!("non-root-runs-as-root", Check::Unit(root))];

/// The label that says which level a namespace enforces.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
const VERSION: &str = "pod-security.kubernetes.io/enforce-version";
/// Kinds that only OpenShift has, whose own admission completes security contexts.
const OPENSHIFT: &[&str] = &["Route", "DeploymentConfig", "SecurityContextConstraints", "BuildConfig"];

/// Whether the unit is for OpenShift.
pub(super) fn is_openshift(inventory: &Inventory<'_>) -> bool {
    OPENSHIFT.iter().any(|kind| inventory.of_kind(kind).next().is_some())
}

fn refused(inventory: &Inventory<'_>, out: &mut Out) {
    let openshift = is_openshift(inventory);
    let (ranges, quotas) = (Placed::read(inventory, "LimitRange"), Placed::read(inventory, "ResourceQuota"));
    let others = Others::read(inventory);
    let mut needed = Needed::default();
    for (at, workload) in inventory.workloads.iter().enumerate() {
        if inventory.is_patched(&workload.object)
            || workload.is_owned()
            || workload.is_partial() && !ends(workload)
        {
            continue;
        }
        if !openshift {
            by_level(inventory, workload, out);
        }
        let (own_ranges, own_quotas) =
            (ranges.of(inventory, &workload.object), quotas.of(inventory, &workload.object));
        if own_ranges.is_empty() && own_quotas.is_empty() || others.scale(workload) {
            continue;
        }
        if own_ranges.iter().chain(own_quotas).any(|one| inventory.is_patched(one)) {
            continue;
        }
        by_limits(inventory, at, own_ranges, own_quotas, &mut needed, out);
    }
    needed.report(inventory, out);
}

/// Objects of one kind by where they apply: their namespace or, where that is left open, their directory.
struct Placed<'a>(HashMap<(Option<&'a str>, &'a str), Vec<Object<'a>>>);

impl<'a> Placed<'a> {
    fn read(inventory: &Inventory<'a>, kind: &'static str) -> Self {
        let mut found: HashMap<_, Vec<Object<'a>>> = HashMap::new();
        for object in inventory.of_kind(kind).filter(|object| object.group().is_empty()) {
            found.entry(place(inventory, object)).or_default().push(*object);
        }
        Placed(found)
    }

    /// Those that surely apply where an object lies.
    fn of(&self, inventory: &Inventory<'a>, object: &Object<'a>) -> &[Object<'a>] {
        self.0.get(&place(inventory, object)).map_or(&[], Vec::as_slice)
    }
}

fn place<'a>(inventory: &Inventory<'a>, object: &Object<'a>) -> (Option<&'a str>, &'a str) {
    match inventory.namespace(object) {
        Some(namespace) => (Some(namespace), ""),
        None => (None, directory(object)),
    }
}

/// Pods of Jobs need no labels of their own.
fn ends(workload: &Workload<'_>) -> bool {
    workload.runs_to_completion() && workload.pod.spec.containers().any(|one| one.image().is_some())
}

/// What becomes of the pods of a workload.
fn consequence(workload: &Workload<'_>) -> String {
    match workload.kind {
        WorkloadKind::Pod => format!("{} is refused", workload.title()),
        _ => format!("no pods of {} are created", workload.title()),
    }
}

fn by_level<'a>(inventory: &Inventory<'a>, workload: &Workload<'a>, out: &mut Out) {
    let Some(namespace) = inventory.namespace(&workload.object) else { return };
    let object = inventory.named("Namespace", namespace).find(|object| object.group().is_empty());
    let Some(object) = object.filter(|object| !inventory.is_patched(object)) else { return };
    let labels = Labels::read(object.metadata().and_then(|it| it.get("labels")));
    let Some((label, level)) = labels.get(ENFORCE).and_then(|one| Some((one, Level::of(one.value)?))) else {
        return;
    };
    let version = labels.get(VERSION).map_or("latest", |one| one.value);
    let minor = match version.strip_prefix("v1.") {
        Some(minor) => minor.parse().ok(),
        None => Some(NEWEST),
    };
    let Some(minor) = minor else { return };
    let violations = pod_security::violations(Pod::of(&workload.pod), level, minor);
    let Some(first) = violations.first() else { return };
    let level = level.name();
    let message = format!("{}: namespace `{namespace}` enforces `{level}`", consequence(workload));
    let mut draft = out.report(first.at, message).label(first.what.clone());
    let mut places: Vec<Node<'_>> = vec![first.at];
    let mut more = 0;
    for other in &violations[1..] {
        if places.len() < 5 {
            places.push(other.at);
            draft = draft.also(other.at, other.what.clone());
        } else {
            more += 1;
        }
    }
    draft = draft.also(label.node, format!("enforces `{level}` for every pod of the namespace"));
    if more > 0 {
        draft = draft.note(format!("{more} more controls are violated"));
    }
    draft.help("set what is missing in the pod template, or give the namespace a level that its pods meet");
}

/// An amount, and who needs how much of it.
#[derive(Clone, Default)]
struct Sum<'a> {
    amount: i128,
    users: Vec<(i128, Object<'a>)>,
}

/// What quotas have to hold for the pods that are always there.
#[derive(Default)]
struct Needed<'a> {
    /// By the place of the quota, then by the name it has for the amount.
    sums: BTreeMap<Span, (Option<Object<'a>>, BTreeMap<String, Sum<'a>>)>,
}

fn by_limits<'a>(
    inventory: &Inventory<'a>,
    at: usize,
    own_ranges: &[Object<'a>],
    own_quotas: &[Object<'a>],
    needed: &mut Needed<'a>,
    out: &mut Out,
) {
    let workload = &inventory.workloads[at];
    let Some(pod) = PodResources::read(workload.pod.spec, own_ranges) else { return };
    let pod = pod.at(workload.object.anchor());
    // Where a LimitRange may lie elsewhere, it may fill in what is missing here.
    let incomplete = inventory.is_incomplete(&workload.object);
    let refusals = limits::pod_refusals(&pod, own_ranges, own_quotas);
    if let Some(first) = refusals.first().filter(|_| !incomplete) {
        // Without a namespace only the directory says that they belong together, as examples of a book do.
        let sure = inventory.view.built
            || inventory.namespace(&workload.object).is_some()
            || first.by.span().file == first.at.span().file;
        let severity = if sure { Severity::Error } else { Severity::Warning };
        report(workload, first, &refusals, severity, out);
        return;
    }
    let Some(count) = inventory.replicas(at).map(|range| range.floor.count).filter(|count| *count > 0) else {
        return;
    };
    for quota in own_quotas.iter().filter(|quota| limits::matches(quota, Some(&pod))) {
        let (owner, sums) = needed.sums.entry(quota.node.span()).or_default();
        *owner = Some(*quota);
        for (resource, amount) in limits::usage(&pod) {
            let sum = sums.entry(resource).or_default();
            let amount = amount.saturating_mul(i128::from(count));
            sum.amount = sum.amount.saturating_add(amount);
            sum.users.push((amount, workload.object));
        }
    }
}

fn report<'a>(
    workload: &Workload<'a>,
    first: &Refusal<'a>,
    all: &[Refusal<'a>],
    severity: Severity,
    out: &mut Out,
) {
    let message = format!("{}: {}", consequence(workload), first.what);
    let mut draft = out.report(first.at, message).severity(severity).also(first.by, "demanded here");
    let mut told = vec![&first.what];
    for other in &all[1..] {
        if told.len() < 4 && !told.contains(&&other.what) {
            told.push(&other.what);
            draft = draft.also(other.at, other.what.clone());
        }
    }
    draft.help("set requests and limits that the namespace allows; the events of the ReplicaSet or Job tell the same");
}

impl<'a> Needed<'a> {
    /// Reports quotas that are too small for all pods together.
    fn report(self, inventory: &Inventory<'a>, out: &mut Out) {
        for (owner, sums) in self.sums.into_values() {
            let Some(quota) = owner else { continue };
            for (entry, most) in limits::hard(&quota) {
                let name = entry.key.key_text();
                let Some(sum) = sums.get(name).filter(|sum| sum.amount > most) else { continue };
                let mut users = sum.users.clone();
                users.sort_by_key(|(amount, object)| (-amount, object.name));
                let titles: Vec<String> = users.iter().map(|(_, object)| object.title()).collect();
                let over = format!("{:.2} times", sum.amount as f64 / most.max(1) as f64);
                let severity = if inventory.view.elsewhere { Severity::Warning } else { Severity::Error };
                let mut draft = out
                    .report(
                        entry.value,
                        format!("{} is too small for the pods of its namespace", quota.title()),
                    )
                    .severity(severity)
                    .label(format!("{} need {over} this amount of `{name}`", list(&titles, 3)));
                for (_, object) in users.iter().take(2) {
                    draft = draft.also(object.anchor(), "counts against the quota");
                }
                draft.help("raise the quota, or lower requests, limits or replicas");
            }
        }
    }
}

/// Containers that must not run as root and are told to (fact 15.78).
fn root(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in &inventory.workloads {
        if inventory.is_patched(&workload.object) || workload.is_owned() {
            continue;
        }
        let spec = workload.pod.spec;
        let own = spec.0.get("securityContext");
        let mut seen: Vec<Node<'_>> = Vec::new();
        for container in spec.containers().chain(spec.init_containers()) {
            let context = container.node.get("securityContext");
            let field = |key: &str| {
                let inside = context.and_then(|context| context.get(key));
                inside.or_else(|| own.and_then(|own| own.get(key)))
            };
            let (Some(must), Some(user)) = (field("runAsNonRoot"), field("runAsUser")) else { continue };
            if must.bool() != Some(true) || user.int() != Some(0) || seen.contains(&user) {
                continue;
            }
            seen.push(user);
            out.report(
                user,
                format!("container `{}` never starts: it must not run as root, and does", container.name()),
            )
            .label("user 0 is root")
            .also(must, "refuses to start as root")
            .help("run as another user, such as `runAsUser: 10001`, or allow root");
        }
    }
}

//! Pods that the API server refuses although it accepts what makes them (facts 15.70 to 15.76).

use super::quotas::{self, Needed};
use super::{Check, Eligible, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Inventory, Others, Placed};
use crate::kube::labels::Labels;
use crate::kube::limits::{self, PodResources, Refusal};
use crate::kube::pod_security::{self, Level, Pod};
use crate::kube::workload::{Workload, WorkloadKind};
use crate::schema::NEWEST;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("pods-refused", Check::Unit(refused)),
    rule!("non-root-runs-as-root", Check::Workload(Eligible::OWN, root)),
];

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
    needed.report(inventory, "pods", out);
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
        let example = workload.kind == WorkloadKind::Pod || inventory.is_contested(&workload.object);
        if !sure && example {
            return;
        }
        let severity = if sure { Severity::Error } else { Severity::Warning };
        report(workload, first, &refusals, severity, out);
        return;
    }
    let Some(count) = always(inventory, at).filter(|count| *count > 0) else { return };
    for quota in own_quotas.iter().filter(|quota| limits::matches(quota, Some(&pod))) {
        let posts = quotas::posts(inventory, at, count);
        needed.add(quota, limits::usage(&pod), count, &workload.object, posts);
    }
}

/// How many pods of a workload are always there.
fn always(inventory: &Inventory<'_>, at: usize) -> Option<i64> {
    let workload = &inventory.workloads[at];
    match workload.kind {
        WorkloadKind::Pod => (!workload.is_temporary()).then_some(1),
        _ => inventory.replicas(at).map(|range| range.floor.count),
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
    let mut draft =
        out.report(first.at, message).severity(severity).also(first.by, "this is what refuses it");
    let mut told = vec![&first.what];
    for other in &all[1..] {
        if told.len() < 4 && !told.contains(&&other.what) {
            told.push(&other.what);
            draft = draft.also(other.at, other.what.clone());
        }
    }
    draft.help("set requests and limits that the namespace allows, or change what it allows");
}

/// Containers that must not run as root and are told to (fact 15.78).
fn root(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
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

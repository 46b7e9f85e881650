//! Labels that kustomizations set where a selector depends on them (facts 1.8, 13.6).

use std::collections::BTreeMap;

use super::{Check, Rule, rule};
use crate::files::Span;
use crate::finding::{Out, Severity};
use crate::inventory::{Break, Inventory, LabelBreak};
use crate::kube::selector::Selector;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("label-breaks-selector", Check::Unit(breaks))];

fn breaks(inventory: &Inventory<'_>, out: &mut Out) {
    if inventory.view.relabelled.places.is_empty() || inventory.view.patched.everything {
        return;
    }
    let mut by_place: BTreeMap<(Span, Break), Vec<&LabelBreak<'_>>> = BTreeMap::new();
    for one in inventory.label_breaks() {
        by_place.entry((one.at.span(), one.what)).or_default().push(one);
    }
    for ((_, what), all) in &by_place {
        match what {
            Break::Gained => gained(inventory, all, out),
            Break::Overwritten => overwritten(inventory, all, out),
            Break::Merged => merged(inventory, all, out),
        }
    }
    endpoints(inventory, out);
    versions(inventory, out);
}

/// What is not in view may carry the label; what is in view does not.
fn severity(inventory: &Inventory<'_>) -> Severity {
    let open = inventory.view.gaps.iter().any(|gap| gap.directory.is_none());
    if open || inventory.view.single_files { Severity::Warning } else { Severity::Error }
}

/// The selector has a label that the pods do not have.
fn gained(inventory: &Inventory<'_>, all: &[&LabelBreak<'_>], out: &mut Out) {
    let one = all[0];
    let workload = &inventory.workloads[one.workload];
    let unreached = is_unreached(workload.kind);
    let help = if unreached {
        format!(
            "kustomize does not set labels on the pods of a {}: write the label into its template, or use `labels` \
             without `includeSelectors`",
            workload.object.kind
        )
    } else {
        "set the label where both the selector and the pods are included, or use `labels` without `includeSelectors`"
            .to_owned()
    };
    let pods = one_of(inventory, one);
    let draft = out
        .report(
            one.at,
            format!(
                "the label `{}` goes into {} but not onto its pods, so it selects none",
                one.key,
                selectors(all)
            ),
        )
        .severity(severity(inventory))
        .label("set on selectors, which cannot be changed later")
        .also(pods, format!("the pods of {} do not get it", workload.title()))
        .also(one.object.anchor(), "without it this selects them");
    draft.help(help);
}

/// The pods have a value that the selector does not ask for.
fn overwritten(inventory: &Inventory<'_>, all: &[&LabelBreak<'_>], out: &mut Out) {
    let one = all[0];
    let workload = &inventory.workloads[one.workload];
    out.report(
        one.at,
        format!("label `{}` replaces the one by which {} selects its pods", one.key, selectors(all)),
    )
    .severity(severity(inventory))
    .label(format!("set on the pods of {}, not on the selector", workload.title()))
    .also(one.selector, "asks for the value that was there before")
    .help("choose another key for this label, or let it reach the selectors as well");
}

/// Several values became one. Somebody may want that, so it is no error.
fn merged(inventory: &Inventory<'_>, all: &[&LabelBreak<'_>], out: &mut Out) {
    let one = all[0];
    let workload = &inventory.workloads[one.workload];
    out.report(
        one.at,
        format!("label `{}` makes {} select pods of {}", one.key, selectors(all), workload.title()),
    )
    .severity(Severity::Warning)
    .label("replaces the different values of these pods")
    .also(one.selector, "asked for a value of its own")
    .also(workload.object.anchor(), "its pods had another value")
    .help("choose another key for this label, such as `app.kubernetes.io/part-of`");
}

fn one_of<'a>(inventory: &Inventory<'a>, one: &LabelBreak<'a>) -> Node<'a> {
    let pod = &inventory.workloads[one.workload].pod;
    pod.labels.pairs().first().map_or(pod.node, |pair| pair.node)
}

/// ``the selector of Service `web` and 2 more``.
fn selectors(all: &[&LabelBreak<'_>]) -> String {
    let more = if all.len() > 1 { format!(" and {} more", all.len() - 1) } else { String::new() };
    format!("the selector of {}{more}", all[0].object.title())
}

/// Kinds whose pods the built-in list of fields does not reach (fact 13.6).
fn is_unreached(kind: WorkloadKind) -> bool {
    matches!(kind, WorkloadKind::Rollout | WorkloadKind::DeploymentConfig | WorkloadKind::Custom)
}

/// A Service without a selector has its endpoints written by hand; with one they are overwritten (fact 4.15).
fn endpoints(inventory: &Inventory<'_>, out: &mut Out) {
    for service in &inventory.services {
        let Some(selector) = &service.selector else {
            continue;
        };
        let first = selector.requirements.first().filter(|_| is_all_kustomized(inventory, selector));
        if let (Some(first), Some(own)) = (first, inventory.endpoints(&service.object)) {
            out.report(
                first.node,
                format!(
                    "the label `{}` becomes the selector of {}, which has none: its Endpoints are overwritten",
                    first.key,
                    service.object.title()
                ),
            )
            .severity(Severity::Error)
            .label("set on selectors by this kustomization, and made where there is none")
            .also(own.anchor(), "written by hand")
            .help("use `labels` without `includeSelectors`");
        }
    }
}

fn is_all_kustomized(inventory: &Inventory<'_>, selector: &Selector<'_>) -> bool {
    let own = |object: Node<'_>| inventory.is_kustomized_label(object);
    selector.requirements.iter().all(|one| own(one.node))
}

/// A label that changes with every version, in a selector that cannot change (fact 1.8).
fn versions(inventory: &Inventory<'_>, out: &mut Out) {
    let mut found: BTreeMap<Span, (&str, Node<'_>, Vec<&Workload<'_>>)> = BTreeMap::new();
    for workload in inventory.workloads.iter().filter(|workload| is_immutable(workload.kind)) {
        let requirements = workload.selector.iter().flat_map(|selector| &selector.requirements);
        for one in requirements.filter(|one| one.pair && inventory.is_kustomized_label(one.node)) {
            if is_version(one.key, one.values.first().unwrap_or(&"")) {
                found.entry(one.node.span()).or_insert((one.key, one.node, Vec::new())).2.push(workload);
            }
        }
    }
    for (key, node, workloads) in found.into_values() {
        let first = workloads[0];
        let more =
            if workloads.len() > 1 { format!(" and {} more", workloads.len() - 1) } else { String::new() };
        out.report(
            node,
            format!(
                "version label `{key}` is part of the selector of {}{more}",
                first.title()
            ),
        )
        .severity(Severity::Info)
        .label("set on selectors by this kustomization")
        .also(first.object.anchor(), "the next value is refused here once this one is deployed")
        .help("use `labels` with `includeTemplates` instead: it sets the label on pods and leaves selectors alone");
    }
}

fn is_immutable(kind: WorkloadKind) -> bool {
    use WorkloadKind::*;
    matches!(kind, Deployment | StatefulSet | DaemonSet | ReplicaSet)
}

/// Whether a label tells the version of what it is on, not one of several that live side by side (`version: v1`).
pub fn is_version(key: &str, value: &str) -> bool {
    match key {
        "app.kubernetes.io/version" | "helm.sh/chart" | "chart" => {
            value.bytes().any(|byte| byte.is_ascii_digit())
        }
        _ => {
            let last = key.rsplit('/').next().unwrap_or(key);
            let numbers = value.trim_start_matches('v').split(['.', '-', '_']);
            let dotted =
                numbers.filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty());
            matches!(last, "version" | "appVersion" | "release-version") && dotted.count() > 1
        }
    }
}

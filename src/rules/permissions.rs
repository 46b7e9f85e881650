//! Roles that grant nothing, and bindings that name a ServiceAccount where it is not.

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Evidence, Found, Inventory, is_near, same_directory};
use crate::kube::rbac::{self, PolicyRule, Subject, resources};
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("role-grants-nothing", Check::Unit(grants_nothing)),
    rule!("binding-subject-missing", Check::Unit(subject_missing)),
];

fn grants_nothing(inventory: &Inventory<'_>, out: &mut Out) {
    for kind in ["Role", "ClusterRole"] {
        for role in inventory.of_kind(kind).filter(|object| object.group() == rbac::GROUP) {
            if !inventory.is_patched(role) && role.node.get("aggregationRule").is_none() {
                rbac::rules(role).for_each(|rule| check_rule(role, rule, out));
            }
        }
    }
}

fn check_rule<'a>(role: &Object<'a>, rule: PolicyRule<'a>, out: &mut Out) {
    let groups: Vec<Node<'a>> = rule.list("apiGroups").collect();
    // Groups that others serve may have a resource of any name.
    let known = |group: &Node<'a>| resources::is_own(group.text()) || resources::is_no_group(group.text());
    if groups.is_empty() || !groups.iter().all(known) {
        return;
    }
    for node in rule.list("resources").filter(|node| !is_placeholder(node.text())) {
        let text = node.text();
        let (resource, subresource) = text.split_once('/').unwrap_or((text, ""));
        if resource == "*" || text.is_empty() {
            continue;
        }
        if groups.iter().any(|group| resources::serves(group.text(), resource)) {
            let meant = (resource == "pods").then(|| resources::pod_subresource(subresource)).flatten();
            if let Some(meant) = meant.filter(|meant| !granted(role, rule, "", &format!("pods/{meant}"))) {
                out.report(
                    node,
                    format!("`{text}` is not a resource, so {} does not grant it", role.title()),
                )
                .label("no subresource of pods has this name")
                .meant(node, &format!("pods/{meant}"));
            }
            continue;
        }
        let meant = match resources::groups_of(resource).is_empty() {
            false => Some(resource),
            true => resources::plural_of(resource),
        };
        if let Some(meant) = meant {
            unserved(role, rule, &groups, node, meant, subresource, out);
        }
    }
}

/// A resource of another group, or the singular of one.
fn unserved<'a>(
    role: &Object<'a>,
    rule: PolicyRule<'a>,
    groups: &[Node<'a>],
    node: Node<'a>,
    meant: &str,
    subresource: &str,
    out: &mut Out,
) {
    let full = if subresource.is_empty() { meant.to_owned() } else { format!("{meant}/{subresource}") };
    let serving = resources::groups_of(meant);
    if serving.iter().any(|group| granted(role, rule, group, &full)) {
        return;
    }
    let text = node.text();
    let resource = text.split_once('/').map_or(text, |(resource, _)| resource);
    let Some(group) = serving.first() else { return };
    let listed = groups.iter().any(|one| serving.contains(&one.text()));
    let quoted: Vec<String> = groups.iter().map(|group| format!("\"{}\"", group.text())).collect();
    if resource == meant {
        out.report(
            node,
            format!("{} grants no access to `{text}`: it is in another API group", role.title()),
        )
        .label(format!("served by group \"{group}\""))
        .also(groups[0], format!("the rule is about {}", quoted.join(", ")))
        .help(format!("add a rule with `apiGroups: [\"{group}\"]` for `{full}`"));
        return;
    }
    let draft = out
        .report(node, format!("{} grants no access to `{text}`: there is no such resource", role.title()))
        .label("resources are named in the plural and in lower case");
    match listed {
        true => draft.meant(node, &full),
        false => draft.help(format!("did you mean `{full}` of `apiGroups: [\"{group}\"]`?")),
    };
}

/// Whether another rule of the role, or this one under another name, grants the same verbs on a resource.
fn granted(role: &Object<'_>, rule: PolicyRule<'_>, group: &str, full: &str) -> bool {
    let (resource, subresource) = full.split_once('/').unwrap_or((full, ""));
    let covers = |other: PolicyRule<'_>, verb: &str| {
        other.allows_verb(verb) && other.is_about_group(group) && other.is_about(resource, subresource)
    };
    let mut verbs = rule.list("verbs").map(|verb| verb.text());
    verbs.all(|verb| {
        let verb = if verb == "*" { "deletecollection" } else { verb };
        rbac::rules(role).any(|other| covers(other, verb))
    })
}

fn subject_missing(inventory: &Inventory<'_>, out: &mut Out) {
    for kind in ["RoleBinding", "ClusterRoleBinding"] {
        for binding in inventory.of_kind(kind).filter(|object| object.group() == rbac::GROUP) {
            if inventory.is_patched(binding) {
                continue;
            }
            let subjects: Vec<Subject<'_>> =
                rbac::subjects(binding).filter(|subject| subject.kind == "ServiceAccount").collect();
            for subject in &subjects {
                check_subject(inventory, binding, subject, &subjects, out);
            }
        }
    }
}

fn check_subject<'a>(
    inventory: &Inventory<'a>,
    binding: &Object<'a>,
    subject: &Subject<'a>,
    all: &[Subject<'a>],
    out: &mut Out,
) {
    let name = subject.name.text();
    let Some(namespace) = subject.namespace else { return };
    let unknown =
        [name, namespace].iter().any(|text| text.is_empty() || is_placeholder(text) || is_shouted(text));
    if unknown {
        return;
    }
    let found = inventory.look_up(binding, Some(namespace), "ServiceAccount", "serviceAccounts", name);
    let place = subject.node.get("namespace").unwrap_or(subject.name);
    match found {
        Found::Elsewhere(account) => {
            let there = inventory.namespace(&account).unwrap_or("default");
            // A binding that names both means another one here.
            let named = all.iter().any(|one| one.name.text() == name && one.namespace == Some(there));
            if named || !is_near(binding, &account) || inventory.is_incomplete(binding) {
                return;
            }
            let severity = if is_used(inventory, &account) && !is_inhabited(inventory, namespace) {
                inventory.absence(Evidence::Contradiction, binding)
            } else {
                inventory.absence(Evidence::NearMiss, binding)
            };
            let Some(severity) = severity else { return };
            out.report(
                place,
                format!(
                    "{} names ServiceAccount `{name}` in `{namespace}`; it is in `{there}`",
                    binding.title()
                ),
            )
            .severity(severity)
            .label(format!("grants nothing to the one in `{there}`"))
            .also(account.anchor(), format!("in namespace `{there}`"))
            .help(format!("set the subject's `namespace` to `{there}`"));
        }
        // A number more makes another name.
        Found::Near(account)
            if same_directory(binding, &account) && letters(name) != letters(account.name) =>
        {
            let Some(severity) = inventory.absence(Evidence::NearMiss, binding) else { return };
            out.report(subject.name, format!("{} names no ServiceAccount `{name}`", binding.title()))
                .severity(severity.min(Severity::Warning))
                .label("no ServiceAccount has this name")
                .also(account.anchor(), "the nearest name")
                .perhaps(subject.name, account.name);
        }
        _ => {}
    }
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// Whether pods in view run as a ServiceAccount of this namespace.
fn is_used<'a>(inventory: &Inventory<'a>, account: &Object<'a>) -> bool {
    inventory.workloads.iter().any(|workload| {
        let spec = workload.pod.spec.0;
        let name = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"));
        name.is_some_and(|name| name.text() == account.name)
            && inventory.namespace(&workload.object) == inventory.namespace(account)
    })
}

/// Whether a pod in view lives in a namespace.
fn is_inhabited(inventory: &Inventory<'_>, namespace: &str) -> bool {
    inventory.workloads.iter().any(|workload| inventory.namespace(&workload.object) == Some(namespace))
}

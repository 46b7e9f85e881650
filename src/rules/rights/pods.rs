//! What a pod may do, told at the pod with the way from its account to the rule that allows it.

use foldhash::HashMap;

use super::powers::{ADMIN, Power};
use crate::document::Object;
use crate::files::{FileId, Span};
use crate::finding::{Out, Severity};
use crate::inventory::{Inventory, is_near, same_directory};
use crate::kube::rbac::{Access, Grant, is_born};
use crate::kube::workload::Workload;
use crate::rules::security::is_final;
use crate::rules::words::list;
use crate::yaml::Node;

/// The account of a workload's pods.
struct Account<'a> {
    name: &'a str,
    /// Where the pod names it.
    written: Option<Node<'a>>,
    namespace: Option<&'a str>,
    /// The files that hold an account of this name; several of them are a choice of one another.
    files: Vec<FileId>,
    /// The unit is what one kustomization builds, which counts as one directory.
    built: bool,
}

/// Where the pods of a workload name their account.
fn written_account<'a>(workload: &Workload<'a>) -> Option<Node<'a>> {
    let spec = workload.pod.spec.0;
    let field = |key: &str| spec.get(key).filter(|node| !node.text().is_empty());
    field("serviceAccountName").or_else(|| field("serviceAccount"))
}

fn account<'a>(inventory: &Inventory<'a>, workload: &Workload<'a>) -> Account<'a> {
    let written = written_account(workload);
    let name = written.map_or("default", |node| node.text());
    let objects = inventory.of_kind("ServiceAccount").filter(|object| object.name == name);
    let files = objects.map(|object| object.node.span().file).collect();
    let namespace = inventory.namespace(&workload.object);
    Account { name, written, namespace, files, built: inventory.view.built }
}

impl<'a> Account<'a> {
    /// Whether a binding beside a workload is for its pods, where it is left open which namespace these go to: what lies
    /// near them is, unless both files bring an account of their own.
    fn is_bound_near(&self, binding: &Object<'a>, workload: &Workload<'a>) -> bool {
        let (own, other) = (workload.object.node.span().file, binding.node.span().file);
        let are_choices = own != other && self.files.contains(&own) && self.files.contains(&other);
        // Every directory has pods of the account `default`.
        let near = match self.written {
            Some(_) => is_near(binding, &workload.object),
            None => self.built || same_directory(binding, &workload.object),
        };
        near && !are_choices
    }
}

/// Whether pods have a token of their account: unless the pod or the account says otherwise (fact 19.24).
fn has_token<'a>(inventory: &Inventory<'a>, workload: &Workload<'a>, account: &Account<'a>) -> bool {
    let off = |node: Option<Node<'_>>| node.and_then(|node| node.bool());
    let spec = workload.pod.spec;
    let containers = spec.containers().chain(spec.init_containers());
    let mounted: Vec<&str> = containers
        .flat_map(|container| container.list("volumeMounts"))
        .filter_map(|mount| Some(mount.get("name")?.text()))
        .collect();
    let projected = spec.list("volumes").any(|volume| {
        let sources = volume.get("projected").and_then(|one| one.get("sources"));
        let mut sources = sources.into_iter().flat_map(|list| list.items());
        sources.any(|one| one.get("serviceAccountToken").is_some())
            && volume.get("name").is_some_and(|name| mounted.contains(&name.text()))
    });
    let of_account = || {
        let object = inventory.reachable(account.namespace, "ServiceAccount", account.name).next();
        off(object.and_then(|object| object.node.get("automountServiceAccountToken")))
    };
    projected || off(spec.0.get("automountServiceAccountToken")).or_else(of_account).unwrap_or(true)
}

/// Everything that is granted to the account of a workload.
fn grants<'a>(access: &Access<'a>, workload: &Workload<'a>, account: &Account<'a>) -> Vec<Grant<'a>> {
    let is_meant = |grant: &Grant<'a>| match (grant.subject.namespace, account.namespace) {
        // The API server refuses it; a kustomization may write the namespace.
        (None, _) if grant.is_everywhere() && !account.built => false,
        (Some(one), Some(other)) => one == other,
        _ => account.is_bound_near(&grant.binding, workload),
    };
    let own = access.grants("ServiceAccount", account.name).into_iter().filter(is_meant);
    let user =
        account.namespace.map(|namespace| format!("system:serviceaccount:{namespace}:{}", account.name));
    let group = account.namespace.map(|namespace| format!("system:serviceaccounts:{namespace}"));
    let groups = group.as_deref().into_iter().chain(["system:serviceaccounts", "system:authenticated"]);
    let by_name = user.as_deref().map(|user| access.grants("User", user)).into_iter().flatten();
    let mut found: Vec<Grant<'a>> = own.chain(by_name).collect();
    found.extend(groups.flat_map(|group| access.grants("Group", group)));
    // A RoleBinding grants nothing outside of its namespace; within the pod's it is told first.
    found.sort_by_key(|grant| !grant.is_everywhere());
    found
}

/// What is granted to the pods of a unit.
pub(in crate::rules) struct Rights<'a>(Access<'a>);

impl<'a> Rights<'a> {
    /// Reads the roles and bindings of a unit.
    pub(in crate::rules) fn read(inventory: &Inventory<'a>) -> Self {
        Rights(Access::new(inventory.objects.iter().copied()))
    }

    /// Whether pods have a token that nobody asked for and that allows nothing but what everybody may do.
    pub(in crate::rules) fn has_unused_token(
        &self,
        inventory: &Inventory<'a>,
        workload: &Workload<'a>,
    ) -> bool {
        let account = account(inventory, workload);
        // An account that is null is a value of a chart that nobody has set yet.
        let is_open = |key: &str| workload.pod.spec.0.entry(key).is_some_and(|entry| entry.value.is_null());
        let asked = workload.pod.spec.0.get("automountServiceAccountToken").is_some()
            || is_open("serviceAccountName");
        let granted = grants(&self.0, workload, &account).iter().any(|grant| !is_born(&grant.binding));
        !asked
            && !granted
            && has_token(inventory, workload, &account)
            && !inventory.is_incomplete(&workload.object)
    }
}

/// Workloads whose pods run as one account and may do something through the same rules.
struct Told<'a> {
    account: Account<'a>,
    given: Vec<Grant<'a>>,
    workloads: Vec<usize>,
}

/// What one finding tells of: an account's name and namespace, and the bindings with the rules that they give it.
type Same<'a> = (&'a str, Option<&'a str>, Vec<(Span, Span)>);

/// Reports the pods that may do something, once for each account.
pub(super) fn judge(inventory: &Inventory<'_>, power: &Power, out: &mut Out) {
    let is_bound =
        ["RoleBinding", "ClusterRoleBinding"].iter().any(|kind| inventory.of_kind(kind).next().is_some());
    if !is_bound {
        return;
    }
    let Rights(access) = Rights::read(inventory);
    let mut told: Vec<Told<'_>> = Vec::new();
    let mut known: HashMap<Same<'_>, usize> = HashMap::default();
    for (at, workload) in inventory.workloads.iter().enumerate() {
        if !is_final(inventory, workload) {
            continue;
        }
        let account = account(inventory, workload);
        let all = grants(&access, workload, &account);
        // Who may do everything may do this, too, and one finding is enough.
        let is_admin = !std::ptr::eq(power, &ADMIN) && all.iter().any(|grant| ADMIN.given_by(grant));
        if is_admin || !has_token(inventory, workload, &account) {
            continue;
        }
        let given: Vec<Grant<'_>> = all.into_iter().filter(|grant| power.given_by(grant)).collect();
        if given.is_empty() {
            continue;
        }
        let places = given.iter().map(|grant| (grant.binding.node.span(), grant.rule.0.span())).collect();
        let next = told.len();
        let same = *known.entry((account.name, account.namespace, places)).or_insert(next);
        match same == next {
            true => told.push(Told { account, given, workloads: vec![at] }),
            false => told[same].workloads.push(at),
        }
    }
    for one in told {
        report(inventory, &one, power, out);
    }
}

/// Where grants hold: everywhere, or in these namespaces.
fn scope(given: &[Grant<'_>]) -> String {
    if given.iter().any(Grant::is_everywhere) {
        return "in the cluster".to_owned();
    }
    let mut names: Vec<String> = Vec::new();
    for name in given.iter().filter_map(|grant| grant.binding.namespace).map(|name| format!("`{name}`")) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.len() {
        0 => "in its namespace".to_owned(),
        1 => format!("in namespace {}", names[0]),
        _ => format!("in namespaces {}", list(&names, 2)),
    }
}

/// `ClusterRole `a` allows it`, and who gathers its rules where that is what was bound.
fn allowed_by(grant: &Grant<'_>) -> String {
    match grant.written.node.span() == grant.role.node.span() {
        true => format!("{} allows it", grant.role.title()),
        false => {
            format!("{} allows it, whose rules `{}` gathers", grant.written.title(), grant.role.name)
        }
    }
}

fn report<'a>(inventory: &Inventory<'a>, told: &Told<'a>, power: &Power, out: &mut Out) {
    let Told { account, given, workloads } = told;
    let Some((grant, others)) = given.split_first() else { return };
    // Whom requests from outside reach is told first.
    let reached = workloads.iter().copied().find(|at| inventory.way_in(*at).is_some());
    let Some(at) = reached.or(workloads.first().copied()) else { return };
    let workload = &inventory.workloads[at];
    let place = written_account(workload).unwrap_or(workload.object.anchor());
    let label = match account.written {
        Some(_) => format!("its pods run as ServiceAccount `{}`", account.name),
        None => "its pods run as ServiceAccount `default`".to_owned(),
    };
    let wide = given.iter().any(|one| one.is_everywhere() || one.binding.namespace == Some("kube-system"));
    let way = inventory.way_in(at);
    let severity = match (wide, way) {
        (true, Some(_)) => Severity::Error,
        (true, None) => Severity::Warning,
        (false, _) => Severity::Info,
    };
    let headline = format!("{} may {} {}", workload.title(), power.words(grant.rule), scope(given));
    let mut draft = out.report(place, headline).severity(severity).label(label);
    for harm in power.harms(grant.rule) {
        draft = draft.note(harm);
    }
    draft = draft.help(match is_born(&grant.role) {
        true => "bind a role of your own with what the program needs, instead of one that every cluster has"
            .to_owned(),
        false => power.help(grant.rule),
    });
    if !is_born(&grant.binding) {
        let binding: &Object<'a> = &grant.binding;
        let subject = grant.subject.name;
        draft = draft
            .also(subject, format!("{} names {} `{}`", binding.title(), grant.subject.kind, subject.text()));
        if is_born(&grant.role) {
            let role = binding.node.get("roleRef").unwrap_or(binding.anchor());
            let role = role.get("name").unwrap_or(role);
            draft = draft.also(role, format!("`{}`, which every cluster has, allows it", grant.role.name));
        } else {
            draft = draft.also(power.place(grant.rule), allowed_by(grant));
        }
    }
    // Taking one of them away would change nothing. Another copy of a role is a choice, and no further grant.
    let is_more = |one: &&Grant<'a>| {
        !is_born(&one.role)
            && one.rule.0 != grant.rule.0
            && (one.role.node.span() == grant.role.node.span() || one.role.title() != grant.role.title())
    };
    for other in others.iter().filter(is_more).take(2) {
        let text = match other.binding.node.span() == grant.binding.node.span() {
            true => format!("{}, too", allowed_by(other)),
            false => {
                let scope = scope(std::slice::from_ref(other));
                format!("{} {scope}, too, through {}", allowed_by(other), other.binding.title())
            }
        };
        draft = draft.also(power.place(other.rule), text);
    }
    let same: Vec<String> = workloads
        .iter()
        .filter(|other| **other != at)
        .map(|other| inventory.workloads[*other].title())
        .collect();
    if !same.is_empty() {
        draft = draft.note(format!("the pods of {} run as the same account", list(&same, 3)));
    }
    if let Some(way) = way {
        draft
            .also(way.at, "requests from outside come in here")
            .note(format!("{} leads requests from outside the cluster to these pods", way.title));
    }
}

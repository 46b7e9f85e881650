//! Which pods have which role: bindings, the roles they give, and the pods of the accounts they name (facts 15.4, 15.5).

use foldhash::{HashMap, HashMapExt};

use super::{Home, Inventory};
use crate::document::Object;
use crate::files::Span;
use crate::kube::rbac::{self, Subject};
use crate::yaml::Node;

/// One whom a binding may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who<'a> {
    /// A ServiceAccount.
    Account(Home<'a>, &'a str),
    /// The ServiceAccounts of one namespace.
    Namespace(Home<'a>),
    /// Every ServiceAccount.
    Everybody,
}

/// Something that gives a role to pods.
#[derive(Clone, Copy, Debug)]
pub struct RoleGrant<'a> {
    /// The binding.
    pub binding: Object<'a>,
    /// The Role or ClusterRole; `None` where it is not in view.
    pub role: Option<Object<'a>>,
}

/// The roles of all pods of a unit.
pub struct Grants<'a> {
    to: HashMap<Who<'a>, Vec<RoleGrant<'a>>>,
    /// Who has a role, by its place, and the binding that gives it.
    by_role: HashMap<Span, Vec<(Who<'a>, Object<'a>)>>,
    /// Positions of workloads by the account their pods run as.
    users: HashMap<(Home<'a>, &'a str), Vec<usize>>,
}

impl<'a> Grants<'a> {
    /// Reads all bindings and accounts of a unit.
    pub fn read(inventory: &Inventory<'a>) -> Self {
        let mut grants = Grants { to: HashMap::new(), by_role: HashMap::new(), users: HashMap::new() };
        for kind in ["RoleBinding", "ClusterRoleBinding"] {
            for binding in inventory.of_kind(kind).filter(|object| object.group() == rbac::GROUP) {
                let grant = RoleGrant { binding: *binding, role: role_of(inventory, binding) };
                for subject in rbac::subjects(binding) {
                    let Some(who) = who(inventory, binding, &subject) else { continue };
                    grants.to.entry(who).or_default().push(grant);
                    if let Some(role) = grant.role {
                        grants.by_role.entry(role.node.span()).or_default().push((who, *binding));
                    }
                }
            }
        }
        for (at, workload) in inventory.workloads.iter().enumerate() {
            let account = account(workload.pod.spec.0);
            grants.users.entry((inventory.home(&workload.object), account)).or_default().push(at);
        }
        grants
    }

    /// What the bindings in view give to the pods of an account.
    pub fn of(&self, home: Home<'a>, account: &'a str) -> impl Iterator<Item = &RoleGrant<'a>> {
        let all = [Who::Account(home, account), Who::Namespace(home), Who::Everybody];
        all.into_iter().filter_map(|who| self.to.get(&who)).flatten()
    }

    /// The bindings that give a role to somebody, and all that bindings in view give to one of their subjects, whoever it is.
    pub fn bound(inventory: &Inventory<'a>, role: &Object<'a>) -> (Vec<Object<'a>>, Vec<RoleGrant<'a>>) {
        let key = |binding: &Object<'a>, one: &Subject<'a>| {
            let own = || (binding.kind == "RoleBinding").then(|| inventory.namespace(binding)).flatten();
            (one.kind, one.name.text(), one.namespace.or_else(own))
        };
        let kinds = ["RoleBinding", "ClusterRoleBinding"];
        let all = || kinds.iter().flat_map(|kind| inventory.of_kind(kind));
        let ours = || all().filter(|object| object.group() == rbac::GROUP);
        let is_it = |binding: &&Object<'a>| {
            role_of(inventory, binding).is_some_and(|found| found.node.span() == role.node.span())
        };
        let bindings: Vec<Object<'a>> = ours().filter(is_it).copied().collect();
        let keys: Vec<_> = bindings
            .iter()
            .flat_map(|binding| rbac::subjects(binding).map(move |one| key(binding, &one)))
            .collect();
        let same =
            |binding: &&Object<'a>| rbac::subjects(binding).any(|one| keys.contains(&key(binding, &one)));
        let grant = |binding: &Object<'a>| RoleGrant { binding: *binding, role: role_of(inventory, binding) };
        (bindings, ours().filter(same).map(grant).collect())
    }

    /// The accounts that have a role and are used by pods in view, each with the binding and the first of its workloads,
    /// in the order of the workloads.
    pub fn holders(&self, role: &Object<'a>) -> Vec<Holder<'a>> {
        let mut found: Vec<Holder<'a>> = Vec::new();
        for (who, binding) in self.by_role.get(&role.node.span()).into_iter().flatten() {
            let mut add = |home: Home<'a>, account: &'a str, workloads: &[usize]| {
                let first = workloads.first().copied();
                found.extend(first.map(|workload| Holder { home, account, binding: *binding, workload }));
            };
            match *who {
                Who::Account(home, account) => {
                    add(home, account, self.users.get(&(home, account)).map_or(&[], Vec::as_slice));
                }
                _ => self
                    .users
                    .iter()
                    .filter(|one| *who == Who::Everybody || *who == Who::Namespace(one.0.0))
                    .for_each(|((home, account), workloads)| add(*home, account, workloads)),
            }
        }
        found.sort_by_key(|holder| holder.workload);
        found.dedup_by_key(|holder| holder.workload);
        found
    }
}

/// An account that has a role and pods.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Where the account is.
    pub home: Home<'a>,
    /// Its name.
    pub account: &'a str,
    /// The binding that gives the role.
    pub binding: Object<'a>,
    /// A workload whose pods run as it.
    pub workload: usize,
}

/// The account that pods run as.
fn account(spec: Node<'_>) -> &str {
    let written = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"));
    written.map(|name| name.text()).filter(|name| !name.is_empty()).unwrap_or("default")
}

fn who<'a>(inventory: &Inventory<'a>, binding: &Object<'a>, subject: &Subject<'a>) -> Option<Who<'a>> {
    let name = subject.name.text();
    match subject.kind {
        "ServiceAccount" => {
            let own = || (binding.kind == "RoleBinding").then(|| inventory.home(binding));
            let home = subject.namespace.map(|namespace| (Some(namespace), "")).or_else(own)?;
            Some(Who::Account(home, name))
        }
        "User" => {
            let (namespace, account) = name.strip_prefix("system:serviceaccount:")?.split_once(':')?;
            Some(Who::Account((Some(namespace), ""), account))
        }
        "Group" => match name.strip_prefix("system:serviceaccounts:") {
            Some(namespace) => Some(Who::Namespace((Some(namespace), ""))),
            None => {
                matches!(name, "system:serviceaccounts" | "system:authenticated").then_some(Who::Everybody)
            }
        },
        _ => None,
    }
}

fn role_of<'a>(inventory: &Inventory<'a>, binding: &Object<'a>) -> Option<Object<'a>> {
    let reference = binding.node.get("roleRef")?;
    let kind = match reference.get("kind")?.text() {
        "Role" => "Role",
        "ClusterRole" => "ClusterRole",
        _ => return None,
    };
    let home = inventory.home(binding);
    let mut roles = inventory.named(kind, reference.get("name")?.text());
    let here = |role: &&Object<'a>| {
        role.group() == rbac::GROUP && (kind == "ClusterRole" || inventory.home(role) == home)
    };
    roles.find(here).copied()
}

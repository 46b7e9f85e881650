//! What a pod may do, told at the pod with the way from its account to the rule that allows it.

use crate::document::Object;
use crate::files::FileId;
use crate::finding::{Out, Severity};
use crate::inventory::{Inventory, is_near, same_directory};
use crate::kube::rbac::{Access, Grant, PolicyRule, Request, is_born};
use crate::kube::workload::Workload;
use crate::rules::security::is_final;
use crate::yaml::Node;

/// Something that a pod may do and that leads further than it should.
pub(super) struct Power {
    /// What options call it.
    name: &'static str,
    /// Verb, API group, resource and subresource of the requests; one that is allowed is enough.
    requests: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// After "may".
    words: &'static str,
    /// What follows from it.
    harm: &'static str,
    /// What to do.
    help: &'static str,
}

/// Resources that are in no namespace, which no RoleBinding grants (fact 19.22).
const OF_CLUSTER: &[&str] = &[
    "clusterroles",
    "groups",
    "mutatingwebhookconfigurations",
    "nodes",
    "signers",
    "users",
    "validatingwebhookconfigurations",
];

const ROLES: &str = "rbac.authorization.k8s.io";
const HOOKS: &str = "admissionregistration.k8s.io";

pub(super) static ADMIN: Power = Power {
    name: "everything",
    requests: &[("*", "*", "*", "")],
    words: "do everything",
    harm: "anyone who takes over such a pod controls the cluster",
    help: "bind a role that lists what the program needs",
};

pub(super) static SECRETS: Power = Power {
    name: "read-secrets",
    requests: &[("get", "", "secrets", ""), ("list", "", "secrets", ""), ("watch", "", "secrets", "")],
    words: "read all Secrets",
    harm: "among them are the passwords and tokens of all others",
    help: "mount the Secrets that the program needs, or allow only `get` with their names in `resourceNames`",
};

pub(super) static PODS: Power = Power {
    name: "create-pods",
    requests: &[
        ("create", "", "pods", ""),
        ("create", "apps", "deployments", ""),
        ("create", "apps", "daemonsets", ""),
        ("create", "apps", "statefulsets", ""),
        ("create", "apps", "replicasets", ""),
        ("create", "batch", "jobs", ""),
        ("create", "batch", "cronjobs", ""),
        ("create", "", "replicationcontrollers", ""),
    ],
    words: "create pods",
    harm: "a new pod may run as any account and mount any Secret of its namespace",
    help: "enforce a level of the Pod Security Standards in the namespaces where it may do so, or grant it in one \
         namespace of its own",
};

pub(super) static RIGHTS: Power = Power {
    name: "raise-rights",
    requests: &[
        ("escalate", ROLES, "roles", ""),
        ("escalate", ROLES, "clusterroles", ""),
        ("bind", ROLES, "roles", ""),
        ("bind", ROLES, "clusterroles", ""),
        ("impersonate", "", "users", ""),
        ("impersonate", "", "groups", ""),
        ("impersonate", "", "serviceaccounts", ""),
        ("create", "", "serviceaccounts", "token"),
        // Who approves a certificate needs this beside the request's own subresource (fact 19.23).
        ("approve", "certificates.k8s.io", "signers", ""),
    ],
    words: "take on the rights of others",
    harm: "`escalate`, `bind`, `impersonate`, tokens and approved certificates lead past all other rules",
    help: "remove the verb, or name the roles and accounts in `resourceNames`",
};

pub(super) static COMMANDS: Power = Power {
    name: "run-commands",
    requests: &[("create", "", "pods", "exec"), ("create", "", "pods", "attach")],
    words: "run commands in other pods",
    harm: "it has the rights, the files and the network of every pod that it enters",
    help: "remove `pods/exec` and `pods/attach`, or grant them only in the namespace where they are needed",
};

pub(super) static NODES: Power = Power {
    name: "reach-nodes",
    requests: &[("get", "", "nodes", "proxy"), ("create", "", "nodes", "proxy")],
    words: "call the kubelets of all nodes",
    harm: "the kubelet runs commands in any pod, past admission and audit",
    help: "list the resources that are needed; who asks kubelets for metrics needs only `nodes/metrics` and `nodes/stats`",
};

pub(super) static WEBHOOKS: Power = Power {
    name: "change-webhooks",
    requests: &[
        ("create", HOOKS, "mutatingwebhookconfigurations", ""),
        ("update", HOOKS, "mutatingwebhookconfigurations", ""),
        ("patch", HOOKS, "mutatingwebhookconfigurations", ""),
        ("create", HOOKS, "validatingwebhookconfigurations", ""),
        ("update", HOOKS, "validatingwebhookconfigurations", ""),
        ("patch", HOOKS, "validatingwebhookconfigurations", ""),
    ],
    words: "change admission webhooks",
    harm: "a webhook reads every object that is created or changed, Secrets included, and may refuse it",
    help: "name the one configuration that it keeps in `resourceNames`",
};

/// All that a role may give, short of everything.
pub(super) static ALL: [&Power; 6] = [&SECRETS, &PODS, &RIGHTS, &COMMANDS, &NODES, &WEBHOOKS];

impl Power {
    /// Whether a grant gives it.
    fn given_by(&self, grant: &Grant<'_>) -> bool {
        self.allowed_by(grant.rule, grant.is_everywhere())
    }

    /// What options call it.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// What it allows, after "may".
    pub(super) fn words(&self) -> &'static str {
        self.words
    }

    /// What follows from it.
    pub(super) fn harm(&self) -> &'static str {
        self.harm
    }

    /// What to do.
    pub(super) fn help(&self) -> &'static str {
        self.help
    }

    /// Whether a rule gives it, `everywhere` or in one namespace only.
    pub(super) fn allowed_by(&self, rule: PolicyRule<'_>, everywhere: bool) -> bool {
        let mut requests = self.requests.iter().filter(|one| everywhere || !OF_CLUSTER.contains(&one.2));
        requests.any(|&(verb, group, resource, subresource)| {
            rule.allows(&Request { verb, group, resource, subresource, ..Request::default() })
        })
    }

    /// The place in a rule that says so.
    pub(super) fn place<'a>(&self, rule: PolicyRule<'a>) -> Node<'a> {
        let allowed = |&(verb, group, resource, subresource): &(_, _, &str, &str)| {
            rule.allows(&Request { verb, group, resource, subresource, ..Request::default() })
        };
        let mut allowed = self.requests.iter().filter(|one| allowed(one));
        allowed.find_map(|one| rule.place_of(one.2, one.3)).unwrap_or(rule.0)
    }
}

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

fn account<'a>(inventory: &Inventory<'a>, workload: &Workload<'a>) -> Account<'a> {
    let spec = workload.pod.spec.0;
    let field = |key: &str| spec.get(key).filter(|node| !node.text().is_empty());
    let written = field("serviceAccountName").or_else(|| field("serviceAccount"));
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
    let projected = spec.list("volumes").any(|volume| {
        let sources = volume.get("projected").and_then(|one| one.get("sources"));
        sources.into_iter().flat_map(|list| list.items()).any(|one| one.get("serviceAccountToken").is_some())
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

/// Reports the pods that may do something.
pub(super) fn judge(inventory: &Inventory<'_>, power: &Power, out: &mut Out) {
    let is_bound =
        ["RoleBinding", "ClusterRoleBinding"].iter().any(|kind| inventory.of_kind(kind).next().is_some());
    if !is_bound {
        return;
    }
    let Rights(access) = Rights::read(inventory);
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
        let given: Vec<&Grant<'_>> = all.iter().filter(|grant| power.given_by(grant)).collect();
        report(inventory, at, &account, power, &given, out);
    }
}

fn report<'a>(
    inventory: &Inventory<'a>,
    at: usize,
    account: &Account<'a>,
    power: &Power,
    given: &[&Grant<'a>],
    out: &mut Out,
) {
    let Some((grant, others)) = given.split_first() else { return };
    let workload = &inventory.workloads[at];
    let place = account.written.unwrap_or(workload.object.anchor());
    let scope = match (grant.is_everywhere(), grant.binding.namespace) {
        (true, _) => "in the cluster".to_owned(),
        (false, Some(namespace)) => format!("in namespace `{namespace}`"),
        (false, None) => "in its namespace".to_owned(),
    };
    let label = match account.written {
        Some(_) => format!("its pods run as ServiceAccount `{}`", account.name),
        None => "its pods run as ServiceAccount `default`".to_owned(),
    };
    let system = grant.binding.namespace.is_some_and(|namespace| namespace == "kube-system");
    let way = inventory.way_in(at);
    let severity = match (grant.is_everywhere() || system, way) {
        (true, Some(_)) => Severity::Error,
        (true, None) => Severity::Warning,
        (false, _) => Severity::Info,
    };
    let mut draft = out
        .report(place, format!("{} may {} {scope}", workload.title(), power.words))
        .severity(severity)
        .label(label)
        .note(power.harm)
        .help(match is_born(&grant.role) {
            true => {
                "bind a role of your own with what the program needs, instead of one that every cluster has"
            }
            false => power.help,
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
            draft = draft.also(power.place(grant.rule), format!("{} allows it", grant.role.title()));
        }
    }
    // Taking one of them away would change nothing.
    for other in others.iter().filter(|one| !is_born(&one.role) && one.rule.0 != grant.rule.0).take(2) {
        draft = draft.also(power.place(other.rule), format!("{} allows it, too", other.role.title()));
    }
    if let Some(way) = way {
        draft
            .also(way.at, "requests from outside come in here")
            .note(format!("{} leads requests from outside the cluster to these pods", way.title));
    }
}

//! What leads further than it should: the requests that show it, what follows from it, and what to do (fact 19.23).

use crate::kube::rbac::{Grant, PolicyRule, Request};
use crate::rules::words::list;
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
    /// What to do about a rule that allows it.
    help: fn(PolicyRule<'_>) -> String,
    /// Where the verbs make the difference: what each means, instead of `words` and `harm`.
    ways: &'static [Way],
}

/// What one verb of a power means.
struct Way {
    verb: &'static str,
    words: &'static str,
    harm: &'static str,
    /// What `resourceNames` would list.
    names: &'static str,
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
    help: |_| "bind a role that lists what the program needs".to_owned(),
    ways: &[],
};

pub(super) static SECRETS: Power = Power {
    name: "read-secrets",
    requests: &[("get", "", "secrets", ""), ("list", "", "secrets", ""), ("watch", "", "secrets", "")],
    words: "read all Secrets",
    harm: "passwords, keys and tokens of other programs are among them",
    help: |_| {
        "mount the Secrets that the program needs, or allow only `get` with their names in `resourceNames`"
            .to_owned()
    },
    ways: &[],
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
    help: |_| {
        "grant it in one namespace that holds nothing else and enforces a level of the Pod Security Standards"
            .to_owned()
    },
    ways: &[],
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
    words: "take on more rights",
    harm: "",
    help: |rule| {
        let ways: Vec<&Way> = RIGHTS.ways_of(rule).collect();
        let verbs: Vec<String> = ways.iter().map(|way| format!("`{}`", way.verb)).collect();
        match (rule.place_of_verb("*"), ways.first()) {
            (None, Some(first)) => {
                format!("remove {}, or name the {} in `resourceNames`", list(&verbs, 3), first.names)
            }
            _ => "list the verbs that are needed instead of `*`".to_owned(),
        }
    },
    ways: &[
        Way {
            verb: "escalate",
            words: "take on more rights",
            harm: "with `escalate`, roles can be given rights that their writer does not have",
            names: "roles",
        },
        Way {
            verb: "bind",
            words: "take on more rights",
            harm: "with `bind`, roles can be bound whose rights the one who binds them does not have",
            names: "roles",
        },
        Way {
            verb: "impersonate",
            words: "act as others",
            harm: "with `impersonate`, requests are made as somebody else",
            names: "users, groups or accounts",
        },
        Way {
            verb: "create",
            words: "act as other ServiceAccounts",
            harm: "a token of another ServiceAccount brings the rights of that account",
            names: "accounts",
        },
        Way {
            verb: "approve",
            words: "act as others",
            harm: "who holds an approved certificate is the user that the certificate names",
            names: "signers",
        },
    ],
};

pub(super) static COMMANDS: Power = Power {
    name: "run-commands",
    requests: &[("create", "", "pods", "exec"), ("create", "", "pods", "attach")],
    words: "run commands in other pods",
    harm: "it has the rights, the files and the network of every pod that it enters",
    help: |_| {
        "remove `pods/exec` and `pods/attach`, or grant them only in the namespace where they are needed"
            .to_owned()
    },
    ways: &[],
};

pub(super) static NODES: Power = Power {
    name: "reach-nodes",
    requests: &[("get", "", "nodes", "proxy"), ("create", "", "nodes", "proxy")],
    words: "call the kubelets of all nodes",
    harm: "the kubelet runs commands in any pod, past admission and audit",
    help: |_| {
        "allow `nodes/metrics` and `nodes/stats` to what asks kubelets for metrics, and let it ask them directly: the path \
         through the API server (`/proxy`) needs all of `nodes/proxy`"
            .to_owned()
    },
    ways: &[],
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
    help: |rule| {
        // A request to create something has no name that a rule could list.
        let first = match rule.allows_verb("create") {
            true => "let the manifests create the configurations, and allow only",
            false => "allow",
        };
        format!(
            "{first} `update` and `patch`, in a rule of their own that lists these configurations under `resourceNames`"
        )
    },
    ways: &[],
};

/// All that a role may give, short of everything.
pub(super) static ALL: [&Power; 6] = [&SECRETS, &PODS, &RIGHTS, &COMMANDS, &NODES, &WEBHOOKS];

impl Power {
    /// Whether a grant gives it.
    pub(super) fn given_by(&self, grant: &Grant<'_>) -> bool {
        self.allowed_by(grant.rule, grant.is_everywhere())
    }

    /// What options call it.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// What a rule allows of it, after "may".
    pub(super) fn words(&self, rule: PolicyRule<'_>) -> &'static str {
        self.ways_of(rule).next().map_or(self.words, |way| way.words)
    }

    /// What follows from a rule that allows it, one clause each.
    pub(super) fn harms(&self, rule: PolicyRule<'_>) -> Vec<&'static str> {
        match self.ways.is_empty() {
            true => vec![self.harm],
            false => self.ways_of(rule).map(|way| way.harm).collect(),
        }
    }

    /// What to do about a rule that allows it.
    pub(super) fn help(&self, rule: PolicyRule<'_>) -> String {
        (self.help)(rule)
    }

    /// Whether a rule gives it, `everywhere` or in one namespace only.
    pub(super) fn allowed_by(&self, rule: PolicyRule<'_>, everywhere: bool) -> bool {
        let mut allowed = self.allowed(rule);
        allowed.any(|request| everywhere || !OF_CLUSTER.contains(&request.resource))
    }

    /// The requests that a rule allows.
    fn allowed<'r>(&self, rule: PolicyRule<'r>) -> impl Iterator<Item = Request<'static>> + use<'r> {
        let requests = self.requests.iter().map(|&(verb, group, resource, subresource)| Request {
            verb,
            group,
            resource,
            subresource,
            ..Request::default()
        });
        requests.filter(move |request| rule.allows(request))
    }

    /// What each verb of a rule means, where verbs make the difference.
    fn ways_of(&self, rule: PolicyRule<'_>) -> impl Iterator<Item = &'static Way> {
        let verbs: Vec<&str> = self.allowed(rule).map(|request| request.verb).collect();
        self.ways.iter().filter(move |way| verbs.contains(&way.verb))
    }

    /// The place in a rule that says so: the verb, where verbs make the difference, else the resource.
    pub(super) fn place<'a>(&self, rule: PolicyRule<'a>) -> Node<'a> {
        let verb = self.ways_of(rule).next().and_then(|way| rule.place_of_verb(way.verb));
        let resource = || self.allowed(rule).find_map(|one| rule.place_of(one.resource, one.subresource));
        verb.or_else(resource).unwrap_or(rule.0)
    }
}

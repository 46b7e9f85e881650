//! Which resources the API server serves in which of its own groups (fact 15.6).

/// Groups of the API server itself with the plurals of the kinds they serve, or served.
const TABLE: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "bindings",
            "componentstatuses",
            "configmaps",
            "endpoints",
            "events",
            "limitranges",
            "namespaces",
            "nodes",
            "persistentvolumeclaims",
            "persistentvolumes",
            "pods",
            "podtemplates",
            "replicationcontrollers",
            "resourcequotas",
            "secrets",
            "serviceaccounts",
            "services",
        ],
    ),
    (
        "admissionregistration.k8s.io",
        &[
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "validatingwebhookconfigurations",
        ],
    ),
    ("apiextensions.k8s.io", &["customresourcedefinitions"]),
    ("apiregistration.k8s.io", &["apiservices"]),
    ("apps", &["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"]),
    ("authentication.k8s.io", &["selfsubjectreviews", "tokenreviews"]),
    (
        "authorization.k8s.io",
        &[
            "localsubjectaccessreviews",
            "selfsubjectaccessreviews",
            "selfsubjectrulesreviews",
            "subjectaccessreviews",
        ],
    ),
    ("autoscaling", &["horizontalpodautoscalers"]),
    ("batch", &["cronjobs", "jobs", "scheduledjobs"]),
    (
        "certificates.k8s.io",
        &["certificatesigningrequests", "clustertrustbundles", "podcertificaterequests", "signers"],
    ),
    ("coordination.k8s.io", &["leasecandidates", "leases"]),
    ("discovery.k8s.io", &["endpointslices"]),
    ("events.k8s.io", &["events"]),
    (
        "extensions",
        &["daemonsets", "deployments", "ingresses", "networkpolicies", "podsecuritypolicies", "replicasets"],
    ),
    ("flowcontrol.apiserver.k8s.io", &["flowschemas", "prioritylevelconfigurations"]),
    ("networking.k8s.io", &["ingressclasses", "ingresses", "ipaddresses", "networkpolicies", "servicecidrs"]),
    ("node.k8s.io", &["runtimeclasses"]),
    ("policy", &["poddisruptionbudgets", "podsecuritypolicies"]),
    ("rbac.authorization.k8s.io", &["clusterrolebindings", "clusterroles", "rolebindings", "roles"]),
    (
        "resource.k8s.io",
        &["deviceclasses", "devicetaintrules", "resourceclaims", "resourceclaimtemplates", "resourceslices"],
    ),
    ("scheduling.k8s.io", &["podgroups", "priorityclasses", "workloads"]),
    (
        "storage.k8s.io",
        &[
            "csidrivers",
            "csinodes",
            "csistoragecapacities",
            "storageclasses",
            "volumeattachments",
            "volumeattributesclasses",
        ],
    ),
];

/// Subresources of pods.
const OF_PODS: &[&str] = &[
    "attach",
    "binding",
    "ephemeralcontainers",
    "eviction",
    "exec",
    "finalizers",
    "log",
    "portforward",
    "proxy",
    "resize",
    "status",
];

/// Whether a group is one of the API server's own.
pub fn is_own(group: &str) -> bool {
    TABLE.iter().any(|row| row.0 == group)
}

/// Whether a text in the place of a group can be none: a version, or a word for the core group.
pub fn is_no_group(text: &str) -> bool {
    text.contains('/') || text == "core" || is_version(text)
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a group of the API server serves a resource.
pub fn serves(group: &str, resource: &str) -> bool {
    TABLE.iter().any(|row| row.0 == group && row.1.contains(&resource))
}

/// The groups that serve a resource, the current one first.
pub fn groups_of(resource: &str) -> Vec<&'static str> {
    let mut found: Vec<&str> =
        TABLE.iter().filter(|row| row.1.contains(&resource)).map(|row| row.0).collect();
    found.sort_by_key(|group| *group == "extensions");
    found
}

/// The plural that a singular, a kind or a plural in capitals was meant to be.
pub fn plural_of(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let all = || TABLE.iter().flat_map(|row| row.1.iter().copied());
    let endings = |plural: &str| {
        plural.strip_suffix('s') == Some(&lower)
            || plural.strip_suffix("es") == Some(&lower)
            || plural.strip_suffix("ies").is_some_and(|stem| lower == format!("{stem}y"))
            || plural == lower
    };
    all().find(|plural| *plural != text && endings(plural))
}

/// The subresource of pods that a wrong one was meant to be.
pub fn pod_subresource(text: &str) -> Option<&'static str> {
    let plural = text.strip_suffix('s').unwrap_or(text);
    OF_PODS.iter().copied().find(|known| *known != text && *known == plural && !OF_PODS.contains(&text))
}

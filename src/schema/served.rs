//! Which versions of an API are served by which Kubernetes (facts 11.1 and 11.5).

use super::kinds;
use crate::yaml::Node;

/// The newest minor version of Kubernetes 1 that the table knows.
pub const NEWEST: u32 = 37;

/// The life of a kind in one version of its API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// From this minor version on there is something better; 0 if it was always so.
    pub deprecated: u32,
    /// From this minor version on it is not served.
    pub removed: u32,
    /// The version to use instead, and from when on it is served; `None` if there is none.
    pub instead: Option<(&'static str, u32)>,
    /// What else must change, or what does the job now.
    pub change: &'static str,
}

impl Served {
    /// Whether an object with this `spec` means the same under the newer version, so that only the version has to
    /// change.
    pub fn keeps(&self, spec: Option<Node<'_>>) -> bool {
        let selects = || {
            let selector = spec.and_then(|spec| spec.get("selector"));
            selector.is_some_and(|selector| selector.entries().next().is_some())
        };
        self.change == ONLY || (self.change == BUDGET && selects())
    }

    /// What else must change in an object with this `spec`.
    pub fn change_of(&self, spec: Option<Node<'_>>) -> &'static str {
        if self.keeps(spec) { ONLY } else { self.change }
    }
}

/// Version, kinds, deprecated, removed, instead, what else must change.
type Row = (&'static str, &'static [&'static str], u32, u32, Option<(&'static str, u32)>, &'static str);

const ONLY: &str = "nothing else has to change";
const WORKLOADS: &str = "`spec.selector` is required there and must match the labels of the pod template; the defaults for \
     updating pods differ, so set the strategy if you rely on them";
const INGRESS: &str = "every path needs `pathType`, `spec.backend` becomes `spec.defaultBackend`, `serviceName` becomes \
     `service.name`, `servicePort` becomes `service.port.number` or `service.port.name`";
const BUDGET: &str = "an empty `selector: {}` selects all pods there, no longer none";
const WEBHOOKS: &str = "`sideEffects` and `admissionReviewVersions` are required there, and a webhook that fails refuses the request";
const METRICS: &str = "each metric takes a `target` with `type` and one value";
const DRA: &str = "the fields of requests differ";

const NET: Option<(&str, u32)> = Some(("networking.k8s.io/v1", 19));
const APPS: Option<(&str, u32)> = Some(("apps/v1", 9));
const RBAC: Option<(&str, u32)> = Some(("rbac.authorization.k8s.io/v1", 8));
const ADMISSION: Option<(&str, u32)> = Some(("admissionregistration.k8s.io/v1", 16));
const POLICIES: Option<(&str, u32)> = Some(("admissionregistration.k8s.io/v1", 30));
const FLOW: Option<(&str, u32)> = Some(("flowcontrol.apiserver.k8s.io/v1", 29));
const STORAGE: Option<(&str, u32)> = Some(("storage.k8s.io/v1", 6));
const RESOURCE: Option<(&str, u32)> = Some(("resource.k8s.io/v1", 34));
const RBAC_KINDS: &[&str] = &["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];
const FLOW_KINDS: &[&str] = &["FlowSchema", "PriorityLevelConfiguration"];
const DRA_KINDS: &[&str] = &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"];
const REVIEWS: &[&str] =
    &["LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"];

#[rustfmt::skip]
static ROWS: &[Row] = &[
    ("extensions/v1beta1", &["DaemonSet", "Deployment", "ReplicaSet"], 9, 16, APPS, WORKLOADS),
    ("extensions/v1beta1", &["NetworkPolicy"], 9, 16, Some(("networking.k8s.io/v1", 8)), ONLY),
    ("extensions/v1beta1", &["PodSecurityPolicy"], 11, 16, None, "use Pod Security admission or a policy engine"),
    ("extensions/v1beta1", &["Ingress"], 14, 22, NET, INGRESS),
    ("extensions/v1beta1", &["ThirdPartyResource"], 7, 8, None, "write a CustomResourceDefinition"),
    ("extensions/v1beta1", &["DeploymentRollback", "Scale"], 9, 16, None, "use `kubectl rollout undo` and the scale subresource"),
    ("apps/v1beta1", &["Deployment", "StatefulSet", "ControllerRevision"], 9, 16, APPS, WORKLOADS),
    ("apps/v1beta1", &["Scale", "DeploymentRollback"], 9, 16, None, "use `kubectl rollout undo` and the scale subresource"),
    ("apps/v1beta2", &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ControllerRevision"], 9, 16, APPS, ONLY),
    ("networking.k8s.io/v1beta1", &["Ingress"], 19, 22, NET, INGRESS),
    ("networking.k8s.io/v1beta1", &["IngressClass"], 19, 22, NET, ONLY),
    ("networking.k8s.io/v1beta1", &["IPAddress", "ServiceCIDR"], 34, 37, Some(("networking.k8s.io/v1", 33)), ONLY),
    ("networking.k8s.io/v1alpha1", &["ClusterCIDR"], 28, 29, None, "it was given up"),
    ("networking.k8s.io/v1alpha1", &["IPAddress", "ServiceCIDR"], 31, 33, Some(("networking.k8s.io/v1", 33)), ONLY),
    ("policy/v1beta1", &["PodDisruptionBudget"], 21, 25, Some(("policy/v1", 21)), BUDGET),
    ("policy/v1beta1", &["Eviction"], 22, 25, Some(("policy/v1", 22)), ONLY),
    ("policy/v1beta1", &["PodSecurityPolicy"], 21, 25, None, "use Pod Security admission or a policy engine"),
    ("batch/v1beta1", &["CronJob"], 21, 25, Some(("batch/v1", 21)), ONLY),
    ("batch/v2alpha1", &["CronJob"], 0, 21, Some(("batch/v1", 21)), ONLY),
    ("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], 23, 25, Some(("autoscaling/v2", 23)), METRICS),
    ("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 23, 26, Some(("autoscaling/v2", 23)), ONLY),
    ("rbac.authorization.k8s.io/v1alpha1", RBAC_KINDS, 17, 22, RBAC, ONLY),
    ("rbac.authorization.k8s.io/v1beta1", RBAC_KINDS, 17, 22, RBAC, ONLY),
    ("admissionregistration.k8s.io/v1beta1", &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"], 16, 22, ADMISSION, WEBHOOKS),
    ("admissionregistration.k8s.io/v1beta1", &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"], 31, 34, POLICIES, ONLY),
    ("admissionregistration.k8s.io/v1beta1", &["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"], 37, 40, Some(("admissionregistration.k8s.io/v1", 36)), ONLY),
    ("admissionregistration.k8s.io/v1alpha1", &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"], 29, 32, POLICIES, ONLY),
    ("admissionregistration.k8s.io/v1alpha1", &["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"], 35, 38, Some(("admissionregistration.k8s.io/v1", 36)), ONLY),
    ("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"], 16, 22, Some(("apiextensions.k8s.io/v1", 16)), "list the versions under `versions`, each with a `schema.openAPIV3Schema` that types every field, and with the \
     `subresources` and `additionalPrinterColumns` that stood beside them (`JSONPath` becomes `jsonPath`)"),
    ("apiregistration.k8s.io/v1beta1", &["APIService"], 19, 22, Some(("apiregistration.k8s.io/v1", 10)), ONLY),
    ("authentication.k8s.io/v1beta1", &["TokenReview"], 19, 22, Some(("authentication.k8s.io/v1", 6)), ONLY),
    ("authentication.k8s.io/v1beta1", &["SelfSubjectReview"], 30, 33, Some(("authentication.k8s.io/v1", 28)), ONLY),
    ("authentication.k8s.io/v1alpha1", &["SelfSubjectReview"], 29, 32, Some(("authentication.k8s.io/v1", 28)), ONLY),
    ("authorization.k8s.io/v1beta1", REVIEWS, 19, 22, Some(("authorization.k8s.io/v1", 6)), "`spec.group` becomes `spec.groups`"),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], 19, 22, Some(("certificates.k8s.io/v1", 19)), "`signerName` and `usages` are required there"),
    ("certificates.k8s.io/v1alpha1", &["ClusterTrustBundle"], 34, 37, Some(("certificates.k8s.io/v1beta1", 33)), ONLY),
    ("certificates.k8s.io/v1beta1", &["ClusterTrustBundle", "PodCertificateRequest"], 37, 40, Some(("certificates.k8s.io/v1", 37)), ONLY),
    ("coordination.k8s.io/v1beta1", &["Lease"], 19, 22, Some(("coordination.k8s.io/v1", 14)), ONLY),
    ("coordination.k8s.io/v1alpha1", &["LeaseCandidate"], 31, 32, Some(("coordination.k8s.io/v1beta1", 33)), ONLY),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"], 21, 25, Some(("discovery.k8s.io/v1", 21)), "`topology` becomes `nodeName` and `zone`"),
    ("discovery.k8s.io/v1alpha1", &["EndpointSlice"], 0, 21, Some(("discovery.k8s.io/v1", 21)), "`topology` becomes `nodeName` and `zone`"),
    ("events.k8s.io/v1beta1", &["Event"], 22, 25, Some(("events.k8s.io/v1", 19)), ONLY),
    ("flowcontrol.apiserver.k8s.io/v1alpha1", FLOW_KINDS, 20, 21, FLOW, "`assuredConcurrencyShares` becomes `nominalConcurrencyShares`"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", FLOW_KINDS, 23, 26, FLOW, "`assuredConcurrencyShares` becomes `nominalConcurrencyShares`"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", FLOW_KINDS, 26, 29, FLOW, "`assuredConcurrencyShares` becomes `nominalConcurrencyShares`"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", FLOW_KINDS, 29, 32, FLOW, ONLY),
    ("node.k8s.io/v1beta1", &["RuntimeClass"], 22, 25, Some(("node.k8s.io/v1", 20)), ONLY),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], 14, 22, Some(("scheduling.k8s.io/v1", 14)), ONLY),
    ("scheduling.k8s.io/v1alpha1", &["PriorityClass"], 14, 22, Some(("scheduling.k8s.io/v1", 14)), ONLY),
    ("storage.k8s.io/v1beta1", &["StorageClass", "VolumeAttachment"], 19, 22, STORAGE, ONLY),
    ("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode"], 19, 22, Some(("storage.k8s.io/v1", 18)), ONLY),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 24, 27, Some(("storage.k8s.io/v1", 24)), ONLY),
    ("storage.k8s.io/v1beta1", &["VolumeAttributesClass"], 34, 37, Some(("storage.k8s.io/v1", 34)), ONLY),
    ("storage.k8s.io/v1alpha1", &["VolumeAttachment"], 21, 24, Some(("storage.k8s.io/v1", 13)), ONLY),
    ("storage.k8s.io/v1alpha1", &["CSIStorageCapacity"], 21, 24, Some(("storage.k8s.io/v1", 24)), ONLY),
    ("storage.k8s.io/v1alpha1", &["VolumeAttributesClass"], 32, 35, Some(("storage.k8s.io/v1", 34)), ONLY),
    ("resource.k8s.io/v1alpha1", &["ResourceClaim", "ResourceClaimTemplate", "ResourceClass", "PodScheduling"], 0, 27, RESOURCE, DRA),
    ("resource.k8s.io/v1alpha2", &["ResourceClaim", "ResourceClaimTemplate", "ResourceClass", "PodSchedulingContext", "ResourceSlice"], 0, 31, RESOURCE, DRA),
    ("resource.k8s.io/v1alpha3", DRA_KINDS, 0, 34, RESOURCE, DRA),
    ("resource.k8s.io/v1beta1", DRA_KINDS, 35, 38, RESOURCE, DRA),
    ("resource.k8s.io/v1beta2", DRA_KINDS, 36, 39, RESOURCE, ONLY),
    ("settings.k8s.io/v1alpha1", &["PodPreset"], 0, 20, None, "put its `env` and `volumes` into the pod templates, or share them with `envFrom`"),
    ("auditregistration.k8s.io/v1alpha1", &["AuditSink"], 0, 19, None, "use the audit policy file of the API server"),
];

/// The life of a kind in a version that is on its way out or gone; `None` for all others.
pub fn served(api_version: &str, kind: &str) -> Option<Served> {
    // Versions that stay are the rule, and told by their name.
    if !api_version.contains("beta") && !api_version.contains("alpha") {
        return None;
    }
    let row = ROWS.iter().find(|row| row.0 == api_version && row.1.contains(&kind))?;
    Some(Served { deprecated: row.2, removed: row.3, instead: row.4, change: row.5 })
}

/// The first minor version that serves what took the place of an older version, where that is in the table.
pub fn since(api_version: &str, kind: &str) -> Option<u32> {
    let instead =
        |row: &&Row| row.1.contains(&kind) && row.4.is_some_and(|(version, _)| version == api_version);
    let table = ROWS.iter().filter(instead).filter_map(|row| row.4).map(|(_, since)| since).max();
    table.or_else(|| kinds::find(api_version, kind)?.since.map(u32::from))
}

/// Minor versions in which versions that are gone by now came; they only choose a piece of advice.
const CAME: &[(&str, &str, u32)] = &[
    ("admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", 9),
    ("admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", 9),
    ("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", 28),
    ("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicyBinding", 28),
    ("apiextensions.k8s.io/v1beta1", "", 7),
    ("apiregistration.k8s.io/v1beta1", "", 7),
    ("autoscaling/v2beta1", "", 8),
    ("autoscaling/v2beta2", "", 12),
    ("batch/v1beta1", "", 8),
    ("coordination.k8s.io/v1beta1", "Lease", 12),
    ("discovery.k8s.io/v1beta1", "", 17),
    ("events.k8s.io/v1beta1", "", 8),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "", 20),
    ("flowcontrol.apiserver.k8s.io/v1beta2", "", 23),
    ("flowcontrol.apiserver.k8s.io/v1beta3", "", 26),
    ("networking.k8s.io/v1beta1", "Ingress", 14),
    ("networking.k8s.io/v1beta1", "IngressClass", 18),
    ("node.k8s.io/v1beta1", "", 14),
    ("policy/v1beta1", "", 5),
    ("rbac.authorization.k8s.io/v1beta1", "", 6),
    ("resource.k8s.io/v1beta1", "", 32),
    ("resource.k8s.io/v1beta2", "", 33),
    ("scheduling.k8s.io/v1beta1", "", 11),
];

/// The newest version of the kind that is served from one minor version to another.
pub fn older(api_version: &str, kind: &str, low: u32, high: u32) -> Option<&'static str> {
    let group = |version: &str| version.rsplit_once('/').map(|(group, _)| group.to_owned());
    let came = |row: &Row| {
        let known = CAME.iter().find(|one| one.0 == row.0 && (one.1.is_empty() || one.1 == kind));
        known.map(|one| one.2).filter(|came| *came <= low)
    };
    let fits = |row: &&Row| row.1.contains(&kind) && row.3 > high && group(row.0) == group(api_version);
    let found = ROWS.iter().filter(fits).filter_map(|row| Some((came(row)?, row.0)));
    found.max().map(|one| one.1)
}

/// Every pair that was served once and is in the table.
pub(super) fn once() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.iter().flat_map(|row| row.1.iter().map(|kind| (row.0, *kind)))
}

//! From apiVersion and kind to the type that knows its shape.

use std::sync::{LazyLock, OnceLock};

use foldhash::HashMap;

use super::shape::Want;
use super::types;

/// A kind of the API and its types.
pub(super) struct Kind {
    ty: &'static str,
    /// Fields that an older version has and the type has not: type and field.
    pub extra: &'static [(&'static str, &'static str)],
    /// The first minor version that serves it by default, where that is not as old as anything known.
    pub since: Option<u8>,
    want: OnceLock<Want>,
}

impl Kind {
    /// What an object of this kind may be.
    pub(super) fn want(&self) -> Want {
        *self.want.get_or_init(|| Want::Struct(types::find(self.ty)))
    }
}

/// The kind with this name, in this or, where the shape is the same, in a version that took its place.
pub(super) fn find(api_version: &str, kind: &str) -> Option<&'static Kind> {
    static INDEX: LazyLock<HashMap<(&str, &str), &'static Kind>> = LazyLock::new(index);
    let index: &HashMap<(&str, &str), &'static Kind> = &INDEX;
    index.get(&(api_version, kind)).copied()
}

fn index() -> HashMap<(&'static str, &'static str), &'static Kind> {
    let known = |ty, extra, since| -> &'static Kind {
        Box::leak(Box::new(Kind { ty, extra, since, want: OnceLock::new() }))
    };
    let current = types::rows().iter();
    let mut index: HashMap<_, _> =
        current.map(|row| ((row.api_version, row.kind), known(row.ty, &[], row.since))).collect();
    for (old, new, kinds, extra) in OLDER {
        for kind in *kinds {
            if let Some(found) = index.get(&(*new, *kind)).copied() {
                index.entry((*old, *kind)).or_insert_with(|| known(found.ty, extra, None));
            }
        }
    }
    index
}

/// Every pair of apiVersion and kind that [`find`] finds.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let current = types::rows().iter().map(|row| (row.api_version, row.kind));
    let older = OLDER.iter().flat_map(|older| older.2.iter().map(|kind| (older.0, *kind)));
    current.chain(older)
}

type Older = (&'static str, &'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const WORKLOADS: &[(&str, &str)] = &[
    ("DeploymentSpec", "rollbackTo"),
    ("DaemonSetSpec", "templateGeneration"),
    ("DaemonSetSpec", "uniqueLabelKey"),
];

/// The old version, the version that has the same shape, the kinds, the fields that went away (fact 11.5).
static OLDER: &[Older] = &[
    ("extensions/v1beta1", "apps/v1", &["DaemonSet", "Deployment", "ReplicaSet"], WORKLOADS),
    ("apps/v1beta1", "apps/v1", &["ControllerRevision", "Deployment", "StatefulSet"], WORKLOADS),
    (
        "apps/v1beta2",
        "apps/v1",
        &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"],
        WORKLOADS,
    ),
    ("extensions/v1beta1", "networking.k8s.io/v1", &["NetworkPolicy"], &[]),
    ("networking.k8s.io/v1beta1", "networking.k8s.io/v1", &["IPAddress", "IngressClass", "ServiceCIDR"], &[]),
    ("policy/v1beta1", "policy/v1", &["Eviction", "PodDisruptionBudget"], &[]),
    ("batch/v1beta1", "batch/v1", &["CronJob"], &[]),
    ("batch/v2alpha1", "batch/v1", &["CronJob"], &[]),
    ("autoscaling/v2beta2", "autoscaling/v2", &["HorizontalPodAutoscaler"], &[]),
    ("rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1", RBAC, &[]),
    (
        "rbac.authorization.k8s.io/v1alpha1",
        "rbac.authorization.k8s.io/v1",
        RBAC,
        &[("Subject", "apiVersion")],
    ),
    (
        "admissionregistration.k8s.io/v1beta1",
        "admissionregistration.k8s.io/v1",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
        &[],
    ),
    (
        "admissionregistration.k8s.io/v1alpha1",
        "admissionregistration.k8s.io/v1",
        &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
        &[],
    ),
    ("apiregistration.k8s.io/v1beta1", "apiregistration.k8s.io/v1", &["APIService"], &[]),
    ("certificates.k8s.io/v1beta1", "certificates.k8s.io/v1", &["CertificateSigningRequest"], &[]),
    ("certificates.k8s.io/v1alpha1", "certificates.k8s.io/v1", &["ClusterTrustBundle"], &[]),
    ("coordination.k8s.io/v1beta1", "coordination.k8s.io/v1", &["Lease"], &[]),
    ("discovery.k8s.io/v1beta1", "discovery.k8s.io/v1", &["EndpointSlice"], &[("Endpoint", "topology")]),
    ("events.k8s.io/v1beta1", "events.k8s.io/v1", &["Event"], &[]),
    (
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "flowcontrol.apiserver.k8s.io/v1",
        &["FlowSchema", "PriorityLevelConfiguration"],
        &[("LimitedPriorityLevelConfiguration", "assuredConcurrencyShares")],
    ),
    (
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "flowcontrol.apiserver.k8s.io/v1",
        &["FlowSchema", "PriorityLevelConfiguration"],
        &[("LimitedPriorityLevelConfiguration", "assuredConcurrencyShares")],
    ),
    (
        "flowcontrol.apiserver.k8s.io/v1beta3",
        "flowcontrol.apiserver.k8s.io/v1",
        &["FlowSchema", "PriorityLevelConfiguration"],
        &[],
    ),
    ("node.k8s.io/v1beta1", "node.k8s.io/v1", &["RuntimeClass"], &[]),
    ("scheduling.k8s.io/v1beta1", "scheduling.k8s.io/v1", &["PriorityClass"], &[]),
    ("scheduling.k8s.io/v1alpha1", "scheduling.k8s.io/v1", &["PriorityClass"], &[]),
    (
        "storage.k8s.io/v1beta1",
        "storage.k8s.io/v1",
        &[
            "CSIDriver",
            "CSINode",
            "CSIStorageCapacity",
            "StorageClass",
            "VolumeAttachment",
            "VolumeAttributesClass",
        ],
        &[],
    ),
    (
        "storage.k8s.io/v1alpha1",
        "storage.k8s.io/v1",
        &["CSIStorageCapacity", "VolumeAttachment", "VolumeAttributesClass"],
        &[],
    ),
];

const RBAC: &[&str] = &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_the_tables_is_found() {
        for (api_version, kind) in all() {
            assert!(find(api_version, kind).is_some(), "{api_version} {kind}");
        }
        assert!(all().count() > 140, "{}", all().count());
    }

    #[test]
    fn names_that_no_server_knows_are_not_found() {
        for (api_version, kind) in
            [("apps/V1", "Deployment"), ("v1", "Deployment"), ("apps/v1", "deployment")]
        {
            assert!(find(api_version, kind).is_none(), "{api_version} {kind}");
        }
    }
}

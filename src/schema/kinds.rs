//! From apiVersion and kind to the type that knows its shape.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use k8s_openapi::{Metadata, api, apiextensions_apiserver, kube_aggregator};
use serde::de::DeserializeOwned;

use super::learn::{Learner, Run, learn, run};
use super::legacy;
use super::shape::Want;

/// A kind of the API and its types.
pub(super) struct Kind {
    run: Run,
    /// Fields that an older version has and the type has not: type and field.
    pub extra: &'static [(&'static str, &'static str)],
    want: OnceLock<Want>,
}

impl Kind {
    /// What an object of this kind may be.
    pub(super) fn want(&self) -> Want {
        *self.want.get_or_init(|| learn(self.run))
    }
}

/// The kind with this name, in this or, where the shape is the same, in a version that took its place.
pub(super) fn find(api_version: &str, kind: &str) -> Option<&'static Kind> {
    static INDEX: LazyLock<HashMap<(&str, &str), &'static Kind>> = LazyLock::new(index);
    let index: &HashMap<(&str, &str), &'static Kind> = &INDEX;
    index.get(&(api_version, kind)).copied()
}

fn index() -> HashMap<(&'static str, &'static str), &'static Kind> {
    let known =
        |run, extra| -> &'static Kind { Box::leak(Box::new(Kind { run, extra, want: OnceLock::new() })) };
    let mut index: HashMap<_, _> =
        KINDS.iter().map(|(version, kind, run)| ((*version, *kind), known(*run, &[]))).collect();
    for (old, new, kinds, extra) in OLDER {
        for kind in *kinds {
            if let Some(found) = index.get(&(*new, *kind)).copied() {
                index.entry((*old, *kind)).or_insert_with(|| known(found.run, extra));
            }
        }
    }
    index
}

/// Every pair of apiVersion and kind that [`find`] finds.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let current = KINDS.iter().map(|(version, kind, _)| (*version, *kind));
    let older = OLDER.iter().flat_map(|older| older.2.iter().map(|kind| (older.0, *kind)));
    current.chain(older)
}

/// Who tells of the types of each kind.
#[cfg(test)]
pub(super) fn runs() -> impl Iterator<Item = Run> {
    KINDS.iter().map(|row| row.2)
}

/// [`Run`] for a JSON schema.
pub(super) fn schema(learner: &Learner) -> Want {
    run::<apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps>(learner)
}

/// apiVersion, kind, and who tells of its types.
type Row = (&'static str, &'static str, Run);

/// A kind of today.
const fn entry<T: Metadata + DeserializeOwned>() -> Row {
    (T::API_VERSION, T::KIND, run::<T>)
}

/// A kind of an older version that has a shape of its own.
const fn legacy<T: DeserializeOwned>(api_version: &'static str, kind: &'static str) -> Row {
    (api_version, kind, run::<T>)
}

static KINDS: &[Row] = &[
    entry::<api::admissionregistration::v1::MutatingAdmissionPolicy>(),
    entry::<api::admissionregistration::v1::MutatingAdmissionPolicyBinding>(),
    entry::<api::admissionregistration::v1::MutatingWebhookConfiguration>(),
    entry::<api::admissionregistration::v1::ValidatingAdmissionPolicy>(),
    entry::<api::admissionregistration::v1::ValidatingAdmissionPolicyBinding>(),
    entry::<api::admissionregistration::v1::ValidatingWebhookConfiguration>(),
    entry::<api::admissionregistration::v1alpha1::MutatingAdmissionPolicy>(),
    entry::<api::admissionregistration::v1alpha1::MutatingAdmissionPolicyBinding>(),
    entry::<api::admissionregistration::v1beta1::MutatingAdmissionPolicy>(),
    entry::<api::admissionregistration::v1beta1::MutatingAdmissionPolicyBinding>(),
    entry::<api::apiserverinternal::v1alpha1::StorageVersion>(),
    entry::<api::apps::v1::ControllerRevision>(),
    entry::<api::apps::v1::DaemonSet>(),
    entry::<api::apps::v1::Deployment>(),
    entry::<api::apps::v1::ReplicaSet>(),
    entry::<api::apps::v1::StatefulSet>(),
    entry::<api::authentication::v1::SelfSubjectReview>(),
    entry::<api::authentication::v1::TokenRequest>(),
    entry::<api::authentication::v1::TokenReview>(),
    entry::<api::authorization::v1::LocalSubjectAccessReview>(),
    entry::<api::authorization::v1::SelfSubjectAccessReview>(),
    entry::<api::authorization::v1::SelfSubjectRulesReview>(),
    entry::<api::authorization::v1::SubjectAccessReview>(),
    entry::<api::autoscaling::v1::HorizontalPodAutoscaler>(),
    entry::<api::autoscaling::v1::Scale>(),
    entry::<api::autoscaling::v2::HorizontalPodAutoscaler>(),
    entry::<api::batch::v1::CronJob>(),
    entry::<api::batch::v1::Job>(),
    entry::<api::certificates::v1::CertificateSigningRequest>(),
    entry::<api::certificates::v1::ClusterTrustBundle>(),
    entry::<api::certificates::v1::PodCertificateRequest>(),
    entry::<api::certificates::v1beta1::ClusterTrustBundle>(),
    entry::<api::certificates::v1beta1::PodCertificateRequest>(),
    entry::<api::coordination::v1::Lease>(),
    entry::<api::coordination::v1alpha2::LeaseCandidate>(),
    entry::<api::coordination::v1beta1::LeaseCandidate>(),
    entry::<api::core::v1::Binding>(),
    entry::<api::core::v1::ComponentStatus>(),
    entry::<api::core::v1::ConfigMap>(),
    entry::<api::core::v1::Endpoints>(),
    entry::<api::core::v1::Event>(),
    entry::<api::core::v1::LimitRange>(),
    entry::<api::core::v1::Namespace>(),
    entry::<api::core::v1::Node>(),
    entry::<api::core::v1::PersistentVolume>(),
    entry::<api::core::v1::PersistentVolumeClaim>(),
    entry::<api::core::v1::Pod>(),
    entry::<api::core::v1::PodTemplate>(),
    entry::<api::core::v1::ReplicationController>(),
    entry::<api::core::v1::ResourceQuota>(),
    entry::<api::core::v1::Secret>(),
    entry::<api::core::v1::Service>(),
    entry::<api::core::v1::ServiceAccount>(),
    entry::<api::discovery::v1::EndpointSlice>(),
    entry::<api::events::v1::Event>(),
    entry::<api::flowcontrol::v1::FlowSchema>(),
    entry::<api::flowcontrol::v1::PriorityLevelConfiguration>(),
    entry::<api::lifecycle::v1alpha1::Eviction>(),
    entry::<api::lifecycle::v1alpha1::EvictionRequest>(),
    entry::<api::networking::v1::IPAddress>(),
    entry::<api::networking::v1::Ingress>(),
    entry::<api::networking::v1::IngressClass>(),
    entry::<api::networking::v1::NetworkPolicy>(),
    entry::<api::networking::v1::ServiceCIDR>(),
    entry::<api::node::v1::RuntimeClass>(),
    entry::<api::policy::v1::Eviction>(),
    entry::<api::policy::v1::PodDisruptionBudget>(),
    entry::<api::rbac::v1::ClusterRole>(),
    entry::<api::rbac::v1::ClusterRoleBinding>(),
    entry::<api::rbac::v1::Role>(),
    entry::<api::rbac::v1::RoleBinding>(),
    entry::<api::resource::v1::DeviceClass>(),
    entry::<api::resource::v1::DeviceTaintRule>(),
    entry::<api::resource::v1::ResourceClaim>(),
    entry::<api::resource::v1::ResourceClaimTemplate>(),
    entry::<api::resource::v1::ResourceSlice>(),
    entry::<api::resource::v1alpha3::DeviceTaintRule>(),
    entry::<api::resource::v1alpha3::ResourcePoolStatusRequest>(),
    entry::<api::resource::v1beta1::DeviceClass>(),
    entry::<api::resource::v1beta1::ResourceClaim>(),
    entry::<api::resource::v1beta1::ResourceClaimTemplate>(),
    entry::<api::resource::v1beta1::ResourceSlice>(),
    entry::<api::resource::v1beta2::DeviceClass>(),
    entry::<api::resource::v1beta2::DeviceTaintRule>(),
    entry::<api::resource::v1beta2::ResourceClaim>(),
    entry::<api::resource::v1beta2::ResourceClaimTemplate>(),
    entry::<api::resource::v1beta2::ResourceSlice>(),
    entry::<api::scheduling::v1::PriorityClass>(),
    entry::<api::scheduling::v1alpha3::CompositePodGroup>(),
    entry::<api::scheduling::v1alpha3::PodGroup>(),
    entry::<api::scheduling::v1alpha3::Workload>(),
    entry::<api::scheduling::v1beta1::PodGroup>(),
    entry::<api::scheduling::v1beta1::Workload>(),
    entry::<api::storage::v1::CSIDriver>(),
    entry::<api::storage::v1::CSINode>(),
    entry::<api::storage::v1::CSIStorageCapacity>(),
    entry::<api::storage::v1::StorageClass>(),
    entry::<api::storage::v1::VolumeAttachment>(),
    entry::<api::storage::v1::VolumeAttributesClass>(),
    entry::<api::storagemigration::v1::StorageVersionMigration>(),
    entry::<api::storagemigration::v1beta1::StorageVersionMigration>(),
    entry::<apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition>(),
    entry::<kube_aggregator::pkg::apis::apiregistration::v1::APIService>(),
    legacy::<legacy::Ingress>("extensions/v1beta1", "Ingress"),
    legacy::<legacy::Ingress>("networking.k8s.io/v1beta1", "Ingress"),
    legacy::<legacy::HorizontalPodAutoscaler>("autoscaling/v2beta1", "HorizontalPodAutoscaler"),
    legacy::<legacy::CustomResourceDefinition>("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"),
];

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

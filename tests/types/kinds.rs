//! The kinds of the API, and the types that tell of their shapes.

use k8s_openapi::{Metadata, api, apiextensions_apiserver, kube_aggregator};
use serde::de::DeserializeOwned;

use super::learn::{Learner, Run, Want, run};
use super::legacy;

/// [`Run`] for a JSON schema.
pub fn schema(learner: &Learner) -> Want {
    run::<apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps>(learner)
}

/// apiVersion, kind, and who tells of its types.
pub type Row = (&'static str, &'static str, Run);

/// A kind of today.
const fn entry<T: Metadata + DeserializeOwned>() -> Row {
    (T::API_VERSION, T::KIND, run::<T>)
}

/// A kind of an older version that has a shape of its own.
const fn legacy<T: DeserializeOwned>(api_version: &'static str, kind: &'static str) -> Row {
    (api_version, kind, run::<T>)
}

/// Every kind with a shape of its own.
pub static KINDS: &[Row] = &[
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

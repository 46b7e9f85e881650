//! Kinds whose older versions have another shape than today's: only what is needed to know their fields.

use k8s_openapi::api::autoscaling::v2;
use k8s_openapi::api::core::v1::TypedLocalObjectReference;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as crd;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Deserialize;

/// Structs of optional fields, read by nobody.
macro_rules! shapes {
    ($($(#[$meta:meta])* $name:ident { $($field:ident $json:literal: $ty:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "only the names and types of the fields matter")]
        pub struct $name {
            $(#[serde(rename = $json)] $field: Option<$ty>,)*
        }
    )*};
}

shapes! {
    /// extensions/v1beta1 and networking.k8s.io/v1beta1.
    Ingress {
        api_version "apiVersion": String,
        kind "kind": String,
        metadata "metadata": ObjectMeta,
        spec "spec": IngressSpec,
        status "status": RawExtension,
    }
    IngressSpec {
        ingress_class_name "ingressClassName": String,
        backend "backend": IngressBackend,
        tls "tls": Vec<IngressTls>,
        rules "rules": Vec<IngressRule>,
    }
    IngressTls {
        hosts "hosts": Vec<String>,
        secret_name "secretName": String,
    }
    IngressRule {
        host "host": String,
        http "http": HttpIngressRuleValue,
    }
    HttpIngressRuleValue {
        paths "paths": Vec<HttpIngressPath>,
    }
    HttpIngressPath {
        path "path": String,
        path_type "pathType": String,
        backend "backend": IngressBackend,
    }
    IngressBackend {
        service_name "serviceName": String,
        service_port "servicePort": IntOrString,
        resource "resource": TypedLocalObjectReference,
    }

    /// autoscaling/v2beta1.
    HorizontalPodAutoscaler {
        api_version "apiVersion": String,
        kind "kind": String,
        metadata "metadata": ObjectMeta,
        spec "spec": HorizontalPodAutoscalerSpec,
        status "status": RawExtension,
    }
    HorizontalPodAutoscalerSpec {
        scale_target_ref "scaleTargetRef": v2::CrossVersionObjectReference,
        min_replicas "minReplicas": i32,
        max_replicas "maxReplicas": i32,
        metrics "metrics": Vec<MetricSpec>,
    }
    MetricSpec {
        kind "type": String,
        object "object": ObjectMetricSource,
        pods "pods": PodsMetricSource,
        resource "resource": ResourceMetricSource,
        container_resource "containerResource": ContainerResourceMetricSource,
        external "external": ExternalMetricSource,
    }
    ObjectMetricSource {
        target "target": v2::CrossVersionObjectReference,
        metric_name "metricName": String,
        target_value "targetValue": Quantity,
        selector "selector": LabelSelector,
        average_value "averageValue": Quantity,
    }
    PodsMetricSource {
        metric_name "metricName": String,
        target_average_value "targetAverageValue": Quantity,
        selector "selector": LabelSelector,
    }
    ResourceMetricSource {
        name "name": String,
        target_average_utilization "targetAverageUtilization": i32,
        target_average_value "targetAverageValue": Quantity,
    }
    ContainerResourceMetricSource {
        name "name": String,
        target_average_utilization "targetAverageUtilization": i32,
        target_average_value "targetAverageValue": Quantity,
        container "container": String,
    }
    ExternalMetricSource {
        metric_name "metricName": String,
        metric_selector "metricSelector": LabelSelector,
        target_value "targetValue": Quantity,
        target_average_value "targetAverageValue": Quantity,
    }

    /// apiextensions.k8s.io/v1beta1.
    CustomResourceDefinition {
        api_version "apiVersion": String,
        kind "kind": String,
        metadata "metadata": ObjectMeta,
        spec "spec": CustomResourceDefinitionSpec,
        status "status": RawExtension,
    }
    CustomResourceDefinitionSpec {
        group "group": String,
        version "version": String,
        names "names": crd::CustomResourceDefinitionNames,
        scope "scope": String,
        validation "validation": crd::CustomResourceValidation,
        subresources "subresources": crd::CustomResourceSubresources,
        versions "versions": Vec<CustomResourceDefinitionVersion>,
        additional_printer_columns "additionalPrinterColumns": Vec<CustomResourceColumnDefinition>,
        conversion "conversion": CustomResourceConversion,
        preserve_unknown_fields "preserveUnknownFields": bool,
    }
    CustomResourceDefinitionVersion {
        name "name": String,
        served "served": bool,
        storage "storage": bool,
        deprecated "deprecated": bool,
        deprecation_warning "deprecationWarning": String,
        schema "schema": crd::CustomResourceValidation,
        subresources "subresources": crd::CustomResourceSubresources,
        additional_printer_columns "additionalPrinterColumns": Vec<CustomResourceColumnDefinition>,
    }
    CustomResourceColumnDefinition {
        name "name": String,
        kind "type": String,
        format "format": String,
        description "description": String,
        priority "priority": i32,
        json_path "JSONPath": String,
    }
    CustomResourceConversion {
        strategy "strategy": String,
        webhook_client_config "webhookClientConfig": crd::WebhookClientConfig,
        conversion_review_versions "conversionReviewVersions": Vec<String>,
    }
}

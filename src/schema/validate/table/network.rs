//! Services, Endpoints, Ingresses and NetworkPolicies (`ValidateService`, `ValidateEndpoints` in
//! `pkg/apis/core/validation`, `pkg/apis/discovery/validation`, `pkg/apis/networking/validation`).

use super::super::Check::{
    All, AtMost, Between, Given, GivenOneOf, Is, Labels, Network, OneOf, PortName, PortOrName, TargetPort,
    Unique,
};
use super::super::texts::{
    CLUSTER_IP, DOMAIN_PATH, HOST, IP, LABEL, LABEL_KEY, QUALIFIED, SEGMENT, SUBDOMAIN, TLS_HOST,
};
use super::super::{Check, objects, routes, services};
use super::{PORT, Row};

const PROTOCOL: Check = OneOf(&["TCP", "UDP", "SCTP"]);
const POLICY: Check = OneOf(&["Cluster", "Local"]);

#[rustfmt::skip]
pub(super) static TYPES: &[Row] = &[
    ("Endpoint", &[("addresses", AtMost(100)), ("hostname", Given(&LABEL)), ("nodeName", Given(&SUBDOMAIN))], None),
    ("EndpointAddress", &[("hostname", Is(&LABEL)), ("nodeName", Given(&SUBDOMAIN))], Some(routes::address)),
    ("EndpointHints", &[("forZones", AtMost(8)), ("forNodes", AtMost(8))], Some(routes::hints)),
    ("EndpointSlice", &[
        ("addressType", OneOf(&["IPv4", "IPv6", "FQDN"])), ("endpoints", AtMost(1000)), ("ports", AtMost(100)),
    ], Some(routes::slice)),
    ("EndpointSubset", &[], Some(routes::subset)),
    ("core/EndpointPort", &[("name", Is(&LABEL)), ("port", PORT), ("protocol", PROTOCOL), ("appProtocol", Given(&QUALIFIED))], None),
    ("discovery/EndpointPort", &[
        ("name", Is(&LABEL)), ("protocol", PROTOCOL), ("appProtocol", Given(&QUALIFIED)),
    ], None),
    ("HTTPIngressPath", &[("pathType", OneOf(&["Exact", "Prefix", "ImplementationSpecific"]))],
        Some(objects::ingress_path)),
    ("IPBlock", &[("cidr", Network), ("except", Network)], Some(routes::block)),
    ("networking/IngressBackend", &[], Some(routes::backend)),
    ("IngressClassParametersReference", &[
        ("apiGroup", Is(&SUBDOMAIN)), ("kind", Is(&SEGMENT)), ("name", Is(&SEGMENT)), ("namespace", Is(&LABEL)),
        ("scope", GivenOneOf(&["Cluster", "Namespace"])),
    ], Some(routes::parameters)),
    ("IngressClassSpec", &[("controller", Is(&DOMAIN_PATH))], None),
    ("IngressRule", &[("host", Is(&HOST))], None),
    ("IngressServiceBackend", &[("name", Is(&LABEL))], Some(routes::backend_port)),
    ("IngressSpec", &[("ingressClassName", Given(&SUBDOMAIN))], Some(objects::ingress)),
    ("IngressTLS", &[("hosts", Is(&TLS_HOST)), ("secretName", Is(&SUBDOMAIN))], None),
    ("NetworkPolicyPeer", &[], Some(routes::peer)),
    ("NetworkPolicyPort", &[("protocol", PROTOCOL), ("port", PortOrName), ("endPort", PORT)], Some(routes::ports)),
    ("NetworkPolicySpec", &[("policyTypes", All(&[OneOf(&["Ingress", "Egress"]), AtMost(2)]))], None),
    ("networking/ParentReference", &[
        ("group", Is(&SUBDOMAIN)), ("resource", Is(&SEGMENT)), ("namespace", Is(&SEGMENT)), ("name", Is(&SEGMENT)),
    ], None),
    ("ServiceBackendPort", &[("name", PortName), ("number", Between(0, 65_535))], Some(objects::service_backend_port)),
    ("ServiceCIDRSpec", &[("cidrs", All(&[Network, AtMost(2)]))], Some(routes::service_cidrs)),
    ("ServicePort", &[
        ("port", PORT), ("targetPort", TargetPort), ("nodePort", Between(0, 65_535)), ("protocol", PROTOCOL),
        ("name", Is(&LABEL)), ("appProtocol", Given(&QUALIFIED)),
    ], None),
    ("ServiceSpec", &[
        ("type", OneOf(&["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"])),
        ("sessionAffinity", OneOf(&["None", "ClientIP"])), ("externalTrafficPolicy", POLICY),
        ("internalTrafficPolicy", GivenOneOf(&["Cluster", "Local"])), ("selector", Labels),
        ("ipFamilyPolicy", GivenOneOf(&["SingleStack", "PreferDualStack", "RequireDualStack"])),
        ("ipFamilies", All(&[OneOf(&["IPv4", "IPv6"]), Unique])), ("externalIPs", Is(&IP)),
        ("healthCheckNodePort", Between(0, 65_535)),
        ("trafficDistribution", GivenOneOf(&["PreferClose", "PreferSameZone", "PreferSameNode"])),
        ("loadBalancerClass", Given(&LABEL_KEY)), ("clusterIP", Is(&CLUSTER_IP)), ("clusterIPs", Is(&CLUSTER_IP)),
    ], Some(services::service)),
];

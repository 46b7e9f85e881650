//! Who may do what, and what is asked first (`pkg/apis/rbac/validation`, `pkg/apis/admissionregistration/validation`,
//! `apiextensions-apiserver/pkg/apis/apiextensions/validation`, `kube-aggregator/pkg/apis/apiregistration/validation`,
//! `pkg/apis/certificates/validation`).

use super::super::Check::{All, AtMost, Between, GivenOneOf, Is, OneOf, Unique};
use super::super::texts::{
    CEL_NAME, COLUMN_PATH, JSON_PATH, KIND, LABEL_1035, LABEL_KEY, LINE, QUALIFIED, SEGMENT, SIGNER,
    SUBDOMAIN, WEBHOOK_NAME,
};
use super::super::{Check, access, admission, certificates, definitions, webhooks};
use super::{Fields, MANY, PORT, Row};

const FAILURE: Check = GivenOneOf(&["Fail", "Ignore"]);
const MATCH: Check = GivenOneOf(&["Exact", "Equivalent"]);
const OPERATIONS: Check = OneOf(&["CREATE", "UPDATE", "DELETE", "CONNECT", "*"]);
const SCOPE: Check = GivenOneOf(&["Cluster", "Namespaced", "*"]);
const RULE: Fields = &[("operations", OPERATIONS), ("scope", SCOPE)];
const TIMEOUT: Check = Between(1, 30);

#[rustfmt::skip]
pub(super) static TYPES: &[Row] = &[
    ("APIServiceSpec", &[
        ("groupPriorityMinimum", Between(1, 20_000)), ("versionPriority", Between(1, 1000)), ("group", Is(&SUBDOMAIN)),
        ("version", Is(&LABEL_1035)),
    ], Some(definitions::api_service)),
    ("AggregationRule", &[], Some(access::aggregation)),
    ("AuditAnnotation", &[("key", Is(&QUALIFIED))], None),
    ("CertificateSigningRequestSpec", &[
        ("signerName", Is(&SIGNER)), ("expirationSeconds", Between(600, MANY)), ("usages", All(&[Unique, OneOf(USAGES)])),
    ], Some(certificates::request)),
    ("ClusterTrustBundleSpec", &[("signerName", Is(&SIGNER))], Some(certificates::bundle)),
    ("CustomResourceColumnDefinition", &[
        ("type", OneOf(&["integer", "number", "string", "boolean", "date"])), ("jsonPath", Is(&COLUMN_PATH)),
        ("format", OneOf(&["int32", "int64", "float", "double", "byte", "date", "date-time", "password"])),
    ], None),
    ("CustomResourceConversion", &[("strategy", OneOf(&["None", "Webhook"]))], Some(definitions::conversion)),
    ("CustomResourceDefinitionNames", &[
        ("plural", Is(&LABEL_1035)), ("singular", Is(&LABEL_1035)), ("shortNames", Is(&LABEL_1035)), ("kind", Is(&KIND)),
        ("listKind", Is(&KIND)), ("categories", Is(&LABEL_1035)),
    ], Some(definitions::names)),
    ("CustomResourceDefinitionSpec", &[
        ("scope", OneOf(&["Namespaced", "Cluster"])), ("group", Is(&SUBDOMAIN)),
    ], Some(definitions::spec)),
    ("CustomResourceDefinitionVersion", &[("name", Is(&LABEL_1035))], Some(definitions::version)),
    ("CustomResourceSubresourceScale", &[
        ("specReplicasPath", Is(&JSON_PATH)), ("statusReplicasPath", Is(&JSON_PATH)), ("labelSelectorPath", Is(&JSON_PATH)),
    ], Some(definitions::scale)),
    ("CustomResourceSubresources", &[], Some(definitions::subresources)),
    ("JSONSchemaProps", &[], Some(definitions::schema)),
    ("MatchCondition", &[("name", Is(&LABEL_KEY))], None),
    ("MatchResources", &[("matchPolicy", MATCH)], Some(admission::constraints)),
    ("MutatingAdmissionPolicySpec", &[
        ("failurePolicy", FAILURE), ("reinvocationPolicy", OneOf(&["Never", "IfNeeded"])),
    ], Some(admission::mutating)),
    ("MutatingAdmissionPolicyBindingSpec", &[("policyName", Is(&SUBDOMAIN))], None),
    ("MutatingWebhook", &[
        ("failurePolicy", FAILURE), ("matchPolicy", MATCH), ("reinvocationPolicy", OneOf(&["Never", "IfNeeded"])),
        ("timeoutSeconds", TIMEOUT), ("name", Is(&WEBHOOK_NAME)), ("matchConditions", AtMost(64)),
    ], Some(webhooks::webhook)),
    ("MutatingWebhookConfiguration", &[], Some(webhooks::configuration)),
    ("Mutation", &[("patchType", OneOf(&["ApplyConfiguration", "JSONPatch"]))], Some(admission::mutation)),
    ("NamedRuleWithOperations", RULE, Some(webhooks::rule)),
    ("ParamKind", &[("kind", Is(&KIND))], Some(admission::param_kind)),
    ("ParamRef", &[("name", Is(&SEGMENT)), ("parameterNotFoundAction", GivenOneOf(&["Allow", "Deny"]))],
        Some(admission::param_ref)),
    ("PolicyRule", &[], Some(access::rule)),
    ("RoleRef", &[("name", Is(&SEGMENT))], Some(access::role_ref)),
    ("RuleWithOperations", RULE, Some(webhooks::rule)),
    ("SelectableField", &[("jsonPath", Is(&JSON_PATH))], None),
    ("ServiceReference", &[("port", PORT)], Some(webhooks::service)),
    ("rbac/Subject", &[], Some(access::subject)),
    ("ValidatingAdmissionPolicyBindingSpec", &[
        ("policyName", Is(&SUBDOMAIN)), ("validationActions", All(&[OneOf(&["Deny", "Warn", "Audit"]), Unique])),
    ], Some(admission::binding)),
    ("ValidatingAdmissionPolicySpec", &[
        ("failurePolicy", FAILURE), ("matchConditions", AtMost(64)), ("auditAnnotations", AtMost(20)),
    ], Some(admission::validating)),
    ("ValidatingWebhook", &[
        ("failurePolicy", FAILURE), ("matchPolicy", MATCH), ("timeoutSeconds", TIMEOUT),
        ("name", Is(&WEBHOOK_NAME)), ("matchConditions", AtMost(64)),
    ], Some(webhooks::webhook)),
    ("ValidatingWebhookConfiguration", &[], Some(webhooks::configuration)),
    ("Validation", &[
        ("message", Is(&LINE)), ("reason", GivenOneOf(&["Forbidden", "Invalid", "RequestEntityTooLarge"])),
    ], None),
    ("ValidationRule", &[
        ("message", Is(&LINE)),
        ("reason", GivenOneOf(&["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"])),
    ], None),
    ("Variable", &[("name", Is(&CEL_NAME))], None),
    ("WebhookClientConfig", &[], Some(webhooks::client)),
    ("WebhookConversion", &[], Some(definitions::webhook_conversion)),
];

const USAGES: &[&str] = &[
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

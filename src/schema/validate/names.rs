//! Names of objects, their namespaces and what else their metadata holds
//! (`apimachinery/pkg/api/validation/objectmeta.go` and the `Validate…Name` of each kind).

use super::access::one_controller;
use super::grammar::is_label;
use super::scalars::of_kind;
use super::texts::{IP, LABEL, SEGMENT, SUBDOMAIN, Text};
use super::{Notes, Place, REJECTED, is_note};
use crate::schema::{Cause, Trouble, TroubleKind};
use crate::text::article::with_article;
use crate::yaml::Node;

/// Kinds whose names may be anything that is a part of a URL, and kinds with stricter names than subdomains
/// (fact 14.1).
#[rustfmt::skip]
static KINDS: &[(&str, &Text)] = &[
    ("CertificateSigningRequest", &SEGMENT), ("ClusterRole", &SEGMENT), ("ClusterRoleBinding", &SEGMENT),
    ("IPAddress", &IP), ("Namespace", &LABEL), ("PodDisruptionBudget", &SEGMENT), ("Role", &SEGMENT),
    ("RoleBinding", &SEGMENT), ("Service", &LABEL),
];

/// Kinds whose names are made of other fields, or not for authors to choose.
const FREE: &[&str] = &["APIService", "ClusterTrustBundle", "CustomResourceDefinition"];

/// What all annotations of an object may have together, in bytes.
const ANNOTATIONS: usize = 256 * 1024;

/// The names and annotations of an object or a template.
pub(super) fn metadata<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    one_controller(place.items("ownerReferences"), notes);
    size(place, notes);
    let [root] = place.chain else { return };
    let kind = root.name();
    if let Some((at, text)) = place.given("name").and_then(|at| Some((at, at.str()?))) {
        name(kind, text, at, notes);
    }
    if let Some((at, text)) = place.given("namespace").and_then(|at| Some((at, at.str()?)))
        && !CLUSTER.contains(&kind)
    {
        of_kind(&LABEL, "namespace", text, at, notes);
    }
    if let Some((at, text)) = place.given("generateName").and_then(|at| Some((at, at.str()?))) {
        let of = if kind == "LimitRange" { &SUBDOMAIN } else { text_of(kind) };
        // What the server appends makes a dash at the end good.
        let whole = format!("{text}0");
        if !FREE.contains(&kind) && !(of.is)(&whole) && !is_note(text) {
            let help = format!("it must be the beginning of {}", of.wants);
            notes.refuse(at, format!("`{text}` is not valid for `generateName`"), help);
        }
    }
}

fn text_of(kind: &str) -> &'static Text {
    KINDS.iter().find(|one| one.0 == kind).map_or(&SUBDOMAIN, |one| one.1)
}

fn name<'a>(kind: &str, text: &'a str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let of = text_of(kind);
    let long = kind == "CronJob" && text.len() > 52;
    if FREE.contains(&kind) || ((of.is)(text) && !long) || is_note(text) {
        return;
    }
    let lower = text.to_ascii_lowercase().replace(['_', ' '], "-");
    let help = if of.lower && (of.is)(&lower) && lower != text {
        format!("write `{lower}`")
    } else if long {
        "the name of a CronJob has at most 52 characters".to_owned()
    } else {
        let most = if std::ptr::eq(of, &raw const SUBDOMAIN) { ", at most 253" } else { "" };
        format!("it must be {}{most}", of.wants)
    };
    let trouble = Trouble::new(TroubleKind::InvalidValue, at, bad_name(text, kind)).cause(Cause::OwnName);
    notes.push(trouble.label(REJECTED).help(help));
}

/// Says that a kind's objects cannot have a name.
pub(in super::super) fn bad_name(text: &str, kind: &str) -> String {
    format!("`{text}` is not valid as the name of {}", with_article(kind))
}

fn size<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(entry) = place.node.entry("annotations") else { return };
    let length = |one: crate::yaml::Entry<'_>| one.key.key_text().len() + one.value.text().len();
    if entry.value.entries().map(length).sum::<usize>() > ANNOTATIONS {
        let message = "all annotations together have more than 256 KiB";
        notes.refuse(entry.key, message, "keep large texts in a ConfigMap");
    }
}

/// Whether a name serves as a part of the names of pods.
pub(super) fn is_pod_prefix(name: &str, longest: &str) -> bool {
    is_label(&format!("{name}-{longest}"))
}

/// Kinds without a namespace: what is written there is passed over (fact 14.2).
const CLUSTER: &[&str] = &[
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterTrustBundle",
    "CustomResourceDefinition",
    "DeviceClass",
    "DeviceTaintRule",
    "FlowSchema",
    "IPAddress",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "ResourceSlice",
    "RuntimeClass",
    "ServiceCIDR",
    "StorageClass",
    "StorageVersionMigration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
    "VolumeAttributesClass",
];

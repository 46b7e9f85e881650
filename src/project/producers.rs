//! Objects that make other objects: operators' resources, chart releases, applications (fact 13.16).

use crate::document::Object;

/// Groups whose objects never make pods, Services or Secrets of their own names, although they are custom.
const HARMLESS_GROUPS: &[&str] = &[
    "argoproj.io/Rollout",
    "autoscaling.k8s.io",
    "cilium.io",
    "config.istio.io",
    "gateway.networking.k8s.io",
    "keda.sh",
    "kyverno.io",
    "metallb.io",
    "monitoring.coreos.com/PodMonitor",
    "monitoring.coreos.com/PrometheusRule",
    "monitoring.coreos.com/ServiceMonitor",
    "networking.istio.io",
    "projectcontour.io",
    "projectcalico.org",
    "security.istio.io",
    "snapshot.storage.k8s.io",
    "telemetry.istio.io",
    "traefik.containo.us",
    "traefik.io",
];

/// Groups whose objects make Secrets and nothing else.
const SECRET_MAKERS: &[&str] =
    &["cert-manager.io", "certmanager.k8s.io", "acme.cert-manager.io", "external-secrets.io", "bitnami.com"];

/// Whether an object makes Secrets, and neither pods nor Services.
pub fn makes_secrets(object: &Object<'_>) -> bool {
    SECRET_MAKERS.contains(&object.group())
}

/// Whether an object may bring pods or Services that are not in the input.
pub fn may_produce(object: &Object<'_>) -> bool {
    let group = object.group();
    let builtin = !group.contains('.') || group.ends_with(".k8s.io") && !group.ends_with("x-k8s.io");
    if builtin || makes_secrets(object) || group == "apps.openshift.io" || group == "route.openshift.io" {
        return false;
    }
    !HARMLESS_GROUPS.iter().any(|known| match known.split_once('/') {
        Some((known, kind)) => known == group && kind == object.kind,
        None => *known == group,
    })
}

//! What has `apiVersion` and `kind`, or the name of a file that may have, and never goes to an API server:
//! the configuration of tools that took over the form (fact 13.2).

use std::borrow::Cow;

use crate::files::SourceFile;
use crate::yaml::Node;

/// Groups that are read by a program on somebody's disk.
const GROUPS: &[(&str, &str)] = &[
    ("admission.k8s.io", "a message of an admission webhook"),
    ("apiserver.config.k8s.io", "configuration of the API server"),
    ("apiserver.k8s.io", "configuration of the API server"),
    ("audit.k8s.io", "configuration of the API server"),
    ("backstage.io", "Backstage catalogue"),
    ("chainsaw.kyverno.io", "test for Chainsaw"),
    ("cli.kyverno.io", "test for the Kyverno command line"),
    ("client.authentication.k8s.io", "configuration of kubectl"),
    ("config.kubernetes.io", "configuration of kustomize"),
    ("controller-runtime.sigs.k8s.io", "configuration of a controller"),
    ("controlplane.config.k8s.io", "configuration of the control plane"),
    ("ctlptl.dev", "configuration of ctlptl"),
    ("eksctl.io", "configuration of eksctl"),
    ("eventratelimit.admission.k8s.io", "configuration of the API server"),
    ("fn.kpt.dev", "configuration of kpt"),
    ("imagepolicy.k8s.io", "a message of an admission webhook"),
    ("k0sctl.k0sproject.io", "configuration of k0sctl"),
    ("k3d.io", "configuration of k3d"),
    ("kapp.k14s.io", "configuration of kapp"),
    ("kbld.k14s.io", "configuration of kbld"),
    ("kind.sigs.k8s.io", "configuration of kind"),
    ("kind.x-k8s.io", "configuration of kind"),
    ("kops.k8s.io", "configuration of kops"),
    ("kpt.dev", "configuration of kpt"),
    ("krew.googlecontainertools.github.com", "manifest of a kubectl plugin"),
    ("kubeadm.k8s.io", "configuration of kubeadm"),
    ("kubecontrollermanager.config.k8s.io", "configuration of the controller manager"),
    ("kubectl.config.k8s.io", "configuration of kubectl"),
    ("kubelet.config.k8s.io", "configuration of the kubelet"),
    ("kubeproxy.config.k8s.io", "configuration of kube-proxy"),
    ("kubescheduler.config.k8s.io", "configuration of the scheduler"),
    ("kustomize.config.k8s.io", "kustomization"),
    ("kuttl.dev", "test for kuttl"),
    ("minikube.sigs.k8s.io", "configuration of minikube"),
    ("pod-security.admission.config.k8s.io", "configuration of the API server"),
    ("resourcequota.admission.k8s.io", "configuration of the API server"),
    ("score.dev", "specification of Score"),
    ("test.gatekeeper.sh", "test for Gatekeeper"),
    ("vendir.k14s.io", "configuration of vendir"),
    ("webhookadmission.config.k8s.io", "configuration of the API server"),
    ("ytt.k14s.io", "configuration of ytt"),
];

/// The groups of the API that have no dot in their name.
const BUILT_IN: &[&str] = &["apps", "autoscaling", "batch", "extensions", "policy"];

/// Kinds nobody else uses: with a group that does not exist, they are a mistake and not somebody's file.
const KINDS: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CronJob",
    "CustomResourceDefinition",
    "DaemonSet",
    "Deployment",
    "Endpoints",
    "EndpointSlice",
    "HorizontalPodAutoscaler",
    "Ingress",
    "IngressClass",
    "Job",
    "LimitRange",
    "List",
    "MutatingWebhookConfiguration",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Pod",
    "PodDisruptionBudget",
    "PriorityClass",
    "ReplicaSet",
    "ReplicationController",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// What a file is by its name alone; only for names that tools prescribe.
pub fn by_name(source: &SourceFile, root: Node<'_>) -> Option<&'static str> {
    match source.file_name() {
        "kustomization.yaml" | "kustomization.yml" | "Kustomization" if !is_of_flux(root) => {
            Some("kustomization")
        }
        "Chart.yaml" | "Chart.lock" if source.chart.is_some() => Some("Helm chart"),
        name if source.chart.is_some() && name.starts_with("values") && !name.ends_with(".tpl") => {
            Some("values of a Helm chart")
        }
        _ => None,
    }
}

/// Whether the root of a document is an object of Flux, whose kind has the name of kustomize's (fact 13.18).
pub fn is_of_flux(root: Node<'_>) -> bool {
    root.get("apiVersion").is_some_and(|version| version.text().starts_with("kustomize.toolkit.fluxcd.io/"))
}

/// Whether a kind is one of the API's that nobody else uses.
pub fn is_kind(kind: &str) -> bool {
    KINDS.contains(&kind)
}

/// What something is that says its version and kind, if it is not for an API server.
pub fn by_version(api_version: &str, kind: &str) -> Option<Cow<'static, str>> {
    let Some((group, _)) = api_version.split_once('/') else {
        if api_version == "v1" && kind == "Config" {
            return Some(Cow::Borrowed("kubeconfig"));
        }
        return match api_version {
            "builtin" => Some(Cow::Borrowed("configuration of kustomize")),
            _ if is_version(api_version) || KINDS.contains(&kind) || BUILT_IN.contains(&api_version) => None,
            _ => Some(unknown(api_version)),
        };
    };
    // Only one kind of this group is a file of its command line; the others are objects.
    if (group, kind) == ("clusterctl.cluster.x-k8s.io", "Metadata") {
        return Some(Cow::Borrowed("metadata of a provider for clusterctl"));
    }
    if let Some(tool) = by_group(api_version) {
        return Some(Cow::Borrowed(tool));
    }
    let known = group.contains('.') || BUILT_IN.iter().any(|name| name.eq_ignore_ascii_case(group));
    if known || KINDS.contains(&kind) { None } else { Some(unknown(group)) }
}

/// The tool whose files have this version, whatever their kind.
pub fn by_group(api_version: &str) -> Option<&'static str> {
    let group = api_version.split_once('/')?.0;
    GROUPS.binary_search_by_key(&group, |entry| entry.0).ok().map(|at| GROUPS[at].1)
}

/// Whether a text is the description of an API: OpenAPI, Swagger, AsyncAPI.
pub fn describes_api(text: &str) -> bool {
    let content = |line: &&str| !line.trim().is_empty() && !line.starts_with('#') && *line != "---";
    let first = text.lines().find(content).unwrap_or("");
    ["openapi:", "swagger:", "asyncapi:"].iter().any(|key| first.starts_with(key))
}

fn unknown(group: &str) -> Cow<'static, str> {
    let short: String = group.chars().take(60).collect();
    Cow::Owned(format!("`{short}` is no API group"))
}

/// `v1`, `v1beta2`: a version of the core group, or what is left when somebody forgot the group.
fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(rest) = text.strip_prefix(['v', 'V']) else {
        return false;
    };
    match rest.split_once("alpha").or_else(|| rest.split_once("beta")) {
        Some((major, minor)) => digits(major) && digits(minor),
        None => digits(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_sorted() {
        assert!(GROUPS.is_sorted_by_key(|entry| entry.0));
    }

    #[test]
    fn tools_are_told_from_the_api() {
        for (version, kind) in [
            ("v1", "Config"),
            ("release-notes/v2", "Notes"),
            ("skaffold/v4beta6", "Config"),
            ("builtin", "NamespaceTransformer"),
            ("kubeadm.k8s.io/v1beta3", "ClusterConfiguration"),
            ("audit.k8s.io/v1", "Policy"),
            ("clusterctl.cluster.x-k8s.io/v1alpha3", "Metadata"),
        ] {
            assert!(by_version(version, kind).is_some(), "{version} {kind}");
        }
        for (version, kind) in [
            ("v1", "Service"),
            ("v1beta1", "Service"),
            ("apps/v1", "Deployment"),
            ("app/v1", "Deployment"),
            ("policy/v1", "PodDisruptionBudget"),
            ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
            ("argoproj.io/v1alpha1", "ApplicationSet"),
            ("example.com/v1", "Anything"),
            ("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider"),
        ] {
            assert!(by_version(version, kind).is_none(), "{version} {kind}");
        }
    }
}

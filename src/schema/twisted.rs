//! Pairs of apiVersion and kind that no server ever served, and what was meant by them (fact 12.16).

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt};

use super::{kinds, served};
use crate::text::suggest;

/// What a pair that nobody serves was meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twisted {
    /// The apiVersion that was meant.
    pub api_version: &'static str,
    /// The kind that was meant.
    pub kind: &'static str,
    /// Whether the mistake is in the kind, else it is in the apiVersion.
    pub in_kind: bool,
}

/// Groups of the core and of early days; those with a domain are looked up among the known ones.
const SHORT: &[&str] = &["", "apps", "autoscaling", "batch", "extensions", "policy"];

/// OpenShift served these without a group.
const OPENSHIFT: &[&str] = &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Template"];

/// Served in the first years, before the table of removals begins.
const EARLY: &[(&str, &str)] = &[
    ("admissionregistration.k8s.io/v1alpha1", "InitializerConfiguration"),
    ("autoscaling/v2alpha1", "HorizontalPodAutoscaler"),
    ("batch/v2alpha1", "Job"),
    ("certificates.k8s.io/v1alpha1", "CertificateSigningRequest"),
    ("extensions/v1beta1", "HorizontalPodAutoscaler"),
    ("extensions/v1beta1", "Job"),
    ("extensions/v1beta1", "ReplicationController"),
    ("node.k8s.io/v1alpha1", "RuntimeClass"),
    ("policy/v1alpha1", "PodDisruptionBudget"),
];

/// For a group that is built in and a pair that was never served, what was meant. `None` if the pair is fine, if
/// the group is somebody else's, and if nothing comes to mind: a kind that resembles nothing may be a tool's.
pub fn meant(api_version: &str, kind: &str) -> Option<Twisted> {
    if kinds::find(api_version, kind).is_some() {
        return None;
    }
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let group = group.to_ascii_lowercase();
    let index = &*INDEX;
    let known = SHORT.contains(&group.as_str()) || index.groups.binary_search(&group.as_str()).is_ok();
    // A group that nobody ever had, such as `app/v1`; groups of others have a domain.
    let strange = !known && !group.contains('.');
    let pair = (api_version, kind);
    if !(known || strange)
        || index.once.contains(&pair)
        || EARLY.contains(&pair)
        || is_placeholder(api_version, kind)
    {
        return None;
    }
    if api_version == "v1" && OPENSHIFT.contains(&kind) {
        return None;
    }
    let pairs = index.by_kind.get(kind.to_ascii_lowercase().as_str());
    if let Some(pairs) = pairs {
        // The same group first, then the same version, then the newest of any.
        let (version, own) = (version.to_ascii_lowercase(), |pair: &&(&str, &str)| group_of(pair.0) == group);
        let exact = pairs.iter().filter(own).find(|pair| pair.0.ends_with(version.as_str()));
        let stable = |pair: &&(&str, &str)| !pair.0.contains("alpha") && !pair.0.contains("beta");
        let best = exact.or_else(|| pairs.iter().filter(own).rfind(stable));
        let best = best.or_else(|| pairs.iter().rfind(stable)).or(pairs.last())?;
        let right = group_of(best.0);
        let resembles = right.split('.').next() == Some(&*group)
            || (right.is_empty() && group == "core")
            || suggest::slip(&group, right).is_some();
        if strange && !resembles {
            return None;
        }
        let in_kind = best.0 == api_version;
        return Some(Twisted { api_version: best.0, kind: best.1, in_kind });
    }
    // A kind that is nobody's: a slip of the pen, if the version is one of ours.
    let mates = index.pairs.iter().filter(|pair| pair.0 == api_version).map(|pair| pair.1);
    let near = suggest::nearest(kind, mates)?;
    let (version, kind) = index.pairs.iter().find(|pair| **pair == (api_version, near))?;
    Some(Twisted { api_version: version, kind, in_kind: true })
}

fn is_placeholder(api_version: &str, kind: &str) -> bool {
    super::known::is_placeholder(api_version) || super::known::is_placeholder(kind)
}

fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

struct Index {
    pairs: Vec<(&'static str, &'static str)>,
    /// By the kind in lower case.
    by_kind: HashMap<String, Vec<(&'static str, &'static str)>>,
    groups: Vec<&'static str>,
    once: Vec<(&'static str, &'static str)>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let pairs: Vec<_> = kinds::all().collect();
    let mut by_kind: HashMap<String, Vec<_>> = HashMap::new();
    for pair in &pairs {
        by_kind.entry(pair.1.to_ascii_lowercase()).or_default().push(*pair);
    }
    by_kind.values_mut().for_each(|pairs| pairs.sort_unstable());
    let mut groups: Vec<&str> = pairs.iter().map(|pair| group_of(pair.0)).collect();
    groups.sort_unstable();
    groups.dedup();
    Index { pairs, by_kind, groups, once: served::once().collect() }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant() {
        for (version, kind, right, name) in [
            ("apps/V1", "Deployment", "apps/v1", "Deployment"),
            ("apps/v1", "deployment", "apps/v1", "Deployment"),
            ("v1", "Deployment", "apps/v1", "Deployment"),
            ("app/v1", "Deployment", "apps/v1", "Deployment"),
            ("v1beta1", "Ingress", "networking.k8s.io/v1", "Ingress"),
            ("apps/v1", "Service", "v1", "Service"),
            ("v1", "Servce", "v1", "Service"),
            ("networking/v1", "Ingress", "networking.k8s.io/v1", "Ingress"),
            ("batch/v2", "CronJob", "batch/v1", "CronJob"),
            ("storage.k8s.io/v1", "PersistentVolumeClaim", "v1", "PersistentVolumeClaim"),
        ] {
            let found = meant(version, kind).map(|found| (found.api_version, found.kind));
            assert_eq!(found, Some((right, name)), "{version} {kind}");
        }
        for (version, kind) in [
            ("apps/v1", "Deployment"),
            ("policy/v1beta1", "PodSecurityPolicy"),
            ("settings.k8s.io/v1alpha1", "PodPreset"),
            ("example.com/v1", "deployment"),
            ("gateway.networking.k8s.io/v1", "Gateway"),
            ("snapshot.storage.k8s.io/v1", "VolumeSnapshot"),
            ("v1", "Template"),
            ("v1", "Role"),
            ("v1", "Anything"),
            ("{{ x }}/v1", "Deployment"),
        ] {
            assert_eq!(meant(version, kind), None, "{version} {kind}");
        }
    }
}

//! Old fields that have a new name, and texts that are no values: instructions of patches and placeholders.

use crate::text::placeholder;

/// What a field of an older version became: type, old name, the field in its place, what to write (fact 11.5).
const RENAMED: &[(&str, &str, &str, &str)] = &[
    ("IngressSpec", "backend", "defaultBackend", "`backend` of v1beta1 is `defaultBackend` in v1"),
    ("IngressBackend", "serviceName", "service", "`serviceName` of v1beta1 is `service.name` in v1"),
    (
        "IngressBackend",
        "servicePort",
        "service",
        "`servicePort` of v1beta1 is `service.port.number` or `service.port.name` in v1",
    ),
    (
        "HorizontalPodAutoscalerSpec",
        "targetCPUUtilizationPercentage",
        "metrics",
        "v2 has `metrics` with a resource metric `cpu` and `target.averageUtilization` instead",
    ),
    (
        "ResourceMetricSource",
        "targetAverageUtilization",
        "target",
        "`targetAverageUtilization` of v2beta1 is `target.averageUtilization` with `target.type: Utilization`",
    ),
    (
        "ResourceMetricSource",
        "targetAverageValue",
        "target",
        "`targetAverageValue` of v2beta1 is `target.averageValue` with `target.type: AverageValue`",
    ),
    ("PodsMetricSource", "metricName", "metric", "`metricName` of v2beta1 is `metric.name`"),
    ("ObjectMetricSource", "metricName", "metric", "`metricName` of v2beta1 is `metric.name`"),
    ("ExternalMetricSource", "metricName", "metric", "`metricName` of v2beta1 is `metric.name`"),
    ("CustomResourceDefinitionSpec", "version", "versions", "v1 has a list `versions`, each with `name`"),
    ("CustomResourceDefinitionSpec", "validation", "versions", "v1 has a `schema` in each of `versions`"),
    (
        "CustomResourceDefinitionSpec",
        "subresources",
        "versions",
        "v1 has `subresources` in each of `versions`",
    ),
    (
        "CustomResourceDefinitionSpec",
        "additionalPrinterColumns",
        "versions",
        "v1 has `additionalPrinterColumns` in each of `versions`",
    ),
    ("CustomResourceColumnDefinition", "JSONPath", "jsonPath", "`JSONPath` of v1beta1 is `jsonPath` in v1"),
    (
        "DeploymentSpec",
        "rollbackTo",
        "",
        "apps/v1 has no `rollbackTo`: remove it, and use `kubectl rollout undo`",
    ),
    ("DaemonSetSpec", "templateGeneration", "", "apps/v1 has no `templateGeneration`: remove it"),
    ("Volume", "tmpfs", "emptyDir", "write `emptyDir: {medium: Memory}` for a volume in memory"),
    ("SecretVolumeSource", "name", "secretName", "did you mean `secretName`?"),
];

/// What became of a field that an older version had: the field in its place, and help.
pub(super) fn renamed(name: &str, ty: &str) -> Option<(&'static str, &'static str)> {
    let row = RENAMED.iter().find(|(t, old, ..)| *t == ty && *old == name)?;
    Some((row.2, row.3))
}

/// Whether a key is an instruction of a strategic merge patch (fact 13.5).
pub(super) fn is_directive(name: &str) -> bool {
    matches!(name, "$patch" | "$retainKeys")
        || name.starts_with("$setElementOrder/")
        || name.starts_with("$deleteFromPrimitiveList/")
}

/// Whether a text is, or holds, something that a tool will replace before anybody decodes it (fact 13.14), or
/// that somebody will write over. Values that SOPS encrypted count.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    placeholder::is_note(text) || text.starts_with("ENC[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        let placeholders = "${REPLICAS} $REPLICAS <YOUR_REPLICAS> CHANGEME change-me REPLACE_ME %%x%% __X__ \
             ((replicas)) $(params.replicas) {{replicas}} @@x@@ ENC[AES256_GCM,data:x,type:int] v${N}";
        for text in placeholders.split_whitespace() {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["3", "two", "50%", "$", "$5", "{}", "100m", "a(b)", "<", "%"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn directives_of_patches() {
        for name in ["$patch", "$retainKeys", "$setElementOrder/env", "$deleteFromPrimitiveList/args"] {
            assert!(is_directive(name), "{name}");
        }
        assert!(!is_directive("$ref"));
    }
}

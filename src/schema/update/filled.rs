//! Defaults of fields that may change later, which updates need not know: the rest of what the server fills in
//! (`pkg/apis/*/v1/defaults.go`; fact 18.8).

use serde_json::Value as Json;

use super::canon::{Canon, Value};
use crate::files::Span;
use crate::schema::shape::Struct;

/// Type, field and value; the value is JSON.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("Container", "resources", "{}"),
    ("EphemeralContainer", "resources", "{}"),
    ("DeploymentSpec", "replicas", "1"),
    ("DeploymentSpec", "revisionHistoryLimit", "10"),
    ("DeploymentSpec", "progressDeadlineSeconds", "600"),
    (
        "DeploymentSpec",
        "strategy",
        r#"{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"},"type":"RollingUpdate"}"#,
    ),
    ("DeploymentStrategy", "type", r#""RollingUpdate""#),
    ("RollingUpdateDeployment", "maxSurge", r#""25%""#),
    ("RollingUpdateDeployment", "maxUnavailable", r#""25%""#),
    ("StatefulSetSpec", "replicas", "1"),
    ("StatefulSetSpec", "revisionHistoryLimit", "10"),
    ("StatefulSetSpec", "updateStrategy", r#"{"rollingUpdate":{"partition":0},"type":"RollingUpdate"}"#),
    (
        "StatefulSetSpec",
        "persistentVolumeClaimRetentionPolicy",
        r#"{"whenDeleted":"Retain","whenScaled":"Retain"}"#,
    ),
    ("StatefulSetUpdateStrategy", "type", r#""RollingUpdate""#),
    ("DaemonSetSpec", "revisionHistoryLimit", "10"),
    (
        "DaemonSetSpec",
        "updateStrategy",
        r#"{"rollingUpdate":{"maxSurge":0,"maxUnavailable":1},"type":"RollingUpdate"}"#,
    ),
    ("DaemonSetUpdateStrategy", "type", r#""RollingUpdate""#),
    ("RollingUpdateDaemonSet", "maxSurge", "0"),
    ("RollingUpdateDaemonSet", "maxUnavailable", "1"),
    ("ReplicaSetSpec", "replicas", "1"),
    ("ReplicationControllerSpec", "replicas", "1"),
    ("JobSpec", "backoffLimit", "6"),
    ("JobSpec", "suspend", "false"),
    ("JobSpec", "podReplacementPolicy", r#""TerminatingOrFailed""#),
    ("CronJobSpec", "concurrencyPolicy", r#""Allow""#),
    ("CronJobSpec", "suspend", "false"),
    ("CronJobSpec", "successfulJobsHistoryLimit", "3"),
    ("CronJobSpec", "failedJobsHistoryLimit", "1"),
    ("ServiceSpec", "type", r#""ClusterIP""#),
    ("ServiceSpec", "sessionAffinity", r#""None""#),
    ("HorizontalPodAutoscalerSpec", "minReplicas", "1"),
    ("NetworkPolicyPort", "protocol", r#""TCP""#),
    ("PodTemplateSpec", "metadata", "{}"),
    ("JobTemplateSpec", "metadata", "{}"),
    ("PersistentVolumeSpec", "persistentVolumeReclaimPolicy", r#""Retain""#),
    ("PersistentVolume", "status", r#"{"phase":"Pending"}"#),
    ("HorizontalPodAutoscaler", "status", r#"{"currentMetrics":null,"desiredReplicas":0}"#),
    ("ResourceQuota", "status", "{}"),
    ("Role", "rules", "[]"),
    ("ClusterRole", "rules", "[]"),
    ("discovery/EndpointPort", "protocol", r#""TCP""#),
    ("discovery/EndpointPort", "name", r#""""#),
    ("Endpoint", "conditions", "{}"),
    ("Deployment", "status", "{}"),
    ("StatefulSet", "status", r#"{"availableReplicas":0,"replicas":0}"#),
    ("Job", "status", "{}"),
    ("CronJob", "status", "{}"),
    ("Service", "status", r#"{"loadBalancer":{}}"#),
    ("Ingress", "status", r#"{"loadBalancer":{}}"#),
    ("PersistentVolumeClaim", "status", r#"{"phase":"Pending"}"#),
];

/// What the default toleration of every pod is for (`plugin/pkg/admission/defaulttolerationseconds`).
const TOLERATED: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/// The default of a field, where it is a single value.
pub fn of(shape: &Struct, field: &str) -> Option<String> {
    let row = DEFAULTS.iter().find(|row| shape.is(row.0) && row.1 == field)?;
    match serde_json::from_str(row.2).ok()? {
        Json::String(text) => Some(text).filter(|text| !text.is_empty()),
        scalar @ (Json::Number(_) | Json::Bool(_)) => Some(scalar.to_string()),
        _ => None,
    }
}

/// Fills in what is not written.
pub fn fill(shape: &Struct, span: Span, fields: &mut Vec<(String, Canon)>) {
    let of = shape.name;
    for (_, field, text) in DEFAULTS.iter().filter(|row| shape.is(row.0)) {
        if get(fields, field).is_none() {
            put(fields, field, span, text);
        }
    }
    let ty = get(fields, "type").and_then(Canon::text).map(str::to_owned);
    match (of, ty.as_deref()) {
        ("DeploymentStrategy", Some("RollingUpdate")) => {
            default(fields, "rollingUpdate", span, r#"{"maxSurge":"25%","maxUnavailable":"25%"}"#);
        }
        ("StatefulSetUpdateStrategy", Some("RollingUpdate")) => {
            default(fields, "rollingUpdate", span, r#"{"partition":0}"#);
        }
        ("DaemonSetUpdateStrategy", Some("RollingUpdate")) => {
            default(fields, "rollingUpdate", span, r#"{"maxSurge":0,"maxUnavailable":1}"#);
        }
        ("ServiceSpec", Some(ty)) if ty != "ExternalName" => {
            default(fields, "internalTrafficPolicy", span, r#""Cluster""#);
            default(fields, "ipFamilies", span, r#"["IPv4"]"#);
            default(fields, "ipFamilyPolicy", span, r#""SingleStack""#);
            if matches!(ty, "NodePort" | "LoadBalancer") {
                default(fields, "externalTrafficPolicy", span, r#""Cluster""#);
            }
            if ty == "LoadBalancer" {
                default(fields, "allocateLoadBalancerNodePorts", span, "true");
            }
        }
        ("ServicePort", _) => {
            if let (None, Some(port)) = (get(fields, "targetPort"), get(fields, "port").cloned()) {
                fields.push(("targetPort".to_owned(), Canon { span, ..port }));
            }
        }
        ("HorizontalPodAutoscalerSpec", _) if get(fields, "targetCPUUtilizationPercentage").is_none() => {
            let usual = r#"[{"resource":{"name":"cpu","target":{"averageUtilization":80,"type":"Utilization"}},"type":"Resource"}]"#;
            default(fields, "metrics", span, usual);
        }
        ("NetworkPolicySpec", _) => {
            let egress = get(fields, "egress").is_some();
            let both = if egress { r#"["Ingress","Egress"]"# } else { r#"["Ingress"]"# };
            default(fields, "policyTypes", span, both);
        }
        ("Subject", _) => {
            let kind = get(fields, "kind").and_then(Canon::text);
            if matches!(kind, Some("User" | "Group")) {
                default(fields, "apiGroup", span, r#""rbac.authorization.k8s.io""#);
            }
        }
        ("HorizontalPodAutoscalerBehavior", _) => behavior(fields, span),
        ("Pod", _) => {
            tolerations(fields, span);
            let class = quality(get(fields, "spec"));
            default(fields, "status", span, &format!(r#"{{"phase":"Pending","qosClass":"{class}"}}"#));
        }
        ("PersistentVolume", _) => guarded(fields, span),
        ("LimitRangeItem", Some("Container")) => limits(fields),
        _ => {}
    }
}

/// How fast an autoscaler goes, where it says anything of it.
fn behavior(fields: &mut Vec<(String, Canon)>, span: Span) {
    let usual = [
        (
            "scaleUp",
            r#"{"policies":[{"periodSeconds":15,"type":"Pods","value":4},{"periodSeconds":15,"type":"Percent","value":100}],"selectPolicy":"Max","stabilizationWindowSeconds":0}"#,
        ),
        (
            "scaleDown",
            r#"{"policies":[{"periodSeconds":15,"type":"Percent","value":100}],"selectPolicy":"Max"}"#,
        ),
    ];
    for (name, text) in usual {
        let Ok(Json::Object(rules)) = serde_json::from_str::<Json>(text) else { continue };
        match fields.iter_mut().find(|field| field.0 == name) {
            Some((_, Canon { value: Value::Map(own), .. })) => {
                for (rule, json) in &rules {
                    if get(own, rule).is_none() {
                        own.push((rule.clone(), canon(json, span)));
                    }
                }
            }
            _ => put(fields, name, span, text),
        }
    }
}

/// Every pod bears a node that is not ready for five minutes, unless it says otherwise.
fn tolerations(fields: &mut [(String, Canon)], span: Span) {
    let Some(Value::Map(spec)) =
        fields.iter_mut().find(|field| field.0 == "spec").map(|field| &mut field.1.value)
    else {
        return;
    };
    let own: Vec<Canon> = get(spec, "tolerations").map_or(&[][..], Canon::items).to_vec();
    let text = |one: &Canon, field: &str| one.get(field).and_then(Canon::text).unwrap_or("").to_owned();
    // Without a key all keys are meant, without an effect all effects.
    let bears = |key: &str| {
        own.iter().any(|one| {
            matches!(text(one, "key").as_str(), own if own.is_empty() || own == key)
                && matches!(text(one, "effect").as_str(), "" | "NoExecute")
        })
    };
    let missing = TOLERATED.iter().filter(|key| !bears(key)).filter_map(|key| {
        let text =
            format!(r#"{{"effect":"NoExecute","key":"{key}","operator":"Exists","tolerationSeconds":300}}"#);
        Some(canon(&serde_json::from_str(&text).ok()?, span))
    });
    let missing: Vec<Canon> = missing.collect();
    match spec.iter_mut().find(|field| field.0 == "tolerations") {
        Some((_, Canon { value: Value::List(list), .. })) => list.extend(missing),
        _ => spec.push(("tolerations".to_owned(), Canon { span, value: Value::List(missing) })),
    }
}

/// The class of a pod by what its containers ask for (`pkg/apis/core/v1/helper/qos`).
fn quality(spec: Option<&Canon>) -> &'static str {
    let lists = ["containers", "initContainers"].into_iter().filter_map(|key| spec?.get(key));
    let (mut asks, mut is_guaranteed) = (false, true);
    for container in lists.flat_map(Canon::items) {
        let of = |list: &str, name: &str| {
            let amount = container.get("resources")?.get(list)?.get(name)?;
            Some(amount.value.clone()).filter(|value| !is_zero(value))
        };
        for name in ["cpu", "memory"] {
            let (request, limit) = (of("requests", name), of("limits", name));
            asks |= request.is_some() || limit.is_some();
            is_guaranteed &= limit.is_some() && request == limit;
        }
    }
    match (asks, is_guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

fn is_zero(value: &Value) -> bool {
    matches!(value, Value::Quantity(amount) if amount.to_string() == "0")
}

/// A volume is not removed while somebody uses it (`plugin/pkg/admission/storage/storageobjectinuseprotection`).
fn guarded(fields: &mut [(String, Canon)], span: Span) {
    let Some(Value::Map(metadata)) =
        fields.iter_mut().find(|field| field.0 == "metadata").map(|field| &mut field.1.value)
    else {
        return;
    };
    let own = get(metadata, "finalizers").map_or(&[][..], Canon::items);
    if own.is_empty() {
        put(metadata, "finalizers", span, r#"["kubernetes.io/pv-protection"]"#);
    }
}

/// What containers ask for where they do not say is what they may take where they do not say
/// (`SetDefaults_LimitRangeItem`).
fn limits(fields: &mut Vec<(String, Canon)>) {
    for (to, from) in [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")] {
        let Some(Canon { value: Value::Map(given), span }) = get(fields, from).cloned() else { continue };
        if get(fields, to).is_none() {
            fields.push((to.to_owned(), Canon { value: Value::Map(Vec::new()), span }));
        }
        let Some((_, Canon { value: Value::Map(own), .. })) = fields.iter_mut().find(|field| field.0 == to)
        else {
            continue;
        };
        for (name, amount) in given {
            if get(own, &name).is_none() {
                own.push((name, amount));
            }
        }
    }
}

fn get<'f>(fields: &'f [(String, Canon)], name: &str) -> Option<&'f Canon> {
    fields.iter().find(|field| field.0 == name).map(|field| &field.1)
}

fn default(fields: &mut Vec<(String, Canon)>, name: &str, span: Span, text: &str) {
    if get(fields, name).is_none() {
        put(fields, name, span, text);
    }
}

fn put(fields: &mut Vec<(String, Canon)>, name: &str, span: Span, text: &str) {
    if let Ok(json) = serde_json::from_str(text) {
        fields.push((name.to_owned(), canon(&json, span)));
    }
}

fn canon(json: &Json, span: Span) -> Canon {
    let value = match json {
        Json::Null => Value::Map(Vec::new()),
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(0.0)),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(|item| canon(item, span)).collect()),
        Json::Object(fields) => {
            Value::Map(fields.iter().map(|(name, inner)| (name.clone(), canon(inner, span))).collect())
        }
    };
    Canon { span, value }
}

//! What the fields of each type may hold. One line adds a field, one row a type.

use super::Check::{
    Annotations, Between, Cron, DataKeys, EnvName, Host, Image, IntOrPercent, Label, LabelKey, Labels,
    NodeLabel, NodeLabels, OneOf, PortName, PortOrName, Subdomain, TargetPort,
};
use super::{Check, Whole, advice, objects, pods};

type Fields = &'static [(&'static str, Check)];

/// The checks of a type, by its name without the path.
pub(super) fn find(ty: &str) -> Option<(Fields, Option<Whole>)> {
    let at = TYPES.binary_search_by(|row| row.0.cmp(ty)).ok()?;
    Some((TYPES[at].1, TYPES[at].2))
}

const MANY: i64 = i64::MAX;
const PORT: Check = Between(1, 65_535);
const PROTOCOL: Check = OneOf(&["TCP", "UDP", "SCTP"]);
const COUNT: Check = Between(0, i64::MAX);
const POLICY: Check = OneOf(&["Cluster", "Local"]);
const MODES: Check = OneOf(&["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]);
const VOLUME_MODE: Check = OneOf(&["Filesystem", "Block"]);
const EFFECT: Check = OneOf(&["", "NoSchedule", "PreferNoSchedule", "NoExecute"]);
const HONOR: Check = OneOf(&["Honor", "Ignore"]);
const RESTART: Check = OneOf(&["Always", "OnFailure", "Never"]);
const PREEMPTION: Check = OneOf(&["PreemptLowerPriority", "Never"]);
const PROFILE: Check = OneOf(&["RuntimeDefault", "Localhost", "Unconfined"]);
const FAILURE: Check = OneOf(&["Fail", "Ignore"]);
const MATCH: Check = OneOf(&["Exact", "Equivalent"]);
const SELECTOR_OPERATOR: Check = OneOf(&["In", "NotIn", "Exists", "DoesNotExist"]);
const SHARE: Check = IntOrPercent { capped: true };

pub(super) const VOLUME_SOURCES: &[&str] = &[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "image",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "projected",
    "quobyte",
    "rbd",
    "scaleIO",
    "secret",
    "storageos",
    "vsphereVolume",
];

const CONTAINER: Fields = &[
    ("name", Label),
    ("image", Image),
    ("imagePullPolicy", OneOf(&["Always", "IfNotPresent", "Never"])),
    ("terminationMessagePolicy", OneOf(&["File", "FallbackToLogsOnError"])),
    ("restartPolicy", RESTART),
];

/// Type, fields, judgement of the whole. Sorted by type.
#[rustfmt::skip]
static TYPES: &[(&str, Fields, Option<Whole>)] = &[
    ("AppArmorProfile", &[("type", PROFILE)], None),
    ("ConfigMap", &[("data", DataKeys), ("binaryData", DataKeys)], None),
    ("Container", CONTAINER, Some(pods::container)),
    ("ContainerPort", &[
        ("containerPort", PORT), ("hostPort", Between(0, 65_535)), ("protocol", PROTOCOL), ("name", PortName),
    ], None),
    ("CronJobSpec", &[
        ("schedule", Cron), ("concurrencyPolicy", OneOf(&["Allow", "Forbid", "Replace"])),
        ("successfulJobsHistoryLimit", COUNT), ("failedJobsHistoryLimit", COUNT), ("startingDeadlineSeconds", COUNT),
    ], None),
    ("CustomResourceDefinitionSpec", &[("scope", OneOf(&["Namespaced", "Cluster"]))], None),
    ("DaemonSetSpec", &[("minReadySeconds", COUNT), ("revisionHistoryLimit", COUNT)], None),
    ("DaemonSetUpdateStrategy", &[("type", OneOf(&["RollingUpdate", "OnDelete"]))], None),
    ("DeploymentSpec", &[
        ("replicas", COUNT), ("minReadySeconds", COUNT), ("revisionHistoryLimit", COUNT),
        ("progressDeadlineSeconds", COUNT),
    ], None),
    ("DeploymentStrategy", &[("type", OneOf(&["RollingUpdate", "Recreate"]))], Some(objects::strategy)),
    ("EnvVar", &[("name", EnvName)], Some(pods::env_var)),
    ("EnvVarSource", &[], Some(pods::env_source)),
    ("EphemeralContainer", CONTAINER, None),
    ("GRPCAction", &[("port", PORT)], None),
    ("HPAScalingPolicy", &[
        ("type", OneOf(&["Pods", "Percent"])), ("value", Between(1, MANY)), ("periodSeconds", Between(1, 1800)),
    ], None),
    ("HPAScalingRules", &[
        ("selectPolicy", OneOf(&["Max", "Min", "Disabled"])), ("stabilizationWindowSeconds", Between(0, 3600)),
    ], None),
    ("HTTPGetAction", &[("port", PortOrName), ("scheme", OneOf(&["HTTP", "HTTPS"]))], None),
    ("HTTPIngressPath", &[("pathType", OneOf(&["Exact", "Prefix", "ImplementationSpecific"]))],
        Some(objects::ingress_path)),
    ("HorizontalPodAutoscalerSpec", &[("minReplicas", COUNT), ("maxReplicas", Between(1, MANY))],
        Some(objects::autoscaler)),
    ("HostPathVolumeSource", &[("type", OneOf(&[
        "", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice",
    ]))], None),
    ("IngressRule", &[("host", Host)], None),
    ("IngressSpec", &[], Some(objects::ingress)),
    ("JobSpec", &[
        ("completionMode", OneOf(&["NonIndexed", "Indexed"])), ("parallelism", COUNT), ("completions", COUNT),
        ("backoffLimit", COUNT), ("activeDeadlineSeconds", COUNT), ("ttlSecondsAfterFinished", COUNT),
        ("podReplacementPolicy", OneOf(&["TerminatingOrFailed", "Failed"])),
    ], None),
    ("LabelSelector", &[("matchLabels", Labels)], Some(objects::label_selector)),
    ("LabelSelectorRequirement", &[("key", LabelKey), ("operator", SELECTOR_OPERATOR)],
        Some(objects::label_requirement)),
    ("LifecycleHandler", &[], Some(pods::lifecycle_handler)),
    ("LimitRangeItem", &[], Some(objects::limit_range)),
    ("MetricSpec", &[("type", OneOf(&["Resource", "Pods", "Object", "External", "ContainerResource"]))], None),
    ("MetricTarget", &[
        ("type", OneOf(&["Utilization", "Value", "AverageValue"])), ("averageUtilization", Between(1, MANY)),
    ], None),
    ("MutatingWebhook", &[
        ("failurePolicy", FAILURE), ("matchPolicy", MATCH), ("reinvocationPolicy", OneOf(&["Never", "IfNeeded"])),
        ("timeoutSeconds", Between(1, 30)),
    ], None),
    ("NetworkPolicyPort", &[("protocol", PROTOCOL), ("port", PortOrName), ("endPort", PORT)], None),
    ("NetworkPolicySpec", &[("policyTypes", OneOf(&["Ingress", "Egress"]))], None),
    ("NodeSelectorRequirement", &[
        ("key", LabelKey), ("operator", OneOf(&["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"])),
    ], Some(pods::node_requirement)),
    ("ObjectMeta", &[("labels", Labels), ("annotations", Annotations), ("namespace", Label)], Some(objects::metadata)),
    ("PersistentVolumeClaimSpec", &[("accessModes", MODES), ("volumeMode", VOLUME_MODE)], Some(objects::claim)),
    ("PersistentVolumeSpec", &[
        ("accessModes", MODES), ("volumeMode", VOLUME_MODE),
        ("persistentVolumeReclaimPolicy", OneOf(&["Retain", "Delete", "Recycle"])),
    ], None),
    ("PodAffinityTerm", &[("topologyKey", NodeLabel)], None),
    ("PodDisruptionBudgetSpec", &[("unhealthyPodEvictionPolicy", OneOf(&["IfHealthyBudget", "AlwaysAllow"]))], None),
    ("PodOS", &[("name", OneOf(&["linux", "windows"]))], None),
    ("PodSpec", &[
        ("restartPolicy", RESTART), ("dnsPolicy", OneOf(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])),
        ("preemptionPolicy", PREEMPTION), ("terminationGracePeriodSeconds", COUNT), ("activeDeadlineSeconds", COUNT),
        ("nodeSelector", NodeLabels), ("serviceAccountName", Subdomain), ("hostname", Label), ("subdomain", Label),
    ], Some(pods::pod_spec)),
    ("PreferredSchedulingTerm", &[("weight", Between(1, 100))], None),
    ("PriorityClass", &[("preemptionPolicy", PREEMPTION)], None),
    ("Probe", &[
        ("initialDelaySeconds", COUNT), ("periodSeconds", COUNT), ("timeoutSeconds", COUNT),
        ("successThreshold", COUNT), ("failureThreshold", COUNT), ("terminationGracePeriodSeconds", Between(1, MANY)),
    ], Some(pods::probe)),
    ("ReplicaSetSpec", &[("replicas", COUNT), ("minReadySeconds", COUNT)], None),
    ("ReplicationControllerSpec", &[("replicas", COUNT), ("selector", Labels)], None),
    ("ResourceRequirements", &[], Some(advice::resources)),
    ("RoleRef", &[("kind", OneOf(&["Role", "ClusterRole"]))], None),
    ("RollingUpdateDaemonSet", &[("maxUnavailable", SHARE), ("maxSurge", SHARE)], None),
    ("RollingUpdateDeployment", &[("maxUnavailable", SHARE), ("maxSurge", IntOrPercent { capped: false })], None),
    ("RollingUpdateStatefulSetStrategy", &[("maxUnavailable", SHARE), ("partition", COUNT)], None),
    ("SeccompProfile", &[("type", PROFILE)], None),
    ("Secret", &[("data", DataKeys), ("stringData", DataKeys)], None),
    ("ServiceBackendPort", &[("name", PortName), ("number", PORT)], Some(objects::service_backend_port)),
    ("ServicePort", &[
        ("port", PORT), ("targetPort", TargetPort), ("nodePort", Between(0, 65_535)), ("protocol", PROTOCOL),
        ("name", Label),
    ], None),
    ("ServiceSpec", &[
        ("type", OneOf(&["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"])),
        ("sessionAffinity", OneOf(&["None", "ClientIP"])), ("externalTrafficPolicy", POLICY),
        ("internalTrafficPolicy", POLICY), ("selector", Labels),
        ("ipFamilyPolicy", OneOf(&["SingleStack", "PreferDualStack", "RequireDualStack"])),
        ("ipFamilies", OneOf(&["IPv4", "IPv6"])),
    ], Some(objects::service)),
    ("StatefulSetSpec", &[
        ("replicas", COUNT), ("minReadySeconds", COUNT), ("podManagementPolicy", OneOf(&["OrderedReady", "Parallel"])),
    ], None),
    ("StatefulSetUpdateStrategy", &[("type", OneOf(&["RollingUpdate", "OnDelete"]))], Some(objects::strategy)),
    ("StorageClass", &[
        ("reclaimPolicy", OneOf(&["Delete", "Retain"])),
        ("volumeBindingMode", OneOf(&["Immediate", "WaitForFirstConsumer"])),
    ], None),
    ("TCPSocketAction", &[("port", PortOrName)], None),
    ("Taint", &[("effect", EFFECT)], None),
    ("Toleration", &[("operator", OneOf(&["", "Exists", "Equal", "Lt", "Gt"])), ("effect", EFFECT)],
        Some(pods::toleration)),
    ("TopologySpreadConstraint", &[
        ("maxSkew", Between(1, MANY)), ("minDomains", Between(1, MANY)), ("topologyKey", NodeLabel),
        ("whenUnsatisfiable", OneOf(&["DoNotSchedule", "ScheduleAnyway"])), ("nodeAffinityPolicy", HONOR),
        ("nodeTaintsPolicy", HONOR),
    ], Some(pods::spread)),
    ("ValidatingWebhook", &[
        ("failurePolicy", FAILURE), ("matchPolicy", MATCH), ("timeoutSeconds", Between(1, 30)),
    ], None),
    ("Volume", &[("name", Label)], Some(pods::volume)),
    ("VolumeMount", &[("mountPropagation", OneOf(&["None", "HostToContainer", "Bidirectional"]))], None),
    ("WeightedPodAffinityTerm", &[("weight", Between(1, 100))], None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(TYPES.is_sorted_by(|one, other| one.0 < other.0));
        assert!(find("Container").is_some() && find("Nothing").is_none());
    }
}

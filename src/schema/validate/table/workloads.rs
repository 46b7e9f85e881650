//! Workloads, their budgets and autoscalers (`pkg/apis/apps/validation`, `pkg/apis/batch/validation`,
//! `pkg/apis/autoscaling/validation`, `pkg/apis/policy/validation`), and what all objects have.

use super::super::Check::{
    Annotations, Between, Cron, DataKeys, Given, GivenOneOf, IntOrPercent, Is, Labels, NotNegative, OneOf,
    Positive,
};
use super::super::texts::{DOMAIN_PATH, FINALIZER, GROUP_VERSION, LABEL, QUALIFIED, SEGMENT};
use super::super::{Check, access, containers, jobs, names, objects, scaling, workloads};
use super::{COUNT, Fields, MANY, Row, SHARE};

const RETENTION: Check = OneOf(&["Retain", "Delete"]);
const EXIT_OPERATOR: Check = OneOf(&["In", "NotIn"]);
const REFERENCE: Fields = &[("name", Is(&SEGMENT)), ("kind", Is(&SEGMENT))];

#[rustfmt::skip]
pub(super) static TYPES: &[Row] = &[
    ("ConfigMap", &[("data", DataKeys), ("binaryData", DataKeys)], Some(objects::config_map)),
    ("CronJobSpec", &[
        ("schedule", Cron), ("concurrencyPolicy", OneOf(&["Allow", "Forbid", "Replace"])),
        ("successfulJobsHistoryLimit", COUNT), ("failedJobsHistoryLimit", COUNT), ("startingDeadlineSeconds", COUNT),
    ], Some(jobs::cron)),
    ("CrossVersionObjectReference", REFERENCE, Some(scaling::reference)),
    ("DaemonSetSpec", &[("minReadySeconds", COUNT), ("revisionHistoryLimit", COUNT)], Some(workloads::selector)),
    ("DaemonSetUpdateStrategy", &[("type", OneOf(&["RollingUpdate", "OnDelete"]))], None),
    ("DeploymentSpec", &[
        ("replicas", COUNT), ("minReadySeconds", COUNT), ("revisionHistoryLimit", COUNT),
        ("progressDeadlineSeconds", COUNT),
    ], Some(workloads::deployment)),
    ("DeploymentStrategy", &[("type", OneOf(&["RollingUpdate", "Recreate"]))], Some(objects::strategy)),
    ("HPAScalingPolicy", &[
        ("type", OneOf(&["Pods", "Percent"])), ("value", Between(1, MANY)), ("periodSeconds", Between(1, 1800)),
    ], None),
    ("HPAScalingRules", &[
        ("selectPolicy", GivenOneOf(&["Max", "Min", "Disabled"])), ("stabilizationWindowSeconds", Between(0, 3600)),
        ("tolerance", NotNegative),
    ], Some(scaling::rules)),
    ("HorizontalPodAutoscalerSpec", &[("minReplicas", COUNT), ("maxReplicas", Between(1, MANY)), ("targetCPUUtilizationPercentage", Between(1, MANY))],
        Some(scaling::autoscaler)),
    ("JobSpec", &[
        ("completionMode", GivenOneOf(&["NonIndexed", "Indexed"])), ("parallelism", COUNT), ("completions", COUNT),
        ("backoffLimit", COUNT), ("activeDeadlineSeconds", COUNT), ("ttlSecondsAfterFinished", COUNT),
        ("backoffLimitPerIndex", COUNT), ("maxFailedIndexes", COUNT), ("managedBy", Given(&DOMAIN_PATH)),
        ("podReplacementPolicy", GivenOneOf(&["TerminatingOrFailed", "Failed"])),
    ], Some(jobs::job)),
    ("LabelSelector", &[], Some(objects::label_selector)),
    ("LabelSelectorRequirement", &[], Some(objects::label_requirement)),
    ("MetricIdentifier", &[("name", Is(&SEGMENT))], None),
    ("MetricSpec", &[("type", OneOf(&["Resource", "Pods", "Object", "External", "ContainerResource"]))],
        Some(scaling::metric)),
    ("MetricTarget", &[
        ("type", OneOf(&["Utilization", "Value", "AverageValue"])), ("averageUtilization", Between(1, MANY)),
        ("value", Positive), ("averageValue", Positive),
    ], Some(scaling::target)),
    ("ObjectMeta", &[
        ("labels", Labels), ("annotations", Annotations), ("finalizers", Is(&QUALIFIED)),
    ], Some(names::metadata)),
    ("OwnerReference", &[("apiVersion", Is(&GROUP_VERSION))], Some(access::owner)),
    ("PodDisruptionBudgetSpec", &[
        ("unhealthyPodEvictionPolicy", GivenOneOf(&["IfHealthyBudget", "AlwaysAllow"])),
    ], Some(workloads::budget)),
    ("PodFailurePolicyOnExitCodesRequirement", &[("operator", EXIT_OPERATOR)], Some(jobs::exit_codes)),
    ("PodFailurePolicyOnPodConditionsPattern", &[
        ("type", Is(&QUALIFIED)), ("status", OneOf(&["True", "False", "Unknown"])),
    ], None),
    ("PodFailurePolicyRule", &[("action", OneOf(&["FailJob", "FailIndex", "Ignore", "Count"]))], Some(jobs::failure_rule)),
    ("ReplicaSetSpec", &[("replicas", COUNT), ("minReadySeconds", COUNT)], Some(workloads::selector)),
    ("ReplicationControllerSpec", &[("replicas", COUNT), ("minReadySeconds", COUNT), ("selector", Labels)],
        Some(workloads::replication)),
    ("RollingUpdateDaemonSet", &[("maxUnavailable", SHARE), ("maxSurge", SHARE)], Some(workloads::daemon_rollout)),
    ("RollingUpdateDeployment", &[("maxUnavailable", SHARE), ("maxSurge", IntOrPercent { capped: false })],
        Some(workloads::rollout)),
    ("RollingUpdateStatefulSetStrategy", &[("maxUnavailable", SHARE), ("partition", COUNT)],
        Some(workloads::stateful_rollout)),
    ("Secret", &[("data", DataKeys), ("stringData", DataKeys)], Some(objects::secret)),
    ("StatefulSetOrdinals", &[("start", COUNT)], None),
    ("StatefulSetPersistentVolumeClaimRetentionPolicy", &[("whenDeleted", RETENTION), ("whenScaled", RETENTION)], None),
    ("StatefulSetSpec", &[
        ("replicas", COUNT), ("minReadySeconds", COUNT), ("podManagementPolicy", OneOf(&["OrderedReady", "Parallel"])),
        ("serviceName", Is(&LABEL)),
    ], Some(workloads::stateful)),
    ("StatefulSetUpdateStrategy", &[("type", OneOf(&["RollingUpdate", "OnDelete", "Recreate"]))], Some(objects::strategy)),
    ("SuccessPolicy", &[], Some(jobs::success)),
    ("SuccessPolicyRule", &[("succeededCount", COUNT)], Some(jobs::success_rule)),
    ("NamespaceSpec", &[("finalizers", Is(&FINALIZER))], None),
    ("RuntimeClass", &[("handler", Is(&LABEL))], None),
    ("Overhead", &[], Some(containers::overhead)),
    ("PodTemplateSpec", &[], Some(workloads::template)),
    ("LeaseSpec", &[("leaseDurationSeconds", Between(1, MANY)), ("leaseTransitions", COUNT)], None),
    ("Scheduling", &[("nodeSelector", Labels)], None),
];

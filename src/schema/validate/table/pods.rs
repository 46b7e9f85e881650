//! Pods and their containers (`pkg/apis/core/validation/validation.go`, `ValidatePodSpec` and below).

use super::super::Check::{
    All, Any, AtMost, Between, Given, GivenOneOf, Image, Is, NodeLabel, NodeLabels, OneOf, PortName,
    PortOrName,
};
use super::super::texts::{
    CONDITION, DATA_KEY, ENV_NAME, FILE, HEADER, HOSTNAME, INSIDE, IP, LABEL, LABEL_KEY, LABEL_VALUE, PREFIX,
    QUALIFIED, RELATIVE, SEARCH, SUBDOMAIN, SYSCTL,
};
use super::super::{Check, containers, pods, security, workloads};
use super::{COUNT, Fields, I32, ID, MANY, PORT, RESTART, Row};

const POSITIVE: Check = Between(1, MANY);

const CONTAINER: Fields = &[
    ("name", Is(&LABEL)),
    ("image", Image),
    ("imagePullPolicy", OneOf(&["Always", "IfNotPresent", "Never"])),
    ("terminationMessagePolicy", OneOf(&["File", "FallbackToLogsOnError"])),
    ("restartPolicy", GivenOneOf(&["Always", "OnFailure", "Never"])),
    ("resizePolicy", AtMost(20)),
    ("restartPolicyRules", AtMost(20)),
];

const HONOR: Check = GivenOneOf(&["Honor", "Ignore"]);
const EFFECT: Check = OneOf(&["NoSchedule", "PreferNoSchedule", "NoExecute"]);
const NAMED: Fields = &[("name", Is(&PREFIX))];

#[rustfmt::skip]
pub(super) static TYPES: &[Row] = &[
    ("AppArmorProfile", &[], Some(security::profile)),
    ("ConfigMapEnvSource", NAMED, None),
    ("ConfigMapKeySelector", &[("name", Is(&PREFIX)), ("key", Is(&DATA_KEY))], None),
    ("Container", CONTAINER, Some(containers::container)),
    ("ContainerPort", &[
        ("containerPort", PORT), ("hostPort", Between(0, 65_535)), ("name", PortName), ("hostIP", Is(&IP)),
    ], Some(containers::host_port)),
    ("ContainerResizePolicy", &[
        ("resourceName", OneOf(&["cpu", "memory"])), ("restartPolicy", OneOf(&["NotRequired", "RestartContainer"])),
    ], None),
    ("ContainerRestartRule", &[("action", OneOf(&["Restart", "RestartAllContainers"]))], None),
    ("ContainerRestartRuleOnExitCodes", &[
        ("operator", OneOf(&["In", "NotIn"])), ("values", AtMost(255)),
    ], None),
    ("EnvFromSource", &[("prefix", Is(&ENV_NAME))], Some(containers::env_from)),
    ("EnvVar", &[("name", Is(&ENV_NAME))], Some(pods::env_var)),
    ("EnvVarSource", &[], Some(pods::env_source)),
    ("EphemeralContainer", CONTAINER, None),
    ("FileKeySelector", &[("volumeName", Is(&LABEL)), ("path", Is(&FILE)), ("key", Is(&ENV_NAME))], None),
    ("GRPCAction", &[("port", PORT), ("mode", Any)], None),
    ("HTTPGetAction", &[("port", PortOrName), ("protocol", Any), ("scheme", OneOf(&["HTTP", "HTTPS"]))], None),
    ("HTTPHeader", &[("name", Is(&HEADER))], None),
    ("HostAlias", &[("ip", Is(&IP)), ("hostnames", Is(&SUBDOMAIN))], None),
    ("Lifecycle", &[("stopSignal", Any)], None),
    ("LifecycleHandler", &[], Some(pods::lifecycle_handler)),
    ("NodeSelectorRequirement", &[
        ("key", Is(&LABEL_KEY)), ("operator", OneOf(&["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"])),
    ], Some(pods::node_requirement)),
    ("ObjectFieldSelector", &[], Some(containers::field_ref)),
    ("Pod", &[], Some(workloads::profiles)),
    ("PodAffinityTerm", &[
        ("topologyKey", All(&[NodeLabel, Is(&LABEL_KEY)])), ("namespaces", Is(&LABEL)), ("matchLabelKeys", Is(&QUALIFIED)),
        ("mismatchLabelKeys", Is(&QUALIFIED)),
    ], Some(pods::affinity_term)),
    ("PodDNSConfig", &[
        ("nameservers", All(&[AtMost(3), Is(&IP)])), ("searches", All(&[AtMost(32), Is(&SEARCH)])),
    ], None),
    ("PodOS", &[("name", OneOf(&["linux", "windows"]))], None),
    ("PodReadinessGate", &[("conditionType", Is(&CONDITION))], None),
    ("PodResourceClaim", &[
        ("name", Is(&LABEL)), ("resourceClaimName", Given(&SUBDOMAIN)), ("resourceClaimTemplateName", Given(&SUBDOMAIN)),
    ], Some(pods::resource_claim)),
    ("PodSchedulingGate", &[("name", Is(&QUALIFIED))], None),
    ("PodSecurityContext", &[
        ("runAsUser", ID), ("runAsGroup", ID), ("fsGroup", ID), ("supplementalGroups", ID),
        ("fsGroupChangePolicy", GivenOneOf(&["OnRootMismatch", "Always"])),
        ("supplementalGroupsPolicy", GivenOneOf(&["Merge", "Strict"])),
        ("seLinuxChangePolicy", GivenOneOf(&["Recursive", "MountOption"])),
    ], Some(security::pod)),
    ("PodSpec", &[
        ("restartPolicy", RESTART), ("dnsPolicy", OneOf(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])),
        ("preemptionPolicy", GivenOneOf(&["PreemptLowerPriority", "Never"])), ("activeDeadlineSeconds", Between(1, I32)),
        ("nodeSelector", NodeLabels), ("serviceAccountName", Is(&SUBDOMAIN)), ("hostname", Is(&LABEL)),
        ("subdomain", Is(&LABEL)), ("priorityClassName", Is(&SUBDOMAIN)), ("runtimeClassName", Given(&SUBDOMAIN)),
        ("nodeName", Is(&SUBDOMAIN)), ("hostnameOverride", Given(&HOSTNAME)),
    ], Some(pods::pod_spec)),
    ("PreferredSchedulingTerm", &[("weight", Between(1, 100))], None),
    ("Probe", &[
        ("initialDelaySeconds", COUNT), ("periodSeconds", COUNT), ("timeoutSeconds", COUNT),
        ("successThreshold", COUNT), ("failureThreshold", COUNT), ("terminationGracePeriodSeconds", POSITIVE),
    ], Some(pods::probe)),
    ("ResourceFieldSelector", &[], Some(containers::resource_ref)),
    ("core/ResourceRequirements", &[], Some(containers::resources)),
    ("SeccompProfile", &[("localhostProfile", Is(&RELATIVE))], Some(security::profile)),
    ("SecretEnvSource", NAMED, None),
    ("SecretKeySelector", &[("name", Is(&PREFIX)), ("key", Is(&DATA_KEY))], None),
    ("SecurityContext", &[("runAsUser", ID), ("runAsGroup", ID)], Some(security::container)),
    ("SleepAction", &[], Some(containers::sleep)),
    ("Sysctl", &[("name", Is(&SYSCTL))], None),
    ("TCPSocketAction", &[("port", PortOrName)], None),
    ("Taint", &[("key", Is(&LABEL_KEY)), ("value", Is(&LABEL_VALUE)), ("effect", EFFECT)], None),
    ("core/Toleration", &[
        ("key", Is(&LABEL_KEY)), ("operator", OneOf(&["Exists", "Equal", "Lt", "Gt"])), ("effect", EFFECT),
    ], Some(pods::toleration)),
    ("TopologySpreadConstraint", &[
        ("maxSkew", POSITIVE), ("minDomains", POSITIVE), ("topologyKey", NodeLabel),
        ("whenUnsatisfiable", OneOf(&["DoNotSchedule", "ScheduleAnyway"])), ("nodeAffinityPolicy", HONOR),
        ("nodeTaintsPolicy", HONOR), ("matchLabelKeys", Is(&QUALIFIED)),
    ], Some(pods::spread)),
    ("VolumeDevice", &[("devicePath", Is(&INSIDE))], None),
    ("VolumeMount", &[
        ("mountPropagation", GivenOneOf(&["None", "HostToContainer", "Bidirectional"])),
        ("recursiveReadOnly", GivenOneOf(&["Disabled", "IfPossible", "Enabled"])),
        ("subPath", Is(&RELATIVE)), ("subPathExpr", Is(&RELATIVE)),
    ], Some(containers::mount)),
    ("WeightedPodAffinityTerm", &[("weight", Between(1, 100))], None),
    ("WindowsSecurityContextOptions", &[("gmsaCredentialSpecName", Given(&SUBDOMAIN))], Some(security::windows)),
];

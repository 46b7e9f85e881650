//! Fields that must be there: `k8s-openapi` forgives their absence, the API server does not.
//!
//! The table holds what validation demands, which is not what the published schemas call required: those also
//! list fields whose zero value is accepted (`served: false`), and leave out others (the image of a container).

use super::problem::{Frame, Problem};
use super::validate;
use crate::yaml::{Entry, Node};

/// Type, fields, whether older versions of the kind fill them in. Sorted by type.
#[rustfmt::skip]
static REQUIRED: &[(&str, &[&str], bool)] = &[
    ("APIServiceSpec", &["groupPriorityMinimum", "versionPriority"], false),
    ("AWSElasticBlockStoreVolumeSource", &["volumeID"], false),
    ("AppArmorProfile", &["type"], false),
    ("ApplyConfiguration", &["expression"], false),
    ("AuditAnnotation", &["key", "valueExpression"], false),
    ("AzureDiskVolumeSource", &["diskName", "diskURI"], false),
    ("AzureFilePersistentVolumeSource", &["secretName", "shareName"], false),
    ("AzureFileVolumeSource", &["secretName", "shareName"], false),
    ("CELDeviceSelector", &["expression"], false),
    ("CSINodeDriver", &["name", "nodeID"], false),
    ("CSIPersistentVolumeSource", &["driver", "volumeHandle"], false),
    ("CSIStorageCapacity", &["storageClassName"], false),
    ("CSIVolumeSource", &["driver"], false),
    ("CephFSPersistentVolumeSource", &["monitors"], false),
    ("CephFSVolumeSource", &["monitors"], false),
    ("CertificateSigningRequest", &["spec"], false),
    ("CertificateSigningRequestSpec", &["request", "signerName", "usages"], false),
    ("CinderPersistentVolumeSource", &["volumeID"], false),
    ("CinderVolumeSource", &["volumeID"], false),
    ("ClusterRoleBinding", &["roleRef"], false),
    ("ClusterTrustBundle", &["spec"], false),
    ("ClusterTrustBundleProjection", &["path"], false),
    ("ClusterTrustBundleSpec", &["trustBundle"], false),
    ("ConfigMapEnvSource", &["name"], false),
    ("ConfigMapKeySelector", &["key", "name"], false),
    ("ConfigMapProjection", &["name"], false),
    ("ConfigMapVolumeSource", &["name"], false),
    ("Container", &["name", "image"], false),
    ("ContainerPort", &["containerPort"], false),
    ("ContainerResizePolicy", &["resourceName", "restartPolicy"], false),
    ("ContainerResourceMetricSource", &["container", "name", "target"], false),
    ("ContainerRestartRule", &["action", "exitCodes"], false),
    ("ContainerRestartRuleOnExitCodes", &["operator"], false),
    ("CronJob", &["spec"], false),
    ("CronJobSpec", &["schedule", "jobTemplate"], false),
    ("CrossVersionObjectReference", &["kind", "name"], false),
    ("CustomResourceColumnDefinition", &["jsonPath", "name", "type"], false),
    ("CustomResourceDefinition", &["spec"], false),
    ("CustomResourceDefinitionNames", &["kind", "plural"], false),
    ("CustomResourceDefinitionSpec", &["group", "names", "scope", "versions"], false),
    ("CustomResourceDefinitionVersion", &["name", "schema"], false),
    ("CustomResourceSubresourceScale", &["specReplicasPath", "statusReplicasPath"], false),
    ("DaemonSet", &["spec"], false),
    ("DaemonSetSpec", &["selector", "template"], true),
    ("Deployment", &["spec"], false),
    ("DeploymentSpec", &["selector", "template"], true),
    ("Device", &["name"], false),
    ("DeviceClaimConfiguration", &["opaque"], false),
    ("DeviceClassConfiguration", &["opaque"], false),
    ("DeviceRequest", &["name"], false),
    ("DeviceSelector", &["cel"], false),
    ("DeviceSubRequest", &["deviceClassName", "name"], false),
    ("DeviceTaint", &["key", "effect"], false),
    ("DeviceTaintRule", &["spec"], false),
    ("DeviceTaintRuleSpec", &["taint"], false),
    ("DownwardAPIVolumeFile", &["path"], false),
    ("Endpoint", &["addresses"], false),
    ("EndpointAddress", &["ip"], false),
    ("EndpointSlice", &["addressType"], false),
    ("EnvVar", &["name"], false),
    ("EphemeralContainer", &["name", "image"], false),
    ("EphemeralVolumeSource", &["volumeClaimTemplate"], false),
    ("ExactDeviceRequest", &["deviceClassName"], false),
    ("ExecAction", &["command"], false),
    ("ExternalMetricSource", &["metric", "target"], false),
    ("FileKeySelector", &["volumeName", "path", "key"], false),
    ("FlexPersistentVolumeSource", &["driver"], false),
    ("FlexVolumeSource", &["driver"], false),
    ("FlowDistinguisherMethod", &["type"], false),
    ("FlowSchema", &["spec"], false),
    ("FlowSchemaSpec", &["priorityLevelConfiguration"], false),
    ("GCEPersistentDiskVolumeSource", &["pdName"], false),
    ("GRPCAction", &["port"], false),
    ("GitRepoVolumeSource", &["repository"], false),
    ("GlusterfsPersistentVolumeSource", &["endpoints", "path"], false),
    ("GlusterfsVolumeSource", &["endpoints", "path"], false),
    ("GroupResource", &["resource"], false),
    ("GroupSubject", &["name"], false),
    ("HPAScalingPolicy", &["periodSeconds", "type", "value"], false),
    ("HTTPGetAction", &["port"], false),
    ("HTTPHeader", &["name"], false),
    ("HTTPIngressPath", &["backend", "pathType"], false),
    ("HTTPIngressRuleValue", &["paths"], false),
    ("HorizontalPodAutoscaler", &["spec"], false),
    ("HorizontalPodAutoscalerSpec", &["maxReplicas", "scaleTargetRef"], false),
    ("HostAlias", &["ip"], false),
    ("HostPathVolumeSource", &["path"], false),
    ("IPAddress", &["spec"], false),
    ("IPAddressSpec", &["parentRef"], false),
    ("IPBlock", &["cidr"], false),
    ("ISCSIPersistentVolumeSource", &["iqn", "targetPortal"], false),
    ("ISCSIVolumeSource", &["iqn", "targetPortal"], false),
    ("Ingress", &["spec"], false),
    ("IngressClass", &["spec"], false),
    ("IngressClassParametersReference", &["kind", "name"], false),
    ("IngressClassSpec", &["controller"], false),
    ("IngressServiceBackend", &["name", "port"], false),
    ("JSONPatch", &["expression"], false),
    ("Job", &["spec"], false),
    ("JobSpec", &["template"], false),
    ("JobTemplateSpec", &["spec"], false),
    ("KeyToPath", &["key", "path"], false),
    ("LabelSelectorRequirement", &["key", "operator"], false),
    ("LimitRangeItem", &["type"], false),
    ("LimitResponse", &["type"], false),
    ("LimitedPriorityLevelConfiguration", &["limitResponse"], false),
    ("LocalVolumeSource", &["path"], false),
    ("MatchCondition", &["expression", "name"], false),
    ("MetricIdentifier", &["name"], false),
    ("MetricSpec", &["type"], false),
    ("MetricTarget", &["type"], false),
    ("MutatingAdmissionPolicy", &["spec"], false),
    ("MutatingAdmissionPolicyBinding", &["spec"], false),
    ("MutatingAdmissionPolicyBindingSpec", &["policyName"], false),
    ("MutatingAdmissionPolicySpec", &["matchConstraints", "mutations", "reinvocationPolicy"], false),
    ("MutatingWebhook", &["admissionReviewVersions", "clientConfig", "name", "sideEffects"], true),
    ("Mutation", &["patchType"], false),
    ("NFSVolumeSource", &["server", "path"], false),
    ("NodeSelector", &["nodeSelectorTerms"], false),
    ("NodeSelectorRequirement", &["key", "operator"], false),
    ("ObjectFieldSelector", &["fieldPath"], false),
    ("ObjectMetricSource", &["describedObject", "metric", "target"], false),
    ("OpaqueDeviceConfiguration", &["driver", "parameters"], false),
    ("OwnerReference", &["apiVersion", "kind", "name", "uid"], false),
    ("ParamKind", &["apiVersion", "kind"], false),
    ("ParamRef", &["parameterNotFoundAction"], false),
    ("ParentReference", &["name", "resource"], false),
    ("PersistentVolume", &["spec"], false),
    ("PersistentVolumeClaim", &["spec"], false),
    ("PersistentVolumeClaimSpec", &["accessModes", "resources"], false),
    ("PersistentVolumeClaimTemplate", &["spec"], false),
    ("PersistentVolumeClaimVolumeSource", &["claimName"], false),
    ("PersistentVolumeSpec", &["accessModes", "capacity"], false),
    ("PhotonPersistentDiskVolumeSource", &["pdID"], false),
    ("Pod", &["spec"], false),
    ("PodAffinityTerm", &["topologyKey"], false),
    ("PodCertificateProjection", &["signerName", "keyType"], false),
    ("PodFailurePolicyOnExitCodesRequirement", &["operator", "values"], false),
    ("PodFailurePolicyOnPodConditionsPattern", &["type"], false),
    ("PodFailurePolicyRule", &["action"], false),
    ("PodOS", &["name"], false),
    ("PodReadinessGate", &["conditionType"], false),
    ("PodResourceClaim", &["name"], false),
    ("PodSchedulingGate", &["name"], false),
    ("PodSpec", &["containers"], false),
    ("PodTemplate", &["template"], false),
    ("PodTemplateSpec", &["spec"], false),
    ("PodsMetricSource", &["metric", "target"], false),
    ("PolicyRule", &["verbs"], false),
    ("PortworxVolumeSource", &["volumeID"], false),
    ("PreferredSchedulingTerm", &["weight"], false),
    ("PriorityLevelConfiguration", &["spec"], false),
    ("PriorityLevelConfigurationReference", &["name"], false),
    ("PriorityLevelConfigurationSpec", &["type"], false),
    ("QuobyteVolumeSource", &["registry", "volume"], false),
    ("RBDPersistentVolumeSource", &["image", "monitors"], false),
    ("RBDVolumeSource", &["image", "monitors"], false),
    ("ReplicaSet", &["spec"], false),
    ("ReplicaSetSpec", &["selector", "template"], true),
    ("ReplicationController", &["spec"], false),
    ("ReplicationControllerSpec", &["template"], false),
    ("ResourceClaim", &["name"], false),
    ("ResourceFieldSelector", &["resource"], false),
    ("ResourceMetricSource", &["name", "target"], false),
    ("ResourcePool", &["name"], false),
    ("ResourceSliceSpec", &["driver", "pool"], false),
    ("RoleBinding", &["roleRef"], false),
    ("RoleRef", &["kind", "name"], false),
    ("RuntimeClass", &["handler"], false),
    ("ScaleIOPersistentVolumeSource", &["gateway", "system"], false),
    ("ScaleIOVolumeSource", &["gateway", "system"], false),
    ("ScopedResourceSelectorRequirement", &["operator", "scopeName"], false),
    ("SeccompProfile", &["type"], false),
    ("SecretEnvSource", &["name"], false),
    ("SecretKeySelector", &["key", "name"], false),
    ("SecretProjection", &["name"], false),
    ("SecretVolumeSource", &["secretName"], false),
    ("SelectableField", &["jsonPath"], false),
    ("Service", &["spec"], false),
    ("ServiceAccountSubject", &["name", "namespace"], false),
    ("ServiceAccountTokenProjection", &["path"], false),
    ("ServiceCIDR", &["spec"], false),
    ("ServiceCIDRSpec", &["cidrs"], false),
    ("ServicePort", &["port"], false),
    ("ServiceReference", &["name", "namespace"], false),
    ("StatefulSet", &["spec"], false),
    ("StatefulSetSpec", &["selector", "template"], true),
    ("StorageClass", &["provisioner"], false),
    ("StorageOSPersistentVolumeSource", &["volumeName"], false),
    ("StorageOSVolumeSource", &["volumeName"], false),
    ("StorageVersionMigration", &["spec"], false),
    ("StorageVersionMigrationSpec", &["resource"], false),
    ("Subject", &["kind", "name"], false),
    ("SuccessPolicy", &["rules"], false),
    ("Sysctl", &["name"], false),
    ("TCPSocketAction", &["port"], false),
    ("Taint", &["key", "effect"], false),
    ("TopologySelectorLabelRequirement", &["key", "values"], false),
    ("TopologySpreadConstraint", &["maxSkew", "topologyKey", "whenUnsatisfiable"], false),
    ("TypedObjectReference", &["kind", "name"], false),
    ("UserSubject", &["name"], false),
    ("ValidatingAdmissionPolicy", &["spec"], false),
    ("ValidatingAdmissionPolicyBinding", &["spec"], false),
    ("ValidatingAdmissionPolicyBindingSpec", &["policyName", "validationActions"], false),
    ("ValidatingAdmissionPolicySpec", &["matchConstraints"], false),
    ("ValidatingWebhook", &["admissionReviewVersions", "clientConfig", "name", "sideEffects"], true),
    ("Validation", &["expression"], false),
    ("Variable", &["expression", "name"], false),
    ("Volume", &["name"], false),
    ("VolumeAttachment", &["spec"], false),
    ("VolumeAttachmentSpec", &["attacher", "nodeName", "source"], false),
    ("VolumeAttributesClass", &["driverName"], false),
    ("VolumeDevice", &["name", "devicePath"], false),
    ("VolumeMount", &["name", "mountPath"], false),
    ("VsphereVirtualDiskVolumeSource", &["volumePath"], false),
    ("WeightedPodAffinityTerm", &["podAffinityTerm", "weight"], false),
];

/// Whether a struct without this field may lack something.
pub(super) fn is_needed(ty: &str, field: &str) -> bool {
    let name = ty.rsplit('/').next().unwrap_or(ty);
    // Types of ours share a name with another version's.
    !ty.starts_with("legacy/")
        && (of(name).is_some_and(|(wanted, _)| wanted.contains(&field)) || (name, field) == PORTS)
}

/// Needed by most.
const PORTS: (&str, &str) = ("ServiceSpec", "ports");

/// The fields that a type needs, and whether older versions of the kind fill them in.
fn of(name: &str) -> Option<(&'static [&'static str], bool)> {
    let at = REQUIRED.binary_search_by(|(known, ..)| (*known).cmp(name)).ok()?;
    Some((REQUIRED[at].1, REQUIRED[at].2))
}

/// Records the required fields that a struct lacks; `chain` holds the structs around it. Need be asked only of
/// objects, and of structs without one of the fields that are [needed](is_needed).
pub(super) fn check<'a>(
    place: &Frame<'a>,
    chain: &[Frame<'a>],
    in_status: bool,
    problems: &mut Vec<Problem<'a>>,
) {
    let Frame { node, key, item, shape } = *place;
    let name = shape.name;
    let root = chain.first().map_or(node, |root| root.node);
    let version = || root.get("apiVersion").and_then(Node::str).unwrap_or_default();
    if chain.is_empty() && !is_request(version(), name) {
        match node.entry("metadata").filter(|entry| !entry.value.is_null()) {
            None => problems.push(Problem::Missing { parent: node, key, item, field: "metadata" }),
            Some(Entry { key, value }) if value.is_mapping() => {
                let given = |field| value.get(field).is_some_and(|name| !validate::is_empty(name));
                // The server makes up a name from `generateName` (fact 12.15).
                if !given("name") && !given("generateName") && name != "LimitRange" {
                    problems.push(Problem::Missing { parent: value, key: Some(key), item, field: "name" });
                }
            }
            Some(_) => {}
        }
    }
    let mut report = |field| problems.push(Problem::Missing { parent: node, key, item, field });
    // The server's own writing.
    if in_status {
        return;
    }
    if name == PORTS.0 && needs_ports(node) {
        report(PORTS.1);
    }
    // Selectors of metrics are for the adapter that serves them.
    let of_metric = || chain.iter().any(|frame| frame.name() == "MetricIdentifier");
    if name == "LabelSelectorRequirement" && of_metric() {
        return;
    }
    let Some((wanted, defaulted)) = of(name).filter(|_| shape.required != 0) else { return };
    for field in wanted {
        // Types of several groups share a name; not all of them have the field.
        if shape.names.contains(field) && node.get(field).is_none_or(validate::is_empty) {
            if defaulted && (version().contains("beta") || version().contains("alpha")) {
                return;
            }
            report(field);
        }
    }
}

/// Kinds that are a question or a command rather than an object with a name.
fn is_request(api_version: &str, kind: &str) -> bool {
    api_version.starts_with("authentication.k8s.io/")
        || api_version.starts_with("authorization.k8s.io/")
        || matches!(kind, "Binding" | "Eviction" | "Scale")
}

/// A Service needs ports unless it is headless or only a name in the DNS.
fn needs_ports(spec: Node<'_>) -> bool {
    let is = |field, value| spec.get(field).and_then(Node::str) == Some(value);
    let none = spec.get("ports").is_none_or(|ports| ports.is_sequence() && ports.items().next().is_none());
    none && !is("clusterIP", "None") && !is("type", "ExternalName")
}

/// Every type and field of the table.
#[cfg(test)]
pub(super) fn places() -> impl Iterator<Item = (&'static str, &'static str)> {
    REQUIRED.iter().flat_map(|row| row.1.iter().map(|field| (row.0, *field)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(REQUIRED.is_sorted_by(|a, b| a.0 < b.0));
    }
}

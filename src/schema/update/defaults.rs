//! What the server fills in where nothing is written, and which empty values it tells from none (facts 20.2, 20.3).

use super::canon::{Canon, Value};
use crate::files::Span;
use crate::kube::quantity::Quantity;

/// A default: the type, the field, the value.
enum Literal {
    Text(&'static str),
    Number(f64),
    Bool(bool),
    Empty,
    Nothing,
}
use Literal::{Bool, Empty, Nothing, Number, Text};

/// Fact 20.2.
const DEFAULTS: &[(&str, &str, Literal)] = &[
    ("PodSpec", "restartPolicy", Text("Always")),
    ("PodSpec", "dnsPolicy", Text("ClusterFirst")),
    ("PodSpec", "schedulerName", Text("default-scheduler")),
    ("PodSpec", "terminationGracePeriodSeconds", Number(30.0)),
    ("PodSpec", "enableServiceLinks", Bool(true)),
    ("PodSpec", "securityContext", Empty),
    ("Container", "terminationMessagePath", Text("/dev/termination-log")),
    ("Container", "terminationMessagePolicy", Text("File")),
    ("ContainerPort", "protocol", Text("TCP")),
    ("ServicePort", "protocol", Text("TCP")),
    ("Probe", "timeoutSeconds", Number(1.0)),
    ("Probe", "periodSeconds", Number(10.0)),
    ("Probe", "successThreshold", Number(1.0)),
    ("Probe", "failureThreshold", Number(3.0)),
    ("HTTPGetAction", "path", Text("/")),
    ("HTTPGetAction", "scheme", Text("HTTP")),
    ("GRPCAction", "service", Text("")),
    ("ObjectFieldSelector", "apiVersion", Text("v1")),
    ("ResourceFieldSelector", "divisor", Nothing),
    ("SecretVolumeSource", "defaultMode", Number(420.0)),
    ("ConfigMapVolumeSource", "defaultMode", Number(420.0)),
    ("DownwardAPIVolumeSource", "defaultMode", Number(420.0)),
    ("ProjectedVolumeSource", "defaultMode", Number(420.0)),
    ("ServiceAccountTokenProjection", "expirationSeconds", Number(3600.0)),
    ("HostPathVolumeSource", "type", Text("")),
    ("ISCSIVolumeSource", "iscsiInterface", Text("default")),
    ("ISCSIPersistentVolumeSource", "iscsiInterface", Text("default")),
    ("RBDVolumeSource", "pool", Text("rbd")),
    ("RBDVolumeSource", "user", Text("admin")),
    ("RBDVolumeSource", "keyring", Text("/etc/ceph/keyring")),
    ("RBDPersistentVolumeSource", "pool", Text("rbd")),
    ("RBDPersistentVolumeSource", "user", Text("admin")),
    ("RBDPersistentVolumeSource", "keyring", Text("/etc/ceph/keyring")),
    ("AzureDiskVolumeSource", "cachingMode", Text("ReadWrite")),
    ("AzureDiskVolumeSource", "kind", Text("Shared")),
    ("AzureDiskVolumeSource", "fsType", Text("ext4")),
    ("AzureDiskVolumeSource", "readOnly", Bool(false)),
    ("ScaleIOVolumeSource", "storageMode", Text("ThinProvisioned")),
    ("ScaleIOVolumeSource", "fsType", Text("xfs")),
    ("ScaleIOPersistentVolumeSource", "storageMode", Text("ThinProvisioned")),
    ("ScaleIOPersistentVolumeSource", "fsType", Text("xfs")),
    ("PersistentVolumeClaimSpec", "volumeMode", Text("Filesystem")),
    ("PersistentVolumeSpec", "volumeMode", Text("Filesystem")),
    ("StatefulSetSpec", "podManagementPolicy", Text("OrderedReady")),
    ("StorageClass", "reclaimPolicy", Text("Delete")),
    ("StorageClass", "volumeBindingMode", Text("Immediate")),
    ("Secret", "type", Text("Opaque")),
    ("PriorityClass", "preemptionPolicy", Text("PreemptLowerPriority")),
    ("JobSpec", "completionMode", Text("NonIndexed")),
    ("PodFailurePolicyOnPodConditionsPattern", "status", Text("True")),
    ("CSIDriverSpec", "attachRequired", Bool(true)),
    ("ExactDeviceRequest", "allocationMode", Text("ExactCount")),
    ("DeviceSubRequest", "allocationMode", Text("ExactCount")),
    ("DeviceToleration", "operator", Text("Equal")),
    ("QueuingConfiguration", "queues", Number(64.0)),
    ("QueuingConfiguration", "handSize", Number(8.0)),
    ("QueuingConfiguration", "queueLengthLimit", Number(50.0)),
];

/// Structs that the server keeps by value: an empty one is none.
const VALUES: &[&str] = &[
    "ObjectMeta",
    "ResourceRequirements",
    "VolumeResourceRequirements",
    "DeploymentStrategy",
    "StatefulSetUpdateStrategy",
    "PodTemplateSpec",
    "DeviceClaim",
    "NodeSelectorTerm",
    "StatefulSetSpec",
    "JobSpec",
    "ResourceQuotaSpec",
    "PersistentVolumeSpec",
    "CSINodeSpec",
    "PersistentVolumeClaimStatus",
];

/// Texts that the server keeps by pointer: an empty one is not none.
const POINTERS: &[(&str, &str)] = &[
    ("PersistentVolumeClaimSpec", "storageClassName"),
    ("PersistentVolumeClaimSpec", "volumeAttributesClassName"),
    ("PodSpec", "runtimeClassName"),
    ("TypedLocalObjectReference", "apiGroup"),
    ("TypedObjectReference", "apiGroup"),
    ("TypedObjectReference", "namespace"),
    ("SeccompProfile", "localhostProfile"),
    ("AppArmorProfile", "localhostProfile"),
    ("AzureFilePersistentVolumeSource", "secretNamespace"),
    ("CSIVolumeSource", "fsType"),
    ("WindowsSecurityContextOptions", "gmsaCredentialSpecName"),
    ("WindowsSecurityContextOptions", "gmsaCredentialSpec"),
    ("WindowsSecurityContextOptions", "runAsUserName"),
    ("JobSpec", "managedBy"),
    ("PodFailurePolicyOnExitCodesRequirement", "containerName"),
    ("SuccessPolicyRule", "succeededIndexes"),
    ("PodDNSConfigOption", "value"),
    ("GRPCAction", "service"),
    ("HostPathVolumeSource", "type"),
    ("LocalVolumeSource", "fsType"),
    ("StorageClass", "reclaimPolicy"),
    ("StorageClass", "volumeBindingMode"),
];

/// Fields of features that are off by default: the server drops them (fact 20.14).
const DROPPED: &[(&str, &str)] = &[
    ("KeyToPath", "user"),
    ("DownwardAPIVolumeFile", "user"),
    ("SecretVolumeSource", "defaultUser"),
    ("ConfigMapVolumeSource", "defaultUser"),
    ("DownwardAPIVolumeSource", "defaultUser"),
    ("ProjectedVolumeSource", "defaultUser"),
    ("ServiceAccountTokenProjection", "user"),
    ("GRPCAction", "mode"),
    ("PodSpec", "schedulingGroup"),
    ("VolumeMount", "bindMountOptions"),
    ("ExactDeviceRequest", "derivedAttributes"),
    ("DeviceSubRequest", "derivedAttributes"),
];

/// Truth values that the server keeps by value: false is none.
const BOOLS: &[&str] = &[
    "chapAuthDiscovery",
    "chapAuthSession",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "publishNotReadyAddresses",
    "readOnly",
    "sslEnabled",
    "stdin",
    "stdinOnce",
    "tty",
];

/// Numbers that the server keeps by value: zero is none.
const NUMBERS: &[&str] = &[
    "failureThreshold",
    "hostPort",
    "initialDelaySeconds",
    "minReadySeconds",
    "partition",
    "periodSeconds",
    "successThreshold",
    "timeoutSeconds",
    "count",
];

/// The fields of a type that the server fills in.
pub fn names(of: &str) -> impl Iterator<Item = &'static str> {
    DEFAULTS.iter().filter(move |row| row.0 == of).map(|row| row.1)
}

/// Whether the server takes no notice of a field.
pub fn is_dropped(of: &str, field: &str) -> bool {
    DROPPED.contains(&(of, field))
}

/// Whether an empty struct in a field is none.
pub fn is_value(of: &str, field: &str) -> bool {
    VALUES.contains(&of) || matches!(field, "metadata" | "status")
}

/// Whether an empty text is told from none.
pub fn is_pointer(of: &str, field: &str) -> bool {
    POINTERS.contains(&(of, field))
}

/// Whether false is none.
pub fn is_plain_bool(of: &str, field: &str) -> bool {
    BOOLS.contains(&field)
        && !(field == "readOnly" && matches!(of, "CSIVolumeSource" | "AzureDiskVolumeSource"))
}

/// Whether zero is none.
pub fn is_plain_number(of: &str, field: &str) -> bool {
    NUMBERS.contains(&field) && !of.starts_with("RollingUpdate")
}

/// The default of a field, where it is a single value.
pub fn of(of: &str, field: &str) -> Option<String> {
    let row = DEFAULTS.iter().find(|row| row.0 == of && row.1 == field)?;
    match row.2 {
        Text(text) if !text.is_empty() => Some(text.to_owned()),
        Number(number) => Some(number.to_string()),
        Bool(value) => Some(value.to_string()),
        Text(_) | Empty | Nothing => None,
    }
}

/// Fills in what is not written.
pub fn fill(of: &str, span: Span, fields: &mut Vec<(String, Canon)>) {
    for (_, field, literal) in DEFAULTS.iter().filter(|row| row.0 == of) {
        if find(fields, field).is_some() {
            continue;
        }
        let value = match literal {
            Text(text) => Value::Text((*text).to_owned()),
            Number(number) => Value::Number(*number),
            Bool(value) => Value::Bool(*value),
            Empty => Value::Map(Vec::new()),
            Nothing => match Quantity::parse("0") {
                Some(amount) => Value::Quantity(amount),
                None => continue,
            },
        };
        fields.push(((*field).to_owned(), Canon { span, value }));
    }
    let text =
        |fields: &[(String, Canon)], name: &str| find(fields, name).and_then(Canon::text).map(str::to_owned);
    match of {
        // The image decides (fact 20.2).
        "Container" | "EphemeralContainer" if find(fields, "imagePullPolicy").is_none() => {
            put(fields, "imagePullPolicy", span, pull_policy(text(fields, "image")));
        }
        "ImageVolumeSource" if find(fields, "pullPolicy").is_none() => {
            put(fields, "pullPolicy", span, pull_policy(text(fields, "reference")));
        }
        "ResourceRequirements" => requests(fields, span),
        "Volume" if fields.iter().all(|(name, _)| name == "name") => {
            fields.push(("emptyDir".to_owned(), Canon { span, value: Value::Map(Vec::new()) }));
        }
        // Two names of one field.
        "PodSpec" => {
            let old =
                fields.iter().position(|(name, _)| name == "serviceAccount").map(|at| fields.remove(at));
            if let (Some((_, value)), None) = (old, find(fields, "serviceAccountName")) {
                fields.push(("serviceAccountName".to_owned(), value));
            }
        }
        "ExactDeviceRequest" | "DeviceSubRequest"
            if text(fields, "allocationMode").as_deref() == Some("ExactCount")
                && find(fields, "count").is_none() =>
        {
            fields.push(("count".to_owned(), Canon { span, value: Value::Number(1.0) }));
        }
        "JobSpec" => {
            if find(fields, "completions").is_none() && find(fields, "parallelism").is_none() {
                fields.push(("completions".to_owned(), Canon { span, value: Value::Number(1.0) }));
            }
            if find(fields, "parallelism").is_none() {
                fields.push(("parallelism".to_owned(), Canon { span, value: Value::Number(1.0) }));
            }
        }
        "PersistentVolumeClaim" => {
            for (name, text) in [("apiVersion", "v1"), ("kind", "PersistentVolumeClaim")] {
                if find(fields, name).is_none() {
                    put(fields, name, span, text);
                }
            }
        }
        _ => {}
    }
}

fn find<'c>(fields: &'c [(String, Canon)], name: &str) -> Option<&'c Canon> {
    fields.iter().find(|(own, _)| own == name).map(|(_, value)| value)
}

fn put(fields: &mut Vec<(String, Canon)>, name: &str, span: Span, text: &str) {
    fields.push((name.to_owned(), Canon { span, value: Value::Text(text.to_owned()) }));
}

fn pull_policy(image: Option<String>) -> &'static str {
    let image = image.unwrap_or_default();
    let name = image.rsplit('/').next().unwrap_or("");
    let is_latest = !name.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest");
    if is_latest { "Always" } else { "IfNotPresent" }
}

/// A limit without a request is its request.
fn requests(fields: &mut Vec<(String, Canon)>, span: Span) {
    let Some(Value::Map(limits)) = find(fields, "limits").map(|limits| limits.value.clone()) else { return };
    let at = fields.iter().position(|(name, _)| name == "requests").unwrap_or_else(|| {
        fields.push(("requests".to_owned(), Canon { span, value: Value::Map(Vec::new()) }));
        fields.len() - 1
    });
    if let Value::Map(requests) = &mut fields[at].1.value {
        for (name, limit) in limits {
            if !requests.iter().any(|(own, _)| *own == name) {
                requests.push((name, limit));
            }
        }
        requests.sort_by(|one, other| one.0.cmp(&other.0));
    }
}

//! Which fields kustomize's transformers reach in the types it knows (fact 13.6).

use std::borrow::Cow;
use std::sync::OnceLock;

use foldhash::HashMap;

use super::fields::FieldSpec;

/// A field that names an object of another type.
#[derive(Clone, Debug)]
pub struct NameReference {
    /// Group of the type that is named, empty for any.
    pub group: Cow<'static, str>,
    /// Its version.
    pub version: Cow<'static, str>,
    /// Its kind.
    pub kind: Cow<'static, str>,
    /// The field.
    pub field: FieldSpec,
}

impl NameReference {
    /// Whether it is the same field for the same type.
    pub fn is_same(&self, other: &NameReference) -> bool {
        (&self.group, &self.version, &self.kind) == (&other.group, &other.version, &other.kind)
            && self.field.is_same(&other.field)
    }
}

const WORKLOADS: &[(&str, &str)] = &[
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("PodTemplate", "template/spec"),
];

/// Fields of `namespace:` besides `metadata.namespace`.
pub fn namespace() -> &'static [FieldSpec] {
    static ALL: OnceLock<Vec<FieldSpec>> = OnceLock::new();
    ALL.get_or_init(make_namespace)
}

fn make_namespace() -> Vec<FieldSpec> {
    vec![
        FieldSpec::new("metadata/name", "", "", "Namespace", true),
        FieldSpec::new("spec/service/namespace", "apiregistration.k8s.io", "", "APIService", true),
        FieldSpec::new(
            "spec/conversion/webhook/clientConfig/service/namespace",
            "apiextensions.k8s.io",
            "",
            "CustomResourceDefinition",
            false,
        ),
    ]
}

/// Fields of `labels:` that only asks for itself.
pub fn metadata_labels() -> &'static [FieldSpec] {
    static ALL: OnceLock<Vec<FieldSpec>> = OnceLock::new();
    ALL.get_or_init(make_metadata_labels)
}

fn make_metadata_labels() -> Vec<FieldSpec> {
    vec![FieldSpec::new("metadata/labels", "", "", "", true)]
}

/// Fields of `labels:` with `includeVolumeClaimTemplates`.
pub fn claim_template_labels() -> &'static [FieldSpec] {
    static ALL: OnceLock<Vec<FieldSpec>> = OnceLock::new();
    let field =
        || FieldSpec::new("spec/volumeClaimTemplates[]/metadata/labels", "apps", "", "StatefulSet", true);
    ALL.get_or_init(|| vec![field()])
}

/// Fields of `labels:` with `includeTemplates`.
pub fn template_labels() -> &'static [FieldSpec] {
    static ALL: OnceLock<Vec<FieldSpec>> = OnceLock::new();
    ALL.get_or_init(make_template_labels)
}

fn make_template_labels() -> Vec<FieldSpec> {
    templates("labels")
}

fn templates(field: &str) -> Vec<FieldSpec> {
    let one = |way: &str, group: &str, version: &str, kind: &str| {
        FieldSpec::new(&format!("{way}metadata/{field}"), group, version, kind, true)
    };
    // The annotations' list does not bind StatefulSets to a group.
    let stateful = if field == "labels" { "apps" } else { "" };
    vec![
        one("", "", "", ""),
        one("spec/template/", "", "v1", "ReplicationController"),
        one("spec/template/", "", "", "Deployment"),
        one("spec/template/", "", "", "ReplicaSet"),
        one("spec/template/", "", "", "DaemonSet"),
        one("spec/template/", stateful, "", "StatefulSet"),
        one("spec/template/", "batch", "", "Job"),
        one("spec/jobTemplate/", "batch", "", "CronJob"),
        one("spec/jobTemplate/spec/template/", "batch", "", "CronJob"),
    ]
}

/// Fields of `commonAnnotations:`.
pub fn annotations() -> &'static [FieldSpec] {
    static ALL: OnceLock<Vec<FieldSpec>> = OnceLock::new();
    ALL.get_or_init(make_annotations)
}

fn make_annotations() -> Vec<FieldSpec> {
    templates("annotations")
}

/// Fields of `commonLabels:` and of `labels:` with `includeSelectors`.
pub fn common_labels() -> &'static [FieldSpec] {
    static ALL: OnceLock<Vec<FieldSpec>> = OnceLock::new();
    ALL.get_or_init(make_common_labels)
}

fn make_common_labels() -> Vec<FieldSpec> {
    let mut specs = vec![
        FieldSpec::new("spec/selector", "", "v1", "Service", true),
        FieldSpec::new("spec/selector", "", "v1", "ReplicationController", true),
    ];
    for (kind, group) in [("Deployment", ""), ("ReplicaSet", ""), ("DaemonSet", ""), ("StatefulSet", "apps")]
    {
        specs.push(FieldSpec::new("spec/selector/matchLabels", group, "", kind, true));
    }
    for kind in ["Deployment", "StatefulSet"] {
        let mut one = |way: &str| {
            let way = format!("spec/template/spec/{way}/matchLabels");
            specs.push(FieldSpec::new(&way, "apps", "", kind, false));
        };
        for affinity in ["podAffinity", "podAntiAffinity"] {
            one(&format!(
                "affinity/{affinity}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector"
            ));
            one(&format!("affinity/{affinity}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector"));
        }
        one("topologySpreadConstraints/labelSelector");
    }
    for (way, group, kind) in [
        ("spec/selector", "batch", "Job"),
        ("spec/jobTemplate/spec/selector", "batch", "CronJob"),
        ("spec/selector", "policy", "PodDisruptionBudget"),
        ("spec/podSelector", "networking.k8s.io", "NetworkPolicy"),
        ("spec/ingress/from/podSelector", "networking.k8s.io", "NetworkPolicy"),
        ("spec/egress/to/podSelector", "networking.k8s.io", "NetworkPolicy"),
    ] {
        specs.push(FieldSpec::new(&format!("{way}/matchLabels"), group, "", kind, false));
    }
    specs.extend_from_slice(template_labels());
    specs.extend_from_slice(claim_template_labels());
    specs
}

/// Fields of `replicas:`.
pub fn replicas() -> &'static [FieldSpec] {
    static ALL: OnceLock<Vec<FieldSpec>> = OnceLock::new();
    ALL.get_or_init(make_replicas)
}

fn make_replicas() -> Vec<FieldSpec> {
    let kinds = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];
    kinds.iter().map(|kind| FieldSpec::new("spec/replicas", "", "", kind, true)).collect()
}

/// Fields of `images:`, besides every `containers` and `initContainers` wherever they are.
pub fn images() -> &'static [FieldSpec] {
    static ALL: OnceLock<Vec<FieldSpec>> = OnceLock::new();
    ALL.get_or_init(make_images)
}

fn make_images() -> Vec<FieldSpec> {
    let ways = ["spec/", "spec/template/spec/"];
    let lists = ["containers", "initContainers"];
    let all = ways.iter().flat_map(|way| lists.iter().map(move |list| format!("{way}{list}[]/image")));
    all.map(|way| FieldSpec::new(&way, "", "", "", true)).collect()
}

/// The fields of a kind that name another object, in the order in which they are looked at.
pub fn name_references_of(kind: &str) -> &'static [&'static NameReference] {
    static KINDS: OnceLock<HashMap<&str, Vec<&NameReference>>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| {
        let all = name_references();
        let of = |kind: &str| {
            all.iter().filter(|one| one.field.kind == kind || one.field.kind.is_empty()).collect()
        };
        all.iter().map(|one| one.field.kind.as_str()).chain([""]).map(|kind| (kind, of(kind))).collect()
    });
    kinds.get(kind).or_else(|| kinds.get("")).map_or(&[], Vec::as_slice)
}

/// Every field that names another object.
pub fn name_references() -> &'static [NameReference] {
    static ALL: OnceLock<Vec<NameReference>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = Vec::new();
        for (target, fields) in REFERENCES {
            let (group, version, kind) = triple(target);
            let mut push = |path: &str, (own_group, own_version, own_kind): (&str, &str, &str)| {
                let field = FieldSpec::new(path, own_group, own_version, own_kind, false);
                all.push(NameReference {
                    group: group.into(),
                    version: version.into(),
                    kind: kind.into(),
                    field,
                });
            };
            for line in fields.iter() {
                let (path, owner) = line.split_once(' ').unwrap_or((line, ""));
                match owner {
                    "@pods" => {
                        push(&format!("spec/{path}"), ("", "v1", "Pod"));
                        WORKLOADS
                            .iter()
                            .for_each(|(kind, way)| push(&format!("{way}/{path}"), ("", "", kind)));
                    }
                    "@controllers" => {
                        push(&format!("spec/{path}"), ("", "", "Pod"));
                        let own = |kind: &&str| !matches!(*kind, "ReplicaSet" | "PodTemplate");
                        for (kind, way) in WORKLOADS.iter().filter(|(kind, _)| own(kind)) {
                            push(&format!("{way}/{path}"), ("", "", kind));
                        }
                        push(&format!("spec/template/spec/{path}"), ("", "", "ReplicationController"));
                    }
                    owner => push(path, triple(owner)),
                }
            }
        }
        all
    })
}

/// `group/version/kind`, `group/kind` or `kind`; a lone version is written `/v1/kind`.
fn triple(text: &'static str) -> (&'static str, &'static str, &'static str) {
    let parts: Vec<&'static str> = text.split('/').collect();
    match parts[..] {
        [group, version, kind] => (group, version, kind),
        [group, kind] => (group, "", kind),
        _ => ("", "", text),
    }
}

const RBAC: &str = "rbac.authorization.k8s.io/Role";

const REFERENCES: &[(&str, &[&str])] = &[
    ("Deployment", &["spec/scaleTargetRef/name HorizontalPodAutoscaler"]),
    ("ReplicationController", &["spec/scaleTargetRef/name HorizontalPodAutoscaler"]),
    ("ReplicaSet", &["spec/scaleTargetRef/name HorizontalPodAutoscaler"]),
    ("StatefulSet", &["spec/scaleTargetRef/name HorizontalPodAutoscaler"]),
    (
        "/v1/ConfigMap",
        &[
            "volumes/configMap/name @pods",
            "containers/env/valueFrom/configMapKeyRef/name @pods",
            "initContainers/env/valueFrom/configMapKeyRef/name @pods",
            "containers/envFrom/configMapRef/name @pods",
            "initContainers/envFrom/configMapRef/name @pods",
            "volumes/projected/sources/configMap/name @pods",
            "spec/configSource/configMap Node",
            "rules/resourceNames Role",
            "rules/resourceNames ClusterRole",
            "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap Ingress",
        ],
    ),
    (
        "/v1/Secret",
        &[
            "volumes/secret/secretName @pods",
            "containers/env/valueFrom/secretKeyRef/name @pods",
            "initContainers/env/valueFrom/secretKeyRef/name @pods",
            "containers/envFrom/secretRef/name @pods",
            "initContainers/envFrom/secretRef/name @pods",
            "imagePullSecrets/name @pods",
            "volumes/projected/sources/secret/name @pods",
            "spec/tls/secretName Ingress",
            "metadata/annotations/ingress.kubernetes.io\\/auth-secret Ingress",
            "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret Ingress",
            "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret Ingress",
            "imagePullSecrets/name ServiceAccount",
            "parameters/secretName StorageClass",
            "parameters/adminSecretName StorageClass",
            "parameters/userSecretName StorageClass",
            "parameters/secretRef StorageClass",
            "rules/resourceNames Role",
            "rules/resourceNames ClusterRole",
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name serving.knative.dev/v1/Service",
            "spec/azureFile/secretName PersistentVolume",
        ],
    ),
    (
        "/v1/Service",
        &[
            "spec/serviceName apps/StatefulSet",
            "spec/rules/http/paths/backend/serviceName Ingress",
            "spec/backend/serviceName Ingress",
            "spec/rules/http/paths/backend/service/name Ingress",
            "spec/defaultBackend/service/name Ingress",
            "spec/service/name apiregistration.k8s.io/APIService",
            "webhooks/clientConfig/service admissionregistration.k8s.io/ValidatingWebhookConfiguration",
            "webhooks/clientConfig/service admissionregistration.k8s.io/MutatingWebhookConfiguration",
        ],
    ),
    (RBAC, &["roleRef/name rbac.authorization.k8s.io/RoleBinding"]),
    (
        "rbac.authorization.k8s.io/ClusterRole",
        &[
            "roleRef/name rbac.authorization.k8s.io/RoleBinding",
            "roleRef/name rbac.authorization.k8s.io/ClusterRoleBinding",
        ],
    ),
    (
        "/v1/ServiceAccount",
        &[
            "subjects rbac.authorization.k8s.io/RoleBinding",
            "subjects rbac.authorization.k8s.io/ClusterRoleBinding",
            "serviceAccountName @controllers",
        ],
    ),
    ("/v1/PersistentVolumeClaim", &["volumes/persistentVolumeClaim/claimName @controllers"]),
    ("/v1/PersistentVolume", &["spec/volumeName PersistentVolumeClaim", "rules/resourceNames ClusterRole"]),
    (
        "storage.k8s.io/v1/StorageClass",
        &[
            "spec/storageClassName PersistentVolume",
            "spec/storageClassName PersistentVolumeClaim",
            "spec/volumeClaimTemplates/spec/storageClassName StatefulSet",
        ],
    ),
    ("scheduling.k8s.io/v1/PriorityClass", &["priorityClassName @controllers"]),
    (
        "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
        &["spec/policyName admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding"],
    ),
];

//! A resource on its way through a build, and what it is called along the way.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::value::{Data, Tag, Text, Value};

/// Group, version and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gvk<'a> {
    /// API group; empty for core, and for "any" in a selector.
    pub group: &'a str,
    /// Version.
    pub version: &'a str,
    /// Kind.
    pub kind: &'a str,
}

/// A name that a resource had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// Kind.
    pub kind: Text,
    /// Name.
    pub name: Text,
    /// The effective namespace.
    pub namespace: Text,
}

/// What a generator does with an object that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// It must not be there.
    #[default]
    Create,
    /// Its data are replaced.
    Replace,
    /// Its data are added to.
    Merge,
}

/// An object during a build.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The object.
    pub root: Value,
    /// Its earlier names, oldest first.
    pub former: Vec<Former>,
    /// Variables that take their value from it.
    pub vars: Vec<Text>,
    /// Name prefixes that were put on, in their order.
    pub prefixes: Vec<Text>,
    /// Name suffixes that were put on, in their order.
    pub suffixes: Vec<Text>,
    /// Its name gets a hash of its content.
    pub hashed: bool,
    /// How it was generated.
    pub behaviour: Behaviour,
}

/// The namespace of what has none.
pub const NOT_NAMESPACED: &str = "_non_namespaceable_";

impl<'a> Gvk<'a> {
    /// Reads an `apiVersion` and a kind.
    pub fn new(api_version: &'a str, kind: &'a str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Gvk { group, version, kind }
    }

    /// Whether a selector, whose empty fields mean "any", selects it.
    pub fn is_selected(self, selector: Gvk<'_>) -> bool {
        let fits = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        fits(selector.group, self.group)
            && fits(selector.version, self.version)
            && fits(selector.kind, self.kind)
    }
}

impl Resource {
    /// A resource as written.
    pub fn new(root: Value) -> Self {
        Resource {
            root,
            former: Vec::new(),
            vars: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            hashed: false,
            behaviour: Behaviour::Create,
        }
    }

    /// Group, version and kind.
    pub fn gvk(&self) -> Gvk<'_> {
        Gvk::new(self.api_version(), self.kind())
    }

    /// `apiVersion`.
    pub fn api_version(&self) -> &str {
        self.root.text_at(&["apiVersion"])
    }

    /// `kind`.
    pub fn kind(&self) -> &str {
        self.root.text_at(&["kind"])
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.root.text_at(&["metadata", "name"])
    }

    /// `metadata.namespace`.
    pub fn namespace(&self) -> &str {
        self.root.text_at(&["metadata", "namespace"])
    }

    /// Whether it surely belongs to no namespace.
    pub fn is_cluster_scoped(&self) -> bool {
        is_cluster_scoped(self.api_version(), self.kind())
    }

    /// The namespace that counts in comparisons.
    pub fn effective_namespace(&self) -> &str {
        if self.is_cluster_scoped() { NOT_NAMESPACED } else { effective(self.namespace()) }
    }

    /// Name and effective namespace as first written.
    pub fn original(&self) -> (&str, &str, &str) {
        match self.former.first() {
            Some(first) => (&first.kind, &first.name, &first.namespace),
            None => (self.kind(), self.name(), self.effective_namespace()),
        }
    }

    /// Remembers the present name before it changes.
    pub fn remember(&mut self) {
        let former = Former {
            kind: self.kind().into(),
            name: self.name().into(),
            namespace: self.effective_namespace().into(),
        };
        self.former.push(former);
    }

    /// A hash of the present identity.
    pub fn identity(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.gvk(), self.name(), self.effective_namespace()).hash(&mut hasher);
        hasher.finish()
    }

    /// Whether two resources have one present identity.
    pub fn same_identity(&self, other: &Resource) -> bool {
        self.name() == other.name()
            && self.gvk() == other.gvk()
            && self.effective_namespace() == other.effective_namespace()
    }

    /// Whether this is or was called so.
    pub fn is_or_was(&self, gvk: Gvk<'_>, name: &str, namespace: &str) -> bool {
        let own = self.gvk();
        if own.group != gvk.group || own.version != gvk.version {
            return false;
        }
        let former = |one: &Former| one.kind == gvk.kind && one.name == name && one.namespace == namespace;
        self.former.iter().any(former)
            || (own.kind == gvk.kind && self.name() == name && self.effective_namespace() == namespace)
    }

    /// Writes annotations anew as kustomize does, which keeps its own among them: all are strings, an empty
    /// mapping goes.
    pub fn tidy_annotations(&mut self) {
        let annotations = self.root.at(&["metadata", "annotations"]);
        if annotations.is_some_and(|map| map.entries().is_empty() || has_other(map))
            && let Some(metadata) = self.root.get_mut("metadata")
        {
            strings(metadata, "annotations");
        }
    }
}

/// Makes strings of a mapping's values, and removes the mapping if it is empty.
pub fn strings(metadata: &mut Value, field: &str) {
    let Some(map) = metadata.get_mut(field) else {
        return;
    };
    if map.entries().is_empty() {
        metadata.remove(field);
    } else if has_other(map) {
        for (_, value) in map.entries_mut().into_iter().flatten() {
            if let Data::Scalar(scalar) = &mut value.data {
                scalar.tag = Tag::Str;
            }
        }
    }
}

/// Whether a mapping has a scalar that is no string.
fn has_other(map: &Value) -> bool {
    map.entries().iter().any(|(_, value)| value.as_scalar().is_some_and(|scalar| scalar.tag != Tag::Str))
}

/// The namespace a written one stands for.
pub fn effective(namespace: &str) -> &str {
    if namespace.is_empty() { "default" } else { namespace }
}

/// Whether objects of this type surely belong to no namespace.
pub fn is_cluster_scoped(api_version: &str, kind: &str) -> bool {
    let line = CLUSTER_SCOPED.iter().find(|line| line.0 == api_version);
    line.is_some_and(|(_, kinds)| kinds.contains(&kind))
}

const CLUSTER_SCOPED: &[(&str, &[&str])] = &[
    (
        "admissionregistration.k8s.io/v1",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ],
    ),
    (
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    ),
    ("apiextensions.k8s.io/v1", &["CustomResourceDefinition"]),
    ("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io/v1", &["APIService"]),
    ("apiregistration.k8s.io/v1beta1", &["APIService"]),
    ("certificates.k8s.io/v1", &["CertificateSigningRequest"]),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"]),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &["FlowSchema", "PriorityLevelConfiguration"]),
    ("networking.k8s.io/v1", &["IngressClass"]),
    ("networking.k8s.io/v1beta1", &["IngressClass"]),
    ("node.k8s.io/v1", &["RuntimeClass"]),
    ("node.k8s.io/v1beta1", &["RuntimeClass"]),
    ("policy/v1beta1", &["PodSecurityPolicy"]),
    ("rbac.authorization.k8s.io/v1", &["ClusterRole", "ClusterRoleBinding"]),
    ("rbac.authorization.k8s.io/v1beta1", &["ClusterRole", "ClusterRoleBinding"]),
    ("scheduling.k8s.io/v1", &["PriorityClass"]),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"]),
    ("storage.k8s.io/v1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"]),
    ("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"]),
    ("v1", &["ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume"]),
];

//! The roles and bindings that every cluster is born with (fact 19.20).

use std::sync::{Arc, OnceLock};

use crate::document::Object;
use crate::files::{FileId, SourceFile};
use crate::yaml::{self, Tree};

/// The objects, read when they are first asked for.
pub(super) fn objects() -> impl Iterator<Item = Object<'static>> {
    static TREES: OnceLock<Vec<Tree>> = OnceLock::new();
    let read = || {
        let source = Arc::new(SourceFile::new(FileId(u32::MAX), "born.yaml", include_str!("born.yaml")));
        yaml::split(&source.text).iter().filter_map(|piece| yaml::parse(&source, piece).ok()).collect()
    };
    TREES.get_or_init(read).iter().filter_map(|tree| Object::read(tree.root()))
}

/// Whether an object is one of them, which no manifest holds.
pub fn is_born(object: &Object<'_>) -> bool {
    object.node.span().file == FileId(u32::MAX)
}

/// Roles that the parts of the cluster itself have; only their names matter.
const OF_COMPONENTS: &[&str] = &[
    "system:auth-delegator",
    "system:heapster",
    "system:kube-aggregator",
    "system:kube-controller-manager",
    "system:kube-dns",
    "system:kube-scheduler",
    "system:kubelet-api-admin",
    "system:monitoring",
    "system:node",
    "system:node-bootstrapper",
    "system:node-problem-detector",
    "system:node-proxier",
    "system:persistent-volume-provisioner",
    "system:volume-scheduler",
];

/// Whether a role is called like one that every cluster has, so that it is a copy of that one.
pub fn is_like_born(role: &Object<'_>) -> bool {
    let name = role.name;
    role.kind == "ClusterRole"
        && (OF_COMPONENTS.contains(&name)
            || name.starts_with("system:controller:")
            || name.starts_with("system:certificates.k8s.io:")
            || objects().any(|own| own.kind == role.kind && own.name == name))
}

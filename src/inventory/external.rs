//! The lists under `external:` in the configuration: one table of their keys and the kinds they are about.

/// A list and the kinds whose objects it names.
pub struct List {
    /// Its key in the configuration.
    pub key: &'static str,
    /// The kinds.
    pub kinds: &'static [&'static str],
}

/// All lists. Each of them is asked by the rules about names of its kinds.
pub static LISTS: &[List] = &[
    List { key: "services", kinds: &["Service"] },
    List { key: "secrets", kinds: &["Secret"] },
    List { key: "configMaps", kinds: &["ConfigMap"] },
    List { key: "serviceAccounts", kinds: &["ServiceAccount"] },
    List { key: "persistentVolumeClaims", kinds: &["PersistentVolumeClaim"] },
    List { key: "storageClasses", kinds: &["StorageClass"] },
    List { key: "ingressClasses", kinds: &["IngressClass", "GatewayClass"] },
    List { key: "priorityClasses", kinds: &["PriorityClass"] },
    List { key: "workloads", kinds: &["Deployment", "StatefulSet", "ReplicaSet", "Rollout"] },
    List { key: "roles", kinds: &["Role"] },
    List { key: "clusterRoles", kinds: &["ClusterRole"] },
    List { key: "middlewares", kinds: &["Middleware"] },
];

/// The list that objects of a kind are named in; empty if there is none.
pub fn list_of(kind: &str) -> &'static str {
    LISTS.iter().find(|list| list.kinds.contains(&kind)).map_or("", |list| list.key)
}

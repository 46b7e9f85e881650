//! What the rules know besides the manifests: the cluster, what exists outside the files, and rule options.

use std::any::{Any, TypeId};
use std::sync::Arc;

use foldhash::HashMap;

use super::Inventory;
use crate::document::{NameGlobs, ObjectMatch};
use crate::kube::pod_security::Level;
use crate::kube::workload::CustomKind;

/// Options of one rule, of the type its topic file declares.
pub type AnyOptions = Arc<dyn Any + Send + Sync>;

/// Something that looks at inventories as units go by, each with what its unit is called if it has a name.
pub type Observer = Arc<dyn Fn(&Inventory<'_>, Option<&str>) + Send + Sync>;

/// What some objects must survive, as the configuration says.
#[derive(Clone, Debug)]
pub struct Required {
    /// The objects; without a kind, workloads.
    pub pattern: ObjectMatch,
    /// Names of events.
    pub survives: Vec<String>,
    /// File and line that say so.
    pub line: String,
}

/// Who sends the manifests to the API server, and how: what policies may ask of a request.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// Name of the user.
    pub username: Option<String>,
    /// Identity of the user.
    pub uid: Option<String>,
    /// Groups of the user.
    pub groups: Vec<String>,
    /// Whether nothing is to be stored.
    pub dry_run: bool,
    /// The name that fields are owned under.
    pub field_manager: Option<String>,
}

impl Sender {
    /// Whether everything is allowed: no authorizer is asked about members of this group (fact 18.15).
    pub fn may_all(&self) -> bool {
        self.groups.iter().any(|group| group == "system:masters")
    }
}

/// Settled facts about the world around the manifests.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// Number of nodes of the cluster, if the configuration says so.
    pub nodes: Option<u32>,
    /// Number of zones of the cluster, if the configuration says so.
    pub zones: Option<u32>,
    /// The cluster's DNS domain; `None` means the usual `cluster.local`.
    pub domain: Option<String>,
    /// Who sends the manifests, if the configuration says so.
    pub sender: Option<Sender>,
    /// What is not in the input does not exist.
    pub complete: bool,
    /// What exists outside the input, by list name (`services`, `secrets`, …).
    pub external: HashMap<String, NameGlobs>,
    /// Custom kinds that own pods.
    pub workloads: Vec<CustomKind>,
    /// What must survive what.
    pub require: Vec<Required>,
    /// Sees the inventory of each unit before the rules do.
    pub observer: Option<Observer>,
    /// The level of the Pod Security Standards that pods are compared with.
    pub level: Level,
    /// Lowest and highest Kubernetes minor version that the manifests must work on.
    pub versions: Option<(u32, u32)>,
    options: HashMap<TypeId, AnyOptions>,
}

impl Surroundings {
    /// Keeps the options of a rule.
    pub fn set_options(&mut self, options: AnyOptions) {
        self.options.insert((*options).type_id(), options);
    }

    /// The options of a rule, or their defaults.
    pub fn options<T: Any + Send + Sync + Default + Clone>(&self) -> T {
        let found = self.options.get(&TypeId::of::<T>());
        found.and_then(|options| options.downcast_ref::<T>()).cloned().unwrap_or_default()
    }

    /// Whether the configuration says that an object exists outside the input. Patterns are `name` or
    /// `namespace/name`.
    pub fn is_external(&self, list: &str, namespace: Option<&str>, name: &str) -> bool {
        self.external.get(list).is_some_and(|globs| {
            let qualified = || namespace.map(|namespace| format!("{namespace}/{name}"));
            globs.is_match(name) || qualified().is_some_and(|text| globs.is_match(&text))
        })
    }
}

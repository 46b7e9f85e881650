//! Pod specs, containers and their ports.

use foldhash::HashMap;

use super::labels::Labels;
use crate::yaml::{Entry, Node};

/// A pod as a workload describes it: labels and spec.
#[derive(Clone, Debug)]
pub struct PodTemplate<'a> {
    /// The mapping that holds `metadata` and `spec`.
    pub node: Node<'a>,
    /// Labels its pods carry, those set by controllers included.
    pub labels: Labels<'a>,
    /// The pod spec.
    pub spec: PodSpec<'a>,
}

/// A pod spec.
#[derive(Clone, Copy, Debug)]
pub struct PodSpec<'a>(pub Node<'a>);

/// A container of a pod spec.
#[derive(Clone, Copy, Debug)]
pub struct Container<'a> {
    /// Its mapping.
    pub node: Node<'a>,
    /// Where it is listed.
    pub role: Role,
}

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Listed under `containers`.
    Main,
    /// Listed under `initContainers` with `restartPolicy: Always`: runs beside the main ones (fact 9.20).
    Sidecar,
    /// Any other init container: gone before the pod serves.
    Init,
}

/// A declared container port.
#[derive(Clone, Copy, Debug)]
pub struct ContainerPort<'a> {
    /// Its mapping.
    pub node: Node<'a>,
    /// `name`.
    pub name: Option<Node<'a>>,
    /// `containerPort`.
    pub number: Option<i64>,
    /// `protocol`, defaulted to TCP.
    pub protocol: &'a str,
}

impl<'a> PodSpec<'a> {
    /// Main containers.
    pub fn containers(self) -> impl Iterator<Item = Container<'a>> {
        self.list("containers").map(|node| Container { node, role: Role::Main })
    }

    /// Init containers, sidecars among them.
    pub fn init_containers(self) -> impl Iterator<Item = Container<'a>> {
        self.list("initContainers").map(|node| {
            let always = node.get("restartPolicy").is_some_and(|policy| policy.text() == "Always");
            Container { node, role: if always { Role::Sidecar } else { Role::Init } }
        })
    }

    /// Main containers, then sidecars: those that run while the pod serves, in the order in which named
    /// ports are looked up (fact 4.4).
    pub fn running_containers(self) -> impl Iterator<Item = Container<'a>> {
        self.containers().chain(self.init_containers().filter(|one| one.role == Role::Sidecar))
    }

    /// The volumes by name; of two with one name the first counts.
    pub fn volumes(self) -> HashMap<&'a str, Node<'a>> {
        let mut volumes = HashMap::default();
        for volume in self.list("volumes") {
            if let Some(name) = volume.get("name") {
                volumes.entry(name.text()).or_insert(volume);
            }
        }
        volumes
    }

    /// The items of a list field.
    pub fn list(self, key: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.0.get(key).into_iter().flat_map(|list| list.items())
    }

    /// `affinity.podAffinity` or `affinity.podAntiAffinity` with its key.
    pub fn affinity(self, key: &str) -> Option<Entry<'a>> {
        self.0.get("affinity")?.entry(key).filter(|entry| !entry.value.is_null())
    }

    /// Whether the pod uses the node's network.
    pub fn host_network(self) -> Option<Node<'a>> {
        self.0.get("hostNetwork").filter(|node| node.bool() == Some(true))
    }

    /// Ports of the containers that run while the pod serves.
    pub fn ports(self) -> impl Iterator<Item = ContainerPort<'a>> {
        self.running_containers().flat_map(|container| container.ports())
    }
}

impl<'a> Container<'a> {
    /// `name`; empty when it is missing.
    pub fn name(self) -> &'a str {
        self.node.get("name").map_or("", |name| name.text())
    }

    /// `image`.
    pub fn image(self) -> Option<Node<'a>> {
        self.node.get("image")
    }

    /// The image's text; empty when it is missing.
    pub fn image_text(self) -> &'a str {
        self.image().map_or("", |image| image.text())
    }

    /// Declared ports.
    pub fn ports(self) -> impl Iterator<Item = ContainerPort<'a>> {
        self.list("ports").map(|node| ContainerPort {
            node,
            name: node.get("name"),
            number: node.get("containerPort").and_then(|port| port.int()),
            protocol: node.get("protocol").map_or("TCP", |protocol| protocol.text()),
        })
    }

    /// The entries of `env`, in order.
    pub fn env(self) -> impl Iterator<Item = EnvVar<'a>> {
        self.list("env").map(EnvVar)
    }

    /// The items of a list field.
    pub fn list(self, key: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.node.get(key).into_iter().flat_map(|list| list.items())
    }

    /// A resource's request, which defaults to its limit (fact 8.6).
    pub fn request(self, resource: &str) -> Option<Node<'a>> {
        let resources = self.node.get("resources")?;
        let from = |list: &str| resources.get(list).and_then(|list| list.get(resource));
        from("requests").or_else(|| from("limits"))
    }

    /// The best place for a finding about the container as a whole.
    pub fn anchor(self) -> Node<'a> {
        self.node.get("name").unwrap_or(self.node)
    }
}

/// One entry of `env`.
#[derive(Clone, Copy, Debug)]
pub struct EnvVar<'a>(pub Node<'a>);

impl<'a> EnvVar<'a> {
    /// The variable's name; empty when it is missing.
    pub fn name(self) -> &'a str {
        self.0.get("name").map_or("", |name| name.text())
    }

    /// The literal value.
    pub fn value(self) -> Option<Node<'a>> {
        self.0.get("value")
    }

    /// `valueFrom`.
    pub fn value_from(self) -> Option<Node<'a>> {
        self.0.get("valueFrom")
    }
}

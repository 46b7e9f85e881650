//! The nodes that pods are placed on: read from Node objects, or made up from their number.

use std::collections::{BTreeMap, HashSet};

use super::problem::{Domains, Room};
use crate::document::Object;
use crate::kube::quantity::Quantity;
use crate::yaml::Node as Yaml;

/// The label that every node carries with its own name.
pub const HOSTNAME: &str = "kubernetes.io/hostname";
/// The label with a node's zone.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// The taint of a node that is closed to new pods.
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Nodes of the largest cluster that is made up where none is given, and of the largest whose placements are
/// enumerated.
pub const MADE_UP: usize = 64;

/// A taint that keeps pods away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value, empty if there is none.
    pub value: String,
    /// `NoSchedule` or `NoExecute`; others are soft and left out.
    pub effect: String,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its hard taints.
    pub taints: Vec<Taint>,
    /// What it has room for.
    pub room: Room,
}

/// The nodes, and how much of them is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// Labels and taints are those of real nodes, so selectors can be judged.
    pub real: bool,
}

/// What is known of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// These nodes.
    Nodes(Cluster),
    /// Nothing: the worst over clusters of every size on which all pods run.
    Nothing,
}

impl Node {
    /// Reads a Node object.
    pub fn read(object: &Object<'_>) -> Option<Self> {
        if !object.is("", "Node") {
            return None;
        }
        let labels = object.metadata().and_then(|metadata| metadata.get("labels"));
        let pairs = labels.into_iter().flat_map(|labels| labels.entries());
        let labels = pairs.map(|pair| (pair.key.text().to_owned(), pair.value.text().to_owned())).collect();
        let spec = object.spec();
        let listed = spec.and_then(|spec| spec.get("taints")).into_iter().flat_map(|list| list.items());
        let text = |taint: Yaml<'_>, key: &str| taint.get(key).map_or("", |node| node.text()).to_owned();
        let mut taints: Vec<Taint> = listed
            .map(|taint| Taint {
                key: text(taint, "key"),
                value: text(taint, "value"),
                effect: text(taint, "effect"),
            })
            .filter(|taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute"))
            .collect();
        let closed =
            spec.and_then(|spec| spec.get("unschedulable")).and_then(|node| node.bool()) == Some(true);
        if closed && taints.iter().all(|taint| taint.key != UNSCHEDULABLE) {
            let effect = "NoSchedule".to_owned();
            taints.push(Taint { key: UNSCHEDULABLE.to_owned(), value: String::new(), effect });
        }
        let free = object.node.get("status").and_then(|status| status.get("allocatable"));
        let amount = |key: &str, scale: f64| {
            let quantity = Quantity::read(free?.get(key)?)?;
            Some((quantity.to_f64() * scale) as i64)
        };
        let room =
            Room { cpu: amount("cpu", 1000.0), memory: amount("memory", 1.0), pods: amount("pods", 1.0) };
        Some(Node { name: object.name.to_owned(), labels, taints, room })
    }
}

impl Cluster {
    /// Nodes that differ in name and zone only, dealt over the zones in turn. No zones: none has a zone label.
    pub fn even(nodes: usize, zones: usize) -> Self {
        let node = |at: usize| {
            let name = format!("node-{}", at + 1);
            let mut labels = BTreeMap::from([(HOSTNAME.to_owned(), name.clone())]);
            if zones > 0 {
                labels.insert(ZONE.to_owned(), format!("zone-{}", at % zones + 1));
            }
            Node { name, labels, ..Node::default() }
        };
        Cluster { nodes: (0..nodes).map(node).collect(), real: false }
    }

    /// The label that a topology key means. On nodes that are made up, the older name of zone means the same.
    pub fn label<'k>(&self, key: &'k str) -> &'k str {
        match key {
            "failure-domain.beta.kubernetes.io/zone" if !self.real => ZONE,
            other => other,
        }
    }

    /// The keys of labels of any node.
    pub fn keys(&self) -> HashSet<&str> {
        self.nodes.iter().flat_map(|node| node.labels.keys().map(String::as_str)).collect()
    }

    /// The domain of each node under a key.
    pub fn domains(&self, key: &str) -> Domains {
        let key = self.label(key);
        let mut values: BTreeMap<&str, u16> = BTreeMap::new();
        let domain = |node| {
            let node: &Node = node;
            let value = node.labels.get(key)?.as_str();
            let next = u16::try_from(values.len()).unwrap_or(u16::MAX);
            Some(*values.entry(value).or_insert(next))
        };
        self.nodes.iter().map(domain).collect()
    }

    /// What each node has room for.
    pub fn rooms(&self) -> Vec<Room> {
        self.nodes.iter().map(|node| node.room).collect()
    }
}

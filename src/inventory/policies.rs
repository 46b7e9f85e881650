//! NetworkPolicies: whom each is about, and in which direction it restricts them (facts 1.6, 1.9, 15.10, 15.11).

use super::{Inventory, Selected};
use crate::document::Object;
use crate::kube::selector::Selector;
use crate::yaml::{Entry, Node};

/// Which way the traffic goes, seen from the pods of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the pods.
    Ingress,
    /// From the pods.
    Egress,
}

/// A NetworkPolicy.
#[derive(Clone, Debug)]
pub struct Policy<'a> {
    /// The object.
    pub object: Object<'a>,
    /// It is about all pods of its namespace: `podSelector` is absent or empty.
    pub everything: bool,
    /// The workloads it is about, surely or maybe; not listed where it is about all.
    pub pods: Vec<Selected>,
}

/// Kinds with which other network plugins allow traffic beside NetworkPolicies.
const OTHERS: &[&str] = &[
    "CiliumNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "GlobalNetworkPolicy",
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "ClusterNetworkPolicy",
];

impl Direction {
    /// The policy's field for the rules of this direction.
    pub fn field(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }

    /// The field of a rule that lists the other side.
    pub fn peers(self) -> &'static str {
        match self {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Direction::Ingress => "Ingress",
            Direction::Egress => "Egress",
        }
    }
}

impl<'a> Policy<'a> {
    /// Whether it restricts this direction: as listed, else ingress always and egress if it has such rules.
    pub fn restricts(&self, direction: Direction) -> bool {
        restricts(&self.object, direction)
    }

    /// The rules of a direction.
    pub fn rules(&self, direction: Direction) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.field(direction).into_iter().flat_map(|entry| entry.value.items())
    }

    /// The field that holds them.
    pub fn field(&self, direction: Direction) -> Option<Entry<'a>> {
        field(&self.object, direction)
    }
}

fn field<'a>(policy: &Object<'a>, direction: Direction) -> Option<Entry<'a>> {
    policy.spec()?.entry(direction.field()).filter(|entry| !entry.value.is_null())
}

/// Whether a NetworkPolicy restricts this direction: as listed, else ingress always and egress if it has such rules.
pub fn restricts(policy: &Object<'_>, direction: Direction) -> bool {
    let types = policy.spec().and_then(|spec| spec.get("policyTypes"));
    match types.filter(|types| types.items().next().is_some()) {
        Some(types) => types.items().any(|one| one.text() == direction.word()),
        None => direction == Direction::Ingress || field(policy, direction).is_some(),
    }
}

impl<'a> Inventory<'a> {
    /// Every NetworkPolicy whose pods can be told, in the order of the input.
    pub fn policies(&self) -> Vec<Policy<'a>> {
        let mut found = Vec::new();
        for object in self.of_kind("NetworkPolicy") {
            if !matches!(object.group(), "networking.k8s.io" | "extensions") || self.is_patched(object) {
                continue;
            }
            let node = object.spec().and_then(|spec| spec.get("podSelector"));
            let selector = node.map(Selector::label_selector);
            let selector = selector.map(|one| one.with_added(&object.added.selectors));
            if selector.as_ref().is_some_and(|one| one.has_placeholder() || one.is_invalid()) {
                continue;
            }
            let selector = selector.filter(|one| !one.is_empty());
            let everything = selector.is_none();
            let pods = selector.map_or_else(Vec::new, |one| self.select(self.namespace(object), &one));
            found.push(Policy { object: *object, everything, pods });
        }
        found
    }

    /// Whether policies of a network plugin are in view, which may allow what NetworkPolicies do not.
    pub fn has_other_policies(&self) -> bool {
        let calico = |object: &Object<'a>| object.group().ends_with("projectcalico.org");
        OTHERS.iter().any(|kind| self.of_kind(kind).next().is_some())
            || self.of_kind("NetworkPolicy").any(calico)
    }
}

//! Policies, bindings and what they ask for, of whatever objects they are among: compiled once.

use std::sync::Arc;

use super::kyverno;
use super::read::{Action, Binding, GROUP, Policies, Policy, Refusal, binding, policy};
use crate::document::Object;
use crate::inventory::Inventory;
use crate::yaml::Node;

/// Policies and bindings that judge objects. A copy shares what is compiled.
#[derive(Clone, Debug, Default)]
pub struct Law<'a> {
    pub(super) policies: Policies<'a>,
    pub(super) bindings: Vec<Binding<'a>>,
    /// Policies of Kyverno that are not judged here, each with why.
    pub(super) refused: Vec<(Object<'a>, Refusal<'a>)>,
    /// Parameters, Namespaces and definitions.
    pub(super) others: Vec<Object<'a>>,
}

impl<'a> Law<'a> {
    /// The policies among these objects, as a cluster has them: without a binding they judge nothing.
    pub fn of(objects: impl Iterator<Item = Object<'a>>) -> Self {
        let mut law = Law::default();
        for object in objects {
            match (object.group(), object.kind) {
                (GROUP, "ValidatingAdmissionPolicy") => {
                    law.policies
                        .insert(object.name, (object, Arc::new(policy(&object).into_iter().collect())));
                }
                (kyverno::GROUP, kyverno::KIND) => match kyverno::policies(&object) {
                    Ok(policies) => {
                        law.bindings.push(kyverno::binding(&object));
                        law.policies.insert(object.name, (object, Arc::new(policies)));
                    }
                    Err(refusal) => law.refused.push((object, refusal)),
                },
                (GROUP, "ValidatingAdmissionPolicyBinding") => law.bindings.extend(binding(&object)),
                _ => law.others.push(object),
            }
        }
        law
    }

    /// The same for policies that somebody asks to be judged: one that no binding names refuses what breaks it.
    pub fn given(objects: impl Iterator<Item = Object<'a>>) -> Self {
        let mut law = Law::of(objects);
        let unbound = |name: &&&str| !law.binds(name);
        let names: Vec<&str> = law.policies.keys().filter(unbound).copied().collect();
        for name in names {
            let Some((object, _)) = law.policies.get(name) else { continue };
            law.bindings.push(Binding::itself(object, Action::Deny));
        }
        law
    }

    /// The same together with others.
    pub fn with(mut self, other: Law<'a>) -> Self {
        self.policies.extend(other.policies);
        self.bindings.extend(other.bindings);
        self.refused.extend(other.refused);
        self.others.extend(other.others);
        self
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty() && self.bindings.is_empty() && self.refused.is_empty()
    }

    /// What a binding binds, as far as it compiles.
    pub(super) fn bound(&self, binding: &Binding<'a>) -> Option<&[Policy<'a>]> {
        self.policies.get(binding.policy.text()).map(|own| own.1.as_slice())
    }

    /// Whether a policy of this name is judged.
    pub fn binds(&self, policy: &str) -> bool {
        self.bindings.iter().any(|binding| binding.policy.text() == policy)
    }

    /// Whether an object is one of these policies and bindings.
    pub(super) fn holds(&self, node: Node<'a>) -> bool {
        self.policies.values().any(|own| own.0.node == node)
            || self.bindings.iter().any(|own| own.object.node == node)
            || self.refused.iter().any(|own| own.0.node == node)
    }

    /// Parameters and other objects of a kind.
    pub(super) fn of_kind<'l>(&'l self, kind: &'l str) -> impl Iterator<Item = &'l Object<'a>> {
        self.others.iter().filter(move |object| object.kind == kind)
    }
}

/// The bindings of a unit.
pub fn bindings<'a>(inventory: &Inventory<'a>) -> Vec<Binding<'a>> {
    let objects = inventory.of_kind("ValidatingAdmissionPolicyBinding");
    objects.filter(|object| object.group() == GROUP).filter_map(binding).collect()
}

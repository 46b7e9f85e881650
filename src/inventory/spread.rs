//! Everything a pod says to keep it away from its like: anti-affinity terms and spread constraints as one.

use super::{Constraint, Domain, Inventory, Term, constraints, terms};
use crate::kube::selector::{Match, Selector};
use crate::yaml::Node;

/// A field that may keep replicas apart.
#[derive(Clone, Debug)]
pub enum Means<'a> {
    /// A term of `podAntiAffinity`.
    Term(Term<'a>),
    /// An item of `topologySpreadConstraints`.
    Constraint(Constraint<'a>),
}

/// One of them, and whether it is about the workload's own pods.
#[derive(Clone, Debug)]
pub struct Spreader<'a> {
    /// The field.
    pub means: Means<'a>,
    /// Whether it counts the pods of the workload that carries it.
    pub own: Match,
}

impl<'a> Spreader<'a> {
    /// `topologyKey`.
    pub fn topology_key(&self) -> Option<Node<'a>> {
        match &self.means {
            Means::Term(term) => term.topology_key,
            Means::Constraint(constraint) => constraint.topology_key,
        }
    }

    /// What the key divides the cluster into.
    pub fn domain(&self) -> Option<Domain> {
        self.topology_key().and_then(|key| Domain::of(key.text()))
    }

    /// `labelSelector`.
    pub fn selector(&self) -> Option<&Selector<'a>> {
        match &self.means {
            Means::Term(term) => term.selector.as_ref(),
            Means::Constraint(constraint) => constraint.selector.as_ref(),
        }
    }

    /// The mapping itself.
    pub fn node(&self) -> Node<'a> {
        match &self.means {
            Means::Term(term) => term.node,
            Means::Constraint(constraint) => constraint.node,
        }
    }

    /// What to call it.
    pub fn noun(&self) -> &'static str {
        match self.means {
            Means::Term(_) => "anti-affinity term",
            Means::Constraint(_) => "spread constraint",
        }
    }

    /// Whether no two pods may share a domain: a filter, not a score or a skew.
    pub fn is_strict(&self) -> bool {
        matches!(&self.means, Means::Term(term) if term.required)
    }
}

impl<'a> Inventory<'a> {
    /// All of a workload's means to keep pods apart, effective or not.
    pub fn spreaders(&self, at: usize) -> Vec<Spreader<'a>> {
        let spec = self.workloads[at].pod.spec;
        let terms = terms(spec, "podAntiAffinity").into_iter().map(|term| {
            let own = self.unless_open(self.term_selects_self(&term, at), term.selector.as_ref(), at);
            Spreader { means: Means::Term(term), own }
        });
        let constraints = constraints(spec).into_iter().map(|constraint| {
            let counted = self.constraint_counts_self(&constraint, at);
            let own = self.unless_open(counted, constraint.selector.as_ref(), at);
            Spreader { means: Means::Constraint(constraint), own }
        });
        terms.chain(constraints).collect()
    }

    /// Whether the scheduler never puts two pods of a workload on one node.
    pub fn stands_on_nodes_of_their_own(&self, at: usize) -> bool {
        let apart = |one: &Spreader<'a>| {
            one.own.is_yes()
                && one.is_strict()
                && one.domain() == Some(Domain::Host)
                && matches!(one.means, Means::Term(_))
        };
        self.spreaders(at).iter().any(apart)
    }

    /// A "no" is a "maybe" while labels are still to be filled in or added by a kustomization.
    fn unless_open(&self, matched: Match, selector: Option<&Selector<'a>>, at: usize) -> Match {
        let Some(selector) = selector.filter(|_| matched == Match::No) else {
            return matched;
        };
        let labels = self.labels(at);
        let added = |key: &str| self.workloads[at].object.added.pods.iter().any(|(one, _)| one == key);
        let open = labels.has_placeholder()
            || selector.has_placeholder()
            || selector.unmet(labels).any(|one| added(one.key));
        if open { Match::Maybe } else { Match::No }
    }
}

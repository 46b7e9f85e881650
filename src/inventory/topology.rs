//! Affinity terms and spread constraints: which pods they count, over which domain (facts 1.10–1.12, 2.1–2.12).

use super::{Inventory, scope};
use crate::kube::labels::Labels;
use crate::kube::pod::PodSpec;
use crate::kube::selector::{Match, Selector};
use crate::kube::workload::Workload;
use crate::yaml::Node;

/// What a topology key divides the cluster into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// Single nodes.
    Host,
    /// Zones.
    Zone,
    /// Regions.
    Region,
}

impl Domain {
    /// The domain of a topology key; `None` for keys whose meaning is the cluster's own.
    pub fn of(key: &str) -> Option<Self> {
        match key.rsplit_once('/').map_or(key, |(_, last)| last) {
            "hostname" => Some(Domain::Host),
            "zone" => Some(Domain::Zone),
            "region" => Some(Domain::Region),
            _ => None,
        }
    }

    /// The word for messages.
    pub fn noun(self) -> &'static str {
        match self {
            Domain::Host => "node",
            Domain::Zone => "zone",
            Domain::Region => "region",
        }
    }
}

/// A term of `podAffinity` or `podAntiAffinity`.
#[derive(Clone, Debug)]
pub struct Term<'a> {
    /// The PodAffinityTerm.
    pub node: Node<'a>,
    /// The key `podAffinity` or `podAntiAffinity` it stands under.
    pub under: Node<'a>,
    /// A filter, not only a score.
    pub required: bool,
    /// `topologyKey`.
    pub topology_key: Option<Node<'a>>,
    /// `labelSelector`; absent matches no pod, empty matches all.
    pub selector: Option<Selector<'a>>,
}

/// A topology spread constraint.
#[derive(Clone, Debug)]
pub struct Constraint<'a> {
    /// The constraint.
    pub node: Node<'a>,
    /// `topologyKey`.
    pub topology_key: Option<Node<'a>>,
    /// `labelSelector`; absent and empty both count no pod (fact 1.6).
    pub selector: Option<Selector<'a>>,
}

/// The terms under `podAffinity` or `podAntiAffinity` (`key`).
pub fn terms<'a>(spec: PodSpec<'a>, key: &str) -> Vec<Term<'a>> {
    let Some(entry) = spec.affinity(key) else {
        return Vec::new();
    };
    let list = |name: &str| entry.value.get(name).into_iter().flat_map(|list| list.items());
    let term = |node: Node<'a>, required: bool| Term {
        node,
        under: entry.key,
        required,
        topology_key: node.get("topologyKey"),
        selector: node.get("labelSelector").map(Selector::label_selector),
    };
    let required = list("requiredDuringSchedulingIgnoredDuringExecution").map(|node| term(node, true));
    let preferred = list("preferredDuringSchedulingIgnoredDuringExecution")
        .filter_map(|node| node.get("podAffinityTerm"))
        .map(|node| term(node, false));
    required.chain(preferred).collect()
}

/// The pod's own spread constraints.
pub fn constraints(spec: PodSpec<'_>) -> Vec<Constraint<'_>> {
    let list = spec.list("topologySpreadConstraints");
    list.map(|node| Constraint {
        node,
        topology_key: node.get("topologyKey"),
        selector: node.get("labelSelector").map(Selector::label_selector),
    })
    .collect()
}

impl<'a> Term<'a> {
    /// The domain of its topology key.
    pub fn domain(&self) -> Option<Domain> {
        self.topology_key.and_then(|key| Domain::of(key.text()))
    }

    /// Whether pods with these labels are meant, namespaces left aside. `own` are the labels of the pod that
    /// carries the term: `matchLabelKeys` compares with them (fact 1.11).
    pub fn selects(&self, own: &Labels<'_>, other: &Labels<'_>, same_workload: bool) -> Match {
        let Some(selector) = &self.selector else {
            return Match::No;
        };
        let mut matched = selector.matches(other);
        for key in keys(self.node, "matchLabelKeys") {
            matched = matched.and(same_value(key.text(), own, other, same_workload));
        }
        for key in keys(self.node, "mismatchLabelKeys") {
            let same = same_value(key.text(), own, other, same_workload);
            let present = own.get(key.text()).is_some() || own.is_added(key.text());
            if present && same == Match::Yes {
                matched = Match::No;
            }
        }
        matched
    }
}

fn keys<'a>(node: Node<'a>, field: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
    node.get(field).into_iter().flat_map(|list| list.items())
}

/// Whether both pods have the same value for a key that the carrier has; keys it lacks are ignored.
fn same_value(key: &str, own: &Labels<'_>, other: &Labels<'_>, same_workload: bool) -> Match {
    match (own.get(key), other.get(key)) {
        (Some(one), Some(two)) => (one.value == two.value).into(),
        (Some(_), None) => Match::No,
        // A hash that the controller sets is the same for pods of one revision only.
        (None, _) if own.is_added(key) => same_workload.into(),
        (None, _) => Match::Yes,
    }
}

impl<'a> Inventory<'a> {
    /// Whether a term of `workload` is about pods in the namespace of `other` (the table of fact 1.10).
    pub fn term_reaches(&self, term: &Term<'a>, workload: &Workload<'a>, other: &Workload<'a>) -> Match {
        let own = self.namespace(&workload.object);
        let target = self.namespace(&other.object);
        let mut listed = keys(term.node, "namespaces").peekable();
        let any_listed = listed.peek().is_some();
        let by_name = listed.map(|name| scope(Some(name.text()), target)).max().unwrap_or(Match::No);
        match term.node.get("namespaceSelector") {
            None if any_listed => by_name,
            None => scope(own, target),
            Some(node) => {
                let selector = Selector::label_selector(node);
                if selector.is_empty() {
                    return Match::Yes;
                }
                by_name.max(self.namespace_matches(&selector, target))
            }
        }
    }

    /// Whether a term selects the pods of the very workload that carries it.
    pub fn term_selects_self(&self, term: &Term<'a>, at: usize) -> Match {
        self.term_selects(term, at, at)
    }

    /// Whether a term of one workload selects the pods of another.
    pub fn term_selects(&self, term: &Term<'a>, at: usize, other: usize) -> Match {
        let (one, two) = (&self.workloads[at], &self.workloads[other]);
        let labels = term.selects(self.labels(at), self.labels(other), at == other);
        labels.and(self.term_reaches(term, one, two))
    }

    /// Whether a spread constraint counts the pods of the workload that carries it.
    pub fn constraint_counts_self(&self, constraint: &Constraint<'a>, at: usize) -> Match {
        match &constraint.selector {
            None => Match::No,
            // With `matchLabelKeys` the merged selector is not empty any more (fact 1.12).
            Some(selector) if selector.is_empty() => {
                let merged = keys(constraint.node, "matchLabelKeys").next().is_some();
                merged.into()
            }
            Some(selector) => selector.matches(self.labels(at)),
        }
    }
}

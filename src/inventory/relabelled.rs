//! Labels that kustomizations set, and the selectors that lost their pods to them (facts 1.8, 13.6).
//!
//! What a selector would reach without those labels is the evidence: it is matched once as deployed and once with
//! every value that a kustomization set taken back, on both sides.

use super::index::LabelIndex;
use super::{BudgetSelector, Inventory, scope};
use crate::document::Object;
use crate::kube::labels::Labels;
use crate::kube::selector::{Match, Requirement, Selector};
use crate::yaml::Node;

/// What a kustomization's label did to a selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    /// The selector has it and the pods do not: nothing is selected.
    Gained,
    /// It took the place of the pods' label that the selector asks for: nothing is selected.
    Overwritten,
    /// It took the place of the labels that told pods apart: other pods are selected as well.
    Merged,
}

/// A selector that reaches other pods than it would reach without the labels of a kustomization.
#[derive(Clone, Debug)]
pub struct LabelBreak<'a> {
    /// The object with the selector.
    pub object: Object<'a>,
    /// Its selector.
    pub selector: Node<'a>,
    /// The label that is in the way.
    pub key: &'a str,
    /// Where the kustomization sets it.
    pub at: Node<'a>,
    /// What it does there.
    pub what: Break,
    /// The workload whose pods are lost, or are there without being meant, in [`Inventory::workloads`].
    pub workload: usize,
}

impl<'a> Inventory<'a> {
    /// Selectors that a kustomization's labels keep from their pods.
    pub fn label_breaks(&self) -> &[LabelBreak<'a>] {
        &self.label_breaks
    }

    /// Whether this selector is one of them, which is said once and nowhere else.
    pub fn is_broken_by_label(&self, selector: Node<'a>) -> bool {
        self.label_breaks.iter().any(|one| one.selector == selector)
    }

    /// Whether a selector reaches the pods of a workload only because a kustomization gave them the label, which is said
    /// of the workload's own selector ([`Break::Merged`]) and nowhere else.
    pub fn is_relabelled_into(&self, object: &Object<'a>, selector: &Selector<'a>, workload: usize) -> bool {
        let place = self.workloads[workload].object.node.span();
        let merged = |one: &LabelBreak<'a>| one.what == Break::Merged && one.object.node.span() == place;
        self.label_breaks.iter().any(merged)
            && self.selector_before(object, selector).matches(&self.labels_before(workload)) == Match::No
    }

    /// Whether a value was set by a kustomization's `labels` or `commonLabels`.
    pub fn is_kustomized_label(&self, value: Node<'a>) -> bool {
        self.view.relabelled.places.contains(&value.span())
    }

    /// The text before a kustomization set it; `None` for a label that was not there.
    fn before(&self, object: &Object<'a>, node: Node<'a>, now: &'a str) -> Option<&'a str> {
        if !self.is_kustomized_label(node) {
            return Some(now);
        }
        let key = (object.node.span(), node.span());
        self.view.relabelled.replaced.get(&key).map(String::as_str)
    }

    pub(super) fn read_label_breaks(&self) -> Vec<LabelBreak<'a>> {
        if self.view.relabelled.places.is_empty() {
            return Vec::new();
        }
        let mut index = None;
        let mut found = Vec::new();
        for (object, selector) in self.idle_selectors() {
            found.extend(self.lost(object, &selector, index.get_or_insert_with(|| self.index_before())));
        }
        for (at, workload) in self.workloads.iter().enumerate() {
            let Some(selector) = &workload.selector else {
                continue;
            };
            let before = self.selector_before(&workload.object, selector);
            let apart = selector.matches(&workload.pod.labels) == Match::No;
            if apart && !before.is_empty() && before.matches(&self.written_labels(at)).is_yes() {
                found.extend(self.culprit(workload.object, selector, &workload.pod.labels, at));
            }
        }
        for (at, service) in self.services.iter().enumerate() {
            if let Some(selector) = &service.selector {
                let pods = self.service_pods(at).iter().filter(|one| one.certain.is_yes());
                found.extend(self.merged(service.object, selector, pods.map(|one| one.workload)));
            }
        }
        for workload in self.workloads.iter().filter(|workload| workload.is_scalable()) {
            if let Some(selector) = &workload.selector
                && self.replaced(&workload.object, selector).is_some()
            {
                let pods = self.select_lazily(self.namespace(&workload.object), selector);
                let pods = pods.filter(|one| one.certain.is_yes()).map(|one| one.workload);
                let alike = pods.filter(|&at| self.workloads[at].kind == workload.kind);
                found.extend(self.merged(workload.object, selector, alike));
            }
        }
        found
    }

    /// A requirement whose value a kustomization replaced by another.
    fn replaced<'s>(&self, object: &Object<'a>, selector: &'s Selector<'a>) -> Option<&'s Requirement<'a>> {
        let other = |one: &&Requirement<'a>| {
            let now = one.values.first().copied().unwrap_or("");
            one.pair && self.before(object, one.node, now).is_some_and(|before| before != now)
        };
        selector.requirements.iter().find(other)
    }

    /// A selector that reached some of these pods before and reaches others now as well.
    fn merged(
        &self,
        object: Object<'a>,
        selector: &Selector<'a>,
        pods: impl Iterator<Item = usize>,
    ) -> Option<LabelBreak<'a>> {
        let one = self.replaced(&object, selector)?;
        let before = self.selector_before(&object, selector);
        let (mut own, mut other) = (false, None);
        for at in pods {
            let labels = self.labels_before(at);
            match before.matches(&labels) {
                Match::Yes => own = true,
                // Pods that had no such label before were not told apart by it.
                Match::No if labels.get(one.key).is_some() => other = other.or(Some(at)),
                _ => {}
            }
            if let Some(workload) = other.filter(|_| own) {
                let (selector, key, at) = (selector.node, one.key, one.node);
                return Some(LabelBreak { object, selector, key, at, what: Break::Merged, workload });
            }
        }
        None
    }

    /// Selectors over pods that reach none.
    fn idle_selectors(&self) -> Vec<(Object<'a>, Selector<'a>)> {
        let mut idle = Vec::new();
        for (at, service) in self.services.iter().enumerate() {
            if let Some(selector) = service.selector.as_ref().filter(|_| self.service_pods(at).is_empty()) {
                idle.push((service.object, selector.clone()));
            }
        }
        for (at, budget) in self.budgets.iter().enumerate() {
            if let BudgetSelector::Labels(selector) = &budget.selector
                && self.budget_pods(at).is_empty()
            {
                idle.push((budget.object, selector.clone()));
            }
        }
        for policy in self.of_kind("NetworkPolicy") {
            let selector =
                policy.spec().and_then(|spec| spec.get("podSelector")).map(Selector::label_selector);
            if let Some(selector) = selector.filter(|selector| !selector.is_empty())
                && self.select_lazily(self.namespace(policy), &selector).next().is_none()
            {
                idle.push((*policy, selector));
            }
        }
        idle.retain(|(_, selector)| !selector.has_placeholder() && !selector.is_invalid());
        idle
    }

    fn lost(
        &self,
        object: Object<'a>,
        selector: &Selector<'a>,
        index: &LabelIndex<'a>,
    ) -> Option<LabelBreak<'a>> {
        let before = self.selector_before(&object, selector);
        if before.is_empty() {
            return None;
        }
        let namespace = self.namespace(&object);
        let candidates = index.candidates(namespace, &before);
        let reached = candidates.iter().map(|&at| at as usize).find(|&at| {
            scope(namespace, self.namespace(&self.workloads[at].object)).is_yes()
                && before.matches(&self.labels_before(at)).is_yes()
        })?;
        self.culprit(object, selector, self.labels(reached), reached)
    }

    /// Which label is in the way of this selector and these pods; `None` if it is none of a kustomization's.
    fn culprit(
        &self,
        object: Object<'a>,
        selector: &Selector<'a>,
        labels: &Labels<'a>,
        workload: usize,
    ) -> Option<LabelBreak<'a>> {
        let place = |one: &Requirement<'a>| {
            let own = labels.get(one.key).filter(|label| self.is_kustomized_label(label.node));
            match own {
                _ if self.is_kustomized_label(one.node) => Some((one.node, Break::Gained)),
                Some(label) => Some((label.node, Break::Overwritten)),
                None => None,
            }
        };
        let mut unmet = selector.unmet(labels);
        let (key, (at, what)) = unmet.find_map(|one| Some((one.key, place(one)?)))?;
        Some(LabelBreak { object, selector: selector.node, key, at, what, workload })
    }

    fn selector_before(&self, object: &Object<'a>, selector: &Selector<'a>) -> Selector<'a> {
        let requirement = |one: &Requirement<'a>| {
            if !one.pair {
                return Some(one.clone());
            }
            let value = self.before(object, one.node, one.values.first().copied()?)?;
            Some(Requirement { values: vec![value], ..one.clone() })
        };
        Selector {
            node: selector.node,
            requirements: selector.requirements.iter().filter_map(requirement).collect(),
        }
    }

    fn labels_before(&self, at: usize) -> Labels<'a> {
        let object = &self.workloads[at].object;
        self.labels(at).rewritten(|pair| self.before(object, pair.node, pair.value))
    }

    /// The same without what the workload's selector demands.
    fn written_labels(&self, at: usize) -> Labels<'a> {
        let workload = &self.workloads[at];
        workload.pod.labels.rewritten(|pair| self.before(&workload.object, pair.node, pair.value))
    }

    fn index_before(&self) -> LabelIndex<'a> {
        let before = |at: usize| (self.labels_before(at), self.namespace(&self.workloads[at].object));
        LabelIndex::new((0..self.workloads.len()).map(before))
    }
}

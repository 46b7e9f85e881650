//! Labels of pods and the selectors that ask for them.

use super::SymbolKind;
use super::collect::Book;
use crate::inventory::{BudgetSelector, Selected, constraints, items, terms};
use crate::kube::selector::{Operator, Requirement, Selector};
use crate::yaml::Node;

impl<'a> Book<'_, 'a> {
    /// Defines the labels of pod templates and finds the selectors that reach them.
    pub(super) fn labels(&mut self) {
        let inventory = self.inventory;
        for workload in 0..inventory.workloads.len() {
            for pair in inventory.workloads[workload].pod.labels.pairs() {
                self.label(workload, pair.key, pair.node);
            }
            if let Some(selector) = &inventory.workloads[workload].selector {
                self.asks(selector, workload);
            }
        }
        for (at, service) in inventory.services.iter().enumerate() {
            if let Some(selector) = &service.selector {
                self.selects(selector, inventory.service_pods(at));
            }
        }
        for (at, budget) in inventory.budgets.iter().enumerate() {
            if let BudgetSelector::Labels(selector) = &budget.selector {
                self.selects(selector, inventory.budget_pods(at));
            }
        }
        for object in inventory.of_kind("NetworkPolicy") {
            let spec = object.spec();
            let peers = [("ingress", "from"), ("egress", "to")]
                .into_iter()
                .flat_map(|(rules, peers)| items(spec, rules).flat_map(move |rule| items(Some(rule), peers)));
            // Pods of other namespaces are reached by labels of their own.
            let own = peers.filter(|peer| peer.get("namespaceSelector").is_none());
            let own = own.filter_map(|peer| peer.get("podSelector"));
            let subject = spec.and_then(|spec| spec.get("podSelector"));
            for node in subject.into_iter().chain(own).collect::<Vec<_>>() {
                self.selector(inventory.namespace(object), node);
            }
        }
        for object in inventory.of_kind("PodMonitor") {
            if let Some(node) = object.spec().and_then(|spec| spec.get("selector")) {
                self.selector(inventory.namespace(object), node);
            }
        }
        for workload in &inventory.workloads {
            let namespace = inventory.namespace(&workload.object);
            let spec = workload.pod.spec;
            let terms = ["podAffinity", "podAntiAffinity"].into_iter().flat_map(|key| terms(spec, key));
            let nodes = terms.filter_map(|term| term.selector.map(|selector| selector.node));
            let spread = constraints(spec).into_iter();
            let spread = spread.filter_map(|one| one.selector.map(|selector| selector.node));
            for node in nodes.chain(spread).collect::<Vec<_>>() {
                self.selector(namespace, node);
            }
        }
    }

    /// A label selector that the inventory has no edges for.
    fn selector(&mut self, namespace: Option<&str>, node: Node<'a>) {
        let selector = Selector::label_selector(node);
        if !selector.is_empty() {
            let reached = self.inventory.select(namespace, &selector);
            self.selects(&selector, &reached);
        }
    }

    fn selects(&mut self, selector: &Selector<'a>, reached: &[Selected]) {
        let inventory = self.inventory;
        for one in reached {
            self.asks(selector, one.workload);
            let object = &inventory.workloads[one.workload].object;
            let home = object.anchor().span();
            let title = || format!("pods of {}", object.title());
            let symbol = self.define(SymbolKind::Selection, home, object.name, object.kind, title);
            self.used(symbol, selector.node.span());
        }
    }

    /// What a selector asks for is defined by the template it reaches.
    fn asks(&mut self, selector: &Selector<'a>, workload: usize) {
        let pairs = self.inventory.workloads[workload].pod.labels.pairs();
        for requirement in selector.requirements.iter().filter(|one| one.operator == Operator::In) {
            let Some(pair) = pairs.iter().find(|pair| pair.key == requirement.key) else {
                continue;
            };
            if let (Some(place), Some(symbol)) =
                (place(requirement, pair.value), self.label(workload, pair.key, pair.node))
            {
                self.used(symbol, place.span());
            }
        }
    }

    /// The label of a template, if its value is written there.
    fn label(&mut self, workload: usize, key: &str, node: Node<'a>) -> Option<usize> {
        let object = &self.inventory.workloads[workload].object;
        node.scalar()?;
        let title = || format!("label `{key}: {}` of the pods of {}", node.text(), object.title());
        Some(self.define(SymbolKind::Label, node.span(), node.text(), key, title))
    }
}

/// Where a requirement names a value.
fn place<'a>(requirement: &Requirement<'a>, value: &str) -> Option<Node<'a>> {
    if requirement.pair {
        return Some(requirement.node).filter(|node| node.text() == value);
    }
    requirement.node.get("values")?.items().find(|item| item.text() == value)
}

//! What ServiceMonitors and PodMonitors watch (fact 4.24).

use super::index::LabelIndex;
use super::{Inventory, scope};
use crate::document::Object;
use crate::kube::labels::Labels;
use crate::kube::selector::{Match, Selector};
use crate::yaml::Node;

/// What a monitor selects.
#[derive(Clone, Debug)]
pub enum Watched {
    /// Positions of Services.
    Services(Vec<usize>),
    /// Positions of workloads.
    Workloads(Vec<usize>),
}

/// A ServiceMonitor or PodMonitor.
#[derive(Clone, Debug)]
pub struct MonitorUse<'a> {
    /// The object.
    pub object: Object<'a>,
    /// Its selector.
    pub selector: Selector<'a>,
    /// Named ports that it scrapes.
    pub ports: Vec<Node<'a>>,
    /// What it selects.
    pub watched: Watched,
}

impl<'a> Inventory<'a> {
    /// Every monitor with a selector that demands something.
    pub fn monitors(&self) -> Vec<MonitorUse<'a>> {
        let mut found = Vec::new();
        let mut labels: Option<(LabelIndex<'a>, Vec<Labels<'a>>)> = None;
        for (kind, list) in [("ServiceMonitor", "endpoints"), ("PodMonitor", "podMetricsEndpoints")] {
            for object in self.of_kind(kind).filter(|object| object.group() == "monitoring.coreos.com") {
                let spec = object.spec();
                let Some(node) = spec.and_then(|spec| spec.get("selector")) else {
                    continue;
                };
                let mut selector = Selector::label_selector(node);
                if kind == "PodMonitor" {
                    selector = selector.with_added(&object.added.selectors);
                }
                if selector.is_empty() {
                    continue;
                }
                let ports = spec.and_then(|spec| spec.get(list)).into_iter().flat_map(|list| list.items());
                let ports = ports.filter_map(|endpoint| endpoint.get("port")).collect();
                let watched = if kind == "PodMonitor" {
                    Watched::Workloads(self.watched_pods(object, &selector))
                } else {
                    let (index, labels) = labels.get_or_insert_with(|| self.service_labels());
                    let candidates = index.candidates(None, &selector);
                    let candidates = candidates.iter().map(|&at| at as usize);
                    let fits = |&at: &usize| {
                        self.watches(object, &self.services[at].object)
                            && selector.matches(&labels[at]) != Match::No
                    };
                    Watched::Services(candidates.filter(fits).collect())
                };
                found.push(MonitorUse { object: *object, selector, ports, watched });
            }
        }
        found
    }

    /// The labels of a Service, those of kustomizations included.
    pub fn labels_of_service(&self, at: usize) -> Labels<'a> {
        Labels::of(&self.services[at].object)
    }

    fn service_labels(&self) -> (LabelIndex<'a>, Vec<Labels<'a>>) {
        let all: Vec<Labels<'a>> = (0..self.services.len()).map(|at| self.labels_of_service(at)).collect();
        let namespaces = self.services.iter().map(|service| self.namespace(&service.object));
        (LabelIndex::new(all.iter().zip(namespaces)), all)
    }

    fn watched_pods(&self, object: &Object<'a>, selector: &Selector<'a>) -> Vec<usize> {
        let all = self.select(None, selector);
        let fits = |at: &usize| self.watches(object, &self.workloads[*at].object);
        all.into_iter().map(|one| one.workload).filter(fits).collect()
    }

    /// Whether a monitor looks into the namespace of an object.
    pub fn watches(&self, monitor: &Object<'a>, object: &Object<'a>) -> bool {
        let namespaces = monitor.spec().and_then(|spec| spec.get("namespaceSelector"));
        let get = |key: &str| namespaces.and_then(|it| it.get(key));
        if get("any").is_some_and(|any| any.bool() == Some(true)) {
            return true;
        }
        let target = self.namespace(object);
        let mut names = get("matchNames").into_iter().flat_map(|list| list.items()).peekable();
        if names.peek().is_none() {
            return scope(self.namespace(monitor), target) != Match::No;
        }
        names.any(|name| scope(Some(name.text()), target) != Match::No)
    }
}

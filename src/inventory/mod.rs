//! Everything of one unit, indexed: who selects whom, who scales whom, who names whom.
//!
//! Rules ask it and never loop over pairs of objects. Nothing here depends on the order of hash maps.

mod absence;
mod budget;
mod index;
mod near;
mod ports;
mod replicas;
mod scaler;
mod surroundings;
mod topology;

use std::collections::{HashMap, HashSet};

pub use absence::Evidence;
pub use budget::{Allowance, Budget, BudgetSelector};
pub use near::{directory, nearly, same_directory};
pub use ports::{Resolved, resolve as resolve_port};
pub use replicas::{Bound, Replicas, Source};
pub use scaler::{Scaler, ScalerKind};
pub use surroundings::{AnyOptions, Surroundings};
pub use topology::{Constraint, Domain, Term, constraints, terms};

use crate::kube::labels::Labels;
use crate::kube::object::Object;
use crate::kube::selector::{Match, Selector};
use crate::kube::service::Service;
use crate::kube::workload::Workload;
use index::LabelIndex;

/// What is known about how much of the world is in view.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Something of the unit could not be read (a failed document, an unrendered chart): absence proves nothing.
    pub incomplete: bool,
    /// Only single files were named.
    pub single_files: bool,
    /// The namespace that a kustomization sets on everything.
    pub namespace: Option<String>,
    /// Kind and name of objects that a patch changes: what they lack, the patch may bring.
    pub patched: HashSet<(String, String)>,
    /// Labels that a kustomization adds to every pod template.
    pub pod_labels: Vec<(String, String)>,
}

/// A workload that a selector reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selected {
    /// Its position in [`Inventory::workloads`].
    pub workload: usize,
    /// Whether it is certain: namespaces left open and placeholders make it a maybe.
    pub certain: Match,
}

/// One unit's objects and the edges between them.
pub struct Inventory<'a> {
    /// Settings and the world outside.
    pub surroundings: &'a Surroundings,
    /// How much is in view.
    pub view: &'a View,
    /// All objects, in the order of the input.
    pub objects: Vec<Object<'a>>,
    /// Objects that make pods.
    pub workloads: Vec<Workload<'a>>,
    /// Core Services.
    pub services: Vec<Service<'a>>,
    /// PodDisruptionBudgets.
    pub budgets: Vec<Budget<'a>>,
    /// Autoscalers.
    pub scalers: Vec<Scaler<'a>>,
    names: HashMap<(&'a str, &'a str), Vec<usize>>,
    intended: HashMap<usize, Labels<'a>>,
    service_names: HashMap<&'a str, Vec<usize>>,
    workload_names: HashMap<&'a str, Vec<usize>>,
    producers: HashSet<&'a str>,
    service_pods: Vec<Vec<Selected>>,
    workload_services: Vec<Vec<usize>>,
    budget_pods: Vec<Vec<Selected>>,
    workload_budgets: Vec<Vec<usize>>,
    workload_scalers: Vec<Vec<usize>>,
    index: LabelIndex<'a>,
}

/// How two namespaces relate: one that is left open may be any (fact 0.1).
pub fn scope(one: Option<&str>, other: Option<&str>) -> Match {
    match (one, other) {
        (Some(one), Some(other)) => (one == other).into(),
        (None, None) => Match::Yes,
        _ => Match::Maybe,
    }
}

impl<'a> Inventory<'a> {
    /// Indexes the objects of one unit.
    pub fn new(objects: Vec<Object<'a>>, surroundings: &'a Surroundings, view: &'a View) -> Self {
        let mut inventory = Inventory {
            surroundings,
            view,
            workloads: Vec::new(),
            services: Vec::new(),
            budgets: Vec::new(),
            scalers: Vec::new(),
            names: HashMap::with_capacity(objects.len()),
            objects,
            intended: HashMap::new(),
            service_names: HashMap::new(),
            workload_names: HashMap::new(),
            producers: HashSet::new(),
            service_pods: Vec::new(),
            workload_services: Vec::new(),
            budget_pods: Vec::new(),
            workload_budgets: Vec::new(),
            workload_scalers: Vec::new(),
            index: LabelIndex::default(),
        };
        inventory.sort_out();
        inventory.connect();
        inventory
    }

    fn sort_out(&mut self) {
        for (at, object) in self.objects.iter().enumerate() {
            self.names.entry((object.kind, object.name)).or_default().push(at);
            if let Some(service) = Service::read(*object) {
                self.service_names.entry(object.name).or_default().push(self.services.len());
                self.services.push(service);
            } else if let Some(budget) = Budget::read(*object) {
                self.budgets.push(budget);
            } else if let Some(scaler) = Scaler::read(*object) {
                self.scalers.push(scaler);
            } else if let Some(workload) = Workload::read(*object, &self.surroundings.workloads) {
                let position = self.workloads.len();
                // What a controller selects is what its author meant its pods to carry; a template that
                // disagrees is reported as such, and only as such.
                if let Some(labels) = workload.intended_labels() {
                    self.index.push(&labels);
                    self.intended.insert(position, labels);
                } else {
                    self.index.push(&workload.pod.labels);
                }
                self.workload_names.entry(object.name).or_default().push(position);
                self.workloads.push(workload);
            } else if Self::is_producer(object) {
                self.producers.insert(object.name);
            }
        }
    }

    fn connect(&mut self) {
        self.workload_services = vec![Vec::new(); self.workloads.len()];
        self.workload_budgets = vec![Vec::new(); self.workloads.len()];
        self.workload_scalers = vec![Vec::new(); self.workloads.len()];
        for at in 0..self.services.len() {
            let service = &self.services[at];
            let selected = match &service.selector {
                Some(selector) => self.select(self.namespace(&service.object), selector),
                None => Vec::new(),
            };
            for one in &selected {
                self.workload_services[one.workload].push(at);
            }
            self.service_pods.push(selected);
        }
        for at in 0..self.budgets.len() {
            let budget = &self.budgets[at];
            let namespace = self.namespace(&budget.object);
            let selected = match &budget.selector {
                BudgetSelector::Nothing(_) => Vec::new(),
                BudgetSelector::Everything(node) => self.select(namespace, &Selector::label_selector(*node)),
                BudgetSelector::Labels(selector) => self.select(namespace, selector),
            };
            for one in &selected {
                self.workload_budgets[one.workload].push(at);
            }
            self.budget_pods.push(selected);
        }
        for (at, scaler) in self.scalers.iter().enumerate() {
            for &workload in self.workload_names.get(scaler.target_name()).into_iter().flatten() {
                let object = &self.workloads[workload].object;
                let same = scope(self.namespace(&scaler.object), self.namespace(object));
                if scaler.names(object) && same != Match::No {
                    self.workload_scalers[workload].push(at);
                }
            }
        }
    }

    /// The namespace an object ends up in, as far as the input says.
    pub fn namespace<'s>(&'s self, object: &Object<'a>) -> Option<&'a str> {
        let set: &'a View = self.view;
        set.namespace.as_deref().or(object.namespace)
    }

    /// Whether a patch of the unit changes this object.
    pub fn is_patched(&self, object: &Object<'a>) -> bool {
        !self.view.patched.is_empty()
            && self.view.patched.contains(&(object.kind.to_owned(), object.name.to_owned()))
    }

    /// The labels a workload's pods are meant to carry: those of the template, corrected by the selector
    /// where the two disagree.
    pub fn labels(&self, at: usize) -> &Labels<'a> {
        self.intended.get(&at).unwrap_or(&self.workloads[at].pod.labels)
    }

    /// The workloads whose pods a selector of this namespace reaches.
    pub fn select(&self, namespace: Option<&str>, selector: &Selector<'_>) -> Vec<Selected> {
        let added: Selector<'_>;
        let selector = if self.view.pod_labels.is_empty() {
            selector
        } else {
            added = self.without_added_labels(selector);
            &added
        };
        let mut found = Vec::new();
        for at in self.index.candidates(selector) {
            let workload = at as usize;
            let scope = scope(namespace, self.namespace(&self.workloads[workload].object));
            if scope == Match::No {
                continue;
            }
            let certain = scope.and(selector.matches(self.labels(workload)));
            if certain != Match::No {
                found.push(Selected { workload, certain });
            }
        }
        found
    }

    /// What a selector still demands of a template once a kustomization has labelled every pod.
    fn without_added_labels<'s>(&self, selector: &Selector<'s>) -> Selector<'s> {
        let mut left = selector.clone();
        left.requirements.retain(|one| {
            let met = |(key, value): &(String, String)| one.pair && one.key == key && one.values[0] == value;
            !self.view.pod_labels.iter().any(met)
        });
        left
    }

    /// Workloads that share at least one label with a selector, in any namespace, for suggestions.
    pub fn sharing(&self, selector: &Selector<'_>) -> Vec<usize> {
        self.index.sharing(selector, 50).into_iter().map(|at| at as usize).collect()
    }

    /// Workloads a Service sends traffic to.
    pub fn service_pods(&self, service: usize) -> &[Selected] {
        &self.service_pods[service]
    }

    /// Services that select a workload's pods, surely or maybe.
    pub fn services_of(&self, workload: usize) -> &[usize] {
        &self.workload_services[workload]
    }

    /// Workloads a budget protects.
    pub fn budget_pods(&self, budget: usize) -> &[Selected] {
        &self.budget_pods[budget]
    }

    /// Budgets that select a workload's pods, surely or maybe.
    pub fn budgets_of(&self, workload: usize) -> &[usize] {
        &self.workload_budgets[workload]
    }

    /// Autoscalers that name a workload.
    pub fn scalers_of(&self, workload: usize) -> &[usize] {
        &self.workload_scalers[workload]
    }

    /// Services of this name, in any namespace.
    pub fn services_named(&self, name: &str) -> &[usize] {
        self.service_names.get(name).map_or(&[], Vec::as_slice)
    }

    /// Objects of this kind and name, in any namespace.
    pub fn named<'s>(
        &'s self,
        kind: &'s str,
        name: &'s str,
    ) -> impl Iterator<Item = &'s Object<'a>> + use<'s, 'a> {
        let found = self.names.get(&(kind, name)).map_or(&[][..], Vec::as_slice);
        found.iter().map(|&at| &self.objects[at])
    }

    /// Whether a namespace carries these labels, judged by its Namespace object if that is in view.
    pub fn namespace_matches(&self, selector: &Selector<'_>, namespace: Option<&str>) -> Match {
        let Some(name) = namespace else {
            return Match::Maybe;
        };
        let own_name = |key: &str| key == "kubernetes.io/metadata.name";
        let only_name = selector.requirements.iter().all(|one| own_name(one.key));
        if only_name {
            return selector.requirements.iter().all(|one| one.values.contains(&name)).into();
        }
        Match::Maybe
    }
}

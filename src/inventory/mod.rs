//! Everything of one unit, indexed: who selects whom, who scales whom, who names whom.
//!
//! Rules ask it and never loop over pairs of objects. Nothing here depends on the order of hash maps.

mod absence;
mod admission;
mod budget;
mod claims;
mod env;
mod exposure;
pub mod external;
mod file_mounts;
mod gateways;
mod grants;
mod groups;
mod hints;
mod hosts;
mod index;
mod lookup;
mod monitors;
mod namespaces;
mod near;
mod nearest;
mod placement;
mod policies;
mod ports;
mod quotas;
mod relabelled;
mod replicas;
mod resources;
mod roles;
mod rollout;
mod routes;
mod scaler;
mod selections;
mod served;
mod sources;
mod spread;
mod surroundings;
mod text_hosts;
mod topology;

use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt, HashSet};
use rayon::prelude::*;

pub use absence::Evidence;
pub use admission::{ServiceRef, Webhook};
pub use budget::{Allowance, Budget, BudgetSelector, Expected};
pub use claims::{Attach, SharedClaim};
pub use env::{Environment, Variable, decode, value_of};
pub use exposure::{Way, is_public};
pub use file_mounts::FileMount;
pub use gateways::{Grant, Listener, ParentUse, RouteUse};
pub use grants::{Grants, Holder, RoleGrant};
pub use hints::Hints;
pub use hosts::{Dependent, HostUse, Outcome, UsedPort};
pub use lookup::Found;
pub use monitors::{MonitorUse, Watched};
pub use near::{directory, is_near, same_directory, same_file};
pub use nearest::Near;
pub use placement::{HostPort, Pin, host_port, pin};
pub use policies::{Direction, Policy, restricts};
pub use ports::{Resolved, resolve as resolve_port};
pub use quotas::{Home, Placed};
pub use relabelled::{Break, LabelBreak};
pub use replicas::{Bound, Replicas, Source};
pub use resources::{Others, gives, has};
pub use roles::{Role, is_for_metrics};
pub use rollout::{Fenceposts, Rolling, Update, fenceposts};
pub use routes::{BackendPort, BackendUse, items};
pub use scaler::{Scaler, ScalerKind};
pub use sources::{Key, SourceUse, Via, sources};
pub use spread::{Means, Spreader};
pub use surroundings::{AnyOptions, Observer, Required, Sender, Surroundings};
pub use topology::{Constraint, Domain, Term, constraints, terms};

use crate::document::Object;
use crate::files::FileId;
use crate::kube::labels::Labels;
use crate::kube::selector::{Match, Selector};
use crate::kube::service::Service;
use crate::kube::workload::Workload;
use crate::project::View;
use crate::text::suggest::NearIndex;
use groups::Names;
use index::LabelIndex;
use selections::Selections;

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
    /// Objects by kind and name.
    names: Names<'a>,
    intended: HashMap<usize, Labels<'a>>,
    service_names: HashMap<&'a str, Vec<usize>>,
    workload_names: HashMap<&'a str, Vec<usize>>,
    workloads_in_file: HashMap<FileId, Vec<usize>>,
    producers: HashSet<&'a str>,
    namespaces: HashSet<&'a str>,
    by_services: Selections,
    by_budgets: Selections,
    /// The certain Services of every workload, found when first asked for.
    certain: OnceLock<Vec<Arc<served::Certain>>>,
    /// Where requests from outside come to each Service, found when first asked for.
    ways: OnceLock<HashMap<usize, Way>>,
    workload_scalers: Vec<Vec<usize>>,
    /// PersistentVolumes by storage class, empty for none.
    volumes_by_class: HashMap<&'a str, Vec<usize>>,
    index: LabelIndex<'a>,
    directory: lookup::Directory<'a>,
    /// Service names for suggestions, indexed when first asked for.
    similar: OnceLock<NearIndex>,
    /// The file mounts of every workload.
    mounts: Vec<Vec<FileMount<'a>>>,
    hosts: Vec<HostUse<'a>>,
    /// Hosts that lead to each Service.
    users: Vec<Vec<usize>>,
    /// Selectors that lost their pods to a label.
    label_breaks: Vec<LabelBreak<'a>>,
}

/// How two namespaces relate: one that is left open may be any (fact 0.1).
pub fn scope(one: Option<&str>, other: Option<&str>) -> Match {
    match (one, other) {
        (Some(one), Some(other)) => (one == other).into(),
        (None, None) => Match::Yes,
        _ => Match::Maybe,
    }
}

fn namespace_of<'a>(view: &View, object: &Object<'a>) -> Option<&'a str> {
    object.namespace.filter(|own| view.assumed != Some(*own))
}

impl<'a> Inventory<'a> {
    /// Indexes the objects of one unit.
    pub fn new(objects: Vec<Object<'a>>, surroundings: &'a Surroundings, view: &'a View) -> Self {
        let hints: Vec<Hints<'a>> = objects.iter().map(Hints::read).collect();
        Inventory::with(objects, &hints.iter().collect::<Vec<_>>(), surroundings, view)
    }

    /// The same where each object's hints have been read for other units already.
    pub fn with(
        objects: Vec<Object<'a>>,
        hints: &[&Hints<'a>],
        surroundings: &'a Surroundings,
        view: &'a View,
    ) -> Self {
        let mut inventory = Inventory {
            surroundings,
            view,
            workloads: Vec::new(),
            services: Vec::new(),
            budgets: Vec::new(),
            scalers: Vec::new(),
            names: Names::new(&objects, |object| namespace_of(view, object)),
            objects,
            intended: HashMap::new(),
            service_names: HashMap::new(),
            workload_names: HashMap::new(),
            workloads_in_file: HashMap::new(),
            producers: HashSet::default(),
            namespaces: HashSet::default(),
            by_services: Selections::default(),
            by_budgets: Selections::default(),
            certain: OnceLock::new(),
            ways: OnceLock::new(),
            workload_scalers: Vec::new(),
            volumes_by_class: HashMap::new(),
            index: LabelIndex::default(),
            directory: lookup::Directory::default(),
            similar: OnceLock::new(),
            mounts: Vec::new(),
            hosts: Vec::new(),
            users: Vec::new(),
            label_breaks: Vec::new(),
        };
        inventory.directory = lookup::Directory::read(&inventory.objects, hints, view);
        inventory.sort_out(hints);
        inventory.connect();
        inventory.mounts = inventory.read_file_mounts();
        inventory.hosts = inventory.read_hosts();
        let mut more = Vec::new();
        inventory.hosts_of_waits(&mut more);
        inventory.hosts_of_files(&mut more);
        inventory.hosts.extend(more);
        inventory.users = inventory.users_of_services();
        inventory.label_breaks = inventory.read_label_breaks();
        inventory
    }

    fn sort_out(&mut self, hints: &[&Hints<'a>]) {
        // Reading is most of the work, and each object can be read on its own.
        let custom = &self.surroundings.workloads;
        let read = |object: &Object<'a>| {
            let workload = Workload::read(*object, custom)?;
            let intended = workload.intended_labels();
            // Most objects are no workloads.
            Some(Box::new((workload, intended)))
        };
        let workloads: Vec<_> = self.objects.par_iter().map(read).collect();
        for (at, (object, workload)) in self.objects.iter().zip(workloads).enumerate() {
            if object.is("", "Namespace") {
                self.namespaces.insert(object.name);
            }
            if let Some(service) = Service::read(*object) {
                self.service_names.entry(object.name).or_default().push(self.services.len());
                self.namespaces.extend(object.namespace);
                self.services.push(service);
            } else if let Some(budget) = Budget::read(*object) {
                self.budgets.push(budget);
            } else if let Some(scaler) = Scaler::read(*object) {
                self.scalers.push(scaler);
            } else if object.is("", "PersistentVolume") {
                let class = object.spec().and_then(|spec| spec.get("storageClassName"));
                self.volumes_by_class.entry(class.map_or("", |class| class.text())).or_default().push(at);
            } else if let Some(workload) = workload {
                let (workload, intended) = *workload;
                let position = self.workloads.len();
                // What a controller selects is what its author meant its pods to carry; a template that
                // disagrees is reported as such, and only as such.
                if let Some(labels) = intended {
                    self.intended.insert(position, labels);
                }
                self.workload_names.entry(object.name).or_default().push(position);
                self.workloads_in_file.entry(object.node.span().file).or_default().push(position);
                self.workloads.push(workload);
            } else if hints[at].produces {
                self.producers.insert(object.name);
            }
        }
        let templates = (0..self.workloads.len()).map(|at| self.labels(at));
        self.index =
            LabelIndex::new(templates.zip(self.workloads.iter().map(|one| self.namespace(&one.object))));
    }

    fn connect(&mut self) {
        self.workload_scalers = vec![Vec::new(); self.workloads.len()];
        let select = |namespace, selector: &Selector<'a>| self.select(namespace, selector);
        let services = self.services.iter().map(|service| {
            service.selector.as_ref().map(|selector| (self.namespace(&service.object), selector))
        });
        let by_services = Selections::new(services, self.workloads.len(), select);
        let everything: Vec<Option<Selector<'a>>> = self
            .budgets
            .iter()
            .map(|budget| match &budget.selector {
                BudgetSelector::Everything(node) => Some(Selector::label_selector(*node)),
                _ => None,
            })
            .collect();
        let budgets = self.budgets.iter().zip(&everything).map(|(budget, everything)| {
            let selector = match &budget.selector {
                BudgetSelector::Nothing(_) => return None,
                BudgetSelector::Everything(_) => everything.as_ref()?,
                BudgetSelector::Labels(selector) => selector,
            };
            Some((self.namespace(&budget.object), selector))
        });
        let by_budgets = Selections::new(budgets, self.workloads.len(), select);
        (self.by_services, self.by_budgets) = (by_services, by_budgets);
        for (at, scaler) in self.scalers.iter().enumerate() {
            let named = self.workload_names.get(scaler.target_name()).map_or(&[][..], Vec::as_slice);
            let likely = |&workload: &usize| {
                let object = &self.workloads[workload].object;
                let same = scope(self.namespace(&scaler.object), self.namespace(object));
                let named = scaler.names(object)
                    && same != Match::No
                    && !self.is_of_another_variant(&scaler.object, workload);
                named.then(|| (workload, (!same.is_yes(), self.distance(&scaler.object, object))))
            };
            let likely: Vec<_> = named.iter().filter_map(likely).collect();
            // The one beside it is meant, not a namesake of another chapter.
            let nearest = likely.iter().map(|one| one.1).min();
            for (workload, _) in likely.iter().filter(|one| Some(one.1) == nearest) {
                self.workload_scalers[*workload].push(at);
            }
        }
    }

    /// The namespace an object ends up in, as far as the input says.
    pub fn namespace(&self, object: &Object<'a>) -> Option<&'a str> {
        namespace_of(self.view, object)
    }

    /// Whether a patch of the unit changes this object.
    pub fn is_patched(&self, object: &Object<'a>) -> bool {
        self.view.patched.changes(object)
    }

    /// Whether two workloads surely end up in one namespace: both name it, or neither does and their files lie
    /// in one directory.
    pub fn deployed_together(&self, one: usize, other: usize) -> bool {
        let [one, other] = [one, other].map(|at| &self.workloads[at].object);
        let folder = |object: &Object<'a>| {
            let path = &object.node.tree().source().path;
            path.rsplit_once('/').map_or("", |(folder, _)| folder)
        };
        match (self.namespace(one), self.namespace(other)) {
            (Some(one), Some(other)) => one == other,
            (None, None) => folder(one) == folder(other),
            _ => false,
        }
    }

    /// The labels a workload's pods are meant to carry: those of the template, corrected by the selector
    /// where the two disagree.
    pub fn labels(&self, at: usize) -> &Labels<'a> {
        self.intended.get(&at).unwrap_or(&self.workloads[at].pod.labels)
    }

    /// The workloads whose pods a selector of this namespace reaches.
    pub fn select(&self, namespace: Option<&str>, selector: &Selector<'_>) -> Vec<Selected> {
        self.select_lazily(namespace, selector).collect()
    }

    /// The same one by one, for those who only want the first few.
    pub fn select_lazily<'s>(
        &'s self,
        namespace: Option<&'s str>,
        selector: &'s Selector<'_>,
    ) -> impl Iterator<Item = Selected> + 's {
        let candidates = self.index.candidates(namespace, selector);
        (0..candidates.len()).filter_map(move |at| {
            let workload = candidates[at] as usize;
            let scope = scope(namespace, self.namespace(&self.workloads[workload].object));
            if scope == Match::No {
                return None;
            }
            let certain = scope.and(selector.matches(self.labels(workload)));
            (certain != Match::No).then_some(Selected { workload, certain })
        })
    }

    /// Workloads that share at least one label with a selector, in any namespace, for suggestions.
    pub fn sharing(&self, selector: &Selector<'_>) -> Vec<usize> {
        self.index.sharing(selector, 50).into_iter().map(|at| at as usize).collect()
    }

    /// Workloads a Service sends traffic to.
    pub fn service_pods(&self, service: usize) -> &[Selected] {
        self.by_services.reached(service)
    }

    /// Services that select a workload's pods, surely or maybe.
    pub fn services_of(&self, workload: usize) -> &[usize] {
        self.by_services.reaching(workload)
    }

    /// The group of Services with equal selectors in one namespace that a Service belongs to; `None` without a
    /// selector.
    pub fn service_group(&self, service: usize) -> Option<u32> {
        self.by_services.group(service)
    }

    /// Workloads a budget protects.
    pub fn budget_pods(&self, budget: usize) -> &[Selected] {
        self.by_budgets.reached(budget)
    }

    /// Budgets that select a workload's pods, surely or maybe.
    pub fn budgets_of(&self, workload: usize) -> &[usize] {
        self.by_budgets.reaching(workload)
    }

    /// Autoscalers that name a workload.
    pub fn scalers_of(&self, workload: usize) -> &[usize] {
        &self.workload_scalers[workload]
    }

    /// Services of this name, in any namespace.
    pub fn services_named(&self, name: &str) -> &[usize] {
        self.service_names.get(name).map_or(&[], Vec::as_slice)
    }

    /// Positions of Services whose names may be a slip of this one.
    pub fn services_like(&self, name: &str) -> Vec<usize> {
        let names = || NearIndex::new(self.services.iter().map(|service| service.object.name));
        self.similar.get_or_init(names).candidates(name)
    }

    /// Whether a namespace is one of the unit's: declared, or that of a Service.
    pub fn is_namespace(&self, name: &str) -> bool {
        self.namespaces.contains(name)
    }

    /// Objects of this kind and name, in any namespace.
    pub fn named<'s>(
        &'s self,
        kind: &'s str,
        name: &'s str,
    ) -> impl Iterator<Item = &'s Object<'a>> + use<'s, 'a> {
        self.names.of(kind, name).map(|at| &self.objects[at])
    }

    /// Objects of this kind and name that somebody in a namespace may mean.
    pub fn named_within<'s>(
        &'s self,
        namespace: Option<&'s str>,
        kind: &'s str,
        name: &'s str,
    ) -> impl Iterator<Item = &'s Object<'a>> + use<'s, 'a> {
        let found = self.names.within(namespace, kind, name).map(|at| &self.objects[at]);
        found.filter(move |object| scope(namespace, self.namespace(object)) != Match::No)
    }
}

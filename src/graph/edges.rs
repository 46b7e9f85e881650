//! The edges, one function for each kind.

use std::collections::HashSet;

use super::{Drawing, MOST, Means, State};
use crate::hosts::dns::Candidate;
use crate::inventory::external::list_of;
use crate::inventory::{self, BackendPort, BudgetSelector, Outcome, Selected, Via, Watched, items};
use crate::kube::rbac;
use crate::kube::selector::Selector;
use crate::yaml::Node as Yaml;

impl<'a> Drawing<'_, 'a> {
    /// All of them.
    pub(super) fn edges(&mut self) {
        self.routes();
        self.services();
        self.calls();
        self.sources();
        self.storage();
        self.scalers();
        self.guards();
        self.access();
        self.served();
        self.monitors();
        // Several paths of one Ingress lead to one Service, several variables to one host.
        let mut seen = HashSet::new();
        self.graph.edges.retain(|edge| seen.insert((edge.from, edge.to, edge.means, edge.text.clone())));
    }

    fn routes(&mut self) {
        let inventory = self.inventory;
        for backend in inventory.backends() {
            let from = self.object(&backend.object);
            let text = match backend.port {
                Some(BackendPort::Number(_, number)) => format!("port {number}"),
                Some(BackendPort::Name(_, name)) => format!("port {name}"),
                None => String::new(),
            };
            let found = inventory.reachable_services(backend.name.text(), backend.namespace);
            for service in &found {
                let to = self.object(&inventory.services[*service].object);
                self.edge(from, to, Means::Routes, text.as_str(), backend.name.span());
            }
            if found.is_empty() {
                let name = backend.name.text();
                let to = self.named(&backend.object, backend.namespace, "Service", list_of("Service"), name);
                self.edge(from, to, Means::Routes, text, backend.name.span());
            }
        }
        for parent in inventory.parents() {
            let from = match inventory.gateway(&parent) {
                Some(gateway) => self.object(&gateway),
                None => self.absent("Gateway", parent.namespace, parent.name.text(), State::Unseen),
            };
            let to = self.object(&parent.route);
            self.edge(from, to, Means::Routes, "parentRefs", parent.name.span());
        }
        for object in inventory.of_kind("Ingress") {
            let from = self.object(object);
            for secret in items(object.spec(), "tls").filter_map(|tls| tls.get("secretName")) {
                let namespace = inventory.namespace(object);
                let to = self.named(object, namespace, "Secret", list_of("Secret"), secret.text());
                self.edge(from, to, Means::Reads, "tls", secret.span());
            }
            self.class(from, object.spec(), "ingressClassName", "IngressClass");
        }
        for object in inventory.of_kind("Gateway") {
            let from = self.object(object);
            let certificates = items(object.spec(), "listeners")
                .flat_map(|listener| items(listener.get("tls"), "certificateRefs"));
            for reference in certificates {
                let namespace =
                    reference.get("namespace").map(|node| node.text()).or(inventory.namespace(object));
                let Some(name) = reference.get("name") else { continue };
                let to = self.named(object, namespace, "Secret", list_of("Secret"), name.text());
                self.edge(from, to, Means::Reads, "certificateRefs", name.span());
            }
            self.class(from, object.spec(), "gatewayClassName", "GatewayClass");
        }
    }

    /// A class of the cluster, where it is in view: whoever installs the controller usually brings it.
    fn class(&mut self, from: usize, spec: Option<Yaml<'a>>, field: &'static str, kind: &str) {
        let Some(name) = spec.and_then(|spec| spec.get(field)) else { return };
        if let Some(class) = self.inventory.named(kind, name.text()).next() {
            let to = self.object(class);
            self.edge(from, to, Means::Routes, field, name.span());
        }
    }

    fn services(&mut self) {
        let inventory = self.inventory;
        for (at, service) in inventory.services.iter().enumerate() {
            let from = self.object(&service.object);
            if let Some(name) = service.field("externalName").filter(|_| service.is_external_name()) {
                let to = self.absent("Host", None, name.text(), State::Made);
                self.edge(from, to, Means::Routes, "externalName", name.span());
            } else if let Some(selector) = &service.selector {
                self.selects(from, selector, inventory.service_pods(at), Means::Selects, "selector");
            } else if let Some(endpoints) = inventory.endpoints(&service.object) {
                let to = self.object(endpoints);
                self.edge(from, to, Means::Routes, "Endpoints", service.object.anchor().span());
            }
        }
    }

    /// An edge to every workload that a selector reaches, or to the pods that are not there.
    fn selects(
        &mut self,
        from: usize,
        selector: &Selector<'a>,
        pods: &[Selected],
        means: Means,
        text: &'static str,
    ) {
        let at = selector.node.span();
        for one in pods {
            if self.graph.edges.len() >= MOST {
                self.graph.left_out += 1;
                continue;
            }
            let to = self.object(&self.inventory.workloads[one.workload].object);
            self.edge(from, to, means, text, at);
        }
        if pods.is_empty() && !selector.is_empty() {
            let pairs: Vec<String> =
                selector.required_pairs().map(|(key, value)| format!("{key}={value}")).collect();
            let to = self.absent("Pods", None, &pairs.join(","), State::Unseen);
            self.edge(from, to, means, text, at);
        }
    }

    fn calls(&mut self) {
        let inventory = self.inventory;
        for host in inventory.hosts() {
            let workload = &inventory.workloads[host.workload].object;
            let to = match &host.outcome {
                Outcome::Loopback => continue,
                Outcome::Services(services) => {
                    let from = self.object(workload);
                    for service in services {
                        let to = self.object(&inventory.services[*service].object);
                        self.edge(from, to, Means::Calls, &*host.variable, host.span);
                    }
                    continue;
                }
                Outcome::Pod { service, .. } => self.object(&inventory.services[*service].object),
                Outcome::Missing { tried, .. } => {
                    // What a Secret says is not shown.
                    let Some(candidate) = tried.first().filter(|_| host.shown.is_some()) else { continue };
                    let own = inventory.namespace(workload);
                    let (name, namespace) = match candidate {
                        Candidate::Service { name, namespace } => (name, namespace.as_deref().or(own)),
                        Candidate::Pod { service, namespace, .. } => (service, namespace.as_deref().or(own)),
                    };
                    self.named(workload, namespace, "Service", list_of("Service"), name)
                }
                Outcome::Never(_) => {
                    let Some(shown) = &host.shown else { continue };
                    self.absent("Host", None, shown, State::Unseen)
                }
            };
            let from = self.object(workload);
            self.edge(from, to, Means::Calls, &*host.variable, host.span);
        }
    }

    fn sources(&mut self) {
        let inventory = self.inventory;
        for workload in &inventory.workloads {
            let from = self.object(&workload.object);
            let namespace = inventory.namespace(&workload.object);
            for (via, text) in
                [(Via::Environment, "env"), (Via::Volume, "volume"), (Via::ImagePull, "imagePullSecrets")]
            {
                for one in inventory::sources(workload, via) {
                    let name = one.name.text();
                    let to = self.named(&workload.object, namespace, one.kind, list_of(one.kind), name);
                    let claim = one.kind == "PersistentVolumeClaim";
                    let means = if claim { Means::Stores } else { Means::Reads };
                    self.edge(from, to, means, text, one.name.span());
                }
            }
            let spec = workload.pod.spec.0;
            let account = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"));
            if let Some(name) = account.filter(|name| !matches!(name.text(), "" | "default")) {
                let kind = "ServiceAccount";
                let to = self.named(&workload.object, namespace, kind, list_of(kind), name.text());
                self.edge(from, to, Means::Allows, "serviceAccountName", name.span());
            }
            let service = workload.object.spec().and_then(|spec| spec.get("serviceName"));
            let service =
                service.filter(|name| workload.object.kind == "StatefulSet" && !name.text().is_empty());
            if let Some(name) = service {
                let to = self.named(&workload.object, namespace, "Service", list_of("Service"), name.text());
                self.edge(from, to, Means::Calls, "serviceName", name.span());
            }
        }
    }

    fn storage(&mut self) {
        let inventory = self.inventory;
        for claim in inventory.of_kind("PersistentVolumeClaim") {
            let from = self.object(claim);
            let fields = [("volumeName", "PersistentVolume"), ("storageClassName", "StorageClass")];
            for (field, kind) in fields {
                let name = claim.spec().and_then(|spec| spec.get(field));
                let Some(name) = name.filter(|name| !name.text().is_empty()) else { continue };
                if let Some(object) = inventory.named(kind, name.text()).next() {
                    let to = self.object(object);
                    self.edge(from, to, Means::Stores, field, name.span());
                }
            }
        }
    }

    fn scalers(&mut self) {
        let inventory = self.inventory;
        let mut scaled = vec![false; inventory.scalers.len()];
        for (at, workload) in inventory.workloads.iter().enumerate() {
            for &scaler in inventory.scalers_of(at) {
                scaled[scaler] = true;
                let own = &inventory.scalers[scaler];
                let from = self.object(&own.object);
                let to = self.object(&workload.object);
                let place = own.target.map_or(own.object.anchor(), |target| target);
                self.edge(from, to, Means::Scales, "scaleTargetRef", place.span());
            }
        }
        for (scaler, _) in inventory.scalers.iter().zip(scaled).filter(|one| !one.1) {
            let Some(target) = scaler.target.filter(|_| !scaler.target_name().is_empty()) else { continue };
            let from = self.object(&scaler.object);
            let (kind, namespace) = (scaler.target_kind(), inventory.namespace(&scaler.object));
            let to = self.named(&scaler.object, namespace, kind, list_of(kind), scaler.target_name());
            self.edge(from, to, Means::Scales, "scaleTargetRef", target.span());
        }
    }

    fn guards(&mut self) {
        let inventory = self.inventory;
        for (at, budget) in inventory.budgets.iter().enumerate() {
            let from = self.object(&budget.object);
            // One that takes the whole namespace would tie everything together.
            if let BudgetSelector::Labels(selector) = &budget.selector {
                self.selects(from, selector, inventory.budget_pods(at), Means::Guards, "selector");
            }
        }
        for policy in inventory.policies().iter().filter(|policy| !policy.everything) {
            let node = policy.object.spec().and_then(|spec| spec.get("podSelector"));
            let from = self.object(&policy.object);
            if let Some(selector) = node.map(Selector::label_selector) {
                self.selects(from, &selector, &policy.pods, Means::Selects, "podSelector");
            }
        }
    }

    fn access(&mut self) {
        let inventory = self.inventory;
        for kind in ["RoleBinding", "ClusterRoleBinding"] {
            for binding in inventory.of_kind(kind).filter(|object| object.group() == rbac::GROUP) {
                let from = self.object(binding);
                let role = binding.node.get("roleRef");
                let name = role.and_then(|role| role.get("name"));
                if let (Some(role), Some(name)) = (role, name) {
                    let kind = role.get("kind").map_or("ClusterRole", |kind| kind.text());
                    let namespace = inventory.namespace(binding).filter(|_| kind == "Role");
                    let to = self.named(binding, namespace, kind, list_of(kind), name.text());
                    self.edge(from, to, Means::Allows, "roleRef", name.span());
                }
                for subject in rbac::subjects(binding).filter(|subject| subject.kind == "ServiceAccount") {
                    let (kind, name) = ("ServiceAccount", subject.name.text());
                    let to = self.named(binding, subject.namespace, kind, list_of(kind), name);
                    self.edge(from, to, Means::Allows, "subjects", subject.name.span());
                }
            }
        }
    }

    fn served(&mut self) {
        for called in self.inventory.called_services() {
            let from = self.object(&called.object);
            let (kind, name) = ("Service", called.name.text());
            let to = self.named(&called.object, called.namespace, kind, list_of(kind), name);
            self.edge(from, to, Means::Serves, "service", called.name.span());
        }
    }

    fn monitors(&mut self) {
        let inventory = self.inventory;
        for monitor in inventory.monitors() {
            let from = self.object(&monitor.object);
            let at = monitor.selector.node.span();
            let objects: Vec<_> = match &monitor.watched {
                Watched::Services(found) => found.iter().map(|at| inventory.services[*at].object).collect(),
                Watched::Workloads(found) => found.iter().map(|at| inventory.workloads[*at].object).collect(),
            };
            for object in objects {
                let to = self.object(&object);
                self.edge(from, to, Means::Selects, "selector", at);
            }
        }
    }
}

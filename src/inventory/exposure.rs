//! Which pods requests from outside the cluster reach, and where they come in (facts 19.8 and 19.9).

use foldhash::HashMap;

use super::{Inventory, is_near};
use crate::files::Span;
use crate::kube::service::Service;

/// Where requests from outside come in.
#[derive(Clone, Debug)]
pub struct Way {
    /// The place that leads them to the pods: a backend of an Ingress or route, the type of a Service.
    pub at: Span,
    /// Kind and name of the object that does.
    pub title: String,
}

/// Annotations that keep a load balancer inside of a network, with the values that do.
const INTERNAL: &[(&str, &[&str])] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("networking.gke.io/load-balancer-type", &["Internal"]),
    ("cloud.google.com/load-balancer-type", &["Internal", "internal"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
];

/// Whether a Service is reached from outside of the cluster's network.
pub fn is_public(service: &Service<'_>) -> bool {
    let internal = |(key, values): &(&str, &[&str])| {
        service.object.annotation(key).is_some_and(|value| values.contains(&value.text()))
    };
    match service.service_type() {
        "NodePort" => true,
        "LoadBalancer" => !INTERNAL.iter().any(internal),
        _ => false,
    }
}

impl<'a> Inventory<'a> {
    /// How requests from outside the cluster reach a workload's pods; `None` if nothing in the input lets them in.
    pub fn way_in(&self, workload: usize) -> Option<&Way> {
        let ways = self.ways.get_or_init(|| self.read_ways());
        self.certain_services(workload).iter().find_map(|service| ways.get(service))
    }

    /// The way to each Service that has one.
    fn read_ways(&self) -> HashMap<usize, Way> {
        let mut ways: HashMap<usize, Way> = HashMap::default();
        for backend in self.backends() {
            let mut services = self.reachable_services(backend.name.text(), backend.namespace);
            let near = |service: &usize| is_near(&backend.object, &self.services[*service].object);
            if services.iter().any(near) {
                services.retain(near);
            }
            for service in services {
                let way = || Way { at: backend.name.span(), title: backend.object.title() };
                ways.entry(service).or_insert_with(way);
            }
        }
        for (at, service) in self.services.iter().enumerate().filter(|(_, service)| is_public(service)) {
            let place = service.field("type").unwrap_or(service.object.anchor());
            ways.entry(at).or_insert_with(|| Way { at: place.span(), title: service.object.title() });
        }
        ways
    }
}

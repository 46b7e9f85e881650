//! Services that are open to the network outside of the cluster.

use std::collections::HashSet;

use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Inventory, is_public, resolve_port};
use crate::kube::service::Service;

/// Ports of programs that are not meant for the whole world, with what listens there.
const PORTS: &[(i64, &str)] = &[
    (22, "SSH"),
    (23, "Telnet"),
    (111, "a port mapper"),
    (135, "Windows RPC"),
    (139, "SMB"),
    (445, "SMB"),
    (873, "rsync"),
    (1433, "SQL Server"),
    (1521, "Oracle"),
    (2049, "NFS"),
    (2375, "Docker without TLS"),
    (2376, "Docker"),
    (2379, "etcd"),
    (2380, "etcd"),
    (3306, "MySQL"),
    (3389, "remote desktop"),
    (5432, "PostgreSQL"),
    (5900, "VNC"),
    (5984, "CouchDB"),
    (6379, "Redis"),
    (6443, "the Kubernetes API"),
    (8500, "Consul"),
    (9042, "Cassandra"),
    (9200, "Elasticsearch"),
    (9300, "Elasticsearch"),
    (10250, "the kubelet"),
    (11211, "memcached"),
    (27017, "MongoDB"),
];

fn ours<'s, 'a>(inventory: &'s Inventory<'a>) -> impl Iterator<Item = (usize, &'s Service<'a>)> {
    let all = inventory.services.iter().enumerate();
    all.filter(|(_, service)| is_public(service) && !inventory.is_patched(&service.object))
}

/// Whether only some addresses are let in.
fn is_limited(service: &Service<'_>) -> bool {
    let ranges = || service.field("loadBalancerSourceRanges").into_iter().flat_map(|list| list.items());
    ranges().next().is_some() && !ranges().any(|one| matches!(one.text(), "0.0.0.0/0" | "::/0"))
}

/// Services behind an Ingress of a cloud's load balancer that reaches nodes by their ports: these must be open there.
fn behind_load_balancers(inventory: &Inventory<'_>) -> HashSet<usize> {
    let mut found = HashSet::new();
    for backend in inventory.backends() {
        let object = &backend.object;
        let class = object.annotation("kubernetes.io/ingress.class");
        let class = class.or_else(|| object.spec()?.get("ingressClassName"));
        let is_cloud = class.is_some_and(|class| BY_NODE_PORT.iter().any(|name| class.text().contains(name)))
            || has_annotation_of(object, "alb.ingress.kubernetes.io/");
        let by_address =
            object.annotation("alb.ingress.kubernetes.io/target-type").is_some_and(|it| it.text() == "ip");
        if is_cloud && !by_address {
            found.extend(inventory.reachable_services(backend.name.text(), backend.namespace));
        }
    }
    found
}

/// Names of classes whose load balancer reaches nodes by their ports (fact 19.27).
const BY_NODE_PORT: &[&str] = &["alb", "gce"];

fn has_annotation_of(object: &Object<'_>, start: &str) -> bool {
    let annotations = object.metadata().and_then(|it| it.get("annotations"));
    annotations.into_iter().flat_map(|all| all.entries()).any(|one| one.key.text().starts_with(start))
}

/// Says which Services are open.
pub(super) fn public(inventory: &Inventory<'_>, out: &mut Out) {
    let behind = behind_load_balancers(inventory);
    for (at, service) in ours(inventory).filter(|(_, service)| !is_limited(service)) {
        if service.service_type() == "NodePort" && behind.contains(&at) {
            continue;
        }
        let (title, place) =
            (service.object.title(), service.field("type").unwrap_or(service.object.anchor()));
        let node_port = service.service_type() == "NodePort";
        let (how, help) = if node_port {
            (
                "a port on every node leads to it",
                "use `ClusterIP` and an Ingress or a route, unless the node port is meant",
            )
        } else {
            (
                "a load balancer with an address of its own leads to it",
                "list who may connect in `loadBalancerSourceRanges`, or keep the load balancer internal",
            )
        };
        out.report(place, format!("{title} is open to the network outside the cluster"))
            .label(how)
            .help(help);
    }
}

/// Ports of databases and of administration in open Services.
pub(super) fn sensitive(inventory: &Inventory<'_>, out: &mut Out) {
    for (at, service) in ours(inventory).filter(|(_, service)| !is_limited(service)) {
        for port in service.ports() {
            let pods = inventory.service_pods(at).iter().filter(|one| one.certain.is_yes());
            let targets = pods
                .filter_map(|one| resolve_port(&port, inventory.workloads[one.workload].pod.spec)?.number());
            let mut numbers = targets.chain(port.port);
            let Some((number, what)) =
                numbers.find_map(|number| PORTS.iter().find(|(one, _)| *one == number))
            else {
                continue;
            };
            let public = service.service_type() == "LoadBalancer";
            out.report(
                port.node.get("port").unwrap_or(port.node),
                format!("{} opens {what} to the network outside the cluster", service.object.title()),
            )
            .severity(if public { Severity::Warning } else { Severity::Info })
            .label(format!("{number} is the port of {what}"))
            .also(service.field("type").unwrap_or(service.object.anchor()), "this type opens it")
            .help("use `ClusterIP`, and `kubectl port-forward` or a VPN for administration");
        }
    }
}

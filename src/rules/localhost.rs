//! Hosts that are the pod itself, where nothing listens (fact 7.1.3).

use super::{Check, Rule, rule};
use crate::finding::Out;
use crate::hosts::names;
use crate::inventory::{HostUse, Inventory, Outcome};
use crate::kube::image;
use crate::kube::pod::Container;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("localhost-unserved", Check::Unit(unserved))];

/// Words of variables that lead to another program: databases, caches, queues. Their usual ports.
const BACKING: &[(&str, u16)] = &[
    ("MYSQL", 3306),
    ("MARIADB", 3306),
    ("WORDPRESS", 3306),
    ("POSTGRES", 5432),
    ("POSTGRESQL", 5432),
    ("PG", 5432),
    ("PGHOST", 5432),
    ("REDIS", 6379),
    ("MONGO", 27017),
    ("MONGODB", 27017),
    ("RABBITMQ", 5672),
    ("AMQP", 5672),
    ("KAFKA", 9092),
    ("MEMCACHED", 11211),
    ("CASSANDRA", 9042),
    ("ELASTICSEARCH", 9200),
];

fn unserved(inventory: &Inventory<'_>, out: &mut Out) {
    for host in inventory.hosts() {
        if host.outcome != Outcome::Loopback || host.implicit {
            continue;
        }
        let workload = &inventory.workloads[host.workload];
        let spec = workload.pod.spec;
        let number = host.port.as_ref().map(|port| port.number);
        let Some(usual) = backing(&host.variable).or_else(|| database_port(&host.variable, number)) else {
            continue;
        };
        if names::role(&host.variable, host.container.image_text()).is_none()
            || spec.host_network().is_some()
            || inventory.is_patched(&workload.object)
            || workload.may_be_injected()
        {
            continue;
        }
        let port = host.port.as_ref().map_or(usual, |port| port.number);
        if spec.running_containers().any(|container| may_serve(container, host, port)) {
            continue;
        }
        let place = host.origin.map_or(host.span, |origin| origin.span());
        out.report(
            place,
            format!("`{}` leads to port {port} of the pod itself, where nothing listens", host.variable),
        )
        .label("a pod's localhost is the pod, not the node and not the cluster")
        .also(host.container.anchor(), "the container that connects")
        .help("write the name of the Service that serves it");
    }
}

fn backing(variable: &str) -> Option<u16> {
    let upper = variable.to_ascii_uppercase();
    let mut words = upper.split(['_', '.', '-']);
    words.find_map(|word| BACKING.iter().find(|row| row.0 == word)).map(|row| row.1)
}

/// A database by a word for any, if the port is the usual one of some: `DB_HOST: localhost:3306`.
fn database_port(variable: &str, port: Option<u16>) -> Option<u16> {
    let upper = variable.to_ascii_uppercase();
    let any =
        upper.split(['_', '.', '-']).any(|word| matches!(word, "DB" | "DATABASE" | "DATASOURCE" | "JDBC"));
    port.filter(|port| any && BACKING.iter().any(|row| row.1 == *port))
}

/// Whether a container listens on the port, or does not say what it listens on.
fn may_serve(container: Container<'_>, host: &HostUse<'_>, port: u16) -> bool {
    let declared: Vec<i64> = container.ports().filter_map(|one| one.number).collect();
    if declared.contains(&i64::from(port)) {
        return true;
    }
    let reference = container.image_text();
    let own = container.node.index() == host.container.node.index();
    let parsed = image::parse(reference);
    let database =
        parsed.as_ref().and_then(image::database).is_some_and(|database| database.ports.contains(&port));
    // The one that connects does not serve itself, unless its image is a database or runs everything.
    if own {
        return database
            || parsed.is_none_or(|image| image.name.contains("all-in-one") || image.name.contains("proxy"));
    }
    declared.is_empty() || database
}

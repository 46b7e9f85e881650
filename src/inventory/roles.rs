//! What a workload is there for, where that decides what its loss means: a leader with its standbys, a client that
//! makes load, a server whose pods do not copy its data, pods that serve machines only (fact 9.32).

use super::Inventory;
use crate::kube::image::{self, Kind};
use crate::kube::pod::Container;
use crate::kube::service::{Service, ServicePort};

/// A role that a workload plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One of its pods leads, the others wait.
    Elected,
    /// It makes requests, for tests or demonstrations.
    Load,
    /// A server of data, by its name, whose pods each have data of their own.
    Data(&'static str),
}

/// Arguments and variables that switch the election of a leader on.
const ELECTION: &[&str] = &[
    "leader-elect",
    "enable-leader-election",
    "leader-election",
    "leaderelection",
    "leader_elect",
    "enable_leader_election",
    "leader-elect-lease-duration",
];

/// Parts of the names of programs that make load.
const LOAD: &[&str] = &[
    "loadgen",
    "load-gen",
    "load_gen",
    "loadtest",
    "load-test",
    "locust",
    "vegeta",
    "fortio",
    "jmeter",
    "k6",
];

/// Servers whose pods have to be told of each other, by their images: a second one alone is another cluster.
const MEMBERS: &[(&[&str], &str)] = &[
    (&["zookeeper", "cp-zookeeper"], "zookeeper"),
    (&["kafka", "cp-kafka", "cp-server", "cp-enterprise-kafka", "redpanda"], "kafka"),
    (&["consul"], "consul"),
    (&["etcd"], "etcd"),
];

/// Programs that carry traffic which comes in on a connection of their own, past every Service.
const TUNNELS: &[&str] = &["cloudflared", "tailscale", "frpc", "ngrok", "inlets", "chisel"];

impl<'a> Inventory<'a> {
    /// The role of a workload, if it has one of those that are known.
    pub fn role(&self, at: usize) -> Option<Role> {
        let workload = &self.workloads[at];
        let spec = workload.pod.spec;
        if spec.running_containers().any(elects) {
            return Some(Role::Elected);
        }
        let mut names =
            spec.containers().flat_map(|one| [one.name(), image_name(one)]).chain([workload.object.name]);
        if names.any(makes_load) {
            return Some(Role::Load);
        }
        let data = |one: Container<'a>| {
            let image = image::parse(one.image_text())?;
            let member = || MEMBERS.iter().find(|row| row.0.contains(&image.name)).map(|row| row.1);
            let database = image::database(&image).filter(|database| database.kind != Kind::Application);
            database.map(|database| database.name).or_else(member).map(Role::Data)
        };
        spec.containers().find_map(data)
    }

    /// Whether nobody but machines asks a workload: it has Services, all of them [for machines](Self::serves_machines).
    /// What carries traffic past them is none of these.
    pub fn is_asked_by_machines(&self, at: usize) -> bool {
        let services = self.certain_services(at);
        let tunnel = |one: Container<'a>| TUNNELS.contains(&image_name(one));
        !services.is_empty()
            && services.iter().all(|&one| self.serves_machines(one))
            && !self.workloads[at].pod.spec.running_containers().any(tunnel)
    }

    /// Whether a Service is for machines only: its ports carry metrics, or an admission webhook of the input calls it.
    pub fn serves_machines(&self, service: usize) -> bool {
        let service = &self.services[service];
        let mut ports = service.ports().peekable();
        let metrics = ports.peek().is_some() && ports.all(|port| is_for_metrics(&port));
        metrics || is_scaffold(service.object.name) || self.is_webhook(service)
    }

    fn is_webhook(&self, service: &Service<'a>) -> bool {
        let calls = |kind: &str| {
            self.of_kind(kind).any(|object| {
                let hooks = object.node.get("webhooks").into_iter().flat_map(|list| list.items());
                let names = hooks.filter_map(|hook| hook.get("clientConfig")?.get("service")?.get("name"));
                names.into_iter().any(|name| name.text() == service.object.name)
            })
        };
        calls("ValidatingWebhookConfiguration") || calls("MutatingWebhookConfiguration")
    }
}

/// Whether a Service is called like those that kubebuilder makes for an operator.
fn is_scaffold(name: &str) -> bool {
    ["webhook-service", "metrics-service"].iter().any(|own| name.ends_with(own))
}

/// Whether a Service's port is one that metrics or profiles are read from.
pub fn is_for_metrics(port: &ServicePort<'_>) -> bool {
    let words = ["metric", "prometheus", "profil", "pprof", "debug"];
    let word = |text: &str| words.iter().any(|word| text.contains(word));
    port.name.is_some_and(|name| word(name.text())) || port.target_node().is_some_and(|one| word(one.text()))
}

fn elects(container: Container<'_>) -> bool {
    let on = |value: &str| !matches!(value.trim().trim_matches(['"', '\'']), "false" | "0" | "no" | "off");
    let asked = |text: &str| {
        let (name, value) = text.split_once('=').unwrap_or((text, "true"));
        let name = name.trim_start_matches('-').to_ascii_lowercase();
        ELECTION.contains(&name.as_str()) && on(value)
    };
    let mut words = container.list("command").chain(container.list("args"));
    words.any(|word| word.text().split_whitespace().any(asked))
        || container.env().any(|variable| {
            let value = variable.value().map_or("true", |value| value.text());
            ELECTION.contains(&variable.name().to_ascii_lowercase().as_str()) && on(value)
        })
}

fn image_name(container: Container<'_>) -> &str {
    image::parse(container.image_text()).map_or("", |image| image.name)
}

fn makes_load(name: &str) -> bool {
    LOAD.iter().any(|word| match word.len() {
        0..=2 => name == *word,
        _ => name.contains(word),
    })
}

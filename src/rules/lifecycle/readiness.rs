//! Traffic for containers that nobody asks whether they are ready (facts 9.4, 9.20).

use super::super::reasons;
use super::lasting;
use crate::finding::amend::{self, Value};
use crate::finding::{Need, Out, Severity};
use crate::inventory::{Inventory, Resolved, Role, Update, is_for_metrics, resolve_port};
use crate::kube::image;
use crate::kube::pod::{Container, PodSpec};
use crate::kube::probe::{Probe, Question};
use crate::kube::service::{Service, ServicePort};
use crate::kube::sleep;
use crate::kube::workload::WorkloadKind;

/// Ports of the containers that Dapr, Linkerd, Istio and Consul add to pods (fact 9.31).
const SIDECARS: [std::ops::RangeInclusive<i64>; 5] =
    [3500..=3501, 50_001..=50_002, 4140..=4191, 15_000..=15_090, 20_000..=20_000];

/// Traffic that arrives at a container.
struct Traffic<'a> {
    service: usize,
    port: ServicePort<'a>,
    number: i64,
}

/// Services that are named with a container, at most.
const SHOWN: usize = 3;

pub fn missing(inventory: &Inventory<'_>, out: &mut Out) {
    for (at, workload) in lasting(inventory) {
        let spec = workload.pod.spec;
        // A condition that somebody else sets decides, too: often a load balancer's own check.
        let gated = spec.list("readinessGates").next().is_some();
        if gated || spec.running_containers().any(is_exporter) {
            continue;
        }
        let services = inventory.certain_services(at);
        let injected = workload.may_be_injected();
        let of_sidecar = |number: i64| injected && SIDECARS.iter().any(|ports| ports.contains(&number));
        for container in spec.running_containers().filter(|one| !sleep::serves_nobody(one.node)) {
            let given = container.node.entry("readinessProbe").is_some_and(|entry| !entry.value.is_null());
            if given || reasons::probes_are_off(container.node) {
                continue;
            }
            let traffic: Vec<Traffic<'_>> = services
                .iter()
                .filter_map(|&service| arriving(inventory, service, spec, container, &of_sidecar))
                .take(SHOWN)
                .collect();
            let Some(first) = traffic.first() else {
                continue;
            };
            if !is_asked_elsewhere(spec, container, first.number) {
                let quiet = inventory.role(at) == Some(Role::Elected)
                    || runs_one_at_a_time(inventory, at)
                    || traffic.iter().all(|one| inventory.serves_machines(one.service));
                let several = inventory.replicas(at).is_none_or(|range| range.ceiling.count > 1);
                let need = if several {
                    Need::Open
                } else {
                    Need::Small("with one pod it only matters while the next one starts")
                };
                report(inventory, spec, container, &traffic, (quiet, need), out);
            }
        }
    }
}

/// Whether there is never a second pod that could take a request instead.
fn runs_one_at_a_time(inventory: &Inventory<'_>, at: usize) -> bool {
    let one = inventory.replicas(at).is_some_and(|range| range.ceiling.count == 1);
    let workload = &inventory.workloads[at];
    let is_set = workload.kind == WorkloadKind::StatefulSet;
    one && (is_set || matches!(Update::read(workload), Some(Update::Recreate(_))))
}

/// The first port of a Service that surely ends in this container.
fn arriving<'a>(
    inventory: &Inventory<'a>,
    index: usize,
    spec: PodSpec<'a>,
    container: Container<'a>,
    of_sidecar: &impl Fn(i64) -> bool,
) -> Option<Traffic<'a>> {
    let service = &inventory.services[index];
    if inventory.is_patched(&service.object) || ignores_readiness(service) {
        return None;
    }
    service.ports().find_map(|port| {
        // Neither the kubelet nor anybody else can ask a UDP port whether it is ready, and those who collect
        // metrics or profiles do not wait for readiness.
        if port.protocol == "UDP" || is_for_metrics(&port) || port.is_stand_in() {
            return None;
        }
        let number = match resolve_port(&port, spec)? {
            Resolved::Declared(target) => {
                let own = container.ports().any(|one| one.node.span() == target.node.span());
                target.number.filter(|_| own)?
            }
            Resolved::Number(number) if of_sidecar(number) => return None,
            Resolved::Number(number) => serves(spec, container, number).then_some(number)?,
            _ => return None,
        };
        let named = container.ports().find(|one| one.number == Some(number)).and_then(|one| one.name);
        let metrics = named.is_some_and(|name| name.text().contains("metric"));
        (!metrics).then_some(Traffic { service: index, port, number })
    })
}

/// Whether a port by number is this container's: it says so, or there is no other.
fn serves(spec: PodSpec<'_>, container: Container<'_>, number: i64) -> bool {
    let declares = |one: Container<'_>| one.ports().any(|port| port.number == Some(number));
    let only = spec.running_containers().count() == 1;
    declares(container) || only && container.ports().next().is_none()
}

/// Whether it only hands out numbers to those who collect them.
pub(super) fn is_exporter(container: Container<'_>) -> bool {
    let image = image::parse(container.image_text());
    image.is_some_and(|image| {
        image.name.ends_with("exporter") || ["kube-state-metrics", "kube-rbac-proxy"].contains(&image.name)
    })
}

fn ignores_readiness(service: &Service<'_>) -> bool {
    let field = service.field("publishNotReadyAddresses").and_then(|node| node.bool());
    let old = service.object.annotation("service.alpha.kubernetes.io/tolerate-unready-endpoints");
    field == Some(true) || old.is_some_and(|node| node.text() == "true")
}

/// Whether the probe of another container asks for this one: it aims at its port, or runs a command that may.
fn is_asked_elsewhere(spec: PodSpec<'_>, container: Container<'_>, number: i64) -> bool {
    spec.running_containers().filter(|other| other.node.span() != container.node.span()).any(|other| {
        let probe = other.node.get("readinessProbe");
        let question = Probe::read(other, "readinessProbe").and_then(|probe| probe.question(other));
        match question {
            Some(Question::Exec(_)) => true,
            Some(question) => question.port() == Some(number),
            None => probe.is_some(),
        }
    })
}

/// A probe to begin with: what liveness asks over HTTP, else whether the port accepts connections.
fn probe(container: Container<'_>, number: i64) -> Value {
    let live = container.node.get("livenessProbe").and_then(|probe| probe.get("httpGet"));
    let asked = live.filter(|http| {
        let same = http.get("port").and_then(|port| match port.int() {
            Some(number) => Some(number),
            None => {
                container.ports().find(|one| one.name.is_some_and(|name| name.text() == port.text()))?.number
            }
        });
        same == Some(number) && http.get("host").is_none() && http.get("httpHeaders").is_none()
    });
    let Some(http) = asked else {
        return Value::map([("tcpSocket", Value::map([("port", Value::text(number))]))]);
    };
    let fields = ["path", "port", "scheme"].into_iter().filter_map(|field| Some((field, http.get(field)?)));
    let fields = fields.map(|(field, node)| (field.to_owned(), Value::text(node.source_text())));
    Value::map([("httpGet", Value::Map(fields.collect()))])
}

fn report<'a>(
    inventory: &Inventory<'a>,
    spec: PodSpec<'a>,
    container: Container<'a>,
    traffic: &[Traffic<'a>],
    (quiet, need): (bool, Need),
    out: &mut Out,
) {
    let (first, name) = (&traffic[0], container.name());
    let service = &inventory.services[first.service].object;
    let startup = container.node.entry("startupProbe").filter(|entry| !entry.value.is_null());
    let asked = spec.running_containers().find(|other| other.node.get("readinessProbe").is_some());
    let draft = match (startup, asked) {
        (Some(entry), _) => out
            .report(
                entry.key,
                format!(
                    "container `{name}` of Service `{}` is not probed again once it has started",
                    service.name
                ),
            )
            .severity(Severity::Info)
            .label("runs only until the container has started"),
        (None, Some(other)) => out
            .report(
                container.anchor(),
                format!(
                    "Service `{}` sends traffic to container `{name}` as soon as `{}` is ready",
                    service.name,
                    other.name()
                ),
            )
            .severity(Severity::Info)
            .label("no readiness probe")
            .note("requests fail as long as this container is not ready"),
        (None, None) => out
            .report(container.anchor(), format!("container `{name}` has no readiness probe"))
            .label("receives traffic as soon as it starts")
            .note(format!("Service `{}` sends traffic to it before it is ready", service.name)),
    };
    let mut draft = draft.need(need).also(
        first.port.target_node().unwrap_or(first.port.node),
        format!("port {} of {} routes here", first.port.title(), service.title()),
    );
    for other in traffic.iter().skip(1) {
        let title = inventory.services[other.service].object.title();
        draft = draft.also(inventory.services[other.service].object.anchor(), format!("{title}, too"));
    }
    // Those who call a leader or a webhook try again.
    if quiet {
        draft = draft.severity(Severity::Info);
    }
    let of_port = format!("add a `readinessProbe` to `{name}` for port {}", first.number);
    let edit = amend::add(container.node, "readinessProbe", &probe(container, first.number));
    draft.help(of_port.clone()).repairable(of_port, edit);
}

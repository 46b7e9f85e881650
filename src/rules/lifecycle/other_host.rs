//! Probes that ask another host than the pod, or ask liveness what is a question of readiness (facts 9.14, 15.44).

use super::lasting;
use crate::finding::Out;
use crate::inventory::Inventory;
use crate::kube::probe::{FIELDS, Probe, Question};
use crate::text::placeholder::is_placeholder;

pub fn other_host(inventory: &Inventory<'_>, out: &mut Out) {
    for (_, workload) in lasting(inventory) {
        // On the node's network its loopback address is the pod's.
        if workload.pod.spec.host_network().is_some() {
            continue;
        }
        for container in workload.pod.spec.running_containers() {
            let probes: Vec<Probe<'_>> =
                FIELDS.iter().filter_map(|field| Probe::read(container, field)).collect();
            let hosts = probes.iter().filter_map(|probe| {
                let handler = probe.node.get("httpGet").or_else(|| probe.node.get("tcpSocket"))?;
                let host = handler.get("host").filter(|host| !is_placeholder(host.text()))?;
                Some((probe, host, why(inventory, workload.object.namespace, host.text())?))
            });
            let mut hosts = hosts;
            let Some((probe, host, why)) = hosts.next() else { continue };
            let mut draft = out
                .report(
                    host,
                    format!(
                        "the {} of container `{}` asks `{}`, not its own pod",
                        probe.field,
                        container.name(),
                        host.text()
                    ),
                )
                .label(why)
                .help("remove `host`: a probe asks the pod unless it says otherwise");
            for (probe, host, _) in hosts {
                draft = draft.also(host, format!("the {} too", probe.field));
            }
        }
    }
}

/// What is wrong with a host; `None` where it may be meant.
fn why(inventory: &Inventory<'_>, namespace: Option<&str>, host: &str) -> Option<&'static str> {
    if matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "::1") {
        return Some("the kubelet connects, so this is the node and not the pod");
    }
    let first = host.split('.').next().unwrap_or(host);
    let inside = host == first || host.ends_with(".svc") || host.contains(".svc.") || {
        let rest = host.strip_prefix(first).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| inventory.is_namespace(rest))
    };
    let is_service = !inventory.reachable_services(first, namespace).is_empty()
        || host != first && !inventory.services_named(first).is_empty();
    (inside && is_service)
        .then_some("a Service's name: the kubelet asks the node's DNS, which does not know it")
}

pub fn asks_readiness(inventory: &Inventory<'_>, out: &mut Out) {
    for (_, workload) in lasting(inventory) {
        for container in workload.pod.spec.running_containers() {
            let Some(live) = Probe::read(container, "livenessProbe") else { continue };
            let question = live.question(container);
            let Some(Question::Http { path, .. }) = &question else { continue };
            let ready = Probe::read(container, "readinessProbe");
            // Two probes that ask the same are another rule's matter.
            let same = ready.as_ref().is_some_and(|ready| ready.question(container) == question);
            let asks = path
                .split(['/', '?', '='])
                .any(|part| matches!(part, "ready" | "readyz" | "readiness" | "isReady"));
            let node = live.node.get("httpGet").and_then(|http| http.get("path"));
            if let (Some(node), true, false) = (node, asks, same) {
                out.report(
                    node,
                    format!(
                        "the liveness probe of container `{}` asks whether it is ready",
                        container.name()
                    ),
                )
                .label("this path tells whether it is ready")
                .note("the container is restarted whenever it is not ready, even if a restart does not help")
                .help("use a path that answers as long as the process is alive");
            }
        }
    }
}

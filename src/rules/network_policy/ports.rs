//! Ports of policies that are a Service's and no container's (facts 4.24, 15.11).

use crate::finding::Out;
use crate::inventory::{Direction, Inventory, Policy, Selected, resolve_port};
use crate::kube::selector::Selector;
use crate::text::placeholder::is_placeholder;
use crate::text::suggest;
use crate::yaml::{Node, Scalar};

/// A policy about more workloads than this is about a kind of them, not about their ports.
const MOST: usize = 100;

pub fn unresolved(inventory: &Inventory<'_>, out: &mut Out) {
    for policy in inventory.policies() {
        for rule in policy.rules(Direction::Ingress) {
            check(inventory, &policy, Direction::Ingress, rule, &policy.pods, out);
        }
        for rule in policy.rules(Direction::Egress) {
            if let Some(pods) = own_peers(inventory, &policy, rule) {
                check(inventory, &policy, Direction::Egress, rule, &pods, out);
            }
        }
    }
}

/// The pods behind the peers of a rule, if all of them are pods of the policy's own namespace.
fn own_peers<'a>(inventory: &Inventory<'a>, policy: &Policy<'a>, rule: Node<'a>) -> Option<Vec<Selected>> {
    let mut found = Vec::new();
    for peer in rule.get("to")?.items() {
        let node = peer.get("podSelector").filter(|_| peer.get("namespaceSelector").is_none())?;
        let selector = Selector::label_selector(node).with_added(&policy.object.added.selectors);
        if selector.is_empty() || selector.has_placeholder() || selector.is_invalid() {
            return None;
        }
        found.extend(inventory.select(inventory.namespace(&policy.object), &selector));
    }
    Some(found)
}

fn check<'a>(
    inventory: &Inventory<'a>,
    policy: &Policy<'a>,
    direction: Direction,
    rule: Node<'a>,
    pods: &[Selected],
    out: &mut Out,
) {
    if pods.is_empty() || pods.len() > MOST || inventory.is_incomplete(&policy.object) {
        return;
    }
    let plain = pods.iter().all(|pod| {
        let workload = &inventory.workloads[pod.workload];
        !inventory.is_patched(&workload.object) && !workload.may_be_injected() && !workload.is_partial()
    });
    if !plain {
        return;
    }
    let ports: Vec<Node<'a>> = rule
        .get("ports")
        .into_iter()
        .flat_map(|list| list.items())
        .filter_map(|one| one.get("port"))
        .collect();
    for &node in &ports {
        match node.scalar() {
            Some(Scalar::Str(name)) if !is_placeholder(name) => {
                named(inventory, policy, direction, node, name, pods, out)
            }
            _ => {
                if let Some(number) = node.int() {
                    numbered(inventory, policy, node, number, &ports, pods, out);
                }
            }
        }
    }
}

/// A name that no container of the pods declares matches no port.
fn named<'a>(
    inventory: &Inventory<'a>,
    policy: &Policy<'a>,
    direction: Direction,
    node: Node<'a>,
    name: &str,
    pods: &[Selected],
    out: &mut Out,
) {
    let specs = || pods.iter().map(|pod| inventory.workloads[pod.workload].pod.spec);
    let names = || specs().flat_map(|spec| spec.ports()).filter_map(|port| port.name).map(|node| node.text());
    if names().any(|own| own == name) {
        return;
    }
    let first = &inventory.workloads[pods[0].workload];
    let near = suggest::nearest(name, names());
    // Who also lists the port of an option that is off loses nothing.
    if near.is_none() && allows_all(inventory, policy, direction, pods) {
        return;
    }
    let draft = out
        .report(node, format!("{} allows port `{name}`, which its pods do not have", policy.object.title()))
        .label("no container declares a port of this name")
        .also(first.object.anchor(), "the pods in question");
    match near {
        Some(near) => draft.perhaps(node, near),
        None => draft.help("use the number or the name of a container's port"),
    };
}

/// Whether the pods declare ports, and the policy allows all of them in a direction.
fn allows_all(
    inventory: &Inventory<'_>,
    policy: &Policy<'_>,
    direction: Direction,
    pods: &[Selected],
) -> bool {
    let listed: Vec<Node<'_>> = policy
        .rules(direction)
        .filter_map(|rule| rule.get("ports"))
        .flat_map(|list| list.items())
        .filter_map(|one| one.get("port"))
        .collect();
    let is_listed = |name: Option<Node<'_>>, number: Option<i64>| {
        listed.iter().any(|one| match one.int() {
            Some(port) => number == Some(port),
            None => name.is_some_and(|name| name.text() == one.text()),
        })
    };
    pods.iter().all(|pod| {
        let mut ports = inventory.workloads[pod.workload].pod.spec.ports().peekable();
        ports.peek().is_some() && ports.all(|port| is_listed(port.name, port.number))
    })
}

/// A number that is the port of a Service before these pods, which sends it to another one.
fn numbered<'a>(
    inventory: &Inventory<'a>,
    policy: &Policy<'a>,
    node: Node<'a>,
    number: i64,
    ports: &[Node<'a>],
    pods: &[Selected],
    out: &mut Out,
) {
    let mut found = None;
    for pod in pods {
        let spec = inventory.workloads[pod.workload].pod.spec;
        if spec.ports().any(|port| port.number == Some(number)) {
            return;
        }
        for &at in inventory.services_of(pod.workload) {
            let service = &inventory.services[at];
            for port in service.ports().filter(|port| port.port == Some(number)) {
                let target = resolve_port(&port, spec).and_then(|target| target.number());
                match target {
                    Some(target) if target != number => {
                        found = found.or(Some((at, port, target, pod.workload)))
                    }
                    _ => return,
                }
            }
        }
    }
    let Some((service, port, target, workload)) = found else { return };
    // Who lists both knows the difference.
    let listed = ports.iter().any(|one| one.int() == Some(target));
    let declared = inventory.workloads[workload].pod.spec.ports().any(|port| port.number == Some(target));
    if listed || !declared {
        return;
    }
    let service = &inventory.services[service];
    out.report(
        node,
        format!("{} allows port {number} of a Service, not port {target} of its pods", policy.object.title()),
    )
    .label("policies see the port of the container")
    .also(
        port.target_node().unwrap_or(port.node),
        format!("Service `{}` sends port {number} to {target}", service.object.name),
    )
    .help(format!("allow port {target}"));
}

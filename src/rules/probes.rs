//! Probes and the ports they name.

use super::eligible::Eligible;
use super::{Around, Check, Rule, rule};
use crate::finding::Out;
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::text::placeholder::is_placeholder;
use crate::text::suggest;
use crate::yaml::{Node, Scalar};

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("probe-port-unresolved", Check::Pod(Eligible::FINAL, port_unresolved))];

/// The probes with what follows when their port does not exist (fact 9.9).
const PROBES: &[(&str, &str)] = &[
    ("startupProbe", "never becomes ready and is never restarted"),
    ("readinessProbe", "never becomes ready"),
    ("livenessProbe", "is never restarted when it hangs"),
];

fn port_unresolved(workload: &Workload<'_>, _: &Around<'_>, out: &mut Out) {
    for container in workload.pod.spec.running_containers() {
        check(workload, container, out);
    }
}

fn check<'a>(workload: &Workload<'a>, container: Container<'a>, out: &mut Out) {
    // Without an image the document is a patch, and ports may come from what it patches.
    if container.image().is_none() {
        return;
    }
    let list = container.node.get("ports");
    let unreadable = list.is_some_and(|list| !list.is_sequence());
    let names: Vec<&str> = container.ports().filter_map(|port| port.name).map(|name| name.text()).collect();
    if unreadable || names.iter().any(|name| is_placeholder(name)) {
        return;
    }
    let mut told: Vec<&str> = Vec::new();
    for (probe, consequence) in PROBES {
        let Some((node, name)) = named_port(container, probe) else {
            continue;
        };
        if names.contains(&name) || told.contains(&name) {
            continue;
        }
        told.push(name);
        let owner = container.name();
        let mut draft = out
            .report(node, format!("container `{owner}` has no port `{name}`, so its {probe} never runs"))
            .label("looked up in this container only")
            .note(format!("the container {consequence}"))
            .help(help(container, name));
        for (other, _) in PROBES {
            if other != probe
                && let Some((second, same)) = named_port(container, other)
                && same == name
            {
                draft = draft.also(second, format!("the {other} names it too"));
            }
        }
        let elsewhere =
            workload.pod.spec.ports().find(|port| port.name.is_some_and(|one| one.text() == name));
        if let Some(port) = elsewhere.and_then(|port| port.name) {
            draft = draft.also(port, "a port of another container");
        } else if let Some(list) = container.node.entry("ports") {
            draft = draft.also(list.key, "the ports it has");
        }
        let _ = draft;
    }
}

/// The port that a probe names, if it names one. Quoted numbers are invalid as such.
fn named_port<'a>(container: Container<'a>, probe: &str) -> Option<(Node<'a>, &'a str)> {
    let probe = container.node.get(probe)?;
    let handler = probe.get("httpGet").or_else(|| probe.get("tcpSocket"))?;
    let node = handler.get("port")?;
    let Some(Scalar::Str(name)) = node.scalar() else {
        return None;
    };
    let number = name.bytes().all(|byte| byte.is_ascii_digit());
    (!number && !is_placeholder(name)).then_some((node, name))
}

fn help(container: Container<'_>, name: &str) -> String {
    let ports: Vec<_> = container.ports().collect();
    let named = |port: &crate::kube::pod::ContainerPort<'_>| port.name.map(|name| name.text().to_owned());
    if let Some(near) = ports.iter().filter_map(named).find(|other| suggest::is_slip(other, name)) {
        return format!("write `port: {near}`");
    }
    match &ports[..] {
        [] => format!("declare the port with `name: {name}`, or write its number"),
        [one] => match (one.name, one.number) {
            (Some(own), _) => format!("write `port: {}`", own.text()),
            (None, Some(number)) => format!("add `name: {name}` to port {number}, or write `port: {number}`"),
            (None, None) => format!("add `name: {name}` to the port"),
        },
        many => {
            let own: Vec<String> = many.iter().filter_map(named).map(|own| format!("`{own}`")).collect();
            if own.is_empty() {
                format!("add `name: {name}` to one of its ports, or write a number")
            } else {
                format!("use one of its ports: {}", own.join(", "))
            }
        }
    }
}

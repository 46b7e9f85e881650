//! Commands that cannot run, and servers that only the pod itself can reach (facts 15.32, 15.33).

use super::{Check, Eligible, Rule, rule};
use crate::finding::Out;
use crate::inventory::{Inventory, Selected, resolve_port};
use crate::kube::pod::Container;
use crate::kube::probe::FIELDS;
use crate::kube::workload::Workload;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("command-is-one-string", Check::Workload(Eligible::OWN, one_string)),
    rule!("listens-on-localhost", Check::Workload(Eligible::FINAL, listens_on_localhost)),
];

fn one_string(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let spec = workload.pod.spec;
    for container in spec.containers().chain(spec.init_containers()) {
        let hooks = container.node.get("lifecycle");
        let exec = |node: Option<Node<'_>>| node.and_then(|node| node.get("exec")).is_some();
        check(container, container.node.get("command"), "never starts", None, out);
        for field in FIELDS {
            let probe = container.node.get(field).filter(|probe| exec(Some(*probe)));
            let command = probe.and_then(|probe| probe.get("exec")?.get("command"));
            check(container, command, &format!("cannot run its {field}"), Some(consequence(field)), out);
        }
        for hook in ["postStart", "preStop"] {
            let command = hooks.and_then(|hooks| hooks.get(hook)?.get("exec")?.get("command"));
            check(container, command, &format!("cannot run its {hook} hook"), Some(consequence(hook)), out);
        }
    }
}

/// What follows where the command of a probe or hook cannot be started (facts 9.16, 9.21).
fn consequence(field: &str) -> &'static str {
    match field {
        "livenessProbe" => {
            "a probe that cannot be started is an error, not a failure, so nothing restarts the container"
        }
        "readinessProbe" => "the container never becomes ready",
        "startupProbe" => "the container never counts as started",
        "postStart" => "the container is killed and started again",
        _ => "the container is stopped without it",
    }
}

fn check<'a>(
    container: Container<'a>,
    command: Option<Node<'a>>,
    what: &str,
    then: Option<&str>,
    out: &mut Out,
) {
    let Some(first) = command.and_then(|list| list.items().next()) else { return };
    let text = first.text();
    let words: Vec<&str> = text.split_whitespace().collect();
    // A blank may be part of a path, as in `C:\\Program Files`.
    let path = text.contains('\\') || text.contains("Program Files");
    if words.len() < 2 || path || is_placeholder(text) || text.contains(['{', '\n']) {
        return;
    }
    let name = container.name();
    let program = words[0];
    // The rest must look like arguments of a program, not like a file with a blank in its name.
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if !program.chars().all(plain) {
        return;
    }
    let list: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let shell = text.contains(['|', '&', ';', '>', '<', '$', '\'', '"', '*']);
    out.report(first, format!("container `{name}` {what}: there is no program called `{text}`"))
        .label("taken as the name of one program: nothing splits it at blanks")
        .note(then.unwrap_or("the container runtime finds no such file"))
        .help(match shell {
            true => "run it in a shell: `[\"sh\", \"-c\", \"…\"]`".to_owned(),
            false => format!("write `[{}]`", list.join(", ")),
        });
}

/// Flags and variables that say where a server listens, without dashes and in lower case.
const BINDS: &[&str] = &[
    "host",
    "bind",
    "bind-addr",
    "bind-address",
    "listen",
    "listen-addr",
    "listen-address",
    "listen-host",
    "address",
    "addr",
    "http-address",
    "http-addr",
    "http.addr",
    "http.address",
    "web.listen-address",
    "server.host",
    "server.address",
    "hostname",
    "ip",
    "listen-ip",
    "bind-ip",
    "http-host",
    "server-host",
];
/// The same for its port.
const PORTS: &[&str] =
    &["port", "http-port", "http.port", "listen-port", "server.port", "server-port", "p", "bind-port"];

/// A place that binds a server to the loopback address, and the port if it is known.
struct Bound<'a> {
    at: Node<'a>,
    port: Option<i64>,
}

fn listens_on_localhost(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let services = inventory.services_of(at);
    if services.is_empty() || workload.may_be_injected() || workload.pod.spec.host_network().is_some() {
        return;
    }
    for container in workload.pod.spec.running_containers() {
        if let Some(bound) = bound(container) {
            report(inventory, at, workload, container, &bound, out);
        }
    }
}

fn report<'a>(
    inventory: &Inventory<'a>,
    at: usize,
    workload: &Workload<'a>,
    container: Container<'a>,
    bound: &Bound<'a>,
    out: &mut Out,
) {
    let own: Vec<i64> = container.ports().filter_map(|port| port.number).collect();
    let spec = workload.pod.spec;
    // Another container may forward the port, or be the one that serves it.
    let elsewhere = |number: i64| {
        let mut others = spec.running_containers().filter(|other| other.node != container.node);
        others.any(|other| {
            other.ports().any(|port| port.number == Some(number)) || other.ports().next().is_none()
        })
    };
    let port = match (bound.port, &own[..]) {
        (Some(port), _) => port,
        (None, [only]) => *only,
        _ => return,
    };
    if !own.is_empty() && !own.contains(&port) || elsewhere(port) {
        return;
    }
    for &position in inventory.services_of(at) {
        let mut pods = inventory.service_pods(position).iter();
        let sure = pods.any(|pod: &Selected| pod.workload == at && pod.certain.is_yes());
        let service = &inventory.services[position];
        if !sure || inventory.is_patched(&service.object) {
            continue;
        }
        let leads = |target: Option<i64>| target == Some(port);
        let found =
            service.ports().find(|one| leads(resolve_port(one, spec).and_then(|target| target.number())));
        if let Some(found) = found {
            let name = container.name();
            out.report(
                bound.at,
                format!(
                    "container `{name}` listens on the loopback address, out of reach of {}",
                    service.object.title()
                ),
            )
            .label("only the containers of its own pod can connect")
            .also(found.target_node().unwrap_or(found.node), format!("sends requests to port {port}"))
            .help("listen on all addresses, such as `0.0.0.0`");
            return;
        }
    }
}

/// Servers whose `-b` is short for `--bind`.
const WITH_B: &[&str] = &["gunicorn", "hypercorn"];

/// The words of a command line with their places. A script that runs one program is read as its words; what others do between
/// several commands is not known.
fn words<'a>(container: Container<'a>) -> Vec<(&'a str, Node<'a>)> {
    let all: Vec<Node<'a>> = container.list("command").chain(container.list("args")).collect();
    let script = match &all[..] {
        [shell, option, script] if is_shell(shell.text()) && option.text().ends_with('c') => Some(*script),
        _ => None,
    };
    match script {
        Some(script) if script.text().trim().contains(['\n', ';', '|', '&', '$', '"', '\'']) => Vec::new(),
        Some(script) => script.text().split_whitespace().map(|word| (word, script)).collect(),
        None => all.into_iter().map(|node| (node.text(), node)).collect(),
    }
}

/// Whether a program is a shell.
fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash"))
}

/// Where a container says that its server listens on the loopback address only.
fn bound<'a>(container: Container<'a>) -> Option<Bound<'a>> {
    let words = words(container);
    let mut port = None;
    let mut found = None;
    let gunicorn = words.iter().any(|word| WITH_B.contains(&word.0.rsplit('/').next().unwrap_or(word.0)));
    for (at, (text, node)) in words.iter().enumerate() {
        let Some(flag) = text.strip_prefix("--").or_else(|| text.strip_prefix('-')) else { continue };
        let (name, value, place) = match flag.split_once('=') {
            Some((name, value)) => (name, value, *node),
            None => match words.get(at + 1) {
                Some((next, place)) => (flag, *next, *place),
                None => continue,
            },
        };
        let name = if gunicorn && name == "b" { "bind" } else { name };
        read(&name.to_ascii_lowercase(), value, place, &mut found, &mut port);
    }
    // With Java's remote management, `HOST` is the name that it tells its clients.
    let managed = container.env().any(|entry| entry.name() == "JMX_PORT");
    for entry in container.env().filter(|entry| !(managed && entry.name() == "HOST")) {
        let Some(value) = entry.value() else { continue };
        let name = entry.name().to_ascii_lowercase().replace('_', "-");
        read(&name, value.text(), value, &mut found, &mut port);
    }
    let (at, own) = found?;
    Some(Bound { at, port: own.or(port) })
}

fn read<'a>(
    name: &str,
    value: &str,
    place: Node<'a>,
    found: &mut Option<(Node<'a>, Option<i64>)>,
    port: &mut Option<i64>,
) {
    if PORTS.contains(&name) {
        *port = port.or(value.parse().ok());
    }
    if !BINDS.contains(&name) || found.is_some() {
        return;
    }
    let value = value.trim_start_matches("http://").trim_start_matches("tcp://");
    for loopback in ["127.0.0.1", "localhost", "[::1]", "::1"] {
        match value.strip_prefix(loopback) {
            Some("") => *found = Some((place, None)),
            Some(rest) if rest.starts_with(':') && loopback != "::1" => {
                *found = rest[1..].parse().ok().map(|port| (place, Some(port)));
            }
            _ => {}
        }
    }
}

//! Probes with the API's defaults, and what makes two of them ask the same question (facts 9.7, 9.11, 9.12).

use super::pod::Container;
use crate::yaml::{Node, Scalar};

/// A probe of a container.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// The field it is written under, such as `livenessProbe`.
    pub field: &'static str,
    /// That field's name as it stands in the file.
    pub key: Node<'a>,
    /// Its mapping.
    pub node: Node<'a>,
    /// `initialDelaySeconds`.
    pub delay: i64,
    /// `periodSeconds`.
    pub period: i64,
    /// `timeoutSeconds`.
    pub timeout: i64,
    /// `failureThreshold`.
    pub failures: i64,
}

/// What a probe asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question<'a> {
    /// `httpGet`.
    Http {
        /// The port's number, or its name if the container declares none such.
        port: Port<'a>,
        /// Path, defaulted.
        path: &'a str,
        /// Host, empty for the pod.
        host: &'a str,
        /// Scheme, defaulted.
        scheme: &'a str,
        /// Headers, in order.
        headers: Vec<(&'a str, &'a str)>,
    },
    /// `tcpSocket`.
    Tcp {
        /// As above.
        port: Port<'a>,
        /// As above.
        host: &'a str,
    },
    /// `grpc`.
    Grpc {
        /// As above.
        port: Port<'a>,
        /// The service, empty by default.
        service: &'a str,
    },
    /// `exec`.
    Exec(Vec<&'a str>),
}

/// The port of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port<'a> {
    /// By number, or by the name of a port of the container.
    Number(i64),
    /// A name that the container does not declare.
    Unknown(&'a str),
}

/// The three probes, in the order in which they begin.
pub const FIELDS: [&str; 3] = ["startupProbe", "readinessProbe", "livenessProbe"];

impl<'a> Probe<'a> {
    /// Reads a probe; `None` if it is not there, or if one of its numbers is not known.
    pub fn read(container: Container<'a>, field: &'static str) -> Option<Self> {
        let entry = container.node.entry(field).filter(|entry| entry.value.is_mapping())?;
        let node = entry.value;
        let number = |name: &str, default: i64| match node.get(name) {
            None => Some(default),
            Some(written) => match written.int()? {
                // An explicit zero means the default as well.
                0 => Some(default),
                value => (value > 0).then_some(value),
            },
        };
        Some(Probe {
            field,
            key: entry.key,
            node,
            delay: number("initialDelaySeconds", 0)?,
            period: number("periodSeconds", 10)?,
            timeout: number("timeoutSeconds", 1)?,
            failures: number("failureThreshold", 3)?,
        })
    }

    /// Seconds until a container that has stopped answering is given up.
    pub fn patience(&self) -> i64 {
        self.failures.saturating_mul(self.period)
    }

    /// Seconds that a container has to start while this probe watches it.
    pub fn budget(&self) -> i64 {
        self.delay.saturating_add(self.patience())
    }

    /// What it asks; `None` without exactly one handler that can be read.
    pub fn question(&self, container: Container<'a>) -> Option<Question<'a>> {
        let text =
            |node: Node<'a>, key: &str, default: &'a str| node.get(key).map_or(default, |one| one.text());
        let port = |node: Node<'a>| read_port(node.get("port")?, container);
        let handlers = ["httpGet", "tcpSocket", "grpc", "exec"];
        let mut found = handlers.into_iter().filter_map(|name| Some((name, self.node.get(name)?)));
        let (name, handler) = found.next()?;
        if found.next().is_some() {
            return None;
        }
        Some(match name {
            "httpGet" => {
                let headers = handler.get("httpHeaders").into_iter().flat_map(|list| list.items());
                let headers = headers.map(|one| (text(one, "name", ""), text(one, "value", "")));
                let path = text(handler, "path", "/");
                Question::Http {
                    port: port(handler)?,
                    path: if path.is_empty() { "/" } else { path },
                    host: text(handler, "host", ""),
                    scheme: text(handler, "scheme", "HTTP"),
                    headers: headers.collect(),
                }
            }
            "tcpSocket" => Question::Tcp { port: port(handler)?, host: text(handler, "host", "") },
            "grpc" => Question::Grpc { port: port(handler)?, service: text(handler, "service", "") },
            _ => {
                let command = handler.get("command")?;
                Question::Exec(command.items().map(|word| word.text()).collect())
            }
        })
    }
}

/// A name is looked up in the probe's own container, whatever the protocol (fact 9.9).
fn read_port<'a>(node: Node<'a>, container: Container<'a>) -> Option<Port<'a>> {
    match node.scalar()? {
        Scalar::Str(name) => {
            let own = container.ports().find(|port| port.name.is_some_and(|one| one.text() == name));
            Some(own.and_then(|port| port.number).map_or(Port::Unknown(name), Port::Number))
        }
        _ => node.int().map(Port::Number),
    }
}

/// Commands by which a server is asked about itself alone.
const OWN_HEALTH: &[&str] = &[
    "ruok",
    "pg_isready",
    "redis-cli ping",
    "valkey-cli ping",
    "mysqladmin ping",
    "mariadb-admin ping",
    "rabbitmq-diagnostics",
    "rabbitmqctl status",
    "nodetool status",
    "zkServer.sh status",
    "zookeeper-ready",
    "healthcheck.sh",
];

/// Hosts that are the pod itself, as the option of a client's command has them.
fn is_own_host(host: &str) -> bool {
    host.is_empty() || host.starts_with(['$', '/']) || ["localhost", "127.0.0.1", "::1"].contains(&host)
}

impl Question<'_> {
    /// Whether it is a command that asks the server in the container about itself and nothing behind it: `pg_isready`,
    /// `redis-cli ping`, `echo ruok | nc localhost 2181`.
    pub fn asks_itself(&self) -> bool {
        let Question::Exec(words) = self else { return false };
        let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
        // Options of the client stand between its name and what it is to do.
        let bare: Vec<&str> = words.iter().map(|word| word.trim_matches(['"', '\''])).collect();
        let asks = |what: &&str| {
            let mut rest = bare.iter().map(|word| word.rsplit('/').next().unwrap_or(word));
            what.split(' ').all(|part| rest.any(|word| word == part))
        };
        let host = |at: usize| {
            let word = bare[at];
            let inline = word
                .strip_prefix("--host=")
                .or_else(|| word.strip_prefix("-h").filter(|one| !one.is_empty()));
            let next = || bare.get(at + 1).copied().filter(|_| matches!(word, "-h" | "--host"));
            inline.or_else(next).unwrap_or("")
        };
        OWN_HEALTH.iter().any(asks) && (0..bare.len()).all(|at| is_own_host(host(at)))
    }

    /// The port asked for, if it is a number and belongs to the pod.
    pub fn port(&self) -> Option<i64> {
        let (port, host) = match self {
            Question::Http { port, host, .. } | Question::Tcp { port, host } => (port, *host),
            Question::Grpc { port, .. } => (port, ""),
            Question::Exec(_) => return None,
        };
        match port {
            Port::Number(number) if host.is_empty() => Some(*number),
            _ => None,
        }
    }
}

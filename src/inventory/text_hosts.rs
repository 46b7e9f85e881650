//! Hosts in files and scripts: the upstreams of nginx, and what init containers wait for (facts 15.69, 15.77).

use std::borrow::Cow;

use foldhash::HashSet;

use super::Inventory;
use super::hosts::HostUse;
use crate::document::Object;
use crate::files::Span;
use crate::kube::pod::{Container, Role};
use crate::yaml::Node;

/// Directives of nginx whose value is an address that must resolve when it starts.
const PASSES: &[&str] = &["proxy_pass", "fastcgi_pass", "grpc_pass", "uwsgi_pass", "scgi_pass"];

/// A host in a text: what asks for it, the host, the port, and the line it stands in.
struct Asked<'t> {
    by: &'static str,
    host: &'t str,
    port: Option<u16>,
    line: &'t str,
}

impl<'a> Inventory<'a> {
    /// The hosts that configuration files of nginx name, each file once.
    pub(super) fn hosts_of_files(&self, found: &mut Vec<HostUse<'a>>) {
        let mut seen: HashSet<(u32, usize)> = HashSet::default();
        let nginx = |container: Container<'a>| {
            ["nginx", "openresty"].iter().any(|name| container.image_text().contains(name))
        };
        for at in 0..self.workloads.len() {
            for mount in self.file_mounts(at).iter().filter(|mount| mount.container.role == Role::Main) {
                let (path, container) = (mount.path.text(), mount.container);
                if !path.contains("nginx") && !path.ends_with(".conf") {
                    continue;
                }
                let known = |_: &Object<'a>| path.starts_with("/etc/nginx") || nginx(container);
                let Some(object) = mount.object.filter(known).filter(|object| object.kind == "ConfigMap")
                else {
                    continue;
                };
                for entry in object.node.get("data").into_iter().flat_map(|data| data.entries()) {
                    let span = entry.value.span();
                    if seen.insert((span.start, span.file.0 as usize)) {
                        for asked in upstreams(entry.value.text()) {
                            self.add_asked(at, container, mount.path, entry.value, &asked, found);
                        }
                    }
                }
            }
        }
    }

    /// The hosts that init containers wait for.
    pub(super) fn hosts_of_waits(&self, found: &mut Vec<HostUse<'a>>) {
        for (at, workload) in self.workloads.iter().enumerate() {
            for container in workload.pod.spec.init_containers().filter(|one| one.role == Role::Init) {
                let words: Vec<Node<'a>> = container.list("command").chain(container.list("args")).collect();
                let texts: Vec<&str> = words.iter().map(|word| word.text()).collect();
                for (position, node) in words.iter().enumerate() {
                    for asked in waits(node.text()) {
                        self.add_asked(at, container, *node, *node, &asked, found);
                    }
                    // One word an item: the program here, its arguments behind it.
                    let rest = &texts[position..];
                    if rest.len() > 1
                        && !node.text().contains(char::is_whitespace)
                        && let Some((offset, by, host, port)) = wait(rest)
                    {
                        let at_word = words[position + offset];
                        let asked = Asked { by, host, port, line: at_word.text() };
                        self.add_asked(at, container, at_word, at_word, &asked, found);
                    }
                }
            }
        }
    }

    fn add_asked(
        &self,
        at: usize,
        container: Container<'a>,
        used: Node<'a>,
        text: Node<'a>,
        asked: &Asked<'_>,
        found: &mut Vec<HostUse<'a>>,
    ) {
        let Some(outcome) = self.resolve_host(at, asked.host) else { return };
        let span = place(text, asked.line, asked.host);
        found.push(HostUse {
            workload: at,
            container,
            variable: Cow::Borrowed(asked.by),
            at: used,
            span,
            origin: None,
            shown: Some(asked.host.to_owned()),
            port: asked.port.map(|number| super::UsedPort { number, span, variable: None, secret: false }),
            verified: false,
            implicit: false,
            outcome,
        });
    }
}

/// Where a host stands in the text of a node, if its line stands in the file as it is.
fn place(node: Node<'_>, line: &str, host: &str) -> Span {
    let (span, source) = (node.span(), node.source_text());
    let at = source.find(line).and_then(|start| Some(start + line.find(host)?));
    match at {
        Some(at) => {
            let start = span.start + at as u32;
            Span { start, end: start + host.len() as u32, ..span }
        }
        None => span,
    }
}

/// A host and the port behind it; `None` for what is no plain name: variables, sockets, addresses.
fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (text, None),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let named = host.bytes().any(|byte| byte.is_ascii_alphabetic()) && host.bytes().all(plain);
    (named && host != "unix" && host != "localhost").then_some((host, port))
}

/// The hosts of a configuration of nginx that it resolves when it starts.
fn upstreams(text: &str) -> Vec<Asked<'_>> {
    let mut found = Vec::new();
    let any = PASSES.iter().chain(&["upstream"]).any(|word| text.contains(word));
    // With a resolver of its own it may ask later, and answers may change.
    if !any || text.contains("resolver ") || text.contains("{{") {
        return found;
    }
    let mut names: Vec<&str> = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        let code = line.split('#').next().unwrap_or("").trim();
        for statement in code.split([';', '{']).map(str::trim) {
            let statement = statement.trim_start_matches('}').trim();
            let mut words = statement.split_whitespace();
            match (words.next(), words.next()) {
                (Some("upstream"), Some(name)) => {
                    names.push(name);
                    inside = true;
                }
                (Some("server"), Some(address)) if inside => {
                    if let Some((host, port)) = host_and_port(address) {
                        found.push(Asked { by: "upstream", host, port, line });
                    }
                }
                (Some(directive), Some(value)) => {
                    let by = PASSES.iter().find(|pass| **pass == directive);
                    let address = value.split_once("://").map_or(value, |(_, rest)| rest);
                    let address = address.split('/').next().unwrap_or("");
                    if let (Some(by), Some((host, port))) = (by, host_and_port(address)) {
                        found.push(Asked { by, host, port, line });
                    }
                }
                _ => {}
            }
        }
        if code.contains('}') {
            inside = false;
        }
    }
    found.retain(|asked| !names.contains(&asked.host));
    found
}

/// The hosts that a script waits for, line by line and command by command.
fn waits(text: &str) -> Vec<Asked<'_>> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| line.contains(char::is_whitespace)) {
        for command in line.split([';', '&', '|', '(', ')']) {
            let words: Vec<&str> = command.split_whitespace().collect();
            for start in 0..words.len() {
                if let Some((_, by, host, port)) = wait(&words[start..]) {
                    found.push(Asked { by, host, port, line: line.trim() });
                    break;
                }
            }
        }
    }
    found
}

/// What a command waits for, if it is one that does: the position of the host among its words, the command, host and port.
fn wait<'t>(words: &[&'t str]) -> Option<(usize, &'static str, &'t str, Option<u16>)> {
    let program = words.first()?.rsplit('/').next()?;
    let pair = |by: &'static str, at: usize| {
        let (host, port) = host_and_port(words.get(at)?.trim_matches(['"', '\'']))?;
        let port = port.or_else(|| words.get(at + 1)?.parse().ok());
        Some((at, by, host, port))
    };
    // The first word that is no flag; a flag of one letter and a number go together.
    let operand = || {
        let mut at = 1;
        while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
            let takes = matches!(*word, "-w" | "-i" | "-t" | "-q" | "--timeout");
            at += if takes { 2 } else { 1 };
        }
        at
    };
    let flag = |by: &'static str, names: &[&str]| {
        let at = words.iter().position(|word| names.contains(word))? + 1;
        let (host, _) = host_and_port(words.get(at)?.trim_matches(['"', '\'']))?;
        Some((at, by, host, None))
    };
    match program {
        "nc" | "ncat" | "netcat" => pair("nc", operand()),
        "nslookup" => pair("nslookup", operand()),
        "wait-for" | "wait-for.sh" | "wait-for-it" | "wait-for-it.sh" => pair("wait-for", operand()),
        "pg_isready" => flag("pg_isready", &["-h", "--host"]),
        "mysqladmin" => flag("mysqladmin", &["-h", "--host"]),
        "redis-cli" => flag("redis-cli", &["-h"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(asked: &[Asked<'_>]) -> Vec<(&'static str, String, Option<u16>)> {
        asked.iter().map(|one| (one.by, one.host.to_owned(), one.port)).collect()
    }

    #[test]
    fn what_nginx_resolves() {
        let text = "upstream api {\n  server greeter-svc:8080;\n  server 10.0.0.1:80; # no name\n}\nserver {\n  location / { proxy_pass http://api; }\n  location /b { proxy_pass http://other:81/b/; fastcgi_pass php:9000; }\n  location /c { proxy_pass http://$backend; }\n}";
        let expected =
            [("upstream", "greeter-svc", 8080), ("proxy_pass", "other", 81), ("fastcgi_pass", "php", 9000)];
        let expected: Vec<_> =
            expected.iter().map(|(by, host, port)| (*by, (*host).to_owned(), Some(*port))).collect();
        assert_eq!(hosts(&upstreams(text)), expected);
        assert!(upstreams("resolver 10.0.0.1;\nproxy_pass http://a;").is_empty());
    }

    #[test]
    fn what_scripts_wait_for() {
        let of = |text: &str| hosts(&waits(text));
        assert_eq!(
            of("until nc -z -w 2 jobs-redis 6379; do sleep 2; done"),
            [("nc", "jobs-redis".to_owned(), Some(6379))]
        );
        assert_eq!(
            of("until pg_isready -h db -p 5432; do sleep 1; done"),
            [("pg_isready", "db".to_owned(), None)]
        );
        assert_eq!(of("nc -z $HOST 1; echo nc"), []);
        assert_eq!(wait(&["nslookup", "db"]), Some((1, "nslookup", "db", None)));
    }
}

//! Hosts in environment variables: whether they name a Service, and whether it listens on the port.

mod near;
mod pods;

use std::collections::BTreeMap;

use super::words::list;
use super::{Check, Rule, rule};
use crate::files::Span;
use crate::finding::{Draft, Edit, Out, Severity};
use crate::hosts::dns::{Candidate, Form, Why};
use crate::inventory::{Evidence, HostUse, Inventory, Outcome, resolve_port, scope};
use crate::kube::selector::Match;
use crate::project::{Renamed, Sought};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("host-unresolved", Check::Unit(unresolved)),
    rule!("host-port-unexposed", Check::Unit(port_unexposed)),
    rule!("prefix-breaks-host", Check::Unit(prefix_breaks_host)),
];

fn unresolved(inventory: &Inventory<'_>, out: &mut Out) {
    for host in inventory.hosts() {
        let workload = &inventory.workloads[host.workload];
        if inventory.is_patched(&workload.object) || is_own_alias(inventory, host) {
            continue;
        }
        match &host.outcome {
            // Said by the rule about prefixes.
            Outcome::Missing { tried, .. } if renamed(inventory, tried).is_some() => {}
            Outcome::Missing { tried, form } => missing(inventory, host, tried, *form, out),
            Outcome::Never(why) => never(host, *why, out),
            Outcome::Services(_) => without_cluster_dns(inventory, host, out),
            Outcome::Pod { service, pod } => {
                if !pods::beyond(inventory, host, *service, pod, out) {
                    without_cluster_dns(inventory, host, out);
                }
            }
            Outcome::Loopback => {}
        }
    }
}

/// The renamed Service that one of these names is the written name of.
fn renamed<'i>(inventory: &'i Inventory<'_>, tried: &[Candidate]) -> Option<&'i Renamed> {
    let names = |one: &&Renamed| {
        tried.iter().any(|tried| service_of(tried, None).is_some_and(|(name, _)| name == one.from))
    };
    inventory.view.renamed.iter().find(names)
}

/// A Service is deployed with a prefix, and its host is written without it (fact 13.6).
fn prefix_breaks_host(inventory: &Inventory<'_>, out: &mut Out) {
    for host in inventory.hosts() {
        let workload = &inventory.workloads[host.workload];
        let Outcome::Missing { tried, .. } = &host.outcome else {
            continue;
        };
        let Some(renamed) = renamed(inventory, tried) else {
            continue;
        };
        let own = inventory.namespace(&workload.object);
        let external = |(name, namespace)| inventory.surroundings.is_external("services", namespace, name);
        let known = tried.iter().filter_map(|one| service_of(one, own)).any(external);
        if known || inventory.is_patched(&workload.object) {
            continue;
        }
        let message =
            format!("{} is Service `{}` without the name it is deployed with", what(host), renamed.to);
        report(host, message, "a host name in plain text is not renamed", out)
            .also(renamed.at, format!("this makes `{}` of `{}`", renamed.to, renamed.from))
            .help("set the variable with a replacement from the Service's `metadata.name`, or in a patch");
    }
}

/// How the host is spoken of: its text, unless it comes from a Secret.
fn what(host: &HostUse<'_>) -> String {
    match (&host.shown, host.implicit) {
        (Some(text), true) => format!("`{text}`, the host used when `{}` is not set,", host.variable),
        (Some(text), false) => format!("`{text}` in `{}`", host.variable),
        (None, _) => format!("the host in `{}`", host.variable),
    }
}

/// Starts a finding at the host: where it is written, with a label where the container asks for it.
fn report<'o>(host: &HostUse<'_>, message: String, label: impl Into<String>, out: &'o mut Out) -> Draft<'o> {
    match host.origin {
        Some(origin) => out
            .report(origin, message)
            .label(label)
            .also(host.at, format!("used here as `{}`", host.variable)),
        None => out.report(host.span, message).label(label),
    }
}

/// Another Service in the place of the one that a host names, where the host stands as it is.
fn another(host: &HostUse<'_>, wrong: &str, right: &str) -> Option<Edit> {
    let shown = host.shown.as_deref()?;
    shown.strip_prefix(wrong).filter(|rest| rest.is_empty() || rest.starts_with('.'))?;
    let span = match host.origin {
        None => host.span,
        Some(origin) => {
            let at = origin.text().find(shown)?;
            origin.part(at..at + shown.len())
        }
    };
    let as_written = (span.end - span.start) as usize == shown.len();
    let end = span.start + wrong.len() as u32;
    as_written.then(|| Edit { span: Span { end, ..span }, text: right.to_owned() })
}

fn missing(inventory: &Inventory<'_>, host: &HostUse<'_>, tried: &[Candidate], form: Form, out: &mut Out) {
    let own = inventory.namespace(&inventory.workloads[host.workload].object);
    let services = || tried.iter().filter_map(|one| service_of(one, own));
    if services().any(|(name, namespace)| inventory.surroundings.is_external("services", namespace, name)) {
        return;
    }
    // A name without a namespace is looked up beside the pod only.
    let bare = || tried.iter().filter(|one| matches!(one, Candidate::Service { namespace: None, .. }));
    let mut bare = bare().filter_map(|one| service_of(one, own));
    if let Some(other) = bare.find_map(|(name, _)| in_other_namespace(inventory, host, name)) {
        // A Service that has lost its own pods to another namespace is reported there, with this as a consequence.
        if !inventory.service_pods(other).is_empty() || inventory.services[other].selector.is_none() {
            elsewhere(inventory, host, other, out);
        }
        return;
    }
    let pod = &inventory.workloads[host.workload].object;
    if services().any(|(name, _)| inventory.is_in_variant(pod, "Service", name)) {
        return;
    }
    // A namespace that is written reaches what other units deploy there.
    if form != Form::Bare
        && services().any(|(name, space)| inventory.is_placed_in_other_unit(space, "Service", name))
    {
        return;
    }
    if form != Form::Bare
        && services().any(|(name, space)| near::namespace(inventory, host, name, space, out))
    {
        return;
    }
    if form == Form::Namespaced
        && !services().any(|(_, namespace)| namespace.is_some_and(|name| inventory.is_namespace(name)))
    {
        return;
    }
    if services().any(|(name, namespace)| pods::bare(inventory, host, name, namespace, out)) {
        return;
    }
    let near = services().find_map(|(name, namespace)| near::service(inventory, host, name, namespace));
    if let Some((near, why)) = near {
        let Some(severity) = inventory.absence(Evidence::NearMiss, pod) else {
            return;
        };
        let service = &inventory.services[near];
        let name = service.object.name;
        let draft =
            report(host, format!("{} does not match any Service", what(host)), why, out).severity(severity);
        let draft = draft
            .also(service.object.anchor(), format!("Service `{name}` is the closest match"))
            .note("connections to it fail");
        if host.implicit {
            draft.help(format!("set `{}` to `{name}`", host.variable));
        } else {
            draft.help(format!("did you mean `{name}`?")).repairable(
                format!("write `{name}`"),
                services().next().and_then(|(wrong, _)| another(host, wrong, name)),
            );
        }
        return;
    }
    if services().any(|(name, _)| inventory.is_in_other_unit("Service", name)) {
        return;
    }
    // Any of the names may be what something out of sight brings.
    let loudness = services().map(|(name, _)| {
        let sought = Sought { kind: Some("Service"), name: Some(name) };
        inventory.absence_of(&sought, Evidence::Nothing, pod)
    });
    let Some(severity) = loudness.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min()) else {
        return;
    };
    let first = services().next();
    let namespace = first.and_then(|one| one.1).or(own);
    let within = namespace.map_or(String::new(), |name| format!(" in namespace `{name}`"));
    let draft = report(
        host,
        format!("{} does not match any Service", what(host)),
        format!("no such Service in the linted files{within}"),
        out,
    )
    .severity(severity)
    .help("correct the name; if it exists elsewhere, list it under `external.services` in `.wplint.yaml`")
    .note("connections to it fail unless something else answers to that name");
    let namesake = first.and_then(|(name, _)| inventory.services_named(name).first());
    if let Some(service) = namesake.map(|&at| &inventory.services[at].object) {
        let there = inventory.namespace(service).unwrap_or("default");
        draft.also(service.anchor(), format!("the one of this name is in namespace `{there}`"));
    }
}

fn service_of<'c>(candidate: &'c Candidate, own: Option<&'c str>) -> Option<(&'c str, Option<&'c str>)> {
    match candidate {
        Candidate::Service { name, namespace } => Some((name, namespace.as_deref().or(own))),
        Candidate::Pod { .. } => None,
    }
}

/// A Service of the name in a namespace that the host does not reach.
fn in_other_namespace(inventory: &Inventory<'_>, host: &HostUse<'_>, name: &str) -> Option<usize> {
    let own = inventory.namespace(&inventory.workloads[host.workload].object);
    let mut found = inventory.services_named(name).iter().copied();
    found.find(|&at| scope(own, inventory.namespace(&inventory.services[at].object)) == Match::No)
}

fn elsewhere(inventory: &Inventory<'_>, host: &HostUse<'_>, other: usize, out: &mut Out) {
    // The variable's meaning must be certain for an error (the tag K of fact 7.2).
    let severity = if host.verified { Severity::Error } else { Severity::Warning };
    let service = &inventory.services[other];
    let (name, there) = (service.object.name, inventory.namespace(&service.object).unwrap_or("default"));
    let here = inventory.namespace(&inventory.workloads[host.workload].object).unwrap_or("default");
    let others = namesakes(inventory, host, name);
    let spaces: Vec<String> = others.iter().map(|one| format!("`{}`", one.0)).collect();
    let places = match &spaces[..] {
        [] | [_] => format!("namespace `{there}`"),
        several => format!("namespaces {}", list(several, 3)),
    };
    let mut draft = report(
        host,
        format!("{} does not match any Service: `{name}` is in {places}", what(host)),
        format!("a short name is looked up in the pod's own namespace, `{here}`"),
        out,
    )
    .severity(severity);
    if others.len() < 2 {
        draft
            .also(service.object.anchor(), format!("Service `{name}` in namespace `{there}`"))
            .help(format!("write `{name}.{there}`"));
        return;
    }
    for (there, at) in others.iter().take(3) {
        draft = draft.also(
            inventory.services[*at].object.anchor(),
            format!("Service `{name}` in namespace `{there}`"),
        );
    }
    draft.help(format!("write `{name}.` and the namespace of the one that is meant"));
}

/// The namespaces that have a Service of the name, each with its first one.
fn namesakes<'a>(inventory: &Inventory<'a>, host: &HostUse<'_>, name: &str) -> BTreeMap<&'a str, usize> {
    let own = inventory.namespace(&inventory.workloads[host.workload].object);
    let mut found = BTreeMap::new();
    for &at in inventory.services_named(name) {
        let there = inventory.namespace(&inventory.services[at].object);
        if let Some(there) = there.filter(|_| scope(own, there) == Match::No) {
            found.entry(there).or_insert(at);
        }
    }
    found
}

fn never(host: &HostUse<'_>, why: Why, out: &mut Out) {
    let severity = if host.verified { Severity::Error } else { Severity::Warning };
    let (label, help) = match why {
        Why::NamespaceMissing => {
            ("the namespace is missing before `.svc`", "write `<service>.<namespace>.svc`")
        }
        Why::SvcMissing => (
            "`.svc` is missing before the cluster's domain",
            "write `<service>.<namespace>.svc` and leave the domain to the search list",
        ),
        Why::AbsoluteWithoutZone => (
            "the final dot switches the search list off that would complete the name",
            "drop the dot, or write the cluster's domain before it",
        ),
        Why::TooManyLabels => {
            ("more parts than pod, Service and namespace", "write `<service>.<namespace>.svc`")
        }
        Why::InvalidLabel => {
            ("a part of it cannot be a DNS name", "Service names have letters, digits and hyphens only")
        }
    };
    report(host, format!("{} can never resolve", what(host)), label, out).severity(severity).help(help);
}

/// With the node's network and the default policy the kubelet silently uses the node's resolver (fact 5.8).
fn without_cluster_dns(inventory: &Inventory<'_>, host: &HostUse<'_>, out: &mut Out) {
    let spec = inventory.workloads[host.workload].pod.spec;
    let policy = spec.0.get("dnsPolicy").map_or("ClusterFirst", |policy| policy.text());
    let Some(network) = spec.host_network().filter(|_| policy == "ClusterFirst") else {
        return;
    };
    report(
        host,
        format!("{} does not resolve on the node's network", what(host)),
        "the name of a Service",
        out,
    )
    .severity(Severity::Warning)
    .also(network, "with this the pod uses the node's resolver, which knows no Services")
    .help("set `dnsPolicy: ClusterFirstWithHostNet`");
}

/// Whether the pod itself gives the name an address.
fn is_own_alias(inventory: &Inventory<'_>, host: &HostUse<'_>) -> bool {
    let Some(text) = &host.shown else {
        return false;
    };
    let workload = &inventory.workloads[host.workload];
    let spec = workload.pod.spec;
    let aliases = spec.list("hostAliases").filter_map(|alias| alias.get("hostnames"));
    aliases.flat_map(|names| names.items()).any(|name| name.text() == text)
        || spec.0.get("hostname").is_some_and(|name| name.text() == text)
}

fn port_unexposed(inventory: &Inventory<'_>, out: &mut Out) {
    for host in inventory.hosts() {
        let (Outcome::Services(services), Some(port)) = (&host.outcome, &host.port) else {
            continue;
        };
        let number = i64::from(port.number);
        let unfit = |&at: &usize| misses(inventory, at, number);
        if services.is_empty() || !services.iter().all(unfit) {
            continue;
        }
        if services.iter().any(|&at| names_itself(inventory, host, at)) {
            continue;
        }
        let at = services[0];
        let service = &inventory.services[at];
        // The name matched a Service of the input, so only a port from another variable is a guess.
        let sure = port.variable.is_none() || host.verified;
        let severity = if sure { Severity::Error } else { Severity::Warning };
        let name = service.object.name;
        let exposed: Vec<i64> = service.ports().filter_map(|port| port.port).collect();
        let listed = exposed.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        let variable = port.variable.as_deref().unwrap_or(&host.variable);
        let (message, label, help) = if port.secret {
            (
                format!("the port in `{variable}` is none of Service `{name}`, which exposes {listed}"),
                "it comes from a Secret, so it is not shown".to_owned(),
                format!("use port {listed}"),
            )
        } else if exposed.contains(&number) {
            let targets =
                target_numbers(inventory, at).iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            (
                format!(
                    "`{variable}` connects to port {number} of headless Service `{name}`, whose pods listen on {targets}"
                ),
                "DNS answers with pod addresses; nothing translates the port".to_owned(),
                format!("use the container's port, {targets}"),
            )
        } else {
            (
                format!("`{variable}` connects to port {number} of Service `{name}`, which exposes {listed}"),
                format!("Service `{name}` has no port {number}"),
                format!("use port {listed}, or expose {number} on the Service"),
            )
        };
        let ports = service.field("ports").unwrap_or(service.object.node);
        let draft = match host.origin.filter(|_| port.variable.is_none()) {
            Some(origin) => {
                out.report(origin, message).also(host.at, format!("used here as `{}`", host.variable))
            }
            None => out.report(port.span, message),
        };
        draft.label(label).also(ports, format!("what `{name}` exposes")).help(help).severity(severity);
    }
}

/// Variables in which a server is told its own address, which it tells others and does not connect to.
const OWN_URLS: &[&str] = &["BASE_URL", "HOST_URL", "ROOT_URL", "SELF_URL", "SERVER_URL", "SITE_URL"];

/// Whether the pods behind a Service are told the same address in the same variable, as their own.
fn names_itself(inventory: &Inventory<'_>, host: &HostUse<'_>, at: usize) -> bool {
    let name = host.variable.as_ref();
    if !OWN_URLS.contains(&name) && !name.ends_with("_BASE_URL") {
        return false;
    }
    let selects = |workload: usize| inventory.service_pods(at).iter().any(|one| one.workload == workload);
    let same = |other: &HostUse<'_>| other.variable == host.variable && other.shown == host.shown;
    inventory.hosts().iter().any(|other| same(other) && selects(other.workload))
}

/// Whether a connection to this port of a Service surely fails.
fn misses(inventory: &Inventory<'_>, at: usize, number: i64) -> bool {
    let service = &inventory.services[at];
    let mut ports = service.ports().peekable();
    let unclear =
        service.is_external_name() || inventory.is_patched(&service.object) || ports.peek().is_none();
    if unclear || service.ports().any(|port| port.port.is_none()) {
        return false;
    }
    if !service.is_headless() {
        return service.ports().all(|port| port.port != Some(number));
    }
    // Clients of a headless Service reach whatever the pods listen on; only a port that the Service promises
    // and sends elsewhere is surely wrong (fact 4.13).
    let promised = service.ports().any(|port| port.port == Some(number));
    let targets = target_numbers(inventory, at);
    let declared = inventory.service_pods(at).iter().any(|selected| {
        inventory.workloads[selected.workload].pod.spec.ports().any(|port| port.number == Some(number))
    });
    promised && !declared && !targets.is_empty() && !targets.contains(&number)
}

/// The container ports behind a Service.
fn target_numbers(inventory: &Inventory<'_>, at: usize) -> Vec<i64> {
    let service = &inventory.services[at];
    let pods = inventory.service_pods(at).iter();
    let specs = pods.map(|selected| inventory.workloads[selected.workload].pod.spec);
    let mut numbers: Vec<i64> = specs
        .flat_map(|spec| service.ports().filter_map(move |port| resolve_port(&port, spec)?.number()))
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

//! What a host name can mean inside a cluster (facts 5.2 and 5.3).
//!
//! A pod's resolver tries a name under its search list, so one text has several readings. This module lists them;
//! whether any of them exists is for those who know the objects.

use std::net::IpAddr;

/// What a host can mean to a pod with cluster DNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// An IP address that is not the pod's own.
    Ip(IpAddr),
    /// The pod itself: `localhost`, `127.0.0.1`, `::1` (fact 7.1.3).
    Loopback,
    /// Nothing that manifests can confirm or deny: a public name, another zone, an absolute single label, the API
    /// server, which every cluster has, or the DNS name of an IP address (facts 5.1, 5.3, 5.10, 5.12).
    External,
    /// Resolves nowhere, whatever is deployed (fact 5.2).
    Never {
        /// What is wrong with the name.
        why: Why,
    },
    /// Names in the cluster; the name resolves if any of them exists.
    Candidates {
        /// The likeliest first. The resolver's own order differs, but only one of them exists in practice.
        names: Vec<Candidate>,
        /// How the host was written.
        form: Form,
    },
}

/// Why a host can never resolve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// `db.svc` or `db.cluster.local`: the Service or the namespace is missing (fact 5.3).
    NamespaceMissing,
    /// `db.prod.cluster.local`: `.svc` is missing before the zone (fact 5.2).
    SvcMissing,
    /// `db.prod.svc.`: the final dot forbids the search list that would complete it (fact 5.2).
    AbsoluteWithoutZone,
    /// More labels before `.svc` than pod, Service and namespace.
    TooManyLabels,
    /// A label that DNS names of Services cannot have, such as one with an underscore.
    InvalidLabel,
}

/// How a host is written, which decides how much a failed look-up proves (fact 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One label. It can only be a Service next to the pod: strong evidence.
    Bare,
    /// Two or three labels without `.svc`. Evidence only if the namespace is one of the input, since public names
    /// look the same.
    Namespaced,
    /// Ends in `.svc` or `.svc.<zone>`: certainly meant for the cluster.
    Qualified,
}

/// One reading of a host name. Names are in lower case, for DNS does not tell case apart (fact 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidate {
    /// A Service.
    Service {
        /// Its name.
        name: String,
        /// Its namespace; `None` is the pod's own.
        namespace: Option<String>,
    },
    /// One pod of a headless Service (fact 5.4).
    Pod {
        /// The pod's host name.
        host: String,
        /// The Service's name.
        service: String,
        /// The namespace of both; `None` is the pod's own.
        namespace: Option<String>,
    },
}

/// Endings that no namespace is named after, so that the name is surely public. `dev`, `app`, `cloud` and the like
/// are left out, because namespaces are called that.
const PUBLIC: &[&str] = &[
    "com", "org", "net", "edu", "gov", "mil", "io", "co", "ai", "eu", "de", "fr", "uk", "nl", "it", "es",
    "pl", "ru", "ch", "at", "be", "se", "no", "dk", "fi", "cz", "jp", "cn", "in", "br", "ca", "au", "us",
    "me", "sh", "xyz", "biz", "info", "example", "invalid", "internal", "lan", "arpa",
];

/// Reads a host without scheme and port as the pod's resolver would (facts 5.2 and 5.3).
///
/// `pod_namespace` is the namespace of the pod that uses the host, `None` if it is left to the client (fact 0.1).
/// `cluster_domain` is the zone, commonly `cluster.local`.
pub fn candidates(host: &str, pod_namespace: Option<&str>, cluster_domain: &str) -> Lookup {
    let host = host.trim();
    let unbracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Ok(ip) = unbracketed.unwrap_or(host).parse::<IpAddr>() {
        return if ip.is_loopback() { Lookup::Loopback } else { Lookup::Ip(ip) };
    }
    let lower = host.to_ascii_lowercase();
    let zone = cluster_domain.trim_matches('.').to_ascii_lowercase();
    let (name, absolute) = match lower.strip_suffix('.') {
        Some(name) => (name, true),
        None => (lower.as_str(), false),
    };
    if is_loopback(name) {
        return Lookup::Loopback;
    }
    let in_zone = (!zone.is_empty()).then(|| strip_domain(name, &zone)).flatten();
    let lookup = match in_zone {
        Some(rest) => below_zone(rest),
        // A Service may itself be called `svc`.
        None => match strip_domain(name, "svc").filter(|rest| !rest.is_empty()) {
            Some(_) if absolute => Lookup::Never { why: Why::AbsoluteWithoutZone },
            Some(rest) => below_svc(rest),
            None if absolute => Lookup::External,
            None => relative(name),
        },
    };
    match lookup {
        Lookup::Candidates { names, .. } if names.iter().any(|name| is_api_server(name, pod_namespace)) => {
            Lookup::External
        }
        other => other,
    }
}

/// `name` without `.domain`; the empty string if it is the domain itself.
fn strip_domain<'a>(name: &'a str, domain: &str) -> Option<&'a str> {
    let rest = name.strip_suffix(domain)?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_suffix('.')
}

fn is_loopback(name: &str) -> bool {
    matches!(name, "localhost" | "localhost.localdomain" | "ip6-localhost" | "ip6-loopback")
        || name.ends_with(".localhost")
}

fn below_zone(rest: &str) -> Lookup {
    if let Some(rest) = strip_domain(rest, "svc") {
        return below_svc(rest);
    }
    // Any well-formed address resolves below `pod`, and says nothing about a pod (fact 5.12).
    if strip_domain(rest, "pod").is_some() {
        return Lookup::External;
    }
    let why = if rest.contains('.') { Why::SvcMissing } else { Why::NamespaceMissing };
    Lookup::Never { why }
}

/// What stands before `.svc`.
fn below_svc(rest: &str) -> Lookup {
    let labels: Vec<&str> = rest.split('.').collect();
    // SRV records name a port and a protocol first (fact 5.7).
    let labels = match labels.as_slice() {
        [port, protocol, named @ ..] if port.starts_with('_') && protocol.starts_with('_') => named,
        all => all,
    };
    if labels.len() > 1 && !labels.iter().all(|label| is_label(label)) {
        return Lookup::Never { why: Why::InvalidLabel };
    }
    match labels {
        [] | [_] => Lookup::Never { why: Why::NamespaceMissing },
        [name, namespace] => found(Form::Qualified, vec![service(name, Some(namespace))]),
        [host, name, namespace] => found(Form::Qualified, vec![pod(host, name, Some(namespace))]),
        _ => Lookup::Never { why: Why::TooManyLabels },
    }
}

/// A name that the search list completes.
fn relative(name: &str) -> Lookup {
    let labels: Vec<&str> = name.split('.').collect();
    let last = labels.last().copied().unwrap_or_default();
    match labels.as_slice() {
        [one] if is_label(one) => found(Form::Bare, vec![service(one, None)]),
        [_] => Lookup::Never { why: Why::InvalidLabel },
        // A name with other characters may still be known to a resolver outside.
        _ if !labels.iter().all(|label| is_label(label)) => Lookup::External,
        _ if PUBLIC.contains(&last) || last.bytes().all(|byte| byte.is_ascii_digit()) => Lookup::External,
        [a, b] => found(Form::Namespaced, vec![service(a, Some(b)), pod(a, b, None)]),
        [a, b, c] => found(Form::Namespaced, vec![pod(a, b, Some(c))]),
        _ => Lookup::External,
    }
}

fn found(form: Form, names: Vec<Candidate>) -> Lookup {
    Lookup::Candidates { names, form }
}

fn service(name: &str, namespace: Option<&str>) -> Candidate {
    Candidate::Service { name: name.to_owned(), namespace: namespace.map(str::to_owned) }
}

fn pod(host: &str, service: &str, namespace: Option<&str>) -> Candidate {
    Candidate::Pod {
        host: host.to_owned(),
        service: service.to_owned(),
        namespace: namespace.map(str::to_owned),
    }
}

/// `kubernetes` in `default` is there without a manifest (fact 5.10). A bare `kubernetes` reaches it from a pod
/// that may be in `default`.
fn is_api_server(candidate: &Candidate, pod_namespace: Option<&str>) -> bool {
    match candidate {
        Candidate::Service { name, namespace } if name == "kubernetes" => {
            let namespace = namespace.as_deref().or(pod_namespace);
            namespace.is_none_or(|namespace| namespace.eq_ignore_ascii_case("default"))
        }
        _ => false,
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `form name.namespace` and `form host@service.namespace`; `~` is the pod's own namespace.
    fn shown(host: &str, namespace: Option<&str>, zone: &str) -> String {
        let place = |namespace: Option<String>| namespace.unwrap_or("~".to_owned());
        match candidates(host, namespace, zone) {
            Lookup::Candidates { names, form } => {
                let one = |candidate| match candidate {
                    Candidate::Service { name, namespace } => {
                        format!(" {name}.{}", place(namespace))
                    }
                    Candidate::Pod { host, service, namespace } => {
                        format!(" {host}@{service}.{}", place(namespace))
                    }
                };
                format!("{form:?}{}", names.into_iter().map(one).collect::<String>())
            }
            Lookup::Never { why } => format!("{why:?}"),
            other => format!("{other:?}"),
        }
    }

    fn check(cases: &[(&str, &str)]) {
        for (host, expected) in cases {
            assert_eq!(shown(host, Some("shop"), "cluster.local"), *expected, "{host}");
        }
    }

    #[test]
    fn table_of_forms() {
        check(&[
            ("svc", "Bare svc.~"),
            ("svc.other", "Namespaced svc.other svc@other.~"),
            ("svc.other.svc", "Qualified svc.other"),
            ("svc.other.svc.cluster.local", "Qualified svc.other"),
            ("svc.other.svc.cluster.local.", "Qualified svc.other"),
            ("svc.", "External"),
            ("pod.headless", "Namespaced pod.headless pod@headless.~"),
            ("pod.headless.ns", "Namespaced pod@headless.ns"),
            ("pod.headless.ns.svc", "Qualified pod@headless.ns"),
            ("pod.headless.ns.svc.cluster.local", "Qualified pod@headless.ns"),
            ("svc.svc", "NamespaceMissing"),
            ("db.svc", "NamespaceMissing"),
            ("svc.svc.cluster.local", "NamespaceMissing"),
            ("svc.cluster.local", "NamespaceMissing"),
            ("cluster.local", "NamespaceMissing"),
            ("svc.other.cluster.local", "SvcMissing"),
            ("pod.svc.other.cluster.local", "SvcMissing"),
            // C20
            ("db.prod", "Namespaced db.prod db@prod.~"),
        ]);
    }

    #[test]
    fn odd_ones() {
        check(&[
            ("DB.Prod.SVC", "Qualified db.prod"),
            ("db.prod.svc.", "AbsoluteWithoutZone"),
            ("a.b.c.d.svc", "TooManyLabels"),
            ("_http._tcp.svc.ns.svc.cluster.local", "Qualified svc.ns"),
            ("my_db", "InvalidLabel"),
            ("my_db.prod.svc", "InvalidLabel"),
            ("", "InvalidLabel"),
            (".", "External"),
            ("..svc", "InvalidLabel"),
            ("ü", "InvalidLabel"),
            ("my_db.prod", "External"),
            ("localhost", "Loopback"),
            ("LocalHost.", "Loopback"),
            ("127.0.0.1", "Loopback"),
            ("[::1]", "Loopback"),
            ("10.0.0.1", "Ip(10.0.0.1)"),
            ("1.2.3", "External"),
            ("api.stripe.com", "External"),
            ("redis.io", "External"),
            ("host.docker.internal", "External"),
            ("a.b.c.d", "External"),
            ("db.prod.svc.cluster2.local", "External"),
            ("db.prod.svc.clusterset.local", "External"),
            ("10-0-0-1.ns.pod.cluster.local", "External"),
            ("kubernetes.default", "External"),
            ("kubernetes.default.svc.cluster.local", "External"),
            ("kubernetes", "Bare kubernetes.~"),
            ("jaeger-0.jaeger", "Namespaced jaeger-0.jaeger jaeger-0@jaeger.~"),
        ]);
        assert_eq!(shown("kubernetes", None, "cluster.local"), "External");
        assert_eq!(shown("kubernetes", Some("default"), "cluster.local"), "External");
    }

    #[test]
    fn another_zone() {
        assert_eq!(shown("a.b.svc.k8s.lan", None, "k8s.lan."), "Qualified a.b");
        assert_eq!(shown("a.b.svc.cluster.local", None, "k8s.lan"), "External");
        assert_eq!(shown("a.b.k8s.lan", None, "k8s.lan"), "SvcMissing");
        assert_eq!(shown("a.b", None, ""), "Namespaced a.b a@b.~");
    }

    proptest! {
        #[test]
        fn never_panics(host in "([a-z._]|svc|\\.|cluster\\.local|\\PC){0,12}", zone in "[a-z.é]{0,6}") {
            let lookup = candidates(&host, None, &zone);
            if let Lookup::Candidates { names, .. } = lookup {
                prop_assert!(!names.is_empty());
            }
        }
    }
}

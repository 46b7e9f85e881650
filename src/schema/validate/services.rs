//! Services (`ValidateService`).

use super::scalars::{network, of_kind};
use super::texts::SUBDOMAIN;
use super::together::{lacking, unique};
use super::{Notes, Place, REJECTED, net};
use crate::schema::{Trouble, TroubleKind};
use crate::yaml::Node;

pub(super) fn service<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let kind = place.text("type").filter(|kind| !kind.is_empty()).unwrap_or("ClusterIP");
    let ports: Vec<Node<'a>> = place.node.get("ports").into_iter().flat_map(Node::items).collect();
    unique("the port name", ports.iter().filter_map(|port| port.get("name")), notes);
    if ports.len() > 1 {
        for port in ports.iter().filter(|port| port.is_mapping() && port.get("name").is_none()) {
            let at = port.get("port").unwrap_or(*port);
            let message = "a Service with several ports needs a name for each".to_owned();
            let trouble = Trouble::new(TroubleKind::MissingField, at, message);
            notes.push(trouble.label("no `name`").help("add `name`, such as `http`"));
        }
    }
    same_port(&ports, notes);
    let headless = place.text("clusterIP") == Some("None");
    if let (true, "NodePort" | "LoadBalancer", Some(at)) = (headless, kind, place.node.get("clusterIP")) {
        let message = format!("a Service of type `{kind}` cannot be headless");
        notes.invalid(at, message, REJECTED, "remove `clusterIP: None`, or use `type: ClusterIP`");
    }
    let open = |port: &Node<'a>| port.get("nodePort").filter(|at| at.int().is_some_and(|number| number != 0));
    if let ("ClusterIP", Some(at)) = (kind, ports.iter().find_map(open)) {
        let rule = match place.node.get("type") {
            Some(_) => TroubleKind::InvalidValue,
            None => TroubleKind::InvalidByDefault,
        };
        let message = "`nodePort` in a Service of type `ClusterIP`";
        let trouble = Trouble::new(rule, at, message).label(REJECTED);
        notes.push(trouble.help("write `type: NodePort`, or remove `nodePort`"));
    }
    if kind == "ExternalName" && place.node.get("externalName").is_none() {
        let message = "a Service of type `ExternalName` needs `externalName`".to_owned();
        lacking(place, message, "add the name it stands for", notes);
    }
    balancer(place, kind, notes);
    named(place, kind, notes);
    families(place, kind, notes);
    for at in place.items("externalIPs") {
        if let Some(what) = at.str().and_then(net::special) {
            notes.refuse(at, format!("`{}` is {what}", at.text()), "name an address that reaches a node");
        }
    }
}

/// The name that a Service stands for, how long it keeps a client, and from where it is reached.
fn named<'a>(place: &Place<'_, 'a>, kind: &str, notes: &mut Notes<'_, 'a>) {
    let name = place.given("externalName").and_then(|at| Some((at, at.str()?)));
    if let (Some((at, text)), "ExternalName") = (name, kind) {
        let lower = text.to_ascii_lowercase();
        of_kind(&SUBDOMAIN, "externalName", lower.strip_suffix('.').unwrap_or(&lower), at, notes);
    }
    let kept = place
        .node
        .get("sessionAffinityConfig")
        .and_then(|config| config.get("clientIP")?.get("timeoutSeconds"));
    if let (Some((at, seconds)), Some("ClientIP")) =
        (kept.and_then(|at| Some((at, at.int()?))), place.text("sessionAffinity"))
        && !(1..=86_400).contains(&seconds)
    {
        notes.refuse(
            at,
            format!("{seconds} is not valid for `timeoutSeconds`"),
            "it must be from 1 to 86400",
        );
    }
    for at in place.items("loadBalancerSourceRanges") {
        if let Some(text) = at.str() {
            // The server cuts off blanks here.
            network("loadBalancerSourceRanges", text.trim(), at, notes);
        }
    }
}

/// What only a balancer has, or what comes from outside.
fn balancer<'a>(place: &Place<'_, 'a>, kind: &str, notes: &mut Notes<'_, 'a>) {
    let own = ["loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"];
    for field in own {
        let there = match field {
            "loadBalancerSourceRanges" => place.given(field),
            _ => place.node.get(field),
        };
        if let (Some(at), true) = (there, kind != "LoadBalancer") {
            let key = place.node.entry(field).map_or(at, |entry| entry.key);
            let message = format!("`{field}` in a Service of type `{kind}`");
            notes.refuse(key, message, "remove it, or write `type: LoadBalancer`");
        }
    }
    let policy = place.given("externalTrafficPolicy");
    let outside = matches!(kind, "NodePort" | "LoadBalancer")
        || (kind == "ClusterIP" && place.given("externalIPs").is_some());
    if let (Some(at), false) = (policy, outside) {
        let message = format!("`externalTrafficPolicy` in a Service of type `{kind}`");
        notes.refuse(at, message, "remove it: the Service is not reached from outside");
    }
    let local = policy.is_some_and(|at| at.text() == "Local") && kind == "LoadBalancer";
    if let Some(at) =
        place.node.get("healthCheckNodePort").filter(|at| at.int().is_some_and(|port| port != 0))
        && !local
    {
        let message = "`healthCheckNodePort` needs `type: LoadBalancer` and `externalTrafficPolicy: Local`";
        notes.refuse(at, message, "remove it");
    }
}

/// Families of addresses, and how many there may be.
fn families<'a>(place: &Place<'_, 'a>, kind: &str, notes: &mut Notes<'_, 'a>) {
    if kind == "ExternalName" {
        for field in ["ipFamilies", "ipFamilyPolicy", "clusterIPs"] {
            if let Some(at) = place.given(field) {
                let message = format!("`{field}` in a Service of type `ExternalName`");
                return notes.refuse(at, message, "remove it: the Service has no address");
            }
        }
        if let Some(at) = place.given("clusterIP").filter(|at| at.text() != "None") {
            let message = "`clusterIP` in a Service of type `ExternalName`";
            notes.refuse(at, message, "remove it: the Service has no address");
        }
        return;
    }
    let addresses: Vec<Node<'a>> = place.items("clusterIPs").collect();
    let families: Vec<Node<'a>> = place.items("ipFamilies").collect();
    let single = place.text("ipFamilyPolicy").is_none_or(|policy| policy == "SingleStack");
    for (list, field) in [(&addresses, "clusterIPs"), (&families, "ipFamilies")] {
        if let Some(third) = list.get(2) {
            return notes.refuse(
                *third,
                format!("`{field}` has more than two items"),
                "name one for each family",
            );
        }
        if let (Some(second), true) = (list.get(1), single) {
            let at = place.node.get("ipFamilyPolicy").unwrap_or(*second);
            let message = format!("two `{field}` with one family only");
            return notes.refuse(at, message, "write `ipFamilyPolicy: PreferDualStack`");
        }
    }
    if let Some(first) = addresses.first() {
        match place.given("clusterIP") {
            None => {
                let message = "`clusterIPs` without `clusterIP`";
                return notes.refuse(*first, message, format!("add `clusterIP: {}`", first.text()));
            }
            Some(at) if at.text() != first.text() => {
                let message = "the first of `clusterIPs` is not `clusterIP`";
                return notes.clash(*first, at, message, format!("write `{}`", at.text()));
            }
            Some(_) => {}
        }
    }
    let single = place.given("clusterIP").filter(|_| addresses.is_empty());
    for (at, family) in addresses.iter().copied().chain(single).zip(&families) {
        let Ok(address) = at.text().parse::<std::net::IpAddr>() else { continue };
        if matches!((family.text(), address.is_ipv4()), ("IPv4", false) | ("IPv6", true)) {
            let message = format!("`{}` is not a valid {} address", at.text(), family.text());
            notes.clash(at, *family, message, "write an address of that family, or change the family");
        }
    }
}

/// Port and protocol must be unique together (fact 4.10).
fn same_port<'a>(ports: &[Node<'a>], notes: &mut Notes<'_, 'a>) {
    let identity = |port: &Node<'a>| {
        let protocol = port.get("protocol").and_then(Node::str).unwrap_or("TCP");
        port.get("port").and_then(|number| Some((number, number.int()?, protocol)))
    };
    for (at, port) in ports.iter().enumerate().take(100) {
        let Some((node, number, protocol)) = identity(port) else { continue };
        let before = ports[..at].iter().filter_map(identity).find(|one| (one.1, one.2) == (number, protocol));
        if let Some((first, ..)) = before {
            notes.push(
                Trouble::new(
                    TroubleKind::InvalidValue,
                    node,
                    format!("port {number} occurs twice with {protocol}"),
                )
                .label(REJECTED)
                .also(first, "the first of them")
                .help("give each its own number or protocol"),
            );
        }
    }
}

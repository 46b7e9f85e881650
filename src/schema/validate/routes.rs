//! Endpoints, Ingresses and NetworkPolicies, judged as a whole (`ValidateEndpoints`, `ValidateEndpointSlice`,
//! `ValidateIngress`, `ValidateNetworkPolicy`, `ValidateServiceCIDR`).

use super::cluster::families;
use super::scalars::of_kind;
use super::texts::{FQDN, IP, SUBDOMAIN};
use super::together::{exclusive, unique_field};
use super::{Notes, Place, given, known, net};
use crate::yaml::Node;

/// An address that Endpoints may have.
fn address_of<'a>(at: Node<'a>, field: &str, notes: &mut Notes<'_, 'a>) {
    let Some(text) = at.str().filter(|text| !known::is_placeholder(text)) else { return };
    if !net::is_ip(text) {
        of_kind(&IP, field, text, at, notes);
    } else if let Some(what) = net::special(text) {
        notes.refuse(at, format!("`{text}` is {what}"), "name an address that pods can reach");
    }
}

/// One address of Endpoints.
pub(super) fn address<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if let Some(at) = place.given("ip") {
        address_of(at, "ip", notes);
    }
}

/// Ports of Endpoints: each with a name where there are several.
pub(super) fn subset<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let ports: Vec<Node<'a>> = place.items("ports").filter(|port| port.is_mapping()).collect();
    if ports.len() > 1
        && let Some(port) = ports.iter().find(|port| given(**port, "name").is_none())
    {
        let at = port.get("port").unwrap_or(*port);
        notes.refuse(at, "Endpoints with several ports need a name for each", "add `name`, such as `http`");
    }
    if place.given("addresses").is_none() && place.given("notReadyAddresses").is_none() {
        let help = "add `addresses`";
        notes.lacks(place, "the subset has neither `addresses` nor `notReadyAddresses`", help);
    }
}

/// The addresses of a slice are of its type, and its ports have names of their own.
pub(super) fn slice<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let ty = place.text("addressType").unwrap_or_default();
    for at in place.items("endpoints").filter_map(|one| one.get("addresses")).flat_map(Node::items) {
        if at.is_null() {
            notes.refuse(at, "an address is null", "write the address, or remove the item");
        }
        let Some(text) = at.str() else { continue };
        match ty {
            "FQDN" => {
                let plain = (SUBDOMAIN.is)(text.strip_suffix('.').unwrap_or(text));
                of_kind(if plain { &FQDN } else { &SUBDOMAIN }, "addresses", text, at, notes);
            }
            "IPv4" | "IPv6" => {
                let family = text.parse::<std::net::IpAddr>().ok().map(|address| address.is_ipv4());
                if family.is_some_and(|four| four != (ty == "IPv4")) && net::is_ip(text) {
                    let message = format!("`{text}` is not a valid {ty} address");
                    notes.refuse(at, message, format!("write an address of {ty}, or change `addressType`"));
                } else {
                    address_of(at, "addresses", notes);
                }
            }
            _ => {}
        }
    }
    // No name is a name, once.
    unique_field("the port name", (place, "ports"), "name", notes);
}

/// Zones and nodes for an endpoint, each once.
pub(super) fn hints<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    unique_field("the zone", (place, "forZones"), "name", notes);
    unique_field("the node", (place, "forNodes"), "name", notes);
}

/// Where an Ingress sends requests: to a Service or a resource.
pub(super) fn backend<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    // What older versions called it is an unknown field.
    let old = ["serviceName", "servicePort"].iter().any(|field| place.node.get(field).is_some());
    if exclusive("the backend", place.node, &["service", "resource"], notes) && !old {
        notes.lacks(place, "the backend names neither a `service` nor a `resource`", "add `service`");
    }
}

/// A Service's port has a name or a number.
pub(super) fn backend_port<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(port) = place.node.get("port").filter(|port| port.is_mapping()) else { return };
    let number = port.get("number").filter(|at| at.int() != Some(0));
    if given(port, "name").is_none()
        && number.is_none()
        && port.get("name").is_none_or(|name| name.str().is_some())
    {
        notes.wants(
            place,
            "port",
            "the port of the backend has neither name nor number",
            "add `number` or `name`",
        );
    }
}

/// Parameters of a class: in the cluster, or in a namespace.
pub(super) fn parameters<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let namespace = place.node.get("namespace");
    match (place.text("scope").unwrap_or("Cluster"), namespace) {
        ("Cluster", Some(at)) => {
            notes.refuse(
                at,
                "`namespace` of parameters in the cluster",
                "remove it, or write `scope: Namespace`",
            );
        }
        ("Namespace", None) => {
            notes.wants(place, "namespace", "`scope: Namespace` needs `namespace`", "add `namespace`");
        }
        _ => {}
    }
}

/// Networks cut out of a network lie in it.
pub(super) fn block<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(outer) = place.text("cidr").and_then(net::cidr) else { return };
    for at in place.items("except") {
        let inner = at.str().and_then(net::cidr);
        if inner.is_some_and(|inner| !net::is_strictly_inside(inner, outer)) {
            let message =
                format!("`{}` is not part of `{}`", at.text(), place.text("cidr").unwrap_or_default());
            notes.refuse(at, message, "name a smaller network inside of it, or remove it");
        }
    }
}

/// Who is meant: pods, namespaces, or a network.
pub(super) fn peer<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let find = |field: &str| place.node.entry(field).filter(|entry| !entry.value.is_null());
    let (block, pods) = (find("ipBlock"), find("podSelector").or_else(|| find("namespaceSelector")));
    match (block, pods) {
        (Some(block), Some(pods)) => {
            let message = format!("`ipBlock` beside `{}`", pods.key.text());
            notes.clash(block.key, pods.key, message, "make two peers of it");
        }
        (None, None) => {
            let help =
                "add `podSelector`, `namespaceSelector` or `ipBlock`; `podSelector: {}` means all pods";
            notes.lacks(place, "the peer selects nothing", help);
        }
        _ => {}
    }
}

/// A range of ports begins with a number.
pub(super) fn ports<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some((at, last)) = place.node.get("endPort").and_then(|at| Some((at, at.int()?))) else { return };
    match place.node.get("port") {
        None => notes.refuse(at, "`endPort` without `port`", "add `port`, where the range begins"),
        Some(port) if port.str().is_some() => {
            notes.clash(at, port, "`endPort` behind the name of a port", "write `port` as a number");
        }
        Some(port) if port.int().is_some_and(|first| first > last) => {
            let message = format!("the range ends at {last}, before it begins");
            notes.clash(at, port, message, format!("it must be at least {}", port.text()));
        }
        Some(_) => {}
    }
}

/// Networks that Services get addresses of.
pub(super) fn service_cidrs<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    families(place, "cidrs", notes);
    for at in place.items("cidrs") {
        let Some((address, length)) = at.str().and_then(net::cidr) else { continue };
        let canonical = format!("{address}/{length}");
        if canonical != at.text() && net::host_bits(at.text()).is_none() {
            notes.refuse(
                at,
                format!("`{}` is not written in its shortest form", at.text()),
                format!("write `{canonical}`"),
            );
        }
    }
}

//! Nodes and priorities (`ValidateNode` in `pkg/apis/core/validation`, `pkg/apis/scheduling/validation`).

use std::net::IpAddr;

use super::{Check, Notes, Place, given, net, scalars};
use crate::yaml::Node;

/// A node has each taint once, and a network of each family.
pub(super) fn node<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for taint in place.items("taints").take(200) {
        let text = |field: &str| given(taint, field).map_or("", Node::text);
        let taint_of = (text("key"), text("effect"));
        if seen.contains(&taint_of) {
            let message = format!("the taint `{}:{}` occurs twice", taint_of.0, taint_of.1);
            notes.refuse(taint.get("key").unwrap_or(taint), message, "remove one of them");
        }
        seen.push(taint_of);
    }
    // What `podCIDR` says replaces a list that begins otherwise.
    let first = place.items("podCIDRs").next().map(Node::text);
    if place.text("podCIDR").is_none_or(|single| single.is_empty() || Some(single) == first) {
        if let Some(list) = place.node.get("podCIDRs") {
            scalars::field(Check::Network, "podCIDRs", list, notes);
        }
        families(place, "podCIDRs", notes);
    } else if let Some(at) = place.node.get("podCIDR") {
        scalars::field(Check::Network, "podCIDR", at, notes);
    }
}

/// At most one network of IPv4 and one of IPv6.
pub(super) fn families<'a>(place: &Place<'_, 'a>, field: &str, notes: &mut Notes<'_, 'a>) {
    let list: Vec<(Node<'a>, IpAddr)> =
        place.items(field).filter_map(|at| Some((at, net::cidr(at.str()?)?.0))).collect();
    match list.as_slice() {
        [_, _, third, ..] => {
            notes.refuse(
                third.0,
                format!("`{field}` has more than two networks"),
                "name one of IPv4 and one of IPv6",
            );
        }
        [one, other] if one.1.is_ipv4() == other.1.is_ipv4() => {
            let message = format!("`{field}` has two networks of one family");
            notes.clash(other.0, one.0, message, "name one of IPv4 and one of IPv6");
        }
        _ => {}
    }
}

/// What users may give at most.
const HIGHEST: i64 = 1_000_000_000;

/// Priorities of the system are the system's own.
pub(super) fn priority<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let name = place.node.get("metadata").and_then(|meta| meta.get("name"));
    let text = name.map_or("", Node::text);
    let own = matches!(text, "system-node-critical" | "system-cluster-critical");
    if own {
        if place.node.get("value").is_none_or(|at| at.int().is_some_and(|value| value < 2_000_000_000)) {
            let at = name.unwrap_or(place.node);
            notes.refuse(
                at,
                format!("`{text}` is the system's own, with a value of its own"),
                "write another name",
            );
        }
        return;
    }
    if let Some(at) = name.filter(|_| text.starts_with("system-")) {
        let help = "write another name, without `system-`";
        notes.refuse(at, "names of priorities with `system-` are kept for the system", help);
    }
    if let Some(at) = place.node.get("value").filter(|at| at.int().is_some_and(|value| value > HIGHEST)) {
        let help = format!("it must be at most {HIGHEST}");
        notes.refuse(at, format!("{} is above the highest priority for users", at.text()), help);
    }
}

/// An event with a time of its own says what was done (`ValidateEvent` of `events.k8s.io`).
pub(super) fn event<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.given("eventTime").is_some() && place.given("action").is_none() {
        notes.wants(place, "action", "an event with `eventTime` needs `action`", "add what was done");
    }
}

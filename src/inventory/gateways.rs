//! The Gateway API: listeners, the routes that ask for them, and the grants that let references cross namespaces
//! (facts 15.20 to 15.23).

use super::{Inventory, items, scope};
use crate::document::Object;
use crate::kube::selector::{Match, Selector};
use crate::yaml::Node;

/// The API's group.
const GROUP: &str = "gateway.networking.k8s.io";

/// Kinds of routes.
pub(super) const ROUTES: &[&str] = &["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute"];

/// An entry of a Gateway's `listeners`.
#[derive(Clone, Copy, Debug)]
pub struct Listener<'a> {
    /// The entry.
    pub node: Node<'a>,
    /// `name`; empty when it is missing.
    pub name: &'a str,
    /// `port`.
    pub port: Option<i64>,
    /// `hostname`, if one is written.
    pub hostname: Option<Node<'a>>,
}

/// An entry of a route's `parentRefs` that means a Gateway.
#[derive(Clone, Copy, Debug)]
pub struct ParentUse<'a> {
    /// The route.
    pub route: Object<'a>,
    /// The entry.
    pub node: Node<'a>,
    /// Where the Gateway's name stands.
    pub name: Node<'a>,
    /// The namespace the Gateway is looked up in.
    pub namespace: Option<&'a str>,
}

/// A reference of a route or Gateway that names another namespace.
#[derive(Clone, Copy, Debug)]
pub struct RouteUse<'a> {
    /// The object that refers.
    pub from: Object<'a>,
    /// Where the name stands.
    pub name: Node<'a>,
    /// Where the other namespace stands.
    pub namespace: Node<'a>,
    /// The kind that is referred to: `Service` or `Secret`.
    pub kind: &'static str,
}

/// A ReferenceGrant.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// The object.
    pub object: Object<'a>,
}

impl<'a> Listener<'a> {
    fn read(node: Node<'a>) -> Self {
        let text = |key: &str| node.get(key).map_or("", |one| one.text());
        Listener {
            node,
            name: text("name"),
            port: node.get("port").and_then(|port| port.int()),
            hostname: node.get("hostname").filter(|name| !name.text().is_empty()),
        }
    }

    /// Whether routes of a kind may attach: the kinds that are listed, else those of the protocol.
    pub fn takes_kind(&self, kind: &str) -> bool {
        let kinds = self.node.get("allowedRoutes").and_then(|allowed| allowed.get("kinds"));
        if let Some(kinds) = kinds.filter(|kinds| kinds.items().next().is_some()) {
            return kinds.items().any(|one| one.get("kind").is_none_or(|one| one.text() == kind));
        }
        match self.node.get("protocol").map_or("", |protocol| protocol.text()) {
            "HTTP" | "HTTPS" => matches!(kind, "HTTPRoute" | "GRPCRoute"),
            "TCP" => kind == "TCPRoute",
            "UDP" => kind == "UDPRoute",
            // TLS takes TCPRoutes where it ends here, and other protocols are the implementation's.
            "TLS" => matches!(kind, "TLSRoute" | "TCPRoute"),
            _ => true,
        }
    }

    /// `allowedRoutes.namespaces.from`, defaulted, with its place if it is written.
    pub fn from(&self) -> (&'a str, Option<Node<'a>>) {
        let namespaces = self.node.get("allowedRoutes").and_then(|allowed| allowed.get("namespaces"));
        let from = namespaces.and_then(|namespaces| namespaces.get("from"));
        (from.map_or("Same", |from| from.text()), from)
    }
}

/// Whether two host names, each perhaps with a wildcard for its first labels, have a host in common.
pub(super) fn hosts_meet(one: &str, other: &str) -> bool {
    let under = |wild: &str, host: &str| {
        let suffix = wild.strip_prefix('*').unwrap_or(wild);
        let bare = host.strip_prefix('*').unwrap_or(host);
        bare.len() > suffix.len() && bare.ends_with(suffix) || (host.starts_with('*') && bare == suffix)
    };
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    match (one.starts_with("*."), other.starts_with("*.")) {
        (false, false) => one == other,
        (true, false) => under(&one, &other),
        (false, true) => under(&other, &one),
        (true, true) => under(&one, &other) || under(&other, &one),
    }
}

impl<'a> Inventory<'a> {
    /// Every route of the unit.
    pub fn routes(&self) -> impl Iterator<Item = &Object<'a>> {
        ROUTES.iter().flat_map(|kind| self.of_kind(kind)).filter(|object| object.group() == GROUP)
    }

    /// Every Gateway that a route asks for, in the order of kinds, then of the input.
    pub fn parents(&self) -> Vec<ParentUse<'a>> {
        let mut found = Vec::new();
        for route in self.routes() {
            for node in items(route.spec(), "parentRefs") {
                let text = |key: &str, default: &'a str| node.get(key).map_or(default, |one| one.text());
                if text("kind", "Gateway") != "Gateway" || text("group", GROUP) != GROUP {
                    continue;
                }
                let namespace = node.get("namespace").map(|one| one.text()).or(self.namespace(route));
                let name = node.get("name");
                found.extend(name.map(|name| ParentUse { route: *route, node, name, namespace }));
            }
        }
        found
    }

    /// The one Gateway that a parent reference surely means.
    pub fn gateway(&self, parent: &ParentUse<'a>) -> Option<Object<'a>> {
        let named = self.named_within(parent.namespace, "Gateway", parent.name.text());
        let mut found = named.filter(|object| object.group() == GROUP);
        let first = found.next()?;
        let sure = scope(parent.namespace, self.namespace(first)).is_yes() && found.next().is_none();
        sure.then_some(*first)
    }

    /// The listeners of a Gateway.
    pub fn listeners(&self, gateway: &Object<'a>) -> Vec<Listener<'a>> {
        items(gateway.spec(), "listeners").map(Listener::read).collect()
    }

    /// Whether a listener of a Gateway lets routes of a namespace attach.
    pub fn admits(&self, gateway: &Object<'a>, listener: &Listener<'a>, namespace: Option<&str>) -> Match {
        match listener.from().0 {
            "Same" => scope(self.namespace(gateway), namespace),
            "None" => Match::No,
            "Selector" => {
                let namespaces = listener.node.get("allowedRoutes").and_then(|one| one.get("namespaces"));
                let selector = namespaces.and_then(|one| one.get("selector")).map(Selector::label_selector);
                selector.map_or(Match::Maybe, |selector| self.namespace_matches(&selector, namespace))
            }
            "All" => Match::Yes,
            _ => Match::Maybe,
        }
    }

    /// Whether a listener serves one of a route's host names; a route without any takes the listener's.
    pub fn shares_host(&self, listener: &Listener<'a>, route: &Object<'a>) -> bool {
        let Some(own) = listener.hostname else { return true };
        let mut hosts = items(route.spec(), "hostnames").peekable();
        hosts.peek().is_none() || hosts.any(|host| hosts_meet(own.text(), host.text()))
    }

    /// Every reference of routes to Services, and of Gateways to Secrets, that names a namespace other than the own.
    pub fn foreign_references(&self) -> Vec<RouteUse<'a>> {
        let mut found = Vec::new();
        let mut add = |from: &Object<'a>, node: Node<'a>, kind: &'static str| {
            let text = |key: &str, default: &'a str| node.get(key).map_or(default, |one| one.text());
            let plain = text("kind", kind) == kind && matches!(text("group", ""), "" | "core");
            let (Some(name), Some(namespace)) = (node.get("name"), node.get("namespace")) else { return };
            let own = self.namespace(from);
            if plain && own.is_some_and(|own| own != namespace.text()) {
                found.push(RouteUse { from: *from, name, namespace, kind });
            }
        };
        for route in self.routes() {
            for rule in items(route.spec(), "rules") {
                let mirror = |filter: Node<'a>| filter.get("requestMirror")?.get("backendRef");
                let backends = items(Some(rule), "backendRefs");
                let mirrors = items(Some(rule), "filters").filter_map(mirror);
                backends.chain(mirrors).for_each(|node| add(route, node, "Service"));
            }
        }
        for gateway in self.of_kind("Gateway").filter(|object| object.group() == GROUP) {
            for listener in items(gateway.spec(), "listeners") {
                items(listener.get("tls"), "certificateRefs").for_each(|node| add(gateway, node, "Secret"));
            }
        }
        found
    }

    /// Every ReferenceGrant of the unit, by its former name too.
    pub fn grants(&self) -> Vec<Grant<'a>> {
        let kinds = ["ReferenceGrant", "ReferencePolicy"].into_iter();
        let objects = kinds.flat_map(|kind| self.of_kind(kind)).filter(|object| object.group() == GROUP);
        objects.map(|object| Grant { object: *object }).collect()
    }
}

impl<'a> Grant<'a> {
    /// Whether it may allow a reference: it may lie in the target's namespace, and lists who refers and to what.
    pub fn allows(&self, inventory: &Inventory<'a>, reference: &RouteUse<'a>) -> bool {
        let spec = self.object.spec();
        let text = |node: Node<'a>, key: &str| node.get(key).map_or("", |one| one.text());
        let here = scope(inventory.namespace(&self.object), Some(reference.namespace.text())) != Match::No;
        let own = inventory.namespace(&reference.from);
        let from = items(spec, "from").any(|one| {
            text(one, "kind") == reference.from.kind && own.is_none_or(|own| text(one, "namespace") == own)
        });
        let to = items(spec, "to").any(|one| {
            let name = text(one, "name");
            text(one, "kind") == reference.kind && (name.is_empty() || name == reference.name.text())
        });
        here && from && to
    }
}

#[cfg(test)]
mod tests {
    use super::hosts_meet;

    #[test]
    fn wildcards_meet_what_is_below_them() {
        let cases = [
            ("a.example.org", "a.example.org", true),
            ("a.example.org", "A.Example.org", true),
            ("a.example.org", "b.example.org", false),
            ("*.example.org", "a.example.org", true),
            ("*.example.org", "a.b.example.org", true),
            ("*.example.org", "example.org", false),
            ("*.example.org", "*.example.org", true),
            ("*.example.org", "*.a.example.org", true),
            ("*.b.example.org", "*.a.example.org", false),
        ];
        for (one, other, expected) in cases {
            assert_eq!(hosts_meet(one, other), expected, "{one} {other}");
            assert_eq!(hosts_meet(other, one), expected, "{other} {one}");
        }
    }
}

//! Where Ingresses and Gateway API routes send requests (facts 4.16–4.18, 4.21).

use super::Inventory;
use super::gateways::ROUTES;
use crate::document::Object;
use crate::yaml::{Node, Scalar};

/// The port of a Service as a backend names it.
#[derive(Clone, Copy, Debug)]
pub enum BackendPort<'a> {
    /// By number.
    Number(Node<'a>, i64),
    /// By the name of the Service's port.
    Name(Node<'a>, &'a str),
}

/// A Service that requests are sent to.
#[derive(Clone, Copy, Debug)]
pub struct BackendUse<'a> {
    /// The Ingress or route.
    pub object: Object<'a>,
    /// Where the Service's name stands.
    pub name: Node<'a>,
    /// The namespace the Service is looked up in.
    pub namespace: Option<&'a str>,
    /// Its port, if one is readable.
    pub port: Option<BackendPort<'a>>,
}

impl<'a> Inventory<'a> {
    /// Every backend of the unit, in the order of kinds, then of the input.
    pub fn backends(&self) -> Vec<BackendUse<'a>> {
        let mut found = Vec::new();
        for object in self.of_kind("Ingress") {
            if matches!(object.group(), "networking.k8s.io" | "extensions") {
                self.ingress(object, &mut found);
            }
        }
        for kind in ROUTES {
            for object in self.of_kind(kind).filter(|object| object.group() == "gateway.networking.k8s.io") {
                self.route(object, &mut found);
            }
        }
        for object in self.of_kind("IngressRoute") {
            if matches!(object.group(), "traefik.io" | "traefik.containo.us") {
                self.traefik(object, &mut found);
            }
        }
        found
    }

    /// Services of Traefik's own routes (fact 15.63).
    fn traefik(&self, object: &Object<'a>, found: &mut Vec<BackendUse<'a>>) {
        for service in items(object.spec(), "routes").flat_map(|route| items(Some(route), "services")) {
            let kind = service.get("kind").map_or("Service", |kind| kind.text());
            // `name@provider` is no Service of the cluster.
            let name = service.get("name").filter(|name| kind == "Service" && !name.text().contains('@'));
            let port = service.get("port").and_then(int_or_string);
            let namespace = service.get("namespace").map(|node| node.text()).or(self.namespace(object));
            found.extend(name.map(|name| BackendUse { object: *object, name, namespace, port }));
        }
    }

    fn ingress(&self, object: &Object<'a>, found: &mut Vec<BackendUse<'a>>) {
        let Some(spec) = object.spec() else {
            return;
        };
        let paths = items(Some(spec), "rules").flat_map(|rule| items(rule.get("http"), "paths"));
        let default = ["defaultBackend", "backend"].into_iter().filter_map(|key| spec.get(key));
        for backend in default.chain(paths.filter_map(|path| path.get("backend"))) {
            let (name, port) = match backend.get("service") {
                Some(service) => (service.get("name"), service.get("port").and_then(v1_port)),
                None => (backend.get("serviceName"), backend.get("servicePort").and_then(int_or_string)),
            };
            let namespace = self.namespace(object);
            found.extend(name.map(|name| BackendUse { object: *object, name, namespace, port }));
        }
    }

    /// Whether a route's gateway is Consul's, which sends requests to services of its mesh, whatever port is written
    /// (fact 4.31).
    fn is_of_consul(&self, route: &Object<'a>) -> bool {
        let classed = |name: &str| {
            let of_class = |class: &Object<'a>| {
                class
                    .spec()
                    .and_then(|spec| spec.get("controllerName"))
                    .is_some_and(|it| it.text().contains("consul"))
            };
            name.contains("consul") || self.named("GatewayClass", name).any(of_class)
        };
        let of_gateway = |gateway: &Object<'a>| {
            gateway
                .spec()
                .and_then(|spec| spec.get("gatewayClassName"))
                .is_some_and(|name| classed(name.text()))
        };
        items(route.spec(), "parentRefs").filter_map(|parent| parent.get("name")).any(|name| {
            let mut gateways = self.named("Gateway", name.text()).peekable();
            let in_view = gateways.peek().is_some();
            gateways.any(of_gateway) || !in_view && self.has_mesh_of_consul()
        })
    }

    fn has_mesh_of_consul(&self) -> bool {
        self.objects.iter().any(|object| object.group() == "consul.hashicorp.com")
    }

    fn route(&self, object: &Object<'a>, found: &mut Vec<BackendUse<'a>>) {
        let ignores_ports = self.is_of_consul(object);
        for rule in items(object.spec(), "rules") {
            let filters = || items(Some(rule), "filters");
            let mirrors = filters().filter_map(|filter| filter.get("requestMirror")?.get("backendRef"));
            for backend in items(Some(rule), "backendRefs").chain(mirrors) {
                let text = |key: &str, default: &'a str| backend.get(key).map_or(default, |node| node.text());
                if text("kind", "Service") != "Service" || !matches!(text("group", ""), "" | "core") {
                    continue;
                }
                let port = backend.get("port").filter(|_| !ignores_ports);
                let port = port.and_then(|node| node.int().map(|number| BackendPort::Number(node, number)));
                let namespace = backend.get("namespace").map(|node| node.text()).or(self.namespace(object));
                let name = backend.get("name");
                found.extend(name.map(|name| BackendUse { object: *object, name, namespace, port }));
            }
        }
    }
}

/// The items of a list field of something that may be missing.
pub fn items<'a>(node: Option<Node<'a>>, key: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
    node.and_then(|node| node.get(key)).into_iter().flat_map(|list| list.items())
}

fn v1_port(port: Node<'_>) -> Option<BackendPort<'_>> {
    let number =
        port.get("number").and_then(|node| node.int().map(|number| BackendPort::Number(node, number)));
    number.or_else(|| port.get("name").map(|node| BackendPort::Name(node, node.text())))
}

/// The older form: a number or a name in one field (fact 4.18).
fn int_or_string(node: Node<'_>) -> Option<BackendPort<'_>> {
    match node.scalar()? {
        Scalar::Str(name) => Some(BackendPort::Name(node, name)),
        _ => node.int().map(|number| BackendPort::Number(node, number)),
    }
}

//! Two Ingresses for one host and path (fact 15.66).

use foldhash::{HashMap, HashMapExt};

use crate::document::Object;
use crate::finding::Out;
use crate::inventory::{Inventory, items, same_directory, same_file};
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// Annotations with which two Ingresses share a host and path on purpose.
const SHARED: &[&str] = &[
    "nginx.ingress.kubernetes.io/canary",
    "nginx.org/mergeable-ingress-type",
    "alb.ingress.kubernetes.io/conditions.",
    "nginx.ingress.kubernetes.io/server-snippet",
    "traefik.ingress.kubernetes.io/router.",
    "haproxy.org/",
    "konghq.com/",
];

/// Class, host, path and type of path.
type Route<'a> = (&'a str, &'a str, &'a str, &'a str);

pub fn twice(inventory: &Inventory<'_>, out: &mut Out) {
    let mut first: HashMap<Route<'_>, (Object<'_>, Node<'_>, String)> = HashMap::new();
    for object in inventory.of_kind("Ingress") {
        if !matches!(object.group(), "networking.k8s.io" | "extensions") || inventory.is_patched(object) {
            continue;
        }
        if shares(object) || inventory.is_contested(object) {
            continue;
        }
        let class = object.spec().and_then(|spec| spec.get("ingressClassName"));
        let class = class.or_else(|| object.annotation("kubernetes.io/ingress.class"));
        let class = class.map_or("", |class| class.text());
        for rule in items(object.spec(), "rules") {
            let host = rule.get("host").map_or("", |host| host.text());
            // Without a host it is often an example, and which controller serves it is not said.
            if host.is_empty() || is_placeholder(host) {
                continue;
            }
            for path in items(rule.get("http"), "paths") {
                let text = |key: &str| path.get(key).map_or("", |node| node.text());
                let route = (class, host, text("path"), text("pathType"));
                let place = path.get("path").or_else(|| rule.get("host")).unwrap_or(path);
                let backend = backend(path);
                let Some((other, at, leads)) = first.get(&route) else {
                    first.insert(route, (*object, place, backend));
                    continue;
                };
                // Which of two files is applied nobody knows, unless they are for one namespace.
                let together = same_file(other, object)
                    || inventory.view.built
                    || same_directory(other, object)
                        && inventory.namespace(other).is_some()
                        && inventory.namespace(other) == inventory.namespace(object);
                if *leads == backend || !together {
                    continue;
                }
                let same = other.identity() == object.identity();
                let whose = if same { "above".to_owned() } else { format!("in {}", other.title()) };
                let shown =
                    if text("path").is_empty() { host.to_owned() } else { format!("{host}{}", text("path")) };
                out.report(place, format!("`{shown}` leads somewhere else {whose}"))
                    .label(format!("leads to {backend}"))
                    .also(*at, format!("leads to {leads}"))
                    .help("keep one of the two; which one is served is up to the controller");
            }
        }
    }
}

fn shares(object: &Object<'_>) -> bool {
    let annotations = object.metadata().and_then(|it| it.get("annotations"));
    let mut keys = annotations.into_iter().flat_map(|list| list.entries()).map(|entry| entry.key.text());
    keys.any(|key| SHARED.iter().any(|shared| key.starts_with(shared)))
}

/// A backend in words: what it names and its port.
fn backend(path: Node<'_>) -> String {
    let Some(backend) = path.get("backend") else { return "nothing".to_owned() };
    if let Some(service) = backend.get("service") {
        let port = service.get("port").and_then(|port| port.get("number").or_else(|| port.get("name")));
        let name = service.get("name").map_or("", |name| name.text());
        return format!("`{name}:{}`", port.map_or("", |port| port.text()));
    }
    let text = |key: &str| backend.get(key).map_or("", |node| node.text());
    match backend.get("resource") {
        Some(resource) => format!("`{}`", resource.get("name").map_or("", |name| name.text())),
        None => format!("`{}:{}`", text("serviceName"), text("servicePort")),
    }
}

//! Ingresses and routes: the Services behind them, and their ports.

mod pattern;
mod twice;

use std::collections::{HashMap, HashSet};

use super::missing::Missing;
use super::{Check, Rule, rule};
use crate::document::Object;
use crate::files::{Distance, FileId};
use crate::finding::{Out, Severity};
use crate::inventory::{BackendPort, BackendUse, Evidence, Found, Inventory, same_file};
use crate::kube::service::Service;
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::text::suggest;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("ingress-backend-unresolved", Check::Unit(unresolved)),
    rule!("ingress-route-twice", Check::Unit(twice::twice)),
    rule!("ingress-path-pattern", Check::Unit(pattern::literal)),
];

/// What the controller of AWS load balancers reads as "see my annotation" instead of a port.
const USE_ANNOTATION: &str = "use-annotation";

fn unresolved(inventory: &Inventory<'_>, out: &mut Out) {
    let mut known = HashSet::new();
    let backends = inventory.backends();
    // Which Services the Ingresses of a file lead to.
    let mut taken: HashMap<FileId, HashSet<&str>> = HashMap::new();
    for backend in &backends {
        taken.entry(backend.object.node.span().file).or_default().insert(backend.name.text());
    }
    for backend in backends {
        let name = backend.name.text();
        let keyword = matches!(backend.port, Some(BackendPort::Name(_, USE_ANNOTATION)));
        let unknown = name.is_empty() || is_placeholder(name) || is_shouted(name);
        if keyword || unknown || inventory.is_patched(&backend.object) || is_action(&backend) {
            continue;
        }
        let found = inventory.look_up(&backend.object, backend.namespace, "Service", "services", name);
        let owner = backend.object.node.span();
        match found {
            Found::Object(service, sure) => {
                match passed_over(inventory, &backend, &service, &taken[&owner.file]) {
                    Some(partner) if known.insert((owner, name, None)) => {
                        far_namesake(inventory, &backend, &service, &partner, out);
                    }
                    Some(_) => {}
                    None => port(inventory, &backend, &service, sure, &mut known, out),
                }
            }
            _ if !known.insert((owner, name, None)) => {}
            _ => missing(inventory, &backend, found, &taken[&owner.file], out),
        }
    }
}

/// An action of the load balancer that an annotation describes stands in the place of a Service.
fn is_action(backend: &BackendUse<'_>) -> bool {
    let key = format!("alb.ingress.kubernetes.io/actions.{}", backend.name.text());
    backend.object.annotation(&key).is_some()
}

fn missing<'a>(
    inventory: &Inventory<'a>,
    backend: &BackendUse<'a>,
    found: Found<'a>,
    taken: &HashSet<&str>,
    out: &mut Out,
) {
    let found = match found {
        Found::Nothing => {
            let partner = only_partner(inventory, &backend.object, backend.name.text(), taken);
            partner.map_or(found, Found::Near)
        }
        _ => found,
    };
    let (name, own) = (backend.name.text(), backend.object.name);
    // A letter apart from the Ingress's own name: the Service itself may well come from elsewhere.
    let misspelt = name.len() == own.len() && name.len() >= 6 && suggest::slip(name, own) == Some(1);
    if matches!(found, Found::Nothing)
        && misspelt
        && let Some(severity) = inventory.absence(Evidence::NearMiss, &backend.object)
    {
        out.report(
            backend.name,
            format!("Service `{name}` was not found; its name is close to that of the Ingress"),
        )
        .severity(severity)
        .label("no Service has this name, and one letter differs")
        .note("requests for this path get an error")
        .also(backend.object.anchor(), "this name")
        .perhaps(backend.name, own);
        return;
    }
    let missing = Missing {
        from: &backend.object,
        place: backend.name,
        kind: "Service",
        list: "services",
        consequence: "requests for this path get an error".to_owned(),
    };
    missing.report(inventory, &found, out);
}

/// The only Service of the same file, or the only one of the directory if it bears the Ingress's name; not one that
/// an Ingress of the file already leads to.
fn only_partner<'a>(
    inventory: &Inventory<'a>,
    object: &Object<'a>,
    wanted: &str,
    taken: &HashSet<&str>,
) -> Option<Object<'a>> {
    let mut beside = inventory.beside("Service", object).filter(|service| service.group().is_empty());
    let only = beside.next().filter(|_| beside.next().is_none())?;
    let meant = only.name == object.name || (same_file(only, object) && !taken.contains(only.name));
    (meant && !waits_for(inventory, only, wanted)).then_some(*only)
}

/// Whether a Service selects no pods, and by its labels those of the name that is looked for: both lack the same.
fn waits_for(inventory: &Inventory<'_>, service: &Object<'_>, wanted: &str) -> bool {
    let own = |at: &&usize| inventory.services[**at].object.node.span() == service.node.span();
    let Some(&at) = inventory.services_named(service.name).iter().find(own) else { return false };
    let asked = inventory.services[at].selector.iter().flat_map(|selector| &selector.requirements);
    inventory.service_pods(at).is_empty() && asked.into_iter().any(|one| one.values.contains(&wanted))
}

/// The Service beside the Ingress that nothing leads to, where the one of the name lies in another chapter: it has
/// the port and the pods, and namespaces do not tell the two apart.
fn passed_over<'a>(
    inventory: &Inventory<'a>,
    backend: &BackendUse<'a>,
    found: &Object<'a>,
    taken: &HashSet<&str>,
) -> Option<Object<'a>> {
    let open = backend.namespace.is_none() || inventory.namespace(found).is_none();
    if !open || inventory.distance(&backend.object, found) <= Distance::Near {
        return None;
    }
    let mut all = inventory.reachable(backend.namespace, "Service", found.name);
    if all.any(|one| inventory.distance(&backend.object, one) <= Distance::Near) {
        return None;
    }
    let only = only_partner(inventory, &backend.object, backend.name.text(), taken)?;
    let service = Service::read(only).filter(|_| same_file(&only, &backend.object))?;
    let at = *inventory
        .services_named(only.name)
        .iter()
        .find(|&&at| inventory.services[at].object.node.span() == only.node.span())?;
    let fits = may_have(inventory, &service, &backend.port?);
    (fits && !inventory.service_pods(at).is_empty()).then_some(only)
}

fn far_namesake(
    inventory: &Inventory<'_>,
    backend: &BackendUse<'_>,
    found: &Object<'_>,
    partner: &Object<'_>,
    out: &mut Out,
) {
    let Some(severity) = inventory.absence(Evidence::NearMiss, &backend.object) else { return };
    let (name, beside) = (backend.name.text(), partner.name);
    out.report(
        backend.name,
        format!("Service `{name}` is not in this file; `{beside}` is, and nothing uses it"),
    )
    .severity(severity)
    .label("no Service of this name is near")
    .also(partner.anchor(), "probably the one that is meant")
    .also(found.anchor(), "the only one of the name, far from here")
    .help(format!("write `{beside}`"));
}

fn port<'a>(
    inventory: &Inventory<'a>,
    backend: &BackendUse<'a>,
    object: &Object<'a>,
    sure: bool,
    known: &mut HashSet<(crate::files::Span, &'a str, Option<&'a str>)>,
    out: &mut Out,
) {
    let Some(port) = backend.port.filter(|_| sure || inventory.are_joined(&backend.object, object)) else {
        return;
    };
    let name = backend.name.text();
    let candidates = inventory.reachable(backend.namespace, "Service", name);
    let services: Vec<Service<'a>> = candidates.filter_map(|one| Service::read(*one)).collect();
    if services.is_empty() || services.iter().any(|service| may_have(inventory, service, &port)) {
        return;
    }
    let Some(service) = Service::read(*object) else {
        return;
    };
    let (place, text) = match port {
        BackendPort::Number(node, _) => (node, node.text()),
        BackendPort::Name(node, name) => (node, name),
    };
    if is_placeholder(text)
        || is_shouted(text)
        || !known.insert((backend.object.node.span(), name, Some(text)))
    {
        return;
    }
    if is_of_nginx(&backend.object)
        && service.ports().any(|one| one.target_node().is_some_and(|target| target.text() == text))
    {
        return;
    }
    let ports = service.field("ports").unwrap_or(service.object.node);
    let together = inventory.surely_together(&backend.object, object) || sure && backend.namespace.is_some();
    let by_name = matches!(port, BackendPort::Name(..));
    let draft = out
        .report(place, format!("Service `{name}` has no port `{text}`: requests for it get an error"))
        .severity(if sure && together { Severity::Error } else { Severity::Warning })
        .label(if by_name {
            "no port of the Service has this name"
        } else {
            "no port of the Service has this number"
        })
        .also(ports, format!("what `{name}` exposes"));
    draft.help(meant(&service, &port, place));
}

/// Whether ingress-nginx serves it, which also takes a `targetPort` for the port of a Service.
fn is_of_nginx(object: &Object<'_>) -> bool {
    let class = object.spec().and_then(|spec| spec.get("ingressClassName"));
    let class = class.or_else(|| object.annotation("kubernetes.io/ingress.class"));
    class.is_some_and(|class| class.text().contains("nginx"))
        || object.metadata().and_then(|metadata| metadata.get("annotations")).is_some_and(|annotations| {
            annotations.entries().any(|entry| entry.key.text().starts_with("nginx.ingress.kubernetes.io/"))
        })
}

/// Whether requests may arrive all the same: the port is there, or the ports cannot be told.
fn may_have(inventory: &Inventory<'_>, service: &Service<'_>, port: &BackendPort<'_>) -> bool {
    let unclear = service.is_external_name()
        || inventory.is_patched(&service.object)
        || service.ports().next().is_none()
        || service
            .ports()
            .any(|one| one.port.is_none() || one.name.is_some_and(|name| is_placeholder(name.text())));
    unclear
        || service.ports().any(|one| match port {
            BackendPort::Number(_, number) => one.port == Some(*number),
            BackendPort::Name(_, wanted) => one.name.is_some_and(|name| name.text() == *wanted),
        })
}

/// Advice: the port that leads to the container port that was written, the nearest name, or the only port.
fn meant(service: &Service<'_>, port: &BackendPort<'_>, place: Node<'_>) -> String {
    let text = place.text();
    let to_target = service.ports().find(|one| one.target_node().is_some_and(|target| target.text() == text));
    if let Some(one) = to_target {
        let right = match (port, one.name, one.port) {
            (BackendPort::Name(..), Some(name), _) => name.text().to_owned(),
            (_, _, Some(number)) => number.to_string(),
            _ => return "name one of the Service's ports".to_owned(),
        };
        return format!("write `{right}`, the Service's port; `{text}` is its targetPort");
    }
    if let BackendPort::Name(_, wanted) = port {
        let names: Vec<&str> = service.ports().filter_map(|one| one.name).map(|name| name.text()).collect();
        if let Some(near) = suggest::nearest(wanted, names.iter().copied()) {
            return format!("did you mean `{near}`?");
        }
        if names.is_empty() {
            return format!("the Service's ports have no names: write `number: {}`", numbers(service));
        }
        return format!("write `{}`", names.join("` or `"));
    }
    format!("write {}", numbers(service))
}

fn numbers(service: &Service<'_>) -> String {
    let numbers: Vec<String> =
        service.ports().filter_map(|one| one.port).map(|port| port.to_string()).collect();
    numbers.join(" or ")
}

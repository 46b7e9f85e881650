//! Webhooks: whether the Service behind them is there, and whether its own pods have to pass it.

use super::missing::Missing;
use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Evidence, Found, Inventory, ServiceRef, Webhook, same_directory, scope};
use crate::kube::selector::{Match, Selector};
use crate::kube::service::Service;
use crate::project::Sought;
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("webhook-guards-itself", Check::Unit(guards_itself)),
    rule!("webhook-service-unresolved", Check::Unit(service_unresolved)),
];

fn service_unresolved(inventory: &Inventory<'_>, out: &mut Out) {
    for called in inventory.called_services() {
        let name = called.name.text();
        let unknown = name.is_empty() || is_placeholder(name) || is_shouted(name);
        if unknown || inventory.is_patched(&called.object) {
            continue;
        }
        let found = inventory.look_up(&called.object, called.namespace, "Service", "services", name);
        if let Found::Object(..) = found {
            port(inventory, &called, out);
            continue;
        }
        let consequence = match called.object.kind {
            "APIService" => "the API it serves is unavailable",
            "CustomResourceDefinition" => "objects of other versions cannot be converted",
            _ => "every call of the webhook fails",
        };
        if let Found::Elsewhere(service) = &found {
            elsewhere(inventory, &called, service, consequence, out);
            continue;
        }
        // Scaffolded configurations come without their Service; what is not in view is no news.
        if matches!(found, Found::Nothing) && !inventory.surroundings.complete {
            continue;
        }
        let missing = Missing {
            from: &called.object,
            place: called.name,
            kind: "Service",
            list: "services",
            consequence: consequence.to_owned(),
        };
        missing.report(inventory, &found, out);
    }
}

/// The Service has the name and is in another namespace.
fn elsewhere<'a>(
    inventory: &Inventory<'a>,
    called: &ServiceRef<'a>,
    service: &Object<'a>,
    consequence: &str,
    out: &mut Out,
) {
    let (Some(here), Some(there)) = (called.namespace, inventory.namespace(service)) else { return };
    // A chart is evaluated for this namespace, and installed into another.
    if there == "default" && inventory.view.built {
        return;
    }
    let near = same_directory(&called.object, service);
    let evidence = if near { Evidence::NearMiss } else { Evidence::Nothing };
    let sought = Sought { kind: Some("Service"), name: Some(service.name) };
    let Some(severity) = inventory.absence_of(&sought, evidence, &called.object) else { return };
    out.report(
        called.name,
        format!("Service `{}` is in namespace `{there}`, not in `{here}`: {consequence}", service.name),
    )
    .severity(severity)
    .label(format!("looked up in namespace `{here}` only"))
    .also(service.anchor(), format!("in namespace `{there}`"))
    .help(format!("name the namespace `{there}`"));
}

/// The Service is there; whether it has the port.
fn port<'a>(inventory: &Inventory<'a>, called: &ServiceRef<'a>, out: &mut Out) {
    let Some(number) = called.port_number() else { return };
    let name = called.name.text();
    let candidates = inventory.reachable(called.namespace, "Service", name);
    let services: Vec<Service<'a>> = candidates.filter_map(|object| Service::read(*object)).collect();
    let may_have = |service: &Service<'a>| {
        let unknown = service.is_external_name() || inventory.is_patched(&service.object);
        let mut ports = service.ports().peekable();
        unknown || ports.peek().is_none() || ports.any(|port| port.port.is_none_or(|port| port == number))
    };
    let Some(first) = services.first().filter(|_| !services.iter().any(may_have)) else { return };
    let Some(severity) = inventory.absence(Evidence::Contradiction, &called.object) else { return };
    let list: Vec<String> = first.ports().filter_map(|port| port.port).map(|port| port.to_string()).collect();
    let label = match called.port {
        Some(_) => "the Service does not have this port",
        None => "without `port` this means 443",
    };
    let list = list.join(", ");
    out.report(called.port.unwrap_or(called.name), format!("Service `{name}` has no port {number}"))
        .severity(severity)
        .label(label)
        .also(first.object.anchor(), format!("it has {list}"))
        .help(format!("set `port` to the port of the Service: {list}"));
}

fn guards_itself(inventory: &Inventory<'_>, out: &mut Out) {
    for webhook in inventory.webhooks() {
        let Some(rule) = webhook.pods_rule().filter(|_| webhook.fails_closed()) else { continue };
        let conditions =
            webhook.node.get("matchConditions").is_some_and(|list| list.items().next().is_some());
        if !conditions && !inventory.is_patched(&webhook.object) {
            check(inventory, &webhook, rule, out);
        }
    }
}

/// A label selector of a webhook; absent and empty both take everything.
fn selector<'a>(webhook: &Webhook<'a>, key: &str) -> Option<Selector<'a>> {
    webhook.node.get(key).map(Selector::label_selector).filter(|selector| !selector.is_empty())
}

fn check<'a>(inventory: &Inventory<'a>, webhook: &Webhook<'a>, rule: Node<'a>, out: &mut Out) {
    let Some(called) = &webhook.service else { return };
    let Some(namespace) = called.namespace.filter(|name| !is_placeholder(name)) else { return };
    let services = inventory.services_named(called.name.text()).iter().copied();
    let sure =
        |at: &usize| scope(Some(namespace), inventory.namespace(&inventory.services[*at].object)).is_yes();
    let Some(service) = services.into_iter().find(sure) else { return };
    let pods = inventory.service_pods(service).iter();
    let Some(workload) = pods
        .filter(|one| one.certain.is_yes())
        .map(|one| one.workload)
        .find(|&at| !inventory.is_patched(&inventory.workloads[at].object))
    else {
        return;
    };
    let by_namespace = selector(webhook, "namespaceSelector");
    let by_object = selector(webhook, "objectSelector");
    let takes = |namespace: &str| {
        by_namespace.as_ref().map_or(Match::Yes, |one| inventory.namespace_matches(one, Some(namespace)))
    };
    let takes_pods = by_object.as_ref().map_or(Match::Yes, |one| one.matches(inventory.labels(workload)));
    let own = takes(namespace).and(takes_pods);
    let object: &Object<'a> = &inventory.workloads[workload].object;
    let name = webhook.node.get("name").map_or("", |name| name.text());
    let place = webhook.node.get("name").unwrap_or(webhook.node);
    let policy = webhook.node.get("failurePolicy");
    let (severity, message, label) = if own.is_yes() {
        (
            Severity::Error,
            format!("webhook `{name}` must approve the pods of {}, which answers it", object.title()),
            format!(
                "once these pods are gone, none can start again, nor any other in namespace `{namespace}`"
            ),
        )
    } else if own == Match::No && by_object.is_none() && takes("kube-system").is_yes() {
        (
            Severity::Warning,
            format!("webhook `{name}` must approve the pods of `kube-system`"),
            "while it does not answer, DNS and network pods cannot start either".to_owned(),
        )
    } else {
        return;
    };
    let mut draft = out
        .report(place, message)
        .severity(severity)
        .label(label)
        .also(rule.get("resources").unwrap_or(rule), "it is asked about every new pod")
        .also(object.anchor(), "answers the webhook");
    draft = match policy {
        Some(policy) => draft.also(policy, "no answer means refusal"),
        None => draft.also(webhook.object.anchor(), "without `failurePolicy`, no answer means refusal"),
    };
    draft.help(format!(
        "leave `{namespace}` and `kube-system` out with a `namespaceSelector` on `kubernetes.io/metadata.name`"
    ));
}

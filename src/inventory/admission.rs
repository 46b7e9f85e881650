//! Services that the API server itself calls: webhooks, converters of custom resources, aggregated APIs (facts 15.1,
//! 15.3).

use super::Inventory;
use crate::document::Object;
use crate::yaml::Node;

/// A Service that an object of the API server's own configuration names.
#[derive(Clone, Copy, Debug)]
pub struct ServiceRef<'a> {
    /// The object that names it.
    pub object: Object<'a>,
    /// Where the Service's name stands.
    pub name: Node<'a>,
    /// Its namespace; always written in a valid object.
    pub namespace: Option<&'a str>,
    /// The port as written; 443 without.
    pub port: Option<Node<'a>>,
}

/// One entry of `webhooks`.
#[derive(Clone, Copy, Debug)]
pub struct Webhook<'a> {
    /// The configuration.
    pub object: Object<'a>,
    /// The entry.
    pub node: Node<'a>,
    /// The Service that answers, unless it is a URL.
    pub service: Option<ServiceRef<'a>>,
}

impl<'a> ServiceRef<'a> {
    fn read(object: &Object<'a>, service: Option<Node<'a>>) -> Option<Self> {
        let service = service?;
        let namespace = service.get("namespace").map(|node| node.text()).filter(|name| !name.is_empty());
        Some(ServiceRef { object: *object, name: service.get("name")?, namespace, port: service.get("port") })
    }

    /// The port's number, defaulted; `None` when it is written and no number.
    pub fn port_number(&self) -> Option<i64> {
        self.port.map_or(Some(443), |node| node.int())
    }
}

impl<'a> Webhook<'a> {
    /// Whether a request is refused when nobody answers. The older API ignored failures by default.
    pub fn fails_closed(&self) -> bool {
        let policy = self.node.get("failurePolicy").map(|policy| policy.text());
        policy.map_or(self.object.version() == "v1", |policy| policy == "Fail")
    }

    /// The rule under which the creation of pods is asked about, if there is one.
    pub fn pods_rule(&self) -> Option<Node<'a>> {
        let has = |rule: Node<'a>, list: &str, words: &[&str]| {
            rule.get(list).is_some_and(|list| list.items().any(|one| words.contains(&one.text())))
        };
        self.node.get("rules")?.items().find(|rule| {
            has(*rule, "operations", &["CREATE", "*"])
                && has(*rule, "apiGroups", &["", "*"])
                && has(*rule, "resources", &["pods", "*", "*/*"])
                && rule.get("scope").is_none_or(|scope| scope.text() != "Cluster")
        })
    }
}

impl<'a> Inventory<'a> {
    /// Every webhook of the unit's admission configurations, in the order of the input.
    pub fn webhooks(&self) -> Vec<Webhook<'a>> {
        let kinds = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
        let objects = kinds.into_iter().flat_map(|kind| self.of_kind(kind));
        let mut found = Vec::new();
        for object in objects.filter(|object| object.group() == "admissionregistration.k8s.io") {
            for node in object.node.get("webhooks").into_iter().flat_map(|list| list.items()) {
                let service = node.get("clientConfig").and_then(|config| config.get("service"));
                let service = ServiceRef::read(object, service);
                found.push(Webhook { object: *object, node, service });
            }
        }
        found
    }

    /// Every Service that the API server calls: by a webhook, to convert custom resources, or for a whole API.
    pub fn called_services(&self) -> Vec<ServiceRef<'a>> {
        let mut found: Vec<ServiceRef<'a>> =
            self.webhooks().into_iter().filter_map(|webhook| webhook.service).collect();
        let definitions = self.of_kind("CustomResourceDefinition");
        for object in definitions.filter(|object| object.group() == "apiextensions.k8s.io") {
            let conversion = object.spec().and_then(|spec| spec.get("conversion"));
            let config = |node: Node<'a>| node.get("webhook")?.get("clientConfig");
            let config = conversion.and_then(config).or_else(|| conversion?.get("webhookClientConfig"));
            found.extend(ServiceRef::read(object, config.and_then(|config| config.get("service"))));
        }
        for object in self.of_kind("APIService").filter(|one| one.group() == "apiregistration.k8s.io") {
            let service = object.spec().and_then(|spec| spec.get("service"));
            found.extend(ServiceRef::read(object, service));
        }
        found
    }
}

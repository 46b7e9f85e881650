//! Services and their ports.

use super::selector::Selector;
use crate::document::Object;
use crate::yaml::{Node, Scalar};

/// A Service.
#[derive(Clone, Debug)]
pub struct Service<'a> {
    /// The object.
    pub object: Object<'a>,
    /// The selector, `None` when it is absent, empty or has no meaning (`ExternalName`): facts 1.6, 4.14.
    pub selector: Option<Selector<'a>>,
}

/// One entry of `spec.ports`.
#[derive(Clone, Copy, Debug)]
pub struct ServicePort<'a> {
    /// Its mapping.
    pub node: Node<'a>,
    /// `name`.
    pub name: Option<Node<'a>>,
    /// `port`.
    pub port: Option<i64>,
    /// `protocol`, defaulted to TCP.
    pub protocol: &'a str,
}

/// Where a Service port sends its traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetPort<'a> {
    /// A port number of the pod.
    Number(i64),
    /// A named container port, looked up in each pod.
    Name(&'a str),
}

impl<'a> Service<'a> {
    /// Reads a core Service.
    pub fn read(object: Object<'a>) -> Option<Self> {
        if !object.is("", "Service") {
            return None;
        }
        let mut service = Service { object, selector: None };
        if !service.is_external_name() {
            let selector = object.spec().and_then(|spec| spec.get("selector")).map(Selector::map);
            let selector = selector.filter(|selector| !selector.is_empty());
            service.selector = selector.map(|selector| selector.with_added(&object.added.selectors));
        }
        Some(service)
    }

    /// `spec.type`, defaulted.
    pub fn service_type(&self) -> &'a str {
        self.field("type").map_or("ClusterIP", |node| node.text())
    }

    /// Whether it is only a DNS alias.
    pub fn is_external_name(&self) -> bool {
        self.service_type() == "ExternalName"
    }

    /// Whether DNS answers with pod addresses, so that nothing translates ports (fact 4.13).
    pub fn is_headless(&self) -> bool {
        self.field("clusterIP").is_some_and(|ip| ip.text() == "None")
    }

    /// A field of `spec`.
    pub fn field(&self, key: &str) -> Option<Node<'a>> {
        self.object.spec()?.get(key)
    }

    /// The ports.
    pub fn ports(&self) -> impl Iterator<Item = ServicePort<'a>> + use<'a> {
        let list = self.field("ports").into_iter().flat_map(|list| list.items());
        list.map(|node| ServicePort {
            node,
            name: node.get("name"),
            port: node.get("port").and_then(|port| port.int()),
            protocol: node.get("protocol").map_or("TCP", |protocol| protocol.text()),
        })
    }
}

impl<'a> ServicePort<'a> {
    /// `targetPort` as written.
    pub fn target_node(&self) -> Option<Node<'a>> {
        self.node.get("targetPort")
    }

    /// Where traffic goes; absent, `0` and `""` mean the port itself (fact 4.1).
    pub fn target(&self) -> Option<TargetPort<'a>> {
        let written = self.target_node().and_then(|node| match node.scalar()? {
            Scalar::Str("") => None,
            Scalar::Str(name) => Some(TargetPort::Name(name)),
            _ => node.int().filter(|number| *number != 0).map(TargetPort::Number),
        });
        written.or_else(|| self.port.map(TargetPort::Number))
    }

    /// Whether it only stands there because a Service must have a port, and nobody listens (fact 4.34).
    pub fn is_stand_in(&self) -> bool {
        self.port == Some(55_555) && self.name.is_some_and(|name| name.text() == "headless")
    }

    /// Name or number, for messages.
    pub fn title(&self) -> String {
        match (self.name, self.port) {
            (Some(name), _) => format!("`{}`", name.text()),
            (None, Some(port)) => format!("{port}"),
            (None, None) => "without a number".to_owned(),
        }
    }
}

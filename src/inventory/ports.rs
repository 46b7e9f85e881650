//! Where a Service's ports end: container ports by name and protocol, or plain numbers (facts 4.1–4.6).

use crate::kube::pod::{ContainerPort, PodSpec};
use crate::kube::service::{ServicePort, TargetPort};

/// What became of a `targetPort` in one pod.
#[derive(Clone, Copy, Debug)]
pub enum Resolved<'a> {
    /// A number needs no declaration.
    Number(i64),
    /// A declared port with the name and the protocol.
    Declared(ContainerPort<'a>),
    /// The name is there, but only with another protocol.
    OtherProtocol(ContainerPort<'a>),
    /// The name is declared by an init container, which does not serve.
    InitOnly(ContainerPort<'a>),
    /// No container port has the name.
    Missing,
}

impl Resolved<'_> {
    /// The port number traffic arrives at.
    pub fn number(&self) -> Option<i64> {
        match self {
            Resolved::Number(number) => Some(*number),
            Resolved::Declared(port) => port.number,
            _ => None,
        }
    }

    /// Whether traffic arrives anywhere.
    pub fn is_resolved(&self) -> bool {
        matches!(self, Resolved::Number(_) | Resolved::Declared(_))
    }
}

/// Looks a Service port up in a pod; `None` if the Service port says nothing readable.
pub fn resolve<'a>(port: &ServicePort<'a>, spec: PodSpec<'a>) -> Option<Resolved<'a>> {
    let name = match port.target()? {
        TargetPort::Number(number) => return Some(Resolved::Number(number)),
        TargetPort::Name(name) => name,
    };
    let named = |one: &ContainerPort<'a>| one.name.is_some_and(|node| node.text() == name);
    let mut other = None;
    for candidate in spec.ports().filter(named) {
        if candidate.protocol == port.protocol {
            return Some(Resolved::Declared(candidate));
        }
        other = other.or(Some(candidate));
    }
    let init = || spec.init_containers().flat_map(|container| container.ports()).find(named);
    Some(match other {
        Some(port) => Resolved::OtherProtocol(port),
        None => init().map_or(Resolved::Missing, Resolved::InitOnly),
    })
}

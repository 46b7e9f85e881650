//! Ports: of containers, of Services, and who sends traffic to them.

use super::SymbolKind;
use super::collect::Book;
use crate::document::Object;
use crate::inventory::{BackendPort, Outcome, resolve_port};
use crate::kube::pod::{Container, ContainerPort};
use crate::kube::probe;
use crate::kube::service::{Service, TargetPort};
use crate::kube::workload::Workload;
use crate::yaml::{Node, Scalar};

impl<'a> Book<'_, 'a> {
    /// Defines all ports and finds who means them.
    pub(super) fn ports(&mut self) {
        let inventory = self.inventory;
        for workload in &inventory.workloads {
            for container in workload.pod.spec.running_containers() {
                self.container_ports(workload, container);
            }
        }
        for (at, service) in inventory.services.iter().enumerate() {
            self.service_ports(at, service);
        }
        for backend in inventory.backends() {
            let services = inventory.reachable_services(backend.name.text(), backend.namespace);
            for service in services {
                if let Some(port) = backend.port {
                    let (node, name) = match port {
                        BackendPort::Number(node, number) => (node, number.to_string()),
                        BackendPort::Name(node, name) => (node, name.to_owned()),
                    };
                    self.means_port_of(&inventory.services[service], &name, node.span());
                }
            }
        }
        for host in inventory.hosts() {
            if let (Outcome::Services(services), Some(port)) = (&host.outcome, &host.port) {
                for &service in services {
                    self.means_port_of(&inventory.services[service], &port.number.to_string(), port.span);
                }
            }
        }
    }

    fn container_ports(&mut self, workload: &Workload<'a>, container: Container<'a>) {
        for port in container.ports() {
            if let Some(name) = port.name {
                self.port(&workload.object, name);
            }
            if let Some(number) = port.node.get("containerPort") {
                self.port(&workload.object, number);
            }
        }
        let lifecycle = container.node.get("lifecycle");
        let hooks = ["postStart", "preStop"].into_iter().filter_map(|hook| lifecycle?.get(hook));
        let probes = probe::FIELDS.into_iter().filter_map(|field| container.node.get(field));
        for asked in probes.chain(hooks) {
            let port =
                ["httpGet", "tcpSocket", "grpc"].into_iter().find_map(|how| asked.get(how)?.get("port"));
            let Some(port) = port else {
                continue;
            };
            if let Some(home) = container.ports().find_map(|one| field_of(one, port)) {
                let symbol = self.port(&workload.object, home);
                self.used(symbol, port.span());
            }
        }
    }

    fn port(&mut self, object: &Object<'a>, node: Node<'a>) -> usize {
        let of = format!("{}/{}", object.kind, object.name);
        let title = || format!("port `{}` of {}", node.text(), object.title());
        self.define(SymbolKind::Port, node.span(), node.text(), of, title)
    }

    fn service_ports(&mut self, at: usize, service: &Service<'a>) {
        let inventory = self.inventory;
        for port in service.ports() {
            for node in [port.name, port.node.get("port")].into_iter().flatten() {
                self.port_of_service(service, node);
            }
            let Some(target) = port.target_node() else {
                continue;
            };
            for one in inventory.service_pods(at) {
                let workload = &inventory.workloads[one.workload];
                let spec = workload.pod.spec;
                let home = match port.target() {
                    Some(TargetPort::Number(number)) => spec
                        .ports()
                        .find(|one| one.number == Some(number))
                        .and_then(|one| one.node.get("containerPort")),
                    _ => match resolve_port(&port, spec) {
                        Some(crate::inventory::Resolved::Declared(declared)) => declared.name,
                        _ => None,
                    },
                };
                if let Some(home) = home {
                    let symbol = self.port(&workload.object, home);
                    self.used(symbol, target.span());
                }
            }
        }
    }

    fn port_of_service(&mut self, service: &Service<'a>, node: Node<'a>) -> usize {
        let of = format!("Service/{}", service.object.name);
        let title = || format!("port `{}` of {}", node.text(), service.object.title());
        self.define(SymbolKind::ServicePort, node.span(), node.text(), of, title)
    }

    fn means_port_of(&mut self, service: &Service<'a>, name: &str, place: crate::files::Span) {
        for port in service.ports() {
            let nodes = [port.name, port.node.get("port")].into_iter().flatten();
            for node in nodes.filter(|node| node.text() == name).collect::<Vec<_>>() {
                let symbol = self.port_of_service(service, node);
                self.used(symbol, place);
            }
        }
    }
}

/// The field of a container's port that another field means: its name or its number.
fn field_of<'a>(port: ContainerPort<'a>, meant: Node<'a>) -> Option<Node<'a>> {
    match meant.scalar()? {
        Scalar::Str(name) => port.name.filter(|node| node.text() == name),
        _ => port.node.get("containerPort").filter(|node| node.int() == meant.int()),
    }
}

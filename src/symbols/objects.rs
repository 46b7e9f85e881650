//! Objects and the fields that name them; the keys of ConfigMaps and Secrets.

use super::SymbolKind;
use super::collect::Book;
use crate::document::Object;
use crate::files::Span;
use crate::inventory::{HostUse, Outcome, Via, items, sources};
use crate::kube::service::Service;
use crate::kube::workload::Workload;
use crate::yaml::Node;

impl<'a> Book<'_, 'a> {
    /// Defines all objects and finds who names them.
    pub(super) fn objects(&mut self) {
        let inventory = self.inventory;
        for object in inventory.objects.iter().filter(|object| !object.name.is_empty()) {
            self.object(object);
            if let Some(namespace) = object.metadata().and_then(|metadata| metadata.get("namespace")) {
                self.means("Namespace", namespace, None);
            }
            self.fields(object);
        }
        for kind in ["ConfigMap", "Secret"] {
            for object in inventory.of_kind(kind) {
                self.keys(object);
            }
        }
        for workload in &inventory.workloads {
            self.workload(workload);
        }
        for (at, scaler) in inventory.scalers.iter().enumerate() {
            let Some(name) = scaler.target.and_then(|target| target.get("name")) else {
                continue;
            };
            if let Some(workload) = inventory.scaled_by(at) {
                let symbol = self.object(&inventory.workloads[workload].object);
                self.used(symbol, name.span());
            }
        }
        for backend in inventory.backends() {
            self.means("Service", backend.name, backend.namespace);
        }
        for host in inventory.hosts() {
            self.host(host);
        }
        for (at, service) in inventory.services.iter().enumerate() {
            self.about_service(at, service);
        }
    }

    /// Fields of objects that name others.
    fn fields(&mut self, object: &Object<'a>) {
        let namespace = object.namespace;
        let spec = object.spec();
        let field = |key: &str| spec.and_then(|spec| spec.get(key));
        let mut named: Vec<(&str, Option<Node<'a>>)> = Vec::new();
        match object.kind {
            "StatefulSet" => named.push(("Service", field("serviceName"))),
            "PersistentVolumeClaim" => {
                named.push(("StorageClass", field("storageClassName")));
                named.push(("PersistentVolume", field("volumeName")));
            }
            "PersistentVolume" => named.push(("StorageClass", field("storageClassName"))),
            "Ingress" => {
                named.push(("IngressClass", field("ingressClassName")));
                named.extend(items(spec, "tls").map(|tls| ("Secret", tls.get("secretName"))));
            }
            "Gateway" => named.push(("GatewayClass", field("gatewayClassName"))),
            "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute" => {
                for parent in items(spec, "parentRefs") {
                    let other = parent.get("namespace").map(|node| node.text());
                    if let Some(name) = parent.get("name") {
                        self.means("Gateway", name, other.or(namespace));
                    }
                }
            }
            "RoleBinding" | "ClusterRoleBinding" => {
                let role = object.node.get("roleRef");
                let kind = role.and_then(|role| role.get("kind")).map_or("", |kind| kind.text());
                let of_cluster = kind == "ClusterRole";
                if let Some(name) = role.and_then(|role| role.get("name")) {
                    self.means(kind, name, namespace.filter(|_| !of_cluster));
                }
                for subject in items(Some(object.node), "subjects") {
                    let text = |key: &str| subject.get(key).map(|node| node.text());
                    if let (Some("ServiceAccount"), Some(name)) = (text("kind"), subject.get("name")) {
                        self.means("ServiceAccount", name, text("namespace").or(namespace));
                    }
                }
            }
            _ => {}
        }
        for (kind, name) in named {
            if let Some(name) = name {
                self.means(kind, name, namespace);
            }
        }
    }

    fn keys(&mut self, object: &Object<'a>) {
        let keys: Vec<Node<'a>> = ["data", "stringData", "binaryData"]
            .into_iter()
            .filter_map(|field| object.node.get(field))
            .flat_map(|data| data.entries())
            .map(|entry| entry.key)
            .collect();
        for key in keys {
            self.key(object, key);
        }
    }

    fn key(&mut self, object: &Object<'a>, key: Node<'a>) -> usize {
        let of = format!("{}/{}", object.kind, object.name);
        let title = || format!("key `{}` of {}", key.key_text(), object.title());
        self.define(SymbolKind::Key, key.span(), key.key_text(), of, title)
    }

    fn workload(&mut self, workload: &Workload<'a>) {
        let inventory = self.inventory;
        let namespace = inventory.namespace(&workload.object);
        let spec = workload.pod.spec.0;
        for (kind, field) in [
            ("ServiceAccount", "serviceAccountName"),
            ("PriorityClass", "priorityClassName"),
            ("RuntimeClass", "runtimeClassName"),
        ] {
            if let Some(name) = spec.get(field) {
                self.means(kind, name, namespace);
            }
        }
        for template in workload.claim_templates() {
            let class = template.get("spec").and_then(|spec| spec.get("storageClassName"));
            if let Some(class) = class {
                self.means("StorageClass", class, None);
            }
        }
        for via in [Via::Environment, Via::Volume, Via::ImagePull] {
            for source in sources(workload, via) {
                self.means(source.kind, source.name, namespace);
                let object = inventory.config_source(workload, source.kind, source.name.text());
                if let (Some(object), Some(key)) = (object, source.key) {
                    let home = ["data", "stringData", "binaryData"].into_iter().find_map(|field| {
                        object.node.get(field).and_then(|data| data.entry(key.text())).map(|entry| entry.key)
                    });
                    if let Some(home) = home {
                        let symbol = self.key(&object, home);
                        self.used(symbol, key.span());
                    }
                }
            }
        }
    }

    /// A host leads to Services: the part of it that is the Service's name means the Service.
    fn host(&mut self, host: &HostUse<'a>) {
        let inventory = self.inventory;
        let services: Vec<usize> = match &host.outcome {
            Outcome::Services(services) => services.clone(),
            Outcome::Pod { service, .. } => vec![*service],
            _ => return,
        };
        for service in services {
            let object = &inventory.services[service].object;
            let symbol = self.object(object);
            self.used(symbol, name_in(host.span, object.name, host.shown.as_deref()));
            // Secrets are encoded: the host does not stand there as it is.
            if let (Some(origin), Some(shown)) = (host.origin, host.shown.as_deref())
                && let Some(at) = origin.text().find(shown)
                && shown.starts_with(object.name)
            {
                self.used(symbol, origin.part(at..at + object.name.len()));
            }
        }
    }

    fn about_service(&mut self, at: usize, service: &Service<'a>) {
        let inventory = self.inventory;
        let mut notes = Vec::new();
        let ports: Vec<String> = service.ports().map(|port| port.title()).collect();
        if !ports.is_empty() {
            notes.push(format!("ports: {}", ports.join(", ")));
        }
        for one in inventory.service_pods(at) {
            let replicas = inventory
                .replicas(one.workload)
                .map_or(String::new(), |replicas| format!(", {} replicas", replicas.floor.count));
            notes.push(format!("selects pods of {}{replicas}", inventory.workloads[one.workload].title()));
        }
        let symbol = self.object(&service.object);
        self.symbols[symbol].notes = notes;
    }
}

/// The part of a host that is a Service's name, if it stands there as it is.
fn name_in(span: Span, name: &str, shown: Option<&str>) -> Span {
    let starts = shown.is_some_and(|shown| {
        shown.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            && shown.len() == (span.end - span.start) as usize
    });
    if starts { Span { end: span.start + name.len() as u32, ..span } } else { span }
}

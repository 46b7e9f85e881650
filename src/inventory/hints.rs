//! What an object says of others that somebody makes, whatever it is deployed with: read once for all units.

use crate::document::Object;
use crate::project::producers;
use crate::yaml::Node;

/// What one object says of others.
#[derive(Debug, Default)]
pub struct Hints<'a> {
    /// Names that it gives to objects, as custom resources, annotations and generators do.
    pub(super) made: Vec<&'a str>,
    /// Names of a StatefulSet's PersistentVolumeClaims, without the ordinal.
    pub(super) claims: Vec<String>,
    /// The Service that an EndpointSlice says it belongs to.
    pub(super) slice: Option<&'a str>,
    /// It may bring pods or Services that are not in the input.
    pub(super) produces: bool,
}

impl<'a> Hints<'a> {
    /// Reads an object.
    pub fn read(object: &Object<'a>) -> Self {
        let mut this = Hints { produces: producers::may_produce(object), ..Hints::default() };
        this.read_made(object);
        this
    }

    fn read_made(&mut self, object: &Object<'a>) {
        match (object.group(), object.kind) {
            ("apps", "StatefulSet") => {
                let spec = object.spec();
                let templates = spec.and_then(|spec| spec.get("volumeClaimTemplates"));
                for template in templates.into_iter().flat_map(|list| list.items()) {
                    let name = template.get("metadata").and_then(|it| it.get("name"));
                    self.claims.extend(name.map(|name| format!("{}-{}", name.text(), object.name)));
                }
            }
            ("discovery.k8s.io", "EndpointSlice") => {
                let labels = object.metadata().and_then(|it| it.get("labels"));
                let service = labels.and_then(|it| it.get("kubernetes.io/service-name"));
                self.slice = service.map(|name| name.text());
            }
            // A controller of certificates fills the Secrets that these name (fact 4.20).
            (_, "Ingress" | "Gateway" | "HTTPProxy")
                if has_annotation(object, &["cert-manager.io/", "kubernetes.io/tls-acme"]) =>
            {
                object.spec().into_iter().for_each(|spec| self.read_names(spec, 6));
            }
            ("", "Service") => {
                let annotations = object.metadata().and_then(|it| it.get("annotations"));
                for entry in annotations.into_iter().flat_map(|it| it.entries()) {
                    if entry.key.text().ends_with("/serving-cert-secret-name") {
                        self.made.push(entry.value.text());
                    }
                }
            }
            _ if self.produces || producers::makes_secrets(object) => {
                self.made.push(object.name);
                object.spec().into_iter().for_each(|spec| self.read_names(spec, 6));
            }
            _ if object.kind == "SecretProviderClass" => {
                object.spec().into_iter().for_each(|spec| self.read_names(spec, 6));
            }
            _ => {}
        }
    }

    /// Every value of a key that is `name` or ends in `Name`.
    fn read_names(&mut self, node: Node<'a>, depth: u32) {
        if depth == 0 {
            return;
        }
        for entry in node.entries() {
            let key = entry.key.text();
            if entry.value.scalar().is_some() {
                if key == "name" || key.ends_with("Name") || key.ends_with("Ref") {
                    self.made.push(entry.value.text());
                }
            } else {
                self.read_names(entry.value, depth - 1);
            }
        }
        node.items().for_each(|item| self.read_names(item, depth - 1));
    }
}

fn has_annotation(object: &Object<'_>, starts: &[&str]) -> bool {
    let annotations = object.metadata().and_then(|it| it.get("annotations"));
    let mut keys = annotations.into_iter().flat_map(|it| it.entries()).map(|entry| entry.key.text());
    keys.any(|key| starts.iter().any(|start| key.starts_with(start)))
}

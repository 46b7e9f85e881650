//! What an object says of others that somebody makes, whatever it is deployed with: read once for all units.

use crate::document::Object;
use crate::project::producers;
use crate::yaml::Node;

/// A name that an object gives to others.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// The name.
    pub name: &'a str,
    /// The namespace it is made in, if that is known.
    pub namespace: Option<&'a str>,
    /// Its kind, if that is known.
    pub kind: Option<&'static str>,
}

/// What one object says of others.
#[derive(Debug, Default)]
pub struct Hints<'a> {
    /// Names that it gives to objects, as custom resources, annotations and generators do.
    pub(super) made: Vec<Made<'a>>,
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
        let mut names = Vec::new();
        this.read_made(object, &mut names);
        // An operator may make anything anywhere. What makes Secrets makes them in its own namespace, unless
        // another controller is asked to copy them.
        let kind = (!this.produces).then_some("Secret");
        let namespace =
            object.namespace.filter(|_| !this.produces && (names.is_empty() || !is_copied(object)));
        this.made = names.into_iter().map(|name| Made { name, namespace, kind }).collect();
        this
    }

    fn read_made(&mut self, object: &Object<'a>, names: &mut Vec<&'a str>) {
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
                object.spec().into_iter().for_each(|spec| read_names(spec, 6, names));
            }
            ("", "Service") => {
                let annotations = object.metadata().and_then(|it| it.get("annotations"));
                for entry in annotations.into_iter().flat_map(|it| it.entries()) {
                    if entry.key.text().ends_with("/serving-cert-secret-name") {
                        names.push(entry.value.text());
                    }
                }
            }
            _ if self.produces || producers::makes_secrets(object) => {
                names.push(object.name);
                object.spec().into_iter().for_each(|spec| read_names(spec, 6, names));
            }
            _ if object.kind == "SecretProviderClass" => {
                object.spec().into_iter().for_each(|spec| read_names(spec, 6, names));
            }
            _ => {}
        }
    }
}

/// Every value of a key that is `name` or ends in `Name`.
fn read_names<'a>(node: Node<'a>, depth: u32, names: &mut Vec<&'a str>) {
    if depth == 0 {
        return;
    }
    for entry in node.entries() {
        let key = entry.key.text();
        if entry.value.scalar().is_some() {
            if key == "name" || key.ends_with("Name") || key.ends_with("Ref") {
                names.push(entry.value.text());
            }
        } else {
            read_names(entry.value, depth - 1, names);
        }
    }
    node.items().for_each(|item| read_names(item, depth - 1, names));
}

/// Whether a controller is asked to copy what the object makes to other namespaces.
fn is_copied(object: &Object<'_>) -> bool {
    const COPIERS: [&str; 4] = ["reflector", "replicat", "kubed", "config-syncer"];
    let text = object.node.source_text();
    COPIERS.iter().any(|name| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some())
}

fn has_annotation(object: &Object<'_>, starts: &[&str]) -> bool {
    let annotations = object.metadata().and_then(|it| it.get("annotations"));
    let mut keys = annotations.into_iter().flat_map(|it| it.entries()).map(|entry| entry.key.text());
    keys.any(|key| starts.iter().any(|start| key.starts_with(start)))
}

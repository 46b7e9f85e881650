//! What pods take from ConfigMaps, Secrets and claims, and where they say so (facts 6.4, 6.5, 10.5).

use super::Inventory;
use crate::document::Object;
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::yaml::Node;

/// Through which field a pod uses an object, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// `env` or `envFrom`.
    Environment,
    /// `volumes`, projected ones too.
    Volume,
    /// `imagePullSecrets`.
    ImagePull,
}

/// A name of a ConfigMap, Secret or PersistentVolumeClaim in a pod.
#[derive(Clone, Copy, Debug)]
pub struct SourceUse<'a> {
    /// `ConfigMap`, `Secret` or `PersistentVolumeClaim`.
    pub kind: &'static str,
    /// Where the name stands.
    pub name: Node<'a>,
    /// The key that is taken out of it, if one is named.
    pub key: Option<Node<'a>>,
    /// Through which field.
    pub via: Via,
}

fn is_optional(node: Node<'_>) -> bool {
    node.get("optional").is_some_and(|node| node.bool() == Some(true))
}

/// Everything a workload's pods demand by name through one field; what is optional or still to be filled in is
/// left out.
pub fn sources<'a>(workload: &Workload<'a>, via: Via) -> Vec<SourceUse<'a>> {
    let mut found = Vec::new();
    match via {
        Via::Environment => {
            let spec = workload.pod.spec;
            spec.init_containers().chain(spec.containers()).for_each(|one| read_environment(one, &mut found));
        }
        Via::Volume => {
            for volume in workload.pod.spec.list("volumes") {
                let called = volume.get("name").map_or("", |name| name.text());
                if !workload.has_claim_template(called) {
                    read_volume(volume, &mut found);
                }
            }
        }
        Via::ImagePull => {
            let names = workload.pod.spec.list("imagePullSecrets").filter_map(|secret| secret.get("name"));
            found.extend(names.map(|name| SourceUse { kind: "Secret", name, key: None, via }));
        }
    }
    let known =
        |node: Node<'a>| !node.text().is_empty() && !is_placeholder(node.text()) && !is_shouted(node.text());
    found.retain(|one| known(one.name));
    for one in &mut found {
        one.key = one.key.filter(|key| !key.text().is_empty() && !is_placeholder(key.text()));
    }
    found
}

fn read_environment<'a>(container: Container<'a>, found: &mut Vec<SourceUse<'a>>) {
    let via = Via::Environment;
    for source in container.list("envFrom") {
        for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            let reference = source.get(field).filter(|reference| !is_optional(*reference));
            let name = reference.and_then(|reference| reference.get("name"));
            found.extend(name.map(|name| SourceUse { kind, name, key: None, via }));
        }
    }
    for from in container.env().filter_map(|entry| entry.value_from()) {
        for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
            let reference = from.get(field).filter(|reference| !is_optional(*reference));
            let name = reference.and_then(|reference| reference.get("name"));
            let key = reference.and_then(|reference| reference.get("key"));
            found.extend(name.map(|name| SourceUse { kind, name, key, via }));
        }
    }
}

fn read_volume<'a>(volume: Node<'a>, found: &mut Vec<SourceUse<'a>>) {
    let mut take = |source: Option<Node<'a>>, kind: &'static str, field: &str| {
        let Some(source) = source.filter(|source| !is_optional(*source)) else {
            return;
        };
        let Some(name) = source.get(field) else {
            return;
        };
        let one = SourceUse { kind, name, key: None, via: Via::Volume };
        let keys: Vec<Node<'a>> = source
            .get("items")
            .into_iter()
            .flat_map(|list| list.items())
            .filter_map(|item| item.get("key"))
            .collect();
        if keys.is_empty() {
            found.push(one);
        }
        found.extend(keys.into_iter().map(|key| SourceUse { key: Some(key), ..one }));
    };
    take(volume.get("configMap"), "ConfigMap", "name");
    take(volume.get("secret"), "Secret", "secretName");
    take(volume.get("persistentVolumeClaim"), "PersistentVolumeClaim", "claimName");
    let projected = volume.get("projected").and_then(|it| it.get("sources"));
    for source in projected.into_iter().flat_map(|list| list.items()) {
        take(source.get("configMap"), "ConfigMap", "name");
        take(source.get("secret"), "Secret", "name");
    }
}

/// What is known of a key of a ConfigMap or Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// It is there.
    There,
    /// It is there, but where the environment does not look: `binaryData` (fact 6.5).
    Binary,
    /// The object has no such key.
    Missing,
    /// Somebody else fills the object.
    Unknown,
}

/// Marks by which a controller copies more keys into an object: bundles of certificates, copies of others.
const FILLED: &[&str] = &[
    "config.openshift.io/inject-trusted-cabundle",
    "service.beta.openshift.io/inject-cabundle",
    "service.alpha.openshift.io/inject-cabundle",
    "replicator.v1.mittwald.de/replicate-from",
    "reflector.v1.k8s.emberstack.com/reflects",
    "cert-manager.io/inject-ca-from",
    // A pair of keys or of name and password, called as the generator calls them.
    "secret-generator.v1.mittwald.de/type",
];

/// The annotation that lists the keys which a generator of passwords adds to a Secret (fact 13.33).
const GENERATED: &str = "secret-generator.v1.mittwald.de/autogenerate";

fn is_generated_key(object: &Object<'_>, key: &str) -> bool {
    let listed = object.annotation(GENERATED).filter(|_| object.kind == "Secret");
    listed.is_some_and(|list| list.text().split(',').any(|one| one.trim() == key))
}

fn is_filled(object: &Object<'_>) -> bool {
    let metadata = object.metadata();
    let lists = ["labels", "annotations"].iter().filter_map(|list| metadata.and_then(|it| it.get(list)));
    lists.flat_map(|list| list.entries()).any(|entry| FILLED.contains(&entry.key.text()))
}

impl<'a> Inventory<'a> {
    /// Whether an object has a key.
    pub fn key(&self, object: &Object<'a>, key: &str) -> Key {
        let fields: &[&str] =
            if object.kind == "Secret" { &["data", "stringData"] } else { &["data", "binaryData"] };
        let at = |field: &&&str| object.node.get(field).is_some_and(|data| data.entry(key).is_some());
        match fields.iter().find(at) {
            Some(&"binaryData") => return Key::Binary,
            Some(_) => return Key::There,
            None if is_generated_key(object, key) => return Key::There,
            None => {}
        }
        if self.are_keys_known(object) { Key::Missing } else { Key::Unknown }
    }

    /// Whether the keys of a ConfigMap or Secret are those that are written, and nobody else fills it.
    pub fn are_keys_known(&self, object: &Object<'a>) -> bool {
        let empty = self.keys(object).next().is_none();
        let token =
            object.node.get("type").is_some_and(|it| it.text() == "kubernetes.io/service-account-token");
        let merged = self.is_generated(object.kind, object.name);
        let placeholder = self.keys(object).any(is_placeholder);
        !(empty || token || merged || placeholder || is_filled(object) || self.is_patched(object))
    }

    /// The keys of a ConfigMap or Secret.
    pub fn keys<'s>(&'s self, object: &Object<'a>) -> impl Iterator<Item = &'a str> + use<'s, 'a> {
        let node = object.node;
        let fields =
            ["data", "stringData", "binaryData"].into_iter().filter_map(move |field| node.get(field));
        fields.flat_map(|data| data.entries()).map(|entry| entry.key.key_text())
    }
}

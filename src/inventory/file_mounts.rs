//! Mounts of ConfigMaps and Secrets in containers, with the files they bring (facts 15.30, 15.31).

use std::cell::LazyCell;

use super::{Inventory, scope};
use crate::document::Object;
use crate::kube::pod::Container;
use crate::kube::selector::Match;
use crate::kube::workload::Workload;
use crate::yaml::Node;

/// A mount of a ConfigMap or Secret.
#[derive(Clone, Debug)]
pub struct FileMount<'a> {
    /// Name of the volume.
    pub volume: &'a str,
    /// `mountPath`.
    pub path: Node<'a>,
    /// `subPath`, if one is written.
    pub sub_path: Option<Node<'a>>,
    /// The ConfigMap or Secret, if the one that is used is surely in view.
    pub object: Option<Object<'a>>,
    /// The paths of its files below the mount; `None` unless all of them are known.
    pub files: Option<Vec<&'a str>>,
}

impl<'a> Inventory<'a> {
    /// The mounts of a container that bring files of a single ConfigMap or Secret.
    pub fn file_mounts(&self, workload: &Workload<'a>, container: Container<'a>) -> Vec<FileMount<'a>> {
        let mut found = Vec::new();
        let volumes = LazyCell::new(|| workload.pod.spec.volumes());
        for mount in container.list("volumeMounts") {
            let (Some(volume), Some(path)) = (mount.get("name"), mount.get("mountPath")) else { continue };
            let Some(&declared) = volumes.get(volume.text()) else { continue };
            // A claim template of the name takes its place (fact 10.5).
            if workload.has_claim_template(volume.text()) {
                continue;
            }
            let (kind, source, name) = match (declared.get("configMap"), declared.get("secret")) {
                (Some(source), _) => ("ConfigMap", source, source.get("name")),
                (_, Some(source)) => ("Secret", source, source.get("secretName")),
                _ => continue,
            };
            let optional = source.get("optional").is_some_and(|node| node.bool() == Some(true));
            let object = name.and_then(|name| self.source_object(workload, kind, name.text()));
            let whole = object.filter(|object| !optional && self.are_keys_known(object));
            let items: Vec<&'a str> = source
                .get("items")
                .into_iter()
                .flat_map(|list| list.items())
                .filter_map(|item| item.get("path"))
                .map(|path| path.text())
                .collect();
            let files = match items.is_empty() {
                false => Some(items),
                true => whole.map(|object| self.keys(&object).collect()),
            };
            let sub_path = mount.get("subPath").or_else(|| mount.get("subPathExpr"));
            found.push(FileMount { volume: volume.text(), path, sub_path, object, files });
        }
        found
    }

    /// The one object of a name that a workload's pods use, if that is certain.
    fn source_object(&self, workload: &Workload<'a>, kind: &str, name: &str) -> Option<Object<'a>> {
        let namespace = self.namespace(&workload.object);
        let mut all = self.named(kind, name).filter(|object| {
            object.group().is_empty() && scope(namespace, self.namespace(object)) != Match::No
        });
        let first = all.next()?;
        // What one kustomization brings goes to one place, wherever it is written.
        let together = self.view.built || self.surely_together(&workload.object, first);
        let sure = all.next().is_none() && together;
        (sure && !self.is_patched(first)).then_some(*first)
    }
}

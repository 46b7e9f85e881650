//! Mounts of ConfigMaps and Secrets in containers, with the files they bring (facts 15.30, 15.31).

use std::sync::Arc;

use foldhash::HashMap;

use super::Inventory;
use crate::document::Object;
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::yaml::Node;

/// A mount of a ConfigMap or Secret.
#[derive(Clone, Debug)]
pub struct FileMount<'a> {
    /// The container that has it.
    pub container: Container<'a>,
    /// Name of the volume.
    pub volume: &'a str,
    /// `mountPath`.
    pub path: Node<'a>,
    /// `subPath`, if one is written.
    pub sub_path: Option<Node<'a>>,
    /// The ConfigMap or Secret, if the one that is used is surely in view.
    pub object: Option<Object<'a>>,
    /// The paths of its files below the mount; `None` unless all of them are known.
    pub files: Option<Arc<[&'a str]>>,
}

/// A volume that is a ConfigMap or Secret, as [`FileMount`] has it.
#[derive(Clone)]
struct FileVolume<'a> {
    name: &'a str,
    object: Option<Object<'a>>,
    files: Option<Arc<[&'a str]>>,
}

impl<'a> Inventory<'a> {
    /// The mounts of a workload's containers that bring files of a single ConfigMap or Secret, main containers first.
    pub fn file_mounts(&self, workload: usize) -> &[FileMount<'a>] {
        &self.mounts[workload]
    }

    pub(super) fn read_file_mounts(&self) -> Vec<Vec<FileMount<'a>>> {
        self.workloads.iter().map(|workload| self.mounts_of(workload)).collect()
    }

    fn mounts_of(&self, workload: &Workload<'a>) -> Vec<FileMount<'a>> {
        let spec = workload.pod.spec;
        // The first of a name counts.
        let mut volumes: HashMap<&str, FileVolume<'a>> = HashMap::default();
        for volume in spec.list("volumes").filter_map(|volume| self.file_volume(workload, volume)) {
            volumes.entry(volume.name).or_insert(volume);
        }
        let mut found = Vec::new();
        if volumes.is_empty() {
            return found;
        }
        for container in spec.containers().chain(spec.init_containers()) {
            for mount in container.list("volumeMounts") {
                let (Some(name), Some(path)) = (mount.get("name"), mount.get("mountPath")) else { continue };
                let Some(volume) = volumes.get(name.text()) else { continue };
                let sub_path = mount.get("subPath").or_else(|| mount.get("subPathExpr"));
                let FileVolume { name, object, files } = volume.clone();
                found.push(FileMount { container, volume: name, path, sub_path, object, files });
            }
        }
        found
    }

    fn file_volume(&self, workload: &Workload<'a>, volume: Node<'a>) -> Option<FileVolume<'a>> {
        let (kind, source, called) = match (volume.get("configMap"), volume.get("secret")) {
            (Some(source), _) => ("ConfigMap", source, source.get("name")),
            (_, Some(source)) => ("Secret", source, source.get("secretName")),
            _ => return None,
        };
        let name = volume.get("name")?.text();
        // A claim template of the name takes its place (fact 10.5).
        if workload.has_claim_template(name) {
            return None;
        }
        let optional = source.get("optional").is_some_and(|node| node.bool() == Some(true));
        let object = called.and_then(|called| self.source_object(workload, kind, called.text()));
        let whole = object.filter(|object| !optional && self.are_keys_known(object));
        let items: Vec<&'a str> = source
            .get("items")
            .into_iter()
            .flat_map(|list| list.items())
            .filter_map(|item| item.get("path"))
            .map(|path| path.text())
            .collect();
        let files: Option<Arc<[&'a str]>> = match items.is_empty() {
            false => Some(items.into()),
            true => whole.map(|object| self.keys(&object).collect()),
        };
        Some(FileVolume { name, object, files })
    }

    /// The one object of a name that a workload's pods use, if that is certain.
    fn source_object(&self, workload: &Workload<'a>, kind: &str, name: &str) -> Option<Object<'a>> {
        let namespace = self.namespace(&workload.object);
        let mut all = self.named_within(namespace, kind, name).filter(|object| object.group().is_empty());
        let first = all.next()?;
        // What one kustomization brings goes to one place, wherever it is written.
        let together = self.view.built || self.surely_together(&workload.object, first);
        let sure = all.next().is_none() && together;
        (sure && !self.is_patched(first)).then_some(*first)
    }
}

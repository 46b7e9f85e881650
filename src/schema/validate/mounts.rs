//! What containers take of the volumes of their pod (`ValidateVolumeMounts`, `ValidateVolumeDevices` and beside them).

use foldhash::{HashMap, HashMapExt};

use super::{Notes, Place, given, known};
use crate::schema::Told;
use crate::yaml::Node;

/// The volumes that containers may name, and whether each can be a device.
type Volumes<'a> = HashMap<&'a str, bool>;

/// Every mount, device and file of variables names a volume of the pod.
pub(super) fn volumes<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let containers = || ["initContainers", "containers"].into_iter().flat_map(|field| place.items(field));
    let uses =
        |one: Node<'a>| ["volumeMounts", "volumeDevices", "env"].iter().any(|field| one.get(field).is_some());
    if !containers().any(uses) {
        return;
    }
    let mut known = Volumes::new();
    for volume in place.items("volumes") {
        let Some(name) = volume.get("name") else { continue };
        let block = || volume.get("persistentVolumeClaim").or_else(|| volume.get("ephemeral")).is_some();
        known.entry(name.text()).or_insert_with(block);
    }
    let templates = place.around("StatefulSetSpec").and_then(|set| set.get("volumeClaimTemplates"));
    let names =
        templates.into_iter().flat_map(Node::items).filter_map(|one| one.get("metadata")?.get("name"));
    // Claims take the place of volumes with their names.
    known.extend(names.map(|name| (name.text(), true)));
    for container in containers() {
        container_of(container, &known, notes);
    }
}

fn container_of<'a>(container: Node<'a>, volumes: &Volumes<'a>, notes: &mut Notes<'_, 'a>) {
    let items = |field: &str| container.get(field).into_iter().flat_map(Node::items);
    let find = |at: Node<'a>| volumes.get(at.text());
    let lacks = |at: Node<'a>| (format!("the pod has no volume `{}`", at.text()), "add it to `volumes`");
    let named = |at: &Node<'a>| at.str().is_some_and(|text| !text.is_empty() && !known::is_placeholder(text));
    for at in items("volumeMounts").filter_map(|mount| mount.get("name")).filter(named) {
        if find(at).is_none() {
            let (message, help) = lacks(at);
            notes.told_by(Told::Volume, at, message, help);
        }
    }
    for at in items("volumeDevices").filter_map(|device| device.get("name")).filter(named) {
        match find(at) {
            None => {
                let (message, help) = lacks(at);
                notes.told_by(Told::Volume, at, message, help);
            }
            Some(block) if !block => {
                let help = "mount it with `volumeMounts`, or make it a claim";
                notes.refuse(at, format!("the volume `{}` is no device", at.text()), help);
            }
            Some(_) => {}
        }
    }
    let files = items("env").filter_map(|one| given(one.get("valueFrom")?.get("fileKeyRef")?, "volumeName"));
    for at in files.filter(named) {
        if find(at).is_none() {
            let (message, help) = lacks(at);
            notes.refuse(at, message, help);
        }
    }
}

//! Volumes of pods, judged as a whole (`validateVolumes` and below).

use foldhash::{HashMap, HashMapExt};

use super::together::exclusive;
use super::{Notes, Place, advice, given};
use crate::yaml::Node;

/// What a volume may be made of.
#[rustfmt::skip]
const SOURCES: &[&str] = &[
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "configMap", "csi", "downwardAPI",
    "emptyDir", "ephemeral", "fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "hostPath",
    "image", "iscsi", "nfs", "persistentVolumeClaim", "photonPersistentDisk", "portworxVolume", "projected",
    "quobyte", "rbd", "scaleIO", "secret", "storageos", "vsphereVolume",
];

/// Everything but the name is a source.
pub(super) fn volume<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if exclusive("the volume", place.node, SOURCES, notes) {
        advice::bare_volume(place, notes);
    }
}

/// What is projected into one volume, one source each.
const PROJECTED: &[&str] =
    &["clusterTrustBundle", "configMap", "downwardAPI", "podCertificate", "secret", "serviceAccountToken"];

/// A source of a projected volume.
pub(super) fn source<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    exclusive("the source", place.node, PROJECTED, notes);
}

/// Paths of a projected volume are there once.
pub(super) fn projected<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let mut paths: HashMap<&str, Node<'a>> = HashMap::new();
    for source in place.items("sources") {
        let lists = ["configMap", "downwardAPI", "secret"].into_iter().filter_map(|field| source.get(field));
        let files = lists.filter_map(|list| list.get("items")).flat_map(Node::items);
        for path in files.filter_map(|file| given(file, "path")) {
            if let Some(first) = paths.insert(path.text(), path) {
                let message = format!("two sources write to `{}`", path.text());
                notes.clash(path, first, message, "give each its own path");
            }
        }
    }
}

/// A file with a field or a resource of the pod.
pub(super) fn downward_file<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if exclusive("the file", place.node, &["fieldRef", "resourceFieldRef"], notes) {
        let message = "the file has neither `fieldRef` nor `resourceFieldRef`";
        let at = place.node.get("path").or(place.key).unwrap_or(place.node);
        notes.refuse(at, message, "add one of them");
    }
}

/// A bundle has a name, or is all that one signer signed.
pub(super) fn trust_bundle<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let both = ["name", "signerName"];
    if exclusive("`clusterTrustBundle`", place.node, &both, notes) {
        let help = "add `name` or `signerName`";
        notes.wants(place, "name", "`clusterTrustBundle` has no bundle", help);
    }
}

/// A certificate is written to at least one file.
pub(super) fn pod_certificate<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let paths = ["credentialBundlePath", "keyPath", "certificateChainPath"];
    if paths.iter().all(|field| place.given(field).is_none()) {
        let help = "add `credentialBundlePath`";
        notes.wants(place, "credentialBundlePath", "the certificate is written nowhere", help);
    }
}

/// A claim that is made for a pod has no identity of its own.
pub(super) fn ephemeral<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let meta = place.node.get("volumeClaimTemplate").and_then(|template| template.get("metadata"));
    only_labels(meta, notes);
}

/// Metadata of what is made of a template: labels and annotations, nothing else.
pub(super) fn only_labels<'a>(meta: Option<Node<'a>>, notes: &mut Notes<'_, 'a>) {
    let Some(meta) = meta.filter(|meta| meta.is_mapping()) else { return };
    for field in ["name", "generateName", "namespace", "finalizers", "ownerReferences"] {
        let list = matches!(field, "finalizers" | "ownerReferences");
        if let Some(entry) = meta.entry(field).filter(|entry| !entry.value.is_null())
            && (list || given(meta, field).is_some())
        {
            let message = format!("this template takes no `{field}`: each pod gets its own");
            return notes.refuse(entry.key, message, "remove it");
        }
    }
}

/// The image of a volume may be filled in for a template, and not for a pod.
pub(super) fn image<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.kind() == "Pod" && place.given("reference").is_none() {
        notes.wants(place, "reference", "the volume has no image", "add `reference`");
    }
}

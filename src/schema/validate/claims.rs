//! PersistentVolumes, claims and classes as a whole (`pkg/apis/core/validation`, `pkg/apis/storage/validation`).

use foldhash::HashSet;

use super::scalars::of_kind;
use super::texts::SUBDOMAIN;
use super::together::{exclusive, unique, unique_field};
use super::{Notes, Place};
use crate::yaml::Node;

/// What a PersistentVolume may be made of.
#[rustfmt::skip]
const SOURCES: &[&str] = &[
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker",
    "gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk", "portworxVolume",
    "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume",
];

/// A PersistentVolume is made of exactly one thing.
pub(super) fn volume<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if exclusive("the volume", place.node, SOURCES, notes) {
        let help = "add what it is made of, such as `csi`, `nfs` or `hostPath`";
        notes.lacks(place, "the PersistentVolume says nothing of what it is made of", help);
    }
    modes(place, notes);
    let capacity = place.node.get("capacity");
    if let Some(empty) = place.node.entry("capacity").filter(|entry| entry.value.is_mapping())
        && empty.value.entries().next().is_none()
    {
        notes.wants(place, "capacity", "the volume says nothing of its size", "add `storage: 1Gi`");
    }
    if let Some(at) =
        capacity.and_then(|capacity| capacity.entry("storage")).filter(|entry| entry.value.is_null())
    {
        notes.refuse(at.key, "`storage` is null, which is nothing", "write the size, such as `1Gi`");
    }
    if let Some(capacity) = capacity.filter(|capacity| capacity.entries().next().is_some()) {
        let other = capacity.entries().find(|entry| entry.key.key_text() != "storage");
        if let Some(other) = other {
            let message = format!("a PersistentVolume has no capacity of `{}`", other.key.key_text());
            notes.refuse(other.key, message, "write `storage`");
        }
    }
    if place.node.get("local").is_some() && place.node.get("nodeAffinity").is_none() {
        let message = "a local volume needs `nodeAffinity`: it is on one node";
        notes.wants(place, "nodeAffinity", message, "add `nodeAffinity` with the node's name");
    }
    if let Some(affinity) = place.node.entry("nodeAffinity").filter(|entry| entry.value.is_mapping())
        && affinity.value.get("required").is_none()
    {
        let message = "`nodeAffinity` of a volume has no `required`";
        notes.refuse(affinity.key, message, "add `required` with `nodeSelectorTerms`");
    }
    if let (Some(at), None) = (place.given("volumeAttributesClassName"), place.node.get("csi")) {
        let help = "remove it: only `csi` volumes have attributes";
        notes.refuse(at, "`volumeAttributesClassName` needs a `csi` volume", help);
    }
    let host = place.node.get("hostPath").and_then(|source| source.get("path"));
    if let (Some(at), Some("Recycle")) =
        (host.filter(|at| at.text() == "/"), place.text("persistentVolumeReclaimPolicy"))
    {
        notes.refuse(at, "the root of a node is never recycled", "use `Retain`, or another path");
    }
}

/// One pod alone, or others as well.
pub(super) fn modes<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let list: Vec<Node<'a>> = place.items("accessModes").collect();
    let others = list.iter().any(|one| one.text() != "ReadWriteOncePod");
    if let (Some(at), true) = (list.iter().find(|one| one.text() == "ReadWriteOncePod"), others) {
        let help = "leave it alone, or remove it";
        notes.refuse(*at, "`ReadWriteOncePod` stands beside other access modes", help);
    }
}

/// What a claim is a copy of: a claim, or something of another group.
pub(super) fn data_source<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let source = |field: &str| place.node.get(field).filter(|source| source.is_mapping());
    let (old, new) = (source("dataSource"), source("dataSourceRef"));
    for source in [old.filter(|old| !is_dropped(place, *old)), new] {
        let Some(source) = source else { continue };
        let core = source.get("apiGroup").is_none_or(|group| group.text().is_empty());
        // A source that says nothing at all is dropped.
        let kind = source.get("kind").filter(|kind| !kind.text().is_empty());
        if let Some(kind) = kind.filter(|kind| core && kind.text() != "PersistentVolumeClaim") {
            let message = format!("`{}` needs an `apiGroup`", kind.text());
            notes.refuse(kind, message, "add `apiGroup`, such as `snapshot.storage.k8s.io`");
            return;
        }
    }
    if let (Some(old), Some(new)) = (old, new)
        && ["apiGroup", "kind", "name"].into_iter().any(|field| {
            let text = |source: Node<'a>| source.get(field).map_or("", Node::text);
            text(old) != text(new)
        })
        && new.get("namespace").is_none()
    {
        notes.clash(new, old, "`dataSource` and `dataSourceRef` differ", "remove `dataSource`");
    }
}

/// Whether the server drops the source of a claim before it looks at it: all but claims and snapshots (fact 14.6). It does not
/// in the templates of others.
fn is_dropped(place: &Place<'_, '_>, source: Node<'_>) -> bool {
    let text = |field: &str| source.get(field).map_or("", Node::text);
    let known = matches!(
        (text("apiGroup"), text("kind")),
        ("", "PersistentVolumeClaim") | ("snapshot.storage.k8s.io", "VolumeSnapshot")
    );
    place.kind() == "PersistentVolumeClaim" && !known
}

/// A reference to something of a group.
pub(super) fn typed<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.key_text() == "dataSource" && is_dropped(place, place.node) {
        return;
    }
    let group = place.node.get("apiGroup").and_then(|at| Some((at, at.str()?)));
    if let Some((at, text)) = group.filter(|group| !group.1.is_empty()) {
        of_kind(&SUBDOMAIN, "apiGroup", text, at, notes);
    }
    for field in ["kind", "name"] {
        if place.given(field).is_none() {
            let message = format!("`{}` has no `{field}`", place.key_text());
            notes.wants(place, field, message, format!("add `{field}`"));
        }
    }
}

/// A class of storage.
pub(super) fn class<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    parameters(place, false, notes);
    let terms: Vec<Node<'a>> = place.items("allowedTopologies").collect();
    let empty = terms
        .iter()
        .find(|term| term.get("matchLabelExpressions").is_none_or(|list| list.items().next().is_none()));
    if let Some(term) = empty {
        return notes.refuse(*term, "a topology says nothing", "add `matchLabelExpressions`, or remove it");
    }
    for (at, term) in terms.iter().enumerate().take(100) {
        if let Some(before) = terms[..at].iter().find(|one| same(**one, *term)) {
            notes.clash(*term, *before, "the same topology is allowed twice", "remove one of them");
        }
    }
}

/// Whether two topologies allow the same.
fn same(one: Node<'_>, other: Node<'_>) -> bool {
    let read = |term: Node<'_>| -> HashSet<(String, Vec<String>)> {
        let list = term.get("matchLabelExpressions").into_iter().flat_map(Node::items);
        list.map(|one| {
            let mut values: Vec<String> = one
                .get("values")
                .into_iter()
                .flat_map(Node::items)
                .map(|value| value.text().to_owned())
                .collect();
            values.sort();
            (one.get("key").map_or("", Node::text).to_owned(), values)
        })
        .collect()
    };
    read(one) == read(other)
}

/// A topology asks for each label once.
pub(super) fn topology<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    unique("the label", place.items("matchLabelExpressions").filter_map(|one| one.get("key")), notes);
}

/// Attributes of volumes cannot be none.
pub(super) fn attributes<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    parameters(place, true, notes);
}

/// At most 512 parameters with names, of 256 KiB together.
fn parameters<'a>(place: &Place<'_, 'a>, needed: bool, notes: &mut Notes<'_, 'a>) {
    let map = place.node.get("parameters");
    if needed && map.is_none_or(|map| map.entries().next().is_none()) {
        notes.wants(place, "parameters", "the class has no `parameters`", "add what the driver is to change");
    }
    let entries = || map.into_iter().flat_map(Node::entries);
    if let Some(entry) = entries().find(|entry| entry.key.key_text().is_empty()) {
        notes.refuse(entry.key, "a parameter has no name", "give it one, or remove it");
    }
    if let Some(entry) = entries().nth(512) {
        notes.refuse(entry.key, "the class has more than 512 parameters", "remove some");
    }
}

/// A driver asks for tokens of several audiences.
pub(super) fn driver<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    unique_field("the audience", (place, "tokenRequests"), "audience", notes);
    if let Some(at) = place.node.get("serviceAccountTokenInSecrets")
        && place.given("tokenRequests").is_none()
    {
        let message = "`serviceAccountTokenInSecrets` without `tokenRequests`";
        notes.refuse(at, message, "add `tokenRequests`, or remove it");
    }
}

/// What is attached.
pub(super) fn attachment<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if exclusive("the source", place.node, &["inlineVolumeSpec", "persistentVolumeName"], notes) {
        let help = "add `persistentVolumeName`";
        notes.lacks(place, "the attachment has no volume", help);
    }
}

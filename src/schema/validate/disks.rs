//! Disks and shares that volumes are made of (`validateVolumeSource`, `ValidatePersistentVolumeSpec`).

use super::scalars::of_kind;
use super::texts::{LABEL, SUBDOMAIN};
use super::together::exclusive;
use super::{Notes, Place};

/// Secrets of `csi` volumes that are looked at.
const CHECKED: &[&str] = &[
    "controllerExpandSecretRef",
    "controllerPublishSecretRef",
    "nodeExpandSecretRef",
    "nodePublishSecretRef",
];

/// A Secret of a pod's volume, which some volumes must name.
pub(super) fn local_secret<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let sources = ["CinderVolumeSource", "CSIVolumeSource", "StorageOSVolumeSource"];
    let key = place.key_text();
    if key == "imagePullSecrets" || !sources.iter().any(|source| place.parent(source).is_some()) {
        return;
    }
    match place.given("name").and_then(|at| Some((at, at.str()?))) {
        None => notes.wants(place, "name", format!("`{key}` has no `name`"), "add the name of the Secret"),
        Some((at, text)) if place.parent("CSIVolumeSource").is_some() => {
            of_kind(&SUBDOMAIN, "name", text, at, notes)
        }
        Some(_) => {}
    }
}

/// A secret is told by its name, and where it is by its namespace.
pub(super) fn secret<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let key = place.key_text();
    let csi = place.parent("CSIPersistentVolumeSource").is_some() && CHECKED.contains(&key);
    // Who else has secrets looks at them later.
    let fields: &[&str] = if csi || place.parent("CinderPersistentVolumeSource").is_some() {
        &["name", "namespace"]
    } else if place.parent("ISCSIPersistentVolumeSource").is_some() {
        &["name"]
    } else {
        &[]
    };
    for (field, kind) in
        [("name", &SUBDOMAIN), ("namespace", &LABEL)].into_iter().filter(|one| fields.contains(&one.0))
    {
        match place.given(field).and_then(|at| Some((at, at.str()?))) {
            None => {
                return notes.wants(
                    place,
                    field,
                    format!("`{key}` has no `{field}`"),
                    format!("add `{field}`"),
                );
            }
            Some((at, text)) if csi => of_kind(kind, field, text, at, notes),
            Some(_) => {}
        }
    }
}

/// A managed disk of Azure has another kind of address than a blob.
pub(super) fn azure<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some((at, uri)) = place.given("diskURI").and_then(|at| Some((at, at.str()?))) else { return };
    let managed = place.text("kind") == Some("Managed");
    let lower = uri.to_ascii_lowercase();
    if managed && !lower.starts_with("/subscriptions/") {
        let help = "write `/subscriptions/…`, or another `kind`";
        notes.refuse(at, "a managed disk needs the address of a resource", help);
    } else if !managed
        && !lower.starts_with("https://")
        && place.node.get("kind").is_none_or(|kind| kind.str().is_some())
    {
        let help = "write `https://…`, or `kind: Managed`";
        notes.refuse(at, "a disk in a blob needs its address", help);
    }
}

/// A disk behind Fibre Channel is told in one of two ways.
pub(super) fn fibre<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (names, ids) = (place.given("targetWWNs"), place.given("wwids"));
    match (names, ids) {
        (None, None) => {
            notes.lacks(place, "`fc` has neither `targetWWNs` nor `wwids`", "add one of them");
        }
        (Some(names), Some(ids)) => {
            notes.clash(names, ids, "`fc` has both `targetWWNs` and `wwids`", "keep one of them");
        }
        (Some(_), None) => match place.node.get("lun").map(|at| (at, at.int())) {
            None => notes.wants(place, "lun", "`targetWWNs` needs a `lun`", "add `lun`"),
            Some((at, Some(lun))) if !(0..=255).contains(&lun) => {
                notes.refuse(at, format!("{lun} is not valid for `lun`"), "it must be from 0 to 255");
            }
            Some(_) => {}
        },
        (None, Some(_)) => {}
    }
}

/// A dataset has a name or an identifier.
pub(super) fn flocker<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let given =
        ["datasetName", "datasetUUID"].into_iter().filter(|field| place.given(field).is_some()).count();
    if given == 0 {
        notes.lacks(place, "`flocker` has no dataset", "add `datasetName` or `datasetUUID`");
    } else if given == 2 {
        exclusive("`flocker`", place.node, &["datasetName", "datasetUUID"], notes);
    }
}

/// Who logs in needs a secret.
pub(super) fn iscsi<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let login = ["chapAuthDiscovery", "chapAuthSession"]
        .into_iter()
        .find(|field| place.node.get(field).is_some_and(|at| at.bool() == Some(true)));
    if let (Some(login), true) = (login, place.node.get("secretRef").is_none()) {
        let message = format!("`{login}` needs a `secretRef`");
        notes.wants(place, "secretRef", message, "add the Secret with the password");
    }
    let volume = place.chain.last().and_then(|frame| frame.node.get("name"));
    if let (Some(at), Some(portal)) = (volume, place.text("targetPortal"))
        && at.text().len() + portal.len() + 1 > 64
        && place.parent("Volume").is_some()
    {
        let help = "shorten one of them: together they must have less than 64 characters";
        notes.refuse(at, "the name of the volume and its portal are too long together", help);
    }
}

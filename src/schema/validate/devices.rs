//! Claims of devices and what is there of them (`pkg/apis/resource/validation`).

use super::together::{exclusive, unique};
use super::volumes::only_labels;
use super::{Notes, Place, known};
use crate::yaml::Node;

/// The configuration of a driver is an object.
pub(super) fn opaque<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(at) = place.node.get("parameters") else { return };
    if !at.is_mapping() {
        notes.refuse(at, "`parameters` of a driver are a mapping", "write the fields that the driver knows");
    }
}

/// Names of requests, alternatives included: `request` and `request/alternative`.
fn names(claim: Node<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for request in claim.get("requests").into_iter().flat_map(Node::items) {
        let Some(name) = request.get("name").map(Node::text) else { continue };
        names.push(name.to_owned());
        let inner = request.get("firstAvailable").into_iter().flat_map(Node::items);
        names.extend(inner.filter_map(|one| one.get("name")).map(|one| format!("{name}/{}", one.text())));
    }
    names
}

/// A claim: its requests have names, and what is said of requests is said of those.
pub(super) fn claim<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    unique("the request", place.items("requests").filter_map(|one| one.get("name")), notes);
    let names = names(place.node);
    for field in ["constraints", "config"] {
        for one in place.items(field).filter_map(|one| one.get("requests")) {
            unique("the request", one.items(), notes);
            let lost = |at: &Node<'_>| {
                at.str().is_some_and(|text| {
                    !names.iter().any(|name| name == text) && !known::is_placeholder(text)
                })
            };
            for at in one.items().filter(lost) {
                let near = crate::text::suggest::nearest(at.text(), names.iter().map(String::as_str));
                let help = near
                    .map_or("name one of the requests".to_owned(), |near| format!("did you mean `{near}`?"));
                notes.refuse(at, format!("the claim has no request `{}`", at.text()), help);
            }
        }
    }
    for one in place.items("config").filter(|one| one.is_mapping() && one.get("opaque").is_none()) {
        let at = one.entries().next().map_or(one, |entry| entry.key);
        notes.refuse(at, "the configuration has no `opaque`", "add `opaque` with `driver` and `parameters`");
    }
}

/// A request: one that is exact, or several of which the first is taken.
pub(super) fn request<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let old = place.root().get("apiVersion").and_then(Node::str) != Some("resource.k8s.io/v1");
    let several = place.given("firstAvailable").is_some();
    let fields: &[&str] = if several { &["exactly", "firstAvailable"] } else { &["exactly"] };
    if !old && exclusive("the request", place.node, fields, notes) {
        notes.lacks(place, "the request says no devices", "add `exactly` with `deviceClassName`");
    }
    unique("the alternative", place.items("firstAvailable").filter_map(|one| one.get("name")), notes);
}

/// A number, or all.
pub(super) fn count<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let counted = place.node.get("count").filter(|at| at.int().is_some_and(|count| count > 0));
    if let (Some("All"), Some(at)) = (place.text("allocationMode"), counted) {
        notes.refuse(at, "`count` beside `allocationMode: All`", "remove one of them");
    }
}

/// Devices that are alike, or all different.
pub(super) fn constraint<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.node.get("matchAttribute").is_none() && place.node.get("distinctAttribute").is_none() {
        notes.lacks(place, "the constraint has no attribute", "add `matchAttribute`");
    }
}

/// A taint that is tolerated.
pub(super) fn toleration<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let exists = place.text("operator") == Some("Exists");
    if let (true, Some(at)) = (exists, place.given("value")) {
        notes.refuse(at, "a toleration with `operator: Exists` has a value", "remove the value");
    }
}

/// Where the devices of a slice are: in one of these places.
const PLACES: &[&str] = &["allNodes", "nodeName", "nodeSelector", "perDeviceNodeSelection"];

/// A slice of devices.
pub(super) fn slice<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let set = |field: &&&str| {
        place.node.get(field).is_some_and(|at| at.bool() != Some(false) && !super::is_empty(at))
    };
    let found: Vec<&&str> = PLACES.iter().filter(set).collect();
    match found.as_slice() {
        [] => {
            let help = "add `nodeName`, `nodeSelector`, `allNodes` or `perDeviceNodeSelection`";
            notes.lacks(place, "the slice says nothing of where its devices are", help);
        }
        [_] => {}
        [..] => {
            exclusive("the slice", place.node, PLACES, notes);
        }
    }
    unique("the device", place.items("devices").filter_map(|one| one.get("name")), notes);
    let each = place.node.get("perDeviceNodeSelection").is_some_and(|at| at.bool() == Some(true));
    for device in place.items("devices") {
        let own = ["nodeName", "nodeSelector", "allNodes"].into_iter().find_map(|field| device.entry(field));
        if let (Some(own), false) = (own.filter(|own| !own.value.is_null()), each) {
            let message = format!("`{}` of a device needs `perDeviceNodeSelection`", own.key.text());
            notes.refuse(own.key, message, "remove it, or add `perDeviceNodeSelection: true` to the slice");
        }
    }
}

/// Conditions of a device come in pairs.
pub(super) fn device<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    for (one, other) in
        [("bindingConditions", "bindingFailureConditions"), ("bindingFailureConditions", "bindingConditions")]
    {
        if let (Some(at), None) = (place.given(one), place.given(other)) {
            notes.refuse(at, format!("`{one}` without `{other}`"), format!("add `{other}`"));
        }
    }
}

/// An attribute has one value.
pub(super) fn attribute<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let kinds: Vec<&str> = ["bool", "bools", "int", "ints", "string", "strings", "version", "versions"]
        .into_iter()
        .filter(|kind| {
            place.node.get(kind).is_some_and(|at| !at.is_sequence() || at.items().next().is_some())
        })
        .collect();
    if exclusive("the attribute", place.node, &kinds, notes) {
        notes.lacks(place, "the attribute has no value", "add `string`, `int`, `bool` or `version`");
    }
    let Some((at, text)) = place.node.get("version").and_then(|at| Some((at, at.str()?))) else { return };
    let numbers = text.split(['-', '+']).next().unwrap_or_default();
    let number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    if numbers.split('.').count() != 3 || !numbers.split('.').all(number) || text.len() > 64 {
        notes.refuse(at, format!("`{text}` is not a valid version"), "write three numbers, such as `1.2.3`");
    }
}

/// A template of claims: each claim gets its own identity.
pub(super) fn template<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    only_labels(place.node.get("metadata"), notes);
}

//! Values that the API server accepts and nobody meant.

use super::{Notes, Place};
use crate::finding::Fix;
use crate::schema::{Trouble, TroubleKind, known, types};
use crate::yaml::Node;

/// Old labels of nodes and what they are called now (fact 2.8).
const RENAMED: &[(&str, &str)] = &[
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("beta.kubernetes.io/os", "kubernetes.io/os"),
    ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    ("beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"),
    ("node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane"),
];

/// Notes an old label of nodes. `at` holds the label; nothing is said where the file serves old and new nodes.
pub(super) fn node_label<'a>(at: Node<'a>, around: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let text = at.text();
    let Some((_, new)) = RENAMED.iter().find(|(old, _)| *old == text) else { return };
    if around.get(new).is_some() {
        return;
    }
    let trouble = Trouble::new(
        TroubleKind::DeprecatedTopologyKey,
        at,
        format!("`{text}` is a deprecated label of nodes"),
    );
    let trouble = trouble
        .label("nodes without this label do not match, and newer ones may lack it")
        .help(format!("use `{new}`"));
    let fix = Fix::safe(format!("write `{new}`")).replace(at, at.quoted_like(new));
    notes.push(Trouble { fix: Some(fix), ..trouble });
}

/// A node selector whose terms ask for the old and for the new label, one of which every node has.
pub(super) fn both_generations(text: &str, terms: Node<'_>) -> bool {
    let new = RENAMED.iter().find(|(old, _)| *old == text).map(|(_, new)| *new);
    let lists = terms.items().flat_map(|term| {
        // A preferred term has its weight beside it.
        let term = term.get("preference").unwrap_or(term);
        ["matchExpressions", "matchFields"].into_iter().filter_map(move |field| term.get(field))
    });
    new.is_some_and(|new| {
        lists.flat_map(Node::items).any(|one| one.get("key").is_some_and(|key| key.text() == new))
    })
}

/// A number that begins with a zero.
pub(super) fn octal<'a>(field: &str, at: Node<'a>, value: i64, decimal: i128, notes: &mut Notes<'_, 'a>) {
    let message = format!("`{}` for `{field}` is {value}, not {decimal}", at.text());
    let trouble = Trouble::new(TroubleKind::AmbiguousScalar, at, message);
    notes.push(
        trouble
            .label("octal, because of the leading zero")
            .help(format!("write `{decimal}`, or `{value}` if that is what you mean")),
    );
}

/// A volume with nothing but a name becomes an emptyDir. One with a misspelt source is an unknown field.
pub(super) fn bare_volume<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let mut entries = place.node.entries();
    let Some(name) = place.node.get("name").filter(|name| !known::is_placeholder(name.text())) else {
        return;
    };
    // `emptyDir:` with nothing behind it is what it says, and what is no source at all is an unknown field.
    let known = types::find("core/v1/Volume");
    let speaks =
        |key: Node<'_>| matches!(key.key_text(), "emptyDir" | "ephemeral") || known.find(key).is_none();
    let source = |entry: crate::yaml::Entry<'_>| {
        entry.key.key_text() != "name" && (!entry.value.is_null() || speaks(entry.key))
    };
    // A claim template of a StatefulSet takes the place of the volume with its name.
    let templates = place.root().get("spec").and_then(|spec| spec.get("volumeClaimTemplates"));
    let claimed = |template: Node<'_>| {
        let own = template.get("metadata").and_then(|metadata| metadata.get("name"));
        own.is_some_and(|own| own.text() == name.text())
    };
    if entries.any(source) || templates.is_some_and(|templates| templates.items().any(claimed)) {
        return;
    }
    let message = format!("volume `{}` has no source, so it becomes an emptyDir", name.text());
    let mut trouble = Trouble::new(TroubleKind::VolumeWithoutSource, name, message);
    // A source with nothing behind it was meant to be one.
    trouble.taken = place.node.entries().all(|entry| entry.key.key_text() == "name");
    notes.push(trouble.label("its files are gone with the pod").help(
        "name the source, such as `persistentVolumeClaim` or `configMap`; write `emptyDir: {}` if nothing is to be kept",
    ));
}

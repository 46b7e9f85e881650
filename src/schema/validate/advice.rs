//! Values that the API server accepts and nobody meant.

use super::{Notes, Place, amounts};
use crate::finding::Fix;
use crate::kube::quantity::Quantity;
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

/// Requests and limits of a container or a pod.
pub(super) fn resources<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (requests, limits) = (place.node.get("requests"), place.node.get("limits"));
    for list in [requests, limits].into_iter().flatten() {
        list.entries().for_each(|entry| amount(entry.key.key_text(), entry.value, notes));
    }
    let (Some(requests), Some(limits)) = (requests, limits) else { return };
    for request in requests.entries() {
        let name = request.key.key_text();
        let Some(limit) = limits.entry(name).map(|entry| entry.value) else { continue };
        let (Some(least), Some(most)) = (amounts::read(request.value), amounts::read(limit)) else {
            continue;
        };
        // A device cannot be overcommitted; `google.com/tpu` and huge pages are such.
        let whole =
            name.starts_with("hugepages-") || (name.contains('/') && !name.contains("kubernetes.io/"));
        let message = match whole {
            _ if least > most => {
                format!("the {name} limit is below the {name} request, so the API server refuses the pods")
            }
            true if least != most => format!("the {name} limit differs from the request"),
            _ => continue,
        };
        let (least, most) = (request.value.text(), limit.text());
        notes.push(
            Trouble::new(TroubleKind::LimitBelowRequest, limit, message)
                .label(format!("at most {most}"))
                .also(request.value, format!("at least {least}"))
                .help(if whole {
                    "give both the same amount".to_owned()
                } else {
                    format!("raise the limit to `{least}` or more, or lower the request")
                })
                .perhaps(limit, least),
        );
    }
}

fn amount<'a>(name: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let text = at.text().trim();
    let bare = text.bytes().all(|byte| byte.is_ascii_digit());
    let odd = match name {
        "memory" | "ephemeral-storage" => bare || text.ends_with('m'),
        _ => name == "cpu",
    };
    let amount = if odd { Quantity::read(at) } else { None };
    let Some(amount) = amount.filter(|amount| !amount.is_zero()) else { return };
    let (value, suspicious) = (amount.to_f64(), TroubleKind::QuantitySuspicious);
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (message, right, why) = match name {
        "memory" | "ephemeral-storage" if text.ends_with('m') => (
            format!("`{text}` of {name} is {} bytes", short(value)),
            format!("{number}Mi"),
            "`m` is a thousandth",
        ),
        "memory" if bare && value < 1_048_576.0 => (
            format!("`{text}` of memory is {} bytes", short(value)),
            format!("{text}Mi"),
            "a bare number counts bytes",
        ),
        "cpu"
            if text.ends_with('i') || (value >= 1000.0 && !text.ends_with(|c: char| c.is_ascii_digit())) =>
        {
            (
                format!("`{text}` of cpu is {} cores", short(value)),
                format!("{number}m"),
                "cpu is counted in cores and thousandths",
            )
        }
        "cpu" if bare && value >= 500.0 => (
            format!("`{text}` of cpu is {} cores", short(value)),
            format!("{number}m"),
            "a bare number counts cores, and `m` thousandths",
        ),
        _ => return,
    };
    let trouble = Trouble::new(suspicious, at, message).label("valid, but probably not what you meant");
    notes.push(trouble.help(format!("{why}: write `{right}`")).perhaps(at, &right));
}

fn short(value: f64) -> String {
    if value.fract() == 0.0 || value >= 1000.0 { format!("{value:.0}") } else { format!("{value}") }
}

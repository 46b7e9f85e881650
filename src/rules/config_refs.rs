//! What containers and volumes take from ConfigMaps, Secrets and claims.

use std::cell::LazyCell;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::missing::Missing;
use super::{Check, Rule, mounts, rule, sub_path};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::external::list_of;
use crate::inventory::{Evidence, Found, Inventory, Key, SourceUse, Via, sources};
use crate::kube::workload::{Workload, WorkloadKind};
use crate::text::suggest;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("env-source-missing", Check::Unit(env_source)),
    rule!("volume-source-missing", Check::Unit(volume_source)),
    rule!("secret-missing", Check::Unit(secret)),
];

fn env_source(inventory: &Inventory<'_>, out: &mut Out) {
    through(inventory, Via::Environment, out);
}

fn volume_source(inventory: &Inventory<'_>, out: &mut Out) {
    through(inventory, Via::Volume, out);
    for (at, workload) in inventory.workloads.iter().enumerate() {
        mounts::check(inventory, workload, out);
        sub_path::check(inventory, at, out);
    }
}

fn through(inventory: &Inventory<'_>, via: Via, out: &mut Out) {
    for workload in &inventory.workloads {
        if inventory.is_patched(&workload.object) {
            continue;
        }
        let uses = sources(workload, via);
        let mut groups: Vec<Vec<&SourceUse<'_>>> = Vec::new();
        let mut known: HashMap<(&str, &str), usize> = HashMap::new();
        for one in &uses {
            let at = *known.entry((one.kind, one.name.text())).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[at].push(one);
        }
        let said = LazyCell::new(|| graver(workload, via));
        let is_said = |one: &SourceUse<'_>| said.contains(&(one.kind, one.name.text()));
        groups.iter().for_each(|group| check(inventory, workload, group, &is_said, out));
    }
}

/// What a workload demands through graver fields, by kind and name: what is missing for the environment already keeps
/// the pod from starting.
fn graver<'a>(workload: &Workload<'a>, than: Via) -> HashSet<(&'a str, &'a str)> {
    let graver = [Via::Environment, Via::Volume].into_iter().filter(|via| *via < than);
    let uses = graver.flat_map(|via| sources(workload, via));
    uses.map(|one| (one.kind, one.name.text())).collect()
}

/// All uses of one object by one workload.
fn check<'a>(
    inventory: &Inventory<'a>,
    workload: &Workload<'a>,
    uses: &[&SourceUse<'a>],
    is_said: &dyn Fn(&SourceUse<'a>) -> bool,
    out: &mut Out,
) {
    let first = uses[0];
    let namespace = inventory.namespace(&workload.object);
    let list = list_of(first.kind);
    match inventory.look_up(&workload.object, namespace, first.kind, list, first.name.text()) {
        Found::Object(_, sure) => {
            let mut seen = HashSet::new();
            for one in uses {
                if let Some(key) = one.key.filter(|key| seen.insert(key.text())) {
                    missing_key(inventory, workload, one, key, sure, out);
                }
            }
        }
        Found::Made => {}
        _ if is_said(first) => {}
        Found::Nothing if other_kind(inventory, workload, first, out) => {}
        found => {
            let missing = Missing {
                from: &workload.object,
                place: first.name,
                kind: first.kind,
                list,
                consequence: consequence(workload, first.via),
            };
            if let Some(draft) = missing.report(inventory, &found, out)
                && uses.len() > 1
            {
                let last = uses[uses.len() - 1].name;
                draft.also(last, format!("used {} times", uses.len()));
            }
        }
    }
}

/// Whether the name is that of a Secret where a ConfigMap is wanted, or the other way round.
fn other_kind<'a>(
    inventory: &Inventory<'a>,
    workload: &Workload<'a>,
    one: &SourceUse<'a>,
    out: &mut Out,
) -> bool {
    let (kind, fields) = match one.kind {
        "ConfigMap" => ("Secret", ["secretKeyRef", "secret"]),
        "Secret" => ("ConfigMap", ["configMapKeyRef", "configMap"]),
        _ => return false,
    };
    let (name, namespace) = (one.name.text(), inventory.namespace(&workload.object));
    let twin = inventory.reachable(namespace, kind, name).find(|object| object.group().is_empty());
    let Some(twin) = twin.filter(|_| one.via != Via::ImagePull) else { return false };
    // Applications often have one of each; that it has the very key leaves no room for another object.
    if one.key.is_none_or(|key| inventory.key(twin, key.text()) != Key::There) {
        return false;
    }
    let sure = inventory.surely_together(&workload.object, twin);
    let evidence = if sure { Evidence::Contradiction } else { Evidence::NearMiss };
    let Some(severity) = inventory.absence(evidence, &workload.object) else { return false };
    let field = if one.via == Via::Volume { fields[1] } else { fields[0] };
    let then = consequence(workload, one.via);
    out.report(one.name, format!("`{name}` is a {kind}, not a {}: {then}", one.kind))
        .severity(severity)
        .label(format!("no {} has this name", one.kind))
        .also(twin.anchor(), format!("a {kind}"))
        .help(format!("take it from the {kind} with `{field}`"));
    true
}

fn consequence(workload: &Workload<'_>, via: Via) -> String {
    let title = workload.title();
    match via {
        Via::Environment => format!("the containers of {title} are never created"),
        Via::Volume if workload.kind == WorkloadKind::Pod => format!("{title} never starts"),
        Via::Volume => format!("the pods of {title} never start"),
        Via::ImagePull => format!("{title} pulls its images without credentials"),
    }
}

fn missing_key<'a>(
    inventory: &Inventory<'a>,
    workload: &Workload<'a>,
    one: &SourceUse<'a>,
    key: Node<'a>,
    sure: bool,
    out: &mut Out,
) {
    let name = one.name.text();
    let namespace = inventory.namespace(&workload.object);
    let candidates: Vec<&Object<'a>> =
        inventory.reachable(namespace, one.kind, name).filter(|object| object.group().is_empty()).collect();
    let mut binary = false;
    for object in &candidates {
        match inventory.key(object, key.text()) {
            Key::There | Key::Unknown => return,
            Key::Binary if one.via == Via::Volume => return,
            Key::Binary => binary = true,
            Key::Missing => {}
        }
    }
    let made = inventory.is_made(namespace, one.kind, name)
        || inventory.surroundings.is_external(list_of(one.kind), namespace, name);
    let Some(object) = candidates.first().filter(|_| !made) else {
        return;
    };
    let text = key.text();
    // A key that no Secret may have is the mistake, and nothing to write elsewhere.
    let usable = || inventory.keys(object).filter(|key| is_usable(key));
    let near = suggest::nearest(text, usable()).or_else(|| other_case(text, usable()));
    let together = inventory.surely_together(&workload.object, object);
    let severity = match (sure && together && !inventory.is_incomplete(&workload.object), near) {
        (true, _) => Severity::Error,
        (false, Some(_)) => Severity::Warning,
        (false, None) if binary => Severity::Warning,
        // Another object of this name may be the one that is used.
        (false, None) => Severity::Info,
    };
    let then = consequence(workload, one.via);
    let draft =
        out.report(key, format!("{} `{name}` has no key `{text}`: {then}", one.kind)).severity(severity);
    if binary {
        draft
            .label("it stands under `binaryData`, which the environment does not see")
            .also(object.anchor(), "this one")
            .help("move it to `data`, or mount it as a file");
        return;
    }
    let draft =
        draft.label("no such key").also(object.anchor(), format!("it has {}", listed(inventory, object)));
    let unusable = suggest::nearest(text, inventory.keys(object)).filter(|key| !is_usable(key));
    match near.or(unusable) {
        Some(near) if !is_usable(near) => draft.help(format!(
            "correct the key `{near}` of the {}: keys have letters, digits, `-`, `_` and `.`",
            one.kind
        )),
        Some(near) => draft.perhaps(key, near),
        None => draft.help(format!("add the key to the {}, or use one that it has", one.kind)),
    };
}

/// Whether a ConfigMap or Secret may have a key of this name.
fn is_usable(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// So many keys are named.
const KEYS: usize = 6;

fn listed(inventory: &Inventory<'_>, object: &Object<'_>) -> String {
    let keys: Vec<String> = inventory.keys(object).map(|key| format!("`{key}`")).collect();
    let more = keys.len().saturating_sub(KEYS);
    let named = keys[..keys.len() - more].join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

/// The same word written another way: `DB_HOST`, `db-host`, `dbHost`.
fn other_case<'k>(text: &str, keys: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let wanted = plain(text);
    keys.into_iter().find(|key| plain(key) == wanted)
}

fn secret(inventory: &Inventory<'_>, out: &mut Out) {
    through(inventory, Via::ImagePull, out);
    for kind in ["Ingress", "Gateway"] {
        for object in inventory.of_kind(kind) {
            if !object.group().ends_with(".k8s.io") && object.group() != "extensions" {
                continue;
            }
            certificates(inventory, object, out);
        }
    }
}

fn certificates<'a>(inventory: &Inventory<'a>, object: &Object<'a>, out: &mut Out) {
    if inventory.is_patched(object) {
        return;
    }
    let spec = object.spec();
    let items = |node: Option<Node<'a>>, key: &str| {
        node.and_then(|node| node.get(key)).into_iter().flat_map(|list| list.items()).collect::<Vec<_>>()
    };
    let mut names: Vec<(Node<'a>, Option<&'a str>)> = Vec::new();
    let own = inventory.namespace(object);
    names.extend(
        items(spec, "tls").into_iter().filter_map(|tls| tls.get("secretName")).map(|name| (name, own)),
    );
    for listener in items(spec, "listeners") {
        for reference in items(listener.get("tls"), "certificateRefs") {
            let kind = reference.get("kind").map_or("Secret", |kind| kind.text());
            let namespace = reference.get("namespace").map(|node| node.text()).or(own);
            names.extend(reference.get("name").filter(|_| kind == "Secret").map(|name| (name, namespace)));
        }
    }
    let mut seen = HashSet::new();
    for (name, namespace) in names {
        let text = name.text();
        let unknown =
            crate::text::placeholder::is_placeholder(text) || crate::text::placeholder::is_shouted(text);
        if text.is_empty() || unknown || !seen.insert(text) {
            continue;
        }
        let found = inventory.look_up(object, namespace, "Secret", "secrets", text);
        let consequence = match object.kind {
            "Gateway" => "its listener is not ready",
            _ => "clients see a default certificate",
        };
        if let Found::Object(secret, true) = found {
            without_certificate(inventory, name, &secret, consequence, out);
            continue;
        }
        let missing = Missing {
            from: object,
            place: name,
            kind: "Secret",
            list: "secrets",
            consequence: consequence.to_owned(),
        };
        missing.report(inventory, &found, out);
    }
}

/// A Secret for TLS whose keys are not those that controllers read.
fn without_certificate<'a>(
    inventory: &Inventory<'a>,
    name: Node<'a>,
    secret: &Object<'a>,
    consequence: &str,
    out: &mut Out,
) {
    let lacking = ["tls.crt", "tls.key"].into_iter().find(|key| inventory.key(secret, key) == Key::Missing);
    // Without one of the two there may be a bundle that a controller of its own reads.
    let Some(key) = lacking.filter(|_| !inventory.is_contested(secret)) else { return };
    out.report(name, format!("{} has no key `{key}`: {consequence}", secret.title()))
        .severity(Severity::Error)
        .label("a certificate is read from `tls.crt` and `tls.key`")
        .also(secret.anchor(), format!("it has {}", listed(inventory, secret)))
        .help("use a Secret of type `kubernetes.io/tls`, which `kubectl create secret tls` makes");
}

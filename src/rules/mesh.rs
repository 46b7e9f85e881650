//! Subsets of a mesh and middlewares of Traefik that nobody defines (facts 15.62, 15.63).

use foldhash::{HashMap, HashMapExt};

use super::missing::Missing;
use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Found, Inventory, is_near, items};
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::text::suggest;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("mesh-subset-missing", Check::Unit(subset_missing)),
    rule!("middleware-missing", Check::Unit(middleware_missing)),
];

/// With more rules for one host than this nobody can tell which one was meant.
const MOST: usize = 50;
const ISTIO: &str = "networking.istio.io";

/// The Service and the namespace that a host of Istio means; a short name belongs to the object's own namespace.
fn host<'a>(text: &'a str, own: Option<&'a str>) -> (&'a str, Option<&'a str>) {
    let text = text.strip_suffix(".svc.cluster.local").or_else(|| text.strip_suffix(".svc")).unwrap_or(text);
    match text.split_once('.') {
        Some((name, namespace)) if !namespace.contains('.') => (name, Some(namespace)),
        // A host outside of the cluster is compared as it is.
        Some(_) => (text, None),
        None => (text, own),
    }
}

/// DestinationRules by the Service of their host.
type Rules<'i, 'a> = HashMap<&'a str, Vec<&'i Object<'a>>>;

fn subset_missing(inventory: &Inventory<'_>, out: &mut Out) {
    let mut rules: Rules<'_, '_> = HashMap::new();
    for object in inventory.of_kind("DestinationRule").filter(|object| object.group() == ISTIO) {
        let own = object.spec().and_then(|spec| spec.get("host")).map_or("", |node| node.text());
        // A wildcard may bring subsets for any host.
        if own.contains('*') || is_placeholder(own) {
            return;
        }
        rules.entry(host(own, None).0).or_default().push(object);
    }
    if rules.is_empty() {
        return;
    }
    for object in inventory.of_kind("VirtualService").filter(|object| object.group() == ISTIO) {
        if inventory.is_patched(object) || inventory.is_incomplete(object) {
            continue;
        }
        for list in ["http", "tcp", "tls"] {
            for rule in items(object.spec(), list) {
                let mirrors = rule.get("mirror").into_iter();
                let routes = items(Some(rule), "route").filter_map(|route| route.get("destination"));
                routes.chain(mirrors).for_each(|one| check(inventory, object, one, &rules, out));
            }
        }
    }
}

fn check<'a>(
    inventory: &Inventory<'a>,
    object: &Object<'a>,
    destination: Node<'a>,
    rules: &Rules<'_, 'a>,
    out: &mut Out,
) {
    let (Some(to), Some(subset)) = (destination.get("host"), destination.get("subset")) else { return };
    let text = subset.text();
    if text.is_empty() || is_placeholder(text) || is_placeholder(to.text()) {
        return;
    }
    let wanted = host(to.text(), inventory.namespace(object));
    let same = |rule: &&&Object<'a>| {
        let own = rule.spec().and_then(|spec| spec.get("host")).map_or("", |node| node.text());
        let namespace = host(own, inventory.namespace(rule)).1;
        namespace.is_none() || wanted.1.is_none() || namespace == wanted.1
    };
    let all: Vec<&&Object<'a>> = rules.get(wanted.0).into_iter().flatten().take(MOST).filter(same).collect();
    let names = |rule: &Object<'a>| items(rule.spec(), "subsets").filter_map(|one| one.get("name"));
    let there =
        all.iter().any(|rule| inventory.is_patched(rule) || names(rule).any(|name| name.text() == text));
    let Some(first) = all.first().filter(|_| !there && all.len() < MOST) else { return };
    if !is_near(object, first) && !inventory.view.built {
        return;
    }
    let list: Vec<String> = names(first).map(|name| format!("`{}`", name.text())).take(5).collect();
    let near = suggest::nearest(text, names(first).map(|name| name.text()));
    let draft = out
        .report(subset, format!("no DestinationRule defines subset `{text}` of `{}`", to.text()))
        .severity(Severity::Error)
        .label("requests sent here get status 503")
        .also(
            first.anchor(),
            match list.is_empty() {
                true => "has no subsets".to_owned(),
                false => format!("its subsets: {}", list.join(", ")),
            },
        );
    match near {
        Some(near) => draft.meant(subset, near),
        None => draft.help("add the subset to the DestinationRule, or use one that it has"),
    };
}

fn middleware_missing(inventory: &Inventory<'_>, out: &mut Out) {
    for object in inventory.of_kind("Ingress").filter(|object| !inventory.is_patched(object)) {
        if let Some(list) = object.annotation(MIDDLEWARES) {
            list.text().split(',').for_each(|one| listed(inventory, object, list, one.trim(), out));
        }
    }
    for object in inventory.of_kind("IngressRoute") {
        if !matches!(object.group(), "traefik.io" | "traefik.containo.us") || inventory.is_patched(object) {
            continue;
        }
        let own = inventory.namespace(object);
        for route in items(object.spec(), "routes") {
            for middleware in items(Some(route), "middlewares") {
                let Some(name) = middleware.get("name") else { continue };
                let text = name.text();
                // `name@file` comes from another provider.
                let unknown =
                    text.is_empty() || text.contains('@') || is_placeholder(text) || is_shouted(text);
                let namespace = middleware.get("namespace").map(|node| node.text()).or(own);
                let found = inventory.look_up(object, namespace, "Middleware", "middlewares", text);
                // Middlewares often lie in a directory of their own, or come with a chart.
                if unknown || matches!(found, Found::Nothing) {
                    continue;
                }
                let missing = Missing {
                    from: object,
                    place: name,
                    kind: "Middleware",
                    list: "middlewares",
                    consequence: "the route is not served".to_owned(),
                };
                missing.report(inventory, &found, out);
            }
        }
    }
}

/// The annotation of an Ingress that lists Middlewares, as `NAMESPACE-NAME@kubernetescrd`.
const MIDDLEWARES: &str = "traefik.ingress.kubernetes.io/router.middlewares";

/// One name of the list of an Ingress: namespace and name in one word.
fn listed<'a>(inventory: &Inventory<'a>, object: &Object<'a>, at: Node<'a>, text: &str, out: &mut Out) {
    let Some(text) = text.strip_suffix("@kubernetescrd").filter(|text| !is_placeholder(text)) else { return };
    let near = |other: &&Object<'a>| other.group().starts_with("traefik.") && is_near(object, other);
    let all: Vec<&Object<'a>> = inventory.of_kind("Middleware").filter(near).take(MOST).collect();
    // Where the namespace ends and the name begins, nobody can tell from the text.
    let mut names = text.match_indices('-').map(|(at, _)| &text[at + 1..]);
    let known = |name: &str| {
        inventory.named("Middleware", name).next().is_some() || inventory.is_in_other_unit("Middleware", name)
    };
    if all.len() == MOST || names.any(known) || inventory.is_incomplete(object) {
        return;
    }
    let full = |other: &Object<'a>| Some(format!("{}-{}", inventory.namespace(other)?, other.name));
    let bare = all.iter().find(|other| other.name == text);
    let slip = || all.iter().find(|other| full(other).is_some_and(|full| suggest::is_slip(text, &full)));
    let Some(meant) = bare.or_else(slip) else { return };
    let name = full(meant).unwrap_or_else(|| format!("NAMESPACE-{}", meant.name));
    let label = match bare {
        Some(_) => "the namespace is part of the name here",
        None => "no Middleware has this namespace and name",
    };
    out.report(at, format!("{} names a Middleware `{text}`, which does not exist", object.title()))
        .severity(Severity::Warning)
        .label(label)
        .also(meant.anchor(), "the closest match")
        .note("the route is not served")
        .help(format!("write `{name}@kubernetescrd`"));
}

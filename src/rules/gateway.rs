//! Gateway API: routes that no listener takes, and references that may not cross a namespace.

use foldhash::{HashMap, HashMapExt};

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Grant, Inventory, Listener, ParentUse, scope};
use crate::kube::selector::Match;
use crate::text::article::with_article;
use crate::text::placeholder::is_placeholder;
use crate::text::suggest;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("route-not-attached", Check::Unit(not_attached)),
    rule!("reference-grant-missing", Check::Unit(grant_missing)),
];

fn not_attached(inventory: &Inventory<'_>, out: &mut Out) {
    let sets = inventory.of_kind("ListenerSet").chain(inventory.of_kind("XListenerSet")).next().is_some();
    for parent in inventory.parents() {
        let Some(gateway) = inventory.gateway(&parent) else { continue };
        let patched = inventory.is_patched(&parent.route) || inventory.is_patched(&gateway);
        let listeners = inventory.listeners(&gateway);
        // Further listeners may come from sets of them, or from a class that brings its own.
        if patched || sets || listeners.is_empty() {
            continue;
        }
        check(inventory, &parent, &gateway, listeners, out);
    }
}

/// Narrows the listeners down as the implementation does, and reports the step that leaves none.
fn check<'a>(
    inventory: &Inventory<'a>,
    parent: &ParentUse<'a>,
    gateway: &Object<'a>,
    mut left: Vec<Listener<'a>>,
    out: &mut Out,
) {
    let route = &parent.route;
    let message =
        |why: &str| format!("{} is not attached to Gateway `{}`: {why}", route.title(), gateway.name);
    let all = left.clone();
    let names = || all.iter().map(|one| format!("`{}`", one.name)).take(5).collect::<Vec<_>>().join(", ");
    if let Some(section) = parent.node.get("sectionName").filter(|name| !is_placeholder(name.text())) {
        left.retain(|one| one.name == section.text() || is_placeholder(one.name));
        if left.is_empty() {
            let near = suggest::nearest(section.text(), all.iter().map(|one| one.name));
            let draft = out
                .report(section, message("it has no such listener"))
                .label(format!("no listener is called `{}`", section.text()))
                .also(gateway.anchor(), format!("its listeners: {}", names()));
            match near {
                Some(near) => draft.meant(section, near),
                None => draft.help("use the name of a listener, or remove `sectionName`"),
            };
            return;
        }
    }
    if let Some((node, port)) = parent.node.get("port").and_then(|node| Some((node, node.int()?))) {
        left.retain(|one| one.port.is_none_or(|own| own == port));
        if left.is_empty() {
            out.report(node, message("no listener has this port"))
                .label(format!("no listener on port {port}"))
                .also(gateway.anchor(), format!("its listeners: {}", names()))
                .help("use the port of a listener, or remove `port`");
            return;
        }
    }
    let before = left.clone();
    left.retain(|one| one.takes_kind(route.kind));
    if left.is_empty() {
        let node = before[0].node;
        out.report(parent.name, message(&format!("no listener takes {}", with_article(route.kind))))
            .label("asks for this Gateway")
            .also(node.get("protocol").unwrap_or(node), "does not take this kind of route")
            .help(format!(
                "add a listener whose protocol or `allowedRoutes.kinds` takes {}",
                with_article(route.kind)
            ));
        return;
    }
    let before = left.clone();
    let own = inventory.namespace(route);
    left.retain(|one| inventory.admits(gateway, one, own) != Match::No);
    if left.is_empty() {
        let (from, node) = before[0].from();
        let place = node.or(before[0].node.get("name")).unwrap_or(before[0].node);
        let here = own.unwrap_or("default");
        let label = match (node, from) {
            (None, _) => "takes routes of its own namespace only, which is the default".to_owned(),
            (Some(_), "Same") => "takes routes of its own namespace only".to_owned(),
            (Some(_), _) => format!("does not take routes of namespace `{here}`"),
        };
        out.report(parent.name, message(&format!("no listener takes routes of namespace `{here}`")))
            .label(format!("the route is in namespace `{here}`"))
            .also(place, label)
            .help("set `allowedRoutes.namespaces.from` to `All`, or to `Selector` with a selector for it");
        return;
    }
    let before = left.clone();
    left.retain(|one| inventory.shares_host(one, route));
    if left.is_empty() {
        let hosts = route.spec().and_then(|spec| spec.get("hostnames"));
        let open = |text: &str| is_placeholder(text);
        let mut texts = hosts.into_iter().flat_map(|list| list.items());
        let unknown = texts.any(|one| open(one.text()))
            || before.iter().any(|one| one.hostname.is_some_and(|name| open(name.text())));
        if unknown {
            return;
        }
        let own = before[0].hostname.unwrap_or(before[0].node);
        out.report(hosts.unwrap_or(parent.name), message("no listener serves its host names"))
            .label("none of these belongs to a listener")
            .also(own, "the listener's host name")
            .help("use a host name that a listener covers, or add a listener for it");
    }
}

fn grant_missing(inventory: &Inventory<'_>, out: &mut Out) {
    let mut grants: HashMap<Option<&str>, Vec<Grant<'_>>> = HashMap::new();
    for grant in inventory.grants() {
        grants.entry(inventory.namespace(&grant.object)).or_default().push(grant);
    }
    for reference in inventory.foreign_references() {
        let (name, namespace) = (reference.name.text(), reference.namespace.text());
        let unknown =
            is_placeholder(name) || is_placeholder(namespace) || inventory.is_patched(&reference.from);
        // Where the target is not in view, its grant need not be either.
        let target = inventory
            .named_within(Some(namespace), reference.kind, name)
            .find(|object| scope(Some(namespace), inventory.namespace(object)).is_yes());
        let Some(target) = target.filter(|_| !unknown && !inventory.is_incomplete(&reference.from)) else {
            continue;
        };
        let here = [Some(namespace), None].into_iter().filter_map(|key| grants.get(&key)).flatten();
        if here
            .into_iter()
            .any(|grant| grant.allows(inventory, &reference) || inventory.is_patched(&grant.object))
        {
            continue;
        }
        let complete = inventory.surroundings.complete;
        if inventory.view.elsewhere && !complete {
            continue;
        }
        let from = &reference.from;
        let own = inventory.namespace(from).unwrap_or("default");
        out.report(
            reference.namespace,
            format!("{} may not use {} `{name}` of namespace `{namespace}`", from.title(), reference.kind),
        )
        .severity(if complete { Severity::Error } else { Severity::Warning })
        .label(format!("no ReferenceGrant in `{namespace}` allows it"))
        .also(target.anchor(), "in another namespace")
        .help(format!(
            "add a ReferenceGrant to `{namespace}` from {} in `{own}` to {}",
            from.kind, reference.kind
        ));
    }
}

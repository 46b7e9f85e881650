//! Names that lead to another kind or namespace than they should: issuers and stores of secrets (facts 15.60, 15.61).

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Evidence, Inventory, is_near, scope};
use crate::kube::selector::Match;
use crate::text::article::with_article;
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::text::suggest;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("issuer-missing", Check::Unit(missing))];

/// So many candidates are looked at for a name.
const MOST: usize = 200;

/// Two kinds for one thing: one in a namespace, one for the cluster.
struct Pair {
    inside: &'static str,
    everywhere: &'static str,
    group: &'static str,
}

const ISSUERS: Pair = Pair { inside: "Issuer", everywhere: "ClusterIssuer", group: "cert-manager.io" };
const STORES: Pair =
    Pair { inside: "SecretStore", everywhere: "ClusterSecretStore", group: "external-secrets.io" };

/// A reference to one of a pair.
struct Reference<'a> {
    from: Object<'a>,
    name: Node<'a>,
    /// What says which of the two is meant; nothing means the one inside.
    kind_at: Option<Node<'a>>,
    everywhere: bool,
    pair: &'static Pair,
}

fn missing(inventory: &Inventory<'_>, out: &mut Out) {
    for reference in references(inventory) {
        let text = reference.name.text();
        let unknown = text.is_empty() || is_placeholder(text) || is_shouted(text);
        if !unknown && !inventory.is_patched(&reference.from) {
            check(inventory, &reference, out);
        }
    }
}

fn references<'a>(inventory: &Inventory<'a>) -> Vec<Reference<'a>> {
    let mut found = Vec::new();
    let mut add = |from: &Object<'a>, node: Option<Node<'a>>, pair: &'static Pair| {
        let Some((node, name)) = node.and_then(|node| Some((node, node.get("name")?))) else { return };
        let kind_at = node.get("kind");
        let kind = kind_at.map_or(pair.inside, |kind| kind.text());
        let group = node.get("group").map_or(pair.group, |group| group.text());
        // Issuers of other groups have kinds of their own.
        if group == pair.group && (kind == pair.inside || kind == pair.everywhere) {
            found.push(Reference { from: *from, name, kind_at, everywhere: kind == pair.everywhere, pair });
        }
    };
    for object in inventory.of_kind("Certificate").filter(|object| object.group() == ISSUERS.group) {
        add(object, object.spec().and_then(|spec| spec.get("issuerRef")), &ISSUERS);
    }
    for object in inventory.of_kind("ExternalSecret").filter(|object| object.group() == STORES.group) {
        add(object, object.spec().and_then(|spec| spec.get("secretStoreRef")), &STORES);
    }
    for kind in ["Ingress", "Gateway"] {
        for object in inventory.of_kind(kind) {
            for (key, everywhere) in
                [("cert-manager.io/issuer", false), ("cert-manager.io/cluster-issuer", true)]
            {
                // An issuer of another kind or group is named in annotations beside it.
                let other = ["cert-manager.io/issuer-kind", "cert-manager.io/issuer-group"];
                let plain = other.iter().all(|key| object.annotation(key).is_none());
                if let Some(name) = object.annotation(key).filter(|_| plain) {
                    let from = *object;
                    found.push(Reference { from, name, kind_at: Some(name), everywhere, pair: &ISSUERS });
                }
            }
        }
    }
    found
}

fn check<'a>(inventory: &Inventory<'a>, reference: &Reference<'a>, out: &mut Out) {
    let Reference { from, name, kind_at, everywhere, pair } = reference;
    let text = name.text();
    let (wanted, other) =
        if *everywhere { (pair.everywhere, pair.inside) } else { (pair.inside, pair.everywhere) };
    let own = inventory.namespace(from);
    let reaches = |object: &Object<'a>, everywhere: bool| {
        everywhere || scope(own, inventory.namespace(object)) != Match::No
    };
    let of = |kind: &'static str| inventory.named(kind, text).filter(|object| object.group() == pair.group);
    let same: Vec<&Object<'a>> = of(wanted).take(MOST).collect();
    if same.iter().any(|object| reaches(object, *everywhere)) || inventory.is_in_other_unit(wanted, text) {
        return;
    }
    let place = kind_at.unwrap_or(*name);
    let twin = of(other).find(|object| reaches(object, !*everywhere));
    if let Some(twin) = twin.filter(|twin| is_near(from, twin) || inventory.view.built) {
        let Some(severity) = inventory.absence(Evidence::Contradiction, from) else { return };
        let annotation = from.kind != "Certificate" && from.kind != "ExternalSecret";
        let draft = out
            .report(place, format!("{} asks for {wanted} `{text}`, but that is a {other}", from.title()))
            .severity(severity)
            .label(match kind_at {
                Some(_) => format!("means {}", with_article(wanted)),
                None => format!("without `kind` this means {}", with_article(wanted)),
            })
            .also(twin.anchor(), with_article(other));
        if annotation {
            let key = if *everywhere { "cert-manager.io/issuer" } else { "cert-manager.io/cluster-issuer" };
            draft.help(format!("use the annotation `{key}`"));
        } else {
            draft.help(format!("add `kind: {other}`"));
        }
        return;
    }
    if let Some(away) = same.first().filter(|away| is_near(from, away)) {
        let Some(severity) = inventory.absence(Evidence::NearMiss, from) else { return };
        let there = inventory.namespace(away).unwrap_or("default");
        let here = own.unwrap_or("default");
        out.report(
            *name,
            format!("{} asks for {wanted} `{text}`, which is in namespace `{there}`", from.title()),
        )
        .severity(severity)
        .label(format!("looked up in namespace `{here}` only"))
        .also(away.anchor(), format!("in namespace `{there}`"))
        .help(format!("use a {} or put both into one namespace", pair.everywhere));
        return;
    }
    let near = inventory.of_kind(wanted).take(MOST).find(|object| {
        object.group() == pair.group
            && reaches(object, *everywhere)
            && suggest::is_slip(text, object.name)
            && is_near(from, object)
    });
    if let Some(near) = near {
        let Some(severity) = inventory.absence(Evidence::NearMiss, from) else { return };
        out.report(*name, format!("{} asks for {wanted} `{text}`, which is not there", from.title()))
            .severity(severity.min(Severity::Warning))
            .label(format!("no {wanted} has this name"))
            .also(near.anchor(), "the closest match")
            .perhaps(*name, near.name);
    }
}

//! Which objects a policy and a binding are for (`pkg/admission/plugin/policy/matching`; fact 18.9).

use super::read::Policy;
use crate::document::Object;
use crate::inventory::Inventory;
use crate::kube::labels::Labels;
use crate::kube::selector::{Match, Selector};
use crate::yaml::Node;

/// An object as a request names it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r, 'a> {
    /// The object.
    pub object: &'r Object<'a>,
    /// The plural of its kind, in lower case.
    pub resource: &'r str,
    /// Whether it surely belongs to no namespace.
    pub is_cluster_scoped: bool,
}

impl Request<'_, '_> {
    /// The namespace it goes to.
    pub fn namespace(&self) -> Option<&str> {
        (!self.is_cluster_scoped).then(|| self.object.namespace.unwrap_or("default"))
    }
}

/// Whether a policy and the resources of a binding are for an object.
pub fn matches(
    inventory: &Inventory<'_>,
    policy: &Policy<'_>,
    resources: Option<Node<'_>>,
    request: &Request<'_, '_>,
) -> Match {
    let Some(constraints) = policy.constraints else { return Match::No };
    let own = constrained(inventory, constraints, request, true);
    match resources {
        Some(resources) if own != Match::No => own.and(constrained(inventory, resources, request, false)),
        _ => own,
    }
}

/// `needs_rules`: without rules nothing is matched; else everything is.
fn constrained(
    inventory: &Inventory<'_>,
    node: Node<'_>,
    request: &Request<'_, '_>,
    needs_rules: bool,
) -> Match {
    let exact = node.get("matchPolicy").is_some_and(|policy| policy.text() == "Exact");
    let rules = |key: &str| node.get(key).into_iter().flat_map(|list| list.items());
    let any = |key: &str| rules(key).map(|rule| ruled(rule, request, exact)).max().unwrap_or(Match::No);
    let included = match rules("resourceRules").next() {
        None if !needs_rules => Match::Yes,
        _ => any("resourceRules"),
    };
    if included == Match::No {
        return Match::No;
    }
    let excluded = match any("excludeResourceRules") {
        Match::Yes => return Match::No,
        Match::Maybe => Match::Maybe,
        Match::No => Match::Yes,
    };
    let by_object = node.get("objectSelector").map_or(Match::Yes, |selector| {
        let labels = request.object.metadata().and_then(|metadata| metadata.get("labels"));
        Selector::label_selector(selector).matches(&Labels::read(labels))
    });
    let by_namespace = node
        .get("namespaceSelector")
        .map_or(Match::Yes, |selector| namespaced(inventory, &Selector::label_selector(selector), request));
    included.and(excluded).and(by_object).and(by_namespace)
}

/// Objects without a namespace are always selected; a Namespace by its own labels.
fn namespaced(inventory: &Inventory<'_>, selector: &Selector<'_>, request: &Request<'_, '_>) -> Match {
    if selector.is_empty() {
        return Match::Yes;
    }
    if request.object.is("", "Namespace") {
        return inventory.namespace_matches(selector, Some(request.object.name));
    }
    match request.namespace() {
        None => Match::Yes,
        Some(name) => {
            let found = inventory.namespace_matches(selector, Some(name));
            // The namespaces that every cluster begins with carry no other labels.
            let is_first = matches!(name, "default" | "kube-system" | "kube-public" | "kube-node-lease");
            match found {
                Match::Maybe if is_first && !selector.has_placeholder() => {
                    let own = |one: &crate::kube::selector::Requirement<'_>| match one.key {
                        "kubernetes.io/metadata.name" => Match::Yes,
                        _ => one.matches(&Labels::read(None)),
                    };
                    selector.requirements.iter().map(own).min().unwrap_or(Match::Yes)
                }
                found => found,
            }
        }
    }
}

fn ruled(rule: Node<'_>, request: &Request<'_, '_>, exact: bool) -> Match {
    let has = |key: &str, words: &[&str]| {
        rule.get(key).is_some_and(|list| list.items().any(|one| words.contains(&one.text())))
    };
    let names = rule.get("resourceNames").filter(|list| list.items().next().is_some());
    let scope = rule.get("scope").map_or("*", |scope| scope.text());
    let fits = has("operations", &["CREATE", "*"])
        && has("apiGroups", &[request.object.group(), "*"])
        && has("resources", &[request.resource, "*", "*/*"])
        && names.is_none_or(|list| list.items().any(|name| name.text() == request.object.name))
        && match scope {
            "Namespaced" => !request.is_cluster_scoped,
            "Cluster" => request.is_cluster_scoped,
            _ => true,
        };
    match (fits, has("apiVersions", &[request.object.version(), "*"])) {
        (false, _) => Match::No,
        (true, true) => Match::Yes,
        // The server converts the object to the version that is named.
        (true, false) => {
            if exact {
                Match::No
            } else {
                Match::Maybe
            }
        }
    }
}

/// The plural of a kind of the API in lower case, as the server makes it.
pub fn plural(kind: &str) -> String {
    let lower = kind.to_ascii_lowercase();
    let vowel = |letter: u8| b"aeiou".contains(&letter);
    match lower.as_bytes() {
        _ if lower == "endpoints" => lower,
        [.., before, b'y'] if !vowel(*before) => format!("{}ies", &lower[..lower.len() - 1]),
        [.., b's' | b'x' | b'z'] | [.., b'c' | b's', b'h'] => format!("{lower}es"),
        _ => format!("{lower}s"),
    }
}

/// What definitions of the input say of their kinds: group, kind, plural, and whether objects have no namespace.
pub fn customs<'a>(inventory: &Inventory<'a>) -> Vec<(&'a str, &'a str, &'a str, bool)> {
    let of = |object: &Object<'a>| {
        let spec = object.spec()?;
        let names = spec.get("names")?;
        let cluster = spec.get("scope")?.text() == "Cluster";
        Some((spec.get("group")?.text(), names.get("kind")?.text(), names.get("plural")?.text(), cluster))
    };
    inventory.of_kind("CustomResourceDefinition").filter_map(of).collect()
}

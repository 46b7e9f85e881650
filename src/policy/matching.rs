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
    /// The version that it is judged in.
    pub version: &'r str,
}

impl Request<'_, '_> {
    /// The namespace it goes to.
    pub fn namespace(&self) -> Option<&str> {
        (!self.is_cluster_scoped).then(|| self.object.namespace.unwrap_or("default"))
    }
}

/// The other version of a kind that the server converts its objects to, where a policy names that one alone.
pub fn other_version(object: &Object<'_>) -> Option<&'static str> {
    match (object.group(), object.kind, object.version()) {
        ("autoscaling", "HorizontalPodAutoscaler", "v1") => Some("v2"),
        ("autoscaling", "HorizontalPodAutoscaler", "v2") => Some("v1"),
        _ => None,
    }
}

/// What is known of a policy, a binding and the objects of a kind before any of them is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// They are for all of them.
    Always,
    /// It depends on names, labels or namespaces.
    Sometimes,
}

impl Bound {
    /// What is known for a kind, of which this is any request; nothing, where they are for none of it.
    pub fn of(
        inventory: &Inventory<'_>,
        policy: &Policy<'_>,
        resources: Option<Node<'_>>,
        request: &Request<'_, '_>,
    ) -> Option<Bound> {
        let nodes = policy.constraints.into_iter().chain(resources);
        let selects = |node: Node<'_>| {
            let has = |key: &str| node.get(key).is_some_and(|selector| selector.entries().next().is_some());
            let named = |key: &str| {
                let mut rules = node.get(key).into_iter().flat_map(|list| list.items());
                rules.any(|rule| rule.get("resourceNames").is_some())
            };
            has("objectSelector")
                || has("namespaceSelector")
                || named("resourceRules")
                || named("excludeResourceRules")
        };
        if nodes.clone().any(selects) || other_version(request.object).is_some() {
            // Only the rules are told from each other here; names are left for later.
            if let Some(only) = policy.only {
                return only
                    .contains(&(request.object.group(), request.resource))
                    .then_some(Bound::Sometimes);
            }
            let could = |node: Node<'_>| {
                let rules = node.get("resourceRules").into_iter().flat_map(|list| list.items());
                let mut rules = rules.map(|rule| could(rule, request)).peekable();
                rules.peek().is_none() || rules.any(|could| could)
            };
            return nodes.into_iter().all(could).then_some(Bound::Sometimes);
        }
        (matches(inventory, policy, resources, request) == Match::Yes).then_some(Bound::Always)
    }

    /// The version that an object is judged in, if they are for it.
    pub fn holds<'v>(
        self,
        inventory: &Inventory<'_>,
        policy: &Policy<'_>,
        resources: Option<Node<'_>>,
        request: &Request<'v, '_>,
    ) -> Option<&'v str> {
        if self == Bound::Always || matches(inventory, policy, resources, request) == Match::Yes {
            return Some(request.version);
        }
        // The policy and the binding name versions independently of each other; the object is as the policy has it.
        let other = other_version(request.object)?;
        let converted = Request { version: other, ..*request };
        let by_policy = matches(inventory, policy, None, &converted) == Match::Yes;
        let constrains = |request: &Request<'_, '_>| {
            resources.is_none_or(|node| constrained(inventory, node, request, false) == Match::Yes)
        };
        let as_it_is = matches(inventory, policy, None, request) == Match::Yes;
        let is_bound = constrains(request) || (!is_exact(resources) && constrains(&converted));
        match (as_it_is, by_policy) {
            _ if !is_bound => None,
            (true, _) => Some(request.version),
            (false, true) if !is_exact(policy.constraints) => Some(other),
            _ => None,
        }
    }
}

/// Whether it depends on what is not known here.
pub fn is_open(
    inventory: &Inventory<'_>,
    policy: &Policy<'_>,
    resources: Option<Node<'_>>,
    request: &Request<'_, '_>,
) -> bool {
    other_version(request.object).is_none() && matches(inventory, policy, resources, request) == Match::Maybe
}

/// Whether only the versions that are named count.
fn is_exact(node: Option<Node<'_>>) -> bool {
    node.and_then(|node| node.get("matchPolicy")).is_some_and(|policy| policy.text() == "Exact")
}

/// Whether a policy and the resources of a binding are for an object.
fn matches(
    inventory: &Inventory<'_>,
    policy: &Policy<'_>,
    resources: Option<Node<'_>>,
    request: &Request<'_, '_>,
) -> Match {
    let Some(constraints) = policy.constraints else { return Match::No };
    let own = match policy.only {
        None => constrained(inventory, constraints, request, true),
        Some(only) if only.contains(&(request.object.group(), request.resource)) => {
            selected(inventory, constraints, request)
        }
        Some(_) => Match::No,
    };
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
    let exact = is_exact(Some(node));
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
    included.and(excluded).and(selected(inventory, node, request))
}

/// What the selectors of constraints say.
fn selected(inventory: &Inventory<'_>, node: Node<'_>, request: &Request<'_, '_>) -> Match {
    let by_object = node.get("objectSelector").map_or(Match::Yes, |selector| {
        let labels = request.object.metadata().and_then(|metadata| metadata.get("labels"));
        Selector::label_selector(selector).matches(&Labels::read(labels))
    });
    let by_namespace = node
        .get("namespaceSelector")
        .map_or(Match::Yes, |selector| namespaced(inventory, &Selector::label_selector(selector), request));
    by_object.and(by_namespace)
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

/// Whether a list of a rule has one of these words.
fn has(rule: Node<'_>, key: &str, words: &[&str]) -> bool {
    rule.get(key).is_some_and(|list| list.items().any(|one| words.contains(&one.text())))
}

/// Whether a rule may be for objects of the kind of a request.
fn could(rule: Node<'_>, request: &Request<'_, '_>) -> bool {
    has(rule, "apiGroups", &[request.object.group(), "*"])
        && has(rule, "resources", &[request.resource, "*", "*/*"])
}

/// Whether a rule is for the creation of objects. The server asks for the operations; who leaves them out means all.
pub fn is_for_creation(rule: Node<'_>) -> bool {
    rule.get("operations").is_none() || has(rule, "operations", &["CREATE", "*"])
}

fn ruled(rule: Node<'_>, request: &Request<'_, '_>, exact: bool) -> Match {
    let names = rule.get("resourceNames").filter(|list| list.items().next().is_some());
    let scope = rule.get("scope").map_or("*", |scope| scope.text());
    let fits = is_for_creation(rule)
        && could(rule, request)
        && names.is_none_or(|list| list.items().any(|name| name.text() == request.object.name))
        && match scope {
            "Namespaced" => !request.is_cluster_scoped,
            "Cluster" => request.is_cluster_scoped,
            _ => true,
        };
    match (fits, has(rule, "apiVersions", &[request.version, "*"])) {
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

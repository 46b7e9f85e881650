//! Role-based access control: what a rule allows, whom a binding names, and which resources there are to allow (facts
//! 15.4 to 15.7).

mod access;
mod born;
pub mod resources;

pub use access::{Access, Grant};
pub use born::{is_born, is_like_born};

use crate::document::Object;
use crate::yaml::Node;

/// The group of Roles and bindings.
pub const GROUP: &str = "rbac.authorization.k8s.io";

/// A request as the authorizer sees it.
#[derive(Clone, Debug, Default)]
pub struct Request<'r> {
    /// The user's name; `system:serviceaccount:<namespace>:<name>` for a ServiceAccount.
    pub user: &'r str,
    /// The user's groups.
    pub groups: Vec<&'r str>,
    /// `get`, `create` and so on.
    pub verb: &'r str,
    /// API group; empty for core.
    pub group: &'r str,
    /// Plural of the kind.
    pub resource: &'r str,
    /// Such as `log`; empty for none.
    pub subresource: &'r str,
    /// Name of the object; empty for none.
    pub name: &'r str,
    /// Namespace; empty for none.
    pub namespace: &'r str,
    /// The path of a request that is about no resource.
    pub path: Option<&'r str>,
}

/// One of a role's `rules`.
#[derive(Clone, Copy, Debug)]
pub struct PolicyRule<'a>(pub Node<'a>);

impl<'a> PolicyRule<'a> {
    /// The items of a list field.
    pub fn list(self, key: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.0.get(key).into_iter().flat_map(|list| list.items())
    }

    fn has(self, key: &str, word: &str) -> bool {
        self.list(key).any(|one| one.text() == "*" || one.text() == word)
    }

    /// Whether it allows a verb.
    pub fn allows_verb(self, verb: &str) -> bool {
        self.has("verbs", verb)
    }

    /// The item of `verbs` by which it allows a verb.
    pub fn place_of_verb(self, verb: &str) -> Option<Node<'a>> {
        self.list("verbs").find(|one| one.text() == "*" || one.text() == verb)
    }

    /// Whether it is about an API group.
    pub fn is_about_group(self, group: &str) -> bool {
        self.has("apiGroups", group)
    }

    /// Whether it is about a resource, or about a subresource of it, of which `*/sub` means that of any resource.
    pub fn is_about(self, resource: &str, subresource: &str) -> bool {
        self.place_of(resource, subresource).is_some()
    }

    /// The item of `resources` by which it is about a resource or a subresource of it.
    pub fn place_of(self, resource: &str, subresource: &str) -> Option<Node<'a>> {
        let wanted = match subresource {
            "" => resource.to_owned(),
            _ => format!("{resource}/{subresource}"),
        };
        let any = |text: &str| !subresource.is_empty() && text.strip_prefix("*/") == Some(subresource);
        self.list("resources").find(|one| one.text() == "*" || one.text() == wanted || any(one.text()))
    }

    /// Whether it allows a request.
    pub fn allows(self, request: &Request<'_>) -> bool {
        if !self.allows_verb(request.verb) {
            return false;
        }
        if let Some(path) = request.path {
            return self.list("nonResourceURLs").any(|one| match one.text().strip_suffix('*') {
                Some(start) => path.starts_with(start.trim_end_matches('*')),
                None => one.text() == path,
            });
        }
        let mut names = self.list("resourceNames").peekable();
        self.is_about_group(request.group)
            && self.is_about(request.resource, request.subresource)
            && (names.peek().is_none() || names.any(|one| one.text() == request.name))
    }
}

/// The rules of a Role or ClusterRole.
pub fn rules<'a>(role: &Object<'a>) -> impl Iterator<Item = PolicyRule<'a>> + use<'a> {
    role.node.get("rules").into_iter().flat_map(|list| list.items()).map(PolicyRule)
}

/// A subject of a binding.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The entry.
    pub node: Node<'a>,
    /// `User`, `Group` or `ServiceAccount`.
    pub kind: &'a str,
    /// Where the name stands.
    pub name: Node<'a>,
    /// The namespace of a ServiceAccount: as written, else the binding's.
    pub namespace: Option<&'a str>,
}

/// The subjects of a RoleBinding or ClusterRoleBinding.
pub fn subjects<'a>(binding: &Object<'a>) -> impl Iterator<Item = Subject<'a>> + use<'a> {
    let own = if binding.kind == "RoleBinding" { binding.namespace } else { None };
    let list = binding.node.get("subjects").into_iter().flat_map(|list| list.items());
    list.filter_map(move |node| {
        let kind = node.get("kind")?.text();
        let written = node.get("namespace").map(|one| one.text()).filter(|one| !one.is_empty());
        Some(Subject { node, kind, name: node.get("name")?, namespace: written.or(own) })
    })
}

impl Subject<'_> {
    /// Whether it means the one who makes a request.
    pub fn is(&self, request: &Request<'_>) -> bool {
        let name = self.name.text();
        match self.kind {
            "User" => request.user == name,
            "Group" => request.groups.contains(&name),
            "ServiceAccount" => self.namespace.is_some_and(|namespace| {
                let account = request.user.strip_prefix("system:serviceaccount:");
                account.and_then(|rest| rest.split_once(':')) == Some((namespace, name))
            }),
            _ => false,
        }
    }
}

//! An object's identity.

use crate::text::article::with_article;
use crate::yaml::Node;

/// An object of the input: its root node and who it is.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// The object's mapping.
    pub node: Node<'a>,
    /// `apiVersion` as written. For an item of a typed list that does not say it, the list's.
    pub api_version: &'a str,
    /// `kind` as written. For an item of a typed list that does not say it, the list's without `List`.
    pub kind: &'a str,
    /// `metadata.name`; empty when it is missing.
    pub name: &'a str,
    /// `metadata.namespace`; `None` leaves it to the client's context (fact 0.1).
    pub namespace: Option<&'a str>,
    /// Its values are encrypted by SOPS: names and shape can be relied on, values cannot.
    pub encrypted: bool,
    /// It is an item of a list.
    pub listed: bool,
    /// Labels that a kustomization adds when it deploys the object.
    pub added: &'a AddedLabels,
}

/// Labels that a kustomization adds to an object (fact 13.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddedLabels {
    /// To pod templates.
    pub pods: Vec<(String, String)>,
    /// To selectors.
    pub selectors: Vec<(String, String)>,
    /// To the objects themselves.
    pub objects: Vec<(String, String)>,
}

/// No labels added: the object as written.
pub static AS_WRITTEN: AddedLabels =
    AddedLabels { pods: Vec::new(), selectors: Vec::new(), objects: Vec::new() };

/// What makes two objects the same to the API server, namespaces compared as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity<'a> {
    /// API group; empty for core.
    pub group: &'a str,
    /// Kind.
    pub kind: &'a str,
    /// Namespace as written.
    pub namespace: Option<&'a str>,
    /// Name.
    pub name: &'a str,
}

impl<'a> Object<'a> {
    /// Reads who an object is; `None` without `apiVersion` and `kind`.
    pub fn read(node: Node<'a>) -> Option<Self> {
        let api_version = node.get("apiVersion")?.str()?;
        let kind = node.get("kind")?.str()?;
        Some(Object::with_type(node, api_version, kind))
    }

    /// An object whose type is known from elsewhere, such as an item of a typed list.
    pub fn with_type(node: Node<'a>, api_version: &'a str, kind: &'a str) -> Self {
        let metadata = node.get("metadata");
        let text = |key: &str| metadata.and_then(|metadata| metadata.get(key)).map(|node| node.text());
        Object {
            node,
            api_version,
            kind,
            name: text("name").unwrap_or(""),
            namespace: text("namespace").filter(|namespace| !namespace.is_empty()),
            encrypted: false,
            listed: false,
            added: &AS_WRITTEN,
        }
    }

    /// The same object as one of another type.
    pub fn retyped(self, api_version: &'a str, kind: &'a str) -> Self {
        Object { api_version, kind, ..self }
    }

    /// API group; empty for core.
    pub fn group(&self) -> &'a str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Version without the group.
    pub fn version(&self) -> &'a str {
        self.api_version.rsplit_once('/').map_or(self.api_version, |(_, version)| version)
    }

    /// Whether it is of this group and kind, in whatever version.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group() == group
    }

    /// Its identity.
    pub fn identity(&self) -> Identity<'a> {
        Identity { group: self.group(), kind: self.kind, namespace: self.namespace, name: self.name }
    }

    /// `spec`, if it is there.
    pub fn spec(&self) -> Option<Node<'a>> {
        self.node.get("spec")
    }

    /// `metadata`, if it is there.
    pub fn metadata(&self) -> Option<Node<'a>> {
        self.node.get("metadata")
    }

    /// The best place for a finding about the object as a whole: its name, else its kind.
    pub fn anchor(&self) -> Node<'a> {
        let name = self.metadata().and_then(|metadata| metadata.get("name"));
        name.or_else(|| self.node.get("kind")).unwrap_or(self.node)
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<Node<'a>> {
        self.metadata()?.get("annotations")?.get(key)
    }

    /// Kind and name for a message: ``Deployment `web` ``. Where the API server makes the name (fact 12.15), what is
    /// known of it.
    pub fn title(&self) -> String {
        if !self.name.is_empty() {
            return format!("{} `{}`", self.kind, self.name);
        }
        match self.metadata().and_then(|metadata| metadata.get("generateName")) {
            Some(start) => format!("{} `{}…`", self.kind, start.text()),
            None => format!("{} without a name", with_article(self.kind)),
        }
    }
}

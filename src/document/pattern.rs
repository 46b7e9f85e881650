//! Which objects somebody means: kind, namespace and name as globs.

use globset::GlobMatcher;

use super::Object;

/// A pattern of objects; what is `None` is not compared.
#[derive(Clone, Debug, Default)]
pub struct ObjectMatch {
    /// `apiVersion`.
    pub api_version: Option<GlobMatcher>,
    /// `kind`.
    pub kind: Option<GlobMatcher>,
    /// `namespace`.
    pub namespace: Option<GlobMatcher>,
    /// `name`.
    pub name: Option<GlobMatcher>,
}

impl ObjectMatch {
    /// Whether an object is meant. An object that leaves its namespace open is not in a written one.
    pub fn matches(&self, object: &Object<'_>) -> bool {
        let one = |glob: &Option<GlobMatcher>, text: &str| glob.as_ref().is_none_or(|g| g.is_match(text));
        one(&self.api_version, object.api_version)
            && one(&self.kind, object.kind)
            && one(&self.namespace, object.namespace.unwrap_or(""))
            && one(&self.name, object.name)
    }
}

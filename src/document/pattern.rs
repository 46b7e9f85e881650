//! Which objects somebody means: kind, namespace and name as globs.

use std::sync::{Arc, OnceLock};

use globset::{GlobMatcher, GlobSet};

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

/// Globs over names, all of which are compared with a name at once.
#[derive(Clone, Debug, Default)]
pub struct NameGlobs {
    globs: Vec<GlobMatcher>,
    /// All of them, once somebody asks; `None` if they are too many for one set.
    set: OnceLock<Option<Arc<GlobSet>>>,
}

impl NameGlobs {
    /// The globs that match a name, as positions in their order.
    pub fn matching(&self, name: &str) -> Vec<usize> {
        let build = || GlobSet::new(self.globs.iter().map(GlobMatcher::glob)).ok().map(Arc::new);
        match self.set.get_or_init(build) {
            Some(set) => set.matches(name),
            None => (0..self.globs.len()).filter(|&at| self.globs[at].is_match(name)).collect(),
        }
    }

    /// Whether one of them matches a name.
    pub fn is_match(&self, name: &str) -> bool {
        !self.matching(name).is_empty()
    }
}

impl Extend<GlobMatcher> for NameGlobs {
    fn extend<T: IntoIterator<Item = GlobMatcher>>(&mut self, globs: T) {
        self.globs.extend(globs);
        self.set = OnceLock::new();
    }
}

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

/// So many globs make a set that matches fast: its automaton still fits the memory that it is allowed.
const AT_ONCE: usize = 1000;

/// Globs over names, many of which are compared with a name at once.
#[derive(Clone, Debug, Default)]
pub struct NameGlobs {
    globs: Vec<GlobMatcher>,
    /// All of them, once somebody asks, [`AT_ONCE`] in a set; `None` if these are too large for one.
    sets: OnceLock<Vec<Option<Arc<GlobSet>>>>,
}

impl NameGlobs {
    /// The globs that match a name, as positions in their order.
    pub fn matching(&self, name: &str) -> Vec<usize> {
        let mut found = Vec::new();
        for ((at, globs), set) in self.globs.chunks(AT_ONCE).enumerate().zip(self.sets()) {
            let first = at * AT_ONCE;
            match set {
                Some(set) => found.extend(set.matches(name).into_iter().map(|own| first + own)),
                None => found
                    .extend((0..globs.len()).filter(|&own| globs[own].is_match(name)).map(|own| first + own)),
            }
        }
        found
    }

    /// Whether one of them matches a name.
    pub fn is_match(&self, name: &str) -> bool {
        let mut chunks = self.globs.chunks(AT_ONCE).zip(self.sets());
        chunks.any(|(globs, set)| match set {
            Some(set) => set.is_match(name),
            None => globs.iter().any(|glob| glob.is_match(name)),
        })
    }

    fn sets(&self) -> &[Option<Arc<GlobSet>>] {
        let set =
            |globs: &[GlobMatcher]| GlobSet::new(globs.iter().map(GlobMatcher::glob)).ok().map(Arc::new);
        self.sets.get_or_init(|| self.globs.chunks(AT_ONCE).map(set).collect())
    }
}

impl Extend<GlobMatcher> for NameGlobs {
    fn extend<T: IntoIterator<Item = GlobMatcher>>(&mut self, globs: T) {
        self.globs.extend(globs);
        self.sets = OnceLock::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_of_several_sets_keep_their_positions() {
        let mut globs = NameGlobs::default();
        let glob = |at: usize| globset::Glob::new(&format!("x{at}-*")).expect("a glob").compile_matcher();
        globs.extend((0..2500).map(glob));
        globs.extend([globset::Glob::new("x1-y").expect("a glob").compile_matcher()]);
        assert_eq!(globs.matching("x1-y"), [1, 2500]);
        assert_eq!(globs.matching("x2400-a"), [2400]);
        assert!(globs.is_match("x999-") && globs.is_match("x1000-") && !globs.is_match("x2500-"));
    }
}

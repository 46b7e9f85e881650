//! Globs over names.

use globset::{GlobBuilder, GlobMatcher};

/// A glob over names; `*` does not cross the slash between namespace and name.
pub fn name_glob(pattern: &str) -> Result<GlobMatcher, globset::Error> {
    Ok(GlobBuilder::new(pattern).literal_separator(true).build()?.compile_matcher())
}

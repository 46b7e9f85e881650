//! Completion inside of the actions of templates: keys of values, and names of templates.

use std::collections::BTreeMap;

use crate::symbols::{Symbol, SymbolKind};

/// What may stand at a place of a template.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// The words, each with what it is.
    pub offered: BTreeMap<String, String>,
    /// So many bytes of the word are there already.
    pub typed: usize,
}

/// What may follow a line of a chart's template up to the cursor; `None` if that is no expression of the kind.
pub fn words(symbols: &[Symbol], path: &str, before: &str) -> Option<Words> {
    let action = &before[before.rfind("{{")? + 2..];
    if action.contains("}}") {
        return None;
    }
    let root =
        path.rsplit_once("/templates/").map(|one| one.0).or(path.starts_with("templates/").then_some(""))?;
    let mut offered = BTreeMap::new();
    if let Some((_, name)) = action.rsplit_once("include \"").or(action.rsplit_once("template \"")) {
        if name.contains('"') {
            return None;
        }
        // A chart calls templates of those around it, too.
        let calls = |one: &&Symbol| one.kind == SymbolKind::Template && is_around(&one.of, root);
        for one in symbols.iter().filter(calls).filter(|one| one.name.starts_with(name)) {
            offered.insert(one.name.clone(), one.title.clone());
        }
        return Some(Words { offered, typed: name.len() });
    }
    let is_field = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
    let expression = action.rsplit(|c| !is_field(c)).next()?;
    let keys = expression.split_once(".Values.").map(|one| one.1)?;
    let mut around: Vec<&str> = keys.split('.').collect();
    let typed = around.pop()?;
    let is_below = |one: &&Symbol| {
        let Some((_, path)) = one.path.split_last() else { return false };
        one.kind == SymbolKind::Value && one.of == root && path.iter().eq(around.iter())
    };
    for one in symbols.iter().filter(is_below) {
        // What is only used was perhaps typed a moment ago.
        let is_plain = one.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if one.name.starts_with(typed) && is_plain && !one.settings.is_empty() {
            offered.insert(one.name.clone(), one.title.clone());
        }
    }
    Some(Words { offered, typed: typed.len() })
}

fn is_around(outer: &str, root: &str) -> bool {
    outer.is_empty() || root.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn an_odd_sign_before_a_field_is_not_cut() {
        let offered = words(&[], "c/templates/a.yaml", "a: {{ “.Values.a.b");
        assert_eq!(offered.map(|words| (words.offered.len(), words.typed)), Some((0, 1)));
    }
}

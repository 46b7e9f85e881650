//! What a place says of the cluster that a unit is for.

/// Words of directories, files and namespaces, each with what it stands for.
const WORDS: &[(&str, &[&str])] = &[
    ("production", &["prod", "production", "prd", "live"]),
    ("staging", &["stage", "staging", "stg", "preprod", "preproduction", "uat"]),
    ("test", &["test", "testing", "qa"]),
    ("development", &["dev", "devel", "develop", "development"]),
];

/// The environment that these texts speak of, the first of them first: paths, names of values, namespaces. Empty, if
/// none does.
pub fn environment<'t>(texts: impl Iterator<Item = &'t str>) -> &'static str {
    let of_word = |word: &str| {
        let known = WORDS.iter().find(|row| row.1.iter().any(|own| own.eq_ignore_ascii_case(word)));
        known.map(|row| row.0)
    };
    let of_text = |text: &'t str| {
        // What stands further right is more exact.
        text.rsplit(['/', '-', '_', '.', ' ']).find_map(of_word)
    };
    texts.into_iter().find_map(of_text).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_told_by_words() {
        for (texts, wanted) in [
            (vec!["overlays/prod"], "production"),
            (vec!["apps/web/deployment.yaml", "shop-staging"], "staging"),
            (vec!["chart with values-dev.yaml"], "development"),
            (vec!["apps/products/live-view"], "production"),
            (vec!["products/latest"], ""),
        ] {
            assert_eq!(environment(texts.iter().copied()), wanted, "{texts:?}");
        }
    }
}
